/** The inspector on how a leader talks to its followers. */
import { html, nothing } from "lit";
import type { FollowerState, Protocol, ReplicaDetail } from "../../../pkg/raftarium.js";
import { match } from "../../core/match.js";
import { standingIn } from "../../core/membership.js";
import type { DeepRequired } from "../../core/world/load.js";
import { count, percentText, replicaName } from "../../text/names.js";

export function followerFacts(
  { view, followers }: ReplicaDetail,
  protocol: DeepRequired<Protocol>,
) {
  if (followers.length === 0) {
    return nothing;
  }
  return html`
    <h3>What the leader knows of the followers</h3>
    <table>
      <thead>
        <tr><th>follower</th><th>nextIndex</th><th>matchIndex</th><th>state, in flight</th></tr>
      </thead>
      <tbody>
        ${followers.map(
          ({ id, next_index, match_index, state, silent, log_kept_after: kept }) => html`<tr>
            <th scope="row">
              ${replicaName(id)}${standingIn(view.membership, id) === "learner" ? " (learner)" : ""}
            </th>
            <td class="number">${next_index}</td>
            <td class="number">${match_index}</td>
            <td>
              ${stateText(state, protocol)}${silent ? ", silent" : ""}${kept === undefined ? "" : `, log kept after ${kept} while it catches up`}
            </td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}

function stateText(state: FollowerState, { window_messages }: DeepRequired<Protocol>): string {
  return match<FollowerState, string>(state, {
    probe: ({ awaiting }) => (awaiting ? "probe, awaiting the answer" : "probe"),
    replicate: ({ messages, bytes }) =>
      `replicate, ${messages} of ${window_messages}${messages > 0 ? `, ${count(bytes)} B` : ""}`,
    snapshot: ({ sent, total }) => `snapshot, ${percentText(sent, total)} of ${count(total)} B`,
  });
}
