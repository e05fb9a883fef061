//! Crashes, pauses, and what the disk makes of them.

use raftarium::kv::Answer;
use raftarium::raft::{LogIndex, Term};
use raftarium::sim::World;
use raftarium::sim::action::Action;
use raftarium::sim::scenario::{DiskSettings, Latency};
use raftarium::sim::view::{MessageKind, RoleKind, Status};

use crate::{R1, R2, answers, in_flight, led_by_r1, put, run_to, scenario, seen, time_out};

#[test]
fn a_crash_during_a_write_loses_the_write_and_all_that_waited_for_it() {
    let mut world = World::new(scenario(), 1);
    time_out(&mut world, R1);
    let writing = seen(&world, R1);
    assert_eq!((writing.term, writing.writing), (Term(1), true));
    // Not even a request for votes has left.
    assert_eq!(world.messages().count(), 0);
    world.apply(Action::crash(R1)).unwrap();
    assert_eq!(seen(&world, R1).term, Term(0));
    world.run_until(50_000);
    assert_eq!(seen(&world, R1).status, Status::Crashed);
    world.apply(Action::Restart { replica: R1.into() }).unwrap();
    let back = seen(&world, R1);
    assert_eq!((back.term, back.voted_for), (Term(0), None));

    // Once the write is done, the vote survives.
    time_out(&mut world, R1);
    run_to(&mut world, MessageKind::RequestVote);
    world.apply(Action::crash(R1)).unwrap();
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
    world.apply(Action::crash(R2)).unwrap();
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
