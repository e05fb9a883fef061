//! What kind of file a text means to be, told by the names of its fields.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::ScenarioError;
use super::parse::read;

/// Fields that only one kind of file has.
const SIGNS: [&str; 5] = ["lifetime", "recording", "requests", "scenario", "tests"];

/// Those of them that an object has, whatever they hold.
pub(crate) struct Signs(BTreeSet<&'static str>);

impl Signs {
    /// The signs in a text of at most this many bytes.
    pub(crate) fn of(text: &str, bytes_max: usize) -> Result<Self, ScenarioError> {
        read(text, bytes_max)
    }

    /// Whether the object has this field.
    pub(crate) fn has(&self, name: &str) -> bool {
        debug_assert!(SIGNS.contains(&name));
        self.0.contains(name)
    }
}

impl<'de> Deserialize<'de> for Signs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Signs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Signs, A::Error> {
                let mut found = BTreeSet::new();
                while let Some((name, IgnoredAny)) = map.next_entry::<String, _>()? {
                    found.extend(SIGNS.iter().find(|it| **it == name));
                }
                Ok(Signs(found))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
