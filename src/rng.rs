//! The one source of chance: PCG32 (XSH-RR 64/32), written out here because a
//! seed in a link must mean the same world for as long as the link exists,
//! whatever becomes of any library.
//!
//! Every purpose has a stream of its own, forked from the world's seed, so that a
//! new draw in one place moves no draw in another.
//!
//! Source: M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient
//! Statistically Good Algorithms for Random Number Generation", 2014.

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;

/// A PCG32 generator: 16 bytes, `Clone`, replayable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcg32 {
    state: u64,
    /// Always odd: which of the 2^63 streams this is.
    increment: u64,
}

impl Pcg32 {
    /// A generator started at `seed` on the stream `stream`.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = Self {
            state: 0,
            increment: (stream << 1) | 1,
        };
        rng.next_u32();
        rng.state = rng.state.wrapping_add(seed);
        rng.next_u32();
        rng
    }

    /// The stream of a world's `seed` for one purpose: `label` says what is drawn,
    /// `subject` for whom.
    pub fn fork(seed: u64, label: &str, subject: u64) -> Self {
        let label = label
            .bytes()
            .fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
        Self::new(mix(seed ^ label), mix(label ^ mix(subject)))
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
        // XSH-RR: the high bits choose a rotation of the xorshifted middle ones.
        #[expect(clippy::cast_possible_truncation, reason = "the output is 32 bits")]
        let xorshifted = (((old >> 18) ^ old) >> 27) as u32;
        xorshifted.rotate_right((old >> 59) as u32)
    }

    /// A number in `0..bound`, each as likely as any other.
    ///
    /// # Panics
    /// If `bound` is zero.
    pub fn below(&mut self, bound: u32) -> u32 {
        assert!(bound > 0, "there is no number below zero");
        // Numbers under the threshold would favour small results; draw again.
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let number = self.next_u32();
            if number >= threshold {
                return number % bound;
            }
        }
    }

    /// A number in `min..=max`, each as likely as any other.
    ///
    /// # Panics
    /// If the range is empty or spans 2^32 numbers or more.
    pub fn between(&mut self, min: u64, max: u64) -> u64 {
        let span = max.checked_sub(min).expect("the range is not empty");
        let bound = span
            .checked_add(1)
            .and_then(|count| u32::try_from(count).ok());
        let bound = bound.expect("the range spans less than 2^32");
        min + u64::from(self.below(bound))
    }
}

/// The finalizer of `SplitMix64`: spreads every bit of the input over all of the output.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of the reference implementation's `pcg32-demo`, round 1.
    #[test]
    fn agrees_with_the_reference() {
        let mut rng = Pcg32::new(42, 54);
        let drawn: Vec<u32> = (0..6).map(|_| rng.next_u32()).collect();
        assert_eq!(
            drawn,
            [
                0xa15c_02b7,
                0x7b47_f409,
                0xba1d_3330,
                0x83d2_f293,
                0xbfa4_784b,
                0xcbed_606e
            ]
        );
    }

    /// A fork is part of what a seed means: it may never change.
    #[test]
    fn forks_are_pinned_and_apart() {
        let first = |label, subject| Pcg32::fork(7, label, subject).next_u32();
        assert_ne!(first("disk", 1), first("disk", 2));
        assert_ne!(first("disk", 1), first("link", 1));
        assert_eq!(first("disk", 1), 1_474_040_489);
    }

    #[test]
    fn bounded_draws_reach_both_ends_and_no_further() {
        let mut rng = Pcg32::new(1, 1);
        let drawn: Vec<u64> = (0..200).map(|_| rng.between(3, 6)).collect();
        assert_eq!(drawn.iter().min(), Some(&3));
        assert_eq!(drawn.iter().max(), Some(&6));
    }
}
