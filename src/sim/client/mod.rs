//! A client: it looks for the leader, waits, asks again, and keeps a session so that
//! asking again does no harm.
//!
//! It has one request under way at a time; what it is asked to do meanwhile waits.
//! A request keeps its number however often it is sent. It goes to the replica that
//! is believed to be the leader, else to any. A replica that is not the leader
//! redirects; if it knows of none, the client pauses and asks another. A replica
//! that does not answer in time is taken for dead: the client asks another.
//! If it is told to, it gives up after a number of attempts. What it asks
//! next has a higher number: once that has been applied, the session does not let what
//! was given up happen any more.

mod driver;
mod workload;

use std::collections::VecDeque;
use std::sync::Arc;

pub(super) use self::driver::{ClientFact, ClientInput, ClientOutput, Clients};
use super::scenario::ReadMode;
use crate::kv::{ClientId, Command, Operation};
use crate::raft::ReplicaId;
use crate::rng::Pcg32;

/// At most this many operations wait behind the one that a client has under way.
pub(super) const QUEUE_MAX: usize = 10_000;

#[derive(Clone, Debug)]
pub(super) struct Client {
    id: ClientId,
    /// How many replicas there are to ask.
    replicas: u16,
    believed_leader: Option<ReplicaId>,
    /// Whether it is away: it does nothing, and hears nothing.
    away: bool,
    current: Option<Request>,
    waiting: VecDeque<(u64, Asked)>,
    /// The number of the newest operation that it was asked for.
    sequence: u64,
    /// Which of its sessions is open, or will be with its next command.
    session: u32,
    /// Chooses among replicas.
    dice: Pcg32,
}

/// An operation that a client was asked to carry out.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) operation: Operation,
    /// For a read: how it is to be served.
    pub(super) reads: Option<ReadMode>,
    /// When it was asked.
    pub(super) since_us: u64,
}

/// The operation under way.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) sequence: u64,
    pub(super) operation: Operation,
    /// The command, the same for each attempt.
    pub(super) command: Arc<Command>,
    pub(super) reads: Option<ReadMode>,
    /// When the client was asked for it.
    pub(super) since_us: u64,
    pub(super) attempts: u32,
    /// Whether only a leader can have answered.
    by_log: bool,
    /// Whom it was sent to last.
    last_asked: Option<ReplicaId>,
    /// Whether an answer may still come from there; else the client pauses.
    awaiting: bool,
}

/// What a client does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It sends its request, and waits for the answer.
    Send,
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
            away: false,
            current: None,
            waiting: VecDeque::new(),
            sequence: 0,
            session: 1,
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

    /// Whether it would set to work at once.
    pub(super) fn is_free(&self) -> bool {
        self.current.is_none() && !self.away
    }

    pub(super) fn is_away(&self) -> bool {
        self.away
    }

    pub(super) fn leave(&mut self) {
        self.away = true;
    }

    /// It is back, and asks again: whatever was answered meanwhile, it has not heard.
    pub(super) fn come_back(&mut self) -> Next {
        self.away = false;
        if self.current.is_some() {
            self.on_alarm()
        } else {
            self.begin()
        }
    }

    /// From somewhere, it has heard who leads.
    pub(super) fn believe(&mut self, leader: ReplicaId) {
        self.believed_leader = Some(leader);
    }

    /// It gives up what it has tried `attempts_max` times (zero: it never does). Nobody
    /// knows what becomes of that.
    pub(super) fn give_up(&mut self, attempts_max: u32) -> Option<Request> {
        self.current
            .take_if(|request| attempts_max > 0 && request.attempts >= attempts_max)
    }

    /// Which of its sessions is open, or will be with its next command.
    pub(super) fn session(&self) -> u32 {
        self.session
    }

    /// The client is asked for an operation. If it is free, it sets to work on it.
    pub(super) fn ask(&mut self, asked: Asked) -> Option<Next> {
        self.sequence += 1;
        self.waiting.push_back((self.sequence, asked));
        self.is_free().then(|| self.begin())
    }

    /// An answer arrives. If it is to the request under way, that is done, and handed
    /// out. If it is that the session is `over`, the next request opens another.
    pub(super) fn on_answer(
        &mut self,
        from: ReplicaId,
        sequence: u64,
        over: bool,
    ) -> Option<Request> {
        let done = self
            .current
            .take_if(|request| request.sequence == sequence)?;
        // A read may have been served by a follower.
        if done.by_log {
            self.believed_leader = Some(from);
        }
        self.session += u32::from(over);
        Some(done)
    }

    /// The leader can't take the request now: the client tries again after a pause.
    pub(super) fn on_busy(&mut self, from: ReplicaId, sequence: u64) -> Option<Next> {
        let request = self.current.as_mut()?;
        if request.sequence != sequence || request.asked() != Some(from) {
            return None;
        }
        request.awaiting = false;
        Some(Next::Pause)
    }

    /// Begins with what waits next.
    pub(super) fn begin(&mut self) -> Next {
        let Some((sequence, asked)) = self.waiting.pop_front() else {
            return Next::Rest;
        };
        let Asked {
            operation,
            reads,
            since_us,
        } = asked;
        self.current = Some(Request {
            sequence,
            by_log: !matches!(operation, Operation::Get { .. }),
            operation: operation.clone(),
            command: Arc::new(Command {
                client: self.id,
                session: self.session,
                sequence,
                operation,
            }),
            reads,
            since_us,
            attempts: 0,
            last_asked: None,
            awaiting: false,
        });
        Next::Send
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
            return Some(Next::Send);
        }
        request.awaiting = false;
        Some(Next::Pause)
    }

    /// The alarm rings: no answer came in time, or the pause is over.
    pub(super) fn on_alarm(&mut self) -> Next {
        let Some(request) = &self.current else {
            return Next::Rest;
        };
        if request.awaiting {
            self.believed_leader = None;
        }
        Next::Send
    }

    /// Chooses whom to send the request under way to: the leader, or `anyone`.
    ///
    /// # Panics
    /// If there is none under way.
    pub(super) fn send(&mut self, anyone: bool) -> ReplicaId {
        let request = self.current.as_mut().expect("a request is under way");
        let leader = self.believed_leader.filter(|_| !anyone);
        let to = leader.unwrap_or_else(|| {
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
        to
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

    fn get() -> Asked {
        Asked {
            operation: Operation::Get { key: "x".into() },
            reads: None,
            since_us: 0,
        }
    }

    fn put(since_us: u64) -> Asked {
        let operation = Operation::Delete { key: "x".into() };
        Asked {
            operation,
            since_us,
            ..get()
        }
    }

    fn sent_to(client: &mut Client, next: Option<Next>) -> ReplicaId {
        assert_eq!(next, Some(Next::Send));
        client.send(false)
    }

    #[test]
    fn it_follows_redirects_and_remembers_who_answered() {
        let mut client = client(5);
        let next = client.ask(put(0));
        let first = sent_to(&mut client, next);
        let leader = ReplicaId(first.0 % 5 + 1);
        assert_eq!(client.on_redirect(leader, 1, None), None);
        let next = client.on_redirect(first, 1, Some(leader));
        assert_eq!(sent_to(&mut client, next), leader);
        let done = client.on_answer(leader, 1, false).expect("it is answered");
        assert_eq!((done.sequence, done.attempts), (1, 2));
        let next = client.ask(get());
        assert_eq!(sent_to(&mut client, next), leader);
    }

    #[test]
    fn it_does_one_thing_at_a_time_and_in_order() {
        let mut client = client(3);
        let next = client.ask(get());
        let asked = sent_to(&mut client, next);
        assert_eq!(client.ask(put(5)), None);
        assert_eq!((client.queued(), client.sequence()), (1, 2));
        assert!(client.on_answer(asked, 2, false).is_none());
        assert!(client.on_answer(asked, 1, false).is_some());
        assert!(client.on_answer(asked, 1, false).is_none());
        let next = Some(client.begin());
        sent_to(&mut client, next);
        let current = client.current().expect("the second is under way");
        assert_eq!((current.sequence, current.since_us), (2, 5));
        assert!(client.on_answer(asked, 2, false).is_some());
        assert_eq!(client.begin(), Next::Rest);
    }

    #[test]
    fn a_silent_replica_is_not_asked_twice_in_a_row() {
        let mut client = client(3);
        let next = client.ask(get());
        let mut last = sent_to(&mut client, next);
        let mut asked = [0; 3];
        for _ in 0..100 {
            let next = Some(client.on_alarm());
            let next = sent_to(&mut client, next);
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
        let next = client.ask(get());
        let asked = sent_to(&mut client, next);
        assert_eq!(client.on_redirect(asked, 1, None), Some(Next::Pause));
        assert_eq!(client.current().and_then(Request::asked), None);
        // A second copy of the redirect comes too late to matter.
        assert_eq!(client.on_redirect(asked, 1, None), None);
        let next = Some(client.on_alarm());
        assert_ne!(sent_to(&mut client, next), asked);
    }

    #[test]
    fn a_busy_leader_is_asked_again_after_a_pause() {
        let mut client = client(5);
        client.believed_leader = Some(ReplicaId(4));
        let next = client.ask(put(0));
        assert_eq!(sent_to(&mut client, next), ReplicaId(4));
        assert_eq!(client.on_busy(ReplicaId(4), 1), Some(Next::Pause));
        let next = Some(client.on_alarm());
        assert_eq!(sent_to(&mut client, next), ReplicaId(4));
    }

    #[test]
    fn an_expired_session_is_followed_by_another() {
        let mut client = client(1);
        let next = client.ask(put(0));
        let asked = sent_to(&mut client, next);
        client.on_answer(asked, 1, true);
        client.ask(put(1));
        let current = client.current().expect("the second is under way");
        assert_eq!(current.command.session, 2);
    }

    #[test]
    fn it_gives_up_after_so_many_attempts_if_it_ever_does() {
        let mut client = client(3);
        let next = client.ask(put(0));
        sent_to(&mut client, next);
        let next = Some(client.on_alarm());
        sent_to(&mut client, next);
        assert!(client.give_up(0).is_none());
        assert!(client.give_up(3).is_none());
        let given_up = client.give_up(2).expect("it has tried twice");
        assert_eq!((given_up.sequence, given_up.attempts), (1, 2));
        assert!(client.is_free());
        // An answer that comes all the same is not heard.
        assert!(client.on_answer(ReplicaId(1), 1, false).is_none());
    }

    #[test]
    fn away_it_takes_no_work_and_back_again_it_goes_on() {
        let mut client = client(3);
        client.leave();
        assert!(!client.is_free());
        assert_eq!(client.ask(put(0)), None);
        let next = Some(client.come_back());
        let asked = sent_to(&mut client, next);
        client.leave();
        let next = Some(client.come_back());
        assert_ne!(sent_to(&mut client, next), asked);
        assert_eq!(
            client.current().map(|r| (r.sequence, r.attempts)),
            Some((1, 2))
        );
    }

    #[test]
    fn alone_it_asks_the_only_replica_again() {
        let mut client = client(1);
        let next = client.ask(get());
        assert_eq!(sent_to(&mut client, next), ReplicaId(1));
        let next = Some(client.on_alarm());
        assert_eq!(sent_to(&mut client, next), ReplicaId(1));
    }
}
