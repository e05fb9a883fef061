/** The requests that the workload's clients send all the time. */
import { html, nothing } from "lit";
import type { Workload } from "../../../pkg/raftarium.js";
import type { DeepRequired } from "../../core/world/load.js";
import { numberField } from "../../ui/fields.js";
import { panel } from "../../ui/panel.css.js";
import { Part } from "../../ui/part.js";
import { percentOf, ratioOf } from "../../ui/ratio.js";
import { shared } from "../../ui/shared.css.js";

export class RaftWorkloadPanel extends Part {
  static override readonly draws = ["frame"] as const;

  static override styles = [shared, panel];

  override render() {
    const workload = this.controller.state.frame?.view.workload as
      | DeepRequired<Workload>
      | undefined;
    if (!workload) {
      return nothing;
    }
    const set = (change: Partial<Workload>) => {
      this.controller.attempt({ set_workload: { workload: { ...workload, ...change } } });
      this.requestUpdate();
    };
    return html`
      <h2 id="heading">Workload</h2>
      <p class="muted">Clients that ask the cluster all the time, besides you.</p>
      <div class="fields" role="group" aria-labelledby="heading">
        ${numberField(
          "Operations a second",
          workload.operations_per_second,
          { max: 100_000 },
          (value) => set({ operations_per_second: value }),
        )}
        ${numberField("Clients", workload.clients, { max: 1000 }, (value) => set({ clients: value }))}
        ${numberField("Reads, %", percentOf(workload.reads), { max: 100, step: "any" }, (value) =>
          set({ reads: ratioOf(value) }),
        )}
        ${numberField("Keys", workload.keys, { min: 1, max: 1_000_000 }, (value) => set({ keys: value }))}
      </div>
    `;
  }
}
