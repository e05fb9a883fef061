//! A list whose clones share what they have in common.
//!
//! A world is cloned for every copy that its timeline keeps, and the checkers remember much of what
//! was committed. Lists like these grow at their end, now and then lose some of their beginning,
//! and are otherwise never changed. So most of
//! one stands in chunks that are shared for good, and most chunks stand in blocks that are
//! shared too: a clone of a list of a hundred thousand items copies a few dozen pointers and
//! less than a chunk of items.

use std::sync::Arc;

/// So many items make a chunk.
const CHUNK_LEN: usize = 64;
/// So many chunks make a block.
const BLOCK_LEN: usize = 64;

type Chunk<T> = Arc<[T]>;
type Block<T> = Arc<[Chunk<T>]>;

/// A list that changes at its ends only. Cloning it costs next to nothing.
///
/// Its items are those of the chunks in `front`, in `blocks` and in `back`, then `rest`.
#[derive(Clone, Debug)]
pub(crate) struct SharedList<T> {
    /// How many items at the beginning of the first chunk are gone: less than a chunk.
    skip: usize,
    /// What is left of a block whose beginning is gone: less than a block.
    front: Vec<Chunk<T>>,
    /// Full blocks of full chunks, never changed again.
    blocks: Vec<Block<T>>,
    /// Full chunks that do not fill a block.
    back: Vec<Chunk<T>>,
    /// Items that do not fill a chunk.
    rest: Vec<T>,
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        Self {
            skip: 0,
            front: Vec::new(),
            blocks: Vec::new(),
            back: Vec::new(),
            rest: Vec::new(),
        }
    }
}

impl<T: Eq> PartialEq for SharedList<T> {
    fn eq(&self, other: &Self) -> bool {
        if self.skip == other.skip && self.front.len() == other.front.len() {
            // What is shared is the same without a look at it.
            return self.front == other.front
                && self.blocks == other.blocks
                && self.back == other.back
                && self.rest == other.rest;
        }
        self.len() == other.len() && self.iter_from(0).eq(other.iter_from(0))
    }
}

impl<T: Eq> Eq for SharedList<T> {}

impl<T> SharedList<T> {
    pub(crate) fn len(&self) -> usize {
        self.chunks() * CHUNK_LEN + self.rest.len() - self.skip
    }

    /// How many full chunks there are.
    fn chunks(&self) -> usize {
        self.front.len() + self.blocks.len() * BLOCK_LEN + self.back.len()
    }

    fn chunk(&self, number: usize) -> Option<&Chunk<T>> {
        let Some(after_front) = number.checked_sub(self.front.len()) else {
            return self.front.get(number);
        };
        match self.blocks.get(after_front / BLOCK_LEN) {
            Some(block) => block.get(after_front % BLOCK_LEN),
            None => self.back.get(after_front - self.blocks.len() * BLOCK_LEN),
        }
    }

    pub(crate) fn get(&self, place: usize) -> Option<&T> {
        let place = place.checked_add(self.skip)?;
        match self.chunk(place / CHUNK_LEN) {
            Some(chunk) => chunk.get(place % CHUNK_LEN),
            None => self.rest.get(place - self.chunks() * CHUNK_LEN),
        }
    }

    pub(crate) fn last(&self) -> Option<&T> {
        if self.rest.len() > self.skip {
            return self.rest.last();
        }
        self.get(self.len().checked_sub(1)?)
    }

    /// All items from `place` on, in order.
    pub(crate) fn iter_from(&self, place: usize) -> impl ExactSizeIterator<Item = &T> {
        (place..self.len().max(place)).map(|place| self.get(place).expect("it is within the list"))
    }

    /// How many items there are up to the first for which `before` is false, in a list
    /// in which it is false for all after that one.
    pub(crate) fn partition_point(&self, before: impl Fn(&T) -> bool) -> usize {
        let (mut least, mut most) = (0, self.len());
        while least < most {
            let middle = usize::midpoint(least, most);
            if self.get(middle).is_some_and(&before) {
                least = middle + 1;
            } else {
                most = middle;
            }
        }
        least
    }

    pub(crate) fn push(&mut self, item: T) {
        self.rest.push(item);
        if self.rest.len() < CHUNK_LEN {
            return;
        }
        self.back.push(self.rest.drain(..).collect());
        if self.back.len() == BLOCK_LEN {
            self.blocks.push(self.back.drain(..).collect());
        }
    }

    /// Drops the first `count` items. What is left stays shared with clones, and so does the
    /// dropped part of its first chunk.
    pub(crate) fn drop_front(&mut self, count: usize) {
        let gone = count.min(self.len()) + self.skip;
        let whole = (gone / CHUNK_LEN).min(self.chunks());
        self.drop_chunks(whole);
        let gone = gone - whole * CHUNK_LEN;
        if self.chunks() == 0 {
            // The rest is copied by a clone anyway.
            self.rest.drain(..gone);
            self.skip = 0;
        } else {
            self.skip = gone;
        }
    }

    /// Drops the first `whole` chunks.
    fn drop_chunks(&mut self, whole: usize) {
        let of_front = whole.min(self.front.len());
        self.front.drain(..of_front);
        let after_front = whole - of_front;
        let blocks = (after_front / BLOCK_LEN).min(self.blocks.len());
        self.blocks.drain(..blocks);
        let left = after_front - blocks * BLOCK_LEN;
        if left == 0 {
            return;
        }
        if self.blocks.is_empty() {
            self.back.drain(..left);
        } else {
            // A block would hold on to what is gone of it.
            self.front = self.blocks.remove(0)[left..].to_vec();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::rng::Pcg32;

    const WHOLE: usize = CHUNK_LEN * BLOCK_LEN;
    /// Beside the edges of chunks and blocks.
    const LENS: [usize; 13] = [
        0,
        1,
        CHUNK_LEN - 1,
        CHUNK_LEN,
        CHUNK_LEN + 1,
        CHUNK_LEN * 11,
        WHOLE - 1,
        WHOLE,
        WHOLE + 1,
        WHOLE + CHUNK_LEN,
        2 * WHOLE,
        2 * WHOLE + 700,
        3 * WHOLE + CHUNK_LEN + 7,
    ];

    fn list(len: usize) -> SharedList<usize> {
        let mut list = SharedList::default();
        (0..len).for_each(|number| list.push(number));
        list
    }

    #[test]
    fn it_holds_what_a_vector_would() {
        for len in LENS {
            let list = list(len);
            assert_eq!(list.len(), len);
            assert_eq!(list.last().copied(), len.checked_sub(1));
            assert!((0..len).all(|place| list.get(place) == Some(&place)));
            assert_eq!(list.get(len), None);
            for from in [0, 100, CHUNK_LEN, WHOLE, len, len + 1_000] {
                let items: Vec<_> = list.iter_from(from).copied().collect();
                assert_eq!(items, (from..len).collect::<Vec<_>>());
            }
            for bound in [0, 7, CHUNK_LEN, WHOLE + 300, len, len + 1] {
                let point = list.partition_point(|&number| number < bound);
                assert_eq!(point, bound.min(len));
            }
        }
    }

    #[test]
    fn without_its_beginning_it_is_a_shorter_list() {
        for len in LENS {
            for dropped in LENS {
                let mut shorter = list(len);
                shorter.drop_front(dropped);
                let expected: Vec<usize> = (dropped.min(len)..len).collect();
                let items: Vec<_> = shorter.iter_from(0).copied().collect();
                assert_eq!(items, expected, "{len} without {dropped}");
                assert_eq!(shorter.last(), expected.last());
                let mut same = SharedList::default();
                for &item in &expected {
                    same.push(item);
                }
                assert_eq!(shorter, same);
            }
        }
    }

    /// Whatever is done to it, in any order, it holds what a queue would, and so do its clones.
    #[test]
    fn after_any_changes_it_holds_what_a_queue_would() {
        for seed in 0..300 {
            let mut dice = Pcg32::fork(seed, "list", 0);
            let mut draw = |most: usize| usize::try_from(dice.between(0, most as u64)).unwrap();
            let (mut list, mut model) = (SharedList::default(), VecDeque::new());
            let mut kept = Vec::new();
            for number in 0..40 {
                match draw(9) {
                    0..=4 => {
                        for item in 0..draw(WHOLE) {
                            list.push(item ^ number);
                            model.push_back(item ^ number);
                        }
                    }
                    5..=7 => {
                        let gone = draw(model.len() / 2);
                        list.drop_front(gone);
                        model.drain(..gone);
                    }
                    8 => {
                        let gone = draw(CHUNK_LEN).min(model.len());
                        list.drop_front(gone);
                        model.drain(..gone);
                    }
                    _ => kept.push((list.clone(), model.clone())),
                }
                assert_eq!(list.len(), model.len());
                assert_eq!(list.last(), model.back());
            }
            kept.push((list, model));
            for (list, model) in kept {
                assert!(list.iter_from(0).eq(model.iter()), "seed {seed}");
            }
        }
    }

    #[test]
    fn a_clone_shares_the_blocks_and_chunks_and_goes_its_own_way() {
        let one = list(3 * WHOLE + 1_000);
        let mut other = one.clone();
        assert!(Arc::ptr_eq(&one.blocks[2], &other.blocks[2]));
        other.drop_front(WHOLE + 300);
        assert!(Arc::ptr_eq(&one.blocks[2], &other.blocks[0]));
        assert!(Arc::ptr_eq(&one.blocks[1][63], other.front.last().unwrap()));
        let mut one = one;
        one.push(7);
        other.push(8);
        assert_eq!((one.last(), other.last()), (Some(&7), Some(&8)));
        assert_eq!(
            (one.get(WHOLE + 300), other.get(0)),
            (Some(&(WHOLE + 300)), Some(&(WHOLE + 300)))
        );
    }

    /// What is dropped is given back, but for the rest of a chunk.
    #[test]
    fn it_holds_on_to_nothing_that_is_gone() {
        let item = Arc::new(());
        let mut list = SharedList::default();
        for _ in 0..2 * WHOLE {
            list.push(Arc::clone(&item));
        }
        list.drop_front(WHOLE + CHUNK_LEN * 20);
        assert!(Arc::strong_count(&item) <= list.len() + CHUNK_LEN + 1);
        list.drop_front(usize::MAX);
        assert_eq!(Arc::strong_count(&item), 1);
    }
}
