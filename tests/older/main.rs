//! Files that the version before 0.2 wrote. People keep them, so they are to be read for ever,
//! whatever the things in them are called by now.
//!
//! The five lives have every action but those that happen by themselves. Where an action does
//! something else than before, the file's `behaviour` says so, and these end otherwise; then
//! what they end with is written anew here. That they can be read stays.

#![cfg(not(target_family = "wasm"))]

use std::process::{Command, Output};

fn raftarium(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raftarium"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/older"))
        .args(arguments)
        .output()
        .expect("it can be started")
}

/// What it printed, if it found nothing wrong.
fn good(arguments: &[&str]) -> String {
    let output = raftarium(arguments);
    let fault = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {fault}");
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

#[test]
fn lives_are_replayed_to_the_digest_they_had() {
    for (file, digest) in [
        ("life-47.json", "75be135cb82922e3"),
        ("life-51.json", "853285fe2ab09d3a"),
        ("life-67.json", "40a189554870ee01"),
        ("life-88.json", "27f0ff0a1261b570"),
        ("life-106.json", "983609411a804596"),
    ] {
        let told = good(&["replay", file]);
        assert!(told.contains(&format!("digest {digest}")), "{file}: {told}");
        assert!(told.ends_with("nothing is wrong\n"), "{file}: {told}");
    }
}

#[test]
fn a_recording_of_the_page_is_replayed() {
    let told = good(&["replay", "recording.json"]);
    assert!(told.contains("digest 23fd9934960c83f2"), "{told}");
    assert!(!told.contains("another version"), "{told}");
}

#[test]
fn a_scenario_is_run_and_replayed() {
    let run = good(&["run", "scenario.json", "--until", "2"]);
    let shipped = good(&["run", "--shipped", "one-way-cut", "--until", "2"]);
    assert_eq!(run, shipped);
    good(&["replay", "scenario.json"]);
}

#[test]
fn a_campaign_is_added_to() {
    let told = good_or_short(&["swarm", "--merge", "campaign.json"]);
    assert!(told.contains("2 worlds (seeds 1..3)"), "{told}");
}

/// Two worlds are too few for everything to have happened in one, which exits with 1.
fn good_or_short(arguments: &[&str]) -> String {
    let output = raftarium(arguments);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}
