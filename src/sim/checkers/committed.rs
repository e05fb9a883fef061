//! What is committed lies on a quorum (§5.3, §5.4.2, §6), and is never replaced (§5.4).
//!
//! A leader decides that an entry is committed, and the step in which it does becomes a
//! fact like any other. At that moment the disks are counted, those of dead replicas
//! too: a majority of each half of the configuration that the leader went by must hold
//! the entry, or a snapshot that covers it. By Log Matching the last entry that a step
//! commits stands for all before it.
//!
//! From then on they hold it for good. A disk that was not counted may give up what is
//! committed, on the word of a leader whose time is over; so when a disk gives up
//! anything the latest entry that was counted is counted again.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::raft::{Durable, Entries, LogIndex, Membership, Position, ReplicaId, Term, Write};
use crate::sim::property::violation::Violation;

/// How many runs of one term are remembered.
const RUNS_MAX: usize = 16_384;

#[derive(Clone, Debug, Default)]
pub(super) struct Committed {
    /// The committed entries, as runs of one term: the term, by the run's first index. Of the
    /// latest [`RUNS_MAX`] runs; before them nothing is known any more, and held against nobody.
    runs: BTreeMap<LogIndex, Term>,
    last: Position,
    /// The configuration by which the last one was counted; without a voter, as long as
    /// nothing is committed.
    by: Arc<Membership>,
}

impl Committed {
    /// Whether the entry at this position is known to be committed; the place before the
    /// log is.
    pub(super) fn holds(&self, at: Position) -> bool {
        at == Position::default()
            || self.is_forgotten(at.index)
            || self.term_at(at.index) == Some(at.term)
    }

    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> u64 {
        self.runs.len() as u64 * 32
    }

    /// A leader has committed `entries`, by one of these configurations, which came into
    /// force one after another, each with its entry. It may append the next only when the
    /// one before is committed: so that one was counted by itself.
    pub(super) fn on_commit<'a, 'b>(
        &mut self,
        leader: ReplicaId,
        entries: &Entries,
        by: impl Iterator<Item = (LogIndex, &'b Arc<Membership>)>,
        disk_of: impl Fn(ReplicaId) -> &'a Durable,
    ) -> Result<(), Violation> {
        let replica = leader;
        let known = self.last;
        for entry in entries {
            let index = entry.index;
            match self.term_at(index) {
                Some(term) if term == entry.term => {}
                None if self.is_forgotten(index) => {}
                Some(_) => return Err(Violation::CommittedStays { replica, index }),
                // It takes for committed what nobody has committed.
                None if index > self.last.index.next() => {
                    let index = self.last.index.next();
                    return Err(Violation::CommittedOnQuorum { replica, index });
                }
                None => self.push(entry.position()),
            }
        }
        let last = self.last;
        if last == known {
            return Ok(());
        }
        let on_quorum =
            |membership: &Membership, entry| membership.is_quorum(|id| covers(disk_of(id), entry));
        let mut by = by.peekable();
        let mut counted = None;
        while let Some((index, membership)) = by.next() {
            if let (Some(term), Some(_)) = (self.term_at(index), by.peek())
                && index > known.index
                && !on_quorum(membership, Position { term, index })
            {
                return Err(Violation::CommittedOnQuorum { replica, index });
            }
            if counted.is_none() && on_quorum(membership, last) {
                counted = Some(membership);
            }
        }
        let Some(membership) = counted else {
            let index = last.index;
            return Err(Violation::CommittedOnQuorum { replica, index });
        };
        self.by = Arc::clone(membership);
        Ok(())
    }

    /// A write of `replica` is done.
    pub(super) fn on_write<'a>(
        &self,
        replica: ReplicaId,
        write: &Write,
        disk_of: impl Fn(ReplicaId) -> &'a Durable,
    ) -> Result<(), Violation> {
        let Durable { snapshot, log, .. } = disk_of(replica);
        if write.compact_through.is_some() {
            let covered = snapshot.as_ref().map(|snapshot| snapshot.last.index);
            let covered = covered.unwrap_or_default();
            if covered < log.base().index {
                let index = covered.next();
                return Err(Violation::CommittedStays { replica, index });
            }
        }
        let gives_up = write.truncate_after.is_some() || write.snapshot.is_some();
        let nothing_committed = self.last == Position::default();
        if !gives_up || nothing_committed || self.by.is_quorum(|id| covers(disk_of(id), self.last))
        {
            return Ok(());
        }
        Err(Violation::CommittedOnQuorum {
            replica,
            index: self.last.index,
        })
    }

    /// The term of the committed entry at `index`, if one is known.
    fn term_at(&self, index: LogIndex) -> Option<Term> {
        if index > self.last.index {
            return None;
        }
        let (_, &term) = self.runs.range(..=index).next_back()?;
        Some(term)
    }

    /// Whether an index stands before all that is remembered.
    fn is_forgotten(&self, index: LogIndex) -> bool {
        let first = self.runs.first_key_value();
        self.runs.len() == RUNS_MAX && first.is_some_and(|(&first, _)| index < first)
    }

    fn push(&mut self, at: Position) {
        if self.last.term != at.term {
            if self.runs.len() == RUNS_MAX {
                self.runs.pop_first();
            }
            self.runs.insert(at.index, at.term);
        }
        self.last = at;
    }
}

/// Whether a disk holds the entry, or a snapshot in its place: what is compacted was
/// committed, and State Machine Safety has judged it.
fn covers(disk: &Durable, entry: Position) -> bool {
    let log = &disk.log;
    entry.index < log.base().index || log.term_at(entry.index) == Some(entry.term)
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2, R3, log, snapshot};
    use super::*;
    use crate::raft::Log;

    fn voters(ids: &[ReplicaId]) -> Arc<Membership> {
        Arc::new(Membership::of_voters(ids.iter().copied()))
    }

    fn disk(log: Log) -> Durable {
        Durable {
            log,
            ..Durable::default()
        }
    }

    /// A disk with a log of these terms.
    fn of(terms: &[u64]) -> Durable {
        disk(log(terms))
    }

    /// A disk with nothing but a snapshot that ends here.
    fn compacted(index: u64, term: u64) -> Durable {
        let snapshot = snapshot(index, term);
        Durable {
            log: Log::starting_after(snapshot.last),
            snapshot: Some(snapshot),
            ..Durable::default()
        }
    }

    /// The leader R1 commits its log from `from` on. The disks are those of R1, R2 and R3.
    fn commit(checker: &mut Committed, from: u64, disks: [&Durable; 3]) -> Result<(), Violation> {
        commit_by(checker, from, disks, &[(0, voters(&[R1, R2, R3]))])
    }

    fn commit_by(
        checker: &mut Committed,
        from: u64,
        disks: [&Durable; 3],
        by: &[(u64, Arc<Membership>)],
    ) -> Result<(), Violation> {
        let log = &disks[0].log;
        let entries = log.entries(&(LogIndex(from)..log.last_index().next()));
        let disk_of = |ReplicaId(id)| disks[usize::from(id) - 1];
        let by = by.iter().map(|(index, it)| (LogIndex(*index), it));
        checker.on_commit(R1, &entries, by, disk_of)
    }

    fn not_on_quorum(replica: ReplicaId, index: u64) -> Result<(), Violation> {
        let index = LogIndex(index);
        Err(Violation::CommittedOnQuorum { replica, index })
    }

    fn changed(replica: ReplicaId, index: u64) -> Result<(), Violation> {
        let index = LogIndex(index);
        Err(Violation::CommittedStays { replica, index })
    }

    /// What R1 has committed has the terms 1, 1, 2. R2 had it too.
    fn checker() -> Committed {
        let mut checker = Committed::default();
        let full = of(&[1, 1, 2]);
        assert_eq!(commit(&mut checker, 1, [&full, &full, &of(&[])]), Ok(()));
        checker
    }

    #[test]
    fn two_of_three_disks_are_a_quorum_and_one_is_not() {
        let full = of(&[1, 1, 2]);
        for other in [&of(&[1, 1]), &of(&[1, 1, 1])] {
            let verdict = commit(&mut Committed::default(), 1, [&full, other, other]);
            assert_eq!(verdict, not_on_quorum(R1, 3));
        }
        checker();
    }

    #[test]
    fn a_snapshot_of_something_else_does_not_count() {
        let full = of(&[1, 1, 2]);
        for other in [compacted(3, 1), compacted(2, 1)] {
            let verdict = commit(&mut Committed::default(), 1, [&full, &other, &of(&[])]);
            assert_eq!(verdict, not_on_quorum(R1, 3));
        }
    }

    #[test]
    fn a_snapshot_counts_for_what_it_covers() {
        let full = of(&[1, 1, 2]);
        for other in [compacted(3, 2), compacted(4, 2)] {
            let verdict = commit(&mut Committed::default(), 1, [&full, &other, &of(&[])]);
            assert_eq!(verdict, Ok(()));
        }
        let other = compacted(2, 1);
        let verdict = commit(&mut Committed::default(), 1, [&full, &other, &of(&[])]);
        assert_eq!(verdict, not_on_quorum(R1, 3));
    }

    #[test]
    fn a_joint_configuration_needs_both_halves() {
        let (full, none) = (of(&[2]), of(&[]));
        let joint = Arc::new(Membership {
            voters: [R3].into(),
            outgoing: [R1, R2].into(),
            ..Membership::default()
        });
        let verdict = |disks| {
            let by = [(0, Arc::clone(&joint))];
            commit_by(&mut Committed::default(), 1, disks, &by)
        };
        assert_eq!(verdict([&full, &full, &none]), not_on_quorum(R1, 1));
        assert_eq!(verdict([&full, &none, &full]), not_on_quorum(R1, 1));
        assert_eq!(verdict([&full, &full, &full]), Ok(()));
    }

    /// A step that commits one configuration may append the next, and commit by that.
    #[test]
    fn any_configuration_of_the_step_will_do() {
        let (full, none) = (of(&[2]), of(&[]));
        let by = [(0, voters(&[R1, R2, R3])), (1, voters(&[R1]))];
        let disks = [&full, &none, &none];
        let verdict = commit_by(&mut Committed::default(), 1, disks, &by);
        assert_eq!(verdict, Ok(()));
    }

    /// But the one that it commits so counts by itself.
    #[test]
    fn the_next_configuration_does_not_commit_the_one_before() {
        let (full, first, none) = (of(&[2, 2]), of(&[2]), of(&[]));
        let by = [(1, voters(&[R1, R2, R3])), (2, voters(&[R1]))];
        let verdict = |disks| commit_by(&mut Committed::default(), 1, disks, &by);
        assert_eq!(verdict([&full, &none, &none]), not_on_quorum(R1, 1));
        assert_eq!(verdict([&full, &first, &none]), Ok(()));
        // It was committed before, and counted then.
        let checker = &mut Committed::default();
        assert_eq!(commit(checker, 1, [&first, &first, &none]), Ok(()));
        assert_eq!(commit_by(checker, 1, [&full, &none, &none], &by), Ok(()));
    }

    /// A later leader commits what is committed already: it was counted then.
    #[test]
    fn what_was_counted_is_not_counted_again_by_another_leader() {
        let (full, none) = (of(&[1, 1, 2]), of(&[]));
        assert_eq!(commit(&mut checker(), 2, [&full, &none, &none]), Ok(()));
        let longer = of(&[1, 1, 2, 2]);
        let verdict = commit(&mut checker(), 2, [&longer, &full, &none]);
        assert_eq!(verdict, not_on_quorum(R1, 4));
    }

    #[test]
    fn another_entry_in_the_place_of_a_committed_one_is_convicted() {
        let other = of(&[1, 2, 2]);
        let verdict = commit(&mut checker(), 2, [&other, &other, &other]);
        assert_eq!(verdict, changed(R1, 2));
    }

    #[test]
    fn a_commit_beyond_what_anybody_has_committed_is_convicted() {
        let longer = of(&[1, 1, 2, 2, 2]);
        let verdict = commit(&mut checker(), 5, [&longer, &longer, &longer]);
        assert_eq!(verdict, not_on_quorum(R1, 4));
    }

    fn write(write: &Write, disks: [&Durable; 3]) -> Result<(), Violation> {
        checker().on_write(R2, write, |ReplicaId(id)| disks[usize::from(id) - 1])
    }

    #[test]
    fn a_disk_may_give_up_what_is_on_a_quorum_without_it() {
        let truncation = Write {
            truncate_after: Some(LogIndex(2)),
            ..Write::default()
        };
        let (full, less) = (of(&[1, 1, 2]), of(&[1, 1]));
        assert_eq!(write(&truncation, [&full, &less, &full]), Ok(()));
        let verdict = write(&truncation, [&full, &less, &less]);
        assert_eq!(verdict, not_on_quorum(R2, 3));
        // What was not counted may go.
        assert_eq!(write(&truncation, [&full, &full, &less]), Ok(()));
    }

    #[test]
    fn a_snapshot_takes_the_place_of_what_it_covers_and_no_more() {
        let install = Write {
            snapshot: Some(snapshot(2, 2)),
            compact_through: Some(LogIndex(2)),
            ..Write::default()
        };
        let (full, none) = (of(&[1, 1, 2]), of(&[]));
        assert_eq!(write(&install, [&full, &compacted(3, 2), &none]), Ok(()));
        // It did not match the log, which is gone.
        let verdict = write(&install, [&full, &compacted(2, 2), &none]);
        assert_eq!(verdict, not_on_quorum(R2, 3));
        let too_much = Durable {
            log: compacted(3, 2).log,
            ..compacted(2, 1)
        };
        let verdict = write(&install, [&full, &too_much, &none]);
        assert_eq!(verdict, changed(R2, 3));
    }

    /// Nobody has a vote in what nothing was counted by.
    #[test]
    fn before_anything_is_committed_a_disk_may_give_up_what_it_holds() {
        let write = Write {
            truncate_after: Some(LogIndex(0)),
            ..Write::default()
        };
        let empty = of(&[]);
        let verdict = Committed::default().on_write(R2, &write, |_| &empty);
        assert_eq!(verdict, Ok(()));
    }
}
