//! The doors through which something from outside comes in, each as a function of bytes
//! that says what must hold whatever the bytes are. The stable tests beside this folder
//! call them with random bytes, and the fuzzer (`fuzz/`) with bytes that it chooses by
//! what they reach.

// Each fuzzer uses one of them.
#![allow(dead_code, unused_imports)]

mod actions;
mod cases;
mod chance;
mod courses;
mod histories;
mod json;
mod links;
mod messages;
mod scenarios;

pub(crate) use actions::{Tally, actions};
pub(crate) use cases::{Came, cases};
pub(crate) use courses::courses;
pub(crate) use histories::histories;
pub(crate) use links::links;
pub(crate) use messages::{Reached, messages};
pub(crate) use scenarios::scenarios;
