/**
 * Things that flash up and fade: a lost message, a committed entry, an elected leader, a log that is
 * cut back, an answer. They depend on virtual time alone: while the world is paused they stay, and
 * one who comes back to a moment sees them again. The faster virtual time runs, the more of it
 * they last, so that they can be seen at any speed.
 */
import type { Endpoint, Notice, TraceEvent } from "../../../../pkg/raftarium.js";
import { flashKind, lifeUs } from "../../../core/time/flash-kinds.js";
import { setFont, textWidth, write } from "../canvas-text.js";
import type { Disc, Layout } from "../layout.js";
import type { LogGrid } from "../logs/grid.js";
import { traceCross } from "../marks/shapes.js";
import type { Theme } from "../palette.js";
import { answerText } from "./clients.js";
import { type Spot, spotOnTrack } from "./tracks.js";

/** More than this at once would show nothing more. */
const FLASHES_MAX = 96;
/** Each lasts 0.7 s: with more of them at a time, more than three a second would come and go. */
const COMMITTED_MAX = 2;

/** Something that flashes: its share of its life, 0 to 1, is over. */
type Flash = { readonly age: number } & (
  | { readonly kind: "lost"; readonly from: Endpoint; readonly to: Endpoint; readonly way: number }
  | { readonly kind: "elected" | "stale"; readonly replica: number }
  | {
      readonly kind: "committed" | "truncated";
      readonly replica: number;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: "answer"; readonly client: number; readonly text: string }
);

/** What flashes at `nowUs`, of what has happened since then, oldest first. */
export class Flashes {
  readonly #flashes: Flash[] = [];
  readonly #answers = new Map<number, string>();

  constructor(recent: readonly Notice[], nowUs: number, speed: number) {
    // What a leader had committed before tells how many entries are new.
    const committed = new Map<number, number>();
    for (const { at_us, what } of recent) {
      const kind = flashKind(what);
      if (kind === undefined || at_us > nowUs) {
        continue;
      }
      const age = (nowUs - at_us) / lifeUs(kind, speed);
      const before = "committed" in what ? committed.get(what.committed.replica) : undefined;
      if ("committed" in what) {
        committed.set(what.committed.replica, what.committed.commit_index);
      }
      if (age < 1) {
        this.#add(flashOf(what, age, before));
      }
    }
    this.#calm();
  }

  /** So many frames around entries at once; more would be a flicker. */
  #calm(): void {
    const committed = this.#flashes.filter(({ kind }) => kind === "committed");
    if (committed.length > COMMITTED_MAX) {
      const rest = this.#flashes.filter(({ kind }) => kind !== "committed");
      this.#flashes.splice(0, this.#flashes.length, ...rest);
    }
  }

  /** The answer that a client has just received. */
  answer(client: number): string | undefined {
    return this.#answers.get(client);
  }

  /** Goes before the replicas: the rings that must not hide what is at their rims. */
  drawBehind(ctx: CanvasRenderingContext2D, theme: Theme, { replicas }: Layout): void {
    for (const flash of this.#flashes) {
      const seat = flash.kind === "stale" ? replicas[flash.replica - 1] : undefined;
      if (seat) {
        ctx.globalAlpha = opacity(flash.age);
        ctx.beginPath();
        ctx.arc(seat.x, seat.y, seat.r + 8, 0, 2 * Math.PI);
        ctx.lineWidth = 6;
        ctx.strokeStyle = theme.danger.edge;
        ctx.stroke();
      }
    }
    ctx.globalAlpha = 1;
  }

  draw(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    layout: Layout,
    grid: LogGrid | undefined,
    still: boolean,
  ): void {
    for (const flash of this.#flashes) {
      ctx.globalAlpha = opacity(flash.age);
      // With reduced motion the same signs appear, but none of them grows.
      drawFlash(ctx, theme, layout, grid, flash, still ? 0.35 : flash.age);
    }
    ctx.globalAlpha = 1;
  }

  #add(flash: Flash | undefined): void {
    if (flash?.kind === "answer") {
      this.#answers.set(flash.client, flash.text);
    } else if (flash) {
      if (this.#flashes.length >= FLASHES_MAX) {
        this.#flashes.shift();
      }
      this.#flashes.push(flash);
    }
  }
}

function flashOf(what: TraceEvent, age: number, committed: number | undefined): Flash | undefined {
  if ("message_lost" in what) {
    const { from, to, way_ppm } = what.message_lost;
    return { kind: "lost", age, from, to, way: way_ppm / 1e6 };
  }
  if ("leader_elected" in what) {
    return { kind: "elected", age, replica: what.leader_elected.replica };
  }
  if ("stale_read" in what) {
    return { kind: "stale", age, replica: what.stale_read.replica };
  }
  if ("log_truncated" in what) {
    const { replica, last_index } = what.log_truncated;
    return { kind: "truncated", age, replica, from: last_index + 1, to: last_index + 1 };
  }
  if ("committed" in what) {
    const { replica, commit_index: to } = what.committed;
    return { kind: "committed", age, replica, from: Math.min(to, (committed ?? to - 1) + 1), to };
  }
  if ("answered" in what) {
    const { client, answer } = what.answered;
    return { kind: "answer", age, client, text: answerText(answer) };
  }
  return undefined;
}

function drawFlash(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  layout: Layout,
  grid: LogGrid | undefined,
  flash: Flash,
  age: number,
): void {
  switch (flash.kind) {
    case "lost": {
      const from = discOf(layout, flash.from);
      const to = discOf(layout, flash.to);
      if (from && to) {
        const spot: Spot = { x: 0, y: 0, cos: 1, sin: 0, along: 0 };
        spotOnTrack(from, to, flash.way, 0, spot);
        drawLost(ctx, theme, spot.x, spot.y, layout.messageRadius, age);
      }
      break;
    }
    case "elected": {
      const seat = layout.replicas[flash.replica - 1];
      if (seat) {
        ctx.beginPath();
        ctx.arc(seat.x, seat.y, seat.r * (1.1 + 0.8 * age), 0, 2 * Math.PI);
        ctx.lineWidth = 3;
        ctx.strokeStyle = theme.success.edge;
        ctx.stroke();
      }
      break;
    }
    case "stale": {
      const seat = layout.replicas[flash.replica - 1];
      if (seat) {
        drawStale(ctx, theme, seat);
      }
      break;
    }
    case "committed":
    case "truncated": {
      const { replica, from, to } = flash;
      const cells = grid?.cells(replica, from, to);
      if (cells) {
        const lost = flash.kind === "truncated";
        ctx.beginPath();
        ctx.roundRect(cells.x - 2, cells.y - 2, cells.w + 2, cells.h + 4, 4);
        ctx.lineWidth = 2.5;
        ctx.strokeStyle = (lost ? theme.danger : theme.success).edge;
        ctx.stroke();
        if (lost) {
          ctx.beginPath();
          traceCross(ctx, cells.x + cells.w / 2 - 1, cells.y + cells.h / 2, 5);
          ctx.stroke();
        }
      }
      break;
    }
    case "answer":
      // The client itself says it.
      break;
  }
}

function discOf({ replicas, clients }: Layout, end: Endpoint): Disc | undefined {
  return "replica" in end ? replicas[end.replica - 1] : clients[end.client - 1];
}

function opacity(age: number): number {
  return Math.max(0, 1 - age * age);
}

/**
 * A stale read: words across the lower rim of the replica that served it. What explains the read, a
 * lease or a handover, is at the upper rim; the ring is behind the replica.
 */
function drawStale(ctx: CanvasRenderingContext2D, theme: Theme, { x, y, r }: Disc): void {
  const text = "STALE READ";
  setFont(ctx, theme.font, 13, 700);
  const width = textWidth(ctx, text) + 16;
  ctx.beginPath();
  const middle = y + r + 2;
  ctx.roundRect(x - width / 2, middle - 12, width, 24, 4);
  ctx.fillStyle = theme.danger.fill;
  ctx.fill();
  ctx.textAlign = "center";
  ctx.fillStyle = theme.danger.ink;
  write(ctx, text, x, middle, 13);
}

/** A message bursts: an ✕, and splinters that fly apart. */
export function drawLost(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  radius: number,
  age: number,
): void {
  ctx.lineCap = "round";
  ctx.strokeStyle = theme.danger.edge;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (let splinter = 0; splinter < 8; splinter += 1) {
    const angle = ((splinter + 0.5) / 8) * 2 * Math.PI;
    const from = radius * (1 + 1.1 * age);
    const to = from + radius * 0.5;
    ctx.moveTo(x + from * Math.cos(angle), y + from * Math.sin(angle));
    ctx.lineTo(x + to * Math.cos(angle), y + to * Math.sin(angle));
  }
  ctx.stroke();
  ctx.lineWidth = Math.max(2.5, radius * 0.3);
  ctx.beginPath();
  traceCross(ctx, x, y, radius * 0.7);
  ctx.stroke();
}
