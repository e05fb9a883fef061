//! What falls due by itself: ticks, arrivals, losses, disks, clients, the workload.

use super::{World, place_of_client};
use crate::kv::{Answer, ClientId, Operation};
use crate::raft::{Input, LogIndex, ReplicaId};
use crate::sim::client::{self, Asked, Client, Next};
use crate::sim::network::STANDING_MAX;
use crate::sim::network::packet::{Body, Fate, Packet, Whereabouts};
use crate::sim::scenario::ReadMode;
use crate::sim::scenario::action::MessageId;
use crate::sim::schedule::Event;
use crate::sim::server::requests::Request;
use crate::sim::view::trace::{LossCause, TraceEvent};
use crate::sim::view::{Endpoint, Status};

/// The first client that works; client 1 is the person at the page.
const FIRST_WORKING: u16 = 2;

impl World {
    /// An event of the calendar happens.
    pub(in crate::sim) fn happen(&mut self, event: Event) {
        match event {
            Event::Tick(replica) => {
                let next_us = self.now_us + self.node(replica).clock.period_us();
                let next = self.schedule.add(next_us, event);
                self.node_mut(replica).clock.next = Some(next);
                self.tick(replica);
            }
            Event::Deliver(message) => self.arrive(message),
            Event::Drop(message) => self.lose_as_fated(message),
            Event::Persist(replica) => {
                self.finish_write(replica);
                self.pump(replica);
            }
            Event::Wake(client) => self.wake(client),
            Event::Offer => {
                self.load.issue();
                self.offer = None;
                self.plan_offer();
                self.give_out_work();
            }
            Event::Timed(_) => unreachable!("timed actions are carried out by the world"),
        }
    }

    pub(in crate::sim) fn tick(&mut self, replica: ReplicaId) {
        self.step_replica(replica, Input::Tick, None);
    }

    // --- messages ---

    /// A message has come to the end of its way.
    fn arrive(&mut self, id: MessageId) {
        let Some(packet) = self.network.get(id) else {
            return;
        };
        if let (Endpoint::Replica(from), Endpoint::Replica(to)) = (packet.from, packet.to) {
            if self.network.links.is_cut(from, to) {
                self.lose(id, LossCause::Cut);
                return;
            }
            if self.network.links.is_clogged_full(from, to) {
                self.lose(id, LossCause::Crowded);
                return;
            }
            let (network, mut moment) = self.network();
            if network.stop_at_clog(id, from, to, &mut moment) {
                return;
            }
        }
        self.hand_over(id);
    }

    /// A message stands before its receiver.
    pub(in crate::sim) fn hand_over(&mut self, id: MessageId) {
        let Some(packet) = self.network.get(id) else {
            return;
        };
        match packet.to {
            Endpoint::Replica(to) => match self.node(to).status() {
                Status::Running => {
                    if let Some(packet) = self.network.take(id, &mut self.schedule) {
                        self.receive(to, packet);
                    }
                }
                Status::Paused if self.is_door_full(to) => self.lose(id, LossCause::Crowded),
                Status::Paused => {
                    let (network, mut moment) = self.network();
                    network.leave_at_door(id, &mut moment);
                    if let Some(memory) = &mut self.node_mut(to).memory {
                        memory.door.push(id);
                    }
                }
                Status::Crashed => self.lose(id, LossCause::Dead),
            },
            Endpoint::Client(client) => {
                if self.client_mut(client).is_away() {
                    self.lose(id, LossCause::Away);
                    return;
                }
                if let Some(packet) = self.network.take(id, &mut self.schedule) {
                    self.client_receive(client, packet);
                }
            }
        }
    }

    /// Whether no more messages can wait before a paused replica.
    fn is_door_full(&self, to: ReplicaId) -> bool {
        let memory = self.node(to).memory.as_ref();
        memory.is_some_and(|memory| memory.door.len() >= STANDING_MAX)
    }

    /// A running replica takes a message in.
    fn receive(&mut self, to: ReplicaId, packet: Packet) {
        match (packet.body, packet.from) {
            (Body::Raft(message), _) => {
                self.step_replica(to, Input::Receive(message), Some(packet.id));
            }
            (
                Body::Request {
                    command,
                    reads,
                    must_see,
                },
                _,
            ) => {
                let request = Request {
                    command,
                    reads,
                    must_see,
                };
                self.serve(to, request);
            }
            _ => unreachable!("nobody sends a replica anything else"),
        }
    }

    fn lose_as_fated(&mut self, id: MessageId) {
        let cause = match self.network.get(id).map(|packet| packet.fate) {
            Some(Fate::Lost { cause, .. }) => cause,
            _ => LossCause::Hand,
        };
        self.lose(id, cause);
    }

    /// A message is gone.
    pub(in crate::sim) fn lose(&mut self, message: MessageId, cause: LossCause) {
        let Some(packet) = self.network.take(message, &mut self.schedule) else {
            return;
        };
        if let (Whereabouts::AtTheDoor { .. }, Endpoint::Replica(to)) =
            (packet.whereabouts, packet.to)
            && let Some(memory) = &mut self.node_mut(to).memory
        {
            memory.door.retain(|&waiting| waiting != message);
        }
        self.counters.lost_messages += 1;
        self.emit(TraceEvent::MessageLost { message, cause });
    }

    // --- clients ---

    /// As many clients as the workload asks for, and client 1.
    pub(in crate::sim) fn add_clients(&mut self) {
        let wanted = usize::from(self.load.settings().clients) + 1;
        while self.clients.len() < wanted {
            let number = self.clients.len() + 1;
            let id = ClientId(u16::try_from(number).expect("the workload's clients are few"));
            self.clients
                .push(Client::new(id, self.scenario.total(), self.seed));
            self.network.links.add_client(id);
        }
    }

    /// A client is asked for something.
    pub(in crate::sim) fn ask(
        &mut self,
        client: ClientId,
        operation: Operation,
        reads: Option<ReadMode>,
    ) {
        let asked = Asked {
            operation,
            reads,
            since_us: self.now_us,
            must_see: self.told_index,
        };
        let sequence = self.client_mut(client).sequence() + 1;
        self.checkers.on_ask(client, sequence, &asked.operation);
        if let Some(next) = self.client_mut(client).ask(asked) {
            self.follow(client, next);
        }
    }

    fn wake(&mut self, client: ClientId) {
        self.client_mut(client).alarm = None;
        let next = self.client_mut(client).on_alarm();
        self.follow(client, next);
    }

    fn client_receive(&mut self, id: ClientId, packet: Packet) {
        let Endpoint::Replica(from) = packet.from else {
            return;
        };
        match packet.body {
            Body::Answer {
                sequence,
                answer,
                index,
            } => self.client_answered(id, from, sequence, answer, index),
            Body::Busy { sequence } => {
                if let Some(next) = self.client_mut(id).on_busy(from, sequence) {
                    self.follow(id, next);
                }
            }
            Body::Redirect { sequence, leader } => {
                if let Some(next) = self.client_mut(id).on_redirect(from, sequence, leader) {
                    self.follow(id, next);
                }
            }
            Body::Raft(_) | Body::Request { .. } => unreachable!("no client is sent this"),
        }
    }

    fn client_answered(
        &mut self,
        id: ClientId,
        from: ReplicaId,
        sequence: u64,
        answer: Answer,
        index: LogIndex,
    ) {
        let expired = answer == Answer::Expired;
        let over = expired || answer == Answer::TooManySessions;
        let Some(done) = self.client_mut(id).on_answer(from, sequence, over) else {
            return;
        };
        let verdict = self
            .checkers
            .on_told(id, sequence, &done.operation, &answer, index);
        self.judge(verdict);
        self.told_index = self.told_index.max(index);
        self.counters.answered_operations += 1;
        self.counters.retried_operations += u64::from(done.attempts > 1);
        self.emit(TraceEvent::Answered {
            client: id,
            sequence,
            operation: done.operation,
            answer,
            took_us: self.now_us - done.since_us,
        });
        if expired {
            let session = self.client_mut(id).session();
            self.counters.sessions_renewed += 1;
            self.emit(TraceEvent::SessionRenewed {
                client: id,
                session,
            });
        }
        let next = self.client_mut(id).begin();
        self.follow(id, next);
        self.give_out_work();
    }

    /// A client goes on as it decided.
    fn follow(&mut self, id: ClientId, next: Next) {
        if let Some(alarm) = self.client_mut(id).alarm.take() {
            self.schedule.cancel(alarm);
        }
        let settings = self.scenario.clients;
        let patience_us = match next {
            Next::Rest => return,
            Next::Pause => settings.retry_delay_us,
            Next::Send => {
                if let Some(request) = self.client_mut(id).give_up(settings.attempts_max) {
                    return self.given_up(id, request);
                }
                let any = self.asks_anyone(id);
                let to = self.client_mut(id).send(any);
                self.send_request(id, to);
                settings.request_timeout_us
            }
        };
        let alarm = self
            .schedule
            .add(self.now_us + patience_us, Event::Wake(id));
        self.client_mut(id).alarm = Some(alarm);
    }

    /// A client has given up: it goes on to what it was asked next.
    fn given_up(&mut self, id: ClientId, request: client::Request) {
        self.counters.abandoned_operations += 1;
        self.emit(TraceEvent::GaveUp {
            client: id,
            sequence: request.sequence,
            operation: request.operation,
            attempts: request.attempts,
            took_us: self.now_us - request.since_us,
        });
        let next = self.client_mut(id).begin();
        self.follow(id, next);
        self.give_out_work();
    }

    pub(in crate::sim) fn leave(&mut self, id: ClientId) {
        let client = self.client_mut(id);
        client.leave();
        if let Some(alarm) = client.alarm.take() {
            self.schedule.cancel(alarm);
        }
    }

    pub(in crate::sim) fn come_back(&mut self, id: ClientId) {
        let next = self.client_mut(id).come_back();
        self.follow(id, next);
        self.give_out_work();
    }

    /// Whether a client's read may be served by whoever is asked.
    fn asks_anyone(&mut self, id: ClientId) -> bool {
        let default = self.protocol.reads;
        self.client_mut(id).current().is_some_and(|request| {
            let is_read = matches!(request.command.operation, Operation::Get { .. });
            let reads = request.reads.unwrap_or(default);
            is_read && matches!(reads, ReadMode::ReadIndex { followers: true })
        })
    }

    fn send_request(&mut self, id: ClientId, to: ReplicaId) {
        let Some(request) = self.client_mut(id).current() else {
            return;
        };
        let body = Body::Request {
            command: request.command.clone(),
            reads: request.reads,
            must_see: request.must_see,
        };
        self.post(Endpoint::Client(id), Endpoint::Replica(to), body);
    }

    // --- the workload ---

    /// Enters the workload's next operation in the calendar.
    pub(in crate::sim) fn plan_offer(&mut self) {
        if let Some(offer) = self.offer.take() {
            self.schedule.cancel(offer);
        }
        let next_us = self.load.next_us();
        self.offer = next_us.map(|at_us| self.schedule.add(at_us, Event::Offer));
    }

    /// Gives operations that wait to clients that are free.
    fn give_out_work(&mut self) {
        while self.load.is_waiting() {
            let clients = &self.clients;
            let is_free = |working: u16| clients[usize::from(working) + 1].is_free();
            let Some(chosen) = self.load.choose(is_free) else {
                return;
            };
            let operation = self.load.draw();
            self.ask(ClientId(FIRST_WORKING + chosen), operation, None);
        }
    }

    pub(in crate::sim) fn client_mut(&mut self, id: ClientId) -> &mut Client {
        let place = place_of_client(id).expect("clients are numbered from 1");
        &mut self.clients[place]
    }
}
