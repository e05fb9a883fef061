//! The name of a variant, as serde writes it.
//!
//! A whole serializer for all that happens would make the wasm some tens of kB larger; this one
//! never comes to the fields.

use std::fmt;

use serde::ser::{Error, Impossible, Serialize, Serializer};

/// The name of an enum's variant; empty if it is no enum.
pub(super) fn name(value: &impl Serialize) -> String {
    match value.serialize(Names) {
        Ok(name) | Err(Found(name)) => name.into(),
    }
}

struct Names;

/// A variant with fields was found: they are not wanted.
#[derive(Debug)]
struct Found(&'static str);

type Never = Impossible<&'static str, Found>;
type Name = Result<&'static str, Found>;

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Found {}

impl Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self("")
    }
}

macro_rules! nameless {
    ($($method:ident: $value:ty,)*) => {
        $(fn $method(self, _: $value) -> Name {
            Ok("")
        })*
    };
}

impl Serializer for Names {
    type Ok = &'static str;
    type Error = Found;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Name {
        Ok(name)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: &T,
    ) -> Name {
        Ok(name)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Never, Found> {
        Err(Found(name))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Never, Found> {
        Err(Found(name))
    }

    nameless! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
        serialize_str: &str,
        serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    fn serialize_none(self) -> Name {
        Ok("")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Name {
        Ok("")
    }

    fn serialize_unit(self) -> Name {
        Ok("")
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Name {
        Ok("")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Never, Found> {
        Err(Found(""))
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, Found> {
        Err(Found(""))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, Found> {
        Err(Found(""))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never, Found> {
        Err(Found(""))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Never, Found> {
        Err(Found(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::ReplicaId;
    use crate::sim::scenario::action::Action;
    use crate::sim::view::MessageKind;

    #[test]
    fn each_kind_of_variant_has_its_name_and_nothing_else_has_one() {
        assert_eq!(name(&MessageKind::RequestVote), "request_vote");
        let replica = ReplicaId(1);
        assert_eq!(name(&Action::Tick { replica }), "tick");
        assert_eq!(name(&crate::sim::causality::What::Started {}), "started");
        assert_eq!(
            name(&crate::sim::causality::Place::Replica(replica)),
            "replica"
        );
        assert_eq!(name(&replica), "");
        assert_eq!(name(&"text"), "");
        assert_eq!(name(&[1, 2]), "");
    }
}
