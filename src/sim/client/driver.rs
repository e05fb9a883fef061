//! All clients of a world: who does what they decide, and gives them work.
//!
//! One way in and one way out, as for a server: [`Clients::step`] is told of one thing that
//! happens, and hands what comes of it to its [`ClientOutput`].

use super::workload::Load;
use super::{Asked, Client, Next, Request};
use crate::kv::{Answer, ClientId, Operation};
use crate::raft::ReplicaId;
use crate::sim::network::packet::Body;
use crate::sim::scenario::action::MessageId;
use crate::sim::scenario::{ClientSettings, ReadMode, Scenario, Workload};
use crate::sim::schedule::Alarm;

/// The first client that works; client 1 is the person at the page.
const FIRST_WORKING: u16 = 2;

#[derive(Clone, Debug)]
pub(in crate::sim) struct Clients {
    all: Vec<Client>,
    load: Load,
    settings: ClientSettings,
    /// How reads are served that ask for nothing else.
    reads: ReadMode,
    replicas: u16,
    seed: u64,
}

/// What happens to clients.
#[derive(Debug)]
pub(in crate::sim) enum ClientInput {
    // --- by itself ---
    /// The world begins.
    Begin,
    /// A client's alarm rings.
    Wake(ClientId),
    /// The workload issues its next operation.
    Offer,
    /// A message from a replica arrives.
    Receive {
        client: ClientId,
        from: ReplicaId,
        message: MessageId,
        body: Body,
    },

    // --- from outside ---
    Ask {
        client: ClientId,
        operation: Operation,
        reads: Option<ReadMode>,
    },
    Leave(ClientId),
    Return(ClientId),
    /// A client comes to believe that a replica leads.
    Mislead(ClientId, ReplicaId),
    SetWorkload(Workload),
    /// How reads are served that ask for nothing else.
    SetReads(ReadMode),
}

/// Receives what comes out of clients.
pub(in crate::sim) trait ClientOutput {
    /// A client sends a message.
    fn packet(&mut self, from: ClientId, to: ReplicaId, body: Body);

    /// An alarm is set to a moment, in place of the one before; none: it is switched off.
    fn alarm(&mut self, alarm: Alarm, at_us: Option<u64>);

    /// Something has happened.
    fn fact(&mut self, fact: ClientFact<'_>);
}

/// What has happened at a client.
#[derive(Debug)]
pub(in crate::sim) enum ClientFact<'a> {
    /// It is new to the world.
    Joined(ClientId),
    /// It was asked for an operation.
    Asked {
        client: ClientId,
        sequence: u64,
        operation: &'a Operation,
    },
    /// A message has told it the answer to its request.
    Told {
        client: ClientId,
        message: MessageId,
        request: Request,
        answer: Answer,
    },
    /// Its session had expired, and it has opened another.
    SessionRenewed { client: ClientId, session: u32 },
    /// It has given up.
    GaveUp { client: ClientId, request: Request },
}

impl Clients {
    pub(in crate::sim) fn new(scenario: &Scenario, seed: u64) -> Self {
        Self {
            all: Vec::new(),
            load: Load::new(scenario.workload, 0, seed),
            settings: scenario.clients,
            reads: scenario.protocol.reads,
            replicas: scenario.total(),
            seed,
        }
    }

    /// Something happens to them, at a moment of virtual time in microseconds.
    pub(in crate::sim) fn step(
        &mut self,
        input: ClientInput,
        now_us: u64,
        out: &mut impl ClientOutput,
    ) {
        match input {
            // By itself.
            ClientInput::Begin => {
                self.add_clients(out);
                self.plan_offer(out);
            }
            ClientInput::Wake(id) => {
                let next = self.client_mut(id).on_alarm();
                self.follow(id, next, now_us, out);
            }
            ClientInput::Offer => {
                self.load.issue();
                self.plan_offer(out);
                self.give_out_work(now_us, out);
            }
            ClientInput::Receive {
                client,
                from,
                message,
                body,
            } => self.receive(client, from, message, body, now_us, out),

            // From outside.
            ClientInput::Ask {
                client,
                operation,
                reads,
            } => self.ask(client, operation, reads, now_us, out),
            ClientInput::Leave(id) => {
                self.client_mut(id).leave();
                out.alarm(Alarm::Wake(id), None);
            }
            ClientInput::Return(id) => {
                let next = self.client_mut(id).come_back();
                self.follow(id, next, now_us, out);
                self.give_out_work(now_us, out);
            }
            ClientInput::Mislead(id, leader) => self.client_mut(id).believe(leader),
            ClientInput::SetWorkload(workload) => {
                self.load.change(workload, now_us);
                self.add_clients(out);
                self.plan_offer(out);
            }
            ClientInput::SetReads(reads) => self.reads = reads,
        }
    }

    /// As many clients as the workload asks for, and client 1.
    fn add_clients(&mut self, out: &mut impl ClientOutput) {
        let wanted = usize::from(self.load.settings().clients) + 1;
        while self.all.len() < wanted {
            let number = self.all.len() + 1;
            let id = ClientId(u16::try_from(number).expect("the workload's clients are few"));
            let client = Client::new(id, self.replicas, self.seed);
            self.all.push(client);
            out.fact(ClientFact::Joined(id));
        }
    }

    fn ask(
        &mut self,
        client: ClientId,
        operation: Operation,
        reads: Option<ReadMode>,
        now_us: u64,
        out: &mut impl ClientOutput,
    ) {
        let sequence = self.client_mut(client).sequence() + 1;
        out.fact(ClientFact::Asked {
            client,
            sequence,
            operation: &operation,
        });
        let asked = Asked {
            operation,
            reads,
            since_us: now_us,
        };
        if let Some(next) = self.client_mut(client).ask(asked) {
            self.follow(client, next, now_us, out);
        }
    }

    fn receive(
        &mut self,
        id: ClientId,
        from: ReplicaId,
        message: MessageId,
        body: Body,
        now_us: u64,
        out: &mut impl ClientOutput,
    ) {
        let next = match body {
            Body::Answer { sequence, answer } => {
                self.answered(id, from, message, (sequence, answer), now_us, out);
                None
            }
            Body::Busy { sequence } => self.client_mut(id).on_busy(from, sequence),
            Body::Redirect { sequence, leader } => {
                self.client_mut(id).on_redirect(from, sequence, leader)
            }
            Body::Raft(_) | Body::Request { .. } => unreachable!("no client is sent this"),
        };
        if let Some(next) = next {
            self.follow(id, next, now_us, out);
        }
    }

    fn answered(
        &mut self,
        id: ClientId,
        from: ReplicaId,
        message: MessageId,
        (sequence, answer): (u64, Answer),
        now_us: u64,
        out: &mut impl ClientOutput,
    ) {
        let expired = answer == Answer::Expired;
        let over = expired || answer == Answer::TooManySessions;
        let Some(request) = self.client_mut(id).on_answer(from, sequence, over) else {
            return;
        };
        out.fact(ClientFact::Told {
            client: id,
            message,
            request,
            answer,
        });
        if expired {
            let session = self.client_mut(id).session();
            out.fact(ClientFact::SessionRenewed {
                client: id,
                session,
            });
        }
        let next = self.client_mut(id).begin();
        self.follow(id, next, now_us, out);
        self.give_out_work(now_us, out);
    }

    /// A client goes on as it decided.
    fn follow(&mut self, id: ClientId, next: Next, now_us: u64, out: &mut impl ClientOutput) {
        out.alarm(Alarm::Wake(id), None);
        let patience_us = match next {
            Next::Rest => return,
            Next::Pause => self.settings.retry_delay_us,
            Next::Send => {
                let attempts_max = self.settings.attempts_max;
                if let Some(request) = self.client_mut(id).give_up(attempts_max) {
                    // It goes on to what it was asked next.
                    out.fact(ClientFact::GaveUp {
                        client: id,
                        request,
                    });
                    let next = self.client_mut(id).begin();
                    self.follow(id, next, now_us, out);
                    self.give_out_work(now_us, out);
                    return;
                }
                self.send(id, out);
                self.settings.request_timeout_us
            }
        };
        out.alarm(Alarm::Wake(id), Some(now_us + patience_us));
    }

    fn send(&mut self, id: ClientId, out: &mut impl ClientOutput) {
        let default = self.reads;
        let client = self.client_mut(id);
        // Whether its read may be served by whoever is asked.
        let any = client.current().is_some_and(|request| {
            let is_read = matches!(request.command.operation, Operation::Get { .. });
            let reads = request.reads.unwrap_or(default);
            is_read && matches!(reads, ReadMode::ReadIndex { followers: true })
        });
        let to = client.send(any);
        if let Some(request) = client.current() {
            let body = Body::Request {
                command: request.command.clone(),
                reads: request.reads,
            };
            out.packet(id, to, body);
        }
    }

    // --- the workload ---

    /// Enters the workload's next operation in the calendar.
    fn plan_offer(&self, out: &mut impl ClientOutput) {
        out.alarm(Alarm::Offer, self.load.next_us());
    }

    /// Gives operations that wait to clients that are free.
    fn give_out_work(&mut self, now_us: u64, out: &mut impl ClientOutput) {
        while self.load.is_waiting() {
            let all = &self.all;
            let is_free = |working: u16| all[usize::from(working) + 1].is_free();
            let Some(chosen) = self.load.choose(is_free) else {
                return;
            };
            let operation = self.load.draw();
            let client = ClientId(FIRST_WORKING + chosen);
            self.ask(client, operation, None, now_us, out);
        }
    }

    // --- what others see of them ---

    pub(in crate::sim) fn iter(&self) -> impl Iterator<Item = &Client> {
        self.all.iter()
    }

    /// The client of a number, if there is one.
    pub(in crate::sim) fn get(&self, ClientId(id): ClientId) -> Option<&Client> {
        self.all.get(usize::from(id).checked_sub(1)?)
    }

    pub(in crate::sim) fn workload(&self) -> Workload {
        self.load.settings()
    }

    fn client_mut(&mut self, ClientId(id): ClientId) -> &mut Client {
        let place = usize::from(id).checked_sub(1);
        &mut self.all[place.expect("clients are numbered from 1")]
    }
}
