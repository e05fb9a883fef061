//! The log (§5.3): entries with rising indices, their terms never falling. Its
//! beginning may have been compacted into a snapshot (§7).

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::chunk::{CHUNK_LEN, Chunk, Directory, locate};
use super::entries::{Entries, Part};
use super::ids::{LogIndex, NUMBER_MAX, Position, Term};
use super::message::{ENTRY_BYTES, Entry};

/// Compacted entries of more than this weight are not kept in memory for the sake of a few that
/// stand beside them.
const DEAD_BYTES_MAX: u64 = 64 * 1024;

/// A replica's log. Its entries stand in chunks that it shares with every other log and message
/// that holds the same ones, and a clone of it costs next to nothing, however long it is.
#[derive(Clone, Default)]
pub struct Log {
    /// The place before the first entry: zero, or the last entry that was compacted.
    base: Position,
    /// The last entry; the base if there is none.
    last: Position,
    /// The [weight](Entry::weight) of all entries together.
    bytes: u64,
    /// The chunks from the one of the first entry up to the one before the last.
    full: Directory,
    /// The chunk of the last entry; none if there is no entry. It may go on beyond that.
    tail: Option<Arc<Chunk>>,
}

impl Log {
    /// A log without entries, all up to `base` having been compacted.
    pub fn starting_after(base: Position) -> Self {
        Self {
            base,
            last: base,
            ..Self::default()
        }
    }

    // --- what it holds ---

    /// The place before the first entry: zero, or the last entry that was compacted.
    pub fn base(&self) -> Position {
        self.base
    }

    /// The position of the last entry, or the base if there is none.
    pub fn last(&self) -> Position {
        self.last
    }

    /// The index of the last entry, or of the base.
    pub fn last_index(&self) -> LogIndex {
        self.last.index
    }

    /// The index of the first entry, or of the one that will be first.
    pub fn first_index(&self) -> LogIndex {
        self.base.index.next()
    }

    /// The term of the entry at `index`, the base included; `None` before and beyond.
    pub fn term_at(&self, index: LogIndex) -> Option<Term> {
        if index == self.last.index {
            return Some(self.last.term);
        }
        if index == self.base.index {
            return Some(self.base.term);
        }
        self.get(index).map(|entry| entry.term)
    }

    /// The entry at `index`, if the log has it.
    pub fn get(&self, index: LogIndex) -> Option<&Entry> {
        if index <= self.base.index || index > self.last.index {
            return None;
        }
        let (number, place) = locate(index);
        self.chunk(number)?.entry(place)
    }

    /// The entries of these indices, as far as the log has them. They stay though they may be
    /// truncated or compacted here.
    pub fn entries(&self, indices: &Range<LogIndex>) -> Entries {
        let from = indices.start.max(self.first_index());
        let end = indices.end.min(self.last.index.next());
        if from >= end || from > self.last.index {
            return Entries::default();
        }
        let ((first, from), (last, to)) = (locate(from), locate(end.previous()));
        if first == last {
            return Entries::of_parts(self.part(first, from..to + 1).into_iter());
        }
        let parts = (first..=last).filter_map(|number| {
            let from = if number == first { from } else { 0 };
            let end = if number == last { to + 1 } else { CHUNK_LEN };
            self.part(number, from..end)
        });
        Entries::of_parts(parts.collect::<Vec<_>>().into_iter())
    }

    /// The same, only to be looked at.
    pub fn range(&self, indices: &Range<LogIndex>) -> impl ExactSizeIterator<Item = &Entry> {
        let first = indices.start.max(self.first_index());
        let end = indices.end.min(self.last.index.next());
        let count = usize::try_from(end.0.saturating_sub(first.0));
        self.entries_from(first).take(count.unwrap_or(usize::MAX))
    }

    /// All entries from `index` on, as far as the log still has them.
    #[expect(
        clippy::missing_panics_doc,
        reason = "only what the log has is asked for"
    )]
    pub fn entries_from(&self, index: LogIndex) -> impl ExactSizeIterator<Item = &Entry> {
        let first = index.max(self.first_index());
        let count = self.count_from(first);
        (0..count).map(move |after| {
            let entry = self.get(LogIndex(first.0 + after as u64));
            entry.expect("it is within the log")
        })
    }

    /// The entries from `index` on that go into one message: at most `entries_max`,
    /// and at most `bytes_max` bytes of commands, but at least one if there is one.
    pub fn batch_from(&self, index: LogIndex, entries_max: usize, bytes_max: usize) -> Entries {
        let index = index.max(self.first_index());
        let before = index.previous();
        let after = |count: usize| LogIndex(before.0 + count as u64);
        let fits = |count: usize| self.size_between(before, after(count)) <= bytes_max as u64;
        let count = self.count_from(index).min(entries_max.max(1));
        if fits(count) {
            return self.entries(&(index..after(count).next()));
        }
        // The most that fit: one fits, more than `least` of them may, `most` don't.
        let (mut least, mut most) = (1, count);
        while most - least > 1 {
            let middle = usize::midpoint(least, most);
            if fits(middle) {
                least = middle;
            } else {
                most = middle;
            }
        }
        self.entries(&(index..after(least).next()))
    }

    /// The first index whose entry has the term of the entry at `index`, as far back
    /// as the log goes.
    pub fn first_index_of_term_at(&self, index: LogIndex) -> Option<LogIndex> {
        let term = self.get(index)?.term;
        let before = self.partition_point(|entry| entry.term < term);
        Some(before.next())
    }

    /// The last index whose entry has `term`, if there is one; the base counts.
    pub fn last_index_of_term(&self, term: Term) -> Option<LogIndex> {
        let last = self.partition_point(|entry| entry.term <= term);
        (self.term_at(last) == Some(term) && last > LogIndex(0)).then_some(last)
    }

    /// The last position whose index and term are both no higher than `bound`'s: if another log
    /// has an entry at `bound`, the two logs can't be equal beyond here. The base counts; `None`
    /// if even that is higher.
    pub fn last_at_most(&self, bound: Position) -> Option<Position> {
        if bound.index < self.base.index || bound.term < self.base.term {
            return None;
        }
        let by_term = self.partition_point(|entry| entry.term <= bound.term);
        let index = by_term.min(bound.index);
        let term = self.term_at(index)?;
        Some(Position { term, index })
    }

    /// The weight of the entries after `index`, as far as the log still has them, in bytes.
    pub fn bytes_after(&self, index: LogIndex) -> u64 {
        if index <= self.base.index {
            return self.bytes;
        }
        self.weight_between(index, self.last.index)
    }

    /// The [weight](Entry::weight) of all entries together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes of commands there are in the entries after one index up to another, as far
    /// as the log has them.
    pub(in crate::raft) fn size_between(&self, after: LogIndex, to: LogIndex) -> u64 {
        let after = after.max(self.base.index);
        let to = to.min(self.last.index);
        let count = to.0.saturating_sub(after.0);
        self.weight_between(after, to) - count * ENTRY_BYTES
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.count_from(self.first_index())
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.tail.is_none()
    }

    /// Whether the log can't grow any more: its last entry has the highest index there may be.
    pub fn is_full(&self) -> bool {
        self.last_index().0 >= NUMBER_MAX
    }

    // --- how it changes ---

    /// Adds an entry at the end.
    ///
    /// # Panics
    /// If it leaves a gap, or its term is lower than the one before.
    pub fn push(&mut self, entry: Entry) {
        let (position, weight) = (entry.position(), entry.weight());
        self.assert_follows(position);
        let (_, place) = locate(position.index);
        if place == 0 {
            self.close_tail();
        }
        let kept = match &self.tail {
            Some(tail) => tail.put(place, entry),
            None => Err(entry),
        };
        if let Err(entry) = kept {
            // What stands there is of another history.
            let live = self.live_from();
            let own = match &self.tail {
                Some(tail) => tail.copy_of(live..place),
                None => Chunk::starting_at(place),
            };
            assert!(own.put(place, entry).is_ok(), "nobody else has it");
            self.tail = Some(Arc::new(own));
        }
        self.last = position;
        self.bytes += weight;
    }

    /// Adds entries at the end. Where they are the log's own continuation in memory, or the log
    /// has none there yet, they are shared and not copied.
    ///
    /// # Panics
    /// If they leave a gap, or a term is lower than the one before.
    pub fn extend(&mut self, entries: &Entries) {
        if entries.is_own() {
            for entry in entries {
                self.push(entry.clone());
            }
        } else if let Some((chunk, places)) = entries.part() {
            self.extend_by_part(chunk, places);
        } else {
            for part in entries.parts() {
                self.extend_by_part(&part.chunk, part.from.into()..part.to.into());
            }
        }
    }

    fn extend_by_part(&mut self, chunk: &Arc<Chunk>, places: Range<usize>) {
        let entry_at = |place| chunk.entry(place).expect("it is written");
        self.assert_follows(entry_at(places.start).position());
        if places.start == 0 {
            self.close_tail();
        }
        let goes_on = match &self.tail {
            Some(tail) if Arc::ptr_eq(tail, chunk) => true,
            // Replicas that were led by different leaders share again what is the same.
            Some(tail) => chunk.equals(tail, self.live_from()..places.start),
            None => true,
        };
        if !goes_on {
            for place in places {
                self.push(entry_at(place).clone());
            }
            return;
        }
        if !self
            .tail
            .as_ref()
            .is_some_and(|tail| Arc::ptr_eq(tail, chunk))
        {
            self.tail = Some(Arc::clone(chunk));
        }
        self.bytes += chunk.weight(places.clone());
        self.last = entry_at(places.end - 1).position();
    }

    /// Drops all entries after `index`; none, if the log ends there or before. The base stays.
    pub fn truncate_after(&mut self, index: LogIndex) {
        if index >= self.last.index {
            return;
        }
        let Some(kept) = self.get(index).map(Entry::position) else {
            *self = Self::starting_after(self.base);
            return;
        };
        self.bytes -= self.weight_between(index, self.last.index);
        let ((number, _), (last, _)) = (locate(index), locate(self.last.index));
        if number < last {
            let place = self.place_in_directory(number);
            self.tail = place.and_then(|place| self.full.get(place).cloned());
            self.full.truncate(place.unwrap_or(0));
        }
        self.last = kept;
    }

    /// Drops all entries up to `index`, whose term stays known.
    ///
    /// # Panics
    /// If there is no entry at `index`.
    pub fn compact_through(&mut self, index: LogIndex) {
        if index <= self.base.index {
            return;
        }
        let base = self.get(index).expect("an entry to compact").position();
        if index == self.last.index {
            *self = Self::starting_after(base);
            return;
        }
        self.bytes -= self.weight_between(self.base.index, index);
        let (before, _) = locate(self.first_index());
        self.base = base;
        let (first, place) = locate(self.first_index());
        self.full
            .drop_front(usize::try_from(first - before).unwrap_or(usize::MAX));
        self.drop_dead(place);
    }

    /// What stands before `place` in the first chunk is compacted. If it is much, the chunk is
    /// copied without it.
    fn drop_dead(&mut self, place: usize) {
        let in_tail = self.full.len() == 0;
        let first = if in_tail {
            self.tail.as_ref()
        } else {
            self.full.get(0)
        };
        let Some(first) = first.filter(|it| it.weight(0..place) > DEAD_BYTES_MAX) else {
            return;
        };
        let end = if in_tail {
            locate(self.last.index).1 + 1
        } else {
            CHUNK_LEN
        };
        let live = Arc::new(first.copy_of(place..end));
        if in_tail {
            self.tail = Some(live);
        } else {
            self.full.replace_first(live);
        }
    }

    /// The chunk of the last entry is full: the next one follows.
    fn close_tail(&mut self) {
        if let Some(tail) = self.tail.take() {
            self.full.push(tail);
        }
    }

    fn assert_follows(&self, position: Position) {
        let last = self.last;
        let follows = position.index > last.index && position.index == last.index.next();
        assert!(
            follows && position.term >= last.term,
            "{position} does not follow {last}"
        );
    }

    // --- where it holds it ---

    /// Whether all that both this log and another have stands in the same memory.
    #[cfg(test)]
    pub(crate) fn is_shared_with(&self, other: &Self) -> bool {
        let last = self.last.index.min(other.last.index);
        let ((first, _), (last, _)) = (locate(self.first_index()), locate(last));
        (first..=last).all(|number| match (self.chunk(number), other.chunk(number)) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        })
    }

    /// The first place in the last chunk that belongs to this log.
    fn live_from(&self) -> usize {
        if self.full.len() == 0 {
            locate(self.first_index()).1
        } else {
            0
        }
    }

    fn chunk(&self, number: u64) -> Option<&Arc<Chunk>> {
        if number == locate(self.last.index).0 {
            return self.tail.as_ref();
        }
        self.full.get(self.place_in_directory(number)?)
    }

    fn part(&self, number: u64, places: Range<usize>) -> Option<Part> {
        let narrow = |place| u16::try_from(place).expect("a chunk is small");
        Some(Part {
            chunk: Arc::clone(self.chunk(number)?),
            from: narrow(places.start),
            to: narrow(places.end),
        })
    }

    fn place_in_directory(&self, number: u64) -> Option<usize> {
        let (first, _) = locate(self.first_index());
        usize::try_from(number.checked_sub(first)?).ok()
    }

    /// How many entries there are from `index` on, which is not before the first.
    fn count_from(&self, index: LogIndex) -> usize {
        if self.is_empty() {
            return 0;
        }
        let count = self.last.index.0.saturating_sub(index.previous().0);
        usize::try_from(count).expect("a log fits into memory")
    }

    /// The weight of the entries after one index up to another, as far as the log has them.
    fn weight_between(&self, after: LogIndex, to: LogIndex) -> u64 {
        let (after, to) = (after.max(self.base.index), to.min(self.last.index));
        if after >= to {
            return 0;
        }
        let ((first, from), (last, end)) = (locate(after.next()), locate(to));
        let weight = |number| {
            let from = if number == first { from } else { 0 };
            let end = if number == last { end + 1 } else { CHUNK_LEN };
            self.chunk(number)
                .map_or(0, |chunk| chunk.weight(from..end))
        };
        (first..=last).map(weight).sum()
    }

    /// The index of the last entry for which `before` is true, in a log in which it is false for
    /// all after that one; the base's if there is none.
    fn partition_point(&self, before: impl Fn(&Entry) -> bool) -> LogIndex {
        let (mut least, mut most) = (self.base.index.0, self.last.index.0);
        while least < most {
            let middle = least + (most - least).div_ceil(2);
            if self.get(LogIndex(middle)).is_some_and(&before) {
                least = middle;
            } else {
                most = middle - 1;
            }
        }
        LogIndex(least)
    }
}

impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        if (self.base, self.last, self.bytes) != (other.base, other.last, other.bytes) {
            return false;
        }
        if self.is_empty() {
            return true;
        }
        let ((first, from), (last, end)) = (locate(self.first_index()), locate(self.last.index));
        (first..=last).all(|number| match (self.chunk(number), other.chunk(number)) {
            (Some(one), Some(other)) => {
                let from = if number == first { from } else { 0 };
                let end = if number == last { end + 1 } else { CHUNK_LEN };
                Arc::ptr_eq(one, other) || one.equals(other, from..end)
            }
            _ => false,
        })
    }
}

impl Eq for Log {}

#[expect(
    clippy::missing_fields_in_debug,
    reason = "it shows entries, not how they are kept"
)]
impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("base", &self.base)
            .field(
                "entries",
                &self.entries(&(self.first_index()..self.last.index.next())),
            )
            .finish()
    }
}

#[cfg(test)]
mod tests;
