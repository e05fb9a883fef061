//! What is so unless a scenario says otherwise.

use super::ratio::Ratio;
use super::{
    Batch, ClientSettings, DiskSettings, Latency, LinkQuality, Protocol, ReadMode, ReplicationMode,
    Scenario, SnapshotSettings, StoreSettings, Story, Timers, Timing, Workload,
};

impl Default for Scenario {
    fn default() -> Self {
        Self {
            title: String::new(),
            story: Story::default(),
            seed: None,
            flaw: None,
            replicas: 5,
            spares: 0,
            timing: Timing::default(),
            clocks: Vec::new(),
            network: LinkQuality::default(),
            links: Vec::new(),
            client_network: LinkQuality::default(),
            disk: DiskSettings::default(),
            batch: Batch::default(),
            protocol: Protocol::default(),
            snapshots: SnapshotSettings::default(),
            store: StoreSettings::default(),
            clients: ClientSettings::default(),
            workload: Workload::default(),
            actions: Vec::new(),
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            tick_us: 10_000,
            heartbeat_ticks: 5,
            retry_ticks: 0,
            election_timeout_ticks_min: 15,
            election_timeout_ticks_max: 30,
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Timing::default().timers()
    }
}

impl Default for LinkQuality {
    fn default() -> Self {
        Self {
            latency: Latency::Uniform {
                min_us: 8_000,
                max_us: 16_000,
            },
            loss: Ratio::ZERO,
            duplication: Ratio::ZERO,
            reordering: Ratio::ZERO,
        }
    }
}

impl Default for DiskSettings {
    fn default() -> Self {
        Self {
            write_latency: Latency::Fixed { us: 1_000 },
        }
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            entries_max: 64,
            bytes_max: 64 * 1024,
        }
    }
}

impl Default for Protocol {
    /// The paper's protocol without extensions, with pipelining.
    fn default() -> Self {
        Self {
            pre_vote: false,
            check_quorum: false,
            replication: ReplicationMode::Eager,
            window_messages: 8,
            window_bytes: 256 * 1024,
            reads: ReadMode::Log {},
            uncommitted_bytes_max: 1024 * 1024,
            request_wait_us: 100_000,
            leader_silence_ticks_max: 0,
        }
    }
}

impl Default for SnapshotSettings {
    fn default() -> Self {
        Self {
            every_entries: 0,
            every_bytes: 2 * 1024 * 1024,
            retain_entries: Batch::default().entries_max,
            catch_up_bytes: 16 * 1024 * 1024,
            chunk_bytes: 16 * 1024,
        }
    }
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            session_expiry_us: 0,
            sessions_max: 1_024,
            key_bytes_max: 256,
            value_bytes_max: 4_096,
            bytes_max: 16 * 1024 * 1024,
        }
    }
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            request_timeout_us: 500_000,
            retry_delay_us: 50_000,
            attempts_max: 0,
        }
    }
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            clients: 2,
            operations_per_second: 0,
            reads: Ratio::new(1, 2),
            keys: 8,
        }
    }
}
