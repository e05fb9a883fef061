/**
 * Why is it so? The answer to a question about what is looked at: a sentence, the rule, what
 * would have to happen; and what led here, cause by cause, each a way to its moment.
 */
import { css, html, nothing } from "lit";
import { HappeningField, type Question, type Trail, type Why } from "../../../pkg/raftarium.js";
import type { State } from "../../core/controller.js";
import type { Frame } from "../../core/session.js";
import { Trace } from "../../core/time/trace.js";
import { decisionText } from "../../text/events/decisions.js";
import { happeningText } from "../../text/events/happenings.js";
import { seconds } from "../../text/names.js";
import { panel } from "../../ui/panel.css.js";
import { Part } from "../../ui/part.js";
import { shared } from "../../ui/shared.css.js";

/** So many causes are told. */
const CHAIN_MAX = 12;

/** A question that one may choose. */
export interface Asked {
  readonly label: string;
  readonly question: Question;
}

export class RaftWhy extends Part {
  static override properties = {
    questions: { attribute: false },
    chosen: { state: true },
  };
  static override readonly draws = ["run", "frame", "playing", "branches"] as const;
  declare questions: readonly Asked[];
  /** The label of the chosen question; none: the first. */
  declare private chosen: string | undefined;

  static override styles = [
    shared,
    panel,
    css`
      :host {
        padding: 0;
      }
      section {
        margin-block: 0.375rem;
        padding: 0.375rem 0.625rem;
        border: 1px solid var(--_line);
        border-inline-start: 4px solid var(--_accent);
        border-radius: 6px;
        background: var(--_ground);
      }
      .questions {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem;
        margin-block-end: 0.25rem;
      }
      .questions button {
        min-height: 1.75rem;
        padding: 0 0.5rem;
        font-size: 0.8125rem;
      }
      .questions button[aria-pressed="true"] {
        border-color: var(--_accent);
        background: var(--_tint);
        font-weight: 650;
      }
      p,
      li {
        overflow-wrap: anywhere;
      }
      .rule {
        color: var(--_muted);
        font-size: 0.8125rem;
      }
      .needs {
        margin-block-start: 0.25rem;
        padding-inline-start: 1rem;
        list-style: "→ ";
      }
      .broken {
        margin-block: 0.25rem;
        padding: 0.25rem 0.375rem;
        border: 1px solid var(--_danger);
        border-inline-start-width: 5px;
        border-radius: 4px;
        font-weight: 650;
      }
      .broken::before {
        content: "⚠ ";
        color: var(--_danger);
      }
      h3 {
        margin-block-start: 0.375rem;
      }
      .led button {
        display: block;
        width: 100%;
        min-height: 1.5rem;
        padding: 0.0625rem 0.25rem;
        border-color: transparent;
        background: none;
        text-align: start;
        font-size: 0.8125rem;
      }
      .led button:hover {
        background: var(--_tint);
      }
      @media (pointer: coarse) {
        .questions button,
        .led button {
          min-height: 2.5rem;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.questions = [];
  }

  override stateChanged(before: State, after: State): void {
    if (before.inspected !== after.inspected || before.wonder !== after.wonder) {
      this.chosen = undefined;
    }
    super.stateChanged(before, after);
  }

  /** While the world stands still, what led here is looked for. */
  drawFrame(frame: Frame): void {
    const { run, state, playing } = this.controller;
    const shown = state.branches?.shown;
    if (!run || shown === undefined || playing || state.seeking) {
      return;
    }
    const trace = Trace.upTo(run, shown, frame.nowUs, frame.view.events);
    if (trace && !trace.reaches(frame.nowUs)) {
      trace.advance(run, frame.nowUs);
      this.controller.redraw();
      this.requestUpdate();
    }
  }

  override render() {
    const { questions, chosen } = this;
    const asked = questions.find(({ label }) => label === chosen) ?? questions[0];
    if (!asked) {
      return nothing;
    }
    const why = this.controller.run?.look((world) => world.why(asked.question));
    return html`<section aria-label="Why?">
      <div class="questions" role="group" aria-label="Questions">
        ${questions.map(
          ({ label }) => html`<button
            aria-pressed=${label === asked.label}
            @click=${() => {
              this.chosen = label;
            }}
          >
            ${label}
          </button>`,
        )}
      </div>
      ${why ? this.#answer(why) : html`<p class="muted">There is nothing to say.</p>`}
    </section>`;
  }

  #answer({ answer, rule, decision, needs, broken, trail }: Why) {
    return html`
      ${broken === undefined ? nothing : html`<p class="broken">${broken}</p>`}
      <p class="answer">${answer}${rule === "" ? nothing : html` <span class="rule">(${rule})</span>`}</p>
      ${decision === undefined ? nothing : html`<p class="rule">The rule: ${decisionText(decision)}</p>`}
      ${
        needs.length === 0
          ? nothing
          : html`<ul class="needs">
              ${needs.map((need) => html`<li>${need}</li>`)}
            </ul>`
      }
      ${trail === undefined ? nothing : this.#led(trail)}
    `;
  }

  /** From the event that made it so, cause by cause. */
  #led(trail: Trail) {
    const { run, playing } = this.controller;
    if (playing) {
      return html`<p class="rule">Pause to see what led here.</p>`;
    }
    const trace = run?.trace;
    const nowUs = this.controller.frame?.nowUs ?? 0;
    if (!run || !trace?.reaches(nowUs)) {
      return html`<p class="rule">Looking for what led here …</p>`;
    }
    const row = run.look((world) => world.whereLeads(trail));
    if (row === undefined) {
      return html`<p class="rule">What made it so happened long before ${seconds(trace.fromUs)}.</p>`;
    }
    const rows = run.look((world) => [...world.ledHere(row, CHAIN_MAX)]) ?? [];
    return html`<h3 id="led">What led here</h3>
      <ol class="led" aria-labelledby="led">
        ${rows.map((each) => {
          const happening = trace.detail(run, each);
          return happening
            ? html`<li>
                <button title="To this moment" @click=${() => this.#goTo(trace, each)}>
                  <span class="muted">${seconds(happening.at_us)}</span> ${happeningText(happening)}
                </button>
              </li>`
            : nothing;
        })}
      </ol>`;
  }

  #goTo(trace: Trace, row: number): void {
    this.controller.goTo(trace.at(row, HappeningField.Event));
    this.controller.point(row);
  }
}
