//! What a server does: its replica takes a step, the step goes by way of the disk,
//! and then leaves it: as messages, as commands applied to the store, as answers.

use super::StepReport;
use super::output::Step;
use crate::flaw::Flaw;
use crate::kv::{Logged, Store};
use crate::raft::{
    Compact, CompactDecision, Durable, Entry, Input, Payload, ReplicaId, Snapshot,
    TransferDecision, Write,
};
use crate::sim::checkers::{Applied, Checkers};
use crate::sim::network::packet::Body;
use crate::sim::scenario::action::{MessageId, UnfinishedWrite};
use crate::sim::schedule::Event;
use crate::sim::view::trace::TraceEvent;
use crate::sim::view::{Endpoint, RoleKind};
use crate::sim::world::lease::Served;
use crate::sim::world::membership_view;
use crate::sim::world::{World, place_of};

impl World {
    /// A running replica takes a step, and what it asks for goes its way.
    pub(in crate::sim) fn step_replica(
        &mut self,
        id: ReplicaId,
        input: Input,
        cause: Option<MessageId>,
    ) {
        if let Some((step, _)) = self.think(id, input, cause) {
            self.submit(id, step);
            self.attend(id);
        }
    }

    /// The replica takes a step. What it asks for is still to be done.
    pub(in crate::sim) fn think(
        &mut self,
        id: ReplicaId,
        input: Input,
        cause: Option<MessageId>,
    ) -> Option<(Step, StepReport)> {
        let now_us = self.now_us;
        let heard = match &input {
            Input::Receive(message) => Some(message.from),
            _ => None,
        };
        let served = Served::of(&input);
        let memory = self.node_mut(id).running_mut()?;
        let (mut step, outcome) = memory.step(input, now_us);
        if let Some(served) = served.filter(|_| outcome.leased) {
            self.doubt_read(id, served);
        }
        self.judge_step(id, &step, heard);
        if !outcome.reads_lost.is_empty() {
            step.replies = self.lose_reads(id, &outcome.reads_lost);
        }
        let memory = self.node_mut(id).running_mut()?;
        if !step.is_empty() {
            let replica = &memory.replica;
            let (vote, last) = (replica.voted_for(), replica.log().last());
            let StepReport { after, .. } = outcome;
            for number in [
                u64::from(id.0),
                after.term.0,
                vote.map_or(0, |vote| u64::from(vote.0)),
                after.role as u64,
                after.commit_index.0,
                last.term.0,
                last.index.0,
            ] {
                self.digest.tell(number);
            }
        }
        self.tell_outcome(id, &step, &outcome, cause);
        Some((step, outcome))
    }

    /// The judges look at what a step has made of a replica's memory.
    fn judge_step(&mut self, id: ReplicaId, step: &Step, heard: Option<ReplicaId>) {
        let nodes = &self.nodes;
        let Some(memory) = &nodes[place_of(id)].memory else {
            return;
        };
        let disk_of = |id| &nodes[place_of(id)].disk.durable;
        let (replica, applied) = (&memory.replica, memory.last_applied);
        let verdict = self
            .checkers
            .on_step(replica, applied, step, heard, disk_of);
        self.judge(verdict);
    }

    fn tell_outcome(
        &mut self,
        replica: ReplicaId,
        step: &Step,
        outcome: &StepReport,
        cause: Option<MessageId>,
    ) {
        let StepReport { before, after, .. } = *outcome;
        let term = after.term;
        if let (Some(refusal), Some(message)) = (outcome.refused, cause) {
            self.emit(TraceEvent::MessageRefused {
                replica,
                message,
                refusal,
            });
        }
        let stands = matches!(after.role, RoleKind::Candidate | RoleKind::Leader);
        if stands && after.term > before.term {
            self.emit(TraceEvent::ElectionStarted { replica, term });
        }
        if after.role == RoleKind::PreCandidate && before.role != RoleKind::PreCandidate {
            self.emit(TraceEvent::PreVoteStarted { replica, term });
        }
        if outcome.quorum_lost {
            self.emit(TraceEvent::QuorumLost { replica, term });
        }
        if step.elected() {
            self.counters.elections_won += 1;
            self.emit(TraceEvent::LeaderElected { replica, term });
        }
        let stood = matches!(before.role, RoleKind::Candidate | RoleKind::Leader);
        if stood && after.role == RoleKind::Follower {
            self.emit(TraceEvent::SteppedDown { replica, term });
        }
        if let Some(last_index) = step.write.truncate_after {
            self.counters.truncations += 1;
            self.emit(TraceEvent::LogTruncated {
                replica,
                last_index,
            });
        }
        self.tell_extensions(replica, step, outcome);
        if step.led() && after.commit_index > before.commit_index {
            let commit_index = after.commit_index;
            self.emit(TraceEvent::Committed {
                replica,
                commit_index,
            });
        }
    }

    fn tell_extensions(&mut self, replica: ReplicaId, step: &Step, outcome: &StepReport) {
        if let Some(decision) = outcome.change {
            self.emit(TraceEvent::MembershipAsked { replica, decision });
        }
        for &(follower, decision) in &outcome.kept {
            self.emit(TraceEvent::LogKept {
                replica,
                follower,
                decision,
            });
        }
        if let Some(decision) = outcome.transfer {
            self.counters.transfers +=
                u64::from(matches!(decision, TransferDecision::Started { .. }));
            self.emit(TraceEvent::Transfer { replica, decision });
        }
        if !step.led() {
            return;
        }
        for entry in &step.write.append {
            if let Payload::Membership(membership) = &entry.payload {
                let membership = membership_view(entry.index, membership);
                self.emit(TraceEvent::MembershipAppended {
                    replica,
                    membership,
                });
            }
        }
        for entry in &step.committed {
            if let Payload::Membership(membership) = &entry.payload {
                self.watchdog.on_committed(entry.index, membership);
                let membership = membership_view(entry.index, membership);
                self.emit(TraceEvent::MembershipCommitted {
                    replica,
                    membership,
                });
            }
        }
    }

    // --- the disk ---

    /// A step goes to the disk, or past it if there is nothing to wait for.
    pub(in crate::sim) fn submit(&mut self, id: ReplicaId, mut step: Step) {
        if step.is_empty() {
            return;
        }
        if self.scenario.flaw == Some(Flaw::SendsBeforeWrite) {
            let messages = std::mem::take(&mut step.messages);
            self.release(
                id,
                Step {
                    messages,
                    ..Step::default()
                },
            );
        }
        let disk = &mut self.node_mut(id).disk;
        if disk.is_busy() {
            disk.queue(step);
        } else if step.write.is_empty() {
            self.settle(id, &step);
            self.release(id, step);
            self.take_snapshot_if_due(id);
        } else {
            disk.queue(step);
            self.pump(id);
        }
    }

    /// Keeps the disk at work while steps wait for it.
    pub(in crate::sim) fn pump(&mut self, id: ReplicaId) {
        // A snapshot that is taken as a write ends may have begun the next.
        while self.node(id).is_running() && !self.node(id).disk.is_writing() {
            let Some(latency_us) = self.node_mut(id).disk.begin() else {
                self.check_disk(id);
                return;
            };
            if latency_us > 0 {
                let at_us = self.now_us + latency_us;
                let done = self.schedule.add(at_us, Event::Persist(id));
                self.node_mut(id).disk.done = Some(done);
                return;
            }
            self.finish_write(id);
        }
    }

    /// A write is durable: the steps that it was of leave, one after the other.
    pub(in crate::sim) fn finish_write(&mut self, id: ReplicaId) {
        let mut steps = self.node_mut(id).disk.finish();
        for step in steps.drain(..) {
            self.node_mut(id).disk.durable.apply(&step.write);
            self.settle(id, &step);
            // The disk works on while its replica is paused, but nobody tells of it.
            match &mut self.node_mut(id).memory {
                Some(memory) if memory.paused => memory.finished.push(step),
                _ => self.release(id, step),
            }
        }
        self.node_mut(id).disk.recycle(steps);
        // Not before all of the write is on the disk: its own write comes after.
        self.take_snapshot_if_due(id);
    }

    /// A crash has ended a write early: the first of its records may be on the disk.
    pub(in crate::sim) fn end_write(
        &mut self,
        id: ReplicaId,
        write: UnfinishedWrite,
        records: &[Write],
    ) {
        let disk = &mut self.node_mut(id).disk;
        let whole = disk.whole(write, records.len());
        for record in &records[..whole] {
            let durable = &mut self.node_mut(id).disk.durable;
            durable.apply(record);
            // A fact, though one of which nobody was told: the replica leads nobody by it.
            let fact = Step {
                write: record.clone(),
                term: durable.term,
                ..Step::default()
            };
            self.settle(id, &fact);
        }
        if write != UnfinishedWrite::Lost {
            let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let (whole, records) = (count(whole), count(records.len()));
            self.digest.tell(u64::from(whole));
            self.emit(TraceEvent::WriteInterrupted {
                replica: id,
                whole,
                records,
            });
        }
    }

    /// What a step changed has become a fact. The judges look at it.
    fn settle(&mut self, id: ReplicaId, step: &Step) {
        if !step.is_telling() {
            return;
        }
        let nodes = &self.nodes;
        let disk_of = |id| &nodes[place_of(id)].disk.durable;
        let verdict = self.checkers.on_durable(id, step, disk_of);
        self.judge(verdict);
    }

    /// With nothing left to write, the disk holds what the replica believes it holds.
    fn check_disk(&mut self, id: ReplicaId) {
        if self.violation().is_some() {
            return;
        }
        let node = &self.nodes[place_of(id)];
        let Some(memory) = &node.memory else { return };
        let (disk, belief) = (&node.disk.durable, memory.replica.durable());
        let account = |durable: &Durable| {
            (
                (durable.term, durable.voted_for),
                (durable.log.base(), durable.log.last(), durable.log.len()),
                durable.snapshot.as_ref().map(|snapshot| snapshot.last),
            )
        };
        // Kept in release builds, in which campaigns are run.
        assert!(
            self.scenario.flaw.is_some() || account(disk) == account(belief),
            "the disk of {id} differs from its memory: {:?} and {:?}",
            account(disk),
            account(belief)
        );
        let verdict = self.checkers.on_rest(&memory.replica);
        self.judge(verdict);
    }

    // --- what leaves a server ---

    /// What a step asks for happens.
    pub(in crate::sim) fn release(&mut self, id: ReplicaId, step: Step) {
        let deposed = step.deposed();
        for message in step.messages {
            let nodes = &self.nodes;
            let disk_of = |id| &nodes[place_of(id)].disk.durable;
            let verdict = Checkers::on_send(&message, disk_of);
            self.judge(verdict);
            let (from, to) = (
                Endpoint::Replica(message.from),
                Endpoint::Replica(message.to),
            );
            self.post(from, to, Body::Raft(message));
        }
        if let Some(snapshot) = &step.restore {
            self.restore(id, snapshot);
        }
        for entry in &step.committed {
            self.apply_entry(id, entry);
        }
        for ready in step.reads {
            self.read_is_ready(id, ready);
        }
        for reply in step.replies {
            self.post_reply(id, reply);
        }
        if deposed {
            self.disown(id, step.term);
        }
        if step.restore.is_some() || !step.committed.is_empty() {
            self.answer_reads(id);
        }
    }

    // --- snapshots ---

    /// The store of a replica starts anew from its leader's snapshot.
    fn restore(&mut self, id: ReplicaId, snapshot: &Snapshot) {
        let bounds = self.scenario.store_bounds();
        let node = &mut self.nodes[place_of(id)];
        let Some(memory) = &mut node.memory else {
            return;
        };
        memory.store = Store::restore(&snapshot.data, bounds)
            .expect("a snapshot comes as it was sent, and all replicas have the same bounds");
        let index = snapshot.last.index;
        memory.last_applied = index;
        memory.applied_bytes = 0;
        let fingerprint = memory.store.fingerprint();
        let verdict = self.checkers.on_restore(id, snapshot.last, fingerprint);
        self.judge(verdict);
        self.digest.tell(index.0);
        self.counters.snapshots_installed += 1;
        self.emit(TraceEvent::SnapshotInstalled { replica: id, index });
    }

    /// A replica takes a snapshot once it has applied enough since the last one.
    pub(in crate::sim) fn take_snapshot_if_due(&mut self, id: ReplicaId) {
        let node = self.node(id);
        let every = u64::from(node.snapshots.every_entries);
        let every_bytes = u64::from(node.snapshots.every_bytes);
        let Some(memory) = node.running() else {
            return;
        };
        let snapshot = memory.replica.durable().snapshot.as_ref();
        let covered = snapshot.map_or(0, |snapshot| snapshot.last.index.0);
        let by_entries = every > 0 && memory.last_applied.0 >= covered + every;
        if by_entries || memory.applied_bytes >= every_bytes {
            self.take_snapshot(id);
        }
    }

    /// A running replica takes a snapshot of its store, and drops the log that it covers.
    pub(in crate::sim) fn take_snapshot(&mut self, id: ReplicaId) {
        let node = self.node(id);
        let retain = u64::from(node.snapshots.retain_entries);
        let Some(memory) = node.running() else {
            return;
        };
        let data = memory.store.snapshot();
        let bytes = data.len() as u64;
        let compact = Compact {
            through: memory.last_applied,
            data,
            retain,
        };
        let Some((step, outcome)) = self.think(id, Input::Compact(compact), None) else {
            return;
        };
        if let Some(CompactDecision::Compacted { last }) = outcome.compact {
            if let Some(memory) = &mut self.node_mut(id).memory {
                memory.applied_bytes = 0;
            }
            self.counters.snapshots_taken += 1;
            self.emit(TraceEvent::SnapshotTaken {
                replica: id,
                index: last.index,
                bytes,
            });
        }
        self.submit(id, step);
    }

    pub(in crate::sim) fn post(&mut self, from: Endpoint, to: Endpoint, body: Body) {
        let (network, mut moment) = self.network();
        network.send(from, to, body, &mut moment);
    }

    /// A committed entry changes the store, and its client is answered if this replica
    /// owes that.
    fn apply_entry(&mut self, id: ReplicaId, entry: &Entry) {
        let verdict = self.checkers.on_apply(id, entry);
        self.judge(verdict);
        let node = &mut self.nodes[place_of(id)];
        let Some(memory) = &mut node.memory else {
            return;
        };
        assert_eq!(
            entry.index,
            memory.last_applied.next(),
            "{id} applies its log without a gap"
        );
        memory.last_applied = entry.index;
        memory.applied_bytes += entry.weight();
        self.digest.tell(entry.index.0);
        // What is no command is no command on any replica: all skip it alike.
        let logged = match &entry.payload {
            Payload::Command(bytes) => Logged::decode(bytes).ok(),
            _ => None,
        };
        let Some(logged) = logged else {
            let fingerprint = memory.store.fingerprint();
            let verdict = self.checkers.on_applied(id, entry.index, fingerprint, None);
            return self.judge(verdict);
        };
        let before = memory.store.pairs_fingerprint();
        let answer = memory.store.apply(&logged);
        let applied = Applied {
            logged: &logged,
            answer: &answer,
            changed: memory.store.pairs_fingerprint() != before,
        };
        let fingerprint = memory.store.fingerprint();
        let verdict = self
            .checkers
            .on_applied(id, entry.index, fingerprint, Some(applied));
        self.digest.tell_data(&answer);
        let (client, sequence) = (logged.command.client, logged.command.sequence);
        // An entry of another term in the place of the one that is owed would mean
        // that this replica has been deposed, and then it owes nothing.
        let owed = memory.owed.get(&client);
        let answers = owed.is_some_and(|owed| owed.position == entry.position());
        if answers {
            memory.owed.remove(&client);
        }
        self.judge(verdict);
        if answers {
            self.answer(id, client, sequence, answer, entry.index);
        }
    }
}
