/** The places of the tables of logs and stores, and the size of their rows and columns. */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** One column of rows of the log table: the replicas from `first` on, `count` of them. */
export interface LogBlock {
  readonly x: number;
  readonly y: number;
  /** The number of the first replica. */
  readonly first: number;
  readonly count: number;
}

/** The logs: a row for each replica, a column for each index. */
export interface LogsPlan {
  readonly blocks: readonly LogBlock[];
  readonly rowHeight: number;
  readonly labelWidth: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly columns: number;
  /** The smallest rectangle around all blocks, their headers included. */
  readonly area: Rect;
  /** All of the log at a glance; none: there is no room for it. */
  readonly map: Rect | undefined;
}

/** The stores: a row for each replica, a column for each key. */
export interface StoresPlan extends Rect {
  readonly rowHeight: number;
  /** Zero: the rows go on where those of the logs end, and need no name. */
  readonly labelWidth: number;
  readonly columns: number;
}

export interface TablesPlan {
  readonly logs: LogsPlan | undefined;
  readonly stores: StoresPlan | undefined;
}

/** Which tables are wanted. */
export interface Tables {
  readonly logs: boolean;
  readonly stores: boolean;
}

/** The line with the indices above the logs, and with the keys above the stores. */
export const HEADER = 22;
const ROW_MIN = 17;
/** From this height on rows are pleasant. */
const ROW_GOOD = 22;
const LOG_ROW_MAX = 46;
const STORE_ROW_MAX = 34;
/** The map of the logs is in it, with the buttons that move them. */
const GAP = 30;
const MAP_HEIGHT = 10;
/** The buttons beside the map need this much. */
export const MAP_TOOLS = 88;
const BLOCK_GAP = 16;
const CELL_MIN = 20;
const COLUMNS_MIN = 4;
const COLUMNS_MAX = 40;
const KEY_WIDTH = 58;
const KEYS_MAX = 14;
/** How wide a name in front of a row is, with some room. */
const LABEL = 48;

/** How high the tables would like to be below the ring. */
export function tablesHeight(width: number, count: number, { logs, stores }: Tables): number {
  if (count <= 9) {
    return logs && stores ? 2 * (HEADER + count * 24) + GAP : HEADER + count * 24;
  }
  const blocks = count <= 12 || width < 300 ? 1 : Math.min(4, Math.floor(width / 165));
  return HEADER + Math.ceil(count / blocks) * ROW_MIN;
}

/** The tables in `rect`, or nothing if even the smallest don't fit. */
export function planTables(rect: Rect, count: number, wanted: Tables): TablesPlan | undefined {
  if (!wanted.logs) {
    return storesAlone(rect, count);
  }
  if (!wanted.stores) {
    return logsAlone(rect, count);
  }
  const stackedRow = (rect.h - 2 * HEADER - GAP) / (2 * count);
  if (stackedRow >= ROW_MIN) {
    return stacked(rect, count);
  }
  const row = Math.floor((rect.h - HEADER) / count);
  if (row >= ROW_MIN) {
    const beside = rect.w >= 400 && count <= 25;
    const logsW = beside ? Math.round(rect.w * 0.6) : rect.w;
    const logs = planLogs({ ...rect, w: logsW }, count, 1, Math.min(row, LOG_ROW_MAX));
    const x = rect.x + logsW + GAP;
    const w = rect.w - logsW - GAP;
    const stores = beside
      ? { ...logs.area, x, w, rowHeight: logs.rowHeight, labelWidth: 0, columns: keys(w) }
      : undefined;
    return { logs, stores };
  }
  return logsAlone(rect, count);
}

function logsAlone(rect: Rect, count: number): TablesPlan | undefined {
  const row = Math.floor((rect.h - HEADER) / count);
  if (row >= ROW_MIN) {
    return { logs: planLogs(rect, count, 1, Math.min(row, LOG_ROW_MAX)), stores: undefined };
  }
  const perBlock = Math.floor((rect.h - HEADER) / ROW_MIN);
  const blocks = perBlock > 0 ? Math.ceil(count / perBlock) : count;
  const logs = planLogs(rect, count, blocks, ROW_MIN);
  return logs.columns >= COLUMNS_MIN && perBlock > 0 ? { logs, stores: undefined } : undefined;
}

function storesAlone(rect: Rect, count: number): TablesPlan | undefined {
  const rowHeight = Math.min(STORE_ROW_MAX, Math.floor((rect.h - HEADER) / count));
  if (rowHeight < ROW_MIN) {
    return undefined;
  }
  const h = HEADER + count * rowHeight;
  const y = Math.round(rect.y + (rect.h - h) / 2);
  const columns = keys(rect.w - LABEL);
  return { logs: undefined, stores: { ...rect, y, h, rowHeight, labelWidth: LABEL, columns } };
}

/** The stores under the logs, both over the whole width. */
function stacked(rect: Rect, count: number): TablesPlan {
  const rows = rect.h - 2 * HEADER - GAP;
  const even = rows / (2 * count);
  const storeRow = Math.floor(
    Math.min(STORE_ROW_MAX, Math.max(Math.min(even, ROW_GOOD), even * 0.9)),
  );
  const logRow = Math.floor(Math.min(LOG_ROW_MAX, rows / count - storeRow));
  const height = 2 * HEADER + GAP + count * (logRow + storeRow);
  const y = Math.round(rect.y + (rect.h - height) / 2);
  const logs = withMap(planLogs({ ...rect, y, h: HEADER + count * logRow }, count, 1, logRow));
  const labelWidth = logs.labelWidth;
  return {
    logs,
    stores: {
      x: rect.x,
      y: y + HEADER + count * logRow + GAP,
      w: rect.w,
      h: HEADER + count * storeRow,
      rowHeight: storeRow,
      labelWidth,
      columns: keys(rect.w - labelWidth),
    },
  };
}

function planLogs(rect: Rect, count: number, blockCount: number, rowHeight: number): LogsPlan {
  const large = rowHeight >= 30;
  const blockW = (rect.w - BLOCK_GAP * (blockCount - 1)) / blockCount;
  const labelWidth = large && blockW >= 320 ? 62 : rowHeight > ROW_MIN ? LABEL : 46;
  const room = blockW - labelWidth;
  // Wide cells are pretty, but a log needs some length before its story is seen.
  const ideal = Math.max(CELL_MIN, Math.min(large ? 30 : 22, room / 12));
  const columns = Math.max(0, Math.min(COLUMNS_MAX, Math.floor(room / ideal)));
  const cellWidth = Math.min(Math.floor(room / Math.max(1, columns)), large ? 40 : 26);
  const rows = Math.ceil(count / blockCount);
  const height = HEADER + rows * rowHeight;
  const y = Math.round(rect.y + Math.max(0, rect.h - height) / 2);
  return {
    blocks: Array.from({ length: Math.ceil(count / rows) }, (_, block) => ({
      x: Math.round(rect.x + block * (blockW + BLOCK_GAP)),
      y,
      first: block * rows + 1,
      count: Math.min(rows, count - block * rows),
    })),
    rowHeight,
    labelWidth,
    cellWidth,
    cellHeight: Math.min(rowHeight >= 32 ? rowHeight - 10 : rowHeight - 3, 30),
    columns,
    area: { x: rect.x, y, w: rect.w, h: height },
    map: undefined,
  };
}

/** With a map in the gap below. */
function withMap(logs: LogsPlan): LogsPlan {
  const { area, labelWidth } = logs;
  const w = area.w - labelWidth - MAP_TOOLS;
  const y = area.y + area.h + (GAP - MAP_HEIGHT) / 2;
  return w < 60 ? logs : { ...logs, map: { x: area.x + labelWidth, y, w, h: MAP_HEIGHT } };
}

function keys(width: number): number {
  return Math.max(1, Math.min(KEYS_MAX, Math.floor(width / KEY_WIDTH)));
}
