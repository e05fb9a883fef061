//! Leader election (§5.2) with the election restriction (§5.4.1), the pre-vote
//! (thesis §9.6), and loyalty to a leader that is alive (thesis §4.2.3).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::decisions::{Decision, ElectionDecision, VoteDecision};
use super::effects::Effects;
use super::leader::progress::Progress;
use super::replica::Replica;
use super::role::{Candidate, Leader, Role};
use super::rules::{self, Voter};
use super::types::ids::{Position, ReplicaId, Term};
use super::types::message::{Body, Payload, VotePurpose};
use crate::flaw::Flaw;

impl Replica {
    /// Starts an election if the timer ran out, and no promise binds it for so many more ticks.
    pub(super) fn stand_if_due(&mut self, promised: u32, effects: &mut Effects) {
        let decision = self.decide_election(promised);
        match decision {
            ElectionDecision::Waiting { .. } => return,
            // That was said when the timer ran out.
            ElectionDecision::Promised { .. } if self.elapsed > self.timeout => return,
            _ => {}
        }
        effects.decisions.push(Decision::Election { decision });
        match decision {
            ElectionDecision::Start { term } => self.stand(term, false, effects),
            ElectionDecision::StartPreVote { .. } => self.ask_first(effects),
            // It can't stand, but its leader may be gone, and others may need its vote by a
            // configuration that it has not heard of.
            ElectionDecision::TermExhausted
            | ElectionDecision::LogFull
            | ElectionDecision::NotAVoter => {
                self.become_follower(None, effects);
                self.reset_election_timer();
            }
            ElectionDecision::Leading
            | ElectionDecision::Promised { .. }
            | ElectionDecision::Waiting { .. } => {}
        }
    }

    /// Asks whether it could win the next term, and changes nothing for that: its term
    /// and its vote stay (thesis §9.6).
    fn ask_first(&mut self, effects: &mut Effects) {
        self.role = Role::PreCandidate(self.candidate(false));
        self.reset_election_timer();
        self.request_votes(effects);
        self.fetch_what_is_newer(effects);
        self.count_votes(effects);
    }

    /// Stands for election in `term`: votes for itself and asks all others (§5.2).
    pub(super) fn stand(&mut self, term: Term, transfer: bool, effects: &mut Effects) {
        self.write_vote(term, Some(self.config.id), effects);
        self.role = Role::Candidate(self.candidate(transfer));
        self.reset_election_timer();
        self.request_votes(effects);
        self.fetch_what_is_newer(effects);
        self.count_votes(effects);
    }

    fn candidate(&self, transfer: bool) -> Candidate {
        Candidate {
            votes: BTreeSet::from([self.config.id]),
            denials: BTreeSet::new(),
            transfer,
        }
    }

    /// Asks all voters that have not answered for their vote.
    pub(super) fn request_votes(&self, effects: &mut Effects) {
        let (candidate, purpose) = match &self.role {
            Role::PreCandidate(candidate) => (candidate, VotePurpose::PreVote),
            Role::Candidate(candidate) if candidate.transfer => (candidate, VotePurpose::Transfer),
            Role::Candidate(candidate) => (candidate, VotePurpose::Election),
            Role::Follower(_) | Role::Leader(_) => return,
        };
        let last_log = self.durable.log.last();
        for peer in self.membership().members() {
            let answered = candidate.votes.contains(&peer) || candidate.denials.contains(&peer);
            if self.membership().votes(peer) && !answered {
                self.send(peer, Body::RequestVote { last_log, purpose }, effects);
            }
        }
    }

    /// Whether it refuses to hear of an election, since it has heard from a leader just
    /// now. The term that comes with the request is not taken on either, so that a
    /// replica that can't be elected does not depose a leader that works. One that was
    /// removed is never heard then, whatever the settings (§6): it has no vote in the
    /// configuration here, and by its log it can't know a later one.
    pub(super) fn keeps_to_leader(
        &self,
        candidate: ReplicaId,
        term: Term,
        last_log: Position,
        purpose: VotePurpose,
        effects: &mut Effects,
    ) -> bool {
        let settings = &self.config.settings;
        let outsider = !self.membership().votes(candidate) && last_log < self.durable.log.last();
        let keeps = match &self.role {
            // One that checks its quorum steps down by itself when it has lost it.
            Role::Leader(_) if settings.check_quorum => true,
            Role::Leader(leader) => {
                settings.pre_vote && leader.heard_quorum_within(settings.election_timeout_ticks_min)
            }
            _ => settings.keeps_to_leader(),
        } || outsider;
        let keeps_for = settings.election_timeout_ticks_min;
        let alive = self.leader().is_some() && self.elapsed < keeps_for;
        // The leader that has asked its successor to stand lets all out of their promises.
        if term < self.durable.term || purpose == VotePurpose::Transfer {
            return false;
        }
        let decision = if keeps && alive {
            VoteDecision::LeaderAlive {
                leader: self.leader(),
                elapsed: self.elapsed,
                keeps_for,
                unchecked: settings.pre_vote
                    && !settings.check_quorum
                    && !matches!(self.role, Role::Leader(_)),
            }
        } else if self.promised > 0 {
            let ticks_left = self.promised;
            VoteDecision::Promised { ticks_left }
        } else {
            return false;
        };
        effects.decisions.push(Decision::Vote {
            candidate,
            term,
            purpose,
            decision,
        });
        if term == self.durable.term {
            let pre_vote = purpose == VotePurpose::PreVote;
            let denial = Body::Vote {
                granted: false,
                pre_vote,
                // Even if it is: it's the leader who will bring it up to date.
                behind: false,
            };
            self.send(candidate, denial, effects);
        }
        true
    }

    /// A candidate asks for a vote. A replica that is no voter by its own configuration
    /// votes all the same: the candidate's may be newer (§6).
    pub(super) fn on_request_vote(
        &mut self,
        candidate: ReplicaId,
        term: Term,
        last_log: Position,
        purpose: VotePurpose,
        effects: &mut Effects,
    ) {
        let voter = Voter {
            term: self.durable.term,
            voted_for: self.durable.voted_for,
            last_log: self.durable.log.last(),
            flaw: self.config.settings.flaw,
        };
        let decision = rules::decide_vote(&voter, candidate, term, last_log, purpose);
        effects.decisions.push(Decision::Vote {
            candidate,
            term,
            purpose,
            decision,
        });
        let granted = decision == VoteDecision::Granted;
        let pre_vote = purpose == VotePurpose::PreVote;
        if pre_vote && self.config.settings.breaks(Flaw::PreVoteResetsTimer) {
            self.reset_election_timer();
        }
        if granted && !pre_vote {
            if self.durable.voted_for.is_none() {
                self.write_vote(self.durable.term, Some(candidate), effects);
                if self.config.settings.breaks(Flaw::VoteNotPersisted) {
                    effects.write.vote = None;
                }
            }
            self.reset_election_timer();
        }
        let vote = Body::Vote {
            granted,
            pre_vote,
            behind: last_log < voter.last_log,
        };
        self.send(candidate, vote, effects);
    }

    /// A vote of this term arrives.
    pub(super) fn on_vote(
        &mut self,
        from: ReplicaId,
        granted: bool,
        pre_vote: bool,
        effects: &mut Effects,
    ) {
        let candidate = match &mut self.role {
            Role::PreCandidate(candidate) if pre_vote => candidate,
            Role::Candidate(candidate) if !pre_vote => candidate,
            _ => return,
        };
        if granted {
            candidate.votes.insert(from);
        } else {
            candidate.denials.insert(from);
        }
        self.count_votes(effects);
    }

    /// With the votes of a quorum a pre-candidate stands, and a candidate leads.
    fn count_votes(&mut self, effects: &mut Effects) {
        let (Role::PreCandidate(candidate) | Role::Candidate(candidate)) = &self.role else {
            return;
        };
        if !self.is_quorum(|id| candidate.votes.contains(&id)) {
            return;
        }
        if self.durable.log.is_full() {
            // What it fetched has filled it: a leader could not append its first entry.
            self.become_follower(None, effects);
        } else if matches!(self.role, Role::Candidate(_)) {
            self.lead(effects);
        } else if let Some(term) = self.durable.term.next() {
            self.stand(term, false, effects);
        }
    }

    /// Leads the term. A leader first appends an entry of its own term, since only by
    /// committing one may it learn which of the older ones are committed (§5.4.2, §8).
    fn lead(&mut self, effects: &mut Effects) {
        let log = &self.durable.log;
        let progress = Progress::new(log.last_index());
        let followers: BTreeMap<ReplicaId, Progress> = self
            .membership()
            .members()
            .into_iter()
            .filter(|&id| id != self.config.id)
            .map(|id| (id, progress.clone()))
            .collect();
        self.receiving = None;
        let uncommitted = log.entries_from(self.commit_index.next());
        self.role = Role::Leader(Leader {
            followers,
            term: self.durable.term,
            change: None,
            asked: None,
            transfer: None,
            handed_over: false,
            reads: VecDeque::new(),
            round: 0,
            rounds: VecDeque::new(),
            clock: 0,
            heard_at: None,
            begun: VecDeque::new(),
            quorum_elapsed: 0,
            uncommitted_bytes: uncommitted.map(super::Entry::size).sum(),
        });
        self.elapsed = 0;
        self.timeout = self.config.settings.heartbeat_ticks;
        if !self.config.settings.breaks(Flaw::NoEntryAtStart) {
            self.append_own(Payload::Noop, effects);
        }
        self.begin_round();
        self.send_to_all(effects);
        // A single voter commits, and answers its own round, by itself.
        self.advance_commit(effects);
        self.after_answer(effects);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{Config, Durable, Input, Membership, Settings};
    use crate::rng::Pcg32;

    #[test]
    fn the_election_timer_counts_ticks_up_to_a_timeout_within_its_bounds() {
        let both: Vec<ReplicaId> = [1, 2].map(ReplicaId).into();
        for seed in 0..20 {
            let config = Config {
                id: both[0],
                membership: Membership::of_voters(both.clone()),
                peers: both.clone(),
                settings: Settings::default(),
            };
            let rng = Pcg32::new(seed, 1);
            let mut replica = Replica::new(config, Durable::default(), rng).expect("good");
            let (elapsed, timeout) = replica.timer();
            assert_eq!(elapsed, 0);
            assert!((15..=30).contains(&timeout), "{timeout}");
            for ticks in 1..timeout {
                assert!(replica.step(Input::Tick).messages.is_empty());
                assert_eq!(replica.timer(), (ticks, timeout));
            }
            assert_eq!(replica.step(Input::Tick).messages.len(), 1);
            assert_eq!(replica.timer().0, 0);
        }
    }
}
