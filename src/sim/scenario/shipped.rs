//! The scenarios that ship. Each shows one thing, and says what to watch for;
//! `tests/scenarios.rs` makes sure that it really happens with the seed in the file.

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
    ($($name:literal),* $(,)?) => {
        &[$(Shipped {
            name: $name,
            json: include_str!(concat!("shipped/", $name, ".json")),
        }),*]
    };
}

/// All scenarios that ship, in the order in which a newcomer may want to see them.
pub fn shipped() -> &'static [Shipped] {
    files![
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

impl Shipped {
    /// The scenario of this name, if it ships.
    pub fn by_name(name: &str) -> Option<Self> {
        shipped().iter().copied().find(|file| file.name == name)
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

    #[test]
    fn every_shipped_scenario_is_valid_and_tells_its_story() {
        for file in shipped() {
            let scenario = file.scenario();
            assert!(!scenario.title.is_empty(), "{}", file.name);
            assert!(!scenario.story.is_empty(), "{}", file.name);
            assert!(scenario.seed.is_some(), "{}", file.name);
        }
    }

    #[test]
    fn names_and_titles_are_unique() {
        let names: BTreeSet<&str> = shipped().iter().map(|file| file.name).collect();
        let titles: BTreeSet<String> = shipped().iter().map(|file| file.scenario().title).collect();
        assert_eq!(
            (names.len(), titles.len()),
            (shipped().len(), shipped().len())
        );
    }

    /// A file that is not in the list would not ship.
    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn every_file_ships() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sim/scenario/shipped");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .expect("the folder is there")
            .map(|file| file.expect("it can be read").file_name())
            .map(|name| name.into_string().expect("UTF-8"))
            .collect();
        let listed: BTreeSet<String> = shipped()
            .iter()
            .map(|file| format!("{}.json", file.name))
            .collect();
        assert_eq!(files, listed);
    }
}
