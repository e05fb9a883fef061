//! What happens in a world.

use super::decisions;
use crate::kv::{Answer, Operation};
use crate::raft::{ReplicaId, TransferDecision};
use crate::sim::lease::Voided;
use crate::sim::notice::TraceEvent;
use crate::sim::view::MembershipView;

/// What happened; `None` for what happens all the time.
pub fn event(what: &TraceEvent) -> Option<String> {
    Some(match what {
        TraceEvent::ElectionStarted { replica, term } => {
            format!("{replica} stands for election in term {term}")
        }
        TraceEvent::LeaderElected { replica, term } => format!("{replica} leads term {term}"),
        TraceEvent::SteppedDown { replica, term } => {
            format!("{replica} steps down in term {term}")
        }
        TraceEvent::PreVoteStarted { replica, term } => {
            format!("{replica} asks in term {term} whether it could win an election")
        }
        TraceEvent::QuorumLost { replica, term } => {
            format!("{replica} hears from no quorum, and gives up leading term {term}")
        }
        TraceEvent::MembershipAsked { replica, decision } => {
            format!("{replica} is asked to change the membership: {decision}")
        }
        TraceEvent::MembershipAppended {
            replica,
            membership,
        } => format!("{replica} appends {}", members(membership)),
        TraceEvent::MembershipCommitted {
            replica,
            membership,
        } => format!("{replica} commits {}", members(membership)),
        TraceEvent::Transfer { replica, decision } => {
            format!("{replica} {}", transfer(*decision))
        }
        TraceEvent::SnapshotTaken {
            replica,
            index,
            bytes,
        } => format!("{replica} takes a snapshot up to {index}, {bytes} bytes"),
        TraceEvent::SnapshotInstalled { replica, index } => {
            format!("{replica} starts anew from a snapshot up to {index}")
        }
        TraceEvent::LogKept {
            replica,
            follower,
            decision,
        } => format!(
            "{replica} decides: {}",
            decisions::keep(*follower, *decision)
        ),
        TraceEvent::WriteInterrupted {
            replica,
            whole,
            records,
        } => format!("{whole} of the {records} records that {replica} was writing are whole"),
        TraceEvent::StaleRead {
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
        TraceEvent::SessionRenewed { client, session } => {
            format!("C{} opens its session {session}", client.0)
        }
        TraceEvent::LogTruncated {
            replica,
            last_index,
        } => format!("{replica} drops its entries after {last_index}"),
        TraceEvent::MessageRefused {
            replica, refusal, ..
        } => format!("{replica} refuses a message: {refusal}"),
        TraceEvent::Answered { .. } | TraceEvent::GaveUp { .. } => return ended(what),
        TraceEvent::Done { action } => format!("done: {}", in_json(action)),
        TraceEvent::Skipped { action } => format!("could not be done: {}", in_json(action)),
        TraceEvent::Stuck { why, .. } => format!("STUCK: {why}"),
        TraceEvent::Violated { violation } => {
            let statement = violation.property().statement;
            format!("VIOLATION: {violation}\n{:14}{statement}", "")
        }
        TraceEvent::Committed { .. } | TraceEvent::MessageLost { .. } => return None,
    })
}

/// How an operation of a client ended.
fn ended(what: &TraceEvent) -> Option<String> {
    Some(match what {
        TraceEvent::Answered {
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
        TraceEvent::GaveUp {
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
        _ => return None,
    })
}

fn transfer(decision: TransferDecision) -> String {
    match decision {
        TransferDecision::Started { to } => format!("hands over to {to}"),
        TransferDecision::Aborted { .. } => format!("leads on: {decision}"),
        TransferDecision::UnderWay { to } => format!("is handing over to {to} already"),
        _ => format!("does not hand over: {decision}"),
    }
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

/// What a client asks for.
pub(crate) fn asked(operation: &Operation) -> String {
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

/// What a client is told.
pub(crate) fn answered(answer: &Answer) -> String {
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
pub fn seconds(us: u64) -> String {
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
