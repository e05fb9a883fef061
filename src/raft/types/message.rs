//! What replicas say to one another: the remote procedure calls of the paper's
//! Figure 2, each call and each answer a message of its own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::entries::Entries;
use super::ids::{LogIndex, Position, ReplicaId, Term};
use super::membership::Membership;

/// Roughly how many bytes of memory an entry takes beside its command.
pub const ENTRY_BYTES: u64 = 64;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the log.
    pub index: LogIndex,
    /// The term in which a leader received it.
    pub term: Term,
    /// Its content.
    pub payload: Payload,
}

/// The content of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payload {
    /// Nothing: a leader's first entry of its term, with which it learns what is committed (§8).
    Noop,
    /// A command for the state machine. The core doesn't look inside; the bytes
    /// are shared by all logs and messages that hold the entry.
    Command(Arc<[u8]>),
    /// The configuration that is in force from this entry on (§6).
    Membership(Arc<Membership>),
}

/// A message from one replica to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The sender.
    pub from: ReplicaId,
    /// The receiver.
    pub to: ReplicaId,
    /// The sender's term when it sent it.
    pub term: Term,
    /// Its content.
    pub body: Body,
}

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Body {
    /// `RequestVote` (§5.2). The message's term is the one the sender is in: with a
    /// pre-vote it asks about the term after that.
    RequestVote {
        /// The end of the candidate's log: `lastLogIndex`, `lastLogTerm`.
        last_log: Position,
        /// The purpose of the vote.
        purpose: VotePurpose,
    },
    /// The answer to `RequestVote`.
    Vote {
        /// `voteGranted`.
        granted: bool,
        /// Whether a pre-vote was asked for.
        pre_vote: bool,
        /// Whether the candidate's log is less up to date than the voter's (§5.4.1), who
        /// knows of no leader and can give it what it lacks.
        behind: bool,
    },
    /// `AppendEntries` (§5.3); without entries it is a heartbeat.
    AppendEntries {
        /// The place just before the entries: `prevLogIndex`, `prevLogTerm`.
        prev_log: Position,
        /// The entries, which follow each other without a gap. Messages to several
        /// followers share them, and so do the logs that hold them.
        #[cfg_attr(target_family = "wasm", tsify(type = "unknown[]"))]
        entries: Entries,
        /// `leaderCommit`, but never beyond the last entry that this message
        /// vouches for, so that it means the same whenever it arrives.
        leader_commit: LogIndex,
        /// Which round of the leader's questions "do you still follow me?" this is
        /// part of. The answer repeats it (thesis §6.4).
        round: u64,
    },
    /// The answer to `AppendEntries`: the follower's log matches.
    AppendAccepted {
        /// Up to this index it is the leader's.
        match_index: LogIndex,
        /// The round of the message that is answered.
        round: u64,
        /// For how many ticks of its own clock the sender keeps to the leader, from the
        /// moment when it answered: it neither votes for another nor stands (thesis
        /// §6.4.1). Zero: it promises nothing.
        promised_ticks: u32,
    },
    /// The answer to `AppendEntries`: the log doesn't match at `prevLogIndex`.
    /// The hint lets the leader skip a whole term at once (§5.3, end).
    AppendRejected {
        /// The `prevLogIndex` that was refused; tells the leader which probe this answers.
        prev_log_index: LogIndex,
        /// The term of the follower's entry there; none: its log is too short.
        conflict_term: Option<Term>,
        /// The first index that the follower has for that term; or, without a
        /// term, the first index that is missing.
        conflict_index: LogIndex,
        /// The round of the message that is answered.
        round: u64,
        /// For how many ticks of its own clock the sender keeps to the leader, from the
        /// moment when it answered: it neither votes for another nor stands (thesis
        /// §6.4.1). Zero: it promises nothing.
        promised_ticks: u32,
    },
    /// The answer to an `AppendEntries` of a leader whose term is over. It only tells the term.
    AppendStale,
    /// `InstallSnapshot` (§7): one chunk of the leader's snapshot.
    InstallSnapshot {
        /// The last entry that the snapshot covers: `lastIncludedIndex`, `lastIncludedTerm`.
        last: Position,
        /// The configuration at that point.
        membership: Arc<Membership>,
        /// Where in the snapshot the chunk begins, in bytes.
        offset: u64,
        /// The chunk.
        #[cfg_attr(target_family = "wasm", tsify(type = "number[]"))]
        chunk: Arc<[u8]>,
        /// The size of the whole snapshot, in bytes.
        total: u64,
        /// See `AppendEntries`.
        round: u64,
    },
    /// The answer to `InstallSnapshot` while chunks are missing.
    SnapshotReceived {
        /// Which snapshot.
        last: Position,
        /// How many bytes of it are here, without a gap: where the next chunk should begin.
        received: u64,
        /// The round of the message that is answered.
        round: u64,
        /// For how many ticks of its own clock the sender keeps to the leader, from the
        /// moment when it answered: it neither votes for another nor stands (thesis
        /// §6.4.1). Zero: it promises nothing.
        promised_ticks: u32,
    },
    /// A follower asks for a read index on behalf of a client (thesis §6.4).
    ReadIndex {
        /// The follower's name for the read.
        read: u64,
    },
    /// The answer to `ReadIndex`.
    ReadIndexAnswer {
        /// The follower's name for the read.
        read: u64,
        /// Once it has applied the log up to here, the follower may serve the read.
        index: LogIndex,
    },
    /// A candidate asks a replica that denied it for what its own log lacks.
    FetchLog {
        /// The candidate has an entry here, and asks for what follows: the end of its log, of
        /// what it has fetched, or where the logs may yet match if they don't there.
        after: Position,
        /// Where the candidate's log ends.
        last_log: Position,
        /// How many bytes it has of the denier's snapshot, without a gap.
        received: u64,
    },
    /// The answer to `FetchLog`, if the denier's log is more up to date (§5.4.1).
    FetchedEntries {
        /// The place that was asked about; or the last one before where both logs may be the
        /// same, since neither its index nor its term is above.
        prev_log: Position,
        /// The entries that follow it.
        #[cfg_attr(target_family = "wasm", tsify(type = "unknown[]"))]
        entries: Entries,
        /// Where the denier's log ends.
        last_log: Position,
    },
    /// The answer to `FetchLog` if what follows has been compacted: one chunk of the
    /// denier's snapshot.
    FetchedSnapshot {
        /// The last entry that the snapshot covers.
        last: Position,
        /// The configuration at that point.
        membership: Arc<Membership>,
        /// Where in the snapshot the chunk begins, in bytes.
        offset: u64,
        /// The chunk.
        #[cfg_attr(target_family = "wasm", tsify(type = "number[]"))]
        chunk: Arc<[u8]>,
        /// The size of the whole snapshot, in bytes.
        total: u64,
    },
    /// The leader asks its successor to stand for election at once (thesis §3.10).
    TimeoutNow,
}

/// The purpose of a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum VotePurpose {
    /// To lead this term.
    Election,
    /// To learn whether an election could be won, before a new term disturbs anyone (thesis §9.6).
    PreVote,
    /// To lead this term, on the wish of the leader before: replicas that have heard from that
    /// leader just now vote all the same (thesis §4.2.3).
    Transfer,
}

static NO_ENTRIES: Entries = Entries::none();

impl Body {
    /// The entries that it carries; none if it is of a kind that carries none.
    pub fn entries(&self) -> &Entries {
        match self {
            Self::AppendEntries { entries, .. } | Self::FetchedEntries { entries, .. } => entries,
            _ => &NO_ENTRIES,
        }
    }

    /// The bytes of a snapshot that it carries; none if it is of a kind that carries none.
    pub fn chunk(&self) -> &[u8] {
        match self {
            Self::InstallSnapshot { chunk, .. } | Self::FetchedSnapshot { chunk, .. } => chunk,
            _ => &[],
        }
    }

    /// The same without entries and without bytes of a snapshot.
    pub(crate) fn without_load(&self) -> Self {
        let mut body = self.clone();
        match &mut body {
            Self::AppendEntries { entries, .. } | Self::FetchedEntries { entries, .. } => {
                *entries = Entries::default();
            }
            Self::InstallSnapshot { chunk, .. } | Self::FetchedSnapshot { chunk, .. } => {
                *chunk = Arc::default();
            }
            _ => {}
        }
        body
    }
}

impl Entry {
    /// The entry's index and term.
    pub fn position(&self) -> Position {
        Position {
            term: self.term,
            index: self.index,
        }
    }

    /// About how many bytes of memory the entry takes: its command, and [`ENTRY_BYTES`].
    pub fn weight(&self) -> u64 {
        self.size() as u64 + ENTRY_BYTES
    }

    /// How many bytes of command the entry holds, which is what the batch cap counts.
    pub fn size(&self) -> usize {
        match &self.payload {
            Payload::Noop => 0,
            Payload::Command(bytes) => bytes.len(),
            Payload::Membership(membership) => 2 * membership.members().len(),
        }
    }
}
