//! A follower that is sent a snapshot catches up from there, whatever snapshots its leader
//! takes meanwhile; and the leader's log does not grow for ever while it waits.

use raftarium::raft::{KeepDecision, LogIndex, ReplicaId};
use raftarium::sim::World;
use raftarium::sim::action::{Action, Target};
use raftarium::sim::notice::TraceEvent;
use raftarium::sim::ratio::Ratio;
use raftarium::sim::scenario::{
    Latency, LinkQuality, Protocol, ReplicationMode, Scenario, SnapshotSettings, TimedAction,
    Workload,
};

use crate::{R1, R2, R3, seen};

const R4: ReplicaId = ReplicaId(4);
const SECOND_US: u64 = 1_000_000;

/// 150 puts a second over 500 keys, a snapshot every 100 entries, and none of these stays in
/// the log. A snapshot is some 5,000 bytes, and so takes three seconds on its way.
fn busy() -> Scenario {
    let quality = LinkQuality {
        latency: Latency::Fixed { us: 20_000 },
        ..LinkQuality::default()
    };
    Scenario {
        replicas: 3,
        protocol: Protocol {
            pre_vote: true,
            check_quorum: true,
            ..Protocol::default()
        },
        network: quality,
        snapshots: SnapshotSettings {
            every_entries: 100,
            retain_entries: 0,
            chunk_bytes: 64,
            ..SnapshotSettings::default()
        },
        workload: Workload {
            clients: 16,
            operations_per_second: 150,
            reads: Ratio::new(0, 1),
            keys: 500,
        },
        actions: vec![at(50_000, Action::TimeOut { replica: R1.into() })],
        ..Scenario::default()
    }
}

fn at(at_us: u64, action: Action) -> TimedAction {
    TimedAction { at_us, action }
}

fn away(scenario: &mut Scenario, replica: ReplicaId, from_s: u64, to_s: u64) {
    let replica = Target::Replica(replica);
    let actions = [
        at(from_s * SECOND_US, Action::Isolate { replica }),
        at(to_s * SECOND_US, Action::Rejoin { replica }),
    ];
    scenario.actions.extend(actions);
}

/// The same latency both ways between a replica and R1.
fn link(scenario: &mut Scenario, other: ReplicaId, latency_us: u64) {
    let quality = LinkQuality {
        latency: Latency::Fixed { us: latency_us },
        ..LinkQuality::default()
    };
    for (from, to) in [(R1, other), (other, R1)] {
        let link = serde_json::json!({ "from": from, "to": to, "quality": quality });
        scenario.links.push(serde_json::from_value(link).unwrap());
    }
}

/// What the leaders decided about keeping their logs, in order.
type Kept = Vec<(ReplicaId, KeepDecision)>;

fn run(scenario: Scenario, until_s: u64) -> (World, Kept) {
    scenario.validate().expect("a valid scenario");
    let mut world = World::new(scenario, 15);
    let mut kept = Vec::new();
    for ms in (0..=until_s * 1_000).step_by(20) {
        world.run_until(ms * 1_000);
        kept.extend(
            world
                .take_notices()
                .into_iter()
                .filter_map(|notice| match notice.what {
                    TraceEvent::LogKept {
                        follower, decision, ..
                    } => Some((follower, decision)),
                    _ => None,
                }),
        );
    }
    assert_eq!(world.violation(), None);
    (world, kept)
}

/// How many entries a replica lacks of what is applied anywhere.
fn lacks(world: &World, id: ReplicaId) -> u64 {
    world.counters().committed_entries - seen(world, id).last_applied.0
}

/// It has caught up by that, on its first or second snapshot, and needs no other.
fn catches_up(what: &str, scenario: Scenario, ids: &[ReplicaId], within_s: u64) {
    let (world, kept) = run(scenario, within_s);
    for &id in ids {
        let lacks = lacks(&world, id);
        assert!(lacks < 130, "{what}: {id} lacks {lacks}");
    }
    let installed = world.counters().snapshots_installed;
    let most = 2 * ids.len() as u64;
    assert!((1..=most).contains(&installed), "{what}: {installed}");
    for id in ids {
        let kept_for_it = |&(follower, decision): &(ReplicaId, KeepDecision)| {
            follower == *id && matches!(decision, KeepDecision::Kept { .. })
        };
        let many_chunks = world.view().snapshots.chunk_bytes < 1_000;
        assert!(!many_chunks || kept.iter().any(kept_for_it), "{what}: {id}");
    }
}

#[test]
fn whatever_the_size_of_a_chunk_a_follower_catches_up() {
    for (chunk_bytes, within_s) in [(16, 40), (64, 20), (1_000, 20), (1_000_000, 20)] {
        for every_entries in [1, 5, 100] {
            let mut scenario = busy();
            scenario.snapshots.chunk_bytes = chunk_bytes;
            scenario.snapshots.every_entries = every_entries;
            away(&mut scenario, R3, 5, 8);
            let what = format!("{chunk_bytes} bytes, every {every_entries} entries");
            catches_up(&what, scenario, &[R3], within_s);
        }
    }
}

#[test]
fn so_do_several_at_a_time_and_one_that_is_not_sent_new_entries_at_once() {
    let mut scenario = busy();
    scenario.replicas = 5;
    away(&mut scenario, R3, 5, 8);
    away(&mut scenario, R4, 5, 9);
    catches_up("two", scenario, &[R3, R4], 20);

    let mut scenario = busy();
    scenario.protocol.replication = ReplicationMode::QuorumFirst;
    scenario.snapshots.every_entries = 5;
    away(&mut scenario, R3, 5, 8);
    catches_up("quorum first", scenario, &[R3], 20);
}

#[test]
fn a_follower_on_a_link_slower_than_an_election_timeout_catches_up() {
    let mut scenario = busy();
    link(&mut scenario, R3, 400_000);
    scenario.snapshots.chunk_bytes = 1_000;
    let (world, kept) = run(scenario, 30);
    assert!(lacks(&world, R3) < 150);
    assert_eq!(world.counters().snapshots_installed, 1);
    assert!(matches!(
        kept.last(),
        Some((R3, KeepDecision::CaughtUp { .. }))
    ));
}

#[test]
fn a_follower_that_loses_messages_now_and_then_does_not_get_a_snapshot_for_it() {
    let mut scenario = busy();
    scenario.network.loss = Ratio::new(1, 5);
    scenario.snapshots.chunk_bytes = 500;
    away(&mut scenario, R3, 5, 8);
    let (world, _) = run(scenario, 60);
    let installed = world.counters().snapshots_installed;
    assert!((1..=3).contains(&installed), "{installed}");
}

#[test]
fn a_follower_whose_leader_changes_in_the_middle_catches_up_with_the_next() {
    let mut scenario = busy();
    away(&mut scenario, R3, 5, 8);
    let to = Some(R2.into());
    scenario
        .actions
        .push(at(10 * SECOND_US, Action::TransferLeadership { to }));
    catches_up("another leader", scenario, &[R3], 25);
}

#[test]
fn snapshots_by_hand_are_no_different() {
    let mut scenario = busy();
    scenario.snapshots.every_entries = 0;
    away(&mut scenario, R3, 5, 8);
    for step in 0..100 {
        let replica = R1.into();
        let at_us = 5_500_000 + step * 300_000;
        scenario
            .actions
            .push(at(at_us, Action::TakeSnapshot { replica }));
    }
    catches_up("by hand", scenario, &[R3], 25);
}

/// The change of the membership ends too, even where no round can be as short as an
/// election timeout.
#[test]
fn a_newcomer_catches_up_and_votes() {
    for latency_us in [20_000, 120_000] {
        let mut scenario = busy();
        scenario.spares = 1;
        link(&mut scenario, R4, latency_us);
        scenario.snapshots.chunk_bytes = 500;
        let change = Action::ChangeMembership {
            voters: vec![R1, R2, R3, R4],
            learners: vec![],
        };
        scenario.actions.push(at(5 * SECOND_US, change));
        let (world, kept) = run(scenario, 20);
        let membership = seen(&world, R1).membership;
        assert_eq!(membership.voters, [R1, R2, R3, R4], "{latency_us} us");
        assert_eq!(membership.wish, None);
        assert!(lacks(&world, R4) < 130);
        assert_eq!(world.counters().snapshots_installed, 1);
        assert!(kept.len() >= 2, "{kept:?}");
    }
}

/// What the inspector is given while the leader waits, and after.
#[test]
fn it_shows_for_whom_the_log_is_kept() {
    let mut scenario = busy();
    away(&mut scenario, R3, 5, 8);
    let mut world = World::new(scenario, 15);
    let kept_after = |world: &World| {
        let detail = world.replica_detail(R1, 10_000).unwrap();
        let first = detail.entries.first().unwrap().index;
        (detail.followers[1].log_kept_after, first)
    };
    world.run_until(10 * SECOND_US);
    let (kept, first) = kept_after(&world);
    let kept = kept.expect("R3 is getting its snapshot");
    assert_eq!(first, kept.next());
    assert!(seen(&world, R1).snapshot_index.0 >= kept.0 + 200);
    world.run_until(13 * SECOND_US);
    let (kept, first) = kept_after(&world);
    assert_eq!(kept, None);
    assert!(first.0 + 20 > seen(&world, R1).snapshot_index.0);
}

#[test]
fn a_follower_that_says_nothing_any_more_is_not_waited_for() {
    let mut scenario = busy();
    away(&mut scenario, R3, 5, 8);
    let crash = Action::crash(R3);
    scenario.actions.push(at(9 * SECOND_US, crash));
    let (world, kept) = run(scenario, 14);
    assert!(matches!(
        kept.last(),
        Some((R3, KeepDecision::Silent { ticks: 301 }))
    ));
    let log = world.replica_detail(R1, 10_000).unwrap().entries;
    assert!(log.len() < 130, "{}", log.len());
}

#[test]
fn a_log_that_would_get_too_large_is_not_kept() {
    for (catch_up_bytes, told) in [(20_000, true), (0, false)] {
        let mut scenario = busy();
        scenario.snapshots.catch_up_bytes = catch_up_bytes;
        away(&mut scenario, R3, 5, 8);
        let (world, kept) = run(scenario, 12);
        let too_large = kept.iter().any(|(follower, decision)| {
            *follower == R3
                && matches!(decision, KeepDecision::TooLarge { bytes, bytes_max: 20_000 } if *bytes > 20_000)
        });
        assert_eq!(too_large, told);
        let log = world.replica_detail(R1, 10_000).unwrap().entries;
        assert!(log.len() < 330, "{}", log.len());
        assert!(lacks(&world, R3) > 130);
    }
}

/// Without any setting a replica takes a snapshot once its log has grown to a stated size.
#[test]
fn a_log_does_not_grow_without_end() {
    let mut scenario = busy();
    scenario.snapshots = SnapshotSettings {
        every_bytes: 40_000,
        ..SnapshotSettings::default()
    };
    let mut world = World::new(scenario, 15);
    let (mut most, mut snapshots) = (0, LogIndex(0));
    for s in 1..=30 {
        world.run_until(s * SECOND_US);
        for id in [R1, R2, R3] {
            most = most.max(world.replica_detail(id, 10_000).unwrap().entries.len());
            snapshots = snapshots.max(seen(&world, id).snapshot_index);
        }
    }
    assert!(snapshots.0 > 4_000, "{snapshots}");
    // 64 bytes and a short command each, and the 64 that stay.
    assert!((300..600).contains(&most), "{most}");
}
