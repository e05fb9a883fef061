//! Why is it so? Answers about the world as it is, each from the state and from the very rules by
//! which replicas act.
//!
//! A question is about something that one can point at: an entry, a message, a replica, a client, a
//! change of the membership. Its [`Why`] is a plain sentence with the numbers, the section that has
//! the rule, what would have to happen, and a [`Trail`] to the event that made it so: the
//! [event graph](super::causality) leads on from there, cause by cause.
//!
//! Nothing is guessed. What the answer of a rule would be is asked of that rule: a copy of a
//! replica takes the step, and what it decides is told. Where a rule is broken on
//! purpose its copy might fail as the replica itself may; there only what was decided is told, and
//! that a rule is broken.

mod change;
mod client;
mod entry;
mod message;
mod replica;
mod words;

use serde::{Deserialize, Serialize};

use super::causality::Trail;
use super::scenario::action::MessageId;
use super::server::{Server, Volatile};
use super::view::DecisionView;
use super::world::World;
use crate::kv::ClientId;
use crate::raft::{Decision, LogIndex, ReplicaId, Rightly};

/// What somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Question {
    /// Why is an entry of a replica's log committed, or not?
    Entry {
        /// Whose log.
        replica: ReplicaId,
        /// Which entry.
        index: LogIndex,
    },
    /// What will become of a message, or has?
    Message {
        /// Its number.
        message: MessageId,
    },
    /// Why does a replica lead, stand, or neither?
    Replica {
        /// Its number.
        replica: ReplicaId,
    },
    /// Why does a replica vote as it last did?
    Vote {
        /// Its number.
        replica: ReplicaId,
    },
    /// What does a client wait for?
    Client {
        /// Its number.
        client: ClientId,
    },
    /// What does the change of the membership wait for?
    Change {},
    /// Why does somebody lead, or nobody?
    Cluster {},
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Why {
    /// What is so, with the numbers.
    pub answer: String,
    /// The sections that have the rule; empty: there is no rule about it.
    pub rule: &'static str,
    /// What the rule itself said, when it decided, or says now.
    pub decision: Option<Decision>,
    /// What would have to happen, each a sentence.
    pub needs: Vec<String>,
    /// A rule that was broken on purpose, so that it came to this.
    pub broken: Option<String>,
    /// The event that made it so, if one did.
    pub trail: Option<Trail>,
}

impl Why {
    fn new(answer: impl Into<String>) -> Self {
        Self {
            answer: answer.into(),
            ..Self::default()
        }
    }

    fn by(mut self, rule: &'static str) -> Self {
        self.rule = rule;
        self
    }

    fn needs(mut self, needs: impl IntoIterator<Item = String>) -> Self {
        self.needs.extend(needs);
        self
    }

    fn decided(mut self, decision: Decision) -> Self {
        self.decision = Some(decision);
        self
    }

    fn from(mut self, trail: Trail) -> Self {
        self.trail = Some(trail);
        self
    }

    fn broken(mut self, broken: Option<String>) -> Self {
        self.broken = broken;
        self
    }
}

impl World {
    /// Answers a question about the world as it is; none: there is no such replica or client.
    pub fn why(&self, question: Question) -> Option<Why> {
        match question {
            Question::Entry { replica, index } => {
                Some(entry::why(self, self.known_server(replica)?, index))
            }
            Question::Message { message } => Some(message::why(self, message)),
            Question::Replica { replica } => Some(replica::why(self, self.known_server(replica)?)),
            Question::Vote { replica } => Some(replica::vote(self.known_server(replica)?)),
            Question::Client { client } => client::why(self, client),
            Question::Change {} => Some(change::why(self)),
            Question::Cluster {} => Some(replica::cluster(self)),
        }
    }

    fn known_server(&self, ReplicaId(id): ReplicaId) -> Option<&Server> {
        self.servers.get(usize::from(id).checked_sub(1)?)
    }
}

/// The latest decision of a replica for which this holds, and the rule that was broken in it.
fn latest(
    volatile: &Volatile,
    is: impl Fn(&Decision) -> bool,
) -> Option<(&DecisionView, Option<String>)> {
    let all = &volatile.decisions;
    let place = all.iter().rposition(|it| is(&it.decision))?;
    let decided = &all[place];
    let next = all.get(place + 1).filter(|it| it.at_us == decided.at_us);
    let broken = next.and_then(|it| match it.decision {
        Decision::Broken { flaw, rightly } => Some(words::broken(flaw, rightly)),
        _ => None,
    });
    Some((decided, broken))
}

/// The latest rule that a replica has broken in such a decision.
fn latest_broken(volatile: &Volatile, is: impl Fn(Rightly) -> bool) -> Option<String> {
    volatile
        .decisions
        .iter()
        .rev()
        .find_map(|it| match it.decision {
            Decision::Broken { flaw, rightly } if is(rightly) => Some(words::broken(flaw, rightly)),
            _ => None,
        })
}
