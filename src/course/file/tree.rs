//! JSON as a file has it: fields in their order, and those that it has twice.

use std::fmt::{self, Write as _};

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Null,
    Truth(bool),
    /// A whole number that is not negative.
    Whole(u64),
    /// Any other number.
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any JSON")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Tree, E> {
                Ok(Tree::Truth(truth))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Tree, E> {
                Ok(Tree::Whole(number))
            }

            #[expect(clippy::cast_precision_loss, reason = "it is refused in any case")]
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Tree, E> {
                Ok(Tree::Float(number as f64))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Tree, E> {
                Ok(Tree::Float(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Tree, E> {
                Ok(Tree::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Tree::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Tree::Object(fields))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

impl Tree {
    /// What it is, for a sentence that says what it should be.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Truth(truth) => truth.to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Float(number) => told(*number),
            Self::Text(text) => {
                format!("the text \"{}\"", shown(text))
            }
            Self::List(_) => "a list".into(),
            Self::Object(_) => "an object".into(),
        }
    }
}

/// A text is repeated up to this many characters.
const TEXT_CHARS_MAX: usize = 60;

/// A text of a file's as it is repeated: what can't be printed as JSON may write it, so that it
/// stays in its line and tells a terminal nothing, and not all of it if it is long.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars().take(TEXT_CHARS_MAX) {
        if is_printed(letter) {
            shown.push(letter);
        } else {
            let _ = write!(shown, "\\u{:04x}", u32::from(letter));
        }
    }
    if text.chars().nth(TEXT_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether a character shows itself, and neither ends a line, nor turns the direction of what is
/// beside it, nor speaks to a terminal.
pub(in crate::course) fn is_printed(letter: char) -> bool {
    let turns = matches!(letter, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !letter.is_control() && !turns
}

/// A number as JSON writes it: 1e300 has no 301 digits.
pub(super) fn told(number: f64) -> String {
    let number = serde_json::Number::from_f64(number).map(|it| it.to_string());
    let number = number.unwrap_or_else(|| "no number".into());
    number.strip_suffix(".0").unwrap_or(&number).to_owned()
}
