//! The digests of every shipped scenario at some moments, pinned: the same native, in
//! Chromium and in Firefox (`tests/wasm.rs` reads the same table), and the same
//! tomorrow, for a link must show the world that it was made for.
//!
//! A change that moves them is a change of what seeds mean. If it was meant:
//!
//! ```text
//! UPDATE_DIGESTS=1 cargo test --test digests
//! ```

#![cfg(not(target_family = "wasm"))]

use std::fmt::Write as _;

use raftarium::sim::World;
use raftarium::sim::scenario::shipped;

/// Lines of a scenario's name, a moment in microseconds, and the digest then.
const TABLE: &str = include_str!("table.txt");

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
    if std::env::var_os("UPDATE_DIGESTS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/digests/table.txt");
        std::fs::write(path, table).expect("the table can be written");
        return;
    }
    // Line by line: the first difference tells which world, and when it left the path.
    for (now, pinned) in table.lines().zip(TABLE.lines()) {
        assert_eq!(now, pinned);
    }
    assert_eq!(table.lines().count(), TABLE.lines().count());
}
