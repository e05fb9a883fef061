//! Numbers as a test file writes them: seconds, chances, tiers. Kept as whole millionths,
//! so that seconds become microseconds and chances ratios of whole numbers, and a run
//! calculates with nothing else.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use crate::sim::ratio::Ratio;

/// A number that is not negative, to the nearest millionth; below 2^53 millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal {
    /// The number times a million. Of seconds: microseconds.
    pub millionths: u64,
}

const MILLION: u64 = 1_000_000;
const MILLIONTHS_MAX: u64 = (1 << 53) - 1;

impl Decimal {
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

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Decimal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 0 to 9007199254")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Decimal, E> {
                let millionths = number.checked_mul(MILLION);
                millionths
                    .filter(|&millionths| millionths <= MILLIONTHS_MAX)
                    .map(Decimal::of_millionths)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Decimal, E> {
                Err(E::invalid_value(de::Unexpected::Signed(number), &self))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Decimal, E> {
                let millionths = (number * 1e6).round();
                #[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is a float")]
                if !(0.0..=MILLIONTHS_MAX as f64).contains(&millionths) {
                    return Err(E::invalid_value(de::Unexpected::Float(number), &self));
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it is whole and in the range"
                )]
                Ok(Decimal::of_millionths(millionths as u64))
            }
        }

        deserializer.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_to_the_nearest_millionth() {
        let read = |text| serde_json::from_str::<Decimal>(text).map(|it| it.millionths);
        for (text, millionths) in [
            ("0", 0),
            ("5", 5_000_000),
            ("0.1", 100_000),
            ("0.0000015", 2),
            ("1e-3", 1_000),
            ("4.35", 4_350_000),
            ("9007199254", 9_007_199_254_000_000),
        ] {
            assert_eq!(read(text).ok(), Some(millionths), "{text}");
        }
        for text in ["-1", "-0.1", "1e300", "9007199255", "\"1\"", "null", "true"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for millionths in [0, 1, 100_000, 1_000_000, 4_350_000, MILLIONTHS_MAX - 5] {
            let number = Decimal::of_millionths(millionths);
            let text = serde_json::to_string(&number).expect("it is a number");
            assert_eq!(serde_json::from_str::<Decimal>(&text).ok(), Some(number));
            assert_eq!(
                serde_json::from_str::<Decimal>(&number.to_string()).ok(),
                Some(number)
            );
        }
    }
}
