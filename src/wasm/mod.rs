//! The boundary: a [`Timeline`](crate::sim::Timeline) as JavaScript sees it. Plain data
//! out, checked data in, and one place that turns errors into JavaScript's. No other room
//! of this crate names `wasm_bindgen`.
//!
//! JavaScript owns the loop: it asks [`Simulation::next_due`] what is due, and makes
//! it happen with [`Simulation::tick`], [`Simulation::deliver`] or
//! [`Simulation::proceed`]. These three and the question cost no allocation, since
//! they are called many times a frame in slow motion. At higher speeds
//! [`Simulation::proceed_until`] makes hundreds of events happen in one call.
//! [`Simulation::view`] and
//! [`Simulation::messages`] are called once a frame and hand over what a frame needs,
//! not the world: the messages as one array of numbers.
//!
//! Data from JavaScript comes as JSON, through the same parser as a file, so an
//! unknown field or a fraction is an error with a path here too. Every number is
//! checked before it is used, since JavaScript would turn `-1` or `NaN` into some
//! other integer silently.
//!
//! A call that fails throws an `Error` with the fields of [`SimulationError`], and has
//! changed nothing.

#![allow(
    clippy::float_cmp,
    reason = "in code that wasm_bindgen generates for enums"
)]
#![expect(
    clippy::missing_errors_doc,
    reason = "all errors are the one that the module describes"
)]

mod course;
mod error;
mod export;
mod link;
mod lists;
mod logs;
mod simulation;
mod timeline;
mod trace;
mod values;
mod why;

pub use course::{CourseFile, CourseTable, course_files, default_choice, is_test_file};
pub use error::{SimulationError, SimulationErrorCode};
pub use link::{is_link, link_of, open_link};
pub use lists::{
    FlawStory, ShippedScenario, flawed_scenarios, flaws, message_kinds, shipped_scenarios,
};
pub use simulation::{Due, MessageField, Simulation};
pub use trace::{CutsSince, HappeningField, HappeningKind, TraceBeginning};

use error::throw;
use wasm_bindgen::prelude::*;

/// Panics become readable messages on the console.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// A fresh seed from the system's randomness, for a new world: 32 bits, so that it makes a
/// short link.
#[wasm_bindgen(js_name = freshSeed)]
pub fn fresh_seed() -> Result<u32, JsValue> {
    getrandom::u32().map_err(|error| {
        throw(
            SimulationErrorCode::Refused,
            None,
            format!("no randomness: {error}"),
        )
    })
}
