//! A broken safety property, as data.

use serde::Serialize;

use crate::raft::{LogIndex, ReplicaId, Term};

/// A safety property of the paper's Figure 3 that the world saw broken. The
/// judges that find it are in `checkers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Violation {
    /// Election Safety (§5.2): at most one leader can be elected in a given term.
    ElectionSafety {
        /// The term with two leaders.
        term: Term,
        /// The one elected first.
        first: ReplicaId,
        /// The one elected second.
        second: ReplicaId,
    },
    /// Leader Append-Only (§5.3): a leader never overwrites or deletes entries in its log.
    LeaderAppendOnly {
        /// The leader.
        leader: ReplicaId,
        /// Its term.
        term: Term,
        /// The first index that it lost.
        index: LogIndex,
    },
    /// Log Matching (§5.3): if two logs contain an entry with the same index and
    /// term, the logs are identical in all entries up through that index.
    LogMatching {
        /// The replica whose entry differs from what stands elsewhere.
        replica: ReplicaId,
        /// The index of the entry.
        index: LogIndex,
        /// The term of the entry.
        term: Term,
    },
    /// Leader Completeness (§5.4): an entry committed in a term is in the logs of
    /// the leaders of all higher terms.
    LeaderCompleteness {
        /// The leader that lacks it.
        leader: ReplicaId,
        /// The leader's term.
        term: Term,
        /// The index of the entry.
        index: LogIndex,
        /// The term in which it was committed.
        committed_in: Term,
    },
    /// State Machine Safety (§5.4.3): no two replicas apply different entries at one index.
    StateMachineSafety {
        /// The replica that applied something else.
        replica: ReplicaId,
        /// The index.
        index: LogIndex,
    },
}
