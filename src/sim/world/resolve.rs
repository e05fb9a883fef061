//! From what an action says to what it means at this moment: who "the leader" is, and
//! whether it can be done at all. Nothing is changed here, so that an action that is
//! refused leaves no trace.

use super::refused::Refused;
use super::{World, wipe};
use crate::kv::ClientId;
use crate::raft::{
    ChangeDecision, CompactDecision, Membership, Replica, ReplicaId, TransferDecision,
};
use crate::rng::Pcg32;
use crate::sim::client::{Client, QUEUE_MAX};
use crate::sim::network::packet::Whereabouts;
use crate::sim::scenario::action::{Action, MessageId, Target};
use crate::sim::server::Server;
use crate::sim::view::{Endpoint, RoleKind, Status};

/// The same action with every [`Target`] a number, if it can be done now.
pub(super) fn resolve(world: &World, action: Action, dice: &mut Pcg32) -> Result<Action, Refused> {
    let mut one = |target| pick(world, target, &[], dice);
    Ok(match action {
        // What falls due by itself: some of it may be done early by hand.
        Action::Tick { replica } => {
            must_be(world, replica, &[Status::Running])?;
            action
        }
        Action::Deliver { message }
        | Action::Drop { message }
        | Action::Duplicate { message }
        | Action::Hold { message }
        | Action::Release { message } => {
            must_suit(world, message, &action)?;
            action
        }
        Action::Persist { .. } | Action::Wake { .. } | Action::Offer {} => {
            return Err(Refused::NotDue);
        }

        // To one replica, which must be in a state for it.
        Action::Crash { replica, write } => Action::Crash {
            replica: fit(world, one(replica)?, &[Status::Running, Status::Paused])?,
            write,
        },
        Action::Restart { replica } => Action::Restart {
            replica: fit_with_disk(world, one(replica)?)?,
        },
        Action::Corrupt { replica } => Action::Corrupt {
            replica: fit_with_disk(world, one(replica)?)?,
        },
        Action::Format { replica } => Action::Format {
            replica: fit_to_be_wiped(world, one(replica)?)?,
        },
        Action::Pause { replica } => Action::Pause {
            replica: fit(world, one(replica)?, &[Status::Running])?,
        },
        Action::Resume { replica } => Action::Resume {
            replica: fit(world, one(replica)?, &[Status::Paused])?,
        },
        Action::TimeOut { replica } => Action::TimeOut {
            replica: fit(world, one(replica)?, &[Status::Running])?,
        },
        Action::JumpClock { replica, ticks } => Action::JumpClock {
            replica: fit(world, one(replica)?, &[Status::Running])?,
            ticks,
        },
        Action::StallClock { replica, for_us } => Action::StallClock {
            replica: fit(world, one(replica)?, &[Status::Running])?,
            for_us,
        },

        // To the links, and to the cluster: whether its leader would refuse is asked here too.
        Action::Cut { .. }
        | Action::Heal { .. }
        | Action::Clog { .. }
        | Action::Unclog { .. }
        | Action::Isolate { .. }
        | Action::Rejoin { .. }
        | Action::Partition { .. } => resolve_links(world, action, dice)?,
        Action::ChangeMembership {
            ref voters,
            ref learners,
        } => {
            must_change(world, &wish(voters, learners))?;
            action
        }
        Action::TransferLeadership { to } => {
            let to = to.map(one).transpose()?;
            must_transfer(world, to)?;
            let to = to.map(Into::into);
            Action::TransferLeadership { to }
        }
        Action::TakeSnapshot { replica } => Action::TakeSnapshot {
            replica: fit_for_snapshot(world, one(replica)?)?,
        },

        // To a client.
        Action::Request {
            client,
            operation,
            reads,
        } => Action::Request {
            client: Some(able_client(world, client.unwrap_or(ClientId(1)))?),
            operation,
            reads,
        },
        Action::Leave { client } | Action::Return { client } => {
            must_be_away(world, client, matches!(action, Action::Return { .. }))?;
            action
        }
        Action::Mislead { client, replica } => Action::Mislead {
            client: known_client(world, client)?.id(),
            replica: one(replica)?.into(),
        },

        // Always possible.
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
fn resolve_links(world: &World, action: Action, dice: &mut Pcg32) -> Result<Action, Refused> {
    let mut two = |from, to| pick_two(world, from, to, dice);
    Ok(match action {
        Action::Isolate { replica } => Action::Isolate {
            replica: pick(world, replica, &[], dice)?.into(),
        },
        Action::Rejoin { replica } => Action::Rejoin {
            replica: pick(world, replica, &[], dice)?.into(),
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
            groups: pick_groups(world, groups, dice)?,
        },
        other => other,
    })
}

fn known_client(world: &World, id: ClientId) -> Result<&Client, Refused> {
    world.clients.get(id).ok_or(Refused::NoSuchClient(id))
}

/// A client that can take one more operation.
fn able_client(world: &World, id: ClientId) -> Result<ClientId, Refused> {
    if known_client(world, id)?.queued() >= QUEUE_MAX {
        return Err(Refused::QueueFull(id));
    }
    Ok(id)
}

fn must_be_away(world: &World, id: ClientId, away: bool) -> Result<(), Refused> {
    match (known_client(world, id)?.is_away(), away) {
        (true, false) => Err(Refused::Away(id)),
        (false, true) => Err(Refused::NotAway(id)),
        _ => Ok(()),
    }
}

/// The running leader of the highest term.
pub(super) fn leader(world: &World) -> Option<ReplicaId> {
    world
        .servers
        .iter()
        .filter(|server| server.role() == RoleKind::Leader)
        .filter_map(|server| Some((server.running()?.replica.term(), server.id())))
        .max_by_key(|&(term, _)| term)
        .map(|(_, id)| id)
}

/// The replica that leads.
fn leading(world: &World) -> Result<&Replica, Refused> {
    leader(world)
        .and_then(|id| world.server(id).running())
        .map(|volatile| &volatile.replica)
        .ok_or(Refused::NobodyFits(Target::Leader))
}

fn must_change(world: &World, wish: &Membership) -> Result<(), Refused> {
    match leading(world)?.change_decision(wish) {
        ChangeDecision::Started => Ok(()),
        reason => Err(Refused::NoChange(reason)),
    }
}

fn must_transfer(world: &World, to: Option<ReplicaId>) -> Result<(), Refused> {
    match leading(world)?.transfer_decision(to) {
        TransferDecision::Started { .. } => Ok(()),
        reason => Err(Refused::NoTransfer(reason)),
    }
}

/// A dead replica with a disk that can be read.
fn fit_with_disk(world: &World, id: ReplicaId) -> Result<Target, Refused> {
    let replica = fit(world, id, &[Status::Crashed])?;
    if world.server(id).disk().corrupt {
        return Err(Refused::Corrupt { replica: id });
    }
    Ok(replica)
}

fn fit_to_be_wiped(world: &World, id: ReplicaId) -> Result<Target, Refused> {
    let replica = fit(world, id, &[Status::Crashed])?;
    wipe::may_wipe(world, id)?;
    Ok(replica)
}

fn fit_for_snapshot(world: &World, id: ReplicaId) -> Result<Target, Refused> {
    let replica = fit(world, id, &[Status::Running])?;
    let volatile = world.server(id).running().ok_or(Refused::NotDue)?;
    // A world's store is bounded, and never too large to be sent.
    match volatile.replica.compact_decision(volatile.last_applied, 0) {
        CompactDecision::Compacted { .. } => Ok(replica),
        reason => Err(Refused::NoSnapshot(reason)),
    }
}

/// The replica that a target means, other than those already taken.
fn pick(
    world: &World,
    target: Target,
    taken: &[ReplicaId],
    dice: &mut Pcg32,
) -> Result<ReplicaId, Refused> {
    let is_role = |id, role| world.server(id).is_running() && world.server(id).role() == role;
    let is = |id, status| world.server(id).status() == status;
    let leader = leader(world);
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
    let ids = world.servers.iter().map(Server::id);
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
    world: &World,
    from: Target,
    to: Target,
    dice: &mut Pcg32,
) -> Result<(Target, Target), Refused> {
    if let Target::Replica(_) = to {
        let to = pick(world, to, &[], dice)?;
        let from = pick(world, from, &[to], dice)?;
        return Ok((from.into(), to.into()));
    }
    let from = pick(world, from, &[], dice)?;
    let to = pick(world, to, &[from], dice)?;
    Ok((from.into(), to.into()))
}

/// The groups of a partition: those named by number first, then the roles.
fn pick_groups(
    world: &World,
    mut groups: Vec<Vec<Target>>,
    dice: &mut Pcg32,
) -> Result<Vec<Vec<Target>>, Refused> {
    let mut taken = Vec::new();
    for target in groups.iter().flatten() {
        if let Target::Replica(_) = target {
            taken.push(pick(world, *target, &taken, dice)?);
        }
    }
    for target in groups.iter_mut().flatten() {
        if !matches!(target, Target::Replica(_)) {
            let id = pick(world, *target, &taken, dice)?;
            taken.push(id);
            *target = id.into();
        }
    }
    Ok(groups)
}

fn must_be(world: &World, replica: ReplicaId, fitting: &[Status]) -> Result<(), Refused> {
    let place = usize::from(replica.0).checked_sub(1);
    let node = place.and_then(|place| world.servers.get(place));
    let status = node.ok_or(Refused::NoSuchReplica(replica))?.status();
    if fitting.contains(&status) {
        return Ok(());
    }
    Err(Refused::Unsuitable { replica, status })
}

fn fit(world: &World, replica: ReplicaId, fitting: &[Status]) -> Result<Target, Refused> {
    must_be(world, replica, fitting).map(|()| replica.into())
}

/// An action on a message must suit where the message is.
fn must_suit(world: &World, message: MessageId, action: &Action) -> Result<(), Refused> {
    match (action, must_be_there(world, message)?) {
        (Action::Deliver { .. }, whereabouts) => must_be_deliverable(world, message, whereabouts),
        (Action::Hold { .. }, Whereabouts::Travelling(_))
        | (Action::Release { .. }, Whereabouts::Held { .. }) => Ok(()),
        (Action::Hold { .. }, _) => Err(Refused::AlreadyHeld(message)),
        (Action::Release { .. }, _) => Err(Refused::NotHeld(message)),
        _ => Ok(()),
    }
}

fn must_be_there(world: &World, message: MessageId) -> Result<Whereabouts, Refused> {
    let packet = world.network.get(message);
    packet
        .map(|packet| packet.whereabouts)
        .ok_or(Refused::NoSuchMessage(message))
}

/// A message at a door can't come any further until its receiver resumes.
fn must_be_deliverable(
    world: &World,
    message: MessageId,
    whereabouts: Whereabouts,
) -> Result<(), Refused> {
    let to = world.network.get(message).map(|packet| packet.to);
    match (whereabouts, to) {
        (Whereabouts::AtTheDoor { .. }, Some(Endpoint::Replica(replica))) => {
            must_be(world, replica, &[Status::Running])
        }
        _ => Ok(()),
    }
}

/// The membership that an action wishes for.
pub(super) fn wish(voters: &[ReplicaId], learners: &[ReplicaId]) -> Membership {
    Membership {
        learners: learners.iter().copied().collect(),
        ..Membership::of_voters(voters.iter().copied())
    }
}
