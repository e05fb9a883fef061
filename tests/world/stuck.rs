//! The watchdog: it tells what should have happened long ago, and nothing else.

use raftarium::adversary::simulate;
use raftarium::flaw::Flaw;
use raftarium::kv::ClientId;
use raftarium::raft::ReplicaId;
use raftarium::sim::World;
use raftarium::sim::action::Action;
use raftarium::sim::notice::{Stuck, TraceEvent};
use raftarium::sim::scenario::{LinkQuality, Protocol, Scenario, shipped};
use raftarium::sim::view::Endpoint;

use crate::{R1, R2, R3, led_by_r1, put, scenario, time_out};

const SECOND: u64 = 1_000_000;

/// What is stuck up to a moment: when it was told, what it is, and why.
fn stuck(world: &mut World, until_us: u64) -> Vec<(u64, Stuck, String)> {
    let mut told = Vec::new();
    while world.step_until(until_us) {
        for notice in world.take_notices() {
            if let TraceEvent::Stuck { what, why, .. } = notice.what {
                told.push((notice.at_us, what, why));
            }
        }
    }
    world.advance(until_us);
    told
}

fn cut(world: &mut World, from: u16, to: u16, both: bool) {
    let (from, to) = (ReplicaId(from).into(), ReplicaId(to).into());
    world.apply(Action::Cut { from, to, both }).unwrap();
}

/// R1 leads five replicas, but can talk with R2 alone, which is the bridge to R3 and R4: with
/// them it would be a quorum. R5 is dead.
fn bridge(pre_vote: bool, check_quorum: bool) -> World {
    let protocol = Protocol {
        pre_vote,
        check_quorum,
        ..Protocol::default()
    };
    let replicas = 5;
    let mut world = World::new(
        Scenario {
            replicas,
            protocol,
            ..scenario()
        },
        1,
    );
    time_out(&mut world, R1);
    world.run_until(SECOND);
    assert_eq!(world.view().leader, Some(R1));
    world.apply(Action::crash(ReplicaId(5))).unwrap();
    cut(&mut world, 1, 3, true);
    cut(&mut world, 1, 4, true);
    world
}

#[test]
fn a_bridge_with_pre_vote_alone_blocks_everybody_and_it_says_why() {
    let mut world = bridge(true, false);
    let told = stuck(&mut world, 100 * SECOND);
    // After ten of the longest election timeouts, which are 300 ms; and again after a hundred.
    assert_eq!(told.len(), 2, "{told:#?}");
    let (at_us, what, why) = &told[0];
    assert!((4_000_000..4_400_000).contains(at_us), "{at_us}");
    assert!(matches!(what, Stuck::Election { quorum } if quorum.len() >= 3));
    for said in [
        "R1 leads term 1, but can talk with R2 alone: 2 of 5 voters.",
        "R1 does not check its quorum",
        "R2 has not stood once",
        "R3 stood ",
        "R2 denied R",
        "had heard from R1",
        "Pre-vote alone is at fault",
        "thesis §6.2",
    ] {
        assert!(why.contains(said), "{said}: {why}");
    }
    assert!(told[1].0 > 31 * SECOND && told[1].0 < 32 * SECOND);
}

#[test]
fn with_check_quorum_or_without_pre_vote_the_bridge_elects_somebody_and_all_is_quiet() {
    for (pre_vote, check_quorum) in [(true, true), (false, true), (false, false)] {
        let mut world = bridge(pre_vote, check_quorum);
        let told = stuck(&mut world, 100 * SECOND);
        let disturbed = !pre_vote && !check_quorum;
        // Without either, R1 and the others may depose one another for ever.
        assert!(told.is_empty() || disturbed, "{told:#?}");
    }
}

/// R1 is heard, but hears nobody: its heartbeats keep the others from standing.
#[test]
fn a_deaf_leader_is_told_of_though_the_others_do_not_miss_anything() {
    let mut world = led_by_r1();
    cut(&mut world, 2, 1, false);
    cut(&mut world, 3, 1, false);
    let told = stuck(&mut world, 10 * SECOND);
    let [(at_us, Stuck::Election { quorum }, why)] = &told[..] else {
        panic!("{told:#?}");
    };
    assert!(*at_us < 4 * SECOND, "{at_us}");
    assert_eq!(quorum[..], [R2, R3]);
    assert!(why.contains("R1 leads term 1, but can talk with no other voter: 1 of 3 voters."));
    assert!(why.contains("R2 has not stood once"), "{why}");
    assert!(why.contains("it follows R1, which sets it back"), "{why}");
}

#[test]
fn where_no_quorum_can_talk_or_nobody_waits_all_is_quiet() {
    // A leader with nothing to do.
    let mut world = led_by_r1();
    assert_eq!(stuck(&mut world, 100 * SECOND), []);
    // It waits for an answer that only a quorum could give.
    world.apply(put("x", "1")).unwrap();
    world
        .apply(Action::Partition {
            groups: vec![vec![R1.into()], vec![R2.into()], vec![R3.into()]],
        })
        .unwrap();
    assert_eq!(stuck(&mut world, 200 * SECOND), []);
    world.apply(Action::HealAll {}).unwrap();
    assert_eq!(stuck(&mut world, 300 * SECOND), []);
    // One runs on, the others are dead, asleep, or behind links that lose everything.
    world.apply(Action::Pause { replica: R2.into() }).unwrap();
    world.apply(put("x", "2")).unwrap();
    let nothing_arrives = LinkQuality {
        loss: "1/1".parse().unwrap(),
        ..LinkQuality::default()
    };
    for (from, to) in [(R1, R3), (R3, R1)] {
        let quality = Some(nothing_arrives);
        world.apply(Action::SetLink { from, to, quality }).unwrap();
    }
    assert_eq!(stuck(&mut world, 400 * SECOND), []);
    // The same, but everything is well with the network.
    let mut busy = Scenario {
        seed: Some(1),
        ..scenario()
    };
    busy.network.loss = "1/5".parse().unwrap();
    busy.client_network.loss = "1/5".parse().unwrap();
    busy.workload.operations_per_second = 50;
    assert_eq!(stuck(&mut World::new(busy, 1), 100 * SECOND), []);
}

/// The clients of a cut-off part can't be answered, and that is no fault of the cluster's.
#[test]
fn a_client_that_nothing_reaches_waits_quietly() {
    let mut world = led_by_r1();
    let quality = LinkQuality {
        loss: "1/1".parse().unwrap(),
        ..LinkQuality::default()
    };
    world.apply(Action::SetClientNetwork { quality }).unwrap();
    world.apply(put("x", "1")).unwrap();
    assert_eq!(stuck(&mut world, 100 * SECOND), []);
}

/// A leader that begins its term without an entry of its own has one of an older term, which it
/// can't commit, and a read, which it can't serve.
#[test]
fn a_commit_index_that_does_not_move_is_told_of_with_the_rule() {
    let flawed = Scenario {
        flaw: Some(Flaw::NoEntryAtStart),
        ..scenario()
    };
    let mut world = World::new(flawed, 1);
    time_out(&mut world, R1);
    world.run_until(60_000);
    let mislead = |replica| Action::Mislead {
        client: ClientId(1),
        replica,
    };
    world.apply(mislead(R1.into())).unwrap();
    world.apply(put("x", "1")).unwrap();
    // The entry is everywhere, but R1 dies before it hears so.
    while world
        .view()
        .replicas
        .iter()
        .any(|it| it.durable_index.0 < 1)
    {
        world.step().unwrap();
    }
    world.apply(Action::crash(R1)).unwrap();
    assert_eq!(world.view().replicas[0].commit_index.0, 0);
    let client = ClientId(1);
    world.apply(Action::Leave { client }).unwrap();
    time_out(&mut world, R2);
    let told = stuck(&mut world, 20 * SECOND);
    let [(_, Stuck::Commit { leader, index, .. }, why)] = &told[..] else {
        panic!("{told:#?}");
    };
    assert_eq!((*leader, index.0), (R2, 1));
    assert!(
        why.contains("A quorum holds entry 1, but that is of term 1"),
        "{why}"
    );
    assert!(why.contains("Raft §5.4.2"), "{why}");
}

#[test]
fn a_read_that_waits_for_an_entry_that_nobody_writes_is_told_of() {
    let flaw = shipped_flaw("no-entry-at-start");
    let told = stuck(&mut World::new(flaw, 2), 8 * SECOND);
    let [
        (
            _,
            Stuck::Request {
                leader, sequence, ..
            },
            why,
        ),
    ] = &told[..]
    else {
        panic!("{told:#?}");
    };
    assert_eq!((*leader, *sequence), (R2, 2));
    assert!(why.contains("client 1 has waited to get x"), "{why}");
    assert!(why.contains("no entry of its own term 2"), "{why}");
}

fn shipped_flaw(name: &str) -> Scenario {
    let mut all = raftarium::sim::scenario::demonstrations().iter();
    let file = all.find(|file| file.name == name).unwrap();
    file.scenario()
}

/// Every message to the newcomer is lost by hand, though the links are well.
#[test]
fn a_change_that_waits_for_a_newcomer_for_ever_is_told_of() {
    let spares = 1;
    let mut world = World::new(
        Scenario {
            spares,
            ..scenario()
        },
        1,
    );
    time_out(&mut world, R1);
    world.run_until(60_000);
    let r4 = ReplicaId(4);
    let voters = [R1, R2, R3, r4].map(Into::into).into();
    let learners = Vec::new();
    world
        .apply(Action::ChangeMembership { voters, learners })
        .unwrap();
    let mut told = Vec::new();
    while world.now_us() < 10 * SECOND {
        let lost = world.messages().find(|it| it.to == Endpoint::Replica(r4));
        if let Some(message) = lost.map(|it| it.id) {
            world.apply(Action::Drop { message }).unwrap();
        }
        let now_us = world.now_us();
        told.extend(stuck(&mut world, now_us + 900));
    }
    let [(_, Stuck::Change { leader, newcomers }, why)] = &told[..] else {
        panic!("{told:#?}");
    };
    assert_eq!((*leader, &newcomers[..]), (R1, &[r4][..]));
    assert!(why.contains("R4 holds nothing that matches"), "{why}");
}

#[test]
fn a_change_to_a_dead_newcomer_is_no_fault_of_the_cluster() {
    let spares = 1;
    let mut world = World::new(
        Scenario {
            spares,
            ..scenario()
        },
        1,
    );
    time_out(&mut world, R1);
    world.run_until(60_000);
    let r4 = ReplicaId(4);
    world.apply(Action::crash(r4)).unwrap();
    let voters = [R1, R2, R3, r4].map(Into::into).into();
    let learners = Vec::new();
    world
        .apply(Action::ChangeMembership { voters, learners })
        .unwrap();
    assert_eq!(stuck(&mut world, 100 * SECOND), []);
    // It comes back, and catches up.
    world.apply(Action::Restart { replica: r4.into() }).unwrap();
    assert_eq!(stuck(&mut world, 200 * SECOND), []);
    assert_eq!(world.view().replicas[0].membership.voters.len(), 4);
}

#[test]
fn in_the_calm_after_a_storm_nothing_is_stuck() {
    for seed in 1..=24 {
        let case = simulate(seed).case;
        let Some(storm) = case.end.rest.as_ref().and_then(|rest| rest.faults) else {
            continue;
        };
        let (mut done, mut told) = (0, Vec::new());
        let replayed = case.replay(|moment| {
            done += usize::from(moment.by_hand);
            let notices = moment.notices.iter().filter(|_| done > storm);
            told.extend(notices.filter_map(|notice| match &notice.what {
                TraceEvent::Stuck { why, .. } => Some(why.clone()),
                _ => None,
            }));
        });
        assert!(replayed.is_ok());
        assert_eq!(told, Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn the_scenarios_that_ship_are_never_stuck() {
    for file in shipped() {
        let scenario = file.scenario();
        let seed = scenario.seed.unwrap();
        let told = stuck(&mut World::new(scenario, seed), 40 * SECOND);
        assert_eq!(told, [], "{}", file.name);
    }
}

/// Nobody is answered, since no leader appends an entry as it starts. A spare takes no part.
const NOBODY_IS_ANSWERED: &str = r#"{
    "replicas": 3, "spares": 1, "flaw": "no-entry-at-start",
    "protocol": { "reads": { "read_index": {} } },
    "workload": { "clients": 1, "operations_per_second": 5, "reads": "1/1", "keys": 1 },
    "actions": [ACTIONS]
}"#;

#[test]
fn how_slow_a_replica_is_that_takes_no_part_keeps_nobody_waiting() {
    let slow_disk = r#"{ "at_us": 1000, "do": { "set_disk": {
        "replica": 4, "disk": { "write_latency": { "fixed": { "us": 20000000 } } } } } }"#;
    let slow_timer = r#"{ "at_us": 1000, "do": { "set_timing": { "replica": 4, "timing": {
        "election_timeout_ticks_min": 9999, "election_timeout_ticks_max": 9999 } } } }"#;
    // The same settings again and again are no reason to wait anew.
    let again: Vec<String> = (1..10)
        .map(|nth| {
            let at_us = nth * SECOND;
            format!(r#"{{ "at_us": {at_us}, "do": {{ "set_disk": {{ "replica": 4, "disk": {{}} }} }} }}"#)
        })
        .collect();
    for actions in ["", slow_disk, &again.join(",")] {
        let text = NOBODY_IS_ANSWERED.replace("ACTIONS", actions);
        let mut world = World::new(Scenario::from_json(&text).unwrap(), 1);
        let told = stuck(&mut world, 20 * SECOND);
        assert!(!told.is_empty(), "{actions}");
        assert!(matches!(told[0].1, Stuck::Request { .. }), "{told:#?}");
    }
    let text = NOBODY_IS_ANSWERED.replace("ACTIONS", slow_timer);
    let mut world = World::new(Scenario::from_json(&text).unwrap(), 1);
    assert!(!stuck(&mut world, 20 * SECOND).is_empty());
}

#[test]
fn who_does_not_stand_because_of_a_promise_says_so() {
    let text = r#"{
        "replicas": 3,
        "protocol": { "check_quorum": true, "reads": { "lease": { "drift_ppm": 0 } } },
        "workload": { "clients": 3, "operations_per_second": 20, "reads": "0/1", "keys": 5 },
        "timing": { "election_timeout_ticks_min": 3000, "election_timeout_ticks_max": 3000 },
        "actions": [
            { "at_us": 1000, "do": { "time_out": { "replica": 1 } } },
            { "at_us": 3000000, "do": { "set_timing": { "timing": {} } } },
            { "at_us": 4000000, "do": { "crash": { "replica": "leader" } } }
        ]
    }"#;
    let mut world = World::new(Scenario::from_json(text).unwrap(), 3);
    let told = stuck(&mut world, 10 * SECOND);
    let (_, _, why) = &told[0];
    assert!(why.contains("R2 does not stand for "), "{why}");
    assert!(
        why.contains("it has promised a leader to keep to it"),
        "{why}"
    );
    assert!(!why.contains("sets it back"), "{why}");
}

/// R3 hears nobody, and deposes each leader as soon as there is one.
#[test]
fn a_client_that_waits_while_leaders_come_and_go_is_told_of() {
    let text = r#"{
        "replicas": 3,
        "protocol": { "reads": { "read_index": {} } },
        "network": { "latency": { "fixed": { "us": 80000 } } },
        "workload": { "clients": 3, "operations_per_second": 0, "reads": "1/1", "keys": 5 },
        "actions": [
            { "at_us": 2000000, "do": { "time_out": { "replica": 1 } } },
            { "at_us": 2900000, "do": { "cut": { "from": 1, "to": 3, "both": false } } },
            { "at_us": 2900000, "do": { "cut": { "from": 2, "to": 3, "both": false } } },
            { "at_us": 3000000, "do": { "request": {
                "operation": { "put": { "key": "x", "value": "1" } } } } },
            { "at_us": 4000000, "do": { "set_workload": { "workload": {
                "clients": 3, "operations_per_second": 20, "reads": "1/1", "keys": 5 } } } }
        ]
    }"#;
    let mut world = World::new(Scenario::from_json(text).unwrap(), 3);
    let told = stuck(&mut world, 120 * SECOND);
    let of_requests = told
        .iter()
        .any(|(_, what, _)| matches!(what, Stuck::Request { .. }));
    assert!(of_requests, "{told:#?}");
}
