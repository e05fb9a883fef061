//! What is done to a world from outside: by hand on the page, by a scenario's timed
//! action, by an adversary. By the time it comes here it is known that it can be done.

use super::World;
use super::resolve::wish;
use crate::kv::ClientId;
use crate::raft::{Input, ReplicaId};
use crate::sim::scenario::action::{Action, MessageId, Target, UnfinishedWrite};
use crate::sim::scenario::{Protocol, Timers};
use crate::sim::schedule::Event;
use crate::sim::view::trace::LossCause;

impl World {
    /// Carries out an action that was [resolved](Self::resolve).
    pub(in crate::sim) fn carry_out(&mut self, action: &Action) {
        match action {
            Action::Tick { replica } => self.hurry_clock(*replica),
            Action::Deliver { message } => self.hand_over(*message),
            Action::Drop { message } => self.lose(*message, LossCause::Hand),
            Action::Persist { .. } | Action::Wake { .. } | Action::Offer {} => {
                unreachable!("this is refused unless it is due")
            }
            Action::Crash { replica, write } => self.crash(meant(*replica), *write),
            Action::Restart { replica } => self.restart(meant(*replica)),
            Action::Pause { replica } => self.pause(meant(*replica)),
            Action::Resume { replica } => self.resume(meant(*replica)),
            Action::TimeOut { replica } => self.time_out(meant(*replica)),
            Action::ChangeMembership { voters, learners } => {
                let wish = wish(voters, learners);
                self.tell_leader(Input::ChangeMembership(wish));
            }
            Action::TransferLeadership { to } => {
                self.tell_leader(Input::TransferLeadership(to.map(meant)));
            }
            Action::TakeSnapshot { replica } => self.take_snapshot(meant(*replica)),
            Action::Duplicate { message } => self.duplicate(*message),
            Action::Hold { message } => {
                let (network, mut moment) = self.network();
                network.hold(*message, &mut moment);
            }
            Action::Release { message } => {
                let (network, mut moment) = self.network();
                network.release(*message, &mut moment);
            }
            Action::Cut { from, to, both } => self.set_cut(meant(*from), meant(*to), *both, true),
            Action::Heal { from, to, both } => {
                self.set_cut(meant(*from), meant(*to), *both, false);
            }
            Action::Isolate { replica } => self.set_cut_all(meant(*replica), true),
            Action::Rejoin { replica } => self.set_cut_all(meant(*replica), false),
            Action::Partition { groups } => self.partition(groups),
            Action::HealAll {} => {
                self.partition(&[]);
                let clogs: Vec<_> = self.network.links.clogs().collect();
                for (from, to) in clogs {
                    self.unclog(from, to, false);
                }
            }
            Action::SetNetwork { quality } => self.network.links.set_quality(*quality),
            Action::SetLink { from, to, quality } => {
                self.network.links.set_own_quality(*from, *to, *quality);
            }
            Action::SetClientNetwork { quality } => {
                self.network.links.set_client_quality(*quality);
            }
            Action::SetDisk { replica, disk } => {
                for node in &mut self.nodes {
                    if replica.is_none_or(|id| id == node.id) {
                        node.disk.set(*disk);
                    }
                }
            }
            Action::SetClock { replica, rate_ppm } => {
                let now_us = self.now_us;
                let clock = &mut self.node_mut(*replica).clock;
                clock.set_rate(*rate_ppm, now_us);
            }
            Action::SetProtocol { replica, protocol } => self.set_protocol(*replica, *protocol),
            Action::SetTiming { replica, timing } => self.set_timing(*replica, *timing),
            Action::SetSnapshots { snapshots } => {
                let scenario = self.scenario.clone();
                self.snapshots = *snapshots;
                for node in &mut self.nodes {
                    node.snapshots = *snapshots;
                    node.configure(&scenario);
                }
            }
            Action::SetWorkload { workload } => {
                self.load.change(*workload, self.now_us);
                self.add_clients();
                self.plan_offer();
            }
            Action::Request {
                client,
                operation,
                reads,
            } => {
                self.ask(client.unwrap_or(ClientId(1)), operation.clone(), *reads);
            }
            Action::Clog { from, to, both } => self.clog(meant(*from), meant(*to), *both),
            Action::Leave { client } => self.leave(*client),
            Action::Return { client } => self.come_back(*client),
            Action::Mislead { client, replica } => {
                self.client_mut(*client).believe(meant(*replica));
            }
            Action::JumpClock { replica, ticks } => self.jump_clock(meant(*replica), *ticks),
            Action::StallClock { replica, for_us } => self.stall_clock(meant(*replica), *for_us),
            Action::Corrupt { replica } => self.node_mut(meant(*replica)).disk.corrupt = true,
            Action::Format { replica } => self.format(meant(*replica)),
            Action::Unclog { from, to, both } => self.unclog(meant(*from), meant(*to), *both),
        }
    }

    // --- to the cluster ---

    fn tell_leader(&mut self, input: Input) {
        if let Some(leader) = self.leader() {
            self.step_replica(leader, input, None);
        }
    }

    fn set_protocol(&mut self, replica: Option<ReplicaId>, protocol: Protocol) {
        let scenario = self.scenario.clone();
        if replica.is_none() {
            self.protocol = protocol;
        }
        for node in &mut self.nodes {
            if replica.is_none_or(|id| id == node.id) {
                node.protocol = protocol;
                node.configure(&scenario);
            }
        }
    }

    fn set_timing(&mut self, replica: Option<ReplicaId>, timing: Timers) {
        let scenario = self.scenario.clone();
        if replica.is_none() {
            self.timers = timing;
        }
        for node in &mut self.nodes {
            if replica.is_none_or(|id| id == node.id) {
                node.timers = timing;
                node.configure(&scenario);
            }
        }
    }

    // --- to a replica ---

    fn crash(&mut self, id: ReplicaId, write: UnfinishedWrite) {
        self.stop_clock(id);
        let node = self.node_mut(id);
        let memory = node.memory.take();
        let (done, unfinished) = node.disk.crash();
        if let Some(done) = done {
            self.schedule.cancel(done);
            self.end_write(id, write, &unfinished);
        }
        for message in memory.into_iter().flat_map(|memory| memory.door) {
            self.lose(message, LossCause::Dead);
        }
        self.checkers.on_crash(id);
    }

    fn restart(&mut self, id: ReplicaId) {
        let (scenario, seed) = (self.scenario.clone(), self.seed);
        self.node_mut(id).restart(&scenario, seed);
        self.judge_start(id);
        self.start_clock(id);
    }

    fn pause(&mut self, id: ReplicaId) {
        self.stop_clock(id);
        let now_us = self.now_us;
        if let Some(memory) = &mut self.node_mut(id).memory {
            memory.paused = true;
            memory.paused_since_us = now_us;
        }
    }

    /// The clock of a running replica stands still; the rest of its tick comes after that.
    fn stall_clock(&mut self, id: ReplicaId, for_us: u64) {
        let now_us = self.now_us;
        let clock = &mut self.node_mut(id).clock;
        clock.stalled_until_us = clock.stalled_until_us.max(now_us) + for_us;
        if let Some(next) = clock.next.take() {
            self.schedule.cancel(next);
            let next = self.schedule.add(next.at_us + for_us, Event::Tick(id));
            self.node_mut(id).clock.next = Some(next);
        }
    }

    /// A replica runs on: its timers have run on without it, what its disk has finished leaves it, and what waits at its
    /// door comes in, in order, each message as an event of its own.
    fn resume(&mut self, id: ReplicaId) {
        let now_us = self.now_us;
        let clock = &self.node(id).clock;
        let (stalled_until_us, period_us) = (clock.stalled_until_us, clock.period_us());
        let Some(memory) = &mut self.node_mut(id).memory else {
            return;
        };
        memory.paused = false;
        let slept_us = now_us.saturating_sub(memory.paused_since_us.max(stalled_until_us));
        let missed = u32::try_from(slept_us / period_us).unwrap_or(u32::MAX);
        // It says nothing to that before its next tick.
        let effects = memory.replica.step(Input::Missed(missed));
        assert!(effects.write.is_empty() && effects.messages.is_empty());
        let door = std::mem::take(&mut memory.door);
        let finished = std::mem::take(&mut memory.finished);
        for step in finished {
            self.release(id, step);
        }
        self.take_snapshot_if_due(id);
        if !self.node(id).disk.is_writing() {
            self.pump(id);
        }
        let (network, mut moment) = self.network();
        for message in door {
            network.let_in(message, &mut moment);
        }
        self.start_clock(id);
    }

    /// The election timer of a replica is run out.
    fn time_out(&mut self, id: ReplicaId) {
        self.node_mut(id).clock.timed_out_us = Some(self.now_us);
        self.step_replica(id, Input::Campaign, None);
    }

    /// A clock ticks once more than it should.
    fn hurry_clock(&mut self, id: ReplicaId) {
        self.node_mut(id).clock.jumped_us = Some(self.now_us);
        self.tick(id);
    }

    fn jump_clock(&mut self, id: ReplicaId, ticks: u32) {
        self.node_mut(id).clock.jumped_us = Some(self.now_us);
        self.step_replica(id, Input::Missed(ticks), None);
    }

    fn stop_clock(&mut self, id: ReplicaId) {
        if let Some(next) = self.node_mut(id).clock.next.take() {
            self.schedule.cancel(next);
        }
    }

    /// The next tick comes after a whole period, in which the clock does not stand still.
    fn start_clock(&mut self, id: ReplicaId) {
        let clock = &self.node(id).clock;
        let next_us = self.now_us.max(clock.stalled_until_us) + clock.period_us();
        let next = self.schedule.add(next_us, Event::Tick(id));
        self.node_mut(id).clock.next = Some(next);
    }

    // --- to a message ---

    fn duplicate(&mut self, message: MessageId) {
        let (network, mut moment) = self.network();
        network.duplicate(message, &mut moment);
    }

    // --- to the network ---

    fn set_cut(&mut self, from: ReplicaId, to: ReplicaId, both: bool, cut: bool) {
        self.network.links.set_cut(from, to, cut);
        if both {
            self.network.links.set_cut(to, from, cut);
        }
    }

    fn clog(&mut self, from: ReplicaId, to: ReplicaId, both: bool) {
        self.network.links.clog(from, to);
        if both {
            self.network.links.clog(to, from);
        }
    }

    fn unclog(&mut self, from: ReplicaId, to: ReplicaId, both: bool) {
        let (network, mut moment) = self.network();
        network.unclog(from, to, &mut moment);
        if both {
            network.unclog(to, from, &mut moment);
        }
    }

    fn set_cut_all(&mut self, id: ReplicaId, cut: bool) {
        for other in self.scenario.all_replicas() {
            if other != id {
                self.set_cut(id, other, true, cut);
            }
        }
    }

    /// Cuts exactly the links that lead from one group to another. Those who are in no
    /// group are a group.
    fn partition(&mut self, groups: &[Vec<Target>]) {
        let group_of = |id: ReplicaId| {
            groups
                .iter()
                .position(|group| group.contains(&Target::Replica(id)))
        };
        let ids = self.scenario.all_replicas();
        let of: Vec<_> = ids.map(|id| (id, group_of(id))).collect();
        for &(from, from_group) in &of {
            for &(to, to_group) in &of {
                let cut = from_group != to_group;
                self.network.links.set_cut(from, to, cut);
            }
        }
    }
}

/// The replica that a resolved target means.
fn meant(target: Target) -> ReplicaId {
    match target {
        Target::Replica(id) => id,
        role => unreachable!("\"{role}\" was resolved before"),
    }
}
