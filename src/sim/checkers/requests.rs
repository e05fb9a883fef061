//! What clients ask for is done once at most (§8; thesis §6.3), nothing else is done,
//! and what they are told of stays.
//!
//! The checker goes through the applied log once, entry by entry, as the first store does
//! that comes to it, and sees from outside whether the store's pairs changed and what
//! was answered. It knows what clients have asked for, and of each client the latest
//! command that stood in the log: the sessions allow no older one to do anything.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::kv::{Answer, ClientId, Command, Operation};
use crate::map::SharedMap;
use crate::raft::LogIndex;
use crate::sim::property::violation::Violation;

/// At most this many changes that were asked for are remembered until they are done.
const ASKED_MAX: usize = 16_384;

#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    /// The changes that clients have asked for, until they stand in the applied log, or a
    /// later one of the client does.
    asked: SharedMap<(ClientId, u64), Operation>,
    /// By client: the number up to which it is forgotten what it asked for, since it gave up
    /// too much of it.
    forgotten: BTreeMap<ClientId, u64>,
    /// By client: its latest command in the applied log.
    latest: SharedMap<ClientId, Latest>,
}

#[derive(Clone, Debug)]
struct Latest {
    session: u32,
    sequence: u64,
    /// The first answer to it.
    answer: Answer,
}

impl Requests {
    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> u64 {
        let texts: usize = self.asked.values().map(Operation::weight).sum();
        (texts + self.asked.len() * 128 + self.latest.len() * 128) as u64
    }

    /// A client is asked to carry out an operation, its request of this number.
    pub(super) fn on_ask(&mut self, client: ClientId, sequence: u64, operation: &Operation) {
        if is_change(operation) {
            self.asked.insert((client, sequence), operation.clone());
        }
        if self.asked.len() <= ASKED_MAX {
            return;
        }
        let oldest = self.asked.iter_from(&(client, 0)).next();
        if let Some(oldest) = oldest.map(|(&key, _)| key)
            && oldest.0 == client
        {
            self.asked.remove(&oldest);
            self.forgotten.insert(client, oldest.1);
        }
    }

    /// A store has applied a command, the entry at `index`, gave that `answer`, and
    /// `changed` by it. Each index comes once, and in order.
    pub(super) fn on_applied(
        &mut self,
        index: LogIndex,
        command: &Command,
        answer: &Answer,
        changed: bool,
    ) -> Result<(), Violation> {
        let (client, session, sequence) = (command.client, command.session, command.sequence);
        let Some(latest) = self.latest.get(&client) else {
            return self.on_first(index, command, answer, changed);
        };
        let harmless = match (session, sequence).cmp(&(latest.session, latest.sequence)) {
            Ordering::Less => is_too_late(answer),
            Ordering::Equal => *answer == latest.answer || *answer == Answer::Expired,
            Ordering::Greater => return self.on_first(index, command, answer, changed),
        };
        if harmless && !changed {
            return Ok(());
        }
        Err(Violation::ExactlyOnce {
            index,
            client,
            sequence,
        })
    }

    /// The command stands in the log for the first time.
    fn on_first(
        &mut self,
        index: LogIndex,
        command: &Command,
        answer: &Answer,
        changed: bool,
    ) -> Result<(), Violation> {
        let &Command {
            client,
            session,
            sequence,
            ref operation,
        } = command;
        let latest = Latest {
            session,
            sequence,
            answer: answer.clone(),
        };
        self.latest.insert(client, latest);
        let asked = self.asked.remove(&(client, sequence));
        // What it asked for before can't be done any more.
        let from_first = self.asked.iter_from(&(client, 0)).map(|(&key, _)| key);
        let done_with = from_first.take_while(|&key| key < (client, sequence));
        for key in done_with.collect::<Vec<_>>() {
            self.asked.remove(&key);
        }
        let forgotten = self.forgotten.get(&client);
        let wanted = !is_change(operation)
            || asked.as_ref() == Some(operation)
            || asked.is_none() && forgotten.is_some_and(|&upto| sequence <= upto);
        if wanted && (!changed || says_done(answer)) {
            return Ok(());
        }
        Err(Violation::NoPhantomWrites {
            index,
            client,
            sequence,
        })
    }

    /// A client is told the `answer` to its request: an entry at `index`, where this
    /// command stands in what is committed and applied, if any does.
    pub(super) fn on_told(
        &mut self,
        client: ClientId,
        sequence: u64,
        operation: &Operation,
        answer: &Answer,
        index: LogIndex,
        stands_there: Option<&Command>,
    ) -> Result<(), Violation> {
        match answer {
            // It will never be done, and so never stands in a log.
            Answer::TooLarge { .. } => {
                self.asked.remove(&(client, sequence));
                return Ok(());
            }
            // Whether it was done nobody knows any more.
            Answer::Expired => return Ok(()),
            // A read may be served outside the log.
            _ if !is_change(operation) => return Ok(()),
            _ => {}
        }
        let stands = stands_there.is_some_and(|command| {
            command.client == client
                && command.sequence == sequence
                && command.operation == *operation
        });
        let first = self.latest.get(&client);
        let as_first =
            first.is_some_and(|latest| latest.sequence == sequence && latest.answer == *answer);
        if stands && as_first {
            return Ok(());
        }
        Err(Violation::AcknowledgedStays {
            index,
            client,
            sequence,
        })
    }
}

fn is_change(operation: &Operation) -> bool {
    !matches!(operation, Operation::Get { .. })
}

/// Whether an answer says that the store has been changed.
fn says_done(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Written | Answer::Swapped | Answer::Deleted { existed: true }
    )
}

/// What may be answered to a command that a later one of its client has overtaken. One
/// that is too large is told so at any time.
fn is_too_late(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Forgotten | Answer::Expired | Answer::TooLarge { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const C1: ClientId = ClientId(1);
    const C2: ClientId = ClientId(2);

    fn put(value: &str) -> Operation {
        Operation::Put {
            key: "x".into(),
            value: value.into(),
        }
    }

    fn command(session: u32, sequence: u64, operation: Operation) -> Command {
        Command {
            client: C1,
            session,
            sequence,
            operation,
        }
    }

    /// C1 has asked for puts of 1, 2 and 3, and two of them, numbers 1 and 2 of its first
    /// session, are done and stand at the indices 1 and 2.
    fn checker() -> Requests {
        let mut checker = Requests::default();
        for (sequence, value) in [(1, "1"), (2, "2"), (3, "3")] {
            checker.on_ask(C1, sequence, &put(value));
        }
        for (sequence, value) in [(1, "1"), (2, "2")] {
            let command = command(1, sequence, put(value));
            let verdict = checker.on_applied(LogIndex(sequence), &command, &Answer::Written, true);
            assert_eq!(verdict, Ok(()));
        }
        checker
    }

    fn apply(command: &Command, answer: &Answer, changed: bool) -> Result<(), Violation> {
        checker().on_applied(LogIndex(3), command, answer, changed)
    }

    fn phantom(sequence: u64) -> Result<(), Violation> {
        Err(Violation::NoPhantomWrites {
            index: LogIndex(3),
            client: C1,
            sequence,
        })
    }

    fn twice(sequence: u64) -> Result<(), Violation> {
        Err(Violation::ExactlyOnce {
            index: LogIndex(3),
            client: C1,
            sequence,
        })
    }

    #[test]
    fn what_was_asked_for_may_be_done_once() {
        for session in [1, 2] {
            let third = command(session, 3, put("3"));
            assert_eq!(apply(&third, &Answer::Written, true), Ok(()));
            assert_eq!(apply(&third, &Answer::StoreFull, false), Ok(()));
            assert_eq!(apply(&third, &Answer::Expired, false), Ok(()));
        }
        let read = command(1, 3, Operation::Get { key: "x".into() });
        let value = Answer::Value { value: None };
        assert_eq!(apply(&read, &value, false), Ok(()));
    }

    #[test]
    fn what_nobody_asked_for_is_convicted() {
        let nobody = command(1, 4, put("4"));
        assert_eq!(apply(&nobody, &Answer::Written, true), phantom(4));
        let another = command(1, 3, put("4"));
        assert_eq!(apply(&another, &Answer::Written, true), phantom(3));
        let mut stranger = command(1, 3, put("3"));
        stranger.client = C2;
        let verdict = apply(&stranger, &Answer::Written, true);
        assert!(matches!(verdict, Err(Violation::NoPhantomWrites { client, .. }) if client == C2));
    }

    #[test]
    fn a_change_behind_an_answer_that_denies_it_is_convicted() {
        let third = command(1, 3, put("3"));
        let denials = [
            Answer::StoreFull,
            Answer::Expired,
            Answer::TooManySessions,
            Answer::NotSwapped { found: None },
            Answer::Deleted { existed: false },
        ];
        for answer in denials {
            assert_eq!(apply(&third, &answer, true), phantom(3), "{answer:?}");
        }
        let read = command(1, 3, Operation::Get { key: "x".into() });
        let value = Answer::Value { value: None };
        assert_eq!(apply(&read, &value, true), phantom(3));
    }

    #[test]
    fn a_copy_is_answered_like_the_first_and_changes_nothing() {
        let copy = command(1, 2, put("2"));
        assert_eq!(apply(&copy, &Answer::Written, false), Ok(()));
        assert_eq!(apply(&copy, &Answer::Expired, false), Ok(()));
        assert_eq!(apply(&copy, &Answer::Written, true), twice(2));
        assert_eq!(apply(&copy, &Answer::StoreFull, false), twice(2));
    }

    #[test]
    fn an_older_command_comes_too_late() {
        let older = command(1, 1, put("1"));
        assert_eq!(apply(&older, &Answer::Forgotten, false), Ok(()));
        assert_eq!(apply(&older, &Answer::Expired, false), Ok(()));
        assert_eq!(apply(&older, &Answer::Forgotten, true), twice(1));
        assert_eq!(apply(&older, &Answer::Written, false), twice(1));
        // Of an older session too, whatever its number.
        let mut checker = checker();
        let third = command(2, 3, put("3"));
        let verdict = checker.on_applied(LogIndex(3), &third, &Answer::Written, true);
        assert_eq!(verdict, Ok(()));
        let older = command(1, 4, put("4"));
        let verdict = checker.on_applied(LogIndex(3), &older, &Answer::Written, true);
        assert_eq!(verdict, twice(4));
    }

    fn tell(answer: &Answer, stands_there: Option<&Command>) -> Result<(), Violation> {
        checker().on_told(C1, 2, &put("2"), answer, LogIndex(2), stands_there)
    }

    #[test]
    fn what_a_client_is_told_of_stands_in_the_log() {
        let lost = Err(Violation::AcknowledgedStays {
            index: LogIndex(2),
            client: C1,
            sequence: 2,
        });
        let own = command(1, 2, put("2"));
        assert_eq!(tell(&Answer::Written, Some(&own)), Ok(()));
        assert_eq!(tell(&Answer::Written, None), lost);
        for other in [command(1, 1, put("2")), command(1, 2, put("1"))] {
            assert_eq!(tell(&Answer::Written, Some(&other)), lost);
        }
        assert_eq!(tell(&Answer::StoreFull, Some(&own)), lost);
        let third = checker().on_told(C1, 3, &put("3"), &Answer::Written, LogIndex(3), None);
        assert!(third.is_err(), "it has not been done");
    }

    #[test]
    fn answers_that_promise_nothing_need_no_entry() {
        assert_eq!(tell(&Answer::Expired, None), Ok(()));
        let too_large = Answer::TooLarge {
            bytes: 2,
            bytes_max: 1,
        };
        assert_eq!(tell(&too_large, None), Ok(()));
        let read = Operation::Get { key: "x".into() };
        let value = Answer::Value { value: None };
        let verdict = checker().on_told(C1, 3, &read, &value, LogIndex(0), None);
        assert_eq!(verdict, Ok(()));
    }

    #[test]
    fn what_was_given_up_long_ago_is_forgotten_and_held_against_nobody() {
        let mut checker = Requests::default();
        let most = u64::try_from(ASKED_MAX).unwrap();
        for sequence in 1..=most + 2 {
            checker.on_ask(C1, sequence, &put("x"));
        }
        assert_eq!(checker.asked.len(), ASKED_MAX);
        let mut on_applied = |sequence| {
            let command = command(1, sequence, put("x"));
            checker.on_applied(LogIndex(sequence), &command, &Answer::Written, true)
        };
        assert_eq!(on_applied(2), Ok(()));
        assert_eq!(on_applied(9), Ok(()));
        assert!(on_applied(most + 3).is_err(), "nobody asked for that");
        // What it had asked for before can't be done any more.
        assert_eq!(checker.asked.len(), 0);
    }
}
