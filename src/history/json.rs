//! From JSON Lines to a history: whatever is wrong is told with its line and field.

use std::io::{self, BufRead, Read as _};

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Answer, EventError, History, Operation, Outcome, Value};

/// Why a text is not a history.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A line that no history can go on with.
    #[error("line {line}: {field}{}{fault}", if .field.is_empty() { "" } else { ": " })]
    Malformed {
        /// Its number, from 1.
        line: usize,
        /// The field that is wrong; empty if it is the line as a whole.
        field: &'static str,
        /// What is wrong with it.
        fault: String,
    },
    /// The text could not be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
}

/// What is wrong with a line.
struct Fault(&'static str, String);

/// One line, its fields not yet looked at. There may be others, which say nothing here.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    process: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type", deserialize_with = "present")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    f: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    key: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    value: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    swapped: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    existed: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    found: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    initial: Option<&'a RawValue>,
}

/// A field that is there, be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl History {
    /// The longest line that is read, in bytes.
    pub const LINE_BYTES_MAX: usize = 1024 * 1024;

    /// The longest history that is read from a text, in lines.
    pub const LINES_MAX: usize = 2_000_000;

    /// Reads a history as JSON Lines; the [module](super) documents the form.
    ///
    /// # Errors
    /// The first line that is malformed, or that can't be read.
    pub fn from_json_lines(mut text: impl BufRead) -> Result<Self, HistoryError> {
        let mut history = Self::default();
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            let bytes_max = Self::LINE_BYTES_MAX as u64;
            let mut limited = text.by_ref().take(bytes_max + 1);
            if limited.read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            let read = if bytes.len() > Self::LINE_BYTES_MAX {
                Err(Fault::of_line(format!("more than {bytes_max} bytes")))
            } else if line > Self::LINES_MAX {
                Err(Fault::of_line(format!("more than {} lines", line - 1)))
            } else {
                history.read_line(line, &bytes)
            };
            read.map_err(|Fault(field, fault)| HistoryError::Malformed { line, field, fault })?;
        }
        Ok(history)
    }

    fn read_line(&mut self, at: usize, bytes: &[u8]) -> Result<(), Fault> {
        let text = str::from_utf8(bytes).map_err(|error| Fault::of_line(error.to_string()))?;
        if text.trim_ascii().is_empty() {
            return Ok(());
        }
        if !text.trim_ascii_start().starts_with('{') {
            return Err(Fault::of_line("must be a JSON object"));
        }
        let line: Line = serde_json::from_str(text).map_err(Fault::of_json)?;
        if let Some(initial) = line.initial {
            if at != 1 || line.kind.is_some() {
                let fault = "stands by itself on the first line, or nowhere";
                return Err(Fault("initial", fault.into()));
            }
            *self = Self::new(scalar("initial", initial)?);
            return Ok(());
        }
        let process = need("process", line.process)?;
        // Jepsen's own remarks, such as the faults that it brings about.
        if process.get() == "\"nemesis\"" {
            return Ok(());
        }
        let process = serde_json::from_str(process.get())
            .map_err(|_| Fault("process", "must be a number, 0 or more".into()))?;
        let outcome = match text_of("type", line.kind)?.as_str() {
            "invoke" => {
                let (key, operation) = (line.key()?, line.operation()?);
                return self
                    .invoke_at(at, process, key, operation)
                    .map_err(Fault::of_event);
            }
            "ok" => None,
            "fail" => Some(Outcome::Fail),
            "info" => Some(Outcome::Info),
            other => {
                let fault = format!("must be invoke, ok, fail or info, not {other:?}");
                return Err(Fault("type", fault));
            }
        };
        let called = self
            .open(process)
            .ok_or_else(|| Fault::of_event(EventError::NothingOpen { process }))?;
        line.agrees_with(&called.key, &called.operation, called.called_at)?;
        let outcome = match outcome {
            Some(outcome) => outcome,
            None => Outcome::Ok(line.answer(&called.operation)?),
        };
        self.end_at(at, process, outcome).map_err(Fault::of_event)
    }
}

impl Line<'_> {
    fn key(&self) -> Result<Value, Fault> {
        self.key.map_or(Ok(Value::Null), |key| scalar("key", key))
    }

    fn operation(&self) -> Result<Operation, Fault> {
        let value = || need("value", self.value);
        Ok(match text_of("f", self.f)?.as_str() {
            "read" if self.value.is_some_and(|value| value.get() != "null") => {
                return Err(Fault("value", "is null where a read is invoked".into()));
            }
            "read" => Operation::Read,
            "write" => Operation::Write(scalar("value", value()?)?),
            "cas" => {
                let pair: [&RawValue; 2] = serde_json::from_str(value()?.get())
                    .map_err(|_| Fault("value", "must be [expected, new]".into()))?;
                Operation::Cas {
                    expected: scalar("value", pair[0])?,
                    new: scalar("value", pair[1])?,
                }
            }
            "append" => match scalar("value", value()?)? {
                Value::Text(text) => Operation::Append(text),
                other => {
                    let fault = format!("an append adds a text, not {other}");
                    return Err(Fault("value", fault));
                }
            },
            "delete" => Operation::Delete,
            other => {
                let fault = format!("must be read, write, cas, append or delete, not {other:?}");
                return Err(Fault("f", fault));
            }
        })
    }

    /// What ends an operation must speak of the same one, as far as it says anything.
    fn agrees_with(&self, key: &Value, called: &Operation, at: usize) -> Result<(), Fault> {
        let f = text_of("f", self.f)?;
        if f != called.name() {
            let fault = format!("line {at} called {}, not {f}", called.name());
            return Err(Fault("f", fault));
        }
        if self.key()? != *key {
            return Err(Fault("key", format!("line {at} called with {key}")));
        }
        let silent = self.value.is_none_or(|value| value.get() == "null");
        if !matches!(called, Operation::Read | Operation::Delete)
            && !silent
            && self.operation()? != *called
        {
            return Err(Fault("value", format!("line {at} called {called}")));
        }
        Ok(())
    }

    fn answer(&self, called: &Operation) -> Result<Answer, Fault> {
        Ok(match called {
            Operation::Read => Answer::Value(scalar("value", need("value", self.value)?)?),
            Operation::Write(_) | Operation::Append(_) => Answer::Done,
            Operation::Cas { .. } if truth("swapped", self.swapped)? == Some(false) => {
                let found = self.found.map(|found| scalar("found", found));
                Answer::NotSwapped {
                    found: found.transpose()?,
                }
            }
            Operation::Cas { .. } => Answer::Swapped,
            Operation::Delete => truth("existed", self.existed)?
                .map_or(Answer::Done, |existed| Answer::Deleted { existed }),
        })
    }
}

fn need<'a>(name: &'static str, field: Option<&'a RawValue>) -> Result<&'a RawValue, Fault> {
    field.ok_or_else(|| Fault(name, "is missing".into()))
}

fn text_of(name: &'static str, field: Option<&RawValue>) -> Result<String, Fault> {
    serde_json::from_str(need(name, field)?.get()).map_err(|_| Fault(name, "must be a text".into()))
}

fn truth(name: &'static str, field: Option<&RawValue>) -> Result<Option<bool>, Fault> {
    field.map_or(Ok(None), |field| {
        serde_json::from_str(field.get()).map_err(|_| Fault(name, "must be true or false".into()))
    })
}

fn scalar(name: &'static str, field: &RawValue) -> Result<Value, Fault> {
    Value::from_json(field.get()).map_err(|fault| Fault(name, fault))
}

impl Fault {
    fn of_line(fault: impl Into<String>) -> Self {
        Self("", fault.into())
    }

    #[expect(clippy::needless_pass_by_value, reason = "for map_err")]
    fn of_json(error: serde_json::Error) -> Self {
        // The line is told apart; what serde_json counts is always line 1.
        let fault = error.to_string();
        let said = fault.split(" at line ").next().unwrap_or(&fault);
        Self("", format!("{said} (column {})", error.column()))
    }

    fn of_event(error: EventError) -> Self {
        match error {
            EventError::StillOpen { .. } | EventError::NothingOpen { .. } => {
                Self("process", error.to_string())
            }
            EventError::WrongAnswer => Self("value", error.to_string()),
        }
    }
}
