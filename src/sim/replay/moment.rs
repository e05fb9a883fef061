//! A moment of a world, and the kinds of events that one looks for.

use serde::{Deserialize, Serialize};

use crate::raft::ReplicaId;
use crate::sim::scenario::action::Action;
use crate::sim::view::trace::{Notice, TraceEvent};
use crate::sim::world::World;

/// A moment: so many events have happened, and it is that virtual time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Moment {
    /// How many events have happened.
    pub events: u64,
    /// Virtual time in microseconds.
    pub at_us: u64,
}

impl Moment {
    /// The moment at which a world is.
    pub fn of(world: &World) -> Self {
        Self {
            events: world.events(),
            at_us: world.now_us(),
        }
    }
}

/// A kind of events to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum MarkKind {
    /// A replica stands for election, or wins it.
    Election,
    /// A leader moves its commit index.
    Commit,
    /// Something is done to a machine, a clock, a disk, a link or a message.
    Fault,
    /// A property is broken, or a stale read is served.
    Violation,
    /// A message leaves a replica, or comes to it, or is lost on the way.
    Message,
}

impl MarkKind {
    /// The kinds that notices tell of, in the order of their numbers.
    pub(super) const NOTICED: [Self; 4] =
        [Self::Election, Self::Commit, Self::Fault, Self::Violation];

    /// The kind of a notice, if it is one that is looked for.
    pub(super) fn of(notice: &Notice) -> Option<Self> {
        match &notice.what {
            TraceEvent::ElectionStarted { .. } | TraceEvent::LeaderElected { .. } => {
                Some(Self::Election)
            }
            TraceEvent::Committed { .. } => Some(Self::Commit),
            TraceEvent::Done { action } if is_fault(action) => Some(Self::Fault),
            TraceEvent::Violated { .. } | TraceEvent::StaleRead { .. } => Some(Self::Violation),
            _ => None,
        }
    }
}

/// Whether an action is something that goes wrong, or is mended.
pub(super) fn is_fault(action: &Action) -> bool {
    !matches!(
        action,
        Action::Tick { .. }
            | Action::Deliver { .. }
            | Action::Persist { .. }
            | Action::Wake { .. }
            | Action::Offer {}
            | Action::Request { .. }
            | Action::ChangeMembership { .. }
            | Action::TransferLeadership { .. }
            | Action::TakeSnapshot { .. }
            | Action::SetProtocol { .. }
            | Action::SetTiming { .. }
            | Action::SetSnapshots { .. }
            | Action::SetWorkload { .. }
    )
}

/// Whether a notice is about this replica.
pub(super) fn is_about(notice: &Notice, id: ReplicaId) -> bool {
    match &notice.what {
        TraceEvent::ElectionStarted { replica, .. }
        | TraceEvent::LeaderElected { replica, .. }
        | TraceEvent::Committed { replica, .. }
        | TraceEvent::StaleRead { replica, .. } => *replica == id,
        TraceEvent::Done { action } => action.names(id),
        // It concerns all.
        TraceEvent::Violated { .. } => true,
        _ => false,
    }
}
