//! What is wrong with a link, in words for the person who has opened it.

use super::address::{CHARACTERS_MAX, VERSION};
use super::wire::WireFault;
use crate::sim::ReplayError;
use crate::sim::scenario::ScenarioError;

/// What is wrong with a link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The text has no link in it.
    #[error("this is not a link to a run: there is no “#run.” in it")]
    NotALink,
    /// It is longer than any that is made.
    #[error(
        "this link has {characters} characters, and no link to a run has more than {CHARACTERS_MAX}"
    )]
    TooLong {
        /// How long it is.
        characters: usize,
    },
    /// Its end is missing.
    #[error("the end of this link is missing; copy all of it, up to the six digits after a dot")]
    Cut,
    /// It is not as it was made.
    #[error("this link was damaged on its way: a character is missing, or another one than it was")]
    Damaged,
    /// It is of a newer format.
    #[error(
        "this link was made by a newer version of Raftarium: its format is {version}, and this \
         version knows formats up to {VERSION}"
    )]
    Newer {
        /// The number of its format.
        version: u64,
    },
    /// It says something that came later.
    #[error(
        "this link was made by a newer version of Raftarium: it has {what} that this version does \
         not know (number {number})"
    )]
    Unknown {
        /// What it is of, such as “an action”.
        what: &'static str,
        /// Its number in the format.
        number: u64,
    },
    /// It is of a scenario that does not ship with this version.
    #[error("this link is about the scenario “{0}”, which this version of Raftarium does not have")]
    NoSuchScenario(String),
    /// There is more in it than a link may have.
    #[error("this link has more in it than a link may have; it was not made by Raftarium")]
    TooMuch,
    /// No version of Raftarium makes such a link.
    #[error("this link says nothing that makes sense; it was not made by Raftarium")]
    Nonsense,
    /// Something in what was done can't be.
    #[error("this link can't be followed: recording.{0}")]
    Recording(#[from] ReplayError),
    /// Something in it can't be.
    #[error("this link can't be followed: {0}")]
    Contents(#[from] ScenarioError),
}

impl From<WireFault> for LinkError {
    fn from(fault: WireFault) -> Self {
        match fault {
            WireFault::Unknown { what, number } => Self::Unknown { what, number },
            WireFault::Nonsense => Self::Nonsense,
            WireFault::TooMuch => Self::TooMuch,
        }
    }
}
