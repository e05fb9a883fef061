//! Writes down what happens in a world while it happens.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::graph::{Beginning, BeginningReplica, CausalGraph};
use super::happening::{Happening, HappeningId, Letter, Outcome, Place, What};
use super::letter::{is_worth_telling, listens, says_something};
use crate::kv::ClientId;
use crate::raft::{CommitDecision, Decision, LogIndex, ReplicaId, Term};
use crate::sim::client::ClientFact;
use crate::sim::network::packet::Packet;
use crate::sim::scenario::action::{Action, MessageId, Target};
use crate::sim::server::Server;
use crate::sim::server::output::{Fact, Pending, Stepped};
use crate::sim::view::trace::{LossCause, TraceEvent};
use crate::sim::view::{Endpoint, LinkView, MessageKind, RoleKind};

/// Looks on while a world runs, and writes its event graph.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Tracer {
    graph: CausalGraph,
    event: u64,
    now_us: u64,
    /// Whether the event is a clock's tick.
    ticks: bool,
    /// What brings about all that happens now.
    trigger: Option<u32>,
    /// What happened last at each process.
    last: BTreeMap<Place, u32>,
    /// Where each message under way was sent.
    sent: BTreeMap<MessageId, u32>,
    /// Where each link was cut.
    cut: BTreeMap<(ReplicaId, ReplicaId), u32>,
    replicas: BTreeMap<ReplicaId, Traced>,
    /// What each client was last asked.
    asked: BTreeMap<ClientId, u32>,
}

/// What a tracer remembers of a replica in its present life.
#[derive(Clone, Debug, Default)]
struct Traced {
    /// Steps that have not left it yet, by their number: what they were, and their write.
    steps: BTreeMap<u64, Step>,
    /// Why it sends and applies what it does now.
    leaving: Vec<u32>,
    /// What set its timer the last time.
    timer: Option<u32>,
    /// What made it what it is.
    role: Option<u32>,
    /// The votes that it was given in this term.
    votes: Vec<u32>,
    /// As a leader: the answer by which each follower was last found to hold the most.
    matched: BTreeMap<ReplicaId, (LogIndex, u32)>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    /// What came of it that says best why it was taken.
    reason: Option<u32>,
    wrote: Option<u32>,
}

impl Tracer {
    /// Begins to look on.
    pub(in crate::sim) fn new(
        (event, now_us): (u64, u64),
        servers: &[Server],
        cuts: impl Iterator<Item = (ReplicaId, ReplicaId)>,
        mut under_way: Vec<(u64, Letter)>,
    ) -> Self {
        let replicas = servers.iter().map(|server| BeginningReplica {
            id: server.id(),
            status: server.status(),
            role: server.role(),
            term: term_of(server),
        });
        let beginning = Beginning {
            at_us: now_us,
            replicas: replicas.collect(),
        };
        let cuts = cuts.map(|(from, to)| LinkView { from, to });
        let mut tracer = Self {
            graph: CausalGraph::new(beginning, cuts.collect()),
            event,
            now_us,
            ticks: false,
            trigger: None,
            last: BTreeMap::new(),
            sent: BTreeMap::new(),
            cut: BTreeMap::new(),
            replicas: BTreeMap::new(),
            asked: BTreeMap::new(),
        };
        // What is under way was sent before, nobody knows why.
        under_way.sort_by_key(|&(sent_us, letter)| (sent_us, letter.message));
        for (sent_us, letter) in under_way {
            tracer.now_us = sent_us;
            let id = tracer.push(letter.from.into(), What::Sent(letter), []);
            tracer.sent.extend(id.map(|id| (letter.message, id)));
        }
        tracer.now_us = now_us;
        tracer
    }

    pub(in crate::sim) fn graph(&self) -> &CausalGraph {
        &self.graph
    }

    /// Something happened at a place, for these reasons.
    fn push(
        &mut self,
        place: Place,
        what: What,
        causes: impl IntoIterator<Item = u32>,
    ) -> Option<u32> {
        let happening = Happening {
            at_us: self.now_us,
            event: self.event,
            place,
            previous: self.last.get(&place).copied().map(HappeningId),
            causes: (0, 0),
            what,
        };
        let id = self.graph.push(happening, causes)?;
        if super::clocks::is_process(place) {
            self.last.insert(place, id);
        }
        Some(id)
    }

    fn replica(&mut self, id: ReplicaId) -> &mut Traced {
        self.replicas.entry(id).or_default()
    }

    // --- actions ---

    /// An event begins.
    pub(in crate::sim) fn begin(&mut self, event: u64, now_us: u64, action: &Action) {
        (self.event, self.now_us) = (event, now_us);
        self.ticks = matches!(action, Action::Tick { .. });
        self.trigger = None;
    }

    /// Something is about to be done from outside.
    pub(in crate::sim) fn on_action(&mut self, action: &Action) {
        let about = match action {
            Action::Deliver { message }
            | Action::Drop { message }
            | Action::Duplicate { message }
            | Action::Hold { message }
            | Action::Release { message } => self.sent.get(message).copied(),
            _ => None,
        };
        self.trigger = self.push(Place::Outside, What::Done(Box::new(action.clone())), about);
        let stands = match *action {
            Action::Pause {
                replica: Target::Replica(id),
            } => Some((id, What::Paused {})),
            Action::Resume {
                replica: Target::Replica(id),
            } => Some((id, What::Resumed {})),
            _ => None,
        };
        if let Some((id, what)) = stands {
            let role = self.push(Place::Replica(id), what, self.trigger);
            self.replica(id).role = role;
        }
    }

    /// It was done: the links may stand otherwise.
    pub(in crate::sim) fn after_action(
        &mut self,
        cuts: impl Iterator<Item = (ReplicaId, ReplicaId)>,
    ) {
        let cuts: Vec<LinkView> = cuts.map(|(from, to)| LinkView { from, to }).collect();
        let before = &self.graph.cuts().last().expect("the first is there").1;
        if *before == cuts {
            return;
        }
        for link in cuts.iter().filter(|link| !before.contains(link)) {
            if let Some(trigger) = self.trigger {
                self.cut.insert((link.from, link.to), trigger);
            }
        }
        self.graph.note_cuts(self.now_us, cuts);
    }

    /// Somebody who looks on has something to say.
    pub(in crate::sim) fn on_notice(&mut self, what: &TraceEvent) {
        let place = match what {
            TraceEvent::StaleRead { replica, .. } => Place::Replica(*replica),
            TraceEvent::Violated { .. } | TraceEvent::Stuck { .. } => Place::Outside,
            _ => return,
        };
        let latest = self.graph.len().checked_sub(1);
        let latest = latest.and_then(|id| u32::try_from(id).ok());
        let cause = self.trigger.or(latest);
        self.push(place, What::Noted(Box::new(what.clone())), cause);
    }

    // --- messages ---

    /// A message, and the copies that the network makes of it, sets out.
    pub(in crate::sim) fn on_sent(&mut self, letter: Letter, messages: RangeInclusive<u64>) {
        let (own, reasons) = match letter.from {
            Endpoint::Replica(id) => (Place::Replica(id), self.replica(id).leaving.clone()),
            Endpoint::Client(id) => {
                let asked = self.asked.get(&id).copied();
                let reasons = self.trigger.into_iter().chain(asked);
                (Place::Client(id), reasons.collect())
            }
        };
        let sent = self.push(own, What::Sent(letter), reasons);
        if let Some(sent) = sent {
            self.sent
                .extend(messages.map(|message| (MessageId(message), sent)));
        }
    }

    /// A second copy of a message sets out by hand.
    pub(in crate::sim) fn on_copied(&mut self, message: MessageId, copy: MessageId) {
        let sent = self.sent.get(&message).copied();
        self.sent.extend(sent.map(|sent| (copy, sent)));
    }

    /// A message is received.
    pub(in crate::sim) fn on_received(&mut self, packet: &Packet) {
        let sent = self.sent.remove(&packet.id);
        let what = What::Received {
            letter: Letter::of(packet),
            outcome: Outcome::Taken,
        };
        let by_hand = self.trigger;
        let received = self.push(packet.to.into(), what, sent.into_iter().chain(by_hand));
        self.trigger = received;
    }

    /// A message is lost.
    pub(in crate::sim) fn on_lost(&mut self, packet: &Packet, cause: LossCause, way_ppm: u32) {
        let sent = self.sent.remove(&packet.id);
        let because = match (cause, packet.from, packet.to) {
            (LossCause::Cut, Endpoint::Replica(from), Endpoint::Replica(to)) => {
                self.cut.get(&(from, to)).copied()
            }
            (LossCause::Dead, _, Endpoint::Replica(to)) => {
                self.replicas.get(&to).and_then(|it| it.role)
            }
            _ => self.trigger,
        };
        let what = What::Lost {
            letter: Letter::of(packet),
            cause,
            way_ppm,
        };
        self.push(Place::Network, what, because.into_iter().chain(sent));
    }

    // --- servers ---

    /// Something has happened at a server.
    pub(in crate::sim) fn on_fact(&mut self, server: &Server, fact: &Fact<'_>) {
        let id = server.id();
        let place = Place::Replica(id);
        match fact {
            Fact::Started => {
                let role = self.push(place, What::Started {}, self.trigger);
                *self.replica(id) = Traced {
                    timer: role,
                    role,
                    ..Traced::default()
                };
            }
            Fact::Crashed { .. } => {
                let role = self.push(place, What::Crashed {}, self.trigger);
                *self.replica(id) = Traced {
                    role,
                    ..Traced::default()
                };
            }
            Fact::Stepped(stepped) => self.on_stepped(server, stepped),
            Fact::Durable(pending) => self.on_durable(server, pending),
            Fact::Released { step } => {
                let trigger = self.trigger;
                let traced = self.replica(id);
                traced.leaving = match traced.steps.get(step) {
                    Some(step) => step.reason.into_iter().chain(step.wrote).collect(),
                    None => trigger.into_iter().collect(),
                };
                traced.steps.remove(step);
            }
            Fact::Applied { entry, .. } => {
                let what = What::Applied { index: entry.index };
                self.leave(id, what);
            }
            Fact::Restored { last } => {
                let what = What::Restored { index: last.index };
                self.leave(id, what);
            }
            Fact::SnapshotTaken { index, .. } => {
                let last = self.last.get(&place).copied();
                self.push(place, What::SnapshotTaken { index: *index }, last);
            }
            Fact::ReadServed { command, index, .. } => {
                let what = What::ReadServed {
                    client: command.client,
                    sequence: command.sequence,
                    index: *index,
                };
                self.leave(id, what);
            }
            Fact::DiskIdle
            | Fact::WriteInterrupted { .. }
            | Fact::Answered { .. }
            | Fact::Admitted(_)
            | Fact::Wiped { .. } => {}
        }
    }

    /// Something comes of a step that leaves the replica; what follows comes of that.
    fn leave(&mut self, id: ReplicaId, what: What) {
        let reasons = self.replica(id).leaving.clone();
        let done = self.push(Place::Replica(id), what, reasons);
        self.replica(id).leaving = done.into_iter().collect();
    }

    /// A step is on the disk.
    fn on_durable(&mut self, server: &Server, pending: &Pending) {
        let write = &pending.effects.write;
        if write.is_empty() {
            return;
        }
        let id = server.id();
        let step = self.replica(id).steps.get(&pending.step).copied();
        let what = What::Wrote {
            last_index: server.disk().durable.log.last_index(),
            term: server.disk().durable.term,
            vote: write.vote.is_some(),
        };
        let reason = step.and_then(|step| step.reason);
        let written = self.push(Place::Replica(id), what, reason);
        if let Some(step) = self.replica(id).steps.get_mut(&pending.step) {
            step.wrote = written;
        }
    }

    /// A replica has taken a step: what it was, then all that came of it.
    fn on_stepped(&mut self, server: &Server, stepped: &Stepped<'_>) {
        let (id, pending) = (server.id(), stepped.pending);
        let Some(volatile) = server.volatile() else {
            return;
        };
        let effects = &pending.effects;
        let (before, after) = (stepped.before, stepped.after);
        let changed = before != after || !pending.is_empty();
        let told = effects.decisions.iter().any(is_worth_telling);
        if let Some(received) = self.trigger.filter(|_| stepped.message.is_some()) {
            self.judge(received, stepped, changed || told);
        }
        let step = self.begin_step(id, before.role, changed || told);

        // What was decided, and what of that is the reason for the rest.
        let mut reason = step;
        for decision in effects.decisions.iter().filter(|it| is_worth_telling(it)) {
            let mut causes: Vec<u32> = step.into_iter().collect();
            if let Decision::Commit {
                decision: CommitDecision::Advanced { to },
            } = *decision
            {
                let answers = self.replica(id).matched.values();
                let holding = answers.filter(|(held, _)| *held >= to);
                causes.extend(holding.map(|&(_, answer)| answer));
            }
            let what = What::Decided(*decision);
            reason = self.push(Place::Replica(id), what, causes).or(reason);
        }
        if (before.role, before.term) != (after.role, after.term) {
            self.on_role(id, stepped, reason);
        }
        self.on_log(id, stepped, reason);

        let (elapsed, _) = volatile.replica.timer();
        let traced = self.replica(id);
        if elapsed == 0 {
            traced.timer = step.or(traced.timer);
        }
        if !pending.is_empty() {
            let step = Step {
                reason,
                wrote: None,
            };
            traced.steps.insert(pending.step, step);
        }
    }

    /// What a step is: the message or the action that brought it about, or a timer.
    fn begin_step(&mut self, id: ReplicaId, role: RoleKind, does: bool) -> Option<u32> {
        if self.trigger.is_some() || !does {
            return self.trigger;
        }
        if !self.ticks {
            // It goes on with what it did before.
            return self.last.get(&Place::Replica(id)).copied();
        }
        let traced = self.replica(id);
        let cause = match role {
            RoleKind::Leader => traced.role,
            _ => traced.timer,
        };
        self.trigger = self.push(Place::Replica(id), What::TimedOut { role }, cause);
        self.trigger
    }

    /// What a receiver makes of a message.
    fn judge(&mut self, received: u32, stepped: &Stepped<'_>, does: bool) {
        let before = stepped.before;
        let Some(Happening {
            what: What::Received { letter, outcome },
            ..
        }) = self.graph.get_mut(received)
        else {
            return;
        };
        *outcome = if let Some(refusal) = stepped.pending.effects.refused {
            Outcome::Refused(refusal)
        } else if letter.term < before.term {
            Outcome::OlderTerm {
                current: before.term,
            }
        } else if does {
            Outcome::Taken
        } else if letter.term == before.term && !listens(before.role, letter.kind) {
            Outcome::NotAsked { role: before.role }
        } else if says_something(letter.kind) {
            Outcome::Taken
        } else {
            Outcome::NothingNew
        };
        let (taken, letter) = (*outcome == Outcome::Taken, *letter);
        let (Endpoint::Replica(from), Endpoint::Replica(to)) = (letter.from, letter.to) else {
            return;
        };
        let traced = self.replica(to);
        match letter.kind {
            MessageKind::VoteGranted | MessageKind::PreVoteGranted if taken => {
                traced.votes.push(received);
            }
            MessageKind::AppendAccepted if taken => {
                let number = LogIndex(letter.number);
                let known = traced.matched.get(&from);
                if known.is_none_or(|&(held, _)| number > held) {
                    traced.matched.insert(from, (number, received));
                }
            }
            _ => {}
        }
    }

    /// A replica has become something else.
    fn on_role(&mut self, id: ReplicaId, stepped: &Stepped<'_>, reason: Option<u32>) {
        let (before, after) = (stepped.before, stepped.after);
        let traced = self.replica(id);
        let votes = match (before.role, after.role) {
            (RoleKind::Candidate, RoleKind::Leader)
            | (RoleKind::PreCandidate, RoleKind::Candidate) => std::mem::take(&mut traced.votes),
            _ => Vec::new(),
        };
        traced.votes.clear();
        traced.matched.clear();
        let what = What::Became {
            role: after.role,
            term: after.term,
            before: before.term,
        };
        let causes = reason.into_iter().chain(votes);
        let role = self.push(Place::Replica(id), what, causes);
        self.replica(id).role = role;
    }

    /// What has become of a replica's log, and what it knows of it.
    fn on_log(&mut self, id: ReplicaId, stepped: &Stepped<'_>, reason: Option<u32>) {
        let (pending, place) = (stepped.pending, Place::Replica(id));
        if let Some(last_index) = pending.effects.write.truncate_after {
            self.push(place, What::Truncated { last_index }, reason);
        }
        if let (Some(first), Some(last)) = (pending.appended.first(), pending.appended.last()) {
            let what = What::Appended {
                first: first.index,
                last: last.index,
                term: last.term,
            };
            self.push(place, what, reason);
        }
        let (known, now) = (stepped.before.commit_index, stepped.after.commit_index);
        if now > known {
            let what = What::Committed {
                first: known.next(),
                last: now,
            };
            self.push(place, what, reason);
        }
    }

    // --- clients ---

    /// Something has happened at a client.
    pub(in crate::sim) fn on_client_fact(&mut self, fact: &ClientFact<'_>) {
        match fact {
            ClientFact::Joined(_) => {}
            ClientFact::Asked {
                client,
                sequence,
                operation,
            } => {
                let what = What::Asked {
                    sequence: *sequence,
                    operation: Box::new((*operation).clone()),
                };
                let asked = self.push(Place::Client(*client), what, self.trigger);
                self.asked.extend(asked.map(|asked| (*client, asked)));
            }
            ClientFact::Told {
                client,
                request,
                answer,
                ..
            } => {
                let what = What::Told {
                    sequence: request.sequence,
                    operation: Box::new(request.operation.clone()),
                    answer: Box::new(answer.clone()),
                };
                self.push(Place::Client(*client), what, self.trigger);
            }
            ClientFact::SessionRenewed { client, session } => {
                let what = What::SessionRenewed { session: *session };
                self.push(Place::Client(*client), what, self.trigger);
            }
            ClientFact::GaveUp { client, request } => {
                let what = What::GaveUp {
                    sequence: request.sequence,
                    operation: Box::new(request.operation.clone()),
                };
                let asked = self.asked.get(client).copied();
                self.push(Place::Client(*client), what, asked);
            }
        }
    }
}

fn term_of(server: &Server) -> Term {
    let volatile = server.volatile();
    volatile.map_or(server.disk().durable.term, |it| it.replica.term())
}
