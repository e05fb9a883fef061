//! What a client asks of the store, what it is answered, and how a command is
//! written into a log entry.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a client, unique in its world. A client has one session open at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct ClientId(pub u16);

/// One operation on the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Operation {
    /// Sets `key` to `value`, whatever it was.
    Put {
        /// The key to set.
        key: String,
        /// Its new value.
        value: String,
    },
    /// Reads `key`.
    Get {
        /// The key to read.
        key: String,
    },
    /// Removes `key`.
    Delete {
        /// The key to remove.
        key: String,
    },
    /// Sets `key` to `value` only if it now holds `expected` (nothing: the key is absent).
    CompareAndSet {
        /// The key to set.
        key: String,
        /// What the key must hold; `None` means that it must be absent.
        #[serde(default)]
        expected: Option<String>,
        /// Its new value.
        value: String,
    },
}

/// What the store answers to an [`Operation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Answer {
    /// The put was applied.
    Written,
    /// What the key held at the moment of the read; `None` if it was absent.
    Value {
        /// The value read.
        value: Option<String>,
    },
    /// The delete was applied.
    Deleted {
        /// Whether the key was there.
        existed: bool,
    },
    /// The compare-and-set found what it expected, and set the key.
    Swapped,
    /// The compare-and-set found something else, and changed nothing.
    NotSwapped {
        /// What the key held instead; `None` if it was absent.
        found: Option<String>,
    },
    /// The session has since moved on to a later command, so the first answer
    /// to this one is no longer kept. The client had its answer, or gave up on it.
    Forgotten,
    /// The session has expired, and with it the memory of what it has done: this
    /// command was not applied now, but an earlier copy of it may have been. The client
    /// opens another session.
    Expired,
    /// There are as many sessions as there may be. Nothing was done, and no copy of this
    /// command will do anything later: the number of the session is used up.
    TooManySessions,
    /// The store would hold more than it may. Nothing was done.
    StoreFull,
    /// The key or the value is longer than it may be. Nothing was done.
    TooLarge {
        /// How many bytes it has.
        bytes: u32,
        /// How many it may have.
        bytes_max: u32,
    },
}

/// One operation of one client, as the client asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Whose command it is.
    pub client: ClientId,
    /// Which of that client's sessions: 1, 2, 3 …
    pub session: u32,
    /// Which of that client's commands: 1, 2, 3 … A retry keeps its number.
    pub sequence: u64,
    /// What is to be done.
    pub operation: Operation,
}

/// A command as a leader writes it into its log: with the time at which it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// The leader's time in microseconds. Leaders' clocks may differ; the store makes
    /// of these times one that never goes back.
    pub at_us: u64,
    /// What the client asked for.
    pub command: Command,
}

/// The bytes of a log entry are not a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entry does not hold a command of the key-value store")]
pub struct NotACommand;

impl Answer {
    /// How many bytes of text it carries.
    pub fn weight(&self) -> usize {
        match self {
            Self::Value { value: text } | Self::NotSwapped { found: text } => {
                text.as_ref().map_or(0, String::len)
            }
            _ => 0,
        }
    }
}

impl Operation {
    /// How many bytes of text it carries.
    pub fn weight(&self) -> usize {
        let values = match self {
            Self::Put { value, .. } => value.len(),
            Self::CompareAndSet {
                expected, value, ..
            } => value.len() + expected.as_ref().map_or(0, String::len),
            Self::Get { .. } | Self::Delete { .. } => 0,
        };
        self.key().len() + values
    }

    /// The key that the operation is about.
    pub fn key(&self) -> &str {
        match self {
            Self::Put { key, .. }
            | Self::Get { key }
            | Self::Delete { key }
            | Self::CompareAndSet { key, .. } => key,
        }
    }
}

impl Logged {
    /// The command as the bytes of a log entry.
    pub fn encode(&self) -> Arc<[u8]> {
        Self::encode_parts(self.at_us, &self.command)
    }

    /// A command that enters the log at `at_us` as the bytes of its entry.
    ///
    /// # Panics
    /// Never: a command has no part that the format can't hold.
    pub fn encode_parts(at_us: u64, command: &Command) -> Arc<[u8]> {
        // A pair is written like a struct of two fields.
        postcard::to_allocvec(&(at_us, command))
            .expect("a command is plain data")
            .into()
    }

    /// The command in the bytes of a log entry.
    ///
    /// # Errors
    /// [`NotACommand`] if the bytes are of another kind, cut short, or go on behind the command.
    pub fn decode(bytes: &[u8]) -> Result<Self, NotACommand> {
        match postcard::take_from_bytes(bytes) {
            Ok((logged, [])) => Ok(logged),
            _ => Err(NotACommand),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_comes_back_from_its_bytes_and_from_nothing_else() {
        let logged = Logged {
            at_us: (1 << 53) - 1,
            command: Command {
                client: ClientId(300),
                session: u32::MAX,
                sequence: 1 << 40,
                operation: Operation::CompareAndSet {
                    key: "ключ".into(),
                    expected: None,
                    value: String::new(),
                },
            },
        };
        let bytes = logged.encode();
        assert_eq!(Logged::decode(&bytes), Ok(logged));

        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Logged::decode(&longer), Err(NotACommand));
        for cut in 0..bytes.len() {
            assert_eq!(Logged::decode(&bytes[..cut]), Err(NotACommand));
        }
    }

    /// The bytes of an entry are part of a digest, and a digest is pinned.
    #[test]
    fn the_bytes_of_a_command_are_pinned() {
        let logged = Logged {
            at_us: 300,
            command: Command {
                client: ClientId(1),
                session: 3,
                sequence: 2,
                operation: Operation::Put {
                    key: "x".into(),
                    value: "yz".into(),
                },
            },
        };
        assert_eq!(
            logged.encode()[..],
            [0xac, 2, 1, 3, 2, 0, 1, b'x', 2, b'y', b'z'],
            "time, client, session, sequence, operation, key, value"
        );
    }
}
