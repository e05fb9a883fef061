//! A list that only grows, and whose clones share what they have in common: a
//! world is cloned for every checkpoint of its timeline, and its judges remember
//! everything that was ever committed.

use std::sync::Arc;

const CHUNK_LEN: usize = 256;

#[derive(Clone, Debug)]
pub(super) struct History<T> {
    /// Full chunks, never changed again.
    full: Vec<Arc<[T]>>,
    /// What does not fill a chunk yet.
    rest: Vec<T>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self {
            full: Vec::new(),
            rest: Vec::new(),
        }
    }
}

impl<T> History<T> {
    pub(super) fn len(&self) -> usize {
        self.full.len() * CHUNK_LEN + self.rest.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&T> {
        match self.full.get(place / CHUNK_LEN) {
            Some(chunk) => chunk.get(place % CHUNK_LEN),
            None => self.rest.get(place - self.full.len() * CHUNK_LEN),
        }
    }

    pub(super) fn push(&mut self, item: T) {
        self.rest.push(item);
        if self.rest.len() == CHUNK_LEN {
            self.full.push(self.rest.drain(..).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_is_found_and_a_clone_goes_its_own_way() {
        let mut history = History::default();
        for number in 0..1_000 {
            history.push(number);
        }
        let mut branch = history.clone();
        branch.push(-1);
        history.push(1_000);
        assert!((0..=1_000).all(|n| history.get(n) == Some(&i32::try_from(n).unwrap())));
        assert_eq!(history.get(1_001), None);
        assert_eq!(branch.get(1_000), Some(&-1));
        assert_eq!((history.len(), branch.len()), (1_001, 1_001));
        assert!(Arc::ptr_eq(&history.full[0], &branch.full[0]));
    }
}
