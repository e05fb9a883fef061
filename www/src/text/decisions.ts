/** The decisions of a replica in words: what the rule looked at and what came of it. */
import type {
  ChangeDecision,
  CommitDecision,
  Decision,
  ElectionDecision,
  KeepDecision,
  MatchDecision,
  NoLease,
  Position,
  QuorumDecision,
  ReadDecision,
  TransferDecision,
  VoteDecision,
  VotePurpose,
} from "../../pkg/raftarium.js";
import { bytesText, plural, replicaName } from "./names.js";

export function decisionText(decision: Decision): string {
  if ("vote" in decision) {
    const { candidate, term, purpose, decision: vote } = decision.vote;
    // A pre-vote is about the term after the one that it is asked in.
    const about = purpose === "pre_vote" ? term + 1 : term;
    return voteText(`${replicaName(candidate)} for term ${about}`, purpose, vote);
  }
  if ("match" in decision) {
    return matchText(replicaName(decision.match.leader), decision.match.decision);
  }
  if ("commit" in decision) {
    return commitText(decision.commit.decision);
  }
  if ("election" in decision) {
    return electionText(decision.election.decision);
  }
  if ("quorum" in decision) {
    return quorumText(decision.quorum.decision);
  }
  if ("read" in decision) {
    return readText(decision.read.decision);
  }
  if ("change" in decision) {
    return changeText(decision.change.decision);
  }
  if ("keep" in decision) {
    return keepText(replicaName(decision.keep.follower), decision.keep.decision);
  }
  return transferText(decision.transfer.decision);
}

function voteText(who: string, purpose: VotePurpose, vote: VoteDecision): string {
  if (vote === "granted") {
    return purpose === "pre_vote"
      ? `Would vote for ${who}: its log is at least as up to date as mine, and I hear of no leader (thesis §9.6).`
      : `Voted for ${who}: its log is at least as up to date as mine (§5.4.1).`;
  }
  const no = purpose === "pre_vote" ? `Would not vote for ${who}` : `No vote for ${who}`;
  if ("older_term" in vote) {
    return `${no}: I am in term ${vote.older_term.current} already (§5.1).`;
  }
  if ("already_voted" in vote) {
    return `${no}: mine went to ${replicaName(vote.already_voted.candidate)} (§5.2).`;
  }
  if ("log_out_of_date" in vote) {
    const { ours, theirs } = vote.log_out_of_date;
    return `${no}: its log ends at ${place(theirs)}, mine at ${place(ours)} (§5.4.1).`;
  }
  if ("promised" in vote) {
    return `${no}: I have promised a leader its lease, or may have before I was restarted; that holds for ${plural(vote.promised.ticks_left, "tick")} more (thesis §6.4.1).`;
  }
  const { leader, elapsed, keeps_for, unchecked } = vote.leader_alive;
  const whom = leader === undefined ? "a leader" : replicaName(leader);
  const ever = unchecked
    ? ` Nothing makes that leader check its quorum: if it reaches none, this may go on for ever. Check quorum ends it.`
    : "";
  return `${no}: I heard from ${whom} ${plural(elapsed, "tick")} ago, and keep to it for ${keeps_for} (thesis §4.2.3).${ever}`;
}

function matchText(leader: string, match: MatchDecision): string {
  if (match === "matched") {
    return `My log matches ${leader}'s up to its prevLogIndex (§5.3).`;
  }
  if ("missing" in match) {
    const { prev_log, last_index } = match.missing;
    return `Rejected ${leader}'s entries: it builds on ${place(prev_log)}, my log ends at index ${last_index} (§5.3).`;
  }
  const { prev_log, term, first_index } = match.conflict;
  return `Rejected ${leader}'s entries: it builds on ${place(prev_log)}, mine there is of term ${term}, which begins at index ${first_index} (§5.3).`;
}

function commitText(commit: CommitDecision): string {
  if ("advanced" in commit) {
    return `Committed up to index ${commit.advanced.to}: a quorum holds it (§5.3).`;
  }
  if ("no_quorum" in commit) {
    return `Index ${commit.no_quorum.index} is not committed: no quorum holds it yet (§5.3; in a joint configuration one of each half, §6).`;
  }
  const { index, term, current } = commit.older_term;
  return `Index ${index} is on a quorum but not committed: it is of term ${term}, and only entries of the current term ${current} are counted (§5.4.2).`;
}

function electionText(election: ElectionDecision): string {
  if (election === "leading") {
    return "No election: I lead already.";
  }
  if (election === "not_a_voter") {
    return "No election: I have no vote in my configuration (§6).";
  }
  if (election === "term_exhausted") {
    return "No election: there is no further term.";
  }
  if (election === "log_full") {
    return "No election: there is no further index in the log.";
  }
  if ("start" in election) {
    return `Started an election in term ${election.start.term}: the timer ran out (§5.2).`;
  }
  if ("start_pre_vote" in election) {
    return `Asked whether I could win term ${election.start_pre_vote.term}: the timer ran out (thesis §9.6).`;
  }
  if ("promised" in election) {
    return `No election, though the timer ran out: I have promised a leader its lease for ${plural(election.promised.ticks_left, "tick")} more (thesis §6.4.1).`;
  }
  const { elapsed, timeout } = election.waiting;
  return `No election: the timer has run ${elapsed} of ${timeout} ticks (§5.2).`;
}

function quorumText(quorum: QuorumDecision): string {
  return quorum === "kept"
    ? "Go on leading: a quorum has answered within an election timeout (thesis §6.2)."
    : "Stepped down: no quorum has answered within an election timeout (thesis §6.2).";
}

const NO_LEASE: Record<NoLease, string> = {
  handed_over: "I trust no lease any more, since I have asked a successor to stand.",
  not_promised:
    "I have no lease: too few voters have promised me one. Only replicas that read by lease themselves do.",
  ran_out: "My lease has run out: too few have promised it anew.",
};

function readText(read: ReadDecision): string {
  if (read === "no_leader") {
    return "The read waits: I know of no leader.";
  }
  if ("lease" in read) {
    const { index, ticks_left } = read.lease;
    return `Read served as of index ${index} without asking: my lease holds for ${plural(ticks_left, "tick")} more (thesis §6.4.1).`;
  }
  if ("round" in read) {
    const { round, index, no_lease } = read.round;
    const why = no_lease === undefined ? "" : ` ${NO_LEASE[no_lease]}`;
    return `The read is to see index ${index}, and waits until a quorum has answered round ${round} of heartbeats (thesis §6.4).${why}`;
  }
  if ("no_own_commit" in read) {
    return `The read waits: I have committed no entry of my term ${read.no_own_commit.term} yet, so I don't know what is committed (§8).`;
  }
  return `Asked ${replicaName(read.forwarded.leader)}, the leader, how far the read must see (thesis §6.4).`;
}

/** Why the membership changes, or why not. */
export function changeText(change: ChangeDecision): string {
  switch (change) {
    case "started":
      return "The change begins: newcomers catch up as learners first (§6).";
    case "no_voter":
      return "No change: nobody would vote.";
    case "ambiguous":
      return "No change: a replica can't be voter and learner at once.";
    case "unchanged":
      return "No change: the membership is that already.";
    case "taken_back":
      return "The change is taken back: its newcomers are learners no more.";
    case "nothing_to_take_back":
      return "There is no change to take back.";
    case "log_full":
      return "No change: there is no further index in the log.";
  }
  if ("not_leader" in change) {
    return `No change: only a leader can do that. ${leaderText(change.not_leader.leader)}`;
  }
  if ("under_way" in change) {
    return `No change: the one of entry ${change.under_way.index} is still under way, and there is only one at a time (§6).`;
  }
  if ("no_own_commit" in change) {
    return `No change: I have committed no entry of my term ${change.no_own_commit.term} yet; until then the configuration before may still be taken back.`;
  }
  if ("handing_over" in change) {
    return `No change: I am handing over to ${replicaName(change.handing_over.to)}.`;
  }
  return `No change: there is no replica ${change.unknown_replica.replica}.`;
}

/** Why the leadership is handed over, or why not. */
export function transferText(transfer: TransferDecision): string {
  if (transfer === "already_leading") {
    return "No handover: I am the leader already.";
  }
  if (transfer === "nobody") {
    return "No handover: there is nobody to hand over to.";
  }
  if ("started" in transfer) {
    return `Handing over to ${replicaName(transfer.started.to)}: as soon as it has my whole log, it is told to stand (thesis §3.10).`;
  }
  if ("aborted" in transfer) {
    return `The handover is given up: ${replicaName(transfer.aborted.to)} did not take over within an election timeout, or has lost its vote (thesis §3.10).`;
  }
  if ("not_leader" in transfer) {
    return `No handover: only a leader can do that. ${leaderText(transfer.not_leader.leader)}`;
  }
  if ("under_way" in transfer) {
    return `No handover: one to ${replicaName(transfer.under_way.to)} is under way.`;
  }
  return `No handover: ${replicaName(transfer.not_a_voter.replica)} has no vote.`;
}

/** Why a leader keeps entries that a snapshot covers, or why no longer. */
export function keepText(follower: string, keep: KeepDecision): string {
  if ("kept" in keep) {
    return `The log after index ${keep.kept.after} stays for ${follower}, which is catching up: without it, it would need a snapshot again (§7).`;
  }
  if ("caught_up" in keep) {
    return `Nothing more of the log is kept for ${follower}: it has caught up to index ${keep.caught_up.to}.`;
  }
  if ("silent" in keep) {
    return `Nothing more of the log is kept for ${follower}: it has answered nothing for ${plural(keep.silent.ticks, "tick")}. It will need a newer snapshot.`;
  }
  const { bytes, bytes_max } = keep.too_large;
  return `The log is not kept for ${follower}: it would hold ${bytesText(bytes)}, and ${bytesText(bytes_max)} are allowed. It will need a newer snapshot.`;
}

function leaderText(leader: number | undefined): string {
  return leader === undefined ? "I know of none." : `That is ${replicaName(leader)}.`;
}

function place({ index, term }: Position): string {
  return index === 0 ? "the start" : `index ${index} of term ${term}`;
}
