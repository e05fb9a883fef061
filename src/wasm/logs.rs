//! The logs side by side, and how far the story has come.

use js_sys::Float64Array;
use tsify::Ts;
use wasm_bindgen::prelude::*;

use super::error::refused;
use super::simulation::Simulation;
use super::values::{give, js_number, replica_id, small, whole};
use crate::raft::LogIndex;
use crate::sim::view::{EntryView, LogsView, StoryMoment};

#[wasm_bindgen]
impl Simulation {
    /// All logs side by side: where they differ, and the terms of the most up-to-date one.
    pub fn logs(&self) -> Result<Ts<LogsView>, JsValue> {
        give(&self.timeline.world().logs())
    }

    /// For each replica, in the order of their numbers, what is at `count` indices from `first`
    /// on: twice the term of the entry, and one more if it holds a configuration; 0 beyond the
    /// end of the log; −1 where only the snapshot has it.
    #[wasm_bindgen(js_name = logWindow)]
    pub fn log_window(&self, first: f64, count: f64) -> Result<Float64Array, JsValue> {
        let first = LogIndex(whole(first, "first")?);
        let count = usize::from(small(count, "count")?);
        let cells = self.timeline.world().log_window(first, count);
        let number = |cell: i64| {
            let size = js_number(cell.unsigned_abs());
            if cell < 0 { -size } else { size }
        };
        let numbers: Vec<f64> = cells.into_iter().map(number).collect();
        Ok(Float64Array::from(numbers.as_slice()))
    }

    /// An entry of a replica's log; `undefined` if it isn't there.
    pub fn entry(&self, id: f64, index: f64) -> Result<Option<Ts<EntryView>>, JsValue> {
        let index = LogIndex(whole(index, "index")?);
        let entry = self.timeline.world().entry(replica_id(id)?, index);
        entry.map_err(refused)?.as_ref().map(give).transpose()
    }

    /// When the steps of the scenario's story came, as far as they did.
    pub fn story(&self) -> Result<Vec<Ts<StoryMoment>>, JsValue> {
        self.timeline.world().story().iter().map(give).collect()
    }
}
