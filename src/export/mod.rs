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
mod name;
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

use serde::Serialize;

use crate::sim::causality::{CausalGraph, Happening};

/// One of the formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ExportFormat {
    /// JSON Lines, with `docs/src/trace.schema.json` as schema.
    Jsonl,
    /// Chrome's trace events.
    Chrome,
    /// ShiViz's log.
    Shiviz,
    /// Mermaid's sequence diagram.
    Mermaid,
    /// A picture for a light ground.
    Svg,
    /// A picture for a dark one.
    SvgDark,
    /// A TLA+ module.
    Tla,
    /// The clients' history.
    History,
}

impl ExportFormat {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Jsonl,
        Self::Chrome,
        Self::Shiviz,
        Self::Mermaid,
        Self::Svg,
        Self::SvgDark,
        Self::Tla,
        Self::History,
    ];

    /// Its name, by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Chrome => "chrome",
            Self::Shiviz => "shiviz",
            Self::Mermaid => "mermaid",
            Self::Svg => "svg",
            Self::SvgDark => "svg_dark",
            Self::Tla => "tla",
            Self::History => "history",
        }
    }

    /// The stretch in this format.
    ///
    /// # Errors
    /// [`NotFromTheStart`]: of a history.
    pub fn write(self, stretch: &Stretch<'_>) -> Result<String, NotFromTheStart> {
        Ok(match self {
            Self::Jsonl => lines(stretch),
            Self::Chrome => chrome(stretch),
            Self::Shiviz => shiviz(stretch),
            Self::Mermaid => mermaid(stretch),
            Self::Svg => svg(stretch, false),
            Self::SvgDark => svg(stretch, true),
            Self::Tla => tla(stretch),
            Self::History => history(stretch)?,
        })
    }
}

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
    /// Writes a happening as one JSON object on one line, with null for what is none: natively
    /// [`json`]. A page has its browser do it, since serde's code for it is large.
    pub json: fn(&Happening) -> String,
}

/// A happening as JSON.
///
/// # Panics
/// Never: it is plain data.
pub fn json(happening: &Happening) -> String {
    serde_json::to_string(happening).expect("it is plain data")
}

impl Stretch<'_> {
    /// A happening as a JSON object that begins with these fields, which are written already.
    fn json_with(&self, fields: &str, happening: &Happening) -> String {
        let own = (self.json)(happening);
        let own = own.strip_prefix('{').unwrap_or_default();
        format!("{{{fields},{own}")
    }
}
