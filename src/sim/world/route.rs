//! The ways between those who live in a world: what falls due comes to whom it concerns, and
//! what comes out of a server or a client to the network, the calendar and the
//! [observers](super::observers), one thing after the other.

use std::ops::RangeInclusive;

use super::World;
use super::observers::Observers;
use super::servers::{Servers, place_of};
use crate::kv::{Answer, ClientId};
use crate::raft::{LogIndex, ReplicaId};
use crate::sim::causality::Letter;
use crate::sim::client::{Client, ClientFact, ClientInput, ClientOutput};
use crate::sim::network::packet::{Body, Fate, Packet, Whereabouts};
use crate::sim::network::{Moment, Network, STANDING_MAX};
use crate::sim::scenario::action::MessageId;
use crate::sim::schedule::{Alarm, Event, Schedule};
use crate::sim::server::output::{Fact, Output};
use crate::sim::server::{Request, Server, ServerInput};
use crate::sim::view::trace::LossCause;
use crate::sim::view::{Endpoint, Status};

impl World {
    // --- what falls due ---

    /// An event of the calendar happens.
    pub(super) fn happen(&mut self, event: Event) {
        match event {
            Event::Tick(replica) => self.step_server(replica, ServerInput::Tick),
            Event::Deliver(message) => self.arrive(message),
            Event::Drop(message) => self.lose_as_fated(message),
            Event::Persist(replica) => self.step_server(replica, ServerInput::Written),
            Event::Wake(client) => self.step_clients(ClientInput::Wake(client)),
            Event::Offer => self.step_clients(ClientInput::Offer),
            Event::Timed(_) => unreachable!("timed actions are carried out by the world"),
        }
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
    pub(super) fn hand_over(&mut self, id: MessageId) {
        let Some(packet) = self.network.get(id) else {
            return;
        };
        match packet.to {
            Endpoint::Replica(to) => match self.server(to).status() {
                Status::Running => {
                    if let Some(packet) = self.network.take(id, &mut self.schedule) {
                        self.receive(to, packet);
                    }
                }
                Status::Paused if self.is_door_full(to) => self.lose(id, LossCause::Crowded),
                Status::Paused => {
                    let (network, mut moment) = self.network();
                    network.leave_at_door(id, &mut moment);
                    self.step_server(to, ServerInput::Waits(id));
                }
                Status::Crashed => self.lose(id, LossCause::Dead),
            },
            Endpoint::Client(client) => {
                if self.clients.get(client).is_some_and(Client::is_away) {
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
        let volatile = self.server(to).volatile();
        volatile.is_some_and(|volatile| volatile.door.len() >= STANDING_MAX)
    }

    /// A running replica takes a message in.
    fn receive(&mut self, to: ReplicaId, packet: Packet) {
        if let Some(tracer) = &mut self.observers.tracer {
            tracer.on_received(&packet);
        }
        let input = match packet.body {
            Body::Raft(message) => ServerInput::Receive(packet.id, message),
            Body::Request { command, reads } => ServerInput::Request(Request { command, reads }),
            _ => unreachable!("nobody sends a replica anything else"),
        };
        self.step_server(to, input);
    }

    fn client_receive(&mut self, client: ClientId, packet: Packet) {
        let Endpoint::Replica(from) = packet.from else {
            return;
        };
        if let Some(tracer) = &mut self.observers.tracer {
            tracer.on_received(&packet);
        }
        let is_answer = matches!(packet.body, Body::Answer { .. });
        self.step_clients(ClientInput::Receive {
            client,
            from,
            message: packet.id,
            body: packet.body,
        });
        if is_answer {
            self.observers.checkers.on_answer_gone(packet.id);
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
    pub(super) fn lose(&mut self, id: MessageId, cause: LossCause) {
        let Some(packet) = self.network.take(id, &mut self.schedule) else {
            return;
        };
        if let (Whereabouts::AtTheDoor { .. }, Endpoint::Replica(to)) =
            (packet.whereabouts, packet.to)
        {
            self.step_server(to, ServerInput::Gone(id));
        }
        self.observers.on_lost(&packet, cause);
    }

    /// A second copy of a message sets out by hand.
    pub(super) fn duplicate(&mut self, id: MessageId) {
        let (network, mut moment) = self.network();
        if let Some(copy) = network.duplicate(id, &mut moment) {
            self.observers.checkers.on_copied(id, copy);
            if let Some(tracer) = &mut self.observers.tracer {
                tracer.on_copied(id, copy);
            }
        }
    }

    /// The network, together with what it needs of the world.
    pub(super) fn network(&mut self) -> (&mut Network, Moment<'_>) {
        let moment = Moment {
            now_us: self.now_us,
            schedule: &mut self.schedule,
            digest: &mut self.observers.digest,
        };
        (&mut self.network, moment)
    }

    // --- servers and clients ---

    /// Something happens to a server, and what comes of it goes its way.
    pub(in crate::sim) fn step_server(&mut self, id: ReplicaId, input: ServerInput) {
        self.with_server(id, |server, now_us, route| {
            server.step(input, now_us, route);
        });
    }

    pub(in crate::sim) fn with_server(
        &mut self,
        id: ReplicaId,
        step: impl FnOnce(&mut Server, u64, &mut Route<'_>),
    ) {
        let (before, rest) = self.servers.split_at_mut(place_of(id));
        let Some((server, after)) = rest.split_first_mut() else {
            return;
        };
        let mut route = Route {
            now_us: self.now_us,
            before,
            after,
            network: &mut self.network,
            schedule: &mut self.schedule,
            observers: &mut self.observers,
        };
        step(server, self.now_us, &mut route);
    }

    /// Something happens to clients, and what comes of it goes its way.
    pub(super) fn step_clients(&mut self, input: ClientInput) {
        let mut route = Route {
            now_us: self.now_us,
            before: &self.servers,
            after: &[],
            network: &mut self.network,
            schedule: &mut self.schedule,
            observers: &mut self.observers,
        };
        self.clients.step(input, self.now_us, &mut route);
    }
}

/// Where everything goes that comes out of one server, or of the clients.
pub(in crate::sim) struct Route<'a> {
    now_us: u64,
    /// The servers that take no step.
    before: &'a [Server],
    after: &'a [Server],
    network: &'a mut Network,
    schedule: &'a mut Schedule,
    observers: &'a mut Observers,
}

impl<'a> Route<'a> {
    fn servers<'b>(&self, this: &'b Server) -> Servers<'b>
    where
        'a: 'b,
    {
        Servers::with(self.before, this, self.after)
    }

    fn send(&mut self, from: Endpoint, to: Endpoint, body: Body) -> RangeInclusive<u64> {
        let traced = self.observers.tracer.is_some();
        let letter = traced.then(|| Letter::new(MessageId(0), from, to, &body));
        let mut moment = Moment {
            now_us: self.now_us,
            schedule: self.schedule,
            digest: &mut self.observers.digest,
        };
        let messages = self.network.send(from, to, body, &mut moment);
        if let (Some(tracer), Some(letter)) = (&mut self.observers.tracer, letter) {
            let message = MessageId(*messages.start());
            tracer.on_sent(Letter { message, ..letter }, messages.clone());
        }
        messages
    }

    /// An answer that knows of the log up to `index`.
    fn answer(
        &mut self,
        from: &Server,
        to: ClientId,
        (sequence, answer): (u64, Answer),
        index: LogIndex,
    ) {
        let body = Body::Answer { sequence, answer };
        let (from, to) = (Endpoint::Replica(from.id()), Endpoint::Client(to));
        for message in self.send(from, to, body) {
            let message = MessageId(message);
            self.observers.checkers.on_answer_sent(message, index);
        }
    }
}

impl Output for Route<'_> {
    fn packet(&mut self, from: &Server, to: Endpoint, body: Body) {
        if let Body::Raft(message) = &body {
            let servers = self.servers(from);
            self.observers.on_send(servers, message);
        }
        self.send(Endpoint::Replica(from.id()), to, body);
    }

    fn alarm(&mut self, alarm: Alarm, at_us: Option<u64>) {
        self.schedule.set(alarm, at_us);
    }

    fn fact(&mut self, server: &Server, fact: Fact<'_>) {
        let servers = self.servers(server);
        self.observers.on_fact(servers, server, &fact);
        match fact {
            Fact::Answered {
                client,
                sequence,
                answer,
                index,
            } => self.answer(server, client, (sequence, answer), index),
            Fact::ReadServed {
                command,
                answer,
                index,
                ..
            } => self.answer(server, command.client, (command.sequence, answer), index),
            Fact::Admitted(message) => {
                let mut moment = Moment {
                    now_us: self.now_us,
                    schedule: self.schedule,
                    digest: &mut self.observers.digest,
                };
                self.network.let_in(message, &mut moment);
            }
            Fact::Crashed { door } => {
                for id in door {
                    if let Some(packet) = self.network.take(id, self.schedule) {
                        self.observers.on_lost(&packet, LossCause::Dead);
                    }
                }
            }
            _ => {}
        }
    }
}

impl ClientOutput for Route<'_> {
    fn packet(&mut self, from: ClientId, to: ReplicaId, body: Body) {
        self.send(Endpoint::Client(from), Endpoint::Replica(to), body);
    }

    fn alarm(&mut self, alarm: Alarm, at_us: Option<u64>) {
        self.schedule.set(alarm, at_us);
    }

    fn fact(&mut self, fact: ClientFact<'_>) {
        if let ClientFact::Joined(client) = fact {
            self.network.links.add_client(client);
        }
        self.observers.on_client_fact(fact);
    }
}
