//! The pairs, and how each operation changes them.

use std::sync::Arc;

use super::bounds::StoreBounds;
use super::command::{Answer, Logged, Operation};
use super::fingerprint;
use super::session::Sessions;
use crate::flaw::Flaw;
use crate::map::SharedMap;

/// A pair takes about this many bytes of memory beside its texts, and so does a session.
const PAIR_BYTES: u64 = 128;

/// The replicated state: keys with their values, and the clients' sessions.
///
/// Two stores that have applied the same log are equal. A clone shares the pairs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    pub(super) bounds: StoreBounds,
    /// The latest time that a leader has written into the log so far.
    pub(super) log_time_us: u64,
    pub(super) pairs: SharedMap<Arc<str>, Arc<str>>,
    /// The bytes of all keys and values.
    pub(super) bytes: u64,
    pub(super) sessions: Sessions,
    /// The fingerprint of the pairs.
    pub(super) fingerprint: u64,
}

impl Store {
    /// An empty store.
    pub fn new(bounds: StoreBounds) -> Self {
        Self {
            bounds,
            ..Self::default()
        }
    }

    /// About how many bytes of memory it takes.
    pub fn weight(&self) -> u64 {
        self.bytes + (self.len() as u64 + self.sessions.len() as u64) * PAIR_BYTES
    }

    /// Applies the next command of the log, and says what its client is to be told.
    ///
    /// A command that was applied before changes nothing and gets its first answer,
    /// or [`Answer::Forgotten`] if its client has had a later one applied since, or
    /// [`Answer::Expired`] if the session is over.
    pub fn apply(&mut self, logged: &Logged) -> Answer {
        let Logged { at_us, ref command } = *logged;
        let StoreBounds {
            session_expiry_us,
            sessions_max,
            ..
        } = self.bounds;
        self.log_time_us = self.log_time_us.max(at_us);
        self.sessions.expire(self.log_time_us, session_expiry_us);
        if let Some(answer) = self.too_large(&command.operation) {
            return answer;
        }
        if let Err(answer) = self.sessions.admit(command, sessions_max) {
            let refused = matches!(answer, Answer::Expired | Answer::TooManySessions);
            if refused || self.bounds.flaw != Some(Flaw::AppliesRetries) {
                return answer;
            }
        }
        let answer = self.carry_out(&command.operation);
        self.sessions
            .keep(command, answer.clone(), self.log_time_us);
        answer
    }

    /// The answer to a read that does not go through the log. Whoever asks makes sure
    /// that the store is up to date.
    pub fn read(&self, key: &str) -> Answer {
        Answer::Value {
            value: self.get(key).map(str::to_owned),
        }
    }

    /// The answer to an operation whose key or value is longer than it may be. It will
    /// always be the same, so a leader can give it before the command enters the log.
    pub fn too_large(&self, operation: &Operation) -> Option<Answer> {
        self.bounds.too_large(operation)
    }

    /// What `key` holds; `None` if it is absent.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.get(key).map(AsRef::as_ref)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// All keys with their values, in the order of the keys.
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(key, value)| (key.as_ref(), value.as_ref()))
    }

    /// How many sessions are open.
    pub fn sessions(&self) -> u32 {
        self.sessions.number_open()
    }

    /// The latest time that a leader has written into the log so far, in microseconds.
    pub fn log_time_us(&self) -> u64 {
        self.log_time_us
    }

    /// A number that stands for all that the store holds: two stores with the same bounds
    /// are equal if it is, but for a chance of one in 2⁶⁴.
    pub fn fingerprint(&self) -> u64 {
        let parts = [
            self.fingerprint,
            self.sessions.fingerprint(),
            self.log_time_us,
        ];
        fingerprint::of_numbers(&parts, 0)
    }

    /// A number that stands for the pairs alone.
    pub fn pairs_fingerprint(&self) -> u64 {
        self.fingerprint
    }

    fn carry_out(&mut self, operation: &Operation) -> Answer {
        match operation {
            Operation::Put { key, value } => self.set(key, value, Answer::Written),
            Operation::Get { key } => self.read(key),
            Operation::Delete { key } => Answer::Deleted {
                existed: self.remove(key),
            },
            Operation::CompareAndSet {
                key,
                expected,
                value,
            } => {
                let found = self.get(key);
                if found != expected.as_deref() {
                    return Answer::NotSwapped {
                        found: found.map(str::to_owned),
                    };
                }
                self.set(key, value, Answer::Swapped)
            }
        }
    }

    /// Sets a key and gives `done` as the answer, if there is room.
    fn set(&mut self, key: &str, value: &str, done: Answer) -> Answer {
        let held = self.get(key).map_or(0, |held| size(key, held));
        let bytes = self.bytes - held + size(key, value);
        if bytes > u64::from(self.bounds.bytes_max) {
            return Answer::StoreFull;
        }
        self.bytes = bytes;
        if let Some(held) = self.get(key) {
            self.fingerprint ^= fingerprint::of_pair(key, held);
        }
        self.fingerprint ^= fingerprint::of_pair(key, value);
        // A key that is there keeps its text, and with it what its clones share.
        if let Some(held) = self.pairs.get_mut(key) {
            *held = value.into();
        } else {
            self.pairs.insert(key.into(), value.into());
        }
        done
    }

    fn remove(&mut self, key: &str) -> bool {
        let Some(value) = self.pairs.remove(key) else {
            return false;
        };
        self.bytes -= size(key, &value);
        self.fingerprint ^= fingerprint::of_pair(key, &value);
        true
    }
}

/// What a pair counts for.
pub(super) fn size(key: &str, value: &str) -> u64 {
    u64::try_from(key.len() + value.len()).expect("it fits into memory")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{compare_and_set, delete, get, logged, put, value};
    use super::*;

    /// The answers of a fresh store to one client that asks for these, one after the other.
    fn answers(operations: impl IntoIterator<Item = Operation>) -> Vec<Answer> {
        let mut store = Store::default();
        (1..)
            .zip(operations)
            .map(|(sequence, operation)| store.apply(&logged(1, sequence, operation)))
            .collect()
    }

    #[test]
    fn a_put_is_read_back_and_overwritten() {
        assert_eq!(
            answers([
                get("x"),
                put("x", "1"),
                get("x"),
                put("x", "2"),
                get("x"),
                get("y"),
            ]),
            [
                value(None),
                Answer::Written,
                value(Some("1")),
                Answer::Written,
                value(Some("2")),
                value(None),
            ]
        );
    }

    #[test]
    fn a_delete_says_whether_the_key_was_there() {
        assert_eq!(
            answers([delete("x"), put("x", "1"), delete("x"), get("x")]),
            [
                Answer::Deleted { existed: false },
                Answer::Written,
                Answer::Deleted { existed: true },
                value(None),
            ]
        );
    }

    #[test]
    fn compare_and_set_swaps_only_what_it_expects() {
        let not_swapped = |found: Option<&str>| Answer::NotSwapped {
            found: found.map(str::to_owned),
        };
        assert_eq!(
            answers([
                compare_and_set("x", Some("1"), "2"),
                compare_and_set("x", None, "1"),
                compare_and_set("x", None, "3"),
                compare_and_set("x", Some("2"), "3"),
                get("x"),
                compare_and_set("x", Some("1"), "2"),
                get("x"),
            ]),
            [
                not_swapped(None),
                Answer::Swapped,
                not_swapped(Some("1")),
                not_swapped(Some("1")),
                value(Some("1")),
                Answer::Swapped,
                value(Some("2")),
            ]
        );
    }

    /// An empty value is a value: the key is there.
    #[test]
    fn an_empty_value_is_not_an_absent_key() {
        assert_eq!(
            answers([put("x", ""), get("x"), compare_and_set("x", None, "1")])[1..],
            [
                value(Some("")),
                Answer::NotSwapped {
                    found: Some(String::new())
                }
            ]
        );
    }

    #[test]
    fn a_retry_is_applied_once_and_gets_its_first_answer() {
        let mut store = Store::default();
        let swap = logged(1, 1, compare_and_set("x", None, "1"));
        assert_eq!(store.apply(&swap), Answer::Swapped);
        let once = store.clone();
        // Applied again, it would find x = 1 and answer "not swapped".
        assert_eq!(store.apply(&swap), Answer::Swapped);
        assert_eq!(store, once);
    }

    /// A read that is retried answers with what it first saw: its place in the order
    /// of all commands is the one where it was first applied.
    #[test]
    fn a_retried_read_answers_from_its_first_place() {
        let mut store = Store::default();
        let read = logged(1, 1, get("x"));
        assert_eq!(store.apply(&read), value(None));
        store.apply(&logged(2, 1, put("x", "1")));
        assert_eq!(store.apply(&read), value(None));
    }

    #[test]
    fn a_command_older_than_the_session_is_forgotten_and_changes_nothing() {
        let mut store = Store::default();
        let old = logged(1, 1, put("x", "old"));
        store.apply(&old);
        store.apply(&logged(1, 2, put("x", "new")));
        let before = store.clone();
        assert_eq!(store.apply(&old), Answer::Forgotten);
        assert_eq!(store, before);
        assert_eq!(store.get("x"), Some("new"));
    }

    /// A client that gave up on a command goes on with the next number.
    #[test]
    fn a_gap_in_the_numbers_is_no_fault() {
        let mut store = Store::default();
        assert_eq!(store.apply(&logged(1, 5, put("x", "1"))), Answer::Written);
        assert_eq!(store.apply(&logged(1, 3, put("x", "2"))), Answer::Forgotten);
        assert_eq!(store.apply(&logged(1, 9, get("x"))), value(Some("1")));
    }

    #[test]
    fn sessions_of_different_clients_are_apart() {
        let mut store = Store::default();
        assert_eq!(store.apply(&logged(1, 7, put("x", "1"))), Answer::Written);
        assert_eq!(store.apply(&logged(2, 1, put("x", "2"))), Answer::Written);
        assert_eq!(store.get("x"), Some("2"));
    }

    #[test]
    fn pairs_come_in_the_order_of_the_keys() {
        let mut store = Store::default();
        assert!(store.is_empty());
        for (sequence, key) in (1..).zip(["b", "c", "a", "aa"]) {
            store.apply(&logged(1, sequence, put(key, "v")));
        }
        let keys: Vec<&str> = store.pairs().map(|(key, _)| key).collect();
        assert!(!store.is_empty());
        assert_eq!(keys, ["a", "aa", "b", "c"]);
        assert_eq!(store.len(), 4);
    }

    #[test]
    fn a_clone_goes_its_own_way() {
        let mut store = Store::default();
        store.apply(&logged(1, 1, put("x", "1")));
        let before = store.clone();
        store.apply(&logged(1, 2, put("x", "2")));
        assert_eq!(before.get("x"), Some("1"));
        assert_ne!(store, before);
    }
}
