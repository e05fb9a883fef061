//! A leader completes its successor's log before it tells that one to stand (thesis
//! §3.10). Otherwise the successor can't win, and the cluster is without a leader for
//! nothing.
//!
//! A leader that hands over takes no more commands, so when the message leaves, its disk
//! holds its whole log. A successor that is in a later term by then follows somebody else.

use crate::raft::{Body, Durable, Message};
use crate::sim::property::violation::Violation;

/// A message leaves its sender, whose disk is `from`, for one whose disk is `to`.
pub(super) fn on_send(message: &Message, from: &Durable, to: &Durable) -> Result<(), Violation> {
    let told = message.body == Body::TimeoutNow;
    let in_term = from.term == message.term && to.term == message.term;
    if !told || !in_term || from.log.last() <= to.log.last() {
        return Ok(());
    }
    Err(Violation::PreparedSuccessor {
        leader: message.from,
        successor: message.to,
        last: from.log.last_index(),
        durable_index: to.log.last_index(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2, log};
    use super::*;
    use crate::raft::{LogIndex, Term};

    fn verdict(body: Body, from: &[u64], (term, to): (u64, &[u64])) -> Result<(), Violation> {
        let disk = |term, terms| Durable {
            term: Term(term),
            log: log(terms),
            ..Durable::default()
        };
        let message = Message {
            from: R1,
            to: R2,
            term: Term(2),
            body,
        };
        on_send(&message, &disk(2, from), &disk(term, to))
    }

    #[test]
    fn a_successor_that_lacks_an_entry_is_not_prepared() {
        let convicted = Err(Violation::PreparedSuccessor {
            leader: R1,
            successor: R2,
            last: LogIndex(3),
            durable_index: LogIndex(2),
        });
        assert_eq!(
            verdict(Body::TimeoutNow, &[1, 2, 2], (2, &[1, 2])),
            convicted
        );
        assert_eq!(
            verdict(Body::TimeoutNow, &[1, 2, 2], (2, &[1, 2, 2])),
            Ok(())
        );
        // It has gone on to a later term, and follows somebody else.
        assert_eq!(verdict(Body::TimeoutNow, &[1, 2, 2], (3, &[1, 2])), Ok(()));
        assert_eq!(verdict(Body::AppendStale, &[1, 2, 2], (2, &[1, 2])), Ok(()));
    }
}
