/** What the inspector says of a message. */
import { html, nothing } from "lit";
import type { BodyView, Endpoint, MessageDetail, Position } from "../pkg/raftarium.js";
import { fact } from "./inspector-facts.js";
import {
  answerText,
  clientName,
  entryText,
  messageName,
  operationText,
  replicaName,
  seconds,
} from "./words.js";

export function messageFacts({ view, body }: MessageDetail, gone: boolean) {
  return html`
    <h2>${messageName(view.kind)}</h2>
    ${gone ? html`<p class="muted">No longer in flight; this is what it carried.</p>` : nothing}
    <dl>
      ${fact("number", view.duplicate ? `${view.id}, a second copy` : view.id)}
      ${fact("from", endpointName(view.from))} ${fact("to", endpointName(view.to))}
      ${view.term > 0 ? fact("term", view.term) : nothing} ${bodyFacts(body)}
      ${fact("sent at", seconds(view.sent_us))}
      ${view.held_us === undefined ? fact("arrives at", seconds(view.arrive_us)) : nothing}
      ${view.held_us === undefined ? nothing : fact("held since", seconds(view.held_us))}
    </dl>
    ${entriesOf(body)}
  `;
}

function endpointName(endpoint: Endpoint): string {
  return "replica" in endpoint ? replicaName(endpoint.replica) : clientName(endpoint.client);
}

function bodyFacts(body: BodyView) {
  if ("request_vote" in body) {
    return positionFacts("lastLogIndex", "lastLogTerm", body.request_vote.last_log);
  }
  if ("vote" in body) {
    return fact("voteGranted", String(body.vote.granted));
  }
  if ("append_entries" in body) {
    const { prev_log, leader_commit } = body.append_entries;
    return html`${positionFacts("prevLogIndex", "prevLogTerm", prev_log)}
    ${fact("leaderCommit", leader_commit)}`;
  }
  if ("append_accepted" in body) {
    return html`${fact("success", "true")} ${fact("matchIndex", body.append_accepted.match_index)}`;
  }
  if ("append_rejected" in body) {
    const { prev_log_index, conflict_term, conflict_index } = body.append_rejected;
    return html`${fact("success", "false")} ${fact("prevLogIndex", prev_log_index)}
    ${fact("conflictTerm", conflict_term ?? "none: no entry there")}
    ${fact("conflictIndex", conflict_index)}`;
  }
  if ("append_stale" in body) {
    return fact("success", "false: the sender's term is over");
  }
  if ("request" in body) {
    const { sequence, operation } = body.request.command;
    return html`${fact("operation", operationText(operation))} ${fact("sequence number", sequence)}`;
  }
  if ("answer" in body) {
    const { sequence, answer } = body.answer;
    return html`${fact("answer", answerText(answer))} ${fact("sequence number", sequence)}`;
  }
  const { sequence, leader } = body.redirect;
  return html`${fact("leader", leader === undefined ? "none known" : replicaName(leader))}
  ${fact("sequence number", sequence)}`;
}

function positionFacts(index: string, term: string, position: Position) {
  return html`${fact(index, position.index)} ${fact(term, position.term)}`;
}

function entriesOf(body: BodyView) {
  if (!("append_entries" in body)) {
    return nothing;
  }
  const { entries } = body.append_entries;
  if (entries.length === 0) {
    return html`<p class="muted">No entries: a heartbeat.</p>`;
  }
  return html`
    <h3>entries[]</h3>
    <table>
      <thead>
        <tr><th>index</th><th>term</th><th>command</th></tr>
      </thead>
      <tbody>
        ${entries.map(
          (entry) => html`<tr>
            <td class="number">${entry.index}</td>
            <td class="number">${entry.term}</td>
            <td>${entryText(entry)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}
