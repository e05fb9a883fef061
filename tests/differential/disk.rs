//! Where a replica of the crate's keeps its log.

use std::cell::RefCell;
use std::rc::Rc;

use raft_rs::eraftpb::{Entry, EntryType, HardState, Snapshot};
use raft_rs::util::limit_size;
use raft_rs::{Error, GetEntriesContext, RaftState, Result, Storage, StorageError};
use raftarium::raft::{Membership, Payload};

use crate::machine::Machine;
use crate::translate::{our_entry, their_conf_state};

/// Shared by the replica, which reads, and its host, which writes.
#[derive(Clone)]
pub(crate) struct Disk(pub(crate) Rc<RefCell<Store>>);

pub(crate) struct Store {
    pub(crate) hard_state: HardState,
    /// The place before the first entry, as index and term.
    pub(crate) base: (u64, u64),
    pub(crate) entries: Vec<Entry>,
    /// The memberships in the log with their indices, oldest first; never empty.
    pub(crate) memberships: Vec<(u64, Membership)>,
    /// The state machine as it was when the log was last compacted.
    pub(crate) snapshot: Machine,
    /// The state machine as it is. It doesn't survive a crash, and stands here
    /// because the crate asks its storage for snapshots.
    pub(crate) machine: Machine,
}

impl Disk {
    pub(crate) fn new(initial: Membership) -> Self {
        Self(Rc::new(RefCell::new(Store {
            hard_state: HardState::default(),
            base: (0, 0),
            entries: Vec::new(),
            memberships: vec![(0, initial)],
            snapshot: Machine::default(),
            machine: Machine::default(),
        })))
    }
}

impl Store {
    pub(crate) fn last_index(&self) -> u64 {
        self.base.0 + self.entries.len() as u64
    }

    pub(crate) fn term(&self, index: u64) -> Option<u64> {
        if index == self.base.0 {
            return Some(self.base.1);
        }
        Some(self.entries.get(self.offset(index)?)?.term)
    }

    /// The membership that the log had come to at `index`.
    pub(crate) fn membership_at(&self, index: u64) -> &Membership {
        let before = |&&(at, _): &&(u64, Membership)| at <= index;
        let latest = self.memberships.iter().rfind(before);
        &latest.expect("the first is never dropped").1
    }

    /// The latest membership in the log, and its index.
    pub(crate) fn membership(&self) -> &(u64, Membership) {
        self.memberships.last().expect("there is always one")
    }

    /// Returns whether entries had to give way.
    pub(crate) fn append(&mut self, entries: &[Entry]) -> bool {
        let Some(first) = entries.first() else {
            return false;
        };
        let kept = self.offset(first.index).expect("entries after the base");
        let truncated = kept < self.entries.len();
        self.entries.truncate(kept);
        self.memberships.retain(|(index, _)| *index < first.index);
        for entry in entries {
            assert_eq!(entry.index, self.last_index() + 1, "a gap in the log");
            if entry.get_entry_type() != EntryType::EntryNormal
                && let Payload::Membership(membership) = our_entry(entry).payload
            {
                self.memberships.push((entry.index, (*membership).clone()));
            }
            self.entries.push(entry.clone());
        }
        truncated
    }

    /// Takes a snapshot, and keeps only so many of the entries that it covers.
    pub(crate) fn compact(&mut self, retain: u64) {
        let through = self.machine.applied.saturating_sub(retain);
        if through <= self.base.0 {
            return;
        }
        let term = self.term(through).expect("what was applied is in the log");
        let dropped = self.offset(through + 1).expect("an index after the base");
        self.entries.drain(..dropped);
        self.base = (through, term);
        self.snapshot = self.machine;
    }

    /// Starts anew from a snapshot that a leader sent.
    pub(crate) fn install(&mut self, snapshot: &Snapshot, membership: Membership) {
        let meta = snapshot.get_metadata();
        self.base = (meta.index, meta.term);
        self.entries.clear();
        self.memberships = vec![(meta.index, membership)];
        self.snapshot = Machine::restore(&snapshot.data);
        self.machine = self.snapshot;
        assert_eq!(self.machine.applied, meta.index);
    }

    /// Where an index stands in the vector.
    fn offset(&self, index: u64) -> Option<usize> {
        let offset = index.checked_sub(self.base.0)?.checked_sub(1)?;
        usize::try_from(offset).ok()
    }
}

impl Storage for Disk {
    fn initial_state(&self) -> Result<RaftState> {
        let store = self.0.borrow();
        let (_, membership) = store.membership();
        Ok(RaftState::new(
            store.hard_state.clone(),
            their_conf_state(membership),
        ))
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        _context: GetEntriesContext,
    ) -> Result<Vec<Entry>> {
        let store = self.0.borrow();
        match (store.offset(low), store.offset(high)) {
            (Some(low), Some(high)) => {
                let mut entries = store.entries[low..high].to_vec();
                limit_size(&mut entries, max_size.into());
                Ok(entries)
            }
            _ => Err(Error::Store(StorageError::Compacted)),
        }
    }

    fn term(&self, index: u64) -> Result<u64> {
        let store = self.0.borrow();
        store
            .term(index)
            .ok_or(Error::Store(if index < store.base.0 {
                StorageError::Compacted
            } else {
                StorageError::Unavailable
            }))
    }

    fn first_index(&self) -> Result<u64> {
        Ok(self.0.borrow().base.0 + 1)
    }

    fn last_index(&self) -> Result<u64> {
        Ok(self.0.borrow().last_index())
    }

    /// Always one of this moment, as the crate would have it.
    fn snapshot(&self, request_index: u64, _to: u64) -> Result<Snapshot> {
        let store = self.0.borrow();
        let applied = store.machine.applied;
        if applied < request_index.max(1) {
            return Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable));
        }
        let mut snapshot = Snapshot::default();
        snapshot.data = store.machine.snapshot().to_vec().into();
        let meta = snapshot.mut_metadata();
        meta.index = applied;
        meta.term = store.term(applied).expect("what was applied is known");
        meta.set_conf_state(their_conf_state(store.membership_at(applied)));
        Ok(snapshot)
    }
}
