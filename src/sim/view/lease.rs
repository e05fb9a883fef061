//! What the lease of a leader rested on when it served a read, as an observer is told.

use serde::Serialize;

use crate::raft::ReplicaId;

/// What a lease rested on, and was not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Voided {
    /// A rule of the protocol is broken on purpose.
    Flaw {},
    /// The clocks of the leader and of one that had promised ran further apart than the
    /// lease allows for.
    RatesApart {
        /// The leader.
        leader: ReplicaId,
        /// Who had promised.
        follower: ReplicaId,
    },
    /// The clock of one that had promised jumped ahead, or was made to tick by hand.
    ClockJumped {
        /// Who had promised.
        replica: ReplicaId,
    },
    /// The leader's clock stood still.
    ClockStalled {
        /// The leader.
        replica: ReplicaId,
    },
    /// The election timer of one that had promised was run out by hand.
    TimedOutByHand {
        /// Who had promised.
        replica: ReplicaId,
    },
}
