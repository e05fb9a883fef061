//! The reasons of decisions in words: the end of a sentence such as "the membership does not
//! change: …".

use std::fmt;

use super::{ChangeDecision, CompactDecision, TransferDecision};
use crate::raft::types::ids::ReplicaId;

impl fmt::Display for ChangeDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started => f.write_str("it begins"),
            Self::NotLeader { leader } => write!(f, "only {} can", OrLeader(*leader)),
            Self::UnderWay { index } => write!(f, "the change of entry {index} is under way"),
            Self::NoOwnCommit { term } => {
                write!(f, "nothing of its term {term} is committed yet")
            }
            Self::HandingOver { to } => write!(f, "it is handing over to {to}"),
            Self::NoVoter => f.write_str("nobody would vote"),
            Self::Ambiguous => f.write_str("a replica can't be voter and learner at once"),
            Self::UnknownReplica { replica } => write!(f, "there is no {replica}"),
            Self::Unchanged => f.write_str("it is so already"),
            Self::TakenBack => f.write_str("it is taken back"),
            Self::NothingToTakeBack => f.write_str("there is none to take back"),
            Self::LogFull => f.write_str("the log has no further index"),
        }
    }
}

impl fmt::Display for TransferDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { to } => write!(f, "it hands over to {to}"),
            Self::Aborted { to } => write!(f, "{to} does not take over"),
            Self::NotLeader { leader } => write!(f, "only {} can", OrLeader(*leader)),
            Self::AlreadyLeading => f.write_str("it leads itself"),
            Self::UnderWay { to } => write!(f, "it is handing over to {to} already"),
            Self::NotAVoter { replica } => write!(f, "{replica} has no vote"),
            Self::Nobody => f.write_str("there is nobody"),
        }
    }
}

impl fmt::Display for CompactDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compacted { last } => write!(f, "it covers entry {}", last.index),
            Self::NotCommitted { commit_index } => {
                write!(
                    f,
                    "only what is committed may be covered, up to {commit_index}"
                )
            }
            Self::Older { last } => write!(f, "there is one already, up to entry {}", last.index),
            Self::TooLarge { bytes, bytes_max } => write!(
                f,
                "it would have {bytes} bytes, and no more than {bytes_max} can be sent"
            ),
        }
    }
}

/// The leader by name, if it is known.
struct OrLeader(Option<ReplicaId>);

impl fmt::Display for OrLeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(leader) => leader.fmt(f),
            None => f.write_str("a leader"),
        }
    }
}
