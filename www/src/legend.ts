/** What the shapes mean. They are drawn by the functions that draw the stage. */
import { css, html, LitElement } from "lit";
import { panel } from "./panel.css.js";
import { drawLegendShape, LEGEND_KINDS, type LegendKind } from "./stage/legend.js";
import { shared } from "./theme.js";

const MEANINGS: Record<LegendKind, string> = {
  request_vote: "RequestVote: a candidate asks for a vote",
  vote_granted: "the vote is granted",
  vote_denied: "the vote is denied",
  heartbeat: "heartbeat: AppendEntries without entries",
  append_entries: "AppendEntries, with how many entries",
  append_accepted: "the entries are accepted",
  append_rejected: "the entries are rejected",
  client_request: "a client asks",
  client_answer: "a client is answered",
  client_redirect: "a client is sent to another replica",
  leader: "leader",
  candidate: "candidate",
  follower: "follower",
  paused: "paused: keeps its memory, does nothing",
  crashed: "crashed: only its disk is left",
  votes: "votes that a candidate has, of those it needs",
  disk_write: "the disk is at work on a write",
  election_timer: "election timer: when it has drained, an election starts",
  heartbeat_timer: "a leader's heartbeat timer",
  entry_committed: "entry, committed; the number is its term",
  entry_uncommitted: "entry, not committed yet",
  entry_not_durable: "entry, not yet on the disk",
  commit_index: "commitIndex",
  message_held: "held in the network by hand, or at the door of a paused replica",
  message_duplicate: "the second copy of a message",
  message_lost: "a message was lost here",
  link_cut: "nothing arrives, either way",
  link_cut_one_way: "nothing arrives in this direction",
};

export class RaftLegend extends LitElement {
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
        grid-template-columns: 64px 1fr;
        gap: 0.625rem;
        align-items: center;
      }
      canvas {
        width: 64px;
        height: 26px;
      }
    `,
  ];

  /** Whoever changes the colours asks for an update. */
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
            <span>${MEANINGS[kind]}</span>
          </li>`,
        )}
      </ul>
    `;
  }
}
