//! A broken safety property, as data.

use serde::Serialize;

use super::property::{self, Property};
use crate::kv::ClientId;
use crate::raft::{LogIndex, ReplicaId, Term};

/// A property that the world saw broken, with who and where. The judges that find it
/// are in `checkers`; what each property says is in [`property`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Violation {
    /// Breaks [`property::ELECTION_SAFETY`].
    ElectionSafety {
        /// The term with two leaders.
        term: Term,
        /// The one elected first.
        first: ReplicaId,
        /// The one elected second.
        second: ReplicaId,
    },
    /// Breaks [`property::LEADER_APPEND_ONLY`].
    LeaderAppendOnly {
        /// The leader.
        leader: ReplicaId,
        /// Its term.
        term: Term,
        /// The first index that it lost.
        index: LogIndex,
    },
    /// Breaks [`property::LOG_MATCHING`].
    LogMatching {
        /// The replica whose entry differs from what stands elsewhere.
        replica: ReplicaId,
        /// The index of the entry.
        index: LogIndex,
        /// The term of the entry.
        term: Term,
    },
    /// Breaks [`property::LEADER_COMPLETENESS`].
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
    /// Breaks [`property::STATE_MACHINE_SAFETY`].
    StateMachineSafety {
        /// The replica that applied something else.
        replica: ReplicaId,
        /// The index.
        index: LogIndex,
    },
    /// Breaks [`property::COMMITTED_STAYS`].
    CommittedStays {
        /// The replica that committed something else, or compacted what no snapshot covers.
        replica: ReplicaId,
        /// The index of the committed entry.
        index: LogIndex,
    },
    /// Breaks [`property::COMMITTED_ON_QUORUM`].
    CommittedOnQuorum {
        /// The leader that takes it for committed, or whose disk gave it up.
        replica: ReplicaId,
        /// The index of the entry.
        index: LogIndex,
    },
    /// Breaks [`property::NEVER_BACK`].
    NeverBack {
        /// The replica.
        replica: ReplicaId,
        /// What fell.
        what: Ratchet,
        /// From where, a term or an index.
        from: u64,
        /// To where.
        to: u64,
    },
    /// Breaks [`property::PREPARED_SUCCESSOR`].
    PreparedSuccessor {
        /// Who hands over.
        leader: ReplicaId,
        /// To whom.
        successor: ReplicaId,
        /// The end of the leader's log.
        last: LogIndex,
        /// The end of the log on the successor's disk.
        durable_index: LogIndex,
    },
    /// Breaks [`property::ONE_VOTE_A_TERM`].
    OneVoteATerm {
        /// The voter.
        replica: ReplicaId,
        /// The term.
        term: Term,
        /// For whom it voted.
        first: ReplicaId,
        /// For whom it has voted now; none: it has forgotten.
        second: Option<ReplicaId>,
    },
    /// Breaks [`property::INDEX_ORDER`].
    IndexOrder {
        /// The replica.
        replica: ReplicaId,
        /// The last index that its snapshot covers; zero: it has none.
        snapshot: LogIndex,
        /// The last index that it has applied.
        applied: LogIndex,
        /// Its commit index.
        commit: LogIndex,
        /// The end of its log.
        last: LogIndex,
    },
    /// Breaks [`property::MATCH_INDEX`].
    MatchIndex {
        /// The leader.
        leader: ReplicaId,
        /// Of whom it believes that.
        follower: ReplicaId,
        /// Up to where it believes their logs equal.
        match_index: LogIndex,
        /// What it would send next.
        next_index: LogIndex,
        /// The end of the log on the follower's disk.
        durable_index: LogIndex,
    },
    /// Breaks [`property::EQUAL_STATE`].
    EqualState {
        /// The replica whose store differs from the one that was first at that index.
        replica: ReplicaId,
        /// Up to where both had applied the log.
        index: LogIndex,
    },
    /// Breaks [`property::ONE_UNCOMMITTED_MEMBERSHIP`].
    OneUncommittedMembership {
        /// The replica whose log holds both.
        replica: ReplicaId,
        /// The index of the configuration that is not committed.
        first: LogIndex,
        /// The index of the one that follows it.
        second: LogIndex,
    },
    /// Breaks [`property::MEMBERSHIP_OF_LOG`].
    MembershipOfLog {
        /// The replica.
        replica: ReplicaId,
        /// The index of the configuration that it goes by.
        index: LogIndex,
        /// The index of the latest one on its disk.
        latest: LogIndex,
    },
    /// Breaks [`property::WRITE_BEFORE_SEND`].
    WriteBeforeSend {
        /// The sender.
        replica: ReplicaId,
        /// The receiver.
        to: ReplicaId,
        /// The term of the message.
        term: Term,
        /// What of it the sender's disk does not hold.
        lacks: Lacking,
    },
    /// Breaks [`property::NO_PHANTOM_WRITES`].
    NoPhantomWrites {
        /// The index of the entry that changed the store.
        index: LogIndex,
        /// The client whose command it is said to be.
        client: ClientId,
        /// The number of the command.
        sequence: u64,
    },
    /// Breaks [`property::EXACTLY_ONCE`].
    ExactlyOnce {
        /// The index of the copy that had an effect, or another answer.
        index: LogIndex,
        /// The client.
        client: ClientId,
        /// The number of the command.
        sequence: u64,
    },
    /// Breaks [`property::ACKNOWLEDGED_STAYS`].
    AcknowledgedStays {
        /// The index at which the client was told it stands.
        index: LogIndex,
        /// The client.
        client: ClientId,
        /// The number of the command.
        sequence: u64,
    },
    /// Breaks [`property::NO_STALE_READ`].
    NoStaleRead {
        /// Who served it.
        replica: ReplicaId,
        /// Whose read it was.
        client: ClientId,
        /// What it should have seen: the log up to here.
        committed_index: LogIndex,
        /// What it saw.
        read_index: LogIndex,
    },
}

/// What never falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Ratchet {
    /// The current term, in memory.
    Term,
    /// The current term, on disk.
    DurableTerm,
    /// The commit index.
    Commit,
    /// The last applied index.
    Applied,
    /// What a leader knows to match of a follower's log.
    Match,
}

/// What a disk must hold before a message leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Lacking {
    /// The message's term.
    Term,
    /// The vote that it tells of: for its receiver, or a candidate's for itself.
    Vote,
    /// The entries that it carries, or says are here.
    Entries,
    /// The snapshot that it carries a part of.
    Snapshot,
}

impl Violation {
    /// Which property is broken.
    pub fn property(&self) -> &'static Property {
        match self {
            Self::ElectionSafety { .. } => property::ELECTION_SAFETY,
            Self::LeaderAppendOnly { .. } => property::LEADER_APPEND_ONLY,
            Self::LogMatching { .. } => property::LOG_MATCHING,
            Self::LeaderCompleteness { .. } => property::LEADER_COMPLETENESS,
            Self::StateMachineSafety { .. } => property::STATE_MACHINE_SAFETY,
            Self::CommittedStays { .. } => property::COMMITTED_STAYS,
            Self::CommittedOnQuorum { .. } => property::COMMITTED_ON_QUORUM,
            Self::NeverBack { .. } => property::NEVER_BACK,
            Self::OneVoteATerm { .. } => property::ONE_VOTE_A_TERM,
            Self::IndexOrder { .. } => property::INDEX_ORDER,
            Self::MatchIndex { .. } => property::MATCH_INDEX,
            Self::EqualState { .. } => property::EQUAL_STATE,
            Self::OneUncommittedMembership { .. } => property::ONE_UNCOMMITTED_MEMBERSHIP,
            Self::MembershipOfLog { .. } => property::MEMBERSHIP_OF_LOG,
            Self::WriteBeforeSend { .. } => property::WRITE_BEFORE_SEND,
            Self::PreparedSuccessor { .. } => property::PREPARED_SUCCESSOR,
            Self::NoPhantomWrites { .. } => property::NO_PHANTOM_WRITES,
            Self::ExactlyOnce { .. } => property::EXACTLY_ONCE,
            Self::AcknowledgedStays { .. } => property::ACKNOWLEDGED_STAYS,
            Self::NoStaleRead { .. } => property::NO_STALE_READ,
        }
    }
}
