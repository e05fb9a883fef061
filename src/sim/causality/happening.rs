//! One thing that happened.

use serde::Serialize;

use crate::kv::{Answer, ClientId, Operation};
use crate::raft::{Decision, LogIndex, Refusal, ReplicaId, Term};
use crate::sim::scenario::action::{Action, MessageId};
use crate::sim::view::trace::{LossCause, TraceEvent};
use crate::sim::view::{Endpoint, MessageKind, RoleKind};

/// The number of a happening in its [graph](super::CausalGraph): later ones have higher ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct HappeningId(pub u32);

/// Where something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Place {
    /// At a replica, its clock and disk included.
    Replica(ReplicaId),
    /// At a client.
    Client(ClientId),
    /// On the way of a message.
    Network,
    /// With whoever acts from outside: a person, or the scenario.
    Outside,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Happening {
    /// When, in microseconds of virtual time.
    pub at_us: u64,
    /// The number of the world's event in which it happened.
    pub event: u64,
    /// Where.
    pub place: Place,
    /// What happened before at the same place; none: nothing that is known, or it is no process.
    pub previous: Option<HappeningId>,
    /// Where its other causes are in the graph's list.
    #[serde(skip)]
    pub(super) causes: (u32, u32),
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum What {
    // --- messages ---
    /// A message sets out.
    Sent(Letter),
    /// A message is received.
    Received {
        /// The message.
        letter: Letter,
        /// What its receiver makes of it.
        outcome: Outcome,
    },
    /// A message is lost.
    Lost {
        /// The message.
        letter: Letter,
        /// Why.
        cause: LossCause,
        /// How much of its way it had behind it, in millionths.
        way_ppm: u32,
    },

    // --- a replica ---
    /// It runs, with what its disk holds.
    Started {},
    /// It is dead.
    Crashed {},
    /// It stands still.
    Paused {},
    /// It goes on.
    Resumed {},
    /// A timer of it is due, or its time has come otherwise.
    TimedOut {
        /// What it was then: a leader's timer is that of its heartbeats.
        role: RoleKind,
    },
    /// A rule has decided.
    Decided(Decision),
    /// It has another role or another term than before.
    Became {
        /// Its role now.
        role: RoleKind,
        /// Its term now.
        term: Term,
        /// Its term before.
        before: Term,
    },
    /// Its log has entries that it had not before.
    Appended {
        /// The first one.
        first: LogIndex,
        /// The last one.
        last: LogIndex,
        /// The term of the last one.
        term: Term,
    },
    /// It drops the end of its log.
    Truncated {
        /// The last entry that it keeps.
        last_index: LogIndex,
    },
    /// It knows that entries are committed.
    Committed {
        /// The first one.
        first: LogIndex,
        /// The last one.
        last: LogIndex,
    },
    /// Its disk holds what a step has changed.
    Wrote {
        /// The last index on the disk.
        last_index: LogIndex,
        /// The term on the disk.
        term: Term,
        /// Whether the term or the vote was written.
        vote: bool,
    },
    /// Its store has applied an entry.
    Applied {
        /// Which.
        index: LogIndex,
    },
    /// It starts anew from a snapshot that it was sent.
    Restored {
        /// The last entry that it covers.
        index: LogIndex,
    },
    /// It has taken a snapshot.
    SnapshotTaken {
        /// The last entry that it covers.
        index: LogIndex,
    },
    /// It serves a read that does not go through the log.
    ReadServed {
        /// Whose.
        client: ClientId,
        /// The number of the request in the client's session.
        sequence: u64,
        /// As its store is here.
        index: LogIndex,
    },

    // --- a client ---
    /// It is asked for an operation.
    Asked {
        /// The number of the request in its session.
        sequence: u64,
        /// What it is asked.
        operation: Box<Operation>,
    },
    /// It is told the answer.
    Told {
        /// The number of the request in its session.
        sequence: u64,
        /// What it had asked.
        operation: Box<Operation>,
        /// What it is told.
        answer: Box<Answer>,
    },
    /// It gives up; whether the operation has happened, or will, is unknown.
    GaveUp {
        /// The number of the request in its session.
        sequence: u64,
        /// What it had asked.
        operation: Box<Operation>,
    },
    /// Its session has expired, and it has opened another.
    SessionRenewed {
        /// The number of the new one.
        session: u32,
    },

    // --- outside ---
    /// Something is done by hand, or by the scenario.
    Done(Box<Action>),
    /// A property is broken, a read is stale, or something is stuck.
    Noted(Box<TraceEvent>),
}

/// A message, without what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Letter {
    /// Its number.
    pub message: MessageId,
    /// Who sent it.
    pub from: Endpoint,
    /// Whom it is for.
    pub to: Endpoint,
    /// What it is.
    pub kind: MessageKind,
    /// The term that it carries; zero for a client's message.
    pub term: Term,
    /// The last index that it is about, or the number of a client's request.
    pub number: u64,
    /// How many entries it carries.
    pub entries: u32,
    /// Whether it is the second copy of another message.
    pub duplicate: bool,
}

/// What a receiver makes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Outcome {
    /// It is taken in, whatever comes of it.
    Taken,
    /// It is malformed: no correct replica would send it.
    Refused(Refusal),
    /// Its term is over (§5.1): at most the sender is told so.
    OlderTerm {
        /// The receiver's term.
        current: Term,
    },
    /// It answers a question that is not asked any more, or asks something that this role does
    /// not do.
    NotAsked {
        /// The receiver's role.
        role: RoleKind,
    },
    /// It tells nothing new.
    NothingNew,
}

impl Happening {
    /// The message that it is about, if it is.
    pub fn letter(&self) -> Option<&Letter> {
        match &self.what {
            What::Sent(letter) | What::Received { letter, .. } | What::Lost { letter, .. } => {
                Some(letter)
            }
            _ => None,
        }
    }

    /// The replica at which it happened, if it did at one.
    pub fn replica(&self) -> Option<ReplicaId> {
        match self.place {
            Place::Replica(id) => Some(id),
            _ => None,
        }
    }
}

impl From<Endpoint> for Place {
    fn from(endpoint: Endpoint) -> Self {
        match endpoint {
            Endpoint::Replica(id) => Self::Replica(id),
            Endpoint::Client(id) => Self::Client(id),
        }
    }
}
