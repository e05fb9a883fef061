//! Input that can't hurt: whatever comes in from outside, at whichever door, nothing
//! panics, what is refused changes nothing, and the reason can be acted on.
//!
//! `targets` says what must hold for each door, as a function of bytes. Here the bytes are
//! random. In `fuzz/` a fuzzer chooses them:
//!
//! ```text
//! HOSTILE_SEEDS=0..100000 cargo test --release --test hostile
//! cargo +nightly fuzz run messages -- -max_total_time=300
//! ```
//!
//! On 23 November 2026 each of these ran for five minutes (`-len_control=0 -max_len=1024`, one
//! job, address sanitizer and all assertions), and none found anything:
//!
//! | target | runs | places of the code reached | inputs that reach something new |
//! |---|---|---|---|
//! | `messages` | 313,928 | 3,647 | 3,497 |
//! | `scenarios` | 30,083 | 12,744 | 1,252 |
//! | `actions` | 3,185 | 14,399 | 955 |
//! | `cases` | 28,792 | 13,025 | 1,722 |
//! | `histories` | 360,211 | 4,022 | 1,361 |
//! | `courses`, for 200 s | 124,747 | 5,763 | 870 |

#![cfg(not(target_family = "wasm"))]

mod targets;

use std::ops::Range;

use raftarium::history::Verdict;
use raftarium::rng::Pcg32;
use raftarium::sim::action::Action;
use targets::{Came, Reached, Tally};

/// Random bytes for each seed: those of this range, unless `HOSTILE_SEEDS` names another.
fn for_each_seed(seeds: Range<u64>, length_max: u32, mut check: impl FnMut(&[u8])) {
    let asked = std::env::var("HOSTILE_SEEDS").ok();
    let seeds = asked.as_deref().map_or(seeds, |range| {
        let ends = range.split_once("..").expect("a range such as 0..1000");
        let end = |end: &str| end.parse().expect("a number");
        end(ends.0)..end(ends.1)
    });
    for seed in seeds {
        let mut rng = Pcg32::fork(seed, "hostile", 0);
        let length = rng.below(length_max);
        let bytes: Vec<u8> = (0..length)
            .map(|_| rng.next_u32().to_le_bytes()[3])
            .collect();
        let shown = Seed(seed);
        check(&bytes);
        drop(shown);
    }
}

/// Says which seed it was, if anything panics meanwhile.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}: HOSTILE_SEEDS={0}..{}", self.0, self.0 + 1);
        }
    }
}

#[test]
fn no_input_makes_a_replica_panic() {
    let mut reached = Reached::default();
    for_each_seed(0..400, 16_384, |bytes| {
        targets::messages(bytes, &mut reached);
    });
    // Otherwise the messages were too wild to reach anything.
    let Reached {
        refused,
        truncated,
        committed,
        led,
        joint,
        restored,
        compacted,
        restarted,
    } = reached;
    for (name, times) in [
        ("refused", refused),
        ("truncated", truncated),
        ("committed", committed),
        ("led", led),
        ("joint", joint),
        ("restored", restored),
        ("compacted", compacted),
        ("restarted", restarted),
    ] {
        assert!(times > 20, "{name}: {times}");
    }
}

fn many_are_accepted_and_many_refused(seeds: Range<u64>, target: fn(&[u8]) -> bool) {
    let (mut accepted, mut refused) = (0, 0);
    for_each_seed(seeds, 256, |bytes| {
        if target(bytes) {
            accepted += 1;
        } else {
            refused += 1;
        }
    });
    assert!(accepted > 100 && refused > 100, "{accepted}, {refused}");
}

#[test]
fn no_scenario_hurts() {
    many_are_accepted_and_many_refused(0..2_000, targets::scenarios);
}

#[test]
fn no_action_hurts() {
    let mut tally = Tally::new();
    for_each_seed(0..200, 2_048, |bytes| targets::actions(bytes, &mut tally));
    // What falls due by itself can hardly be done by hand, and before a disk is formatted a
    // replica must have been removed and all have heard of it.
    for name in names_of_actions() {
        let (done, refused) = tally.get(&name).copied().unwrap_or_default();
        assert!(done + refused > 0, "{name} was never tried");
        let rare = ["persist", "wake", "offer", "format"].contains(&name.as_str());
        assert!(done > 0 || rare, "{name} was never done");
    }
}

/// As the parser itself lists them.
fn names_of_actions() -> Vec<String> {
    let error = Action::from_json(r#"{"no_such": {}}"#).expect_err("there is none");
    let (_, known) = error
        .fault
        .split_once("expected one of ")
        .expect("it lists them");
    let names = known
        .split(", ")
        .map(|name| name.trim_matches('`').to_owned());
    names.collect()
}

#[test]
fn no_recording_hurts() {
    let mut came: Vec<Came> = Vec::new();
    for_each_seed(0..2_500, 192, |bytes| came.push(targets::cases(bytes)));
    for wanted in [Came::NotRead, Came::NotReplayed, Came::Replayed] {
        let times = came.iter().filter(|&it| *it == wanted).count();
        assert!(times > 50, "{wanted:?}: {times}");
    }
}

#[test]
fn no_test_file_hurts() {
    many_are_accepted_and_many_refused(0..1_500, targets::courses);
}

#[test]
fn no_link_hurts() {
    many_are_accepted_and_many_refused(0..2_000, targets::links);
}

#[test]
fn no_history_hurts() {
    let (mut refused, mut good, mut bad) = (0, 0, 0);
    for_each_seed(0..4_000, 256, |bytes| match targets::histories(bytes) {
        None => refused += 1,
        Some(Verdict::NotLinearizable(_)) => bad += 1,
        Some(_) => good += 1,
    });
    assert!(
        refused > 100 && good > 100 && bad > 100,
        "{refused}, {good}, {bad}"
    );
}
