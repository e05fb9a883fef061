//! What becomes of a message, and why.

use super::Why;
use super::words::{hindrance, names, seconds};
use crate::raft::{
    Body as RaftBody, Decision, Effects, Input, MatchDecision, Message, Replica, ReplicaId, Role,
    VoteDecision, VotePurpose, rules,
};
use crate::sim::causality::Trail;
use crate::sim::client::Client;
use crate::sim::network::packet::{Body, Fate, Packet};
use crate::sim::scenario::action::MessageId;
use crate::sim::server::Server;
use crate::sim::view::trace::LossCause;
use crate::sim::view::{Endpoint, Status};
use crate::sim::world::World;

pub(super) fn why(world: &World, id: MessageId) -> Why {
    let trail = Trail::Message(id);
    let Some(packet) = world.network.get(id) else {
        return Why::new("It is no longer on its way: see what became of it.").from(trail);
    };
    let why = match packet.to {
        Endpoint::Client(client) => {
            let away = world.clients.get(client).is_some_and(Client::is_away);
            if away {
                Why::new(format!("It will be lost: client {} is away.", client.0))
            } else {
                Why::new(format!(
                    "It is on its way to client {}, until {}.",
                    client.0,
                    seconds(packet.arrive_us)
                ))
            }
        }
        Endpoint::Replica(to) => to_replica(world, packet, world.server(to)),
    };
    why.from(trail)
}

fn to_replica(world: &World, packet: &Packet, server: &Server) -> Why {
    let to = server.id();
    // Does it arrive at all?
    if let Fate::Lost { at_us, cause } = packet.fate {
        let because = match cause {
            LossCause::Chance => "the network loses it, by chance",
            LossCause::Cut => "the link is cut",
            _ => "the network can't take it",
        };
        return Why::new(format!("It will be lost at {}: {because}.", seconds(at_us)));
    }
    if let Endpoint::Replica(from) = packet.from
        && world.network.links.is_cut(from, to)
    {
        return Why::new(format!(
            "It will be lost when it arrives: the link {from} → {to} is cut."
        ))
        .needs([format!(
            "It would arrive if the link were healed before {}.",
            seconds(packet.arrive_us)
        )]);
    }
    let held = packet.held_us().map(|since| {
        let why = match packet.from {
            Endpoint::Replica(from) => hindrance(world, from, to),
            Endpoint::Client(_) => None,
        };
        let why = why.map_or("it is held by hand".into(), |it| it);
        format!("It has stood still since {}: {why}.", seconds(since))
    });
    match server.status() {
        Status::Crashed => {
            return Why::new(format!("It will be lost when it arrives: {to} is crashed.")).needs([
                format!(
                    "It would be received if {to} were restarted before {}.",
                    seconds(packet.arrive_us)
                ),
            ]);
        }
        Status::Paused => {
            return Why::new(format!(
                "It waits, or will, at the door of {to}, which is paused."
            ))
            .needs([format!("{to} must be resumed.")]);
        }
        Status::Running => {}
    }
    let why = match &packet.body {
        Body::Raft(message) => if_it_came_now(server, message),
        Body::Request { .. } => request(server),
        _ => Why::default(),
    };
    match held {
        Some(held) => Why {
            answer: format!("{held} {}", why.answer),
            ..why
        },
        None => why,
    }
}

/// What the receiver would do if the message came now.
fn if_it_came_now(server: &Server, message: &Message) -> Why {
    let Some(volatile) = server.running() else {
        return Why::default();
    };
    let (to, replica) = (server.id(), &volatile.replica);
    let (term, current) = (message.term, replica.term());
    // Where a rule is broken, the replica itself may fail, and a copy of it would do so here.
    let effects = if replica.config().settings.flaw.is_none() {
        let mut copy = replica.clone();
        copy.step(Input::Receive(message.clone()))
    } else {
        by_rules(server, message)
    };
    if let Some(refusal) = effects.refused {
        return Why::new(format!(
            "If it came now, {to} would refuse it: {refusal}. No correct replica would send it."
        ));
    }
    let decision = effects.decisions.iter().find(|it| {
        matches!(
            it,
            Decision::Vote { .. }
                | Decision::Match { .. }
                | Decision::Commit { .. }
                | Decision::Read { .. }
        )
    });
    if let Some(decision) = decision {
        return decided(to, message, *decision);
    }
    if term < current {
        return Why::new(format!(
            "If it came now, {to} would not heed it: it is of term {term}, and {to} is in term {current}."
        ))
        .by("§5.1");
    }
    of_its_kind(to, message, replica, &effects)
}

/// The same of a message about which no rule decides.
fn of_its_kind(to: ReplicaId, message: &Message, replica: &Replica, effects: &Effects) -> Why {
    let (term, current) = (message.term, replica.term());
    let void = |what: &str| {
        Why::new(format!(
            "If it came now, nothing would come of it: it is an answer to a {what}, and {to} is none in term {current}."
        ))
        .by("§5.2")
    };
    match (&message.body, replica.role()) {
        (RaftBody::Vote { pre_vote: true, .. }, role)
            if !matches!(role, Role::PreCandidate(_)) && term == current =>
        {
            void("pre-candidate")
        }
        (RaftBody::Vote { pre_vote: false, .. }, role)
            if !matches!(role, Role::Candidate(_)) && term == current =>
        {
            void("candidate")
        }
        (RaftBody::AppendAccepted { .. } | RaftBody::AppendRejected { .. }, role)
            if !matches!(role, Role::Leader(_)) =>
        {
            void("leader")
        }
        (RaftBody::Vote { granted: true, .. }, _) => Why::new(format!(
            "If it came now, {to} would count {}'s vote.",
            message.from
        ))
        .by("§5.2"),
        (RaftBody::Vote { granted: false, .. }, _) => Why::new(format!(
            "{} has denied its vote: {to} must do without it.",
            message.from
        ))
        .by("§5.2"),
        (RaftBody::AppendEntries { .. }, _) => Why::new(format!(
            "If it came now, {to} would take it from {}: the logs match at its prevLogIndex{}.",
            message.from,
            if effects.write.truncate_after.is_some() {
                ", and what conflicts after it goes"
            } else {
                ""
            }
        ))
        .by("§5.3"),
        (RaftBody::AppendAccepted { match_index, .. }, _) => Why::new(format!(
            "If it came now, {to} would know that {} holds the log up to entry {match_index}; that commits nothing more.",
            message.from
        ))
        .by("§5.3"),
        (RaftBody::AppendRejected { prev_log_index, .. }, _) => Why::new(format!(
            "{}'s log does not match at entry {prev_log_index}: {to} would try further back.",
            message.from
        ))
        .by("§5.3"),
        (RaftBody::AppendStale, _) => Why::new(format!(
            "It tells {to} that there is a later term{}.",
            if term > current {
                ": it would step down"
            } else {
                ""
            }
        ))
        .by("§5.1"),
        (RaftBody::TimeoutNow, _) => Why::new(format!(
            "If it came now, {to} would stand for election at once: its leader {} asks it to take over.",
            message.from
        ))
        .by("thesis §3.10"),
        _ => Why::new(format!("If it came now, {to} would take it in.")),
    }
}

/// What the rules say of a message, by the state of its receiver alone.
fn by_rules(server: &Server, message: &Message) -> Effects {
    let mut effects = Effects::default();
    let Some(volatile) = server.running() else {
        return effects;
    };
    let replica = &volatile.replica;
    let flaw = replica.config().settings.flaw;
    match message.body {
        RaftBody::RequestVote { last_log, purpose } => {
            let later = message.term > replica.term();
            let voter = rules::Voter {
                term: replica.term().max(message.term),
                voted_for: replica.voted_for().filter(|_| !later),
                last_log: replica.log().last(),
                flaw,
            };
            let candidate = message.from;
            let decision = rules::decide_vote(&voter, candidate, message.term, last_log, purpose);
            effects.decisions.push(Decision::Vote {
                candidate,
                term: message.term,
                purpose,
                decision,
            });
        }
        RaftBody::AppendEntries { prev_log, .. } if message.term >= replica.term() => {
            let decision = rules::decide_match(replica.log(), prev_log, flaw);
            if decision != MatchDecision::Matched {
                effects.decisions.push(Decision::Match {
                    leader: message.from,
                    decision,
                });
            }
        }
        _ => {}
    }
    effects
}

/// A rule would decide about it.
fn decided(to: ReplicaId, message: &Message, decision: Decision) -> Why {
    let from = message.from;
    let (answer, rule, needs) = match decision {
        Decision::Vote {
            decision, purpose, ..
        } => {
            let vote = match purpose {
                VotePurpose::PreVote => "pre-vote",
                VotePurpose::Election | VotePurpose::Transfer => "vote",
            };
            let (rule, needs) = of_vote(to, from, decision);
            let answer = match decision {
                VoteDecision::Granted => {
                    format!("If it came now, {to} would give {from} its {vote}.")
                }
                VoteDecision::LeaderAlive { .. } | VoteDecision::Promised { .. } => {
                    format!("If it came now, {to} would not heed it.")
                }
                _ => format!("If it came now, {to} would deny {from} its {vote}."),
            };
            (answer, rule, needs)
        }
        Decision::Match { .. } => (
            format!(
                "If it came now, {to} would reject it: the logs do not match at its prevLogIndex."
            ),
            "§5.3",
            Some(format!("{from} will try further back, until they match.")),
        ),
        Decision::Commit { .. } => (
            format!("If it came now, {to} would look at what it may commit."),
            "§5.3, §5.4.2",
            None,
        ),
        _ => (
            format!("If it came now, {to} would decide how to serve the read."),
            "thesis §6.4",
            None,
        ),
    };
    Why::new(answer).by(rule).needs(needs).decided(decision)
}

/// The section of a decision about a vote, and what would have to be otherwise.
pub(super) fn of_vote(
    voter: ReplicaId,
    candidate: ReplicaId,
    decision: VoteDecision,
) -> (&'static str, Option<String>) {
    match decision {
        VoteDecision::Granted => ("§5.2, §5.4.1", None),
        VoteDecision::OlderTerm { current } => (
            "§5.1",
            Some(format!(
                "{candidate} would have to stand in a term later than {current}."
            )),
        ),
        VoteDecision::AlreadyVoted { .. } => (
            "§5.2",
            Some(format!(
                "{candidate} would have to stand in a later term: {voter} votes once a term."
            )),
        ),
        VoteDecision::LogOutOfDate { ours, .. } => (
            "§5.4.1",
            Some(format!(
                "{candidate}'s log would have to go as far as entry {} of term {}, or to end in a later term.",
                ours.index, ours.term
            )),
        ),
        VoteDecision::LeaderAlive {
            leader,
            elapsed,
            keeps_for,
            ..
        } => (
            "thesis §4.2.3",
            Some(format!(
                "{voter} would have to hear nothing of {} for {} more ticks.",
                leader.map_or("its leader".into(), |leader| names(&[leader])),
                keeps_for.saturating_sub(elapsed)
            )),
        ),
        VoteDecision::Promised { ticks_left } => (
            "thesis §6.4.1",
            Some(format!("{ticks_left} more ticks would have to pass.")),
        ),
    }
}

/// What a replica would do with a client's request.
fn request(server: &Server) -> Why {
    let Some(volatile) = server.running() else {
        return Why::default();
    };
    let (to, replica) = (server.id(), &volatile.replica);
    match (replica.role(), replica.leader()) {
        (Role::Leader(_), _) => Why::new(format!("{to} leads, and would take it.")).by("§5.3, §8"),
        (_, Some(leader)) => Why::new(format!(
            "{to} does not lead: it would send the client to {leader}, or ask that for a read index."
        ))
        .by("§8"),
        (_, None) => Why::new(format!(
            "{to} knows of no leader: it would let the request wait, or send the client away."
        ))
        .by("§8")
        .needs(["A leader must be elected.".into()]),
    }
}
