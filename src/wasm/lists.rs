//! The scenarios and flaws that ship.

use serde::Serialize;
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;

use super::error::scenario_error;
use super::values::give;
use crate::flaw::Flaw;
use crate::sim::scenario::{self, Scenario};
use crate::sim::view::MessageKind;

/// A scenario that ships with Raftarium.
#[derive(Serialize, Tsify)]
pub struct ShippedScenario {
    /// Its name in links and attributes.
    pub name: &'static str,
    /// The scenario.
    pub scenario: Scenario,
}

/// The story of a rule that is broken on purpose.
#[derive(Serialize, Tsify)]
pub struct FlawStory {
    /// Its name, as in a scenario.
    pub name: Flaw,
    /// The rule that is broken, and the consequences.
    pub story: &'static str,
    /// Where the rule comes from.
    pub source: &'static str,
}

/// The scenarios that ship with Raftarium, in the order of a menu.
#[wasm_bindgen(js_name = shippedScenarios)]
pub fn shipped_scenarios() -> Result<Vec<Ts<ShippedScenario>>, JsValue> {
    give_scenarios(scenario::shipped())
}

/// The demonstrations of rules that are broken on purpose, one for each. They are flawed, and
/// their names are those of their flaws.
#[wasm_bindgen(js_name = flawedScenarios)]
pub fn flawed_scenarios() -> Result<Vec<Ts<ShippedScenario>>, JsValue> {
    give_scenarios(scenario::demonstrations())
}

fn give_scenarios(files: &[scenario::Shipped]) -> Result<Vec<Ts<ShippedScenario>>, JsValue> {
    files
        .iter()
        .map(|shipped| {
            let scenario = Scenario::from_json(shipped.json).map_err(scenario_error)?;
            give(&ShippedScenario {
                name: shipped.name,
                scenario,
            })
        })
        .collect()
}

/// The rules that a scenario can break on purpose.
#[wasm_bindgen]
pub fn flaws() -> Result<Vec<Ts<FlawStory>>, JsValue> {
    Flaw::all()
        .map(|name| {
            give(&FlawStory {
                name,
                story: name.story(),
                source: name.source(),
            })
        })
        .collect()
}

/// The names of the kinds of messages, in the order of their numbers.
#[wasm_bindgen(js_name = messageKinds)]
pub fn message_kinds() -> Result<Vec<Ts<MessageKind>>, JsValue> {
    MessageKind::ALL.iter().map(give).collect()
}
