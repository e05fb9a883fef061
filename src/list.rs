//! A list whose clones share what they have in common.
//!
//! A world is cloned for every checkpoint of its timeline, with all its logs, and the
//! checkers remember much of what was committed. Lists like these grow at their end, now and
//! then lose some of it, or of their beginning, and are otherwise never changed. So most of
//! one stands in chunks that are shared for good, and a clone copies no more than the rest.

use std::sync::Arc;

const CHUNK_LEN: usize = 256;

/// A list that changes at its ends only. Cloning it costs next to nothing.
#[derive(Clone, Debug)]
pub(crate) struct SharedList<T> {
    /// How many items at the beginning of the first chunk are gone: less than a chunk.
    skip: usize,
    /// Full chunks, never changed again.
    full: Vec<Arc<[T]>>,
    /// What does not fill a chunk.
    rest: Vec<T>,
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        Self {
            skip: 0,
            full: Vec::new(),
            rest: Vec::new(),
        }
    }
}

impl<T: PartialEq> PartialEq for SharedList<T> {
    fn eq(&self, other: &Self) -> bool {
        if self.skip == other.skip {
            return self.full == other.full && self.rest == other.rest;
        }
        self.len() == other.len() && self.iter_from(0).eq(other.iter_from(0))
    }
}

impl<T: Eq> Eq for SharedList<T> {}

impl<T> SharedList<T> {
    pub(crate) fn len(&self) -> usize {
        self.full.len() * CHUNK_LEN + self.rest.len() - self.skip
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn get(&self, place: usize) -> Option<&T> {
        let place = place.checked_add(self.skip)?;
        match self.full.get(place / CHUNK_LEN) {
            Some(chunk) => chunk.get(place % CHUNK_LEN),
            None => self.rest.get(place - self.full.len() * CHUNK_LEN),
        }
    }

    pub(crate) fn last(&self) -> Option<&T> {
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
        if self.rest.len() == CHUNK_LEN {
            self.full.push(self.rest.drain(..).collect());
        }
    }
}

impl<T: Clone> SharedList<T> {
    /// Keeps the first `len` items.
    pub(crate) fn truncate(&mut self, len: usize) {
        if len >= self.len() {
            return;
        }
        let len = len + self.skip;
        let whole = len / CHUNK_LEN;
        if let Some(broken) = self.full.get(whole) {
            self.rest = broken[..len % CHUNK_LEN].to_vec();
            self.full.truncate(whole);
        } else {
            self.rest.truncate(len - self.full.len() * CHUNK_LEN);
        }
    }

    /// Drops the first `count` items. What is left stays shared with clones, and so does the
    /// dropped part of its first chunk.
    pub(crate) fn drop_front(&mut self, count: usize) {
        let gone = count.min(self.len()) + self.skip;
        let whole = (gone / CHUNK_LEN).min(self.full.len());
        self.full.drain(..whole);
        let gone = gone - whole * CHUNK_LEN;
        if self.full.is_empty() {
            // The rest is copied by a clone anyway.
            self.rest.drain(..gone);
            self.skip = 0;
        } else {
            self.skip = gone;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(len: usize) -> SharedList<usize> {
        let mut list = SharedList::default();
        (0..len).for_each(|number| list.push(number));
        list
    }

    #[test]
    fn it_holds_what_a_vector_would() {
        for len in [0, 1, 255, 256, 257, 511, 512, 1_000] {
            let list = list(len);
            assert_eq!((list.len(), list.is_empty()), (len, len == 0));
            assert_eq!(list.last().copied(), len.checked_sub(1));
            assert!((0..len).all(|place| list.get(place) == Some(&place)));
            assert_eq!(list.get(len), None);
            for from in [0, 100, 256, len, len + 1_000] {
                let items: Vec<_> = list.iter_from(from).copied().collect();
                assert_eq!(items, (from..len).collect::<Vec<_>>());
            }
            for bound in [0, 7, 256, 300, len, len + 1] {
                let point = list.partition_point(|&number| number < bound);
                assert_eq!(point, bound.min(len));
            }
        }
    }

    #[test]
    fn truncated_anywhere_it_is_a_shorter_list() {
        for len in [0, 1, 100, 255, 256, 257, 511, 512, 700, 900] {
            let mut shorter = list(700);
            shorter.truncate(len);
            assert_eq!(shorter, list(len.min(700)), "{len}");
            shorter.push(7);
            assert_eq!(shorter.last(), Some(&7));
        }
    }

    #[test]
    fn without_its_beginning_it_is_a_shorter_list_that_shares_the_chunks() {
        for len in [0, 1, 255, 256, 257, 700] {
            for dropped in [0, 1, 100, 255, 256, 257, 511, 512, 600, 699, 700, 900] {
                let mut shorter = list(len);
                shorter.drop_front(dropped);
                let expected: Vec<usize> = (dropped.min(len)..len).collect();
                let items: Vec<_> = shorter.iter_from(0).copied().collect();
                assert_eq!(items, expected, "{len} without {dropped}");
                assert_eq!(shorter.last(), expected.last());
                assert_eq!(shorter.is_empty(), expected.is_empty());
                let mut same = SharedList::default();
                for &item in &expected {
                    same.push(item);
                }
                assert_eq!(shorter, same);
                for half in [expected.len() / 2, expected.len()] {
                    let mut half_of_it = shorter.clone();
                    half_of_it.truncate(half);
                    half_of_it.push(7);
                    half_of_it.drop_front(half / 2);
                    let items: Vec<_> = half_of_it.iter_from(0).copied().collect();
                    let mut left = expected[half / 2..half].to_vec();
                    left.push(7);
                    assert_eq!(items, left);
                }
            }
        }
        let one = list(1_000);
        let mut other = one.clone();
        other.drop_front(300);
        assert!(Arc::ptr_eq(&one.full[1], &other.full[0]));
    }

    #[test]
    fn a_clone_shares_the_chunks_and_goes_its_own_way() {
        let mut one = list(1_000);
        let mut other = one.clone();
        assert!(Arc::ptr_eq(&one.full[2], &other.full[2]));
        one.truncate(600);
        one.push(7);
        other.push(8);
        assert_eq!((one.get(600), other.get(600)), (Some(&7), Some(&600)));
        assert_eq!((one.len(), other.len()), (601, 1_001));
        assert!(Arc::ptr_eq(&one.full[1], &other.full[1]));
    }
}
