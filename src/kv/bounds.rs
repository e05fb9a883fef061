//! How much a store holds. It is part of the state machine: stores with other bounds
//! would give other answers to the same log.

use super::command::{Answer, Operation};
use crate::flaw::Flaw;

/// How much a store holds. The same for all replicas, and the same for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreBounds {
    /// A session ends when none of its commands has been applied for more than so many
    /// microseconds of log time. Zero: never.
    pub session_expiry_us: u64,
    /// At most this many sessions are open at once.
    pub sessions_max: u32,
    /// A key has at most this many bytes.
    pub key_bytes_max: u32,
    /// A value has at most this many bytes.
    pub value_bytes_max: u32,
    /// All keys and values together have at most this many bytes.
    pub bytes_max: u32,
    /// A rule that this store breaks on purpose.
    pub flaw: Option<Flaw>,
}

impl Default for StoreBounds {
    /// Room for a small cluster; sessions never expire.
    fn default() -> Self {
        Self {
            session_expiry_us: 0,
            sessions_max: 1_024,
            key_bytes_max: 256,
            value_bytes_max: 4_096,
            bytes_max: 16 * 1024 * 1024,
            flaw: None,
        }
    }
}

impl StoreBounds {
    /// What to answer to an operation that can't be carried out on any store, because
    /// of the size of its key or of a value.
    pub(super) fn too_large(&self, operation: &Operation) -> Option<Answer> {
        let (value, expected) = match operation {
            Operation::Put { value, .. } => (value.len(), 0),
            Operation::Get { .. } | Operation::Delete { .. } => (0, 0),
            // No key could ever hold a longer one, but it would stand in the log.
            Operation::CompareAndSet {
                expected, value, ..
            } => (value.len(), expected.as_ref().map_or(0, String::len)),
        };
        longer(operation.key().len(), self.key_bytes_max)
            .or_else(|| longer(value.max(expected), self.value_bytes_max))
    }
}

fn longer(bytes: usize, bytes_max: u32) -> Option<Answer> {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    (bytes > bytes_max).then_some(Answer::TooLarge { bytes, bytes_max })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{compare_and_set, delete, get, logged, put, value};
    use super::super::{Answer, Operation, Store};
    use super::*;

    const BOUNDS: StoreBounds = StoreBounds {
        session_expiry_us: 0,
        sessions_max: 1_024,
        key_bytes_max: 3,
        value_bytes_max: 5,
        bytes_max: 10,
        flaw: None,
    };

    fn answers(operations: impl IntoIterator<Item = Operation>) -> Vec<Answer> {
        let mut store = Store::new(BOUNDS);
        (1..)
            .zip(operations)
            .map(|(sequence, operation)| store.apply(&logged(1, sequence, operation)))
            .collect()
    }

    #[test]
    fn a_store_is_filled_to_the_last_byte_and_not_beyond() {
        assert_eq!(
            answers([
                put("abc", "12345"),
                put("d", "12"),
                put("d", "1"),
                put("e", ""),
                // Another value of the same size needs no room.
                put("abc", "54321"),
                compare_and_set("d", Some("1"), "12"),
                compare_and_set("d", Some("1"), ""),
                put("f", ""),
                put("g", ""),
                delete("abc"),
                put("g", ""),
                get("d"),
            ]),
            [
                Answer::Written,
                Answer::StoreFull,
                Answer::Written,
                Answer::StoreFull,
                Answer::Written,
                Answer::StoreFull,
                Answer::Swapped,
                Answer::Written,
                Answer::StoreFull,
                Answer::Deleted { existed: true },
                Answer::Written,
                value(Some("")),
            ]
        );
    }

    #[test]
    fn a_key_and_a_value_have_a_longest_length() {
        let too_large = |bytes, bytes_max| Answer::TooLarge { bytes, bytes_max };
        assert_eq!(
            answers([
                put("abcd", "123456"),
                put("abc", "123456"),
                get("abcd"),
                delete("abcd"),
                compare_and_set("abc", Some("123456"), ""),
                compare_and_set("abc", None, "123456"),
                compare_and_set("abc", None, "12345"),
            ]),
            [
                too_large(4, 3),
                too_large(6, 5),
                too_large(4, 3),
                too_large(4, 3),
                too_large(6, 5),
                too_large(6, 5),
                Answer::Swapped,
            ]
        );
    }

    /// A leader says so before anything enters its log; the log would say the same.
    #[test]
    fn what_is_too_large_is_so_at_once() {
        let mut store = Store::new(BOUNDS);
        let operation = put("x", "123456");
        let at_once = store.too_large(&operation);
        let before = store.clone();
        assert_eq!(Some(store.apply(&logged(1, 1, operation))), at_once);
        assert_eq!(store, before);
        assert_eq!(store.too_large(&put("x", "12345")), None);
    }

    /// A full store stays full for a retry, whatever has become free.
    #[test]
    fn a_refusal_is_an_answer_like_others() {
        let mut store = Store::new(BOUNDS);
        store.apply(&logged(1, 1, put("abc", "12345")));
        let refused = logged(2, 1, put("xyz", ""));
        assert_eq!(store.apply(&refused), Answer::StoreFull);
        store.apply(&logged(1, 2, delete("abc")));
        assert_eq!(store.apply(&refused), Answer::StoreFull);
        assert_eq!(store.get("xyz"), None);
    }
}
