//! The state machine: a key-value store that a log of commands is applied to.
//!
//! Raft agrees on a log; it does not know what stands in it (§2). What stands in
//! it here are [`Command`]s. Every replica applies the same commands in the same
//! order to a [`Store`] that starts empty, and [`Store::apply`] depends on nothing
//! but the store and the command. So all stores that have applied the log up to
//! the same index are equal: the store is a function of the log.
//!
//! # Exactly once
//!
//! A client that gets no answer can't know what was lost: its request, or the
//! answer to it. It has to ask again, and the same command may then stand in the
//! log twice. The store makes that harmless (§8, and the thesis, §6.3): every
//! client numbers its commands, and the store keeps a session for each client
//! with the number of its last command and the answer to it.
//!
//! | the number of the command | what the store does |
//! |---|---|
//! | higher than the session's | applies it, and keeps the answer |
//! | the session's own | changes nothing, and gives the first answer again |
//! | lower | changes nothing, and answers [`Answer::Forgotten`] |
//!
//! The sessions belong to the replicated state, like the pairs: a retry finds its
//! first answer at whatever replica leads by then. A client has one command under
//! way at a time, so the last answer is all that a session must keep, and nobody
//! waits for an answer that is forgotten.
//!
//! # Reads
//!
//! A `get` goes through the log like every other command and so takes its place
//! in the one order of all of them: it is linearizable without a word about clocks
//! or leases. It costs a log entry; the thesis (§6.4) shows how to save it.
//!
//! # What is simplified
//!
//! Sessions never expire. A session is opened by the first command of its client,
//! the number of clients is bounded by [`ClientId`], and so the memory is too.

mod command;
mod session;
mod store;

pub use command::{Answer, ClientId, Command, NotACommand, Operation};
pub use store::Store;
