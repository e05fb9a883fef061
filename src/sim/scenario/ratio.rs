//! A chance as a ratio of whole numbers, so that no float decides anything.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rng::Pcg32;

/// A chance between 0 and 1: `numerator` times out of `denominator`.
///
/// In JSON the string `"1/20"`, or one of the numbers 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    target_family = "wasm",
    derive(tsify::Tsify),
    tsify(type = "0 | 1 | `${number}/${number}`")
)]
pub struct Ratio {
    numerator: u32,
    denominator: u32,
}

/// A text is not a ratio between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chance is written \"n/d\" with whole numbers, d at least 1 and n at most d")]
pub struct NotARatio;

impl Ratio {
    /// Never.
    pub const ZERO: Self = Self {
        numerator: 0,
        denominator: 1,
    };
    /// Always.
    pub const ONE: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    /// `numerator` times out of `denominator`.
    ///
    /// # Panics
    /// If the denominator is zero or the ratio is above one; text from outside
    /// goes through [`FromStr`] instead.
    pub const fn new(numerator: u32, denominator: u32) -> Self {
        assert!(denominator > 0 && numerator <= denominator);
        Self {
            numerator,
            denominator,
        }
    }

    /// The numerator and the denominator.
    pub(crate) const fn parts(self) -> (u32, u32) {
        (self.numerator, self.denominator)
    }

    /// What has these [parts](Self::parts).
    pub(crate) const fn of_parts(numerator: u32, denominator: u32) -> Result<Self, NotARatio> {
        if denominator == 0 || numerator > denominator {
            return Err(NotARatio);
        }
        Ok(Self {
            numerator,
            denominator,
        })
    }

    /// Whether it is no greater than another.
    pub(in crate::sim) fn at_most(self, other: Self) -> bool {
        u64::from(self.numerator) * u64::from(other.denominator)
            <= u64::from(other.numerator) * u64::from(self.denominator)
    }

    /// If this is the chance that a message is lost: how many tries it takes on average to
    /// get one there and an answer back, rounded up. Very many if nothing ever arrives.
    pub(in crate::sim) fn tries_there_and_back(self) -> u64 {
        let (all, arrive) = (
            u64::from(self.denominator),
            u64::from(self.denominator - self.numerator),
        );
        match arrive * arrive {
            0 => u64::from(u32::MAX),
            arrive => (all * all).div_ceil(arrive),
        }
    }

    /// Throws the dice. A certain outcome (0 or 1) takes no draw.
    pub fn draw(self, rng: &mut Pcg32) -> bool {
        if self.numerator == 0 {
            return false;
        }
        self.numerator == self.denominator || rng.below(self.denominator) < self.numerator
    }
}

impl FromStr for Ratio {
    type Err = NotARatio;

    fn from_str(text: &str) -> Result<Self, NotARatio> {
        let (numerator, denominator) = text.split_once('/').ok_or(NotARatio)?;
        let numerator = numerator.trim().parse().map_err(|_| NotARatio)?;
        let denominator = denominator.trim().parse().map_err(|_| NotARatio)?;
        Self::of_parts(numerator, denominator)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RatioText;

        impl Visitor<'_> for RatioText {
            type Value = Ratio;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a chance such as \"1/20\", 0 or 1")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Ratio, E> {
                match number {
                    0 => Ok(Ratio::ZERO),
                    1 => Ok(Ratio::ONE),
                    other => Err(E::invalid_value(de::Unexpected::Unsigned(other), &self)),
                }
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Ratio, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(RatioText)
    }
}
