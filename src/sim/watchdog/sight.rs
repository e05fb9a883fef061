//! What the watchdog sees of a world.

use crate::raft::{LogIndex, ReplicaId};
use crate::sim::client::Clients;
use crate::sim::network::Network;
use crate::sim::scenario::Scenario;
use crate::sim::server::Server;

/// A world, for whoever only looks.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Sight<'a> {
    pub(in crate::sim) now_us: u64,
    pub(in crate::sim) scenario: &'a Scenario,
    pub(in crate::sim) servers: &'a [Server],
    pub(in crate::sim) clients: &'a Clients,
    pub(in crate::sim) network: &'a Network,
    /// The last index that any replica has applied.
    pub(in crate::sim) last_applied: LogIndex,
    pub(in crate::sim) elections_won: u64,
}

impl<'a> Sight<'a> {
    pub(super) fn server(&self, ReplicaId(id): ReplicaId) -> &'a Server {
        &self.servers[usize::from(id) - 1]
    }
}
