//! Data in English: what happens in a world, and what replicas decide.
//!
//! The command line and the golden scripts take their words from here. Errors, refusals and
//! broken properties have a `Display` where they are defined.
//!
//! The page has its words in TypeScript (`www/src/text`), with links and emphasis. Words from here
//! are in the wasm only for exports, which say the same wherever they are made.

mod decisions;
mod notices;

pub use decisions::decision;
pub(crate) use notices::{answered, asked};
pub use notices::{event, seconds};
