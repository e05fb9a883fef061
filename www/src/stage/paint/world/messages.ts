/**
 * Draws the messages in flight. A shape is drawn once for each kind, colour and
 * direction, and stamped from then on: a thousand messages cost a thousand small copies.
 */

import type { MessageKind } from "../../../../pkg/raftarium.js";
import { kindsByNumber } from "../../../core/in-flight.js";
import { setFont, TEXT_MIN, write } from "../canvas-text.js";
import { shapeOf, traceOutline, tracePause, traceSign } from "../marks/shapes.js";
import { Stamps } from "../marks/stamps.js";
import { type Paint, type Theme, termPaint, termPlace } from "../palette.js";
import type { Flight } from "./flight.js";

/** From this size on there is room for the number of entries in a message. */
const COUNT_RADIUS = 7;
/** The opacity of a message that is about to be lost, by its `fade`. */
const FADES = [1, 0.75, 0.5];
const TAIL = 2.6;
/** The farthest that a shape reaches from its middle, its outline included. */
const REACH = 1.7;
/** How far the second outline of a copy lies beyond the first. */
const OUTER_LINE = 4;
/** In how many directions shapes point. */
const DIRECTIONS = 36;

export interface MessageStyle {
  readonly radius: number;
  /** Whether each drags a short tail behind it. */
  readonly tails: boolean;
  /** Device pixels for a unit of the drawing. */
  readonly scale: number;
  /** The share of its snapshot that is there with a chunk. */
  chunk(message: number): number | undefined;
}

/** Draws flights. Keeps its stamps from frame to frame. */
export class MessagePainter {
  #stamps: Stamps | undefined;
  #theme: Theme | undefined;
  #radius = 0;
  #scale = 0;

  draw(ctx: CanvasRenderingContext2D, theme: Theme, flight: Flight, style: MessageStyle): void {
    if (style.tails) {
      drawTails(ctx, theme, flight, style.radius);
    }
    const stamps = this.#prepare(theme, style);
    ctx.save();
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    for (let at = 0; at < flight.count; at += 1) {
      const kind = flight.kind[at] ?? 0;
      const term = flight.term[at] ?? 0;
      const turn = Math.atan2(flight.sin[at] ?? 0, flight.cos[at] ?? 1) / (2 * Math.PI);
      ctx.globalAlpha = FADES[flight.fade[at] ?? 0] ?? 1;
      stamps.stamp(
        ctx,
        sheetNumber(kind, termPlace(theme, term), flight.duplicate[at] === 1),
        Math.round((turn + 1) * DIRECTIONS) % DIRECTIONS,
        (flight.x[at] ?? 0) * style.scale,
        (flight.y[at] ?? 0) * style.scale,
      );
    }
    ctx.restore();
    if (style.radius >= COUNT_RADIUS) {
      drawCounts(ctx, theme, flight);
    }
    drawShares(ctx, theme, flight, style);
    drawHeldMarks(ctx, theme, flight, style.radius);
  }

  #prepare(theme: Theme, { radius, scale }: MessageStyle): Stamps {
    const same = this.#theme === theme && this.#radius === radius && this.#scale === scale;
    if (!same || !this.#stamps) {
      const size = Math.ceil(2 * (REACH * radius + OUTER_LINE) * scale);
      this.#stamps = new Stamps(size, size, DIRECTIONS, (ctx, sheet, direction) => {
        const { number, place, duplicate } = fromSheetNumber(sheet);
        const kind = kindsByNumber()[number] ?? "heartbeat";
        const paint = theme.terms[place] ?? theme.plain;
        const angle = (direction / DIRECTIONS) * 2 * Math.PI;
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        ctx.scale(scale, scale);
        if (duplicate) {
          drawOuterLine(ctx, theme, paint, kind, 0, 0, cos, sin, radius);
        }
        drawMessageShape(ctx, theme, paint, kind, 0, 0, cos, sin, radius);
      });
      this.#theme = theme;
      this.#radius = radius;
      this.#scale = scale;
    }
    return this.#stamps;
  }
}

/** The sheet of stamps for a kind in the colour at `place` (minus one: without a term). */
function sheetNumber(kind: number, place: number, duplicate: boolean): number {
  return ((place + 1) * kindsByNumber().length + kind) * 2 + (duplicate ? 1 : 0);
}

function fromSheetNumber(sheet: number): { number: number; place: number; duplicate: boolean } {
  const half = Math.floor(sheet / 2);
  const kinds = kindsByNumber().length;
  const place = Math.floor(half / kinds) - 1;
  return { number: half % kinds, place, duplicate: sheet % 2 === 1 };
}

/** A second outline around the first: this message is the copy of another. */
export function drawOuterLine(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  paint: Paint,
  kind: MessageKind,
  x: number,
  y: number,
  cos: number,
  sin: number,
  radius: number,
): void {
  const shape = shapeOf(kind);
  ctx.lineJoin = "round";
  ctx.beginPath();
  traceOutline(ctx, shape, x, y, cos, sin, radius);
  ctx.lineWidth = 2 * OUTER_LINE;
  ctx.strokeStyle = paint.edge;
  ctx.stroke();
  ctx.lineWidth = 2 * OUTER_LINE - 3;
  ctx.strokeStyle = theme.ground;
  ctx.stroke();
}

/** Draws the shape of one kind of message around (x, y); (`cos`, `sin`) is where it points. */
export function drawMessageShape(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  paint: Paint,
  kind: MessageKind,
  x: number,
  y: number,
  cos: number,
  sin: number,
  radius: number,
): void {
  const shape = shapeOf(kind);
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  ctx.beginPath();
  traceOutline(ctx, shape, x, y, cos, sin, radius);
  ctx.fillStyle = shape.hollow ? theme.surface : paint.fill;
  ctx.fill();
  ctx.lineWidth = shape.hollow ? 2 : 1.25;
  ctx.strokeStyle = shape.hollow ? paint.edge : paint.rim;
  if (shape.dotted) {
    // Round caps make dots of dashes without a length.
    ctx.setLineDash([0.01, 3.4]);
  }
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.beginPath();
  traceSign(ctx, shape, x, y, cos, sin, radius);
  ctx.lineWidth = Math.max(1.25, radius * 0.2);
  ctx.strokeStyle = shape.hollow ? paint.edge : paint.ink;
  ctx.stroke();
}

/** How many entries an `AppendEntries` carries, written into its shape at (x, y). */
export function drawEntryCount(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  paint: Paint,
  entries: number,
  x: number,
  y: number,
): void {
  setFont(ctx, theme.font, TEXT_MIN, 700);
  ctx.textAlign = "center";
  ctx.fillStyle = paint.ink;
  write(ctx, entries > 99 ? "…" : String(entries), x, y, TEXT_MIN);
}

function drawCounts(ctx: CanvasRenderingContext2D, theme: Theme, flight: Flight): void {
  const appendEntries = kindsByNumber().indexOf("append_entries");
  for (let at = 0; at < flight.count; at += 1) {
    if (flight.kind[at] === appendEntries) {
      const paint = termPaint(theme, flight.term[at] ?? 0);
      const entries = flight.entries[at] ?? 0;
      drawEntryCount(ctx, theme, paint, entries, flight.x[at] ?? 0, flight.y[at] ?? 0);
    }
  }
}

/** Of more heaps than this only the large ones have a number: many small ones would be a fog. */
const HEAPS_TOLD = 12;
const LARGE_HEAP = 5;

/** For how many messages a shape stands, beside it. Goes last, since replicas may lie over shapes. */
export function drawHeaps(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  flight: Flight,
  radius: number,
): void {
  setFont(ctx, theme.font, TEXT_MIN, 700);
  ctx.textAlign = "left";
  ctx.lineJoin = "round";
  ctx.lineWidth = 3;
  ctx.strokeStyle = theme.ground;
  ctx.fillStyle = theme.ink;
  const heaps = flight.many.subarray(0, flight.count).filter((many) => many > 1).length;
  const least = heaps > HEAPS_TOLD ? LARGE_HEAP : 2;
  for (let at = 0; at < flight.count; at += 1) {
    const many = flight.many[at] ?? 1;
    if (many >= least) {
      const [x, y] = [(flight.x[at] ?? 0) + radius + 2, (flight.y[at] ?? 0) - radius];
      ctx.strokeText(`×${many}`, x, y);
      ctx.fillText(`×${many}`, x, y);
    }
  }
}

/** How much of a snapshot is there with a chunk, beside its shape at (x, y). */
export function drawShare(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  share: number,
  x: number,
  y: number,
  radius: number,
): void {
  setFont(ctx, theme.font, TEXT_MIN, 700);
  ctx.textAlign = "center";
  ctx.lineJoin = "round";
  ctx.lineWidth = 3;
  ctx.strokeStyle = theme.ground;
  ctx.fillStyle = theme.ink;
  const text = `${Math.floor(share * 100)} %`;
  const baseline = y - 1.2 * radius - 3;
  ctx.strokeText(text, x, baseline);
  ctx.fillText(text, x, baseline);
}

function drawShares(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  flight: Flight,
  { radius, chunk }: MessageStyle,
): void {
  const installSnapshot = kindsByNumber().indexOf("install_snapshot");
  for (let at = 0; at < flight.count; at += 1) {
    const share = flight.kind[at] === installSnapshot ? chunk(flight.id[at] ?? 0) : undefined;
    if (share !== undefined) {
      drawShare(ctx, theme, share, flight.x[at] ?? 0, flight.y[at] ?? 0, radius);
    }
  }
}

function drawTails(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  flight: Flight,
  radius: number,
): void {
  ctx.lineCap = "round";
  ctx.lineWidth = 1.5;
  for (let at = 0; at < flight.count; at += 1) {
    if (flight.held[at] === 0) {
      const x = flight.x[at] ?? 0;
      const y = flight.y[at] ?? 0;
      const reach = TAIL * radius;
      ctx.strokeStyle = termPaint(theme, flight.term[at] ?? 0).edge;
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x - (flight.cos[at] ?? 1) * reach, y - (flight.sin[at] ?? 0) * reach);
      ctx.stroke();
    }
  }
}

/** A small pause sign at the shoulder of each message that is held. */
function drawHeldMarks(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  flight: Flight,
  radius: number,
): void {
  const size = Math.max(4, radius * 0.5);
  for (let at = 0; at < flight.count; at += 1) {
    if (flight.held[at] === 1) {
      const x = (flight.x[at] ?? 0) + radius;
      const y = (flight.y[at] ?? 0) - radius;
      ctx.beginPath();
      ctx.arc(x, y, size * 1.3, 0, 2 * Math.PI);
      ctx.fillStyle = theme.surface;
      ctx.fill();
      ctx.lineWidth = 1;
      ctx.strokeStyle = theme.ink;
      ctx.stroke();
      ctx.beginPath();
      tracePause(ctx, x, y, size);
      ctx.fillStyle = theme.ink;
      ctx.fill();
    }
  }
}
