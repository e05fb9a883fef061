/** The decisions of a replica in words: what the rule looked at and what came of it. */
import type { Decision, Position } from "../pkg/raftarium.js";
import { plural, replicaName } from "./words.js";

export function decisionText(decision: Decision): string {
  if ("vote" in decision) {
    const { candidate, term, decision: vote } = decision.vote;
    const who = `${replicaName(candidate)} for term ${term}`;
    if (vote === "granted") {
      return `Voted for ${who}: its log is at least as up to date as mine (§5.4.1).`;
    }
    if ("older_term" in vote) {
      return `No vote for ${who}: I am in term ${vote.older_term.current} already (§5.1).`;
    }
    if ("already_voted" in vote) {
      return `No vote for ${who}: mine went to ${replicaName(vote.already_voted.candidate)} (§5.2).`;
    }
    const { ours, theirs } = vote.log_out_of_date;
    return `No vote for ${who}: its log ends at ${place(theirs)}, mine at ${place(ours)} (§5.4.1).`;
  }
  if ("match" in decision) {
    const { leader, decision: match } = decision.match;
    if (match === "matched") {
      return `My log matches ${replicaName(leader)}'s up to its prevLogIndex (§5.3).`;
    }
    if ("missing" in match) {
      const { prev_log, last_index } = match.missing;
      return `Rejected ${replicaName(leader)}'s entries: it builds on ${place(prev_log)}, my log ends at index ${last_index} (§5.3).`;
    }
    const { prev_log, term, first_index } = match.conflict;
    return `Rejected ${replicaName(leader)}'s entries: it builds on ${place(prev_log)}, mine there is of term ${term}, which begins at index ${first_index} (§5.3).`;
  }
  if ("commit" in decision) {
    const commit = decision.commit.decision;
    if ("advanced" in commit) {
      return `Committed up to index ${commit.advanced.to}: ${plural(commit.advanced.quorum, "replica")} or more hold it (§5.3).`;
    }
    if ("no_quorum" in commit) {
      const { index, held_by, quorum } = commit.no_quorum;
      return `Index ${index} is not committed: ${held_by} of the ${quorum} needed hold it (§5.3).`;
    }
    const { index, term, current } = commit.older_term;
    return `Index ${index} is on a quorum but not committed: it is of term ${term}, and only entries of the current term ${current} are counted (§5.4.2).`;
  }
  const election = decision.election.decision;
  if (election === "leading") {
    return "No election: I lead already.";
  }
  if (election === "term_exhausted") {
    return "No election: there is no further term.";
  }
  if ("start" in election) {
    return `Started an election in term ${election.start.term}: the timer ran out (§5.2).`;
  }
  const { elapsed, timeout } = election.waiting;
  return `No election: the timer has run ${elapsed} of ${timeout} ticks (§5.2).`;
}

function place({ index, term }: Position): string {
  return index === 0 ? "the start" : `index ${index} of term ${term}`;
}
