//! Links: what was done as the fragment of an address, and back.

use tsify::Ts;
use wasm_bindgen::prelude::*;

use super::error::link_error;
use super::values::{give, json_text};
use crate::link::{self, Address, Shared};

/// The link that says all of this, or as much of it as a link holds.
#[wasm_bindgen(js_name = linkOf)]
pub fn link_of(
    #[wasm_bindgen(unchecked_param_type = "string | Shared")] shared: &JsValue,
) -> Result<Ts<Address>, JsValue> {
    let text = json_text(shared, "shared", Shared::JSON_BYTES_MAX)?;
    link_to(&Shared::from_json(&text).map_err(|error| link_error(&error.into()))?)
}

/// What a link says: a whole address, or its fragment with or without the `#`.
#[wasm_bindgen(js_name = openLink)]
pub fn open_link(text: &str) -> Result<Ts<Shared>, JsValue> {
    give(&link::open(text).map_err(|error| link_error(&error))?)
}

/// Whether a text means to be a link, well-formed or not.
#[wasm_bindgen(js_name = isLink)]
pub fn is_link(text: &str) -> bool {
    link::is_link(text)
}

/// The link of a world that is looked at in a certain way.
pub(super) fn link_to(shared: &Shared) -> Result<Ts<Address>, JsValue> {
    give(&shared.link().map_err(|error| link_error(&error))?)
}
