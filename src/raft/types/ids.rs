//! The three numbers that Raft is about. Each is a type of its own, so that a
//! term is never compared with an index.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The largest term and the largest index that any replica accepts: 2^53 − 1,
/// the largest integer that JavaScript holds exactly. A message or a disk beyond it is
/// refused, and a leader appends nothing beyond it
/// ([`LogFull`](crate::raft::ProposalDecision::LogFull)), so the core's arithmetic on terms and
/// indices can't overflow. Methods of the types here are safe for any number at all.
pub const NUMBER_MAX: u64 = (1 << 53) - 1;

/// The name of a replica, unique in its cluster and in the cluster's whole history: one that
/// was removed and comes back with an empty disk has broken its promises, and is somebody new.
///
/// Sixteen bits, because a cluster has a handful of members, and 65,536 names are enough for
/// all that ever come and go. They keep messages and configurations small. A service whose
/// names are longer (addresses, UUIDs) keeps a table from names to numbers beside the address
/// book, which it needs for the network anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct ReplicaId(pub u16);

/// A term: Raft's logical clock (§5.1). Zero before the first election.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Term(pub u64);

/// The place of an entry in the log. The first entry has index 1; zero is the
/// place before it (as in the paper's Figure 2).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct LogIndex(pub u64);

/// An index together with the term of the entry there: what §5.3 compares to
/// find whether two logs agree, and §5.4.1 to find which is more up to date.
///
/// The derived order is the one of §5.4.1: the later term wins, then the longer log.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Position {
    /// The term of the entry; zero only at index zero.
    pub term: Term,
    /// The index of the entry; zero is the place before the first.
    pub index: LogIndex,
}

impl Term {
    /// The term after this one; `None` at the end of the range.
    pub fn next(self) -> Option<Self> {
        (self.0 < NUMBER_MAX).then(|| Self(self.0 + 1))
    }
}

impl LogIndex {
    /// The place after this one; the last number there is, far beyond [`NUMBER_MAX`], stays.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The place before this one; zero stays zero.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{}", self.0)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for LogIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.index, self.term)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_too_large_for_what_comes_before_and_after_it() {
        for number in [0, 1, NUMBER_MAX - 1, NUMBER_MAX, NUMBER_MAX + 1, u64::MAX] {
            let index = LogIndex(number);
            assert!(index.previous() <= index && index <= index.next());
            assert!(index.next().0 - number <= 1 && number - index.previous().0 <= 1);
            let next = Term(number).next();
            assert_eq!(next.is_some(), number < NUMBER_MAX);
            assert!(next.is_none_or(|next| next.0 == number + 1));
        }
    }
}
