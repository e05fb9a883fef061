//! JSON that was good once, and what may become of it on the way.

use serde_json::{Map, Value, json};

use super::chance::Chance;

/// A value of any kind, mostly at the end of something.
pub(crate) fn nasty(chance: &mut Chance) -> Value {
    match chance.below(24) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(0),
        4 => json!(0.5),
        5 => json!(1e300),
        6 => json!(-0.0),
        7 => json!((1_u64 << 53) - 1),
        8 => json!(1_u64 << 53),
        9 => json!(u64::MAX),
        10 => json!(i64::MIN),
        11 => json!(65_535),
        12 => json!(65_536),
        13 => json!(u32::MAX),
        14 => json!(""),
        15 => json!("leader"),
        16 => json!("1/0"),
        17 => json!("\u{0}\u{1f980}"),
        18 => json!("x".repeat(5_000)),
        19 => json!([]),
        20 => json!({}),
        21 => (0..200).fold(json!(1), |inner, _| json!([inner])),
        22 => json!(chance.number()),
        _ => json!(chance.below(100)),
    }
}

/// Changes it in one place or a few.
pub(crate) fn change(value: &mut Value, chance: &mut Chance) {
    for _ in 0..=chance.below(3) {
        let taken = chance.once_in(4).then(|| place(value, chance).clone());
        let place = place(value, chance);
        match (chance.below(8), &mut *place) {
            (0, Value::Object(fields)) if !fields.is_empty() => {
                let name = some_name(fields, chance);
                fields.remove(&name);
            }
            (1, Value::Object(fields)) if !fields.is_empty() => {
                let name = some_name(fields, chance);
                let moved = fields.remove(&name).unwrap_or_default();
                fields.insert(format!("{name}_"), moved);
            }
            (2, Value::Array(items)) if !items.is_empty() && items.len() < 64 => {
                let copy = items[chance.index(items.len())].clone();
                items.push(copy);
            }
            (3, Value::Array(items)) if !items.is_empty() => {
                let gone = chance.index(items.len());
                items.remove(gone);
            }
            (4..=6, Value::Number(number)) => {
                let near = number.as_u64().unwrap_or(1);
                *place = json!(chance.near(near));
            }
            _ => *place = taken.unwrap_or_else(|| nasty(chance)),
        }
    }
}

/// Text that may be no JSON any more.
pub(crate) fn garble(text: String, chance: &mut Chance) -> String {
    if !chance.once_in(4) {
        return text;
    }
    let mut bytes = text.into_bytes();
    for _ in 0..=chance.below(4) {
        let at = usize::try_from(chance.below(u32::MAX)).expect("32 bits") % (bytes.len() + 1);
        match chance.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, u8::try_from(chance.below(256)).expect("a byte")),
            2 => drop(bytes.splice(at..at, [b'['; 300])),
            3 => drop(bytes.splice(at..at, *b"{\"a\":")),
            4 if at < bytes.len() => drop(bytes.remove(at)),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << chance.below(8);
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Any value inside, or the whole.
fn place<'v>(value: &'v mut Value, chance: &mut Chance) -> &'v mut Value {
    let within = match value {
        Value::Object(fields) => fields.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    if within == 0 || chance.once_in(8) {
        return value;
    }
    let at = chance.index(within);
    let inner = match value {
        Value::Object(fields) => fields.values_mut().nth(at),
        Value::Array(items) => items.get_mut(at),
        _ => None,
    };
    place(inner.expect("there are as many"), chance)
}

fn some_name(fields: &Map<String, Value>, chance: &mut Chance) -> String {
    let at = chance.index(fields.len());
    fields.keys().nth(at).cloned().unwrap_or_default()
}
