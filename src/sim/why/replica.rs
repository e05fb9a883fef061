//! Why a replica leads, stands, or does neither (§5.2), why it votes as it does, and why nobody
//! leads.

use super::message::of_vote;
use super::words::{hindrance, if_they, lacking, names, seconds, ticks};
use super::{Why, latest};
use crate::raft::{
    Body, Decision, ElectionDecision, Input, Message, Replica, ReplicaId, Rightly, Role, Term,
    VoteDecision, VotePurpose,
};
use crate::sim::causality::Trail;
use crate::sim::server::Server;
use crate::sim::view::Status;
use crate::sim::world::World;

pub(super) fn why(world: &World, server: &Server) -> Why {
    let id = server.id();
    match server.status() {
        Status::Crashed => {
            let corrupt = server.disk().corrupt;
            return Why::new(if corrupt {
                format!(
                    "{id} is crashed, and its disk is corrupt: it does not start again with it."
                )
            } else {
                format!("{id} is crashed: it neither ticks nor takes messages.")
            })
            .needs([if corrupt {
                format!("{id} needs an empty disk, and must be restarted.")
            } else {
                format!("{id} must be restarted.")
            }])
            .from(Trail::Role(id));
        }
        Status::Paused => {
            return Why::new(format!(
                "{id} is paused: it does nothing, and what comes waits at its door."
            ))
            .needs([format!("{id} must be resumed.")])
            .from(Trail::Role(id));
        }
        Status::Running => {}
    }
    let Some(volatile) = server.volatile() else {
        return Why::default();
    };
    match volatile.replica.role() {
        Role::Leader(_) => leads(world, &volatile.replica),
        Role::Candidate(it) => stands(world, server, false, |id| it.votes.contains(&id)),
        Role::PreCandidate(it) => stands(world, server, true, |id| it.votes.contains(&id)),
        Role::Follower(_) => follows(world, server),
    }
}

fn leads(world: &World, replica: &Replica) -> Why {
    let (id, term) = (replica.id(), replica.term());
    let membership = replica.membership();
    let reached = |other| other == id || hindrance(world, id, other).is_none();
    let cut_off = lacking(membership, reached);
    let mut why = Why::new(format!(
        "{id} leads term {term}: a majority gave it their votes, and nobody has told it of a later term."
    ))
    .by("§5.2");
    let volatile = world.server(id).volatile();
    let by_flaw = volatile.and_then(|it| super::latest_broken(it, is_of_elections));
    why = why.broken(by_flaw);
    if !cut_off.is_empty() {
        let mut hindrances: Vec<String> = cut_off
            .iter()
            .flat_map(|(_, others)| others)
            .filter_map(|&other| hindrance(world, id, other))
            .collect();
        hindrances.dedup();
        why.answer = format!(
            "{} But it can commit nothing: it does not reach a majority ({}).",
            why.answer,
            hindrances.join("; ")
        );
        why = why.needs([if replica.config().settings.check_quorum {
            "It checks its quorum, and will step down within an election timeout (thesis §6.2)."
                .into()
        } else {
            "It does not check its quorum (thesis §6.2), and goes on until it hears of a later term."
                .into()
        }]);
    }
    why.from(Trail::Role(id))
}

/// A candidate, or a pre-candidate: whose vote it lacks, and why.
fn stands(
    world: &World,
    server: &Server,
    pre_vote: bool,
    has_voted: impl Fn(ReplicaId) -> bool,
) -> Why {
    let id = server.id();
    let Some(volatile) = server.volatile() else {
        return Why::default();
    };
    let replica = &volatile.replica;
    let membership = replica.membership();
    let term = replica.term();
    let voters = membership.members();
    let voters: Vec<ReplicaId> = voters
        .into_iter()
        .filter(|&it| membership.votes(it))
        .collect();
    let granted: Vec<ReplicaId> = voters.iter().copied().filter(|&it| has_voted(it)).collect();
    let (what, so, rule) = if pre_vote {
        (
            format!("{id} asks whether it could win term {}", Term(term.0 + 1)),
            "It would stand",
            "thesis §9.6",
        )
    } else {
        (
            format!("{id} stands for election in term {term}"),
            "It would lead",
            "§5.2",
        )
    };
    let missing = lacking(membership, &has_voted);
    let mut needs: Vec<String> = if_they(so, "voted for it", &missing).into_iter().collect();
    for &other in voters.iter().filter(|&&it| it != id && !has_voted(it)) {
        needs.push(match hindrance(world, id, other) {
            Some(hindrance) => format!("{}.", super::entry::capital(&hindrance)),
            None => vote_of(world.server(other), replica, pre_vote),
        });
    }
    let (elapsed, timeout) = replica.timer();
    needs.push(format!(
        "If it has not won in {}, it tries again.",
        ticks(timeout.saturating_sub(elapsed))
    ));
    Why::new(format!(
        "{what}: it has {} of {} votes ({}).",
        granted.len(),
        voters.len(),
        names(&granted)
    ))
    .by(rule)
    .needs(needs)
    .from(Trail::Role(id))
}

/// What a voter would say to a candidate now, as its own rule says it.
fn vote_of(voter: &Server, candidate: &Replica, pre_vote: bool) -> String {
    let (id, from) = (voter.id(), candidate.id());
    let Some(volatile) = voter.running() else {
        return format!("{id} does not run.");
    };
    if volatile.replica.config().settings.flaw.is_some() {
        return format!("{id} has not voted for it.");
    }
    let purpose = if pre_vote {
        VotePurpose::PreVote
    } else {
        VotePurpose::Election
    };
    let last_log = candidate.log().last();
    let mut copy = volatile.replica.clone();
    let effects = copy.step(Input::Receive(Message {
        from,
        to: id,
        term: candidate.term(),
        body: Body::RequestVote { last_log, purpose },
    }));
    let decision = effects.decisions.iter().find_map(|it| match it {
        Decision::Vote { decision, .. } => Some(*decision),
        _ => None,
    });
    match decision {
        Some(VoteDecision::Granted) => {
            format!("{id} would vote for it: its vote, or the request for it, is still on its way.")
        }
        Some(VoteDecision::OlderTerm { current }) => {
            format!("{id} would not vote for it: it is in term {current} already (§5.1).")
        }
        Some(VoteDecision::AlreadyVoted { candidate }) => {
            format!("{id} would not vote for it: its vote of this term went to {candidate} (§5.2).")
        }
        Some(VoteDecision::LogOutOfDate { ours, theirs }) => format!(
            "{id} would not vote for it: its own log ends at entry {} of term {}, the candidate's at {} of term {} (§5.4.1).",
            ours.index, ours.term, theirs.index, theirs.term
        ),
        Some(VoteDecision::LeaderAlive {
            elapsed, keeps_for, ..
        }) => format!(
            "{id} does not heed it: it heard from a leader {} ago, and keeps to it for {keeps_for} (thesis §4.2.3).",
            ticks(elapsed)
        ),
        Some(VoteDecision::Promised { ticks_left }) => format!(
            "{id} does not heed it: it has promised a leader so for {} (thesis §6.4.1).",
            ticks(ticks_left)
        ),
        None => format!("{id} does not heed it."),
    }
}

/// A follower: why it does not stand.
fn follows(world: &World, server: &Server) -> Why {
    let id = server.id();
    let Some(volatile) = server.volatile() else {
        return Why::default();
    };
    let replica = &volatile.replica;
    let decision = replica.election_decision();
    let leader = replica.leader();
    let follows = match leader {
        Some(leader) => format!("{id} follows {leader}"),
        None => format!("{id} follows nobody"),
    };
    let silent = leader.and_then(|leader| hindrance(world, leader, id));
    let silent = silent.map(|it| format!("Nothing will come from there: {it}."));
    let (answer, rule, needs) = match decision {
        ElectionDecision::Waiting { elapsed, timeout } => {
            let left = timeout.saturating_sub(elapsed);
            let due = server.clock().next_us.map(|next_us| {
                let rest = u64::from(left.max(1) - 1) * server.clock().period_us();
                format!(", at {}", seconds(next_us + rest))
            });
            (
                format!(
                    "{follows}, and does not stand: its election timer has run {elapsed} of {}.",
                    ticks(timeout)
                ),
                "§5.2",
                format!(
                    "It would stand if it heard of no leader for {} more{}.",
                    ticks(left),
                    due.unwrap_or_default()
                ),
            )
        }
        ElectionDecision::Promised { ticks_left } => (
            format!(
                "{follows}, and does not stand though its election timer has run out: it has promised a leader to keep to it, or may have before it was restarted."
            ),
            "thesis §6.4.1",
            format!("It would stand after {} more.", ticks(ticks_left)),
        ),
        ElectionDecision::NotAVoter => (
            format!("{follows}, and does not stand: it has no vote in its configuration."),
            "§6",
            "A change of the membership would have to give it a vote.".into(),
        ),
        ElectionDecision::TermExhausted | ElectionDecision::LogFull => (
            format!("{follows}, and can't stand: there is no further term or index."),
            "",
            String::new(),
        ),
        ElectionDecision::Leading
        | ElectionDecision::Start { .. }
        | ElectionDecision::StartPreVote { .. } => (
            format!("{follows}. Its election timer has run out: it stands at its next tick."),
            "§5.2",
            "It must run on until then.".into(),
        ),
    };
    Why::new(answer)
        .by(rule)
        .needs(Some(needs).filter(|it| !it.is_empty()))
        .needs(silent)
        .decided(Decision::Election { decision })
        .broken(super::latest_broken(volatile, is_of_elections))
        .from(Trail::Timer(id))
}

/// Whether a rule that was broken may have to do with who leads.
fn is_of_elections(rightly: Rightly) -> bool {
    matches!(rightly, Rightly::Vote(_) | Rightly::Otherwise {})
}

/// Why a replica voted as it last did.
pub(super) fn vote(server: &Server) -> Why {
    let id = server.id();
    let Some(volatile) = server.volatile() else {
        return Why::new(format!("{id} is crashed: it votes for nobody.")).from(Trail::Role(id));
    };
    let Some((decided, broken)) = latest(volatile, |it| matches!(it, Decision::Vote { .. })) else {
        let vote = volatile.replica.voted_for();
        return Why::new(match vote {
            Some(vote) => format!(
                "In term {} the vote of {id} went to {vote}.",
                volatile.replica.term()
            ),
            None => format!("Nobody has asked {id} for its vote of late."),
        })
        .by("§5.2");
    };
    let Decision::Vote {
        candidate,
        decision,
        ..
    } = decided.decision
    else {
        return Why::default();
    };
    let (rule, needs) = of_vote(id, candidate, decision);
    Why::new(format!(
        "{id} was last asked by {candidate}, at {}.",
        seconds(decided.at_us)
    ))
    .by(rule)
    .needs(needs)
    .decided(decided.decision)
    .broken(broken)
}

/// Why somebody leads, or nobody.
pub(super) fn cluster(world: &World) -> Why {
    if let Some(leader) = world.leader() {
        return why(world, world.server(leader));
    }
    let mut needs: Vec<String> = Vec::new();
    for server in &world.servers {
        needs.push(why(world, server).answer);
    }
    Why::new("Nobody leads.").by("§5.2").needs(needs)
}
