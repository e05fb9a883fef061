/** One sentence for each property that can be broken. */
import type { Lacking, Ratchet, Violation } from "../../../pkg/raftarium.js";
import { type Cases, match } from "../../core/match.js";
import { PERSON } from "../../core/person.js";
import { clientName, replicaName, sentenceCase } from "../names.js";

const RATCHETS: Record<Ratchet, string> = {
  term: "term",
  durable_term: "term on disk",
  commit: "commit index",
  applied: "last applied index",
  match: "matchIndex for a follower",
};

const LACKING: Record<Lacking, string> = {
  term: "the term",
  vote: "the vote",
  entries: "the entries",
  snapshot: "the snapshot",
};

const BROKEN: Cases<Violation, string> = {
  election_safety: ({ term, first, second }) =>
    `Election Safety is broken: ${replicaName(first)} and ${replicaName(second)} both lead term ${term}.`,
  leader_append_only: ({ leader, term, index }) =>
    `Leader Append-Only is broken: ${replicaName(leader)}, leader of term ${term}, lost its entry ${index}.`,
  log_matching: ({ replica, index, term }) =>
    `Log Matching is broken: entry ${index} of term ${term} in ${replicaName(replica)} differs from the others'.`,
  leader_completeness: ({ leader, term, index, committed_in }) =>
    `Leader Completeness is broken: ${replicaName(leader)}, leader of term ${term}, lacks entry ${index}, committed in term ${committed_in}.`,
  state_machine_safety: ({ replica, index }) =>
    `State Machine Safety is broken: ${replicaName(replica)} applied another entry at index ${index}.`,
  committed_stays: ({ replica, index }) =>
    `A committed entry is lost: ${replicaName(replica)} has something else, or nothing, in the place of entry ${index}.`,
  committed_on_quorum: ({ replica, index }) =>
    `Entry ${index} is taken for committed, but no quorum of disks has it. ${replicaName(replica)} brought that about.`,
  never_back: ({ replica, what, from, to }) =>
    `${replicaName(replica)}'s ${RATCHETS[what]} fell from ${from} to ${to}; it must never go back.`,
  one_vote_a_term: ({ replica, term, first, second }) => {
    const then = second ? `voted for ${replicaName(second)}` : "has forgotten it";
    return `${replicaName(replica)} has voted for ${replicaName(first)} in term ${term}, and then ${then}.`;
  },
  index_order: ({ replica, snapshot, applied, commit, last }) =>
    `${replicaName(replica)}'s indices are out of order: snapshot ${snapshot}, applied ${applied}, commit ${commit}, end of the log ${last}.`,
  match_index: ({ leader, follower, match_index, next_index, durable_index }) =>
    `${replicaName(leader)} believes that ${replicaName(follower)} has its log up to ${match_index} and would send ${next_index} next, but the log on that disk ends at ${durable_index} or differs.`,
  prepared_successor: ({ leader, successor, last, durable_index }) =>
    `${replicaName(leader)} tells ${replicaName(successor)} to stand for election, though its log ends at ${durable_index} and not at ${last}.`,
  equal_state: ({ replica, index }) =>
    `${replicaName(replica)}'s store differs from another that has applied the same log up to ${index}.`,
  one_uncommitted_membership: ({ replica, first, second }) =>
    `${replicaName(replica)} changed the membership at index ${second} before the change at ${first} was committed.`,
  membership_of_log: ({ replica, index, latest }) =>
    `${replicaName(replica)} goes by the membership of index ${index}, but its log has one at ${latest}.`,
  write_before_send: ({ replica, to, term, lacks }) =>
    `${replicaName(replica)} sent ${replicaName(to)} a message of term ${term} before its disk had ${LACKING[lacks]}.`,
  no_phantom_writes: ({ index, client, sequence }) =>
    `Entry ${index} changed the store as ${requestName(client, sequence)}, but nobody asked for that, or the answer denies it.`,
  exactly_once: ({ index, client, sequence }) =>
    `Entry ${index} is a copy of ${requestName(client, sequence)}, or came too late, and was applied again or answered differently.`,
  no_stale_read: ({ replica, client, committed_index, read_index }) =>
    `Stale read! ${replicaName(replica)} answered ${clientName(client)} as of index ${read_index}, though index ${committed_index} had been answered before, and nothing excuses that.`,
  acknowledged_stays: ({ index, client, sequence }) =>
    `${sentenceCase(requestName(client, sequence))} was answered as entry ${index}, but that entry is another one.`,
};

/** A violation as a sentence. */
export function violationText(violation: Violation): string {
  return match(violation, BROKEN);
}

function requestName(client: number, sequence: number): string {
  return client === PERSON
    ? `your request ${sequence}`
    : `request ${sequence} of ${clientName(client)}`;
}
