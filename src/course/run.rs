//! A test file's run: requests and events come to a world from outside, through its one door.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::clients::{Clients, Expected, choose};
use super::file::{EventKind, TestFile};
use super::outcome::{Fault, Outcome, Tally, median};
use super::settings::{CLIENTS, Settings};
use crate::history::{Completion, History, Value, Verdict, answered, asked};
use crate::kv::{Answer, ClientId, Operation};
use crate::raft::ReplicaId;
use crate::rng::Pcg32;
use crate::sim::action::{Action, Target};
use crate::sim::notice::TraceEvent;
use crate::sim::scenario::{ScenarioError, Workload};
use crate::sim::view::Endpoint;
use crate::sim::{Recorder, Recording, Refused, World};

/// The client of a world with this number sends the first client's requests; client 1 is
/// the person at the page.
const FIRST: u16 = 2;
/// As many clients as a world may have, besides client 1.
const SENDERS_MAX: u16 = 1_000;

/// A run under way. The same file, settings and seed make the same run.
#[derive(Clone, Debug)]
pub struct Run {
    file: TestFile,
    world: Recorder,
    clients: Clients,
    /// Chooses whom events befall.
    faults: Pcg32,
    /// The requests and events to come, soonest first.
    planned: VecDeque<(u64, Planned)>,
    living: Vec<ReplicaId>,
    senders: Senders,
    tally: Tally,
    latencies_us: Vec<u64>,
    history: History,
    over: bool,
}

#[derive(Clone, Copy, Debug)]
enum Planned {
    Event(EventKind),
    Request,
}

/// A request of a client, through all its sendings.
#[derive(Clone, Debug)]
struct Request {
    client: usize,
    operation: Operation,
    /// For a get: what it may be answered.
    expected: Option<Expected>,
}

/// A request that was sent once, under an id of its own, and not answered yet.
#[derive(Clone, Debug)]
struct Sent {
    id: u64,
    request: Request,
    to: ReplicaId,
    at_us: u64,
}

/// The senders. A client of a test file sends without waiting for answers; a client of a world
/// does one thing at a time. So each sending has one of the world's clients to itself.
#[derive(Clone, Debug)]
struct Senders {
    free: BTreeSet<ClientId>,
    busy: BTreeMap<ClientId, Sent>,
    /// How many there are.
    made: u16,
    /// How many requests have been sent.
    sent: u64,
}

impl Run {
    /// A run at its beginning.
    ///
    /// # Errors
    /// If a setting is beyond its limits.
    pub fn new(
        file: TestFile,
        settings: &Settings,
        seed: u64,
        title: &str,
    ) -> Result<Self, ScenarioError> {
        let scenario = settings.scenario(&file, title)?;
        let events = file.events.iter().map(|event| {
            let happens = file.happens(event);
            happens.then(|| (file.event_us(event), Planned::Event(event.kind)))
        });
        let events = events.flatten();
        let requests = (0..file.requests).map(|number| (file.request_us(number), Planned::Request));
        let mut planned: Vec<_> = events.chain(requests).collect();
        planned.sort_by_key(|&(at_us, _)| at_us);
        Ok(Self {
            clients: Clients::new(seed),
            faults: Pcg32::fork(seed, "course faults", 0),
            planned: planned.into(),
            living: scenario.all_replicas().collect(),
            senders: Senders {
                free: (FIRST..FIRST + CLIENTS).map(ClientId).collect(),
                busy: BTreeMap::new(),
                made: CLIENTS,
                sent: 0,
            },
            tally: Tally::default(),
            latencies_us: Vec::new(),
            history: History::new(Value::Null),
            over: false,
            world: Recorder::new(World::new(scenario, seed)),
            file,
        })
    }

    /// Goes on for at most `events_max` events. Returns whether there is more to come.
    pub fn advance(&mut self, events_max: u32) -> bool {
        (0..events_max).all(|_| self.next())
    }

    /// Goes on to the end.
    #[must_use]
    pub fn finish(mut self) -> Outcome {
        while self.next() {}
        self.outcome()
    }

    /// How far it is: microseconds of virtual time that have passed, and how many there are.
    pub fn progress_us(&self) -> (u64, u64) {
        (self.world.now_us(), self.file.length_us())
    }

    /// All that is needed to watch what has happened so far again.
    pub fn recording(&self) -> Recording {
        self.world.recording()
    }

    /// The outcome so far.
    pub fn outcome(&self) -> Outcome {
        let mut tally = self.tally.clone();
        let counters = self.world.counters();
        tally.total_msgs = counters.replica_messages;
        tally.elections = counters.elections_won;
        tally.stored = u32::try_from(self.clients.stored()).unwrap_or(u32::MAX);
        let early = self.clients.early();
        tally.gets_before_any_put = early.before_any_put;
        tally.gets_while_puts_waited = early.while_puts_waited;
        let mut latencies_us = self.latencies_us.clone();
        latencies_us.sort_unstable();
        tally.median_latency_us = median(&latencies_us);
        tally.latency_us_max = latencies_us.last().copied().unwrap_or(0);
        // Answers to clients beyond one for each sending.
        let on_their_way = self.world.messages();
        let on_their_way = on_their_way.filter(|it| matches!(it.to, Endpoint::Client(_)));
        tally.duplicates = (counters.client_messages - self.senders.sent)
            .saturating_sub(latencies_us.len() as u64 + on_their_way.count() as u64);
        let mut faults = tally.faults(&self.file);
        if counters.replica_messages > self.file.max_packets {
            faults.push(Fault::PacketStorm {
                messages_max: self.file.max_packets,
            });
        }
        if let Some(violation) = self.world.violation() {
            faults.push(Fault::Broken(violation.clone()));
        }
        if let Verdict::NotLinearizable(part) = self.history.check(History::STEPS_MAX) {
            let key = part.key.to_string();
            faults.push(Fault::NotLinearizable { key });
        }
        Outcome {
            seed: self.world.seed(),
            faults,
            unlucky: tally.unlucky(&self.file),
            grades: tally.grades(&self.file),
            tally,
        }
    }

    /// The next event. Returns whether there was one.
    fn next(&mut self) -> bool {
        if self.over {
            return false;
        }
        let length_us = self.file.length_us();
        let planned_us = self.planned.front().map_or(length_us, |&(at_us, _)| at_us);
        let until_us = planned_us.min(length_us);
        if self
            .world
            .next_due()
            .is_some_and(|due| due.at_us <= until_us)
        {
            let stopped = self.world.step().is_err();
            self.hear();
            let storm = self.world.counters().replica_messages > self.file.max_packets;
            self.over = stopped || storm || self.world.violation().is_some();
            return true;
        }
        self.world.advance(until_us);
        match self.planned.pop_front() {
            Some((at_us, planned)) if at_us <= length_us => match planned {
                Planned::Request => self.request(),
                Planned::Event(kind) => self.befall(kind),
            },
            _ => self.over = true,
        }
        self.hear();
        true
    }

    /// Does something to the world, which keeps a record of it.
    fn act(&mut self, action: Action) {
        match self.world.apply(action) {
            Ok(()) => {}
            Err(Refused::Stopped(_)) => self.over = true,
            Err(refused) => unreachable!("a run asks for what can be done: {refused}"),
        }
    }

    // --- requests ---

    fn request(&mut self) {
        let turn = self.clients.turn(self.file.mix.ratio());
        let Some(operation) = turn.operation else {
            self.tally.gets_not_made += 1;
            return;
        };
        let count = if turn.is_get {
            &mut self.tally.gets
        } else {
            &mut self.tally.puts
        };
        *count += 1;
        let expected = turn
            .is_get
            .then(|| self.clients.expected(turn.client, operation.key()));
        self.send(Request {
            client: turn.client,
            operation,
            expected,
        });
    }

    /// Sends a request under a new id. If nobody lives, or as many requests are under way as
    /// a world has clients, it is not sent, and not answered.
    fn send(&mut self, request: Request) {
        let Some(to) = self.clients.target(request.client, &self.living) else {
            return;
        };
        let Some(sender) = self.sender(request.client) else {
            return;
        };
        let operation = request.operation.clone();
        let (key, wish) = asked(&operation);
        let id = self.senders.sent;
        self.senders.sent += 1;
        self.history
            .invoke(id, key, wish)
            .expect("every sending has a number of its own");
        let sent = Sent {
            id,
            request,
            to,
            at_us: self.world.now_us(),
        };
        self.senders.busy.insert(sender, sent);
        self.act(Action::Mislead {
            client: sender,
            replica: to.into(),
        });
        self.act(Action::Request {
            client: Some(sender),
            operation,
            reads: None,
        });
    }

    /// Somebody who is free to send for a client: one of its own, if that may be.
    fn sender(&mut self, client: usize) -> Option<ClientId> {
        if self.senders.free.is_empty() && self.senders.made < SENDERS_MAX {
            let made = self.senders.made;
            self.senders.made = (made + CLIENTS).min(SENDERS_MAX);
            let new = FIRST + made..FIRST + self.senders.made;
            self.senders.free.extend(new.map(ClientId));
            self.act(Action::SetWorkload {
                workload: Workload {
                    clients: self.senders.made,
                    ..self.world.scenario().workload
                },
            });
        }
        let free = &mut self.senders.free;
        let own = |sender: &&ClientId| usize::from((sender.0 - FIRST) % CLIENTS) == client;
        let sender = *free.iter().find(own).or_else(|| free.first())?;
        free.remove(&sender);
        Some(sender)
    }

    /// Clients hear what they were told, after each event, so that they miss nothing.
    fn hear(&mut self) {
        for notice in self.world.take_notices() {
            match notice.what {
                TraceEvent::Answered { client, answer, .. } => self.answered(client, &answer),
                TraceEvent::GaveUp { client, .. } => self.redirected(client),
                _ => {}
            }
        }
    }

    fn answered(&mut self, sender: ClientId, answer: &Answer) {
        let Some(sent) = self.ended(sender, answered(answer)) else {
            return;
        };
        let (client, request) = (sent.request.client, &sent.request);
        // A message says whom its sender takes for the leader.
        let view = self.world.view();
        let from = view.replicas.iter().find(|it| it.id == sent.to);
        self.clients.hear(client, from.and_then(|it| it.leader));
        match (&request.operation, answer) {
            (Operation::Put { key, value }, Answer::Written) => {
                self.tally.puts_answered += 1;
                self.clients.confirm(client, key, value);
            }
            (Operation::Get { key }, Answer::Value { value }) => {
                self.tally.gets_answered += 1;
                let expected = request.expected.as_ref();
                let right = expected.is_some_and(|expected| {
                    self.clients
                        .is_right(client, key, expected, value.as_deref())
                });
                self.tally.wrong += u32::from(!right);
            }
            // Not answered with success, it counts among the failures.
            _ => {}
        }
    }

    /// The world's client was sent elsewhere, and does not ask again: so we retry.
    fn redirected(&mut self, sender: ClientId) {
        let view = self.world.view();
        let told = view.clients.iter().find(|it| it.id == sender);
        let leader = told.and_then(|it| it.believed_leader);
        // Whether a put has happened, or will, it does not know.
        let Some(sent) = self.ended(sender, Completion::Info) else {
            return;
        };
        self.tally.redirects += 1;
        self.clients.hear(sent.request.client, leader);
        self.send(sent.request);
    }

    /// A sending has come to its end.
    fn ended(&mut self, sender: ClientId, how: Completion) -> Option<Sent> {
        let sent = self.senders.busy.remove(&sender)?;
        self.senders.free.insert(sender);
        self.latencies_us.push(self.world.now_us() - sent.at_us);
        // An answer of the wrong kind counts as none.
        let _ = self.history.end(sent.id, how);
        Some(sent)
    }

    // --- events ---

    fn befall(&mut self, kind: EventKind) {
        let leader = self.world.view().leader;
        match kind {
            EventKind::KillLeader => self.kill(leader),
            EventKind::KillNonLeader => {
                let others = self.living.iter().filter(|&&id| Some(id) != leader);
                let others: Vec<ReplicaId> = others.copied().collect();
                let dice = &mut self.faults;
                let victim = (!others.is_empty()).then(|| others[choose(dice, others.len())]);
                self.kill(victim);
            }
            EventKind::PartEasy => self.part(leader),
            EventKind::PartHard => {
                self.part(None);
                self.clients.forget();
            }
            EventKind::PartEnd => self.act(Action::HealAll {}),
        }
    }

    fn kill(&mut self, victim: Option<ReplicaId>) {
        let Some(victim) = victim else {
            self.tally.events_skipped += 1;
            return;
        };
        self.living.retain(|&id| id != victim);
        self.act(Action::crash(victim));
    }

    /// Cuts a majority of all replicas, the dead included, off from the rest.
    fn part(&mut self, with: Option<ReplicaId>) {
        let mut rest: Vec<ReplicaId> = self.world.scenario().all_replicas().collect();
        rest.retain(|&id| Some(id) != with);
        let mut majority: Vec<Target> = with.map(Target::Replica).into_iter().collect();
        while majority.len() < usize::from(self.file.replicas) / 2 + 1 {
            let place = choose(&mut self.faults, rest.len());
            majority.push(rest.swap_remove(place).into());
        }
        majority.sort_unstable();
        let groups = vec![majority];
        self.act(Action::Partition { groups });
    }
}
