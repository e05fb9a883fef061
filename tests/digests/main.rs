//! The digests of every shipped scenario at some moments, pinned: the same native, in
//! Chromium and in Firefox (`tests/wasm` reads the same table), and the same
//! tomorrow, for a link must show the world that it was made for.
//!
//! So are a sample of the adversary's lives, in which everything happens that can.
//!
//! A change that moves them is a change of what seeds mean. If it was meant:
//!
//! ```text
//! UPDATE_DIGESTS=1 cargo test --test digests
//! UPDATE_PINS=1 cargo test --test flaws demonstrations
//! ```

#![cfg(not(target_family = "wasm"))]

use std::fmt::Write as _;

use raftarium::adversary::simulate;
use raftarium::sim::scenario::shipped;
use raftarium::sim::{BEHAVIOUR, World};

/// Lines of a scenario's name, a moment in microseconds, and the digest then.
const TABLE: &str = include_str!("table.txt");

/// Lines of a seed of the adversary's, how many events its life has, and the digest then.
const LIVES: &str = include_str!("lives.txt");

/// What is pinned of the demonstrations of flaws, by `tests/flaws`: the digest comes last.
const FLAWS: &str = include_str!("../flaws/pins.md");

/// Before anything much happened, in the middle, and after all timed actions.
const MOMENTS_US: [u64; 3] = [100_000, 1_500_000, 5_000_000];

#[test]
fn worlds_are_what_they_were() {
    let mut table = String::new();
    for file in shipped() {
        let scenario = file.scenario();
        let seed = scenario.seed.expect("a shipped scenario has a seed");
        let mut world = World::new(scenario, seed);
        for at_us in MOMENTS_US {
            world.run_until(at_us);
            let digest = world.digest();
            writeln!(table, "{} {at_us} {digest:016x}", file.name).expect("it is a string");
        }
    }
    compare(&table, TABLE, "table.txt");
}

#[test]
fn lives_are_what_they_were() {
    let mut table = String::new();
    for seed in 1..=24 {
        let lived = simulate(seed);
        assert_eq!(lived.failure, None);
        let (events, digest) = (lived.case.end.events, lived.digest);
        writeln!(table, "{seed} {events} {digest:016x}").expect("it is a string");
    }
    compare(&table, LIVES, "lives.txt");
}

/// The behaviour that files and links carry, and the pins that it was counted with.
const COUNTED: (u32, u64) = (4, 97_909_468_282_366_047);

#[test]
fn the_behaviour_is_counted_anew_with_the_pins() {
    let flaws: Vec<&str> = FLAWS
        .lines()
        .filter_map(|it| it.split('|').nth(9))
        .collect();
    let pins = format!("{TABLE}{LIVES}{flaws:?}");
    let pins = xxhash_rust::xxh64::xxh64(pins.as_bytes(), 0);
    assert_eq!(
        (BEHAVIOUR, pins),
        COUNTED,
        "the pinned digests have moved: raise `sim::BEHAVIOUR`, and put both numbers here"
    );
}

fn compare(now: &str, pinned: &str, file: &str) {
    if std::env::var_os("UPDATE_DIGESTS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/digests/");
        std::fs::write(format!("{path}{file}"), now).expect("the table can be written");
        return;
    }
    // Line by line: the first difference tells which world, and when it left the path.
    for (now, pinned) in now.lines().zip(pinned.lines()) {
        assert_eq!(now, pinned);
    }
    assert_eq!(now.lines().count(), pinned.lines().count());
}
