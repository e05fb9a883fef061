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
//! client opens a session and numbers its commands, and the store keeps for each
//! session the number of its last command and the answer to it.
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
//! # How a session ends
//!
//! Clients go away without a word, so a session ends when it has been idle for long
//! enough ([`StoreBounds::session_expiry_us`]). By which clock? Replicas apply an entry
//! at different moments, and if each looked at its own clock, one would give the first
//! answer to a retry and another apply it anew. So a leader writes its time into
//! each entry ([`Logged`]), and the store goes by *log time*: the latest of these
//! times so far. It is part of the log, and so all stores let a session go at the
//! same entry. Leaders' clocks may differ; log time stands still then, but never goes back.
//!
//! With the session goes the memory of what it has done. A late copy of one of its
//! commands must not pass for new, so the number of the client's newest session stays,
//! four bytes: whatever belongs to that session or an older one is answered with
//! [`Answer::Expired`] and never applied. A client that reads this can't know whether
//! its command was applied earlier; it goes on in a session with a higher number, which
//! its first command opens. That also closes an older session of the same client.
//!
//! # Bounds
//!
//! [`StoreBounds`] says how many sessions there may be and how much the pairs may hold.
//! Hitting a bound is an answer like any other: in its place in the log, the same on all
//! replicas and for every retry. Only what is too large for any store at any time is
//! known before it enters the log ([`Store::too_large`]).
//!
//! # Snapshots
//!
//! [`Store::snapshot`] is the whole state machine as bytes, sessions, expired numbers and
//! log time included: a store that is [restored](Store::restore) from it answers the rest of
//! the log, retries too, as the one that it was taken of. Equal stores have equal
//! snapshots. What no store would have written is refused.
//!
//! # Reads
//!
//! A `get` that goes through the log takes its place in the one order of all commands:
//! it is linearizable without a word about clocks or leases, and costs a log entry. A
//! leader that has made sure that it still leads can save that (thesis, §6.4) and look
//! the key up with [`Store::read`].

mod bounds;
mod command;
mod fingerprint;
mod session;
mod snapshot;
mod store;
#[cfg(test)]
mod testing;

pub use bounds::StoreBounds;
pub use command::{Answer, ClientId, Command, Logged, NotACommand, Operation};
pub use snapshot::NotASnapshot;
pub use store::Store;
