//! Clients, and what they make of a request that goes astray.

use raftarium::kv::{Answer, ClientId};
use raftarium::raft::LogIndex;
use raftarium::sim::action::Action;
use raftarium::sim::scenario::Workload;
use raftarium::sim::view::{Endpoint, MessageKind};

use crate::{R1, R2, answers, in_flight, led_by_r1, put, seen, time_out};

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
    world.run_until(world.now_us() + 300_000);
    assert_eq!(world.replica_detail(R1, 0).unwrap().pending_requests, 0);
    assert_eq!(answers(&mut world), [Answer::Written]);
    let logs: Vec<_> = world.view().replicas.into_iter().map(|r| r.log).collect();
    assert!(logs.iter().all(|log| *log == logs[0]));
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
