//! The scenarios that ship. Each shows one thing, and says what to watch for;
//! `tests/scenarios` makes sure that it really happens with the seed in the file.
//!
//! Those of `shipped/flaws` are the shortest known demonstrations of the [flaws](crate::flaw),
//! one for each, and `tests/flaws` makes sure that they show nothing without the flaw.

use super::Scenario;

/// A scenario that ships.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its stable name: that of its file.
    pub name: &'static str,
    /// The file.
    pub json: &'static str,
}

macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(Shipped {
            name: $name,
            json: include_str!(concat!($folder, $name, ".json")),
        }),*]
    };
}

/// The scenarios that ship and have no flaw, in the order in which a newcomer may want to
/// see them.
pub fn shipped() -> &'static [Shipped] {
    files![
        "shipped/":
        "first-election",
        "replicated-put",
        "leader-crash",
        "split-vote",
        "minority-partition",
        "majority-partition",
        "diverging-log",
        "one-way-cut",
        "deaf-leader",
        "lossy-network",
        "lost-answer",
        "slow-disk",
        "fast-clock",
        "lost-majority",
        "power-cut",
        "big-cluster",
        "without-pre-vote",
        "pre-vote",
        "check-quorum",
        "bridge",
        "request-without-leader",
        "leadership-transfer",
        "membership-change",
        "remove-the-leader",
        "snapshot-catch-up",
        "session-expiry",
        "pipelining",
        "quorum-first",
        "read-index",
        "lease-read",
        "stale-lease",
    ]
}

/// A demonstration of each flaw, of its name, in the order of the flaws.
pub fn demonstrations() -> &'static [Shipped] {
    files![
        "shipped/flaws/":
        "commits-older-term",
        "vote-not-persisted",
        "vote-forgotten",
        "votes-twice",
        "ignores-older-log",
        "stale-append-truncates",
        "no-match-check",
        "keeps-conflicts",
        "match-from-hint",
        "match-goes-back",
        "commit-goes-back",
        "union-quorum",
        "half-is-majority",
        "counts-learners",
        "changes-too-early",
        "change-not-rolled-back",
        "reads-too-early",
        "reads-without-round",
        "lease-ignores-drift",
        "lease-after-transfer",
        "snapshot-without-sessions",
        "applies-retries",
        "sends-before-write",
        "snapshot-drops-tail",
        "pre-vote-resets-timer",
        "transfers-too-early",
        "no-entry-at-start",
    ]
}

impl Shipped {
    /// The scenario of this name, if it ships.
    pub fn by_name(name: &str) -> Option<Self> {
        let mut all = shipped().iter().chain(demonstrations());
        all.find(|file| file.name == name).copied()
    }

    /// The scenario in the file.
    ///
    /// # Panics
    /// Never: a test reads every file.
    pub fn scenario(&self) -> Scenario {
        Scenario::from_json(self.json)
            .unwrap_or_else(|error| panic!("the shipped scenario {}: {error}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::flaw::Flaw;

    fn all() -> impl Iterator<Item = &'static Shipped> {
        shipped().iter().chain(demonstrations())
    }

    #[test]
    fn every_shipped_scenario_is_valid_and_tells_its_story() {
        for file in all() {
            let scenario = file.scenario();
            assert!(!scenario.title.is_empty(), "{}", file.name);
            assert!(!scenario.story.is_empty(), "{}", file.name);
            assert!(scenario.seed.is_some(), "{}", file.name);
        }
    }

    #[test]
    fn names_and_titles_are_unique() {
        let names: BTreeSet<&str> = all().map(|file| file.name).collect();
        let titles: BTreeSet<String> = all().map(|file| file.scenario().title).collect();
        assert_eq!((names.len(), titles.len()), (all().count(), all().count()));
    }

    #[test]
    fn every_flaw_has_its_demonstration_and_nothing_else_is_flawed() {
        let flaws = demonstrations().iter().map(|file| file.scenario().flaw);
        assert!(flaws.eq(Flaw::all().map(Some)));
        let names = demonstrations().iter().map(|file| file.name);
        assert!(names.eq(Flaw::all().map(Flaw::name)));
        for file in shipped() {
            assert_eq!(file.scenario().flaw, None, "{}", file.name);
        }
    }

    /// A file that is not in a list would not ship.
    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn every_file_ships() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sim/scenario/shipped");
        let of = |folder: &str, listed: &[Shipped]| {
            let files: BTreeSet<String> = std::fs::read_dir(folder)
                .expect("the folder is there")
                .map(|file| file.expect("it can be read").file_name())
                .map(|name| name.into_string().expect("UTF-8"))
                .filter(|name| name != "flaws")
                .collect();
            let names = listed.iter().map(|file| format!("{}.json", file.name));
            assert_eq!(files, names.collect());
        };
        of(folder, shipped());
        of(&format!("{folder}/flaws"), demonstrations());
    }
}
