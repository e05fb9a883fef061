//! All logs side by side, for whoever chooses which part of them to show.

use serde::Serialize;

use crate::raft::{LogIndex, ReplicaId, Term};

/// All logs at one moment. Those of crashed replicas are compared only if nobody runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct LogsView {
    /// Whose log is the most up-to-date one (§5.4.1).
    pub newest: ReplicaId,
    /// The first index that any log still holds.
    pub first_index: LogIndex,
    /// The last index that any log holds.
    pub last_index: LogIndex,
    /// Where a log holds another term than the most up-to-date one; none: each is a beginning of
    /// it.
    pub differ: Option<LogRange>,
    /// The terms of the most up-to-date log, oldest first; of more than 256 only the newest.
    pub runs: Vec<TermRun>,
}

/// A range of indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct LogRange {
    /// The first one.
    pub first_index: LogIndex,
    /// The last one.
    pub last_index: LogIndex,
}

/// Entries of one term, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct TermRun {
    /// The index of the first one.
    pub first_index: LogIndex,
    /// Their term.
    pub term: Term,
}

/// When a step of a scenario's story came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct StoryMoment {
    /// After so many events.
    pub events: u64,
    /// At that virtual time, in microseconds.
    pub at_us: u64,
}
