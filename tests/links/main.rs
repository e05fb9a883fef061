//! Links: what is said comes back whatever it is, it stays short, and what an older version has
//! made is opened for ever.

#![cfg(not(target_family = "wasm"))]

mod any;
mod kept;
mod person;
mod sizes;

use std::ops::Range;

use raftarium::adversary::simulate;
use raftarium::link::{self, Address, LeftOut, Shared, SharedView};
use raftarium::rng::Pcg32;
use raftarium::sim::{Recording, Timeline};

/// A recording that nobody has looked at.
fn unseen(recording: Recording) -> Shared {
    Shared {
        recording,
        view: SharedView::default(),
        shipped: None,
    }
}

fn address(shared: &Shared) -> Address {
    let address = shared
        .link()
        .unwrap_or_else(|error| panic!("{error}: {shared:?}"));
    assert_eq!(address.whole, address.left_out == LeftOut::Nothing);
    address
}

/// The fragment of all of it.
fn fragment(shared: &Shared) -> String {
    let address = address(shared);
    assert!(address.whole, "{address:?}");
    address.fragment.expect("it is whole")
}

fn open(fragment: &str) -> Shared {
    link::open(fragment).unwrap_or_else(|error| panic!("{error}: {fragment}"))
}

/// The seeds of this range, unless `SEEDS` names another.
fn seeds(default: Range<u64>) -> Range<u64> {
    let Ok(asked) = std::env::var("SEEDS") else {
        return default;
    };
    let (first, end) = asked.split_once("..").expect("a range such as 0..1000");
    let number = |text: &str| text.parse().expect("a number");
    number(first)..number(end)
}

#[test]
fn whatever_is_said_comes_back() {
    let mut whole = 0;
    for seed in seeds(0..3_000) {
        let shared = any::shared(&mut Pcg32::fork(seed, "any link", 0));
        let address = address(&shared);
        let Some(fragment) = address.fragment.filter(|_| address.whole) else {
            continue;
        };
        whole += 1;
        let mut opened = open(&fragment);
        opened.shipped = None;
        assert_eq!(opened, shared, "seed {seed}");
        // The same thing is said in the same way.
        assert_eq!(self::fragment(&opened), fragment, "seed {seed}");
    }
    assert!(whole > 1_000, "{whole}");
}

/// Runs of the adversary, each with a world of its own and all that can be done to one.
#[test]
fn a_world_from_a_link_goes_as_it_went() {
    let (mut whole, mut done) = (0, 0);
    for seed in seeds(0..60) {
        let case = simulate(seed).case;
        let mut shared = unseen(case.recording);
        shared.recording.interventions.truncate(300);
        let Address {
            fragment,
            whole: true,
            ..
        } = address(&shared)
        else {
            continue;
        };
        whole += 1;
        done += shared.recording.interventions.len();
        let opened = open(&fragment.expect("it is whole"));
        assert_eq!(
            opened.recording.interventions,
            shared.recording.interventions
        );
        let events = case.end.events;
        let straight = shared.recording.replay(events).expect("it has happened");
        let linked = opened.recording.replay(events).expect("it has happened");
        assert_eq!(linked.digest(), straight.digest(), "seed {seed}");
        assert_eq!(linked.now_us(), straight.now_us(), "seed {seed}");
    }
    assert!(whole > 30 && done > 1_000, "{whole}, {done}");
}

/// A session with branches, shared and opened: the same tree, and at the shown moment the same world.
#[test]
fn branches_and_the_moment_come_back() {
    for seed in seeds(0..8) {
        let recording = person::wandering("leader-crash", seed, 40, 600, 4);
        let shown = recording.shown.expect("a tree is shown at a moment");
        assert!(!recording.branches.is_empty());
        let shared = unseen(recording);
        let opened = open(&fragment(&shared));
        let mut timeline = Timeline::follow(opened.recording).expect("it has happened");
        while timeline.world().events() < shown.events {
            timeline.step().expect("it happens as it did");
        }
        assert_eq!(timeline.world().events(), shown.events);
        assert!(shown.is_as_shown(timeline.world()), "seed {seed}");
        let branches = timeline.branches();
        assert_eq!(branches.branches.len(), shared.recording.branches.len() + 1);
        assert!(
            branches
                .branches
                .iter()
                .all(|it| it.differs_from_us.is_none())
        );
    }
}
