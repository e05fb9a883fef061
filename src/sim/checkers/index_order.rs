//! Snapshot ≤ applied ≤ commit ≤ last (§5.3, §7, Figure 2), in the memory of a replica.
//!
//! Not on its disk: an entry may be committed, by the disks of others, before this
//! replica's own has it. And there is one moment at which the store may be behind the
//! snapshot: when it comes from the leader, until it is durable and the store starts
//! anew from it. So the snapshot is held against the store when it is taken.

use crate::raft::{LogIndex, Replica, Write};
use crate::sim::property::violation::Violation;

/// A replica has taken a step that asks for this `write`. Its store has applied the
/// log up to `applied`, and `restores` if it will start anew from the snapshot.
pub(super) fn on_step(
    replica: &Replica,
    applied: LogIndex,
    write: &Write,
    restores: bool,
) -> Result<(), Violation> {
    let durable = replica.durable();
    let snapshot = durable
        .snapshot
        .as_ref()
        .map(|snapshot| snapshot.last.index);
    let snapshot = snapshot.unwrap_or_default();
    let commit = replica.commit_index();
    let last = durable.log.last_index();
    let taken_too_soon = write.snapshot.is_some() && !restores && snapshot > applied;
    if !taken_too_soon && snapshot <= commit && applied <= commit && commit <= last {
        return Ok(());
    }
    Err(Violation::IndexOrder {
        replica: replica.id(),
        snapshot,
        applied,
        commit,
        last,
    })
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, log, replica, snapshot};
    use super::*;
    use crate::raft::{Durable, Term};

    /// R1 with a snapshot up to 2, which is all that it knows to be committed, and a log
    /// up to `last`.
    fn at(last: usize) -> Replica {
        let durable = Durable {
            term: Term(1),
            snapshot: Some(snapshot(2, 1)),
            log: log(&vec![1; last]),
            ..Durable::default()
        };
        replica(R1, durable)
    }

    fn checker(last: usize, applied: u64, takes: bool, restores: bool) -> Result<(), Violation> {
        let write = Write {
            snapshot: takes.then(|| snapshot(2, 1)),
            ..Write::default()
        };
        on_step(&at(last), LogIndex(applied), &write, restores)
    }

    fn out_of_order(last: u64, applied: u64) -> Result<(), Violation> {
        Err(Violation::IndexOrder {
            replica: R1,
            snapshot: LogIndex(2),
            applied: LogIndex(applied),
            commit: LogIndex(2),
            last: LogIndex(last),
        })
    }

    #[test]
    fn in_order_they_are_innocent() {
        for last in [2, 3] {
            assert_eq!(checker(last, 2, true, false), Ok(()));
            assert_eq!(checker(last, 2, false, false), Ok(()));
        }
    }

    #[test]
    fn a_log_that_ends_before_what_is_committed_is_convicted() {
        assert_eq!(checker(1, 2, false, false), out_of_order(1, 2));
    }

    #[test]
    fn a_store_ahead_of_what_is_committed_is_convicted() {
        assert_eq!(checker(4, 3, false, false), out_of_order(4, 3));
    }

    #[test]
    fn a_snapshot_of_more_than_was_applied_is_convicted_unless_it_is_the_leaders() {
        assert_eq!(checker(2, 1, true, false), out_of_order(2, 1));
        assert_eq!(checker(2, 1, true, true), Ok(()));
        assert_eq!(
            checker(2, 1, false, false),
            Ok(()),
            "it is on its way to the disk"
        );
    }
}
