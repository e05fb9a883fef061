/** What the inspector says of a replica: Figure 2 with its values. */
import { html, nothing } from "lit";
import type { PairView, ReplicaDetail, ReplicaView } from "../pkg/raftarium.js";
import { fact } from "./inspector-facts.js";
import { decisionText } from "./reasons.js";
import {
  clientName,
  count,
  entryText,
  plural,
  replicaName,
  replicaNames,
  seconds,
} from "./words.js";

export function replicaFacts(detail: ReplicaDetail, store: readonly PairView[]) {
  const { view, timer_ticks: timer, pending_requests: pending } = detail;
  return html`
    <h2>${replicaName(view.id)}</h2>
    <dl>
      ${fact("state", view.status === "running" ? view.role : `${view.status} (${view.role})`)}
      ${fact("currentTerm", view.term)}
      ${fact("votedFor", view.voted_for === undefined ? "none" : replicaName(view.voted_for))}
      ${fact("leader", view.leader === undefined ? "unknown" : replicaName(view.leader))}
      ${view.votes.length > 0 ? fact("votes", replicaNames(view.votes)) : nothing}
      ${fact("lastLogIndex", count(view.log.last_index))}
      ${fact("commitIndex", count(view.commit_index))}
      ${fact("lastApplied", count(view.last_applied))}
      ${fact("on disk up to", `${count(view.durable_index)}${view.writing ? ", writing" : ""}`)}
      ${
        timer
          ? fact(
              view.role === "leader" ? "heartbeat timer" : "election timer",
              `${timer.elapsed} of ${plural(timer.timeout, "tick")}`,
            )
          : nothing
      }
      ${pending > 0 ? fact("answers owed", pending) : nothing}
    </dl>
    ${followers(detail)} ${entries(detail)} ${pairs(view, store)} ${decisions(detail)}
  `;
}

function followers({ followers }: ReplicaDetail) {
  if (followers.length === 0) {
    return nothing;
  }
  return html`
    <h3>What the leader knows of the followers</h3>
    <table>
      <thead>
        <tr><th>follower</th><th>nextIndex</th><th>matchIndex</th><th>in flight</th></tr>
      </thead>
      <tbody>
        ${followers.map(
          (follower) => html`<tr>
            <th scope="row">${replicaName(follower.id)}</th>
            <td class="number">${follower.next_index}</td>
            <td class="number">${follower.match_index}</td>
            <td>${follower.in_flight ? "yes" : "no"}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}

function decisions({ decisions }: ReplicaDetail) {
  if (decisions.length === 0) {
    return nothing;
  }
  return html`
    <h3>Why</h3>
    <ul class="decisions">
      ${decisions
        .toReversed()
        .map(
          ({ at_us, decision }) =>
            html`<li><span>${seconds(at_us)}</span> ${decisionText(decision)}</li>`,
        )}
    </ul>
  `;
}

function entries({ view, entries }: ReplicaDetail) {
  if (entries.length === 0) {
    return html`<h3>log[]</h3>
      <p class="muted">Empty.</p>`;
  }
  const more = view.log.last_index - entries.length;
  return html`
    <h3>log[]${more > 0 ? ` — the last ${entries.length} of ${count(view.log.last_index)}` : ""}</h3>
    <table>
      <thead>
        <tr><th>index</th><th>term</th><th>command</th><th>state</th></tr>
      </thead>
      <tbody>
        ${entries.toReversed().map(
          (entry) => html`<tr class=${entry.index > view.commit_index ? "uncommitted" : ""}>
            <td class="number">${entry.index}</td>
            <td class="number">${entry.term}</td>
            <td>
              ${entryText(entry)}
              ${
                entry.command
                  ? html`<span class="muted">(${clientName(entry.command.client)} #${entry.command.sequence})</span>`
                  : nothing
              }
            </td>
            <td>${entryState(entry.index, view)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}

function entryState(index: number, view: ReplicaView): string {
  if (index <= view.last_applied) {
    return "applied";
  }
  if (index <= view.commit_index) {
    return "committed";
  }
  return index <= view.durable_index ? "on disk" : "in memory";
}

function pairs(view: ReplicaView, store: readonly PairView[]) {
  return html`
    <h3>Store — ${plural(view.keys, "key")}</h3>
    ${
      store.length === 0
        ? html`<p class="muted">Empty.</p>`
        : html`<table>
            <thead>
              <tr><th>key</th><th>value</th></tr>
            </thead>
            <tbody>
              ${store.map(
                ({ key, value }) => html`<tr>
                  <td class="mono">${key}</td>
                  <td class="mono">${value}</td>
                </tr>`,
              )}
            </tbody>
          </table>`
    }
    ${view.keys > store.length ? html`<p class="muted">and ${plural(view.keys - store.length, "key")} more</p>` : nothing}
  `;
}
