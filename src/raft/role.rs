//! The role of a replica, with the data that only makes sense in that role (§5.1): a follower
//! has no `nextIndex`. What a leader does is defined on [`Leader`], so nobody else can do it.

use super::candidate::Candidate;
use super::core::Core;
use super::decisions::Rightly;
use super::effects::Effects;
use super::follower::Follower;
use super::leader::Leader;
use super::types::ids::{ReplicaId, Term};
use super::types::message::VotePurpose;
use crate::flaw::Flaw;

/// The role of a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_family = "wasm"),
    expect(
        clippy::large_enum_variant,
        reason = "a replica has one role, and the leader's is looked at in each of its steps"
    )
)]
pub enum Role {
    /// Answers leaders and candidates, and waits.
    Follower(Follower),
    /// Asks whether it could win the next term. Meanwhile it stays in this one, with
    /// the vote that it gave (thesis §9.6).
    PreCandidate(Candidate),
    /// Asks for votes.
    Candidate(Candidate),
    /// Replicates its log to all others.
    Leader(Leader),
}

impl Role {
    /// The leader of this term, as far as `own`, whose role this is, knows.
    pub(super) fn leader(&self, own: ReplicaId) -> Option<ReplicaId> {
        match self {
            Self::Follower(follower) => follower.leader,
            Self::PreCandidate(_) | Self::Candidate(_) => None,
            Self::Leader(_) => Some(own),
        }
    }

    /// Becomes a follower of `leader`, or of nobody yet. The election timer runs on, unless there
    /// was none: a new term alone is no reason to wait longer (§5.2).
    pub(super) fn follow(
        &mut self,
        core: &mut Core,
        leader: Option<ReplicaId>,
        effects: &mut Effects,
    ) {
        assert_ne!(leader, Some(core.id()), "a replica does not follow itself");
        assert!(
            leader.is_none() || core.durable.term.0 > 0,
            "nobody leads before the first election"
        );
        core.assert_sound();
        if core.breaks(Flaw::VoteForgotten) && core.durable.voted_for.is_some() {
            core.write_vote(core.durable.term, None, effects); // flaw
            effects.note_broken(Flaw::VoteForgotten, Rightly::Otherwise {}); // flaw
        }
        let before = std::mem::replace(self, Self::Follower(Follower { leader }));
        if let Self::Leader(before) = before {
            before.leave_office(core, effects);
            core.reset_election_timer();
        }
    }

    /// Takes on a higher term, in which this replica has not voted and follows whoever will
    /// lead it (§5.1).
    pub(super) fn enter_term(&mut self, core: &mut Core, term: Term, effects: &mut Effects) {
        assert!(
            term > core.durable.term,
            "the term {term} is no later than {}",
            core.durable.term
        );
        core.write_vote(term, None, effects);
        self.follow(core, None, effects);
    }

    /// Becomes a pre-candidate, in the term in which it is, and with the vote that it gave.
    pub(super) fn become_pre_candidate(&mut self, core: &mut Core) {
        assert!(
            !matches!(self, Self::Leader(_)),
            "a leader has won its term already"
        );
        core.assert_sound();
        core.reset_election_timer();
        *self = Self::PreCandidate(Candidate::new(core.id(), false));
    }

    /// Becomes a candidate of its term, for which it has just voted for itself (§5.2).
    pub(super) fn become_candidate(&mut self, core: &mut Core, transfer: bool) {
        assert!(
            !matches!(self, Self::Leader(_)),
            "a leader has won its term already"
        );
        assert!(core.durable.term.0 > 0, "the first election is in term 1");
        assert_eq!(
            core.durable.voted_for,
            Some(core.id()),
            "a candidate votes for itself"
        );
        core.assert_sound();
        core.reset_election_timer();
        *self = Self::Candidate(Candidate::new(core.id(), transfer));
    }

    /// Becomes the leader of its term, which it has won as a candidate.
    pub(super) fn become_leader(&mut self, core: &mut Core) {
        let Self::Candidate(candidate) = self else {
            panic!("only a candidate wins an election");
        };
        assert!(
            candidate.votes.contains(&core.id()) && core.durable.voted_for == Some(core.id()),
            "a leader has voted for itself"
        );
        assert!(candidate.has_won(core), "a leader has a quorum of votes");
        core.assert_sound();
        let (last, term) = (core.durable.log.last(), core.durable.term);
        assert!(
            last.term < term || core.settings().flaw.is_some(), // flaw
            "term {term} has a leader already, who wrote entry {last}"
        );
        *self = Self::Leader(Leader::new(core));
    }

    /// As a candidate or pre-candidate, asks all voters that have not answered for their vote.
    pub(super) fn request_votes(&self, core: &Core, effects: &mut Effects) {
        let (candidate, purpose) = match self {
            Self::PreCandidate(candidate) => (candidate, VotePurpose::PreVote),
            Self::Candidate(candidate) if candidate.transfer => (candidate, VotePurpose::Transfer),
            Self::Candidate(candidate) => (candidate, VotePurpose::Election),
            Self::Follower(_) | Self::Leader(_) => return,
        };
        candidate.request_votes(purpose, core, effects);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::types::ids::LogIndex;
    use crate::raft::{Config, Durable, Membership, Settings};
    use crate::rng::Pcg32;

    /// The first of three voters.
    fn start() -> (Role, Core, Effects) {
        let all: Vec<ReplicaId> = [1, 2, 3].map(ReplicaId).into();
        let config = Config {
            id: all[0],
            membership: Membership::of_voters(all.clone()),
            peers: all,
            settings: Settings::default(),
        };
        let core = Core::new(config, Durable::default(), Pcg32::new(1, 1));
        (
            Role::Follower(Follower::default()),
            core,
            Effects::default(),
        )
    }

    #[test]
    #[should_panic(expected = "a candidate votes for itself")]
    fn no_replica_stands_without_its_own_vote() {
        let (mut role, mut core, mut effects) = start();
        core.write_vote(Term(1), None, &mut effects);
        role.become_candidate(&mut core, false);
    }

    #[test]
    #[should_panic(expected = "a leader has a quorum of votes")]
    fn no_candidate_leads_by_its_own_vote_alone() {
        let (mut role, mut core, mut effects) = start();
        core.write_vote(Term(1), Some(ReplicaId(1)), &mut effects);
        role.become_candidate(&mut core, false);
        role.become_leader(&mut core);
    }

    #[test]
    #[should_panic(expected = "only a candidate wins an election")]
    fn no_pre_candidate_leads() {
        let (mut role, mut core, _) = start();
        role.become_pre_candidate(&mut core);
        role.become_leader(&mut core);
    }

    #[test]
    #[should_panic(expected = "the vote of term 1 was given already")]
    fn no_vote_is_given_twice() {
        let (_, mut core, mut effects) = start();
        core.write_vote(Term(1), Some(ReplicaId(2)), &mut effects);
        core.write_vote(Term(1), Some(ReplicaId(3)), &mut effects);
    }

    #[test]
    #[should_panic(expected = "the term 1 is no later than 1")]
    fn no_term_is_entered_twice() {
        let (mut role, mut core, mut effects) = start();
        role.enter_term(&mut core, Term(1), &mut effects);
        role.enter_term(&mut core, Term(1), &mut effects);
    }

    #[test]
    #[should_panic(expected = "before the commit index 1")]
    fn no_role_changes_while_a_committed_entry_is_missing() {
        let (mut role, mut core, mut effects) = start();
        core.commit_index = LogIndex(1);
        role.follow(&mut core, None, &mut effects);
    }
}
