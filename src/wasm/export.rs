//! A stretch of a run as a text for other tools.

use js_sys::JSON;
use serde::Serialize;
use tsify::Ts;
use wasm_bindgen::prelude::*;

use super::error::{argument, refused};
use super::simulation::Simulation;
use super::timeline::branch_id;
use super::values::{events_at_once, give, whole};
use crate::export::{ExportFormat, Stretch};
use crate::sim::causality::Happening;
use crate::sim::{TraceProgress, Tracing};

/// A text of more happenings than these takes too much of the memory that a page has.
const HAPPENINGS_MAX: u32 = 100_000;

/// The stretch that is to be handed over.
pub(super) struct Exporting {
    tracing: Tracing,
    from_us: u64,
    to_us: u64,
}

#[wasm_bindgen]
impl Simulation {
    /// Begins to find out what happened on the whole way of a branch between two moments, in
    /// microseconds, to hand it over as a text, in place of any other such stretch. What is shown
    /// stays, and so does `trace`. Go on with `exportOn` until it is done, then call `exported`.
    pub fn export(
        &mut self,
        branch: f64,
        from_us: f64,
        to_us: f64,
    ) -> Result<Ts<TraceProgress>, JsValue> {
        let branch = branch_id(branch, "branch")?;
        let (from_us, to_us) = (whole(from_us, "from_us")?, whole(to_us, "to_us")?);
        if to_us <= from_us {
            return Err(argument(
                "to_us",
                "the end must be later than the beginning",
            ));
        }
        let tracing = self.timeline.trace(branch, from_us, to_us);
        let tracing = tracing.map_err(refused)?;
        let progress = tracing.progress(&self.timeline);
        self.exporting = Some(Exporting {
            tracing,
            from_us,
            to_us,
        });
        give(&progress)
    }

    /// Goes on with that, by at most this many events. Throws if more happened than a page can hand
    /// over; the stretch is then forgotten.
    #[wasm_bindgen(js_name = exportOn)]
    pub fn export_on(&mut self, events: f64) -> Result<Ts<TraceProgress>, JsValue> {
        let events = events_at_once(events, "events")?;
        let Some(exporting) = &mut self.exporting else {
            return Err(nothing_begun());
        };
        let progress = exporting.tracing.advance(&self.timeline, events);
        if progress.happenings > HAPPENINGS_MAX {
            self.exporting = None;
            let fault = format!(
                "more happened until then than a page can hand over, {HAPPENINGS_MAX} happenings: end it sooner, or use the command line"
            );
            return Err(argument("to_us", &fault));
        }
        give(&progress)
    }

    /// What happened, as far as it has come, in one of the formats; and the stretch is forgotten.
    pub fn exported(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "ExportFormat")] format: &JsValue,
    ) -> Result<String, JsValue> {
        let wanted = format.as_string().unwrap_or_default();
        let known = ExportFormat::ALL;
        let Some(format) = known.into_iter().find(|it| it.name() == wanted) else {
            let names = known.map(ExportFormat::name).join(", ");
            return Err(argument("format", &format!("must be one of {names}")));
        };
        let Some(exporting) = self.exporting.take() else {
            return Err(nothing_begun());
        };
        let world = self.timeline.world();
        let stretch = Stretch {
            graph: exporting.tracing.graph(),
            title: &world.scenario().title,
            seed: world.seed(),
            from_us: exporting.from_us,
            to_us: exporting.to_us,
            json,
        };
        let text = format.write(&stretch);
        text.map_err(|error| argument("from_us", &error.to_string()))
    }
}

/// As the browser writes it.
fn json(happening: &Happening) -> String {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    let value = happening.serialize(&serializer);
    let text = value.ok().and_then(|it| JSON::stringify(&it).ok());
    text.map_or_else(|| "{}".into(), String::from)
}

fn nothing_begun() -> JsValue {
    argument(
        "export",
        "nothing is to be handed over: call export() first",
    )
}
