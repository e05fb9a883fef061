//! ShiViz's log: each event is two lines, its host with the vector clock, and what happened. What
//! happens on the way of a message or outside is at no host, and left out.

use std::fmt::Write as _;

use super::{Stretch, words};
use crate::sim::causality::{Place, VectorClocks};

/// What ShiViz is told to read the log with: its parser's expression.
pub const SHIVIZ_PARSER: &str = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)";

/// The stretch as a log for ShiViz.
pub fn shiviz(stretch: &Stretch<'_>) -> String {
    let clocks = VectorClocks::of(stretch.graph);
    let mut log = String::new();
    for (id, happening) in stretch.graph.iter() {
        if matches!(happening.place, Place::Network | Place::Outside) {
            continue;
        }
        let host = words::place(happening.place);
        let clock = serde_json::to_string(&words::clock(&clocks, id)).unwrap_or_default();
        let label = words::label(happening);
        writeln!(log, "{host} {clock}\n{} us: {label}", happening.at_us).expect("it is a string");
    }
    log
}
