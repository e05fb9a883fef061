//! One number for all that a store holds. It changes with what changes, so that it costs
//! no more to keep than that.
//!
//! Each pair and each client has a hash of its own, and those that are there are combined
//! by exclusive or: the order in which they came does not matter, and one that goes is
//! taken out by combining it once more.

use xxhash_rust::xxh64::xxh64;

use super::command::{Answer, ClientId};

/// The hash of a pair.
pub(super) fn of_pair(key: &str, value: &str) -> u64 {
    xxh64(value.as_bytes(), xxh64(key.as_bytes(), 0))
}

/// The hash of what is known of a client: the number of its newest session, and while
/// that is open the number of the last command, its answer, and when it was applied.
pub(super) fn of_client(client: ClientId, number: u32, open: Option<(u64, &Answer, u64)>) -> u64 {
    let head = [u64::from(client.0), u64::from(number)];
    let Some((sequence, answer, used_us)) = open else {
        return of_numbers(&head, 0);
    };
    of_numbers(&[head[0], head[1], sequence, used_us], of_answer(answer))
}

/// The hash of some numbers.
pub(super) fn of_numbers<const COUNT: usize>(numbers: &[u64; COUNT], seed: u64) -> u64 {
    let mut chain = seed;
    for number in numbers {
        chain = xxh64(&number.to_le_bytes(), chain);
    }
    chain
}

fn of_answer(answer: &Answer) -> u64 {
    let of_text = |text: &Option<String>, kind| match text {
        Some(text) => xxh64(text.as_bytes(), kind),
        None => kind + 1,
    };
    match answer {
        Answer::Written => 1,
        Answer::Value { value } => of_text(value, 2),
        Answer::Deleted { existed } => 4 + u64::from(*existed),
        Answer::Swapped => 6,
        Answer::NotSwapped { found } => of_text(found, 7),
        Answer::Forgotten => 9,
        Answer::Expired => 10,
        Answer::TooManySessions => 11,
        Answer::StoreFull => 12,
        Answer::TooLarge { bytes, bytes_max } => {
            of_numbers(&[u64::from(*bytes), u64::from(*bytes_max)], 13)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::testing::value;
    use super::*;

    /// Whatever is known of a client makes a difference: who it is, its session, the number
    /// of its command, the time of its use, and each answer that a command can have.
    #[test]
    fn what_differs_has_another_hash() {
        let found = |found: Option<&str>| Answer::NotSwapped {
            found: found.map(str::to_owned),
        };
        let too_large = |bytes, bytes_max| Answer::TooLarge { bytes, bytes_max };
        let answers = [
            Answer::Written,
            value(None),
            value(Some("")),
            value(Some("1")),
            Answer::Deleted { existed: false },
            Answer::Deleted { existed: true },
            Answer::Swapped,
            found(None),
            found(Some("")),
            found(Some("1")),
            Answer::Forgotten,
            Answer::Expired,
            Answer::TooManySessions,
            Answer::StoreFull,
            too_large(7, 6),
            too_large(8, 6),
            too_large(8, 7),
        ];
        let hash = |client, number, open| of_client(ClientId(client), number, open);
        let first = &answers[0];
        let mut hashes = vec![
            hash(1, 1, None),
            hash(2, 1, None),
            hash(1, 2, None),
            hash(2, 1, Some((1, first, 1))),
            hash(1, 2, Some((1, first, 1))),
            hash(1, 1, Some((2, first, 1))),
            hash(1, 1, Some((1, first, 2))),
        ];
        hashes.extend(
            answers
                .iter()
                .map(|answer| hash(1, 1, Some((1, answer, 1)))),
        );
        let different: BTreeSet<u64> = hashes.iter().copied().collect();
        assert_eq!(different.len(), hashes.len());
    }
}
