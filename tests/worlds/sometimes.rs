//! What must have happened somewhere in a run: a test of worlds in which no leader
//! ever crashes would prove little about crashes of leaders.

use std::collections::BTreeMap;

/// How often something happened that is worth testing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sometimes(BTreeMap<&'static str, u64>);

impl Sometimes {
    const EXPECTED: [&str; 37] = [
        "a leader was elected",
        "a leader stepped down",
        "an election was repeated",
        "a log was truncated",
        "an operation was answered",
        "an operation was retried",
        "a command stood in the log twice",
        "a message was lost by chance",
        "a message was lost on a cut link",
        "a message was lost at a dead replica",
        "a message was lost by hand",
        "a message was doubled",
        "a message was held",
        "a message waited at a door",
        "a replica crashed while its disk was writing",
        "a leader crashed",
        "a leader was paused",
        "the cluster was partitioned",
        "an action was refused",
        "two leaders believed in themselves",
        "something was committed before its disk had it",
        "a single replica lived alone",
        "a log was more than a batch behind",
        "somebody asked before standing",
        "a leader lost its quorum",
        "a joint configuration was committed",
        "a simple configuration was committed",
        "a leader left the cluster",
        "a handover was begun",
        "a handover was given up",
        "a snapshot was taken",
        "a snapshot was installed",
        "a snapshot came in pieces",
        "a read was served outside the log",
        "a lease was held",
        "a request waited for a leader",
        "a session expired",
    ];

    pub(crate) fn see(&mut self, what: &'static str) {
        assert!(Self::EXPECTED.contains(&what), "{what}: is not expected");
        *self.0.entry(what).or_default() += 1;
    }

    pub(crate) fn see_if(&mut self, what: &'static str, seen: bool) {
        if seen {
            self.see(what);
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (what, times) in &other.0 {
            *self.0.entry(what).or_default() += times;
        }
    }

    pub(crate) fn all_seen(&self) {
        for what in Self::EXPECTED {
            assert!(self.0.contains_key(what), "it never happened that {what}");
        }
    }
}
