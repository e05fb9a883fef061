//! Every rule that can be broken on purpose is broken, and must be found: a checker
//! that has never found anything proves nothing.
//!
//! `hunt` sends the adversary after each flaw, `demonstrations` plays the scenarios that ship.
//! What they find is pinned in `pins.md`. To write all of it anew, or only the part of one of the
//! two, named at the end:
//!
//! ```text
//! UPDATE_PINS=1 cargo test --release --test flaws
//! ```

#![cfg(not(target_family = "wasm"))]

mod demonstrations;
mod hunt;
mod pins;

use std::collections::BTreeSet;

use raftarium::adversary::CHECKED;
use raftarium::flaw::Flaw;
use raftarium::sim::property::WATCHED;

/// Nothing else compares the names that a flaw gives with the properties.
#[test]
fn every_flaw_breaks_properties_that_there_are() {
    let all = WATCHED.iter().chain(&CHECKED);
    let names: BTreeSet<&str> = all.map(|property| property.name).collect();
    for flaw in Flaw::all() {
        for name in flaw.caught_by() {
            assert!(names.contains(name), "{}: {name}", flaw.name());
        }
    }
}
