//! What a link's scenario is told by: a shipped one that it differs from, or the usual one.

use std::sync::LazyLock;

use xxhash_rust::xxh64::xxh64;

use super::wire::{Usual, bytes_of};
use crate::sim::scenario::{self, Scenario, Story, demonstrations, shipped};

/// What the scenario of a link differs from, as little as it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The shipped scenario; none: the usual one.
    pub(super) shipped: Option<Shipped>,
    scenario: Scenario,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shipped {
    pub(super) name: String,
    /// What stands for it as it is in the version that writes the link.
    pub(super) digest: u32,
}

impl Origin {
    pub(super) fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The scenario that the format knows.
    pub(super) fn usual() -> Self {
        Self {
            shipped: None,
            scenario: Scenario::usual(),
        }
    }

    /// The shipped scenario of that name.
    pub(super) fn shipped(name: &str) -> Option<Self> {
        let scenario = scenario::Shipped::by_name(name)?.scenario();
        Some(Self {
            shipped: Some(Shipped {
                name: name.to_owned(),
                digest: digest(&scenario),
            }),
            scenario,
        })
    }

    /// The shipped scenario that has the title of this one. If it is another all the same, the
    /// link is a little longer than it had to be.
    pub(super) fn of(scenario: &Scenario) -> Self {
        /// Names and titles, so that not every file is read for every link.
        static TITLES: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
            let all = shipped().iter().chain(demonstrations());
            all.map(|it| (it.name, it.scenario().title)).collect()
        });
        let found = TITLES.iter().find(|(_, title)| *title == scenario.title);
        found
            .and_then(|(name, _)| Self::shipped(name))
            .unwrap_or_else(Self::usual)
    }
}

/// What stands for a shipped scenario: not its words, which may be put better at any time.
fn digest(scenario: &Scenario) -> u32 {
    let mut scenario = scenario.clone();
    scenario.title.clear();
    scenario.story = Story::default();
    let hash = xxh64(&bytes_of(&scenario), 0);
    u32::try_from(hash & u64::from(u32::MAX)).expect("32 bits")
}
