/** What can only be set for the next start: the size of the cluster, its ticks, a rule to break. */
import { css, html, nothing } from "lit";
import type { Flaw, Scenario, Timing } from "../../../pkg/raftarium.js";
import { COMMANDS } from "../../core/commands.js";
import type { DeepRequired } from "../../core/world/load.js";
import { flawText } from "../../text/flaws.js";
import { commandButton } from "../../ui/command-button.js";
import { choiceField, numberField } from "../../ui/fields.js";
import { panel } from "../../ui/panel.css.js";
import { Part } from "../../ui/part.js";
import { shared } from "../../ui/shared.css.js";

/** The largest cluster, its spares included. */
const REPLICAS_MAX = 51;

export class RaftStartPanel extends Part {
  static override properties = { draft: { state: true } };
  static override readonly draws = ["run", "flawed", "undoable"] as const;
  /** What is set so far, and not yet started with. */
  declare private draft: Partial<Scenario> | undefined;

  static override styles = [
    shared,
    panel,
    css`
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 0.375rem;
      }
      summary {
        min-height: 1.5rem;
        margin-block: 0.75rem 0.25rem;
        cursor: pointer;
        font-weight: 650;
      }
    `,
  ];

  override stateChanged(...change: Parameters<Part["stateChanged"]>): void {
    super.stateChanged(...change);
    if (change[0].run !== change[1].run) {
      this.draft = undefined;
    }
  }

  override render() {
    const { controller } = this;
    const { run, flawed } = controller.state;
    if (!run) {
      return nothing;
    }
    const wanted = { ...run.scenario, ...this.draft } as DeepRequired<Scenario>;
    const { replicas, spares, timing, flaw } = wanted;
    const set = (change: Partial<Scenario>) => {
      this.draft = { ...this.draft, ...change };
    };
    const ticks = (label: string, name: keyof Timing, min: number, max: number) =>
      numberField(label, timing[name], { min, max }, (value) =>
        set({ timing: { ...timing, [name]: value } }),
      );
    const { election_timeout_ticks_min: shortest, election_timeout_ticks_max: longest } = timing;
    const flaws: Record<string, string> = { "": "none" };
    for (const { scenario } of flawed) {
      if (scenario.flaw) {
        flaws[scenario.flaw] = flawText(scenario.flaw);
      }
    }
    return html`
      <p class="buttons">
        ${commandButton(COMMANDS.undoSetting, controller)}
        ${commandButton(COMMANDS.saveScenario, controller)}
      </p>
      <details>
      <summary>For the next start: size, timing, flaw</summary>
      <p class="muted">The same scenario and seed, in another cluster.</p>
      <div class="fields">
        ${numberField("Replicas", replicas, { min: 1, max: REPLICAS_MAX - spares }, (value) =>
          set({ replicas: value }),
        )}
        ${numberField("Spares beside it", spares, { max: REPLICAS_MAX - replicas }, (value) =>
          set({ spares: value }),
        )}
        ${numberField(
          "Tick, ms",
          timing.tick_us / 1000,
          { min: 0.1, max: 10_000, step: "any" },
          (ms) => set({ timing: { ...timing, tick_us: Math.round(ms * 1000) } }),
        )}
        ${ticks("Heartbeat every, ticks", "heartbeat_ticks", 1, shortest - 1)}
        ${ticks("Election from, ticks", "election_timeout_ticks_min", timing.heartbeat_ticks + 1, longest)}
        ${ticks("Election to, ticks", "election_timeout_ticks_max", shortest, 10_000)}
        ${choiceField("Broken rule", flaw ?? "", flaws, (name) =>
          set({ flaw: name === "" ? undefined : (name as Flaw) }),
        )}
      </div>
      <p class="buttons">
        <button class="primary" ?disabled=${this.draft === undefined} @click=${() => this.#start(wanted)}>
          Start with these
        </button>
        <button ?disabled=${this.draft === undefined} @click=${() => this.#forget()}>As it is</button>
      </p>
      </details>
    `;
  }

  #start(wanted: Scenario) {
    this.controller.open(wanted, this.controller.seed);
  }

  #forget() {
    this.draft = undefined;
  }
}
