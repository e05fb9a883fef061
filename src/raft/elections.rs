//! Leader election (§5.2) with the election restriction (§5.4.1), the pre-vote
//! (thesis §9.6), and loyalty to a leader that is alive (thesis §4.2.3).

use super::decisions::{Decision, ElectionDecision, Rightly, VoteDecision};
use super::effects::Effects;
use super::leader::Leader;
use super::replica::Replica;
use super::role::Role;
use super::rules::{self, Candidacy, Voter};
use super::types::ids::{Position, ReplicaId, Term};
use super::types::message::{Body, VotePurpose};
use crate::flaw::Flaw;

impl Replica {
    /// Why it does, or does not, start an election, if a promise binds it for this many more
    /// ticks.
    pub(super) fn decide_election(&self, promised: u32) -> ElectionDecision {
        let core = &self.core;
        rules::decide_election(&Candidacy {
            leading: matches!(self.role, Role::Leader(_)),
            votes: core.may_stand(),
            pre_vote: core.settings().pre_vote,
            log_full: core.durable.log.is_full(),
            elapsed: core.elapsed,
            timeout: core.timeout,
            promised,
            term: core.durable.term,
        })
    }

    /// Starts an election if the timer ran out, unless a promise binds it for more ticks.
    pub(super) fn stand_if_due(&mut self, promised: u32, effects: &mut Effects) {
        let decision = self.decide_election(promised);
        match decision {
            ElectionDecision::Waiting { .. } => return,
            // That was said when the timer ran out.
            ElectionDecision::Promised { .. } if self.core.elapsed > self.core.timeout => return,
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
                self.follow(None, effects);
                self.core.reset_election_timer();
            }
            ElectionDecision::Leading
            | ElectionDecision::Promised { .. }
            | ElectionDecision::Waiting { .. } => {}
        }
    }

    /// Asks whether it could win the next term, which disturbs nobody: its own term and
    /// vote stay as they are (thesis §9.6).
    fn ask_first(&mut self, effects: &mut Effects) {
        self.role.become_pre_candidate(&mut self.core);
        self.canvass(effects);
    }

    /// Stands for election in `term`: votes for itself and asks all others (§5.2).
    fn stand(&mut self, term: Term, transfer: bool, effects: &mut Effects) {
        self.core.write_vote(term, Some(self.core.id()), effects);
        self.role.become_candidate(&mut self.core, transfer);
        self.canvass(effects);
    }

    /// Asks for votes, and for what its log was found to lack.
    fn canvass(&mut self, effects: &mut Effects) {
        self.role.request_votes(&self.core, effects);
        self.ahead.ask_all(&mut self.core, effects);
        // A single voter has won by its own vote.
        self.count_votes(effects);
    }

    /// Whether it ignores an election, since it has heard from a leader just
    /// now. It does not take on the term of the request either, so that a
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
        let core = &self.core;
        // A candidate of an older term gets a plain denial. And a leader that has asked its
        // successor to stand releases all replicas from their promises.
        if term < core.durable.term || purpose == VotePurpose::Transfer {
            return false;
        }
        // Does it keep to a leader at all, and has it heard from one lately?
        let settings = core.settings();
        let outsider = !core.membership().votes(candidate) && last_log < core.durable.log.last();
        let keeps = match &self.role {
            // A leader that checks its quorum steps down by itself when it has lost it.
            Role::Leader(_) if settings.check_quorum => true,
            Role::Leader(leader) => {
                settings.pre_vote && leader.heard_quorum_within(settings.election_timeout_ticks_min)
            }
            _ => settings.keeps_to_leader(),
        } || outsider;
        let keeps_for = settings.election_timeout_ticks_min;
        let alive = self.leader().is_some() && core.elapsed < keeps_for;
        let decision = if keeps && alive {
            VoteDecision::LeaderAlive {
                leader: self.leader(),
                elapsed: core.elapsed,
                keeps_for,
                unchecked: settings.pre_vote
                    && !settings.check_quorum
                    && !matches!(self.role, Role::Leader(_)),
            }
        } else if core.promised > 0 {
            let ticks_left = core.promised;
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
        // A candidate of a later term gets no answer: it would have to be given in that term.
        if term == core.durable.term {
            let denial = Body::Vote {
                granted: false,
                pre_vote: purpose == VotePurpose::PreVote,
                // Even if it is: its leader will bring it up to date.
                behind: false,
            };
            core.send(candidate, denial, effects);
        }
        true
    }

    /// A candidate asks for a vote. A replica that has no vote in its own configuration
    /// votes all the same: the candidate's may be newer (§6).
    pub(super) fn on_request_vote(
        &mut self,
        candidate: ReplicaId,
        term: Term,
        last_log: Position,
        purpose: VotePurpose,
        effects: &mut Effects,
    ) {
        let core = &mut self.core;
        let voter = Voter {
            term: core.durable.term,
            voted_for: core.durable.voted_for,
            last_log: core.durable.log.last(),
            flaw: core.settings().flaw,
        };
        let decision = rules::decide_vote(&voter, candidate, term, last_log, purpose);
        effects.decisions.push(Decision::Vote {
            candidate,
            term,
            purpose,
            decision,
        });

        if let Some(flaw) = voter.flaw {
            let unbroken = Voter {
                flaw: None,
                ..voter
            };
            let right = rules::decide_vote(&unbroken, candidate, term, last_log, purpose);
            if right != decision {
                effects.note_broken(flaw, Rightly::Vote(right));
            }
        }

        let granted = decision == VoteDecision::Granted;
        let pre_vote = purpose == VotePurpose::PreVote;
        if pre_vote && core.breaks(Flaw::PreVoteResetsTimer) {
            core.reset_election_timer(); // flaw
            effects.note_broken(Flaw::PreVoteResetsTimer, Rightly::Otherwise {}); // flaw
        }
        // A vote goes to the disk before the answer leaves; a pre-vote binds nobody.
        if granted && !pre_vote {
            if core.durable.voted_for.is_none() {
                core.write_vote(core.durable.term, Some(candidate), effects);
                if core.breaks(Flaw::VoteNotPersisted) {
                    effects.write.vote = None; // flaw
                    effects.note_broken(Flaw::VoteNotPersisted, Rightly::Otherwise {}); // flaw
                }
            }
            core.reset_election_timer();
        }
        // A candidate that is behind can catch up from here, if it finds no leader.
        let vote = Body::Vote {
            granted,
            pre_vote,
            behind: last_log < voter.last_log,
        };
        core.send(candidate, vote, effects);
    }

    /// A vote of this term arrives.
    pub(super) fn on_vote(
        &mut self,
        from: ReplicaId,
        granted: bool,
        pre_vote: bool,
        effects: &mut Effects,
    ) {
        match &mut self.role {
            Role::PreCandidate(candidate) if pre_vote => candidate.note_vote(from, granted),
            Role::Candidate(candidate) if !pre_vote => candidate.note_vote(from, granted),
            // It answers a question that is not asked any more.
            _ => return,
        }
        self.count_votes(effects);
    }

    /// With the votes of a quorum a pre-candidate stands, and a candidate leads.
    fn count_votes(&mut self, effects: &mut Effects) {
        let log_full = self.core.durable.log.is_full();
        let next = self.core.durable.term.next();
        match &self.role {
            Role::PreCandidate(it) | Role::Candidate(it) if !it.has_won(&self.core) => {}
            // The entries it fetched have filled its log: a leader could not append its first one.
            Role::PreCandidate(_) | Role::Candidate(_) if log_full => self.follow(None, effects),
            Role::PreCandidate(_) => {
                if let Some(term) = next {
                    self.stand(term, false, effects);
                }
            }
            Role::Candidate(it) => {
                if let Some(flaw) = self.core.settings().flaw
                    && !self
                        .core
                        .membership()
                        .is_quorum(|id| it.votes.contains(&id))
                {
                    effects.note_broken(flaw, Rightly::Otherwise {});
                }
                self.role.become_leader(&mut self.core);
                self.as_leader(effects, Leader::take_office);
            }
            Role::Follower(_) | Role::Leader(_) => {}
        }
    }

    /// The leader wants this replica to stand at once (thesis §3.10).
    pub(super) fn on_timeout_now(&mut self, from: ReplicaId, effects: &mut Effects) {
        let core = &self.core;
        let follows = match &self.role {
            Role::Follower(follower) => follower.leader.is_none_or(|leader| leader == from),
            _ => false,
        };
        let can_lead = core.membership().votes(core.id()) && !core.durable.log.is_full();
        if !follows || !can_lead {
            return;
        }
        if let Some(term) = core.durable.term.next() {
            // No pre-vote: the leader itself has asked (thesis §9.6).
            self.stand(term, true, effects);
        }
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
