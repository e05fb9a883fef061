//! The observers: checkers, digest, trace, counters and watchdog.
//!
//! Everything that happens in a world is told to them here and nowhere else, when it happens.
//! They change nothing that they see; at most, a violation stops the world.

use std::collections::VecDeque;

use super::capture;
use super::lease::Leases;
use super::servers::Servers;
use super::story::StoryProgress;
use crate::kv::{Answer, ClientId, Command};
use crate::raft::{
    Decision, Effects, LogIndex, Message, Payload, QuorumDecision, ReadDecision, ReplicaId,
    TransferDecision,
};
use crate::sim::causality::Tracer;
use crate::sim::checkers::{Checkers, StaleRead};
use crate::sim::client::{ClientFact, Request};
use crate::sim::digest::Digest;
use crate::sim::network::packet::{Body, Packet};
use crate::sim::property::violation::Violation;
use crate::sim::scenario::Scenario;
use crate::sim::scenario::action::{Action, MessageId};
use crate::sim::server::Server;
use crate::sim::server::output::{Applied, Fact, Pending, RoleSummary, Served, Stepped};
use crate::sim::view::trace::{LossCause, Notice, TraceEvent};
use crate::sim::view::{Counters, MembershipView, RoleKind};
use crate::sim::watchdog::Watchdog;

/// Until somebody takes them, the notices of this many of the newest events are kept.
const NOTICES_EVENTS: u64 = 1_000;

#[derive(Clone, Debug)]
pub(in crate::sim) struct Observers {
    pub(in crate::sim) checkers: Checkers,
    pub(in crate::sim) digest: Digest,
    pub(in crate::sim) counters: Counters,
    /// No part of the world's state: it only looks.
    pub(super) watchdog: Watchdog,
    pub(super) leases: Leases,
    /// Writes the event graph, if somebody wants it. No part of the world's state.
    pub(in crate::sim) tracer: Option<Box<Tracer>>,
    pub(super) violation: Option<Violation>,
    pub(super) story: StoryProgress,
    /// Whether a rule is broken on purpose in this world.
    flawed: bool,
    /// The event that happens now, and when.
    event: u64,
    now_us: u64,
    notices: VecDeque<Notice>,
    /// How many notices were dropped before anybody took them.
    notices_missed: u64,
}

impl Observers {
    pub(super) fn new(seed: u64, scenario: &Scenario) -> Self {
        Self {
            checkers: Checkers::default(),
            digest: Digest::new(seed),
            counters: Counters::default(),
            watchdog: Watchdog::default(),
            leases: Leases::default(),
            tracer: None,
            violation: None,
            story: StoryProgress::new(&scenario.story),
            flawed: scenario.flaw.is_some(),
            event: 0,
            now_us: 0,
            notices: VecDeque::new(),
            notices_missed: 0,
        }
    }

    // --- the trace ---

    /// Keeps a notice for whoever asks.
    pub(super) fn emit(&mut self, what: TraceEvent) {
        if let Some(tracer) = &mut self.tracer {
            tracer.on_notice(&what);
        }
        let newest = self.event;
        let is_old = |notice: &Notice| notice.event + NOTICES_EVENTS <= newest;
        while self.notices.front().is_some_and(is_old) {
            self.notices.pop_front();
            self.notices_missed += 1;
        }
        let notice = Notice {
            at_us: self.now_us,
            event: self.event,
            what,
        };
        self.story.on_notice(&notice);
        self.notices.push_back(notice);
    }

    pub(super) fn take_notices(&mut self) -> Vec<Notice> {
        self.notices.drain(..).collect()
    }

    pub(super) fn drop_notices(&mut self) {
        self.notices.clear();
    }

    pub(super) fn notices_missed(&self) -> u64 {
        self.notices_missed
    }

    // --- actions ---

    /// An action begins: the event of this number.
    pub(super) fn begin(&mut self, event: u64, now_us: u64, action: &Action) {
        self.event = event;
        self.now_us = now_us;
        self.digest.tell(event);
        self.digest.tell(now_us);
        self.digest.tell_action(action);
        if let Some(tracer) = &mut self.tracer {
            tracer.begin(event, now_us, action);
        }
    }

    /// An action from outside was carried out.
    pub(super) fn on_done(&mut self, action: Action) {
        self.watchdog.on_action(&action);
        self.emit(TraceEvent::Done { action });
    }

    /// A timed action could not be done.
    pub(super) fn on_skipped(&mut self, action: Action) {
        self.emit(TraceEvent::Skipped { action });
    }

    // --- servers ---

    /// Something has happened at a server.
    pub(super) fn on_fact(&mut self, servers: Servers<'_>, server: &Server, fact: &Fact<'_>) {
        if let Some(tracer) = &mut self.tracer {
            tracer.on_fact(server, fact);
        }
        match *fact {
            // Its life, its steps, its disk.
            Fact::Started => self.on_started(server),
            Fact::Stepped(stepped) => self.on_stepped(servers, server, &stepped),
            Fact::Durable(pending) => {
                let disk_of = |id| &servers.get(id).disk().durable;
                let verdict = self.checkers.on_durable(server.id(), pending, disk_of);
                self.conclude(verdict);
            }
            Fact::DiskIdle => self.on_disk_idle(server),
            Fact::WriteInterrupted { whole, records } => {
                self.digest.tell(u64::from(whole));
                self.emit(TraceEvent::WriteInterrupted {
                    replica: server.id(),
                    whole,
                    records,
                });
            }

            // Its store.
            Fact::Applied { entry, command } => {
                let fingerprint = fingerprint(server);
                let whose = (server.id(), capture::log_of(server));
                let verdict = self.checkers.on_applied(whose, entry, fingerprint, command);
                self.conclude(verdict);
                self.digest.tell(entry.index.0);
                if let Some(Applied { answer, .. }) = command {
                    self.digest.tell_data(answer);
                }
            }
            Fact::Restored { last } => {
                let fingerprint = fingerprint(server);
                let verdict = self.checkers.on_restore(server.id(), last, fingerprint);
                self.conclude(verdict);
                self.digest.tell(last.index.0);
                self.counters.snapshots_installed += 1;
                self.emit(TraceEvent::SnapshotInstalled {
                    replica: server.id(),
                    index: last.index,
                });
            }
            Fact::SnapshotTaken { index, bytes } => {
                self.counters.snapshots_taken += 1;
                self.emit(TraceEvent::SnapshotTaken {
                    replica: server.id(),
                    index,
                    bytes,
                });
            }
            Fact::ReadServed {
                name,
                command,
                ref answer,
                index,
            } => {
                self.on_read((server.id(), name), command, index);
                self.digest.tell(command.sequence);
                self.digest.tell_data(answer);
            }

            // What was done to it.
            Fact::Crashed { .. } => self.checkers.on_crash(server.id()),
            Fact::Wiped { term } => self.digest.tell(term.0),
            // The network tells of the messages that come of these.
            Fact::Answered { .. } | Fact::Admitted(_) | Fact::Released { .. } => {}
        }
    }

    fn on_started(&mut self, server: &Server) {
        let Some(volatile) = server.volatile() else {
            return;
        };
        self.leases.note(&volatile.replica, self.now_us);
        let (replica, applied) = (&volatile.replica, volatile.last_applied);
        let verdict = self
            .checkers
            .on_start(replica, applied, volatile.store.fingerprint());
        self.conclude(verdict);
    }

    fn on_stepped(&mut self, servers: Servers<'_>, server: &Server, stepped: &Stepped<'_>) {
        let Some(volatile) = server.volatile() else {
            return;
        };
        let (replica, pending) = (&volatile.replica, stepped.pending);
        self.leases.note(replica, self.now_us);
        if let Some(served) = stepped.served
            && pending.effects.decisions.iter().any(is_by_lease)
        {
            self.on_read_by_lease(servers, server.id(), served);
        }
        let disk_of = |id| &servers.get(id).disk().durable;
        let (applied, heard) = (volatile.last_applied, stepped.heard);
        let verdict = self
            .checkers
            .on_step(replica, applied, pending, heard, disk_of);
        self.conclude(verdict);

        // Most ticks ask for nothing, and are known by the action alone.
        if !pending.is_empty() {
            let (vote, last) = (replica.voted_for(), replica.log().last());
            for number in [
                u64::from(server.id().0),
                stepped.after.term.0,
                vote.map_or(0, |vote| u64::from(vote.0)),
                stepped.after.role as u64,
                stepped.after.commit_index.0,
                last.term.0,
                last.index.0,
            ] {
                self.digest.tell(number);
            }
        }
        self.trace_step(server.id(), stepped);
    }

    /// A leader has served a read by its lease.
    fn on_read_by_lease(&mut self, servers: Servers<'_>, leader: ReplicaId, served: Served) {
        let Some(voided) = self.leases.voided(servers, leader) else {
            return;
        };
        let read = match served {
            Served::Own(read) => (leader, read),
            Served::Of(follower, read) => (follower, read),
        };
        let awaits = |id, name| {
            let volatile = servers.get(id).volatile();
            volatile.is_some_and(|volatile| volatile.awaits(name))
        };
        self.checkers.on_doubt(read, voided, awaits);
    }

    fn on_disk_idle(&mut self, server: &Server) {
        if self.violation.is_some() {
            return;
        }
        server.assert_disk_is_as_believed();
        if let Some(volatile) = server.volatile() {
            let verdict = self.checkers.on_rest(&volatile.replica);
            self.conclude(verdict);
        }
    }

    fn on_read(&mut self, read: (ReplicaId, u64), command: &Command, read_index: LogIndex) {
        match self
            .checkers
            .on_read(read, command, read_index, self.flawed)
        {
            Ok(None) => {}
            Ok(Some(StaleRead {
                committed_index,
                voided_by,
            })) => {
                self.counters.stale_reads += 1;
                self.emit(TraceEvent::StaleRead {
                    replica: read.0,
                    client: command.client,
                    committed_index,
                    read_index,
                    voided_by,
                });
            }
            Err(violation) => {
                self.counters.stale_reads += 1;
                self.conclude(Err(violation));
            }
        }
    }

    /// The checkers have spoken. The first violation stops the world.
    fn conclude(&mut self, verdict: Result<(), Violation>) {
        let Err(violation) = verdict else { return };
        if self.violation.is_none() {
            self.violation = Some(violation.clone());
            self.emit(TraceEvent::Violated { violation });
        }
    }

    fn trace_step(&mut self, replica: ReplicaId, stepped: &Stepped<'_>) {
        let Stepped {
            pending,
            before,
            after,
            message,
            ..
        } = *stepped;
        let effects = &pending.effects;
        let term = after.term;
        if let (Some(refusal), Some(message)) = (effects.refused, message) {
            self.emit(TraceEvent::MessageRefused {
                replica,
                message,
                refusal,
            });
        }

        // What it has become.
        let stands = matches!(after.role, RoleKind::Candidate | RoleKind::Leader);
        if stands && after.term > before.term {
            self.emit(TraceEvent::ElectionStarted { replica, term });
        }
        if after.role == RoleKind::PreCandidate && before.role != RoleKind::PreCandidate {
            self.emit(TraceEvent::PreVoteStarted { replica, term });
        }
        if effects.decisions.iter().any(is_quorum_lost) {
            self.emit(TraceEvent::QuorumLost { replica, term });
        }
        if pending.elected() {
            self.counters.elections_won += 1;
            self.emit(TraceEvent::LeaderElected { replica, term });
        }
        let stood = matches!(before.role, RoleKind::Candidate | RoleKind::Leader);
        if stood && after.role == RoleKind::Follower {
            self.emit(TraceEvent::SteppedDown { replica, term });
        }

        // What becomes of its log.
        if let Some(last_index) = effects.write.truncate_after {
            self.counters.truncations += 1;
            self.emit(TraceEvent::LogTruncated {
                replica,
                last_index,
            });
        }
        self.trace_extensions(replica, effects);
        if pending.led() {
            self.trace_leader(replica, pending, before, after);
        }
    }

    fn trace_extensions(&mut self, replica: ReplicaId, effects: &Effects) {
        if let Some(decision) = effects.change {
            self.emit(TraceEvent::MembershipAsked { replica, decision });
        }
        for decision in &effects.decisions {
            if let Decision::Keep { follower, decision } = *decision {
                self.emit(TraceEvent::LogKept {
                    replica,
                    follower,
                    decision,
                });
            }
        }
        if let Some(decision) = effects.transfer {
            let started = matches!(decision, TransferDecision::Started { .. });
            self.counters.transfers += u64::from(started);
            self.emit(TraceEvent::Transfer { replica, decision });
        }
    }

    fn trace_leader(
        &mut self,
        replica: ReplicaId,
        pending: &Pending,
        before: RoleSummary,
        after: RoleSummary,
    ) {
        for entry in &pending.appended {
            if let Payload::Membership(membership) = &entry.payload {
                let membership = MembershipView::of(entry.index, membership);
                self.emit(TraceEvent::MembershipAppended {
                    replica,
                    membership,
                });
            }
        }
        for entry in &pending.committed {
            if let Payload::Membership(membership) = &entry.payload {
                self.watchdog.on_committed(entry.index, membership);
                let membership = MembershipView::of(entry.index, membership);
                self.emit(TraceEvent::MembershipCommitted {
                    replica,
                    membership,
                });
            }
        }
        if after.commit_index > before.commit_index {
            let commit_index = after.commit_index;
            self.emit(TraceEvent::Committed {
                replica,
                commit_index,
            });
        }
    }

    // --- messages; the network tells the digest itself ---

    /// A message leaves a server.
    pub(super) fn on_send(&mut self, servers: Servers<'_>, message: &Message) {
        let disk_of = |id| &servers.get(id).disk().durable;
        let verdict = Checkers::on_send(message, disk_of);
        self.conclude(verdict);
    }

    /// A message was lost on its way.
    pub(super) fn on_lost(&mut self, packet: &Packet, cause: LossCause) {
        if let Body::Answer { .. } = packet.body {
            self.checkers.on_answer_gone(packet.id);
        }
        self.counters.lost_messages += 1;
        if let Some(tracer) = &mut self.tracer {
            tracer.on_lost(packet, cause, packet.way_ppm(self.now_us));
        }
        self.emit(TraceEvent::MessageLost {
            message: packet.id,
            from: packet.from,
            to: packet.to,
            kind: packet.body.kind(),
            way_ppm: packet.way_ppm(self.now_us),
            cause,
        });
    }

    // --- clients ---

    /// Something has happened at a client.
    pub(super) fn on_client_fact(&mut self, fact: ClientFact<'_>) {
        if let Some(tracer) = &mut self.tracer {
            tracer.on_client_fact(&fact);
        }
        match fact {
            ClientFact::Joined(_) => {}
            ClientFact::Asked {
                client,
                sequence,
                operation,
            } => self.checkers.on_ask(client, sequence, operation),
            ClientFact::Told {
                client,
                message,
                request,
                answer,
            } => self.on_told(client, message, request, answer),
            ClientFact::SessionRenewed { client, session } => {
                self.counters.sessions_renewed += 1;
                self.emit(TraceEvent::SessionRenewed { client, session });
            }
            ClientFact::GaveUp { client, request } => {
                self.counters.abandoned_operations += 1;
                self.emit(TraceEvent::GaveUp {
                    client,
                    sequence: request.sequence,
                    operation: request.operation,
                    attempts: request.attempts,
                    took_us: self.now_us - request.since_us,
                });
            }
        }
    }

    fn on_told(&mut self, client: ClientId, message: MessageId, request: Request, answer: Answer) {
        let (sequence, operation) = (request.sequence, request.operation);
        let verdict = self
            .checkers
            .on_told(client, message, sequence, &operation, &answer);
        self.conclude(verdict);
        self.counters.answered_operations += 1;
        self.counters.retried_operations += u64::from(request.attempts > 1);
        self.emit(TraceEvent::Answered {
            client,
            sequence,
            operation,
            answer,
            took_us: self.now_us - request.since_us,
        });
    }
}

fn fingerprint(server: &Server) -> u64 {
    let volatile = server.volatile();
    volatile.map_or(0, |volatile| volatile.store.fingerprint())
}

fn is_by_lease(decision: &Decision) -> bool {
    let Decision::Read { decision } = decision else {
        return false;
    };
    matches!(decision, ReadDecision::Lease { .. })
}

fn is_quorum_lost(decision: &Decision) -> bool {
    let Decision::Quorum { decision } = decision else {
        return false;
    };
    *decision == QuorumDecision::Lost
}
