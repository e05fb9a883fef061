//! What a failing life is told as.

use serde::{Deserialize, Serialize};

use crate::sim::World;
use crate::sim::property::Property;

/// The properties that the adversary itself judges, each by its name, in words, and with its source. Those
/// that the world judges after every event come on top.
pub const JUDGED: [Property; 9] = [
    Property::always(
        "no-panic",
        "No assertion of the core or of the world fails.",
        "assertions are kept in release",
    ),
    Property::always(
        "refusal-changes-nothing",
        "An action that is refused leaves the world and its digest as they were.",
        "World::apply",
    ),
    Property::always(
        "messages-well-formed",
        "No replica sends what another refuses as malformed.",
        "Raft Figure 2",
    ),
    Property::always(
        "answers-fit-the-log",
        "Every client was answered once, and was told what one machine would have told it that carries out the log.",
        "Herlihy and Wing 1990; thesis §6.3",
    ),
    Property::always(
        "linearizable",
        "The clients' history is linearizable, by the complete judge (unless a read was stale whose lease had lost its ground).",
        "Herlihy and Wing 1990; Wing and Gong 1993",
    ),
    Property::always(
        "leader-emerges",
        "When the faults stop for a quorum that can talk, it agrees on a leader in time.",
        "Raft §5.2, §9.3",
    ),
    Property::always(
        "requests-answered",
        "When the faults stop for a quorum that can talk, every request is answered in time.",
        "Raft §8",
    ),
    Property::always(
        "joint-left",
        "When the faults stop for a quorum that can talk, a joint configuration is left in time.",
        "Raft §6",
    ),
    Property::always(
        "logs-equal",
        "When the faults stop for a quorum that can talk, the logs and stores of the living become equal in time, by the log or by a snapshot.",
        "Raft §5.3, §7",
    ),
];

/// A property is broken: which, and what was seen. The names of the first group are those
/// of [`JUDGED`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) property: &'static str,
    pub(super) what: String,
}

impl Broken {
    pub(super) fn new(property: &'static str, what: impl Into<String>) -> Self {
        Self {
            property,
            what: what.into(),
        }
    }

    /// The failure of the world that stopped there.
    pub(super) fn at(self, world: &World) -> Failure {
        Failure {
            seed: world.seed(),
            property: self.property.into(),
            what: self.what,
            event: world.events(),
        }
    }
}

/// A life in which something was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The seed of the world and of what befell it.
    pub seed: u64,
    /// The property that is broken, by its name.
    pub property: String,
    /// What was seen.
    pub what: String,
    /// After how many events.
    pub event: u64,
}
