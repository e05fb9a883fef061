/** The small signs at the rim of a replica. Each is on a plate, so that it is legible on any ground. */

import { setFont, TEXT_MIN, textWidth, write } from "../canvas-text.js";
import type { Paint, Theme } from "../palette.js";
import { traceCross, tracePause, traceStar } from "./shapes.js";

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

/** A clock that is not true: how many times as fast as it should it runs. */
export function drawRateBadge(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  size: number,
  ratePpm: number,
): void {
  const text = `×${Number((ratePpm / 1e6).toPrecision(3))}`;
  setFont(ctx, theme.font, TEXT_MIN, 600);
  const width = textWidth(ctx, text) + 8;
  ctx.fillStyle = theme.surface;
  ctx.strokeStyle = theme.danger.edge;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.roundRect(x - width / 2, y - size, width, 2 * size, size);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = theme.ink;
  ctx.textAlign = "center";
  write(ctx, text, x, y, TEXT_MIN);
}

/** A stalled clock: its face, struck out. */
export function drawStalledBadge(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  size: number,
): void {
  drawPlate(ctx, theme.surface, theme.ink, x, y, size);
  ctx.beginPath();
  ctx.moveTo(x, y - size * 0.62);
  ctx.lineTo(x, y);
  ctx.lineTo(x - size * 0.5, y);
  ctx.lineWidth = 1.5;
  ctx.lineCap = "round";
  ctx.strokeStyle = theme.ink;
  ctx.stroke();
  drawStroke(ctx, theme, x, y, size);
}

/** A disk that can't be read: a drum, struck out. */
export function drawCorruptBadge(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  size: number,
): void {
  drawDiskBadge(ctx, theme, x, y, size);
  drawStroke(ctx, theme, x, y, size);
}

/** Strikes a badge out. */
function drawStroke(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  size: number,
): void {
  const reach = size * 0.72;
  ctx.beginPath();
  ctx.moveTo(x - reach, y + reach);
  ctx.lineTo(x + reach, y - reach);
  ctx.lineWidth = 2.5;
  ctx.lineCap = "round";
  ctx.strokeStyle = theme.danger.edge;
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
