/** What the running scenario is about, and what will befall it. */
import { css, html, LitElement, nothing } from "lit";
import type { Scenario } from "../pkg/raftarium.js";
import type { Whole } from "./core.js";
import { flawStory, flawText } from "./flaw.js";
import { panel } from "./panel.css.js";
import { actionText } from "./sentences.js";
import { shared } from "./theme.js";
import { seconds } from "./words.js";

/** A scenario with more actions than this is no story any more. */
const ACTIONS_MAX = 50;

export class RaftStory extends LitElement {
  static override properties = { scenario: { attribute: false } };
  declare scenario: Whole<Scenario> | undefined;

  static override styles = [
    shared,
    panel,
    css`
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
      }
      li span:first-child {
        color: var(--_muted);
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  override render() {
    const { scenario } = this;
    if (!scenario) {
      return nothing;
    }
    const { title, story, actions, flaw } = scenario;
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
    `;
  }
}
