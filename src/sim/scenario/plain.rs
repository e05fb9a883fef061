//! What a reader of JSON says is wrong, in a person's words.
//!
//! `serde` and `serde_json` speak to programmers: "invalid type: string \"five\", expected u16".
//! This is the one place where that becomes "must be a whole number from 0 to 65535, not the
//! text \"five\"". A field's own sentence about itself (`expecting`) stays as it is.

/// At most this many characters of the input are repeated in paths and faults.
const ECHO_CHARS_MAX: usize = 100;

/// The longest sentence about a fault, in characters.
const FAULT_CHARS_MAX: usize = 1_000;

/// What `serde_json` says is wrong, in words and without the place.
pub(crate) fn said(error: &serde_json::Error) -> String {
    let mut fault = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    if fault.ends_with(&place) {
        fault.truncate(fault.len() - place.len());
    }
    words(&fault)
}

/// What `serde` says is wrong, in words.
pub(super) fn words(fault: &str) -> String {
    // Quoted text came from outside, and may be as long as the whole input.
    let parts = fault.split_inclusive(['`', '"']);
    let fault: String = parts.map(echo).collect();
    visible(&cut(&told(&fault), FAULT_CHARS_MAX))
}

/// Text from the input, such as a path: as long as a person reads it, and harmless to a
/// terminal.
pub(crate) fn echo(text: &str) -> String {
    visible(&cut(text, ECHO_CHARS_MAX))
}

/// A text; if it has more than `chars_max` characters, only its beginning and its last one.
fn cut(text: &str, chars_max: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(chars_max) else {
        return text.to_owned();
    };
    let last = text.chars().next_back();
    text[..end].chars().chain(['…']).chain(last).collect()
}

/// A text whose control characters are written as JSON writes them.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            visible.extend(format!("\\u{:04x}", u32::from(character)).chars());
        } else {
            visible.push(character);
        }
    }
    visible
}

/// The fault in words.
fn told(message: &str) -> String {
    for prefix in ["invalid type: ", "invalid value: ", "invalid length "] {
        let Some((found, expected)) = message
            .strip_prefix(prefix)
            .and_then(|rest| rest.rsplit_once(", expected "))
        else {
            continue;
        };
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
        Some(text) => format!("the text {}", in_json(text)),
        None => found.to_owned(),
    }
}

/// A text as `serde` repeats it, with its escapes as they are in JSON.
fn in_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        escaped.push_str(&rest[..at]);
        rest = &rest[at..];
        let number = rest.strip_prefix("\\u{").and_then(|it| it.split_once('}'));
        if let Some((digits, after)) = number {
            escaped.extend(format!("\\u{digits:0>4}").chars());
            rest = after;
        } else if let Some(after) = rest.strip_prefix("\\0") {
            escaped.push_str("\\u0000");
            rest = after;
        } else {
            // A backslash, and what it escapes, which may be a backslash.
            let length = rest.chars().take(2).map(char::len_utf8).sum();
            escaped.push_str(&rest[..length]);
            rest = &rest[length..];
        }
    }
    escaped.push_str(rest);
    escaped
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
                "unknown variant `a`, expected `b` or `c`",
                "unknown name `a`, expected `b` or `c`",
            ),
            (
                "invalid type: string \"\\\\u{1b}\\u{1b}[\\0\\n\", expected u16",
                "must be a whole number from 0 to 65535, not the text \"\\\\u{1b}\\u001b[\\u0000\\n\"",
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
