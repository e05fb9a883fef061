//! Why a timeline refuses something.

use crate::raft::{NUMBER_MAX, ReplicaId};
use crate::sim::replay::fault::ReplayFault;
use crate::sim::replay::recording::NAME_CHARS_MAX;
use crate::sim::world::Refused;

/// Why a timeline does not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimelineError {
    /// The world refused it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Too much was done from outside for a recording of it to be kept.
    #[error(
        "as much was done to this world as a recording keeps, {actions} actions: save it, and begin another"
    )]
    RecordingFull {
        /// How many were done.
        actions: u64,
    },
    /// It was recorded, but could not be done again. It is not followed any more.
    #[error("the recording can't be followed: {0}")]
    OtherThanRecorded(ReplayFault),
    /// The timeline does not reach that far.
    #[error("only {0} events have happened")]
    NotYet(u64),
    /// No world comes to such a moment.
    #[error("must be 0 to {NUMBER_MAX}, not {0}")]
    Beyond(u64),
    /// There is no such replica.
    #[error("there is no replica {}", .0.0)]
    NoSuchReplica(ReplicaId),
    /// There is no such branch.
    #[error("there is no branch {0}")]
    NoSuchBranch(u32),
    /// The first branch can't be deleted: all others leave it.
    #[error("the first branch can't be deleted: all others come from it")]
    FirstBranch,
    /// There are as many branches as there may be.
    #[error("there are as many branches as a recording keeps: delete one first")]
    TooManyBranches,
    /// The deletion of that branch can't be undone any more, or it was not deleted.
    #[error("branch {0} can't be brought back: its deletion is too long ago, or there was none")]
    NotDeleted(u32),
    /// The branch that it leaves was deleted since.
    #[error("branch {0} can't be brought back before the one that it comes from")]
    ParentDeleted(u32),
    /// An overview of nothing, or of too many buckets.
    #[error("buckets: must be 1 to 2,048, of a time that ends after it begins")]
    Buckets,
    /// A name is too long, or holds what is no character to read.
    #[error("a name has at most {NAME_CHARS_MAX} characters, on one line")]
    Name,
}
