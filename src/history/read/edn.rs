//! An event in EDN, Clojure's notation, in which Jepsen keeps its histories.
//!
//! What stands in the fields that matter here is read by `clojure_reader`. All others are only
//! passed over, so nothing in an `:error` can make a history unreadable. Tags are passed over:
//! `#tag 1` is 1.

use std::borrow::Cow;

use clojure_reader::edn::{self, Edn};
use clojure_reader::error::Code;

use super::event::Fields;
use super::scan::{Found, Syntax, Token};
use super::{DEPTH_MAX, Datum, Fault, Value};
use crate::history::value::Number;

/// The longest number that is read, in characters.
const NUMBER_LENGTH_MAX: usize = 4096;
/// So many brackets and tags may be in a field.
const NESTED_MAX: usize = 64;

/// The fields of an event.
pub(super) fn fields(text: &str) -> Result<Fields, Fault> {
    let mut fields = Fields::default();
    let inside = 1..text.len() - 1;
    let mut at = inside.start;
    while let Some((name, name_ends)) = form(text, at, inside.end)? {
        let Some((value, value_ends)) = form(text, name_ends, inside.end)? else {
            let fault = "a name in the map has no value";
            return Err(Fault::at(name_ends, fault));
        };
        at = value_ends;
        let name = name.strip_prefix(':').unwrap_or(name.trim_matches('"'));
        if let Some((name, field)) = named(&mut fields, name) {
            if field.is_some() {
                return Err(Fault::new(name, "stands there twice"));
            }
            *field = Some(read(value).unwrap_or_else(Datum::Unreadable));
        }
    }
    Ok(fields)
}

/// A field by its name.
fn named<'a>(fields: &'a mut Fields, name: &str) -> Option<(&'static str, &'a mut Option<Datum>)> {
    Some(match name {
        "process" => ("process", &mut fields.process),
        "type" => ("type", &mut fields.kind),
        "f" => ("f", &mut fields.f),
        "key" => ("key", &mut fields.key),
        "value" => ("value", &mut fields.value),
        "swapped" => ("swapped", &mut fields.swapped),
        "existed" => ("existed", &mut fields.existed),
        "found" => ("found", &mut fields.found),
        "initial" => ("initial", &mut fields.initial),
        _ => return None,
    })
}

/// The form that comes next from a place, and where it ends.
fn form(text: &str, from: usize, to: usize) -> Result<Option<(&str, usize)>, Fault> {
    let mut from = from;
    loop {
        let rest = &text[from..to];
        match Syntax::Edn.form(rest.as_bytes(), true) {
            Ok(Found::Form { start, end }) => return Ok(Some((&rest[start..end], from + end))),
            Ok(Found::Passed(length)) => from += length,
            Ok(_) => return Ok(None),
            Err(fault) => return Err(Fault::at(from + fault.at, fault.fault)),
        }
    }
}

fn read(text: &str) -> Result<Datum, String> {
    let text = prepared(text)?;
    let edn = edn::read_string(&text).map_err(|error| said(&error.code))?;
    datum(&edn, DEPTH_MAX)
}

fn datum(edn: &Edn, depth: usize) -> Result<Datum, String> {
    Ok(Datum::Scalar(match edn {
        Edn::Tagged(_, inner) => {
            // However many tags there are.
            let mut inner = inner;
            while let Edn::Tagged(_, next) = &**inner {
                inner = next;
            }
            return datum(inner, depth);
        }
        Edn::Vector(_) | Edn::List(_) if depth == 0 => {
            return Ok(Datum::Other("a list of lists of lists"));
        }
        Edn::Vector(items) | Edn::List(items) => {
            let items = items.iter().map(|item| datum(item, depth - 1));
            return Ok(Datum::List(items.collect::<Result<_, _>>()?));
        }
        Edn::Set(_) => return Ok(Datum::Other("a set")),
        Edn::Map(_) => return Ok(Datum::Other("a map")),
        Edn::Nil => Value::Null,
        Edn::Bool(truth) => Value::Boolean(*truth),
        Edn::Str(text) => Value::from(&**text),
        Edn::Key(name) => Value::Word(format!(":{name}").into()),
        Edn::Symbol(name) => Value::Word((**name).into()),
        Edn::Char(character) => Value::Word(format!("\\{character}").into()),
        Edn::Int(number) => Value::from(*number),
        Edn::BigInt(number) => decimal(&number.to_string())?,
        Edn::BigDec(number) => {
            let (digits, decimals) = number.as_bigint_and_exponent();
            decimal(&format!("{digits}e{}", -i128::from(decimals)))?
        }
        Edn::Rational((above, below)) => ratio(*above, *below),
        _ => return Err("is of a kind that is not known here".into()),
    }))
}

fn decimal(text: &str) -> Result<Value, String> {
    let number = Number::from_json(text).map(Value::Number);
    number.ok_or_else(|| "the exponent is out of range".into())
}

/// A ratio is a number if it can be written out in few digits, and otherwise a word.
fn ratio(above: i64, below: i64) -> Value {
    let (mut divisor, mut rest) = (below.unsigned_abs(), above.unsigned_abs());
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    let divisor = i128::from(divisor);
    let (above, below) = (i128::from(above) / divisor, i128::from(below) / divisor);
    // 10^18 by 2^63 is in range.
    let mut decimals = (0..=18).map(|decimals| (decimals, 10_i128.pow(decimals)));
    if let Some((decimals, power)) = decimals.find(|(_, power)| power % below == 0) {
        let number = Number::from_json(&format!("{}e-{decimals}", above * (power / below)));
        return Value::Number(number.expect("the exponent is small"));
    }
    Value::Word(format!("{above}/{below}").into())
}

fn said(code: &Code) -> String {
    match code {
        Code::InvalidNumber | Code::InvalidRadix(_) => "is not a number that can be read".into(),
        Code::InvalidChar => "has a character that can't be read".into(),
        Code::InvalidEscape => "has a text with an escape that can't be read".into(),
        Code::InvalidTag => "has a tag that can't be read".into(),
        Code::HashMapDuplicateKey => "is a map in which a name stands twice".into(),
        Code::SetDuplicateKey => "is a set in which something stands twice".into(),
        _ => "can't be read as EDN".into(),
    }
}

/// A value in the words that the library knows: it reads the escapes of EDN's description, and
/// Clojure writes some more.
fn prepared(text: &str) -> Result<Cow<'_, str>, String> {
    if text.starts_with("##") {
        return Err("must be a finite number".into());
    }
    if text.len() > NESTED_MAX {
        check_bounds(text.as_bytes())?;
    }
    if !text.contains('\\') {
        return Ok(Cow::Borrowed(text));
    }
    let mut prepared = String::with_capacity(text.len());
    let mut in_text = false;
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\\']) {
        prepared.push_str(&rest[..=at]);
        let is_mark = rest.as_bytes()[at] == b'"';
        rest = &rest[at + 1..];
        if is_mark {
            in_text = !in_text;
            continue;
        }
        if let Some((character, length)) = escape(rest, in_text) {
            if in_text && !matches!(character, '"' | '\\') {
                prepared.pop();
            }
            prepared.push(character);
            rest = &rest[length..];
        } else if let Some(character) = rest.chars().next() {
            prepared.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    prepared.push_str(rest);
    Ok(Cow::Owned(prepared))
}

/// Refuses what would take the library very long.
fn check_bounds(text: &[u8]) -> Result<(), String> {
    let (mut at, mut nested) = (0, 0);
    loop {
        at += Syntax::Edn.blanks(&text[at..], true);
        let Ok(Some((token, length))) = Syntax::Edn.token(&text[at..], true) else {
            return Ok(());
        };
        match token {
            Token::Open(_) | Token::Tag | Token::Discard => nested += 1,
            Token::Close(_) | Token::Atom => {}
        }
        if nested > NESTED_MAX {
            return Err("is not a single value, but much in lists or under tags".into());
        }
        let is_number = matches!(text[at], b'0'..=b'9' | b'+' | b'-');
        if is_number && length > NUMBER_LENGTH_MAX {
            let fault = format!("has a number of more than {NUMBER_LENGTH_MAX} characters");
            return Err(fault);
        }
        at += length;
    }
}

/// A character by what comes after its `\`, and the length of that, where the library does not
/// know it.
fn escape(rest: &str, in_text: bool) -> Option<(char, usize)> {
    let ends = |character: char| !character.is_ascii_alphanumeric();
    let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
    match (in_text, word) {
        (true, _) if word.starts_with('b') => Some(('\u{8}', 1)),
        (true, _) if word.starts_with('f') => Some(('\u{c}', 1)),
        (false, "backspace") => Some(('\u{8}', word.len())),
        (false, "formfeed") => Some(('\u{c}', word.len())),
        (true, _) => by_number(rest),
        (false, _) if word.len() == 5 => by_number(rest),
        (false, _) => None,
    }
}

/// A character by its number, such as `u00e9`, or two such for one that needs both.
fn by_number(rest: &str) -> Option<(char, usize)> {
    let unit = |rest: &str| {
        let digits = rest.strip_prefix('u')?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(rest)?;
    if let Some(Ok(character)) = char::decode_utf16([first]).next() {
        return Some((character, 5));
    }
    let second = unit(rest[5..].strip_prefix('\\')?)?;
    match char::decode_utf16([first, second]).next() {
        Some(Ok(character)) => Some((character, 11)),
        _ => None,
    }
}
