//! The scenarios that ship. Each shows one thing, and says what to watch for;
//! `tests/scenarios` makes sure that it really happens with the seed in the file.
//!
//! Those of `shipped/flaws` are the shortest known demonstrations of the [flaws](crate::flaw),
//! one for each, and `tests/flaws` makes sure that they show nothing without the flaw.

use std::sync::LazyLock;

use super::Scenario;
use crate::flaw::Flaw;

/// A scenario that ships.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its stable name: that of its file, without the number.
    pub name: &'static str,
    /// The file.
    pub json: &'static str,
}

/// The files of the folder `shipped`, in the order of the numbers that their names begin with:
/// that in which a newcomer may want to see them.
static SCENARIOS: &[Shipped] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// The files of the folder `shipped/flaws`.
static DEMONSTRATIONS: &[Shipped] = include!(concat!(env!("OUT_DIR"), "/demonstrations.rs"));

const fn file(name: &'static str, json: &'static str) -> Shipped {
    Shipped { name, json }
}

/// The scenarios that ship and have no flaw, in the order in which a newcomer may want to
/// see them.
pub fn shipped() -> &'static [Shipped] {
    SCENARIOS
}

/// A demonstration of each flaw, of its name, in the order of the flaws.
///
/// # Panics
/// If a flaw has none.
pub fn demonstrations() -> &'static [Shipped] {
    static IN_ORDER: LazyLock<Vec<Shipped>> = LazyLock::new(|| {
        let of = |flaw: Flaw| DEMONSTRATIONS.iter().find(|it| it.name == flaw.name());
        let found = Flaw::all().map(|flaw| of(flaw).copied().ok_or(flaw));
        let found: Result<Vec<Shipped>, Flaw> = found.collect();
        found.unwrap_or_else(|flaw| panic!("{} has no demonstration", flaw.name()))
    });
    &IN_ORDER
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
        assert_eq!(DEMONSTRATIONS.len(), demonstrations().len());
        for file in shipped() {
            assert_eq!(file.scenario().flaw, None, "{}", file.name);
        }
    }
}
