//! The promises of a world's one door: what is refused leaves no trace, what is due
//! happens at its time, and crashes, pauses and cuts do what they say, no more.

use raftarium::kv::{Answer, ClientId, Operation};
use raftarium::raft::{LogIndex, ReplicaId, Term};
use raftarium::sim::action::{Action, MessageId, Target};
use raftarium::sim::notice::{Happening, LossCause};
use raftarium::sim::scenario::{Clock, DiskSettings, Latency, LinkQuality, Scenario, Workload};
use raftarium::sim::view::{Endpoint, MessageKind, MessageView, ReplicaView, RoleKind, Status};
use raftarium::sim::{Refused, World};

const R1: ReplicaId = ReplicaId(1);
const R2: ReplicaId = ReplicaId(2);
const R3: ReplicaId = ReplicaId(3);

/// Three replicas whose messages and writes take exactly a millisecond.
fn scenario() -> Scenario {
    let quality = LinkQuality {
        latency: Latency::Fixed { us: 1_000 },
        ..LinkQuality::default()
    };
    Scenario {
        replicas: 3,
        network: quality,
        client_network: quality,
        ..Scenario::default()
    }
}

/// A world in which R1 leads term 1 and everybody knows.
fn led_by_r1() -> World {
    let mut world = World::new(scenario(), 1);
    time_out(&mut world, R1);
    world.run_until(60_000);
    assert_eq!(world.view().leader, Some(R1));
    world
}

fn time_out(world: &mut World, replica: ReplicaId) {
    let replica = replica.into();
    world.apply(Action::TimeOut { replica }).expect("it runs");
}

fn seen(world: &World, id: ReplicaId) -> ReplicaView {
    world.view().replicas[usize::from(id.0) - 1].clone()
}

fn put(key: &str, value: &str) -> Action {
    Action::Request {
        client: None,
        operation: Operation::Put {
            key: key.into(),
            value: value.into(),
        },
    }
}

/// The messages of a kind, in the order of sending.
fn in_flight(world: &World, kind: MessageKind) -> Vec<MessageView> {
    let messages = world.messages();
    messages.filter(|message| message.kind == kind).collect()
}

/// Goes on until a message of this kind is on its way.
fn run_to(world: &mut World, kind: MessageKind) -> MessageView {
    loop {
        if let Some(&message) = in_flight(world, kind).first() {
            return message;
        }
        world.step().expect("nothing breaks").expect("it goes on");
    }
}

fn answers(world: &mut World) -> Vec<Answer> {
    let notices = world.take_notices().into_iter();
    notices
        .filter_map(|notice| match notice.what {
            Happening::Answered { answer, .. } => Some(answer),
            _ => None,
        })
        .collect()
}

fn losses(world: &mut World) -> Vec<(MessageId, LossCause)> {
    let notices = world.take_notices().into_iter();
    notices
        .filter_map(|notice| match notice.what {
            Happening::MessageLost { message, cause } => Some((message, cause)),
            _ => None,
        })
        .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn what_is_refused_leaves_no_trace() {
    let mut world = led_by_r1();
    world.apply(Action::Crash { replica: R3.into() }).unwrap();
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
        (
            Action::Crash {
                replica: target(R3),
            },
            "R3 is crashed",
        ),
        (
            Action::Crash {
                replica: Target::Candidate,
            },
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
            },
            "there is no client 9",
        ),
        (
            Action::Request {
                client: None,
                operation: get(""),
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

fn get(key: &str) -> Operation {
    Operation::Get { key: key.into() }
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
fn a_crash_during_a_write_loses_the_write_and_all_that_waited_for_it() {
    let mut world = World::new(scenario(), 1);
    time_out(&mut world, R1);
    let writing = seen(&world, R1);
    assert_eq!((writing.term, writing.writing), (Term(1), true));
    // Not even a request for votes has left.
    assert_eq!(world.messages().count(), 0);
    world.apply(Action::Crash { replica: R1.into() }).unwrap();
    assert_eq!(seen(&world, R1).term, Term(0));
    world.run_until(50_000);
    assert_eq!(seen(&world, R1).status, Status::Crashed);
    world.apply(Action::Restart { replica: R1.into() }).unwrap();
    let back = seen(&world, R1);
    assert_eq!((back.term, back.voted_for), (Term(0), None));

    // Once the write is done, the vote survives.
    time_out(&mut world, R1);
    run_to(&mut world, MessageKind::RequestVote);
    world.apply(Action::Crash { replica: R1.into() }).unwrap();
    world.apply(Action::Restart { replica: R1.into() }).unwrap();
    let back = seen(&world, R1);
    assert_eq!((back.term, back.voted_for), (Term(1), Some(R1)));
    assert_eq!(back.role, RoleKind::Follower);
}

#[test]
fn a_crash_takes_the_store_and_the_log_brings_it_back() {
    let mut world = led_by_r1();
    world.apply(put("x", "1")).unwrap();
    world.run_until(400_000);
    assert_eq!(answers(&mut world), [Answer::Written]);
    let log = seen(&world, R2).log;
    world.apply(Action::Crash { replica: R2.into() }).unwrap();
    assert_eq!(world.store(R2, 9).unwrap(), []);
    world.apply(Action::Restart { replica: R2.into() }).unwrap();
    let back = seen(&world, R2);
    assert_eq!((back.log, back.last_applied), (log, LogIndex(0)));
    world.run_until(600_000);
    assert_eq!(world.store(R2, 9).unwrap(), world.store(R1, 9).unwrap());
    assert_eq!(world.store(R2, 9).unwrap().len(), 1);
}

#[test]
fn a_paused_replica_ends_its_write_but_says_nothing_until_it_runs_on() {
    let mut world = World::new(scenario(), 1);
    time_out(&mut world, R1);
    world.apply(Action::Pause { replica: R1.into() }).unwrap();
    world.run_until(100_000);
    assert!(!seen(&world, R1).writing);
    assert_eq!(world.messages().count(), 0);
    world.apply(Action::Resume { replica: R1.into() }).unwrap();
    assert_eq!(in_flight(&world, MessageKind::RequestVote).len(), 2);
}

#[test]
fn messages_wait_at_the_door_of_a_paused_replica() {
    let mut world = led_by_r1();
    world.apply(Action::Pause { replica: R2.into() }).unwrap();
    world.run_until(world.now_us() + 170_000);
    let waiting = |world: &World| -> Vec<MessageId> {
        let messages = world.messages();
        let to_r2 = messages.filter(|message| message.to == Endpoint::Replica(R2));
        to_r2.map(|message| message.id).collect()
    };
    let door = waiting(&world);
    assert_eq!(door.len(), 3, "a heartbeat every 50 ms");
    let refused = world.apply(Action::Deliver { message: door[0] });
    assert!(matches!(refused, Err(Refused::Unsuitable { .. })));
    world.apply(Action::Drop { message: door[0] }).unwrap();
    // They come in one by one, in the order in which they came.
    world.apply(Action::Resume { replica: R2.into() }).unwrap();
    for &message in &door[1..] {
        let due = world.step().unwrap().unwrap();
        assert_eq!(
            (due.at_us, due.action),
            (world.now_us(), Action::Deliver { message })
        );
    }
    assert_eq!(waiting(&world), []);

    // A crash closes the door.
    world.apply(Action::Pause { replica: R2.into() }).unwrap();
    world.run_until(world.now_us() + 60_000);
    let door = waiting(&world);
    assert_eq!(door.len(), 1);
    world.take_notices();
    world.apply(Action::Crash { replica: R2.into() }).unwrap();
    assert_eq!(losses(&mut world), [(door[0], LossCause::Dead)]);
}

#[test]
fn a_cut_loses_what_arrives_unless_a_hand_carries_it_over() {
    let mut world = led_by_r1();
    let before = run_to(&mut world, MessageKind::Heartbeat);
    assert_eq!(before.to, Endpoint::Replica(R2));
    let cut = Action::Cut {
        from: R1.into(),
        to: R2.into(),
        both: false,
    };
    world.apply(cut).unwrap();
    // What was on its way is lost when it arrives.
    world.take_notices();
    world.run_until(before.arrive_us);
    assert_eq!(losses(&mut world), [(before.id, LossCause::Cut)]);
    // What is sent now is lost half-way. A hand may have it otherwise.
    let after = loop {
        let message = run_to(&mut world, MessageKind::Heartbeat);
        if message.to == Endpoint::Replica(R2) {
            break message;
        }
        world.step().unwrap();
    };
    assert_eq!(after.lost_us, Some(after.sent_us + 500));
    world.apply(Action::Deliver { message: after.id }).unwrap();
    let accepted = in_flight(&world, MessageKind::AppendAccepted);
    assert_eq!(accepted[0].from, Endpoint::Replica(R2));
}

#[test]
fn a_partition_cuts_exactly_between_its_groups() {
    let mut world = World::new(Scenario::default(), 1);
    let groups = vec![vec![R1.into(), R3.into()], vec![R2.into()]];
    world.apply(Action::Partition { groups }).unwrap();
    let cuts: Vec<_> = world
        .view()
        .cuts
        .iter()
        .map(|c| (c.from.0, c.to.0))
        .collect();
    let expected = [
        (1, 2),
        (1, 4),
        (1, 5),
        (2, 1),
        (2, 3),
        (2, 4),
        (2, 5),
        (3, 2),
        (3, 4),
        (3, 5),
        (4, 1),
        (4, 2),
        (4, 3),
        (5, 1),
        (5, 2),
        (5, 3),
    ];
    assert_eq!(cuts, expected);
    world.apply(Action::HealAll {}).unwrap();
    assert_eq!(world.view().cuts, []);
}

#[test]
fn roles_in_a_partition_mean_somebody_else_each_time() {
    for seed in 1..20 {
        let mut world = World::new(Scenario::default(), seed);
        time_out(&mut world, R1);
        world.run_until(100_000);
        let follower = Target::Follower;
        let groups = vec![vec![Target::Leader, follower], vec![follower, R2.into()]];
        world.take_notices();
        world.apply(Action::Partition { groups }).unwrap();
        let done = world.take_notices().pop().unwrap().what;
        let Happening::Done {
            action: Action::Partition { groups },
        } = done
        else {
            panic!("it says what was done");
        };
        let mut named: Vec<Target> = groups.into_iter().flatten().collect();
        assert_eq!(named[0], R1.into());
        named.sort();
        named.dedup();
        assert_eq!(named.len(), 4);
        assert!(
            named
                .iter()
                .all(|target| matches!(target, Target::Replica(_)))
        );
    }
}

#[test]
fn a_request_that_comes_twice_enters_the_log_once() {
    let mut world = led_by_r1();
    world.apply(put("x", "1")).unwrap();
    // The client has not heard of a leader yet; it may have to be told.
    while in_flight(&world, MessageKind::ClientRequest)
        .iter()
        .all(|message| message.to != Endpoint::Replica(R1))
    {
        world.step().unwrap();
    }
    let message = in_flight(&world, MessageKind::ClientRequest)[0].id;
    world.apply(Action::Duplicate { message }).unwrap();
    let copies = in_flight(&world, MessageKind::ClientRequest);
    assert_eq!([copies[0].duplicate, copies[1].duplicate], [false, true]);
    world.run_until(world.now_us() + 3_000);
    // The no-op, and the put.
    assert_eq!(seen(&world, R1).log.last_index, LogIndex(2));
}

#[test]
fn a_deposed_leader_sends_its_clients_away() {
    let mut world = led_by_r1();
    world.apply(put("x", "1")).unwrap();
    world.run_until(world.now_us() + 200_000);
    assert_eq!(answers(&mut world), [Answer::Written]);
    world.apply(Action::Isolate { replica: R1.into() }).unwrap();
    world.apply(put("x", "2")).unwrap();
    time_out(&mut world, R2);
    world.run_until(world.now_us() + 200_000);
    assert_eq!(world.view().leader, Some(R2));
    // R1 believes that it leads, has the put in its log, and can't commit it.
    assert_eq!(world.replica_detail(R1, 0).unwrap().pending_requests, 1);
    world.apply(Action::HealAll {}).unwrap();
    world.run_until(world.now_us() + 100_000);
    assert_eq!(world.replica_detail(R1, 0).unwrap().pending_requests, 0);
    assert_eq!(answers(&mut world), [Answer::Written]);
    let logs: Vec<_> = world.view().replicas.into_iter().map(|r| r.log).collect();
    assert!(logs.iter().all(|log| *log == logs[0]));
}

#[test]
fn a_held_message_stands_still_and_then_goes_the_rest_of_its_way() {
    let mut world = led_by_r1();
    let message = run_to(&mut world, MessageKind::Heartbeat);
    world.advance(message.sent_us + 400);
    world
        .apply(Action::Hold {
            message: message.id,
        })
        .unwrap();
    let held_us = world.now_us();
    world.run_until(held_us + 20_000);
    let find = |world: &World| world.messages().find(|m| m.id == message.id).unwrap();
    assert_eq!(find(&world).held_us, Some(held_us));
    world
        .apply(Action::Release {
            message: message.id,
        })
        .unwrap();
    let released = find(&world);
    assert_eq!(released.arrive_us, message.arrive_us + 20_000);
    assert_eq!(released.sent_us, message.sent_us + 20_000);
    world.run_until(released.arrive_us);
    assert!(world.messages().all(|m| m.id != message.id));
}

#[test]
fn a_workload_that_grows_brings_clients_and_one_that_shrinks_lets_them_finish() {
    let mut world = led_by_r1();
    let workload = |clients, operations_per_second| Action::SetWorkload {
        workload: Workload {
            clients,
            operations_per_second,
            ..Workload::default()
        },
    };
    world.apply(workload(6, 1_000)).unwrap();
    world.run_until(world.now_us() + 500_000);
    assert_eq!(world.view().clients.len(), 7);
    world.apply(workload(1, 0)).unwrap();
    let at_work = world.view().clients.len();
    assert!(at_work > 2, "they have not finished");
    world.run_until(world.now_us() + 2_000_000);
    assert_eq!(world.view().clients.len(), 2);
    let asked: u64 = (1..=7)
        .map(|id| world.last_sequence(ClientId(id)).unwrap())
        .sum();
    assert_eq!(world.counters().answered_operations, asked);
    // Their sessions go on when they are called again.
    world.apply(workload(6, 1_000)).unwrap();
    world.run_until(world.now_us() + 100_000);
    assert!(
        answers(&mut world)
            .iter()
            .all(|answer| *answer != Answer::Forgotten)
    );
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
        .filter(|n| matches!(n.what, Happening::Skipped { .. }));
    assert_eq!(skipped.map(|notice| notice.at_us).collect::<Vec<_>>(), [0]);
    assert_eq!(seen(&world, R2).status, Status::Crashed);
    let done = Happening::Done {
        action: Action::Crash { replica: R2.into() },
    };
    assert_eq!(notices.last().map(|n| &n.what), Some(&done));
}

#[test]
fn without_latency_a_write_is_done_at_once() {
    let mut world = led_by_r1();
    let disk = DiskSettings {
        write_latency: Latency::Fixed { us: 0 },
    };
    world
        .apply(Action::SetDisk {
            replica: None,
            disk,
        })
        .unwrap();
    time_out(&mut world, R2);
    assert!(!seen(&world, R2).writing);
    assert_eq!(in_flight(&world, MessageKind::RequestVote).len(), 2);
}
