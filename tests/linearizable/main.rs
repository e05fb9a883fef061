//! The checker of linearizability: against hand-made histories, against a checker that tries
//! every order, on big histories, and from the command line.

#![cfg(not(target_family = "wasm"))]

mod big;
mod brute;
mod formats;
mod histories;
mod minimal;
mod parts;
mod properties;
mod random;
mod refusals;
