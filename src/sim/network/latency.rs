//! How long something takes: a draw from a [`Latency`].

use crate::rng::Pcg32;
use crate::sim::scenario::Latency;

impl Latency {
    /// A delay in microseconds. A fixed one takes no draw.
    pub(in crate::sim) fn draw_us(self, dice: &mut Pcg32) -> u64 {
        match self {
            Self::Fixed { us } => us,
            Self::Uniform { min_us, max_us } => dice.between(min_us, max_us),
            Self::LongTail {
                min_us,
                typical_us,
                max_us,
            } => {
                let mut delay_us = dice.between(min_us, typical_us);
                while delay_us < max_us && delay_us > 0 && dice.below(8) == 0 {
                    delay_us *= 2;
                }
                delay_us.min(max_us)
            }
        }
    }

    /// The longest delay that may be drawn, in microseconds.
    pub(in crate::sim) fn us_max(self) -> u64 {
        match self {
            Self::Fixed { us } => us,
            Self::Uniform { max_us, .. } | Self::LongTail { max_us, .. } => max_us,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_tail_is_mostly_typical_and_never_too_long() {
        let latency = Latency::LongTail {
            min_us: 100,
            typical_us: 200,
            max_us: 1_000,
        };
        let mut dice = Pcg32::new(1, 1);
        let drawn: Vec<u64> = (0..10_000).map(|_| latency.draw_us(&mut dice)).collect();
        assert!(drawn.iter().all(|us| (100..=1_000).contains(us)));
        let usual = drawn.iter().filter(|&&us| us <= 200).count();
        // Seven in eight, and the doubled ones that are no longer than 200.
        assert!((8_700..9_000).contains(&usual), "{usual}");
        assert!(drawn.contains(&1_000));
    }

    #[test]
    fn a_fixed_latency_takes_no_draw() {
        let mut dice = Pcg32::new(1, 1);
        let before = dice.clone();
        assert_eq!(Latency::Fixed { us: 7 }.draw_us(&mut dice), 7);
        assert_eq!(dice, before);
    }
}
