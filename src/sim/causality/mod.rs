//! What happened in a world, and what caused it: an event graph.
//!
//! A `Tracer` looks on while a world runs and writes down each [`Happening`]: a message is sent,
//! received or lost, a rule decides, a disk has written, somebody does something from outside. Of
//! each it knows the direct causes:
//!
//! - what happened before at the same place: a replica or a client does one thing after the other;
//! - the sending of a message that was received;
//! - the step that asked for it, and the write that had to be durable first;
//! - what a rule looked at: the votes of a quorum, the answers that make one, the message that set
//!   a timer which has run out since, the cut on which a message was lost;
//! - the action of a person or a scenario.
//!
//! The first three are Lamport's happened-before (Time, Clocks, and the Ordering of Events, 1978);
//! the rest lies within it, but for what is done from outside. The network and whoever acts from
//! outside are no processes: what happens there is in no order but by its causes.
//!
//! A cause has a smaller number than what it causes, so the past and the future of a happening are
//! one walk over the [`CausalGraph`] each.
//!
//! It is not kept while a world runs for a person: a [`Timeline`](super::Timeline) plays the
//! stretch again that somebody wants to see, with a tracer, and no more than
//! [`HAPPENINGS_MAX`] of it.

mod clocks;
mod graph;
mod happening;
mod letter;
mod tracer;
mod trail;

pub use clocks::VectorClocks;
pub use graph::{Beginning, BeginningReplica, CausalGraph, Causes, HAPPENINGS_MAX, Relation};
pub use happening::{Happening, HappeningId, Letter, Outcome, Place, What};
pub(super) use tracer::Tracer;
pub use trail::Trail;
