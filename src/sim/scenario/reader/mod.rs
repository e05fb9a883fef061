//! Reads everything that comes from outside as JSON: one reader, that keeps the path to where it is.
//!
//! `serde_json` with what would have to be wrapped around it, for paths, for places and against what
//! a person would not let pass, is compiled once more for each type that is read, and was a fifth
//! of what a page has to load. Here what is generic is thin: pieces of the text are read by
//! [`Text`], which is not, and handed to the types' own readers, which `serde` derives.
//!
//! It is strict where `serde` is not: a list in the place of an object, whose fields would be taken in
//! the order in which the program has them, is a fault, and a [choice] has exactly one name.

mod choice;
mod fault;
mod text;

use std::borrow::Cow;

use serde::de::value::CowStrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use self::choice::choose;
use self::fault::Fault;
use self::text::{Next, Text, Token};
use super::parse::ScenarioError;

/// Reads one value from a text, and nothing may follow it.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, ScenarioError> {
    let mut json = Text::new(text);
    let read = T::deserialize(Reader(&mut json)).and_then(|value| {
        json.end()?;
        Ok(value)
    });
    read.map_err(|fault| fault.tell(text))
}

/// Reads the next value of a text.
struct Reader<'t, 'a>(&'t mut Text<'a>);

impl<'a> Reader<'_, 'a> {
    /// Hands the value that has begun to the one who wants it.
    fn hand<V: Visitor<'a>>(self, token: Token<'a>, visitor: V) -> Result<V::Value, Fault> {
        match token {
            Token::Null => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Unsigned(number) => visitor.visit_u64(number),
            Token::Signed(number) => visitor.visit_i64(number),
            Token::Float(number) => visitor.visit_f64(number),
            Token::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Token::Text(Cow::Owned(text)) => visitor.visit_string(text),
            Token::List => {
                let mut items = Items {
                    text: self.0,
                    next: Next::First,
                    number: 0,
                    left: false,
                };
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Token::Object => visitor.visit_map(Fields {
                text: self.0,
                next: Next::First,
                name: Cow::Borrowed(""),
            }),
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_, 'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let at = self.0.next_at();
        let token = self.0.token()?;
        self.hand(token, visitor).map_err(|fault| fault.at(at))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_null() {
            self.0.token()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let at = self.0.next_at();
        let read = match self.0.token()? {
            Token::Object => self.hand(Token::Object, visitor),
            other => Err(other.is_not(&"an object")),
        };
        read.map_err(|fault| fault.at(at))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let at = self.0.next_at();
        choose(self.0, names, visitor).map_err(|fault| fault.at(at))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.0.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

impl Token<'_> {
    /// The fault that it is this and not what is expected.
    #[cold]
    fn is_not(&self, expected: &dyn de::Expected) -> Fault {
        let found = match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Unsigned(number) => Unexpected::Unsigned(*number),
            Self::Signed(number) => Unexpected::Signed(*number),
            Self::Float(number) => Unexpected::Float(*number),
            Self::Text(text) => Unexpected::Str(text),
            Self::List => Unexpected::Seq,
            Self::Object => Unexpected::Map,
        };
        Fault::invalid_type(found, expected)
    }
}

/// The items of a list.
struct Items<'t, 'a> {
    text: &'t mut Text<'a>,
    next: Next,
    /// How many have been read.
    number: usize,
    /// Whether the end has been read, too.
    left: bool,
}

impl Items<'_, '_> {
    /// Whoever wants a certain number of items has not asked whether there are more.
    fn end(&mut self) -> Result<(), Fault> {
        if self.left || !self.text.has_item(self.next)? {
            return Ok(());
        }
        let fault = format!("must be a list of {}, and here are more", self.number);
        Err(Fault::said(fault))
    }
}

impl<'a> SeqAccess<'a> for &mut Items<'_, 'a> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if !self.text.has_item(self.next)? {
            self.left = true;
            return Ok(None);
        }
        let number = self.number;
        let item = seed.deserialize(Reader(self.text));
        self.next = Next::Other;
        self.number += 1;
        item.map(Some).map_err(|fault| fault.in_item(number))
    }
}

/// The fields of an object.
struct Fields<'t, 'a> {
    text: &'t mut Text<'a>,
    next: Next,
    /// That of the field whose value is next.
    name: Cow<'a, str>,
}

impl<'a> MapAccess<'a> for Fields<'_, 'a> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((at, name)) = self.text.name(self.next)? else {
            return Ok(None);
        };
        self.next = Next::Other;
        self.name = name;
        let key = seed.deserialize(CowStrDeserializer::new(self.name.clone()));
        key.map(Some)
            .map_err(|fault: Fault| fault.at(at).in_field(&self.name))
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        self.text.colon()?;
        let value = seed.deserialize(Reader(self.text));
        value.map_err(|fault| fault.in_field(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::read;
    use crate::rng::Pcg32;
    use crate::sim::scenario::{Scenario, demonstrations, shipped};

    /// Whether both have the same in them; the last digit of a fraction is a matter of taste.
    fn is_same(one: &Value, other: &Value) -> bool {
        match (one, other) {
            (Value::Array(one), Value::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same(a, b))
            }
            (Value::Object(one), Value::Object(other)) => {
                one.len() == other.len()
                    && (one.iter().zip(other)).all(|(a, b)| a.0 == b.0 && is_same(a.1, b.1))
            }
            (Value::Number(one), Value::Number(other)) if one.is_f64() && other.is_f64() => {
                let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
                (one - other).abs() <= one.abs() * 1e-12
            }
            _ => one == other,
        }
    }

    #[test]
    fn the_same_texts_are_json_as_for_serde_json() {
        let mut rng = Pcg32::new(15, 0);
        let pieces: Vec<&str> = r#"{ } [ ] " \ , : 0 - 1e9 -0 .5 1.5 9007199254740993 1e999 null tru false é \u00e9
            \ud83d\ude00 \ud83d \n \x "a":1 [1,] {"a":{}} 18446744073709551616 -9223372036854775808 01"#
            .split_whitespace()
            .collect();
        let (mut good, mut bad) = (0, 0);
        for file in shipped().iter().chain(demonstrations()) {
            for _ in 0..200 {
                let mut text = file.json.to_owned();
                for _ in 0..=rng.below(2) {
                    let mut place =
                        |len: usize| rng.below(u32::try_from(len).unwrap() + 1) as usize;
                    let mut ends = [place(text.len()), 0];
                    ends[1] = (ends[0] + place(2)).min(text.len());
                    let [from, to] = ends.map(|at| text.floor_char_boundary(at));
                    text.replace_range(from..to, pieces[place(pieces.len() - 1)]);
                }
                let ours = read::<Value>(&text);
                let theirs = serde_json::from_str::<Value>(&text);
                match (&ours, &theirs) {
                    (Ok(ours), Ok(theirs)) => {
                        assert!(is_same(ours, theirs), "{text}: {ours} is not {theirs}");
                        good += 1;
                    }
                    (Err(_), Err(_)) => bad += 1,
                    _ => panic!("{text}: {ours:?}, and for serde_json {theirs:?}"),
                }
            }
        }
        assert!(good > 500 && bad > 500, "{good} good ones, {bad} bad ones");
        for depth in [127, 128] {
            let text = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(
                read::<Value>(&text).is_ok(),
                serde_json::from_str::<Value>(&text).is_ok()
            );
        }
    }

    #[test]
    fn a_list_of_a_certain_length_has_no_more() {
        assert_eq!(read::<[u8; 2]>("[1, 2]"), Ok([1, 2]));
        let said = |text| read::<[u8; 2]>(text).expect_err(text).to_string();
        assert_eq!(
            said("[1, 2, 3]"),
            "must be a list of 2, and here are more (line 1, column 1)"
        );
        assert!(said("[1]").starts_with("must be a list of 2, not of 1"));
    }

    #[test]
    fn a_list_is_no_object() {
        for (text, said) in [
            ("[]", "must be an object, not a list (line 1, column 1)"),
            (
                r#"{"network": []}"#,
                "network: must be an object, not a list",
            ),
            (
                r#"{"network": {"latency": {"fixed": [1]}}}"#,
                "network.latency.fixed: must be an object, not a list",
            ),
            (
                r#"{"links": [[1, 2]]}"#,
                "links[0]: must be an object, not a list",
            ),
        ] {
            let fault = Scenario::from_json(text).expect_err(text).to_string();
            assert!(fault.starts_with(said), "{text}: {fault}");
        }
    }
}
