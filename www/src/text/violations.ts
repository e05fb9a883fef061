/** What it means that a property is broken, in a sentence. */
import type { Lacking, Ratchet, Violation } from "../../pkg/raftarium.js";
import { PERSON } from "../core/running-world.js";
import { clientName, replicaName, sentenceCase } from "./names.js";

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

export function violationText(violation: Violation): string {
  if ("election_safety" in violation) {
    const { term, first, second } = violation.election_safety;
    return `Election Safety is broken: ${replicaName(first)} and ${replicaName(second)} both lead term ${term}.`;
  }
  if ("leader_append_only" in violation) {
    const { leader, term, index } = violation.leader_append_only;
    return `Leader Append-Only is broken: ${replicaName(leader)}, leader of term ${term}, lost its entry ${index}.`;
  }
  if ("log_matching" in violation) {
    const { replica, index, term } = violation.log_matching;
    return `Log Matching is broken: entry ${index} of term ${term} in ${replicaName(replica)} differs from the others'.`;
  }
  if ("leader_completeness" in violation) {
    const { leader, term, index, committed_in } = violation.leader_completeness;
    return `Leader Completeness is broken: ${replicaName(leader)}, leader of term ${term}, lacks entry ${index}, committed in term ${committed_in}.`;
  }
  if ("state_machine_safety" in violation) {
    const { replica, index } = violation.state_machine_safety;
    return `State Machine Safety is broken: ${replicaName(replica)} applied another entry at index ${index}.`;
  }
  if ("committed_stays" in violation) {
    const { replica, index } = violation.committed_stays;
    return `A committed entry is lost: ${replicaName(replica)} has something else, or nothing, in the place of entry ${index}.`;
  }
  if ("committed_on_quorum" in violation) {
    const { replica, index } = violation.committed_on_quorum;
    return `Entry ${index} is taken for committed, but no quorum of disks has it. ${replicaName(replica)} brought that about.`;
  }
  if ("never_back" in violation) {
    const { replica, what, from, to } = violation.never_back;
    return `${replicaName(replica)}'s ${RATCHETS[what]} fell from ${from} to ${to}; it must never go back.`;
  }
  if ("one_vote_a_term" in violation) {
    const { replica, term, first, second } = violation.one_vote_a_term;
    const then = second ? `voted for ${replicaName(second)}` : "has forgotten it";
    return `${replicaName(replica)} has voted for ${replicaName(first)} in term ${term}, and then ${then}.`;
  }
  if ("index_order" in violation) {
    const { replica, snapshot, applied, commit, last } = violation.index_order;
    return `${replicaName(replica)}'s indices are out of order: snapshot ${snapshot}, applied ${applied}, commit ${commit}, end of the log ${last}.`;
  }
  if ("match_index" in violation) {
    const { leader, follower, match_index, next_index, durable_index } = violation.match_index;
    return `${replicaName(leader)} believes that ${replicaName(follower)} has its log up to ${match_index} and would send ${next_index} next, but the log on that disk ends at ${durable_index} or differs.`;
  }
  if ("prepared_successor" in violation) {
    const { leader, successor, last, durable_index } = violation.prepared_successor;
    return `${replicaName(leader)} tells ${replicaName(successor)} to stand, whose log ends at ${durable_index} and not at ${last}.`;
  }
  if ("equal_state" in violation) {
    const { replica, index } = violation.equal_state;
    return `${replicaName(replica)}'s store differs from another that has applied the same log up to ${index}.`;
  }
  if ("one_uncommitted_membership" in violation) {
    const { replica, first, second } = violation.one_uncommitted_membership;
    return `${replicaName(replica)} changed the membership at index ${second} before the change at ${first} was committed.`;
  }
  if ("membership_of_log" in violation) {
    const { replica, index, latest } = violation.membership_of_log;
    return `${replicaName(replica)} goes by the membership of index ${index}, but its log has one at ${latest}.`;
  }
  if ("write_before_send" in violation) {
    const { replica, to, term, lacks } = violation.write_before_send;
    return `${replicaName(replica)} sent ${replicaName(to)} a message of term ${term} before its disk had ${LACKING[lacks]}.`;
  }
  if ("no_phantom_writes" in violation) {
    const { index, client, sequence } = violation.no_phantom_writes;
    return `Entry ${index} changed the store as ${requestName(client, sequence)}, but nobody asked for that, or the answer denies it.`;
  }
  if ("exactly_once" in violation) {
    const { index, client, sequence } = violation.exactly_once;
    return `Entry ${index} is a copy of ${requestName(client, sequence)}, or came too late, and was applied again or answered differently.`;
  }
  if ("no_stale_read" in violation) {
    const { replica, client, committed_index, read_index } = violation.no_stale_read;
    return `Stale read! ${replicaName(replica)} answered ${clientName(client)} as of index ${read_index}, though index ${committed_index} had been answered before, and nothing excuses that.`;
  }
  const { index, client, sequence } = violation.acknowledged_stays;
  return `${sentenceCase(requestName(client, sequence))} was answered as entry ${index}, but that is not what stands there.`;
}

function requestName(client: number, sequence: number): string {
  return client === PERSON
    ? `your request ${sequence}`
    : `request ${sequence} of ${clientName(client)}`;
}
