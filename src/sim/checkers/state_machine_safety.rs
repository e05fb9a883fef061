//! State Machine Safety (§5.4.3): if a server has applied a log entry at a given
//! index to its state machine, no other server will ever apply a different log entry
//! for the same index.

use crate::list::SharedList;
use crate::raft::{Entry, LogIndex, Position, ReplicaId};
use crate::sim::violation::Violation;

/// The one true history: for each index, from 1, what was applied there first.
#[derive(Clone, Debug, Default)]
pub(super) struct StateMachineSafety {
    applied: SharedList<Entry>,
}

impl StateMachineSafety {
    pub(super) fn on_apply(&mut self, replica: ReplicaId, entry: &Entry) -> Result<(), Violation> {
        let index = entry.index;
        let place = usize::try_from(index.previous().0).expect("a log fits into memory");
        if place == self.applied.len() {
            self.applied.push(entry.clone());
        }
        if self.applied.get(place) == Some(entry) {
            return Ok(());
        }
        Err(Violation::StateMachineSafety { replica, index })
    }

    /// `replica` starts anew from a snapshot whose last entry is `last`.
    pub(super) fn on_restore(&self, replica: ReplicaId, last: Position) -> Result<(), Violation> {
        let place = usize::try_from(last.index.previous().0).expect("a log fits into memory");
        if self.applied.get(place).map(Entry::position) == Some(last) {
            return Ok(());
        }
        Err(Violation::StateMachineSafety {
            replica,
            index: last.index,
        })
    }

    /// All that was applied, in order.
    pub(super) fn applied(&self) -> impl Iterator<Item = &Entry> {
        self.applied.iter_from(0)
    }

    /// What was applied at `index`.
    pub(super) fn at(&self, index: LogIndex) -> Option<&Entry> {
        let place = usize::try_from(index.0.checked_sub(1)?).ok()?;
        self.applied.get(place)
    }

    /// Whether one of the entries after `from` up to `to` passes the test.
    pub(super) fn any(&self, from: LogIndex, to: LogIndex, test: impl Fn(&Entry) -> bool) -> bool {
        (from.0..to.0)
            .filter_map(|place| self.applied.get(usize::try_from(place).ok()?))
            .any(test)
    }

    /// The last index that any replica has applied.
    pub(super) fn last_applied(&self) -> LogIndex {
        LogIndex(self.applied.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2, entry};
    use super::*;

    fn violation(index: u64) -> Result<(), Violation> {
        Err(Violation::StateMachineSafety {
            replica: R2,
            index: LogIndex(index),
        })
    }

    fn judge() -> StateMachineSafety {
        let mut judge = StateMachineSafety::default();
        assert_eq!(judge.on_apply(R1, &entry(1, 1, "x")), Ok(()));
        assert_eq!(judge.on_apply(R1, &entry(2, 2, "y")), Ok(()));
        judge
    }

    #[test]
    fn the_same_entries_are_innocent() {
        let mut judge = judge();
        assert_eq!(judge.on_apply(R2, &entry(1, 1, "x")), Ok(()));
        assert_eq!(judge.on_apply(R2, &entry(2, 2, "y")), Ok(()));
        assert_eq!(judge.on_apply(R2, &entry(3, 2, "z")), Ok(()));
        assert_eq!(judge.last_applied(), LogIndex(3));
    }

    #[test]
    fn another_command_or_another_term_is_convicted() {
        assert_eq!(judge().on_apply(R2, &entry(2, 2, "z")), violation(2));
        assert_eq!(judge().on_apply(R2, &entry(2, 3, "y")), violation(2));
    }

    #[test]
    fn a_snapshot_of_what_was_never_applied_is_convicted() {
        let last = |index, term| entry(index, term, "").position();
        assert_eq!(judge().on_restore(R2, last(2, 2)), Ok(()));
        assert_eq!(judge().on_restore(R2, last(2, 3)), violation(2));
        assert_eq!(judge().on_restore(R2, last(4, 2)), violation(4));
    }

    #[test]
    fn an_index_beyond_all_that_was_applied_is_convicted() {
        assert_eq!(judge().on_apply(R2, &entry(4, 2, "z")), violation(4));
    }
}
