//! The values that the protocol is made of: numbers, messages, the log, what survives a crash,
//! and the settings. Nothing here knows of a replica, or of a role.

mod chunk;
pub(super) mod config;
pub(super) mod durable;
pub(super) mod entries;
pub(super) mod ids;
pub(super) mod log;
pub(super) mod membership;
pub(super) mod message;
pub(super) mod news;
pub(super) mod start;
