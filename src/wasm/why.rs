//! Why it is so: answers about the world that is shown.

use tsify::Ts;
use wasm_bindgen::prelude::*;

use super::error::argument_error;
use super::simulation::Simulation;
use super::values::{give, json_text};
use crate::sim::causality::Trail;
use crate::sim::scenario::action::Action;
use crate::sim::scenario::from_json;
use crate::sim::why::{Question, Why};

#[wasm_bindgen]
impl Simulation {
    /// Answers a question about the world that is shown; `undefined`: there is no such replica or
    /// client.
    pub fn why(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Question")] question: &JsValue,
    ) -> Result<Option<Ts<Why>>, JsValue> {
        let text = json_text(question, "question", Action::JSON_BYTES_MAX)?;
        let question: Question =
            from_json(&text).map_err(|error| argument_error(error.within("question")))?;
        let why = self.timeline.world().why(question);
        why.as_ref().map(give).transpose()
    }

    /// The number of the happening to which a trail leads, up to the moment that is shown;
    /// `undefined`: it is not in what was traced.
    #[wasm_bindgen(js_name = whereLeads)]
    pub fn where_leads(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Trail")] trail: &JsValue,
    ) -> Result<Option<u32>, JsValue> {
        let text = json_text(trail, "trail", Action::JSON_BYTES_MAX)?;
        let trail: Trail =
            from_json(&text).map_err(|error| argument_error(error.within("trail")))?;
        let Some(tracing) = &self.tracing else {
            return Ok(None);
        };
        let event = self.timeline.world().events();
        Ok(tracing.graph().find(trail, event).map(|id| id.0))
    }
}
