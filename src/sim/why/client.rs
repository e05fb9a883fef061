//! What a client waits for.

use super::words::{hindrance, names, seconds};
use super::{Why, entry};
use crate::kv::{ClientId, Operation};
use crate::raft::{Decision, ReadDecision, ReplicaId, Role};
use crate::sim::causality::Trail;
use crate::sim::network::packet::Body;
use crate::sim::server::{Server, Volatile};
use crate::sim::view::{Endpoint, Status};
use crate::sim::world::World;

pub(super) fn why(world: &World, id: ClientId) -> Option<Why> {
    let client = world.clients.get(id)?;
    let name = format!("Client {}", id.0);
    let trail = Trail::Request(id);
    if client.is_away() {
        return Some(
            Why::new(format!(
                "{name} is away: it sends nothing, and what comes to it is lost."
            ))
            .by("thesis §6.3")
            .needs(["It must come back.".into()])
            .from(trail),
        );
    }
    let Some(request) = client.current() else {
        return Some(Why::new(format!("{name} waits for nothing.")).from(trail));
    };
    let sequence = request.sequence;
    let Some(asked) = request.asked() else {
        let hint = match client.believed_leader() {
            Some(leader) => format!("It believes that {leader} leads."),
            None => "It has been told of no leader.".into(),
        };
        let leads = world.leader();
        return Some(
            Why::new(format!(
                "{name} pauses before it asks again: the replica that it asked last did not take its request #{sequence}. {hint}"
            ))
            .by("§8")
            .needs([match leads {
                Some(leader) => format!("{leader} leads: the client must ask there."),
                None => "Nobody leads: a leader must be elected.".into(),
            }])
            .from(trail),
        );
    };
    // Is it still on its way, or is the answer?
    let under_way = world.network.packets().find(|packet| match &packet.body {
        Body::Request { command, .. } => {
            packet.from == Endpoint::Client(id) && command.sequence == sequence
        }
        Body::Answer { sequence: it, .. }
        | Body::Busy { sequence: it }
        | Body::Redirect { sequence: it, .. } => {
            packet.to == Endpoint::Client(id) && *it == sequence
        }
        Body::Raft(_) => false,
    });
    if let Some(packet) = under_way {
        let what = match (&packet.body, packet.to) {
            (Body::Request { .. }, Endpoint::Replica(to)) => {
                format!("Its request is on its way to {to}")
            }
            (Body::Answer { .. }, _) => "The answer is on its way".into(),
            _ => "Word that it must ask elsewhere is on its way".into(),
        };
        return Some(
            Why::new(format!("{what}, until {}.", seconds(packet.arrive_us)))
                .from(Trail::Message(packet.id)),
        );
    }
    let server = world.server(asked);
    let is_read = matches!(request.operation, Operation::Get { .. });
    let why = at_server(world, server, id, is_read, sequence);
    Some(Why {
        trail: why.trail.or(Some(trail)),
        ..why
    })
}

/// Nothing is on its way: what holds it up where it was sent to.
fn at_server(
    world: &World,
    server: &Server,
    client: ClientId,
    is_read: bool,
    sequence: u64,
) -> Why {
    let id = server.id();
    match (server.status(), server.volatile()) {
        (Status::Crashed, _) | (_, None) => {
            return Why::new(format!(
                "The client has asked {id}, which is crashed: nobody answers."
            ))
            .needs(["When it has waited long enough, it asks another.".into()])
            .from(Trail::Role(id));
        }
        (Status::Paused, _) => {
            return Why::new(format!("The client has asked {id}, which is paused."))
                .needs([format!("{id} must be resumed; or the client asks another, when it has waited long enough.")])
                .from(Trail::Role(id));
        }
        (Status::Running, Some(volatile)) => {
            if let Some(owed) = volatile.owed.get(&client) {
                let entry = entry::why(world, server, owed.position.index);
                return Why {
                    answer: format!(
                        "{id} took the request, and has it in its log as entry {}. {}",
                        owed.position.index, entry.answer
                    ),
                    ..entry
                };
            }
            if is_read && let Some(why) = read(world, id, volatile, client) {
                return why;
            }
        }
    }
    let Some(volatile) = server.volatile() else {
        return Why::default();
    };
    if volatile.waits_here(client) {
        let needs = match volatile.replica.leader() {
            Some(leader) => {
                format!("{leader} leads, as far as {id} knows: {id} will send the client there.")
            }
            None => format!("{id} must hear of a leader, or become one."),
        };
        return Why::new(format!(
            "The request waits at {id}, which knows of no leader that could take it."
        ))
        .by("§8")
        .needs([needs])
        .from(Trail::Role(id));
    }
    Why::new(format!(
        "The client has asked {id}, and nothing of request #{sequence} is there or on its way any more: the request or its answer was lost."
    ))
    .by("§8")
    .needs(["When it has waited long enough, it asks again; its session makes sure that nothing is done twice.".into()])
}

/// A read that waits at the replica that was asked.
fn read(world: &World, id: ReplicaId, volatile: &Volatile, client: ClientId) -> Option<Why> {
    if let Some(index) = volatile.ready_read_of(client) {
        return Some(
            Why::new(format!(
                "The read must see the log up to entry {index}, and {id}'s store is at entry {}.",
                volatile.last_applied
            ))
            .by("thesis §6.4")
            .needs([entry::why(world, world.server(id), index).answer])
            .from(Trail::Role(id)),
        );
    }
    if !volatile.reads_for(client) {
        return None;
    }
    let mut decided = volatile.decisions.iter().rev();
    let decision = decided.find_map(|it| match it.decision {
        Decision::Read { decision } => Some(decision),
        _ => None,
    })?;
    let replica = &volatile.replica;
    let (answer, needs) = match decision {
        ReadDecision::NoOwnCommit { term } => {
            let first = replica.commit_index().next();
            let own = entry::why(world, world.server(id), first);
            (
                format!(
                    "{id} leads term {term}, but has committed no entry of that term yet: it can't know up to where a read must see."
                ),
                vec![own.answer],
            )
        }
        ReadDecision::Round { round, .. } => {
            let mut silent: Vec<String> = Vec::new();
            if let Role::Leader(leader) = replica.role() {
                let waiting = leader
                    .followers
                    .iter()
                    .filter(|(other, it)| it.round < round && replica.membership().votes(**other));
                for (&other, _) in waiting {
                    silent.push(match hindrance(world, id, other) {
                        Some(hindrance) => format!("{}.", entry::capital(&hindrance)),
                        None => format!("{other} has not answered round {round} yet."),
                    });
                }
            }
            silent.insert(
                0,
                "A majority would have to answer, which shows that nobody else leads.".into(),
            );
            (
                format!(
                    "{id} asks a majority whether it still leads, by round {round} of heartbeats, before it serves the read."
                ),
                silent,
            )
        }
        ReadDecision::Forwarded { leader } => (
            format!("{id} has asked {leader}, which leads, how far the read must see."),
            vec![match hindrance(world, id, leader) {
                Some(hindrance) => format!("But {hindrance}."),
                None => format!("{} must answer.", names(&[leader])),
            }],
        ),
        _ => return None,
    };
    Some(
        Why::new(answer)
            .by("thesis §6.4")
            .needs(needs)
            .decided(Decision::Read { decision })
            .broken(super::latest_broken(volatile, |_| true))
            .from(Trail::Role(id)),
    )
}
