//! The rules of Raft, one small pure function each. A rule does not answer with a
//! bare yes or no but with what decided it, and the replica acts on that very
//! value: what the page explains is what happened.

use serde::Serialize;

use super::ids::{LogIndex, Position, ReplicaId, Term};
use super::log::Log;
use super::message::Entry;

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
        /// How many replicas are a quorum.
        quorum: u16,
    },
    /// No further entry is on a quorum.
    NoQuorum {
        /// The first index that is not committed.
        index: LogIndex,
        /// How many replicas hold it, the leader included.
        held_by: u16,
        /// How many are needed.
        quorum: u16,
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
    /// The replica is the leader already.
    Leading,
    /// There is no further term (2^53 − 1 is the last).
    TermExhausted,
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

/// §5.2: one vote a term, first come first served; §5.4.1: only for a candidate
/// whose log is at least as up to date as ours.
///
/// `term` is the voter's, after it has taken on the candidate's if that is higher.
pub(super) fn decide_vote(
    term: Term,
    voted_for: Option<ReplicaId>,
    ours: Position,
    candidate: ReplicaId,
    candidate_term: Term,
    theirs: Position,
) -> VoteDecision {
    if candidate_term < term {
        return VoteDecision::OlderTerm { current: term };
    }
    if let Some(other) = voted_for.filter(|&voted| voted != candidate) {
        return VoteDecision::AlreadyVoted { candidate: other };
    }
    if theirs < ours {
        return VoteDecision::LogOutOfDate { ours, theirs };
    }
    VoteDecision::Granted
}

/// §5.3: the consistency check of `AppendEntries`.
pub(super) fn decide_match(log: &Log, prev_log: Position) -> MatchDecision {
    let Some(term) = log.term_at(prev_log.index) else {
        return MatchDecision::Missing {
            prev_log,
            last_index: log.last_index(),
        };
    };
    if term == prev_log.term {
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
pub(super) fn merge<'a>(log: &Log, entries: &'a [Entry]) -> Merge<'a> {
    let known = entries
        .iter()
        .take_while(|entry| log.term_at(entry.index) == Some(entry.term))
        .count();
    let append = &entries[known..];
    Merge {
        truncate_after: append
            .first()
            .filter(|first| first.index <= log.last_index())
            .map(|first| first.index.previous()),
        append,
    }
}

/// Figure 2, rules for leaders: the commit index advances to the highest index
/// that a quorum holds, if the entry there is of the leader's own term (§5.4.2).
///
/// `matched` holds the match index of every member, the leader's own last index
/// included, in any order; it is left sorted.
pub(super) fn decide_commit(
    matched: &mut [LogIndex],
    quorum: usize,
    log: &Log,
    current: Term,
    commit_index: LogIndex,
) -> CommitDecision {
    matched.sort_unstable();
    // The quorum-th highest: at least a quorum hold it.
    let to = matched[matched.len() - quorum];
    if to <= commit_index {
        let index = commit_index.next();
        return CommitDecision::NoQuorum {
            index,
            held_by: count(matched.iter().filter(|&&held| held >= index).count()),
            quorum: count(quorum),
        };
    }
    let term = log.term_at(to).unwrap_or_default();
    if term != current {
        return CommitDecision::OlderTerm {
            index: to,
            term,
            current,
        };
    }
    CommitDecision::Advanced {
        to,
        quorum: count(quorum),
    }
}

/// §5.2: a replica that hears of no leader for an election timeout stands for
/// election.
pub(super) fn decide_election(
    leading: bool,
    elapsed: u32,
    timeout: u32,
    term: Term,
) -> ElectionDecision {
    if leading {
        return ElectionDecision::Leading;
    }
    if elapsed < timeout {
        return ElectionDecision::Waiting { elapsed, timeout };
    }
    match term.next() {
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

/// A number of members, of which there are never more than replica ids.
fn count(members: usize) -> u16 {
    u16::try_from(members).unwrap_or(u16::MAX)
}
