//! How long links are.

use raftarium::link::{LeftOut, SharedSubject, SharedView};
use raftarium::raft::ReplicaId;
use raftarium::rng::Pcg32;
use raftarium::sim::Recording;
use raftarium::sim::scenario::{Shipped, demonstrations, shipped};

use super::{address, fragment, open, person, unseen};

/// A scenario that ships is told by its name, and one of somebody's own in less than a kilobyte.
#[test]
fn a_scenario_is_a_short_link() {
    for file in shipped().iter().chain(demonstrations()) {
        let mut scenario = file.scenario();
        let link = fragment(&unseen(Recording::untouched(scenario.clone())));
        assert!(link.len() < 80, "{}: {link}", file.name);
        assert_eq!(open(&link).shipped.as_deref(), Some(file.name));

        scenario.title.push('!');
        let link = fragment(&unseen(Recording::untouched(scenario)));
        // Figure 8 is the longest: its timers are held, message by message.
        assert!(link.len() < 1_500, "{}: {link}", file.name);
        assert_eq!(open(&link).shipped, None);
    }
}

/// Half an hour of a lesson: a dozen things done, paused where it matters.
#[test]
fn a_lesson_is_a_short_link() {
    let mut branches = 0;
    for (seed, scenario) in (1..).zip(["bridge", "leader-crash", "membership-change"]) {
        let mut shared = unseen(person::wandering(scenario, seed, 12, 4_000, 4));
        branches += shared.recording.branches.len();
        shared.view = SharedView {
            paused: true,
            speed_ppm: Some(100_000),
            tab: Some("inspect".into()),
            selection: Some(SharedSubject::Replica { id: ReplicaId(3) }),
            sight: Some("both".into()),
            ..SharedView::default()
        };
        let link = fragment(&shared);
        assert!(link.len() < 500, "{}: {link}", link.len());
    }
    assert!(branches > 0);
}

#[test]
fn six_hundred_interventions_fit_into_a_link() {
    let mut lengths = Vec::new();
    for (seed, events_max) in [(1, 100), (2, 400), (3, 4_000)] {
        let shared = unseen(person::session("bridge", seed, 600, events_max));
        lengths.push(fragment(&shared).len());
    }
    assert!(lengths.iter().all(|&it| it < 8_000), "{lengths:?}");
}

/// In twenty branches they are a little longer.
#[test]
fn branches_cost_little() {
    let recording = person::wandering("bridge", 5, 400, 400, 20);
    assert!(
        recording.branches.len() > 10,
        "{}",
        recording.branches.len()
    );
    let link = fragment(&unseen(recording));
    assert!(link.len() < 6_000, "{}", link.len());
}

#[test]
fn a_link_that_is_not_whole_says_so() {
    let shared = unseen(person::wandering("bridge", 6, 900, 400, 300));
    let all = address(&shared);
    assert_eq!(all.left_out, LeftOut::OtherBranches);
    let opened = open(&all.fragment.expect("one branch fits"));
    let line = shared.recording.clone().shown_line();
    assert_eq!(opened.recording.interventions, line.interventions);
    assert_eq!(
        opened.recording.shown.map(|it| it.events),
        line.shown.map(|it| it.events)
    );

    let shared = unseen(person::session("bridge", 4, 1_500, 10));
    let address = address(&shared);
    assert!(!address.whole);
    assert_eq!(address.left_out, LeftOut::Interventions);
    let opened = open(&address.fragment.expect("the scenario fits"));
    assert_eq!(opened.shipped.as_deref(), Some("bridge"));
    assert!(opened.recording.interventions.is_empty());
    assert_eq!(opened.recording.seed, shared.recording.seed);

    let mut scenario = Shipped::by_name("bridge").expect("it ships").scenario();
    let mut rng = Pcg32::fork(1, "a long story", 0);
    let story: String = (0..16_000)
        .map(|_| char::from_u32(32 + rng.below(95)).unwrap_or(' '))
        .collect();
    scenario.story = story.into();
    let address = super::address(&unseen(Recording::untouched(scenario)));
    assert_eq!(address.left_out, LeftOut::Everything);
    assert_eq!(address.fragment, None);
}
