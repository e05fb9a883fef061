//! What only a leader does.

mod heartbeat;
pub(super) mod keep;
pub(super) mod progress;
pub(super) mod reads;
mod reconfigure;
mod replication;
pub(super) mod snapshots;
mod transfer;
