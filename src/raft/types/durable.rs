//! The state that survives a crash: "persistent state on all servers" of Figure 2, and the
//! snapshot (§7). And the change to it that one step makes.

use std::ops::Range;
use std::sync::Arc;

use super::entries::Entries;
use super::ids::{LogIndex, Position, ReplicaId, Term};
use super::log::Log;
use super::membership::Membership;

/// The largest snapshot that a replica receives, in bytes.
pub const SNAPSHOT_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The state that a replica must find again after a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durable {
    /// `currentTerm`: the latest term the replica has seen.
    pub term: Term,
    /// `votedFor`: the candidate it voted for in that term.
    pub voted_for: Option<ReplicaId>,
    /// The longest promise to a leader that may still bind, in ticks of the
    /// replica's clock. After a restart the replica keeps it for that long, since it can't know
    /// when it last promised. Zero: it has never promised anything.
    pub promised_ticks: u32,
    /// The state that takes the place of the compacted beginning of the log.
    pub snapshot: Option<Snapshot>,
    /// `log[]`. It begins no later than right after the snapshot; entries that the
    /// snapshot covers may be kept, for followers that are a little behind.
    pub log: Log,
}

/// The state machine's state after one entry, in place of all entries up to there (§7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last entry that it covers: `lastIncludedIndex`, `lastIncludedTerm`.
    pub last: Position,
    /// The configuration at that point.
    pub membership: Arc<Membership>,
    /// The state, in an encoding of the state machine's own.
    pub data: Arc<[u8]>,
}

/// A change to [`Durable`]. A step makes one change, which reaches the disk
/// whole or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Write {
    /// The term and the vote, if either changed.
    pub vote: Option<VoteWrite>,
    /// The length of the longest promise, if that changed.
    pub promised_ticks: Option<u32>,
    /// A new snapshot in place of the old one. A log that doesn't hold its last
    /// entry is replaced by it; one that does keeps its entries.
    pub snapshot: Option<Snapshot>,
    /// All entries up to this index go, since the snapshot covers them.
    pub compact_through: Option<LogIndex>,
    /// All entries after this index go, before any are appended.
    pub truncate_after: Option<LogIndex>,
    /// Entries to append: those of these indices, which the replica's log holds after the step.
    /// Who carries the write out later keeps them until then
    /// ([`Log::entries`]), since that log may lose them.
    pub append: Range<LogIndex>,
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
    /// Carries out a write, as the disk does once it is done. `entries` has at least those that
    /// it appends: `replica.log().entries(&write.append)`, asked for right after the step.
    ///
    /// # Panics
    /// If it is not a write of the replica whose state this is: an entry that does not follow
    /// the log's end, or a compaction beyond it. And if an entry is missing.
    pub fn apply(&mut self, write: &Write, entries: &Entries) {
        if let Some(vote) = write.vote {
            self.term = vote.term;
            self.voted_for = vote.voted_for;
        }
        if let Some(ticks) = write.promised_ticks {
            self.promised_ticks = ticks;
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
        if !write.append.is_empty() {
            let entries = entries.within(&write.append);
            let count = write.append.end.0 - write.append.start.0;
            assert_eq!(entries.len() as u64, count, "all that it appends is there");
            self.log.extend(&entries);
        }
    }

    /// Takes on a snapshot. What the log holds beyond it stays only if the log holds
    /// its last entry too (§7).
    pub(in crate::raft) fn replace_snapshot(&mut self, snapshot: Snapshot) {
        if self.log.term_at(snapshot.last.index) != Some(snapshot.last.term) {
            self.log = Log::starting_after(snapshot.last);
        }
        self.snapshot = Some(snapshot);
    }
}

impl Snapshot {
    /// The chunk that begins at `offset`, or at the end if that comes first; and where it begins.
    /// It has at most `bytes_max` bytes.
    pub(in crate::raft) fn chunk_at(&self, offset: u64, bytes_max: usize) -> (u64, Arc<[u8]>) {
        let all = &self.data;
        let start = usize::try_from(offset).map_or(all.len(), |offset| offset.min(all.len()));
        let end = start.saturating_add(bytes_max).min(all.len());
        (start as u64, all[start..end].into())
    }
}

impl Write {
    /// The records that a log-structured disk writes for it, one after the other, each a
    /// write of its own. A power failure leaves some of the first of them, and a replica may
    /// start again from each such state:
    ///
    /// - the term and the vote are one record, and come first: no entry of a term is on a
    ///   disk that does not know the term;
    /// - the length of a promise is one number, on which nothing else depends;
    /// - a snapshot is a file that gets its name once it is whole, so it is there or not.
    ///   A log that lacks its last entry goes with it: they do not fit together, as is seen when
    ///   the disk is read again (§7);
    /// - the log is compacted only after its snapshot is there;
    /// - then the log's end goes, and the new entries follow, one by one. The replica has not
    ///   acknowledged any of them yet, so nothing was committed that relies on them.
    pub fn records(&self) -> impl Iterator<Item = Self> {
        let vote = self.vote.map(|vote| Self {
            vote: Some(vote),
            ..Self::default()
        });
        let promise = self.promised_ticks.map(|ticks| Self {
            promised_ticks: Some(ticks),
            ..Self::default()
        });
        let snapshot = self.snapshot.clone().map(|snapshot| Self {
            snapshot: Some(snapshot),
            ..Self::default()
        });
        let compaction = self.compact_through.map(|index| Self {
            compact_through: Some(index),
            ..Self::default()
        });
        let truncation = self.truncate_after.map(|index| Self {
            truncate_after: Some(index),
            ..Self::default()
        });
        let entries = (self.append.start.0..self.append.end.0).map(|index| Self {
            append: LogIndex(index)..LogIndex(index).next(),
            ..Self::default()
        });
        [vote, promise, snapshot, compaction, truncation]
            .into_iter()
            .flatten()
            .chain(entries)
    }

    /// Empties it, but keeps the memory that it took.
    pub fn clear(&mut self) {
        self.vote = None;
        self.promised_ticks = None;
        self.snapshot = None;
        self.compact_through = None;
        self.truncate_after = None;
        self.append = Range::default();
    }

    /// Whether nothing needs to be written.
    pub fn is_empty(&self) -> bool {
        self.vote.is_none()
            && self.promised_ticks.is_none()
            && self.snapshot.is_none()
            && self.compact_through.is_none()
            && self.truncate_after.is_none()
            && self.append.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{Entry, Payload};

    fn entry(index: u64, term: u64) -> Entry {
        Entry {
            index: LogIndex(index),
            term: Term(term),
            payload: Payload::Noop,
        }
    }

    fn followed_by(terms: &[u64]) -> Durable {
        let mut durable = Durable::default();
        for (index, &term) in (1..).zip(terms) {
            durable.log.push(entry(index, term));
        }
        durable
    }

    #[test]
    fn the_records_of_a_write_amount_to_the_write() {
        let writes = [
            Write {
                vote: Some(VoteWrite {
                    term: Term(3),
                    voted_for: None,
                }),
                promised_ticks: Some(15),
                truncate_after: Some(LogIndex(2)),
                append: LogIndex(3)..LogIndex(5),
                ..Write::default()
            },
            Write {
                snapshot: Some(Snapshot {
                    last: Position {
                        index: LogIndex(2),
                        term: Term(1),
                    },
                    membership: Arc::default(),
                    data: Arc::default(),
                }),
                compact_through: Some(LogIndex(2)),
                ..Write::default()
            },
        ];
        let entries = Entries::from([entry(3, 3), entry(4, 3)]);
        for (write, records) in writes.iter().zip([5, 2]) {
            let (mut whole, mut piecemeal) = (followed_by(&[1, 1, 2]), followed_by(&[1, 1, 2]));
            whole.apply(write, &entries);
            assert_eq!(write.records().count(), records);
            for record in write.records() {
                piecemeal.apply(&record, &entries);
                // A term is known before there is an entry of it.
                assert!(piecemeal.log.last().term <= piecemeal.term.max(Term(2)));
            }
            assert_eq!(piecemeal, whole);
        }
    }
}
