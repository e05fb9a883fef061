/** The story of the running scenario, and what is going to happen in it. */
import { css, html, nothing } from "lit";
import { storyNow, storySeed } from "../core/time/story.js";
import type { RunningWorld } from "../core/world/running-world.js";
import { actionText, isRoutine } from "../text/actions.js";
import { flawStory, flawText } from "../text/flaws.js";
import { seconds } from "../text/names.js";
import { panel } from "../ui/panel.css.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

/** Of more actions than this only the first are listed. */
const ACTIONS_MAX = 50;

export class RaftStory extends Part {
  static override readonly draws = ["run", "frame", "branches"] as const;

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
      .seed {
        margin-block-end: 0.5rem;
        padding: 0.25rem 0.5rem;
        border-inline-start: 4px solid var(--_muted);
        color: var(--_muted);
        white-space: normal;
      }
      .steps {
        display: grid;
        gap: 0.25rem;
      }
      .steps li {
        display: block;
      }
      .steps button {
        display: grid;
        grid-template-columns: 3.75rem 1fr;
        gap: 0.5rem;
        align-items: baseline;
        width: 100%;
        padding: 0.25rem 0.375rem;
        border-inline-start: 4px solid transparent;
        border-radius: 4px;
        color: var(--_ink);
        text-align: start;
      }
      .steps .when {
        color: var(--_muted);
        font-size: 0.75rem;
      }
      .steps .to-come button,
      .steps .to-come button:hover,
      li.past > span {
        color: var(--_muted);
      }
      .steps .now button {
        border-inline-start-color: var(--_accent);
        background: var(--_tint);
        font-weight: 600;
      }
      .steps .now .when {
        color: var(--_accent);
        font-weight: 700;
      }
      li.here {
        border-block-start: 2px solid var(--_accent);
        line-height: 1;
      }
      li.here span {
        color: var(--_accent);
        font-size: 0.75rem;
        font-weight: 700;
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

  /** The step that was in sight as the present one. */
  #seen: Element | null = null;

  /** Each step comes into sight as it begins, but never under the pointer of somebody who reads. */
  override updated(): void {
    const now = this.renderRoot.querySelector(".now");
    if (now === this.#seen) {
      return;
    }
    this.#seen = now;
    const panel = this.closest("[role=tabpanel]");
    // Where there is only touch, what was tapped last would stay the hovered one.
    const read = this.matches(":hover") && matchMedia("(hover: hover)").matches;
    if (!now || !panel || read) {
      return;
    }
    // Only the panel is scrolled: `scrollIntoView` would move the page as well.
    const [step, sight] = [now.getBoundingClientRect(), panel.getBoundingClientRect()];
    if (step.top < sight.top || step.bottom > sight.bottom) {
      panel.scrollTop += step.top - sight.top - (sight.height - step.height) / 3;
    }
  }

  override render() {
    const { run, frame, branches } = this.controller.state;
    if (!run) {
      return nothing;
    }
    const { title, flaw } = run.scenario;
    const broken = flaw === undefined ? undefined : flawStory(flaw);
    return html`
      <h2>${title || "Your own scenario"}</h2>
      ${this.#otherSeed(run)} ${this.#told(run, branches?.shown)}
      ${
        broken
          ? html`<section>
              <h3>⚠ ${flawText(broken.name)}</h3>
              <p>${broken.story}</p>
              <p class="muted">The rule: ${broken.source}.</p>
            </section>`
          : nothing
      }
      ${this.#actions(run, frame?.view.now_us ?? 0)} ${this.#plot(run)}
    `;
  }

  #otherSeed(run: RunningWorld) {
    const seed = storySeed(run);
    if (seed === undefined) {
      return nothing;
    }
    const { controller } = this;
    return html`<p class="seed" role="note">
      This story was written for seed ${seed}. With seed ${run.seed} another replica may lead, and things may
      come at other times.
      <button @click=${() => controller.open(controller.source, seed)}>
        Play it with seed ${seed}
      </button>
    </p>`;
  }

  #told(run: RunningWorld, branch: number | undefined) {
    const story = storyNow(run, branch);
    if (!story) {
      return html`<p>${run.scenario.story}</p>`;
    }
    const { steps, came, moments } = story;
    return html`<ol class="steps" aria-label="The story, step by step">
      ${steps.map((step, at) => {
        const now = at === came - 1;
        const moment = moments[at];
        const us = step.on === undefined ? (step.at_us ?? moment?.at_us) : moment?.at_us;
        return html`<li class=${now ? "now" : at < came ? "past" : "to-come"}>
          <button
            title=${at < came ? "Back to where this begins" : "On to where this begins"}
            aria-current=${now ? "step" : nothing}
            @click=${() => this.controller.time.toStep(at)}
          >
            <span class="when">${now ? "now" : us === undefined ? "" : seconds(us)}</span>
            <span>${step.say}</span>
          </button>
        </li>`;
      })}
    </ol>`;
  }

  /** The timed actions: what has been done, and what is to come. */
  #actions({ scenario: { actions } }: RunningWorld, nowUs: number) {
    if (actions.length === 0) {
      return nothing;
    }
    const next = actions.findIndex(({ at_us }) => at_us > nowUs);
    const done = next < 0 ? actions.length : next;
    // Of a long list those around the present.
    const from = Math.max(0, Math.min(done - ACTIONS_MAX / 2, actions.length - ACTIONS_MAX));
    const shown = actions.slice(from, from + ACTIONS_MAX);
    const here = html`<li class="here" aria-hidden="true"><span>now</span></li>`;
    return html`<h3>What the scenario does</h3>
      <ol>
        ${shown.map(
          ({ at_us, do: action }, at) => html`${from + at === done ? here : nothing}
            <li class=${at_us <= nowUs ? "past" : "to-come"}>
              <button
                title="To this moment"
                aria-label=${`To ${seconds(at_us)}`}
                @click=${() => this.controller.time.seek({ to: { time_us: at_us } })}
              >
                ${seconds(at_us)}
              </button>
              <span>${actionText(action)}</span>
            </li>`,
        )}
        ${done === actions.length ? here : nothing}
      </ol>
      ${
        actions.length > shown.length
          ? html`<p class="muted">and ${actions.length - shown.length} more</p>`
          : nothing
      }`;
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
