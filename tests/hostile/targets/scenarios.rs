//! Whatever stands in a scenario's text: it is refused with a reason that names the
//! place, or it is a world that can be lived in.

use raftarium::sim::World;
use raftarium::sim::scenario::{Scenario, ScenarioError, shipped};
use serde_json::Value;

use super::chance::Chance;
use super::json::{change, garble};

/// A world that was accepted is looked at for so many events.
const EVENTS: u32 = 200;

/// Returns whether it was accepted.
pub(crate) fn scenarios(bytes: &[u8]) -> bool {
    let chance = &mut Chance::new(bytes);
    let text = if chance.once_in(8) {
        String::from_utf8_lossy(chance.rest()).into_owned()
    } else {
        let mut scenario: Value = serde_json::to_value(chance.pick(shipped()).scenario())
            .expect("a scenario can be written");
        change(&mut scenario, chance);
        garble(scenario.to_string(), chance)
    };
    match Scenario::from_json(&text) {
        Err(error) => {
            assert_tells(&error, &text);
            false
        }
        Ok(scenario) => {
            live(scenario);
            true
        }
    }
}

/// A person can act on it: it has a path, or else the text itself is broken there.
pub(crate) fn assert_tells(error: &ScenarioError, text: &str) {
    assert!(!error.fault.is_empty(), "{text}");
    assert!(
        !error.path.is_empty() || error.place.is_some(),
        "{error}: {text}"
    );
}

fn live(scenario: Scenario) {
    let text = serde_json::to_string(&scenario).expect("it can be written");
    assert_eq!(Scenario::from_json(&text).as_ref(), Ok(&scenario), "{text}");
    let mut world = World::new(scenario, 1);
    for _ in 0..EVENTS {
        if !matches!(world.step(), Ok(Some(_))) {
            break;
        }
    }
    let view = serde_json::to_string(&world.view()).expect("a view is plain data");
    assert!(!view.is_empty());
}
