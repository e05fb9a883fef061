//! The servers of a world by their numbers, also while one of them is at work.

use crate::raft::ReplicaId;
use crate::sim::server::Server;

/// All servers, while one of them takes a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Servers<'a> {
    before: &'a [Server],
    this: &'a [Server],
    after: &'a [Server],
}

impl<'a> Servers<'a> {
    pub(super) fn with(before: &'a [Server], this: &'a Server, after: &'a [Server]) -> Self {
        Self {
            before,
            this: std::slice::from_ref(this),
            after,
        }
    }

    /// All servers, while none of them takes a step.
    #[cfg(test)]
    pub(super) fn all(servers: &'a [Server]) -> Self {
        Self {
            before: servers,
            this: &[],
            after: &[],
        }
    }

    /// A server of this world.
    pub(super) fn get(self, id: ReplicaId) -> &'a Server {
        let place = place_of(id);
        let (before, this) = (self.before.len(), self.this.len());
        if place < before {
            &self.before[place]
        } else if place < before + this {
            &self.this[place - before]
        } else {
            &self.after[place - before - this]
        }
    }
}

/// Where a replica of this world stands among the servers. Those from outside are checked
/// before they come here.
pub(super) fn place_of(ReplicaId(id): ReplicaId) -> usize {
    usize::from(id) - 1
}
