//! What logs are made of: chunks of places for entries, each place written once.
//!
//! Since a place never changes once it is written, any number of logs and messages can share a
//! chunk: those of all replicas in one process, those of their disks, and those of copies of the
//! whole. Each log knows for itself where it ends. One that would write to a place where
//! something else stands, because its history went another way, goes on in a copy.
//!
//! So sharing is never seen from outside: a log is what its entries are, wherever they stand.

use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use super::ids::{LogIndex, NUMBER_MAX};
use super::message::{Entry, Payload};

/// Places in a chunk. Index `i` has its place in chunk number `(i − 1) / CHUNK_LEN` of every log.
pub(super) const CHUNK_LEN: usize = 256;

/// Chunks in a block of a [`Directory`].
const BLOCK_LEN: usize = 32;

/// It holds an entry that no right replica writes.
const ODD: u8 = 1;
/// It holds a configuration.
const CONFIGURED: u8 = 2;

/// Places for entries whose indices follow each other and whose terms never fall. They are
/// written in order, and each is written once.
pub(super) struct Chunk {
    /// The first place that is used.
    first: usize,
    /// Set before the place is written that it is about.
    marks: AtomicU8,
    places: [OnceLock<Placed>; CHUNK_LEN],
}

struct Placed {
    entry: Entry,
    /// The [weight](Entry::weight) of all entries of the chunk up to this one.
    sum: u64,
}

/// The number of the chunk in which an index has its place, and the place. The index is not zero.
pub(super) fn locate(index: LogIndex) -> (u64, usize) {
    let before = index.previous().0;
    let place = usize::try_from(before % CHUNK_LEN as u64).expect("less than a chunk has");
    (before / CHUNK_LEN as u64, place)
}

/// Whether an entry is one that a right replica may write, apart from its neighbours.
pub(super) fn is_sound(entry: &Entry) -> bool {
    let with_voter = match &entry.payload {
        Payload::Membership(membership) => !membership.voters.is_empty(),
        Payload::Noop | Payload::Command(_) => true,
    };
    with_voter && (1..=NUMBER_MAX).contains(&entry.term.0) && entry.index.0 <= NUMBER_MAX
}

impl Chunk {
    /// A chunk that is used from this place on.
    pub(super) fn starting_at(first: usize) -> Self {
        Self {
            first,
            marks: AtomicU8::new(0),
            places: [const { OnceLock::new() }; CHUNK_LEN],
        }
    }

    /// A chunk with the same entries at these places.
    pub(super) fn copy_of(&self, places: Range<usize>) -> Self {
        let copy = Self::starting_at(places.start);
        for place in places {
            let kept = self
                .entry(place)
                .map(|entry| copy.put(place, entry.clone()));
            debug_assert!(matches!(kept, Some(Ok(()))));
        }
        copy
    }

    /// The entry at a place, if it is written.
    pub(super) fn entry(&self, place: usize) -> Option<&Entry> {
        Some(&self.places.get(place)?.get()?.entry)
    }

    /// Has an entry stand at a place, which is the first one or follows one that is written.
    /// Gives it back if another one stands there.
    pub(super) fn put(&self, place: usize, entry: Entry) -> Result<(), Entry> {
        let there = &self.places[place];
        if let Some(placed) = there.get() {
            return if placed.entry == entry {
                Ok(())
            } else {
                Err(entry)
            };
        }
        let marks = (u8::from(!is_sound(&entry)) * ODD)
            | (u8::from(matches!(entry.payload, Payload::Membership(_))) * CONFIGURED);
        if marks != 0 {
            self.marks.fetch_or(marks, Ordering::Relaxed);
        }
        let sum = self.weight_before(place) + entry.weight();
        // In another thread somebody may have been faster.
        there
            .set(Placed { entry, sum })
            .or_else(|Placed { entry, .. }| {
                if self.entry(place) == Some(&entry) {
                    Ok(())
                } else {
                    Err(entry)
                }
            })
    }

    /// The [weight](Entry::weight) of the entries at these places, which are written.
    pub(super) fn weight(&self, places: Range<usize>) -> u64 {
        self.weight_before(places.end) - self.weight_before(places.start)
    }

    fn weight_before(&self, place: usize) -> u64 {
        if place <= self.first {
            return 0;
        }
        let before = self.places[place - 1].get();
        before.expect("places are written in order").sum
    }

    /// Whether the same entries stand at these places of both.
    pub(super) fn equals(&self, other: &Self, places: Range<usize>) -> bool {
        places.into_iter().all(|place| {
            let (one, other) = (self.entry(place), other.entry(place));
            one.is_some() && one == other
        })
    }

    /// Whether no entry in it is one that a right replica would not have written.
    pub(super) fn is_sound(&self) -> bool {
        self.marks.load(Ordering::Relaxed) & ODD == 0
    }

    /// Whether any of its entries may be a configuration.
    pub(super) fn has_memberships(&self) -> bool {
        self.marks.load(Ordering::Relaxed) & CONFIGURED != 0
    }
}

/// The chunks of a log that are full, oldest first. A clone costs nothing: what one of the two
/// changes later is copied then, one block of chunks and the list of blocks.
#[derive(Clone, Default)]
pub(super) struct Directory {
    blocks: Arc<Vec<Arc<Vec<Arc<Chunk>>>>>,
    /// How many chunks the first block lacks of a full one: they were dropped.
    skip: usize,
}

impl Directory {
    pub(super) fn len(&self) -> usize {
        match self.blocks.last() {
            Some(last) if self.blocks.len() == 1 => last.len(),
            Some(last) => (self.blocks.len() - 1) * BLOCK_LEN + last.len() - self.skip,
            None => 0,
        }
    }

    pub(super) fn get(&self, place: usize) -> Option<&Arc<Chunk>> {
        let place = place.checked_add(self.skip)?;
        let block = place / BLOCK_LEN;
        let gone = if block == 0 { self.skip } else { 0 };
        self.blocks.get(block)?.get(place % BLOCK_LEN - gone)
    }

    pub(super) fn push(&mut self, chunk: Arc<Chunk>) {
        let full = (self.len() + self.skip).is_multiple_of(BLOCK_LEN);
        let blocks = Arc::make_mut(&mut self.blocks);
        match blocks.last_mut() {
            Some(last) if !full => Arc::make_mut(last).push(chunk),
            _ => blocks.push(Arc::new(vec![chunk])),
        }
    }

    /// Keeps the first `len` chunks.
    pub(super) fn truncate(&mut self, len: usize) {
        if len >= self.len() {
            return;
        }
        if len == 0 {
            return *self = Self::default();
        }
        let kept = len + self.skip;
        let blocks = Arc::make_mut(&mut self.blocks);
        blocks.truncate(kept.div_ceil(BLOCK_LEN));
        let gone = if blocks.len() == 1 { self.skip } else { 0 };
        if let Some(last) = blocks.last_mut() {
            let len = (kept - 1) % BLOCK_LEN + 1 - gone;
            if len < last.len() {
                Arc::make_mut(last).truncate(len);
            }
        }
    }

    /// Drops the first `count` chunks.
    pub(super) fn drop_front(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        if count >= self.len() {
            return *self = Self::default();
        }
        let gone = count + self.skip;
        let blocks = Arc::make_mut(&mut self.blocks);
        let whole = gone / BLOCK_LEN;
        blocks.drain(..whole);
        let skipped = if whole == 0 { self.skip } else { 0 };
        self.skip = gone % BLOCK_LEN;
        if self.skip > skipped
            && let Some(first) = blocks.first_mut()
        {
            Arc::make_mut(first).drain(..self.skip - skipped);
        }
    }

    /// Puts another chunk in the place of the first.
    pub(super) fn replace_first(&mut self, chunk: Arc<Chunk>) {
        let blocks = Arc::make_mut(&mut self.blocks);
        let first = blocks
            .first_mut()
            .and_then(|block| Arc::make_mut(block).first_mut());
        *first.expect("there is one") = chunk;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::types::ids::Term;

    fn entry(index: u64, term: u64) -> Entry {
        Entry {
            index: LogIndex(index),
            term: Term(term),
            payload: Payload::Command(vec![0; 10].into()),
        }
    }

    #[test]
    fn a_place_is_written_once_and_takes_the_same_again() {
        let chunk = Chunk::starting_at(2);
        assert_eq!(chunk.put(2, entry(3, 1)), Ok(()));
        assert_eq!(chunk.put(2, entry(3, 1)), Ok(()));
        assert_eq!(chunk.put(2, entry(3, 2)), Err(entry(3, 2)));
        assert_eq!(chunk.put(3, entry(4, 1)), Ok(()));
        assert_eq!(chunk.entry(2), Some(&entry(3, 1)));
        assert_eq!((chunk.entry(1), chunk.entry(4)), (None, None));
        assert_eq!(chunk.entry(CHUNK_LEN), None);
        let one = entry(3, 1).weight();
        assert_eq!(chunk.weight(2..3), one);
        assert_eq!(chunk.weight(2..4), 2 * one);
        assert_eq!(chunk.weight(3..4), one);
    }

    #[test]
    fn a_copy_goes_its_own_way() {
        let chunk = Chunk::starting_at(0);
        for place in 0..4 {
            chunk.put(place, entry(place as u64 + 1, 1)).unwrap();
        }
        let copy = chunk.copy_of(1..3);
        assert_eq!(copy.put(3, entry(4, 7)), Ok(()));
        assert!(copy.equals(&chunk, 1..3) && !copy.equals(&chunk, 1..4));
        assert!(!copy.equals(&chunk, 0..2));
        assert_eq!(copy.weight(1..4), chunk.weight(1..4));
    }

    #[test]
    fn what_no_replica_would_write_leaves_a_mark() {
        let chunk = Chunk::starting_at(0);
        chunk.put(0, entry(1, 1)).unwrap();
        assert!(chunk.is_sound() && !chunk.has_memberships());
        let mut nobody = entry(2, 1);
        nobody.payload = Payload::Membership(Arc::default());
        chunk.put(1, nobody).unwrap();
        assert!(!chunk.is_sound() && chunk.has_memberships());
        for odd in [entry(1, 0), entry(NUMBER_MAX + 1, 1)] {
            let chunk = Chunk::starting_at(0);
            chunk.put(0, odd).unwrap();
            assert!(!chunk.is_sound());
        }
    }

    /// Threads that write to one place agree on what stands there.
    #[test]
    fn one_of_several_writers_wins() {
        for round in 0..100 {
            let chunk = &Chunk::starting_at(0);
            let winners: Vec<u64> = std::thread::scope(|scope| {
                let write = |term| move || chunk.put(0, entry(1, term)).is_ok().then_some(term);
                let writers: Vec<_> = (1..=3).map(|term| scope.spawn(write(term))).collect();
                let results = writers.into_iter().map(|it| it.join().expect("it ends"));
                results.flatten().collect()
            });
            let there = chunk.entry(0).expect("somebody wrote").term.0;
            assert_eq!(winners, [there], "{round}");
        }
    }

    #[test]
    fn a_directory_is_a_list_whatever_is_dropped_from_it() {
        let chunks: Vec<Arc<Chunk>> = (0..100).map(|_| Arc::new(Chunk::starting_at(0))).collect();
        let whole = |len: usize| {
            let mut directory = Directory::default();
            for chunk in &chunks[..len] {
                directory.push(Arc::clone(chunk));
            }
            directory
        };
        let holds = |directory: &Directory, expected: &[Arc<Chunk>]| {
            assert_eq!(directory.len(), expected.len());
            for (place, chunk) in expected.iter().enumerate() {
                assert!(Arc::ptr_eq(
                    directory.get(place).expect("it is there"),
                    chunk
                ));
            }
            assert!(directory.get(expected.len()).is_none());
            assert!(directory.get(usize::MAX).is_none());
        };
        for len in [0, 1, 31, 32, 33, 64, 70] {
            holds(&whole(len), &chunks[..len]);
            for dropped in [0, 1, 30, 31, 32, 33, 63, 64, 65, 70] {
                let dropped = dropped.min(len);
                for kept in [0, 1, 2, 31, 32, 33, 70] {
                    let kept = kept.min(len - dropped);
                    let before = whole(len);
                    let mut after = before.clone();
                    after.drop_front(dropped / 2);
                    after.drop_front(dropped - dropped / 2);
                    after.truncate(kept);
                    let mut expected = chunks[dropped..dropped + kept].to_vec();
                    holds(&after, &expected);
                    for chunk in &chunks[70..] {
                        after.push(Arc::clone(chunk));
                        expected.push(Arc::clone(chunk));
                    }
                    holds(&after, &expected);
                    if !expected.is_empty() {
                        expected[0] = Arc::clone(&chunks[99]);
                        after.replace_first(Arc::clone(&chunks[99]));
                        holds(&after, &expected);
                    }
                    // The one that it was cloned from is as it was.
                    holds(&before, &chunks[..len]);
                }
            }
        }
    }
}
