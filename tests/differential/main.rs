//! Our replicas in one cluster with replicas of another well-known Raft, the `raft` crate,
//! under drops, duplicates, reordering, crashes and cuts: elections, replication,
//! conflicts, snapshots, handovers, and changes of the membership by simple steps, led by
//! either kind. At every index all must apply the same entry; and once the faults end,
//! the cluster must find a leader, commit, and all must catch up.
//!
//! Whatever one of the two understands differently shows here, as a refused message, as two
//! leaders in a term, as another entry at an index, or as a cluster that doesn't heal. What
//! they do differently on purpose stands at the head of `theirs`, with its bridge.
//!
//! ```text
//! SEEDS=0..50000 cargo test --release --test differential
//! ```

#![cfg(not(target_family = "wasm"))]

mod bridge;
mod disk;
mod host;
mod judge;
mod machine;
mod ours;
mod theirs;
mod translate;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use world::World;

/// What must have happened somewhere, or the test tests nothing: for both kinds.
const SEEN_OF_BOTH: [&str; 16] = [
    "leads",
    "applied under the other kind",
    "truncated for the other kind",
    "restored from the other kind",
    "rolled a membership back",
    "asked for a pre-vote",
    "asked for a vote by transfer",
    "asked for a vote",
    "granted a vote",
    "denied a vote",
    "sent a heartbeat",
    "sent entries",
    "accepted",
    "rejected",
    "told a leader that its term is over",
    "handed over",
];

/// And whoever it was.
const SEEN: [&str; 5] = [
    "crash",
    "spoken natively",
    "membership step led by Ours",
    "membership step led by Theirs",
    "Theirs received a chunk",
];

#[test]
fn both_kinds_agree_and_heal() {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for seed in seeds() {
        let mut world = World::new(seed);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            for _ in 0..3 {
                world.hostile(400);
                world.heal();
            }
        }));
        assert!(outcome.is_ok(), "seed {seed}:\n{}", world.describe());
        for (what, count) in world.seen {
            *seen.entry(what).or_default() += count;
        }
    }
    println!("{seen:#?}");
    let of_both = SEEN_OF_BOTH
        .iter()
        .flat_map(|what| [format!("Ours {what}"), format!("Theirs {what}")]);
    for what in of_both.chain(SEEN.map(String::from)) {
        assert!(seen.contains_key(&what), "never seen: {what}");
    }
}

/// The seeds to try.
fn seeds() -> std::ops::Range<u64> {
    let range = std::env::var("SEEDS").unwrap_or_else(|_| "0..4000".into());
    let (from, to) = range.split_once("..").expect("SEEDS=FROM..TO");
    let number = |text: &str| text.parse().expect("SEEDS=FROM..TO");
    number(from)..number(to)
}
