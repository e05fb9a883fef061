//! A world with its past, natively, driven as the page drives it in wasm: for `benches/wasm.mjs`, which
//! runs it in turn with the wasm.
//!
//! ```text
//! cargo bench --bench events -- REPLICAS VIRTUAL_SECONDS
//! ```
//!
//! Prints how many events there were, and in how many seconds, as JSON: those of the processor where
//! the system tells them (Linux), else of the clock.

#![expect(clippy::disallowed_types, reason = "it measures wall time")]

use std::fs;
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
    let start = (Instant::now(), processor_seconds());
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
    let clock_seconds = start.0.elapsed().as_secs_f64();
    let used = start.1.zip(processor_seconds());
    let seconds = used.map_or(clock_seconds, |(before, after)| after - before);
    println!("{{ \"events\": {events}, \"seconds\": {seconds} }}");
}

/// What this process, which has one thread, has used of the processor.
fn processor_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}
