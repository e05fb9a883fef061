//! Numbers as a test file writes them: seconds, chances, tiers. Kept as whole millionths,
//! so that seconds become microseconds and chances ratios of whole numbers, and a run
//! calculates with nothing else.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::raft::NUMBER_MAX;
use crate::sim::ratio::Ratio;

/// A number that is not negative, to the nearest millionth; below 2^53 millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal {
    /// The number times a million. Of seconds: microseconds.
    pub millionths: u64,
}

const MILLION: u64 = 1_000_000;
const MILLIONTHS_MAX: u64 = NUMBER_MAX;

impl Decimal {
    /// The largest number.
    pub(super) const MAX: Self = Self {
        millionths: MILLIONTHS_MAX,
    };

    /// A whole number.
    pub const fn whole(number: u32) -> Self {
        Self {
            millionths: number as u64 * MILLION,
        }
    }

    /// So many millionths.
    pub const fn of_millionths(millionths: u64) -> Self {
        Self { millionths }
    }

    /// A float, to the nearest millionth; none: it is negative, too large, or no number.
    pub(super) fn of_float(number: f64) -> Option<Self> {
        let millionths = (number * 1e6).round();
        #[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is a float")]
        if !(0.0..=MILLIONTHS_MAX as f64).contains(&millionths) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is whole and in the range"
        )]
        let millionths = millionths as u64;
        Some(Self { millionths })
    }

    /// The number as a chance.
    ///
    /// # Panics
    /// If it is more than 1; a file's chances have been checked.
    pub fn ratio(self) -> Ratio {
        let numerator = u32::try_from(self.millionths).expect("a chance is 1 at most");
        Ratio::new(numerator, 1_000_000)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.millionths / MILLION, self.millionths % MILLION);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{rest:06}").trim_end_matches('0'))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.millionths.is_multiple_of(MILLION) {
            return serializer.serialize_u64(self.millionths / MILLION);
        }
        #[expect(clippy::cast_precision_loss, reason = "it is below 2^53")]
        serializer.serialize_f64(self.millionths as f64 / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_taken_to_the_nearest_millionth() {
        for (number, millionths) in [
            (0.0, 0),
            (0.1, 100_000),
            (0.000_001_5, 2),
            (1e-3, 1_000),
            (4.35, 4_350_000),
            (9_007_199_254.0, 9_007_199_254_000_000),
        ] {
            let taken = Decimal::of_float(number).map(|it| it.millionths);
            assert_eq!(taken, Some(millionths), "{number}");
        }
        for number in [-1.0, -0.1, 1e300, 9_007_199_255.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Decimal::of_float(number), None, "{number}");
        }
    }

    #[test]
    fn what_is_written_is_the_same_number() {
        for millionths in [0, 1, 100_000, 1_000_000, 4_350_000, MILLIONTHS_MAX - 5] {
            let number = Decimal::of_millionths(millionths);
            for text in [
                serde_json::to_string(&number).expect("it is a number"),
                number.to_string(),
            ] {
                let float: f64 = text.parse().expect("it is a number");
                assert_eq!(Decimal::of_float(float), Some(number));
            }
        }
    }
}
