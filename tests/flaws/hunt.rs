//! The adversary finds each flaw. The first seed that shows it is pinned in `seeds.txt`: the
//! test lives that one, and a few before it, which must show nothing.
//!
//! A change of what the adversary draws moves the seeds. If it was meant, they are found
//! anew, all cores at work for some minutes, and rare ones by a campaign of their own
//! (`raftarium swarm --flaw NAME --seeds 1..30001`):
//!
//! ```text
//! UPDATE_SEEDS=3000 cargo test --release --test flaws hunt
//! ```

use std::fmt::Write as _;

use raftarium::adversary::live_with;
use raftarium::flaw::Flaw;

/// Lines of a flaw's name, the first seed that shows it, and the property that it breaks; or
/// `none`: the adversary has not found it yet, and only its demonstration shows it.
const SEEDS: &str = include_str!("seeds.txt");

/// So many worlds before the one that shows it are lived too.
const BEFORE: u64 = 3;

/// What the life of a seed breaks.
fn broken(seed: u64, flaw: Flaw) -> Option<String> {
    let failure = live_with(seed, Some(flaw)).failure?;
    let name = flaw.name();
    assert!(
        flaw.caught_by().contains(&&*failure.property),
        "{name} breaks {} with seed {seed}: {}",
        failure.property,
        failure.what
    );
    Some(failure.property)
}

#[test]
fn the_adversary_finds_every_flaw() {
    if let Ok(worlds) = std::env::var("UPDATE_SEEDS") {
        return update(worlds.parse().expect("a number of worlds"));
    }
    let mut lines = SEEDS.lines();
    for flaw in Flaw::all() {
        let line = lines.next().unwrap_or_default();
        let (name, seed, property) = match line.split(' ').collect::<Vec<_>>()[..] {
            [name, seed, property] => (name, seed, property),
            [name, "none"] if name == flaw.name() => continue,
            _ => panic!("{line:?} should be about {}", flaw.name()),
        };
        assert_eq!(name, flaw.name());
        let seed: u64 = seed.parse().expect("a seed");
        for earlier in seed.saturating_sub(BEFORE).max(1)..seed {
            assert_eq!(broken(earlier, flaw), None, "{name}, seed {earlier}");
        }
        let found = broken(seed, flaw);
        assert_eq!(found.as_deref(), Some(property), "{name}, seed {seed}");
    }
    assert_eq!(lines.next(), None);
}

/// Hunts all flaws from the first seed on. What is not found keeps its line.
fn update(worlds: u64) {
    let mut table = String::new();
    for (flaw, line) in Flaw::all().zip(SEEDS.lines().chain(std::iter::repeat(""))) {
        let found = (1..=worlds).find_map(|seed| Some((seed, broken(seed, flaw)?)));
        let name = flaw.name();
        match found {
            Some((seed, property)) => writeln!(table, "{name} {seed} {property}"),
            None => writeln!(table, "{line}"),
        }
        .expect("it is a string");
        println!("{}", table.lines().last().unwrap_or_default());
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flaws/seeds.txt");
    std::fs::write(path, table).expect("the table can be written");
}
