//! An event in JSON.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::event::Fields;
use super::{DEPTH_MAX, Datum, Fault, Value};
use crate::sim::scenario::plain;

/// One event, its fields not yet looked at. There may be others, which say nothing here.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default, alias = ":process", deserialize_with = "present")]
    process: Option<&'a RawValue>,
    #[serde(
        borrow,
        default,
        rename = "type",
        alias = ":type",
        deserialize_with = "present"
    )]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default, alias = ":f", deserialize_with = "present")]
    f: Option<&'a RawValue>,
    #[serde(borrow, default, alias = ":key", deserialize_with = "present")]
    key: Option<&'a RawValue>,
    #[serde(borrow, default, alias = ":value", deserialize_with = "present")]
    value: Option<&'a RawValue>,
    #[serde(borrow, default, alias = ":swapped", deserialize_with = "present")]
    swapped: Option<&'a RawValue>,
    #[serde(borrow, default, alias = ":existed", deserialize_with = "present")]
    existed: Option<&'a RawValue>,
    #[serde(borrow, default, alias = ":found", deserialize_with = "present")]
    found: Option<&'a RawValue>,
    #[serde(borrow, default, alias = ":initial", deserialize_with = "present")]
    initial: Option<&'a RawValue>,
}

/// A field that is there, be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// The fields of an event.
pub(super) fn fields(text: &str) -> Result<Fields, Fault> {
    let event: Event = serde_json::from_str(text).map_err(|error| of_json(text, &error))?;
    let read = |field: Option<&RawValue>| field.map(|field| datum(field, DEPTH_MAX));
    Ok(Fields {
        process: read(event.process),
        kind: read(event.kind),
        f: read(event.f),
        key: read(event.key),
        value: read(event.value),
        swapped: read(event.swapped),
        existed: read(event.existed),
        found: read(event.found),
        initial: read(event.initial),
    })
}

fn datum(field: &RawValue, depth: usize) -> Datum {
    match field.get().as_bytes()[0] {
        b'{' => Datum::Other("an object"),
        b'[' if depth == 0 => Datum::Other("an array of arrays of arrays"),
        b'[' => match serde_json::from_str::<Vec<&RawValue>>(field.get()) {
            Ok(items) => {
                let items = items.into_iter().map(|item| match datum(item, depth - 1) {
                    Datum::Unreadable(fault) => Err(fault),
                    item => Ok(item),
                });
                let items: Result<Vec<Datum>, String> = items.collect();
                items.map_or_else(Datum::Unreadable, Datum::List)
            }
            Err(error) => Datum::Unreadable(plain::said(&error)),
        },
        _ => Value::from_json(field.get()).map_or_else(Datum::Unreadable, Datum::Scalar),
    }
}

fn of_json(text: &str, error: &serde_json::Error) -> Fault {
    let before: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let at = before + error.column().saturating_sub(1);
    Fault::at(at.min(text.len()), plain::said(error))
}
