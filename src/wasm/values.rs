//! Values on their way in and out, checked.

use js_sys::{JSON, JsString, Number, Object};
use serde::Serialize;
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;

use super::error::{SimulationErrorCode, argument, throw};
use crate::raft::{NUMBER_MAX, ReplicaId};

/// Plain data, handed over.
pub(super) fn give<T: Tsify + Serialize>(value: &T) -> Result<Ts<T>, JsValue> {
    Ts::from_rust(value)
        .map_err(|error| throw(SimulationErrorCode::Refused, None, error.to_string()))
}

/// A value from JavaScript as JSON text: a string is that text already.
pub(super) fn json_text(value: &JsValue, what: &str, bytes_max: usize) -> Result<String, JsValue> {
    let text = match value.dyn_ref::<JsString>() {
        Some(text) => text.clone(),
        None => match JSON::stringify(value) {
            // Functions and `undefined` have no JSON, which is told as `undefined`.
            Ok(text) if text.is_string() => text,
            Ok(_) => return Err(argument(what, "this is no data")),
            Err(_) => return Err(argument(what, "this can't be written as JSON")),
        },
    };
    // Before the text is copied into this instance's memory.
    if usize::try_from(text.length()).is_ok_and(|length| length > bytes_max) {
        let fault = format!(
            "{} characters are too many; at most {bytes_max} bytes",
            text.length()
        );
        return Err(argument(what, &fault));
    }
    Ok(text.into())
}

/// An integer of the core as JavaScript's number, which is exact up to [`NUMBER_MAX`].
#[expect(
    clippy::cast_precision_loss,
    reason = "the core keeps whatever crosses the boundary below 2^53"
)]
pub(super) fn js_number(integer: u64) -> f64 {
    integer as f64
}

/// A whole number from 0 to 2^53 − 1.
pub(super) fn whole(number: f64, name: &str) -> Result<u64, JsValue> {
    let max = js_number(NUMBER_MAX);
    if number.fract() != 0.0 || !(0.0..=max).contains(&number) {
        // As JavaScript writes it: 1e+300 has no 301 digits.
        let number = Object::to_string(&Number::from(number));
        let fault = format!("{number} is no whole number from 0 to {NUMBER_MAX}");
        return Err(argument(name, &fault));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was checked above"
    )]
    let whole = number as u64;
    Ok(whole)
}

/// This many events can be asked for in one call. A page that asks for more would stand still
/// for seconds: it is to call again.
const EVENTS_AT_ONCE_MAX: u64 = 100_000;

/// How many events may happen in one call.
pub(super) fn events_at_once(number: f64, name: &str) -> Result<u64, JsValue> {
    let events = whole(number, name)?;
    if events > EVENTS_AT_ONCE_MAX {
        let fault =
            format!("{events} is beyond {EVENTS_AT_ONCE_MAX}, the most in one call: call again");
        return Err(argument(name, &fault));
    }
    Ok(events)
}

/// A whole number from 0 to 65,535.
pub(super) fn small(number: f64, name: &str) -> Result<u16, JsValue> {
    u16::try_from(whole(number, name)?)
        .map_err(|_| argument(name, &format!("{number} is beyond {}", u16::MAX)))
}

pub(super) fn replica_id(number: f64) -> Result<ReplicaId, JsValue> {
    small(number, "replica").map(ReplicaId)
}
