//! Election Safety (§5.2): at most one leader can be elected in a given term.
//!
//! The leaders of the latest terms are remembered. Nobody can be elected in one of those
//! before: each voter would have to go back to it, which is convicted by itself.

use std::collections::BTreeMap;

use crate::raft::{ReplicaId, Term};
use crate::sim::property::violation::Violation;

/// For how many terms the leader is remembered.
const TERMS_MAX: usize = 16_384;

#[derive(Clone, Debug, Default)]
pub(super) struct ElectionSafety {
    leaders: BTreeMap<Term, ReplicaId>,
}

impl ElectionSafety {
    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> u64 {
        self.leaders.len() as u64 * 32
    }

    pub(super) fn on_elected(&mut self, replica: ReplicaId, term: Term) -> Result<(), Violation> {
        let first = *self.leaders.entry(term).or_insert(replica);
        if self.leaders.len() > TERMS_MAX {
            self.leaders.pop_first();
        }
        if first == replica {
            return Ok(());
        }
        Err(Violation::ElectionSafety {
            term,
            first,
            second: replica,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2};
    use super::*;

    #[test]
    fn two_leaders_of_one_term_are_convicted() {
        let mut checker = ElectionSafety::default();
        assert_eq!(checker.on_elected(R1, Term(1)), Ok(()));
        assert_eq!(checker.on_elected(R2, Term(2)), Ok(()));
        assert_eq!(checker.on_elected(R2, Term(2)), Ok(()));
        let violation = Violation::ElectionSafety {
            term: Term(1),
            first: R1,
            second: R2,
        };
        assert_eq!(checker.on_elected(R2, Term(1)), Err(violation));
    }
}
