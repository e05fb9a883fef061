//! A snapshot on its way here, chunk by chunk (§7).

use std::sync::Arc;

use super::types::durable::Snapshot;
use super::types::ids::{LogIndex, Position, ReplicaId};
use super::types::membership::Membership;

/// One chunk of a snapshot, as it arrives.
pub(super) struct Chunk<'a> {
    /// The last entry that the snapshot covers.
    pub(super) last: Position,
    /// The configuration at that point.
    pub(super) membership: Arc<Membership>,
    /// Where the chunk begins in the snapshot, in bytes.
    pub(super) offset: u64,
    pub(super) bytes: &'a [u8],
    /// The size of the whole snapshot, in bytes.
    pub(super) total: u64,
}

/// A snapshot of which some chunks are here. It is not durable: after a restart its sender
/// begins again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IncomingSnapshot {
    /// Its sender: another replica might have written the same state in other bytes.
    from: ReplicaId,
    last: Position,
    total: u64,
    bytes: Vec<u8>,
    /// How many bytes were here when [`Self::has_stalled`] was last asked.
    checked: usize,
}

/// The result of receiving a chunk.
pub(super) enum Received {
    /// The snapshot is complete.
    Whole(Snapshot),
    /// This many bytes of it are here, without a gap.
    Part(u64),
}

impl IncomingSnapshot {
    /// Puts a chunk where it belongs, in the snapshot of which it is a part: `before`, if that
    /// is the one that was being received, or a new one.
    pub(super) fn receive(before: &mut Option<Self>, from: ReplicaId, chunk: Chunk) -> Received {
        let Chunk { last, total, .. } = chunk;
        let same = before
            .take()
            .filter(|it| it.from == from && it.last == last && it.total == total);
        let mut incoming = same.unwrap_or(Self {
            from,
            last,
            total,
            bytes: Vec::new(),
            checked: 0,
        });
        // Any other chunk came twice, or one before it was lost.
        if chunk.offset == incoming.bytes.len() as u64 {
            incoming.bytes.extend_from_slice(chunk.bytes);
        }
        let (received, _) = incoming.progress();
        if received < total {
            *before = Some(incoming);
            return Received::Part(received);
        }
        Received::Whole(Snapshot {
            last,
            membership: chunk.membership,
            data: incoming.bytes.into(),
        })
    }

    pub(super) fn is_from(&self, from: ReplicaId) -> bool {
        self.from == from
    }

    /// Whether nothing has come since this was last asked.
    pub(super) fn has_stalled(&mut self) -> bool {
        let before = std::mem::replace(&mut self.checked, self.bytes.len());
        before == self.bytes.len()
    }

    /// Whether it is of no use once everything up to `index` is here.
    pub(super) fn covers_no_more_than(&self, index: LogIndex) -> bool {
        self.last.index <= index
    }

    /// How many bytes are here, and how many there are in all.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.bytes.len() as u64, self.total)
    }
}
