//! What a reader of JSON says is wrong, in a person's words.
//!
//! `serde` and `serde_json` speak to programmers: "invalid type: string \"five\", expected u16".
//! This is the one place where that becomes "must be a whole number from 0 to 65535, not the
//! text \"five\"". A field's own sentence about itself (`expecting`) stays as it is.

/// The fault in words.
pub(super) fn told(message: &str) -> String {
    for prefix in ["invalid type: ", "invalid value: ", "invalid length "] {
        let Some((found, expected)) = message
            .strip_prefix(prefix)
            .and_then(|rest| rest.rsplit_once(", expected "))
        else {
            continue;
        };
        if found == "unit variant" {
            return "needs more than its name: an object with this name as its one field".into();
        }
        let expected = wanted(expected);
        return if prefix == "invalid length " {
            format!("must be {expected}, not of {found}")
        } else {
            format!("must be {expected}, not {}", given(found))
        };
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        return format!("unknown name {rest}");
    }
    if let Some(name) = message.strip_prefix("duplicate field ") {
        return format!("the field {name} is there twice");
    }
    match syntax(message) {
        Some(fault) => format!("this is not JSON: {fault}"),
        None => message.to_owned(),
    }
}

/// What the input has.
fn given(found: &str) -> String {
    match found {
        "sequence" => return "a list".into(),
        "map" => return "an object".into(),
        "unit" | "unit value" | "Option value" => return "null".into(),
        _ => {}
    }
    for kind in ["boolean ", "integer ", "floating point ", "character "] {
        if let Some(value) = found.strip_prefix(kind) {
            return value.trim_matches('`').to_owned();
        }
    }
    match found.strip_prefix("string ") {
        Some(text) => format!("the text {text}"),
        None => found.to_owned(),
    }
}

/// What should be there.
fn wanted(expected: &str) -> String {
    let whole = |max: u64| format!("a whole number from 0 to {max}");
    let first = expected.split(' ').next().unwrap_or_default();
    match (first, expected) {
        (_, "a map" | "struct variant") | ("struct", _) => "an object".into(),
        (_, "a sequence") => "a list".into(),
        (_, "a string" | "a borrowed string") => "a text in quotes".into(),
        (_, "a boolean") => "true or false".into(),
        (_, "unit") => "null".into(),
        (_, "variant identifier" | "field identifier") | ("enum", _) => "a name in quotes".into(),
        ("u8", _) => whole(u8::MAX.into()),
        ("u16", _) => whole(u16::MAX.into()),
        ("u32", _) => whole(u32::MAX.into()),
        // More than that does not come through JavaScript.
        ("u64" | "usize", _) => whole((1 << 53) - 1),
        ("i8" | "i16" | "i32" | "i64" | "isize", _) => "a whole number".into(),
        ("f32" | "f64", _) => "a number".into(),
        _ => {
            let list = ["an array of length ", "a tuple of size "];
            let length = list.iter().find_map(|it| expected.strip_prefix(it));
            length.map_or_else(|| expected.to_owned(), |it| format!("a list of {it}"))
        }
    }
}

/// What is wrong with a text that is not JSON; none: that is not what the message says.
fn syntax(message: &str) -> Option<String> {
    if let Some(what) = message.strip_prefix("EOF while parsing ") {
        return Some(format!("it ends in the middle of {what}"));
    }
    if let Some(what) = message.strip_prefix("expected `") {
        return Some(format!("here should be `{what}"));
    }
    let fault = match message {
        "expected value" => "here should be a value",
        "expected ident" => "here should be true, false or null",
        "expected a double quote" => "here should be a double quote",
        "trailing characters" => "more follows after its end",
        "trailing comma" => "nothing follows after a comma",
        "key must be a string" => "the name of a field must be in double quotes",
        "recursion limit exceeded" => "it is nested too deeply",
        "number out of range" => "a number is too large",
        "invalid number" => "a number is not complete",
        "invalid escape"
        | "invalid unicode code point"
        | "lone leading surrogate in hex escape"
        | "unexpected end of hex escape" => "what follows a backslash has no meaning",
        _ if message.starts_with("control character") => {
            "a text in quotes has a line break or another control character in it"
        }
        _ => return None,
    };
    Some(fault.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programmers_words_become_a_persons() {
        for (message, said) in [
            (
                "invalid type: string \"five\", expected u16",
                "must be a whole number from 0 to 65535, not the text \"five\"",
            ),
            (
                "invalid value: integer `-1`, expected u64",
                "must be a whole number from 0 to 9007199254740991, not -1",
            ),
            (
                "invalid type: string \"a, expected b\", expected struct Recording",
                "must be an object, not the text \"a, expected b\"",
            ),
            (
                "invalid type: null, expected struct variant Action::Crash",
                "must be an object, not null",
            ),
            (
                "invalid type: floating point `5.5`, expected a chance such as \"1/20\", 0 or 1",
                "must be a chance such as \"1/20\", 0 or 1, not 5.5",
            ),
            (
                "invalid length 2, expected an array of length 3",
                "must be a list of 3, not of 2",
            ),
            (
                "invalid type: unit variant, expected struct variant",
                "needs more than its name: an object with this name as its one field",
            ),
            (
                "unknown variant `a`, expected `b` or `c`",
                "unknown name `a`, expected `b` or `c`",
            ),
            ("missing field `seed`", "missing field `seed`"),
            ("duplicate field `seed`", "the field `seed` is there twice"),
            (
                "expected `,` or `}`",
                "this is not JSON: here should be `,` or `}`",
            ),
        ] {
            assert_eq!(told(message), said);
        }
    }
}
