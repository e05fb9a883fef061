//! The one place where errors become JavaScript's.

use js_sys::{Error, Reflect};
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use super::values::give;
use crate::link::LinkError;
use crate::sim::scenario::ScenarioError;
use crate::sim::{Refused, ReplayError, TimelineError};

/// The kind of an error of a call, which is thrown as an `Error` with these fields, and
/// nothing was changed.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "snake_case")]
pub enum SimulationErrorCode {
    /// The scenario is malformed.
    Scenario,
    /// The action is malformed.
    Action,
    /// The action can't be done now.
    Refused,
    /// A property is broken; the world has stopped.
    Stopped,
    /// An argument is of the wrong kind or out of range.
    Argument,
    /// A link can't be opened or made.
    Link,
}

/// The fields of an error that a `Simulation` throws.
#[derive(Serialize, Tsify)]
pub struct SimulationError {
    /// Always `SimulationError`.
    #[tsify(type = "'SimulationError'")]
    pub name: &'static str,
    /// A sentence for a person.
    pub message: String,
    /// A code for a program.
    pub code: SimulationErrorCode,
    /// The field or argument that is at fault, such as `actions[2].do.crash.replica`.
    pub path: Option<String>,
}

pub(super) fn argument(path: &str, fault: &str) -> JsValue {
    throw(
        SimulationErrorCode::Argument,
        Some(path.to_owned()),
        format!("{path}: {fault}"),
    )
}

pub(super) fn scenario_error(error: ScenarioError) -> JsValue {
    fault(SimulationErrorCode::Scenario, "scenario", error)
}

pub(super) fn action_error(error: ScenarioError) -> JsValue {
    fault(SimulationErrorCode::Action, "action", error)
}

/// An argument was read, but it, or what it asks for, is wrong.
pub(super) fn argument_error(error: ScenarioError) -> JsValue {
    fault(SimulationErrorCode::Argument, "argument", error)
}

/// A link can't be opened or made. It is about a field only if it could be read.
pub(super) fn link_error(error: &LinkError) -> JsValue {
    let path = match error {
        LinkError::Contents(fault) => Some(fault.path.clone()),
        _ => None,
    };
    throw(SimulationErrorCode::Link, path, error.to_string())
}

/// A recording can't be followed; the text begins with the place.
pub(super) fn not_followed(error: &ReplayError) -> JsValue {
    let message = error.to_string();
    let path = message.split(": ").next().map(str::to_owned);
    throw(SimulationErrorCode::Scenario, path, message)
}

/// An error that names no field is about the argument as a whole.
fn fault(code: SimulationErrorCode, whole: &str, error: ScenarioError) -> JsValue {
    let error = if error.path.is_empty() {
        error.within(whole)
    } else {
        error
    };
    let message = error.to_string();
    throw(code, Some(error.path), message)
}

pub(super) fn refused(refused: impl Into<TimelineError>) -> JsValue {
    let refused = refused.into();
    let message = refused.to_string();
    match refused {
        TimelineError::Refused(Refused::Stopped(_)) => {
            throw(SimulationErrorCode::Stopped, None, message)
        }
        TimelineError::Refused(Refused::Invalid(error)) => action_error(error),
        TimelineError::Beyond(_) => argument("to", &message),
        TimelineError::NoSuchBranch(_) | TimelineError::NotDeleted(_) => {
            argument("branch", &message)
        }
        TimelineError::NoSuchReplica(_) => argument("replica", &message),
        TimelineError::Name => argument("name", &message),
        TimelineError::Buckets => argument("buckets", &message),
        _ => throw(SimulationErrorCode::Refused, None, message),
    }
}

/// The one place where an error becomes JavaScript's: an `Error` with the fields
/// of [`SimulationError`].
pub(super) fn throw(code: SimulationErrorCode, path: Option<String>, message: String) -> JsValue {
    let error = Error::new(&message);
    let fields = SimulationError {
        name: "SimulationError",
        message,
        code,
        path,
    };
    if let Ok(fields) = give(&fields) {
        let fields = js_sys::Object::from(JsValue::from(fields));
        for key in js_sys::Object::keys(&fields) {
            if let Ok(value) = Reflect::get(&fields, &key) {
                // Setting a field of an ordinary object does not fail.
                let _ = Reflect::set(&error, &key, &value);
            }
        }
    }
    error.into()
}
