//! The one way in and the one way out of a replica.

use std::sync::Arc;

use super::durable::Write;
use super::message::{Entry, Message};
use super::refusal::Refusal;
use super::rules::{Decision, ProposalDecision};

/// What can happen to a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Its clock ticks.
    Tick,
    /// A message arrives.
    Receive(Message),
    /// A client's command arrives, for the log if this replica leads.
    Propose(Arc<[u8]>),
    /// Somebody runs out its election timer.
    Campaign,
}

/// What a step asks of the world.
///
/// The order is a promise to keep: first `write` reaches the disk, whole; only then
/// may `messages` leave, `committed` be applied, and any client be answered. A
/// crash before that loses all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The change to the durable state.
    pub write: Write,
    /// Messages to send, in this order.
    pub messages: Vec<Message>,
    /// Entries now known to be committed, in order and without a gap. After a
    /// restart they begin at the first entry again, since the commit index is volatile.
    pub committed: Vec<Entry>,
    /// What became of a proposal.
    pub proposal: Option<ProposalDecision>,
    /// Why a message was refused. It then changed nothing.
    pub refused: Option<Refusal>,
    /// What was decided, and why.
    pub decisions: Vec<Decision>,
}
