//! A broken safety property, as data.

use std::fmt;

use serde::Serialize;

use crate::kv::ClientId;
use crate::raft::{LogIndex, ReplicaId, Term};
use crate::sim::property::{self, Property};

/// A property that the world saw broken, with who and where. The checkers that find it
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

/// What was seen, in a sentence.
impl fmt::Display for Violation {
    #[expect(clippy::too_many_lines, reason = "a sentence for each")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ElectionSafety {
                term,
                first,
                second,
            } => write!(f, "{first} and {second} were both elected in term {term}"),
            Self::LeaderAppendOnly {
                leader,
                term,
                index,
            } => write!(
                f,
                "{leader}, which leads term {term}, lost its entry {index}"
            ),
            Self::LogMatching {
                replica,
                index,
                term,
            } => write!(
                f,
                "entry {index} of term {term} at {replica} differs from what other logs have there"
            ),
            Self::LeaderCompleteness {
                leader,
                term,
                index,
                committed_in,
            } => write!(
                f,
                "{leader} leads term {term} without entry {index}, committed in term {committed_in}"
            ),
            Self::StateMachineSafety { replica, index } => {
                write!(f, "{replica} applied another entry {index} than others did")
            }
            Self::CommittedStays { replica, index } => write!(
                f,
                "{replica} gave up the committed entry {index}, or committed another in its place"
            ),
            Self::CommittedOnQuorum { replica, index } => write!(
                f,
                "entry {index}, which {replica} takes for committed, is not on a quorum of disks"
            ),
            Self::NeverBack {
                replica,
                what,
                from,
                to,
            } => write!(f, "the {what} of {replica} fell from {from} to {to}"),
            Self::OneVoteATerm {
                replica,
                term,
                first,
                second: Some(second),
            } => write!(
                f,
                "{replica} voted in term {term} for {first}, and then for {second}"
            ),
            Self::OneVoteATerm {
                replica,
                term,
                first,
                second: None,
            } => write!(
                f,
                "{replica} forgot that it voted in term {term} for {first}"
            ),
            Self::IndexOrder {
                replica,
                snapshot,
                applied,
                commit,
                last,
            } => write!(
                f,
                "{replica} has a snapshot up to {snapshot}, has applied up to {applied}, committed \
                 up to {commit}, and its log ends at {last}"
            ),
            Self::MatchIndex {
                leader,
                follower,
                match_index,
                next_index,
                durable_index,
            } => write!(
                f,
                "{leader} believes that {follower} has its log up to {match_index}, and would send \
                 entry {next_index} next, but the disk there ends at {durable_index} or differs"
            ),
            Self::EqualState { replica, index } => write!(
                f,
                "the store of {replica} at entry {index} differs from the one of others"
            ),
            Self::OneUncommittedMembership {
                replica,
                first,
                second,
            } => write!(
                f,
                "the log of {replica} has a configuration at {second}, though the one at {first} is \
                 not committed"
            ),
            Self::MembershipOfLog {
                replica,
                index,
                latest,
            } => write!(
                f,
                "{replica} goes by the configuration at {index}, though the latest is at {latest}"
            ),
            Self::WriteBeforeSend {
                replica,
                to,
                term,
                lacks,
            } => write!(
                f,
                "{replica} sent {to} a message of term {term} before the {lacks} in it was on its disk"
            ),
            Self::PreparedSuccessor {
                leader,
                successor,
                last,
                durable_index,
            } => write!(
                f,
                "{leader}, whose log ends at {last}, told {successor} to stand, whose disk ends at \
                 {durable_index} or differs"
            ),
            Self::NoStaleRead {
                replica,
                client,
                committed_index,
                read_index,
            } => write!(
                f,
                "{replica} answered a read of C{} as of index {read_index}, though index \
                 {committed_index} had been answered before, and nothing excuses that",
                client.0
            ),
            Self::NoPhantomWrites {
                index,
                client,
                sequence,
            } => write!(
                f,
                "entry {index} changed the store as request {sequence} of C{}, which asked for no \
                 such thing or was told that nothing was done",
                client.0
            ),
            Self::ExactlyOnce {
                index,
                client,
                sequence,
            } => write!(
                f,
                "entry {index} carried out request {sequence} of C{} again, or answered it otherwise",
                client.0
            ),
            Self::AcknowledgedStays {
                index,
                client,
                sequence,
            } => write!(
                f,
                "C{} was told that its request {sequence} is done as entry {index}, but it is not",
                client.0
            ),
        }
    }
}

impl fmt::Display for Ratchet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Term => "term",
            Self::DurableTerm => "term on the disk",
            Self::Commit => "commit index",
            Self::Applied => "last applied index",
            Self::Match => "match index for a follower",
        })
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Term => "term",
            Self::Vote => "vote",
            Self::Entries => "last entry",
            Self::Snapshot => "snapshot",
        })
    }
}
