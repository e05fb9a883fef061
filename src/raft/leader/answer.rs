//! The content of a follower's answers.

use crate::raft::types::ids::{LogIndex, ReplicaId, Term};

/// The part that all answers of a follower have in common.
#[derive(Clone, Copy)]
pub(in crate::raft) struct Answer {
    pub(in crate::raft) from: ReplicaId,
    /// The round of the message that is answered.
    pub(in crate::raft) round: u64,
    /// For how many of its ticks the follower has promised to keep to this leader.
    pub(in crate::raft) promised_ticks: u32,
}

/// A follower's hint where the logs may match (§5.3, end).
#[derive(Clone, Copy)]
pub(in crate::raft) struct Rejection {
    /// The `prevLogIndex` that was refused.
    pub(in crate::raft) prev_log_index: LogIndex,
    /// The term of the follower's entry there; none: its log is too short.
    pub(in crate::raft) conflict_term: Option<Term>,
    /// The first index that the follower has for that term, or the first that is missing.
    pub(in crate::raft) conflict_index: LogIndex,
}
