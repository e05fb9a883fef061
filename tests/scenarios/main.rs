//! Every shipped scenario really shows, with the seed in its file, what its story says.

#![cfg(not(target_family = "wasm"))]

mod basics;
mod beyond;
mod logs;
mod show;
mod steps;

use raftarium::sim::scenario::shipped;

#[test]
fn every_shipped_scenario_is_watched_here() {
    let tests = [include_str!("basics.rs"), include_str!("beyond.rs")].concat();
    for file in shipped() {
        let watched = format!("Show::of(\"{}\")", file.name);
        assert!(tests.contains(&watched), "{}", file.name);
    }
}
