//! What happens in a world, in words.

use raftarium::kv::{Answer, Operation};
use raftarium::raft::{ChangeDecision, ReplicaId, TransferDecision};
use raftarium::sim::lease::Voided;
use raftarium::sim::notice::Happening;
use raftarium::sim::view::MembershipView;

/// What happened, in words; `None` for what happens all the time.
pub(super) fn happening(what: &Happening) -> Option<String> {
    Some(match what {
        Happening::ElectionStarted { replica, term } => {
            format!("{replica} stands for election in term {term}")
        }
        Happening::LeaderElected { replica, term } => format!("{replica} leads term {term}"),
        Happening::SteppedDown { replica, term } => {
            format!("{replica} steps down in term {term}")
        }
        Happening::PreVoteStarted { replica, term } => {
            format!("{replica} asks in term {term} whether it could win an election")
        }
        Happening::QuorumLost { replica, term } => {
            format!("{replica} hears from no quorum, and gives up leading term {term}")
        }
        Happening::MembershipAsked { replica, decision } => format!(
            "{replica} is asked to change the membership: {}",
            change(*decision)
        ),
        Happening::MembershipAppended {
            replica,
            membership,
        } => format!("{replica} appends {}", members(membership)),
        Happening::MembershipCommitted {
            replica,
            membership,
        } => format!("{replica} commits {}", members(membership)),
        Happening::Transfer { replica, decision } => {
            format!("{replica} {}", transfer(*decision))
        }
        Happening::SnapshotTaken {
            replica,
            index,
            bytes,
        } => format!("{replica} takes a snapshot up to {index}, {bytes} bytes"),
        Happening::SnapshotInstalled { replica, index } => {
            format!("{replica} starts anew from a snapshot up to {index}")
        }
        Happening::WriteInterrupted {
            replica,
            whole,
            records,
        } => format!("{whole} of the {records} records that {replica} was writing are whole"),
        Happening::StaleRead {
            replica,
            client,
            committed_index,
            read_index,
            voided_by,
        } => format!(
            "STALE READ: {replica} answers C{} as of entry {read_index}, though {committed_index} was known; {}",
            client.0,
            voided(*voided_by)
        ),
        Happening::SessionRenewed { client, session } => {
            format!("C{} opens its session {session}", client.0)
        }
        Happening::LogTruncated {
            replica,
            last_index,
        } => format!("{replica} drops its entries after {last_index}"),
        Happening::MessageRefused {
            replica, refusal, ..
        } => format!("{replica} refuses a message: {refusal}"),
        Happening::Answered {
            client,
            operation,
            answer,
            took_us,
            ..
        } => format!(
            "C{} {}: {} after {}",
            client.0,
            asked(operation),
            answered(answer),
            seconds(*took_us)
        ),
        Happening::GaveUp {
            client,
            operation,
            attempts,
            took_us,
            ..
        } => format!(
            "C{} gives up after {attempts} attempts in {}: {}",
            client.0,
            seconds(*took_us),
            asked(operation)
        ),
        Happening::Done { action } => format!("done: {}", in_json(action)),
        Happening::Skipped { action } => format!("could not be done: {}", in_json(action)),
        Happening::Violated { violation } => {
            let statement = violation.property().statement;
            format!("VIOLATION: {}\n{:14}{statement}", in_json(violation), "")
        }
        Happening::Committed { .. } | Happening::MessageLost { .. } => return None,
    })
}

fn change(decision: ChangeDecision) -> String {
    match decision {
        ChangeDecision::Started => "it begins".into(),
        ChangeDecision::NotLeader { leader } => format!("only {} can", leading(leader)),
        ChangeDecision::UnderWay { index } => {
            format!("the change of entry {index} is under way")
        }
        ChangeDecision::NoOwnCommit { term } => {
            format!("nothing of its term {term} is committed yet")
        }
        ChangeDecision::HandingOver { to } => format!("it is handing over to {to}"),
        ChangeDecision::NoVoter => "nobody would vote".into(),
        ChangeDecision::Ambiguous => "a replica can't be voter and learner at once".into(),
        ChangeDecision::UnknownReplica { replica } => format!("there is no {replica}"),
        ChangeDecision::Unchanged => "it is so already".into(),
    }
}

fn transfer(decision: TransferDecision) -> String {
    match decision {
        TransferDecision::Started { to } => format!("hands over to {to}"),
        TransferDecision::Aborted { to } => {
            format!("leads on: {to} does not take over")
        }
        TransferDecision::NotLeader { leader } => {
            format!("does not hand over: only {} can", leading(leader))
        }
        TransferDecision::AlreadyLeading => "does not hand over: it leads itself".into(),
        TransferDecision::UnderWay { to } => format!("is handing over to {to} already"),
        TransferDecision::NotAVoter { replica } => {
            format!("does not hand over: {replica} has no vote")
        }
        TransferDecision::Nobody => "does not hand over: there is nobody".into(),
    }
}

fn leading(leader: Option<ReplicaId>) -> String {
    leader.map_or_else(|| "a leader".into(), |leader| leader.to_string())
}

fn members(membership: &MembershipView) -> String {
    let names = |ids: &[ReplicaId]| {
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        names.join(" ")
    };
    let and = |what: &str, ids: &[ReplicaId]| match ids {
        [] => String::new(),
        ids => format!(", {what} {}", names(ids)),
    };
    let outgoing = and("jointly with that of", &membership.outgoing);
    let learners = and("learners", &membership.learners);
    format!(
        "the configuration of {}{outgoing}{learners}",
        names(&membership.voters)
    )
}

fn asked(operation: &Operation) -> String {
    match operation {
        Operation::Put { key, value } => format!("put {key}={value}"),
        Operation::Get { key } => format!("get {key}"),
        Operation::Delete { key } => format!("delete {key}"),
        Operation::CompareAndSet {
            key,
            expected,
            value,
        } => {
            let expected = expected.as_deref().unwrap_or("(absent)");
            format!("compare-and-set {key} from {expected} to {value}")
        }
    }
}

fn answered(answer: &Answer) -> String {
    match answer {
        Answer::Written => "written".into(),
        Answer::Value { value } => value.clone().unwrap_or_else(|| "(absent)".into()),
        Answer::Deleted { existed: true } => "deleted".into(),
        Answer::Deleted { existed: false } => "was absent".into(),
        Answer::Swapped => "swapped".into(),
        Answer::NotSwapped { found } => {
            format!(
                "not swapped, found {}",
                found.as_deref().unwrap_or("(absent)")
            )
        }
        Answer::Forgotten => "forgotten".into(),
        Answer::Expired => "the session has expired".into(),
        Answer::TooManySessions => "too many sessions".into(),
        Answer::StoreFull => "the store is full".into(),
        Answer::TooLarge { bytes, bytes_max } => {
            format!("{bytes} bytes are too many, {bytes_max} at most")
        }
    }
}

fn in_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it is plain data")
}
/// Virtual time in seconds, to the microsecond.
pub(super) fn seconds(us: u64) -> String {
    format!("{}.{:06} s", us / 1_000_000, us % 1_000_000)
}

/// Why a stale read breaks no property.
fn voided(by: Voided) -> String {
    match by {
        Voided::Flaw {} => "a rule is broken on purpose".into(),
        Voided::RatesApart { leader, follower } => format!(
            "its lease is void: the clocks of {leader} and {follower} ran further apart than drift_ppm allows"
        ),
        Voided::ClockJumped { replica } => format!(
            "its lease is void: the clock of {replica}, which had promised it, jumped ahead or was ticked by hand"
        ),
        Voided::ClockStalled { replica } => {
            format!("its lease is void: the clock of {replica} stood still")
        }
        Voided::TimedOutByHand { replica } => format!(
            "its lease is void: the timer of {replica}, which had promised it, was run out by hand"
        ),
    }
}
