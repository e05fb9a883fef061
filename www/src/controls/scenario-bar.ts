/** Which world runs: the menu of scenarios, the file picker, the seed. */
import { css, html, nothing } from "lit";
import type { Scenario, ShippedScenario } from "../../pkg/raftarium.js";
import { COMMANDS } from "../core/commands.js";
import { flawText } from "../text/flaws.js";
import { commandButton } from "../ui/command-button.js";
import { diceIcon, fileIcon, restartIcon } from "../ui/icons.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";
import { openFile } from "./scenario-file.js";

export class RaftScenarioBar extends Part {
  static override readonly draws = ["shipped", "flawed", "source", "run", "seed"] as const;

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
    const { controller } = this;
    const { shipped, flawed, source, run, seed } = controller.state;
    const own = ![...shipped, ...flawed].some(({ name }) => name === source);
    return html`
      <label class="scenario">
        Scenario
        <select @change=${this.#choose}>
          ${this.#options(shipped)}
          <optgroup label="Bugs on purpose">${this.#options(flawed)}</optgroup>
          ${own ? html`<option value="" selected>${caption(run?.scenario)}</option>` : nothing}
        </select>
      </label>
      <div>
        ${commandButton(COMMANDS.restart, controller, { icon: restartIcon, named: false })}
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
          .value=${String(seed ?? "")}
          @change=${this.#reseed}
        />
      </label>
      ${commandButton(COMMANDS.newSeed, controller, { icon: diceIcon })}
    `;
  }

  #options(scenarios: readonly ShippedScenario[]) {
    return scenarios.map(
      ({ name, scenario }) =>
        html`<option value=${name} .selected=${name === this.controller.state.source}>${caption(scenario)}</option>`,
    );
  }

  #choose(event: Event) {
    const name = (event.target as HTMLSelectElement).value;
    if (name !== "") {
      this.controller.open(name);
    }
  }

  #reseed(event: Event) {
    const box = event.target as HTMLInputElement;
    const text = box.value.trim();
    const seed = Number(text);
    if (text === "" || !Number.isSafeInteger(seed) || seed < 0) {
      this.controller.say(`A seed is a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`);
      box.value = String(this.controller.seed ?? "");
      return;
    }
    this.controller.open(this.controller.source, seed);
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
      void openFile(file, this.controller);
    }
  }
}

/** The scenario's name in the menu; one with a flaw says so. */
function caption(scenario: Scenario | undefined): string {
  const title = scenario?.title || "Your own";
  return scenario?.flaw === undefined ? title : `${title} ⚠ ${flawText(scenario.flaw)}`;
}
