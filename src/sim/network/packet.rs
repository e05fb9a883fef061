//! What travels: a message with its envelope.

use std::sync::Arc;

use crate::kv::{Answer, Command};
use crate::raft::{self, Entries, ReplicaId, Term, VotePurpose};
use crate::sim::scenario::ReadMode;
use crate::sim::scenario::action::MessageId;
use crate::sim::schedule::Appointment;
use crate::sim::view::trace::LossCause;
use crate::sim::view::{Endpoint, MessageKind};

/// A message in the network.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Packet {
    pub(in crate::sim) id: MessageId,
    pub(in crate::sim) from: Endpoint,
    pub(in crate::sim) to: Endpoint,
    pub(in crate::sim) body: Body,
    /// When it set out. A packet that was held set out later by as long as it was
    /// held, so that it goes on from where it stood.
    pub(in crate::sim) sent_us: u64,
    /// When it arrives, or would if it were not lost.
    pub(in crate::sim) arrive_us: u64,
    pub(in crate::sim) fate: Fate,
    pub(in crate::sim) whereabouts: Whereabouts,
    /// Whether it is the second copy of another.
    pub(in crate::sim) duplicate: bool,
}

/// What will become of a packet if nobody interferes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Fate {
    Arrives,
    Lost { at_us: u64, cause: LossCause },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Whereabouts {
    /// On its way; the calendar knows until when.
    Travelling(Appointment),
    /// Held by hand.
    Held { since_us: u64 },
    /// It has come to the end of a clogged link.
    Clogged { since_us: u64 },
    /// It has arrived, but its receiver is paused.
    AtTheDoor { since_us: u64 },
}

/// A packet takes about this many bytes beside what it carries.
const PACKET_BYTES: usize = 256;

/// What a packet carries.
#[derive(Clone, Debug)]
pub(in crate::sim) enum Body {
    Raft(raft::Message),
    /// A client asks for a command to be carried out.
    Request {
        command: Arc<Command>,
        /// For a read: how it is to be served, if the client has a wish.
        reads: Option<ReadMode>,
    },
    Answer {
        sequence: u64,
        answer: Answer,
    },
    /// "I lead, but can't take this now."
    Busy {
        sequence: u64,
    },
    /// "I am not the leader."
    Redirect {
        sequence: u64,
        leader: Option<ReplicaId>,
    },
}

impl Body {
    pub(in crate::sim) fn kind(&self) -> MessageKind {
        match self {
            Self::Raft(message) => match &message.body {
                raft::Body::RequestVote {
                    purpose: VotePurpose::PreVote,
                    ..
                } => MessageKind::RequestPreVote,
                raft::Body::RequestVote { .. } => MessageKind::RequestVote,
                raft::Body::Vote {
                    granted, pre_vote, ..
                } => match (granted, pre_vote) {
                    (true, false) => MessageKind::VoteGranted,
                    (false, false) => MessageKind::VoteDenied,
                    (true, true) => MessageKind::PreVoteGranted,
                    (false, true) => MessageKind::PreVoteDenied,
                },
                raft::Body::AppendEntries { entries, .. } if entries.is_empty() => {
                    MessageKind::Heartbeat
                }
                raft::Body::AppendEntries { .. } => MessageKind::AppendEntries,
                raft::Body::AppendAccepted { .. } => MessageKind::AppendAccepted,
                raft::Body::AppendRejected { .. } | raft::Body::AppendStale => {
                    MessageKind::AppendRejected
                }
                raft::Body::InstallSnapshot { .. } => MessageKind::InstallSnapshot,
                raft::Body::SnapshotReceived { .. } => MessageKind::SnapshotReceived,
                raft::Body::ReadIndex { .. } => MessageKind::ReadIndex,
                raft::Body::ReadIndexAnswer { .. } => MessageKind::ReadIndexAnswer,
                raft::Body::TimeoutNow => MessageKind::TimeoutNow,
                raft::Body::FetchLog { .. } => MessageKind::FetchLog,
                raft::Body::FetchedEntries { .. } => MessageKind::FetchedEntries,
                raft::Body::FetchedSnapshot { .. } => MessageKind::FetchedSnapshot,
            },
            Self::Request { .. } => MessageKind::ClientRequest,
            Self::Answer { .. } => MessageKind::ClientAnswer,
            Self::Redirect { .. } | Self::Busy { .. } => MessageKind::ClientRedirect,
        }
    }

    /// The term of a replica's message; zero for a client's.
    pub(in crate::sim) fn term(&self) -> Term {
        match self {
            Self::Raft(message) => message.term,
            _ => Term(0),
        }
    }

    /// About how many bytes of memory it takes. What never changes, so that what is counted
    /// when it comes can be taken off when it goes.
    pub(in crate::sim) fn weight(&self) -> usize {
        let carried = match self {
            Self::Raft(message) => {
                let bytes = message.body.entries().weight();
                usize::try_from(bytes).unwrap_or(usize::MAX / 2) + self.chunk().len()
            }
            Self::Request { command, .. } => command.operation.weight(),
            Self::Answer { answer, .. } => answer.weight(),
            Self::Busy { .. } | Self::Redirect { .. } => 0,
        };
        PACKET_BYTES + carried
    }

    /// The entries that it carries; none if it is no message between replicas.
    pub(in crate::sim) fn entries(&self) -> Option<&Entries> {
        match self {
            Self::Raft(message) => Some(message.body.entries()),
            _ => None,
        }
    }

    /// The bytes of a snapshot that it carries.
    pub(in crate::sim) fn chunk(&self) -> &[u8] {
        match self {
            Self::Raft(message) => message.body.chunk(),
            _ => &[],
        }
    }
}

impl Packet {
    /// When it leaves the network by itself.
    pub(in crate::sim) fn due_us(&self) -> u64 {
        match self.fate {
            Fate::Arrives => self.arrive_us,
            Fate::Lost { at_us, .. } => at_us,
        }
    }

    /// Since when it stands still, if it does.
    pub(in crate::sim) fn held_us(&self) -> Option<u64> {
        match self.whereabouts {
            Whereabouts::Travelling(_) => None,
            Whereabouts::Held { since_us }
            | Whereabouts::Clogged { since_us }
            | Whereabouts::AtTheDoor { since_us } => Some(since_us),
        }
    }

    /// How much of its way it has behind it, in millionths. One that is held stays where it is.
    pub(in crate::sim) fn way_ppm(&self, now_us: u64) -> u32 {
        const WHOLE: u64 = 1_000_000;
        let then_us = self.held_us().unwrap_or(now_us);
        let travelled_us = then_us.saturating_sub(self.sent_us);
        let way_us = self.arrive_us.saturating_sub(self.sent_us).max(1);
        // Beyond this long a way the share comes out smaller, which nothing but a drawing sees.
        let share = travelled_us.saturating_mul(WHOLE) / way_us;
        u32::try_from(share.min(WHOLE)).expect("a million fits")
    }
}
