//! What all answers need: names, numbers, and what stands between two replicas.

use crate::flaw::Flaw;
use crate::raft::{CommitDecision, LogIndex, Membership, ReplicaId, Rightly, Role, VoteDecision};
use crate::sim::server::Server;
use crate::sim::view::Status;
use crate::sim::world::World;

/// “R1”, “R1 and R2”, “R1, R2 and R3”.
pub(super) fn names(ids: &[ReplicaId]) -> String {
    listed(ids, "and")
}

/// “R1”, “R1 or R2”, “R1, R2 or R3”.
pub(super) fn any_of(ids: &[ReplicaId]) -> String {
    listed(ids, "or")
}

fn listed(ids: &[ReplicaId], joint: &str) -> String {
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    match &names[..] {
        [] => "nobody".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {joint} {last}", first.join(", ")),
    }
}

/// “1 tick”, “2 ticks”.
pub(super) fn ticks(ticks: u32) -> String {
    match ticks {
        1 => "1 tick".into(),
        _ => format!("{ticks} ticks"),
    }
}

pub(super) fn seconds(us: u64) -> String {
    format!("{}.{:03} s", us / 1_000_000, us / 1_000 % 1_000)
}

/// That a rule is broken on purpose, and what it says.
pub(super) fn broken(flaw: Flaw, rightly: Rightly) -> String {
    let rule = format!(
        "A rule is broken on purpose here ({}; {}). {}",
        flaw.name(),
        flaw.source(),
        flaw.story()
    );
    let right = match rightly {
        Rightly::Commit(CommitDecision::OlderTerm {
            index,
            term,
            current,
        }) => format!(
            "entry {index} is of term {term}, and a leader of term {current} counts only entries of its own term: nothing may be committed yet"
        ),
        Rightly::Commit(CommitDecision::NoQuorum { index }) => {
            format!("no quorum holds entry {index}: nothing may be committed yet")
        }
        Rightly::Commit(CommitDecision::Advanced { to }) => {
            format!("all up to entry {to} is committed, and no more")
        }
        Rightly::Vote(VoteDecision::AlreadyVoted { candidate }) => {
            format!("no vote: that of this term went to {candidate}")
        }
        Rightly::Vote(VoteDecision::LogOutOfDate { ours, theirs }) => {
            format!("no vote: the candidate's log, to {theirs}, is behind its own, to {ours}")
        }
        Rightly::Match(_) => "the entries are to be rejected: the logs do not match".into(),
        Rightly::Read(_) => "the read has to wait".into(),
        Rightly::Change(_) => "the change has to wait".into(),
        Rightly::Vote(_) | Rightly::Otherwise {} => return rule,
    };
    format!("{rule} By the rule: {right}.")
}

/// Why `to` does not get what `from` sends, if it does not.
pub(super) fn hindrance(world: &World, from: ReplicaId, to: ReplicaId) -> Option<String> {
    match world.server(to).status() {
        Status::Crashed => return Some(format!("{to} is crashed")),
        Status::Paused => return Some(format!("{to} is paused")),
        Status::Running => {}
    }
    let links = &world.network.links;
    let way = |from, to| {
        if links.is_cut(from, to) {
            Some(format!("the link {from} → {to} is cut"))
        } else if links.is_clogged(from, to) {
            Some(format!("the link {from} → {to} is clogged"))
        } else {
            None
        }
    };
    way(from, to).or_else(|| way(to, from))
}

/// The voters of a configuration for which this does not hold, as far as they are still needed: of
/// each half that lacks a majority how many more it needs, and of whom.
pub(super) fn lacking(
    membership: &Membership,
    agrees: impl Fn(ReplicaId) -> bool,
) -> Vec<(usize, Vec<ReplicaId>)> {
    let halves = membership.halves().map(|half| {
        let (agreeing, others): (Vec<ReplicaId>, Vec<ReplicaId>) =
            half.iter().partition(|&&id| agrees(id));
        let needed = half.len() / 2 + 1;
        (needed.saturating_sub(agreeing.len()), others)
    });
    halves.filter(|(more, _)| *more > 0).collect()
}

/// “It would be so if R3 or R4 held it too.”
pub(super) fn if_they(so: &str, did: &str, lacking: &[(usize, Vec<ReplicaId>)]) -> Option<String> {
    let parts: Vec<String> = lacking
        .iter()
        .map(|(more, others)| match (more, others.len()) {
            (1, _) => any_of(others),
            (more, all) if *more == all => names(others),
            (more, _) => format!("{more} of {}", names(others)),
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{so} if {} {did}.", parts.join(", and ")))
}

/// A leader that a replica follows and that leads indeed.
pub(super) fn leader_of<'w>(world: &'w World, server: &Server) -> Option<&'w Server> {
    let leader = server.volatile()?.replica.leader()?;
    let leader = world.server(leader);
    let leads = leader
        .volatile()
        .is_some_and(|it| matches!(it.replica.role(), Role::Leader(_)));
    leads.then_some(leader)
}

/// “entry 3 of term 2”.
pub(super) fn entry(index: LogIndex, term: crate::raft::Term) -> String {
    format!("entry {index} of term {term}")
}
