//! Entries that follow each other: what a message carries, and what a step commits or appends.

use std::fmt;
use std::ops::{Index, Range};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::chunk::{CHUNK_LEN, Chunk, is_sound};
use super::ids::LogIndex;
use super::message::{ENTRY_BYTES, Entry, Payload};

/// A run of entries, most often a part of a log ([`Log::entries`](super::log::Log::entries)). It
/// shares them with the log, and keeps them whatever becomes of it. A clone costs next to nothing.
///
/// Entries from elsewhere (out of a datagram, say) make one too: `Entries::from(vec)`. Those may be
/// any at all; a replica refuses a message with entries that no log can hold.
#[derive(Clone, Default)]
pub struct Entries(Held);

#[derive(Clone, Default)]
enum Held {
    #[default]
    Nothing,
    /// Places of one chunk.
    Part {
        chunk: Arc<Chunk>,
        from: u16,
        to: u16,
    },
    /// Places of several chunks, each of which goes on in the next.
    Parts(Arc<[Part]>),
    /// Entries from elsewhere.
    Own(Arc<Own>),
}

/// Places of a chunk.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) chunk: Arc<Chunk>,
    pub(super) from: u16,
    pub(super) to: u16,
}

struct Own {
    entries: Box<[Entry]>,
    sound: bool,
}

impl Entries {
    pub(super) const fn none() -> Self {
        Self(Held::Nothing)
    }

    /// The entries at these places, of which none is empty, in this order.
    pub(super) fn of_parts(mut parts: impl ExactSizeIterator<Item = Part>) -> Self {
        Self(match parts.len() {
            0 => Held::Nothing,
            1 => {
                let Part { chunk, from, to } = parts.next().expect("there is one");
                Held::Part { chunk, from, to }
            }
            _ => Held::Parts(parts.collect()),
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Held::Nothing => 0,
            Held::Part { from, to, .. } => usize::from(to - from),
            Held::Parts(parts) => {
                let between = (parts.len() - 1) * CHUNK_LEN;
                let (first, last) = (&parts[0], &parts[parts.len() - 1]);
                between - usize::from(first.from) + usize::from(last.to)
            }
            Held::Own(own) => own.entries.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        matches!(self.0, Held::Nothing)
    }

    /// The one at this place, from zero.
    pub fn get(&self, place: usize) -> Option<&Entry> {
        match &self.0 {
            Held::Nothing => None,
            Held::Part { chunk, from, to } => {
                let place = usize::from(*from).checked_add(place)?;
                chunk.entry(place).filter(|_| place < usize::from(*to))
            }
            Held::Parts(parts) => {
                let place = usize::from(parts[0].from).checked_add(place)?;
                let part = parts.get(place / CHUNK_LEN)?;
                let place = place % CHUNK_LEN;
                part.chunk
                    .entry(place)
                    .filter(|_| place < usize::from(part.to))
            }
            Held::Own(own) => own.entries.get(place),
        }
    }

    /// The first one.
    pub fn first(&self) -> Option<&Entry> {
        self.get(0)
    }

    /// The last one.
    pub fn last(&self) -> Option<&Entry> {
        self.get(self.len().checked_sub(1)?)
    }

    /// All of them, in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            entries: self,
            places: 0..self.len(),
        }
    }

    /// A copy of them, to be changed.
    pub fn to_vec(&self) -> Vec<Entry> {
        self.iter().cloned().collect()
    }

    /// Those of these indices, of entries whose indices follow each other.
    #[must_use]
    pub fn within(&self, indices: &Range<LogIndex>) -> Self {
        let Some(first) = self.first() else {
            return Self::default();
        };
        let place = |index: LogIndex| {
            let after = index.0.saturating_sub(first.index.0);
            usize::try_from(after).map_or(self.len(), |place| place.min(self.len()))
        };
        self.slice(place(indices.start)..place(indices.end))
    }

    /// Those at these places, as far as there are any.
    pub(in crate::raft) fn slice(&self, places: Range<usize>) -> Self {
        let (from, to) = (places.start, places.end.min(self.len()));
        if from >= to {
            return Self::default();
        }
        if to - from == self.len() {
            return self.clone();
        }
        if let Held::Own(own) = &self.0 {
            return own.entries[from..to].to_vec().into();
        }
        let mut before = 0;
        let parts: Vec<Part> = (self.parts())
            .filter_map(|part| {
                let len = usize::from(part.to - part.from);
                let inside = from.max(before)..to.min(before + len);
                let cut = |place: usize| part.from + u16::try_from(place).unwrap_or(u16::MAX);
                let taken = (!inside.is_empty()).then(|| Part {
                    from: cut(inside.start - before),
                    to: cut(inside.end - before),
                    chunk: part.chunk,
                });
                before += len;
                taken
            })
            .collect();
        Self::of_parts(parts.into_iter())
    }

    /// Where they stand in chunks; nothing, if they are from elsewhere.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part> {
        let (one, several): (Option<Part>, &[Part]) = match &self.0 {
            Held::Nothing | Held::Own(_) => (None, &[]),
            Held::Part { chunk, from, to } => {
                let (chunk, from, to) = (Arc::clone(chunk), *from, *to);
                (Some(Part { chunk, from, to }), &[])
            }
            Held::Parts(parts) => (None, parts),
        };
        one.into_iter().chain(several.iter().cloned())
    }

    /// The chunk in which all of them stand, and where in it.
    pub(super) fn part(&self) -> Option<(&Arc<Chunk>, Range<usize>)> {
        match &self.0 {
            Held::Part { chunk, from, to } => Some((chunk, usize::from(*from)..usize::from(*to))),
            _ => None,
        }
    }

    /// Whether they are from elsewhere, and so in no chunk.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.0, Held::Own(_))
    }

    /// Whether they are known to be a run that a right log may hold: their indices follow each
    /// other, their terms never fall, each may be written. It was looked at once, when they were
    /// appended to a log, or came from elsewhere.
    pub(in crate::raft) fn is_sound(&self) -> bool {
        match &self.0 {
            Held::Nothing => true,
            Held::Part { chunk, .. } => chunk.is_sound(),
            Held::Parts(parts) => parts.iter().all(|part| part.chunk.is_sound()),
            Held::Own(own) => own.sound,
        }
    }

    /// The configurations among them, in order.
    pub(in crate::raft) fn memberships(&self) -> impl Iterator<Item = &Entry> {
        let any = match &self.0 {
            Held::Nothing => false,
            Held::Part { chunk, .. } => chunk.has_memberships(),
            Held::Parts(parts) => parts.iter().any(|part| part.chunk.has_memberships()),
            Held::Own(_) => true,
        };
        let all = any.then(|| self.iter()).into_iter().flatten();
        all.filter(|entry| matches!(entry.payload, Payload::Membership(_)))
    }

    /// The [weight](Entry::weight) of all together, in bytes.
    pub fn weight(&self) -> u64 {
        let of = |chunk: &Chunk, from: u16, to: u16| chunk.weight(from.into()..to.into());
        match &self.0 {
            Held::Nothing => 0,
            Held::Part { chunk, from, to } => of(chunk, *from, *to),
            Held::Parts(parts) => {
                let parts = parts.iter();
                parts.map(|part| of(&part.chunk, part.from, part.to)).sum()
            }
            Held::Own(own) => own.entries.iter().map(Entry::weight).sum(),
        }
    }

    /// How many bytes of commands they hold, which is what the batch cap counts.
    #[expect(
        clippy::missing_panics_doc,
        reason = "what is in memory has a usize of bytes"
    )]
    pub fn size(&self) -> usize {
        let size = self.weight() - self.len() as u64 * ENTRY_BYTES;
        usize::try_from(size).expect("they are in memory")
    }

    /// Whether both share the memory of their entries.
    #[cfg(test)]
    pub(in crate::raft) fn shares_with(&self, other: &Self) -> bool {
        match (self.part(), other.part()) {
            (Some((one, at)), Some((other, there))) => Arc::ptr_eq(one, other) && at == there,
            _ => false,
        }
    }
}

/// Goes through [`Entries`], in order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    entries: &'a Entries,
    places: Range<usize>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Entry;

    fn next(&mut self) -> Option<&'a Entry> {
        self.entries.get(self.places.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.places.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.entries.get(self.places.next_back()?)
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Entries {
    type Item = &'a Entry;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl Index<usize> for Entries {
    type Output = Entry;

    fn index(&self, place: usize) -> &Entry {
        self.get(place).expect("a place within the entries")
    }
}

impl From<Vec<Entry>> for Entries {
    fn from(entries: Vec<Entry>) -> Self {
        if entries.is_empty() {
            return Self::default();
        }
        let follow = entries.windows(2).all(|pair| {
            let (one, next) = (&pair[0], &pair[1]);
            next.index > one.index && next.index == one.index.next() && next.term >= one.term
        });
        Self(Held::Own(Arc::new(Own {
            sound: follow && entries.iter().all(is_sound),
            entries: entries.into(),
        })))
    }
}

impl<const N: usize> From<[Entry; N]> for Entries {
    fn from(entries: [Entry; N]) -> Self {
        Vec::from(entries).into()
    }
}

impl FromIterator<Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        Vec::from_iter(entries).into()
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl Eq for Entries {}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::types::ids::Term;
    use crate::raft::types::log::Log;
    use crate::raft::types::message::Payload;

    fn entry(index: u64, term: u64) -> Entry {
        Entry {
            index: LogIndex(index),
            term: Term(term),
            payload: Payload::Command(vec![u8::try_from(index % 256).expect("a byte"); 3].into()),
        }
    }

    fn log(len: u64) -> Log {
        let mut log = Log::default();
        (1..=len).for_each(|index| log.push(entry(index, 1)));
        log
    }

    fn range(from: u64, to: u64) -> Range<LogIndex> {
        LogIndex(from)..LogIndex(to)
    }

    /// They are a list, whether they stand in one chunk, in several, or in none.
    #[test]
    fn entries_are_a_list_wherever_they_stand() {
        let log = log(1_000);
        for (from, to) in [
            (1, 1),
            (1, 2),
            (200, 257),
            (256, 258),
            (257, 513),
            (100, 900),
        ] {
            let shared = log.entries(&range(from, to));
            let expected: Vec<Entry> = (from..to).map(|index| entry(index, 1)).collect();
            let own = Entries::from(expected.clone());
            for entries in [&shared, &own] {
                assert_eq!(entries.len(), expected.len());
                assert_eq!(entries.is_empty(), expected.is_empty());
                assert!(entries.iter().eq(&expected));
                assert!(entries.iter().rev().eq(expected.iter().rev()));
                assert_eq!(
                    (entries.first(), entries.last()),
                    (expected.first(), expected.last())
                );
                assert_eq!(entries.get(expected.len()), None);
                assert_eq!(entries.get(usize::MAX), None);
                let weight: u64 = expected.iter().map(Entry::weight).sum();
                assert_eq!(
                    (entries.weight(), entries.size()),
                    (weight, 3 * expected.len())
                );
                for (start, end) in [
                    (from, to),
                    (from + 1, to),
                    (0, 300),
                    (257, 258),
                    (600, 2_000),
                ] {
                    let within = |it: &&Entry| (start..end).contains(&it.index.0);
                    let expected: Vec<_> = expected.iter().filter(within).cloned().collect();
                    assert_eq!(entries.within(&range(start, end)), Entries::from(expected));
                }
            }
            assert_eq!(shared, own);
            assert_eq!(format!("{shared:?}"), format!("{expected:?}"));
            let bytes = postcard::to_allocvec(&shared).unwrap();
            assert_eq!(bytes, postcard::to_allocvec(&expected).unwrap());
            assert_eq!(postcard::from_bytes::<Entries>(&bytes), Ok(own));
        }
    }

    #[test]
    fn what_comes_from_elsewhere_is_looked_at_once() {
        let mut nobody = entry(2, 1);
        nobody.payload = Payload::Membership(Arc::default());
        for (entries, sound) in [
            (vec![], true),
            (vec![entry(7, 1), entry(8, 1), entry(9, 4)], true),
            (vec![entry(7, 1), entry(9, 1)], false),
            (vec![entry(7, 1), entry(7, 1)], false),
            (vec![entry(7, 2), entry(8, 1)], false),
            (vec![entry(7, 0)], false),
            (vec![entry(u64::MAX, 1)], false),
            (vec![entry(1, 1), nobody], false),
        ] {
            assert_eq!(
                Entries::from(entries.clone()).is_sound(),
                sound,
                "{entries:?}"
            );
        }
        assert!(log(300).entries(&range(1, 301)).is_sound());
    }

    #[test]
    fn they_stay_whatever_becomes_of_the_log() {
        let mut log = log(600);
        let kept = log.entries(&range(250, 520));
        log.truncate_after(LogIndex(300));
        log.push(entry(301, 9));
        log.compact_through(LogIndex(299));
        assert!(
            kept.iter()
                .eq(&(250..520).map(|index| entry(index, 1)).collect::<Vec<_>>())
        );
    }
}
