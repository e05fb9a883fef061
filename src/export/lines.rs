//! JSON Lines: a head, then each happening, one JSON value a line. The schema is
//! `docs/src/trace.schema.json`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Stretch, words};
use crate::sim::causality::VectorClocks;

/// The version of the form: it rises if a program that reads it would have to change.
const VERSION: u32 = 1;

/// The stretch as JSON Lines.
pub fn lines(stretch: &Stretch<'_>) -> String {
    let graph = stretch.graph;
    let head = json!({
        "format": "raftarium-trace",
        "version": VERSION,
        "title": stretch.title,
        "seed": stretch.seed,
        "from_us": stretch.from_us,
        "to_us": stretch.to_us,
        "full": graph.is_full(),
        "beginning": graph.beginning(),
    });
    let mut lines = format!("{head}\n");
    let clocks = VectorClocks::of(graph);
    for (id, happening) in graph.iter() {
        let mut value = serde_json::to_value(happening).unwrap_or_default();
        if let Value::Object(fields) = &mut value {
            let causes: Vec<u32> = graph.causes(id).map(|it| it.0).collect();
            fields.insert("id".into(), id.0.into());
            fields.insert("causes".into(), causes.into());
            fields.insert("clock".into(), json!(words::clock(&clocks, id)));
        }
        writeln!(lines, "{value}").expect("it is a string");
    }
    lines
}
