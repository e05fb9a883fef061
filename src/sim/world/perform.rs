//! What is done to a world from outside: by hand on the page, by a scenario's timed
//! action, by an adversary. By the time it comes here it is known that it can be done.

use super::resolve::wish;
use super::{World, wipe};
use crate::kv::ClientId;
use crate::raft::ReplicaId;
use crate::sim::client::ClientInput;
use crate::sim::scenario::action::{Action, Target};
use crate::sim::scenario::{Protocol, Timers};
use crate::sim::server::ServerInput;
use crate::sim::view::trace::LossCause;

impl World {
    /// Carries out an action that was [resolved](super::resolve).
    pub(super) fn carry_out(&mut self, action: &Action) {
        match action {
            // Something that falls due by itself is done early.
            Action::Tick { replica } => self.step_server(*replica, ServerInput::ExtraTick),
            Action::Deliver { message } => self.hand_over(*message),
            Action::Drop { message } => self.lose(*message, LossCause::Hand),
            Action::Persist { .. } | Action::Wake { .. } | Action::Offer {} => {
                unreachable!("this is refused unless it is due")
            }

            // To a replica, or to the cluster by its leader.
            Action::Crash { replica, write } => {
                self.step_server(meant(*replica), ServerInput::Crash(*write));
            }
            Action::Restart { replica } => self.step_server(meant(*replica), ServerInput::Restart),
            Action::Pause { replica } => self.step_server(meant(*replica), ServerInput::Pause),
            Action::Resume { replica } => self.step_server(meant(*replica), ServerInput::Resume),
            Action::JumpClock { replica, ticks } => {
                self.step_server(meant(*replica), ServerInput::JumpClock(*ticks));
            }
            Action::StallClock { replica, for_us } => {
                self.step_server(meant(*replica), ServerInput::StallClock(*for_us));
            }
            Action::Corrupt { replica } => self.step_server(meant(*replica), ServerInput::Corrupt),
            Action::Format { replica } => self.wipe(meant(*replica)),
            Action::TimeOut { replica } => self.step_server(meant(*replica), ServerInput::TimeOut),
            Action::ChangeMembership { voters, learners } => {
                let wish = wish(voters, learners);
                self.tell_leader(ServerInput::ChangeMembership(wish));
            }
            Action::TransferLeadership { to } => {
                self.tell_leader(ServerInput::TransferLeadership(to.map(meant)));
            }
            Action::TakeSnapshot { replica } => {
                self.step_server(meant(*replica), ServerInput::TakeSnapshot);
            }

            // To a message, or to the links.
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
            Action::Clog { from, to, both } => self.clog(meant(*from), meant(*to), *both),
            Action::Unclog { from, to, both } => self.unclog(meant(*from), meant(*to), *both),
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

            // To the settings.
            Action::SetNetwork { quality } => self.network.links.set_quality(*quality),
            Action::SetLink { from, to, quality } => {
                self.network.links.set_own_quality(*from, *to, *quality);
            }
            Action::SetClientNetwork { quality } => {
                self.network.links.set_client_quality(*quality);
            }
            Action::SetDisk { replica, disk } => {
                self.step_each(*replica, || ServerInput::SetDisk(*disk));
            }
            Action::SetClock { replica, rate_ppm } => {
                self.step_server(*replica, ServerInput::SetRate(*rate_ppm));
            }
            Action::SetProtocol { replica, protocol } => self.set_protocol(*replica, *protocol),
            Action::SetTiming { replica, timing } => self.set_timing(*replica, *timing),
            Action::SetSnapshots { snapshots } => {
                self.snapshots = *snapshots;
                self.step_each(None, || ServerInput::SetSnapshots(*snapshots));
            }
            Action::SetWorkload { workload } => {
                self.step_clients(ClientInput::SetWorkload(*workload));
            }

            // To a client.
            Action::Request {
                client,
                operation,
                reads,
            } => {
                self.step_clients(ClientInput::Ask {
                    client: client.unwrap_or(ClientId(1)),
                    operation: operation.clone(),
                    reads: *reads,
                });
            }
            Action::Leave { client } => self.step_clients(ClientInput::Leave(*client)),
            Action::Return { client } => self.step_clients(ClientInput::Return(*client)),
            Action::Mislead { client, replica } => {
                self.step_clients(ClientInput::Mislead(*client, meant(*replica)));
            }
        }
    }

    // --- to the cluster ---

    fn tell_leader(&mut self, input: ServerInput) {
        if let Some(leader) = self.leader() {
            self.step_server(leader, input);
        }
    }

    /// Happens to one replica, or to all.
    fn step_each(&mut self, replica: Option<ReplicaId>, input: impl Fn() -> ServerInput) {
        for id in self.scenario.all_replicas() {
            if replica.is_none_or(|only| only == id) {
                self.step_server(id, input());
            }
        }
    }

    fn set_protocol(&mut self, replica: Option<ReplicaId>, protocol: Protocol) {
        if replica.is_none() {
            self.protocol = protocol;
            self.step_clients(ClientInput::SetReads(protocol.reads));
        }
        self.step_each(replica, || ServerInput::SetProtocol(protocol));
    }

    fn set_timing(&mut self, replica: Option<ReplicaId>, timing: Timers) {
        if replica.is_none() {
            self.timers = timing;
        }
        self.step_each(replica, || ServerInput::SetTimers(timing));
    }

    // --- to a replica ---

    /// A dead replica gets an empty disk, in a term above all others. What it has said and is
    /// still on its way came from a machine that is no more.
    pub(super) fn wipe(&mut self, id: ReplicaId) {
        let term = wipe::first_term(self);
        self.step_server(id, ServerInput::Wipe(term));
        for message in wipe::said_by(self, id) {
            self.lose(message, LossCause::Replaced);
        }
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
