//! JSON Lines: a head, then each happening, one JSON value a line. The schema is
//! `docs/src/trace.schema.json`.

use std::fmt::Write as _;

use serde_json::json;

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
        let causes: Vec<u32> = graph.causes(id).map(|it| it.0).collect();
        let clock = json!(words::clock(&clocks, id));
        let fields = format!("\"id\":{},\"causes\":{causes:?},\"clock\":{clock}", id.0);
        let value = stretch.json_with(&fields, happening);
        writeln!(lines, "{value}").expect("it is a string");
    }
    lines
}
