//! Terms, votes, commit and applied index never go back (§5.1, §5.2, Figure 2).
//!
//! A term and the vote in it are held against what the replica had in this life's
//! memory before, and against what its disk had, in this life and all before it. The
//! commit index and the store are a life's own: the next one begins anew, with what its
//! snapshot covers.

use std::collections::BTreeMap;

use super::by_replica::ByReplica;
use crate::raft::{Durable, LogIndex, Replica, ReplicaId, Role, Term};
use crate::sim::property::violation::{Ratchet, Violation};

#[derive(Clone, Debug, Default)]
pub(super) struct NeverBack {
    of: ByReplica<Seen>,
}

/// What a replica had when it was last seen.
#[derive(Clone, Debug, Default)]
struct Seen {
    memory: Ballot,
    disk: Ballot,
    commit: LogIndex,
    applied: LogIndex,
    /// As the leader of its term, by the configuration at an index: up to where each
    /// follower's log is known to match.
    matched: (Term, LogIndex, BTreeMap<ReplicaId, LogIndex>),
}

#[derive(Clone, Copy, Debug, Default)]
struct Ballot {
    term: Term,
    voted_for: Option<ReplicaId>,
}

impl NeverBack {
    /// A replica starts, having applied the log up to `applied`.
    pub(super) fn on_start(
        &mut self,
        replica: &Replica,
        applied: LogIndex,
    ) -> Result<(), Violation> {
        let id = replica.id();
        let seen = self.of.get_mut(id);
        let now = Ballot::of(replica);
        let before = std::mem::replace(
            seen,
            Seen {
                memory: now,
                disk: now,
                commit: replica.commit_index(),
                applied,
                matched: <(Term, LogIndex, BTreeMap<ReplicaId, LogIndex>)>::default(),
            },
        );
        before.disk.rises_to(now, id, Ratchet::DurableTerm)
    }

    /// A replica has taken a step.
    pub(super) fn on_step(&mut self, replica: &Replica) -> Result<(), Violation> {
        let id = replica.id();
        let seen = self.of.get_mut(id);
        let now = Ballot::of(replica);
        let before = std::mem::replace(&mut seen.memory, now);
        before.rises_to(now, id, Ratchet::Term)?;
        let commit = replica.commit_index();
        let before = std::mem::replace(&mut seen.commit, commit);
        rises(id, Ratchet::Commit, before.0, commit.0)
    }

    /// A replica has heard from another. If it leads, nothing else changes what it knows to
    /// match, but for changes of the membership: who is removed and comes back begins anew.
    pub(super) fn on_heard(&mut self, replica: &Replica, from: ReplicaId) -> Result<(), Violation> {
        let Role::Leader(leader) = replica.role() else {
            return Ok(());
        };
        let Some(progress) = leader.followers.get(&from) else {
            return Ok(());
        };
        let matched = &mut self.of.get_mut(replica.id()).matched;
        let (term, by) = (replica.term(), replica.membership_index());
        if (matched.0, matched.1) != (term, by) {
            *matched = (term, by, BTreeMap::new());
        }
        let now = progress.match_index;
        let before = matched.2.insert(from, now).unwrap_or_default();
        rises(replica.id(), Ratchet::Match, before.0, now.0)
    }

    /// A write of `replica` is done, after which its disk is `disk`.
    pub(super) fn on_write(&mut self, replica: ReplicaId, disk: &Durable) -> Result<(), Violation> {
        let seen = self.of.get_mut(replica);
        let now = Ballot {
            term: disk.term,
            voted_for: disk.voted_for,
        };
        let before = std::mem::replace(&mut seen.disk, now);
        before.rises_to(now, replica, Ratchet::DurableTerm)
    }

    /// The store of `replica` is as after the entry at `index` from now on.
    pub(super) fn on_apply(
        &mut self,
        replica: ReplicaId,
        index: LogIndex,
    ) -> Result<(), Violation> {
        let seen = self.of.get_mut(replica);
        let before = std::mem::replace(&mut seen.applied, index);
        rises(replica, Ratchet::Applied, before.0, index.0)
    }
}

impl Ballot {
    fn of(replica: &Replica) -> Self {
        Self {
            term: replica.term(),
            voted_for: replica.voted_for(),
        }
    }

    fn rises_to(self, now: Self, replica: ReplicaId, what: Ratchet) -> Result<(), Violation> {
        rises(replica, what, self.term.0, now.term.0)?;
        match self.voted_for {
            Some(first) if self.term == now.term && now.voted_for != Some(first) => {
                Err(Violation::OneVoteATerm {
                    replica,
                    term: now.term,
                    first,
                    second: now.voted_for,
                })
            }
            _ => Ok(()),
        }
    }
}

fn rises(replica: ReplicaId, what: Ratchet, from: u64, to: u64) -> Result<(), Violation> {
    if to >= from {
        return Ok(());
    }
    Err(Violation::NeverBack {
        replica,
        what,
        from,
        to,
    })
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2, R3, log, replica, snapshot};
    use super::*;

    fn ballot(term: u64, voted_for: Option<ReplicaId>) -> Durable {
        Durable {
            term: Term(term),
            voted_for,
            ..Durable::default()
        }
    }

    /// R1 in this term, with this vote.
    fn at(term: u64, voted_for: Option<ReplicaId>) -> Replica {
        replica(R1, ballot(term, voted_for))
    }

    /// R1 lives in term 5, in which it has voted for R2.
    fn checker() -> NeverBack {
        let mut checker = NeverBack::default();
        let verdict = checker.on_start(&at(5, Some(R2)), LogIndex(0));
        assert_eq!(verdict, Ok(()));
        checker
    }

    fn fell(what: Ratchet, from: u64, to: u64) -> Result<(), Violation> {
        Err(Violation::NeverBack {
            replica: R1,
            what,
            from,
            to,
        })
    }

    fn voted(second: Option<ReplicaId>) -> Result<(), Violation> {
        Err(Violation::OneVoteATerm {
            replica: R1,
            term: Term(5),
            first: R2,
            second,
        })
    }

    #[test]
    fn a_higher_term_and_the_same_vote_are_innocent() {
        for (term, vote) in [(5, Some(R2)), (6, None), (9, Some(R3))] {
            let (replica, disk) = (at(term, vote), ballot(term, vote));
            assert_eq!(checker().on_step(&replica), Ok(()));
            assert_eq!(checker().on_write(R1, &disk), Ok(()));
            assert_eq!(checker().on_start(&replica, LogIndex(0)), Ok(()));
        }
        let mut checker = NeverBack::default();
        assert_eq!(checker.on_step(&at(5, None)), Ok(()));
        assert_eq!(checker.on_step(&at(5, Some(R3))), Ok(()));
    }

    #[test]
    fn a_lower_term_is_convicted() {
        let (replica, disk) = (at(4, None), ballot(4, None));
        assert_eq!(checker().on_step(&replica), fell(Ratchet::Term, 5, 4));
        let durable = fell(Ratchet::DurableTerm, 5, 4);
        assert_eq!(checker().on_write(R1, &disk), durable);
        assert_eq!(checker().on_start(&replica, LogIndex(0)), durable);
    }

    #[test]
    fn another_vote_in_the_term_is_convicted_and_so_is_one_forgotten() {
        for second in [Some(R3), None] {
            let (replica, disk) = (at(5, second), ballot(5, second));
            assert_eq!(checker().on_step(&replica), voted(second));
            assert_eq!(checker().on_write(R1, &disk), voted(second));
            assert_eq!(checker().on_start(&replica, LogIndex(0)), voted(second));
        }
    }

    /// What a crash takes was never written.
    #[test]
    fn a_vote_that_was_only_thought_of_binds_nobody() {
        let mut checker = checker();
        assert_eq!(checker.on_step(&at(6, Some(R1))), Ok(()));
        assert_eq!(checker.on_start(&at(5, Some(R2)), LogIndex(0)), Ok(()));
        assert_eq!(checker.on_step(&at(6, Some(R3))), Ok(()));
    }

    #[test]
    fn commit_and_applied_fall_with_a_life_and_not_within_one() {
        let committed = |index| {
            let log = log(&vec![1; index]);
            let index = index as u64;
            let durable = Durable {
                term: Term(1),
                snapshot: Some(snapshot(index, 1)),
                log,
                ..Durable::default()
            };
            replica(R1, durable)
        };
        let (three, two) = (committed(3), committed(2));
        let mut checker = NeverBack::default();
        assert_eq!(checker.on_start(&three, LogIndex(3)), Ok(()));
        assert_eq!(checker.on_step(&three), Ok(()));
        assert_eq!(checker.on_apply(R1, LogIndex(4)), Ok(()));
        let mut within = checker.clone();
        assert_eq!(within.on_step(&two), fell(Ratchet::Commit, 3, 2));
        let applied = within.on_apply(R1, LogIndex(3));
        assert_eq!(applied, fell(Ratchet::Applied, 4, 3));
        assert_eq!(checker.on_start(&two, LogIndex(2)), Ok(()));
        assert_eq!(checker.on_step(&two), Ok(()));
        assert_eq!(checker.on_apply(R1, LogIndex(3)), Ok(()));
    }
}
