//! Messages that nobody sent, for what no correct replica would say.

use raftarium::raft::{Body, LogIndex, Message, ReplicaId, Term, VotePurpose};

use crate::commands::Command;
use crate::notation::Link;

/// The message that a command describes, and where it arrives.
pub(crate) fn message(command: &Command) -> Option<(Message, ReplicaId)> {
    let (link, term) = envelope(command)?;
    let Link(from, to) = link;
    let message = Message {
        from,
        to,
        term: Term(term),
        body: body(command)?,
    };
    let at = match command {
        Command::RequestVote { at: Some(at), .. } => at.0,
        _ => to,
    };
    Some((message, at))
}

fn envelope(command: &Command) -> Option<(Link, u64)> {
    match command {
        Command::RequestVote { link, term, .. }
        | Command::Vote { link, term, .. }
        | Command::Append { link, term, .. }
        | Command::Accepted { link, term, .. }
        | Command::Rejected { link, term, .. }
        | Command::Stale { link, term }
        | Command::Install { link, term, .. }
        | Command::Received { link, term, .. }
        | Command::AskRead { link, term, .. }
        | Command::ReadIndex { link, term, .. }
        | Command::TimeoutNow { link, term } => Some((*link, *term)),
        _ => None,
    }
}

/// What it says. Forged answers are answers to no round.
fn body(command: &Command) -> Option<Body> {
    let round = 0;
    Some(match command {
        Command::RequestVote { log, purpose, .. } => Body::RequestVote {
            last_log: log.0,
            purpose: purpose.map_or(VotePurpose::Election, |purpose| purpose.0),
        },
        &Command::Vote {
            granted, pre_vote, ..
        } => Body::Vote {
            granted,
            pre_vote,
            behind: false,
        },
        Command::Append {
            after,
            commit,
            entries,
            ..
        } => Body::AppendEntries {
            prev_log: after.0,
            entries: entries.iter().map(|entry| entry.0.clone()).collect(),
            leader_commit: LogIndex(*commit),
            round,
        },
        &Command::Accepted { match_index, .. } => Body::AppendAccepted {
            match_index: LogIndex(match_index),
            round,
            promised_ticks: 0,
        },
        &Command::Rejected {
            at, there, from, ..
        } => Body::AppendRejected {
            prev_log_index: LogIndex(at),
            conflict_term: there.map(Term),
            conflict_index: LogIndex(from),
            round,
            promised_ticks: 0,
        },
        Command::Stale { .. } => Body::AppendStale,
        Command::Install {
            chunk,
            last,
            members,
            offset,
            total,
            ..
        } => Body::InstallSnapshot {
            last: last.0,
            membership: members.0.clone().into(),
            offset: *offset,
            chunk: chunk.as_bytes().into(),
            total: *total,
            round,
        },
        Command::Received { last, bytes, .. } => Body::SnapshotReceived {
            last: last.0,
            received: *bytes,
            round,
            promised_ticks: 0,
        },
        &Command::AskRead { read, .. } => Body::ReadIndex { read },
        &Command::ReadIndex { read, index, .. } => Body::ReadIndexAnswer {
            read,
            index: LogIndex(index),
        },
        Command::TimeoutNow { .. } => Body::TimeoutNow,
        _ => return None,
    })
}
