//! What clients asked and were told, as [`History::from_text`](crate::history::History::from_text)
//! reads it.
//!
//! A client may be asked for an operation while another of its is under way: so each operation is
//! a process of its own, from when it was asked for.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Stretch;
use crate::history::{Completion, answered};
use crate::kv::Operation;
use crate::sim::causality::{Place, What};

/// A history of a later stretch would lie: what was there at its beginning nobody would know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a history has to begin with the run, where no key holds anything; this stretch begins at {}",
    crate::text::seconds(*.from_us)
)]
pub struct NotFromTheStart {
    /// When the stretch begins, in microseconds of virtual time.
    pub from_us: u64,
}

/// The clients' history, an event a line.
///
/// # Errors
/// [`NotFromTheStart`].
pub fn history(stretch: &Stretch<'_>) -> Result<String, NotFromTheStart> {
    let from_us = stretch.from_us;
    if from_us > 0 {
        return Err(NotFromTheStart { from_us });
    }
    let mut lines = String::from("{\"initial\":null}\n");
    for (_, happening) in stretch.graph.iter() {
        let Place::Client(client) = happening.place else {
            continue;
        };
        let process = |sequence: u64| format!("C{}.{sequence}", client.0);
        let event = match &happening.what {
            What::Asked {
                sequence,
                operation,
            } => event(&process(*sequence), "invoke", operation),
            What::Told {
                sequence,
                operation,
                answer,
            } => {
                let kind = match answered(answer) {
                    Completion::Ok(_) => "ok",
                    Completion::Fail => "fail",
                    Completion::Info => "info",
                };
                let mut event = event(&process(*sequence), kind, operation);
                if kind == "ok" {
                    told(&mut event, answer);
                }
                event
            }
            What::GaveUp {
                sequence,
                operation,
            } => event(&process(*sequence), "info", operation),
            _ => continue,
        };
        writeln!(lines, "{event}").expect("it is a string");
    }
    Ok(lines)
}

fn event(process: &str, kind: &str, operation: &Operation) -> Value {
    let (f, value) = match operation {
        Operation::Put { value, .. } => ("write", json!(value)),
        Operation::Get { .. } => ("read", Value::Null),
        Operation::Delete { .. } => ("delete", Value::Null),
        Operation::CompareAndSet {
            expected, value, ..
        } => ("cas", json!([expected, value])),
    };
    json!({"process": process, "type": kind, "f": f, "key": operation.key(), "value": value})
}

/// What the answer says beside that the operation was carried out.
fn told(event: &mut Value, answer: &crate::kv::Answer) {
    use crate::kv::Answer;
    match answer {
        Answer::Value { value } => event["value"] = json!(value),
        Answer::Deleted { existed } => event["existed"] = json!(existed),
        Answer::NotSwapped { found } => {
            event["swapped"] = json!(false);
            event["found"] = json!(found);
        }
        _ => {}
    }
}
