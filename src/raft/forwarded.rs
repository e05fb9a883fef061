//! Reads that a replica without leadership has asked its leader about.

use std::collections::BTreeMap;

/// At most this many are remembered.
const FORWARDED_MAX: usize = 1 << 14;

/// Reads that the leader was asked about and has not answered. Questions and answers may be
/// duplicated on their way, but a read is served once. If there are too many, the oldest is
/// forgotten, as if its answer were lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Forwarded {
    /// When each was asked about, by name.
    numbers: BTreeMap<u64, u64>,
    /// The same in order.
    names: BTreeMap<u64, u64>,
    next: u64,
}

impl Forwarded {
    pub(super) fn ask(&mut self, read: u64) {
        if let Some(before) = self.numbers.insert(read, self.next) {
            self.names.remove(&before);
        }
        self.names.insert(self.next, read);
        self.next += 1;
        if self.names.len() > FORWARDED_MAX
            && let Some((_, oldest)) = self.names.pop_first()
        {
            self.numbers.remove(&oldest);
        }
    }

    /// Whether an answer to this read is the first one.
    pub(super) fn answer(&mut self, read: u64) -> bool {
        let number = self.numbers.remove(&read);
        number.is_some_and(|number| self.names.remove(&number).is_some())
    }

    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.names.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarded_read_is_answered_once() {
        let mut forwarded = Forwarded::default();
        forwarded.ask(7);
        forwarded.ask(8);
        // Asked again, it still waits for one answer.
        forwarded.ask(7);
        assert!(forwarded.answer(7) && !forwarded.answer(7));
        assert!(forwarded.answer(8) && !forwarded.answer(9));
        forwarded.ask(9);
        forwarded.clear();
        assert!(!forwarded.answer(9));
    }

    #[test]
    fn of_too_many_forwarded_reads_the_oldest_is_forgotten() {
        let mut forwarded = Forwarded::default();
        let many = FORWARDED_MAX as u64 + 10;
        (0..many).for_each(|read| forwarded.ask(read));
        assert_eq!(forwarded.names.len(), FORWARDED_MAX);
        assert_eq!(forwarded.numbers.len(), FORWARDED_MAX);
        assert!(!forwarded.answer(9) && forwarded.answer(10) && forwarded.answer(many - 1));
    }
}
