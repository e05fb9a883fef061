//! As much of JSON Schema (2020-12) as `docs/src/trace.schema.json` uses.

use serde_json::Value;

/// Where a value differs from a schema, and from which of its rules.
pub(crate) struct Difference {
    at: String,
    rule: String,
}

/// Holds a value against a schema; panics where it differs.
pub(crate) fn check(root: &Value, schema: &Value, value: &Value) {
    if let Err(Difference { at, rule }) = fits(root, schema, value) {
        panic!("{at}: not as {rule} says: {value}");
    }
}

/// Where it is is put together on the way out only: a `oneOf` tries much that does not fit.
pub(crate) fn fits(root: &Value, schema: &Value, value: &Value) -> Result<(), Difference> {
    for (rule, says) in schema.as_object().expect("a schema is an object") {
        follows(root, schema, (rule, says), value)?;
    }
    Ok(())
}

fn follows(
    root: &Value,
    schema: &Value,
    (rule, says): (&str, &Value),
    value: &Value,
) -> Result<(), Difference> {
    let fields = value.as_object();
    let count = |says: &Value| says.as_u64().expect("a count");
    let right = match rule {
        "$schema" | "title" | "description" | "$defs" => true,
        "$ref" => {
            let name = says.as_str().and_then(|it| it.strip_prefix("#/$defs/"));
            let there = &root["$defs"][name.expect("a reference within")];
            return fits(root, there, value);
        }
        "type" => match says.as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_u64(),
            Some("boolean") => value.is_boolean(),
            Some("null") => value.is_null(),
            other => panic!("{other:?}"),
        },
        "const" => value == says,
        "enum" => says.as_array().expect("a list").contains(value),
        "minimum" => value.as_u64() >= says.as_u64(),
        "properties" => {
            for (name, schema) in says.as_object().expect("an object") {
                if let Some(value) = fields.and_then(|it| it.get(name)) {
                    fits(root, schema, value).map_err(|it| it.within(name))?;
                }
            }
            true
        }
        "required" => says.as_array().expect("a list").iter().all(|name| {
            let name = name.as_str().expect("a name");
            fields.is_some_and(|it| it.contains_key(name))
        }),
        "additionalProperties" => {
            let told = schema.get("properties").and_then(Value::as_object);
            let is_told = |name: &str| told.is_some_and(|it| it.contains_key(name));
            let others = fields.into_iter().flatten();
            for (name, value) in others.filter(|(name, _)| !is_told(name)) {
                if *says == Value::Bool(false) {
                    return Err(Difference::from(rule).within(name));
                }
                fits(root, says, value).map_err(|it| it.within(name))?;
            }
            true
        }
        "propertyNames" => {
            for name in fields.into_iter().flat_map(serde_json::Map::keys) {
                fits(root, says, &Value::String(name.clone()))?;
            }
            true
        }
        "minProperties" => fields.is_none_or(|it| it.len() as u64 >= count(says)),
        "maxProperties" => fields.is_none_or(|it| it.len() as u64 <= count(says)),
        "items" => {
            for (number, value) in value.as_array().into_iter().flatten().enumerate() {
                fits(root, says, value).map_err(|it| it.within(&number.to_string()))?;
            }
            true
        }
        "oneOf" => {
            let all = says.as_array().expect("a list").iter();
            all.filter(|it| fits(root, it, value).is_ok()).count() == 1
        }
        other => panic!("{other} is not known here"),
    };
    if right { Ok(()) } else { Err(rule.into()) }
}

impl From<&str> for Difference {
    fn from(rule: &str) -> Self {
        Self {
            at: String::new(),
            rule: rule.into(),
        }
    }
}

impl Difference {
    fn within(mut self, name: &str) -> Self {
        self.at = format!(".{name}{}", self.at);
        self
    }
}
