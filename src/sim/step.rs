//! What one step of a replica asks of the world. It is held back until what the
//! step writes is durable: nothing that a replica says leaves it before.

use crate::kv::ClientId;
use crate::raft::{Entry, Message, ReplicaId, Term, Write};

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) write: Write,
    pub(super) messages: Vec<Message>,
    pub(super) committed: Vec<Entry>,
    /// A client whose proposal was not taken.
    pub(super) redirect: Option<Redirect>,
    /// The replica's term after the step.
    pub(super) term: Term,
    /// Whether it leads that term after the step.
    pub(super) leads: bool,
    /// Whether this step made it the leader.
    pub(super) elected: bool,
    /// Whether it led an older term before the step.
    pub(super) deposed: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Redirect {
    pub(super) client: ClientId,
    pub(super) sequence: u64,
    pub(super) leader: Option<ReplicaId>,
}

impl Step {
    /// Whether it asks for nothing at all, as most ticks do.
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.committed.is_empty()
            && self.redirect.is_none()
            && !self.is_telling()
    }

    /// Whether the judges learn anything from it.
    pub(super) fn is_telling(&self) -> bool {
        !self.write.is_empty()
            || self.elected
            || self.deposed
            || (self.leads && !self.committed.is_empty())
    }
}
