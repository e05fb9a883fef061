//! Messages: cut off, held, and waiting at a door.

use raftarium::sim::action::{Action, MessageId, Target};
use raftarium::sim::notice::{LossCause, TraceEvent};
use raftarium::sim::scenario::Scenario;
use raftarium::sim::view::{Endpoint, MessageKind};
use raftarium::sim::{Refused, World};

use crate::{R1, R2, R3, in_flight, led_by_r1, losses, run_to, time_out};

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
    world.apply(Action::crash(R2)).unwrap();
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
        let TraceEvent::Done {
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
