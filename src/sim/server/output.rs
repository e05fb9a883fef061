//! What one step of a replica asks of the world. It is held back until what the
//! step writes is durable: nothing that a replica says leaves it before.

use crate::kv::{Answer, ClientId};
use crate::raft::{Entry, Message, ReadReady, ReplicaId, Snapshot, Term, Write};

#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Step {
    pub(in crate::sim) write: Write,
    pub(in crate::sim) messages: Vec<Message>,
    /// The store starts anew from this snapshot.
    pub(in crate::sim) restore: Option<Snapshot>,
    pub(in crate::sim) committed: Vec<Entry>,
    /// Reads that may be served once the store is far enough.
    pub(in crate::sim) reads: Vec<ReadReady>,
    /// Clients that are sent away, or are told something that the log need not know.
    pub(in crate::sim) replies: Vec<Reply>,
    /// The replica's term after the step.
    pub(in crate::sim) term: Term,
    /// Whether it leads that term after the step.
    pub(in crate::sim) leads: bool,
    /// The term that it led before the step, if it led.
    pub(in crate::sim) led_before: Option<Term>,
}

/// What a client is told without an entry of the log.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Reply {
    pub(in crate::sim) client: ClientId,
    pub(in crate::sim) sequence: u64,
    pub(in crate::sim) what: ReplyKind,
}

#[derive(Clone, Debug)]
pub(in crate::sim) enum ReplyKind {
    /// "I am not the leader."
    Redirect { leader: Option<ReplicaId> },
    /// "I lead, but can't take this now."
    Busy,
    /// "This can never be done."
    Answer(Answer),
}

impl Step {
    /// Whether this step made it the leader.
    pub(in crate::sim) fn elected(&self) -> bool {
        self.leads && self.led_before != Some(self.term)
    }

    /// Whether it led before the step, and does not lead that term any more.
    pub(in crate::sim) fn deposed(&self) -> bool {
        self.led_before
            .is_some_and(|led| !self.leads || led != self.term)
    }

    /// Whether it took the step as the leader of its term. One whose own removal is
    /// committed by it leads no more after it.
    pub(in crate::sim) fn led(&self) -> bool {
        self.leads || self.led_before == Some(self.term)
    }

    /// Whether it asks for nothing at all, as most ticks do.
    pub(in crate::sim) fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.committed.is_empty()
            && self.restore.is_none()
            && self.reads.is_empty()
            && self.replies.is_empty()
            && !self.is_telling()
    }

    /// Whether the judges learn anything from it.
    pub(in crate::sim) fn is_telling(&self) -> bool {
        !self.write.is_empty()
            || self.elected()
            || self.deposed()
            || (self.led() && !self.committed.is_empty())
    }
}
