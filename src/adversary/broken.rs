//! What a failing run reports.

use serde::{Deserialize, Serialize};

use crate::sim::World;
use crate::sim::property::Property;

pub(super) const NO_PANIC: &Property = &Property::always(
    "no-panic",
    "No assertion of the core or of the world fails.",
    "assertions are kept in release",
);

pub(super) const REFUSAL_CHANGES_NOTHING: &Property = &Property::always(
    "refusal-changes-nothing",
    "An action that is refused leaves the world and its digest as they were.",
    "World::apply",
);

pub(super) const MESSAGES_WELL_FORMED: &Property = &Property::always(
    "messages-well-formed",
    "No replica sends what another refuses as malformed.",
    "Raft Figure 2",
);

pub(super) const ANSWERS_FIT_THE_LOG: &Property = &Property::always(
    "answers-fit-the-log",
    "Every client was answered once, and was told what one machine would have told it that carries out the log.",
    "Herlihy and Wing 1990; thesis §6.3",
);

pub(super) const LINEARIZABLE: &Property = &Property::always(
    "linearizable",
    "The clients' history is linearizable, by the complete checker (unless a read was stale whose lease had lost its ground).",
    "Herlihy and Wing 1990; Wing and Gong 1993",
);

pub(super) const LEADER_EMERGES: &Property = &Property::always(
    "leader-emerges",
    "When the faults stop for a quorum that can talk, it agrees on a leader in time.",
    "Raft §5.2, §9.3",
);

pub(super) const REQUESTS_ANSWERED: &Property = &Property::always(
    "requests-answered",
    "When the faults stop for a quorum that can talk, every request is answered in time.",
    "Raft §8",
);

pub(super) const JOINT_LEFT: &Property = &Property::always(
    "joint-left",
    "When the faults stop for a quorum that can talk, a joint configuration is left in time.",
    "Raft §6",
);

pub(super) const LOGS_EQUAL: &Property = &Property::always(
    "logs-equal",
    "When the faults stop for a quorum that can talk, the logs and stores of the living become equal in time, by the log or by a snapshot.",
    "Raft §5.3, §7",
);

/// The properties that the adversary itself checks, each by its name, in words, and with its
/// source. Those that the world checks after every event come on top.
pub const CHECKED: [&Property; 9] = [
    NO_PANIC,
    REFUSAL_CHANGES_NOTHING,
    MESSAGES_WELL_FORMED,
    ANSWERS_FIT_THE_LOG,
    LINEARIZABLE,
    LEADER_EMERGES,
    REQUESTS_ANSWERED,
    JOINT_LEFT,
    LOGS_EQUAL,
];

/// A property is broken: which, and what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) property: &'static Property,
    pub(super) what: String,
}

impl Broken {
    pub(super) fn new(property: &'static Property, what: impl Into<String>) -> Self {
        Self {
            property,
            what: what.into(),
        }
    }

    /// The failure of the world that stopped there.
    pub(super) fn at(self, world: &World) -> Failure {
        Failure {
            seed: world.seed(),
            property: self.property.name.into(),
            what: self.what,
            event: world.events(),
        }
    }
}

/// What was seen, as JSON, where there is no sentence for it.
pub(super) fn in_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it is plain data")
}

/// A run in which something was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The seed of the world and of what befell it.
    pub seed: u64,
    /// The property that is broken, by its name.
    pub property: String,
    /// The observation that shows it.
    pub what: String,
    /// After how many events.
    pub event: u64,
}
