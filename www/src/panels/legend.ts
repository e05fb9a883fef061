/** The meaning of the shapes, which are drawn by the functions that draw the stage. */
import { css, html } from "lit";
import {
  drawLegendShape,
  isMessage,
  LEGEND_KINDS,
  type LegendKind,
  type OtherKind,
} from "../stage/paint/marks/legend-shapes.js";
import { MESSAGES } from "../text/messages.js";
import { panel } from "../ui/panel.css.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

const MEANINGS: Record<OtherKind, string> = {
  leader: "leader",
  candidate: "candidate",
  pre_candidate: "pre-candidate: asks whether it could win",
  follower: "follower",
  learner: "learner: receives the log without a vote",
  outsider: "not a member of the cluster",
  joint: "in a joint configuration: votes in its old and in its new half",
  paused: "paused: keeps its memory, does nothing",
  clock_rate: "its clock runs so many times as fast as a true one",
  clock_stalled: "its clock is stalled: it answers, but none of its own timers runs out",
  crashed: "crashed: only its disk is left",
  votes: "votes that a candidate has, of those it needs; two pairs: in each half",
  lease: "how long the leader's lease still holds",
  handover: "the leader is handing over to this replica",
  waiting: "reads and requests that wait here",
  receiving: "how much of a snapshot has been received",
  disk_write: "the disk is at work on a write",
  disk_corrupt: "the disk is corrupt: the replica does not start with it",
  election_timer: "election timer: when it has drained, an election starts",
  heartbeat_timer: "a leader's heartbeat timer",
  entry_committed: "entry, committed; the number is its term",
  entry_uncommitted: "entry, not committed yet",
  entry_not_durable: "entry, not yet on the disk",
  entry_configuration: "entry with a configuration of the cluster",
  compacted: "in the snapshot, and gone from the log, up to this index",
  covered: "in the snapshot, and still in the log",
  commit_index: "commitIndex",
  message_held: "held by hand, in a clogged link, or at the door of a paused replica",
  message_duplicate: "the second copy of a message",
  message_lost: "a message was lost here",
  link_cut: "nothing arrives, either way",
  link_cut_one_way: "nothing arrives in this direction",
  link_clogged: "what is sent in this direction waits, until the link is free",
};

export class RaftLegend extends Part {
  static override readonly draws = ["colours"] as const;

  static override styles = [
    shared,
    panel,
    css`
      ul {
        display: grid;
        gap: 0.125rem;
        margin-block-start: 0.5rem;
      }
      li {
        display: grid;
        grid-template-columns: 80px 1fr;
        gap: 0.625rem;
        align-items: center;
      }
      canvas {
        width: 80px;
        height: 26px;
      }
    `,
  ];

  override updated(): void {
    for (const canvas of this.renderRoot.querySelectorAll("canvas")) {
      drawLegendShape(canvas, canvas.dataset.kind as LegendKind);
    }
  }

  override render() {
    return html`
      <h2>Legend</h2>
      <p class="muted">
        The colour of a replica, an entry or a message is that of its term.
      </p>
      <ul>
        ${LEGEND_KINDS.map(
          (kind) => html`<li>
            <canvas data-kind=${kind} aria-hidden="true"></canvas>
            <span>${isMessage(kind) ? MESSAGES[kind].meaning : MEANINGS[kind]}</span>
          </li>`,
        )}
      </ul>
    `;
  }
}
