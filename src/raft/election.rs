//! Leader election (§5.2) with the election restriction (§5.4.1).

use std::collections::{BTreeMap, BTreeSet};

use super::effects::Effects;
use super::ids::{LogIndex, Position, ReplicaId, Term};
use super::message::{Body, Payload};
use super::replica::Replica;
use super::role::{Candidate, Leader, Progress, Role};
use super::rules::{self, Decision, ElectionDecision, VoteDecision};

impl Replica {
    /// Starts an election if the timer ran out.
    pub(super) fn stand_if_due(&mut self, effects: &mut Effects) {
        let decision = self.election_decision();
        if matches!(decision, ElectionDecision::Waiting { .. }) {
            return;
        }
        effects.decisions.push(Decision::Election { decision });
        match decision {
            ElectionDecision::Start { term } => self.stand(term, effects),
            // Nothing to do but to wait for a timer that will not help.
            ElectionDecision::TermExhausted => self.reset_election_timer(),
            ElectionDecision::Leading | ElectionDecision::Waiting { .. } => {}
        }
    }

    /// Stands for election in `term`: votes for itself and asks all others (§5.2).
    fn stand(&mut self, term: Term, effects: &mut Effects) {
        let id = self.config.id;
        self.write_vote(term, Some(id), effects);
        self.role = Role::Candidate(Candidate {
            votes: BTreeSet::from([id]),
            denials: BTreeSet::new(),
        });
        self.reset_election_timer();
        self.request_votes(effects);
        self.lead_if_elected(effects);
    }

    /// Asks all members that have not answered for their vote.
    pub(super) fn request_votes(&self, effects: &mut Effects) {
        let Role::Candidate(candidate) = &self.role else {
            return;
        };
        let last_log = self.durable.log.last();
        for peer in self.config.peers() {
            if !candidate.votes.contains(&peer) && !candidate.denials.contains(&peer) {
                self.send(peer, Body::RequestVote { last_log }, effects);
            }
        }
    }

    /// A candidate asks for a vote.
    pub(super) fn on_request_vote(
        &mut self,
        candidate: ReplicaId,
        term: Term,
        last_log: Position,
        effects: &mut Effects,
    ) {
        let decision = rules::decide_vote(
            self.durable.term,
            self.durable.voted_for,
            self.durable.log.last(),
            candidate,
            term,
            last_log,
        );
        effects.decisions.push(Decision::Vote {
            candidate,
            term,
            decision,
        });
        let granted = decision == VoteDecision::Granted;
        if granted {
            if self.durable.voted_for.is_none() {
                self.write_vote(self.durable.term, Some(candidate), effects);
            }
            self.reset_election_timer();
        }
        self.send(candidate, Body::Vote { granted }, effects);
    }

    /// A vote of this term arrives.
    pub(super) fn on_vote(&mut self, from: ReplicaId, granted: bool, effects: &mut Effects) {
        let Role::Candidate(candidate) = &mut self.role else {
            return;
        };
        if granted {
            candidate.votes.insert(from);
        } else {
            candidate.denials.insert(from);
        }
        self.lead_if_elected(effects);
    }

    /// A candidate with the votes of a majority leads (§5.2). It first appends an
    /// entry of its own term, since only by committing one may it learn which of
    /// the older ones are committed (§5.4.2, §8).
    fn lead_if_elected(&mut self, effects: &mut Effects) {
        let Role::Candidate(candidate) = &self.role else {
            return;
        };
        if candidate.votes.len() < self.config.quorum() {
            return;
        }
        let progress = Progress {
            next_index: self.durable.log.last_index().next(),
            match_index: LogIndex(0),
            in_flight: None,
        };
        let followers: BTreeMap<ReplicaId, Progress> =
            self.config.peers().map(|peer| (peer, progress)).collect();
        self.role = Role::Leader(Leader { followers });
        self.elapsed = 0;
        self.timeout = self.config.heartbeat_ticks;
        self.append_own(Payload::Noop, effects);
        self.send_heartbeats(effects);
        self.advance_commit(effects);
    }
}
