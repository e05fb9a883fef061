//! The rules of Raft, one small pure function each. A rule does not answer with a
//! bare yes or no but with what decided it, and the replica acts on that very
//! value: what the page explains is what happened.

use serde::Serialize;

use super::ids::{LogIndex, Position, ReplicaId, Term};
use super::log::Log;
use super::message::{Entry, VotePurpose};
use crate::flaw::Flaw;

/// Something that a replica decided, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Decision {
    /// Whether a candidate got the vote.
    Vote {
        /// Who asked.
        candidate: ReplicaId,
        /// The candidate's term.
        term: Term,
        /// What for.
        purpose: VotePurpose,
        /// What was decided.
        decision: VoteDecision,
    },
    /// Whether the log matched a leader's.
    Match {
        /// The leader.
        leader: ReplicaId,
        /// What was decided.
        decision: MatchDecision,
    },
    /// Whether the commit index advanced.
    Commit {
        /// What was decided.
        decision: CommitDecision,
    },
    /// Whether an election was started.
    Election {
        /// What was decided.
        decision: ElectionDecision,
    },
    /// Whether a leader may go on.
    Quorum {
        /// What was decided.
        decision: QuorumDecision,
    },
    /// Whether a read may be served.
    Read {
        /// What was decided.
        decision: ReadDecision,
    },
    /// Whether the membership changes.
    Change {
        /// What was decided.
        decision: ChangeDecision,
    },
    /// Whether the leadership is handed over.
    Transfer {
        /// What was decided.
        decision: TransferDecision,
    },
}

/// Whether to vote for a candidate (§5.2, §5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum VoteDecision {
    /// The vote is granted.
    Granted,
    /// The candidate's term is over.
    OlderTerm {
        /// The voter's term.
        current: Term,
    },
    /// The vote of this term went to another.
    AlreadyVoted {
        /// Who has it.
        candidate: ReplicaId,
    },
    /// The candidate's log is less up to date than the voter's (§5.4.1).
    LogOutOfDate {
        /// Where the voter's log ends.
        ours: Position,
        /// Where the candidate's log ends.
        theirs: Position,
    },
    /// The voter has heard from a leader just now, and keeps to it (thesis §4.2.3).
    LeaderAlive {
        /// The leader; none: the voter has just started, and may have promised a lease.
        leader: Option<ReplicaId>,
        /// How many ticks ago it was.
        elapsed: u32,
        /// For how many ticks it keeps to the leader.
        keeps_for: u32,
    },
}

/// Whether the log matches the leader's at `prevLogIndex` (§5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum MatchDecision {
    /// It does.
    Matched,
    /// The log ends before that place.
    Missing {
        /// The place that was asked about.
        prev_log: Position,
        /// The last index of the log.
        last_index: LogIndex,
    },
    /// The entry there has another term.
    Conflict {
        /// The place that was asked about.
        prev_log: Position,
        /// The term of the entry there.
        term: Term,
        /// The first index of that term in this log: the hint for the leader.
        first_index: LogIndex,
    },
}

/// Whether the leader's commit index advances (§5.3, §5.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum CommitDecision {
    /// It does.
    Advanced {
        /// To this index, which a quorum holds.
        to: LogIndex,
    },
    /// The next entry is not on a quorum of each half of the configuration.
    NoQuorum {
        /// The first index that is not committed.
        index: LogIndex,
    },
    /// A quorum holds entries beyond the commit index, but they are of an older
    /// term, and those may not be counted (§5.4.2, Figure 8).
    OlderTerm {
        /// The last index that a quorum holds.
        index: LogIndex,
        /// The term of the entry there.
        term: Term,
        /// The leader's term.
        current: Term,
    },
}

/// Whether to start an election (§5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ElectionDecision {
    /// The timer ran out, or someone ran it out.
    Start {
        /// The term of the election.
        term: Term,
    },
    /// The timer is still running.
    Waiting {
        /// How many ticks it has run.
        elapsed: u32,
        /// At how many it runs out.
        timeout: u32,
    },
    /// The timer ran out, and the replica asks first whether it could win.
    StartPreVote {
        /// The term that it would stand for.
        term: Term,
    },
    /// The replica is the leader already.
    Leading,
    /// The replica has no vote, so nobody will vote for it.
    NotAVoter,
    /// There is no further term (2^53 − 1 is the last).
    TermExhausted,
}

/// Whether a leader that checks its quorum may go on (thesis §6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum QuorumDecision {
    /// A quorum has answered within an election timeout.
    Kept,
    /// It has not: the leader steps down.
    Lost,
}

/// Whether a command enters the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ProposalDecision {
    /// It was appended here. It is committed once an entry of this very position
    /// is; if another stands there, it was lost.
    Appended(Position),
    /// Only a leader takes commands.
    NotLeader {
        /// The leader, as far as is known.
        leader: Option<ReplicaId>,
    },
    /// The leader is handing over, and takes no more commands (thesis §3.10).
    HandingOver {
        /// To whom.
        to: ReplicaId,
    },
    /// Too much is not committed yet.
    TooMuchUncommitted {
        /// How many bytes there would be.
        bytes: u64,
        /// How many there may be.
        bytes_max: u64,
    },
}

impl ProposalDecision {
    /// Whether the command is in the log.
    pub fn is_appended(self) -> bool {
        matches!(self, Self::Appended(_))
    }
}

/// What becomes of a read (thesis §6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ReadDecision {
    /// The lease holds: nobody else can lead now, so the read is served without asking.
    Lease {
        /// The read sees the log up to here.
        index: LogIndex,
        /// How many ticks the lease still holds.
        ticks_left: u32,
    },
    /// The read waits until a quorum has answered a round of heartbeats.
    Round {
        /// Which round.
        round: u64,
        /// The read sees the log up to here.
        index: LogIndex,
    },
    /// The leader does not know yet what is committed: it waits for an entry of its own term (§8).
    NoOwnCommit {
        /// Its term.
        term: Term,
    },
    /// The leader is asked.
    Forwarded {
        /// The leader.
        leader: ReplicaId,
    },
    /// No leader is known.
    NoLeader,
}

/// Whether the membership changes (§6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ChangeDecision {
    /// It does. Newcomers catch up as learners first.
    Started,
    /// Only a leader changes the membership.
    NotLeader {
        /// The leader, as far as is known.
        leader: Option<ReplicaId>,
    },
    /// The change before is still under way.
    UnderWay {
        /// The entry of that change.
        index: LogIndex,
    },
    /// The leader has committed no entry of its own term yet (the single-server bug of 2015).
    NoOwnCommit {
        /// Its term.
        term: Term,
    },
    /// The leader is handing over.
    HandingOver {
        /// To whom.
        to: ReplicaId,
    },
    /// Nobody would vote.
    NoVoter,
    /// A replica can't be voter and learner at once, nor may a wish be a joint configuration.
    Ambiguous,
    /// A replica is not in the address book.
    UnknownReplica {
        /// Which.
        replica: ReplicaId,
    },
    /// The membership is that already.
    Unchanged,
}

/// Whether the leadership is handed over (thesis §3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum TransferDecision {
    /// It is: as soon as the successor's log is complete, it is told to stand.
    Started {
        /// The successor.
        to: ReplicaId,
    },
    /// The successor did not take over within an election timeout: the leader goes on.
    Aborted {
        /// Who should have.
        to: ReplicaId,
    },
    /// Only a leader hands over.
    NotLeader {
        /// The leader, as far as is known.
        leader: Option<ReplicaId>,
    },
    /// The leader is to succeed itself.
    AlreadyLeading,
    /// A handover is under way.
    UnderWay {
        /// To whom.
        to: ReplicaId,
    },
    /// The successor has no vote in the configuration.
    NotAVoter {
        /// Who.
        replica: ReplicaId,
    },
    /// There is nobody to hand over to.
    Nobody,
}

/// Whether a snapshot of the state machine replaces the beginning of the log (§7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum CompactDecision {
    /// It does.
    Compacted {
        /// The last entry that it covers.
        last: Position,
    },
    /// Only what is committed may be compacted.
    NotCommitted {
        /// The commit index.
        commit_index: LogIndex,
    },
    /// A snapshot that goes as far is there already.
    Older {
        /// The last entry that that one covers.
        last: Position,
    },
}

/// How an `AppendEntries` that matches changes the log (Figure 2, receiver's rules 3 and 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Merge<'a> {
    /// All entries after this index conflict and go.
    pub(super) truncate_after: Option<LogIndex>,
    /// These are new. What the log has already stays as it is, so a stale or
    /// reordered message never takes away what matches.
    pub(super) append: &'a [Entry],
}

/// What a vote is decided by, on the voter's side.
pub(super) struct Voter {
    /// The voter's term, after it has taken on the candidate's if that is higher.
    pub(super) term: Term,
    pub(super) voted_for: Option<ReplicaId>,
    pub(super) last_log: Position,
    pub(super) flaw: Option<Flaw>,
}

/// §5.2: one vote a term, first come first served; §5.4.1: only for a candidate
/// whose log is at least as up to date as ours. A pre-vote is about the next term,
/// in which nobody has voted yet (thesis §9.6).
pub(super) fn decide_vote(
    voter: &Voter,
    candidate: ReplicaId,
    candidate_term: Term,
    theirs: Position,
    purpose: VotePurpose,
) -> VoteDecision {
    if candidate_term < voter.term {
        return VoteDecision::OlderTerm {
            current: voter.term,
        };
    }
    let vote_given = voter.voted_for.filter(|&voted| voted != candidate);
    match vote_given {
        Some(other) if purpose != VotePurpose::PreVote && voter.flaw != Some(Flaw::VotesTwice) => {
            return VoteDecision::AlreadyVoted { candidate: other };
        }
        _ => {}
    }
    if theirs < voter.last_log && voter.flaw != Some(Flaw::IgnoresOlderLog) {
        return VoteDecision::LogOutOfDate {
            ours: voter.last_log,
            theirs,
        };
    }
    VoteDecision::Granted
}

/// §5.3: the consistency check of `AppendEntries`. What was compacted is committed,
/// and so it is the leader's too (§5.4).
pub(super) fn decide_match(log: &Log, prev_log: Position, flaw: Option<Flaw>) -> MatchDecision {
    if prev_log.index < log.base().index {
        return MatchDecision::Matched;
    }
    let Some(term) = log.term_at(prev_log.index) else {
        return MatchDecision::Missing {
            prev_log,
            last_index: log.last_index(),
        };
    };
    if term == prev_log.term || flaw == Some(Flaw::NoMatchCheck) {
        return MatchDecision::Matched;
    }
    MatchDecision::Conflict {
        prev_log,
        term,
        first_index: log
            .first_index_of_term_at(prev_log.index)
            .unwrap_or(prev_log.index),
    }
}

/// Figure 2, `AppendEntries` rules 3 and 4: only an entry that conflicts (same
/// index, other term) takes away what follows it.
pub(super) fn merge<'a>(log: &Log, entries: &'a [Entry], flaw: Option<Flaw>) -> Merge<'a> {
    let known = entries
        .iter()
        .take_while(|entry| {
            entry.index <= log.base().index
                || log.term_at(entry.index) == Some(entry.term)
                || (flaw == Some(Flaw::KeepsConflicts) && entry.index <= log.last_index())
        })
        .count();
    let append = &entries[known..];
    if flaw == Some(Flaw::StaleAppendTruncates)
        && let (Some(last), []) = (entries.last(), append)
    {
        return Merge {
            truncate_after: Some(last.index),
            append,
        };
    }
    Merge {
        truncate_after: append
            .first()
            .filter(|first| first.index <= log.last_index())
            .map(|first| first.index.previous()),
        append,
    }
}

/// Figure 2, rules for leaders: the commit index advances to the highest index
/// that a quorum holds (`to`), if the entry there is of the leader's own term (§5.4.2).
/// In a joint configuration both halves must hold it (§6).
pub(super) fn decide_commit(
    to: LogIndex,
    log: &Log,
    current: Term,
    commit_index: LogIndex,
    flaw: Option<Flaw>,
) -> CommitDecision {
    if to <= commit_index {
        return CommitDecision::NoQuorum {
            index: commit_index.next(),
        };
    }
    let term = log.term_at(to).unwrap_or_default();
    if term != current && flaw != Some(Flaw::CommitsOlderTerm) {
        return CommitDecision::OlderTerm {
            index: to,
            term,
            current,
        };
    }
    CommitDecision::Advanced { to }
}

/// What an election is decided by.
pub(super) struct Candidacy {
    pub(super) leading: bool,
    /// Whether the replica has a vote itself.
    pub(super) votes: bool,
    pub(super) pre_vote: bool,
    pub(super) elapsed: u32,
    pub(super) timeout: u32,
    pub(super) term: Term,
}

/// §5.2: a replica that hears of no leader for an election timeout stands for
/// election; with a pre-vote it asks first (thesis §9.6).
pub(super) fn decide_election(candidacy: &Candidacy) -> ElectionDecision {
    let &Candidacy {
        elapsed, timeout, ..
    } = candidacy;
    if candidacy.leading {
        return ElectionDecision::Leading;
    }
    if elapsed < timeout {
        return ElectionDecision::Waiting { elapsed, timeout };
    }
    if !candidacy.votes {
        return ElectionDecision::NotAVoter;
    }
    match candidacy.term.next() {
        Some(term) if candidacy.pre_vote => ElectionDecision::StartPreVote { term },
        Some(term) => ElectionDecision::Start { term },
        None => ElectionDecision::TermExhausted,
    }
}

/// Where a leader goes on after a rejection (§5.3, end): if it has entries of the
/// conflicting term itself, right after the last of them, else at the follower's
/// first index of that term. Always before the probe that was refused.
pub(super) fn next_after_rejection(
    log: &Log,
    conflict_term: Option<Term>,
    conflict_index: LogIndex,
    refused: LogIndex,
) -> LogIndex {
    conflict_term
        .and_then(|term| log.last_index_of_term(term))
        .map_or(conflict_index, LogIndex::next)
        .min(refused)
}
