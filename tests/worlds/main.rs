//! Hundreds of random worlds, and what befalls them: see `raftarium::adversary`. A failure
//! names its seed; `raftarium replay --seed N` shows it. To live more of them:
//!
//! ```text
//! cargo run --release -- swarm --seeds 1..100001
//! ```

#![cfg(not(target_family = "wasm"))]

use raftarium::adversary::{Campaign, simulate};

/// As many as take some seconds.
const WORLDS: u64 = 1_000;

#[test]
fn random_worlds_keep_the_properties_and_come_to_rest() {
    let mut campaign = Campaign::new();
    for seed in 1..=WORLDS {
        campaign.add(seed, &simulate(seed));
    }
    assert_eq!(campaign.failures, []);
    let never: Vec<&str> = campaign.never().map(|it| it.statement).collect();
    assert!(never.is_empty(), "it never happened that {never:?}");
}
