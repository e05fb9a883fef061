//! How long it takes to come to another moment of a world that has run for an hour, how many
//! events are played for it, and how much memory the past takes.
//!
//! ```text
//! cargo bench --bench seek
//! cargo bench --bench seek -- --json
//! cargo bench --bench seek -- --minutes 10
//! ```
//!
//! The events are the same in every run; the times are of this machine, and say nothing without
//! those of another version beside them. “Whole” is the time until what happened right before the
//! moment is known too; the moment itself is shown before that.

#![expect(
    clippy::disallowed_types,
    clippy::cast_precision_loss,
    clippy::similar_names,
    reason = "it measures: wall time, as numbers for people"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use raftarium::rng::Pcg32;
use raftarium::sim::scenario::{Scenario, Workload};
use raftarium::sim::{Moment, SeekRequest, SeekTo, Timeline};
use serde_json::{Value, json};

/// Counts the bytes that are in use.
struct Counting;

static LIVE: AtomicI64 = AtomicI64::new(0);

fn count(bytes: usize, sign: i64) {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    LIVE.fetch_add(sign * bytes, Ordering::Relaxed);
}

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn live_mb() -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "it is to be read")]
    let bytes = LIVE.load(Ordering::Relaxed) as f64;
    bytes / 1e6
}

/// A world to go back in, and its name.
fn worlds() -> Vec<(&'static str, Scenario)> {
    let at = |operations_per_second| Scenario {
        workload: Workload {
            clients: 8,
            operations_per_second,
            ..Workload::default()
        },
        ..Scenario::default()
    };
    let mut no_snapshots = at(100);
    no_snapshots.snapshots.every_bytes = 64 * 1024 * 1024;
    vec![
        ("100 operations/s", at(100)),
        ("100 operations/s, no snapshots", no_snapshots),
        ("20 operations/s", at(20)),
    ]
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    // Anything but a bench only wants to know whether it runs.
    let minutes = match arguments.iter().position(|it| it == "--minutes") {
        Some(place) => arguments[place + 1].parse().expect("a number of minutes"),
        None if has("--bench") => 60,
        None => 1,
    };
    let rows: Vec<Value> = (worlds().into_iter())
        .map(|(name, scenario)| measure(name, scenario, minutes))
        .collect();
    if has("--json") {
        let all = json!({ "minutes": minutes, "worlds": rows });
        println!(
            "{}",
            serde_json::to_string_pretty(&all).expect("it is data")
        );
        return;
    }
    println!(
        "after {minutes} minutes of virtual time; events and milliseconds as p50 / p99 / most"
    );
    for row in rows {
        println!("\n{}", row["name"].as_str().unwrap_or_default());
        for (name, value) in row.as_object().expect("it is one") {
            if name != "name" {
                println!("  {:<28} {}", name.replace('_', " "), line(value));
            }
        }
    }
}

/// A figure for a person.
fn line(value: &Value) -> String {
    match value {
        Value::Array(parts) => parts.iter().map(line).collect::<Vec<_>>().join(" / "),
        Value::Number(number) if number.is_f64() => {
            format!("{:.2}", number.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
    }
}

fn measure(name: &str, scenario: Scenario, minutes: u64) -> Value {
    let before_mb = live_mb();
    let mut timeline = Timeline::new(scenario, 1);
    let end_us = minutes * 60_000_000;
    let began = Instant::now();
    while timeline.world().now_us() < end_us {
        for _ in 0..500 {
            timeline.step().expect("nothing breaks");
        }
        timeline.take_notices();
    }
    let ran = began.elapsed();
    let (events, end_us) = (timeline.world().events(), timeline.world().now_us());
    let mb = live_mb() - before_mb;
    let (copies, weight) = (timeline.copies(), timeline.weight());

    let with_copy_mb = live_mb();
    let began = Instant::now();
    let copy = timeline.world().clone();
    let copied = began.elapsed();
    let copy_mb = live_mb() - with_copy_mb;
    drop(copy);

    let mut dice = Pcg32::fork(1, "seek", 0);
    let mut now = events;
    let steps = seeks(&mut timeline, 100, || {
        now -= 1;
        SeekTo::Events(now)
    });
    let near = seeks(&mut timeline, 200, || {
        SeekTo::TimeUs(end_us - dice.between(0, 60_000_000.min(end_us)))
    });
    let anywhere = seeks(&mut timeline, 200, || {
        SeekTo::Events(dice.between(0, events))
    });
    // Where one is then there are copies close by.
    let mut now = timeline.world().events().max(100);
    let steps_there = seeks(&mut timeline, 100, || {
        now -= 1;
        SeekTo::Events(now)
    });
    let after_mb = live_mb() - before_mb;
    json!({
        "name": name,
        "events": events,
        "events_per_second": events as f64 / ran.as_secs_f64(),
        "live_mb": mb,
        "live_mb_after_seeks": after_mb,
        "copies": copies,
        "estimated_mb": (weight.world + weight.checkpoints + weight.chronicles) as f64 / 1e6,
        "copy_mb": copy_mb,
        "copy_us": copied.as_secs_f64() * 1e6,
        "steps_back_events": steps.events,
        "steps_back_ms": steps.ms,
        "steps_back_whole_ms": steps.whole_ms,
        "last_minute_events": near.events,
        "last_minute_ms": near.ms,
        "last_minute_whole_ms": near.whole_ms,
        "anywhere_events": anywhere.events,
        "anywhere_ms": anywhere.ms,
        "anywhere_whole_ms": anywhere.whole_ms,
        "steps_back_there_events": steps_there.events,
        "steps_back_there_ms": steps_there.ms,
        "steps_back_there_whole_ms": steps_there.whole_ms,
    })
}

/// What some seeks took: half take no longer, 99 of 100, and all.
struct Took {
    /// The events that were played until the moment was there.
    events: [u64; 3],
    /// The milliseconds for that.
    ms: [f64; 3],
    /// The milliseconds until what happened right before it was known too.
    whole_ms: [f64; 3],
}

fn seeks(timeline: &mut Timeline, count: usize, mut to: impl FnMut() -> SeekTo) -> Took {
    let (mut events, mut ms, mut whole_ms) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let to = to();
        let is_there = |now: Moment| match to {
            SeekTo::TimeUs(at_us) => now.at_us == at_us,
            SeekTo::Events(events) => now.events == events,
            _ => unreachable!("there are no others here"),
        };
        let mut there = None;
        let before = timeline.replayed();
        let began = Instant::now();
        let mut seek = timeline
            .seek(SeekRequest::to(to))
            .expect("there is such a moment");
        loop {
            let progress = seek.advance(256);
            if is_there(progress.now) && there.is_none() {
                there = Some(began.elapsed());
                events.push(progress.replayed);
            }
            if progress.done {
                break;
            }
        }
        whole_ms.push(began.elapsed().as_secs_f64() * 1e3);
        ms.push(there.expect("it is there").as_secs_f64() * 1e3);
        assert!(timeline.replayed() - before >= events[events.len() - 1]);
        // As a page does between two frames.
        while timeline.tidy() {}
    }
    let places = [count / 2, count * 99 / 100, count - 1];
    events.sort_unstable();
    let of_times = |mut times: Vec<f64>| {
        times.sort_unstable_by(f64::total_cmp);
        places.map(|place| times[place])
    };
    Took {
        events: places.map(|place| events[place]),
        ms: of_times(ms),
        whole_ms: of_times(whole_ms),
    }
}
