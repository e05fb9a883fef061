//! The adversary finds each flaw. The first seed that shows it is pinned in `seeds.txt`: the
//! test lives that one, and a few before it, which must show nothing.
//!
//! A change of what the adversary draws moves the seeds. If it was meant, they are found
//! anew:
//!
//! ```text
//! UPDATE_SEEDS=1 cargo test --release --test flaws hunt
//! ```

use std::fmt::Write as _;

use raftarium::adversary::{Effort, Failure, shrink, simulate_with};
use raftarium::flaw::Flaw;

/// Lines of a flaw's name, the first seed that shows it, and the property that it breaks.
pub(crate) const SEEDS: &str = include_str!("seeds.txt");

/// In so many worlds each flaw must be found.
const BUDGET: u64 = 1_000;

/// So many worlds before the one that shows it are lived too.
const BEFORE: u64 = 3;

/// What the life of a seed breaks. A replay of it finds the same, at the same event.
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
fn pinned() -> impl Iterator<Item = (Flaw, u64, &'static str)> {
    assert_eq!(SEEDS.lines().count(), Flaw::all().len());
    Flaw::all().zip(SEEDS.lines()).map(|(flaw, line)| {
        let [name, seed, property] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line:?} should be about {}", flaw.name());
        };
        assert_eq!(name, flaw.name());
        (flaw, seed.parse().expect("a seed"), property)
    })
}

#[test]
fn the_adversary_finds_every_flaw() {
    if std::env::var_os("UPDATE_SEEDS").is_some() {
        return update();
    }
    for (flaw, seed, property) in pinned() {
        let name = flaw.name();
        assert!(seed <= BUDGET, "{name} takes {seed} worlds");
        for earlier in seed.saturating_sub(BEFORE).max(1)..seed {
            assert_eq!(broken(earlier, flaw), None, "{name}, seed {earlier}");
        }
        let found = broken(seed, flaw);
        assert_eq!(found.as_deref(), Some(property), "{name}, seed {seed}");
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
        assert_eq!(broken.as_deref(), Some(property), "{}", flaw.name());
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
    let mut table = String::new();
    for flaw in Flaw::all() {
        let name = flaw.name();
        let found = (1..=BUDGET).find_map(|seed| Some((seed, broken(seed, flaw)?)));
        let (seed, property) = found.unwrap_or_else(|| panic!("{name} is not found"));
        writeln!(table, "{name} {seed} {property}").expect("it is a string");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flaws/seeds.txt");
    std::fs::write(path, table).expect("the table can be written");
}
