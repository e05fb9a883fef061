//! The values that a history speaks of: scalars of JSON and EDN, compared exactly.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::sim::scenario::plain;

/// The value of a register, or the name of one: a scalar of JSON or EDN.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Nothing; in the key-value store, an absent key.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Arc<str>),
    /// What EDN has besides, as it is written: a keyword (`:a`), a symbol (`a`), a character
    /// (`\a`), or a ratio that can't be written out (`1/3`).
    Word(Arc<str>),
}

/// A decimal number, equal to another if both name the same quantity: `1`, `1.0` and
/// `10e-1` are one number, 9007199254740992 and 9007199254740993 are two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(Repr);

/// A number has one of these forms only: whole ones that are short enough are `Whole`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Repr {
    Whole(i64),
    Decimal(Arc<Decimal>),
}

/// `digits` × 10^`exponent`. The digits neither begin nor end with a zero.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Decimal {
    negative: bool,
    digits: Box<str>,
    exponent: i64,
}

impl Value {
    /// Reads one JSON scalar.
    ///
    /// # Errors
    /// The form of the text, in words.
    pub(super) fn from_json(text: &str) -> Result<Self, String> {
        match text.as_bytes().first() {
            Some(b'n') => Ok(Self::Null),
            Some(b't') => Ok(Self::Boolean(true)),
            Some(b'f') => Ok(Self::Boolean(false)),
            Some(b'"') => serde_json::from_str(text)
                .map(Self::Text)
                .map_err(|error| plain::said(&error)),
            Some(b'[') => Err("must be a JSON scalar, not an array".into()),
            Some(b'{') => Err("must be a JSON scalar, not an object".into()),
            _ => Number::from_json(text)
                .map(Self::Number)
                .ok_or_else(|| "the exponent is out of range".into()),
        }
    }
}

impl Number {
    /// Reads what is known to be a JSON number; `None` if its exponent is absurd.
    pub(super) fn from_json(text: &str) -> Option<Self> {
        if let Ok(whole) = text.parse() {
            return Some(Self(Repr::Whole(whole)));
        }
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Some(Self::from(0));
        }
        let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
        let decimals = i64::try_from(fraction.len()).ok()?;
        let exponent: i64 = exponent.parse().ok()?;
        let exponent = exponent.checked_sub(decimals)?.checked_add(zeros)?;
        // 2^63 has 19 digits.
        if let Some(zeros) = usize::try_from(exponent).ok().filter(|&zeros| zeros < 19) {
            let sign = if negative { "-" } else { "" };
            if let Ok(whole) = format!("{sign}{significant}{:0<zeros$}", "").parse() {
                return Some(Self(Repr::Whole(whole)));
            }
        }
        Some(Self(Repr::Decimal(Arc::new(Decimal {
            negative,
            digits: significant.into(),
            exponent,
        }))))
    }

    /// A number from 0.
    pub(super) fn of(number: u64) -> Self {
        Self::from_json(&number.to_string()).expect("it has no exponent")
    }

    /// The number, if it is whole and not negative, and less than 2^63.
    pub(super) fn as_u64(&self) -> Option<u64> {
        match self.0 {
            Repr::Whole(whole) => u64::try_from(whole).ok(),
            Repr::Decimal(_) => None,
        }
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(Repr::Whole(number))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// So many characters of a value are written where it is to be short.
const SHORT_CHARS_MAX: usize = 60;

/// As JSON. With `{:#}` for a person: only the beginning of what is long, and nothing that a
/// terminal obeys.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::Number(number) if f.alternate() => f.write_str(&short(&number.to_string())),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) | Self::Word(text) => {
                let is_short = f.alternate();
                let text = if is_short {
                    short(text)
                } else {
                    Cow::from(&**text)
                };
                let json = serde_json::to_string(&*text).map_err(|_| fmt::Error)?;
                if !is_short {
                    return f.write_str(&json);
                }
                // JSON lets some control characters stand as they are.
                for character in json.chars() {
                    if character.is_control() {
                        write!(f, "\\u{:04x}", u32::from(character))?;
                    } else {
                        f.write_char(character)?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// The beginning of a text that is long.
fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHORT_CHARS_MAX) {
        Some((end, _)) => Cow::from(format!("{}…", &text[..end])),
        None => Cow::from(text),
    }
}

/// As a JSON number, written out as long as that is short.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WRITTEN_OUT_MAX: usize = 24;
        let decimal = match &self.0 {
            Repr::Whole(whole) => return whole.fmt(f),
            Repr::Decimal(decimal) => decimal,
        };
        let Decimal {
            negative,
            ref digits,
            exponent,
        } = **decimal;
        if negative {
            f.write_str("-")?;
        }
        match usize::try_from(exponent.unsigned_abs()) {
            Ok(zeros) if exponent >= 0 && digits.len() + zeros <= WRITTEN_OUT_MAX => {
                write!(f, "{digits}{:0<zeros$}", "")
            }
            Ok(decimals) if exponent < 0 && decimals < digits.len() => {
                let (whole, fraction) = digits.split_at(digits.len() - decimals);
                write!(f, "{whole}.{fraction}")
            }
            Ok(decimals) if exponent < 0 && decimals <= WRITTEN_OUT_MAX => {
                write!(f, "0.{digits:0>decimals$}")
            }
            _ => write!(f, "{digits}e{exponent}"),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string())
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::from_json(text).expect("it is a scalar")
    }

    #[test]
    fn numbers_are_equal_if_they_are_the_same_quantity() {
        for (one, other) in [
            ("1", "1.0"),
            ("1", "10e-1"),
            ("-2.50", "-25E-1"),
            ("0", "-0.00e7"),
            ("1200", "1.2e+3"),
        ] {
            assert_eq!(value(one), value(other));
        }
        for (one, other) in [
            ("9007199254740992", "9007199254740993"),
            ("0.1", "0.10000000000000000001"),
            ("1", "-1"),
            ("1", "\"1\""),
            ("0", "false"),
            ("0", "null"),
            ("10", "1"),
        ] {
            assert_ne!(value(one), value(other));
        }
        assert_eq!(value("-1200"), Value::from(-1200));
        assert_eq!(value("0"), Value::from(0));
        assert_eq!(value("true"), Value::from(true));
        assert_eq!(value("false"), Value::from(false));
    }

    #[test]
    fn a_value_is_written_as_json() {
        for text in [
            "null",
            "true",
            "false",
            "0",
            "7",
            "-1200",
            "2.5",
            "-0.025",
            "0.12",
            "100000000000000000000000",
            "1e24",
            "1234567890123456789012345e0",
            "1234567890123456789012345.5",
            "0.000000000000000000000001",
            "1e-25",
            "1e400",
            "3e-99",
            "\"a\\n\\\"b\"",
            "\"\"",
        ] {
            assert_eq!(value(text).to_string(), text);
            assert_eq!(serde_json::to_string(&value(text)).expect("data"), text);
        }
        assert_eq!(value("1.50e1").to_string(), "15");
    }

    #[test]
    fn a_value_in_short_is_for_a_person() {
        let long = "é".repeat(5_000);
        let said = format!("{:#}", Value::from(&*long));
        assert_eq!(said, format!("\"{}…\"", "é".repeat(60)));
        let digits = format!("{:#}", value(&"7".repeat(99)));
        assert_eq!(digits, format!("{}…", "7".repeat(60)));
        let obeyed = Value::from("\u{1b}[31m\u{9b}\u{7f}");
        assert_eq!(format!("{obeyed:#}"), "\"\\u001b[31m\\u009b\\u007f\"");
        assert_eq!(format!("{:#}", Value::from("a")), "\"a\"");
        // Data stay whole.
        assert_eq!(Value::from(&*long).to_string().chars().count(), 5_002);
    }

    #[test]
    fn what_is_no_scalar_is_named() {
        assert!(Value::from_json("[1]").is_err_and(|fault| fault.contains("array")));
        assert!(Value::from_json("{}").is_err_and(|fault| fault.contains("object")));
        assert!(Value::from_json("1e99999999999999999999").is_err());
        assert!(Value::from_json("\"\\ud800\"").is_err());
    }
}
