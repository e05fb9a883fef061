//! What kind of file is this? Scenarios, recordings, runs of the adversary and test files of the
//! course are all JSON objects, and a link is an address. Which of them a text is, is decided here
//! and nowhere else.
//!
//! ```
//! use raftarium::document::Document;
//!
//! let document = Document::read(r#"{ "replicas": 3 }"#)?;
//! assert!(matches!(document, Document::Scenario(_)));
//! assert_eq!(document.into_recording()?.seed, 1);
//! # Ok::<(), raftarium::sim::scenario::ScenarioError>(())
//! ```
//!
//! The kind of an object is told by the names of the outermost fields, before any of them is understood. So
//! a faulty test file is refused as a test file, and not as a scenario with unknown fields.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::adversary::Case;
use crate::course::{Settings, TestFile};
use crate::link::{self, Shared};
use crate::sim::Recording;
use crate::sim::scenario::{Scenario, ScenarioError, from_json_of_size};

/// A file of any kind that can become a world.
#[derive(Clone, Debug)]
pub enum Document {
    /// The beginning of a world.
    Scenario(Box<Scenario>),
    /// A world, and what was done to it.
    Recording(Box<Recording>),
    /// A run of the adversary, with its end and what is wrong with it.
    Case(Box<Case>),
    /// A test file of the course.
    TestFile(Box<TestFile>),
    /// A link: a recording, and how somebody looked at it.
    Link(Box<Shared>),
}

/// The kinds of [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A [`Scenario`].
    Scenario,
    /// A [`Recording`].
    Recording,
    /// Anything else that has a recording as its field `recording`.
    Holder,
    /// A [`Case`].
    Case,
    /// A [`TestFile`].
    TestFile,
    /// A [link].
    Link,
}

impl Kind {
    /// The kind that a text means to be, whether or not it is a good one.
    ///
    /// # Errors
    /// If it is too long, or neither a JSON object nor a link.
    pub fn of(text: &str) -> Result<Self, ScenarioError> {
        if link::is_link(text) {
            return Ok(Self::Link);
        }
        let signs: Signs = from_json_of_size(text, Document::JSON_BYTES_MAX)?;
        let has = |name: &str| {
            debug_assert!(SIGNS.contains(&name));
            signs.0.contains(name)
        };
        Ok(if has("lifetime") || has("requests") || has("tests") {
            Self::TestFile
        } else if has("recording") && has("end") {
            Self::Case
        } else if has("recording") {
            Self::Holder
        } else if has("scenario") {
            Self::Recording
        } else {
            Self::Scenario
        })
    }
}

impl Document {
    /// The longest text that is read, in bytes. Most kinds have a smaller limit of their own.
    pub const JSON_BYTES_MAX: usize = Recording::JSON_BYTES_MAX;

    /// Reads a file of any kind.
    ///
    /// # Errors
    /// The first fault found, by the path of its field.
    pub fn read(text: &str) -> Result<Self, ScenarioError> {
        Ok(match Kind::of(text)? {
            Kind::Scenario => Self::Scenario(Box::new(Scenario::from_json(text)?)),
            Kind::Recording => Self::Recording(Box::new(Recording::from_json(text)?)),
            Kind::Holder => Self::Recording(Box::new(Recording::held_in_json(text)?)),
            Kind::Case => Self::Case(Box::new(Case::from_json(text)?)),
            Kind::TestFile => Self::TestFile(Box::new(TestFile::from_json(text)?)),
            Kind::Link => Self::Link(Box::new(Shared::open(text)?)),
        })
    }

    /// The document as a scenario. A test file becomes one for watching.
    ///
    /// # Errors
    /// If it is a recording, a link to one, or a test file of which no scenario can be made.
    pub fn into_scenario(self) -> Result<Scenario, ScenarioError> {
        let path = match self {
            Self::Scenario(scenario) => return Ok(*scenario),
            Self::TestFile(file) => return file.scenario(&Settings::default()),
            Self::Case(_) => "recording",
            Self::Recording(_) => "scenario",
            Self::Link(_) => "link",
        };
        let fault = "only a recording has this: `raftarium replay` and the page show it";
        Err(ScenarioError::new(path, fault))
    }

    /// The document as a recording. To a scenario or a test file nothing has been done.
    ///
    /// # Errors
    /// If it is a test file of which no scenario can be made.
    pub fn into_recording(self) -> Result<Recording, ScenarioError> {
        match self {
            Self::Recording(recording) => Ok(recording.shown_line()),
            Self::Case(case) => Ok(case.recording),
            Self::Link(shared) => Ok(shared.recording.shown_line()),
            Self::Scenario(_) | Self::TestFile(_) => self.into_scenario().map(Recording::untouched),
        }
    }

    /// The document as a case. It ends at the moment that is shown. One that shows none goes on for
    /// `after_us` microseconds after the last thing that is done in it.
    ///
    /// # Errors
    /// If it is a test file of which no scenario can be made.
    pub fn into_case(self, after_us: u64) -> Result<Case, ScenarioError> {
        match self {
            Self::Case(case) => Ok(*case),
            other => Ok(Case::of_recording(other.into_recording()?, after_us)),
        }
    }
}

/// Fields that only some kinds have. `replicas`, `seed` and `events` are in several.
const SIGNS: [&str; 6] = [
    "end",
    "lifetime",
    "recording",
    "requests",
    "scenario",
    "tests",
];

/// Those of the [`SIGNS`] that an object has, whatever they hold.
struct Signs(BTreeSet<&'static str>);

impl<'de> Deserialize<'de> for Signs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Signs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Signs, A::Error> {
                let mut found = BTreeSet::new();
                while let Some((name, IgnoredAny)) = map.next_entry::<String, _>()? {
                    found.extend(SIGNS.iter().find(|it| **it == name));
                }
                Ok(Signs(found))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course;
    use crate::sim::scenario::shipped;

    #[test]
    fn the_kinds_are_told_apart() {
        for scenario in shipped() {
            assert_eq!(Kind::of(scenario.json), Ok(Kind::Scenario));
        }
        for (name, json) in course::shipped() {
            assert_eq!(Kind::of(json), Ok(Kind::TestFile), "{name}");
            assert_eq!(Kind::of(&format!("\u{feff}{json}")), Ok(Kind::TestFile));
        }
        for (text, kind) in [
            ("{}", Kind::Scenario),
            (r#"{"replicas": 5, "seed": 3}"#, Kind::Scenario),
            (r#"{"lifetime": "faulty"}"#, Kind::TestFile),
            (r#"{"lifetime": 5, "lifetime": 6}"#, Kind::TestFile),
            (r#"{"scenario": {}}"#, Kind::Recording),
            (r#"{"recording": {}, "worlds": 3}"#, Kind::Holder),
            (r#"{"recording": {}, "end": {}}"#, Kind::Case),
            ("https://example.org/#run.1.AAAA.000000", Kind::Link),
            ("run.99", Kind::Link),
            (r#"{"story": "See #run.1.AAAA.000000"}"#, Kind::Scenario),
        ] {
            assert_eq!(Kind::of(text), Ok(kind), "{text}");
        }
        assert!(Kind::of("{").is_err());
        assert!(Kind::of("[]").is_err());
    }

    #[test]
    fn every_kind_is_read_as_far_as_it_goes() {
        let recording = Recording::untouched(Scenario::default());
        let alone = serde_json::to_string(&recording).expect("it is plain data");
        let read = |text: &str| Document::read(text).unwrap_or_else(|it| panic!("{text}: {it}"));
        assert_eq!(read(&alone).into_recording().as_ref(), Ok(&recording));
        let held = format!(r#"{{"worlds": 3, "recording": {alone}}}"#);
        assert_eq!(read(&held).into_recording().as_ref(), Ok(&recording));
        let case = format!(r#"{{"end": {{"events": 3, "at_us": 4}}, "recording": {alone}}}"#);
        assert_eq!(read(&case).into_recording(), Ok(recording));
        let ends = |text: &str| {
            read(text)
                .into_case(7)
                .map(|it| (it.end.events, it.end.at_us))
        };
        assert_eq!(ends(&case), Ok((3, 4)));
        assert_eq!(ends("{}"), Ok((u64::MAX, 7)));
        assert_eq!(ends(&held), Ok((u64::MAX, 7)));
        for (text, path) in [
            (&alone, "scenario"),
            (&held, "scenario"),
            (&case, "recording"),
        ] {
            let error = read(text).into_scenario().expect_err(text);
            assert_eq!(error.path, path);
            assert!(error.fault.contains("only a recording has this"));
        }
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        for (text, said) in [
            ("{", "this is not JSON: it ends in"),
            (r#"{"replicas": 0}"#, "replicas: must be"),
            (r#"{"scenario": {}}"#, "missing field `seed`"),
            (r#"{"recording": {"seed": 1}}"#, "recording: missing field"),
            (
                r#"{"scenario": {}, "seed": 1, "interventions": [{"do": 1}]}"#,
                "interventions[0].do: unknown field",
            ),
            (r#"{"end": {}, "recording": {}}"#, "end: missing field"),
            ("#run.1.AAAA", "link: the end of this link is missing"),
        ] {
            let error = Document::read(text).expect_err(text).to_string();
            assert!(error.starts_with(said), "{error}");
        }
        let error = Document::read(r#"{"lifetime": 3}"#).expect_err("it is a faulty test file");
        assert!(error.to_string().contains("is missing"), "{error}");
    }
}
