//! What must have happened somewhere in a campaign: worlds in which no leader ever
//! crashes would prove little about crashes of leaders.

use std::collections::BTreeMap;

/// What is worth testing, each by its name and in words.
pub const SOMETIMES: [(&str, &str); 64] = [
    ("leader-elected", "a leader was elected"),
    ("leader-stepped-down", "a leader stepped down"),
    ("election-repeated", "an election was repeated"),
    ("pre-vote-held", "somebody asked before standing"),
    ("quorum-lost", "a leader lost its quorum"),
    ("two-leaders", "two leaders believed in themselves"),
    ("log-truncated", "a log was truncated"),
    ("log-behind", "a log was more than a batch behind"),
    (
        "committed-before-written",
        "something was committed before its leader's disk had it",
    ),
    ("joint-committed", "a joint configuration was committed"),
    ("simple-committed", "a simple configuration was committed"),
    ("leader-left", "a leader left the cluster"),
    ("transfer-begun", "a handover was begun"),
    ("transfer-aborted", "a handover was given up"),
    ("snapshot-taken", "a snapshot was taken"),
    ("snapshot-installed", "a snapshot was installed"),
    ("snapshot-in-pieces", "a snapshot came in pieces"),
    (
        "snapshot-interrupted",
        "a replica crashed while it was receiving a snapshot",
    ),
    ("operation-answered", "an operation was answered"),
    ("operation-retried", "an operation was retried"),
    ("command-twice", "a command stood in the log twice"),
    ("read-outside-log", "a read was served outside the log"),
    ("lease-held", "a lease was held"),
    (
        "history-judged",
        "the complete judge of linearizability had its say",
    ),
    ("request-waited", "a request waited for a leader"),
    ("session-expired", "a session expired"),
    ("client-gave-up", "a client gave up"),
    ("client-left", "a client went away"),
    ("client-misled", "a client went to the wrong replica"),
    ("swap", "a compare-and-set swapped"),
    ("no-swap", "a compare-and-set found something else"),
    ("lost-by-chance", "a message was lost by chance"),
    ("lost-on-cut", "a message was lost on a cut link"),
    ("lost-at-dead", "a message was lost at a dead replica"),
    ("lost-by-hand", "a message was lost by hand"),
    ("message-doubled", "a message was doubled by hand"),
    ("message-held", "a message was held"),
    (
        "message-from-long-ago",
        "a message of a term long gone arrived",
    ),
    ("message-waited", "a message waited at a door"),
    ("leader-crashed", "a leader crashed"),
    ("leader-paused", "a leader was paused"),
    ("write-lost", "a crash lost a write"),
    ("write-torn", "a crash tore a write"),
    (
        "write-kept",
        "a crash came between a write and its acknowledgement",
    ),
    ("clock-jumped", "a clock jumped ahead"),
    ("clock-stalled", "a clock stood still"),
    ("disk-rotted", "a disk was found to be corrupt"),
    (
        "id-used-again",
        "a removed replica came back with an empty disk",
    ),
    ("link-clogged", "a link was clogged"),
    (
        "crashed-before-write-done",
        "a replica crashed just before a write was done",
    ),
    (
        "crashed-after-write-done",
        "a replica crashed just after a write was done",
    ),
    ("all-crashed", "all replicas were dead at once"),
    ("partitioned", "the cluster was partitioned"),
    ("bridged", "one replica alone bridged two groups"),
    ("cut-one-way", "a link was cut one way"),
    (
        "struck-after-election",
        "something went wrong just after an election",
    ),
    (
        "struck-while-joint",
        "something went wrong while a configuration was joint",
    ),
    ("action-refused", "an action was refused"),
    ("lone-replica", "a single replica lived alone"),
    ("rest-of-all", "everybody was healed, and came to rest"),
    (
        "rest-of-a-quorum",
        "no more than a quorum and some lived on, and came to rest",
    ),
    (
        "rest-with-isolated",
        "some stayed cut off, and the others came to rest",
    ),
    (
        "rest-of-a-star",
        "only one replica reached the others, and they came to rest",
    ),
    (
        "faults-of-many-kinds",
        "faults of six families and more met in one world",
    ),
];

/// How often each of [`SOMETIMES`] happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sometimes(BTreeMap<&'static str, u64>);

impl Sometimes {
    /// It happened.
    ///
    /// # Panics
    /// If the name is none of [`SOMETIMES`].
    pub(super) fn see(&mut self, name: &'static str) {
        let count = self.0.entry(name).or_insert_with(|| {
            let known = SOMETIMES.iter().any(|(known, _)| *known == name);
            assert!(known, "{name} is not expected");
            0
        });
        *count += 1;
    }

    pub(super) fn see_if(&mut self, name: &'static str, seen: bool) {
        if seen {
            self.see(name);
        }
    }

    /// How often it happened.
    pub fn count(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }
}
