//! Each checker is called when it should be: in worlds that work, something is done behind
//! the replicas' backs that breaks one property, and the world stops for it.

use std::sync::Arc;

use crate::kv::{Answer, ClientId, Command, Logged, Operation, Store};
use crate::raft::{
    Body, Compact, Effects, Entry, Input, Log, LogIndex, Membership, Message, Payload, ReplicaId,
    Term, VoteWrite, Write,
};
use crate::sim::World;
use crate::sim::property::{self, Property};
use crate::sim::scenario::Scenario;
use crate::sim::scenario::action::{Action, Target, UnfinishedWrite};
use crate::sim::server::output::{Fact, Output, Pending};

const LEADER: ReplicaId = ReplicaId(1);
const FOLLOWER: ReplicaId = ReplicaId(2);
const CLIENT: ClientId = ClientId(1);

/// Three replicas in the first second: R1 leads term 1, and "x" has been set.
fn world() -> World {
    let scenario = Scenario {
        replicas: 3,
        ..Scenario::default()
    };
    let mut world = World::new(scenario, 1);
    let replica = LEADER.into();
    world.apply(Action::TimeOut { replica }).unwrap();
    world.apply(request("1")).unwrap();
    world.run_until(1_000_000);
    assert_eq!(world.violation(), None);
    assert_eq!(world.counters().answered_operations, 1);
    world
}

fn put(key: &str, value: &str) -> Operation {
    Operation::Put {
        key: key.into(),
        value: value.into(),
    }
}

fn request(value: &str) -> Action {
    Action::Request {
        client: None,
        operation: put("x", value),
        reads: None,
    }
}

/// A command of the client, as an entry holds it.
fn logged(sequence: u64, operation: Operation) -> Arc<[u8]> {
    let command = Command {
        client: CLIENT,
        session: 1,
        sequence,
        operation,
    };
    Logged::encode_parts(0, &command)
}

fn step(write: Write) -> Pending {
    Pending {
        effects: Effects {
            write,
            ..Effects::default()
        },
        term: Term(1),
        ..Pending::default()
    }
}

/// A server does what a step asks for that its replica has not taken.
fn submit(world: &mut World, id: ReplicaId, step: Pending) {
    world.with_server(id, |server, now_us, out| {
        server.submit(Box::new(step), now_us, out);
    });
}

fn think(world: &mut World, id: ReplicaId, input: Input) {
    world.with_server(id, |server, now_us, out| {
        server.think_of(input, now_us, out);
    });
}

fn restart(world: &mut World, id: ReplicaId) {
    let replica = Target::Replica(id);
    world.apply(Action::Restart { replica }).unwrap();
}

fn crash(world: &mut World, id: ReplicaId) {
    let replica = Target::Replica(id);
    let write = UnfinishedWrite::Lost;
    world.apply(Action::Crash { replica, write }).unwrap();
}

#[track_caller]
fn breaks(property: &Property, tamper: impl FnOnce(&mut World)) {
    let mut world = world();
    tamper(&mut world);
    world.run_until(world.now_us() + 1_000_000);
    let broken = world.violation().map(|violation| violation.property().name);
    assert_eq!(broken, Some(property.name), "{:?}", world.violation());
}

#[test]
fn disks_that_give_up_what_is_committed() {
    breaks(property::COMMITTED_ON_QUORUM, |world| {
        let write = Write {
            truncate_after: Some(LogIndex(1)),
            ..Write::default()
        };
        let log = &mut world.server_mut(FOLLOWER).durable_mut().log;
        log.truncate_after(LogIndex(1));
        submit(world, ReplicaId(3), step(write));
    });
    breaks(property::COMMITTED_STAYS, |world| {
        let write = Write {
            compact_through: Some(LogIndex(1)),
            ..Write::default()
        };
        submit(world, FOLLOWER, step(write));
    });
}

#[test]
fn a_commit_without_a_quorum() {
    breaks(property::COMMITTED_ON_QUORUM, |world| {
        let entry = Entry {
            index: world.server(LEADER).disk().durable.log.last_index().next(),
            term: Term(1),
            payload: Payload::Noop,
        };
        let write = Write {
            append: entry.index..entry.index.next(),
            ..Write::default()
        };
        let mut step = Pending {
            leads: true,
            led_before: Some(Term(1)),
            appended: [entry.clone()].into(),
            committed: [entry].into(),
            ..step(write)
        };
        step.effects.committed = step.effects.write.append.clone();
        submit(world, LEADER, step);
    });
}

#[test]
fn a_term_and_a_vote_that_are_taken_back() {
    let vote = |term, voted_for| {
        let vote = Some(VoteWrite {
            term: Term(term),
            voted_for,
        });
        step(Write {
            vote,
            ..Write::default()
        })
    };
    breaks(property::NEVER_BACK, |world| {
        submit(world, FOLLOWER, vote(0, None));
    });
    breaks(property::ONE_VOTE_A_TERM, |world| {
        submit(world, FOLLOWER, vote(1, Some(FOLLOWER)));
    });
}

#[test]
fn a_disk_that_forgets_a_term_between_two_lives() {
    breaks(property::NEVER_BACK, |world| {
        let message = Message {
            from: ReplicaId(3),
            to: FOLLOWER,
            term: Term(2),
            body: Body::AppendStale,
        };
        think(world, FOLLOWER, Input::Receive(message));
        world.run_until(world.now_us() + 50_000);
        crash(world, FOLLOWER);
        let durable = world.server_mut(FOLLOWER).durable_mut();
        assert_eq!(durable.term, Term(2));
        durable.term = Term(1);
        restart(world, FOLLOWER);
    });
}

#[test]
fn a_snapshot_of_what_was_not_applied() {
    breaks(property::INDEX_ORDER, |world| {
        let memory = world.server_mut(FOLLOWER).volatile_mut().unwrap();
        let compact = Compact {
            through: memory.last_applied,
            data: memory.store.snapshot(),
            retain: 0,
        };
        memory.last_applied = memory.last_applied.previous();
        think(world, FOLLOWER, Input::Compact(compact));
    });
}

#[test]
fn a_follower_that_has_lost_what_its_leader_believes_it_has() {
    breaks(property::MATCH_INDEX, |world| {
        crash(world, FOLLOWER);
        world.server_mut(FOLLOWER).durable_mut().log = Log::default();
        let accepted = Body::AppendAccepted {
            match_index: LogIndex(1),
            round: 0,
            promised_ticks: 0,
        };
        let message = Message {
            from: FOLLOWER,
            to: LEADER,
            term: Term(1),
            body: accepted,
        };
        think(world, LEADER, Input::Receive(message));
    });
}

#[test]
fn a_vote_that_leaves_before_it_is_written() {
    breaks(property::WRITE_BEFORE_SEND, |world| {
        let vote = Body::Vote {
            granted: true,
            pre_vote: false,
            behind: false,
        };
        let message = Message {
            from: FOLLOWER,
            to: ReplicaId(3),
            term: Term(1),
            body: vote,
        };
        let mut step = step(Write::default());
        step.effects.messages.push(message);
        submit(world, FOLLOWER, step);
    });
}

#[test]
fn a_store_that_differs() {
    breaks(property::EQUAL_STATE, |world| {
        let memory = world.server_mut(FOLLOWER).volatile_mut().unwrap();
        let other = Logged::decode(&logged(1, put("y", "1"))).expect("it is a command");
        memory.store = Store::default();
        memory.store.apply(&other);
        world.apply(request("2")).unwrap();
    });
}

#[test]
fn a_snapshot_of_a_store_that_differs() {
    breaks(property::EQUAL_STATE, |world| {
        let memory = world.server(FOLLOWER).volatile().unwrap();
        let compact = Compact {
            through: memory.last_applied,
            data: memory.store.snapshot(),
            retain: 0,
        };
        think(world, FOLLOWER, Input::Compact(compact));
        world.run_until(1_500_000);
        assert_eq!(world.violation(), None);
        crash(world, FOLLOWER);
        let mut other = Store::default();
        other.apply(&Logged::decode(&logged(1, put("x", "2"))).expect("it is a command"));
        let disk = world.server_mut(FOLLOWER).durable_mut();
        disk.snapshot.as_mut().unwrap().data = other.snapshot();
        restart(world, FOLLOWER);
    });
}

#[test]
fn two_changes_of_the_membership_at_once() {
    breaks(property::ONE_UNCOMMITTED_MEMBERSHIP, |world| {
        let last = world.server(LEADER).disk().durable.log.last();
        let mut index = last.index;
        let append = [LEADER, FOLLOWER].map(|voter| {
            index = index.next();
            let membership = Membership::of_voters([voter]);
            Entry {
                index,
                term: last.term,
                payload: Payload::Membership(Arc::new(membership)),
            }
        });
        let write = Write {
            append: append[0].index..index.next(),
            ..Write::default()
        };
        let step = Pending {
            leads: true,
            led_before: Some(Term(1)),
            appended: append.into(),
            ..step(write)
        };
        submit(world, LEADER, step);
    });
}

#[test]
fn a_membership_that_is_not_in_the_log() {
    breaks(property::MEMBERSHIP_OF_LOG, |world| {
        // The checker's record is what is tampered with: a replica reads its own log.
        let mut durable = world.server(FOLLOWER).disk().durable.clone();
        durable.log.push(Entry {
            index: durable.log.last_index().next(),
            term: durable.term,
            payload: Payload::Membership(Arc::new(Membership::of_voters([LEADER]))),
        });
        let other = super::evidence::replica(FOLLOWER, durable);
        world.observers.checkers.configurations.on_start(&other);
        world.apply(request("2")).unwrap();
    });
}

#[test]
fn a_command_that_nobody_asked_for() {
    breaks(property::NO_PHANTOM_WRITES, |world| {
        think(world, LEADER, Input::Propose(logged(7, put("x", "7"))));
    });
}

#[test]
fn stores_that_have_forgotten_their_sessions() {
    breaks(property::EXACTLY_ONCE, |world| {
        for server in &mut world.servers {
            server.volatile_mut().unwrap().store = Store::default();
        }
        think(world, LEADER, Input::Propose(logged(1, put("x", "1"))));
    });
}

#[test]
fn an_answer_to_what_was_never_done() {
    breaks(property::ACKNOWLEDGED_STAYS, |world| {
        for id in [LEADER, FOLLOWER, ReplicaId(3)] {
            crash(world, id);
        }
        world.apply(request("2")).unwrap();
        // The client tries one after the other; from whom it waits for an answer, it comes.
        for id in [LEADER, FOLLOWER, ReplicaId(3)] {
            let answered = Fact::Answered {
                client: CLIENT,
                sequence: 2,
                answer: Answer::Written,
                index: LogIndex(3),
            };
            world.with_server(id, |server, _, out| out.fact(server, answered));
        }
    });
}

/// What a leader had in one life is not held against it in another.
#[test]
fn a_crash_is_told_to_those_who_remember_leaders() {
    let mut world = world();
    crash(&mut world, LEADER);
    let checkers = &mut world.observers.checkers;
    let (leads, less) = (Some(Term(1)), Log::default());
    let verdict = checkers.append_only.on_write(LEADER, leads, None, &less);
    assert_eq!(verdict, Ok(()));
}

/// What was applied is asked for by its place.
#[test]
fn what_was_applied_between_two_places_passes_a_test_or_not() {
    let world = world();
    let any = |from, to, test: fn(&Entry) -> bool| {
        let safety = &world.observers.checkers.state_machine_safety;
        safety.any(LogIndex(from), LogIndex(to), test)
    };
    let is_command = |entry: &Entry| matches!(entry.payload, Payload::Command(_));
    assert!(any(1, 2, is_command));
    assert!(!any(0, 1, is_command), "the first is the leader's no-op");
    assert!(!any(2, 2, is_command));
}

/// A retry that stands in the log twice, and a replica that starts anew, break nothing.
#[test]
fn what_is_only_unusual_breaks_nothing() {
    let mut world = world();
    think(&mut world, LEADER, Input::Propose(logged(1, put("x", "1"))));
    crash(&mut world, FOLLOWER);
    world.apply(request("2")).unwrap();
    world.run_until(2_000_000);
    restart(&mut world, FOLLOWER);
    world.run_until(3_000_000);
    assert_eq!(world.violation(), None);
    assert_eq!(world.counters().answered_operations, 2);
}
