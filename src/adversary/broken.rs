//! What a failing life is told as.

use serde::{Deserialize, Serialize};

use crate::sim::World;

/// The properties that the adversary itself judges, each by its name and in words. Those
/// that the world judges after every event come on top.
pub const JUDGED: [(&str, &str); 10] = [
    ("no-panic", "no assertion of the core or of the world fails"),
    (
        "refusal-changes-nothing",
        "an action that is refused leaves the world and its digest as they were",
    ),
    (
        "messages-well-formed",
        "no replica sends what another refuses as malformed",
    ),
    (
        "no-stale-read",
        "no read misses what a client had been told of before, unless clocks broke the promise of its lease",
    ),
    (
        "answers-fit-the-log",
        "every client was answered once, and was told what one machine would have told it that carries out the log",
    ),
    (
        "linearizable",
        "the clients' history is linearizable, by the complete judge (unless clocks broke the promise of a lease)",
    ),
    (
        "leader-emerges",
        "when the faults stop for a quorum that can talk, it agrees on a leader in time",
    ),
    ("requests-answered", "… every request is answered in time"),
    ("joint-left", "… a joint configuration is left in time"),
    (
        "logs-equal",
        "… the logs and stores of the living become equal in time, by the log or by a snapshot",
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
