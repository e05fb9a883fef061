//! What must have happened somewhere in a campaign: worlds in which no leader ever
//! crashes would prove little about crashes of leaders.

use std::collections::BTreeMap;

use crate::sim::property::Property;

/// What is worth testing, each by its name and in words.
pub const SOMETIMES: [Property; 65] = [
    sometimes("leader-elected", "a leader was elected"),
    sometimes("leader-stepped-down", "a leader stepped down"),
    sometimes("election-repeated", "an election was repeated"),
    sometimes("pre-vote-held", "somebody asked before standing"),
    sometimes("quorum-lost", "a leader lost its quorum"),
    sometimes("two-leaders", "two leaders believed in themselves"),
    sometimes("log-truncated", "a log was truncated"),
    sometimes("log-behind", "a log was more than a batch behind"),
    sometimes(
        "committed-before-written",
        "something was committed before its leader's disk had it",
    ),
    sometimes("joint-committed", "a joint configuration was committed"),
    sometimes("simple-committed", "a simple configuration was committed"),
    sometimes("leader-left", "a leader left the cluster"),
    sometimes("transfer-begun", "a handover was begun"),
    sometimes("transfer-aborted", "a handover was given up"),
    sometimes("snapshot-taken", "a snapshot was taken"),
    sometimes("snapshot-installed", "a snapshot was installed"),
    sometimes("snapshot-in-pieces", "a snapshot came in pieces"),
    sometimes(
        "snapshot-interrupted",
        "a replica crashed while it was receiving a snapshot",
    ),
    sometimes(
        "log-kept",
        "a leader kept its log for a follower that was catching up",
    ),
    sometimes("operation-answered", "an operation was answered"),
    sometimes("operation-retried", "an operation was retried"),
    sometimes("command-twice", "a command stood in the log twice"),
    sometimes("read-outside-log", "a read was served outside the log"),
    sometimes("lease-held", "a lease was held"),
    sometimes(
        "history-judged",
        "the complete judge of linearizability had its say",
    ),
    sometimes("request-waited", "a request waited for a leader"),
    sometimes("session-expired", "a session expired"),
    sometimes("client-gave-up", "a client gave up"),
    sometimes("client-left", "a client went away"),
    sometimes("client-misled", "a client went to the wrong replica"),
    sometimes("swap", "a compare-and-set swapped"),
    sometimes("no-swap", "a compare-and-set found something else"),
    sometimes("lost-by-chance", "a message was lost by chance"),
    sometimes("lost-on-cut", "a message was lost on a cut link"),
    sometimes("lost-at-dead", "a message was lost at a dead replica"),
    sometimes("lost-by-hand", "a message was lost by hand"),
    sometimes("message-doubled", "a message was doubled by hand"),
    sometimes("message-held", "a message was held"),
    sometimes(
        "message-from-long-ago",
        "a message of a term long gone arrived",
    ),
    sometimes("message-waited", "a message waited at a door"),
    sometimes("leader-crashed", "a leader crashed"),
    sometimes("leader-paused", "a leader was paused"),
    sometimes("write-lost", "a crash lost a write"),
    sometimes("write-torn", "a crash tore a write"),
    sometimes(
        "write-kept",
        "a crash came between a write and its acknowledgement",
    ),
    sometimes("clock-jumped", "a clock jumped ahead"),
    sometimes("clock-stalled", "a clock stood still"),
    sometimes("disk-rotted", "a disk was found to be corrupt"),
    sometimes(
        "id-used-again",
        "a removed replica came back with an empty disk",
    ),
    sometimes("link-clogged", "a link was clogged"),
    sometimes(
        "crashed-before-write-done",
        "a replica crashed just before a write was done",
    ),
    sometimes(
        "crashed-after-write-done",
        "a replica crashed just after a write was done",
    ),
    sometimes("all-crashed", "all replicas were dead at once"),
    sometimes("partitioned", "the cluster was partitioned"),
    sometimes("bridged", "one replica alone bridged two groups"),
    sometimes("cut-one-way", "a link was cut one way"),
    sometimes(
        "struck-after-election",
        "something went wrong just after an election",
    ),
    sometimes(
        "struck-while-joint",
        "something went wrong while a configuration was joint",
    ),
    sometimes("action-refused", "an action was refused"),
    sometimes("lone-replica", "a single replica lived alone"),
    sometimes("rest-of-all", "everybody was healed, and came to rest"),
    sometimes(
        "rest-of-a-quorum",
        "no more than a quorum and some lived on, and came to rest",
    ),
    sometimes(
        "rest-with-isolated",
        "some stayed cut off, and the others came to rest",
    ),
    sometimes(
        "rest-of-a-star",
        "only one replica reached the others, and they came to rest",
    ),
    sometimes(
        "faults-of-many-kinds",
        "faults of six families and more met in one world",
    ),
];

/// Where it comes from: from what this adversary does, and what could go wrong then.
const fn sometimes(name: &'static str, statement: &'static str) -> Property {
    Property::sometimes(name, statement, "the adversary")
}

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
            let known = SOMETIMES.iter().any(|known| known.name == name);
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
