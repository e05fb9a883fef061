//! What a person does to a world, in a hurry or not.

use raftarium::kv::{ClientId, Operation};
use raftarium::raft::ReplicaId;
use raftarium::rng::Pcg32;
use raftarium::sim::action::{Action, Target, UnfinishedWrite};
use raftarium::sim::scenario::Shipped;
use raftarium::sim::{Recording, Timeline};

/// So many things are done, in no order but with sense, at most so many events apart.
pub(crate) fn session(scenario: &str, seed: u64, count: u32, events_max: u64) -> Recording {
    wandering(scenario, seed, count, events_max, 0)
}

/// And after one in so many of them somebody goes back.
pub(crate) fn wandering(
    scenario: &str,
    seed: u64,
    count: u32,
    events_max: u64,
    back: u32,
) -> Recording {
    let scenario = Shipped::by_name(scenario).expect("it ships").scenario();
    let total = u64::from(scenario.total());
    let mut timeline = Timeline::new(scenario, seed);
    let rng = &mut Pcg32::fork(seed, "a person", 0);
    for number in 0.. {
        for _ in 0..rng.between(0, events_max) {
            timeline.step().expect("there is something due");
        }
        // Between two events, as it is while time runs.
        let now_us = timeline.world().now_us();
        let due_us = timeline.next_due().map_or(now_us, |due| due.at_us);
        let wait_us = (due_us - now_us).saturating_sub(1);
        timeline.advance(now_us + rng.between(0, wait_us));
        let replica = |rng: &mut Pcg32| {
            let id = rng.between(1, total);
            Target::Replica(ReplicaId(u16::try_from(id).expect("there are few")))
        };
        let (one, other) = (replica(rng), replica(rng));
        let key = format!("k{}", rng.below(8));
        let value = format!("v{number}");
        let operation = match rng.below(3) {
            0 => Operation::Get { key },
            _ => Operation::Put { key, value },
        };
        let first = timeline.world().messages().next().map(|it| it.id);
        let action = match (rng.below(20), first) {
            (0..=7, _) => Action::Request {
                client: Some(ClientId(1)),
                operation,
                reads: None,
            },
            (8..=9, _) => Action::Crash {
                replica: one,
                write: UnfinishedWrite::Lost,
            },
            (10..=11, _) => Action::Restart { replica: one },
            (12, _) => Action::Isolate { replica: one },
            (13, _) => Action::Rejoin { replica: one },
            (14, _) => Action::Cut {
                from: one,
                to: other,
                both: true,
            },
            (15, _) => Action::Heal {
                from: one,
                to: other,
                both: true,
            },
            (16, _) => Action::Pause { replica: one },
            (17, _) => Action::Resume { replica: one },
            (19, Some(message)) => Action::Drop { message },
            _ => Action::HealAll {},
        };
        // What can't be done now is not done.
        let _ = timeline.apply(action);
        let interventions = || {
            timeline
                .branches()
                .branches
                .into_iter()
                .map(|it| it.interventions)
        };
        if interventions().sum::<u32>() == count {
            return timeline.tree();
        }
        // Now and then there is another way to go on from an earlier moment.
        if back > 0 && rng.below(back) == 0 {
            let events = timeline.world().events();
            timeline
                .rewind(rng.between(events / 2, events))
                .expect("it was there");
        }
    }
    unreachable!("something can always be done")
}
