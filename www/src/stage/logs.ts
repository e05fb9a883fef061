/**
 * The table of logs: a row for each replica, a column for each index, so that logs that
 * differ are seen to differ. An entry is coloured by its term and carries its number;
 * solid once the replica knows it committed, hatched before; its border is dotted until
 * it is on disk. The thick bar is the commit index.
 *
 * A row is drawn anew only when something in it has changed.
 */
import type { ReplicaView } from "../../pkg/raftarium.js";
import type { Rect } from "./layout.js";
import { HEADER, type LogsPlan } from "./layout-tables.js";
import { drawRowLabel } from "./row-label.js";
import { fit, font, TEXT_MIN, textWidth, write } from "./text.js";
import { type Theme, termPaint } from "./theme.js";

/** Below this much room around a cell there is no mark for the last applied entry. */
const APPLIED_ROOM = 9;
const HATCH = 6;

export class LogPainter {
  readonly #layer = document.createElement("canvas");
  readonly #ctx = this.#layer.getContext("2d");
  #plan: LogsPlan | undefined;
  #theme: Theme | undefined;
  #scale = 0;
  #first = 1;
  #rows: number[] = [];

  /** The index in the first column. */
  get first(): number {
    return this.#first;
  }

  draw(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    plan: LogsPlan,
    replicas: readonly ReplicaView[],
    scale: number,
  ): void {
    const layer = this.#ctx;
    const { area } = plan;
    if (!layer || plan.columns === 0) {
      return;
    }
    const first = firstColumn(replicas, plan.columns);
    if (this.#plan !== plan || this.#theme !== theme || this.#scale !== scale) {
      this.#layer.width = Math.ceil(area.w * scale);
      this.#layer.height = Math.ceil(area.h * scale);
      this.#plan = plan;
      this.#theme = theme;
      this.#scale = scale;
      this.#first = 0;
    }
    layer.setTransform(scale, 0, 0, scale, -area.x * scale, -area.y * scale);
    if (this.#first !== first) {
      this.#first = first;
      this.#rows = [];
      layer.clearRect(area.x, area.y, area.w, area.h);
      drawHeaders(layer, theme, plan, first);
    }
    for (const replica of replicas) {
      const row = logRow(plan, replica.id);
      const looks = fingerprint(replica);
      if (row && this.#rows[replica.id] !== looks) {
        this.#rows[replica.id] = looks;
        layer.clearRect(row.x, row.y, row.w, row.h);
        drawRow(layer, theme, plan, row, replica, first);
      }
    }
    // Pixel by pixel: a layer that is drawn between pixels is a blurred one.
    ctx.save();
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(this.#layer, Math.round(area.x * scale), Math.round(area.y * scale));
    ctx.restore();
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
function firstColumn(replicas: readonly ReplicaView[], columns: number): number {
  const last = replicas.reduce((most, { log }) => Math.max(most, log.last_index), 0);
  const leap = Math.max(1, Math.ceil(columns / 5));
  return last <= columns ? 1 : Math.ceil((last - columns) / leap) * leap + 1;
}

function fingerprint(replica: ReplicaView): number {
  const { log } = replica;
  let hash = replica.status.length * 31 + replica.role.length;
  const stir = (number: number) => {
    hash = (Math.imul(hash, 0x01000193) ^ number) | 0;
  };
  stir(replica.term);
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
    ctx.textAlign = "left";
    ctx.fillStyle = theme.ink;
    ctx.font = font(theme.font, 12, 600);
    write(ctx, "Log", x + 2, y + middle, 12);
    ctx.textAlign = "center";
    ctx.fillStyle = theme.muted;
    ctx.font = font(theme.font, TEXT_MIN);
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

function drawRow(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  plan: LogsPlan,
  row: Rect,
  replica: ReplicaView,
  first: number,
): void {
  const { log, commit_index: commit } = replica;
  drawRowLabel(ctx, theme, replica, row.x, row.y + row.h / 2, plan.labelWidth);
  const x = row.x + plan.labelWidth;
  const y = row.y + cellTop(plan);
  ctx.fillStyle = theme.faint;
  ctx.fillRect(x, y + plan.cellHeight, row.w - plan.labelWidth - 4, 1);

  if (log.last_index < first) {
    ctx.textAlign = "left";
    ctx.fillStyle = theme.muted;
    ctx.font = font(theme.font, TEXT_MIN);
    const end = log.last_index === 0 ? "empty" : `‹ ends at ${log.last_index}`;
    const room = plan.columns * plan.cellWidth - 6;
    write(ctx, fit(ctx, end, room), x + 4, row.y + row.h / 2, TEXT_MIN);
    return;
  }

  const last = Math.min(log.last_index, first + plan.columns - 1);
  for (let index = first; index <= last; index += 1) {
    const cellX = x + (index - first) * plan.cellWidth;
    const term = log.terms[index - log.first_index];
    const looks: CellLooks = {
      committed: index <= commit,
      durable: index <= replica.durable_index,
    };
    drawCell(ctx, theme, cellX, y, plan.cellWidth - 2, plan.cellHeight, term, looks);
  }

  if (commit >= first && commit < first + plan.columns) {
    const barX = x + (commit - first + 1) * plan.cellWidth - 2.5;
    const top = Math.max(row.y, y - 3);
    drawCommitBar(ctx, theme, barX, top, Math.min(row.h, plan.cellHeight + 6));
  }
  const applied = replica.last_applied;
  const roomy = plan.rowHeight - plan.cellHeight >= APPLIED_ROOM;
  if (roomy && applied >= first && applied < first + plan.columns) {
    const middle = x + (applied - first + 0.5) * plan.cellWidth - 1;
    drawAppliedMark(ctx, theme, middle, y + plan.cellHeight + 2);
  }
}

export function drawCommitBar(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  height: number,
): void {
  ctx.fillStyle = theme.ink;
  ctx.fillRect(x, y, 3, height);
}

export interface CellLooks {
  readonly committed: boolean;
  readonly durable: boolean;
}

/** One entry. A term that isn't known is of an entry that the view leaves out. */
export function drawCell(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  w: number,
  h: number,
  term: number | undefined,
  { committed, durable }: CellLooks,
): void {
  const paint = term === undefined ? theme.plain : termPaint(theme, term);
  ctx.fillStyle = committed ? paint.fill : theme.surface;
  ctx.beginPath();
  ctx.roundRect(x + 0.5, y + 0.5, w - 1, h - 1, 3);
  ctx.fill();
  ctx.strokeStyle = paint.edge;
  if (!committed) {
    traceHatch(ctx, x + 1, y + 1, w - 2, h - 2, paint.tint);
    ctx.strokeStyle = paint.edge;
    ctx.beginPath();
    ctx.roundRect(x + 0.5, y + 0.5, w - 1, h - 1, 3);
  }
  ctx.lineWidth = committed ? 1 : 1.5;
  if (!durable) {
    ctx.setLineDash([1.5, 2.5]);
  }
  ctx.stroke();
  ctx.setLineDash([]);

  const size = h >= 24 ? 13 : TEXT_MIN;
  ctx.font = font(theme.font, size, 600);
  ctx.textAlign = "center";
  ctx.fillStyle = committed ? paint.ink : theme.ink;
  const text = term === undefined ? "…" : String(term);
  // A number never gets an ellipsis: rather squeezed than wrong.
  ctx.fillText(text, x + w / 2, y + h / 2 + size * 0.36, w - 2);
}

function traceHatch(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  w: number,
  h: number,
  colour: string,
): void {
  ctx.beginPath();
  for (let d = HATCH - h; d < w; d += HATCH) {
    ctx.moveTo(x + Math.max(d, 0), y + h - Math.max(-d, 0));
    ctx.lineTo(x + Math.min(w, d + h), y + Math.max(0, h - (w - d)));
  }
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.stroke();
}

function drawAppliedMark(ctx: CanvasRenderingContext2D, theme: Theme, x: number, y: number): void {
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + 4, y + 5);
  ctx.lineTo(x - 4, y + 5);
  ctx.fillStyle = theme.muted;
  ctx.fill();
}
