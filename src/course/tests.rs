//! The files that ship, run.

use super::*;
use crate::sim::scenario::{ReadMode, ReplicationMode};
use crate::sim::{Recording, World};

fn file(name: &str) -> TestFile {
    let (_, json) = shipped().iter().find(|it| it.0 == name).expect("it ships");
    TestFile::from_json(json).expect("it is valid")
}

fn run(name: &str, settings: &Settings, seed: u64) -> Outcome {
    Run::new(file(name), settings, seed, name)
        .expect("the settings are valid")
        .finish()
}

#[test]
fn every_file_that_ships_passes_with_the_default_settings() {
    for (name, _) in shipped() {
        for seed in 1..=3 {
            let outcome = run(name, &Settings::default(), seed);
            assert_eq!(outcome.faults, [], "{name}, seed {seed}");
            assert_eq!(outcome.tally.duplicates, 0, "{name}, seed {seed}");
        }
    }
}

#[test]
fn every_setting_is_correct_under_every_family_of_faults() {
    let reads = [
        ReadMode::Log {},
        ReadMode::ReadIndex { followers: false },
        ReadMode::Lease { drift_ppm: 10_000 },
    ];
    for name in [
        "simple-reads",
        "unreliable-15",
        "crash-leaders",
        "partition-hard-twice",
    ] {
        for replication in [ReplicationMode::Eager, ReplicationMode::QuorumFirst] {
            for reads in reads {
                let mut settings = Settings::default();
                settings.protocol.replication = replication;
                settings.protocol.reads = reads;
                let outcome = run(name, &settings, 4);
                assert_eq!(outcome.faults, [], "{name}, {replication:?}, {reads:?}");
            }
        }
    }
}

/// The targets that the default settings were chosen for.
#[test]
fn the_default_settings_take_few_messages() {
    for (name, messages_max) in [
        ("simple-reads", 1_200),
        ("simple-writes", 2_200),
        ("advanced-drops", 1_800),
        ("advanced-kills", 1_000),
        ("advanced-partition", 1_800),
    ] {
        for seed in 1..=3 {
            let messages = run(name, &Settings::default(), seed).tally.total_msgs;
            assert!(messages < messages_max, "{name}, seed {seed}: {messages}");
        }
    }
    let simple = run("simple-writes", &Settings::default(), 1).tally;
    assert_eq!(simple.failures(), 0);
    // One quorum round between replicas, and the way to the leader and back.
    let hop_us = Settings::default().hop_us;
    assert_eq!(simple.median_latency_us, Some(4 * hop_us));
}

#[test]
fn the_same_seed_makes_the_same_run_and_a_recording_shows_it_again() {
    let settings = Settings::default();
    let mut first = Run::new(file("advanced-kills"), &settings, 9, "").expect("it is valid");
    let mut second = first.clone();
    while first.advance(7) {}
    while second.advance(1_000) {}
    assert_eq!(first.outcome(), second.outcome());
    let (now_us, length_us) = first.progress_us();
    assert_eq!(now_us, length_us);
    let Recording {
        ref interventions, ..
    } = first.recording();
    let events = interventions.last().map_or(0, |it| it.after_events);
    let again = first
        .recording()
        .replay(events)
        .expect("it can be replayed");
    assert_eq!(again.seed(), 9);
    assert_ne!(first.outcome(), run("advanced-kills", &settings, 10));
}

#[test]
fn a_storm_of_packets_ends_the_run() {
    let mut file = file("simple-reads");
    file.max_packets = 100;
    let run = Run::new(file, &Settings::default(), 1, "").expect("it is valid");
    let outcome = run.finish();
    assert!(
        outcome
            .faults
            .contains(&Fault::PacketStorm { messages_max: 100 })
    );
    // The step that went too far sent all that it had to send.
    assert!((101..105).contains(&outcome.tally.total_msgs));
}

#[test]
fn without_a_quorum_nothing_is_answered_and_the_run_says_so() {
    let mut file = file("crash-leader");
    let kill = file.events[0];
    file.events = vec![kill; 3];
    let outcome = Run::new(file, &Settings::default(), 1, "")
        .expect("it is valid")
        .finish();
    let unanswered = outcome
        .faults
        .iter()
        .filter(|it| matches!(it, Fault::Unanswered { .. }));
    // The two after the first found no leader to kill: three still live.
    assert_eq!((unanswered.count(), outcome.tally.events_skipped), (0, 2));
}

#[test]
fn a_test_file_is_a_form_of_scenario() {
    for (name, _) in shipped() {
        let watched = file(name).scenario(&Settings::default());
        let scenario = watched.unwrap_or_else(|error| panic!("{name}: {error}"));
        let seed = scenario.seed.unwrap_or(1);
        let requests = file(name).requests;
        let mut world = World::new(scenario, seed);
        world.run_until(37_000_000);
        assert_eq!(world.violation(), None, "{name}");
        let answered = world.counters().answered_operations;
        assert!(answered > u64::from(requests) / 2, "{name}: {answered}");
    }
}
