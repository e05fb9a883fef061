//! The question that the story of a shipped scenario raises, and its answer.

use raftarium::sim::World;
use raftarium::sim::scenario::shipped;

/// Each scenario that ships can be asked at any second of it.
#[test]
fn every_shipped_scenario_answers() {
    for file in shipped() {
        let scenario = file.scenario();
        let seed = scenario.seed.expect("it has one");
        let mut world = World::new(scenario, seed);
        for half_second in 1..=8 {
            world.run_until(half_second * 500_000);
            for question in super::questions(&world) {
                let why = world.why(question).expect("it is there");
                assert!(why.answer.ends_with('.'), "{}: {why:?}", file.name);
            }
        }
    }
}
