/**
 * The whole run at a glance, as a slider: drag, wheel and keys go to any moment of it. A run is
 * looked at anew a few times a second at most; what moves in each frame is the handle alone.
 */
import { css, html, nothing } from "lit";
import type { Notice } from "../../pkg/raftarium.js";
import { COMMANDS, type Command, commandOf } from "../core/commands.js";
import type { State } from "../core/controller.js";
import type { Frame } from "../core/session.js";
import {
  momentAt,
  moved,
  type Span,
  shareOf,
  showing,
  ZOOM_STEP,
  zoomed,
} from "../core/time/scale.js";
import { readTheme, type Theme } from "../stage/paint/palette.js";
import { noticeText } from "../text/events/notices.js";
import { count, replicaName, seconds } from "../text/names.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";
import { styled } from "../ui/styled.js";
import { drawScrubber, pinAt, SCRUBBER_HEIGHT, type ScrubberPicture } from "./paint.js";

/** While the world runs, the run is looked at anew this often. */
const RENEWED_MS = 400;
/** A bucket of the overview is this wide. */
const BUCKET_PX = 2;
const BUCKETS_MAX = 2048;
const MARKS_MAX = 512;
/** Keys: a step and a leap, as shares of what is shown. */
const STEP = 0.01;
const LEAP = 0.1;

export class RaftScrubber extends Part {
  static override properties = { pointed: { state: true } };
  static override readonly draws = ["frame", "branches", "span", "colours", "run"] as const;
  /** The pin under the pointer, and where. */
  declare private pointed: { mark: Notice; x: number } | undefined;

  #theme: Theme | undefined;
  #marks: readonly Notice[] = [];
  /** What the overview was taken for. */
  #seen = "";
  #seenMs = 0;
  #dragging = false;
  /** The moment that is wanted, as long as the world is on its way there. */
  #wantedUs: number | undefined;
  /** How wide the canvas is. */
  #width = 0;
  readonly #resized = new ResizeObserver(() => {
    this.#width = this.#canvas()?.clientWidth ?? 0;
    this.requestUpdate();
  });

  static override styles = [
    shared,
    css`
      :host {
        position: relative;
        touch-action: pan-y;
        user-select: none;
        -webkit-user-select: none;
      }
      .slider {
        position: relative;
        border: 1px solid var(--_line);
        border-radius: 6px;
        overflow: hidden;
        cursor: ew-resize;
      }
      canvas {
        display: block;
        width: 100%;
        height: ${SCRUBBER_HEIGHT}px;
      }
      /* A line through everything, with a handle. */
      .now {
        position: absolute;
        inset-block: 0 1.125rem;
        inset-inline-start: -1px;
        width: 2px;
        background: var(--_accent);
        pointer-events: none;
      }
      .now::after {
        content: "";
        position: absolute;
        inset-block-start: 1.5rem;
        inset-inline-start: -6px;
        width: 14px;
        height: 1.375rem;
        border: 1.5px solid var(--_ground);
        border-radius: 5px;
        background: inherit;
      }
      .tooltip {
        position: absolute;
        inset-block-end: calc(100% + 4px);
        z-index: 2;
        width: max-content;
        max-width: 16rem;
        padding: 0.25rem 0.5rem;
        border-radius: 6px;
        background: var(--_ink);
        color: var(--_ground);
        font-size: 0.8125rem;
        pointer-events: none;
        translate: -50% 0;
      }
      @media (forced-colors: active) {
        .now {
          forced-color-adjust: none;
          background: Highlight;
        }
        canvas {
          forced-color-adjust: none;
          --raft-ground: Canvas;
          --raft-surface: Canvas;
          --raft-ink: CanvasText;
          --raft-muted: CanvasText;
          --raft-line: Canvas;
          --raft-accent: Highlight;
          --raft-danger: CanvasText;
          --raft-success: CanvasText;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.#dragging = false;
  }

  override stateChanged(before: State, after: State): void {
    if (before.colours !== after.colours) {
      this.#theme = undefined;
      this.#seen = "";
    }
    if (before.run !== after.run) {
      this.#seen = "";
      this.#marks = [];
    }
    super.stateChanged(before, after);
  }

  /** In each frame only the handle moves; the rest is renewed with the panels. */
  drawFrame(frame: Frame): void {
    if (!this.controller.state.seeking) {
      this.#wantedUs = undefined;
    }
    this.#showNow(frame.nowUs);
  }

  override updated(): void {
    this.#look();
    this.#showNow(this.controller.frame?.nowUs ?? 0);
  }

  override render() {
    const { frame, branches } = this.controller.state;
    const nowUs = frame?.nowUs ?? 0;
    const endUs = this.controller.time.endUs;
    const { pointed } = this;
    return html`
      <div
        class="slider"
        role="slider"
        tabindex="0"
        dir="ltr"
        aria-label="Virtual time"
        aria-valuemin="0"
        aria-valuemax=${Math.round(endUs / 1000)}
        aria-valuenow=${Math.round(nowUs / 1000)}
        aria-valuetext=${this.#valueText(nowUs, endUs)}
        aria-disabled=${branches ? nothing : "true"}
        @pointerdown=${this.#press}
        @pointermove=${this.#move}
        @pointerup=${this.#release}
        @pointercancel=${this.#release}
        @pointerleave=${this.#leave}
        @wheel=${this.#wheel}
        @keydown=${this.#keydown}
      >
        <canvas aria-hidden="true"></canvas>
        <div class="now"></div>
      </div>
      ${
        pointed
          ? html`<div class="tooltip" ${styled({ left: `${pointed.x}px` })} aria-hidden="true">
              ${seconds(pointed.mark.at_us)}: ${noticeText(pointed.mark)}
            </div>`
          : nothing
      }
    `;
  }

  #valueText(nowUs: number, endUs: number): string {
    const { frame } = this.controller.state;
    const leader = frame?.view.leader;
    const term =
      frame?.view.replicas.reduce((most, replica) => Math.max(most, replica.term), 0) ?? 0;
    const reign =
      leader === undefined
        ? `term ${term}, no leader`
        : `term ${term}, led by ${replicaName(leader)}`;
    return `${seconds(nowUs)} of ${seconds(endUs)}, event ${count(frame?.view.events ?? 0)}, ${reign}`;
  }

  #span(): Span {
    return this.controller.state.span ?? this.controller.time.whole;
  }

  #canvas(): HTMLCanvasElement | null {
    return this.renderRoot.querySelector("canvas");
  }

  /** The handle is where it is wanted, though the world may not be there yet. */
  #showNow(nowUs: number): void {
    const handle = this.renderRoot.querySelector<HTMLElement>(".now");
    if (handle) {
      const share = shareOf(this.#span(), this.#wantedUs ?? nowUs);
      handle.hidden = share < 0 || share > 1;
      handle.style.transform = `translateX(${share * this.#width}px)`;
    }
  }

  /** Looks at the run anew and draws it, if there is something else to see. */
  #look(): void {
    const { run, branches, playing } = this.controller.state;
    const width = this.#width;
    if (!run || !branches || width === 0) {
      return;
    }
    const span = this.#span();
    const sight = [branches.shown, span.from_us, span.to_us, width].join();
    const { endUs } = this.controller.time;
    const nowMs = performance.now();
    const due = !playing || nowMs - this.#seenMs >= RENEWED_MS;
    if (this.#seen === `${sight} ${endUs}` || (this.#seen.startsWith(`${sight} `) && !due)) {
      return;
    }
    this.#seen = `${sight} ${endUs}`;
    this.#seenMs = nowMs;
    const buckets = Math.max(1, Math.min(BUCKETS_MAX, Math.floor(width / BUCKET_PX)));
    const { from_us, to_us } = span;
    this.#marks = run.look((world) => world.marks(branches.shown, from_us, to_us, MARKS_MAX)) ?? [];
    const shown = branches.branches.find(({ id }) => id === branches.shown);
    this.#draw(width, {
      span,
      overview: run.look((world) => world.overview(branches.shown, from_us, to_us, buckets)),
      marks: this.#marks,
      endUs,
      leftUs: shown?.parent === undefined ? undefined : shown.left_at.at_us,
    });
  }

  #draw(width: number, picture: ScrubberPicture): void {
    const canvas = this.#canvas();
    const ctx = canvas?.getContext("2d", { alpha: false });
    if (!canvas || !ctx) {
      return;
    }
    const pixels = Math.min(3, Math.max(1, devicePixelRatio));
    canvas.width = Math.round(width * pixels);
    canvas.height = Math.round(SCRUBBER_HEIGHT * pixels);
    this.#theme ??= readTheme(canvas, ctx);
    ctx.setTransform(pixels, 0, 0, pixels, 0, 0);
    drawScrubber(ctx, this.#theme, width, picture);
  }

  // --- pointer, wheel and keys ---

  #timeAt(event: MouseEvent): number {
    const box = this.#canvas()?.getBoundingClientRect();
    const share = box ? (event.clientX - box.left) / box.width : 0;
    return Math.max(0, momentAt(this.#span(), Math.min(1, Math.max(0, share))));
  }

  /** The nearest moment that is kept is in the next frame, the exact one follows. */
  #want(us: number): void {
    const to = Math.min(Math.max(0, Math.round(us)), this.controller.time.endUs);
    if (to !== this.#wantedUs) {
      this.#wantedUs = to;
      this.controller.time.seek({ to: { time_us: to } });
    }
  }

  #press(event: PointerEvent) {
    if (event.button !== 0) {
      return;
    }
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#dragging = true;
    this.pointed = undefined;
    // A pin is met exactly, though a finger is not.
    this.#want(this.#pinUnder(event)?.mark.at_us ?? this.#timeAt(event));
  }

  #move(event: PointerEvent) {
    if (this.#dragging) {
      this.#want(this.#timeAt(event));
    } else if (event.pointerType === "mouse") {
      const pin = this.#pinUnder(event);
      if (pin?.mark !== this.pointed?.mark) {
        this.pointed = pin;
      }
    }
  }

  #pinUnder(event: MouseEvent): { mark: Notice; x: number } | undefined {
    const box = this.#canvas()?.getBoundingClientRect();
    // A host may show the element scaled.
    const scale = (box?.width ?? 0) / (this.#width || 1);
    if (!box || scale === 0 || event.clientY - box.top > (scale * SCRUBBER_HEIGHT) / 3) {
      return undefined;
    }
    const x = (event.clientX - box.left) / scale;
    const mark = pinAt(this.#marks, this.#span(), this.#width, x);
    return mark && { mark, x: shareOf(this.#span(), mark.at_us) * this.#width };
  }

  #release() {
    this.#dragging = false;
  }

  #leave() {
    this.pointed = undefined;
  }

  /** Zooms with Ctrl, or where the slider has the focus; else the wheel is the page's. Sideways it moves along. */
  #wheel(event: WheelEvent) {
    const { controller } = this;
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      controller.time.showSpan(
        moved(this.#span(), this.controller.time.whole, Math.sign(sideways) * LEAP),
      );
    } else if (event.ctrlKey || event.metaKey || this.renderRoot.querySelector(":focus")) {
      event.preventDefault();
      const by = event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP;
      controller.time.showSpan(
        zoomed(this.#span(), this.controller.time.whole, this.#timeAt(event), by),
      );
    }
  }

  #keydown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const span = this.#span();
    const length = span.to_us - span.from_us;
    const nowUs = this.#wantedUs ?? this.controller.frame?.nowUs ?? 0;
    const steps: Record<string, number> = {
      ArrowLeft: nowUs - length * STEP,
      ArrowDown: nowUs - length * STEP,
      ArrowRight: nowUs + length * STEP,
      ArrowUp: nowUs + length * STEP,
      PageDown: nowUs - length * LEAP,
      PageUp: nowUs + length * LEAP,
      Home: 0,
      End: this.controller.time.endUs,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#want(to);
      if (this.controller.state.span) {
        this.controller.time.showSpan(
          showing(span, this.controller.time.whole, this.#wantedUs ?? to),
        );
      }
      return;
    }
    const command = SLIDER_KEYS[event.key] ?? commandOf(event.key, this.controller.state);
    if (command) {
      event.preventDefault();
      event.stopPropagation();
      command.run(this.controller);
    }
  }
}

/** On the slider these zoom; on the stage they change the speed. */
const SLIDER_KEYS: Readonly<Record<string, Command>> = {
  "+": COMMANDS.zoomIn,
  "=": COMMANDS.zoomIn,
  "-": COMMANDS.zoomOut,
  "0": COMMANDS.zoomOff,
};
