//! The adversary finds each flaw. The first seed that shows it is pinned: the test runs that one
//! and a few before it, which must show nothing.
//!
//! A change of what the adversary draws moves the seeds.

use std::collections::BTreeMap;

use raftarium::adversary::{Effort, Failure, shrink, simulate_with};
use raftarium::flaw::Flaw;

use crate::pins;

/// Each flaw must be found within this many worlds.
const BUDGET: u64 = 1_000;

/// How many worlds before the one that shows it are run, too.
const BEFORE: u64 = 3;

/// What the run of a seed breaks. A replay of it finds the same, at the same event.
fn broken(seed: u64, flaw: Flaw) -> Option<String> {
    let lived = simulate_with(seed, Some(flaw));
    let name = flaw.name();
    let (again, _) = lived.case.replay(|_| {}).expect("it can be replayed");
    let found = |it: &Failure| (it.property.clone(), it.event);
    let (again, before) = (again.as_ref().map(found), lived.failure.as_ref().map(found));
    assert_eq!(again, before, "{name}, seed {seed}");
    let failure = lived.failure?;
    assert!(
        flaw.caught_by().contains(&&*failure.property),
        "{name} breaks {} with seed {seed}: {}",
        failure.property,
        failure.what
    );
    Some(failure.property)
}

/// Each flaw, the first seed that shows it, and the property that it breaks.
fn pinned() -> impl Iterator<Item = (Flaw, u64, String)> {
    let pins = pins::read().into_iter();
    pins.map(|(flaw, pin)| (flaw, pin.seed, pin.found))
}

#[test]
fn the_adversary_finds_every_flaw() {
    if pins::is_update() {
        return update();
    }
    for (flaw, seed, property) in pinned() {
        let name = flaw.name();
        assert!((1..=BUDGET).contains(&seed), "{name} takes {seed} worlds");
        for earlier in seed.saturating_sub(BEFORE).max(1)..seed {
            assert_eq!(broken(earlier, flaw), None, "{name}, seed {earlier}");
        }
        let found = broken(seed, flaw);
        assert_eq!(found, Some(property), "{name}, seed {seed}");
    }
}

/// However little is tried, there is something shorter that breaks the same.
#[test]
fn what_the_adversary_finds_is_shrunk() {
    for (flaw, seed, property) in pinned() {
        let whole = simulate_with(seed, Some(flaw)).case;
        let effort = Effort {
            worlds_max: 150,
            ..Effort::default()
        };
        let shrunk = shrink(&whole, effort, |_, _| {})
            .unwrap_or_else(|fault| panic!("{}: {fault}", flaw.name()));
        let short = shrunk.case;
        let (failure, _) = short.replay(|_| {}).expect("it can be replayed");
        let broken = failure.map(|failure| failure.property);
        assert_eq!(broken, Some(property), "{}", flaw.name());
        let actions = if shrunk.is_scenario {
            short.recording.scenario.actions.len()
        } else {
            short.recording.interventions.len()
        };
        let before = whole.recording.interventions.len();
        assert!(actions <= before, "{}: {actions}", flaw.name());
    }
}

/// Hunts all flaws from the first seed on.
fn update() {
    let first = |flaw: Flaw| {
        let found = (1..=BUDGET).find_map(|seed| Some((seed, broken(seed, flaw)?)));
        found.unwrap_or_else(|| panic!("{} is not found", flaw.name()))
    };
    let now: BTreeMap<Flaw, (u64, String)> = Flaw::all().map(|it| (it, first(it))).collect();
    pins::update(|flaw, pin| (pin.seed, pin.found) = now[&flaw].clone());
}
