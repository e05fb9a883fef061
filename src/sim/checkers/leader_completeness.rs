//! Leader Completeness (§5.4): if an entry is committed in a given term, then it is
//! in the logs of the leaders of all higher-numbered terms.
//!
//! A leader that commits says so for a whole prefix of its log. By Log Matching the
//! last entry stands for the prefix, so one position is kept for each term in which
//! something was committed. It is held against a leader's log when the leader is
//! elected; and what a leader commits although a later one is elected already is
//! held against that one's log. Only the latest terms are remembered: by Log Matching a log
//! that holds what was committed last holds what was committed long before.

use std::collections::BTreeMap;

use crate::raft::{Log, Position, ReplicaId, Term};
use crate::sim::property::violation::Violation;

/// For how many terms it is remembered what was committed.
const TERMS_MAX: usize = 1_024;

#[derive(Clone, Debug, Default)]
pub(super) struct LeaderCompleteness {
    /// By the term in which it was committed: the last entry that was.
    committed: BTreeMap<Term, Position>,
    /// The replicas that lead, with the terms they lead in.
    leaders: BTreeMap<ReplicaId, Term>,
}

impl LeaderCompleteness {
    /// `replica` leads `leads`, or nobody; its log is `log`.
    pub(super) fn on_role(
        &mut self,
        replica: ReplicaId,
        leads: Option<Term>,
        log: &Log,
    ) -> Result<(), Violation> {
        let Some(term) = leads else {
            self.leaders.remove(&replica);
            return Ok(());
        };
        if self.leaders.insert(replica, term) == Some(term) {
            return Ok(());
        }
        for (&committed_in, &committed) in self.committed.range(..term) {
            holds(log, committed, replica, term, committed_in)?;
        }
        Ok(())
    }

    /// The leader of `term` has committed its log up to `last`.
    pub(super) fn on_commit<'a>(
        &mut self,
        term: Term,
        last: Position,
        log_of: impl Fn(ReplicaId) -> &'a Log,
    ) -> Result<(), Violation> {
        if self.committed.len() == TERMS_MAX && !self.committed.contains_key(&term) {
            self.committed.pop_first();
        }
        let committed = self.committed.entry(term).or_insert(last);
        if committed.index <= last.index {
            *committed = last;
        }
        for (&leader, &later) in self.leaders.iter().filter(|&(_, &later)| later > term) {
            holds(log_of(leader), last, leader, later, term)?;
        }
        Ok(())
    }

    pub(super) fn on_crash(&mut self, replica: ReplicaId) {
        self.leaders.remove(&replica);
    }
}

fn holds(
    log: &Log,
    committed: Position,
    leader: ReplicaId,
    term: Term,
    committed_in: Term,
) -> Result<(), Violation> {
    // Compacted entries were committed, and State Machine Safety has judged them.
    let compacted = committed.index < log.base().index;
    if compacted || log.term_at(committed.index) == Some(committed.term) {
        return Ok(());
    }
    Err(Violation::LeaderCompleteness {
        leader,
        term,
        index: committed.index,
        committed_in,
    })
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2, log};
    use super::*;
    use crate::raft::LogIndex;

    fn at(index: u64, term: u64) -> Position {
        Position {
            index: LogIndex(index),
            term: Term(term),
        }
    }

    fn violation(index: u64) -> Result<(), Violation> {
        Err(Violation::LeaderCompleteness {
            leader: R2,
            term: Term(3),
            index: LogIndex(index),
            committed_in: Term(2),
        })
    }

    /// R1 leads term 2 and has committed its log up to index 2.
    fn checker() -> LeaderCompleteness {
        let mut checker = LeaderCompleteness::default();
        let log = log(&[1, 2, 2]);
        assert_eq!(checker.on_role(R1, Some(Term(2)), &log), Ok(()));
        assert_eq!(checker.on_commit(Term(2), at(2, 2), |_| &log), Ok(()));
        checker
    }

    #[test]
    fn a_leader_that_has_all_that_is_committed_is_innocent() {
        let verdict = checker().on_role(R2, Some(Term(3)), &log(&[1, 2, 3]));
        assert_eq!(verdict, Ok(()));
    }

    #[test]
    fn a_leader_without_a_committed_entry_is_convicted() {
        let verdict = checker().on_role(R2, Some(Term(3)), &log(&[1]));
        assert_eq!(verdict, violation(2));
    }

    #[test]
    fn a_leader_with_another_entry_in_that_place_is_convicted() {
        let verdict = checker().on_role(R2, Some(Term(3)), &log(&[1, 1, 3]));
        assert_eq!(verdict, violation(2));
    }

    #[test]
    fn a_commit_that_a_later_leader_lacks_is_convicted() {
        let mut checker = checker();
        let later = log(&[1, 2, 3]);
        assert_eq!(checker.on_role(R2, Some(Term(3)), &later), Ok(()));
        let verdict = checker.on_commit(Term(2), at(3, 2), |_| &later);
        assert_eq!(verdict, violation(3));
    }

    #[test]
    fn what_a_log_begins_after_has_to_be_the_committed_entry() {
        let mut other = log(&[1, 1, 3]);
        other.compact_through(LogIndex(2));
        let verdict = checker().on_role(R2, Some(Term(3)), &other);
        assert_eq!(verdict, violation(2));
        other.compact_through(LogIndex(3));
        assert_eq!(checker().on_role(R2, Some(Term(3)), &other), Ok(()));
    }

    #[test]
    fn a_dead_leader_need_not_have_it() {
        let mut checker = checker();
        let later = log(&[1, 2, 3]);
        assert_eq!(checker.on_role(R2, Some(Term(3)), &later), Ok(()));
        checker.on_crash(R2);
        assert_eq!(checker.on_commit(Term(2), at(3, 2), |_| &later), Ok(()));
    }

    #[test]
    fn a_leader_of_an_older_term_need_not_have_it() {
        let mut checker = checker();
        assert_eq!(checker.on_role(R2, Some(Term(1)), &log(&[1])), Ok(()));
        let empty = log(&[]);
        assert_eq!(checker.on_commit(Term(2), at(3, 2), |_| &empty), Ok(()));
    }
}
