//! From what an action says to what it means at this moment: who "the leader" is, and
//! whether it can be done at all. Nothing is changed here, so that an action that is
//! refused leaves no trace.

use super::refused::Refused;
use super::{World, place_of_client};
use crate::kv::ClientId;
use crate::raft::{
    ChangeDecision, CompactDecision, Membership, Replica, ReplicaId, TransferDecision,
};
use crate::rng::Pcg32;
use crate::sim::client::QUEUE_MAX;
use crate::sim::network::packet::Whereabouts;
use crate::sim::scenario::action::{Action, MessageId, Target};
use crate::sim::view::{Endpoint, RoleKind, Status};

impl World {
    /// The same action with every [`Target`] a number, if it can be done now.
    pub(in crate::sim) fn resolve(
        &self,
        action: Action,
        dice: &mut Pcg32,
    ) -> Result<Action, Refused> {
        let mut one = |target| self.pick(target, &[], dice);
        Ok(match action {
            Action::Tick { replica } => {
                self.must_be(replica, &[Status::Running])?;
                action
            }
            Action::Deliver { message }
            | Action::Drop { message }
            | Action::Duplicate { message }
            | Action::Hold { message }
            | Action::Release { message } => {
                self.must_suit(message, &action)?;
                action
            }
            Action::Persist { .. } | Action::Wake { .. } | Action::Offer {} => {
                return Err(Refused::NotDue);
            }
            Action::Crash { replica, write } => Action::Crash {
                replica: self.fit(one(replica)?, &[Status::Running, Status::Paused])?,
                write,
            },
            Action::Restart { replica } => Action::Restart {
                replica: self.fit_with_disk(one(replica)?)?,
            },
            Action::Corrupt { replica } => Action::Corrupt {
                replica: self.fit_with_disk(one(replica)?)?,
            },
            Action::Format { replica } => Action::Format {
                replica: self.fit_for_format(one(replica)?)?,
            },
            Action::Pause { replica } => Action::Pause {
                replica: self.fit(one(replica)?, &[Status::Running])?,
            },
            Action::Resume { replica } => Action::Resume {
                replica: self.fit(one(replica)?, &[Status::Paused])?,
            },
            Action::TimeOut { replica } => Action::TimeOut {
                replica: self.fit(one(replica)?, &[Status::Running])?,
            },
            Action::JumpClock { replica, ticks } => Action::JumpClock {
                replica: self.fit(one(replica)?, &[Status::Running])?,
                ticks,
            },
            Action::StallClock { replica, for_us } => Action::StallClock {
                replica: self.fit(one(replica)?, &[Status::Running])?,
                for_us,
            },
            Action::Cut { .. }
            | Action::Heal { .. }
            | Action::Clog { .. }
            | Action::Unclog { .. }
            | Action::Isolate { .. }
            | Action::Rejoin { .. }
            | Action::Partition { .. } => self.resolve_links(action, dice)?,
            Action::ChangeMembership {
                ref voters,
                ref learners,
            } => {
                self.must_change(&wish(voters, learners))?;
                action
            }
            Action::TransferLeadership { to } => {
                let to = to.map(one).transpose()?;
                self.must_transfer(to)?;
                let to = to.map(Into::into);
                Action::TransferLeadership { to }
            }
            Action::TakeSnapshot { replica } => Action::TakeSnapshot {
                replica: self.fit_for_snapshot(one(replica)?)?,
            },
            Action::Request {
                client,
                operation,
                reads,
            } => Action::Request {
                client: Some(self.able_client(client.unwrap_or(ClientId(1)))?),
                operation,
                reads,
            },
            Action::Leave { client } | Action::Return { client } => {
                self.must_be_away(client, matches!(action, Action::Return { .. }))?;
                action
            }
            Action::Mislead { client, replica } => Action::Mislead {
                client: self.known_client(client)?,
                replica: one(replica)?.into(),
            },
            Action::HealAll {}
            | Action::SetNetwork { .. }
            | Action::SetLink { .. }
            | Action::SetClientNetwork { .. }
            | Action::SetDisk { .. }
            | Action::SetClock { .. }
            | Action::SetProtocol { .. }
            | Action::SetTiming { .. }
            | Action::SetSnapshots { .. }
            | Action::SetWorkload { .. } => action,
        })
    }

    /// The same for what is done to links.
    fn resolve_links(&self, action: Action, dice: &mut Pcg32) -> Result<Action, Refused> {
        let mut two = |from, to| self.pick_two(from, to, dice);
        Ok(match action {
            Action::Isolate { replica } => Action::Isolate {
                replica: self.pick(replica, &[], dice)?.into(),
            },
            Action::Rejoin { replica } => Action::Rejoin {
                replica: self.pick(replica, &[], dice)?.into(),
            },
            Action::Cut { from, to, both } => {
                let (from, to) = two(from, to)?;
                Action::Cut { from, to, both }
            }
            Action::Heal { from, to, both } => {
                let (from, to) = two(from, to)?;
                Action::Heal { from, to, both }
            }
            Action::Clog { from, to, both } => {
                let (from, to) = two(from, to)?;
                Action::Clog { from, to, both }
            }
            Action::Unclog { from, to, both } => {
                let (from, to) = two(from, to)?;
                Action::Unclog { from, to, both }
            }
            Action::Partition { groups } => Action::Partition {
                groups: self.pick_groups(groups, dice)?,
            },
            other => other,
        })
    }

    fn known_client(&self, id: ClientId) -> Result<ClientId, Refused> {
        place_of_client(id)
            .filter(|&place| place < self.clients.len())
            .map(|_| id)
            .ok_or(Refused::NoSuchClient(id))
    }

    /// A client that can take one more operation.
    fn able_client(&self, id: ClientId) -> Result<ClientId, Refused> {
        let client = self.known_client(id)?;
        let queued = place_of_client(id).map_or(0, |place| self.clients[place].queued());
        if queued >= QUEUE_MAX {
            return Err(Refused::QueueFull(client));
        }
        Ok(client)
    }

    fn must_be_away(&self, id: ClientId, away: bool) -> Result<(), Refused> {
        let place = place_of_client(self.known_client(id)?);
        let is_away = place.is_some_and(|place| self.clients[place].is_away());
        match (is_away, away) {
            (true, false) => Err(Refused::Away(id)),
            (false, true) => Err(Refused::NotAway(id)),
            _ => Ok(()),
        }
    }

    /// The running leader of the highest term.
    pub(in crate::sim) fn leader(&self) -> Option<ReplicaId> {
        self.nodes
            .iter()
            .filter(|node| node.role() == RoleKind::Leader)
            .filter_map(|node| Some((node.running()?.replica.term(), node.id)))
            .max_by_key(|&(term, _)| term)
            .map(|(_, id)| id)
    }

    /// The replica that leads.
    fn leading(&self) -> Result<&Replica, Refused> {
        self.leader()
            .and_then(|id| self.node(id).running())
            .map(|memory| &memory.replica)
            .ok_or(Refused::NobodyFits(Target::Leader))
    }

    fn must_change(&self, wish: &Membership) -> Result<(), Refused> {
        match self.leading()?.change_decision(wish) {
            ChangeDecision::Started => Ok(()),
            reason => Err(Refused::NoChange(reason)),
        }
    }

    fn must_transfer(&self, to: Option<ReplicaId>) -> Result<(), Refused> {
        match self.leading()?.transfer_decision(to) {
            TransferDecision::Started { .. } => Ok(()),
            reason => Err(Refused::NoTransfer(reason)),
        }
    }

    /// A dead replica with a disk that can be read.
    fn fit_with_disk(&self, id: ReplicaId) -> Result<Target, Refused> {
        let replica = self.fit(id, &[Status::Crashed])?;
        if self.node(id).disk.corrupt {
            return Err(Refused::Corrupt { replica: id });
        }
        Ok(replica)
    }

    fn fit_for_format(&self, id: ReplicaId) -> Result<Target, Refused> {
        let replica = self.fit(id, &[Status::Crashed])?;
        self.may_format(id)?;
        Ok(replica)
    }

    fn fit_for_snapshot(&self, id: ReplicaId) -> Result<Target, Refused> {
        let replica = self.fit(id, &[Status::Running])?;
        let memory = self.node(id).running().ok_or(Refused::NotDue)?;
        // A world's store is bounded, and never too large to be sent.
        match memory.replica.compact_decision(memory.last_applied, 0) {
            CompactDecision::Compacted { .. } => Ok(replica),
            reason => Err(Refused::NoSnapshot(reason)),
        }
    }

    /// Whom a target means, other than those who are taken.
    fn pick(
        &self,
        target: Target,
        taken: &[ReplicaId],
        dice: &mut Pcg32,
    ) -> Result<ReplicaId, Refused> {
        let is_role = |id, role| self.node(id).is_running() && self.node(id).role() == role;
        let is = |id, status| self.node(id).status() == status;
        let leader = self.leader();
        let fits = |id: ReplicaId| match target {
            Target::Replica(replica) => id == replica,
            Target::Leader => Some(id) == leader,
            Target::Follower => is_role(id, RoleKind::Follower),
            Target::Candidate => {
                is_role(id, RoleKind::Candidate) || is_role(id, RoleKind::PreCandidate)
            }
            Target::Crashed => is(id, Status::Crashed),
            Target::Paused => is(id, Status::Paused),
            Target::Any => is(id, Status::Running),
        };
        let ids = self.nodes.iter().map(|node| node.id);
        let fitting: Vec<ReplicaId> = ids.filter(|&id| fits(id)).collect();
        let free = || fitting.iter().filter(|id| !taken.contains(id));
        let count = u32::try_from(free().count()).expect("replicas are few");
        let chosen = match count {
            0 => None,
            1 => free().next(),
            _ => usize::try_from(dice.below(count))
                .ok()
                .and_then(|place| free().nth(place)),
        };
        chosen.copied().ok_or(match target {
            Target::Replica(id) if fitting.is_empty() => Refused::NoSuchReplica(id),
            _ => Refused::NobodyFits(target),
        })
    }

    /// The two ends of a link. Who is named by number is not also chosen by role.
    fn pick_two(
        &self,
        from: Target,
        to: Target,
        dice: &mut Pcg32,
    ) -> Result<(Target, Target), Refused> {
        if let Target::Replica(_) = to {
            let to = self.pick(to, &[], dice)?;
            let from = self.pick(from, &[to], dice)?;
            return Ok((from.into(), to.into()));
        }
        let from = self.pick(from, &[], dice)?;
        let to = self.pick(to, &[from], dice)?;
        Ok((from.into(), to.into()))
    }

    /// The groups of a partition: those named by number first, then the roles.
    fn pick_groups(
        &self,
        mut groups: Vec<Vec<Target>>,
        dice: &mut Pcg32,
    ) -> Result<Vec<Vec<Target>>, Refused> {
        let mut taken = Vec::new();
        for target in groups.iter().flatten() {
            if let Target::Replica(_) = target {
                taken.push(self.pick(*target, &taken, dice)?);
            }
        }
        for target in groups.iter_mut().flatten() {
            if !matches!(target, Target::Replica(_)) {
                let id = self.pick(*target, &taken, dice)?;
                taken.push(id);
                *target = id.into();
            }
        }
        Ok(groups)
    }

    fn must_be(&self, replica: ReplicaId, fitting: &[Status]) -> Result<(), Refused> {
        let place = usize::from(replica.0).checked_sub(1);
        let node = place.and_then(|place| self.nodes.get(place));
        let status = node.ok_or(Refused::NoSuchReplica(replica))?.status();
        if fitting.contains(&status) {
            return Ok(());
        }
        Err(Refused::Unsuitable { replica, status })
    }

    fn fit(&self, replica: ReplicaId, fitting: &[Status]) -> Result<Target, Refused> {
        self.must_be(replica, fitting).map(|()| replica.into())
    }

    /// What is done to a message suits where it is.
    fn must_suit(&self, message: MessageId, action: &Action) -> Result<(), Refused> {
        match (action, self.must_be_there(message)?) {
            (Action::Deliver { .. }, whereabouts) => self.must_be_deliverable(message, whereabouts),
            (Action::Hold { .. }, Whereabouts::Travelling(_))
            | (Action::Release { .. }, Whereabouts::Held { .. }) => Ok(()),
            (Action::Hold { .. }, _) => Err(Refused::AlreadyHeld(message)),
            (Action::Release { .. }, _) => Err(Refused::NotHeld(message)),
            _ => Ok(()),
        }
    }

    fn must_be_there(&self, message: MessageId) -> Result<Whereabouts, Refused> {
        let packet = self.network.get(message);
        packet
            .map(|packet| packet.whereabouts)
            .ok_or(Refused::NoSuchMessage(message))
    }

    /// What stands at a door can't come any further until its receiver runs on.
    fn must_be_deliverable(
        &self,
        message: MessageId,
        whereabouts: Whereabouts,
    ) -> Result<(), Refused> {
        let to = self.network.get(message).map(|packet| packet.to);
        match (whereabouts, to) {
            (Whereabouts::AtTheDoor { .. }, Some(Endpoint::Replica(replica))) => {
                self.must_be(replica, &[Status::Running])
            }
            _ => Ok(()),
        }
    }
}

/// The membership that an action wishes for.
pub(in crate::sim) fn wish(voters: &[ReplicaId], learners: &[ReplicaId]) -> Membership {
    Membership {
        learners: learners.iter().copied().collect(),
        ..Membership::of_voters(voters.iter().copied())
    }
}
