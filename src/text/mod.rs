//! Data in English: what happens in a world, and what replicas decide.
//!
//! The command line and the golden scripts take their words from here. Errors, refusals and
//! broken properties have a `Display` where they are defined.

mod decisions;
mod notices;

pub use decisions::decision;
pub use notices::{event, seconds};
