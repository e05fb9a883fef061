//! What a server does: its replica takes a step, the step goes by way of the disk,
//! and then leaves it: as messages, as commands applied to the store, as answers.

use std::sync::Arc;

use super::action::MessageId;
use super::node::{Outcome, Owed};
use super::notice::Happening;
use super::packet::Body;
use super::schedule::Event;
use super::step::{Redirect, Step};
use super::view::{Endpoint, RoleKind};
use super::world::{World, place_of};
use crate::kv::{ClientId, Command};
use crate::raft::{Entry, Input, Payload, ProposalDecision, ReplicaId, Term};

impl World {
    /// A running replica takes a step, and what it asks for goes its way.
    pub(super) fn step_replica(&mut self, id: ReplicaId, input: Input, cause: Option<MessageId>) {
        if let Some((step, _)) = self.think(id, input, cause) {
            self.submit(id, step);
        }
    }

    /// A client's request reaches a running replica.
    pub(super) fn serve(
        &mut self,
        id: ReplicaId,
        client: ClientId,
        sequence: u64,
        command: Arc<[u8]>,
    ) {
        let Some(memory) = self.node(id).running() else {
            return;
        };
        // Sent twice, or late: this very leader has it in its log already, or has had a
        // later one since. The answer to that one is all that the client waits for.
        if let Some(owed) = memory.owed.get(&client)
            && owed.position.term == memory.replica.term()
            && owed.sequence >= sequence
        {
            return;
        }
        let Some((mut step, outcome)) = self.think(id, Input::Propose(command), None) else {
            return;
        };
        match outcome.proposal {
            Some(ProposalDecision::Appended(position)) => {
                if let Some(memory) = self.node_mut(id).running_mut() {
                    memory.owed.insert(client, Owed { sequence, position });
                }
            }
            Some(ProposalDecision::NotLeader { leader }) => {
                step.redirect = Some(Redirect {
                    client,
                    sequence,
                    leader,
                });
            }
            None => {}
        }
        self.submit(id, step);
    }

    /// The replica takes a step. What it asks for is still to be done.
    fn think(
        &mut self,
        id: ReplicaId,
        input: Input,
        cause: Option<MessageId>,
    ) -> Option<(Step, Outcome)> {
        let now_us = self.now_us;
        let memory = self.node_mut(id).running_mut()?;
        let (step, outcome) = memory.step(input, now_us);
        if !step.is_empty() {
            let replica = &memory.replica;
            let (vote, last) = (replica.voted_for(), replica.log().last());
            let Outcome { after, .. } = outcome;
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

    fn tell_outcome(
        &mut self,
        replica: ReplicaId,
        step: &Step,
        outcome: &Outcome,
        cause: Option<MessageId>,
    ) {
        let Outcome { before, after, .. } = *outcome;
        let term = after.term;
        if let (Some(refusal), Some(message)) = (outcome.refused, cause) {
            self.tell(Happening::MessageRefused {
                replica,
                message,
                refusal,
            });
        }
        if after.role != RoleKind::Follower && after.term > before.term {
            self.tell(Happening::ElectionStarted { replica, term });
        }
        if step.elected {
            self.counters.elections_won += 1;
            self.tell(Happening::LeaderElected { replica, term });
        }
        if before.role != RoleKind::Follower && after.role == RoleKind::Follower {
            self.tell(Happening::SteppedDown { replica, term });
        }
        if let Some(last_index) = step.write.truncate_after {
            self.counters.truncations += 1;
            self.tell(Happening::LogTruncated {
                replica,
                last_index,
            });
        }
        if step.leads && after.commit_index > before.commit_index {
            let commit_index = after.commit_index;
            self.tell(Happening::Committed {
                replica,
                commit_index,
            });
        }
    }

    // --- the disk ---

    /// A step goes to the disk, or past it if there is nothing to wait for.
    fn submit(&mut self, id: ReplicaId, step: Step) {
        if step.is_empty() {
            return;
        }
        let disk = &mut self.node_mut(id).disk;
        if disk.is_busy() {
            disk.queue(step);
        } else if step.write.is_empty() {
            self.settle(id, &step);
            self.release(id, step);
        } else {
            disk.queue(step);
            self.pump(id);
        }
    }

    /// Keeps the disk at work while steps wait for it.
    pub(super) fn pump(&mut self, id: ReplicaId) {
        while self.node(id).is_running() {
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
    pub(super) fn finish_write(&mut self, id: ReplicaId) {
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
    }

    /// What a step changed has become a fact. The judges look at it.
    fn settle(&mut self, id: ReplicaId, step: &Step) {
        if !step.is_telling() {
            return;
        }
        let nodes = &self.nodes;
        let log_of = |id| &nodes[place_of(id)].disk.durable.log;
        let verdict = self.checkers.on_durable(id, step, log_of);
        self.judge(verdict);
    }

    /// With nothing left to write, the disk holds what the replica believes it holds.
    fn check_disk(&self, id: ReplicaId) {
        let node = self.node(id);
        let Some(memory) = &node.memory else { return };
        let (disk, belief) = (&node.disk.durable, memory.replica.durable());
        debug_assert_eq!(
            (disk.term, disk.voted_for, disk.log.last(), disk.log.len()),
            (
                belief.term,
                belief.voted_for,
                belief.log.last(),
                belief.log.len()
            ),
            "the disk of {id} differs from its memory"
        );
    }

    // --- what leaves a server ---

    /// What a step asks for happens.
    pub(super) fn release(&mut self, id: ReplicaId, step: Step) {
        for message in step.messages {
            let (from, to) = (
                Endpoint::Replica(message.from),
                Endpoint::Replica(message.to),
            );
            self.post(from, to, Body::Raft(message));
        }
        for entry in &step.committed {
            self.apply_entry(id, entry);
        }
        if let Some(redirect) = step.redirect {
            self.send_away(id, redirect);
        }
        if step.deposed {
            self.disown(id, step.term);
        }
    }

    pub(super) fn post(&mut self, from: Endpoint, to: Endpoint, body: Body) {
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
        self.digest.tell(entry.index.0);
        let Payload::Command(bytes) = &entry.payload else {
            return;
        };
        // What is no command is no command on any replica: all skip it alike.
        let Ok(command) = Command::decode(bytes) else {
            return;
        };
        let answer = memory.store.apply(&command);
        self.digest.tell_data(&answer);
        let Command {
            client, sequence, ..
        } = command;
        // An entry of another term in the place of the one that is owed would mean
        // that this replica has been deposed, and then it owes nothing.
        let owed = memory.owed.get(&client);
        if owed.is_some_and(|owed| owed.position == entry.position()) {
            memory.owed.remove(&client);
            let (from, to) = (Endpoint::Replica(id), Endpoint::Client(client));
            self.post(from, to, Body::Answer { sequence, answer });
        }
    }

    /// A leader that was deposed does not know what becomes of its entries. Their
    /// clients ask again: the session makes sure that it does no harm.
    fn disown(&mut self, id: ReplicaId, term: Term) {
        let Some(memory) = &mut self.node_mut(id).memory else {
            return;
        };
        let leader = memory.replica.leader().filter(|&leader| leader != id);
        let mut redirects = Vec::new();
        memory.owed.retain(|&client, owed| {
            let disowned = owed.position.term < term;
            if disowned {
                redirects.push(Redirect {
                    client,
                    sequence: owed.sequence,
                    leader,
                });
            }
            !disowned
        });
        for redirect in redirects {
            self.send_away(id, redirect);
        }
    }

    fn send_away(&mut self, id: ReplicaId, redirect: Redirect) {
        let Redirect {
            client,
            sequence,
            leader,
        } = redirect;
        let body = Body::Redirect { sequence, leader };
        self.post(Endpoint::Replica(id), Endpoint::Client(client), body);
    }
}
