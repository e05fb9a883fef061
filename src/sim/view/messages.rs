//! Messages, as an observer sees them: in flight, as much as a frame needs, and what one of
//! them carries.

use serde::Serialize;

use super::{CommandView, Endpoint, EntryView};
use crate::kv::Answer;
use crate::raft::{self, ReplicaId, Term};
use crate::sim::scenario::action::MessageId;

/// Makes the enum of all kinds, and the list of them in the order of their numbers.
macro_rules! message_kinds {
    ($($(#[$doc:meta])* $kind:ident = $number:literal,)*) => {
        /// What a message is, at a glance.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
        #[repr(u8)]
        pub enum MessageKind {
            $($(#[$doc])* $kind = $number,)*
        }

        impl MessageKind {
            /// All kinds, in the order of their numbers.
            pub const ALL: [Self; [$($number),*].len()] = [$(Self::$kind),*];
        }
    };
}

message_kinds! {
    /// A candidate asks for a vote.
    RequestVote = 0,
    /// The vote is granted.
    VoteGranted = 1,
    /// The vote is denied.
    VoteDenied = 2,
    /// An `AppendEntries` without entries.
    Heartbeat = 3,
    /// An `AppendEntries` with entries.
    AppendEntries = 4,
    /// The follower's log matches.
    AppendAccepted = 5,
    /// The follower's log does not match, or the sender's term is over.
    AppendRejected = 6,
    /// A client asks a replica.
    ClientRequest = 7,
    /// A replica answers a client.
    ClientAnswer = 8,
    /// A replica sends a client elsewhere.
    ClientRedirect = 9,
    /// A pre-candidate asks whether it would get a vote.
    RequestPreVote = 10,
    /// It would.
    PreVoteGranted = 11,
    /// It would not.
    PreVoteDenied = 12,
    /// A chunk of a snapshot.
    InstallSnapshot = 13,
    /// The follower has a part of the snapshot.
    SnapshotReceived = 14,
    /// A follower asks for a read index.
    ReadIndex = 15,
    /// The leader's answer to that.
    ReadIndexAnswer = 16,
    /// The leader tells its successor to stand.
    TimeoutNow = 17,
    /// A candidate that was denied asks for what its log lacks.
    FetchLog = 18,
    /// The denier's entries.
    FetchedEntries = 19,
    /// A chunk of the denier's snapshot.
    FetchedSnapshot = 20,
}

/// A message in flight, as much as a frame needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct MessageView {
    /// Its number.
    pub id: MessageId,
    /// Who sent it.
    pub from: Endpoint,
    /// Whom it is for.
    pub to: Endpoint,
    /// What it is.
    pub kind: MessageKind,
    /// The term that it carries; zero for a client's message.
    pub term: Term,
    /// How many entries it carries.
    pub entries: u32,
    /// When it was sent, in microseconds of virtual time. If it was held, later by as
    /// long as that, so that where it is follows from the times alone.
    pub sent_us: u64,
    /// When it arrives, or would if it were not lost.
    pub arrive_us: u64,
    /// When it will be lost; none: it will arrive, as far as is known.
    pub lost_us: Option<u64>,
    /// Since when it is held, by hand, in a clogged link or at the door of a paused replica.
    pub held_us: Option<u64>,
    /// Whether it is the second copy of another message.
    pub duplicate: bool,
}

/// All of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct MessageDetail {
    /// What the frame shows of it.
    pub view: MessageView,
    /// What it carries, without the entries and the bytes of a snapshot, which follow.
    pub body: BodyView,
    /// The entries that it carries.
    pub entries: Vec<EntryView>,
    /// How many bytes of a snapshot it carries.
    pub chunk_bytes: u64,
}

/// What a message carries, by the paper's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum BodyView {
    /// From one replica to another.
    Raft(raft::Body),
    /// Between a client and a replica.
    Client(ClientBodyView),
}

/// What a client and a replica say to one another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ClientBodyView {
    /// A client's request.
    Request {
        /// The command.
        command: CommandView,
    },
    /// The answer to a client.
    Answer {
        /// The number of the request.
        sequence: u64,
        /// What the store said.
        answer: Answer,
    },
    /// "I lead, but can't take this now."
    Busy {
        /// The number of the request.
        sequence: u64,
    },
    /// "Ask another."
    Redirect {
        /// The number of the request.
        sequence: u64,
        /// The leader, if the replica knows one.
        leader: Option<ReplicaId>,
    },
}
