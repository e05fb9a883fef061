//! What survives a crash: "persistent state on all servers" of Figure 2, the
//! snapshot (§7), and the change to them that one step makes.

use std::sync::Arc;

use super::ids::{LogIndex, Position, ReplicaId, Term};
use super::log::Log;
use super::membership::Membership;
use super::message::Entry;

/// The state that a replica must find again after a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durable {
    /// `currentTerm`: the latest term the replica has seen.
    pub term: Term,
    /// `votedFor`: whom it voted for in that term.
    pub voted_for: Option<ReplicaId>,
    /// What the compacted beginning of the log amounts to.
    pub snapshot: Option<Snapshot>,
    /// `log[]`. It begins no later than right after the snapshot; entries that the
    /// snapshot covers may be kept, for followers that are a little behind.
    pub log: Log,
}

/// The state machine as it was after one entry, in place of all entries up to there (§7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last entry that it covers: `lastIncludedIndex`, `lastIncludedTerm`.
    pub last: Position,
    /// Who belonged to the cluster at that point.
    pub membership: Arc<Membership>,
    /// The state machine's state, in its own words.
    pub data: Arc<[u8]>,
}

/// A change to [`Durable`]. A step makes one change, which reaches the disk
/// whole or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Write {
    /// The term and the vote, if either changed.
    pub vote: Option<VoteWrite>,
    /// A new snapshot in place of the old one. A log that doesn't hold its last
    /// entry is replaced by it; one that does keeps its entries.
    pub snapshot: Option<Snapshot>,
    /// All entries up to this index go, since the snapshot covers them.
    pub compact_through: Option<LogIndex>,
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
        if let Some(snapshot) = &write.snapshot {
            self.replace_snapshot(snapshot.clone());
        }
        if let Some(index) = write.compact_through {
            self.log.compact_through(index);
        }
        if let Some(index) = write.truncate_after {
            self.log.truncate_after(index);
        }
        for entry in &write.append {
            self.log.push(entry.clone());
        }
    }

    /// Takes on a snapshot. What the log holds beyond it stays only if the log holds
    /// its last entry too (§7).
    pub(super) fn replace_snapshot(&mut self, snapshot: Snapshot) {
        if self.log.term_at(snapshot.last.index) != Some(snapshot.last.term) {
            self.log = Log::starting_after(snapshot.last);
        }
        self.snapshot = Some(snapshot);
    }
}

impl Write {
    /// Whether nothing needs to be written.
    pub fn is_empty(&self) -> bool {
        self.vote.is_none()
            && self.snapshot.is_none()
            && self.compact_through.is_none()
            && self.truncate_after.is_none()
            && self.append.is_empty()
    }
}
