//! Raft, the protocol: how several replicas agree on one log, although any of them
//! may crash and any message may be lost, doubled, delayed or overtaken.
//!
//! # The protocol in a page
//!
//! Time is divided into *terms*, numbered 1, 2, 3 … Each term begins with an
//! election. A *follower* that hears of no leader for an election timeout becomes a
//! *candidate*: it enters the next term, votes for itself and asks all others for
//! their vote. A replica votes once in a term, first come first served, and only
//! for a candidate whose log is at least as up to date as its own. With the votes of
//! a majority a candidate is the *leader* of its term. Two majorities share a
//! replica, so a term never has two leaders; it may have none, if votes are split,
//! and then random timeouts make it likely that the next election is won.
//!
//! The leader alone takes commands. It appends each to its log and sends the new
//! entries to the followers in `AppendEntries`, together with the index and term of
//! the entry before them. A follower whose log has another entry there, or none,
//! rejects; the leader then goes back until the logs match, and what the follower had
//! beyond that point gives way. So two logs that agree on one entry agree on all
//! before it.
//!
//! An entry of the leader's own term that a majority holds is *committed*: no later
//! leader can be elected without it, since that majority and the one that votes share a
//! replica, and that one refuses a candidate that lacks it. With it all entries before
//! it are committed. An entry of an *older* term must not be counted, though a
//! majority holds it: it might yet be overwritten (the paper's Figure 8). Committed
//! entries are applied to the state machine, everywhere in the same order.
//!
//! An `AppendEntries` without entries is a heartbeat: the leader sends them so often
//! that no follower times out while it works.
//!
//! # How this code is used
//!
//! It does no I/O, knows no clock and draws no random number but from a stream that
//! it owns. There is one way in and one way out:
//!
//! ```
//! use raftarium::raft::{Config, Durable, Input, Replica, ReplicaId};
//! use raftarium::rng::Pcg32;
//!
//! let config = Config {
//!     id: ReplicaId(1),
//!     members: vec![ReplicaId(1)],
//!     heartbeat_ticks: 5,
//!     election_timeout_ticks_min: 15,
//!     election_timeout_ticks_max: 30,
//!     entries_max: 64,
//!     bytes_max: 65_536,
//! };
//! let mut replica = Replica::new(config, Durable::default(), Pcg32::new(1, 1))?;
//! let effects = replica.step(Input::Campaign);
//! // First make effects.write durable; then send effects.messages, apply effects.committed.
//! assert_eq!(effects.committed.len(), 1);
//! # Ok::<(), raftarium::raft::ConfigError>(())
//! ```
//!
//! [`Replica::step`] changes the replica and returns [`Effects`], which say what is to
//! be written, sent and applied, in this order. [`Durable`] is what must survive a crash,
//! and [`Effects::write`] the step's change to it. A replica is `Clone`, so any moment
//! can be kept and gone back to.
//!
//! # Where things stand
//!
//! The rules of the protocol are pure functions in [`rules`], each with its section of
//! the paper, and they answer with a reason instead of a yes or no. What a role knows is
//! data of that role ([`Role`]). `election` and `replication` hold what is done with the
//! rules' answers, `refusal` what no correct replica would ever send.
//!
//! # Batching and retries
//!
//! At most one message with entries is on its way to each follower. Commands that come
//! meanwhile wait in the log and go out together when the answer arrives, up to the
//! caps of [`Config`]. If the message or its answer is lost, the next heartbeat sends it
//! again, so a loss costs time and nothing else. News of the commit index rides on
//! the messages that are sent anyway. A message's commit index never goes beyond the
//! entries it vouches for, so it means the same however late it comes.
//!
//! # What is left out, so far
//!
//! The cluster's members are fixed (no §6), the log grows without end (no §7), reads
//! go through the log, a leader that is cut off goes on believing (no check of
//! its quorum), and a replica that comes back from isolation deposes a working
//! leader (no pre-vote). Replicas may crash or stop, but they do not lie.
//!
//! Source: D. Ongaro and J. Ousterhout, "In Search of an Understandable Consensus
//! Algorithm (Extended Version)", 2014; a section (§) or figure without a name is
//! of that paper. The thesis is D. Ongaro, "Consensus: Bridging Theory and Practice", 2014.

#![deny(clippy::float_arithmetic)]

mod config;
mod durable;
mod effects;
mod election;
mod ids;
mod log;
mod message;
mod refusal;
mod replica;
mod replication;
mod role;
pub mod rules;

pub use config::{Config, ConfigError};
pub use durable::{Durable, VoteWrite, Write};
pub use effects::{Effects, Input};
pub use ids::{LogIndex, NUMBER_MAX, Position, ReplicaId, Term};
pub use log::Log;
pub use message::{Body, Entry, Message, Payload};
pub use refusal::Refusal;
pub use replica::Replica;
pub use role::{Candidate, Follower, Leader, Progress, Role};
pub use rules::{
    CommitDecision, Decision, ElectionDecision, MatchDecision, ProposalDecision, VoteDecision,
};
