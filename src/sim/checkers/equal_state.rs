//! Replicas that have applied the log up to the same index have the same state (§2):
//! the store is a function of the log.
//!
//! A store keeps a fingerprint of all that it holds, which costs next to nothing as it
//! changes. The first that comes to an index leaves its own there; all others must have
//! the same, whether they applied the log or started from a snapshot. Of what is long past
//! the fingerprints are forgotten: a replica that is so far behind is compared again as soon
//! as it comes to what is remembered, and its fingerprint tells of all that went before.

use crate::list::SharedList;
use crate::raft::{LogIndex, ReplicaId};
use crate::sim::property::violation::Violation;

#[derive(Clone, Debug, Default)]
pub(super) struct EqualState {
    /// The last index that is forgotten.
    forgotten: LogIndex,
    /// For each index after that the fingerprint of a store that had applied the log up to it.
    first: SharedList<u64>,
}

impl EqualState {
    /// The store of `replica` is as after the entry at `index`. Returns whether it is the
    /// first that comes there.
    pub(super) fn on_state(
        &mut self,
        replica: ReplicaId,
        index: LogIndex,
        fingerprint: u64,
    ) -> Result<bool, Violation> {
        if index <= self.forgotten {
            return Ok(false);
        }
        let after = index.previous().0 - self.forgotten.0;
        let place = usize::try_from(after).expect("a log fits into memory");
        if place == self.first.len() {
            self.first.push(fingerprint);
            return Ok(true);
        }
        if self.first.get(place) == Some(&fingerprint) {
            return Ok(false);
        }
        Err(Violation::EqualState { replica, index })
    }

    /// Forgets the fingerprints up to `through`.
    pub(super) fn forget(&mut self, through: LogIndex) {
        let count = through.0.saturating_sub(self.forgotten.0);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let count = count.min(self.first.len());
        self.first.drop_front(count);
        self.forgotten.0 += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2};
    use super::*;

    fn checker() -> EqualState {
        let mut checker = EqualState::default();
        for (index, fingerprint) in [(1, 11), (2, 22)] {
            let verdict = checker.on_state(R1, LogIndex(index), fingerprint);
            assert_eq!(verdict, Ok(true));
        }
        checker
    }

    fn differs(index: u64) -> Result<bool, Violation> {
        Err(Violation::EqualState {
            replica: R2,
            index: LogIndex(index),
        })
    }

    #[test]
    fn the_same_state_is_innocent_and_another_is_convicted() {
        assert_eq!(checker().on_state(R2, LogIndex(1), 11), Ok(false));
        assert_eq!(checker().on_state(R2, LogIndex(2), 22), Ok(false));
        assert_eq!(checker().on_state(R2, LogIndex(3), 33), Ok(true));
        assert_eq!(checker().on_state(R2, LogIndex(1), 22), differs(1));
        assert_eq!(checker().on_state(R2, LogIndex(2), 11), differs(2));
    }

    #[test]
    fn a_state_that_no_store_has_come_to_is_convicted() {
        assert_eq!(checker().on_state(R2, LogIndex(4), 33), differs(4));
    }

    #[test]
    fn who_is_far_behind_is_compared_again_where_the_memory_begins() {
        let mut checker = EqualState::default();
        let on_state =
            |checker: &mut EqualState, id, index| checker.on_state(id, LogIndex(index), 7 * index);
        for index in 1..=10 {
            assert_eq!(on_state(&mut checker, R1, index), Ok(true));
        }
        checker.forget(LogIndex(4));
        checker.forget(LogIndex(8));
        assert_eq!(checker.on_state(R2, LogIndex(8), 1), Ok(false));
        assert_eq!(on_state(&mut checker, R2, 9), Ok(false));
        assert!(checker.on_state(R2, LogIndex(9), 1).is_err());
        assert_eq!(on_state(&mut checker, R1, 11), Ok(true));
    }
}
