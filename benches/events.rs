//! A world with its past, natively, driven as the page drives it in wasm: for `benches/wasm.mjs`, which
//! runs it in turn with the wasm.
//!
//! ```text
//! cargo bench --bench events -- REPLICAS VIRTUAL_SECONDS
//! ```
//!
//! Prints how many events there were, and in how many seconds, as JSON.

use std::time::Instant;

use raftarium::sim::Timeline;
use raftarium::sim::scenario::{Scenario, Workload};

/// The world keeps the notices of its newest 1,000 events.
const EVENTS_BETWEEN_NOTICES: u64 = 500;

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|it| it.parse().ok()).collect();
    let &[replicas, seconds] = numbers.as_slice() else {
        println!("two numbers are needed: replicas, and virtual seconds");
        return;
    };
    let scenario = Scenario {
        replicas: u16::try_from(replicas).expect("a scenario has 51 replicas at most"),
        workload: Workload {
            clients: 8,
            operations_per_second: 200,
            ..Workload::default()
        },
        ..Scenario::default()
    };
    let until_us = seconds * 1_000_000;
    let mut timeline = Timeline::new(scenario, 1);
    let start = Instant::now();
    while timeline.due_at().is_some_and(|at_us| at_us <= until_us) {
        timeline.step().expect("no property is broken");
        if timeline
            .world()
            .events()
            .is_multiple_of(EVENTS_BETWEEN_NOTICES)
        {
            timeline.take_notices();
        }
    }
    let events = timeline.world().events();
    let seconds = start.elapsed().as_secs_f64();
    println!("{{ \"events\": {events}, \"seconds\": {seconds} }}");
}
