//! What replicas say to one another: the remote procedure calls of the paper's
//! Figure 2, each call and each answer a message of its own.

use std::sync::Arc;

use super::ids::{LogIndex, Position, ReplicaId, Term};

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log.
    pub index: LogIndex,
    /// The term in which a leader received it.
    pub term: Term,
    /// What it holds.
    pub payload: Payload,
}

/// What an entry holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Nothing: a leader's first entry of its term, with which it learns what is committed (§8).
    Noop,
    /// A command for the state machine. The core doesn't look inside; the bytes
    /// are shared by all logs and messages that hold the entry.
    Command(Arc<[u8]>),
}

/// A message from one replica to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who sends it.
    pub from: ReplicaId,
    /// Whom it is for.
    pub to: ReplicaId,
    /// The sender's term when it sent it.
    pub term: Term,
    /// What it says.
    pub body: Body,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// `RequestVote` (§5.2).
    RequestVote {
        /// The end of the candidate's log: `lastLogIndex`, `lastLogTerm`.
        last_log: Position,
    },
    /// The answer to `RequestVote`.
    Vote {
        /// `voteGranted`.
        granted: bool,
    },
    /// `AppendEntries` (§5.3); without entries it is a heartbeat.
    AppendEntries {
        /// The place just before the entries: `prevLogIndex`, `prevLogTerm`.
        prev_log: Position,
        /// The entries, which follow each other without a gap.
        entries: Vec<Entry>,
        /// `leaderCommit`, but never beyond the last entry that this message
        /// vouches for, so that it means the same whenever it arrives.
        leader_commit: LogIndex,
    },
    /// The answer to `AppendEntries`: the follower's log matches.
    AppendAccepted {
        /// Up to this index it is the leader's.
        match_index: LogIndex,
    },
    /// The answer to `AppendEntries`: the log doesn't match at `prevLogIndex`.
    /// The hint lets the leader skip a whole term at once (§5.3, end).
    AppendRejected {
        /// The `prevLogIndex` that was refused; tells the leader which probe this answers.
        prev_log_index: LogIndex,
        /// The term of the follower's entry there; none: its log is too short.
        conflict_term: Option<Term>,
        /// The first index that the follower has for that term; or, without a
        /// term, the first index that is missing.
        conflict_index: LogIndex,
    },
    /// The answer to an `AppendEntries` of a leader whose term is over. Its term is all it says.
    AppendStale,
}

impl Entry {
    /// The entry's index and term.
    pub fn position(&self) -> Position {
        Position {
            term: self.term,
            index: self.index,
        }
    }

    /// How many bytes of command the entry holds, which is what the batch cap counts.
    pub fn size(&self) -> usize {
        match &self.payload {
            Payload::Noop => 0,
            Payload::Command(bytes) => bytes.len(),
        }
    }
}
