/**
 * Things that flash up and are gone within a second: a lost message, a committed entry, an
 * elected leader, a log that is cut back, an answer. They run by the wall clock, so that they
 * can be seen at any speed of the world.
 */
import type { Notice, ReplicaView } from "../../../../pkg/raftarium.js";
import { setFont, textWidth, write } from "../canvas-text.js";
import type { Disc, Layout } from "../layout.js";
import { cellsRect } from "../logs/logs.js";
import { traceCross } from "../marks/shapes.js";
import type { Theme } from "../palette.js";
import { answerText } from "./clients.js";
import type { Flight } from "./flight.js";

const LOST_MS = 900;
const RING_MS = 900;
const CELLS_MS = 700;
const ANSWER_MS = 1100;
/** Something that must never happen stays until it has been read. */
const STALE_MS = 2400;
/** More than this at once would show nothing more. */
const FLASHES_MAX = 96;

type Flash = { readonly startMs: number } & (
  | { readonly kind: "lost"; readonly x: number; readonly y: number }
  | { readonly kind: "elected" | "stale"; readonly replica: number }
  | {
      readonly kind: "committed" | "truncated";
      readonly replica: number;
      readonly from: number;
      readonly to: number;
    }
);

const LIVES = {
  lost: LOST_MS,
  elected: RING_MS,
  stale: STALE_MS,
  committed: CELLS_MS,
  truncated: CELLS_MS,
};

export class Flashes {
  #flashes: Flash[] = [];
  readonly #answers = new Map<number, { text: string; startMs: number }>();
  readonly #commits: number[] = [];

  /** Notes what is new. Must get the flight of the frame before, which still has the lost messages. */
  hear(
    notices: readonly Notice[],
    replicas: readonly ReplicaView[],
    flight: Flight,
    layout: Layout,
    nowMs: number,
  ): void {
    this.#flashes = this.#flashes.filter(({ kind, startMs }) => nowMs - startMs < LIVES[kind]);
    for (const { at_us, what } of notices) {
      if ("message_lost" in what) {
        const spot = flight.whereWas(what.message_lost.message, at_us, layout);
        if (spot) {
          this.#add({ kind: "lost", x: spot.x, y: spot.y, startMs: nowMs });
        }
      } else if ("leader_elected" in what) {
        this.#add({ kind: "elected", replica: what.leader_elected.replica, startMs: nowMs });
      } else if ("stale_read" in what) {
        this.#add({ kind: "stale", replica: what.stale_read.replica, startMs: nowMs });
      } else if ("log_truncated" in what) {
        const { replica, last_index } = what.log_truncated;
        const from = last_index + 1;
        this.#add({ kind: "truncated", replica, from, to: from, startMs: nowMs });
      } else if ("answered" in what) {
        const { client, answer } = what.answered;
        this.#answers.set(client, { text: answerText(answer), startMs: nowMs });
      }
    }
    for (const { id, commit_index } of replicas) {
      const before = this.#commits[id] ?? commit_index;
      if (commit_index > before) {
        this.#add({
          kind: "committed",
          replica: id,
          from: before + 1,
          to: commit_index,
          startMs: nowMs,
        });
      }
      this.#commits[id] = commit_index;
    }
  }

  /** The world is another one, or an earlier one: nothing old may flash up in it. */
  clear(): void {
    this.#flashes = [];
    this.#answers.clear();
    this.#commits.length = 0;
  }

  /** The answer that a client has just received. */
  answer(client: number, nowMs: number): string | undefined {
    const answer = this.#answers.get(client);
    if (answer && nowMs - answer.startMs >= ANSWER_MS) {
      this.#answers.delete(client);
      return undefined;
    }
    return answer?.text;
  }

  draw(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    layout: Layout,
    firstColumn: number,
    nowMs: number,
    still: boolean,
  ): void {
    for (const flash of this.#flashes) {
      const age = Math.max(0, nowMs - flash.startMs) / LIVES[flash.kind];
      ctx.globalAlpha = Math.max(0, 1 - age * age);
      // With reduced motion the same signs appear, but none of them grows.
      drawFlash(ctx, theme, layout, firstColumn, flash, still ? 0.35 : age);
    }
    ctx.globalAlpha = 1;
  }

  #add(flash: Flash): void {
    if (this.#flashes.length >= FLASHES_MAX) {
      this.#flashes.shift();
    }
    this.#flashes.push(flash);
  }
}

function drawFlash(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  layout: Layout,
  firstColumn: number,
  flash: Flash,
  age: number,
): void {
  switch (flash.kind) {
    case "lost":
      drawLost(ctx, theme, flash.x, flash.y, layout.messageRadius, age);
      break;
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
      const cells = layout.logs && cellsRect(layout.logs, replica, firstColumn, from, to);
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
  }
}

/** A stale read: a thick ring around the replica that served it, and words across its lower rim. */
function drawStale(ctx: CanvasRenderingContext2D, theme: Theme, { x, y, r }: Disc): void {
  ctx.beginPath();
  ctx.arc(x, y, r + 8, 0, 2 * Math.PI);
  ctx.lineWidth = 6;
  ctx.strokeStyle = theme.danger.edge;
  ctx.stroke();
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
