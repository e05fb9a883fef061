//! The log (§5.3): entries with rising indices, their terms never falling. Its
//! beginning may have been compacted into a snapshot (§7).

use std::sync::Arc;

use super::ids::{LogIndex, NUMBER_MAX, Position, Term};
use super::message::Entry;
use crate::list::SharedList;

/// A replica's log. Entries share their commands' bytes with every other log
/// and message that holds them, and a clone of a log shares the entries themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The place before the first entry: zero, or the last entry that was compacted.
    base: Position,
    entries: SharedList<Entry>,
    /// The [weight](Entry::weight) of all entries together.
    bytes: u64,
}

impl Log {
    /// A log without entries, all up to `base` having been compacted.
    pub fn starting_after(base: Position) -> Self {
        Self {
            base,
            entries: SharedList::default(),
            bytes: 0,
        }
    }

    /// The place before the first entry: zero, or the last entry that was compacted.
    pub fn base(&self) -> Position {
        self.base
    }

    /// The position of the last entry, or the base if there is none.
    pub fn last(&self) -> Position {
        self.entries.last().map_or(self.base, Entry::position)
    }

    /// The index of the last entry, or of the base.
    pub fn last_index(&self) -> LogIndex {
        self.last().index
    }

    /// The index of the first entry, or of the one that will be first.
    pub fn first_index(&self) -> LogIndex {
        self.base.index.next()
    }

    /// The term of the entry at `index`, the base included; `None` before and beyond.
    pub fn term_at(&self, index: LogIndex) -> Option<Term> {
        if index == self.base.index {
            return Some(self.base.term);
        }
        self.get(index).map(|entry| entry.term)
    }

    /// The entry at `index`, if the log has it.
    pub fn get(&self, index: LogIndex) -> Option<&Entry> {
        self.entries.get(self.offset(index)?)
    }

    /// All entries from `index` on, as far as the log still has them.
    pub fn entries_from(&self, index: LogIndex) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter_from(self.count_before(index))
    }

    /// The entries from `index` on that go into one message: at most `entries_max`,
    /// and at most `bytes_max` bytes of commands, but at least one if there is one.
    pub fn batch_from(
        &self,
        index: LogIndex,
        entries_max: usize,
        bytes_max: usize,
    ) -> Arc<[Entry]> {
        let entries = self.entries_from(index);
        let mut bytes = 0;
        let fitting = entries
            .take(entries_max)
            .take_while(|entry| {
                bytes = usize::saturating_add(bytes, entry.size());
                bytes <= bytes_max
            })
            .count();
        let count = fitting.max(1);
        self.entries_from(index).take(count).cloned().collect()
    }

    /// The first index whose entry has the term of the entry at `index`, as far back
    /// as the log goes.
    pub fn first_index_of_term_at(&self, index: LogIndex) -> Option<LogIndex> {
        let term = self.get(index)?.term;
        let before = self.entries.partition_point(|entry| entry.term < term);
        Some(self.entries.get(before)?.index)
    }

    /// The last index whose entry has `term`, if there is one; the base counts.
    pub fn last_index_of_term(&self, term: Term) -> Option<LogIndex> {
        let upto = self.entries.partition_point(|entry| entry.term <= term);
        let last = match upto.checked_sub(1) {
            Some(place) => self.entries.get(place)?.position(),
            None => self.base,
        };
        (last.term == term && last.index > LogIndex(0)).then_some(last.index)
    }

    /// The last position whose index and term are both no higher than `bound`'s: if another log
    /// has an entry at `bound`, the two logs can't be equal beyond here. The base counts; `None`
    /// if even that is higher.
    pub fn last_at_most(&self, bound: Position) -> Option<Position> {
        let by_term = self
            .entries
            .partition_point(|entry| entry.term <= bound.term);
        let by_index = self.count_before(bound.index).saturating_add(1);
        match by_term.min(by_index).checked_sub(1) {
            Some(place) if bound.index > self.base.index => {
                self.entries.get(place).map(Entry::position)
            }
            _ => (self.base.index <= bound.index && self.base.term <= bound.term)
                .then_some(self.base),
        }
    }

    /// Adds an entry at the end.
    ///
    /// # Panics
    /// If it leaves a gap, or its term is lower than the one before.
    pub fn push(&mut self, entry: Entry) {
        let last = self.last();
        let follows = entry.index > last.index && entry.index == last.index.next();
        assert!(
            follows && entry.term >= last.term,
            "{} does not follow {last}",
            entry.position()
        );
        self.bytes += entry.weight();
        self.entries.push(entry);
    }

    /// Drops all entries after `index`; none, if the log ends there or before. The base stays.
    pub fn truncate_after(&mut self, index: LogIndex) {
        let kept = index.0.saturating_sub(self.base.index.0);
        let kept = usize::try_from(kept).unwrap_or(usize::MAX);
        let kept = kept.min(self.entries.len());
        let dropped = self.entries.iter_from(kept);
        self.bytes -= dropped.map(Entry::weight).sum::<u64>();
        self.entries.truncate(kept);
    }

    /// Drops all entries up to `index`, whose term stays known.
    ///
    /// # Panics
    /// If there is no entry at `index`.
    pub fn compact_through(&mut self, index: LogIndex) {
        if index <= self.base.index {
            return;
        }
        let last = self.get(index).expect("an entry to compact").position();
        let dropped = self.offset(index.next()).unwrap_or_else(|| self.len());
        let gone: u64 = (self.entries.iter_from(0).take(dropped))
            .map(Entry::weight)
            .sum();
        self.bytes -= gone;
        self.entries.drop_front(dropped);
        self.base = last;
    }

    /// The weight of the entries after `index`, as far as the log still has them, in bytes.
    pub fn bytes_after(&self, index: LogIndex) -> u64 {
        if index <= self.base.index {
            return self.bytes;
        }
        self.entries_from(index.next()).map(Entry::weight).sum()
    }

    /// The [weight](Entry::weight) of all entries together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the log can't grow any more: its last entry has the highest index there may be.
    pub fn is_full(&self) -> bool {
        self.last_index().0 >= NUMBER_MAX
    }

    /// The place of the entry at `index` in the list; none for the base and before, and if it is
    /// further beyond the base than this machine can count.
    fn offset(&self, index: LogIndex) -> Option<usize> {
        let after_base = index.0.checked_sub(self.base.index.0)?.checked_sub(1)?;
        usize::try_from(after_base).ok()
    }

    /// How many entries would be before `index`, if the log went on for ever.
    fn count_before(&self, index: LogIndex) -> usize {
        let first = self.first_index().0;
        usize::try_from(index.0.saturating_sub(first)).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::types::membership::Membership;
    use crate::raft::types::message::Payload;

    fn log(terms: &[u64]) -> Log {
        let mut log = Log::default();
        for (&term, index) in terms.iter().zip(1..) {
            log.push(Entry {
                index: LogIndex(index),
                term: Term(term),
                payload: Payload::Command(vec![0; 10].into()),
            });
        }
        log
    }

    #[test]
    fn finds_the_ends_of_terms() {
        let log = log(&[1, 1, 3, 3, 3, 7]);
        assert_eq!(log.first_index_of_term_at(LogIndex(5)), Some(LogIndex(3)));
        assert_eq!(log.first_index_of_term_at(LogIndex(7)), None);
        assert_eq!(log.last_index_of_term(Term(3)), Some(LogIndex(5)));
        assert_eq!(log.last_index_of_term(Term(2)), None);
        assert_eq!(log.last_index_of_term(Term(0)), None);
        assert_eq!(log.last_index_of_term(Term(9)), None);
    }

    #[test]
    fn finds_where_another_log_may_still_be_the_same() {
        let place = |index, term| Position {
            index: LogIndex(index),
            term: Term(term),
        };
        let mut log = log(&[1, 1, 3, 3, 3, 7]);
        for (bound, found) in [
            (place(6, 7), place(6, 7)),
            (place(9, 9), place(6, 7)),
            (place(9, 6), place(5, 3)),
            (place(4, 9), place(4, 3)),
            (place(4, 2), place(2, 1)),
            (place(4, 0), place(0, 0)),
            (place(0, 0), place(0, 0)),
        ] {
            assert_eq!(log.last_at_most(bound), Some(found), "{bound}");
        }
        log.compact_through(LogIndex(4));
        assert_eq!(log.last_at_most(place(9, 6)), Some(place(5, 3)));
        assert_eq!(log.last_at_most(place(4, 5)), Some(place(4, 3)));
        assert_eq!(log.last_at_most(place(9, 2)), None);
        assert_eq!(log.last_at_most(place(3, 3)), None);
    }

    #[test]
    fn a_batch_keeps_both_caps_but_is_never_empty() {
        let log = log(&[1; 6]);
        let batch = |from, entries_max, bytes_max| {
            log.batch_from(LogIndex(from), entries_max, bytes_max).len()
        };
        assert_eq!(batch(1, 4, 1000), 4);
        assert_eq!(batch(1, 100, 30), 3);
        assert_eq!(batch(1, 100, 5), 1);
        assert_eq!(batch(7, 100, 1000), 0);
        assert_eq!(batch(9, 100, 1000), 0);
    }

    /// A member's number takes two bytes.
    #[test]
    fn a_configuration_counts_by_its_members() {
        let mut log = Log::default();
        for index in 1..=3 {
            let members = [1, 2, 3].map(crate::raft::ReplicaId);
            log.push(Entry {
                index: LogIndex(index),
                term: Term(1),
                payload: Payload::Membership(Membership::of_voters(members).into()),
            });
        }
        assert_eq!(log.batch_from(LogIndex(1), 10, 11).len(), 1);
        assert_eq!(log.batch_from(LogIndex(1), 10, 12).len(), 2);
        assert_eq!(log.batch_from(LogIndex(1), 10, 18).len(), 3);
    }

    #[test]
    fn truncation_keeps_the_index_it_names() {
        let mut log = log(&[1, 1, 2]);
        log.truncate_after(LogIndex(2));
        assert_eq!(log.last().index, LogIndex(2));
        log.truncate_after(LogIndex(5));
        assert_eq!(log.len(), 2);
        assert!(!log.is_empty());
        log.truncate_after(LogIndex(0));
        assert!(log.is_empty());
    }

    /// Also where a place in memory has 32 bits: there, what is 2^32 entries beyond the end
    /// was once taken for the beginning.
    #[test]
    fn no_index_is_too_large_to_ask_for() {
        let mut compacted = log(&[1, 1, 2, 3]);
        compacted.compact_through(LogIndex(2));
        let at_the_end = Log::starting_after(Position {
            index: LogIndex(u64::MAX),
            term: Term(1),
        });
        for log in [Log::default(), log(&[1, 2]), compacted, at_the_end] {
            for number in [0, 1, 2, 1 << 32, 1 << 53, u64::MAX - 1, u64::MAX] {
                let index = LogIndex(number);
                let beyond = index > log.last_index();
                assert!(!beyond || log.get(index).is_none() && log.term_at(index).is_none());
                assert!(!beyond || log.entries_from(index).len() == 0);
                assert!(!beyond || log.batch_from(index, usize::MAX, usize::MAX).is_empty());
                assert!(!beyond || log.first_index_of_term_at(index).is_none());
                let mut shorter = log.clone();
                shorter.truncate_after(index);
                assert_eq!(
                    shorter == log,
                    log.is_empty() || index >= log.last_index(),
                    "{log:?} to {index}"
                );
                assert_eq!(shorter.base(), log.base());
            }
            assert_eq!(log.is_full(), log.last_index().0 >= NUMBER_MAX);
        }
    }

    #[test]
    #[should_panic(expected = "does not follow")]
    fn nothing_follows_the_last_number_there_is() {
        let last = Position {
            index: LogIndex(u64::MAX),
            term: Term(1),
        };
        Log::starting_after(last).push(Entry {
            index: last.index.next(),
            term: last.term,
            payload: Payload::Noop,
        });
    }

    #[test]
    fn compaction_keeps_indices_and_the_last_term() {
        let mut log = log(&[1, 1, 2, 3]);
        log.compact_through(LogIndex(3));
        assert_eq!(log.first_index(), LogIndex(4));
        assert_eq!(log.term_at(LogIndex(3)), Some(Term(2)));
        assert_eq!(log.term_at(LogIndex(2)), None);
        assert_eq!(log.last_index_of_term(Term(2)), Some(LogIndex(3)));
        assert_eq!(log.entries_from(LogIndex(1)).len(), 1);
        log.compact_through(LogIndex(1));
        assert_eq!(log.first_index(), LogIndex(4));
        log.truncate_after(LogIndex(3));
        assert_eq!(log.last_index(), LogIndex(3));
    }
}
