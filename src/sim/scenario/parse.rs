//! From text to a scenario or an action: every fault has a path and a message
//! that a person can act on, and nothing is built from a text that is too long.

use std::fmt;

use serde::de::DeserializeOwned;

use super::Scenario;
use super::action::Action;
use super::reader;

/// What is wrong with a scenario or an action, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The field, such as `actions[2].do.crash.replica`; empty: the whole of it.
    pub path: String,
    /// What is wrong with it.
    pub fault: String,
    /// Where reading stopped, if it was the text that could not be read.
    pub place: Option<Place>,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 1.
    pub column: usize,
}

impl Scenario {
    /// The longest text that is read, in bytes.
    pub const JSON_BYTES_MAX: usize = 1024 * 1024;

    /// Reads a scenario and [validates](Scenario::validate) it.
    ///
    /// # Errors
    /// The first fault found: a text that is too long or is no JSON, a field that is
    /// unknown or of the wrong kind, a value beyond its limits.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = read(text, Self::JSON_BYTES_MAX)?;
        scenario.validate()?;
        Ok(scenario)
    }
}

impl Action {
    /// The longest text that is read, in bytes.
    pub const JSON_BYTES_MAX: usize = 64 * 1024;

    /// Reads an action. Whether it keeps within the limits of a world is for
    /// [`validate_action`](super::validate_action) to say.
    ///
    /// # Errors
    /// The first fault found: a text that is too long or is no JSON, a field that is
    /// unknown or of the wrong kind.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        from_json(text)
    }
}

/// Reads something else from outside, such as an operation, as long as an action at most.
///
/// # Errors
/// As [`Action::from_json`].
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, ScenarioError> {
    read(text, Action::JSON_BYTES_MAX)
}

/// Reads something from outside that has at most this many bytes. A byte order mark, which some
/// editors put before a text, is passed over.
///
/// # Errors
/// As [`Action::from_json`].
pub fn read<T: DeserializeOwned>(text: &str, bytes_max: usize) -> Result<T, ScenarioError> {
    if text.len() > bytes_max {
        return Err(ScenarioError::new(
            "",
            format!("{} bytes are too many; at most {bytes_max}", text.len()),
        ));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = text.trim_start();
    let fault = match start.chars().next() {
        None => Some("this is empty: there is no JSON in it"),
        Some('<') => Some("this is not JSON, but looks like HTML or XML"),
        Some(_) => None,
    };
    if let Some(fault) = fault {
        let before = &text[..text.len() - start.len()];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        return Err(ScenarioError {
            place: Some(Place { line, column }),
            ..ScenarioError::new("", fault)
        });
    }
    reader::read(text)
}

impl ScenarioError {
    pub(crate) fn new(path: impl Into<String>, fault: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            fault: fault.into(),
            place: None,
        }
    }

    /// The same fault seen from outside, where its field is part of `outer`.
    #[must_use]
    pub(crate) fn within(mut self, outer: impl fmt::Display) -> Self {
        self.path = if self.path.is_empty() {
            outer.to_string()
        } else if self.path.starts_with('[') {
            format!("{outer}{}", self.path)
        } else {
            format!("{outer}.{}", self.path)
        };
        self
    }
}

impl std::error::Error for ScenarioError {}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.fault)?;
        if let Some(Place { line, column }) = self.place {
            write!(f, " (line {line}, column {column})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::ReplicaId;
    use crate::sim::scenario::action::Target;

    /// The fault of a text that must have one.
    fn fault(text: &str) -> ScenarioError {
        Scenario::from_json(text).expect_err("the text is faulty")
    }

    #[test]
    fn an_empty_object_is_the_default_scenario() {
        assert_eq!(Scenario::from_json("{}"), Ok(Scenario::default()));
        let marked = Scenario::from_json("\u{feff}{}\r\n");
        assert_eq!(marked, Ok(Scenario::default()));
    }

    /// The example stands in the essay of the module that a scenario's author reads.
    #[test]
    fn the_example_of_the_essay_is_valid() {
        let essay = include_str!("mod.rs");
        let example = essay
            .split("//! ```json\n")
            .nth(1)
            .and_then(|rest| rest.split("//! ```").next())
            .expect("the essay has an example")
            .replace("//! ", "");
        let scenario = Scenario::from_json(&example).expect("the example is valid");
        assert_eq!(scenario.title, "The leader crashes");
        assert_eq!(scenario.actions.len(), 2);
    }

    #[test]
    fn a_scenario_survives_being_written() {
        let scenario = Scenario::from_json(
            r#"{ "seed": 3, "links": [{ "from": 1, "to": 2, "cut": true }], "actions": [
                { "at_us": 5, "do": { "partition": { "groups": [["leader", 2], ["any"]] } } },
                { "at_us": 6, "do": { "request": { "operation": { "get": { "key": "x" } } } } },
                { "at_us": 7, "do": { "heal_all": {} } }] }"#,
        )
        .expect("it is valid");
        let written = serde_json::to_string(&scenario).expect("a scenario is plain data");
        assert_eq!(Scenario::from_json(&written), Ok(scenario));
    }

    #[test]
    fn a_broken_text_is_told_with_its_line_and_column() {
        let error = fault("{\n  \"replicas\": 5,,\n}");
        assert_eq!(
            error.place,
            Some(Place {
                line: 2,
                column: 17
            })
        );
        assert_eq!(
            fault("{\"replicas\": 5").to_string(),
            "this is not JSON: it ends in the middle of an object (line 1, column 14)"
        );
        assert_eq!(
            fault("{} {}").to_string(),
            "this is not JSON: more follows after its end (line 1, column 4)"
        );
        for text in ["", " \n\t", "\u{feff}"] {
            let said = fault(text).to_string();
            assert!(
                said.starts_with("this is empty: there is no JSON in it (line "),
                "{said}"
            );
        }
        let html = fault("\n<!doctype html><html></html>").to_string();
        let said = "this is not JSON, but looks like HTML or XML (line 2, column 1)";
        assert_eq!(html, said);
    }

    #[test]
    fn a_field_of_the_wrong_kind_is_told_by_its_path() {
        let path = |text| fault(text).path;
        assert_eq!(path(r#"{"replicas": "five"}"#), "replicas");
        assert_eq!(path(r#"{"replicas": 5.5}"#), "replicas");
        assert_eq!(path(r#"{"replicas": 70000}"#), "replicas");
        assert_eq!(path(r#"{"network": {"loss": "3/2"}}"#), "network.loss");
        assert_eq!(path(r#"{"network": {"loss": 0.5}}"#), "network.loss");
        assert_eq!(
            path(r#"{"actions": [{"at_us": 1, "do": {"crash": {"replica": "boss"}}}]}"#),
            "actions[0].do.crash.replica"
        );
        assert_eq!(
            path(r#"{"actions": [{"do": {"heal_all": {}}}]}"#),
            "actions[0]"
        );
    }

    #[test]
    fn an_unknown_field_is_a_fault_wherever_it_stands() {
        for (text, path) in [
            (r#"{"replica": 5}"#, "replica"),
            (r#"{"network": {"lossy": 1}}"#, "network.lossy"),
            (
                r#"{"network": {"latency": {"fixed": {"us": 1, "ms": 1}}}}"#,
                "network.latency.fixed.ms",
            ),
            (
                r#"{"actions": [{"at_us": 1, "do": {"explode": {}}}]}"#,
                "actions[0].do",
            ),
            (
                r#"{"actions": [{"at_us": 1, "do": {"heal_all": {"now": 1}}}]}"#,
                "actions[0].do.heal_all.now",
            ),
        ] {
            let error = fault(text);
            assert_eq!(error.path, path, "{error}");
            assert!(error.fault.contains("unknown"), "{error}");
        }
    }

    #[test]
    fn long_names_and_texts_are_not_repeated_whole() {
        let long = "é\u{20ac}`\\\"".repeat(3_000);
        let name = format!(r#"{{"{}": 5}}"#, "x".repeat(500_000));
        let error = fault(&name);
        assert_eq!(error.path, format!("{}…x", "x".repeat(100)));
        let start = format!("unknown field `{}…`, expected one of `", "x".repeat(100));
        assert!(error.fault.starts_with(&start), "{error}");
        for text in [
            format!(r#"{{"{long}": 5}}"#),
            format!(r#"{{"replicas": "{long}"}}"#),
            format!(r#"{{"network": {{"loss": "{long}"}}}}"#),
            format!(r#"{{"protocol": {{"reads": "{long}"}}}}"#),
            format!(r#"{{"actions": [{{"at_us": 1, "do": {{"{long}": 1}}}}]}}"#),
            format!(
                r#"{{"actions": [{{"at_us": 1, "do": {{"crash": {{"replica": "{long}"}}}}}}]}}"#
            ),
        ] {
            let error = fault(&text).to_string();
            assert!(error.chars().count() < 1_200, "{error}");
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_repeated() {
        let name = "\\u001b[31m\\u0000\\n\\u009b";
        for text in [
            format!(r#"{{"{name}": 5}}"#),
            format!(r#"{{"replicas": "{name}"}}"#),
            format!(r#"{{"flaw": "{name}"}}"#),
            format!(r#"{{"flaw": {{"votes-twice": null, "{name}": null}}}}"#),
        ] {
            let said = fault(&text).to_string();
            assert!(!said.contains(char::is_control), "{said:?}");
            assert!(said.contains("\\u001b[31m\\u0000"), "{said}");
        }
    }

    #[test]
    fn columns_begin_at_1() {
        for text in [
            "[]",
            "[\n]",
            "{\"replicas\": 5\n",
            "{\"replicas\":\n\n[]}",
            "\n[]",
        ] {
            let place = fault(text).place.expect("it is in the text");
            assert!(place.line >= 1 && place.column >= 1, "{text}: {place:?}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_not_even_read() {
        let text = " ".repeat(Scenario::JSON_BYTES_MAX + 1);
        assert_eq!(
            fault(&text).to_string(),
            "1048577 bytes are too many; at most 1048576"
        );
        let text = " ".repeat(Action::JSON_BYTES_MAX + 1);
        assert!(Action::from_json(&text).is_err());
    }

    #[test]
    fn deep_nesting_is_a_fault_and_no_overflow() {
        assert!(Scenario::from_json(&"[".repeat(100_000)).is_err());
        let text = format!(r#"{{"actions": {}"#, "[".repeat(100_000));
        assert!(Scenario::from_json(&text).is_err());
    }

    #[test]
    fn an_action_is_read_by_itself() {
        assert_eq!(
            Action::from_json(r#"{"crash": {"replica": "leader"}}"#),
            Ok(Action::crash(Target::Leader))
        );
        assert_eq!(
            Action::from_json(r#"{"pause": {"replica": 3}}"#),
            Ok(Action::Pause {
                replica: ReplicaId(3).into()
            })
        );
        let error = Action::from_json(r#"{"crash": {"replica": -1}}"#).expect_err("it is faulty");
        assert_eq!(error.path, "crash.replica");
    }
}
