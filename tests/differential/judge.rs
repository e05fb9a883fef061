//! What must be so whatever happens: one leader in a term, and one committed sequence.

use std::collections::BTreeMap;

use raftarium::raft::{Membership, Position, ReplicaId, Term};

use crate::host::{Applied, Kind, Restored};
use crate::machine::Machine;

pub(crate) struct Judge {
    /// Who led each term.
    leaders: BTreeMap<Term, (ReplicaId, Kind)>,
    /// By index, the entry that was first applied there and the state machine after it.
    committed: BTreeMap<u64, (Position, Machine)>,
    /// The committed memberships by their index.
    memberships: BTreeMap<u64, Membership>,
}

impl Judge {
    pub(crate) fn new(initial: Membership) -> Self {
        Self {
            leaders: BTreeMap::new(),
            committed: BTreeMap::new(),
            memberships: BTreeMap::from([(0, initial)]),
        }
    }

    /// Returns whether that is news.
    pub(crate) fn leads(&mut self, id: ReplicaId, kind: Kind, term: Term) -> bool {
        let before = self.leaders.insert(term, (id, kind));
        let same = before.is_none_or(|before| before == (id, kind));
        assert!(same, "{id} leads term {term}, and so does {before:?}");
        before.is_none()
    }

    /// What kind of leader the entries of a term come from.
    pub(crate) fn kind_of(&self, term: Term) -> Kind {
        self.leaders[&term].1
    }

    /// Returns whether nobody had applied the entry before.
    pub(crate) fn applied(&mut self, id: ReplicaId, applied: &Applied) -> bool {
        let now = (applied.position, applied.machine);
        let index = applied.position.index.0;
        let before = self.committed.insert(index, now);
        let same = before.is_none_or(|before| before == now);
        assert!(same, "{id} applied {now:?}, and not {before:?}");
        if let Some(membership) = &applied.membership {
            self.memberships.insert(index, membership.clone());
        }
        before.is_none()
    }

    pub(crate) fn latest_membership(&self) -> &Membership {
        self.memberships.values().next_back().expect("the first")
    }

    /// A snapshot stands for what was committed up to there.
    pub(crate) fn restored(&self, id: ReplicaId, restored: &Restored) {
        let index = restored.last.index.0;
        let (position, machine) = self.committed[&index];
        assert_eq!(restored.last, position, "{id} restored");
        assert_eq!(restored.machine, machine, "{id} restored");
        let (_, membership) = self
            .memberships
            .range(..=index)
            .next_back()
            .expect("the first");
        assert_eq!(&restored.membership, membership, "{id} restored");
    }
}
