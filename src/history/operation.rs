//! The operations of clients, and how they end.

use std::fmt;
use std::sync::Arc;

use super::Value;

/// An operation on one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Reads the key.
    Read,
    /// Sets the key to a value, whatever it held.
    Write(Value),
    /// Sets the key to `new` only if it holds `expected`.
    Cas {
        /// The value that the key must hold.
        expected: Value,
        /// Its new value.
        new: Value,
    },
    /// Adds a text at the end of the key's text. Null counts as the empty text. To a
    /// number or a boolean nothing can be added: there, no append is answered with `ok`.
    Append(Arc<str>),
    /// Sets the key to null.
    Delete,
}

/// The answer to an operation that was carried out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// The write, append or delete took effect.
    Done,
    /// The read found this.
    Value(Value),
    /// The compare-and-set found what it expected, and set the key.
    Swapped,
    /// The compare-and-set found something else, and changed nothing.
    NotSwapped {
        /// The value that it found, if it was told.
        found: Option<Value>,
    },
    /// The delete took effect, and the key held something else than null before, or not.
    Deleted {
        /// Whether it did.
        existed: bool,
    },
}

/// How an operation ended, as far as its client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completion {
    /// It was carried out, between its call and its answer.
    Ok(Answer),
    /// It was not carried out, and never will be.
    Fail,
    /// Unknown: it may take effect at any time after its call, or never.
    Info,
}

/// An operation of a [`History`](super::History), from its call to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose it is. A process has one operation open at a time.
    pub process: u64,
    /// The key that it is about; null is the one register of a history without keys.
    pub key: Value,
    /// The operation.
    pub operation: Operation,
    /// The place of its call in the history: the number of its line in a file, or how
    /// many events there were with it.
    pub called_at: usize,
    /// How it ended, and the place of that; `None` if it never did.
    pub ended: Option<(usize, Completion)>,
}

impl Operation {
    /// Whether this can be the answer to it.
    pub(super) fn admits(&self, answer: &Answer) -> bool {
        match answer {
            Answer::Done => matches!(self, Self::Write(_) | Self::Append(_) | Self::Delete),
            Answer::Value(_) => *self == Self::Read,
            Answer::Swapped | Answer::NotSwapped { .. } => matches!(self, Self::Cas { .. }),
            Answer::Deleted { .. } => *self == Self::Delete,
        }
    }

    /// Its name in a file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write(_) => "write",
            Self::Cas { .. } => "cas",
            Self::Append(_) => "append",
            Self::Delete => "delete",
        }
    }
}

impl Completion {
    /// Its name in a file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Fail => "fail",
            Self::Info => "info",
        }
    }
}

/// With `{:#}`, its values are short.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_short = f.alternate();
        let told = |value: &Value| {
            if is_short {
                format!("{value:#}")
            } else {
                value.to_string()
            }
        };
        f.write_str(self.name())?;
        match self {
            Self::Read | Self::Delete => Ok(()),
            Self::Write(value) => write!(f, " {}", told(value)),
            Self::Cas { expected, new } => write!(f, " [{}, {}]", told(expected), told(new)),
            Self::Append(text) => write!(f, " {}", told(&Value::Text(text.clone()))),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Value(value) => write!(f, "{value}"),
            Self::Swapped => f.write_str("swapped"),
            Self::NotSwapped { found: None } => f.write_str("not swapped"),
            Self::NotSwapped { found: Some(found) } => write!(f, "not swapped, found {found}"),
            Self::Deleted { existed: true } => f.write_str("deleted"),
            Self::Deleted { existed: false } => f.write_str("was absent"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_in_words() {
        let one = Value::from(1);
        for (answer, words) in [
            (Answer::Done, "done"),
            (Answer::Value(one.clone()), "1"),
            (Answer::Swapped, "swapped"),
            (Answer::NotSwapped { found: None }, "not swapped"),
            (
                Answer::NotSwapped { found: Some(one) },
                "not swapped, found 1",
            ),
            (Answer::Deleted { existed: true }, "deleted"),
            (Answer::Deleted { existed: false }, "was absent"),
        ] {
            assert_eq!(answer.to_string(), words);
        }
    }
}
