/**
 * The decisions of a replica in words: what the rule looked at and what came of it. One
 * table for each rule; an outcome without a sentence is a compile error.
 */
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
  Rightly,
  TransferDecision,
  VoteDecision,
  VotePurpose,
} from "../../../pkg/raftarium.js";
import { type Cases, match } from "../../core/match.js";
import { flawStory } from "../flaws.js";
import { bytesText, plural, replicaName } from "../names.js";

/** The decision as the replica would say it. */
export function decisionText(decision: Decision): string {
  return match(decision, DECISIONS);
}

const DECISIONS: Cases<Decision, string> = {
  vote: ({ candidate, term, purpose, decision }) => {
    // A pre-vote is about the term after the one that it is asked in.
    const about = purpose === "pre_vote" ? term + 1 : term;
    const whom = `${replicaName(candidate)} for term ${about}`;
    return match(decision, votes(whom, purpose));
  },
  match: ({ leader, decision }) => match(decision, matches(replicaName(leader))),
  commit: ({ decision }) => match(decision, COMMITS),
  election: ({ decision }) => match(decision, ELECTIONS),
  quorum: ({ decision }) => match(decision, QUORUMS),
  read: ({ decision }) => match(decision, READS),
  change: ({ decision }) => changeText(decision),
  keep: ({ follower, decision }) => keepText(replicaName(follower), decision),
  transfer: ({ decision }) => transferText(decision),
  broken: ({ flaw, rightly }) => {
    const story = flawStory(flaw);
    const rule = `A rule is broken here on purpose (${flaw}${story ? `; ${story.source}` : ""}).`;
    const right = match(rightly, RIGHTLY);
    return right === "" ? `${rule} ${story?.story ?? ""}` : `${rule} The rule says: ${right}`;
  },
};

/** What the rule says that is broken; empty: see its story. */
const RIGHTLY: Cases<Rightly, string> = {
  vote: (decision) => match(decision, votes("this candidate", "election")),
  match: (decision) => match(decision, matches("the leader")),
  commit: (decision) => match(decision, COMMITS),
  read: (decision) => match(decision, READS),
  change: (decision) => changeText(decision),
  otherwise: () => "",
};

/** Whether a decision says that a rule is broken on purpose. */
export function isBroken(decision: Decision): boolean {
  return typeof decision === "object" && "broken" in decision;
}

function votes(whom: string, purpose: VotePurpose): Cases<VoteDecision, string> {
  const preVote = purpose === "pre_vote";
  const no = preVote ? `Would not vote for ${whom}` : `No vote for ${whom}`;
  return {
    granted: () =>
      preVote
        ? `Would vote for ${whom}: its log is at least as up to date as mine, and I hear of no leader (thesis §9.6).`
        : `Voted for ${whom}: its log is at least as up to date as mine (§5.4.1).`,
    older_term: ({ current }) => `${no}: I am in term ${current} already (§5.1).`,
    already_voted: ({ candidate }) => `${no}: mine went to ${replicaName(candidate)} (§5.2).`,
    log_out_of_date: ({ ours, theirs }) =>
      `${no}: its log ends at ${place(theirs)}, mine at ${place(ours)} (§5.4.1).`,
    promised: ({ ticks_left }) =>
      `${no}: I have promised a leader its lease, or may have before I was restarted; that holds for ${plural(ticks_left, "tick")} more (thesis §6.4.1).`,
    leader_alive: ({ leader, elapsed, keeps_for, unchecked }) => {
      const heard = leader === undefined ? "a leader" : replicaName(leader);
      const ever = unchecked
        ? " Nothing makes that leader check its quorum: if it reaches none, this may go on for ever. Check quorum ends it."
        : "";
      return `${no}: I heard from ${heard} ${plural(elapsed, "tick")} ago, and keep to it for ${keeps_for} (thesis §4.2.3).${ever}`;
    },
  };
}

function matches(leader: string): Cases<MatchDecision, string> {
  return {
    matched: () => `My log matches ${leader}'s up to its prevLogIndex (§5.3).`,
    missing: ({ prev_log, last_index }) =>
      `Rejected ${leader}'s entries: it builds on ${place(prev_log)}, my log ends at index ${last_index} (§5.3).`,
    conflict: ({ prev_log, term, first_index }) =>
      `Rejected ${leader}'s entries: it builds on ${place(prev_log)}, mine there is of term ${term}, which begins at index ${first_index} (§5.3).`,
  };
}

const COMMITS: Cases<CommitDecision, string> = {
  advanced: ({ to }) => `Committed up to index ${to}: a quorum holds it (§5.3).`,
  no_quorum: ({ index }) =>
    `Index ${index} is not committed: no quorum holds it yet (§5.3; in a joint configuration one of each half, §6).`,
  older_term: ({ index, term, current }) =>
    `Index ${index} is on a quorum but not committed: it is of term ${term}, and only entries of the current term ${current} are counted (§5.4.2).`,
};

const ELECTIONS: Cases<ElectionDecision, string> = {
  start: ({ term }) => `Started an election in term ${term}: the timer ran out (§5.2).`,
  start_pre_vote: ({ term }) =>
    `Asked whether I could win term ${term}: the timer ran out (thesis §9.6).`,
  waiting: ({ elapsed, timeout }) =>
    `No election: the timer has run ${elapsed} of ${timeout} ticks (§5.2).`,
  promised: ({ ticks_left }) =>
    `No election, though the timer ran out: I have promised a leader its lease for ${plural(ticks_left, "tick")} more (thesis §6.4.1).`,
  leading: () => "No election: I lead already.",
  not_a_voter: () => "No election: I have no vote in my configuration (§6).",
  term_exhausted: () => "No election: there is no further term.",
  log_full: () => "No election: there is no further index in the log.",
};

const QUORUMS: Cases<QuorumDecision, string> = {
  kept: () => "Go on leading: a quorum has answered within an election timeout (thesis §6.2).",
  lost: () => "Stepped down: no quorum has answered within an election timeout (thesis §6.2).",
};

const NO_LEASE: Record<NoLease, string> = {
  handed_over: "I no longer trust a lease, since I have asked a successor to stand for election.",
  not_promised:
    "I have no lease: too few voters have promised me one. Only replicas that read by lease themselves do.",
  ran_out: "My lease has run out: too few have promised it anew.",
};

const READS: Cases<ReadDecision, string> = {
  lease: ({ index, ticks_left }) =>
    `Read served as of index ${index} without asking: my lease holds for ${plural(ticks_left, "tick")} more (thesis §6.4.1).`,
  round: ({ round, index, no_lease }) => {
    const why = no_lease === undefined ? "" : ` ${NO_LEASE[no_lease]}`;
    return `The read must see index ${index}, and waits until a quorum has answered round ${round} of heartbeats (thesis §6.4).${why}`;
  },
  no_own_commit: ({ term }) =>
    `The read waits: I have committed no entry of my term ${term} yet, so I don't know what is committed (§8).`,
  forwarded: ({ leader }) =>
    `Asked ${replicaName(leader)}, the leader, how far the read must see (thesis §6.4).`,
  no_leader: () => "The read waits: I know of no leader.",
};

/** Why the membership changes, or why not. */
export function changeText(change: ChangeDecision): string {
  return match(change, CHANGES);
}

const CHANGES: Cases<ChangeDecision, string> = {
  started: () => "The change begins: newcomers catch up as learners first (§6).",
  no_voter: () => "No change: nobody would vote.",
  ambiguous: () => "No change: a replica can't be voter and learner at once.",
  unchanged: () => "No change: the membership is that already.",
  taken_back: () => "The change is taken back: its newcomers are no longer learners.",
  nothing_to_take_back: () => "There is no change to take back.",
  log_full: () => "No change: there is no further index in the log.",
  not_leader: ({ leader }) => `No change: only a leader can do that. ${leaderText(leader)}`,
  under_way: ({ index }) =>
    `No change: the one of entry ${index} is still under way, and there is only one at a time (§6).`,
  no_own_commit: ({ term }) =>
    `No change: I have committed no entry of my term ${term} yet; until then the configuration before may still be taken back.`,
  handing_over: ({ to }) => `No change: I am handing over to ${replicaName(to)}.`,
  unknown_replica: ({ replica }) => `No change: there is no replica ${replica}.`,
};

/** Why the leadership is handed over, or why not. */
export function transferText(transfer: TransferDecision): string {
  return match(transfer, TRANSFERS);
}

const TRANSFERS: Cases<TransferDecision, string> = {
  started: ({ to }) =>
    `Handing over to ${replicaName(to)}: as soon as it has my whole log, it is told to stand for election (thesis §3.10).`,
  aborted: ({ to }) =>
    `The handover is given up: ${replicaName(to)} did not take over within an election timeout, or has lost its vote (thesis §3.10).`,
  not_leader: ({ leader }) => `No handover: only a leader can do that. ${leaderText(leader)}`,
  already_leading: () => "No handover: I am the leader already.",
  under_way: ({ to }) => `No handover: one to ${replicaName(to)} is under way.`,
  not_a_voter: ({ replica }) => `No handover: ${replicaName(replica)} has no vote.`,
  nobody: () => "No handover: there is nobody to hand over to.",
};

/** Why a leader keeps entries that a snapshot covers, or why no longer. */
export function keepText(follower: string, keep: KeepDecision): string {
  return match(keep, keeps(follower));
}

function keeps(follower: string): Cases<KeepDecision, string> {
  return {
    kept: ({ after }) =>
      `The log after index ${after} stays for ${follower}, which is catching up: without it, it would need a snapshot again (§7).`,
    caught_up: ({ to }) =>
      `Nothing more of the log is kept for ${follower}: it has caught up to index ${to}.`,
    silent: ({ ticks }) =>
      `Nothing more of the log is kept for ${follower}: it has answered nothing for ${plural(ticks, "tick")}. It will need a newer snapshot.`,
    too_large: ({ bytes, bytes_max }) =>
      `The log is not kept for ${follower}: it would hold ${bytesText(bytes)}, and ${bytesText(bytes_max)} are allowed. It will need a newer snapshot.`,
  };
}

function leaderText(leader: number | undefined): string {
  return leader === undefined ? "I know of none." : `That is ${replicaName(leader)}.`;
}

function place({ index, term }: Position): string {
  return index === 0 ? "the start" : `index ${index} of term ${term}`;
}
