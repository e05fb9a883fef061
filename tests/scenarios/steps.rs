//! The steps of each story really come, in their order, with the seed in the file.

use raftarium::raft::ReplicaId;
use raftarium::sim::World;
use raftarium::sim::notice::TraceEvent;
use raftarium::sim::scenario::{Story, StoryEvent, demonstrations, shipped};

use crate::show::{SECOND, Show};

/// By then every story has been told.
const END: u64 = 10 * SECOND;

#[test]
fn every_story_is_told_in_steps_and_all_of_them_come() {
    for file in shipped().iter().chain(demonstrations()) {
        let name = file.name;
        let scenario = file.scenario();
        let Story::Steps(steps) = scenario.story.clone() else {
            panic!("{name}: it is a text");
        };
        let seed = scenario.seed.expect("it has a seed");
        let mut world = World::new(scenario, seed);
        assert_eq!(world.story().len(), 1, "{name}: one at the start");
        let mut notices = Vec::new();
        // Where a rule is broken the world may stop.
        while world.step_until(END) {
            notices.extend(world.take_notices());
        }
        notices.extend(world.take_notices());
        let came = world.story();
        assert_eq!(came.len(), steps.len(), "{name}: {came:?}");
        assert!(came.is_sorted_by_key(|it| it.at_us), "{name}: {came:?}");
        for (step, came) in steps.iter().zip(&came) {
            assert!(step.at_us.is_none_or(|at_us| at_us <= came.at_us));
            if step.on.is_none() {
                assert_eq!(came.at_us, step.at_us.unwrap_or(0), "{name}");
            }
            if step.on == Some(StoryEvent::LeaderElected)
                && let Some(told) = leader_told(&step.say)
            {
                let elected = notices.iter().any(|notice| {
                    notice.event == came.events
                        && matches!(notice.what, TraceEvent::LeaderElected { replica, .. } if replica == told)
                });
                assert!(elected, "{name}: {}", step.say);
            }
        }
        if let Some((told, _)) = steps[0].say.split_once("'s timer runs out first") {
            let first = notices.iter().find_map(|notice| match notice.what {
                TraceEvent::ElectionStarted { replica, .. }
                | TraceEvent::PreVoteStarted { replica, .. } => Some(replica),
                _ => None,
            });
            assert_eq!(replica(told), first, "{name}: {}", steps[0].say);
        }
    }
}

/// Whom a step says to lead.
fn leader_told(say: &str) -> Option<ReplicaId> {
    replica(say.split_once(" leads")?.0)
}

/// The replica that a text ends with.
fn replica(text: &str) -> Option<ReplicaId> {
    let number = text.rsplit(' ').next()?.strip_prefix('R')?;
    Some(ReplicaId(number.parse().ok()?))
}

#[test]
fn a_step_that_waits_for_an_event_comes_with_it_and_not_before() {
    let mut show = Show::of("leader-crash");
    show.at(SECOND - 1);
    assert_eq!(show.world.story().len(), 2, "R5 leads, and has not crashed");
    show.at(SECOND);
    assert_eq!(show.world.story().len(), 3);
    show.at(2 * SECOND);
    let (_, term) = show.leaders(SECOND, 2 * SECOND)[0];
    let elected = show.notices.iter().find(
        |notice| matches!(notice.what, TraceEvent::LeaderElected { term: of, .. } if of == term),
    );
    let came = show.world.story()[4];
    assert_eq!(Some(came.events), elected.map(|notice| notice.event));
}
