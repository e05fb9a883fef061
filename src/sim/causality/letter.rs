//! What a message is, and who has a use for it.

use super::happening::Letter;
use crate::raft::{
    self, CommitDecision, Decision, ElectionDecision, LogIndex, Message, QuorumDecision,
};
use crate::sim::network::packet::{Body, Packet};
use crate::sim::scenario::action::MessageId;
use crate::sim::view::{Endpoint, MessageKind, RoleKind};

impl Letter {
    /// What a packet is.
    pub(in crate::sim) fn of(packet: &Packet) -> Self {
        Self {
            duplicate: packet.duplicate,
            ..Self::new(packet.id, packet.from, packet.to, &packet.body)
        }
    }

    pub(in crate::sim) fn new(
        message: MessageId,
        from: Endpoint,
        to: Endpoint,
        body: &Body,
    ) -> Self {
        let entries = body.entries().map_or(0, raft::Entries::len);
        Self {
            message,
            from,
            to,
            kind: body.kind(),
            term: body.term(),
            number: match body {
                Body::Raft(message) => index_of(message).0,
                Body::Request { command, .. } => command.sequence,
                Body::Answer { sequence, .. }
                | Body::Busy { sequence }
                | Body::Redirect { sequence, .. } => *sequence,
            },
            entries: u32::try_from(entries).unwrap_or(u32::MAX),
            duplicate: false,
        }
    }
}

/// The last index that a message is about; zero: none.
fn index_of(message: &Message) -> LogIndex {
    let last = message.body.entries().last();
    match &message.body {
        raft::Body::RequestVote { last_log, .. } => last_log.index,
        raft::Body::AppendEntries { prev_log, .. }
        | raft::Body::FetchedEntries { prev_log, .. } => {
            last.map_or(prev_log.index, |last| last.index)
        }
        raft::Body::AppendAccepted { match_index, .. } => *match_index,
        raft::Body::AppendRejected { prev_log_index, .. } => *prev_log_index,
        raft::Body::InstallSnapshot { last, .. }
        | raft::Body::SnapshotReceived { last, .. }
        | raft::Body::FetchedSnapshot { last, .. } => last.index,
        raft::Body::ReadIndexAnswer { index, .. } => *index,
        raft::Body::FetchLog { after, .. } => after.index,
        raft::Body::Vote { .. }
        | raft::Body::AppendStale
        | raft::Body::ReadIndex { .. }
        | raft::Body::TimeoutNow => LogIndex(0),
    }
}

/// Whether a decision is more than that all goes on as before.
pub(super) fn is_worth_telling(decision: &Decision) -> bool {
    !matches!(
        decision,
        Decision::Quorum {
            decision: QuorumDecision::Kept
        } | Decision::Commit {
            decision: CommitDecision::NoQuorum { .. }
        } | Decision::Election {
            decision: ElectionDecision::Waiting { .. }
        }
    )
}

/// Whether a role has a use for a message of its term.
pub(super) fn listens(role: RoleKind, kind: MessageKind) -> bool {
    match kind {
        MessageKind::VoteGranted | MessageKind::VoteDenied => role == RoleKind::Candidate,
        MessageKind::PreVoteGranted | MessageKind::PreVoteDenied => role == RoleKind::PreCandidate,
        MessageKind::AppendAccepted
        | MessageKind::AppendRejected
        | MessageKind::SnapshotReceived
        | MessageKind::ReadIndex => role == RoleKind::Leader,
        MessageKind::FetchedEntries | MessageKind::FetchedSnapshot => {
            matches!(role, RoleKind::Candidate | RoleKind::PreCandidate)
        }
        MessageKind::TimeoutNow => role == RoleKind::Follower,
        _ => true,
    }
}

/// Whether a message is taken in though nothing else comes of it at once.
pub(super) fn says_something(kind: MessageKind) -> bool {
    !matches!(
        kind,
        MessageKind::FetchLog | MessageKind::FetchedEntries | MessageKind::FetchedSnapshot
    )
}
