//! Reads by lease while settings change: none is stale, and where the world itself takes
//! away what a lease rests on, the notice says what that was.

use raftarium::kv::{Answer, ClientId};
use raftarium::raft::ReplicaId;
use raftarium::sim::World;
use raftarium::sim::action::Action;
use raftarium::sim::lease::Voided;
use raftarium::sim::notice::TraceEvent;
use raftarium::sim::scenario::{Protocol, ReadMode, Scenario, Timers};

use crate::{R1, R2, R3, get, led_by_r1, put, scenario, time_out};

const LEASE: Protocol = Protocol {
    pre_vote: false,
    check_quorum: true,
    replication: raftarium::sim::scenario::ReplicationMode::Eager,
    window_messages: 8,
    window_bytes: 262_144,
    reads: ReadMode::Lease { drift_ppm: 0 },
    uncommitted_bytes_max: 1_048_576,
    request_wait_us: 0,
    leader_silence_ticks_max: 0,
};
const NO_LEASE: Protocol = Protocol {
    reads: ReadMode::ReadIndex { followers: false },
    ..LEASE
};

fn protocol(replica: Option<ReplicaId>, protocol: Protocol) -> Action {
    Action::SetProtocol { replica, protocol }
}

/// Timeouts of so many ticks, and up to twice as many.
fn timing(replica: Option<ReplicaId>, ticks: u32) -> Action {
    let timing = Timers {
        heartbeat_ticks: 3,
        election_timeout_ticks_min: ticks,
        election_timeout_ticks_max: 2 * ticks,
        ..Timers::default()
    };
    Action::SetTiming { replica, timing }
}

fn isolate(replica: ReplicaId) -> Action {
    let replica = replica.into();
    Action::Isolate { replica }
}

fn apply(world: &mut World, actions: impl IntoIterator<Item = Action>) {
    for action in actions {
        world.apply(action).expect("it can be done");
    }
}

/// Client 2 reads at R1, whoever leads.
fn read_at_r1(world: &mut World) {
    let (client, replica) = (ClientId(2), R1.into());
    let read = Action::Request {
        client: Some(client),
        operation: get("x"),
        reads: None,
    };
    apply(world, [Action::Mislead { client, replica }, read]);
}

/// R1 leads with x=1, and client 2 is there.
fn before(protocols: [Protocol; 3]) -> World {
    let mut world = led_by_r1();
    let workload = raftarium::sim::scenario::Workload {
        clients: 1,
        ..world.scenario().workload
    };
    apply(&mut world, [Action::SetWorkload { workload }]);
    for (id, settings) in [R1, R2, R3].into_iter().zip(protocols) {
        apply(&mut world, [protocol(Some(id), settings)]);
    }
    apply(&mut world, [put("x", "1")]);
    world.run_until(400_000);
    world
}

/// R1 is cut off, and the others elect somebody; client 1 writes there, and client 2 asks R1
/// again and again. Returns how many reads were stale.
fn is_outdated(world: &mut World, ms: u64) -> u64 {
    apply(world, [isolate(R1)]);
    let mut written = false;
    for _ in 0..ms {
        world.run_until(world.now_us() + 1_000);
        let view = world.view();
        let leads = |id: ReplicaId| view.replicas[usize::from(id.0) - 1].leader == Some(id);
        if let Some(new) = [R2, R3].into_iter().find(|&id| leads(id)) {
            if !written {
                let (client, replica) = (ClientId(1), new.into());
                apply(world, [Action::Mislead { client, replica }, put("x", "2")]);
                written = true;
            }
            if view
                .clients
                .iter()
                .all(|it| it.id != ClientId(2) || it.current.is_none())
            {
                read_at_r1(world);
            }
        }
        assert_eq!(world.violation(), None);
    }
    assert!(written, "somebody else was elected");
    world.counters().stale_reads
}

#[test]
fn a_lease_switched_on_at_all_counts_no_promise_that_nobody_made() {
    let mut world = before([NO_LEASE, NO_LEASE, NO_LEASE].map(|it| Protocol {
        check_quorum: false,
        ..it
    }));
    apply(&mut world, [isolate(R1)]);
    time_out(&mut world, R2);
    world.run_until(world.now_us() + 20_000);
    let (client, replica) = (ClientId(1), R2.into());
    apply(
        &mut world,
        [Action::Mislead { client, replica }, put("x", "2")],
    );
    world.run_until(world.now_us() + 20_000);
    apply(&mut world, [protocol(None, LEASE)]);
    read_at_r1(&mut world);
    world.run_until(world.now_us() + 100_000);
    assert_eq!((world.violation(), world.counters().stale_reads), (None, 0));
}

#[test]
fn a_lease_that_only_one_keeps_is_none() {
    for others in [NO_LEASE, Protocol::default()] {
        let mut world = before([LEASE, others, others]);
        assert_eq!(world.view().replicas[0].lease_until_us, None);
        assert_eq!(is_outdated(&mut world, 1_000), 0);
        // One of the others is enough.
        let mut world = before([LEASE, LEASE, others]);
        assert_ne!(world.view().replicas[0].lease_until_us, None);
        assert_eq!(is_outdated(&mut world, 1_000), 0);
    }
}

#[test]
fn timeouts_that_grow_while_the_leader_is_cut_off_do_not_make_its_lease_longer() {
    let mut world = before([LEASE; 3]);
    apply(&mut world, [timing(None, 10)]);
    world.run_until(world.now_us() + 300_000);
    apply(&mut world, [isolate(R1)]);
    world.run_until(world.now_us() + 50_000);
    // The followers' timers run already, and to nobody were longer ones promised.
    apply(&mut world, [timing(Some(R1), 100)]);
    assert_eq!(is_outdated(&mut world, 900), 0);

    // All at once, and back again.
    let mut world = before([LEASE; 3]);
    for ticks in [10, 100, 10, 100] {
        apply(&mut world, [timing(None, ticks)]);
        world.run_until(world.now_us() + 120_000);
    }
    apply(&mut world, [timing(None, 10)]);
    assert_eq!(is_outdated(&mut world, 2_500), 0);
}

#[test]
fn one_replica_may_have_ten_times_the_timeouts_of_the_others() {
    for slow in [R1, R2] {
        let mut world = before([LEASE; 3]);
        apply(&mut world, [timing(None, 10), timing(Some(slow), 100)]);
        world.run_until(world.now_us() + 500_000);
        assert_ne!(world.view().replicas[0].lease_until_us, None);
        assert_eq!(is_outdated(&mut world, 2_500), 0);
    }
}

#[test]
fn a_follower_that_restarts_with_other_settings_is_no_new_voter() {
    for settings in [LEASE, NO_LEASE, Protocol::default()] {
        let mut world = before([LEASE; 3]);
        apply(&mut world, [timing(None, 100)]);
        world.run_until(world.now_us() + 500_000);
        apply(
            &mut world,
            [isolate(R1), Action::crash(R2), Action::crash(R3)],
        );
        for id in [R2, R3] {
            apply(
                &mut world,
                [protocol(Some(id), settings), timing(Some(id), 5)],
            );
            apply(&mut world, [Action::Restart { replica: id.into() }]);
        }
        assert_eq!(is_outdated(&mut world, 2_500), 0);
    }
}

/// Each read is answered in one round trip of its client, without asking anyone.
#[test]
fn where_all_promise_reads_need_no_round() {
    let mut world = before([LEASE; 3]);
    world.take_notices();
    read_at_r1(&mut world);
    world.run_until(world.now_us() + 2_000);
    let answered = world
        .take_notices()
        .into_iter()
        .find_map(|it| match it.what {
            TraceEvent::Answered {
                answer, took_us, ..
            } => Some((answer, took_us)),
            _ => None,
        });
    let value = Answer::Value {
        value: Some("1".into()),
    };
    assert_eq!(answered, Some((value, 2_000)));
}

/// R1 has a lease by R2's promise alone, for R3 was stopped long ago. R3 runs on when R1 is
/// cut off, R2 gets its vote, and x=2; then R1 is asked. Returns why the read was stale.
fn voided(tamper: fn(&mut World)) -> Option<Voided> {
    let mut world = before([LEASE, LEASE, NO_LEASE]);
    // R3 has promised nothing, and does not stand by itself.
    let patient = Action::SetTiming {
        replica: Some(R3),
        timing: Timers {
            election_timeout_ticks_min: 100,
            election_timeout_ticks_max: 10_000,
            ..Timers::default()
        },
    };
    apply(&mut world, [timing(None, 30), patient]);
    world.run_until(world.now_us() + 500_000);
    apply(&mut world, [Action::Pause { replica: R3.into() }]);
    world.run_until(world.now_us() + 1_500_000);
    apply(&mut world, [isolate(R1)]);
    apply(&mut world, [Action::Resume { replica: R3.into() }]);
    tamper(&mut world);
    world.run_until(world.now_us() + 40_000);
    let (client, replica) = (ClientId(1), R2.into());
    apply(
        &mut world,
        [Action::Mislead { client, replica }, put("x", "2")],
    );
    world.run_until(world.now_us() + 20_000);
    read_at_r1(&mut world);
    world.run_until(world.now_us() + 10_000);
    assert_eq!(world.violation(), None);
    world
        .take_notices()
        .into_iter()
        .find_map(|it| match it.what {
            TraceEvent::StaleRead { voided_by, .. } => Some(voided_by),
            _ => None,
        })
}

#[test]
fn a_stale_read_names_what_took_away_the_ground_of_its_lease() {
    assert_eq!(voided(|_| ()), None);
    let by_hand = voided(|world| time_out(world, R2));
    assert_eq!(by_hand, Some(Voided::TimedOutByHand { replica: R2 }));
    let jumped = voided(|world| {
        let (replica, ticks) = (R2.into(), 100);
        apply(world, [Action::JumpClock { replica, ticks }]);
    });
    assert_eq!(jumped, Some(Voided::ClockJumped { replica: R2 }));
    let fast = voided(|world| {
        let (replica, rate_ppm) = (R2, 100_000_000);
        apply(world, [Action::SetClock { replica, rate_ppm }]);
    });
    let (leader, follower) = (R1, R2);
    assert_eq!(fast, Some(Voided::RatesApart { leader, follower }));
    let stalled = voided(|world| {
        let (replica, for_us) = (R1.into(), 1_000_000);
        apply(world, [Action::StallClock { replica, for_us }]);
        // R2 stands by itself.
        world.run_until(world.now_us() + 700_000);
    });
    assert_eq!(stalled, Some(Voided::ClockStalled { replica: R1 }));
}

/// Stopped and continued a hundred times, a leader never sees a whole tick pass. Its lease
/// must not last for ever.
#[test]
fn a_leader_that_is_stopped_again_and_again_trusts_no_lease() {
    let mut world = before([LEASE; 3]);
    apply(&mut world, [isolate(R1)]);
    for _ in 0..120 {
        let replica = R1.into();
        apply(&mut world, [Action::Pause { replica }]);
        world.run_until(world.now_us() + 4_000);
        apply(&mut world, [Action::Resume { replica }]);
        world.run_until(world.now_us() + 4_000);
    }
    assert_eq!(world.view().replicas[0].lease_until_us, None);
    assert_eq!(is_outdated(&mut world, 300), 0);
}

#[test]
fn timeouts_change_while_all_runs_and_are_checked_like_the_scenarios() {
    let mut world = World::new(Scenario::default(), 1);
    apply(&mut world, [timing(None, 50), timing(Some(R2), 100)]);
    assert_eq!(world.view().timing.election_timeout_ticks_min, 50);
    let timeouts = |world: &World, id| {
        let timer = world.replica_detail(id, 1).unwrap().timer_ticks.unwrap();
        timer.timeout
    };
    assert!((50..=100).contains(&timeouts(&world, R1)));
    assert!((100..=200).contains(&timeouts(&world, R2)));
    let fault = |timing: Timers| {
        let action = Action::SetTiming {
            replica: None,
            timing,
        };
        World::new(scenario(), 1)
            .apply(action)
            .map_err(|refused| refused.to_string())
    };
    let heartbeats = Timers {
        heartbeat_ticks: 15,
        ..Timers::default()
    };
    assert_eq!(
        fault(heartbeats).unwrap_err(),
        "set_timing.timing.heartbeat_ticks: must be 1 to 14, not 15"
    );
    assert_eq!(fault(Timers::default()), Ok(()));
}

/// A replica that a change makes a learner can't take over: the leader goes on at once.
#[test]
fn a_handover_ends_when_its_successor_loses_its_vote() {
    let scenario = Scenario {
        spares: 1,
        timing: raftarium::sim::scenario::Timing {
            election_timeout_ticks_min: 100,
            election_timeout_ticks_max: 200,
            ..raftarium::sim::scenario::Timing::default()
        },
        ..scenario()
    };
    for newcomer in [true, false] {
        let mut world = World::new(scenario.clone(), 1);
        time_out(&mut world, R1);
        apply(&mut world, [put("x", "0")]);
        world.run_until(500_000);
        let fourth = newcomer.then_some(ReplicaId(4));
        let change = Action::ChangeMembership {
            voters: [R1, R2].into_iter().chain(fourth).collect(),
            learners: vec![R3],
        };
        let hand_over = Action::TransferLeadership {
            to: Some(R3.into()),
        };
        apply(&mut world, [isolate(R3), change]);
        if newcomer {
            apply(&mut world, [hand_over]);
        } else {
            // By then it has no vote any more.
            assert!(world.apply(hand_over).is_err());
        }
        world.run_until(520_000);
        apply(&mut world, [put("x", "1")]);
        let asked_us = world.now_us();
        world.take_notices();
        world.run_until(asked_us + 50_000);
        let answered =
            |it: &raftarium::sim::notice::Notice| matches!(it.what, TraceEvent::Answered { .. });
        assert!(world.take_notices().iter().any(answered));
    }
}

/// A successor that was told to stand has the whole log: no change goes on before it could.
#[test]
fn a_change_does_not_overtake_a_successor_that_was_told_to_stand() {
    let text = r#"{
        "replicas": 3, "spares": 2,
        "workload": { "clients": 1, "operations_per_second": 0, "reads": "1/2", "keys": 1 },
        "network": { "latency": { "fixed": { "us": 1000 } } },
        "client_network": { "latency": { "fixed": { "us": 500 } } },
        "links": [LINKS],
        "actions": [
            { "at_us": 100000, "do": { "time_out": { "replica": 1 } } },
            { "at_us": 300000, "do": { "request": {
                "operation": { "put": { "key": "x", "value": "1" } } } } },
            { "at_us": 1000000, "do": { "change_membership": { "voters": [1, 2, 3, 4, 5] } } },
            { "at_us": 1082000, "do": { "transfer_leadership": { "to": 2 } } },
            { "at_us": 1087000, "do": { "request": {
                "operation": { "put": { "key": "x", "value": "2" } } } } }
        ]
    }"#;
    let slow = [(4, 20_000), (5, 20_000), (2, 15_000)].map(|(id, us)| {
        let quality = format!(r#""quality": {{ "latency": {{ "fixed": {{ "us": {us} }} }} }}"#);
        format!(r#"{{ "from": 1, "to": {id}, {quality} }}, {{ "from": {id}, "to": 1, {quality} }}"#)
    });
    let scenario = Scenario::from_json(&text.replace("LINKS", &slow.join(","))).unwrap();
    let mut world = World::new(scenario, 1);
    world.run_until(1_087_000);
    world.take_notices();
    world.run_until(1_087_000 + 60_000);
    let answered =
        |it: &raftarium::sim::notice::Notice| matches!(it.what, TraceEvent::Answered { .. });
    assert!(world.take_notices().iter().any(answered));
    assert_eq!(world.view().leader, Some(R2));
}
