//! The one door: what is refused, what is due, and how time passes.

use raftarium::kv::ClientId;
use raftarium::raft::ReplicaId;
use raftarium::sim::World;
use raftarium::sim::action::{Action, MessageId, Target};
use raftarium::sim::notice::TraceEvent;
use raftarium::sim::scenario::{Clock, Scenario};
use raftarium::sim::view::{MessageKind, Status};

use crate::{R1, R2, R3, get, led_by_r1, run_to, scenario, seen};

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn what_is_refused_leaves_no_trace() {
    let mut world = led_by_r1();
    world.apply(Action::crash(R3)).unwrap();
    world.apply(Action::Pause { replica: R2.into() }).unwrap();
    let message = run_to(&mut world, MessageKind::Heartbeat).id;
    world.apply(Action::Hold { message }).unwrap();
    let gone = MessageId(1);
    let target = Target::Replica;
    for (action, said) in [
        (Action::Tick { replica: R2 }, "R2 is paused"),
        (Action::Tick { replica: R3 }, "R3 is crashed"),
        (
            Action::Deliver { message: gone },
            "message 1 is not in the network",
        ),
        (
            Action::Drop { message: gone },
            "message 1 is not in the network",
        ),
        (Action::Hold { message }, "stands still already"),
        (
            Action::Release { message: gone },
            "message 1 is not in the network",
        ),
        (Action::Persist { replica: R1 }, "it is not due"),
        (
            Action::Wake {
                client: ClientId(1),
            },
            "it is not due",
        ),
        (Action::Offer {}, "it is not due"),
        (Action::crash(target(R3)), "R3 is crashed"),
        (
            Action::crash(Target::Candidate),
            "no replica fits \"candidate\"",
        ),
        (
            Action::Restart {
                replica: target(R1),
            },
            "R1 is running",
        ),
        (
            Action::Restart {
                replica: target(ReplicaId(4)),
            },
            "there is no replica 4",
        ),
        (
            Action::Pause {
                replica: target(R2),
            },
            "R2 is paused",
        ),
        (
            Action::Resume {
                replica: target(R1),
            },
            "R1 is running",
        ),
        (
            Action::TimeOut {
                replica: target(R2),
            },
            "R2 is paused",
        ),
        (
            Action::Cut {
                from: Target::Leader,
                to: target(R1),
                both: true,
            },
            "no replica fits \"leader\"",
        ),
        // The dice choose somebody before the last group turns out to be empty.
        (
            Action::Partition {
                groups: vec![
                    vec![Target::Any],
                    vec![Target::Paused],
                    vec![Target::Paused],
                ],
            },
            "no replica fits \"paused\"",
        ),
        (
            Action::Request {
                client: Some(ClientId(9)),
                operation: get("x"),
                reads: None,
            },
            "there is no client 9",
        ),
        (
            Action::Request {
                client: None,
                operation: get(""),
                reads: None,
            },
            "request.operation.get.key: must be 1 to 256 bytes, not 0",
        ),
    ] {
        let before = (
            world.digest(),
            world.events(),
            world.view(),
            world.next_due(),
        );
        let mut untouched = world.clone();
        let refused = world.apply(action.clone()).expect_err("it can't be done");
        assert!(refused.to_string().contains(said), "{action:?}: {refused}");
        let after = (
            world.digest(),
            world.events(),
            world.view(),
            world.next_due(),
        );
        assert_eq!(before, after, "{action:?}");
        // Its dice did not move either.
        let any = Action::Isolate {
            replica: Target::Any,
        };
        untouched.apply(any.clone()).unwrap();
        let mut touched = world.clone();
        touched.apply(any).unwrap();
        assert_eq!(untouched.digest(), touched.digest(), "{action:?}");
    }
}

#[test]
fn what_is_due_happens_at_its_time_and_anything_else_now() {
    let mut world = World::new(scenario(), 1);
    let due = world.next_due().unwrap();
    let Action::Tick { replica } = due.action else {
        panic!("clocks are all there is");
    };
    let other = if replica == R1 { R2 } else { R1 };
    assert!(due.at_us > 0);
    world.apply(Action::Tick { replica: other }).unwrap();
    assert_eq!((world.now_us(), world.events()), (0, 1));
    world.apply(due.action.clone()).unwrap();
    assert_eq!((world.now_us(), world.events()), (due.at_us, 2));
    // Stepping is the same as applying what is due.
    let mut stepped = World::new(scenario(), 1);
    stepped.apply(Action::Tick { replica: other }).unwrap();
    assert_eq!(stepped.step().unwrap().as_ref(), Some(&due));
    assert_eq!(stepped.digest(), world.digest());
}

#[test]
fn time_passes_up_to_what_is_due_and_not_beyond() {
    let mut world = World::new(scenario(), 1);
    let due_us = world.next_due().unwrap().at_us;
    world.advance(due_us - 1);
    assert_eq!(world.now_us(), due_us - 1);
    world.advance(u64::MAX);
    assert_eq!(world.now_us(), due_us);
    world.advance(0);
    assert_eq!(world.now_us(), due_us);
}

#[test]
fn looking_changes_nothing_and_seeds_make_a_difference() {
    let run = |seed, look: bool| {
        let mut world = World::new(scenario(), seed);
        for us in (0..2_000_000).step_by(10_000) {
            world.run_until(us);
            if look {
                world.view();
                world.take_notices();
                world.replica_detail(R1, 10).unwrap();
            }
        }
        world.digest()
    };
    assert_eq!(run(1, false), run(1, true));
    assert_ne!(run(1, false), run(2, false));
}

#[test]
fn clocks_tick_with_their_own_phase_and_rate_and_never_drift() {
    let mut world = World::new(
        Scenario {
            clocks: vec![Clock {
                replica: R2,
                rate_ppm: 1_500_000,
                phase_us: Some(123),
            }],
            ..scenario()
        },
        1,
    );
    let mut ticks = Vec::new();
    while world.now_us() < 1_000_000 {
        let due = world.step().unwrap().unwrap();
        if due.at_us < 1_000_000 && due.action == (Action::Tick { replica: R2 }) {
            ticks.push(due.at_us);
        }
    }
    assert!(ticks.iter().zip(0..).all(|(&us, k)| us == 123 + k * 6_667));
    assert_eq!(ticks.len(), 150);
}

#[test]
fn a_timed_action_that_can_not_be_done_is_skipped() {
    let actions = r#"{ "replicas": 3, "actions": [
        { "at_us": 0, "do": { "crash": { "replica": "leader" } } },
        { "at_us": 0, "do": { "time_out": { "replica": 2 } } },
        { "at_us": 500000, "do": { "crash": { "replica": "leader" } } } ] }"#;
    let mut world = World::new(Scenario::from_json(actions).unwrap(), 1);
    world.run_until(500_000);
    let notices = world.take_notices();
    let skipped = notices
        .iter()
        .filter(|n| matches!(n.what, TraceEvent::Skipped { .. }));
    assert_eq!(skipped.map(|notice| notice.at_us).collect::<Vec<_>>(), [0]);
    assert_eq!(seen(&world, R2).status, Status::Crashed);
    let done = TraceEvent::Done {
        action: Action::crash(R2),
    };
    assert_eq!(notices.last().map(|n| &n.what), Some(&done));
}
