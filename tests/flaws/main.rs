//! Every rule that can be broken on purpose is broken, and must be found: a judge that has
//! never convicted anyone proves nothing.
//!
//! `hunt` sends the adversary after each flaw, `demonstrations` plays the scenarios that ship.

#![cfg(not(target_family = "wasm"))]

mod demonstrations;
mod hunt;
