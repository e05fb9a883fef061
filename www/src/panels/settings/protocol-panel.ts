/** The extensions of Raft in use, and how snapshots are taken and sent. */
import { html, nothing } from "lit";
import type {
  Action,
  Protocol,
  ReplicationMode,
  SnapshotSettings,
  Timers,
  View,
} from "../../../pkg/raftarium.js";
import type { DeepRequired } from "../../core/world/load.js";
import { driftOf, READ_MODES, readModeName, readModeOf } from "../../text/read-modes.js";
import { checkField, choiceField, numberField } from "../../ui/fields.js";
import { panel } from "../../ui/panel.css.js";
import { Part } from "../../ui/part.js";
import { shared } from "../../ui/shared.css.js";

const REPLICATION_MODES: Record<ReplicationMode, string> = {
  eager: "everyone at once",
  quorum_first: "a quorum first",
};

export class RaftProtocolPanel extends Part {
  static override readonly draws = ["frame"] as const;

  static override styles = [shared, panel];

  override render() {
    const view = this.controller.state.frame?.view as DeepRequired<View> | undefined;
    if (!view) {
      return nothing;
    }
    const { protocol, timing, snapshots } = view;
    return html`${this.#protocol(protocol)} ${this.#timing(timing)} ${this.#snapshots(snapshots)}`;
  }

  #protocol(protocol: DeepRequired<Protocol>) {
    const set = (change: Partial<Protocol>) => {
      const changed = { ...protocol, ...change };
      this.#attempt({ set_protocol: { replica: undefined, protocol: changed } });
    };
    const { reads } = protocol;
    const drift = driftOf(reads);
    return html`
      <h2 id="protocol">Protocol</h2>
      <p class="muted">Extensions of the paper's core; for all replicas, from now on.</p>
      <div class="fields" role="group" aria-labelledby="protocol">
        ${checkField("Pre-vote", protocol.pre_vote, (pre_vote) => set({ pre_vote }))}
        ${checkField("Check quorum", protocol.check_quorum, (check_quorum) => set({ check_quorum }))}
        ${choiceField("Entries go to", protocol.replication, REPLICATION_MODES, (replication) =>
          set({ replication }),
        )}
        ${numberField(
          "Window, messages",
          protocol.window_messages,
          { min: 1, max: 1024 },
          (window_messages) => set({ window_messages }),
        )}
        ${numberField(
          "Window, KiB",
          protocol.window_bytes / 1024,
          { max: 16_384, step: "any" },
          (kibi) => set({ window_bytes: Math.round(kibi * 1024) }),
        )}
        ${choiceField("Reads", readModeName(reads), READ_MODES, (name) =>
          // A lease relies on the promise of check quorum.
          set({
            reads: readModeOf(name, drift),
            check_quorum: protocol.check_quorum || name === "lease",
          }),
        )}
        ${
          "lease" in reads
            ? numberField(
                "Clocks differ by, %",
                drift / 10_000,
                { max: 100, step: "any" },
                (percent) => set({ reads: readModeOf("lease", Math.round(percent * 10_000)) }),
              )
            : nothing
        }
        ${numberField(
          "Requests wait, ms",
          protocol.request_wait_us / 1000,
          { max: 60_000, step: "any" },
          (ms) => set({ request_wait_us: Math.round(ms * 1000) }),
        )}
      </div>
      ${
        protocol.pre_vote && !protocol.check_quorum
          ? html`<p class="muted">
              Pre-vote alone can block everybody for ever: a leader that has lost its quorum, but
              reaches the one replica whose vote the others need. Check quorum makes it step down.
            </p>`
          : nothing
      }
    `;
  }

  #timing(timing: DeepRequired<Timers>) {
    const set = (change: Partial<Timers>) => {
      this.#attempt({ set_timing: { replica: undefined, timing: { ...timing, ...change } } });
    };
    const field = (label: string, name: keyof Timers, min: number, max: number) =>
      numberField(label, timing[name], { min, max }, (value) => set({ [name]: value }));
    const { election_timeout_ticks_min: shortest, election_timeout_ticks_max: longest } = timing;
    return html`
      <h2 id="timing">Timeouts</h2>
      <p class="muted">In ticks; for all replicas. Earlier promises are kept.</p>
      <div class="fields" role="group" aria-labelledby="timing">
        ${field("Heartbeat every", "heartbeat_ticks", 1, shortest - 1)}
        ${field("Asked again after", "retry_ticks", 0, 10_000)}
        ${field("Election, shortest", "election_timeout_ticks_min", timing.heartbeat_ticks + 1, longest)}
        ${field("Election, longest", "election_timeout_ticks_max", shortest, 10_000)}
      </div>
    `;
  }

  #snapshots(snapshots: DeepRequired<SnapshotSettings>) {
    const set = (change: Partial<SnapshotSettings>) => {
      this.#attempt({ set_snapshots: { snapshots: { ...snapshots, ...change } } });
    };
    const field = (label: string, name: keyof SnapshotSettings, min: number, max: number) =>
      numberField(label, snapshots[name], { min, max }, (value) => set({ [name]: value }));
    return html`
      <h2 id="snapshots">Snapshots</h2>
      <p class="muted">Zero entries: snapshots are taken by bytes only, and on demand.</p>
      <div class="fields" role="group" aria-labelledby="snapshots">
        ${field("Every N entries", "every_entries", 0, 1_000_000)}
        ${field("Or every N bytes", "every_bytes", 4_096, 67_108_864)}
        ${field("Entries kept in the log", "retain_entries", 0, 1_000_000)}
        ${field("Bytes kept for who catches up", "catch_up_bytes", 0, 67_108_864)}
        ${field("Bytes in a chunk", "chunk_bytes", 1, 1_048_576)}
      </div>
    `;
  }

  /** A change is seen in the next view; after a refusal the old value is shown again. */
  #attempt(action: Action) {
    if (!this.controller.attempt(action)) {
      this.requestUpdate();
    }
  }
}
