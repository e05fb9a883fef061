//! A cluster with the world around it, driven by JavaScript.

use js_sys::Float64Array;
use tsify::Ts;
use wasm_bindgen::prelude::*;

use super::error::{action_error, argument, argument_error, not_followed, refused, scenario_error};
use super::export::Exporting;
use super::link::link_to;
use super::values::{events_at_once, give, js_number, json_text, replica_id, small, whole};
use crate::document::Document;
use crate::kv::{ClientId, Operation};
use crate::link::{Address, Shared, SharedView};
use crate::raft::ReplicaId;
use crate::sim::action::{Action, MessageId};
use crate::sim::notice::Notice;
use crate::sim::scenario::{self, ReadMode, Scenario};
use crate::sim::view::{Endpoint, MessageDetail, MessageView, PairView, ReplicaDetail, View};
use crate::sim::{BranchId, Compare, Recording, SeekRequest, SeekTo, Timeline, Tracing};

/// The kind of the next due event.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing is due.
    None = 0,
    /// A replica's clock ticks: call `tick`.
    Tick = 1,
    /// A message arrives: call `deliver`.
    Delivery = 2,
    /// Anything else, such as a disk that has finished a write: call `proceed`.
    Other = 3,
}

/// The place of each field in a message of `Simulation.messages()`.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageField {
    /// Its number.
    Id = 0,
    /// The sender: a replica's number, or minus a client's.
    From = 1,
    /// The receiver: a replica's number, or minus a client's.
    To = 2,
    /// Its kind: the place of its name in `messageKinds()`.
    Kind = 3,
    /// The term that it carries; zero for a client's message.
    Term = 4,
    /// How many entries it carries.
    Entries = 5,
    /// When it was sent, in microseconds.
    SentUs = 6,
    /// When it arrives, or would if it were not lost, in microseconds.
    ArriveUs = 7,
    /// When it will be lost, in microseconds; −1: it will arrive.
    LostUs = 8,
    /// Since when it is held, in microseconds; −1: it moves.
    HeldUs = 9,
    /// 1: it is the second copy of another message; 0: it is not.
    Duplicate = 10,
    /// Not a field: how many numbers a message takes.
    Stride = 11,
}

/// A cluster with the world around it, for JavaScript to drive.
#[wasm_bindgen]
pub struct Simulation {
    pub(super) timeline: Timeline,
    /// The comparison of two branches that is under way, or done.
    pub(super) comparing: Option<Compare>,
    /// The event graph that is being made, or is made.
    pub(super) tracing: Option<Tracing>,
    /// Another one, which is to be handed over as a file.
    pub(super) exporting: Option<Exporting>,
    /// The numbers of the last `messages()`, kept for their memory.
    numbers: Vec<f64>,
}

#[wasm_bindgen]
impl Simulation {
    /// A world from a scenario, a test file of the course, or a recording, as an object or
    /// as JSON text, and a seed. Without a seed it is the scenario's, and if it has none,
    /// `fresh_seed` or 1. A recording has its own, and is followed until something else is done; if
    /// it says what was shown, a seek to there has begun: go on with `seekOn`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "string | Scenario | Recording")] scenario: &JsValue,
        seed: Option<f64>,
        fresh_seed: Option<f64>,
    ) -> Result<Self, JsValue> {
        let text = json_text(scenario, "scenario", Recording::JSON_BYTES_MAX)?;
        let seed = seed.map(|seed| whole(seed, "seed")).transpose()?;
        let fresh_seed = fresh_seed
            .map(|seed| whole(seed, "fresh_seed"))
            .transpose()?;
        Ok(Self {
            timeline: timeline(&text, seed, fresh_seed)?,
            comparing: None,
            tracing: None,
            exporting: None,
            numbers: Vec::new(),
        })
    }

    /// The seed of this world.
    #[wasm_bindgen(getter)]
    pub fn seed(&self) -> f64 {
        js_number(self.timeline.world().seed())
    }

    /// The virtual time of this world, in microseconds.
    #[wasm_bindgen(getter, js_name = nowUs)]
    pub fn now_us(&self) -> f64 {
        js_number(self.timeline.world().now_us())
    }

    /// How many events have happened in this world.
    #[wasm_bindgen(getter)]
    pub fn events(&self) -> f64 {
        js_number(self.timeline.world().events())
    }

    /// The scenario of this world, with all defaults filled in.
    pub fn scenario(&self) -> Result<Ts<Scenario>, JsValue> {
        give(self.timeline.world().scenario())
    }

    /// The kind of the next event, if it is due at `until_us` or before.
    #[wasm_bindgen(js_name = nextDue)]
    pub fn next_due(&self, until_us: f64) -> Due {
        match self.timeline.next_due() {
            Some(due) if js_number(due.at_us) <= until_us => match due.action {
                Action::Tick { .. } => Due::Tick,
                Action::Deliver { .. } => Due::Delivery,
                _ => Due::Other,
            },
            _ => Due::None,
        }
    }

    /// When the next event is due, in microseconds; `undefined`: never.
    #[wasm_bindgen(js_name = dueAt)]
    pub fn due_at(&self) -> Option<f64> {
        Some(js_number(self.timeline.due_at()?))
    }

    /// The subject of the next due event: the replica that ticks or the message that
    /// arrives; `undefined` for any other.
    #[wasm_bindgen(js_name = dueSubject)]
    pub fn due_subject(&self) -> Option<f64> {
        match self.timeline.next_due()?.action {
            Action::Tick { replica } => Some(f64::from(replica.0)),
            Action::Deliver { message } => Some(js_number(message.0)),
            _ => None,
        }
    }

    /// What falls due next; `undefined`: nothing.
    #[wasm_bindgen(js_name = dueAction)]
    pub fn due_action(&self) -> Result<Option<Ts<Action>>, JsValue> {
        let due = self.timeline.next_due();
        due.as_ref().map(|due| give(&due.action)).transpose()
    }

    /// The clock of a replica ticks: as it is due, or once more if it is not.
    pub fn tick(&mut self, replica: f64) -> Result<(), JsValue> {
        let replica = replica_id(replica)?;
        self.enter(Action::Tick { replica })
    }

    /// A message arrives: as it is due, or now if it is not.
    pub fn deliver(&mut self, message: f64) -> Result<(), JsValue> {
        let message = MessageId(whole(message, "message")?);
        self.enter(Action::Deliver { message })
    }

    /// The next due event happens, whatever it is. If there is none, nothing does.
    pub fn proceed(&mut self) -> Result<(), JsValue> {
        self.timeline.step().map(drop).map_err(refused)
    }

    /// What falls due up to `until_us`, that moment included, happens in order, but at most
    /// `most_events` of it, 100,000 in one call. Returns how many events happened. One call in place of three for
    /// each event, for times in which nobody looks at single ones. Of a recording that can't
    /// be followed, what comes before the fault has happened when the call fails.
    #[wasm_bindgen(js_name = proceedUntil)]
    pub fn proceed_until(&mut self, until_us: f64, most_events: f64) -> Result<f64, JsValue> {
        let until_us = whole(until_us, "until_us")?;
        let most_events = events_at_once(most_events, "most_events")?;
        let before = self.timeline.world().events();
        while self.timeline.world().events() - before < most_events
            && self
                .timeline
                .due_at()
                .is_some_and(|at_us| at_us <= until_us)
        {
            self.timeline.step().map_err(refused)?;
        }
        Ok(js_number(self.timeline.world().events() - before))
    }

    /// Time passes until `to_us`, but never beyond the next due event.
    pub fn advance(&mut self, to_us: f64) -> Result<(), JsValue> {
        self.timeline.advance(whole(to_us, "to_us")?);
        Ok(())
    }

    /// Something happens to the world, from outside.
    pub fn apply(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Action")] action: &JsValue,
    ) -> Result<(), JsValue> {
        let text = json_text(action, "action", Action::JSON_BYTES_MAX)?;
        let action = Action::from_json(&text).map_err(action_error)?;
        self.enter(action)
    }

    /// Asks a client for an operation: client 1 if none is named. A read is served as
    /// `reads` says, or as the protocol's settings do. Returns the number of
    /// the request in the client's session, by which its answer will be known.
    pub fn request(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Operation")] operation: &JsValue,
        client: Option<f64>,
        #[wasm_bindgen(unchecked_param_type = "ReadMode | undefined | null")] reads: &JsValue,
    ) -> Result<f64, JsValue> {
        let text = json_text(operation, "operation", Action::JSON_BYTES_MAX)?;
        let operation: Operation =
            scenario::from_json(&text).map_err(|error| action_error(error.within("operation")))?;
        let client = match client {
            Some(client) => ClientId(small(client, "client")?),
            None => ClientId(1),
        };
        let reads: Option<ReadMode> = if reads.is_undefined() {
            None
        } else {
            let text = json_text(reads, "reads", Action::JSON_BYTES_MAX)?;
            scenario::from_json(&text).map_err(|error| action_error(error.within("reads")))?
        };
        self.enter(Action::Request {
            client: Some(client),
            operation,
            reads,
        })?;
        let sequence = self.timeline.world().last_sequence(client);
        Ok(js_number(sequence.unwrap_or_default()))
    }

    /// The world at this moment, without the messages.
    pub fn view(&self) -> Result<Ts<View>, JsValue> {
        give(&self.timeline.world().view())
    }

    /// The messages in flight, `MessageField.Stride` numbers each.
    pub fn messages(&mut self) -> Float64Array {
        self.numbers.clear();
        for message in self.timeline.world().messages() {
            self.numbers.extend(numbers(&message));
        }
        Float64Array::from(self.numbers.as_slice())
    }

    /// The notices since the last call; of more than 1,000 events, those of the newest 1,000. A
    /// seek that shows another kept moment begins anew; see `journal` and `recent`.
    pub fn notices(&mut self) -> Result<Vec<Ts<Notice>>, JsValue> {
        self.timeline.take_notices().iter().map(give).collect()
    }

    /// All of one replica, with at most `entries` entries from the end of its log.
    pub fn replica(&self, id: f64, entries: f64) -> Result<Ts<ReplicaDetail>, JsValue> {
        let id = self.known_replica(id)?;
        let entries = usize::from(small(entries, "entries")?);
        give(
            &self
                .timeline
                .world()
                .replica_detail(id, entries)
                .map_err(refused)?,
        )
    }

    /// All of one message; `undefined` if it is not in flight any more.
    pub fn message(&self, id: f64) -> Result<Option<Ts<MessageDetail>>, JsValue> {
        let id = MessageId(whole(id, "id")?);
        let detail = self.timeline.world().message_detail(id);
        detail.as_ref().map(give).transpose()
    }

    /// The first `limit` pairs of a replica's store, in the order of their keys.
    pub fn store(&self, id: f64, limit: f64) -> Result<Vec<Ts<PairView>>, JsValue> {
        let id = self.known_replica(id)?;
        let limit = usize::from(small(limit, "limit")?);
        let pairs = self.timeline.world().store(id, limit).map_err(refused)?;
        pairs.iter().map(give).collect()
    }

    /// The digest of all that happened so far, in 16 hexadecimal digits.
    pub fn digest(&self) -> String {
        format!("{:016x}", self.timeline.world().digest())
    }

    /// Goes back to the world as it was after `events` events, all the way at once. What was done
    /// later will be done again, until something else is.
    pub fn rewind(&mut self, events: f64) -> Result<(), JsValue> {
        let events = whole(events, "events")?;
        self.timeline.rewind(events).map_err(refused)
    }

    /// All that is needed to see the branch that is shown again, what is still to come of it
    /// included. `tree()` keeps the others too.
    pub fn recording(&self) -> Result<Ts<Recording>, JsValue> {
        give(&self.timeline.recording())
    }

    /// The link to this very world, its past included, for somebody who looks at it like this.
    pub fn link(
        &self,
        #[wasm_bindgen(unchecked_param_type = "SharedView")] view: &JsValue,
    ) -> Result<Ts<Address>, JsValue> {
        let text = json_text(view, "view", Action::JSON_BYTES_MAX)?;
        let view: SharedView =
            scenario::from_json(&text).map_err(|error| argument_error(error.within("view")))?;
        link_to(&Shared {
            recording: self.timeline.tree(),
            view,
            shipped: None,
        })
    }

    fn enter(&mut self, action: Action) -> Result<(), JsValue> {
        self.timeline.apply(action).map_err(refused)
    }

    fn known_replica(&self, id: f64) -> Result<ReplicaId, JsValue> {
        let id = replica_id(id)?;
        if (1..=self.timeline.world().scenario().total()).contains(&id.0) {
            Ok(id)
        } else {
            Err(argument("id", &format!("there is no replica {}", id.0)))
        }
    }
}

/// The world described by a text, at its beginning.
fn timeline(text: &str, seed: Option<u64>, fresh_seed: Option<u64>) -> Result<Timeline, JsValue> {
    let mut recording = match Document::read(text).map_err(scenario_error)? {
        Document::Recording(recording) => *recording,
        Document::Link(shared) => shared.recording,
        Document::Case(case) => case.recording,
        other => {
            let scenario = other.into_scenario().map_err(scenario_error)?;
            let seed = seed.or(scenario.seed).or(fresh_seed).unwrap_or(1);
            return Ok(Timeline::new(scenario, seed));
        }
    };
    if let Some(other) = seed.filter(|&seed| seed != recording.seed) {
        // Nothing was done to it: then it is no more than its scenario.
        if recording.interventions.is_empty() && recording.branches.is_empty() {
            recording.scenario.validate().map_err(scenario_error)?;
            return Ok(Timeline::new(recording.scenario, other));
        }
        let fault = format!("the recording is of seed {}, not {other}", recording.seed);
        return Err(argument("seed", &fault));
    }
    // It makes no sense with another seed.
    recording.scenario.seed = Some(recording.seed);
    let shown = recording.shown;
    let mut timeline = Timeline::follow(recording).map_err(|error| not_followed(&error))?;
    if let Some(shown) = shown {
        let there = SeekTo::Moment(shown.moment());
        let request = SeekRequest::on(BranchId(shown.branch), there);
        timeline.seek(request).map_err(refused)?;
    }
    Ok(timeline)
}

/// A message as the numbers of [`MessageField`].
fn numbers(message: &MessageView) -> [f64; MessageField::Stride as usize] {
    let endpoint = |endpoint| match endpoint {
        Endpoint::Replica(id) => f64::from(id.0),
        Endpoint::Client(id) => -f64::from(id.0),
    };
    let moment = |us: Option<u64>| us.map_or(-1.0, js_number);
    [
        js_number(message.id.0),
        endpoint(message.from),
        endpoint(message.to),
        f64::from(message.kind as u8),
        js_number(message.term.0),
        f64::from(message.entries),
        js_number(message.sent_us),
        js_number(message.arrive_us),
        moment(message.lost_us),
        moment(message.held_us),
        f64::from(u8::from(message.duplicate)),
    ]
}
