//! One of several names, with what belongs to it: `"eager"`, `{"crash": {"replica": 1}}`.
//!
//! `serde_json` reads that too, but says of an object with none of the names, or with two of
//! them, that it is not JSON. So it is asked for any value here, and what came is looked at.

use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, IntoDeserializer as _, MapAccess,
    VariantAccess, Visitor,
};

use super::strict::Strict;

/// The visitor of one of the names.
pub(super) struct Choice<V> {
    pub(super) visitor: V,
    pub(super) names: &'static [&'static str],
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Choice<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of `{}`", self.names.join("`, `"))
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<V::Value, E> {
        let value = self.visitor.visit_enum(name.into_deserializer());
        value.map_err(|error: E| {
            if error.to_string().contains("unit variant, expected") {
                return E::custom(format!(
                    "`{name}` needs more than its name: an object with this name as its one field"
                ));
            }
            error
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<V::Value, A::Error> {
        let Some(name) = fields.next_key::<String>()? else {
            let names = self.names.join("`, `");
            return Err(de::Error::custom(format!("needs exactly one of `{names}`")));
        };
        let value = self.visitor.visit_enum(One {
            name: &name,
            fields: &mut fields,
        })?;
        match fields.next_key::<String>()? {
            None => Ok(value),
            Some(again) if again == name => {
                Err(de::Error::custom(format!("duplicate field `{name}`")))
            }
            Some(other) => Err(de::Error::custom(format!(
                "only one may be given, and here are `{name}` and `{other}`"
            ))),
        }
    }
}

/// A name, and the object whose first field it is.
struct One<'a, A> {
    name: &'a str,
    fields: &'a mut A,
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for One<'_, A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), A::Error> {
        let value = seed.deserialize(self.name.into_deserializer())?;
        Ok((value, self))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for One<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        if self.fields.next_value::<Option<IgnoredAny>>()?.is_some() {
            let name = self.name;
            let fault = format!("the name alone is enough: write \"{name}\", without an object");
            return Err(de::Error::custom(fault));
        }
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.fields.next_value_seed(Strict(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.fields.next_value_seed(Tuple { len, visitor })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.fields.next_value_seed(Fields { names, visitor })
    }
}

/// Reads what a name has with it as a list.
struct Tuple<V> {
    len: usize,
    visitor: V,
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Tuple<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<V::Value, D::Error> {
        Strict(reader).deserialize_tuple(self.len, self.visitor)
    }
}

/// Reads what a name has with it as an object.
struct Fields<V> {
    names: &'static [&'static str],
    visitor: V,
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<V::Value, D::Error> {
        Strict(reader).deserialize_struct("", self.names, self.visitor)
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
