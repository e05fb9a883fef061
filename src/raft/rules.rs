//! The rules of Raft, one small pure function each. A rule does not answer with a
//! bare yes or no but with what decided it, and the replica acts on that very
//! value: what the page explains is what happened.
//!
//! They need no replica, so another implementation can be checked against them, rule by rule:
//!
//! ```
//! use raftarium::raft::rules::{Voter, decide_vote};
//! use raftarium::raft::{LogIndex, Position, ReplicaId, Term, VoteDecision, VotePurpose};
//!
//! let at = |term, index| Position { term: Term(term), index: LogIndex(index) };
//! let voter = Voter { term: Term(4), voted_for: None, last_log: at(3, 9), flaw: None };
//! // The longer log is the older one (§5.4.1).
//! let decision = decide_vote(&voter, ReplicaId(2), Term(4), at(2, 70), VotePurpose::Election);
//! assert_eq!(decision, VoteDecision::LogOutOfDate { ours: at(3, 9), theirs: at(2, 70) });
//! ```
//!
//! `flaw` is a rule that is broken on purpose (see [`crate::flaw`]); with `None` each is as in
//! the paper. A line that only a flaw needs ends with `// flaw`.

use super::decisions::{CommitDecision, ElectionDecision, MatchDecision, VoteDecision};
use super::types::entries::Entries;
use super::types::ids::{LogIndex, Position, ReplicaId, Term};
use super::types::log::Log;
use super::types::message::VotePurpose;
use crate::flaw::Flaw;

/// How an `AppendEntries` that matches changes the log (Figure 2, receiver's rules 3 and 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// All entries after this index conflict and are cut off; none: nothing conflicts.
    pub truncate_after: Option<LogIndex>,
    /// The log has this many of the first entries already. They stay as they are, so a stale or
    /// reordered message never takes away what matches; those after them are appended.
    pub known: usize,
}

/// The voter's side of a decision about a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voter {
    /// The voter's term, after it has taken on the candidate's if that is higher.
    pub term: Term,
    /// `votedFor` in that term.
    pub voted_for: Option<ReplicaId>,
    /// The end of the voter's log.
    pub last_log: Position,
    /// A rule that is broken on purpose.
    pub flaw: Option<Flaw>,
}

/// §5.2: one vote a term, first come first served; §5.4.1: only for a candidate
/// whose log is at least as up to date as ours. A pre-vote is about the next term,
/// in which nobody has voted yet (thesis §9.6).
pub fn decide_vote(
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
    let other = voter.voted_for.filter(|&voted| voted != candidate);
    let other = other.filter(|_| voter.flaw != Some(Flaw::VotesTwice)); // flaw
    if let Some(candidate) = other
        && purpose != VotePurpose::PreVote
    {
        return VoteDecision::AlreadyVoted { candidate };
    }
    let ignores_log = voter.flaw == Some(Flaw::IgnoresOlderLog); // flaw
    if theirs < voter.last_log && !ignores_log {
        return VoteDecision::LogOutOfDate {
            ours: voter.last_log,
            theirs,
        };
    }
    VoteDecision::Granted
}

/// §5.3: the consistency check of `AppendEntries`. What was compacted is committed,
/// and so it is the leader's too (§5.4).
pub fn decide_match(log: &Log, prev_log: Position, flaw: Option<Flaw>) -> MatchDecision {
    if prev_log.index < log.base().index {
        return MatchDecision::Matched;
    }
    let Some(term) = log.term_at(prev_log.index) else {
        return MatchDecision::Missing {
            prev_log,
            last_index: log.last_index(),
        };
    };
    let unchecked = flaw == Some(Flaw::NoMatchCheck); // flaw
    if term == prev_log.term || unchecked {
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
pub fn merge(log: &Log, entries: &Entries, flaw: Option<Flaw>) -> Merge {
    let keeps_conflicts = flaw == Some(Flaw::KeepsConflicts); // flaw
    let known = entries
        .iter()
        .take_while(|entry| {
            entry.index <= log.base().index
                || log.term_at(entry.index) == Some(entry.term)
                || keeps_conflicts && entry.index <= log.last_index() // flaw
        })
        .count();
    let mut truncate_after = entries
        .get(known)
        .filter(|first| first.index <= log.last_index())
        .map(|first| first.index.previous());
    if flaw == Some(Flaw::StaleAppendTruncates) && known == entries.len() {
        truncate_after = entries.last().map(|last| last.index); // flaw
    }
    Merge {
        truncate_after,
        known,
    }
}

/// Figure 2, rules for leaders: the commit index advances to the highest index
/// that a quorum holds (`to`, as [`Membership::agreed`](super::Membership::agreed) finds it),
/// if the entry there is of the leader's own term (§5.4.2).
/// In a joint configuration both halves must hold it (§6).
pub fn decide_commit(
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
    let counts_older = flaw == Some(Flaw::CommitsOlderTerm); // flaw
    if term != current && !counts_older {
        return CommitDecision::OlderTerm {
            index: to,
            term,
            current,
        };
    }
    CommitDecision::Advanced { to }
}

/// The state on which the start of an election depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that the rule asks about"
)]
pub struct Candidacy {
    /// Whether the replica is the leader already.
    pub leading: bool,
    /// Whether the replica has a vote itself.
    pub votes: bool,
    /// Whether it asks first if it could win.
    pub pre_vote: bool,
    /// Whether the log has no room for an entry of the new term
    /// ([`Log::is_full`]).
    pub log_full: bool,
    /// How many ticks the election timer has run.
    pub elapsed: u32,
    /// At how many it runs out.
    pub timeout: u32,
    /// It has promised a leader not to stand for this many more ticks.
    pub promised: u32,
    /// The replica's term.
    pub term: Term,
}

/// §5.2: a replica that hears of no leader for an election timeout stands for
/// election; with a pre-vote it asks first (thesis §9.6). It does neither while it is bound by a
/// promise to a leader (thesis §6.4.1), although its timeouts may be shorter now.
pub fn decide_election(candidacy: &Candidacy) -> ElectionDecision {
    let &Candidacy {
        elapsed, timeout, ..
    } = candidacy;
    if candidacy.leading {
        return ElectionDecision::Leading;
    }
    if elapsed < timeout {
        return ElectionDecision::Waiting { elapsed, timeout };
    }
    if candidacy.promised > 0 {
        let ticks_left = candidacy.promised;
        return ElectionDecision::Promised { ticks_left };
    }
    if !candidacy.votes {
        return ElectionDecision::NotAVoter;
    }
    if candidacy.log_full {
        return ElectionDecision::LogFull;
    }
    match candidacy.term.next() {
        Some(term) if candidacy.pre_vote => ElectionDecision::StartPreVote { term },
        Some(term) => ElectionDecision::Start { term },
        None => ElectionDecision::TermExhausted,
    }
}

/// Where a leader goes on after a rejection (§5.3, end): if it has entries of the
/// conflicting term itself, right after the last of them; otherwise at the follower's
/// first index of that term. It is always before the probe that was refused.
pub fn next_after_rejection(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::types::message::{Entry, Payload};

    /// The log 1@1, 2@1, 3@2, of which all up to 2 was compacted.
    fn compacted() -> Log {
        let mut log = Log::default();
        for (index, term) in [(1, 1), (2, 1), (3, 2)] {
            log.push(Entry {
                index: LogIndex(index),
                term: Term(term),
                payload: Payload::Noop,
            });
        }
        log.compact_through(LogIndex(2));
        log
    }

    #[test]
    fn the_term_of_the_last_compacted_entry_still_has_to_match() {
        let log = compacted();
        let decided = |index, term| {
            let prev_log = Position {
                index: LogIndex(index),
                term: Term(term),
            };
            decide_match(&log, prev_log, None)
        };
        assert_eq!(decided(1, 9), MatchDecision::Matched);
        assert_eq!(decided(2, 1), MatchDecision::Matched);
        assert!(matches!(decided(2, 9), MatchDecision::Conflict { .. }));
        assert_eq!(decided(3, 2), MatchDecision::Matched);
        assert!(matches!(decided(3, 9), MatchDecision::Conflict { .. }));
        assert!(matches!(decided(4, 2), MatchDecision::Missing { .. }));
    }
}
