/** What the inspector says of a message. */
import { html, nothing } from "lit";
import type {
  BodyView,
  Endpoint,
  EntryView,
  MessageDetail,
  Position,
  VotePurpose,
} from "../../../pkg/raftarium.js";
import {
  answerText,
  bytesText,
  clientName,
  count,
  entryText,
  messageName,
  operationText,
  plural,
  replicaName,
  seconds,
} from "../../text/names.js";
import { fact } from "./facts.js";

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

const PURPOSES: Record<VotePurpose, string> = {
  election: "an election",
  pre_vote: "a pre-vote: would it win?",
  transfer: "an election that the leader asked for",
};

function bodyFacts(body: BodyView) {
  if (isClients(body)) {
    return clientBodyFacts(body);
  }
  if ("request_vote" in body) {
    const { last_log, purpose } = body.request_vote;
    return html`${fact("for", PURPOSES[purpose])}
    ${positionFacts("lastLogIndex", "lastLogTerm", last_log)}`;
  }
  if ("vote" in body) {
    const { granted, pre_vote, behind } = body.vote;
    return html`${fact(pre_vote ? "would vote" : "voteGranted", String(granted))}
    ${behind ? fact("the candidate's log", "is behind the voter's") : nothing}`;
  }
  if ("append_entries" in body) {
    const { prev_log, leader_commit, round } = body.append_entries;
    return html`${positionFacts("prevLogIndex", "prevLogTerm", prev_log)}
    ${fact("leaderCommit", leader_commit)} ${fact("round", round)}`;
  }
  if ("append_accepted" in body) {
    const { match_index, round, promised_ticks } = body.append_accepted;
    return html`${fact("success", "true")} ${fact("matchIndex", match_index)}
    ${fact("round", round)} ${promiseFact(promised_ticks)}`;
  }
  if ("append_rejected" in body) {
    const { prev_log_index, conflict_term, conflict_index, round, promised_ticks } =
      body.append_rejected;
    return html`${fact("success", "false")} ${fact("prevLogIndex", prev_log_index)}
    ${fact("conflictTerm", conflict_term ?? "none: no entry there")}
    ${fact("conflictIndex", conflict_index)} ${fact("round", round)} ${promiseFact(promised_ticks)}`;
  }
  if ("append_stale" in body) {
    return fact("success", "false: the sender's term is over");
  }
  if ("install_snapshot" in body) {
    const { last, offset, bytes, total } = body.install_snapshot;
    return snapshotFacts(last, offset, bytes, total);
  }
  if ("snapshot_received" in body) {
    const { last, received, promised_ticks } = body.snapshot_received;
    return html`${positionFacts("lastIncludedIndex", "lastIncludedTerm", last)}
    ${fact("received", bytesText(received))} ${promiseFact(promised_ticks)}`;
  }
  if ("read_index" in body) {
    return fact("read number", body.read_index.read);
  }
  if ("read_index_answer" in body) {
    const { read, index } = body.read_index_answer;
    return html`${fact("read number", read)} ${fact("readIndex", index)}`;
  }
  if ("fetch_log" in body) {
    const { after, last_log, received } = body.fetch_log;
    return html`${positionFacts("after index", "of term", after)}
    ${positionFacts("lastLogIndex", "lastLogTerm", last_log)}
    ${received > 0 ? fact("of the snapshot", bytesText(received)) : nothing}`;
  }
  if ("fetched_entries" in body) {
    const { prev_log, last_log } = body.fetched_entries;
    return html`${positionFacts("prevLogIndex", "prevLogTerm", prev_log)}
    ${positionFacts("lastLogIndex", "lastLogTerm", last_log)}`;
  }
  if ("fetched_snapshot" in body) {
    const { last, offset, bytes, total } = body.fetched_snapshot;
    return snapshotFacts(last, offset, bytes, total);
  }
  return fact("means", "stand for election at once");
}

/** What an answer promises for the leader's lease. */
function promiseFact(ticks: number) {
  return ticks > 0 ? fact("keeps to the leader for", plural(ticks, "tick")) : nothing;
}

function snapshotFacts(last: Position, offset: number, bytes: number, total: number) {
  return html`${positionFacts("lastIncludedIndex", "lastIncludedTerm", last)}
  ${fact("offset", count(offset))} ${fact("data", bytesText(bytes))}
  ${fact("of", bytesText(total))} ${fact("done", offset + bytes >= total ? "true" : "false")}`;
}

type ClientBody = Extract<
  BodyView,
  { request: unknown } | { answer: unknown } | { busy: unknown } | { redirect: unknown }
>;

function isClients(body: BodyView): body is ClientBody {
  return "request" in body || "answer" in body || "busy" in body || "redirect" in body;
}

/** What passes between a client and a replica. */
function clientBodyFacts(body: ClientBody) {
  if ("request" in body) {
    const { sequence, operation } = body.request.command;
    return html`${fact("operation", operationText(operation))} ${fact("sequence number", sequence)}`;
  }
  if ("answer" in body) {
    const { sequence, answer } = body.answer;
    return html`${fact("answer", answerText(answer))} ${fact("sequence number", sequence)}`;
  }
  if ("busy" in body) {
    return html`${fact("answer", "I lead, but can't take more now")}
    ${fact("sequence number", body.busy.sequence)}`;
  }
  const { sequence, leader } = body.redirect;
  return html`${fact("leader", leader === undefined ? "none known" : replicaName(leader))}
  ${fact("sequence number", sequence)}`;
}

function positionFacts(index: string, term: string, position: Position) {
  return html`${fact(index, position.index)} ${fact(term, position.term)}`;
}

function entriesOf(body: BodyView) {
  let entries: EntryView[];
  if ("append_entries" in body) {
    entries = body.append_entries.entries;
    if (entries.length === 0) {
      return html`<p class="muted">No entries: a heartbeat.</p>`;
    }
  } else if ("fetched_entries" in body) {
    entries = body.fetched_entries.entries;
    if (entries.length === 0) {
      return html`<p class="muted">No entries: another one stands there.</p>`;
    }
  } else {
    return nothing;
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
