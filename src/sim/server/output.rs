//! What comes out of a server: packets, alarms, and facts.
//!
//! They are handed on one by one, at the very moment at which they come about, and not
//! collected: the checkers hold a fact against the disks as they are *then*, and the order of
//! all three decides what falls due first and what the digest hashes. So [`Output`] is the one
//! way out of a server, and it can drop nothing.

use crate::kv::{Answer, ClientId, Command, Logged};
use crate::raft::{
    self, Effects, Entries, Entry, Input, LogIndex, Message, Position, ReplicaId, Term,
};
use crate::sim::network::packet::Body;
use crate::sim::scenario::action::MessageId;
use crate::sim::schedule::Alarm;
use crate::sim::view::{Endpoint, RoleKind};

use super::Server;

/// Receives what comes out of a server.
pub(in crate::sim) trait Output {
    /// A message leaves the server.
    fn packet(&mut self, from: &Server, to: Endpoint, body: Body);

    /// An alarm is set to a moment, in place of the one before; none: it is switched off.
    fn alarm(&mut self, alarm: Alarm, at_us: Option<u64>);

    /// Something has happened; `server` is as it was left by that.
    fn fact(&mut self, server: &Server, fact: Fact<'_>);
}

/// What has happened at a server.
#[derive(Debug)]
pub(in crate::sim) enum Fact<'a> {
    /// It runs, with what its disk held.
    Started,
    /// Its replica has taken a step. Nobody else has heard of it yet.
    Stepped(Stepped<'a>),
    /// A step has become durable.
    Durable(&'a Pending),
    /// What a step asked for leaves it now, beginning with its messages.
    Released {
        /// The number of the step in this life of its replica; zero: it was none of the replica.
        step: u64,
    },
    /// Its disk holds all that it has asked to be written.
    DiskIdle,
    /// A crash has ended a write of which not all was lost.
    WriteInterrupted { whole: u32, records: u32 },
    /// Its store has applied an entry.
    Applied {
        entry: &'a Entry,
        /// What the entry did, if it held a command.
        command: Option<Applied<'a>>,
    },
    /// Its store starts anew from its leader's snapshot.
    Restored { last: Position },
    /// It has taken a snapshot.
    SnapshotTaken { index: LogIndex, bytes: u64 },
    /// It answers a client.
    Answered {
        client: ClientId,
        sequence: u64,
        answer: Answer,
        /// The last entry that the answer knows of.
        index: LogIndex,
    },
    /// It answers a read that did not go through the log, as its store is at `index`.
    ReadServed {
        /// The server's own name for the read.
        name: u64,
        command: &'a Command,
        answer: Answer,
        index: LogIndex,
    },
    /// It runs on, and a message that waited at its door may come in.
    Admitted(MessageId),
    /// It is dead; what waited at its door is lost.
    Crashed { door: Vec<MessageId> },
    /// Its disk is empty, but for the term.
    Wiped { term: Term },
}

/// What a step has made of a replica.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Stepped<'a> {
    pub(in crate::sim) pending: &'a Pending,
    pub(in crate::sim) before: RoleSummary,
    pub(in crate::sim) after: RoleSummary,
    /// The sender, if it was a message.
    pub(in crate::sim) heard: Option<ReplicaId>,
    /// The read that it was asked to serve.
    pub(in crate::sim) served: Option<Served>,
    /// The number of the message, if it came through the network.
    pub(in crate::sim) message: Option<MessageId>,
}

/// A read that a leader serves.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) enum Served {
    /// A client's of its own, by the name that it knows it by.
    Own(u64),
    /// That of a follower, by the follower's name for it.
    Of(ReplicaId, u64),
}

impl Served {
    /// The read that a step may serve at once.
    pub(super) fn of(input: &Input) -> Option<Self> {
        match input {
            Input::Read(read) => Some(Self::Own(*read)),
            Input::Receive(Message {
                from,
                body: raft::Body::ReadIndex { read },
                ..
            }) => Some(Self::Of(*from, *read)),
            _ => None,
        }
    }
}

/// What of a replica's state is told to everybody when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) struct RoleSummary {
    pub(in crate::sim) role: RoleKind,
    pub(in crate::sim) term: Term,
    pub(in crate::sim) commit_index: LogIndex,
}

/// What an entry did to a store.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Applied<'a> {
    /// The command that it held.
    pub(in crate::sim) logged: &'a Logged,
    /// What the store answered.
    pub(in crate::sim) answer: &'a Answer,
    /// Whether its pairs are others than before.
    pub(in crate::sim) changed: bool,
}

/// What a step of a replica asks for. It is held back until what the step writes is
/// durable: nothing that a replica says leaves it before.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Pending {
    pub(in crate::sim) effects: Effects,
    /// Which of the replica's steps it is, counted from 1 in each of its lives; zero: none.
    pub(in crate::sim) step: u64,
    /// The entries that the step appends, and those that it commits: the replica's log may lose
    /// them before all that is done.
    pub(in crate::sim) appended: Entries,
    pub(in crate::sim) committed: Entries,
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
    pub(super) client: ClientId,
    pub(super) sequence: u64,
    pub(super) what: ReplyKind,
}

#[derive(Clone, Debug)]
pub(super) enum ReplyKind {
    /// "I am not the leader."
    Redirect { leader: Option<ReplicaId> },
    /// "I lead, but can't take this now."
    Busy,
    /// "This can never be done."
    Answer(Answer),
}

impl Pending {
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
        let Effects {
            messages,
            committed,
            restore,
            reads,
            ..
        } = &self.effects;
        messages.is_empty()
            && committed.is_empty()
            && restore.is_none()
            && reads.is_empty()
            && self.replies.is_empty()
            && !self.changes_facts()
    }

    /// Whether the checkers learn anything from it once it is durable.
    pub(in crate::sim) fn changes_facts(&self) -> bool {
        !self.effects.write.is_empty()
            || self.elected()
            || self.deposed()
            || (self.led() && !self.effects.committed.is_empty())
    }

    /// Forgets all of it, but keeps the room that it took.
    fn clear(&mut self) {
        self.effects.clear();
        self.step = 0;
        self.appended = Entries::default();
        self.committed = Entries::default();
        self.replies.clear();
        self.term = Term(0);
        self.leads = false;
        self.led_before = None;
    }
}

/// Steps that are done and emptied, for the next ones to use their room. A copy of a server has
/// none yet.
#[derive(Debug, Default)]
pub(super) struct Spare(Vec<Box<Pending>>);

/// More steps than this wait for a disk at one moment in few worlds.
const SPARE_MAX: usize = 8;

impl Spare {
    pub(super) fn take(&mut self) -> Box<Pending> {
        self.0.pop().unwrap_or_default()
    }

    pub(super) fn put(&mut self, mut step: Box<Pending>) {
        if self.0.len() < SPARE_MAX {
            step.clear();
            self.0.push(step);
        }
    }
}

impl Clone for Spare {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Reply {
    pub(super) fn to(command: &Command, what: ReplyKind) -> Self {
        Self {
            client: command.client,
            sequence: command.sequence,
            what,
        }
    }
}
