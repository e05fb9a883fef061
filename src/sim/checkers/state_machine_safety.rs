//! State Machine Safety (§5.4.3): if a server has applied a log entry at a given
//! index to its state machine, no other server will ever apply a different log entry
//! for the same index.
//!
//! The checker remembers the latest entries that were applied. Of those before it keeps a
//! checksum, as long as a world may run: a sum over a hash of each entry with its index. A
//! replica that is behind, and applies what is forgotten, adds up what it applies; when it
//! comes to where the memory begins, its sum must be the same. So whatever it applied that
//! differs is convicted then, if not at once.

use xxhash_rust::xxh64::xxh64;

use super::by_replica::ByReplica;
use crate::raft::{Entry, Log, LogIndex, Payload, Position, ReplicaId};
use crate::sim::property::violation::Violation;

/// The one true history: for each index, from 1, what was applied there first.
#[derive(Clone, Debug, Default)]
pub(super) struct StateMachineSafety {
    /// What was applied, compacted up to what is forgotten. Its entries stand in the memory of
    /// those replicas' logs that have the same.
    applied: Log,
    /// The sum of what is forgotten.
    sum: u64,
    /// The configurations among what is forgotten: there are few.
    configurations: Vec<Entry>,
    of: ByReplica<Seen>,
}

/// What is known of a replica: two places of the log, each with the sum of what is up to
/// there. The sum is known only of what is forgotten.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Where its store is.
    applied: (LogIndex, Option<u64>),
    /// Where the snapshot on its disk ends.
    snapshot: (LogIndex, Option<u64>),
}

impl StateMachineSafety {
    /// `replica` starts with a store that has applied the log up to `applied`, from the
    /// snapshot on its disk.
    pub(super) fn on_start(&mut self, replica: ReplicaId, applied: LogIndex) {
        let sum = self.sum_at(applied);
        self.of.get_mut(replica).applied = (applied, sum);
    }

    /// A snapshot that ends at `index` is on the disk of `replica`.
    pub(super) fn on_snapshot(&mut self, replica: ReplicaId, index: LogIndex) {
        let sum = self.sum_at(index);
        self.of.get_mut(replica).snapshot = (index, sum);
    }

    /// `replica`, which has this log, has applied an entry of it.
    pub(super) fn on_apply(
        &mut self,
        replica: ReplicaId,
        entry: &Entry,
        log: &Log,
    ) -> Result<(), Violation> {
        let index = entry.index;
        let violation = Err(Violation::StateMachineSafety { replica, index });
        let (forgotten, sum) = (self.forgotten(), self.sum);
        let seen = self.of.get_mut(replica);
        let (before, sum_before) = std::mem::replace(&mut seen.applied, (index, None));
        if index <= forgotten {
            let goes_on = before.next() == index;
            let sum_now = sum_before
                .filter(|_| goes_on)
                .map(|it| it.wrapping_add(hash(entry)));
            seen.applied.1 = sum_now;
            let differs = index == forgotten && sum_now.is_some_and(|it| it != sum);
            return if differs { violation } else { Ok(()) };
        }
        let last = self.applied.last();
        if index == last.index.next() {
            if entry.term < last.term {
                // No log has a lower term after a higher one.
                return violation;
            }
            let own = log.entries(&(index..index.next()));
            if own.first() == Some(entry) {
                self.applied.extend(&own);
            } else {
                self.applied.push(entry.clone());
            }
            return Ok(());
        }
        if self.applied.get(index) == Some(entry) {
            return Ok(());
        }
        violation
    }

    /// `replica` starts anew from a snapshot whose last entry is `last`.
    pub(super) fn on_restore(
        &mut self,
        replica: ReplicaId,
        last: Position,
    ) -> Result<(), Violation> {
        let sum = self.sum_at(last.index);
        self.of.get_mut(replica).applied = (last.index, sum);
        // What it holds is compared as soon as it comes to what is remembered.
        let is_forgotten = last.index <= self.forgotten();
        if is_forgotten || self.applied.get(last.index).map(Entry::position) == Some(last) {
            return Ok(());
        }
        Err(Violation::StateMachineSafety {
            replica,
            index: last.index,
        })
    }

    /// Forgets the entries up to `through`, but for their sum.
    pub(super) fn forget(&mut self, through: LogIndex) {
        let through = through.min(self.applied.last_index());
        let forgotten = self.applied.first_index()..through.next();
        for entry in self.applied.range(&forgotten) {
            self.sum = self.sum.wrapping_add(hash(entry));
            for seen in self.of.iter_mut() {
                for (place, sum) in [&mut seen.applied, &mut seen.snapshot] {
                    if *place == entry.index {
                        *sum = Some(self.sum);
                    }
                }
            }
            if let Payload::Membership(_) = entry.payload {
                self.configurations.push(entry.clone());
            }
        }
        self.applied.compact_through(through);
    }

    /// All that was applied and is remembered, in order, and the configurations before that.
    pub(super) fn applied(&self) -> impl Iterator<Item = &Entry> {
        let remembered = self.applied.entries_from(self.applied.first_index());
        self.configurations.iter().chain(remembered)
    }

    /// The last index of which the entry is forgotten.
    pub(super) fn forgotten(&self) -> LogIndex {
        self.applied.base().index
    }

    /// What was applied at `index`, as far as it is remembered.
    pub(super) fn at(&self, index: LogIndex) -> Option<&Entry> {
        self.applied.get(index)
    }

    /// Whether one of the entries after `from` up to `to` passes the test, of those that
    /// are remembered.
    pub(super) fn any(&self, from: LogIndex, to: LogIndex, test: impl Fn(&Entry) -> bool) -> bool {
        self.applied.range(&(from.next()..to.next())).any(test)
    }

    /// The last index that any replica has applied.
    pub(super) fn last_applied(&self) -> LogIndex {
        self.applied.last_index()
    }

    /// The sum of all entries up to `index`, if it is known.
    fn sum_at(&self, index: LogIndex) -> Option<u64> {
        if index == LogIndex(0) {
            return Some(0);
        }
        if index >= self.forgotten() {
            return (index == self.forgotten()).then_some(self.sum);
        }
        let mut known = self.of.iter().flat_map(|it| [it.applied, it.snapshot]);
        known.find_map(|(place, sum)| sum.filter(|_| place == index))
    }
}

/// Two entries of one place have the same hash only if they are equal, in all likelihood.
fn hash(entry: &Entry) -> u64 {
    let bytes = postcard::to_allocvec(entry).expect("plain data can be written");
    xxh64(&bytes, 0)
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2, R3, entry};
    use super::*;

    impl StateMachineSafety {
        /// From a log that is like no other.
        fn apply(&mut self, replica: ReplicaId, entry: &Entry) -> Result<(), Violation> {
            self.on_apply(replica, entry, &Log::default())
        }
    }

    fn violation(index: u64) -> Result<(), Violation> {
        Err(Violation::StateMachineSafety {
            replica: R2,
            index: LogIndex(index),
        })
    }

    fn checker() -> StateMachineSafety {
        let mut checker = StateMachineSafety::default();
        assert_eq!(checker.apply(R1, &entry(1, 1, "x")), Ok(()));
        assert_eq!(checker.apply(R1, &entry(2, 2, "y")), Ok(()));
        checker
    }

    #[test]
    fn the_same_entries_are_innocent() {
        let mut checker = checker();
        assert_eq!(checker.apply(R2, &entry(1, 1, "x")), Ok(()));
        assert_eq!(checker.apply(R2, &entry(2, 2, "y")), Ok(()));
        assert_eq!(checker.apply(R2, &entry(3, 2, "z")), Ok(()));
        assert_eq!(checker.last_applied(), LogIndex(3));
    }

    #[test]
    fn another_command_or_another_term_is_convicted() {
        assert_eq!(checker().apply(R2, &entry(2, 2, "z")), violation(2));
        assert_eq!(checker().apply(R2, &entry(2, 3, "y")), violation(2));
    }

    #[test]
    fn a_lower_term_after_a_higher_one_is_convicted() {
        assert_eq!(checker().apply(R2, &entry(3, 1, "z")), violation(3));
    }

    #[test]
    fn what_a_log_has_is_in_memory_once() {
        let mut log = Log::default();
        for index in 1..=200 {
            log.push(entry(index, 1, "x"));
        }
        let mut checker = StateMachineSafety::default();
        for entry in log.entries_from(LogIndex(1)) {
            checker.on_apply(R1, entry, &log).unwrap();
        }
        assert!(checker.applied.is_shared_with(&log));
        let mut other = log.clone();
        other.truncate_after(LogIndex(199));
        other.push(entry(200, 1, "y"));
        let last = other.get(LogIndex(200)).unwrap();
        assert_eq!(checker.on_apply(R2, last, &other), violation(200));
        checker.forget(LogIndex(150));
        assert_eq!(checker.forgotten(), LogIndex(150));
        assert_eq!(checker.applied().count(), 50);
    }

    #[test]
    fn a_snapshot_of_what_was_never_applied_is_convicted() {
        let last = |index, term| entry(index, term, "").position();
        assert_eq!(checker().on_restore(R2, last(2, 2)), Ok(()));
        assert_eq!(checker().on_restore(R2, last(2, 3)), violation(2));
        assert_eq!(checker().on_restore(R2, last(4, 2)), violation(4));
    }

    #[test]
    fn an_index_beyond_all_that_was_applied_is_convicted() {
        assert_eq!(checker().apply(R2, &entry(4, 2, "z")), violation(4));
    }

    /// R1 has applied ten entries, of which all but the last two are forgotten. R2 has applied
    /// the first three, and R3 has a snapshot of the first five on its disk.
    fn forgetful() -> StateMachineSafety {
        let mut checker = StateMachineSafety::default();
        for id in [R1, R2, R3] {
            checker.on_start(id, LogIndex(0));
        }
        for index in 1..=10 {
            if index <= 3 {
                checker.apply(R2, &entry(index, 1, "x")).unwrap();
            }
            checker.apply(R1, &entry(index, 1, "x")).unwrap();
        }
        checker.on_snapshot(R3, LogIndex(5));
        checker.forget(LogIndex(4));
        checker.forget(LogIndex(8));
        assert_eq!(
            (checker.forgotten(), checker.last_applied()),
            (LogIndex(8), LogIndex(10))
        );
        checker
    }

    fn goes_on(
        checker: &mut StateMachineSafety,
        id: ReplicaId,
        from: u64,
        other: Option<u64>,
    ) -> Option<u64> {
        (from..=10).find(|&index| {
            let command = if other == Some(index) { "y" } else { "x" };
            checker.apply(id, &entry(index, 1, command)).is_err()
        })
    }

    #[test]
    fn what_is_forgotten_is_convicted_by_its_sum() {
        for other in 4..=8 {
            let convicted = goes_on(&mut forgetful(), R2, 4, Some(other));
            assert_eq!(convicted, Some(8), "another entry at {other}");
        }
        assert_eq!(goes_on(&mut forgetful(), R2, 4, Some(9)), Some(9));
        assert_eq!(goes_on(&mut forgetful(), R2, 4, None), None);
    }

    #[test]
    fn the_sum_goes_on_from_a_snapshot() {
        let after_restart = |other| {
            let mut checker = forgetful();
            checker.on_start(R3, LogIndex(5));
            goes_on(&mut checker, R3, 6, other)
        };
        assert_eq!(after_restart(None), None);
        assert_eq!(after_restart(Some(7)), Some(8));
        // And while it is behind, more is forgotten.
        let mut checker = forgetful();
        checker.on_start(R3, LogIndex(5));
        checker.apply(R3, &entry(6, 1, "y")).unwrap();
        checker.forget(LogIndex(10));
        checker.apply(R3, &entry(7, 1, "x")).unwrap();
        assert_eq!(goes_on(&mut checker, R3, 8, None), Some(10));
    }

    #[test]
    fn a_snapshot_that_another_has_is_known_by_its_sum() {
        let mut checker = forgetful();
        checker.on_restore(R2, entry(5, 1, "x").position()).unwrap();
        assert_eq!(goes_on(&mut checker, R2, 6, Some(6)), Some(8));
        let mut checker = forgetful();
        checker.on_restore(R2, entry(5, 1, "x").position()).unwrap();
        assert_eq!(goes_on(&mut checker, R2, 6, None), None);
    }
}
