/** Which world runs: the menu of scenarios, the file picker, the seed. */
import { css, html, LitElement, nothing } from "lit";
import type { Scenario, ShippedScenario } from "../../pkg/raftarium.js";
import type { Host } from "../core/controller.js";
import { freshSeed } from "../core/load.js";
import type { WorldSource } from "../core/running-world.js";
import { diceIcon, fileIcon, restartIcon } from "../ui/icons.js";
import { shared } from "../ui/shared.css.js";
import { flawText } from "./flaw.js";
import { openFile } from "./scenario-file.js";

export class RaftScenarioBar extends LitElement {
  static override properties = {
    host: { attribute: false },
    shipped: { attribute: false },
    flawed: { attribute: false },
    source: { attribute: false },
    running: { attribute: false },
    seed: { type: Number },
  };
  declare host: Host;
  declare shipped: readonly ShippedScenario[];
  /** Those that ship with a rule that is broken on purpose. */
  declare flawed: readonly ShippedScenario[];
  /** What runs now: the name of a shipped scenario, JSON text, or an object. */
  declare source: WorldSource;
  /** The scenario of the world that runs. */
  declare running: Scenario | undefined;
  declare seed: number | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.375rem 0.75rem;
      }
      .scenario {
        flex: 0 1 22rem;
        min-width: 0;
      }
      select {
        flex: 1;
        min-width: 0;
        text-overflow: ellipsis;
      }
      .seed input {
        width: 8.5rem;
        font-family: var(--_mono);
        font-size: 0.8125rem;
      }
      div {
        display: flex;
        gap: 0.25rem;
      }
      .seed {
        flex: 0 1 auto;
        min-width: 0;
      }
      /* On a phone the drawings must do. */
      @container (max-width: 36rem) {
        :host {
          gap: 0.375rem;
        }
        .scenario {
          flex-basis: 100%;
        }
        .seed {
          flex: 1 1 8rem;
        }
        .seed input {
          flex: 1;
          min-width: 0;
        }
        .word {
          position: absolute;
          width: 1px;
          height: 1px;
          overflow: hidden;
          clip-path: inset(50%);
          white-space: nowrap;
        }
      }
    `,
  ];

  override render() {
    const own = ![...this.shipped, ...this.flawed].some(({ name }) => name === this.source);
    return html`
      <label class="scenario">
        Scenario
        <select @change=${this.#choose}>
          ${this.#options(this.shipped)}
          <optgroup label="Bugs on purpose">${this.#options(this.flawed)}</optgroup>
          ${own ? html`<option value="" selected>${caption(this.running)}</option>` : nothing}
        </select>
      </label>
      <div>
        <button
          title="From the start, with the same seed"
          aria-label="Start again"
          @click=${() => this.#open(this.seed)}
        >
          ${restartIcon}
        </button>
        <button title="Open a scenario, a recording or a test file; or drop one here" @click=${this.#pick}>
          ${fileIcon}<span class="word">Open file</span>
        </button>
        <input class="unseen" type="file" accept=".json,application/json" tabindex="-1"
          aria-label="Scenario file" @change=${this.#picked} />
      </div>
      <label class="seed">
        Seed
        <input
          inputmode="numeric"
          autocomplete="off"
          spellcheck="false"
          .value=${this.seed === undefined ? "" : String(this.seed)}
          @change=${this.#reseed}
        />
      </label>
      <button title="The same scenario with other dice" @click=${() => this.#open(freshSeed())}>
        ${diceIcon}<span class="word">New seed</span>
      </button>
    `;
  }

  #options(scenarios: readonly ShippedScenario[]) {
    return scenarios.map(
      ({ name, scenario }) =>
        html`<option value=${name} .selected=${name === this.source}>${caption(scenario)}</option>`,
    );
  }

  #open(seed: number | undefined) {
    this.host.open(this.source, seed);
  }

  #choose(event: Event) {
    const name = (event.target as HTMLSelectElement).value;
    if (name !== "") {
      this.host.open(name);
    }
  }

  #reseed(event: Event) {
    const box = event.target as HTMLInputElement;
    const text = box.value.trim();
    const seed = Number(text);
    if (text === "" || !Number.isSafeInteger(seed) || seed < 0) {
      this.host.say(`A seed is a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`);
      box.value = String(this.seed ?? "");
      return;
    }
    this.#open(seed);
  }

  #pick() {
    this.renderRoot.querySelector<HTMLInputElement>("input[type=file]")?.click();
  }

  #picked(event: Event) {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    // The same file may be chosen again after it was mended.
    input.value = "";
    if (file) {
      void openFile(file, this.host);
    }
  }
}

/** The scenario's name in the menu; one with a flaw says so. */
function caption(scenario: Scenario | undefined): string {
  const title = scenario?.title || "Your own";
  return scenario?.flaw === undefined ? title : `${title} ⚠ ${flawText(scenario.flaw)}`;
}
