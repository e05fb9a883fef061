//! What may be wrong with a recording.

use super::recording::{BEHAVIOUR, BRANCHES_MAX, FORMAT, NAME_CHARS_MAX};
use crate::raft::NUMBER_MAX;
use crate::sim::scenario::ScenarioError;
use crate::sim::world::Refused;

/// A recording that tells of something that can't have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// There is no world of such a scenario.
    #[error("scenario.{0}")]
    Scenario(#[from] ScenarioError),
    /// The seed is beyond what a link or JavaScript can carry.
    #[error("seed: must be 0 to {NUMBER_MAX}, not {0}")]
    Seed(u64),
    /// It is of a form that this version does not know.
    #[error(
        "format: this version reads forms 1 to {FORMAT}, not {0}: the file was made by a newer one"
    )]
    Format(u32),
    /// No short digest has that many bits.
    #[error("digest_bits: must be 1 to 32, not {0}")]
    DigestBits(u32),
    /// There are too many branches.
    #[error("branches: at most {max}, not {0}", max = BRANCHES_MAX - 1)]
    Branches(usize),
    /// Something is wrong with a branch, or with what was shown.
    #[error("{path}: {fault}")]
    Branch {
        /// The field.
        path: String,
        /// What is wrong with it.
        fault: BranchFault,
    },
    /// There was no such intervention.
    #[error("interventions[{number}]: {fault}")]
    Intervention {
        /// Which one, counted from zero.
        number: usize,
        /// What is wrong with it.
        fault: ReplayFault,
    },
}

/// What is wrong with a branch of a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BranchFault {
    /// It leaves one that does not come before it.
    #[error("there is no such branch before it")]
    NoSuchBranch,
    /// It leaves its parent before that leaves its own.
    #[error("its parent begins only later")]
    BeforeItsParent,
    /// An intervention comes before the branch begins, or before the one before it.
    #[error("it is out of order")]
    OutOfOrder,
    /// There are more digests than interventions.
    #[error("there are more of them than interventions")]
    TooManyDigests,
    /// The name is no name.
    #[error("a name has at most {NAME_CHARS_MAX} characters, on one line")]
    Name,
    /// A moment that no world comes to.
    #[error("must be 0 to {NUMBER_MAX}")]
    Beyond,
}

/// What is wrong with an intervention of a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayFault {
    /// It could not be done.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Its time does not lie between the events before and after it.
    #[error("after {after_events} events it is {now_us} us, not {at_us} us")]
    OutOfTime {
        /// How many events had happened.
        after_events: u64,
        /// The nearest time to that of the intervention.
        now_us: u64,
        /// The time of the intervention.
        at_us: u64,
    },
    /// It stands after one that came later.
    #[error("it is out of order")]
    OutOfOrder,
    /// The recording was made by a version in which worlds go differently.
    #[error(
        "{fault} (made by another version of Raftarium, or by hand: it goes differently from \
         {}.{:06} s on)",
        .at_us / 1_000_000,
        .at_us % 1_000_000
    )]
    OtherVersion {
        /// The time of the intervention, in microseconds.
        at_us: u64,
        /// What is wrong with it here.
        fault: Box<ReplayFault>,
    },
}

impl ReplayFault {
    /// What to say of it, where the recording was made by a version with that behaviour.
    pub(crate) fn made_by(self, behaviour: u32, at_us: u64) -> Self {
        if behaviour == BEHAVIOUR || self == Self::OutOfOrder {
            return self;
        }
        let fault = Box::new(self);
        Self::OtherVersion { at_us, fault }
    }
}
