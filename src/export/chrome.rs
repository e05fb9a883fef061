//! Chrome's trace event format, which Perfetto opens: a thread for what happens at each replica and
//! client, one for the role of each replica, and flow arrows for messages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::name::name;
use super::{Stretch, words};
use crate::sim::causality::{CausalGraph, HappeningId, Place, What};

/// One process is the whole cluster.
const PID: u32 = 1;

/// The events as text: as values they would take many times the room.
struct Events(String);

impl Events {
    fn push(&mut self, event: &Value) {
        self.add(&event.to_string());
    }

    fn add(&mut self, event: &str) {
        let comma = if self.0.ends_with('}') { "," } else { "" };
        write!(self.0, "{comma}\n{event}").expect("it is a string");
    }
}

/// The stretch as one JSON object with `traceEvents`.
pub fn chrome(stretch: &Stretch<'_>) -> String {
    let graph = stretch.graph;
    let mut events = Events("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[".into());
    events.push(&json!({
        "ph": "M", "name": "process_name", "pid": PID, "tid": 0,
        "args": {"name": format!("{} (seed {})", stretch.title, stretch.seed)},
    }));
    let mut threads: BTreeMap<Place, u32> = BTreeMap::new();
    for (_, happening) in graph.iter() {
        threads.entry(happening.place).or_default();
    }
    for (number, (place, tid)) in (1..).zip(&mut threads) {
        *tid = 2 * number;
        events.push(&json!({
            "ph": "M", "name": "thread_name", "pid": PID, "tid": *tid,
            "args": {"name": words::place(*place)},
        }));
        events.push(&sorted(*tid));
    }
    roles(stretch, &threads, &mut events);
    for (id, happening) in graph.iter() {
        let tid = threads[&happening.place];
        let ts = happening.at_us;
        let args = stretch.json_with(&format!("\"id\":{}", id.0), happening);
        events.add(&format!(
            "{{\"ph\":\"X\",\"pid\":{PID},\"tid\":{tid},\"ts\":{ts},\"dur\":1,\"name\":{},\"cat\":{},\"args\":{args}}}",
            json!(words::label(happening)),
            json!(name(&happening.what)),
        ));
        flow(graph, id, &threads, &mut events);
    }
    events.0 + "\n]}\n"
}

/// The arrow of a message that was received or lost, from where it was sent.
fn flow(graph: &CausalGraph, id: HappeningId, threads: &BTreeMap<Place, u32>, events: &mut Events) {
    let Some(end) = graph.get(id) else { return };
    if !matches!(end.what, What::Received { .. } | What::Lost { .. }) {
        return;
    }
    let is_sent = |it: &HappeningId| {
        let what = graph.get(*it).map(|it| &it.what);
        matches!(what, Some(What::Sent(_)))
    };
    let sent = graph.causes(id).find(is_sent).and_then(|it| graph.get(it));
    let (Some(begin), Some(letter)) = (sent, end.letter()) else {
        return;
    };
    for (ph, it) in [("s", begin), ("f", end)] {
        let mut event = json!({
            "ph": ph, "pid": PID, "tid": threads[&it.place], "ts": it.at_us,
            "id": letter.message.0, "name": name(&letter.kind), "cat": "message",
        });
        if ph == "f" {
            // It ends at the slice around it, not at the next one.
            event["bp"] = "e".into();
        }
        events.push(&event);
    }
}

/// What each replica was, and for how long.
fn roles(stretch: &Stretch<'_>, threads: &BTreeMap<Place, u32>, events: &mut Events) {
    for replica in &stretch.graph.beginning().replicas {
        let place = Place::Replica(replica.id);
        let Some(tid) = threads.get(&place).map(|tid| tid + 1) else {
            continue;
        };
        events.push(&json!({
            "ph": "M", "name": "thread_name", "pid": PID, "tid": tid,
            "args": {"name": format!("{} role", replica.id)},
        }));
        events.push(&sorted(tid));
        let mut since = stretch.from_us;
        let mut name = format!("{} {}, term {}", replica.status, replica.role, replica.term);
        let own = stretch.graph.iter().filter(|(_, it)| it.place == place);
        for (_, it) in own {
            let next = match &it.what {
                What::Became { role, term, .. } => format!("{role}, term {term}"),
                What::Crashed {} => "crashed".into(),
                What::Paused {} => "paused".into(),
                What::Started {} => "started".into(),
                What::Resumed {} => "resumed".into(),
                _ => continue,
            };
            events.push(&stay(tid, since, it.at_us, &name));
            (since, name) = (it.at_us, next);
        }
        events.push(&stay(tid, since, stretch.to_us.max(since), &name));
    }
}

/// Viewers put threads in an order of their own unless they are told one.
fn sorted(tid: u32) -> Value {
    json!({
        "ph": "M", "name": "thread_sort_index", "pid": PID, "tid": tid,
        "args": {"sort_index": tid},
    })
}

fn stay(tid: u32, from_us: u64, to_us: u64, name: &str) -> Value {
    json!({
        "ph": "X", "pid": PID, "tid": tid, "ts": from_us, "dur": to_us - from_us.min(to_us),
        "name": name, "cat": "role",
    })
}
