/**
 * What happened, in sentences: a list to read and to go back by, and a live region
 * that tells a screen reader the events that matter without flooding it.
 */
import { css, html, LitElement, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Flaw, Notice } from "../../pkg/raftarium.js";
import type { Host } from "../core/controller.js";
import type { Weight } from "../text/actions.js";
import { seconds } from "../text/names.js";
import { isAlarming, noticeText, noticeWeight } from "../text/notices.js";
import { panel } from "../ui/panel.css.js";
import { shared } from "../ui/shared.css.js";
import { flawText } from "./flaw.js";

/** So many lines are kept of each weight. */
const LINES_MAX = 100;
const WEIGHTS = [0, 1, 2] as const;
/** Between two announcements there is at least this much time to speak. */
const ANNOUNCE_MS = 2500;
/** An announcement tells at most so many sentences, the latest. */
const SENTENCES_MAX = 3;

interface Line {
  key: number;
  event: number;
  atUs: number;
  text: string;
  weight: Weight;
  alarms: boolean;
}

export class RaftNarration extends LitElement {
  static override properties = {
    host: { attribute: false },
    flaw: { attribute: false },
    everything: { state: true },
    announced: { state: true },
    lines: { state: true },
  };
  declare host: Host;
  /** What is broken on purpose in the world that is told of. */
  declare flaw: Flaw | undefined;
  declare private everything: boolean;
  declare private announced: string;
  declare private lines: readonly Line[];

  #nextKey = 0;
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
      li {
        display: grid;
        grid-template-columns: 4rem 1fr;
        gap: 0.5rem;
        align-items: baseline;
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
    this.lines = [];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unsaid = [];
  }

  /** Tells what happened. */
  tell(notices: readonly Notice[]): void {
    const latest: Line[] = [];
    // Of a burst only the end would remain: the rest is not even put into words.
    for (const notice of lastOfEach(notices)) {
      const text = noticeText(notice);
      latest.push({
        key: this.#nextKey,
        event: notice.event,
        atUs: notice.at_us,
        text,
        weight: noticeWeight(notice),
        alarms: isAlarming(notice),
      });
      this.#nextKey += 1;
      if (noticeWeight(notice) === 2) {
        this.#unsaid.push(text);
      }
    }
    this.#unsaid.splice(0, this.#unsaid.length - SENTENCES_MAX);
    if (latest.length > 0) {
      this.lines = lastOfEachWeight([...this.lines, ...latest]);
      this.#announce();
    }
  }

  /** Drops what has not happened yet, after a rewind. */
  forgetAfter(event: number): void {
    this.lines = this.lines.filter((line) => line.event <= event);
    this.#unsaid = [];
  }

  override render() {
    const lines = this.lines.filter((line) => line.weight > 0 || this.everything).reverse();
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
      ${this.flaw === undefined ? nothing : html`<p class="flaw">${flawText(this.flaw)}</p>`}
      ${lines.length === 0 ? html`<p class="muted">Nothing yet.</p>` : nothing}
      <ol aria-labelledby="heading">
        ${repeat(
          lines,
          ({ key }) => key,
          (line) => html`<li class=${line.alarms ? "alarm" : line.weight > 0 ? "" : "hum"}>
            <button
              title="Back to this moment; what came later is forgotten"
              aria-label=${`Back to ${seconds(line.atUs)}`}
              @click=${() => this.host.rewind(line.event)}
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

function lastOfEach(notices: readonly Notice[]): Notice[] {
  if (notices.length <= LINES_MAX) {
    return [...notices];
  }
  const last = WEIGHTS.flatMap((each) =>
    notices.filter((notice) => noticeWeight(notice) === each).slice(-LINES_MAX),
  );
  return last.sort((a, b) => a.event - b.event);
}

/** What matters little never pushes out what matters more. */
function lastOfEachWeight(lines: readonly Line[]): Line[] {
  const first = WEIGHTS.map(
    (each) => lines.filter((line) => line.weight === each).at(-LINES_MAX)?.key ?? 0,
  );
  return lines.filter(({ key, weight }) => key >= (first[weight] ?? 0));
}
