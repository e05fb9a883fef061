/**
 * The journal: sentences to read and to go back by, and a live region
 * that tells a screen reader the events that matter without flooding it.
 */
import { css, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import { HappeningField } from "../../pkg/raftarium.js";
import type { State, Told } from "../core/controller.js";
import type { Frame } from "../core/session.js";
import { Trace } from "../core/time/trace.js";
import type { RunningWorld } from "../core/world/running-world.js";
import { happeningText } from "../text/events/happenings.js";
import { SORTS, type Sort, sortOf } from "../text/events/sorts.js";
import { flawText } from "../text/flaws.js";
import { clientName, replicaName, seconds, sentenceCase } from "../text/names.js";
import { panel } from "../ui/panel.css.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

/** Between two announcements there is at least this much time to speak. */
const ANNOUNCE_MS = 2500;
/** Of everything so many happenings are told, the newest, out of at most so many looked at. */
const TOLD_MAX = 150;
const SEARCHED_MAX = 6000;
/** A link holds 64 bytes of what is sought, and a letter takes up to three. */
const SOUGHT_MAX = 21;
/** An announcement has at most this many sentences, the latest. */
const SENTENCES_MAX = 3;

const EVERYTHING: Told = { at: undefined, sought: "", sort: undefined };

export class RaftNarration extends Part {
  static override properties = {
    announced: { state: true },
  };
  static override readonly draws = ["journal", "run", "frame", "told"] as const;

  /** The sentences of happenings, by their numbers in the trace. */
  #told = new Map<number, string>();
  #trace: Trace | undefined;
  declare private announced: string;

  /** The latest line that has been, or is about to be, announced. */
  #heard = -1;
  #unsaid: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  static override styles = [
    shared,
    panel,
    css`
      header {
        position: sticky;
        top: -0.75rem;
        z-index: 1;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 0.25rem 1rem;
        margin: -0.75rem -0.75rem 0.25rem;
        padding: 0.5rem 0.75rem;
        background: var(--_surface);
        border-bottom: 1px solid var(--_line);
      }
      header h2 {
        margin: 0;
      }
      header label {
        font-size: 0.8125rem;
      }
      @media print {
        header label {
          display: none;
        }
      }
      li {
        display: grid;
        grid-template-columns: 4rem 1fr;
        gap: 0.5rem;
        align-items: baseline;
      }
      .filters {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 0.75rem;
        margin-block-end: 0.25rem;
        font-size: 0.8125rem;
      }
      .filters input {
        width: 9rem;
      }
      li span {
        max-height: 6lh;
        overflow: auto;
        overflow-wrap: anywhere;
        unicode-bidi: isolate;
      }
      li.hum {
        color: var(--_muted);
      }
      li.alarm {
        margin-block: 0.25rem;
        padding: 0.25rem 0.375rem;
        border: 1px solid var(--_danger);
        border-inline-start-width: 5px;
        border-radius: 4px;
        font-weight: 650;
      }
      .flaw {
        font-weight: 650;
      }
      .flaw::before,
      li.alarm span::before {
        content: "⚠ ";
        color: var(--_danger);
      }
      li button {
        min-height: 1.5rem;
        min-width: 0;
        padding: 0;
        justify-content: start;
        border-color: transparent;
        background: none;
        color: var(--_muted);
        font-size: 0.75rem;
        font-variant-numeric: tabular-nums;
      }
      li button:hover {
        color: var(--_ink);
      }
      @media (pointer: coarse) {
        li button {
          min-height: 2.5rem;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.announced = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unsaid = [];
  }

  /** Everything is told from the trace, which goes on with the world. */
  drawFrame(frame: Frame): void {
    const { run, state } = this.controller;
    const shown = state.branches?.shown;
    if (!state.told || !run || shown === undefined || state.seeking) {
      return;
    }
    const trace = Trace.upTo(run, shown, frame.nowUs, frame.view.events);
    if (trace && !trace.reaches(frame.nowUs)) {
      trace.advance(run, frame.nowUs);
      if (!trace.reaches(frame.nowUs)) {
        this.controller.redraw();
      }
      if (!this.controller.playing) {
        this.requestUpdate();
      }
    }
  }

  override stateChanged(before: State, after: State): void {
    super.stateChanged(before, after);
    if (before.journal === after.journal) {
      return;
    }
    const latest = after.journal.filter(({ key }) => key > this.#heard);
    this.#heard = after.journal.at(-1)?.key ?? this.#heard;
    if (latest.length > 0) {
      this.#unsaid.push(...latest.filter(({ weight }) => weight === 2).map(({ text }) => text));
      this.#unsaid.splice(0, this.#unsaid.length - SENTENCES_MAX);
      this.#announce();
    } else {
      // Another world, or an earlier moment: what is unsaid has not happened.
      this.#unsaid = [];
    }
  }

  override render() {
    const { journal, run, told } = this.controller.state;
    const flaw = run?.scenario.flaw;
    const lines = told ? [] : journal.filter((line) => line.weight > 0).reverse();
    return html`
      <header>
        <h2 id="heading">What happened</h2>
        <label>
          <input
            type="checkbox"
            .checked=${told !== undefined}
            @change=${({ target }: Event) => {
              const { checked } = target as HTMLInputElement;
              this.controller.tell(checked ? EVERYTHING : undefined);
            }}
          />
          everything
        </label>
      </header>
      ${flaw === undefined ? nothing : html`<p class="flaw">${flawText(flaw)}</p>`}
      ${told ? this.#filters(told) : nothing}
      ${lines.length === 0 && !told ? html`<p class="muted">Nothing yet.</p>` : nothing}
      <ol aria-labelledby="heading">
        ${told ? this.#whole(told) : nothing}
        ${repeat(
          lines,
          ({ key }) => key,
          (line) => html`<li class=${line.alarms ? "alarm" : line.weight > 0 ? "" : "hum"}>
            <button
              title="Back to this moment; what came later is kept"
              aria-label=${`Back to ${seconds(line.atUs)}`}
              @click=${() => this.controller.goTo(line.event)}
            >
              ${seconds(line.atUs)}
            </button>
            <span>${line.text}</span>
          </li>`,
        )}
      </ol>
      <p class="unseen" role="status">${this.announced}</p>
    `;
  }

  #filters(told: Told) {
    const view = this.controller.state.frame?.view;
    const places = [
      ...(view?.replicas.map(({ id }) => [id, replicaName(id)] as const) ?? []),
      ...(view?.clients.map(({ id }) => [-id, sentenceCase(clientName(id))] as const) ?? []),
    ];
    return html`<div class="filters">
      <label>
        at
        <select
          @change=${(event: Event) => {
            const { value } = event.target as HTMLSelectElement;
            this.controller.tell({ ...told, at: value === "" ? undefined : Number(value) });
          }}
        >
          <option value="" ?selected=${told.at === undefined}>all</option>
          ${places.map(
            ([place, name]) =>
              html`<option value=${place} ?selected=${place === told.at}>${name}</option>`,
          )}
        </select>
      </label>
      <label>
        of
        <select
          @change=${({ target }: Event) => {
            const { value } = target as HTMLSelectElement;
            this.controller.tell({ ...told, sort: value === "" ? undefined : (value as Sort) });
          }}
        >
          <option value="" ?selected=${told.sort === undefined}>every sort</option>
          ${Object.entries(SORTS).map(
            ([sort, name]) =>
              html`<option value=${sort} ?selected=${sort === told.sort}>${name}</option>`,
          )}
        </select>
      </label>
      <label>
        with
        <input
          placeholder="a key, a kind …"
          maxlength=${SOUGHT_MAX}
          .value=${live(told.sought)}
          @input=${(event: Event) => {
            this.controller.tell({ ...told, sought: (event.target as HTMLInputElement).value });
          }}
        />
      </label>
    </div>`;
  }

  /** Every message, decision, append, write, commit: the newest first. */
  #whole(told: Told) {
    const { run } = this.controller;
    const trace = run?.trace;
    if (!run || !trace) {
      return html`<li class="hum"><span></span><span>Looking …</span></li>`;
    }
    if (trace !== this.#trace) {
      this.#trace = trace;
      this.#told.clear();
    }
    const last = trace.firstFrom((this.controller.frame?.nowUs ?? 0) + 1) - 1;
    const sought = told.sought.trim().toLowerCase();
    const rows: { row: number; text: string }[] = [];
    for (let row = last; row >= Math.max(0, last - SEARCHED_MAX); row -= 1) {
      const place = trace.at(row, HappeningField.Place);
      const other = trace.at(row, HappeningField.Other);
      if (told.at !== undefined && place !== told.at && other !== told.at) {
        continue;
      }
      if (told.sort !== undefined && sortOf(trace.kind(row)) !== told.sort) {
        continue;
      }
      const text = this.#tell(run, trace, row);
      if (text.toLowerCase().includes(sought)) {
        rows.push({ row, text });
      }
      if (rows.length === TOLD_MAX) {
        break;
      }
    }
    return repeat(
      rows,
      ({ row }) => row,
      ({ row, text }) => {
        const at = seconds(trace.at(row, HappeningField.AtUs));
        return html`<li>
          <button
            title="To this moment; what came later is kept"
            aria-label=${`To ${at}`}
            @click=${() => {
              this.controller.goTo(trace.at(row, HappeningField.Event));
              this.controller.point(row);
            }}
          >
            ${at}
          </button>
          <span>${text}</span>
        </li>`;
      },
    );
  }

  #tell(run: RunningWorld, trace: Trace, row: number): string {
    const known = this.#told.get(row);
    if (known !== undefined) {
      return known;
    }
    const detail = trace.detail(run, row);
    const text = detail ? happeningText(detail) : "";
    if (this.#told.size > 2 * SEARCHED_MAX) {
      this.#told.clear();
    }
    this.#told.set(row, text);
    return text;
  }

  /** Says what is unsaid: now if it has been quiet for a while, else when it will have been. */
  #announce(): void {
    if (this.#timer !== undefined || this.#unsaid.length === 0) {
      return;
    }
    this.announced = this.#unsaid.join(" ");
    this.#unsaid = [];
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#announce();
    }, ANNOUNCE_MS);
  }
}
