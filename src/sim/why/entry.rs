//! Why an entry is committed, or not (§5.3, §5.4.2).

use super::words::{entry, hindrance, if_they, lacking, leader_of, names, seconds};
use super::{Why, latest, latest_broken};
use crate::raft::{
    CommitDecision, Decision, Leader, LogIndex, ProgressState, Replica, ReplicaId, Rightly, Role,
    Term,
};
use crate::sim::causality::Trail;
use crate::sim::server::Server;
use crate::sim::world::World;

pub(super) fn why(world: &World, server: &Server, index: LogIndex) -> Why {
    let id = server.id();
    let log = world.log_of(id);
    if index.0 == 0 || index > log.last_index() {
        return absent(world, server, index);
    }
    if index <= log.base().index {
        return Why::new(format!(
            "Entry {index} is in {id}'s snapshot, which covers the log up to entry {}: it is committed, and applied.",
            log.base().index
        ))
        .by("§7");
    }
    let term = log.term_at(index).unwrap_or_default();
    let Some(volatile) = server.volatile() else {
        return Why::new(format!(
            "{id} is crashed. Its disk holds {}; what is committed it finds out from a leader when it is back.",
            entry(index, term)
        ))
        .by("Figure 2")
        .needs([format!("{id} must be restarted.")])
        .from(Trail::Role(id));
    };
    let replica = &volatile.replica;
    if index <= replica.commit_index() {
        return committed(server, index, term);
    }
    match replica.role() {
        Role::Leader(leader) => by_leader(world, replica, leader, index, term),
        _ => by_other(world, server, index, term),
    }
    .from(Trail::Appended { replica: id, index })
}

/// There is no such entry yet.
fn absent(world: &World, server: &Server, index: LogIndex) -> Why {
    let id = server.id();
    let last = world.log_of(id).last_index();
    let why = Why::new(format!(
        "{id} has no entry {index}: its log ends at entry {last}."
    ))
    .by("§5.3");
    let Some(leader) = world.leader().filter(|&leader| leader != id) else {
        return why.needs(["Only a leader adds entries: a client must ask one.".into()]);
    };
    if world.log_of(leader).last_index() < index {
        return why.needs([format!(
            "{leader}, which leads, has no such entry either: a client must ask for something."
        )]);
    }
    why.needs([match hindrance(world, leader, id) {
        Some(hindrance) => format!("{leader} has it, but {hindrance}."),
        None => format!("{leader} has it, and {}.", on_the_way(world, leader, id)),
    }])
}

fn committed(server: &Server, index: LogIndex, term: Term) -> Why {
    let id = server.id();
    let Some(volatile) = server.volatile() else {
        return Why::default();
    };
    let applied = if index <= volatile.last_applied {
        "and applied to its store"
    } else {
        "and not applied yet: that waits for its disk"
    };
    let trail = Trail::Committed { replica: id, index };
    let own = latest(
        volatile,
        |it| matches!(it, Decision::Commit { decision: CommitDecision::Advanced { to } } if *to >= index),
    );
    // The first decision that went so far.
    let first = volatile.decisions.iter().find(|it| {
        matches!(it.decision, Decision::Commit { decision: CommitDecision::Advanced { to } } if to >= index)
    });
    let broken = first.and_then(|first| {
        let place = volatile.decisions.iter().position(|it| it == first)?;
        match volatile.decisions.get(place + 1)?.decision {
            Decision::Broken { flaw, rightly } => Some(super::words::broken(flaw, rightly)),
            _ => None,
        }
    });
    let why = match (volatile.replica.role(), first.or(own.map(|(it, _)| it))) {
        (Role::Leader(leader), Some(decided)) => {
            let holding: Vec<ReplicaId> = std::iter::once(id)
                .chain(leader.followers.iter().filter_map(|(&follower, it)| {
                    (it.match_index >= index).then_some(follower)
                }))
                .collect();
            Why::new(format!(
                "{} is committed, {applied}: {id} leads, and decided so at {}. By what it knows now, {} hold it.",
                capital(&entry(index, term)),
                seconds(decided.at_us),
                names(&holding)
            ))
            .by("§5.3, §5.4.2")
            .decided(decided.decision)
        }
        (Role::Leader(_), None) => Why::new(format!(
            "{} is committed, {applied}: {id} knows that for long.",
            capital(&entry(index, term))
        ))
        .by("§5.3"),
        _ => Why::new(format!(
            "{} is committed, {applied}: a leader has told {id} so, by the leaderCommit of a message.",
            capital(&entry(index, term))
        ))
        .by("§5.3"),
    };
    why.broken(broken).from(trail)
}

/// At the leader: who holds it, and what the rule says.
fn by_leader(
    world: &World,
    replica: &Replica,
    leader: &Leader,
    index: LogIndex,
    term: Term,
) -> Why {
    let (id, membership) = (replica.id(), replica.membership());
    let holds = |other: ReplicaId| match leader.followers.get(&other) {
        Some(progress) => progress.match_index >= index,
        None => other == id,
    };
    let voters: Vec<ReplicaId> = membership
        .members()
        .into_iter()
        .filter(|&it| membership.votes(it))
        .collect();
    let holding: Vec<ReplicaId> = voters.iter().copied().filter(|&it| holds(it)).collect();
    let lacking = lacking(membership, holds);
    let decision = replica.commit_decision();
    let broken = replica.config().settings.flaw.and_then(|_| {
        let volatile = world.server(id).volatile()?;
        latest_broken(volatile, |it| matches!(it, Rightly::Commit(_)))
    });
    let about = capital(&entry(index, term));
    if lacking.is_empty() {
        // A quorum holds it, and still it is not committed.
        let current = replica.term();
        let log = replica.log();
        let own = log.last().term == current;
        let needs = if own {
            let first = log.first_index_of_term_at(log.last_index());
            let first = first.unwrap_or(log.last_index());
            format!(
                "It will be committed together with the first entry of term {current} that a quorum holds: that is entry {first}."
            )
        } else {
            format!(
                "{id} has no entry of term {current}: a client must ask for something, and a quorum hold that."
            )
        };
        return Why::new(format!(
            "{about} is on a quorum ({}), but not committed: {id} leads term {current}, and a leader counts only entries of its own term, since a later leader might still overwrite the others.",
            names(&holding)
        ))
        .by("§5.4.2, Figure 8")
        .needs([needs])
        .decided(Decision::Commit {
            decision: decision.unwrap_or(CommitDecision::NoQuorum { index }),
        })
        .broken(broken);
    }
    let needed: usize = membership
        .halves()
        .map(|half| half.len() / 2 + 1)
        .max()
        .unwrap_or(0);
    let both = if membership.is_joint() {
        " of each half of the joint configuration"
    } else {
        ""
    };
    let mut needs: Vec<String> = if_they("It would be committed", "held it too", &lacking)
        .into_iter()
        .collect();
    let others = lacking.iter().flat_map(|(_, others)| others);
    for &other in others.filter(|&&it| it != id) {
        needs.push(match hindrance(world, id, other) {
            Some(hindrance) => format!("{}.", capital(&hindrance)),
            None => format!("{}.", capital(&on_the_way(world, id, other))),
        });
    }
    needs.dedup();
    if term != replica.term() {
        needs.push(format!(
            "And as it is of term {term}, not of {id}'s own term {}, only together with an entry of that term (§5.4.2).",
            replica.term()
        ));
    }
    Why::new(format!(
        "{about} is not committed: {} of {} voters hold it ({}), and {needed}{both} are a majority.",
        holding.len(),
        voters.len(),
        names(&holding)
    ))
    .by(if membership.is_joint() { "§5.3, §6" } else { "§5.3" })
    .needs(needs)
    .decided(Decision::Commit {
        decision: decision.unwrap_or(CommitDecision::NoQuorum { index }),
    })
    .broken(broken)
}

/// Elsewhere: what the leader has to do with it.
fn by_other(world: &World, server: &Server, index: LogIndex, term: Term) -> Why {
    let id = server.id();
    let about = capital(&entry(index, term));
    let on_disk = if index > server.disk().durable_index() {
        " It is not on its disk yet."
    } else {
        ""
    };
    let Some(leader) = leader_of(world, server) else {
        let others = world.leader().filter(|&other| other != id);
        let elsewhere = others.map(|other| {
            let there = world.log_of(other).term_at(index);
            let fate = match there {
                Some(there) if there == term => format!("{other} has the same entry."),
                Some(there) => format!(
                    "{other} has an entry of term {there} there: {id} will drop its own when it hears of {other}."
                ),
                None => format!("{other} has no entry there: {id} will drop its own if {other} writes another."),
            };
            let hindered = hindrance(world, other, id);
            let hindered = hindered.map_or(String::new(), |it| format!(" But {it}."));
            format!("{other} leads term {}. {fate}{hindered}", term_of(world, other))
        });
        return Why::new(format!(
            "{about} is not committed as far as {id} knows: it knows of no leader, and only a leader can say what is committed.{on_disk}"
        ))
        .by("§5.3")
        .needs(elsewhere.or_else(|| Some("A leader must be elected.".into())));
    };
    let there = world.log_of(leader.id()).term_at(index);
    let leader_id = leader.id();
    let known = leader.volatile().map(|it| it.replica.commit_index());
    let hindered = hindrance(world, leader_id, id);
    let but = hindered.as_ref().map(|it| format!("But {it}."));
    match there {
        Some(there) if there != term => Why::new(format!(
            "{about} conflicts with the log of {leader_id}, which leads: there entry {index} is of term {there}. {id} will drop it, and all after it, as soon as {leader_id}'s entries reach it.{on_disk}"
        ))
        .by("§5.3")
        .needs(but),
        None if world.log_of(leader_id).last_index() < index => Why::new(format!(
            "{about} is not in the log of {leader_id}, which leads. {id} will drop it as soon as {leader_id} sends another one for that place.{on_disk}"
        ))
        .by("§5.3")
        .needs(but),
        _ if known.is_some_and(|known| known >= index) => Why::new(format!(
            "{about} is committed by {leader_id}, which leads, but {id} does not know yet: it learns that with the next message from there.{on_disk}"
        ))
        .by("§5.3")
        .needs(but),
        _ => {
            let there = why(world, leader, index);
            Why {
                answer: format!(
                    "{id} follows {leader_id}, and only that can commit it. {}{on_disk}",
                    there.answer
                ),
                ..there
            }
        }
    }
}

/// What a leader does to bring the log of a follower on.
pub(super) fn on_the_way(world: &World, leader: ReplicaId, follower: ReplicaId) -> String {
    let volatile = world.server(leader).volatile();
    let Some(Role::Leader(it)) = volatile.map(|it| it.replica.role()) else {
        return format!("{follower} has not been sent it");
    };
    let Some(progress) = it.followers.get(&follower) else {
        return format!("{follower} is no member that {leader} sends anything");
    };
    let held = progress.match_index;
    match &progress.state {
        ProgressState::Probe { .. } => format!(
            "{leader} looks for where {follower}'s log matches, at entry {}",
            progress.next_index.previous()
        ),
        ProgressState::Replicate { window } if window.is_empty() => format!(
            "{follower} holds the log up to entry {held} as far as {leader} knows, and nothing is on its way there"
        ),
        ProgressState::Replicate { window } => format!(
            "{follower} holds the log up to entry {held} as far as {leader} knows, and {} on the way there or back",
            match window.len() {
                1 => "1 message with entries is".into(),
                many => format!("{many} messages with entries are"),
            }
        ),
        ProgressState::Snapshot {
            snapshot, offset, ..
        } => format!(
            "{follower} is being sent the snapshot up to entry {}: {offset} of {} bytes",
            snapshot.last.index,
            snapshot.data.len()
        ),
    }
}

fn term_of(world: &World, id: ReplicaId) -> Term {
    let server = world.server(id);
    let volatile = server.volatile();
    volatile.map_or(server.disk().durable.term, |it| it.replica.term())
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
