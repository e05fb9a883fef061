//! Any moment of any branch is the one that it was: whatever way one comes there, by seeks in
//! slices, through branches, or from a file, it is what a straight replay gives, digest by
//! digest. To try more random worlds:
//!
//! ```text
//! SEEDS=1..5001 cargo test --release --test timeline
//! ```

#![cfg(not(target_family = "wasm"))]

mod branches;
mod counts;
mod looking;
mod seeking;

use std::ops::Range;

use raftarium::rng::Pcg32;
use raftarium::sim::notice::Notice;
use raftarium::sim::scenario::{Scenario, Workload};
use raftarium::sim::{Due, Moment, Recording, Seek, SeekProgress, Timeline, World};

/// The random worlds to live in.
fn seeds(count: u64) -> Range<u64> {
    let asked = std::env::var("SEEDS").ok();
    asked.map_or(1..count + 1, |asked| {
        let (from, to) = asked.split_once("..").expect("two numbers: 1..100");
        let number = |text: &str| text.parse().expect("a number");
        number(from)..number(to)
    })
}

fn dice(seed: u64) -> Pcg32 {
    Pcg32::fork(seed, "timeline", 0)
}

/// Five replicas with something to do.
fn busy(operations_per_second: u32) -> Scenario {
    Scenario {
        workload: Workload {
            clients: 4,
            operations_per_second,
            ..Workload::default()
        },
        ..Scenario::default()
    }
}

fn run(timeline: &mut Timeline, events: u64) {
    while timeline.world().events() < events {
        timeline.step().expect("nothing breaks");
    }
}

/// What happened in a world: of each event what it was, and how the world was then.
struct Straight {
    dues: Vec<Due>,
    /// The digest and the time after each number of events.
    moments: Vec<(u64, u64)>,
    notices: Vec<Notice>,
}

/// The world of a recording without branches, lived from its beginning.
fn straight(recording: &Recording, events: u64) -> Straight {
    let mut timeline = Timeline::follow(recording.clone()).expect("it is one");
    let mut all = Straight {
        dues: Vec::new(),
        moments: vec![moment(timeline.world())],
        notices: Vec::new(),
    };
    while timeline.world().events() < events {
        match timeline.step() {
            Ok(Some(due)) => all.dues.push(due),
            _ => break,
        }
        all.moments.push(moment(timeline.world()));
        all.notices.extend(timeline.take_notices());
    }
    all
}

fn moment(world: &World) -> (u64, u64) {
    (world.digest(), world.now_us())
}

/// What happened right before is told as it happened: of a second, or some thousand events.
fn assert_recent(timeline: &Timeline, straight: &Straight, seed: u64) {
    let now = Moment::of(timeline.world());
    let expected = straight.notices.iter().filter(|it| {
        it.event <= now.events && it.at_us + 1_000_000 > now.at_us && it.event + 4_096 > now.events
    });
    let recent = timeline.recent(0);
    assert!(recent.eq(expected), "seed {seed}, {now:?}");
}

/// Goes on with a seek in slices of random length.
fn in_slices(mut seek: Seek<'_>, dice: &mut Pcg32) -> SeekProgress {
    loop {
        let slice = u64::from(dice.below(700));
        let progress = seek.advance(slice);
        if progress.done {
            return progress;
        }
        assert!(progress.left > 0);
    }
}
