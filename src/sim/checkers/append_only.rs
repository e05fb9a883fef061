//! Leader Append-Only (§5.3): a leader never overwrites or deletes entries in its
//! log; it only appends new ones.

use std::collections::BTreeMap;

use crate::raft::{Log, LogIndex, Position, ReplicaId, Term};
use crate::sim::property::violation::Violation;

/// Where the log of each leader ended when it was last seen. That the entries before
/// that place are the same too is for Log Matching to say.
#[derive(Clone, Debug, Default)]
pub(super) struct AppendOnly {
    leading: BTreeMap<ReplicaId, (Term, Position)>,
}

impl AppendOnly {
    /// A write of `replica` is done, after which its log is `log`. It leads `leads`, if any.
    pub(super) fn on_write(
        &mut self,
        replica: ReplicaId,
        leads: Option<Term>,
        truncate_after: Option<LogIndex>,
        log: &Log,
    ) -> Result<(), Violation> {
        let Some(term) = leads else {
            self.leading.remove(&replica);
            return Ok(());
        };
        let before = self.leading.insert(replica, (term, log.last()));
        let Some((_, end)) = before.filter(|&(led, _)| led == term) else {
            return Ok(());
        };
        // A truncated index is lost, even if another entry is there again.
        let truncated = truncate_after.filter(|&kept| kept < end.index);
        let lost = match truncated {
            Some(kept) => Some(kept.next()),
            None if log.term_at(end.index) != Some(end.term) => {
                Some(end.index.min(log.last_index().next()))
            }
            None => None,
        };
        lost.map_or(Ok(()), |index| {
            Err(Violation::LeaderAppendOnly {
                leader: replica,
                term,
                index,
            })
        })
    }

    pub(super) fn on_crash(&mut self, replica: ReplicaId) {
        self.leading.remove(&replica);
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, log};
    use super::*;

    fn checker() -> AppendOnly {
        let mut checker = AppendOnly::default();
        let verdict = checker.on_write(R1, Some(Term(2)), None, &log(&[1, 1, 2]));
        assert_eq!(verdict, Ok(()));
        checker
    }

    fn lost(index: u64) -> Result<(), Violation> {
        Err(Violation::LeaderAppendOnly {
            leader: R1,
            term: Term(2),
            index: LogIndex(index),
        })
    }

    #[test]
    fn a_leader_that_appends_is_innocent() {
        let verdict = checker().on_write(R1, Some(Term(2)), None, &log(&[1, 1, 2, 2]));
        assert_eq!(verdict, Ok(()));
    }

    #[test]
    fn a_leader_that_loses_its_end_is_convicted() {
        let verdict = checker().on_write(R1, Some(Term(2)), None, &log(&[1]));
        assert_eq!(verdict, lost(2));
    }

    #[test]
    fn a_leader_that_truncates_and_appends_again_is_convicted() {
        let kept = Some(LogIndex(1));
        let verdict = checker().on_write(R1, Some(Term(2)), kept, &log(&[1, 1, 2]));
        assert_eq!(verdict, lost(2));
    }

    #[test]
    fn a_leader_that_overwrites_is_convicted() {
        let verdict = checker().on_write(R1, Some(Term(2)), None, &log(&[1, 1, 1, 2]));
        assert_eq!(verdict, lost(3));
    }

    #[test]
    fn who_has_stepped_down_may_truncate() {
        let mut checker = checker();
        let kept = Some(LogIndex(1));
        assert_eq!(checker.on_write(R1, None, kept, &log(&[1, 3])), Ok(()));
        let verdict = checker.on_write(R1, Some(Term(4)), None, &log(&[1, 3, 4]));
        assert_eq!(verdict, Ok(()));
    }

    #[test]
    fn the_end_that_is_kept_may_be_named() {
        let kept = Some(LogIndex(3));
        let verdict = checker().on_write(R1, Some(Term(2)), kept, &log(&[1, 1, 2, 2]));
        assert_eq!(verdict, Ok(()));
    }

    /// What it said in one life is not held against it in the next, where it may be of
    /// another mind about a term that nobody heard of.
    #[test]
    fn who_was_dead_meanwhile_may_have_less() {
        let mut checker = checker();
        checker.on_crash(R1);
        let verdict = checker.on_write(R1, Some(Term(2)), None, &log(&[1, 2]));
        assert_eq!(verdict, Ok(()));
    }
}
