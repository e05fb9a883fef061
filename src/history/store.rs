//! What the clients of the key-value store ask and are told, in the words of a history.

use super::{Answer, Operation, Outcome, Value};
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

/// What an answer of the store says of its operation.
pub fn answered(answer: &kv::Answer) -> Outcome {
    Outcome::Ok(match answer {
        kv::Answer::Written => Answer::Done,
        kv::Answer::Value { value } => Answer::Value(value.as_deref().into()),
        kv::Answer::Deleted { existed } => Answer::Deleted { existed: *existed },
        kv::Answer::Swapped => Answer::Swapped,
        kv::Answer::NotSwapped { found } => Answer::NotSwapped {
            found: Some(found.as_deref().into()),
        },
        // A copy of the command may have been applied, or not.
        kv::Answer::Forgotten | kv::Answer::Expired => return Outcome::Info,
        kv::Answer::TooManySessions | kv::Answer::StoreFull | kv::Answer::TooLarge { .. } => {
            return Outcome::Fail;
        }
    })
}
