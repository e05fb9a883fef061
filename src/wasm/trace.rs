//! The event graph of a stretch of a run, for a diagram: its happenings as one array of numbers,
//! and a closer look at one of them.

use js_sys::{Float64Array, Uint8Array, Uint32Array};
use serde::Serialize;
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;

use super::error::{argument, refused};
use super::simulation::Simulation;
use super::timeline::branch_id;
use super::values::{give, js_number, small, whole};
use crate::raft::Decision;
use crate::sim::causality::{
    Beginning, CausalGraph, Happening, HappeningId, Letter, Outcome, Place, What,
};
use crate::sim::view::{Endpoint, LinkView};
use crate::sim::{TraceProgress, Tracing};

/// The place of each field in a happening of `Simulation.traced()`.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HappeningField {
    /// When, in microseconds.
    AtUs = 0,
    /// The number of the world's event.
    Event = 1,
    /// Where: a replica's number, minus a client's, 0 for the network, 65,536 for outside.
    Place = 2,
    /// What: a `HappeningKind`.
    What = 3,
    /// The number of its main cause; −1: none is known.
    Cause = 4,
    /// The number of the message that it is about; −1: none.
    Message = 5,
    /// The other end of that message, as a place.
    Other = 6,
    /// The kind of that message: the place of its name in `messageKinds()`; −1: none.
    MessageKind = 7,
    /// The term that it is about; 0: none.
    Term = 8,
    /// The index that it is about, or the number of a client's request; 0: none.
    Number = 9,
    /// Of a message that is lost how much of its way it had behind it, in millionths; of one that
    /// is received whether it was taken (0), and if not why; of a role its number (0: follower, 1:
    /// pre-candidate, 2: candidate, 3: leader); of a decision whether a rule was broken (1).
    Detail = 10,
    /// Not a field: how many numbers a happening takes.
    Stride = 11,
}

/// What happened.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HappeningKind {
    /// A message sets out.
    Sent = 0,
    /// A message is received.
    Received = 1,
    /// A message is lost.
    Lost = 2,
    /// A replica starts.
    Started = 3,
    /// A replica crashes.
    Crashed = 4,
    /// A replica is paused.
    Paused = 5,
    /// A replica is resumed.
    Resumed = 6,
    /// A timer is due.
    TimedOut = 7,
    /// A rule has decided.
    Decided = 8,
    /// A role or a term has changed.
    Became = 9,
    /// Entries are appended.
    Appended = 10,
    /// Entries are dropped.
    Truncated = 11,
    /// Entries are committed.
    Committed = 12,
    /// A disk has written.
    Wrote = 13,
    /// An entry is applied.
    Applied = 14,
    /// A snapshot is installed.
    Restored = 15,
    /// A snapshot is taken.
    SnapshotTaken = 16,
    /// A read is served without the log.
    ReadServed = 17,
    /// A client is asked.
    Asked = 18,
    /// A client is told.
    Told = 19,
    /// A client gives up.
    GaveUp = 20,
    /// A client opens another session.
    SessionRenewed = 21,
    /// Something is done from outside.
    Done = 22,
    /// Something broke, or is stuck.
    Noted = 23,
}

/// How the world was when the stretch began, and how its links stood since.
#[derive(Serialize, Tsify)]
pub struct TraceBeginning {
    /// How the world was.
    pub beginning: Beginning,
    /// Since when which links were cut, in order.
    pub cuts: Vec<CutsSince>,
}

/// Since when which links are cut.
#[derive(Serialize, Tsify)]
pub struct CutsSince {
    /// Since when, in microseconds.
    pub at_us: u64,
    /// Which are cut.
    pub cuts: Vec<LinkView>,
}

#[wasm_bindgen]
impl Simulation {
    /// Begins to find out what happened, and why, on the whole way of a branch between two
    /// moments, in microseconds, in place of any other such stretch. What is shown stays. Go on
    /// with `traceOn` until it is done.
    pub fn trace(
        &mut self,
        branch: f64,
        from_us: f64,
        to_us: f64,
    ) -> Result<Ts<TraceProgress>, JsValue> {
        let branch = branch_id(branch, "branch")?;
        let (from_us, to_us) = (whole(from_us, "from_us")?, whole(to_us, "to_us")?);
        let tracing = self.timeline.trace(branch, from_us, to_us);
        let tracing = self.tracing.insert(tracing.map_err(refused)?);
        give(&tracing.progress(&self.timeline))
    }

    /// Goes on with that, by at most this many events, up to a later moment if one is given. If
    /// none is under way, it is done.
    #[wasm_bindgen(js_name = traceOn)]
    pub fn trace_on(
        &mut self,
        events: f64,
        to_us: Option<f64>,
    ) -> Result<Ts<TraceProgress>, JsValue> {
        let events = whole(events, "events")?;
        let to_us = to_us.map(|to_us| whole(to_us, "to_us")).transpose()?;
        let Some(tracing) = &mut self.tracing else {
            return give(&TraceProgress {
                done: true,
                replayed: 0,
                upto_us: 0,
                happenings: 0,
                full: false,
            });
        };
        if let Some(to_us) = to_us {
            tracing.extend(to_us);
        }
        give(&tracing.advance(&self.timeline, events))
    }

    /// Forgets it, and gives back its memory.
    #[wasm_bindgen(js_name = traceEnd)]
    pub fn trace_end(&mut self) {
        self.tracing = None;
    }

    /// How the world was when the stretch began, and how its links stood since.
    #[wasm_bindgen(js_name = traceBeginning)]
    pub fn trace_beginning(&self) -> Result<Ts<TraceBeginning>, JsValue> {
        let graph = self.graph()?;
        let since = |(at_us, cuts): &(u64, Vec<LinkView>)| CutsSince {
            at_us: *at_us,
            cuts: cuts.clone(),
        };
        give(&TraceBeginning {
            beginning: graph.beginning().clone(),
            cuts: graph.cuts().iter().map(since).collect(),
        })
    }

    /// What happened, `HappeningField.Stride` numbers each, from the happening of this number on.
    /// They are numbered from 0 in the order in which they happened.
    pub fn traced(&self, from: f64) -> Result<Float64Array, JsValue> {
        let from = usize::try_from(whole(from, "from")?).unwrap_or(usize::MAX);
        let graph = self.graph()?;
        let count = graph.len().saturating_sub(from);
        let mut numbers = Vec::with_capacity(count * HappeningField::Stride as usize);
        for (id, happening) in graph.iter().skip(from) {
            numbers.extend(row(graph, id, happening));
        }
        Ok(Float64Array::from(numbers.as_slice()))
    }

    /// All of one happening.
    pub fn happening(&self, id: f64) -> Result<Ts<Happening>, JsValue> {
        let (graph, id) = self.happening_id(id)?;
        match graph.get(id) {
            Some(happening) => give(happening),
            None => Err(argument("id", "there is no such happening")),
        }
    }

    /// The direct causes of a happening beyond mere order, the one that matters most first.
    #[wasm_bindgen(js_name = causesOf)]
    pub fn causes_of(&self, id: f64) -> Result<Uint32Array, JsValue> {
        let (graph, id) = self.happening_id(id)?;
        Ok(ids(graph.causes(id)))
    }

    /// What led to a happening: it, its main cause, the main cause of that, and so on.
    #[wasm_bindgen(js_name = ledHere)]
    pub fn led_here(&self, id: f64, limit: f64) -> Result<Uint32Array, JsValue> {
        let (graph, id) = self.happening_id(id)?;
        let limit = usize::from(small(limit, "limit")?);
        Ok(ids(graph.led_here(id, limit)))
    }

    /// What came of a happening: those of which it is a direct cause beyond mere order.
    #[wasm_bindgen(js_name = cameOf)]
    pub fn came_of(&self, id: f64, limit: f64) -> Result<Uint32Array, JsValue> {
        let (graph, id) = self.happening_id(id)?;
        let limit = usize::from(small(limit, "limit")?);
        Ok(ids(graph.came_of(id, limit)))
    }

    /// How each happening stands to one, by happened-before: 0: neither can have caused the
    /// other, 1: it is in its past, 2: in its future, 3: it is the same.
    pub fn relations(&self, id: f64) -> Result<Uint8Array, JsValue> {
        let (graph, id) = self.happening_id(id)?;
        let relations = graph.relations(id);
        let numbers: Vec<u8> = relations.iter().map(|&it| it as u8).collect();
        Ok(Uint8Array::from(numbers.as_slice()))
    }

    fn graph(&self) -> Result<&CausalGraph, JsValue> {
        let tracing = self.tracing.as_ref().map(Tracing::graph);
        tracing.ok_or_else(|| argument("trace", "nothing is traced: call trace() first"))
    }

    fn happening_id(&self, id: f64) -> Result<(&CausalGraph, HappeningId), JsValue> {
        let graph = self.graph()?;
        let number = whole(id, "id")?;
        let known = usize::try_from(number).is_ok_and(|number| number < graph.len());
        match u32::try_from(number) {
            Ok(number) if known => Ok((graph, HappeningId(number))),
            _ => Err(argument("id", &format!("there is no happening {number}"))),
        }
    }
}

fn ids(all: impl IntoIterator<Item = HappeningId>) -> Uint32Array {
    let numbers: Vec<u32> = all.into_iter().map(|id| id.0).collect();
    Uint32Array::from(numbers.as_slice())
}

/// A happening as the numbers of [`HappeningField`].
fn row(
    graph: &CausalGraph,
    id: HappeningId,
    happening: &Happening,
) -> [f64; HappeningField::Stride as usize] {
    let cause = graph.causes(id).next();
    let letter = happening.letter();
    let other = letter.map_or(0.0, |letter| {
        let ends = [letter.from, letter.to].map(end);
        ends[usize::from(matches!(happening.what, What::Sent(_)))]
    });
    let (kind, term, number, detail) = what(&happening.what);
    [
        js_number(happening.at_us),
        js_number(happening.event),
        place(happening.place),
        f64::from(kind as u8),
        cause.map_or(-1.0, |cause| f64::from(cause.0)),
        letter.map_or(-1.0, |letter| js_number(letter.message.0)),
        other,
        letter.map_or(-1.0, |letter| f64::from(letter.kind as u8)),
        js_number(term),
        js_number(number),
        f64::from(detail),
    ]
}

fn end(endpoint: Endpoint) -> f64 {
    place(endpoint.into())
}

fn place(place: Place) -> f64 {
    match place {
        Place::Replica(id) => f64::from(id.0),
        Place::Client(id) => -f64::from(id.0),
        Place::Network => 0.0,
        Place::Outside => 65_536.0,
    }
}

/// Its kind, its term, its number, and a detail.
fn what(what: &What) -> (HappeningKind, u64, u64, u32) {
    let of = |letter: &Letter| (letter.term.0, letter.number);
    match what {
        What::Sent(letter) => {
            let (term, number) = of(letter);
            (HappeningKind::Sent, term, number, letter.entries)
        }
        What::Received { letter, outcome } => {
            let (term, number) = of(letter);
            let outcome = match outcome {
                Outcome::Taken => 0,
                Outcome::Refused(_) => 1,
                Outcome::OlderTerm { .. } => 2,
                Outcome::NotAsked { .. } => 3,
                Outcome::NothingNew => 4,
            };
            (HappeningKind::Received, term, number, outcome)
        }
        What::Lost {
            letter, way_ppm, ..
        } => {
            let (term, number) = of(letter);
            (HappeningKind::Lost, term, number, *way_ppm)
        }
        What::Started {} => (HappeningKind::Started, 0, 0, 0),
        What::Crashed {} => (HappeningKind::Crashed, 0, 0, 0),
        What::Paused {} => (HappeningKind::Paused, 0, 0, 0),
        What::Resumed {} => (HappeningKind::Resumed, 0, 0, 0),
        What::TimedOut { role } => (HappeningKind::TimedOut, 0, 0, *role as u32),
        What::Decided(decision) => {
            let broken = matches!(decision, Decision::Broken { .. });
            (HappeningKind::Decided, 0, 0, u32::from(broken))
        }
        What::Became { role, term, .. } => (HappeningKind::Became, term.0, 0, *role as u32),
        What::Appended { last, term, .. } => (HappeningKind::Appended, term.0, last.0, 0),
        What::Truncated { last_index } => (HappeningKind::Truncated, 0, last_index.0, 0),
        What::Committed { last, .. } => (HappeningKind::Committed, 0, last.0, 0),
        What::Wrote {
            last_index,
            term,
            vote,
        } => (HappeningKind::Wrote, term.0, last_index.0, u32::from(*vote)),
        What::Applied { index } => (HappeningKind::Applied, 0, index.0, 0),
        What::Restored { index } => (HappeningKind::Restored, 0, index.0, 0),
        What::SnapshotTaken { index } => (HappeningKind::SnapshotTaken, 0, index.0, 0),
        What::ReadServed { index, .. } => (HappeningKind::ReadServed, 0, index.0, 0),
        What::Asked { sequence, .. } => (HappeningKind::Asked, 0, *sequence, 0),
        What::Told { sequence, .. } => (HappeningKind::Told, 0, *sequence, 0),
        What::GaveUp { sequence, .. } => (HappeningKind::GaveUp, 0, *sequence, 0),
        What::SessionRenewed { session } => {
            (HappeningKind::SessionRenewed, 0, u64::from(*session), 0)
        }
        What::Done(_) => (HappeningKind::Done, 0, 0, 0),
        What::Noted(_) => (HappeningKind::Noted, 0, 0, 0),
    }
}
