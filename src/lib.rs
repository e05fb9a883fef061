//! Raftarium: a Raft-replicated key-value store that runs as a cluster inside a web page.
//!
//! The crate's rooms, in the order in which a newcomer may want to enter them:
//!
//! - [`raft`]: the protocol. Pure: no I/O, no clock, no chance but its own stream.
//! - [`kv`]: the state machine that the protocol replicates, and its client sessions.
//! - [`sim`]: the world around the replicas: time, network, disks, clients, faults, checkers.
//! - [`history`]: what clients were told, from anywhere, and whether it is linearizable.
//! - [`adversary`]: draws whole worlds from seeds, and does all it can to break them.
//! - [`course`]: runs the test files of a university course, and grades them.
//! - [`document`]: what kind of file is this?
//! - [`link`]: a run in the fragment of an address.
//! - [`text`]: data in English.
//! - [`rng`]: the one source of chance.
//! - [`flaw`]: rules that can be broken on purpose.
//! - `wasm`: what JavaScript sees. The only room that knows of it, built for wasm only.
//!
//! # How data flows
//!
//! ```text
//! frame ── virtual clock advances (speed, pause and step are JavaScript's)
//!   while an event is due:                      JavaScript drives ticks and deliveries
//!      tick     -> simulation.tick(replica)
//!      delivery -> simulation.deliver(message)
//!      faster than a person can follow -> simulation.proceedUntil(moment, most)
//!         World::apply(Action)
//!           Replica::step(Input) -> Effects { write, messages, committed, … }
//!           disk     holds the effects until the write is durable
//!           kv       applies committed commands, answers the client
//!           network  gives each message its latency, loss, duplication; a cut link drops it
//!           checkers look at what changed; a violation is data, never a panic
//!   once: draw(simulation.view())
//! hand on the page ── an Action ── simulation.apply(action)      the same door
//! ```
//!
//! A native run is the same loop without the frames. The same scenario, seed and
//! actions give the same digest after every event, natively and in every browser.
//!
//! # As a dependency
//!
//! The feature `cli`, on by default, is the command line and what only that needs. A crate that
//! wants the library says `default-features = false`. It is a Rust library only; for the page's
//! wasm a cdylib is asked for where that is built (`xtask`).

#![cfg_attr(not(target_family = "wasm"), forbid(unsafe_code))]

pub mod adversary;
pub mod course;
pub mod document;
pub mod export;
pub mod flaw;
pub mod history;
pub mod kv;
pub mod link;
mod list;
mod map;
pub mod raft;
pub mod rng;
pub mod sim;
pub mod text;
#[cfg(target_family = "wasm")]
pub mod wasm;
