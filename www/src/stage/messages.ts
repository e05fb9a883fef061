/** Draws the messages in flight: batch by batch, as one colour costs a few calls however many they are. */
import type { Flight, Placed } from "./flight.js";
import { FADES } from "./flight.js";
import { APPEND_ENTRIES, SHAPES, traceOutline, tracePause, traceSign } from "./shapes.js";
import { font, TEXT_MIN, write } from "./text.js";
import { type Paint, type Theme, termPlace } from "./theme.js";

/** From this size on there is room for the number of entries in a message. */
const COUNT_RADIUS = 7.5;
const TAIL = 2.6;

export interface MessageStyle {
  readonly radius: number;
  /** Whether each drags a short tail behind it. */
  readonly tails: boolean;
}

/** Draws flights. Keeps its memory from frame to frame. */
export class MessagePainter {
  /** Which batch each message belongs to, and the messages in the order of their batches. */
  #batch = new Uint8Array(0);
  #order = new Uint16Array(0);
  readonly #starts = new Uint16Array(256);

  draw(ctx: CanvasRenderingContext2D, theme: Theme, flight: Flight, style: MessageStyle): void {
    const batches = (theme.terms.length + 1) * FADES.length;
    this.#sort(theme, flight, batches);
    ctx.lineJoin = "round";
    ctx.lineCap = "round";
    for (let batch = 0; batch < batches; batch += 1) {
      const start = this.#starts[batch] ?? 0;
      const end = this.#starts[batch + 1] ?? 0;
      if (start < end) {
        const colour = Math.floor(batch / FADES.length) - 1;
        ctx.globalAlpha = FADES[batch % FADES.length] ?? 1;
        const paint = theme.terms[colour] ?? theme.plain;
        drawBatch(ctx, theme, paint, flight, this.#order.subarray(start, end), style);
      }
    }
    ctx.globalAlpha = 1;
    drawHeldMarks(ctx, theme, flight, style.radius);
  }

  /** A counting sort by colour and fade. */
  #sort(theme: Theme, flight: Flight, batches: number): void {
    if (this.#batch.length < flight.count) {
      this.#batch = new Uint8Array(flight.id.length);
      this.#order = new Uint16Array(flight.id.length);
    }
    const starts = this.#starts.fill(0, 0, batches + 2);
    for (let at = 0; at < flight.count; at += 1) {
      const colour = termPlace(theme, flight.term[at] ?? 0) + 1;
      const batch = colour * FADES.length + (flight.fade[at] ?? 0);
      this.#batch[at] = batch;
      starts[batch + 2] = (starts[batch + 2] ?? 0) + 1;
    }
    for (let batch = 2; batch <= batches + 1; batch += 1) {
      starts[batch] = (starts[batch] ?? 0) + (starts[batch - 1] ?? 0);
    }
    for (let at = 0; at < flight.count; at += 1) {
      const next = (this.#batch[at] ?? 0) + 1;
      const place = starts[next] ?? 0;
      this.#order[place] = at;
      starts[next] = place + 1;
    }
  }
}

/** Draws messages of one colour. */
export function drawBatch(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  paint: Paint,
  flight: Placed,
  batch: Iterable<number>,
  { radius, tails }: MessageStyle,
): void {
  if (tails) {
    ctx.beginPath();
    for (const at of batch) {
      traceTail(ctx, flight, at, radius);
    }
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = paint.fill;
    ctx.stroke();
  }
  ctx.strokeStyle = paint.edge;
  for (const hollow of [false, true]) {
    ctx.beginPath();
    for (const at of batch) {
      const shape = SHAPES[flight.kind[at] ?? 0];
      if (shape && shape.hollow === hollow) {
        traceOutline(
          ctx,
          shape,
          flight.x[at] ?? 0,
          flight.y[at] ?? 0,
          flight.cos[at] ?? 1,
          flight.sin[at] ?? 0,
          radius,
        );
      }
    }
    ctx.fillStyle = hollow ? theme.surface : paint.fill;
    ctx.fill();
    ctx.lineWidth = hollow ? 2 : 1.25;
    ctx.stroke();
  }
  for (const hollow of [false, true]) {
    ctx.beginPath();
    for (const at of batch) {
      const shape = SHAPES[flight.kind[at] ?? 0];
      if (shape?.sign && shape.hollow === hollow) {
        traceSign(
          ctx,
          shape,
          flight.x[at] ?? 0,
          flight.y[at] ?? 0,
          flight.cos[at] ?? 1,
          flight.sin[at] ?? 0,
          radius,
        );
      }
    }
    ctx.lineWidth = Math.max(1.25, radius * 0.2);
    ctx.strokeStyle = hollow ? paint.edge : paint.ink;
    ctx.stroke();
  }
  if (radius >= COUNT_RADIUS) {
    drawCounts(ctx, theme, paint, flight, batch);
  }
}

function traceTail(
  ctx: CanvasRenderingContext2D,
  flight: Placed,
  at: number,
  radius: number,
): void {
  const x = flight.x[at] ?? 0;
  const y = flight.y[at] ?? 0;
  const reach = flight.held[at] === 1 ? 0 : TAIL * radius;
  ctx.moveTo(x, y);
  ctx.lineTo(x - (flight.cos[at] ?? 1) * reach, y - (flight.sin[at] ?? 0) * reach);
}

/** How many entries each `AppendEntries` carries. */
function drawCounts(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  paint: Paint,
  flight: Placed,
  batch: Iterable<number>,
): void {
  ctx.font = font(theme.font, TEXT_MIN, 700);
  ctx.textAlign = "center";
  ctx.fillStyle = paint.ink;
  for (const at of batch) {
    if (flight.kind[at] === APPEND_ENTRIES) {
      const entries = flight.entries[at] ?? 0;
      const text = entries > 99 ? "…" : String(entries);
      write(ctx, text, flight.x[at] ?? 0, flight.y[at] ?? 0, TEXT_MIN);
    }
  }
}

/** A little pause sign at the shoulder of each message that stands still. */
function drawHeldMarks(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  flight: Flight,
  radius: number,
): void {
  const size = Math.max(4, radius * 0.5);
  const discs = new Path2D();
  const bars = new Path2D();
  let any = false;
  for (let at = 0; at < flight.count; at += 1) {
    if (flight.held[at] === 1) {
      any = true;
      const x = (flight.x[at] ?? 0) + radius;
      const y = (flight.y[at] ?? 0) - radius;
      discs.moveTo(x + size * 1.3, y);
      discs.arc(x, y, size * 1.3, 0, 2 * Math.PI);
      tracePause(bars, x, y, size);
    }
  }
  if (any) {
    ctx.fillStyle = theme.surface;
    ctx.fill(discs);
    ctx.lineWidth = 1;
    ctx.strokeStyle = theme.ink;
    ctx.stroke(discs);
    ctx.fillStyle = theme.ink;
    ctx.fill(bars);
  }
}
