//! A client: it looks for the leader, waits, asks again, and keeps a session so that
//! asking again does no harm.
//!
//! It has one request under way at a time; what it is asked to do meanwhile waits.
//! A request keeps its number however often it is sent. It goes to the replica that
//! is believed to be the leader, else to any. A replica that is not the leader
//! redirects; if it knows of none, the client pauses and asks another. A replica
//! that does not answer in time is taken for dead: the client asks another.

use std::collections::VecDeque;
use std::sync::Arc;

use super::schedule::Appointment;
use crate::kv::{ClientId, Command, Operation};
use crate::raft::ReplicaId;
use crate::rng::Pcg32;

#[derive(Clone, Debug)]
pub(super) struct Client {
    id: ClientId,
    /// How many replicas there are to ask.
    replicas: u16,
    believed_leader: Option<ReplicaId>,
    current: Option<Request>,
    waiting: VecDeque<Asked>,
    /// The number of the newest operation that it was asked for.
    sequence: u64,
    /// Rings when its patience is over. The world sets it.
    pub(super) alarm: Option<Appointment>,
    /// Chooses among replicas.
    dice: Pcg32,
}

/// An operation that a client was asked to carry out.
#[derive(Clone, Debug)]
struct Asked {
    sequence: u64,
    operation: Operation,
    since_us: u64,
}

/// The operation under way.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) sequence: u64,
    pub(super) operation: Operation,
    /// The encoded command, the same for each attempt.
    pub(super) command: Arc<[u8]>,
    /// When the client was asked for it.
    pub(super) since_us: u64,
    pub(super) attempts: u32,
    /// Whom it was sent to last.
    last_asked: Option<ReplicaId>,
    /// Whether an answer may still come from there; else the client pauses.
    awaiting: bool,
}

/// What a client does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It sends its request, and waits for the answer.
    Send { to: ReplicaId },
    /// It knows of nobody to ask, and tries again after a pause.
    Pause,
    /// It has nothing to do.
    Rest,
}

impl Client {
    pub(super) fn new(id: ClientId, replicas: u16, seed: u64) -> Self {
        Self {
            id,
            replicas,
            believed_leader: None,
            current: None,
            waiting: VecDeque::new(),
            sequence: 0,
            alarm: None,
            dice: Pcg32::fork(seed, "client", u64::from(id.0)),
        }
    }

    pub(super) fn id(&self) -> ClientId {
        self.id
    }

    pub(super) fn believed_leader(&self) -> Option<ReplicaId> {
        self.believed_leader
    }

    pub(super) fn current(&self) -> Option<&Request> {
        self.current.as_ref()
    }

    /// How many operations wait behind the one under way.
    pub(super) fn queued(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    pub(super) fn is_free(&self) -> bool {
        self.current.is_none()
    }

    /// The client is asked for an operation. If it is free, it sets to work on it.
    pub(super) fn ask(&mut self, operation: Operation, now_us: u64) -> Option<Next> {
        self.sequence += 1;
        self.waiting.push_back(Asked {
            sequence: self.sequence,
            operation,
            since_us: now_us,
        });
        self.is_free().then(|| self.begin())
    }

    /// An answer arrives. If it is to the request under way, that is done, and handed out.
    pub(super) fn on_answer(&mut self, from: ReplicaId, sequence: u64) -> Option<Request> {
        let done = self
            .current
            .take_if(|request| request.sequence == sequence)?;
        self.believed_leader = Some(from);
        Some(done)
    }

    /// Begins with what waits next.
    pub(super) fn begin(&mut self) -> Next {
        let Some(asked) = self.waiting.pop_front() else {
            return Next::Rest;
        };
        let Asked {
            sequence,
            operation,
            since_us,
        } = asked;
        let command = Command {
            client: self.id,
            sequence,
            operation,
        };
        self.current = Some(Request {
            sequence,
            command: command.encode(),
            operation: command.operation,
            since_us,
            attempts: 0,
            last_asked: None,
            awaiting: false,
        });
        self.send()
    }

    /// A replica says that it is not the leader. Only the one that was asked last is heard.
    pub(super) fn on_redirect(
        &mut self,
        from: ReplicaId,
        sequence: u64,
        leader: Option<ReplicaId>,
    ) -> Option<Next> {
        let request = self.current.as_mut()?;
        if request.sequence != sequence || request.asked() != Some(from) {
            return None;
        }
        self.believed_leader = leader.filter(|&leader| leader != from);
        if self.believed_leader.is_some() {
            return Some(self.send());
        }
        request.awaiting = false;
        Some(Next::Pause)
    }

    /// The alarm rings: no answer came in time, or the pause is over.
    pub(super) fn on_alarm(&mut self) -> Next {
        if self.current.is_none() {
            return Next::Rest;
        }
        self.believed_leader = None;
        self.send()
    }

    fn send(&mut self) -> Next {
        let Some(request) = &mut self.current else {
            return Next::Rest;
        };
        let to = self.believed_leader.unwrap_or_else(|| {
            // Any replica, but not the one that was of no help.
            match request.last_asked {
                Some(ReplicaId(last)) if self.replicas > 1 => {
                    let other = draw(&mut self.dice, self.replicas - 1);
                    ReplicaId(other + u16::from(other >= last))
                }
                _ => ReplicaId(draw(&mut self.dice, self.replicas)),
            }
        });
        request.attempts = request.attempts.saturating_add(1);
        request.last_asked = Some(to);
        request.awaiting = true;
        Next::Send { to }
    }
}

impl Request {
    /// The replica that may still answer.
    pub(super) fn asked(&self) -> Option<ReplicaId> {
        self.last_asked.filter(|_| self.awaiting)
    }
}

/// A number in `1..=count`.
fn draw(dice: &mut Pcg32, count: u16) -> u16 {
    let number = dice.below(u32::from(count)) + 1;
    u16::try_from(number).expect("it is no larger than a u16")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(replicas: u16) -> Client {
        Client::new(ClientId(1), replicas, 1)
    }

    fn get() -> Operation {
        Operation::Get { key: "x".into() }
    }

    fn sent_to(next: Option<Next>) -> ReplicaId {
        match next {
            Some(Next::Send { to }) => to,
            other => panic!("it should send, not {other:?}"),
        }
    }

    #[test]
    fn it_follows_redirects_and_remembers_who_answered() {
        let mut client = client(5);
        let first = sent_to(client.ask(get(), 0));
        let leader = ReplicaId(first.0 % 5 + 1);
        assert_eq!(client.on_redirect(leader, 1, None), None);
        let next = client.on_redirect(first, 1, Some(leader));
        assert_eq!(sent_to(next), leader);
        let done = client.on_answer(leader, 1).expect("it is answered");
        assert_eq!((done.sequence, done.attempts), (1, 2));
        assert_eq!(sent_to(client.ask(get(), 0)), leader);
    }

    #[test]
    fn it_does_one_thing_at_a_time_and_in_order() {
        let mut client = client(3);
        let asked = sent_to(client.ask(get(), 0));
        assert_eq!(client.ask(get(), 5), None);
        assert_eq!((client.queued(), client.sequence()), (1, 2));
        assert!(client.on_answer(asked, 2).is_none());
        assert!(client.on_answer(asked, 1).is_some());
        assert!(client.on_answer(asked, 1).is_none());
        sent_to(Some(client.begin()));
        let current = client.current().expect("the second is under way");
        assert_eq!((current.sequence, current.since_us), (2, 5));
        assert!(client.on_answer(asked, 2).is_some());
        assert_eq!(client.begin(), Next::Rest);
    }

    #[test]
    fn a_silent_replica_is_not_asked_twice_in_a_row() {
        let mut client = client(3);
        let mut last = sent_to(client.ask(get(), 0));
        let mut asked = [0; 3];
        for _ in 0..100 {
            let next = sent_to(Some(client.on_alarm()));
            assert_ne!(next, last);
            asked[usize::from(next.0) - 1] += 1;
            last = next;
        }
        assert!(asked.iter().all(|&times| times > 20), "{asked:?}");
        assert_eq!(client.current().map(|r| r.sequence), Some(1));
    }

    #[test]
    fn a_replica_that_knows_no_leader_makes_it_pause() {
        let mut client = client(2);
        let asked = sent_to(client.ask(get(), 0));
        assert_eq!(client.on_redirect(asked, 1, None), Some(Next::Pause));
        assert_eq!(client.current().and_then(Request::asked), None);
        // A second copy of the redirect comes too late to matter.
        assert_eq!(client.on_redirect(asked, 1, None), None);
        assert_ne!(sent_to(Some(client.on_alarm())), asked);
    }

    #[test]
    fn alone_it_asks_the_only_replica_again() {
        let mut client = client(1);
        assert_eq!(sent_to(client.ask(get(), 0)), ReplicaId(1));
        assert_eq!(sent_to(Some(client.on_alarm())), ReplicaId(1));
    }
}
