/**
 * The table of logs: a row for each replica, a column for each index, so that logs that
 * differ are seen to differ. An entry is coloured by its term and carries its number;
 * solid once the replica knows it committed, hatched before; its border is dotted until
 * it is on disk. One that holds a configuration has an M and a lid. The thick bar is the
 * commit index, the triangle below the last entry that is applied. Below the row of a follower a
 * dot is what the leader knows to match, and an arrow what it sends next. The entries that a
 * snapshot has replaced are one closed block.
 *
 * A row is drawn anew only when something in it has changed.
 */
import type { FollowerView, LogsView, MemberKind, ReplicaView } from "../../../../pkg/raftarium.js";
import type { LogWindow } from "../../../core/log-window.js";
import { fit, setFont, TEXT_MIN, textWidth, write } from "../canvas-text.js";
import { HEADER, type LogsPlan, type Rect } from "../layout-tables.js";
import { type Theme, termPaint } from "../palette.js";
import {
  CellStamps,
  type CellState,
  drawAppliedMark,
  drawCommitBar,
  drawCovered,
  drawFold,
  drawFolded,
  drawMatchMark,
  drawNextMark,
  NUMBERED,
} from "./cells.js";
import { cellTop, columnsOf, LogGrid, logRow, MARK_ROOM } from "./grid.js";
import { drawLogMap } from "./map.js";
import { drawLogLabel } from "./row-label.js";
import { choosePanes, type Pane } from "./window.js";

/** The content of a row. */
export interface LogRow {
  readonly replica: ReplicaView;
  readonly standing: MemberKind;
  /** What the leader knows of it. */
  readonly progress: FollowerView | undefined;
  /** Whether its replica is selected, or has the focus. */
  readonly lit: boolean;
}

/** The logs, as far as they are asked for. */
export interface LogSource {
  readonly overview: LogsView;
  /** See `Simulation.logWindow`. */
  window(first: number, count: number): Float64Array;
  readonly view: LogWindow;
  /** The entry that somebody looks at. */
  readonly selected: { readonly replica: number; readonly index: number } | undefined;
}

/** What a row has in the columns of a pane. */
interface Part {
  readonly pane: Pane;
  readonly cells: Float64Array;
}

export class LogPainter {
  #grid: LogGrid | undefined;
  #key = "";
  #map = "";
  #cells: CellStamps | undefined;
  #cellWidth = 0;
  /** What each row on the canvas shows, by the number of its replica. */
  #rows: number[] = [];

  /** Where the entries are. */
  get grid(): LogGrid | undefined {
    return this.#grid;
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
    source: LogSource,
  ): void {
    if (plan.columns === 0) {
      return;
    }
    const cellWidth = Math.max(8, Math.round(plan.cellWidth * source.view.zoom));
    if (fresh || !this.#cells || this.#cellWidth !== cellWidth) {
      this.#cells = new CellStamps(theme, cellWidth - 2, plan.cellHeight, scale);
      this.#cellWidth = cellWidth;
    }
    const { overview } = source;
    const commit = Math.max(0, ...rows.map(({ replica }) => replica.commit_index));
    const panes = choosePanes(
      headsOf(rows, source, commit),
      columnsOf(plan, cellWidth),
      source.view,
    );
    const grid = new LogGrid(plan, panes, cellWidth, overview.last_index);
    const key = [cellWidth, ...panes.map(({ first, count }) => `${first}+${count}`)].join();
    const anew = fresh || this.#key !== key;
    this.#grid = grid;
    if (anew) {
      this.#key = key;
      this.#rows = [];
      drawHeaders(ctx, theme, grid);
    }
    if (plan.map) {
      const { differ, runs, last_index } = overview;
      const map = [key, commit, last_index, differ?.first_index, differ?.last_index, runs.length];
      if (fresh || this.#map !== map.join()) {
        this.#map = map.join();
        drawLogMap(ctx, theme, plan.map, overview, panes, commit);
      }
    }
    const windows = panes.map((pane) => ({ pane, all: source.window(pane.first, pane.count) }));
    const changed: { row: LogRow; box: Rect; parts: Part[] }[] = [];
    for (const row of rows) {
      const { id } = row.replica;
      const parts = windows.map(({ pane, all }) => {
        return { pane, cells: all.subarray((id - 1) * pane.count, id * pane.count) };
      });
      const { selected } = source;
      const looks = fingerprint(row, parts, selected?.replica === id ? selected.index : 0);
      const box = this.#rows[id] === looks ? undefined : logRow(plan, id);
      if (box) {
        this.#rows[id] = looks;
        changed.push({ row, box, parts });
      }
    }
    if (changed.length === 0) {
      return;
    }
    for (const { row, box, parts } of changed) {
      ctx.fillStyle = row.lit ? theme.accent.tint : theme.ground;
      ctx.fillRect(box.x - 2, box.y, box.w, box.h);
      drawGround(ctx, theme, grid, box, row, parts);
    }
    // Pixel by pixel: a stamp between pixels is a blurred one.
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    for (const { row, box, parts } of changed) {
      stampCells(ctx, grid, box, row, parts, this.#cells);
    }
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    // The marks go over the cells: their places are between two indices, or below one.
    for (const { row, box, parts } of changed) {
      if (cellWidth - 2 < NUMBERED) {
        drawRunNumbers(ctx, theme, grid, box, row, parts);
      }
      drawRowMarks(ctx, theme, grid, box, row);
      const { selected } = source;
      if (selected?.replica === row.replica.id) {
        drawSelected(ctx, theme, grid, row.replica.id, selected.index);
      }
    }
  }
}

function headsOf(rows: readonly LogRow[], { overview, selected }: LogSource, commit: number) {
  const { differ } = overview;
  return {
    last: overview.last_index,
    commit,
    differ: differ && { first: differ.first_index, last: differ.last_index },
    selected: selected?.index,
    ends: rows
      .filter(({ replica, standing }) => replica.status === "running" && standing !== "outsider")
      .map(({ replica }) => replica.log.last_index),
  };
}

function fingerprint(
  { replica, standing, progress, lit }: LogRow,
  parts: readonly Part[],
  selected: number,
): number {
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
  stir(selected);
  stir(replica.term);
  stir(replica.snapshot_index);
  stir(replica.commit_index);
  stir(replica.durable_index);
  stir(replica.last_applied);
  stir(log.last_index);
  stir(progress?.match_index ?? 0);
  stir(progress?.next_index ?? 0);
  for (const { cells } of parts) {
    for (const cell of cells) {
      stir(cell);
    }
  }
  return hash;
}

function drawHeaders(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { plan, panes, cellWidth }: LogGrid,
): void {
  const middle = HEADER / 2 - 1;
  for (const { x, y } of plan.blocks) {
    ctx.fillStyle = theme.ground;
    ctx.fillRect(x, y, plan.labelWidth + plan.columns * plan.cellWidth + 4, HEADER);
    ctx.textAlign = "left";
    ctx.fillStyle = theme.ink;
    setFont(ctx, theme.font, 12, 600);
    write(ctx, "Log", x + 2, y + middle, 12);
    ctx.fillStyle = theme.muted;
    setFont(ctx, theme.font, TEXT_MIN);
    for (const { first, count, at } of panes) {
      const left = x + plan.labelWidth + at * cellWidth;
      drawIndices(ctx, left, y + middle, first, count, cellWidth);
    }
  }
}

/** As many of the numbers as have room; none is cut short, and none is over another. */
function drawIndices(
  ctx: CanvasRenderingContext2D,
  left: number,
  y: number,
  first: number,
  count: number,
  cellWidth: number,
): void {
  const widest = textWidth(ctx, String(first + count)) + 4;
  const every = [1, 2, 5, 10, 20, 50].find((every) => widest <= every * cellWidth) ?? 100;
  ctx.textAlign = "center";
  if (widest > count * cellWidth) {
    return;
  }
  for (let column = 0; column < count; column += 1) {
    const index = first + column;
    const fits = (column + 0.5) * cellWidth >= widest / 2 - cellWidth / 2;
    if (index % every === 0 || (count < every && column === 0)) {
      const x = left + (column + 0.5) * cellWidth - 1;
      write(ctx, String(index), fits ? x : left + widest / 2, y, TEXT_MIN);
    }
  }
}

/** What is behind the cells of a row: its name, and a line below. */
function drawGround(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  grid: LogGrid,
  row: Rect,
  { replica, standing }: LogRow,
  parts: readonly Part[],
): void {
  const { plan, cellWidth, panes } = grid;
  const { log } = replica;
  drawLogLabel(ctx, theme, replica, standing, row, plan.labelWidth);
  const x = row.x + plan.labelWidth;
  const y = row.y + cellTop(plan);
  ctx.fillStyle = theme.faint;
  ctx.fillRect(x, y + plan.cellHeight, row.w - plan.labelWidth - 4, 1);
  for (const { pane, cells } of parts) {
    const gone = cells.reduce((sum, cell) => sum + (cell < 0 ? 1 : 0), 0);
    const left = x + pane.at * cellWidth;
    if (gone > 0) {
      drawFolded(
        ctx,
        theme,
        left,
        y,
        gone * cellWidth - 2,
        plan.cellHeight,
        replica.snapshot_index,
      );
    }
    const kept = Math.min(replica.snapshot_index - pane.first + 1, pane.count) - gone;
    if (kept > 0) {
      drawCovered(ctx, theme, left + gone * cellWidth, y - 2, kept * cellWidth - 3);
    }
  }
  for (const pane of panes.slice(1)) {
    if (log.last_index >= pane.first - 1) {
      drawFold(ctx, theme, x + (pane.at - 1) * cellWidth, y, cellWidth, plan.cellHeight);
    }
  }
  const shown = panes.some(({ first, count }) => {
    return log.last_index >= first && log.last_index < first + count;
  });
  const [first] = panes;
  if (!shown && first && log.last_index < first.first) {
    // Nothing to see in this window: say where the log ends instead.
    ctx.textAlign = "left";
    ctx.fillStyle = theme.muted;
    setFont(ctx, theme.font, TEXT_MIN);
    const end = log.last_index === 0 ? "empty" : `‹ ends at ${log.last_index}`;
    const room = plan.columns * plan.cellWidth - 6;
    write(ctx, fit(ctx, end, room), x + 4, row.y + row.h / 2, TEXT_MIN);
  }
}

function stampCells(
  ctx: CanvasRenderingContext2D,
  { plan, cellWidth }: LogGrid,
  row: Rect,
  { replica }: LogRow,
  parts: readonly Part[],
  stamps: CellStamps,
): void {
  const x = row.x + plan.labelWidth;
  const y = row.y + cellTop(plan);
  for (const { pane, cells } of parts) {
    for (const [column, cell] of cells.entries()) {
      if (cell <= 0) {
        continue;
      }
      const index = pane.first + column;
      const state: CellState = {
        committed: index <= replica.commit_index,
        durable: index <= replica.durable_index,
        configuration: cell % 2 === 1,
      };
      stamps.stamp(ctx, x + (pane.at + column) * cellWidth, y, Math.floor(cell / 2), state);
    }
  }
}

/** Where cells are too narrow for their numbers, each run of a term has one. */
function drawRunNumbers(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { plan, cellWidth }: LogGrid,
  row: Rect,
  { replica }: LogRow,
  parts: readonly Part[],
): void {
  setFont(ctx, theme.font, TEXT_MIN, 600);
  ctx.textAlign = "left";
  const y = row.y + cellTop(plan) + plan.cellHeight / 2;
  for (const { pane, cells } of parts) {
    let from = 0;
    for (let column = 1; column <= cells.length; column += 1) {
      const cell = cells[from] ?? 0;
      const same = Math.floor((cells[column] ?? 0) / 2) === Math.floor(cell / 2);
      if (same && column < cells.length) {
        continue;
      }
      const term = Math.floor(cell / 2);
      if (cell > 0 && textWidth(ctx, String(term)) + 4 <= (column - from) * cellWidth) {
        const committed = pane.first + from <= replica.commit_index;
        ctx.fillStyle = committed ? termPaint(theme, term).ink : theme.ink;
        const x = row.x + plan.labelWidth + (pane.at + from) * cellWidth + 3;
        write(ctx, String(term), x, y, TEXT_MIN);
      }
      from = column;
    }
  }
}

/** The commit index, the last entry that is applied, and what the leader knows. */
function drawRowMarks(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  grid: LogGrid,
  row: Rect,
  { replica, progress }: LogRow,
): void {
  const { plan, cellWidth } = grid;
  const { commit_index: commit, last_applied: applied } = replica;
  const x = row.x + plan.labelWidth;
  const y = row.y + cellTop(plan);
  const commitX = grid.xOf(commit);
  if (commitX !== undefined) {
    const top = Math.max(row.y, y - 3);
    const height = Math.min(row.h, plan.cellHeight + 6);
    drawCommitBar(ctx, theme, x + commitX + cellWidth - 2.5, top, height);
  }
  const roomy = plan.rowHeight - plan.cellHeight >= MARK_ROOM;
  // The largest of them is 7 pixels high with its line, and must not leave the row: that alone is wiped.
  const below = y + plan.cellHeight + 1;
  const appliedX = grid.xOf(applied);
  if (appliedX !== undefined) {
    const top = roomy ? below : y + plan.cellHeight - 5;
    drawAppliedMark(ctx, theme, x + appliedX + cellWidth / 2 - 1, top, roomy);
  }
  if (!progress || !roomy) {
    return;
  }
  const matchX = progress.match_index > 0 ? grid.xOf(progress.match_index) : undefined;
  if (matchX !== undefined) {
    drawMatchMark(ctx, theme, x + matchX + cellWidth - 7, below);
  }
  const nextX = grid.xOf(progress.next_index);
  if (nextX !== undefined) {
    drawNextMark(ctx, theme, x + nextX + 1, below);
  }
}

function drawSelected(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  grid: LogGrid,
  id: number,
  index: number,
): void {
  const box = grid.cells(id, index, index);
  if (box) {
    ctx.beginPath();
    ctx.roundRect(box.x - 1.5, box.y - 1.5, box.w + 1, box.h + 3, 4);
    ctx.setLineDash([4, 2]);
    ctx.lineWidth = 2.5;
    ctx.strokeStyle = theme.accent.edge;
    ctx.stroke();
    ctx.setLineDash([]);
  }
}
