//! What a narrator would mention: the changes that matter, as data. The page
//! turns them into words; the core knows none.

use serde::Serialize;

use crate::kv::{Answer, ClientId, Operation};
use crate::raft::{
    ChangeDecision, KeepDecision, LogIndex, Refusal, ReplicaId, Term, TransferDecision,
};
use crate::sim::property::violation::Violation;
use crate::sim::scenario::action::{Action, MessageId};
use crate::sim::view::lease::Voided;
use crate::sim::view::{Endpoint, MembershipView, MessageKind};

/// Something worth mentioning, with its moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Notice {
    /// Virtual time in microseconds.
    pub at_us: u64,
    /// The number of the event that brought it about.
    pub event: u64,
    /// What happened.
    pub what: TraceEvent,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum TraceEvent {
    /// A replica stands as a candidate.
    ElectionStarted {
        /// The candidate.
        replica: ReplicaId,
        /// Its term.
        term: Term,
    },
    /// A replica won an election.
    LeaderElected {
        /// The leader.
        replica: ReplicaId,
        /// Its term.
        term: Term,
    },
    /// A leader or candidate became a follower.
    SteppedDown {
        /// Who.
        replica: ReplicaId,
        /// The term it is in now.
        term: Term,
    },
    /// A leader moved its commit index.
    Committed {
        /// The leader.
        replica: ReplicaId,
        /// Its commit index now.
        commit_index: LogIndex,
    },
    /// A follower dropped entries that conflict with the leader's.
    LogTruncated {
        /// The follower.
        replica: ReplicaId,
        /// The last index that it kept.
        last_index: LogIndex,
    },
    /// A replica asks whether it could win an election.
    PreVoteStarted {
        /// The pre-candidate.
        replica: ReplicaId,
        /// The term that it is still in.
        term: Term,
    },
    /// A leader has lost touch with its quorum, and stepped down.
    QuorumLost {
        /// Who led.
        replica: ReplicaId,
        /// Its term.
        term: Term,
    },
    /// A leader was asked to change the membership.
    MembershipAsked {
        /// The leader.
        replica: ReplicaId,
        /// What it decided.
        decision: ChangeDecision,
    },
    /// A leader has appended a configuration.
    MembershipAppended {
        /// The leader.
        replica: ReplicaId,
        /// The configuration.
        membership: MembershipView,
    },
    /// A configuration is committed.
    MembershipCommitted {
        /// The leader.
        replica: ReplicaId,
        /// The configuration.
        membership: MembershipView,
    },
    /// A leader was asked to hand over, or has given that up.
    Transfer {
        /// The leader.
        replica: ReplicaId,
        /// What it decided.
        decision: TransferDecision,
    },
    /// A replica has taken a snapshot.
    SnapshotTaken {
        /// Who.
        replica: ReplicaId,
        /// The last entry that it covers.
        index: LogIndex,
        /// Its size in bytes.
        bytes: u64,
    },
    /// A replica starts anew from its leader's snapshot.
    SnapshotInstalled {
        /// Who.
        replica: ReplicaId,
        /// The last entry that it covers.
        index: LogIndex,
    },
    /// A leader keeps entries of its log, though a snapshot covers them, for a follower that
    /// is being brought up to date; or does so no more.
    LogKept {
        /// The leader.
        replica: ReplicaId,
        /// The follower.
        follower: ReplicaId,
        /// What it decided, and why.
        decision: KeepDecision,
    },
    /// A crash has ended a write of which not all was lost.
    WriteInterrupted {
        /// Who crashed.
        replica: ReplicaId,
        /// How many of its records are on the disk, the first ones.
        whole: u32,
        /// How many it had.
        records: u32,
    },
    /// A read was served that is older than what some client had been told: a rule is broken
    /// on purpose, or the ground was taken away that its lease rested on.
    StaleRead {
        /// Who served it.
        replica: ReplicaId,
        /// Who was told.
        client: ClientId,
        /// What the read should have seen: the log up to here.
        committed_index: LogIndex,
        /// What it saw.
        read_index: LogIndex,
        /// Why that breaks no property.
        voided_by: Voided,
    },
    /// A client's session has expired, and it has opened another.
    SessionRenewed {
        /// The client.
        client: ClientId,
        /// The number of its new session.
        session: u32,
    },
    /// A replica refused a malformed message.
    MessageRefused {
        /// The receiver.
        replica: ReplicaId,
        /// The message.
        message: MessageId,
        /// What is wrong with it.
        refusal: Refusal,
    },
    /// A message was lost.
    MessageLost {
        /// The message.
        message: MessageId,
        /// Who had sent it.
        from: Endpoint,
        /// Who should have got it.
        to: Endpoint,
        /// What it was.
        kind: MessageKind,
        /// How much of its way it had behind it, in millionths.
        way_ppm: u32,
        /// Why.
        cause: LossCause,
    },
    /// A client was answered.
    Answered {
        /// The client.
        client: ClientId,
        /// The number of the request in its session.
        sequence: u64,
        /// What it had asked.
        operation: Operation,
        /// What it was told.
        answer: Answer,
        /// How long it took from being asked, in microseconds, retries included.
        took_us: u64,
    },
    /// A client gave up. Whether the operation has happened, or will, is unknown.
    GaveUp {
        /// The client.
        client: ClientId,
        /// The number of the request in its session.
        sequence: u64,
        /// What it had asked.
        operation: Operation,
        /// How often it had sent the request.
        attempts: u32,
        /// How long it took from being asked, in microseconds, retries included.
        took_us: u64,
    },
    /// Something was done from outside: by hand, or by a scenario's timed action.
    /// Roles stand resolved: which replica "the leader" was.
    Done {
        /// What was done.
        action: Action,
    },
    /// A timed action could not be done.
    Skipped {
        /// What should have been done.
        action: Action,
    },
    /// Something should have happened long ago, as far as links, crashes and clocks allow,
    /// and has not. The world goes on. It is told again after ten times as long.
    Stuck {
        /// What.
        what: Stuck,
        /// Since when it could have happened, in microseconds of virtual time.
        since_us: u64,
        /// All of it in plain words, with the numbers, and the rules that stand in the way.
        why: String,
    },
    /// A property is broken; the world stopped.
    Violated {
        /// The property and the evidence.
        violation: Violation,
    },
}

/// What should have happened long ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Stuck {
    /// Nobody leads who could commit.
    Election {
        /// One who could be elected, then those who can talk with it: a quorum.
        quorum: Vec<ReplicaId>,
    },
    /// A leader commits nothing of what is in its log.
    Commit {
        /// The leader.
        leader: ReplicaId,
        /// Its term.
        term: Term,
        /// The first entry that is not committed.
        index: LogIndex,
    },
    /// A change of the membership does not end.
    Change {
        /// The leader.
        leader: ReplicaId,
        /// The newcomers that it waits for.
        newcomers: Vec<ReplicaId>,
    },
    /// A client is not answered.
    Request {
        /// The client.
        client: ClientId,
        /// The number of the request in its session.
        sequence: u64,
        /// The leader that could answer it.
        leader: ReplicaId,
    },
}

/// Why a message was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum LossCause {
    /// By the network's dice.
    Chance,
    /// By hand.
    Hand,
    /// The link is cut.
    Cut,
    /// The receiver is dead.
    Dead,
    /// The client that it is for is away.
    Away,
    /// The sender's disk was replaced, and its connections are gone.
    Replaced,
    /// The network holds more messages than it can.
    Crowded,
}
