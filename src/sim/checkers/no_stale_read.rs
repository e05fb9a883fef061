//! A read misses no change that some client had been told of before the reader was asked.
//!
//! The checker keeps by itself what the world does not need to know: what had been told when a
//! client was asked, which entry an answer on its way knows of, and which reads were served by
//! a lease that rested on something that was not so.

use std::collections::BTreeMap;

use crate::kv::ClientId;
use crate::list::SharedList;
use crate::raft::{LogIndex, ReplicaId};
use crate::sim::scenario::action::MessageId;
use crate::sim::view::lease::Voided;

/// A request may still come to a server when its client has been told of this many later ones.
const LATE: u64 = 256;

#[derive(Clone, Debug, Default)]
pub(super) struct NoStaleRead {
    /// The last entry that any client has been told of.
    told: LogIndex,
    /// By client: from which request on it was asked with how much told, in order.
    asked: BTreeMap<ClientId, SharedList<(u64, LogIndex)>>,
    /// Of the answers on their way: the last entry that each knows of.
    answers: BTreeMap<MessageId, LogIndex>,
    /// Reads by a lease that rested on something that was not so, by server and its name for
    /// the read.
    doubtful: BTreeMap<(ReplicaId, u64), Voided>,
}

impl NoStaleRead {
    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> u64 {
        let asked: usize = self.asked.values().map(SharedList::len).sum();
        (asked * 16 + self.answers.len() * 32) as u64
    }

    /// A client is asked to carry out its request of this number.
    pub(super) fn on_ask(&mut self, client: ClientId, sequence: u64) {
        let asked = self.asked.entry(client).or_default();
        if asked.last().is_none_or(|&(_, told)| told < self.told) {
            asked.push((sequence, self.told));
        }
    }

    /// An answer that knows of the log up to `index` has set out.
    pub(super) fn on_answer_sent(&mut self, message: MessageId, index: LogIndex) {
        self.answers.insert(message, index);
    }

    /// A copy of a message has set out.
    pub(super) fn on_copied(&mut self, message: MessageId, copy: MessageId) {
        if let Some(&index) = self.answers.get(&message) {
            self.answers.insert(copy, index);
        }
    }

    /// An answer is in the network no more. Returns what it knew of.
    pub(super) fn on_answer_gone(&mut self, message: MessageId) -> LogIndex {
        self.answers.remove(&message).unwrap_or_default()
    }

    /// A client is told an answer to this request that knows of the log up to `index`.
    pub(super) fn on_told(&mut self, client: ClientId, sequence: u64, index: LogIndex) {
        self.told = self.told.max(index);
        if let Some(asked) = self.asked.get_mut(&client) {
            while (asked.get(1)).is_some_and(|&(from, _)| from + LATE <= sequence) {
                asked.drop_front(1);
            }
        }
    }

    /// A leader serves a read, its own or a follower's, by a lease that rests on something
    /// that is not so. What nobody `awaits` any more is of no concern.
    pub(super) fn on_doubt(
        &mut self,
        read: (ReplicaId, u64),
        voided: Voided,
        awaits: impl Fn(ReplicaId, u64) -> bool,
    ) {
        self.doubtful.retain(|&(id, name), _| awaits(id, name));
        self.doubtful.insert(read, voided);
    }

    /// A read is answered. Returns what voided the lease that it rested on, if that was so.
    pub(super) fn on_read(&mut self, read: (ReplicaId, u64)) -> Option<Voided> {
        if self.doubtful.is_empty() {
            return None;
        }
        self.doubtful.remove(&read)
    }

    /// What a client's read must see.
    pub(super) fn must_see(&self, client: ClientId, sequence: u64) -> LogIndex {
        let Some(asked) = self.asked.get(&client) else {
            return LogIndex(0);
        };
        let upto = asked.partition_point(|&(from, _)| from <= sequence);
        let latest = upto.checked_sub(1).and_then(|place| asked.get(place));
        latest.map_or(LogIndex(0), |&(_, told)| told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C1: ClientId = ClientId(1);
    const C2: ClientId = ClientId(2);

    #[test]
    fn a_read_must_see_what_was_told_before_its_client_was_asked() {
        let mut checker = NoStaleRead::default();
        checker.on_ask(C1, 1);
        checker.on_answer_sent(MessageId(5), LogIndex(7));
        checker.on_copied(MessageId(5), MessageId(6));
        checker.on_ask(C1, 2);
        let index = checker.on_answer_gone(MessageId(6));
        checker.on_told(C2, 1, index);
        checker.on_ask(C1, 3);
        checker.on_ask(C1, 4);
        let must_see = [1, 2, 3, 4].map(|sequence| checker.must_see(C1, sequence).0);
        assert_eq!(must_see, [0, 0, 7, 7]);
        assert_eq!(checker.must_see(C2, 1), LogIndex(0));
    }

    #[test]
    fn what_was_asked_long_ago_is_forgotten() {
        let mut checker = NoStaleRead::default();
        for sequence in 1..=2_000 {
            checker.on_ask(C1, sequence);
            checker.on_told(C1, sequence, LogIndex(sequence));
        }
        assert!(checker.weight() < 16 * (LATE + 3));
        assert_eq!(checker.must_see(C1, 2_000), LogIndex(1_999));
        let oldest = 2_000 - LATE;
        assert_eq!(checker.must_see(C1, oldest), LogIndex(oldest - 1));
    }

    #[test]
    fn a_doubt_is_for_one_read_and_as_long_as_that_is_awaited() {
        let mut checker = NoStaleRead::default();
        let (r1, r2) = (ReplicaId(1), ReplicaId(2));
        checker.on_doubt((r1, 1), Voided::Flaw {}, |_, _| true);
        checker.on_doubt((r2, 1), Voided::Flaw {}, |id, _| id != r1);
        assert_eq!(checker.on_read((r1, 1)), None);
        assert_eq!(checker.on_read((r2, 1)), Some(Voided::Flaw {}));
        assert_eq!(checker.on_read((r2, 1)), None);
    }
}
