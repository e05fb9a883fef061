/** Where each entry is on the stage, and what is at a place of it. */
import { HEADER, type LogsPlan, type Rect } from "../layout-tables.js";
import { columnOf, indexIn, type Pane } from "./window.js";

/** At least this much around the map can be hit: a finger is wide. */
const MAP_REACH = 24;

/** What is at a place of the table: an entry, or an index on the map. */
export type AtLogs =
  | { readonly kind: "entry"; readonly replica: number; readonly index: number }
  | { readonly kind: "map"; readonly index: number };

export class LogGrid {
  readonly plan: LogsPlan;
  readonly panes: readonly Pane[];
  /** How wide an entry is. */
  readonly cellWidth: number;
  readonly columns: number;
  /** The last index of any log. */
  readonly last: number;

  constructor(plan: LogsPlan, panes: readonly Pane[], cellWidth: number, last: number) {
    this.plan = plan;
    this.panes = panes;
    this.cellWidth = cellWidth;
    this.columns = columnsOf(plan, cellWidth);
    this.last = last;
  }

  /** The column where an index begins, in pixels from the left of the cells. */
  xOf(index: number): number | undefined {
    const column = columnOf(this.panes, index);
    return column === undefined ? undefined : column * this.cellWidth;
  }

  /** The cells of a replica from one index to another, as far as they are in one pane. */
  cells(id: number, from: number, to: number): Rect | undefined {
    const row = logRow(this.plan, id);
    const pane = this.panes.find(({ first, count }) => to >= first && from < first + count);
    if (!row || !pane) {
      return undefined;
    }
    const start = Math.max(from, pane.first);
    const end = Math.min(to, pane.first + pane.count - 1);
    return {
      x: row.x + this.plan.labelWidth + (pane.at + start - pane.first) * this.cellWidth,
      y: row.y + cellTop(this.plan),
      w: (end - start + 1) * this.cellWidth,
      h: this.plan.cellHeight,
    };
  }

  at(x: number, y: number, replicas: number): AtLogs | undefined {
    const { map } = this.plan;
    if (map && x >= map.x && x < map.x + map.w && this.last > 0) {
      const middle = map.y + map.h / 2;
      if (Math.abs(y - middle) <= MAP_REACH / 2) {
        const index = 1 + Math.floor(((x - map.x) / map.w) * this.last);
        return { kind: "map", index };
      }
    }
    for (let id = 1; id <= replicas; id += 1) {
      const row = logRow(this.plan, id);
      if (row && y >= row.y && y < row.y + row.h) {
        const column = Math.floor((x - row.x - this.plan.labelWidth) / this.cellWidth);
        const within = column >= 0 && column < this.columns;
        const index = within ? indexIn(this.panes, column) : undefined;
        if (index !== undefined) {
          return { kind: "entry", replica: id, index };
        }
      }
    }
    return undefined;
  }
}

/** How many columns of that width there is room for. */
export function columnsOf(plan: LogsPlan, cellWidth: number): number {
  return Math.floor((plan.columns * plan.cellWidth) / cellWidth);
}

/** The row of a replica, name and all. */
export function logRow(plan: LogsPlan, id: number): Rect | undefined {
  const block = plan.blocks.find(({ first, count }) => id >= first && id < first + count);
  return (
    block && {
      x: block.x,
      y: block.y + HEADER + (id - block.first) * plan.rowHeight,
      w: plan.labelWidth + plan.columns * plan.cellWidth + 4,
      h: plan.rowHeight,
    }
  );
}

/** With less room than this around a cell, marks are within it. */
export const MARK_ROOM = 9;

export function cellTop({ rowHeight, cellHeight }: LogsPlan): number {
  return Math.floor((rowHeight - cellHeight) / 2) - (rowHeight - cellHeight >= MARK_ROOM ? 3 : 0);
}
