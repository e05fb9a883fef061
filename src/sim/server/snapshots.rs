//! Snapshots of a server's store: taken by itself, or sent by its leader.

use super::Server;
use super::output::{Fact, Output};
use crate::kv::Store;
use crate::raft::{Compact, CompactDecision, Input, LogIndex, Snapshot};

impl Server {
    /// The store starts anew from the leader's snapshot.
    pub(super) fn restore(&mut self, snapshot: &Snapshot, out: &mut impl Output) {
        let bounds = self.scenario.store_bounds();
        let Some(volatile) = &mut self.volatile else {
            return;
        };
        volatile.store = Store::restore(&snapshot.data, bounds)
            .expect("a snapshot comes as it was sent, and all replicas have the same bounds");
        volatile.last_applied = snapshot.last.index;
        volatile.applied_bytes = 0;
        let last = snapshot.last;
        out.fact(self, Fact::Restored { last });
    }

    /// A replica takes a snapshot once it has applied enough since the last one.
    pub(super) fn take_snapshot_if_due(&mut self, now_us: u64, out: &mut impl Output) {
        let every = u64::from(self.snapshots.every_entries);
        let every_bytes = u64::from(self.snapshots.every_bytes);
        let Some(volatile) = self.running() else {
            return;
        };
        let by_entries = || {
            let snapshot = volatile.replica.durable().snapshot.as_ref();
            let covered = snapshot.map_or(LogIndex(0), |snapshot| snapshot.last.index);
            every > 0 && volatile.last_applied.0 >= covered.0 + every
        };
        if volatile.applied_bytes >= every_bytes || by_entries() {
            self.take_snapshot(now_us, out);
        }
    }

    /// A running replica takes a snapshot of its store, and drops the log that it covers.
    pub(super) fn take_snapshot(&mut self, now_us: u64, out: &mut impl Output) {
        let Some(volatile) = self.running() else {
            return;
        };
        let data = volatile.store.snapshot();
        let bytes = data.len() as u64;
        let compact = Compact {
            through: volatile.last_applied,
            data,
            retain: u64::from(self.snapshots.retain_entries),
        };
        let Some(pending) = self.think(Input::Compact(compact), None, now_us, out) else {
            return;
        };
        if let Some(CompactDecision::Compacted { last }) = pending.effects.compact {
            if let Some(volatile) = &mut self.volatile {
                volatile.applied_bytes = 0;
            }
            let index = last.index;
            out.fact(self, Fact::SnapshotTaken { index, bytes });
        }
        self.submit(pending, now_us, out);
    }
}
