//! Where in the graph an answer to a question leads.

use serde::{Deserialize, Serialize};

use super::graph::CausalGraph;
use super::happening::{HappeningId, Place, What};
use crate::kv::ClientId;
use crate::raft::{LogIndex, ReplicaId};
use crate::sim::scenario::action::MessageId;

/// The happening that made something what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Trail {
    /// Where a message was received, lost, or else sent.
    Message(MessageId),
    /// Where a replica became what it is.
    Role(ReplicaId),
    /// What set a replica's timer.
    Timer(ReplicaId),
    /// Where a replica learned that an entry is committed.
    Committed {
        /// The replica.
        replica: ReplicaId,
        /// The entry.
        index: LogIndex,
    },
    /// Where an entry came into a replica's log.
    Appended {
        /// The replica.
        replica: ReplicaId,
        /// The entry.
        index: LogIndex,
    },
    /// The last that became of a client's request at the client.
    Request(ClientId),
    /// The last thing that happened in an event, or before it.
    Event(u64),
}

impl CausalGraph {
    /// Where a trail leads, up to an event; none: it leads out of the graph.
    pub fn find(&self, trail: Trail, upto_event: u64) -> Option<HappeningId> {
        let at = |replica, is: &dyn Fn(&What) -> bool| {
            self.last(upto_event, |it| {
                it.place == Place::Replica(replica) && is(&it.what)
            })
        };
        match trail {
            Trail::Message(message) => self.last(upto_event, |it| {
                it.letter().is_some_and(|it| it.message == message)
            }),
            Trail::Role(replica) => at(replica, &|what| {
                matches!(
                    what,
                    What::Became { .. } | What::Crashed {} | What::Started {} | What::Paused {}
                )
            }),
            Trail::Timer(replica) => at(replica, &|what| {
                matches!(
                    what,
                    What::Received { .. } | What::TimedOut { .. } | What::Started {}
                )
            }),
            Trail::Committed { replica, index } => at(replica, &|what| match what {
                What::Committed { first, last } => (*first..=*last).contains(&index),
                What::Restored { index: last } => *last >= index,
                _ => false,
            }),
            Trail::Appended { replica, index } => at(replica, &|what| match what {
                What::Appended { first, last, .. } => (*first..=*last).contains(&index),
                What::Restored { index: last } => *last >= index,
                _ => false,
            }),
            Trail::Request(client) => self.last(upto_event, |it| it.place == Place::Client(client)),
            Trail::Event(event) => self.last(event.min(upto_event), |_| true),
        }
    }
}
