//! What the watchdog says: in plain words, with the numbers and the rule.

use std::fmt::Write as _;

use super::Past;
use super::reach::Reach;
use super::sight::Sight;
use crate::kv::{ClientId, Operation};
use crate::raft::{
    CommitDecision, Decision, ElectionDecision, Leader, LogIndex, ProgressState, ReadDecision,
    Replica, ReplicaId, Role, VoteDecision, VotePurpose,
};
use crate::sim::server::{Server, Volatile};
use crate::sim::view::DecisionView;

/// At most this many replicas are named with their reasons.
const REASONS_MAX: usize = 6;

/// Nobody leads who could commit.
pub(super) fn nobody(
    world: &Sight<'_>,
    reach: &Reach,
    quorum: &[ReplicaId],
    before: &Past,
    since_us: u64,
) -> String {
    let mut said = format!(
        "For {} nobody has led who could commit, though {}.",
        since(world, since_us),
        match quorum {
            [] | [_] => format!("{} alone is a quorum", names(quorum)),
            [center, others @ ..] => format!("{center} can talk with {}: a quorum", names(others)),
        }
    );
    let mut say = |sentence: String| {
        said.push(' ');
        said.push_str(&sentence);
    };
    // The symptoms: elections that led nowhere, leaders without a quorum.
    let won = world.elections_won - before.elections_won;
    if won > 0 {
        say(format!(
            "{} won meanwhile, but no winner held out for an election timeout or committed anything.",
            of_many(won, "election was", "elections were")
        ));
    }
    for leader in reach.able().filter(|it| is_leader(it)) {
        say(without_quorum(reach, leader));
    }
    // The causes: why others have not stood, and by which rule they were denied.
    let nodes = || world.servers.iter().filter(|server| server.is_running());
    let of_quorum = nodes().filter(|server| quorum.contains(&server.id()));
    let memories = of_quorum.filter_map(|server| Some((server.id(), server.volatile()?)));
    let others = memories.filter(|(_, memory)| !is_leader(&memory.replica));
    for (id, memory) in others.take(REASONS_MAX) {
        say(standing(world, id, memory, before));
    }
    let denials = nodes().filter_map(|server| {
        let memory = server.volatile()?;
        let denial = memory.latest.denial.as_ref();
        Some((server, denial.filter(|it| it.at_us >= since_us)?))
    });
    let denials: Vec<(&Server, &DecisionView)> = denials.take(REASONS_MAX).collect();
    let denied = denials.iter();
    for sentence in denied.filter_map(|(server, it)| denied_by(server.id(), &it.decision)) {
        say(sentence);
    }
    // What the settings have to do with it.
    if let Some(leader) = kept_by_pre_vote_alone(world, reach, &denials) {
        say(format!(
            "Pre-vote alone is at fault: voters stay loyal to {leader}, which never finds out that it has lost its quorum. With check quorum it would step down (thesis §6.2, §9.6)."
        ));
    }
    if let Some(sentence) = too_slow(world, reach) {
        say(sentence);
    }
    // And whom it concerns.
    let clients = world.clients.iter();
    let waiting = clients.filter(|it| it.current().is_some()).count();
    if waiting > 0 {
        let waiting = u64::try_from(waiting).unwrap_or(u64::MAX);
        say(format!(
            "{}.",
            of_many(waiting, "client waits", "clients wait")
        ));
    }
    said
}

/// A leader that has been of no use.
fn without_quorum(reach: &Reach, leader: &Replica) -> String {
    let (id, term) = (leader.id(), leader.term());
    let members = leader.membership();
    let around = reach.around(id);
    if members.is_quorum(|id| around.contains(&id)) {
        return format!("{id} leads term {term} now.");
    }
    let others = around.iter().copied();
    let others: Vec<ReplicaId> = others.filter(|&it| it != id && members.votes(it)).collect();
    let with = match &others[..] {
        [] => "with no other voter".into(),
        others => format!("with {} alone", names(others)),
    };
    let voters = members
        .members()
        .into_iter()
        .filter(|&it| members.votes(it));
    let reached = others.len() + usize::from(members.votes(id));
    let mut said = format!(
        "{id} leads term {term}, but can talk {with}: {reached} of {} voters.",
        voters.count()
    );
    if !leader.config().settings.check_quorum {
        write!(
            said,
            " {id} does not check its quorum, so it goes on (thesis §6.2)."
        )
        .expect("it is a string");
    }
    said
}

/// How often a replica has stood, or why it has not.
fn standing(world: &Sight<'_>, id: ReplicaId, memory: &Volatile, before: &Past) -> String {
    // It may not stand at all.
    let stood = memory.stood.saturating_sub(before.stood_of(id));
    let replica = &memory.replica;
    let (elapsed, timeout) = match replica.election_decision() {
        ElectionDecision::TermExhausted => {
            return format!(
                "{id} can't stand: there is no term after {}.",
                replica.term()
            );
        }
        ElectionDecision::NotAVoter => {
            return format!("{id} can't stand: it has no vote (Raft §6).");
        }
        ElectionDecision::Promised { ticks_left } => {
            return format!(
                "{id} does not stand for {ticks_left} more ticks: it has promised a leader to keep to it, or may have before it was restarted (thesis §6.4.1)."
            );
        }
        _ => replica.timer(),
    };
    if stood > 0 {
        return format!("{id} stood {}.", of_many(stood, "time", "times"));
    }
    // Its timer has not run out: somebody keeps setting it back.
    let asked = memory.latest.vote.as_ref();
    let why = match (replica.leader(), asked.map(|it| (it.at_us, &it.decision))) {
        (Some(leader), _) if elapsed < timeout => {
            format!("it follows {leader}, which sets it back")
        }
        (Some(leader), _) => format!("it follows {leader}"),
        (
            None,
            Some((
                at_us,
                Decision::Vote {
                    candidate, purpose, ..
                },
            )),
        ) => format!(
            "{candidate} last asked it for a {} {} before this",
            vote(*purpose),
            seconds(world.now_us - at_us)
        ),
        _ => "it has heard from nobody".into(),
    };
    format!(
        "{id} has not stood once: its election timer is at {elapsed} of {timeout} ticks (Raft §5.2), and {why}."
    )
}

/// Why a vote was denied.
fn denied_by(voter: ReplicaId, decision: &Decision) -> Option<String> {
    let Decision::Vote {
        candidate,
        term,
        purpose,
        decision,
    } = decision
    else {
        return None;
    };
    let why = match decision {
        VoteDecision::Granted => return None,
        VoteDecision::OlderTerm { current } => {
            format!("it is in term {current} already (Raft §5.1)")
        }
        VoteDecision::AlreadyVoted { candidate } => {
            format!("its vote went to {candidate} (Raft §5.2)")
        }
        VoteDecision::LogOutOfDate { ours, theirs } => format!(
            "its log ends with entry {} of term {}, the candidate's with {} of term {} (Raft §5.4.1)",
            ours.index, ours.term, theirs.index, theirs.term
        ),
        VoteDecision::LeaderAlive {
            leader: Some(leader),
            elapsed,
            keeps_for,
            ..
        } => format!(
            "it had heard from {leader} {elapsed} ticks before, and keeps to its leader for {keeps_for} (thesis §4.2.3)"
        ),
        VoteDecision::LeaderAlive {
            leader: None,
            elapsed,
            keeps_for,
            ..
        } => format!(
            "it had heard from a leader {elapsed} ticks before, and keeps to its leader for {keeps_for} (thesis §4.2.3)"
        ),
        VoteDecision::Promised { ticks_left } => format!(
            "it has promised a lease, or may have before it was restarted, and votes for nobody for {ticks_left} more ticks (thesis §6.4.1)"
        ),
    };
    Some(format!(
        "{voter} denied {candidate} its {} for term {term}: {why}.",
        vote(*purpose)
    ))
}

/// The leader without a quorum that voters keep to, though they only have a pre-vote.
fn kept_by_pre_vote_alone(
    world: &Sight<'_>,
    reach: &Reach,
    denials: &[(&Server, &DecisionView)],
) -> Option<ReplicaId> {
    let is_lost = |id: ReplicaId| {
        let mut able = reach.able();
        able.any(|it| {
            let around = reach.around(id);
            it.id() == id
                && is_leader(it)
                && !it.config().settings.check_quorum
                && !it.membership().is_quorum(|id| around.contains(&id))
        })
    };
    let keeps_to = |it: &DecisionView| match it.decision {
        Decision::Vote {
            decision: VoteDecision::LeaderAlive { leader, .. },
            ..
        } => leader,
        _ => None,
    };
    let pre_votes = |server: &Server| {
        let settings = &server.running()?.replica.config().settings;
        Some(settings.pre_vote && !settings.check_quorum)
    };
    let kept = denials.iter().find_map(|(server, denial)| {
        let leader = keeps_to(denial)?;
        (pre_votes(server) == Some(true) && is_lost(leader)).then_some(leader)
    });
    // The leader itself may have been what was asked.
    kept.or_else(|| {
        let lost = |server: &&Server| is_lost(server.id()) && pre_votes(server) == Some(true);
        let denied = denials.iter().map(|(server, _)| *server).find(lost);
        denied.map(Server::id)
    })
    .filter(|&id| world.server(id).is_running())
}

/// Whether votes come back too late.
fn too_slow(world: &Sight<'_>, reach: &Reach) -> Option<String> {
    let nodes = world.servers.iter();
    let timeout_us = nodes.filter_map(|server| {
        let settings = &server.running()?.replica.config().settings;
        Some(u64::from(settings.election_timeout_ticks_min) * server.clock().period_us())
    });
    let timeout_us = timeout_us.min()?;
    let disks = world
        .servers
        .iter()
        .map(|server| server.disk().latency_us_max());
    let round_us = 2 * reach.latency_us_max() + disks.max().unwrap_or(0);
    (round_us >= timeout_us).then(|| {
        format!(
            "A vote may take {} there and back, its write included: longer than the shortest election timeout of {} (Raft §5.6).",
            seconds(round_us),
            seconds(timeout_us)
        )
    })
}

/// A leader commits nothing.
pub(super) fn commit(world: &Sight<'_>, leader: &Replica, since_us: u64) -> String {
    let (id, term, index) = (leader.id(), leader.term(), leader.commit_index().next());
    let mut said = format!(
        "For {} {id}, which leads term {term} and can talk with a quorum, has committed nothing, though its log goes on to entry {}.",
        since(world, since_us),
        leader.log().last_index()
    );
    let memory = world.server(id).volatile();
    let latest = memory.and_then(|memory| memory.latest.commit.as_ref());
    match latest.map(|it| it.decision) {
        Some(Decision::Commit {
            decision:
                CommitDecision::OlderTerm {
                    index,
                    term,
                    current,
                },
        }) => write!(
            said,
            " A quorum holds entry {index}, but that is of term {term}: only by an entry of its own term {current} may a leader count (Raft §5.4.2)."
        ),
        _ => write!(said, " It knows of no quorum that holds entry {index} (Raft §5.3)."),
    }
    .expect("it is a string");
    if let Role::Leader(it) = leader.role() {
        let voters = it.followers.iter();
        let voters = voters.filter(|(id, _)| leader.membership().votes(**id));
        let held: Vec<String> = voters
            .take(REASONS_MAX)
            .map(|(&id, _)| held(id, it))
            .collect();
        write!(said, " By what it knows, {}.", held.join("; ")).expect("it is a string");
    }
    if world.server(id).disk().is_writing() {
        said.push_str(" Its own disk is at work.");
    }
    said
}

/// A change of the membership does not end.
pub(super) fn change(
    world: &Sight<'_>,
    replica: &Replica,
    leader: &Leader,
    newcomers: &[ReplicaId],
    since_us: u64,
) -> String {
    let held: Vec<String> = newcomers.iter().map(|&id| held(id, leader)).collect();
    format!(
        "For {} the change of the membership that {} leads has waited for {}, which can talk with it: newcomers first catch up (thesis §4.2.1). By what it knows, {}, and entry {} is committed.",
        since(world, since_us),
        replica.id(),
        names(newcomers),
        held.join("; "),
        replica.commit_index()
    )
}

/// What a leader knows of a follower.
fn held(id: ReplicaId, leader: &Leader) -> String {
    let Some(progress) = leader.followers.get(&id) else {
        return format!("nothing of {id}");
    };
    let holds = match progress.match_index {
        LogIndex(0) => format!("{id} holds nothing that matches"),
        index => format!("{id} holds the log up to entry {index}"),
    };
    match &progress.state {
        ProgressState::Snapshot {
            snapshot, offset, ..
        } => format!(
            "{holds}, and has {offset} of the {} bytes of the snapshot up to entry {}",
            snapshot.data.len(),
            snapshot.last.index
        ),
        _ => holds,
    }
}

/// A client is not answered.
pub(super) fn request(
    world: &Sight<'_>,
    leader: &Replica,
    client: ClientId,
    others: usize,
    since_us: u64,
) -> String {
    let (id, term) = (leader.id(), leader.term());
    let asked = world
        .clients
        .get(client)
        .and_then(|client| client.current());
    let (what, attempts, is_read) = asked.map_or((String::new(), 0, false), |request| {
        let is_read = matches!(request.operation, Operation::Get { .. });
        (words_of(&request.operation), request.attempts, is_read)
    });
    let mut said = format!(
        "For {} client {} has waited to {what}, and has asked {}, though {id} leads term {term} and can talk with a quorum.",
        since(world, since_us),
        client.0,
        of_many(u64::from(attempts), "time", "times"),
    );
    // Where it waits: as a read, or as an entry of the log.
    let memory = world.server(id).volatile();
    let read = memory.and_then(|memory| memory.latest.read.as_ref());
    let read = read.filter(|it| is_read && it.at_us >= since_us);
    match read.map(|it| it.decision) {
        Some(Decision::Read {
            decision: ReadDecision::NoOwnCommit { term },
        }) => write!(
            said,
            " {id} has committed no entry of its own term {term}, so it can't know up to where a read must see, and lets reads wait for one (Raft §8; thesis §6.4)."
        ),
        Some(Decision::Read {
            decision: ReadDecision::Round { round, .. },
        }) => write!(
            said,
            " There the read waits for a quorum to answer round {round} of heartbeats (thesis §6.4)."
        ),
        _ => write!(
            said,
            " Its log goes up to entry {}, and all up to {} is committed.",
            leader.log().last_index(),
            leader.commit_index()
        ),
    }
    .expect("it is a string");
    // Why the leader may take nothing new.
    if let Role::Leader(it) = leader.role() {
        if let Some(transfer) = it.transfer {
            let to = transfer.to;
            write!(
                said,
                " {id} is handing over to {to}, and takes no command meanwhile (thesis §3.10)."
            )
            .expect("it is a string");
        }
        let bytes_max = leader.config().settings.uncommitted_bytes_max;
        if it.uncommitted_bytes >= bytes_max {
            let bytes = it.uncommitted_bytes;
            write!(
                said,
                " {bytes} bytes of commands are not committed; beyond {bytes_max} it takes no more."
            )
            .expect("it is a string");
        }
    }
    if others > 0 {
        let others = u64::try_from(others).unwrap_or(u64::MAX);
        write!(
            said,
            " {}.",
            of_many(others, "other client waits", "other clients wait")
        )
        .expect("it is a string");
    }
    said
}

// --- words ---

fn is_leader(replica: &Replica) -> bool {
    matches!(replica.role(), Role::Leader(_))
}

fn words_of(operation: &Operation) -> String {
    match operation {
        Operation::Put { key, .. } => format!("put {key}"),
        Operation::Get { key } => format!("get {key}"),
        Operation::Delete { key } => format!("delete {key}"),
        Operation::CompareAndSet { key, .. } => format!("compare and set {key}"),
    }
}

fn vote(purpose: VotePurpose) -> &'static str {
    match purpose {
        VotePurpose::PreVote => "pre-vote",
        VotePurpose::Election | VotePurpose::Transfer => "vote",
    }
}

/// How long it has been, in seconds to the millisecond.
fn since(world: &Sight<'_>, since_us: u64) -> String {
    seconds(world.now_us - since_us)
}

fn seconds(us: u64) -> String {
    format!("{}.{:03} s", us / 1_000_000, us / 1_000 % 1_000)
}

fn of_many(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

/// “R1”, “R1 and R2”, “R1, R2 and R3”.
fn names(ids: &[ReplicaId]) -> String {
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    match &names[..] {
        [] => "nobody".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
