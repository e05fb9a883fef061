//! A stretch of a run, for other tools: its event graph in the formats that they read.
//!
//! | format | for |
//! |---|---|
//! | [JSON Lines](fn@lines) | programs: every happening with its causes and its vector clock |
//! | [Chrome's trace events](fn@chrome) | Perfetto and `chrome://tracing`, with arrows for messages |
//! | [ShiViz](fn@shiviz) | ShiViz, with vector clocks |
//! | [Mermaid](fn@mermaid) | a sequence diagram in a document |
//! | [SVG](fn@svg) | a picture, light or dark, that needs nothing else |
//! | [TLA+](fn@tla) | trace validation against a specification |
//! | [the clients' history](fn@history) | the checker of linearizability, ours or another |
//!
//! All are made from one [`CausalGraph`], and none of them needs a world. Keys, values and titles are
//! anything that a person typed: each format escapes them as it has to, and where it is read line
//! by line they are put on one.

mod chrome;
mod history;
mod lines;
mod mermaid;
mod shiviz;
mod svg;
mod tla;
mod words;

pub use chrome::chrome;
pub use history::{NotFromTheStart, history};
pub use lines::lines;
pub use mermaid::mermaid;
pub use shiviz::{SHIVIZ_PARSER, shiviz};
pub use svg::svg;
pub use tla::tla;

use crate::sim::causality::CausalGraph;

/// What is written beside the happenings themselves.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// What happened.
    pub graph: &'a CausalGraph,
    /// The title of the scenario.
    pub title: &'a str,
    /// The seed.
    pub seed: u64,
    /// When the stretch begins, in microseconds of virtual time.
    pub from_us: u64,
    /// When it ends.
    pub to_us: u64,
}
