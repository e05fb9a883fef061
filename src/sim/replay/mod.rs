//! A world to be seen again: what was done to it, the way back, and what else might have been
//! done.

mod check;
mod fault;
mod intervention;
mod moment;
mod recorder;
mod recording;
mod timeline;

pub use fault::{BranchFault, ReplayError, ReplayFault};
pub use intervention::Intervention;
pub use moment::{MarkKind, Moment};
pub use recorder::Recorder;
pub use recording::{
    BEHAVIOUR, BRANCHES_MAX, FORMAT, NAME_CHARS_MAX, RecordedBranch, Recording, Shown,
};
pub use timeline::{
    BranchId, BranchView, Branches, Bucket, Compare, CompareProgress, ComparedPair,
    ComparedReplica, Comparison, DeletedBranch, Overview, Seek, SeekProgress, SeekRequest, SeekTo,
    Side, Timeline, TimelineError, Told, ToldApart, TraceProgress, Tracing, Weight,
};
