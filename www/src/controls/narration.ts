/**
 * The journal: sentences to read and to go back by, and a live region
 * that tells a screen reader the events that matter without flooding it.
 */
import { css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { State } from "../core/controller.js";
import { flawText } from "../text/flaws.js";
import { seconds } from "../text/names.js";
import { panel } from "../ui/panel.css.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

/** Between two announcements there is at least this much time to speak. */
const ANNOUNCE_MS = 2500;
/** An announcement has at most this many sentences, the latest. */
const SENTENCES_MAX = 3;

export class RaftNarration extends Part {
  static override properties = {
    everything: { state: true },
    announced: { state: true },
  };
  static override readonly draws = ["journal", "run"] as const;
  declare private everything: boolean;
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
      li span {
        max-height: 6lh;
        overflow: auto;
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
    this.everything = false;
    this.announced = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unsaid = [];
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
    const { journal, run } = this.controller.state;
    const flaw = run?.scenario.flaw;
    const lines = journal.filter((line) => line.weight > 0 || this.everything).reverse();
    return html`
      <header>
        <h2 id="heading">What happened</h2>
        <label>
          <input
            type="checkbox"
            .checked=${this.everything}
            @change=${(event: Event) => {
              this.everything = (event.target as HTMLInputElement).checked;
            }}
          />
          everything
        </label>
      </header>
      ${flaw === undefined ? nothing : html`<p class="flaw">${flawText(flaw)}</p>`}
      ${lines.length === 0 ? html`<p class="muted">Nothing yet.</p>` : nothing}
      <ol aria-labelledby="heading">
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
