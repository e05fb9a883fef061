//! What is usual, and so is left out of a link.
//!
//! These are values of the format. They began as the defaults of a scenario's file, but where
//! those change, these stay: else every link out there would say something else. A field that is
//! new has here what worlds did before there was such a field.

use crate::flaw::Flaw;
use crate::kv::{ClientId, Operation};
use crate::raft::{LogIndex, ReplicaId};
use crate::sim::action::{Action, MessageId, Target, UnfinishedWrite};
use crate::sim::ratio::Ratio;
use crate::sim::scenario::{
    Batch, ClientSettings, Clock, DiskSettings, Latency, Link, LinkQuality, Protocol, ReadMode,
    ReplicationMode, Scenario, SnapshotSettings, StoreSettings, Story, StoryEvent, StoryStep,
    TimedAction, Timers, Timing, Workload,
};

/// Something that has a usual value.
pub(in crate::link) trait Usual: Clone {
    fn usual() -> Self;
}

macro_rules! usual {
    ($($type:ty = $value:expr;)*) => {$(
        impl Usual for $type {
            fn usual() -> Self {
                $value
            }
        }
    )*};
}
pub(super) use usual;

impl<T: Clone> Usual for Option<T> {
    fn usual() -> Self {
        None
    }
}

impl<T: Clone> Usual for Vec<T> {
    fn usual() -> Self {
        Self::new()
    }
}

usual! {
    u16 = 0;
    u32 = 0;
    u64 = 0;
    bool = false;
    String = Self::new();
    ReplicaId = Self(0);
    ClientId = Self(0);
    MessageId = Self(0);
    LogIndex = Self(0);
    Ratio = Self::ZERO;
    Target = Self::Leader;
    Action = Self::HealAll {};
    UnfinishedWrite = Self::Lost;
    Operation = Self::Get { key: String::new() };
    Flaw = Self::CommitsOlderTerm;
    ReplicationMode = Self::Eager;
    ReadMode = Self::Log {};
    Latency = Self::Fixed { us: 0 };

    Scenario = Self {
        title: String::new(),
        story: Story::Text(String::new()),
        seed: None,
        flaw: None,
        replicas: 5,
        spares: 0,
        timing: Usual::usual(),
        clocks: Vec::new(),
        network: Usual::usual(),
        links: Vec::new(),
        client_network: Usual::usual(),
        disk: Usual::usual(),
        batch: Usual::usual(),
        protocol: Usual::usual(),
        snapshots: Usual::usual(),
        store: Usual::usual(),
        clients: Usual::usual(),
        workload: Usual::usual(),
        actions: Vec::new(),
    };
    Story = Self::Text(String::new());
    StoryStep = Self {
        say: String::new(),
        at_us: None,
        on: None,
        replica: None,
    };
    StoryEvent = Self::ElectionStarted;
    Timing = Self {
        tick_us: 10_000,
        heartbeat_ticks: 5,
        retry_ticks: 0,
        election_timeout_ticks_min: 15,
        election_timeout_ticks_max: 30,
    };
    Timers = Self {
        heartbeat_ticks: 5,
        retry_ticks: 0,
        election_timeout_ticks_min: 15,
        election_timeout_ticks_max: 30,
    };
    Clock = Self {
        replica: ReplicaId(0),
        rate_ppm: 1_000_000,
        phase_us: None,
    };
    LinkQuality = Self {
        latency: Latency::Uniform {
            min_us: 8_000,
            max_us: 16_000,
        },
        loss: Ratio::ZERO,
        duplication: Ratio::ZERO,
        reordering: Ratio::ZERO,
    };
    Link = Self {
        from: ReplicaId(0),
        to: ReplicaId(0),
        cut: false,
        quality: None,
    };
    DiskSettings = Self {
        write_latency: Latency::Fixed { us: 1_000 },
    };
    Batch = Self {
        entries_max: 64,
        bytes_max: 65_536,
    };
    Protocol = Self {
        pre_vote: false,
        check_quorum: false,
        replication: ReplicationMode::Eager,
        window_messages: 8,
        window_bytes: 262_144,
        reads: ReadMode::Log {},
        uncommitted_bytes_max: 1_048_576,
        request_wait_us: 100_000,
        leader_silence_ticks_max: 0,
    };
    SnapshotSettings = Self {
        every_entries: 0,
        every_bytes: 2_097_152,
        retain_entries: 64,
        catch_up_bytes: 16_777_216,
        chunk_bytes: 16_384,
    };
    StoreSettings = Self {
        session_expiry_us: 0,
        sessions_max: 1_024,
        key_bytes_max: 256,
        value_bytes_max: 4_096,
        bytes_max: 16_777_216,
    };
    ClientSettings = Self {
        request_timeout_us: 500_000,
        retry_delay_us: 50_000,
        attempts_max: 0,
    };
    Workload = Self {
        clients: 2,
        operations_per_second: 0,
        reads: Ratio::new(1, 2),
        keys: 8,
    };
    TimedAction = Self {
        at_us: 0,
        action: Usual::usual(),
    };
}
