//! One of several names, with what belongs to it: `"eager"`, `{"crash": {"replica": 1}}`.

use std::borrow::Cow;

use serde::de::value::CowStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer as _, EnumAccess, VariantAccess, Visitor};

use super::Reader;
use super::fault::Fault;
use super::text::{Next, Text, Token};
use crate::sim::scenario::plain::echo;

/// Reads one of these names.
pub(super) fn choose<'a, V: Visitor<'a>>(
    text: &mut Text<'a>,
    names: &[&str],
    visitor: V,
) -> Result<V::Value, Fault> {
    let (name, has_more) = begin(text, names)?;
    let value = visitor.visit_enum(One {
        text,
        name: &name,
        has_more,
    })?;
    if has_more {
        end(text, &name)?;
    }
    Ok(value)
}

/// The name, and whether it is that of the one field of an object.
fn begin<'a>(text: &mut Text<'a>, names: &[&str]) -> Result<(Cow<'a, str>, bool), Fault> {
    match text.token()? {
        Token::Text(name) => Ok((name, false)),
        Token::Object => {
            if let Some((_, name)) = text.name(Next::First)? {
                return Ok((name, true));
            }
            let names = names.join("`, `");
            Err(Fault::said(format!("needs exactly one of `{names}`")))
        }
        other => {
            let names = format!("one of `{}`", names.join("`, `"));
            Err(other.is_not(&names.as_str()))
        }
    }
}

/// That was all of the object.
fn end(text: &mut Text<'_>, name: &str) -> Result<(), Fault> {
    match text.name(Next::Other)? {
        None => Ok(()),
        Some((_, again)) if again == name => Err(Fault::said(format!(
            "the field `{}` is there twice",
            echo(name)
        ))),
        Some((_, other)) => Err(Fault::said(format!(
            "only one may be given, and here are `{}` and `{}`",
            echo(name),
            echo(&other)
        ))),
    }
}

/// The name, and what belongs to it.
struct One<'t, 'a> {
    text: &'t mut Text<'a>,
    name: &'t str,
    /// Whether a value follows.
    has_more: bool,
}

impl<'t, 'a> One<'t, 'a> {
    /// What belongs to the name.
    fn value(self) -> Result<Reader<'t, 'a>, Fault> {
        if self.has_more {
            self.text.colon()?;
            return Ok(Reader(self.text));
        }
        let name = echo(self.name);
        Err(Fault::said(format!(
            "`{name}` needs more than its name: an object with this name as its one field"
        )))
    }
}

impl<'a> EnumAccess<'a> for One<'_, 'a> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: CowStrDeserializer<'_, Fault> = CowStrDeserializer::new(Cow::Borrowed(self.name));
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'a> VariantAccess<'a> for One<'_, 'a> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        if !self.has_more {
            return Ok(());
        }
        self.text.colon()?;
        if self.text.is_null() {
            return self.text.skip();
        }
        self.text.skip()?;
        let name = self.name;
        let fault = format!("the name alone is enough: write \"{name}\", without an object");
        Err(Fault::said(fault))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value, Fault> {
        let name = self.name;
        let value = seed.deserialize(self.value()?);
        value.map_err(|fault| fault.in_field(name))
    }

    fn tuple_variant<V: Visitor<'a>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        let name = self.name;
        let value = self.value()?.deserialize_tuple(len, visitor);
        value.map_err(|fault| fault.in_field(name))
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let name = self.name;
        let value = self.value()?.deserialize_struct("", names, visitor);
        value.map_err(|fault| fault.in_field(name))
    }
}

#[cfg(test)]
mod tests {
    use crate::sim::scenario::Scenario;

    fn said(text: &str) -> String {
        Scenario::from_json(text).expect_err(text).to_string()
    }

    #[test]
    fn none_of_the_names_or_two_of_them_are_no_choice() {
        for (text, start) in [
            (
                r#"{"actions": [{"at_us": 1, "do": {"crash": {"replica": 1}, "pause": {"replica": 2}}}]}"#,
                "actions[0].do: only one may be given, and here are `crash` and `pause` (line 1, ",
            ),
            (
                r#"{"actions": [{"at_us": 1, "do": {"crash": {"replica": 1}, "crash": {"replica": 2}}}]}"#,
                "actions[0].do: the field `crash` is there twice (line 1, ",
            ),
            (
                r#"{"actions": [{"at_us": 1, "do": {}}]}"#,
                "actions[0].do: needs exactly one of `",
            ),
            (r#"{"flaw": {}}"#, "flaw: needs exactly one of `"),
            (
                r#"{"protocol": {"reads": {}}}"#,
                "protocol.reads: needs exactly one of `log`, `read_index`, `lease` (line 1, ",
            ),
            (
                r#"{"protocol": {"reads": {"log": {}, "lease": {"drift_ppm": 1}}}}"#,
                "protocol.reads: only one may be given, and here are `log` and `lease`",
            ),
            (
                r#"{"network": {"latency": {}}}"#,
                "network.latency: needs exactly one of `fixed`, `uniform`, `long_tail`",
            ),
            (
                r#"{"network": {"latency": {"fixed": {"us": 1}, "uniform": {"min_us": 1, "max_us": 2}}}}"#,
                "network.latency: only one may be given, and here are `fixed` and `uniform`",
            ),
            (
                r#"{"flaw": {"votes-twice": null, "no-match-check": null}}"#,
                "flaw: only one may be given, and here are `votes-twice` and `no-match-check`",
            ),
        ] {
            let said = said(text);
            assert!(said.starts_with(start), "{text}: {said}");
        }
    }

    #[test]
    fn a_name_that_stands_alone_needs_no_object() {
        for nothing in ["{}", "5", "{\"a\": [1]}"] {
            let said = said(&format!(
                r#"{{"protocol": {{"replication": {{"eager": {nothing}}}}}}}"#
            ));
            let start = "protocol.replication: the name alone is enough: write \"eager\", without";
            assert!(said.starts_with(start), "{said}");
        }
        let text = r#"{"protocol": {"replication": {"quorum_first": null}, "reads": {"log": {}}}}"#;
        assert!(Scenario::from_json(text).is_ok());
        let said = said(r#"{"protocol": {"reads": "lease"}}"#);
        let start = "protocol.reads: `lease` needs more than its name: an object";
        assert!(said.starts_with(start), "{said}");
    }

    #[test]
    fn what_is_no_name_is_told_the_names() {
        for (text, start) in [
            (
                r#"{"protocol": {"replication": 5}}"#,
                "protocol.replication: must be one of `eager`, `quorum_first`, not 5 (line 1, column 30)",
            ),
            (
                r#"{"protocol": {"replication": ["eager"]}}"#,
                "protocol.replication: must be one of `eager`, `quorum_first`, not a list",
            ),
            (
                r#"{"protocol": {"replication": {"lazy": {}}}}"#,
                "protocol.replication: unknown name `lazy`, expected `eager` or `quorum_first`",
            ),
        ] {
            let said = said(text);
            assert!(said.starts_with(start), "{text}: {said}");
        }
    }

    #[test]
    fn what_is_not_json_is_still_called_so() {
        for (text, fault) in [
            (
                r#"{"protocol": {"reads": {"lease": {"drift_ppm": x}}}}"#,
                "protocol.reads.lease.drift_ppm: this is not JSON",
            ),
            (
                r#"{"flaw": x}"#,
                "flaw: this is not JSON: here should be a value",
            ),
            (
                r#"{"flaw": "#,
                "flaw: this is not JSON: it ends in the middle",
            ),
            (
                r#"{"flaw": {x: 1}}"#,
                "flaw: this is not JSON: the name of a field must be in double quotes",
            ),
            (
                r#"{"network": {"latency": {"fixed": {"us": 1}"#,
                "network.latency: this is not JSON: it ends in the middle",
            ),
            (
                r#"{"network": {"latency": {"fixed": {"us": 1},}}}"#,
                "network.latency: this is not JSON: nothing follows after a comma",
            ),
        ] {
            let said = said(text);
            assert!(said.starts_with(fault), "{text}: {said}");
        }
    }
}
