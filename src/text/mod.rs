//! Data in English: what happens in a world, and what replicas decide.
//!
//! The command line and the golden scripts take their words from here. Errors, refusals and
//! broken properties have a `Display` where they are defined.
//!
//! The page has its words in TypeScript (`www/src/text`), with links and emphasis. Words from here
//! would make the wasm 72 kB larger, 17 kB as gzip, before the first frame; the page's own
//! come to less than 5 kB.

mod decisions;
mod notices;

pub use decisions::decision;
#[cfg(not(target_family = "wasm"))]
pub(crate) use notices::{answered, asked};
pub use notices::{event, seconds};
