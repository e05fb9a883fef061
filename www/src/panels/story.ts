/** The story of the running scenario, and what is going to happen in it. */
import { css, html, nothing } from "lit";
import type { RunningWorld } from "../core/running-world.js";
import { actionText, isRoutine } from "../text/actions.js";
import { flawStory, flawText } from "../text/flaws.js";
import { seconds } from "../text/names.js";
import { panel } from "../ui/panel.css.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

/** Of more actions than this only the first are listed. */
const ACTIONS_MAX = 50;

export class RaftStory extends Part {
  static override readonly draws = ["run", "frame"] as const;

  static override styles = [
    shared,
    panel,
    css`
      h2,
      p,
      li span {
        unicode-bidi: isolate;
      }
      p {
        white-space: pre-line;
      }
      section {
        margin-block: 0.5rem;
        padding: 0.25rem 0.625rem;
        border: 2px dashed var(--_danger);
        border-radius: 6px;
      }
      section h3 {
        margin-block-start: 0.25rem;
      }
      li {
        display: grid;
        grid-template-columns: 4.5rem 1fr;
        gap: 0.5rem;
        align-items: baseline;
      }
      li span:first-child,
      li button {
        color: var(--_muted);
        font-variant-numeric: tabular-nums;
      }
      li button {
        min-height: 1.5rem;
        min-width: 0;
        padding: 0;
        justify-content: start;
        border-color: transparent;
        background: none;
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

  override render() {
    const { run } = this.controller.state;
    if (!run) {
      return nothing;
    }
    const { title, story, actions, flaw } = run.scenario;
    const broken = flaw === undefined ? undefined : flawStory(flaw);
    return html`
      <h2>${title || "Your own scenario"}</h2>
      <p>${story}</p>
      ${
        broken
          ? html`<section>
              <h3>⚠ ${flawText(broken.name)}</h3>
              <p>${broken.story}</p>
              <p class="muted">The rule: ${broken.source}.</p>
            </section>`
          : nothing
      }
      ${
        actions.length === 0
          ? nothing
          : html`<h3>What is going to happen</h3>
              <ol>
                ${actions
                  .slice(0, ACTIONS_MAX)
                  .map(
                    (action) =>
                      html`<li><span>${seconds(action.at_us)}</span> <span>${actionText(action.do)}</span></li>`,
                  )}
              </ol>
              ${actions.length > ACTIONS_MAX ? html`<p class="muted">and ${actions.length - ACTIONS_MAX} more</p>` : nothing}`
      }
      ${this.#plot(run)}
    `;
  }

  #plot({ recorded }: RunningWorld) {
    const plot = recorded.filter(({ action }) => !isRoutine(action));
    if (plot.length === 0) {
      return nothing;
    }
    return html`<h3>What is done to it</h3>
      <ol>
        ${plot.slice(0, ACTIONS_MAX).map(
          ({ after_events, at_us, action }) => html`<li>
            <button
              title="To the moment before it"
              aria-label=${`To ${seconds(at_us)}`}
              @click=${() => this.controller.goTo(after_events)}
            >
              ${seconds(at_us)}
            </button>
            <span>${actionText(action)}</span>
          </li>`,
        )}
      </ol>
      ${plot.length > ACTIONS_MAX ? html`<p class="muted">and ${plot.length - ACTIONS_MAX} more</p>` : nothing}`;
  }
}
