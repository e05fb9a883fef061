//! What survives a crash: "persistent state on all servers" of Figure 2, and the
//! change to it that one step makes.

use super::ids::{LogIndex, ReplicaId, Term};
use super::log::Log;
use super::message::Entry;

/// The state that a replica must find again after a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durable {
    /// `currentTerm`: the latest term the replica has seen.
    pub term: Term,
    /// `votedFor`: whom it voted for in that term.
    pub voted_for: Option<ReplicaId>,
    /// `log[]`.
    pub log: Log,
}

/// A change to [`Durable`]. A step makes one change, which reaches the disk
/// whole or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Write {
    /// The term and the vote, if either changed.
    pub vote: Option<VoteWrite>,
    /// All entries after this index go, before any are appended.
    pub truncate_after: Option<LogIndex>,
    /// Entries to append.
    pub append: Vec<Entry>,
}

/// A term together with the vote in it: they are only ever written as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoteWrite {
    /// `currentTerm`.
    pub term: Term,
    /// `votedFor`.
    pub voted_for: Option<ReplicaId>,
}

impl Durable {
    /// Carries out a write, as the disk does once it is done.
    pub fn apply(&mut self, write: &Write) {
        if let Some(vote) = write.vote {
            self.term = vote.term;
            self.voted_for = vote.voted_for;
        }
        if let Some(index) = write.truncate_after {
            self.log.truncate_after(index);
        }
        for entry in &write.append {
            self.log.push(entry.clone());
        }
    }
}

impl Write {
    /// Whether nothing needs to be written.
    pub fn is_empty(&self) -> bool {
        self.vote.is_none() && self.truncate_after.is_none() && self.append.is_empty()
    }
}
