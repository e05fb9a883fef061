use super::*;
use crate::kv::Operation;
use crate::raft::ReplicaId;
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
        // What came after was forgotten; do it again.
        let kept = timeline.recorder.interventions().len();
        for intervention in &recording.interventions[kept..] {
            run(&mut timeline, intervention.after_events);
            timeline.advance(intervention.at_us);
            timeline.apply(intervention.action.clone()).unwrap();
        }
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
    assert_eq!(timeline.recorder.interventions(), recording.interventions);
    // Back, and then on in steps.
    timeline.rewind(events / 2).unwrap();
    assert_eq!(timeline.recording(), recording);
    run(&mut timeline, events);
    assert_eq!(timeline.world().digest(), digest);
}

#[test]
fn who_does_something_else_leaves_the_recording_until_that_never_happened() {
    let original = eventful();
    let recording = original.recording();
    let mut timeline = Timeline::follow(recording.clone()).expect("it is one");
    follow(&mut timeline, 10_000);
    let kept = timeline.recorder.interventions().len();
    timeline.apply(Action::HealAll {}).expect("it can be done");
    run(&mut timeline, 20_000);
    assert_eq!(timeline.recorder.interventions().len(), kept + 1);
    assert_eq!(
        timeline.recording().interventions,
        timeline.recorder.interventions()
    );
    timeline.rewind(10_001).unwrap();
    run(&mut timeline, 20_000);
    assert_eq!(timeline.recorder.interventions().len(), kept + 1);
    timeline.rewind(10_000).unwrap();
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
fn the_checkpoints_stay_few_and_are_the_closer_the_nearer() {
    let mut timeline = Timeline::new(scenario(), 1);
    run(&mut timeline, 300_000);
    let events: Vec<u64> = timeline
        .checkpoints
        .iter()
        .map(Checkpoint::events)
        .collect();
    assert!((CHECKPOINTS_MAX - 1..=CHECKPOINTS_MAX).contains(&events.len()));
    assert_eq!(events[0], 0);
    let now = timeline.world().events();
    let last = events[events.len() - 1];
    assert!(now - last <= now / SPACING_SHARE + SPACING_MIN);
    for gap in events.windows(2) {
        let (gap, age) = (gap[1] - gap[0], now - gap[0]);
        let youngest = SPACING_MIN + now / SPACING_SHARE;
        assert!(gap <= age / 4 + youngest, "{gap} events, {age} ago");
    }
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
fn checkpoints_of_a_large_world_are_fewer_and_the_past_is_the_same() {
    let mut timeline = heavy();
    let weight = timeline.weight();
    assert!(weight.world > 20_000_000, "{weight:?}");
    assert!(weight.checkpoints <= CHECKPOINTS_BYTES_MAX, "{weight:?}");
    assert!(timeline.checkpoints.len() < 20);
    assert_eq!(timeline.checkpoints[0].events(), 0);
    let (events, digest) = (timeline.world().events(), timeline.world().digest());
    let recording = timeline.recording();
    timeline.rewind(events / 2).expect("it was there");
    let again = recording.replay(events / 2).expect("it can be");
    assert_eq!(timeline.world().digest(), again.digest());
    let bytes: usize = timeline
        .recorder
        .interventions()
        .iter()
        .map(super::weight)
        .sum();
    assert_eq!(timeline.interventions_bytes, bytes);
    let mut followed = Timeline::follow(recording).expect("it is one");
    run(&mut followed, events);
    assert_eq!(followed.world().digest(), digest);
}

#[test]
fn once_too_much_was_done_nothing_more_can_be_done_but_the_world_goes_on() {
    let mut timeline = Timeline::new(scenario(), 5);
    run(&mut timeline, 100);
    timeline.interventions_bytes = INTERVENTIONS_BYTES_MAX - INTERVENTION_BYTES;
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
    // Going back makes room again.
    timeline.rewind(50).expect("it was there");
    timeline.apply(Action::HealAll {}).expect("there is room");
}
