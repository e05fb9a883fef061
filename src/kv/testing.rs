//! Short words for the tests of this room.

use super::{Answer, ClientId, Command, Logged, Operation};

pub(super) fn put(key: &str, value: &str) -> Operation {
    Operation::Put {
        key: key.into(),
        value: value.into(),
    }
}

pub(super) fn get(key: &str) -> Operation {
    Operation::Get { key: key.into() }
}

pub(super) fn delete(key: &str) -> Operation {
    Operation::Delete { key: key.into() }
}

pub(super) fn compare_and_set(key: &str, expected: Option<&str>, value: &str) -> Operation {
    Operation::CompareAndSet {
        key: key.into(),
        expected: expected.map(str::to_owned),
        value: value.into(),
    }
}

pub(super) fn value(value: Option<&str>) -> Answer {
    Answer::Value {
        value: value.map(str::to_owned),
    }
}

/// A command of the first session of client `client`, with the number `sequence`.
pub(super) fn logged(client: u16, sequence: u64, operation: Operation) -> Logged {
    at(0, client, 1, sequence, operation)
}

/// A command with all that can be said of it.
pub(super) fn at(
    at_us: u64,
    client: u16,
    session: u32,
    sequence: u64,
    operation: Operation,
) -> Logged {
    Logged {
        at_us,
        command: Command {
            client: ClientId(client),
            session,
            sequence,
            operation,
        },
    }
}
