//! A map whose clones share what they have in common.
//!
//! Beside the logs it is maps that grow in a world: the stores' pairs and sessions, and what the
//! checkers know of every client. Of one copy of the world to the next little of them changes. So
//! the pairs stand in order in small chunks: a clone copies a pointer to each, and who changes a
//! pair copies its chunk, if a clone has it too.
//!
//! The crates for this (`imbl`, `rpds`) were looked at: they do more, with a dozen times the
//! code, and make the wasm larger.

use std::borrow::Borrow;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A chunk has at most this many pairs.
const CHUNK_MAX: usize = 32;

type Chunk<K, V> = Arc<Vec<(K, V)>>;

/// A sorted map. Cloning it copies a pointer for each of its chunks.
#[derive(Clone, Debug)]
pub(crate) struct SharedMap<K, V> {
    /// In order; none is empty.
    chunks: Vec<Chunk<K, V>>,
    len: usize,
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            len: 0,
        }
    }
}

impl<K: Eq, V: Eq> PartialEq for SharedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && (self.chunks == other.chunks || self.iter().eq(other.iter()))
    }
}

impl<K: Eq, V: Eq> Eq for SharedMap<K, V> {}

impl<K, V> SharedMap<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All pairs, in the order of their keys.
    pub(crate) fn iter(&self) -> Iter<'_, K, V> {
        self.iter_at(0, 0)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    pub(crate) fn first(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    pub(crate) fn last(&self) -> Option<(&K, &V)> {
        let (key, value) = self.chunks.last()?.last()?;
        Some((key, value))
    }

    /// From that place of that chunk on, which may be behind its last pair.
    fn iter_at(&self, chunk: usize, place: usize) -> Iter<'_, K, V> {
        let (first, later) = self.chunks.get(chunk..).map_or((None, &[][..]), |chunks| {
            chunks
                .split_first()
                .map_or((None, &[][..]), |(it, rest)| (Some(it), rest))
        });
        let here = first.map_or(&[][..], |chunk| &chunk[place..]);
        Iter {
            here: here.iter(),
            later: later.iter(),
            left: self.len,
        }
    }
}

impl<K: Ord, V> SharedMap<K, V> {
    /// The chunk that holds the key, if any does, and the place in it, or where it would be.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> (usize, Result<usize, usize>)
    where
        K: Borrow<Q>,
    {
        let after = self
            .chunks
            .partition_point(|chunk| chunk[0].0.borrow() <= key);
        let chunk = after.saturating_sub(1);
        let place = self.chunks.get(chunk).map_or(Err(0), |chunk| {
            chunk.binary_search_by(|(at, _)| at.borrow().cmp(key))
        });
        (chunk, place)
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (chunk, place) = self.find(key);
        Some(&self.chunks.get(chunk)?[place.ok()?].1)
    }

    /// All pairs from this key on, in order.
    pub(crate) fn iter_from<'a, Q: Ord + ?Sized>(
        &'a self,
        key: &Q,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V, Q>
    where
        K: Borrow<Q>,
    {
        let (chunk, place) = self.find(key);
        let mut pairs = self.iter_at(chunk, place.unwrap_or_else(|place| place));
        // How many are left, nobody has counted.
        std::iter::from_fn(move || pairs.next())
    }
}

impl<K: Ord + Clone, V: Clone> SharedMap<K, V> {
    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (chunk, place) = self.find(key);
        let place = place.ok()?;
        Some(&mut Arc::make_mut(&mut self.chunks[chunk])[place].1)
    }

    /// Sets a key's value, and returns the one before.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let (number, place) = self.find(&key);
        let Some(chunk) = self.chunks.get_mut(number) else {
            self.chunks.push(Arc::new(vec![(key, value)]));
            self.len = 1;
            return None;
        };
        let chunk = Arc::make_mut(chunk);
        let place = match place {
            Ok(place) => return Some(std::mem::replace(&mut chunk[place].1, value)),
            Err(place) => place,
        };
        chunk.insert(place, (key, value));
        self.len += 1;
        if chunk.len() > CHUNK_MAX {
            // Keys that only rise leave full chunks behind them.
            let at = if place == CHUNK_MAX {
                CHUNK_MAX
            } else {
                CHUNK_MAX / 2
            };
            let upper = chunk.split_off(at);
            self.chunks.insert(number + 1, Arc::new(upper));
        }
        None
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (number, place) = self.find(key);
        let place = place.ok()?;
        let chunk = Arc::make_mut(&mut self.chunks[number]);
        let (_, value) = chunk.remove(place);
        self.len -= 1;
        let left = chunk.len();
        if left == 0 {
            self.chunks.remove(number);
        } else if let Some(next) = self.chunks.get(number + 1)
            && left + next.len() <= CHUNK_MAX / 2
        {
            let next = self.chunks.remove(number + 1);
            Arc::make_mut(&mut self.chunks[number]).extend(next.iter().cloned());
        }
        Some(value)
    }

    pub(crate) fn pop_first(&mut self) -> Option<(K, V)> {
        let key = self.first()?.0.clone();
        let value = self.remove(&key)?;
        Some((key, value))
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for SharedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut map = Self::default();
        for (key, value) in pairs {
            map.insert(key, value);
        }
        map
    }
}

/// As a map, like that of the standard library.
impl<K: Serialize, V: Serialize> Serialize for SharedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Pairs in the order of their keys.
#[derive(Clone, Debug)]
pub(crate) struct Iter<'a, K, V> {
    here: std::slice::Iter<'a, (K, V)>,
    later: std::slice::Iter<'a, Chunk<K, V>>,
    /// How many are left, if it began with the first.
    left: usize,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.here.next() {
                self.left -= 1;
                return Some((key, value));
            }
            self.here = self.later.next()?.iter();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rng::Pcg32;

    /// Whatever is done to it, it holds what the standard library's map would, and so do its
    /// clones.
    #[test]
    fn after_any_changes_it_holds_what_another_map_would() {
        for seed in 0..100 {
            let mut dice = Pcg32::fork(seed, "map", 0);
            let (mut map, mut model) = (SharedMap::default(), BTreeMap::new());
            let mut kept = Vec::new();
            for number in 0..2_000_u64 {
                let key = dice.between(0, 200 + seed * 20);
                match dice.below(16) {
                    0..=8 => assert_eq!(map.insert(key, number), model.insert(key, number)),
                    9..=11 => assert_eq!(map.remove(&key), model.remove(&key)),
                    12 => assert_eq!(map.pop_first(), model.pop_first()),
                    13 => {
                        let pairs: Vec<_> = map.iter_from(&key).take(40).collect();
                        assert_eq!(pairs, model.range(key..).take(40).collect::<Vec<_>>());
                    }
                    14 => {
                        if let Some(value) = map.get_mut(&key) {
                            *value += 1;
                            *model.get_mut(&key).unwrap() += 1;
                        }
                    }
                    _ => kept.push((map.clone(), model.clone())),
                }
                assert_eq!(map.get(&key), model.get(&key));
                assert_eq!(map.first(), model.first_key_value());
                assert_eq!(map.last(), model.last_key_value());
            }
            kept.push((map, model));
            for (map, model) in kept.iter().rev().take(20) {
                assert_eq!((map.len(), map.iter().len()), (model.len(), model.len()));
                assert!(map.iter().eq(model.iter()), "seed {seed}");
                assert!(
                    map.chunks
                        .iter()
                        .all(|it| (1..=CHUNK_MAX).contains(&it.len()))
                );
                let same: SharedMap<_, _> = model.iter().map(|(&key, &it)| (key, it)).collect();
                assert_eq!(*map, same);
            }
        }
    }

    #[test]
    fn a_clone_shares_the_chunks_but_those_that_were_changed() {
        let one: SharedMap<u64, u64> = (0..1_000).map(|key| (key, key)).collect();
        assert_eq!(one.chunks.len(), 1_000 / CHUNK_MAX + 1);
        let mut other = one.clone();
        other.insert(500, 7);
        let pairs = one.chunks.iter().zip(&other.chunks);
        assert_eq!(
            pairs
                .filter(|(one, other)| !Arc::ptr_eq(one, other))
                .count(),
            1
        );
        assert_eq!((one.get(&500), other.get(&500)), (Some(&500), Some(&7)));
    }

    #[test]
    fn it_is_written_as_another_map_would_be() {
        let map: SharedMap<u16, &str> = [(2, "b"), (1, "a")].into_iter().collect();
        let model: BTreeMap<u16, &str> = [(2, "b"), (1, "a")].into_iter().collect();
        assert_eq!(
            postcard::to_allocvec(&map).unwrap(),
            postcard::to_allocvec(&model).unwrap()
        );
    }
}
