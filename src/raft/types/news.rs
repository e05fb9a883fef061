//! Later news of what a leader has begun: of commands that were appended, and of changes of the
//! membership.

use std::collections::BTreeSet;

use super::ids::{LogIndex, Position, ReplicaId};

/// The fate of a command that this replica appended as a leader, unless it was simply
/// committed: then it is in [`Effects::committed`](crate::raft::Effects::committed), at the very
/// position of the proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalNews {
    /// The replica leads no more, and does not know what will become of the command. Unless it
    /// crashes, it will find out: the command is committed after all, or other news follows.
    Undecided(Position),
    /// Another entry is committed in its place. It has never been applied, and won't be.
    Lost {
        /// The place of the command.
        position: Position,
        /// The entry that is committed there.
        by: Position,
    },
    /// A snapshot has taken the place of the log there: whether the command was applied, only
    /// the state machine knows.
    Unknown(Position),
}

/// How a change of the membership ended that this replica had begun as a leader (§6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeEnd {
    /// The configuration that was asked for is committed.
    Done {
        /// By this entry.
        index: LogIndex,
    },
    /// It was taken back, and the configuration before is committed again.
    TakenBack {
        /// By this entry.
        index: LogIndex,
    },
    /// Another change took its place before its newcomers had caught up.
    Replaced,
    /// The replica leads no more. A configuration that is in the log is completed by the next
    /// leader, or lost with its entry; newcomers may be left as learners.
    LeadershipLost,
}

/// What holds up a change of the membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeStage {
    /// A configuration is not committed yet: by way of learners, joint, or the last one.
    Committing {
        /// The entry that holds it.
        index: LogIndex,
    },
    /// The joint configuration is committed, and its leader leaves it once it has committed an
    /// entry of its own term.
    Leaving {
        /// The entry that holds the joint configuration.
        index: LogIndex,
    },
    /// Some new voters don't hold all that is committed yet. If they never will, the
    /// change can be [taken back](crate::raft::Input::TakeBackChange).
    CatchingUp {
        /// Those voters.
        newcomers: BTreeSet<ReplicaId>,
    },
}
