//! What a replica is at the moment, with the data that only makes sense while it
//! is that (§5.1). A follower has no `nextIndex`; the type says so.

use std::collections::{BTreeMap, BTreeSet};

use super::ids::{LogIndex, ReplicaId};

/// The role of a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Answers leaders and candidates, and waits.
    Follower(Follower),
    /// Asks for votes.
    Candidate(Candidate),
    /// Replicates its log to all others.
    Leader(Leader),
}

/// What only a follower has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Follower {
    /// The leader of this term, once it was heard of.
    pub leader: Option<ReplicaId>,
}

/// What only a candidate has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// Who granted it a vote, itself included.
    pub votes: BTreeSet<ReplicaId>,
    /// Who denied it.
    pub denials: BTreeSet<ReplicaId>,
}

/// What only a leader has: "volatile state on leaders" of Figure 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// What it knows of each other replica.
    pub followers: BTreeMap<ReplicaId, Progress>,
}

/// What a leader knows of one follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// `nextIndex`: the next entry to send; always beyond `match_index`.
    pub next_index: LogIndex,
    /// `matchIndex`: the follower's log is known to match up to here.
    pub match_index: LogIndex,
    /// The last entry that was sent and has not been answered. While there is one,
    /// new commands wait, and go out together when the answer arrives: that is what
    /// batches them. The heartbeat sends again, should the answer be lost.
    pub in_flight: Option<LogIndex>,
}
