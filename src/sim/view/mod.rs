//! What an observer sees: plain data, taken in one look, with no way back into
//! the world. [`View`] is what a frame needs; the details are for the one replica
//! or message that somebody looks at.

pub mod lease;
mod logs;
mod messages;
pub mod trace;

use std::fmt;

use serde::Serialize;

pub use logs::{LogRange, LogsView, StoryMoment, TermRun};
pub use messages::{BodyView, ClientBodyView, MessageDetail, MessageKind, MessageView};

use super::property::violation::Violation;
use super::scenario::{Protocol, SnapshotSettings, Timers, Workload};
use crate::kv::{ClientId, Command, Logged, Operation};
use crate::raft::{Decision, Entry, LogIndex, Membership, Payload, ReplicaId, Term};

/// The world at one moment, without the messages (see [`MessageView`]) and without
/// what only a closer look shows (see [`ReplicaDetail`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct View {
    /// Virtual time in microseconds.
    pub now_us: u64,
    /// How many actions have been applied.
    pub events: u64,
    /// The running leader of the highest term.
    pub leader: Option<ReplicaId>,
    /// All replicas, in the order of their numbers.
    pub replicas: Vec<ReplicaView>,
    /// All clients, in the order of their numbers.
    pub clients: Vec<ClientView>,
    /// The links that are cut, one way each: what is sent there is lost.
    pub cuts: Vec<LinkView>,
    /// The links that are clogged, one way each: what is sent there waits.
    pub clogs: Vec<LinkView>,
    /// The workload as it is now.
    pub workload: Workload,
    /// The protocol's settings as they are now for all replicas without their own.
    pub protocol: Protocol,
    /// The timeouts as they are now for all replicas without their own.
    pub timing: Timers,
    /// The settings of snapshots as they are now.
    pub snapshots: SnapshotSettings,
    /// What has been counted since the start.
    pub counters: Counters,
    /// The broken property at which the world stopped.
    pub violation: Option<Violation>,
}

/// One replica at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct ReplicaView {
    /// Its number.
    pub id: ReplicaId,
    /// Whether it runs.
    pub status: Status,
    /// What it is; a crashed replica: what it will come back as, a follower.
    pub role: RoleKind,
    /// `currentTerm`.
    pub term: Term,
    /// `votedFor` in this term.
    pub voted_for: Option<ReplicaId>,
    /// The leader that it knows of in this term.
    pub leader: Option<ReplicaId>,
    /// As a candidate or pre-candidate: who voted for it, itself included.
    pub votes: Vec<ReplicaId>,
    /// The configuration in force by its own log, committed or not (§6).
    pub membership: MembershipView,
    /// Its place in that configuration.
    pub standing: MemberKind,
    /// The last entry that its snapshot covers; zero: it has none.
    pub snapshot_index: LogIndex,
    /// As a follower: how much of a snapshot it has received.
    pub receiving: Option<ReceivingView>,
    /// As a leader with a lease: when that ends, in microseconds of virtual time, by the
    /// leader's own clock.
    pub lease_until_us: Option<u64>,
    /// As a leader: to whom it is handing over.
    pub handing_over_to: Option<ReplicaId>,
    /// How many reads wait here: for a round of heartbeats, or to be applied far enough.
    pub waiting_reads: u32,
    /// How many requests wait here for a leader.
    pub waiting_requests: u32,
    /// The timer that is running: the election timer, or a leader's heartbeat timer.
    pub timer: Option<TimerView>,
    /// How fast its clock runs, in parts per million: 1,000,000 is a true clock.
    pub clock_rate_ppm: u32,
    /// When its clock ticks next, in microseconds of virtual time; none: it does not run.
    pub next_tick_us: Option<u64>,
    /// Until when its clock stands still, in microseconds of virtual time, if it does: no
    /// timer of its own runs out before.
    pub stalled_until_us: Option<u64>,
    /// The end of its log.
    pub log: LogView,
    /// The last index that is on its disk.
    pub durable_index: LogIndex,
    /// `commitIndex`.
    pub commit_index: LogIndex,
    /// `lastApplied`: the key-value store holds the log up to here. Two looks at the
    /// store of one replica differ only if this does.
    pub last_applied: LogIndex,
    /// Whether its disk is at work on a write.
    pub writing: bool,
    /// Whether its disk is corrupt: it does not start again with it.
    pub corrupt: bool,
    /// How many keys its store holds.
    pub keys: u32,
}

/// A configuration of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct MembershipView {
    /// The entry that holds it; zero: it was there before the log.
    pub index: LogIndex,
    /// Who votes: `C_new` while it is joint.
    pub voters: Vec<ReplicaId>,
    /// Who votes in the other half, `C_old`, while it is joint; else nobody.
    pub outgoing: Vec<ReplicaId>,
    /// Who receives the log without a vote.
    pub learners: Vec<ReplicaId>,
    /// As a leader: who is to vote once all newcomers have caught up.
    pub wish: Option<Vec<ReplicaId>>,
}

/// The place of a replica in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum MemberKind {
    /// It votes.
    Voter,
    /// It votes in the half that goes.
    Outgoing,
    /// It receives the log without a vote.
    Learner,
    /// It does not belong to the cluster.
    Outsider,
}

/// A snapshot on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct ReceivingView {
    /// How many bytes are here.
    pub received: u64,
    /// How many there will be.
    pub total: u64,
}

/// Whether a replica runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Status {
    /// It ticks and takes messages.
    Running,
    /// It keeps its memory but does nothing; messages wait at its door.
    Paused,
    /// It is dead; only its disk is left.
    Crashed,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Crashed => "crashed",
        })
    }
}

/// The roles of §5.1, without their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum RoleKind {
    /// Answers, and waits.
    Follower,
    /// Asks whether it could win (thesis §9.6).
    PreCandidate,
    /// Asks for votes.
    Candidate,
    /// Replicates its log.
    Leader,
}

impl fmt::Display for RoleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Follower => "follower",
            Self::PreCandidate => "pre-candidate",
            Self::Candidate => "candidate",
            Self::Leader => "leader",
        })
    }
}

/// A timer that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct TimerView {
    /// When it was set, in microseconds of virtual time.
    pub set_us: u64,
    /// When it will run out if nothing sets it anew.
    pub due_us: u64,
}

/// The end of a log: as many entries as a stage has room for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct LogView {
    /// The index of the first entry shown; one past the last if there is none.
    pub first_index: LogIndex,
    /// The terms of the entries shown, in order.
    pub terms: Vec<Term>,
    /// The index of the last entry.
    pub last_index: LogIndex,
}

/// A client at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct ClientView {
    /// Its number; client 1 is the person at the page.
    pub id: ClientId,
    /// The replica it believes to be the leader.
    pub believed_leader: Option<ReplicaId>,
    /// The operation under way.
    pub current: Option<RequestView>,
    /// How many operations wait behind it.
    pub queued: u32,
    /// Whether it is away.
    pub away: bool,
}

/// A client's operation under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct RequestView {
    /// Its number in the client's session.
    pub sequence: u64,
    /// What is asked.
    pub operation: Operation,
    /// When the client was asked for it, in microseconds of virtual time.
    pub since_us: u64,
    /// How often it has been sent.
    pub attempts: u32,
    /// The replica it was last sent to; none while the client pauses before a retry.
    pub asked: Option<ReplicaId>,
}

/// A link between two replicas, one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct LinkView {
    /// The sender.
    pub from: ReplicaId,
    /// The receiver.
    pub to: ReplicaId,
}

/// What has been counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Counters {
    /// Messages sent from replica to replica, lost ones included.
    pub replica_messages: u64,
    /// Messages sent between clients and replicas, lost ones included.
    pub client_messages: u64,
    /// Messages lost: by chance, by hand, on a cut link, or at a dead replica.
    pub lost_messages: u64,
    /// Entries committed by the cluster, no-ops included.
    pub committed_entries: u64,
    /// Operations that clients were answered.
    pub answered_operations: u64,
    /// Operations that clients gave up.
    pub abandoned_operations: u64,
    /// Operations that were sent more than once before they were answered.
    pub retried_operations: u64,
    /// Elections won.
    pub elections_won: u64,
    /// Times that a follower dropped entries that conflict with the leader's.
    pub truncations: u64,
    /// Snapshots that replicas have taken.
    pub snapshots_taken: u64,
    /// Snapshots that replicas have received whole from their leader.
    pub snapshots_installed: u64,
    /// Handovers of leadership that were begun.
    pub transfers: u64,
    /// Sessions that clients had to open again, since theirs had expired.
    pub sessions_renewed: u64,
    /// Reads that missed what some client had been told of before: a lease was trusted
    /// beyond its bound.
    pub stale_reads: u64,
}

/// One end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Endpoint {
    /// A replica.
    Replica(ReplicaId),
    /// A client.
    Client(ClientId),
}

/// All of one replica: its fields by their names in the paper's Figure 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct ReplicaDetail {
    /// What the frame shows of it.
    pub view: ReplicaView,
    /// The entries at the end of its log, at most as many as were asked for.
    pub entries: Vec<EntryView>,
    /// As a leader: what it knows of each follower.
    pub followers: Vec<FollowerView>,
    /// How many ticks the timer has run, and at how many it runs out.
    pub timer_ticks: Option<TimerTicks>,
    /// Why it last did or did not do something: the values that decided, newest last.
    pub decisions: Vec<DecisionView>,
    /// How many answers it owes to clients.
    pub pending_requests: u32,
}

/// A timer in ticks of the replica's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct TimerTicks {
    /// How many ticks it has run.
    pub elapsed: u32,
    /// At how many it runs out.
    pub timeout: u32,
}

/// A decision with its moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct DecisionView {
    /// When it was taken, in microseconds of virtual time.
    pub at_us: u64,
    /// What was decided, and by which numbers.
    pub decision: Decision,
}

/// What a leader knows of one follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct FollowerView {
    /// Which follower.
    pub id: ReplicaId,
    /// `nextIndex`.
    pub next_index: LogIndex,
    /// `matchIndex`.
    pub match_index: LogIndex,
    /// How the leader talks to it.
    pub state: FollowerState,
    /// Whether it has not answered of late.
    pub silent: bool,
    /// The entries after this index stay in the leader's log for it, though a snapshot covers
    /// some of them: it is being brought up to date. None: nothing stays for it.
    pub log_kept_after: Option<LogIndex>,
}

/// How a leader talks to a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum FollowerState {
    /// It looks for where the logs match, one message at a time.
    Probe {
        /// Whether that message has not been answered.
        awaiting: bool,
    },
    /// It sends entries without waiting.
    Replicate {
        /// How many messages have not been answered.
        messages: u32,
        /// How many bytes of commands they carry.
        bytes: u64,
    },
    /// It sends the snapshot.
    Snapshot {
        /// How many bytes the follower has.
        sent: u64,
        /// How many there are.
        total: u64,
    },
}

/// One log entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct EntryView {
    /// Its index.
    pub index: LogIndex,
    /// Its term.
    pub term: Term,
    /// Its command; none: the no-op at the start of a term, or a configuration.
    pub command: Option<CommandView>,
    /// Its configuration, if it holds one.
    pub membership: Option<MembershipView>,
}

/// A command in a log entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct CommandView {
    /// Whose.
    pub client: ClientId,
    /// Its number in the client's session.
    pub sequence: u64,
    /// What is to be done.
    pub operation: Operation,
}

/// One key of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct PairView {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: String,
}

impl EntryView {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            index: entry.index,
            term: entry.term,
            command: match &entry.payload {
                Payload::Command(bytes) => Logged::decode(bytes)
                    .ok()
                    .map(|logged| CommandView::of(&logged.command)),
                Payload::Noop | Payload::Membership(_) => None,
            },
            membership: match &entry.payload {
                Payload::Membership(membership) => {
                    Some(MembershipView::of(entry.index, membership))
                }
                Payload::Noop | Payload::Command(_) => None,
            },
        }
    }
}

impl CommandView {
    pub(super) fn of(command: &Command) -> Self {
        Self {
            client: command.client,
            sequence: command.sequence,
            operation: command.operation.clone(),
        }
    }
}

impl MembershipView {
    pub(super) fn of(index: LogIndex, membership: &Membership) -> Self {
        Self {
            index,
            voters: membership.voters.iter().copied().collect(),
            outgoing: membership.outgoing.iter().copied().collect(),
            learners: membership.learners.iter().copied().collect(),
            wish: None,
        }
    }
}
