//! What a world tells of itself: all of it, to whoever takes it often enough.

use raftarium::sim::action::Action;
use raftarium::sim::notice::LossCause;
use raftarium::sim::scenario::Workload;
use raftarium::sim::view::Endpoint;

use crate::{R2, led_by_r1, losses};

/// How many messages come to a door that is shut, and go with the crash: fewer than may wait
/// there.
const CROWD: usize = 4_000;

/// A single event may bring about more notices than a thousand events usually do.
#[test]
fn one_event_tells_all_that_it_brings_about() {
    let mut world = led_by_r1();
    world.apply(Action::Pause { replica: R2.into() }).unwrap();
    world.run_until(200_000);
    // Copies of the messages that wait at the door join them there.
    let door = world
        .messages()
        .find(|it| it.to == Endpoint::Replica(R2))
        .unwrap()
        .id;
    for _ in 0..CROWD {
        world.apply(Action::Duplicate { message: door }).unwrap();
        world.take_notices();
    }
    world.run_until(400_000);
    world.take_notices();
    world.apply(Action::crash(R2)).unwrap();
    let lost = losses(&mut world);
    assert!(lost.len() > CROWD, "{}", lost.len());
    assert!(lost.iter().all(|&(_, cause)| cause == LossCause::Dead));
}

#[test]
fn what_nobody_takes_for_a_thousand_events_is_dropped_and_counted() {
    let busy = || {
        let mut world = led_by_r1();
        let workload = Workload {
            clients: 50,
            operations_per_second: 10_000,
            ..Workload::default()
        };
        world.apply(Action::SetWorkload { workload }).unwrap();
        world.take_notices();
        world
    };
    let mut heard = busy();
    let mut all = Vec::new();
    while heard.step_until(1_000_000) {
        all.extend(heard.take_notices());
    }
    assert_eq!(heard.notices_missed(), 0);
    let mut left_alone = busy();
    left_alone.run_until(1_000_000);
    assert_eq!(left_alone.digest(), heard.digest());
    let missed = usize::try_from(left_alone.notices_missed()).unwrap();
    let kept = left_alone.take_notices();
    assert!(missed > 1_000, "{missed}");
    assert_eq!(kept, all[missed..]);
    // Nothing of the newest thousand events is missing.
    let oldest = left_alone.events() - 1_000;
    assert!(all[..missed].iter().all(|notice| notice.event <= oldest));
}
