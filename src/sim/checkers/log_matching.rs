//! Log Matching (§5.3): if two logs contain an entry with the same index and term,
//! then the logs are identical in all entries up through the given index.
//!
//! It holds exactly if an index and a term together determine the entry and the term
//! of the entry before it: the rest follows by induction. So each entry is looked at
//! once, when it is written. What is long applied is forgotten: an entry that differs from
//! it does no harm before it is applied, and is then convicted by State Machine Safety.

use std::collections::BTreeMap;

use xxhash_rust::xxh64::xxh64;

use crate::list::SharedList;
use crate::raft::{Entries, Entry, Log, LogIndex, Payload, ReplicaId, Term};
use crate::sim::property::violation::Violation;

#[derive(Clone, Debug, Default)]
pub(super) struct LogMatching {
    /// The last index that is forgotten.
    forgotten: LogIndex,
    /// For each index after that the entry that was seen there first.
    first: SharedList<Seen>,
    /// The others. There are few: those that a later leader overwrote, or overwrites.
    others: BTreeMap<(LogIndex, Term), Seen>,
}

/// An entry that was seen, in few bytes: copies of the world hold all of them that there ever
/// were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    term: Term,
    /// A hash of what the entry holds, and of the term of the entry before.
    rest: u64,
}

impl Seen {
    fn of(entry: &Entry, previous_term: Option<Term>) -> Self {
        // Three kinds of payload after the same entry are never seeded alike.
        let seed = previous_term.map_or(0, |term| term.0.wrapping_add(1)) << 2;
        let rest = match &entry.payload {
            Payload::Noop => xxh64(&[], seed),
            Payload::Command(command) => xxh64(command, seed | 1),
            Payload::Membership(membership) => {
                let bytes = postcard::to_allocvec(membership).expect("plain data can be written");
                xxh64(&bytes, seed | 2)
            }
        };
        Self {
            term: entry.term,
            rest,
        }
    }
}

impl LogMatching {
    /// `replica` has appended `entries`, after which its log is `log`.
    pub(super) fn on_append(
        &mut self,
        replica: ReplicaId,
        entries: &Entries,
        log: &Log,
    ) -> Result<(), Violation> {
        let Some(first) = entries.first() else {
            return Ok(());
        };
        let mut previous_term = log.term_at(first.index.previous());
        for entry in entries {
            if !self.agrees(entry.index, Seen::of(entry, previous_term)) {
                return Err(Violation::LogMatching {
                    replica,
                    index: entry.index,
                    term: entry.term,
                });
            }
            previous_term = Some(entry.term);
        }
        Ok(())
    }

    /// Forgets the entries up to `through`.
    pub(super) fn forget(&mut self, through: LogIndex) {
        let count = through.0.saturating_sub(self.forgotten.0);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let count = count.min(self.first.len());
        self.first.drop_front(count);
        self.forgotten.0 += count as u64;
        let forgotten = self.forgotten;
        self.others.retain(|(index, _), _| *index > forgotten);
    }

    /// Whether an entry is the one known by its index and term; if none is known, it
    /// will be from now on.
    fn agrees(&mut self, index: LogIndex, seen: Seen) -> bool {
        if index <= self.forgotten {
            return true;
        }
        let after = index.previous().0 - self.forgotten.0;
        let place = usize::try_from(after).expect("a log fits into memory");
        match self.first.get(place) {
            Some(first) if first.term == seen.term => *first == seen,
            None if place == self.first.len() => {
                self.first.push(seen);
                true
            }
            _ => *self.others.entry((index, seen.term)).or_insert(seen) == seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2, entry, log};
    use super::*;

    fn violation(index: u64, term: u64) -> Result<(), Violation> {
        Err(Violation::LogMatching {
            replica: R2,
            index: LogIndex(index),
            term: Term(term),
        })
    }

    fn all(log: &Log) -> Entries {
        log.entries(&(log.first_index()..log.last_index().next()))
    }

    /// R1 has written a log with these terms, each entry holding "x".
    fn checker(terms: &[u64]) -> LogMatching {
        let mut checker = LogMatching::default();
        let log = log(terms);
        let verdict = checker.on_append(R1, &all(&log), &log);
        assert_eq!(verdict, Ok(()));
        checker
    }

    #[test]
    fn the_same_entries_are_innocent_and_other_terms_are_other_entries() {
        let mut checker = checker(&[1, 1, 2]);
        for terms in [&[1, 1, 2][..], &[1, 3, 3], &[1, 3, 3], &[1, 1, 2, 2]] {
            let log = log(terms);
            let verdict = checker.on_append(R2, &all(&log), &log);
            assert_eq!(verdict, Ok(()));
        }
    }

    #[test]
    fn another_command_at_the_same_place_is_convicted() {
        let entries = [entry(2, 1, "y")].into();
        let verdict = checker(&[1, 1]).on_append(R2, &entries, &log(&[1, 1]));
        assert_eq!(verdict, violation(2, 1));
    }

    #[test]
    fn a_noop_is_not_a_command() {
        let mut noop = entry(1, 1, "x");
        noop.payload = Payload::Noop;
        let verdict = checker(&[1]).on_append(R2, &[noop].into(), &log(&[1]));
        assert_eq!(verdict, violation(1, 1));
    }

    #[test]
    fn another_entry_before_the_same_one_is_convicted() {
        let entries = [entry(3, 3, "x")].into();
        let verdict = checker(&[1, 2, 3]).on_append(R2, &entries, &log(&[1, 1, 3]));
        assert_eq!(verdict, violation(3, 3));
    }

    /// Whoever is seen first may hold the later entries of a log only.
    #[test]
    fn entries_may_be_seen_in_whatever_order() {
        let mut checker = LogMatching::default();
        let log = log(&[1, 1, 1]);
        for index in [3, 1, 2, 3] {
            let entries = [entry(index, 1, "x")].into();
            assert_eq!(checker.on_append(R1, &entries, &log), Ok(()));
        }
        let verdict = checker.on_append(R2, &[entry(3, 1, "y")].into(), &log);
        assert_eq!(verdict, violation(3, 1));
    }

    /// The first entry seen at an index is kept in another place than the rest.
    #[test]
    fn entries_that_were_overwritten_are_remembered() {
        let mut checker = checker(&[1, 1]);
        assert_eq!(
            checker.on_append(R1, &[entry(2, 2, "a")].into(), &log(&[1, 2])),
            Ok(())
        );
        let verdict = checker.on_append(R2, &[entry(2, 2, "b")].into(), &log(&[1, 2]));
        assert_eq!(verdict, violation(2, 2));
    }

    #[test]
    fn what_is_forgotten_is_left_to_state_machine_safety() {
        let mut checker = LogMatching::default();
        let whole = log(&[1, 1, 2, 2]);
        checker.on_append(R1, &all(&whole), &whole).unwrap();
        checker.forget(LogIndex(2));
        let other = |index, term| entry(index, term, "y");
        let mut append = |entry: Entry| checker.on_append(R2, &[entry].into(), &whole);
        assert_eq!(append(other(2, 1)), Ok(()));
        assert!(append(other(3, 2)).is_err());
        assert!(append(other(4, 2)).is_err());
        assert_eq!(append(other(5, 2)), Ok(()));
    }
}
