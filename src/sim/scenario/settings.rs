//! The parts of a scenario: how clocks, links, disks, protocol, stores and clients are set.

use serde::{Deserialize, Serialize};

use super::ratio::Ratio;
use crate::raft::ReplicaId;

/// Ticks and timeouts. The paper's own timing (§9.3) is the default: elections
/// after 150 to 300 ms, heartbeats every 50 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Timing {
    /// The length of a tick by a true clock, in microseconds; 100 to 10,000,000.
    pub tick_us: u64,
    /// A leader sends heartbeats every this many ticks; at least 1, and fewer than an election timeout.
    pub heartbeat_ticks: u32,
    /// While reads or uncommitted entries wait for a follower's answer, the leader asks it again
    /// after this many ticks; zero: with the next heartbeat. 10,000 at most.
    pub retry_ticks: u32,
    /// The shortest election timeout in ticks; at least 2, and no longer than the longest.
    pub election_timeout_ticks_min: u32,
    /// The longest election timeout in ticks; 10,000 at most. The same as the shortest: no randomness.
    pub election_timeout_ticks_max: u32,
}

/// What of the [timing](Timing) may change while the cluster runs, for all or for one.
/// What is left out is as in the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Timers {
    /// See [`Timing::heartbeat_ticks`].
    pub heartbeat_ticks: u32,
    /// See [`Timing::retry_ticks`].
    pub retry_ticks: u32,
    /// See [`Timing::election_timeout_ticks_min`].
    pub election_timeout_ticks_min: u32,
    /// See [`Timing::election_timeout_ticks_max`].
    pub election_timeout_ticks_max: u32,
}

/// The clock of one replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Clock {
    /// Whose clock.
    pub replica: ReplicaId,
    /// Its rate in parts per million: 1,000,000 is true. 1,000 to 1,000,000,000.
    #[serde(default = "true_rate")]
    pub rate_ppm: u32,
    /// When its first tick falls, in microseconds, 60,000,000 at most; none: drawn from
    /// the seed, within a tick.
    #[serde(default)]
    pub phase_us: Option<u64>,
}

/// A true clock: a million ticks in a million.
pub(crate) fn true_rate() -> u32 {
    1_000_000
}

/// What a link does to the messages on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct LinkQuality {
    /// How long a message travels; a microsecond at least.
    pub latency: Latency,
    /// The chance that a message is lost on the way.
    pub loss: Ratio,
    /// The chance that a second copy of a message sets out, with a latency of its own.
    pub duplication: Ratio,
    /// The chance that a message may overtake those sent before it on its link.
    /// Otherwise it arrives after them, as over one TCP connection.
    pub reordering: Ratio,
}

/// A distribution of delays, in whole microseconds; one minute (60,000,000) at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Latency {
    /// Always the same.
    Fixed {
        /// The delay in microseconds.
        us: u64,
    },
    /// Any delay in the range is as likely as any other.
    Uniform {
        /// The shortest delay in microseconds.
        min_us: u64,
        /// The longest delay in microseconds.
        max_us: u64,
    },
    /// Mostly between the shortest and the typical delay; one in eight takes twice as
    /// long, of these one in eight four times, and so on: a real network's tail.
    LongTail {
        /// The shortest delay in microseconds.
        min_us: u64,
        /// The longest of the usual delays in microseconds.
        typical_us: u64,
        /// No delay is longer than this, in microseconds.
        max_us: u64,
    },
}

/// A link between two replicas that differs from the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Link {
    /// The sender.
    pub from: ReplicaId,
    /// The receiver.
    pub to: ReplicaId,
    /// Whether nothing arrives.
    #[serde(default)]
    pub cut: bool,
    /// Its own quality; none: that of the network.
    #[serde(default)]
    pub quality: Option<LinkQuality>,
}

/// How a disk behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct DiskSettings {
    /// How long a write takes until it is durable. Writes that come in meanwhile
    /// wait, and then go to the disk together.
    pub write_latency: Latency,
}

/// How much goes into one `AppendEntries`. At least one entry always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Batch {
    /// At most this many entries; 1 to 65,536.
    pub entries_max: u32,
    /// At most this many bytes of commands, 16,777,216 at most.
    pub bytes_max: u32,
}

/// Which of Raft's extensions are in use. All of it may change while the cluster runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Protocol {
    /// Whether a replica asks if it could win before it stands for election (thesis §9.6).
    /// Had better go with `check_quorum`. Alone it can block everybody for ever: a leader that
    /// reaches only one replica, through which alone the others could win, does not step
    /// down, and that replica keeps to it ([why](crate::raft#pre-vote-alone)).
    pub pre_vote: bool,
    /// Whether a leader that hears from no quorum for an election timeout steps down, and
    /// a replica that has just heard from a leader does not vote (thesis §6.2, §4.2.3).
    pub check_quorum: bool,
    /// Whom a leader sends new entries to at once.
    pub replication: ReplicationMode,
    /// At most this many unanswered `AppendEntries` with entries are under way to a
    /// follower; 1 to 1,024. One is stop-and-wait.
    pub window_messages: u32,
    /// At most this many bytes of commands are, though always one message; 16,777,216 at most.
    pub window_bytes: u32,
    /// How reads are served, unless a request says otherwise.
    pub reads: ReadMode,
    /// A leader takes no command while this many bytes of commands are not committed;
    /// 1 to 1,073,741,824.
    pub uncommitted_bytes_max: u32,
    /// A request that reaches a replica which knows of no leader waits there at most so
    /// many microseconds for one before it is sent away; 60,000,000 at most.
    pub request_wait_us: u64,
    /// A follower that has heard nothing from its leader for more than this many ticks does not
    /// send clients there: their requests wait for one that is heard of. And it sends reads
    /// on to the leader like commands, instead of asking for the read index itself, unless
    /// `reads` wants followers to serve them. 10,000 at most; 0: it trusts the leader that it
    /// knows, however silent.
    #[serde(skip_serializing_if = "is_zero")]
    pub leader_silence_ticks_max: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks like this")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Whom a leader sends new entries to at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ReplicationMode {
    /// Everyone: the shortest answers.
    Eager,
    /// Just enough voters for a quorum; the others get them with their next
    /// heartbeat: the fewest messages.
    QuorumFirst,
}

/// How a read is served (thesis §6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum ReadMode {
    /// As an entry of the log, like a write.
    Log {},
    /// By the leader's commit index, once a quorum has confirmed that it still leads.
    ReadIndex {
        /// Whether clients ask any replica, which asks the leader; else the leader itself.
        #[serde(default)]
        followers: bool,
    },
    /// By the leader at once, while its lease holds. Needs `check_quorum`; without it,
    /// and without a lease, as `read_index`.
    Lease {
        /// By how much the rates of two clocks may differ, in parts per million; 1,000,000
        /// at most. If they differ by more, a read may be stale.
        ///
        /// A lease rests on the promises of a quorum, and only replicas with this setting
        /// promise anything: while too few have it, the leader asks as with `read_index`.
        drift_ppm: u32,
    },
}

/// How snapshots of the key-value store replace the beginnings of the logs (§7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct SnapshotSettings {
    /// A replica takes a snapshot when it has applied this many entries since the
    /// last one; 0: however many they are. 1,000,000 at most.
    pub every_entries: u32,
    /// And when those entries take this many bytes of memory: their commands, and
    /// [64](crate::raft::ENTRY_BYTES) for each. So no log grows without end. 4,096 to
    /// 67,108,864.
    pub every_bytes: u32,
    /// How many entries before the snapshot stay in the log, for followers that are a
    /// little behind; 1,000,000 at most. By default as many as one message takes by
    /// default, so that a lost message is sent again instead of a whole snapshot.
    pub retain_entries: u32,
    /// For a follower that is being sent a snapshot, and until it has caught up from there, its
    /// leader keeps the log behind that snapshot, whatever snapshots it takes meanwhile; but
    /// no more than this many bytes of it, counted like `every_bytes`, and only while the
    /// follower has answered within
    /// [ten](crate::raft::SILENCE_TIMEOUTS_MAX) of the longest election timeouts. 0: nothing
    /// is kept. 67,108,864 at most.
    pub catch_up_bytes: u32,
    /// A chunk on the wire has at most this many bytes; 1 to 1,048,576.
    pub chunk_bytes: u32,
}

/// What the key-value store keeps of its clients, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct StoreSettings {
    /// A client's session ends when it has had no command applied for this many
    /// microseconds of log time: the time that leaders write into their entries. 0: never.
    pub session_expiry_us: u64,
    /// At most this many sessions are open at once; 1 to 65,535.
    pub sessions_max: u32,
    /// A key has at most this many bytes; 1 to 256.
    pub key_bytes_max: u32,
    /// A value has at most this many bytes; 0 to 4,096.
    pub value_bytes_max: u32,
    /// All keys and values together, and so a snapshot, have at most about this many
    /// bytes; 67,108,864 at most.
    pub bytes_max: u32,
}

/// How patient the clients are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct ClientSettings {
    /// A request without an answer is sent again, to another replica, after this many
    /// microseconds; 1,000 to 600,000,000.
    pub request_timeout_us: u64,
    /// A client that was told of no leader waits this many microseconds before it asks
    /// again; 1,000 to 60,000,000.
    pub retry_delay_us: u64,
    /// A client gives up a request that it has sent this often, 1,000,000 at most, and
    /// does not know then what became of it; 0: it never does.
    pub attempts_max: u32,
}

/// What the clients are asked to do without end: each operation falls to a client
/// that is free, in turn; if none is, it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Workload {
    /// How many clients work, besides client 1, who is the person at the page. 0 to 1,000.
    pub clients: u16,
    /// How many operations are issued in a second of virtual time, by all of them
    /// together; 0 to 1,000,000. Zero: none. More need at least one client.
    pub operations_per_second: u32,
    /// The share of operations that read; the others put.
    pub reads: Ratio,
    /// How many keys there are; 1 to 1,000,000.
    pub keys: u32,
}

impl Timing {
    /// All but the length of a tick.
    pub fn timers(self) -> Timers {
        let Self {
            heartbeat_ticks,
            retry_ticks,
            election_timeout_ticks_min,
            election_timeout_ticks_max,
            ..
        } = self;
        Timers {
            heartbeat_ticks,
            retry_ticks,
            election_timeout_ticks_min,
            election_timeout_ticks_max,
        }
    }
}
