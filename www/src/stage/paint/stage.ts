/**
 * The stage: draws one frame of the world on two canvases, one behind for what lies still and one
 * in front for what moves, and knows where everything is. It has no loop and no clock of its
 * own, and keeps only the last frame.
 */
import type { FollowerView, Notice, PairView, ReplicaView, View } from "../../../pkg/raftarium.js";
import { configurationOf } from "../../core/membership.js";
import type { Subject } from "../../core/subject.js";
import { BackPainter } from "./back.js";
import { forgetTexts } from "./canvas-text.js";
import { hit } from "./hit.js";
import { ALL_SHOWN, heightFor, type Layout, planStage, type Shown } from "./layout.js";
import type { AtLogs, LogGrid } from "./logs/grid.js";
import type { LogSource } from "./logs/logs.js";
import { readTheme, type Theme } from "./palette.js";
import { drawClient, drawClientTies } from "./world/clients.js";
import { Flashes } from "./world/flashes.js";
import { Flight } from "./world/flight.js";
import { LINKED_MAX } from "./world/links.js";
import { drawHeaps, MessagePainter } from "./world/messages.js";
import { drawReplica } from "./world/replicas.js";
import { drawMarks, placeOf } from "./world/selection.js";

/** Everything that one picture needs. */
export interface Picture {
  readonly view: View;
  /** The messages in flight, as the core hands them over. */
  readonly messages: Float64Array;
  /** The virtual clock; what moves is drawn where it is at this moment. */
  readonly nowUs: number;
  /** The key-value store of a replica; the same array as long as nothing in it changes. */
  store(replica: ReplicaView): readonly PairView[];
  /** What the leader knows of its followers. */
  readonly followers: readonly FollowerView[];
  readonly logs: LogSource;
  /** Of a chunk in flight: the share of the snapshot that is there when it is. */
  chunk(message: number): number | undefined;
  /** Replicas that are selected. */
  readonly selected: readonly number[];
  /** The subject that the pointer or the keyboard is on. */
  readonly focus: Subject | undefined;
  /** What has happened in the last while, oldest first. */
  readonly recent: readonly Notice[];
  /** Virtual time per wall time: the faster it runs, the more of it a flash lasts. */
  readonly speed: number;
  readonly reducedMotion: boolean;
}

/** More device pixels per CSS pixel cost time and show nothing. */
const SCALE_MAX = 3;
/** On a smaller canvas nothing could be recognised. */
const SIDE_MIN = 60;
/** With more messages than this, or smaller ones, their tails would be a fog. */
const TAILED_MAX = 150;
const TAILED_RADIUS = 6.5;
/** On a canvas larger than this everything is drawn larger, so that it isn't lost in space. */
const FULL_WIDTH = 1400;
const FULL_HEIGHT = 800;
const ZOOM_MAX = 1.75;

/** Messages bend out of the ring, but not over the tables. */
function clipToRing(ctx: CanvasRenderingContext2D, { width, height, logs }: Layout): void {
  if (!logs) {
    return;
  }
  const { x, y } = logs.area;
  const beside = x > y;
  ctx.beginPath();
  ctx.rect(0, 0, beside ? x - 4 : width, beside ? height : y - 4);
  ctx.clip();
}

export class Stage {
  readonly #canvas: HTMLCanvasElement;
  readonly #behind: CanvasRenderingContext2D;
  readonly #ctx: CanvasRenderingContext2D;
  readonly #flight = new Flight();
  readonly #back = new BackPainter();
  readonly #messages = new MessagePainter();
  #theme: Theme;
  #layout: Layout;
  /** CSS pixels for a unit of the layout. */
  #zoom = 1;
  /** Device pixels for a unit of the layout. */
  #scale = 1;
  #view: View | undefined;
  #shown: Shown = ALL_SHOWN;
  #clientCount = 0;

  /** Two canvases of the same size, one behind the other. Throws if the browser has no more room for one. */
  constructor(back: HTMLCanvasElement, front: HTMLCanvasElement) {
    const behind = back.getContext("2d", { alpha: false });
    const ctx = front.getContext("2d");
    if (!behind || !ctx) {
      throw new Error("This browser gives no drawing context for a canvas.");
    }
    this.#canvas = front;
    this.#behind = behind;
    this.#ctx = ctx;
    this.#theme = readTheme(front, ctx);
    this.#layout = planStage(0, 0, 0, 0);
    this.resize();
  }

  /** The canvas' box or the screen's resolution has changed. */
  resize(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const pixels = Math.min(SCALE_MAX, Math.max(1, devicePixelRatio));
    for (const canvas of [this.#behind.canvas, this.#canvas]) {
      canvas.width = Math.round(clientWidth * pixels);
      canvas.height = Math.round(clientHeight * pixels);
    }
    this.#back.forget();
    const roomy = Math.min(clientWidth / FULL_WIDTH, clientHeight / FULL_HEIGHT);
    this.#zoom = Math.max(1, Math.min(ZOOM_MAX, roomy));
    this.#scale = pixels * this.#zoom;
    this.#plan(this.#layout.count, this.#clientCount);
  }

  /** What of it is wanted; all, unless said otherwise. */
  set shown(shown: Shown) {
    this.#shown = shown;
    this.#plan(this.#layout.count, this.#clientCount);
  }

  /** The height below which something of that many replicas would be left out. */
  heightFor(replicaCount: number): number {
    return heightFor(this.#canvas.clientWidth, replicaCount, this.#shown);
  }

  /** The canvas' style has changed: its colours and its font are read again. */
  refreshTheme(): void {
    forgetTexts();
    this.#theme = readTheme(this.#canvas, this.#ctx);
  }

  draw(frame: Picture): void {
    const { view, selected, focus, reducedMotion } = frame;
    const layout = this.#arrange(view);
    this.#flight.place(frame.messages, frame.nowUs, layout);
    this.#view = view;

    // A canvas that is folded away has no place for anything.
    if (layout.width < SIDE_MIN || layout.height < SIDE_MIN) {
      return;
    }
    const ctx = this.#ctx;
    const theme = this.#theme;
    const membership = configurationOf(view);
    const flashes = new Flashes(frame.recent, frame.nowUs, frame.speed);
    this.#back.draw(this.#behind, theme, layout, this.#scale, frame);
    ctx.setTransform(this.#scale, 0, 0, this.#scale, 0, 0);
    ctx.clearRect(0, 0, layout.width, layout.height);
    // From the ground up: what a person acts on is drawn last, so that nothing covers it.
    drawClientTies(ctx, theme, layout, view.clients);
    for (const client of view.clients) {
      const seat = layout.clients[client.id - 1];
      if (seat) {
        drawClient(ctx, theme, seat, client, flashes.answer(client.id));
      }
    }
    flashes.drawBehind(ctx, theme, layout);
    const drawMessages = () => {
      ctx.save();
      clipToRing(ctx, layout);
      this.#messages.draw(ctx, theme, this.#flight, {
        radius: layout.messageRadius,
        scale: this.#scale,
        chunk: (message) => frame.chunk(message),
        tails:
          !reducedMotion &&
          this.#flight.count <= TAILED_MAX &&
          layout.messageRadius >= TAILED_RADIUS,
      });
      ctx.restore();
    };
    // In a crowd messages pass over replicas that have nothing to do with them: behind them, then.
    const crowded = view.replicas.length > LINKED_MAX;
    if (crowded) {
      drawMessages();
    }
    for (const replica of view.replicas) {
      const seat = layout.replicas[replica.id - 1];
      if (seat) {
        drawReplica(ctx, theme, seat, replica, membership, frame.nowUs);
      }
    }
    if (!crowded) {
      drawMessages();
    }
    drawHeaps(ctx, theme, this.#flight, layout.messageRadius);
    flashes.draw(ctx, theme, layout, this.#back.grid, reducedMotion);
    drawMarks(ctx, theme, layout, this.#flight, selected, focus, this.#back.grid);
  }

  /** The subject at a point, in CSS pixels from the canvas' upper left corner. */
  at(x: number, y: number): Subject | undefined {
    const cuts = this.#view?.cuts ?? [];
    const place = [x / this.#zoom, y / this.#zoom] as const;
    return hit(this.#layout, this.#flight, cuts, this.#back.grid, ...place);
  }

  /** What of the logs is at a point. */
  atLogs(x: number, y: number): AtLogs | undefined {
    return this.#back.grid?.at(x / this.#zoom, y / this.#zoom, this.#view?.replicas.length ?? 0);
  }

  /** Where the entries of the logs are, in units of the layout. */
  get grid(): LogGrid | undefined {
    return this.#back.grid;
  }

  /** CSS pixels for a unit of the layout. */
  get zoom(): number {
    return this.#zoom;
  }

  /** Where a subject is now, in CSS pixels; none: it isn't on the stage. */
  place(subject: Subject): { x: number; y: number; r: number } | undefined {
    const place = placeOf(this.#layout, this.#flight, subject, this.#back.grid);
    const zoom = this.#zoom;
    return place && { x: place.x * zoom, y: place.y * zoom, r: place.r * zoom };
  }

  #arrange({ replicas, clients }: View): Layout {
    const planned = this.#layout;
    if (planned.count !== replicas.length || this.#clientCount !== clients.length) {
      this.#plan(replicas.length, clients.length);
    }
    return this.#layout;
  }

  #plan(replicaCount: number, clientCount: number): void {
    const { clientWidth, clientHeight } = this.#canvas;
    this.#clientCount = clientCount;
    this.#layout = planStage(
      clientWidth / this.#zoom,
      clientHeight / this.#zoom,
      replicaCount,
      clientCount,
      this.#shown,
    );
  }
}
