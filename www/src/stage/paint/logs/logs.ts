/**
 * The table of logs: a row for each replica, a column for each index, so that logs that
 * differ are seen to differ. An entry is coloured by its term and carries its number;
 * solid once the replica knows it committed, hatched before; its border is dotted until
 * it is on disk. One that holds a configuration has an M and a lid. The thick bar is the
 * commit index. The entries that a snapshot has replaced are one closed block.
 *
 * A row is drawn anew only when something in it has changed.
 */
import type { MemberKind, ReplicaView } from "../../../../pkg/raftarium.js";
import { fit, setFont, TEXT_MIN, textWidth, write } from "../canvas-text.js";
import { HEADER, type LogsPlan, type Rect } from "../layout-tables.js";
import type { Theme } from "../palette.js";
import {
  CellStamps,
  type CellState,
  drawAppliedMark,
  drawCommitBar,
  drawCovered,
  drawFolded,
} from "./cells.js";
import { drawLogLabel } from "./row-label.js";

/** With less room than this around a cell the last applied entry is not marked. */
const APPLIED_ROOM = 9;

/** The content of a row. */
export interface LogRow {
  readonly replica: ReplicaView;
  readonly standing: MemberKind;
  /** Which of the entries at the end of the log hold a configuration. */
  readonly configurations: readonly number[];
  /** Whether its replica is selected, or has the focus. */
  readonly lit: boolean;
}

export class LogPainter {
  #first = 1;
  #cells: CellStamps | undefined;
  /** What each row on the canvas shows, by the number of its replica. */
  #rows: number[] = [];

  /** The index in the first column. */
  get first(): number {
    return this.#first;
  }

  /**
   * Draws the rows that have changed. `fresh`: the canvas is empty, or anything else may have
   * changed. `scale`: device pixels for a unit of the drawing, which the context is set to.
   */
  draw(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    plan: LogsPlan,
    rows: readonly LogRow[],
    scale: number,
    fresh: boolean,
  ): void {
    if (plan.columns === 0) {
      return;
    }
    if (fresh || !this.#cells) {
      this.#cells = new CellStamps(theme, plan.cellWidth - 2, plan.cellHeight, scale);
    }
    const first = firstColumn(rows, plan.columns);
    if (fresh || this.#first !== first) {
      this.#first = first;
      this.#rows = [];
      drawHeaders(ctx, theme, plan, first);
    }
    const changed: { row: LogRow; box: Rect }[] = [];
    for (const row of rows) {
      const { id } = row.replica;
      const looks = fingerprint(row);
      const box = this.#rows[id] === looks ? undefined : logRow(plan, id);
      if (box) {
        this.#rows[id] = looks;
        changed.push({ row, box });
      }
    }
    if (changed.length === 0) {
      return;
    }
    for (const { row, box } of changed) {
      ctx.fillStyle = row.lit ? theme.accent.tint : theme.ground;
      ctx.fillRect(box.x - 2, box.y, box.w, box.h);
      drawGround(ctx, theme, plan, box, row, first);
    }
    // Pixel by pixel: a stamp between pixels is a blurred one.
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    for (const { row, box } of changed) {
      stampCells(ctx, plan, box, row, first, this.#cells);
    }
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    // The marks go over the cells: their places are between two indices, or below one.
    for (const { row, box } of changed) {
      drawRowMarks(ctx, theme, plan, box, row.replica, first);
    }
  }
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

/** The cells of a replica from one index to another, as far as they are shown. */
export function cellsRect(
  plan: LogsPlan,
  id: number,
  first: number,
  from: number,
  to: number,
): Rect | undefined {
  const row = logRow(plan, id);
  const start = Math.max(from, first);
  const end = Math.min(to, first + plan.columns - 1);
  if (!row || end < start) {
    return undefined;
  }
  return {
    x: row.x + plan.labelWidth + (start - first) * plan.cellWidth,
    y: row.y + cellTop(plan),
    w: (end - start + 1) * plan.cellWidth,
    h: plan.cellHeight,
  };
}

/** The columns move on in leaps: cells that slid along with each entry could not be read. */
function firstColumn(rows: readonly LogRow[], columns: number): number {
  const last = rows.reduce((most, { replica }) => Math.max(most, replica.log.last_index), 0);
  const leap = Math.max(1, Math.ceil(columns / 5));
  return last <= columns ? 1 : Math.ceil((last - columns) / leap) * leap + 1;
}

function fingerprint({ replica, standing, configurations, lit }: LogRow): number {
  const { log } = replica;
  let hash = 0;
  const stir = (number: number) => {
    hash = (Math.imul(hash, 0x01000193) ^ number) | 0;
  };
  for (const word of [replica.status, replica.role, standing]) {
    stir(word.length);
    stir(word.charCodeAt(0));
  }
  stir(lit ? 1 : 0);
  stir(replica.term);
  stir(replica.snapshot_index);
  stir(replica.membership.index);
  stir(configurations.length);
  stir(replica.commit_index);
  stir(replica.durable_index);
  stir(replica.last_applied);
  stir(log.first_index);
  stir(log.last_index);
  for (const term of log.terms) {
    stir(term);
  }
  return hash;
}

function cellTop({ rowHeight, cellHeight }: LogsPlan): number {
  return (
    Math.floor((rowHeight - cellHeight) / 2) - (rowHeight - cellHeight >= APPLIED_ROOM ? 2 : 0)
  );
}

function drawHeaders(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  plan: LogsPlan,
  first: number,
): void {
  const middle = HEADER / 2 - 1;
  for (const { x, y } of plan.blocks) {
    ctx.fillStyle = theme.ground;
    ctx.fillRect(x, y, plan.labelWidth + plan.columns * plan.cellWidth + 4, HEADER);
    ctx.textAlign = "left";
    ctx.fillStyle = theme.ink;
    setFont(ctx, theme.font, 12, 600);
    write(ctx, "Log", x + 2, y + middle, 12);
    ctx.textAlign = "center";
    ctx.fillStyle = theme.muted;
    setFont(ctx, theme.font, TEXT_MIN);
    const widest = textWidth(ctx, String(first + plan.columns));
    const every = widest + 4 <= plan.cellWidth ? 1 : 5;
    for (let column = 0; column < plan.columns; column += 1) {
      const index = first + column;
      if (every === 1 || index % every === 0 || index === 1) {
        const cellX = x + plan.labelWidth + column * plan.cellWidth;
        write(ctx, String(index), cellX + plan.cellWidth / 2 - 1, y + middle, TEXT_MIN);
      }
    }
  }
}

/** What is behind the cells of a row: its name, and a line below. */
function drawGround(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  plan: LogsPlan,
  row: Rect,
  { replica, standing }: LogRow,
  first: number,
): void {
  const { log } = replica;
  drawLogLabel(ctx, theme, replica, standing, row, plan.labelWidth);
  const x = row.x + plan.labelWidth;
  const y = row.y + cellTop(plan);
  ctx.fillStyle = theme.faint;
  ctx.fillRect(x, y + plan.cellHeight, row.w - plan.labelWidth - 4, 1);
  if (log.last_index >= first) {
    drawSnapshot(ctx, theme, plan, x, y, replica, first);
    return;
  }
  // Nothing to see in this window: say where the log ends instead.
  ctx.textAlign = "left";
  ctx.fillStyle = theme.muted;
  setFont(ctx, theme.font, TEXT_MIN);
  const end = log.last_index === 0 ? "empty" : `‹ ends at ${log.last_index}`;
  const room = plan.columns * plan.cellWidth - 6;
  write(ctx, fit(ctx, end, room), x + 4, row.y + row.h / 2, TEXT_MIN);
}

function stampCells(
  ctx: CanvasRenderingContext2D,
  plan: LogsPlan,
  row: Rect,
  { replica, configurations }: LogRow,
  first: number,
  cells: CellStamps,
): void {
  const { log, commit_index: commit } = replica;
  const x = row.x + plan.labelWidth;
  const y = row.y + cellTop(plan);
  const last = Math.min(log.last_index, first + plan.columns - 1);
  for (let index = Math.max(first, log.first_index); index <= last; index += 1) {
    const cellX = x + (index - first) * plan.cellWidth;
    const term = log.terms[index - log.first_index];
    const state: CellState = {
      committed: index <= commit,
      durable: index <= replica.durable_index,
      configuration: configurations.includes(index),
    };
    cells.stamp(ctx, cellX, y, term, state);
  }
}

/** The commit index, and the last entry that is applied. */
function drawRowMarks(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  plan: LogsPlan,
  row: Rect,
  { log, commit_index: commit, last_applied: applied }: ReplicaView,
  first: number,
): void {
  if (log.last_index < first) {
    return;
  }
  const x = row.x + plan.labelWidth;
  const y = row.y + cellTop(plan);
  if (commit >= first && commit < first + plan.columns) {
    const barX = x + (commit - first + 1) * plan.cellWidth - 2.5;
    const top = Math.max(row.y, y - 3);
    drawCommitBar(ctx, theme, barX, top, Math.min(row.h, plan.cellHeight + 6));
  }
  const roomy = plan.rowHeight - plan.cellHeight >= APPLIED_ROOM;
  if (roomy && applied >= first && applied < first + plan.columns) {
    const middle = x + (applied - first + 0.5) * plan.cellWidth - 1;
    drawAppliedMark(ctx, theme, middle, y + plan.cellHeight + 2);
  }
}

/** The entries that are gone from the log, and those still in it that the snapshot covers too. */
function drawSnapshot(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { columns, cellWidth, cellHeight }: LogsPlan,
  x: number,
  y: number,
  { log, snapshot_index: covered }: ReplicaView,
  first: number,
): void {
  const gone = Math.min(log.first_index - first, columns);
  if (gone > 0) {
    drawFolded(ctx, theme, x, y, gone * cellWidth - 2, cellHeight, covered);
  }
  const kept = Math.min(covered - first + 1, columns) - Math.max(gone, 0);
  if (kept > 0) {
    drawCovered(ctx, theme, x + Math.max(gone, 0) * cellWidth, y - 2, kept * cellWidth - 3);
  }
}
