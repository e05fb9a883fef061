use super::copies::{COPIES_BYTES_MAX, COPIES_MAX};
use super::*;
use crate::kv::Operation;
use crate::raft::ReplicaId;
use crate::sim::replay::recording::Recording;
use crate::sim::scenario::Workload;
use crate::sim::scenario::action::Target;

fn scenario() -> Scenario {
    Scenario {
        replicas: 3,
        workload: Workload {
            operations_per_second: 50,
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

/// A timeline of many events, with interventions here and there.
fn eventful() -> Timeline {
    let mut timeline = Timeline::new(scenario(), 5);
    let crash = Action::crash(Target::Leader);
    let restart = Action::Restart {
        replica: Target::Crashed,
    };
    for events in (500..40_000).step_by(2_500) {
        run(&mut timeline, events);
        timeline.advance(timeline.world().now_us() + 7);
        timeline.apply(crash.clone()).expect("there is a leader");
        run(&mut timeline, events + 900);
        timeline.apply(restart.clone()).expect("it is dead");
    }
    timeline
}

#[test]
fn a_replay_of_the_recording_is_the_same_world() {
    let timeline = eventful();
    let written = serde_json::to_string(&timeline.recording()).unwrap();
    let recording: Recording = serde_json::from_str(&written).unwrap();
    assert!(recording.interventions.len() > 20);
    let replayed = recording.replay(timeline.world().events()).unwrap();
    assert_eq!(replayed.digest(), timeline.world().digest());
    assert_eq!(replayed.view(), timeline.world().view());
}

#[test]
fn who_goes_back_and_on_again_comes_to_the_same_world() {
    let mut timeline = eventful();
    let end = (timeline.world().events(), timeline.world().digest());
    let recording = timeline.recording();
    for back in [1, 2, 1_000, 30_000, end.0] {
        timeline.rewind(end.0 - back).unwrap();
        assert_eq!(timeline.world().events(), end.0 - back);
        let before = recording.replay(end.0 - back).unwrap();
        assert_eq!(timeline.world().digest(), before.digest());
        // What came after is done again.
        run(&mut timeline, end.0);
        assert_eq!(timeline.world().digest(), end.1);
        assert_eq!(timeline.recording(), recording);
    }
    assert_eq!(
        timeline.rewind(end.0 + 1),
        Err(TimelineError::NotYet(end.0))
    );
}

/// As a page does it: what is due is looked at, and then happens.
fn follow(timeline: &mut Timeline, events: u64) {
    while timeline.world().events() < events {
        let due = timeline.next_due().expect("something is due");
        timeline.advance(due.at_us);
        timeline.apply(due.action).expect("it can be done");
    }
}

#[test]
fn who_follows_a_recording_comes_to_the_same_world() {
    let original = eventful();
    let recording = original.recording();
    let (events, digest) = (original.world().events(), original.world().digest());
    let mut timeline = Timeline::follow(recording.clone()).expect("it is one");
    assert_eq!(timeline.recording(), recording);
    follow(&mut timeline, events);
    assert_eq!(timeline.world().digest(), digest);
    assert_eq!(timeline.branches().branches.len(), 1);
    // Back, and then on in steps.
    timeline.rewind(events / 2).unwrap();
    assert_eq!(timeline.recording(), recording);
    run(&mut timeline, events);
    assert_eq!(timeline.world().digest(), digest);
}

/// Something else is a branch, even before the recording was played to its end.
#[test]
fn who_does_something_else_leaves_the_recording_and_can_go_back_to_it() {
    let original = eventful();
    let recording = original.recording();
    let mut timeline = Timeline::follow(recording.clone()).expect("it is one");
    follow(&mut timeline, 10_000);
    timeline.apply(Action::HealAll {}).expect("it can be done");
    assert_ne!(timeline.shown(), ROOT);
    let after = timeline.recording();
    assert_eq!(
        after.interventions.last().unwrap().action,
        Action::HealAll {}
    );
    run(&mut timeline, 20_000);
    assert_eq!(timeline.recording(), after);
    let to = SeekRequest::on(ROOT, SeekTo::Events(9_000));
    timeline.seek(to).unwrap().finish();
    assert_eq!(timeline.recording(), recording);
    follow(&mut timeline, original.world().events());
    assert_eq!(timeline.world().digest(), original.world().digest());
}

#[test]
fn a_recording_that_can_not_be_is_left_where_it_goes_wrong() {
    let restart = |after_events, at_us| Intervention {
        after_events,
        at_us,
        action: Action::Restart {
            replica: ReplicaId(1).into(),
        },
    };
    let recording =
        |interventions: &[Intervention]| Recording::new(scenario(), 5, interventions.to_vec());
    let twice = recording(&[restart(7, 0), restart(7, 0)]);
    let error = Timeline::follow(twice).expect_err("one came after the other");
    assert_eq!(error.to_string(), "interventions[1]: it is out of order");

    for (wrong, said) in [
        (
            restart(0, 0),
            "the recording can't be followed: R1 is running",
        ),
        (
            restart(0, 50_000_000),
            "the recording can't be followed: after 0 events",
        ),
    ] {
        let mut timeline = Timeline::follow(recording(&[wrong])).expect("it looks well");
        let error = timeline.step().expect_err("it can't be done").to_string();
        assert!(error.starts_with(said), "{error}");
        run(&mut timeline, 100);
        assert_eq!(timeline.recording().interventions, []);
        // A seek goes on without it.
        let bad = restart(0, 0);
        let mut timeline = Timeline::follow(recording(&[bad])).expect("it looks well");
        let to = SeekRequest::to(SeekTo::Events(100));
        assert!(timeline.seek(to).unwrap().finish().done);
        assert_eq!(timeline.world().events(), 100);
    }
}

#[test]
fn what_falls_due_is_no_intervention() {
    let mut timeline = Timeline::new(scenario(), 5);
    for _ in 0..1_000 {
        let due = timeline.world().next_due().expect("something is due");
        timeline.apply(due.action).expect("it can be done");
    }
    assert_eq!(timeline.recording().interventions, []);
    let stepped = timeline.recording().replay(1_000).unwrap();
    assert_eq!(stepped.digest(), timeline.world().digest());
}

#[test]
fn the_copies_stay_few_and_lie_dense_near_by_and_sparse_far_away() {
    let mut timeline = Timeline::new(scenario(), 1);
    run(&mut timeline, 700_000);
    let gaps = |timeline: &Timeline| -> (u64, u64) {
        let now = timeline.world().events();
        let events: Vec<u64> = timeline.copies.iter().map(copies::Kept::events).collect();
        assert!((COPIES_MAX - 1..=COPIES_MAX).contains(&events.len()));
        assert_eq!(events[0], 0);
        let (mut near, mut far) = (0, 0);
        for gap in events.windows(2) {
            let most = if now.abs_diff(gap[1]) < 50_000 {
                &mut near
            } else {
                &mut far
            };
            *most = (gap[1] - gap[0]).max(*most);
        }
        (near, far)
    };
    let (near, far) = gaps(&timeline);
    assert!(near <= 2_500 && far <= 10_000, "{near}, {far}");
}

/// The largest texts that there may be, in all replicas' stores, logs and snapshots.
fn heavy() -> Timeline {
    let mut scenario = scenario();
    scenario.snapshots.every_entries = 50;
    let mut timeline = Timeline::new(scenario, 3);
    run(&mut timeline, 2_000);
    for number in 0..1_500 {
        let operation = Operation::Put {
            key: format!("{number}"),
            value: "x".repeat(4_096),
        };
        let request = Action::Request {
            client: None,
            operation,
            reads: None,
        };
        timeline.apply(request).expect("there is room");
        let events = timeline.world().events() + 100;
        run(&mut timeline, events);
    }
    timeline
}

#[test]
fn copies_of_a_large_world_are_fewer_and_the_past_is_the_same() {
    let mut timeline = heavy();
    let weight = timeline.weight();
    assert!(weight.world > 20_000_000, "{weight:?}");
    assert!(weight.checkpoints <= COPIES_BYTES_MAX, "{weight:?}");
    assert!(timeline.copies() < 20);
    let (events, digest) = (timeline.world().events(), timeline.world().digest());
    let recording = timeline.recording();
    timeline.rewind(events / 2).expect("it was there");
    let again = recording.replay(events / 2).expect("it can be");
    assert_eq!(timeline.world().digest(), again.digest());
    let bytes: usize = recording.interventions.iter().map(super::weight).sum();
    assert_eq!(timeline.tree.bytes(), bytes);
    let mut followed = Timeline::follow(recording).expect("it is one");
    run(&mut followed, events);
    assert_eq!(followed.world().digest(), digest);
}

#[test]
fn once_too_much_was_done_nothing_more_can_be_done_but_the_world_goes_on() {
    let mut timeline = Timeline::new(scenario(), 5);
    run(&mut timeline, 100);
    timeline
        .tree
        .pretend(INTERVENTIONS_BYTES_MAX - INTERVENTION_BYTES);
    timeline.apply(Action::HealAll {}).expect("there is room");
    let before = (timeline.world().events(), timeline.world().digest());
    let refused = timeline
        .apply(Action::HealAll {})
        .expect_err("there is none");
    assert_eq!(refused, TimelineError::RecordingFull { actions: 1 });
    assert_eq!(
        refused.to_string(),
        "as much was done to this world as a recording keeps, 1 actions: save it, and begin another"
    );
    assert_eq!(
        (timeline.world().events(), timeline.world().digest()),
        before
    );
    run(&mut timeline, 1_000);
}

/// A run of any length has some thousands of slots, and a journal of bounded length.
#[test]
fn a_chronicle_stays_short_however_long_a_world_runs() {
    let mut timeline = Timeline::new(scenario(), 5);
    for _ in 0..40_000 {
        // Far more time than events.
        timeline.apply(Action::HealAll {}).expect("there is room");
        let events = timeline.world().events() + 3;
        run(&mut timeline, events);
    }
    let chronicle = timeline.tree.get(ROOT).chronicle.as_ref().unwrap();
    assert!(
        (1_000..=4_096).contains(&chronicle.len()),
        "{}",
        chronicle.len()
    );
    assert!((300..=1_024).contains(&chronicle.journal().len()));
    assert!(timeline.weight().chronicles <= 2 * 1024 * 1024);
    let end_us = timeline.world().now_us() + 1;
    let overview = timeline.overview(ROOT, 0, end_us, 500).unwrap();
    let faults: u32 = overview.buckets.iter().map(|it| it.faults).sum();
    assert_eq!(faults, 40_000);
}
