//! The answers of the [`rules`](super::rules): not a bare yes or no, but what decided it.

mod reasons;

use serde::Serialize;

use crate::flaw::Flaw;
use crate::raft::types::ids::{LogIndex, Position, ReplicaId, Term};
use crate::raft::types::message::VotePurpose;

/// A decision of a replica, and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Decision {
    /// Whether a candidate got the vote.
    Vote {
        /// The candidate that asked.
        candidate: ReplicaId,
        /// The candidate's term.
        term: Term,
        /// The purpose of the vote.
        purpose: VotePurpose,
        /// The decision.
        decision: VoteDecision,
    },
    /// Whether the log matched a leader's.
    Match {
        /// The leader.
        leader: ReplicaId,
        /// The decision.
        decision: MatchDecision,
    },
    /// Whether the commit index advanced.
    Commit {
        /// The decision.
        decision: CommitDecision,
    },
    /// Whether an election was started.
    Election {
        /// The decision.
        decision: ElectionDecision,
    },
    /// Whether a leader may go on.
    Quorum {
        /// The decision.
        decision: QuorumDecision,
    },
    /// Whether a read may be served.
    Read {
        /// The decision.
        decision: ReadDecision,
    },
    /// Whether the membership changes.
    Change {
        /// The decision.
        decision: ChangeDecision,
    },
    /// Whether the leadership is handed over.
    Transfer {
        /// The decision.
        decision: TransferDecision,
    },
    /// Whether entries that a snapshot covers stay in the log for a follower.
    Keep {
        /// The follower.
        follower: ReplicaId,
        /// The decision.
        decision: KeepDecision,
    },
    /// A rule is broken on purpose, and it was here that this made a difference.
    Broken {
        /// Which.
        flaw: Flaw,
        /// What the rule says.
        rightly: Rightly,
    },
}

/// What a rule says that was broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Rightly {
    /// About the vote.
    Vote(VoteDecision),
    /// About the match of two logs.
    Match(MatchDecision),
    /// About the commit index.
    Commit(CommitDecision),
    /// About the read.
    Read(ReadDecision),
    /// About the change of the membership.
    Change(ChangeDecision),
    /// Something else than was done: see the story of the flaw.
    Otherwise {},
}

/// Whether entries that a snapshot covers stay in the log for a follower that is being
/// brought up to date (§7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum KeepDecision {
    /// They stay.
    Kept {
        /// The entries after this index.
        after: LogIndex,
    },
    /// The follower has caught up: it needs them no more.
    CaughtUp {
        /// The last index up to which its log matches.
        to: LogIndex,
    },
    /// The follower has answered nothing for too long.
    Silent {
        /// How many ticks ago it last answered.
        ticks: u32,
    },
    /// The log would get too large.
    TooLarge {
        /// How many bytes it would hold for the follower.
        bytes: u64,
        /// How many bytes it may hold.
        bytes_max: u64,
    },
}

/// Whether to vote for a candidate (§5.2, §5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum VoteDecision {
    /// The vote is granted.
    Granted,
    /// The candidate's term is over.
    OlderTerm {
        /// The voter's term.
        current: Term,
    },
    /// The vote of this term went to another.
    AlreadyVoted {
        /// The candidate that has it.
        candidate: ReplicaId,
    },
    /// The candidate's log is less up to date than the voter's (§5.4.1).
    LogOutOfDate {
        /// Where the voter's log ends.
        ours: Position,
        /// Where the candidate's log ends.
        theirs: Position,
    },
    /// The voter has heard from a leader just now, and keeps to it (thesis §4.2.3).
    LeaderAlive {
        /// The leader.
        leader: Option<ReplicaId>,
        /// How many ticks ago that was.
        elapsed: u32,
        /// It keeps to the leader for this many ticks.
        keeps_for: u32,
        /// Whether that may go on for ever though the leader can commit nothing: the
        /// voter has `pre_vote` without `check_quorum`, and so the leader may have it, too.
        unchecked: bool,
    },
    /// The voter has promised a leader to vote for nobody else (thesis §6.4.1), or may have
    /// done so before it was restarted.
    Promised {
        /// The promise binds for this many more ticks.
        ticks_left: u32,
    },
}

/// Whether the log matches the leader's at `prevLogIndex` (§5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum MatchDecision {
    /// It does.
    Matched,
    /// The log ends before that place.
    Missing {
        /// The place that was asked about.
        prev_log: Position,
        /// The last index of the log.
        last_index: LogIndex,
    },
    /// The entry there has another term.
    Conflict {
        /// The place that was asked about.
        prev_log: Position,
        /// The term of the entry there.
        term: Term,
        /// The first index of that term in this log: the hint for the leader.
        first_index: LogIndex,
    },
}

/// Whether the leader's commit index advances (§5.3, §5.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum CommitDecision {
    /// It does.
    Advanced {
        /// The index, which a quorum holds.
        to: LogIndex,
    },
    /// No quorum holds the next entry.
    NoQuorum {
        /// The first index that is not committed.
        index: LogIndex,
    },
    /// A quorum holds entries beyond the commit index, but they are of an older
    /// term, and those may not be counted (§5.4.2, Figure 8).
    OlderTerm {
        /// The last index that a quorum holds.
        index: LogIndex,
        /// The term of the entry there.
        term: Term,
        /// The leader's term.
        current: Term,
    },
}

/// Whether to start an election (§5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ElectionDecision {
    /// The timer ran out, or was made to.
    Start {
        /// The term of the election.
        term: Term,
    },
    /// The timer is still running.
    Waiting {
        /// How many ticks it has run.
        elapsed: u32,
        /// The number of ticks at which it runs out.
        timeout: u32,
    },
    /// The timer ran out, but the replica has promised a leader not to stand (thesis §6.4.1).
    Promised {
        /// The promise binds for this many more ticks.
        ticks_left: u32,
    },
    /// The timer ran out, and the replica asks first whether it could win.
    StartPreVote {
        /// The term that it would stand for.
        term: Term,
    },
    /// The replica is the leader already.
    Leading,
    /// The replica has no vote, so nobody will vote for it.
    NotAVoter,
    /// There is no further term (2^53 − 1 is the last).
    TermExhausted,
    /// There is no further index (2^53 − 1 is the last), and a leader needs one for the
    /// first entry of its term.
    LogFull,
}

/// Whether a leader that checks its quorum may go on (thesis §6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum QuorumDecision {
    /// A quorum has answered within an election timeout.
    Kept,
    /// It has not: the leader steps down.
    Lost,
}

/// Whether a command enters the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ProposalDecision {
    /// It was appended here. It is committed once an entry of this very position
    /// is; if another is committed at that index, it was lost.
    Appended(Position),
    /// Only a leader takes commands.
    NotLeader {
        /// The leader, as far as is known.
        leader: Option<ReplicaId>,
    },
    /// The leader is handing over, and takes no more commands (thesis §3.10).
    HandingOver {
        /// The successor.
        to: ReplicaId,
    },
    /// Too much is not committed yet.
    TooMuchUncommitted {
        /// How many bytes there would be.
        bytes: u64,
        /// How many bytes there may be.
        bytes_max: u64,
    },
    /// There is no further index (2^53 − 1 is the last).
    LogFull,
}

impl ProposalDecision {
    /// Whether the command is in the log.
    pub fn is_appended(self) -> bool {
        matches!(self, Self::Appended(_))
    }
}

/// How a read is served (thesis §6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ReadDecision {
    /// The lease holds: nobody else can lead now, so the read is served without asking.
    Lease {
        /// The read sees the log up to here.
        index: LogIndex,
        /// How many ticks the lease still holds.
        ticks_left: u32,
    },
    /// The read waits until a quorum has answered a round of heartbeats.
    Round {
        /// The round.
        round: u64,
        /// The read sees the log up to here.
        index: LogIndex,
        /// Why there is no lease, which would make the round unnecessary; none: no lease is
        /// asked for.
        no_lease: Option<NoLease>,
    },
    /// The leader does not know yet what is committed: it waits for an entry of its own term (§8).
    NoOwnCommit {
        /// Its term.
        term: Term,
    },
    /// The leader is asked.
    Forwarded {
        /// The leader.
        leader: ReplicaId,
    },
    /// No leader is known.
    NoLeader,
}

/// Why a leader that reads by lease has none at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum NoLease {
    /// It has asked a successor to stand.
    HandedOver,
    /// Too few voters have promised to keep to it: a quorum must have a lease in their
    /// settings too, and have answered since.
    NotPromised,
    /// Too many of the promises have run out.
    RanOut,
}

/// Whether the membership changes (§6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ChangeDecision {
    /// It does. Newcomers catch up as learners first.
    Started,
    /// Only a leader changes the membership.
    NotLeader {
        /// The leader, as far as is known.
        leader: Option<ReplicaId>,
    },
    /// The change before is still under way.
    UnderWay {
        /// The entry of that change.
        index: LogIndex,
    },
    /// The leader has committed no entry of its own term yet (the single-server bug of 2015).
    NoOwnCommit {
        /// Its term.
        term: Term,
    },
    /// The leader is handing over.
    HandingOver {
        /// The successor.
        to: ReplicaId,
    },
    /// Nobody would vote.
    NoVoter,
    /// A replica can't be voter and learner at once, nor may a wish be a joint configuration.
    Ambiguous,
    /// A replica is not in the address book.
    UnknownReplica {
        /// The replica.
        replica: ReplicaId,
    },
    /// The membership is that already.
    Unchanged,
    /// The change that waited for its newcomers is taken back
    /// ([`Input::TakeBackChange`](super::Input::TakeBackChange)).
    TakenBack,
    /// There is no change to take back.
    NothingToTakeBack,
    /// There is no further index (2^53 − 1 is the last).
    LogFull,
}

/// Whether the leadership is handed over (thesis §3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum TransferDecision {
    /// It is: as soon as the successor's log is complete, it is told to stand.
    Started {
        /// The successor.
        to: ReplicaId,
    },
    /// The successor did not take over within an election timeout, or a change of the
    /// membership took its vote: the leader goes on.
    Aborted {
        /// The successor that did not.
        to: ReplicaId,
    },
    /// Only a leader hands over.
    NotLeader {
        /// The leader, as far as is known.
        leader: Option<ReplicaId>,
    },
    /// The leader is to succeed itself.
    AlreadyLeading,
    /// A handover is under way.
    UnderWay {
        /// The successor.
        to: ReplicaId,
    },
    /// The successor has no vote in the configuration.
    NotAVoter {
        /// The replica.
        replica: ReplicaId,
    },
    /// There is nobody to hand over to.
    Nobody,
}

/// Whether a snapshot of the state machine replaces the beginning of the log (§7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum CompactDecision {
    /// It does.
    Compacted {
        /// The last entry that it covers.
        last: Position,
    },
    /// Only what is committed may be compacted.
    NotCommitted {
        /// The commit index.
        commit_index: LogIndex,
    },
    /// A snapshot that goes as far is there already.
    Older {
        /// The last entry that it covers.
        last: Position,
    },
    /// It is larger than any replica receives, so no follower could ever be sent it.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// How large it may be ([`SNAPSHOT_BYTES_MAX`](super::SNAPSHOT_BYTES_MAX)).
        bytes_max: u64,
    },
}
