/** The little signs at the rim of a replica. Each stands on a plate, so that it reads on any ground. */
import { traceCross, tracePause, traceStar } from "./shapes.js";
import { font, TEXT_MIN, textWidth, write } from "./text.js";
import type { Paint, Theme } from "./theme.js";

/** More pips than this would make the badge wider than its replica. */
const PIPS_MAX = 3;
const PIP = 3;

function drawPlate(
  ctx: CanvasRenderingContext2D,
  fill: string,
  edge: string,
  x: number,
  y: number,
  size: number,
): void {
  ctx.beginPath();
  ctx.arc(x, y, size, 0, 2 * Math.PI);
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = edge;
  ctx.stroke();
}

export function drawStarBadge(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  paint: Paint,
  x: number,
  y: number,
  size: number,
): void {
  drawPlate(ctx, theme.surface, paint.edge, x, y, size);
  ctx.beginPath();
  traceStar(ctx, x, y, size * 0.78);
  ctx.fillStyle = theme.ink;
  ctx.fill();
}

export function drawPauseBadge(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  size: number,
): void {
  drawPlate(ctx, theme.surface, theme.ink, x, y, size);
  ctx.beginPath();
  tracePause(ctx, x, y, size * 0.6);
  ctx.fillStyle = theme.ink;
  ctx.fill();
}

export function drawCrossBadge(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  size: number,
): void {
  drawPlate(ctx, theme.danger.fill, theme.danger.edge, x, y, size);
  ctx.beginPath();
  traceCross(ctx, x, y, size * 0.4);
  ctx.lineWidth = 2;
  ctx.lineCap = "round";
  ctx.strokeStyle = theme.danger.ink;
  ctx.stroke();
}

/** A disk at work: a little drum. */
export function drawDiskBadge(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  size: number,
): void {
  drawPlate(ctx, theme.surface, theme.muted, x, y, size);
  const w = size * 0.5;
  const h = size * 0.42;
  ctx.beginPath();
  ctx.ellipse(x, y - h, w, w * 0.42, 0, 0, 2 * Math.PI);
  ctx.moveTo(x - w, y - h);
  ctx.lineTo(x - w, y + h);
  ctx.ellipse(x, y + h, w, w * 0.42, 0, Math.PI, 0, true);
  ctx.lineTo(x + w, y - h);
  ctx.lineWidth = 1.25;
  ctx.strokeStyle = theme.ink;
  ctx.stroke();
}

/** The votes of a candidate: pips, and the numbers beside them. */
export function drawVotesBadge(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  votes: number,
  needed: number,
  x: number,
  y: number,
): void {
  const text = `${votes}/${needed}`;
  ctx.font = font(theme.font, TEXT_MIN, 700);
  const pips = needed <= PIPS_MAX ? needed : 0;
  const pitch = 2 * PIP + 2;
  const width = textWidth(ctx, text) + pips * pitch + (pips > 0 ? 15 : 12);
  const left = x - width / 2;
  ctx.beginPath();
  ctx.roundRect(left, y - 8.5, width, 17, 8.5);
  ctx.fillStyle = theme.surface;
  ctx.fill();
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = theme.ink;
  ctx.stroke();
  ctx.lineWidth = 1.25;
  for (let pip = 0; pip < pips; pip += 1) {
    ctx.beginPath();
    ctx.arc(left + 6 + PIP + pip * pitch, y, PIP, 0, 2 * Math.PI);
    if (pip < votes) {
      ctx.fillStyle = theme.ink;
      ctx.fill();
    }
    ctx.stroke();
  }
  ctx.textAlign = "right";
  ctx.fillStyle = theme.ink;
  write(ctx, text, left + width - 6, y, TEXT_MIN);
}
