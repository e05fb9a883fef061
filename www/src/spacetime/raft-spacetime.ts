/**
 * The space-time diagram: a lane for each replica and client, a line for each message. What is
 * selected is told in a sentence, with what led to it and what came of it; its causal past and
 * future light up. The run is traced in slices, and goes on as the world does.
 */
import { html, nothing } from "lit";
import {
  HappeningField,
  HappeningKind,
  type MessageKind,
  messageKinds,
} from "../../pkg/raftarium.js";
import { commandOf } from "../core/commands.js";
import type { State } from "../core/controller.js";
import type { Frame } from "../core/session.js";
import { moved, type Span, ZOOM_STEP } from "../core/time/scale.js";
import { Trace } from "../core/time/trace.js";
import { readTheme, type Theme } from "../stage/paint/palette.js";
import { happeningText } from "../text/events/happenings.js";
import { clientName, count, replicaName, seconds, sentenceCase } from "../text/names.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";
import { styled } from "../ui/styled.js";
import { happeningAt, nextOf } from "./find.js";
import { flightOf, heightOf, type Lanes, laneY, layOut, usAt, xOf } from "./layout.js";
import { drawFrame, drawTerms, type Picture } from "./paint.js";
import { spacetimeStyles } from "./raft-spacetime.css.js";
import { Tiles } from "./tiles.js";

/** Of what led to something, and of what came of it, so much is told. */
const CHAIN_MAX = 24;
/** The list shows so many happenings around the selected one. */
const LISTED = 40;
/** How much of what is seen lies before the present, while one follows it. */
const PAST_SHARE = 0.92;
const SPAN_FIRST_US = 400_000;
const SPAN_MIN_US = 200;

export class RaftSpacetime extends Part {
  static override properties = {
    hovered: { state: true },
    progress: { state: true },
    listed: { state: true },
  };
  static override readonly draws = ["run", "branches", "colours", "playing", "happening"] as const;
  /** The one under the pointer, and where that is. */
  declare private hovered: { row: number; x: number; y: number } | undefined;
  /** Of what was traced. */
  declare private progress: string;
  /** Whether the list is open. */
  declare private listed: boolean;

  #trace: Trace | undefined;
  /** What is seen; none: the present is followed. */
  #span: Span | undefined;
  #lengthUs = SPAN_FIRST_US;
  #lanes: Lanes = layOut(0, 0, undefined);
  #theme: Theme | undefined;
  #kinds: readonly MessageKind[] = [];
  #relations: Uint8Array | undefined;
  readonly #tiles = new Tiles();
  #drag: { id: number; x: number; span: Span; moved: boolean } | undefined;
  #seen = false;
  readonly #resized = new ResizeObserver(() => this.#draw());

  static override styles = [shared, spacetimeStyles];

  constructor() {
    super();
    this.progress = "";
    this.listed = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
    this.#seen = true;
    this.controller.redraw();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.#seen = false;
    this.#forget();
  }

  override stateChanged(before: State, after: State): void {
    if (before.run !== after.run) {
      this.#forget();
      this.#span = undefined;
      this.#lengthUs = SPAN_FIRST_US;
    }
    if (before.branches?.shown !== after.branches?.shown) {
      this.#forget();
    }
    if (before.colours !== after.colours) {
      this.#theme = undefined;
      this.#tiles.forget();
    }
    if (before.happening !== after.happening) {
      this.#relate();
      this.#tiles.forget();
    }
    super.stateChanged(before, after);
  }

  drawFrame(frame: Frame): void {
    if (this.#seen && this.#look(frame)) {
      // There is more to be traced or drawn.
      this.controller.redraw();
    }
  }

  override updated(): void {
    this.#draw();
  }

  override render() {
    const { selected, hovered } = this;
    const trace = this.#trace;
    return html`
      <div class="tools" role="group" aria-label="Space-time diagram">
        <button @click=${() => this.#zoom(ZOOM_STEP)} title="Zoom in (+)">+</button>
        <button @click=${() => this.#zoom(1 / ZOOM_STEP)} title="Zoom out (−)">−</button>
        <button ?disabled=${this.#span === undefined} @click=${() => this.#follow()} title="Follow the present (0)">
          To the present
        </button>
        <label>
          <input
            type="checkbox"
            .checked=${this.listed}
            @change=${(event: Event) => {
              this.listed = (event.target as HTMLInputElement).checked;
            }}
          />
          as a list
        </label>
        <span class="muted">${this.progress}</span>
      </div>
      <div
        class="canvas"
        role="application"
        tabindex="0"
        aria-roledescription="space-time diagram"
        aria-label="What happened, in the order in which it did. Left and right: the happening before and after at the same place; up and down: at another place; C: its cause; Enter: go there."
        @pointerdown=${this.#press}
        @pointermove=${this.#move}
        @pointerup=${this.#release}
        @pointercancel=${this.#cancel}
        @pointerleave=${() => {
          this.hovered = undefined;
        }}
        @wheel=${this.#wheel}
        @keydown=${this.#keydown}
      >
        <canvas aria-hidden="true"></canvas>
        ${hovered && trace ? this.#tooltip(hovered) : nothing}
      </div>
      <p class="unseen" role="status">${selected === undefined ? "" : this.#text(selected)}</p>
      ${selected !== undefined && trace ? this.#about(selected) : nothing}
      ${this.listed && trace ? this.#list(trace) : nothing}
    `;
  }

  // --- what is told ---

  #tooltip({ row, x, y }: { row: number; x: number; y: number }) {
    const low = y > this.#lanes.height / 2;
    const place = {
      left: `${Math.min(Math.max(x, 120), this.#lanes.width - 120)}px`,
      ...(low ? { bottom: `${this.#lanes.height - y + 14}px` } : { top: `${y + 14}px` }),
    };
    return html`<div class="tooltip" ${styled(place)} aria-hidden="true">
      ${seconds(this.#at(row))}: ${this.#text(row)}
    </div>`;
  }

  #about(row: number) {
    const { run } = this.controller;
    const led = run?.look((world) => [...world.ledHere(row, CHAIN_MAX)]) ?? [];
    const came = run?.look((world) => [...world.cameOf(row, CHAIN_MAX)]) ?? [];
    return html`<section class="about" aria-label="The selected happening">
      <p>
        <strong>${seconds(this.#at(row))}</strong> ${this.#text(row)}
        ${
          this.#trace?.at(row, HappeningField.Detail) === 1 &&
          this.#trace.kind(row) === HappeningKind.Decided
            ? html`<span class="broken">⚠ broken on purpose</span>`
            : nothing
        }
      </p>
      <p class="doing">
        <button @click=${() => this.#goTo(row)}>Go there</button>
        <button @click=${() => this.select(undefined)}>Select nothing</button>
        ${this.#relationText()}
      </p>
      <div class="chains">
        <div>
          <h2 id="led">What led here</h2>
          ${led.length > 1 ? this.#chain(led.slice(1), "led") : html`<p class="muted">Nothing that is known: it is where the trace begins, or was done from outside.</p>`}
        </div>
        <div>
          <h2 id="came">What came of it</h2>
          ${came.length > 0 ? this.#chain(came, "came") : html`<p class="muted">Nothing yet.</p>`}
        </div>
      </div>
    </section>`;
  }

  #relationText() {
    const relations = this.#relations;
    if (!relations) {
      return nothing;
    }
    let [past, future] = [0, 0];
    for (const relation of relations) {
      past += relation === 1 ? 1 : 0;
      future += relation === 2 ? 1 : 0;
    }
    return html`<span class="muted">
      Of ${count(relations.length)} happenings ${count(past)} are in its causal past, ${count(future)} in its
      future.
    </span>`;
  }

  #chain(rows: readonly number[], label: string) {
    return html`<ol aria-labelledby=${label}>
      ${rows.map((row) => this.#line(row))}
    </ol>`;
  }

  #line(row: number) {
    return html`<li>
      <button class="plain" aria-current=${row === this.selected ? "true" : nothing} @click=${() => this.select(row, true)}>
        <span class="muted">${seconds(this.#at(row))}</span> ${this.#text(row)}
      </button>
    </li>`;
  }

  #list(trace: Trace) {
    const nowUs = this.controller.frame?.nowUs ?? 0;
    const middle = this.selected ?? Math.max(0, trace.firstFrom(nowUs + 1) - 1);
    const first = Math.max(0, middle - LISTED / 2);
    const rows = Array.from(
      { length: Math.max(0, Math.min(LISTED, trace.count - first)) },
      (_, at) => first + at,
    );
    return html`<section class="list">
      <h2 id="all">Happenings ${count(first + 1)} to ${count(first + rows.length)} of ${count(trace.count)}</h2>
      ${this.#chain(rows, "all")}
    </section>`;
  }

  #text(row: number): string {
    const { run } = this.controller;
    const detail = run && this.#trace?.detail(run, row);
    return detail ? happeningText(detail) : "";
  }

  #at(row: number): number {
    return this.#trace?.at(row, HappeningField.AtUs) ?? 0;
  }

  // --- what is done ---

  /** The selected happening, by its number in the trace. */
  get selected(): number | undefined {
    const { happening } = this.controller.state;
    return this.#trace && happening !== undefined && happening < this.#trace.count
      ? happening
      : undefined;
  }

  /** Finds out how all others stand to the selected one. */
  #relate(): void {
    const row = this.selected;
    this.#relations =
      row === undefined ? undefined : this.controller.run?.look((world) => world.relations(row));
  }

  /** Selects a happening, and shows it if it is out of sight. */
  select(row: number | undefined, show = false): void {
    this.controller.point(row);
    if (row !== undefined && show) {
      const at = this.#at(row);
      const span = this.#shown();
      if (at < span.from_us || at > span.to_us) {
        this.#show({ from_us: at - 0.5 * this.#lengthUs, to_us: at + 0.5 * this.#lengthUs });
      }
    }
    this.controller.redraw();
  }

  #goTo(row: number): void {
    const event = this.#trace?.at(row, HappeningField.Event);
    if (event !== undefined) {
      this.#span ??= this.#shown();
      this.controller.goTo(event);
    }
  }

  #follow(): void {
    this.#span = undefined;
    this.requestUpdate();
    this.controller.redraw();
  }

  #zoom(by: number, atUs?: number): void {
    const span = this.#shown();
    const middle = atUs ?? this.controller.frame?.nowUs ?? (span.from_us + span.to_us) / 2;
    this.#lengthUs = Math.min(
      Math.max(SPAN_MIN_US, (span.to_us - span.from_us) / by),
      Math.max(SPAN_FIRST_US, 1.1 * this.controller.time.endUs),
    );
    const inSight = middle >= span.from_us && middle <= span.to_us;
    if (this.#span || atUs !== undefined) {
      const fixed = inSight ? middle : (span.from_us + span.to_us) / 2;
      const share = (fixed - span.from_us) / (span.to_us - span.from_us);
      this.#show({
        from_us: fixed - share * this.#lengthUs,
        to_us: fixed + (1 - share) * this.#lengthUs,
      });
    }
    this.controller.redraw();
  }

  #show(span: Span): void {
    const from = Math.max(-0.05 * this.#lengthUs, span.from_us);
    this.#span = { from_us: from, to_us: from + (span.to_us - span.from_us) };
    this.requestUpdate();
    this.controller.redraw();
  }

  /** What is seen now. */
  #shown(): Span {
    if (this.#span) {
      return this.#span;
    }
    const nowUs = this.controller.frame?.nowUs ?? 0;
    const from_us = Math.max(0, nowUs - PAST_SHARE * this.#lengthUs);
    return { from_us, to_us: from_us + this.#lengthUs };
  }

  // --- tracing and drawing ---

  #forget(): void {
    this.#trace = undefined;
    this.hovered = undefined;
    this.#relations = undefined;
    this.#tiles.forget();
  }

  /** Traces on and draws. Returns whether there is more to do. */
  #look(frame: Frame): boolean {
    const { run, state } = this.controller;
    const shown = state.branches?.shown;
    if (!run || shown === undefined) {
      return false;
    }
    const span = this.#shown();
    const seenUs = Math.min(Math.max(span.from_us, 0), frame.nowUs);
    const fromUs = Math.max(0, span.from_us - 0.5 * this.#lengthUs);
    const known = run.trace;
    const enough = known?.branch === shown && known.fromUs <= Math.max(0, span.from_us);
    const trace = enough ? known : Trace.upTo(run, shown, seenUs, eventsAt(frame, seenUs), fromUs);
    if (trace !== this.#trace) {
      this.#forget();
      this.#trace = trace;
    }
    if (!trace) {
      return false;
    }
    // As far as it was run, if that is looked at.
    const end = Math.max(frame.nowUs, this.controller.time.endUs);
    const wanted = Math.min(Math.max(frame.nowUs, span.to_us), end);
    let more = false;
    if (!trace.reaches(wanted)) {
      const { uptoUs } = trace;
      if (trace.advance(run, wanted)) {
        this.#tiles.renewFrom(uptoUs - trace.longestUs, span, this.#lanes.width);
        this.#relate();
      }
      more = !trace.reaches(wanted) && !trace.done;
    }
    this.progress = trace.full
      ? `Only the first ${count(trace.count)} happenings from ${seconds(trace.fromUs)} on can be shown.`
      : more
        ? `Traced up to ${seconds(trace.uptoUs)} …`
        : "";
    return this.#draw() || more;
  }

  /** Returns whether something is still to be drawn. */
  #draw(): boolean {
    const canvas = this.renderRoot.querySelector("canvas");
    const ctx = canvas?.getContext("2d", { alpha: false });
    const trace = this.#trace;
    if (!canvas || !ctx || !trace) {
      return false;
    }
    const box = canvas.parentElement as HTMLElement;
    const [width, room] = [box.clientWidth, box.clientHeight];
    if (width < 80 || room < 40) {
      return false;
    }
    const fitted = layOut(width, room, trace);
    this.#lanes = { ...fitted, height: Math.max(room, heightOf(fitted)) };
    const pixels = Math.min(2, Math.max(1, devicePixelRatio));
    const [wide, high] = [Math.round(width * pixels), Math.round(this.#lanes.height * pixels)];
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
      canvas.style.height = `${this.#lanes.height}px`;
    }
    this.#theme ??= readTheme(canvas, ctx);
    if (this.#kinds.length === 0) {
      this.#kinds = this.controller.run?.look(() => messageKinds()) ?? [];
    }
    const span = this.#shown();
    const picture: Picture = {
      trace,
      lanes: this.#lanes,
      span,
      theme: this.#theme,
      kinds: this.#kinds,
      relations: this.#relations,
    };
    ctx.setTransform(pixels, 0, 0, pixels, 0, 0);
    ctx.fillStyle = this.#theme.ground;
    ctx.fillRect(0, 0, width, this.#lanes.height);
    const key = `${trace.branch} ${trace.fromUs} ${this.selected ?? ""} ${this.#lanes.places.length}`;
    const missing = this.#tiles.draw(ctx, picture, key, pixels);
    drawTerms(ctx, picture);
    drawFrame(ctx, picture, this.controller.frame?.nowUs ?? 0, laneName);
    this.#ring(ctx, this.selected, 3);
    this.#ring(ctx, this.hovered?.row, 1.5);
    return missing;
  }

  /** A ring around a happening, or a thick line along a message. */
  #ring(ctx: CanvasRenderingContext2D, row: number | undefined, width: number): void {
    const [trace, theme] = [this.#trace, this.#theme];
    if (row === undefined || !trace || !theme) {
      return;
    }
    const span = this.#shown();
    ctx.strokeStyle = theme.accent.edge;
    ctx.lineWidth = width;
    ctx.beginPath();
    const flight = flightOf(trace, row);
    const [from, to] = [
      flight && laneY(this.#lanes, flight.from),
      flight && laneY(this.#lanes, flight.to),
    ];
    if (flight && from !== undefined && to !== undefined) {
      ctx.moveTo(xOf(this.#lanes, span, flight.fromUs), from);
      ctx.lineTo(xOf(this.#lanes, span, flight.toUs), to);
      ctx.stroke();
      ctx.beginPath();
    }
    const y = laneY(this.#lanes, trace.at(row, HappeningField.Place));
    if (y !== undefined) {
      ctx.arc(xOf(this.#lanes, span, this.#at(row)), y, 9, 0, 2 * Math.PI);
      ctx.stroke();
    }
  }

  /** The happening under a place. */
  #under(x: number, y: number): number | undefined {
    return this.#trace && happeningAt(this.#trace, this.#lanes, this.#shown(), x, y);
  }

  // --- pointer, wheel and keys ---

  #place(event: MouseEvent): { x: number; y: number } {
    const canvas = this.renderRoot.querySelector("canvas");
    const box = canvas?.getBoundingClientRect();
    const scale = box && canvas ? canvas.clientWidth / Math.max(1, box.width) : 1;
    return {
      x: (event.clientX - (box?.left ?? 0)) * scale,
      y: (event.clientY - (box?.top ?? 0)) * scale,
    };
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) {
      return;
    }
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.hovered = undefined;
    this.#drag = { id: event.pointerId, x: event.clientX, span: this.#shown(), moved: false };
  }

  #move(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag && drag.id === event.pointerId) {
      const px = event.clientX - drag.x;
      if (Math.abs(px) > 3 || drag.moved) {
        drag.moved = true;
        const perPx =
          (drag.span.to_us - drag.span.from_us) /
          Math.max(1, this.#lanes.width - xOf(this.#lanes, drag.span, drag.span.from_us));
        this.#show({
          from_us: drag.span.from_us - px * perPx,
          to_us: drag.span.to_us - px * perPx,
        });
      }
    } else if (event.pointerType === "mouse") {
      const { x, y } = this.#place(event);
      const row = this.#under(x, y);
      if (row !== this.hovered?.row) {
        this.hovered = row === undefined ? undefined : { row, x, y };
      }
    }
  }

  /** A click selects what is there, and goes there; on an empty place it goes to that moment. */
  #release(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = undefined;
    if (!drag || drag.moved) {
      return;
    }
    const { x, y } = this.#place(event);
    const row = this.#under(x, y);
    this.#span ??= this.#shown();
    if (row === undefined) {
      const us = Math.round(usAt(this.#lanes, this.#shown(), x));
      this.select(undefined);
      if (us >= 0 && us <= this.controller.time.endUs) {
        this.controller.time.seek({ to: { time_us: us } });
      }
    } else {
      this.select(row);
      this.#goTo(row);
    }
  }

  #cancel(): void {
    this.#drag = undefined;
  }

  /** Zooms with Ctrl, or where the diagram has the focus; sideways it moves along. */
  #wheel(event: WheelEvent): void {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      const whole = {
        from_us: -this.#lengthUs,
        to_us: this.controller.time.endUs + this.#lengthUs,
      };
      this.#show(moved(this.#shown(), whole, sideways / Math.max(1, this.#lanes.width)));
    } else if (event.ctrlKey || event.metaKey || this.renderRoot.querySelector(".canvas:focus")) {
      event.preventDefault();
      const { x } = this.#place(event);
      this.#zoom(event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP, usAt(this.#lanes, this.#shown(), x));
    }
  }

  #keydown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const own = this.#key(event.key);
    const command = own ? undefined : commandOf(event.key, this.controller.state);
    if (own || command) {
      event.preventDefault();
      event.stopPropagation();
      own?.();
      command?.run(this.controller);
    }
  }

  #key(key: string): (() => void) | undefined {
    const { selected } = this;
    switch (key) {
      case "ArrowLeft":
        return () => this.#step(-1, 0);
      case "ArrowRight":
        return () => this.#step(1, 0);
      case "ArrowUp":
        return () => this.#step(0, -1);
      case "ArrowDown":
        return () => this.#step(0, 1);
      case "Enter":
        return selected === undefined ? undefined : () => this.#goTo(selected);
      case "c":
        return selected === undefined
          ? undefined
          : () => {
              const cause = this.#trace?.at(selected, HappeningField.Cause) ?? -1;
              if (cause >= 0) {
                this.select(cause, true);
              }
            };
      case "+":
      case "=":
        return () => this.#zoom(ZOOM_STEP);
      case "-":
        return () => this.#zoom(1 / ZOOM_STEP);
      case "0":
        return () => this.#follow();
      case "Escape":
        return selected === undefined ? undefined : () => this.select(undefined);
      default:
        return undefined;
    }
  }

  /** To the happening before or after at the same place, or the nearest in time at another. */
  #step(along: number, across: number): void {
    const trace = this.#trace;
    if (!trace || trace.count === 0) {
      return;
    }
    const nowUs = this.controller.frame?.nowUs ?? 0;
    const { selected } = this;
    const to =
      selected === undefined
        ? Math.max(0, trace.firstFrom(nowUs + 1) - 1)
        : nextOf(trace, this.#lanes, selected, along, across);
    if (to !== undefined) {
      this.select(to, true);
    }
  }
}

function laneName(place: number): string {
  return place > 0 ? replicaName(place) : sentenceCase(clientName(-place));
}

/** About how many events there were up to a moment. */
function eventsAt({ view, nowUs }: Frame, us: number): number {
  return (view.events * us) / Math.max(1, nowUs);
}
