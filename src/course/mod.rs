//! The test files of a university course, in which students build what this project
//! simulates: a replicated key-value store on Raft, judged on correctness, messages,
//! failures, duplicates and latency.
//!
//! A [`TestFile`] says how many replicas there are, what requests come when, how many
//! messages are lost, what befalls the replicas, and what counts as good. A [`Run`] lets
//! that happen to a [`World`](crate::sim::World) and has an [`Outcome`]. What a test file
//! leaves open is a choice of [`Settings`]. A [`Table`] runs many files with one [`Choice`] or
//! several, and tells of each how it stands; the page and the command line show the same one.
//!
//! ```
//! use raftarium::course::{Run, Settings, TestFile, shipped};
//!
//! let (name, json) = shipped()[0];
//! let file = TestFile::from_json(json)?;
//! let outcome = Run::new(file, &Settings::default(), 7, name)?.finish();
//! assert!(outcome.passed());
//! # Ok::<(), raftarium::sim::scenario::ScenarioError>(())
//! ```
//!
//! Every file that the course's simulator reads is read here, and more: see
//! [`TestFile::from_json`]. Fields that are passed over, or count otherwise than there, are
//! remarks on the file.
//!
//! # A run
//!
//! It lasts `start_wait + lifetime + end_wait` seconds. Request k of n comes at
//! `start_wait + k · lifetime / n`, from one of eight clients drawn by lot, which do not
//! wait for the answers to what they asked before. With the chance `mix` it is a get: of a
//! key of which this client has seen a put succeed; if there is none, it can't be made.
//! Else it is a put: with chance one half of a new key, else of such a known one. No two
//! clients put under the same key.
//!
//! A client sends to the leader that it has last heard of, if that lives, else to any
//! replica that lives. An answer tells it whom the answering replica takes for the leader.
//! When it is sent elsewhere, it sends the same again at once, as a new request. It never
//! asks twice of itself: an answer that never comes is a failure.
//!
//! If more gets can't be made than the file allows, because no put of their clients is answered
//! yet, the course's simulator fails the run. Here it is unlucky, which is told, and no fault, if
//! the client had put nothing, or what it had put was only waiting. Gets that can't be made because
//! a put of their client before them is never answered are a fault.
//!
//! Messages between replicas are lost with the chance `drops`, those to and from clients
//! never. A replica that is killed never comes back. In a partition, a majority
//! (`replicas / 2 + 1`, drawn from all, the dead included) is cut off from the rest;
//! clients reach everybody.
//!
//! # How it is done in a world
//!
//! All of that comes to the world through its one door, so a run is a
//! [`Recording`](crate::sim::Recording): scenario, seed and what was done from outside. It can
//! be watched and rewound like any other; the checkers of the world look on; and the answers
//! must be linearizable, which is more than the course asks.
//!
//! Where a scenario is wanted, a test file is taken [as well](TestFile::scenario): its requests and
//! events become timed actions, whose clients are a world's own. These follow redirects by
//! themselves, ask one thing at a time, and ask again if no answer comes; so the scenario is for
//! watching, and the figures are a run's.
//!
//! # What is simplified
//!
//! A world's client asks one thing at a time, so each request that is under way has one of
//! the world's clients to itself; when more than a thousand are, the next are not sent. A
//! client that is told that there is no leader hears it a millisecond late. A request
//! keeps no memory of its former ids, so a put that was sent twice may be applied twice; the
//! checker of linearizability knows.

mod choice;
mod clients;
mod decimal;
mod file;
pub mod formats;
mod outcome;
mod row;
mod run;
mod settings;
mod shipped;
mod table;
#[cfg(test)]
mod tests;
mod watch;

pub use choice::{Choice, Reads};
pub use decimal::Decimal;
pub use file::{Benchmarks, Event, EventKind, TestFile, Tests};
pub use outcome::{Fault, Figure, Grade, Outcome, Tally, Tier, median_of};
pub use row::{Cell, Next, Row, Standing};
pub use run::Run;
pub use settings::{CLIENTS, Settings};
pub use shipped::shipped;
pub use table::{FILES_MAX, Line, Progress, SEEDS_MAX, Table};
