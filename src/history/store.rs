//! The operations and answers of the key-value store as those of a history.

use super::{Answer, Completion, Operation, Value};
use crate::kv;

/// The key and the operation that a client asks the store for. Null is an absent key.
pub fn asked(operation: &kv::Operation) -> (Value, Operation) {
    let asked = match operation {
        kv::Operation::Put { value, .. } => Operation::Write(value.as_str().into()),
        kv::Operation::Get { .. } => Operation::Read,
        kv::Operation::Delete { .. } => Operation::Delete,
        kv::Operation::CompareAndSet {
            expected, value, ..
        } => Operation::Cas {
            expected: expected.as_deref().into(),
            new: value.as_str().into(),
        },
    };
    (operation.key().into(), asked)
}

/// How an answer of the store ends its operation.
pub fn answered(answer: &kv::Answer) -> Completion {
    Completion::Ok(match answer {
        kv::Answer::Written => Answer::Done,
        kv::Answer::Value { value } => Answer::Value(value.as_deref().into()),
        kv::Answer::Deleted { existed } => Answer::Deleted { existed: *existed },
        kv::Answer::Swapped => Answer::Swapped,
        kv::Answer::NotSwapped { found } => Answer::NotSwapped {
            found: Some(found.as_deref().into()),
        },
        // A copy of the command may have been applied, or not.
        kv::Answer::Forgotten | kv::Answer::Expired => return Completion::Info,
        kv::Answer::TooManySessions | kv::Answer::StoreFull | kv::Answer::TooLarge { .. } => {
            return Completion::Fail;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::{History, Verdict};
    use super::*;
    use crate::kv::{Store, StoreBounds};

    fn swap(expected: Option<&str>, value: &str) -> kv::Operation {
        kv::Operation::CompareAndSet {
            key: "x".into(),
            expected: expected.map(str::to_owned),
            value: value.into(),
        }
    }

    /// What the store itself answers is linearizable, if the answers mean what is said here;
    /// and an answer of another operation in its place is not.
    #[test]
    fn the_store_is_linearizable() {
        let get = kv::Operation::Get { key: "x".into() };
        let delete = kv::Operation::Delete { key: "x".into() };
        let operations = [
            get.clone(),
            delete.clone(),
            swap(Some("1"), "2"),
            swap(None, "1"),
            swap(None, "3"),
            swap(Some("1"), "2"),
            get,
            delete,
        ];
        let mut store = Store::new(StoreBounds::default());
        let told = (1..).zip(&operations).map(|(sequence, operation)| {
            let command = kv::Command {
                client: kv::ClientId(1),
                session: 1,
                sequence,
                operation: operation.clone(),
            };
            store.apply(&kv::Logged { at_us: 0, command })
        });
        let told: Vec<kv::Answer> = told.collect();
        let checked = |told: &[kv::Answer]| {
            let mut history = History::default();
            for (operation, answer) in operations.iter().zip(told) {
                let (key, operation) = asked(operation);
                assert_eq!(history.invoke(1, key, operation), Ok(()));
                assert_eq!(history.end(1, answered(answer)), Ok(()));
            }
            history.check(1000)
        };
        assert_eq!(checked(&told), Verdict::Linearizable);
        for (one, other) in [(0, 6), (1, 7), (2, 5), (3, 4)] {
            let mut swapped = told.clone();
            swapped.swap(one, other);
            let verdict = checked(&swapped);
            assert!(
                matches!(verdict, Verdict::NotLinearizable(_)),
                "{one}, {other}"
            );
        }
    }

    #[test]
    fn what_was_not_done_failed_and_what_may_have_been_done_is_unknown() {
        assert_eq!(answered(&kv::Answer::StoreFull), Completion::Fail);
        assert_eq!(answered(&kv::Answer::TooManySessions), Completion::Fail);
        assert_eq!(answered(&kv::Answer::Forgotten), Completion::Info);
        assert_eq!(answered(&kv::Answer::Expired), Completion::Info);
    }
}
