//! The timeline of a simulation: any moment of any branch.

use tsify::Ts;
use wasm_bindgen::prelude::*;

use super::error::{argument, argument_error, refused};
use super::simulation::Simulation;
use super::values::{events_at_once, give, js_number, json_text, small, whole};
use crate::sim::notice::Notice;
use crate::sim::scenario::{Scenario, from_json};
use crate::sim::{
    BranchId, Branches, CompareProgress, Comparison, Overview, Recording, SeekProgress, SeekRequest,
};

#[wasm_bindgen]
impl Simulation {
    /// All branches, and the moment that is shown.
    pub fn branches(&self) -> Result<Ts<Branches>, JsValue> {
        give(&self.timeline.branches())
    }

    /// Begins to go to another moment, in place of any other seek. The nearest kept moment before
    /// it is shown at once. Go on with `seekOn` until it is done. Anything that happens to the
    /// world otherwise ends the seek where it is.
    pub fn seek(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "SeekRequest")] request: &JsValue,
    ) -> Result<Ts<SeekProgress>, JsValue> {
        let text = json_text(request, "request", Scenario::JSON_BYTES_MAX)?;
        let request: SeekRequest =
            from_json(&text).map_err(|error| argument_error(error.within("request")))?;
        let seek = self.timeline.seek(request).map_err(refused)?;
        give(&seek.progress())
    }

    /// Goes on with the seek, by at most this many events, 100,000 in one
    /// call. If none is under way, it is done.
    #[wasm_bindgen(js_name = seekOn)]
    pub fn seek_on(&mut self, events: f64) -> Result<Ts<SeekProgress>, JsValue> {
        let events = events_at_once(events, "events")?;
        give(&self.timeline.seek_on(events))
    }

    /// Stays at the moment that the seek has come to.
    #[wasm_bindgen(js_name = seekCancel)]
    pub fn seek_cancel(&mut self) {
        if let Some(seek) = self.timeline.seeking() {
            seek.cancel();
        }
    }

    /// Frees the memory of a world that a seek has left, if there is one, and returns whether
    /// there was: for when there is time. Otherwise it is done as time goes on.
    pub fn tidy(&mut self) -> bool {
        self.timeline.tidy()
    }

    /// Gives a branch a name of at most 80 characters; the empty one takes it away.
    #[wasm_bindgen(js_name = renameBranch)]
    pub fn rename_branch(&mut self, branch: f64, name: &str) -> Result<(), JsValue> {
        let branch = branch_id(branch, "branch")?;
        self.timeline.rename(branch, name).map_err(refused)
    }

    /// Deletes a branch and all that leave it. If one of them is shown, the moment is shown where
    /// the branch left its parent.
    #[wasm_bindgen(js_name = deleteBranch)]
    pub fn delete_branch(&mut self, branch: f64) -> Result<(), JsValue> {
        let branch = branch_id(branch, "branch")?;
        self.comparing = None;
        self.timeline.delete(branch).map_err(refused)
    }

    /// Brings back what was deleted with that branch.
    #[wasm_bindgen(js_name = restoreBranch)]
    pub fn restore_branch(&mut self, branch: f64) -> Result<(), JsValue> {
        let branch = branch_id(branch, "branch")?;
        self.timeline.restore(branch).map_err(refused)
    }

    /// What happened on the whole way of a branch between two moments, in microseconds, in at
    /// most 2,048 stretches of equal length.
    pub fn overview(
        &self,
        branch: f64,
        from_us: f64,
        to_us: f64,
        buckets: f64,
    ) -> Result<Ts<Overview>, JsValue> {
        let branch = branch_id(branch, "branch")?;
        let (from_us, to_us) = (whole(from_us, "from_us")?, whole(to_us, "to_us")?);
        let buckets = usize::from(small(buckets, "buckets")?);
        let overview = self.timeline.overview(branch, from_us, to_us, buckets);
        give(&overview.map_err(refused)?)
    }

    /// The elections, faults, broken properties, stale reads and what was found stuck on the whole
    /// way of a branch between two moments, in microseconds, the last not included: at most the
    /// `limit` newest.
    pub fn marks(
        &self,
        branch: f64,
        from_us: f64,
        to_us: f64,
        limit: f64,
    ) -> Result<Vec<Ts<Notice>>, JsValue> {
        let branch = branch_id(branch, "branch")?;
        let (from_us, to_us) = (whole(from_us, "from_us")?, whole(to_us, "to_us")?);
        let limit = usize::from(small(limit, "limit")?);
        let marks = self.timeline.marks(branch, from_us, to_us, limit);
        marks.map_err(refused)?.iter().map(give).collect()
    }

    /// What happened up to the moment that is shown, in order, at most the `limit` newest: all
    /// that matters, as far back as it is kept, and everything of the last second.
    pub fn journal(&self, limit: f64) -> Result<Vec<Ts<Notice>>, JsValue> {
        let limit = usize::from(small(limit, "limit")?);
        self.timeline.journal(limit).iter().map(give).collect()
    }

    /// All notices since then, in microseconds, up to the moment that is shown: of the last second
    /// or the last 4,096 events, however one came here.
    pub fn recent(&self, from_us: f64) -> Result<Vec<Ts<Notice>>, JsValue> {
        let from_us = whole(from_us, "from_us")?;
        self.timeline.recent(from_us).map(give).collect()
    }

    /// Begins to compare two branches, in place of any other comparison: at a time in
    /// microseconds, by default at the end of the shorter one. What is shown stays. Go on with
    /// `compareOn` until it is done.
    pub fn compare(
        &mut self,
        a: f64,
        b: f64,
        at_us: Option<f64>,
    ) -> Result<Ts<CompareProgress>, JsValue> {
        let (a, b) = (branch_id(a, "a")?, branch_id(b, "b")?);
        let at_us = at_us.map(|at_us| whole(at_us, "at_us")).transpose()?;
        let compare = self.timeline.compare(a, b, at_us).map_err(refused)?;
        let progress = compare.progress();
        self.comparing = Some(compare);
        give(&progress)
    }

    /// Goes on with the comparison, by at most this many events, 100,000 in one
    /// call. If none is under way, it is done.
    #[wasm_bindgen(js_name = compareOn)]
    pub fn compare_on(&mut self, events: f64) -> Result<Ts<CompareProgress>, JsValue> {
        let events = events_at_once(events, "events")?;
        let progress = match &mut self.comparing {
            Some(compare) => compare.advance(&self.timeline, events),
            None => CompareProgress {
                done: true,
                replayed: 0,
                left: 0,
            },
        };
        give(&progress)
    }

    /// What the comparison has come to; `undefined` before it is done.
    pub fn comparison(&self) -> Result<Option<Ts<Comparison>>, JsValue> {
        let compare = self.comparing.as_ref();
        let comparison = compare.and_then(crate::sim::Compare::comparison);
        comparison.as_ref().map(give).transpose()
    }

    /// All branches, to be kept: a recording with branches.
    pub fn tree(&self) -> Result<Ts<Recording>, JsValue> {
        give(&self.timeline.tree())
    }

    /// How many events were ever played for seeks.
    #[wasm_bindgen(getter)]
    pub fn replayed(&self) -> f64 {
        js_number(self.timeline.replayed())
    }
}

pub(super) fn branch_id(number: f64, name: &str) -> Result<BranchId, JsValue> {
    let number = whole(number, name)?;
    let number = u32::try_from(number);
    number
        .map(BranchId)
        .map_err(|_| argument(name, "there is no such branch"))
}
