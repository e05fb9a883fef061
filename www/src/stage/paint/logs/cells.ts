/** Draws what the rows of the log table are made of: entries, and marks on them. */

import { setFont, TEXT_MIN, textWidth, write } from "../canvas-text.js";
import { tracePages } from "../marks/pills.js";
import { Stamps } from "../marks/stamps.js";
import { type Theme, termPaint } from "../palette.js";

const HATCH = 6;
/** In a narrower cell there is no number: the first of a run of a term has it over all of them. */
export const NUMBERED = 16;

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

export interface CellState {
  readonly committed: boolean;
  readonly durable: boolean;
  /** Whether it holds a configuration of the cluster. */
  readonly configuration: boolean;
}

/** One entry. Its term is unknown if the view leaves the entry out. */
export function drawCell(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  w: number,
  h: number,
  term: number | undefined,
  { committed, durable, configuration }: CellState,
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
  if (configuration) {
    // A lid: it concerns the cluster, not the store.
    ctx.fillStyle = theme.ink;
    ctx.fillRect(x + 1, y - 0.5, w - 2, 2.5);
  }

  if (w < NUMBERED) {
    return;
  }
  const size = h >= 24 ? 13 : TEXT_MIN;
  setFont(ctx, theme.font, size, 600);
  ctx.textAlign = "center";
  ctx.fillStyle = committed ? paint.ink : theme.ink;
  const text = term === undefined ? "…" : `${configuration ? "M" : ""}${term}`;
  // A number is squeezed, not cut short: with an ellipsis it would be wrong.
  ctx.fillText(text, x + w / 2, y + h / 2 + size * 0.36, w - 2);
}

/** How far a cell's lid reaches beyond it, in units of the drawing. */
const LID = 1;
/** As many looks as a cell of one term has. */
const LOOKS = 8;

/**
 * Cells of one size, each drawn once for its term and its state, and stamped from then on: where many
 * replicas are busy, hundreds of them change in each frame.
 */
export class CellStamps {
  readonly #stamps: Stamps;
  readonly #scale: number;

  constructor(theme: Theme, w: number, h: number, scale: number) {
    this.#scale = scale;
    const [width, height] = [w + 2 * LID, h + 2 * LID].map((side) => Math.ceil(side * scale)) as [
      number,
      number,
    ];
    this.#stamps = new Stamps(width, height, LOOKS, (ctx, sheet, look) => {
      ctx.translate(-width / 2, -height / 2);
      ctx.scale(scale, scale);
      const state = {
        committed: (look & 1) !== 0,
        durable: (look & 2) !== 0,
        configuration: (look & 4) !== 0,
      };
      drawCell(ctx, theme, LID, LID, w, h, sheet < 0 ? undefined : sheet, state);
    });
  }

  /** The same as `drawCell`, on a context without a transform. */
  stamp(
    ctx: CanvasRenderingContext2D,
    x: number,
    y: number,
    term: number | undefined,
    { committed, durable, configuration }: CellState,
  ): void {
    const look = (committed ? 1 : 0) + (durable ? 2 : 0) + (configuration ? 4 : 0);
    const left = Math.round((x - LID) * this.#scale);
    const top = Math.round((y - LID) * this.#scale);
    this.#stamps.stampAt(ctx, term ?? -1, look, left, top);
  }
}

/** The entries that a snapshot has replaced: a closed book, with the last index in it. */
export function drawFolded(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  w: number,
  h: number,
  index: number,
): void {
  ctx.beginPath();
  ctx.roundRect(x + 0.5, y + 0.5, w - 1, h - 1, 3);
  ctx.fillStyle = theme.faint;
  ctx.fill();
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = theme.muted;
  ctx.stroke();
  const text = String(index);
  setFont(ctx, theme.font, TEXT_MIN, 600);
  const told = textWidth(ctx, text) + 20 <= w;
  const glyphX = told ? x + w - textWidth(ctx, text) - 13 : x + w / 2;
  ctx.beginPath();
  tracePages(ctx, glyphX, y + h / 2);
  ctx.lineWidth = 1.25;
  ctx.strokeStyle = theme.ink;
  ctx.stroke();
  if (told) {
    ctx.textAlign = "right";
    ctx.fillStyle = theme.ink;
    write(ctx, text, x + w - 5, y + h / 2, TEXT_MIN);
  }
}

/** The entries from \`x\` on, as wide as \`w\`, are in the snapshot, though they are still in the log. */
export function drawCovered(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  w: number,
): void {
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + w, y);
  ctx.lineTo(x + w, y + 5);
  ctx.lineWidth = 2;
  ctx.lineJoin = "miter";
  ctx.strokeStyle = theme.muted;
  ctx.stroke();
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

/** Entries that are equal in all logs, and left out. */
export function drawFold(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  w: number,
  h: number,
): void {
  ctx.fillStyle = theme.muted;
  for (const part of [0.3, 0.5, 0.7]) {
    ctx.beginPath();
    ctx.arc(x + w * part, y + h / 2, 1.5, 0, 2 * Math.PI);
    ctx.fill();
  }
}

/** What the leader knows of a follower: a dot at its match index, an arrow before its next index. */
export function drawMatchMark(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
): void {
  ctx.beginPath();
  ctx.arc(x, y + 3, 2.75, 0, 2 * Math.PI);
  ctx.fillStyle = theme.ink;
  ctx.fill();
}

export function drawNextMark(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
): void {
  ctx.beginPath();
  ctx.moveTo(x, y + 3);
  ctx.lineTo(x + 5, y);
  ctx.lineTo(x + 5, y + 6);
  ctx.closePath();
  ctx.lineWidth = 1.25;
  ctx.strokeStyle = theme.ink;
  ctx.stroke();
}

/** The store has applied everything up to here. */
export function drawAppliedMark(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  below = true,
): void {
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + 4, y + 5);
  ctx.lineTo(x - 4, y + 5);
  ctx.closePath();
  ctx.fillStyle = below ? theme.muted : theme.ink;
  ctx.fill();
  if (!below) {
    // Within the cell it has to stand out from any colour.
    ctx.lineWidth = 1;
    ctx.strokeStyle = theme.surface;
    ctx.stroke();
  }
}
