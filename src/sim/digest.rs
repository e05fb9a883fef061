//! The digest: one number that stands for all that has happened so far.
//!
//! It is a chain. After each action the hash of what the action was and of what it
//! changed is seeded with the digest before it. Two worlds with the same digest have
//! come the same way; two runs that differ somewhere differ from there on. All
//! numbers go in as little-endian bytes of a stated width, in an order that the
//! world fixes, so the digest is the same natively and in every browser.

use serde::Serialize;
use xxhash_rust::xxh64::xxh64;

use super::scenario::action::Action;

#[derive(Clone, Debug)]
pub(super) struct Digest {
    chain: u64,
    /// What has been told about the action under way; kept for its memory.
    told: Vec<u8>,
}

impl Digest {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            chain: xxh64(b"raftarium", seed),
            told: Vec::new(),
        }
    }

    pub(super) fn value(&self) -> u64 {
        self.chain
    }

    pub(super) fn tell(&mut self, number: u64) {
        self.told.extend_from_slice(&number.to_le_bytes());
    }

    /// Tells plain data, in a format that says where it ends.
    pub(super) fn tell_data(&mut self, data: &impl Serialize) {
        let told = std::mem::take(&mut self.told);
        self.told = postcard::to_extend(data, told).expect("plain data can be written");
    }

    /// Tells an action, by its [tag](Action::tag) and what it says.
    pub(super) fn tell_action(&mut self, action: &Action) {
        let start = self.told.len();
        self.tell_data(action);
        // The format begins with the variant's place in the enum, as one byte: there are
        // fewer than 128. The tag takes its place, so that the enum may be sorted freely.
        self.told[start] = action.tag();
    }

    /// The action is over.
    pub(super) fn seal(&mut self) {
        self.chain = xxh64(&self.told, self.chain);
        self.told.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_depends_on_what_was_told_and_on_the_order() {
        let digest_of = |numbers: &[u64]| {
            let mut digest = Digest::new(1);
            for &number in numbers {
                digest.tell(number);
                digest.seal();
            }
            digest.value()
        };
        assert_eq!(digest_of(&[1, 2]), digest_of(&[1, 2]));
        assert_ne!(digest_of(&[1, 2]), digest_of(&[2, 1]));
        assert_ne!(digest_of(&[1]), digest_of(&[1, 1]));
        assert_ne!(Digest::new(1).value(), Digest::new(2).value());
    }

    /// Part of what a seed means: a change here changes every pinned digest.
    #[test]
    fn the_digest_of_known_data_is_pinned() {
        let mut digest = Digest::new(7);
        digest.tell(1);
        digest.tell_data(&(2u16, "three"));
        digest.seal();
        assert_eq!(digest.value(), 0xbe64_8b86_9edb_169e);
    }
}
