//! The candidate, in an election (§5.2) or before it (thesis §9.6): it asks for votes and counts
//! them.

use std::collections::BTreeSet;

use super::core::Core;
use super::effects::Effects;
use super::types::ids::ReplicaId;
use super::types::message::{Body, VotePurpose};

/// The state that only a candidate has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The replicas that granted it a vote, itself included.
    pub votes: BTreeSet<ReplicaId>,
    /// The replicas that denied it one.
    pub denials: BTreeSet<ReplicaId>,
    /// Whether the leader before asked it to stand.
    pub transfer: bool,
}

impl Candidate {
    /// A candidate that has the vote of nobody but itself.
    pub(super) fn new(own: ReplicaId, transfer: bool) -> Self {
        Self {
            votes: BTreeSet::from([own]),
            denials: BTreeSet::new(),
            transfer,
        }
    }

    /// Asks all voters that have not answered for their vote.
    pub(super) fn request_votes(&self, purpose: VotePurpose, core: &Core, effects: &mut Effects) {
        let last_log = core.durable.log.last();
        for peer in core.membership().members() {
            let answered = self.votes.contains(&peer) || self.denials.contains(&peer);
            if core.membership().votes(peer) && !answered {
                core.send(peer, Body::RequestVote { last_log, purpose }, effects);
            }
        }
    }

    /// A voter has answered.
    pub(super) fn note_vote(&mut self, from: ReplicaId, granted: bool) {
        if granted {
            self.votes.insert(from);
        } else {
            self.denials.insert(from);
        }
    }

    /// Whether a quorum has granted it a vote.
    pub(super) fn has_won(&self, core: &Core) -> bool {
        core.is_quorum(|id| self.votes.contains(&id))
    }
}
