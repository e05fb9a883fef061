//! Why an action can't be done. It then changed nothing.

use crate::kv::ClientId;
use crate::raft::{ChangeDecision, CompactDecision, ReplicaId, TransferDecision};
use crate::sim::client::QUEUE_MAX;
use crate::sim::property::violation::Violation;
use crate::sim::scenario::ScenarioError;
use crate::sim::scenario::action::{MessageId, Target};
use crate::sim::view::Status;

/// Why an action can't be done. It then changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A property is broken, and the world stands still.
    #[error("the world has stopped: a property is broken")]
    Stopped(Violation),
    /// The action breaks a limit, or names what there can't be.
    #[error(transparent)]
    Invalid(#[from] ScenarioError),
    /// The replica is not in a state for it.
    #[error("{replica} is {status}")]
    Unsuitable {
        /// Which replica.
        replica: ReplicaId,
        /// What it is.
        status: Status,
    },
    /// The disk of the replica is corrupt: it does not take part with it.
    #[error("the disk of {replica} is corrupt")]
    Corrupt {
        /// Which replica.
        replica: ReplicaId,
    },
    /// The replica is in the membership, or would be if a change that somebody knows of
    /// came about: with an empty disk it would forget what it has promised.
    #[error("{replica} belongs to the cluster, or may come to")]
    StillMember {
        /// Which replica.
        replica: ReplicaId,
    },
    /// Somebody believes that the replica still belongs to the cluster.
    #[error("{to} does not know that {replica} was removed")]
    RemovalUnknown {
        /// Which replica.
        replica: ReplicaId,
        /// Who does not know it.
        to: ReplicaId,
    },
    /// The replica once was a majority by itself, and would take itself for one again
    /// while it gets the log.
    #[error("{replica} was once a majority by itself")]
    OnceAlone {
        /// Which replica.
        replica: ReplicaId,
    },
    /// There is no such replica.
    #[error("there is no replica {}", .0.0)]
    NoSuchReplica(ReplicaId),
    /// No replica fits the target; or the one that does stands elsewhere in the same
    /// action already, and no replica has a link to itself or is in two groups.
    #[error("no replica fits \"{0}\"")]
    NobodyFits(Target),
    /// The message has arrived, or was lost, or has never been sent.
    #[error("message {} is not in the network", .0.0)]
    NoSuchMessage(MessageId),
    /// The message stands still already, by hand or at a door.
    #[error("message {} stands still already", .0.0)]
    AlreadyHeld(MessageId),
    /// The message is not held by hand.
    #[error("message {} is not held", .0.0)]
    NotHeld(MessageId),
    /// There is no such client.
    #[error("there is no client {}", .0.0)]
    NoSuchClient(ClientId),
    /// The client has too much to do already.
    #[error(
        "client {} has {QUEUE_MAX} operations waiting, the most there may be: wait until some are answered",
        .0.0
    )]
    QueueFull(ClientId),
    /// The client is away already.
    #[error("client {} is away", .0.0)]
    Away(ClientId),
    /// The client is not away.
    #[error("client {} is not away", .0.0)]
    NotAway(ClientId),
    /// The leader does not change the membership, for this reason.
    #[error("the membership does not change: {0}")]
    NoChange(ChangeDecision),
    /// The leader does not hand over, for this reason.
    #[error("the leader does not hand over: {0}")]
    NoTransfer(TransferDecision),
    /// There is nothing to take a snapshot of that the last one does not cover.
    #[error("no snapshot is taken: {0}")]
    NoSnapshot(CompactDecision),
    /// It happens by itself, when its time has come, and at no other time.
    #[error("it is not due")]
    NotDue,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{LogIndex, Position, Term};

    #[test]
    fn a_reason_is_a_sentence() {
        let index = LogIndex(7);
        let last = Position {
            term: Term(2),
            index,
        };
        let leader = Some(ReplicaId(3));
        for (refused, said) in [
            (
                Refused::NoChange(ChangeDecision::UnderWay { index }),
                "the membership does not change: the change of entry 7 is under way",
            ),
            (
                Refused::NoChange(ChangeDecision::NotLeader { leader }),
                "the membership does not change: only R3 can",
            ),
            (
                Refused::NoTransfer(TransferDecision::NotLeader { leader: None }),
                "the leader does not hand over: only a leader can",
            ),
            (
                Refused::NoTransfer(TransferDecision::NotAVoter {
                    replica: ReplicaId(4),
                }),
                "the leader does not hand over: R4 has no vote",
            ),
            (
                Refused::NoSnapshot(CompactDecision::Older { last }),
                "no snapshot is taken: there is one already, up to entry 7",
            ),
        ] {
            assert_eq!(refused.to_string(), said);
        }
    }
}
