//! How the replicas are set up for a test file: what of a world a test file leaves open.

use serde::{Deserialize, Serialize};

use super::file::TestFile;
use crate::sim::ratio::Ratio;
use crate::sim::scenario::{
    Batch, ClientSettings, DiskSettings, Latency, LinkQuality, Protocol, ReadMode, ReplicationMode,
    Scenario, ScenarioError, Timing, Workload,
};

/// How many clients a test file's requests come from.
pub const CLIENTS: u16 = 8;

/// How long a tick lasts, in milliseconds.
pub(super) const TICK_MS: u32 = 10;

/// The settings that a test file leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long a message takes from one process to another, in microseconds. By default 150:
    /// a datagram over the loopback interface took 11 in the median, and one hop through a
    /// simulator that reads and writes its JSON 23, on a machine with nothing else to do;
    /// with a dozen processes on two cores it is several times that.
    pub hop_us: u64,
    /// Ticks and timeouts.
    pub timing: Timing,
    /// Replication, reads, and the rest.
    pub protocol: Protocol,
    /// How much goes into one `AppendEntries`.
    pub batch: Batch,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hop_us: 150,
            timing: Timing {
                tick_us: u64::from(TICK_MS) * 1_000,
                heartbeat_ticks: 40,
                retry_ticks: 5,
                election_timeout_ticks_min: 120,
                election_timeout_ticks_max: 240,
            },
            protocol: Protocol {
                pre_vote: true,
                check_quorum: true,
                replication: ReplicationMode::QuorumFirst,
                reads: ReadMode::Lease { drift_ppm: 10_000 },
                request_wait_us: 1_000_000,
                leader_silence_ticks_max: 42,
                ..Protocol::default()
            },
            batch: Batch::default(),
        }
    }
}

impl Settings {
    /// The world of a test file, without the requests and events, which come from outside.
    ///
    /// The replicas never come back from the dead, so nothing they write is ever read
    /// again: their disks cost no time. Nobody who sends a request ever asks twice: each is
    /// sent once, and waits for its answer as long as it takes.
    ///
    /// # Errors
    /// If a setting is beyond its limits.
    pub fn scenario(&self, file: &TestFile, title: &str) -> Result<Scenario, ScenarioError> {
        let hop = LinkQuality {
            latency: Latency::Fixed { us: self.hop_us },
            loss: Ratio::ZERO,
            duplication: Ratio::ZERO,
            reordering: Ratio::ZERO,
        };
        let scenario = Scenario {
            title: title.to_owned(),
            seed: file.seed,
            replicas: file.replicas,
            timing: self.timing,
            network: LinkQuality {
                loss: file.drops.ratio(),
                ..hop
            },
            client_network: hop,
            disk: DiskSettings {
                write_latency: Latency::Fixed { us: 0 },
            },
            batch: self.batch,
            protocol: self.protocol,
            clients: ClientSettings {
                request_timeout_us: 600_000_000,
                retry_delay_us: 1_000,
                attempts_max: 1,
            },
            workload: Workload {
                clients: CLIENTS,
                operations_per_second: 0,
                ..Workload::default()
            },
            ..Scenario::default()
        };
        scenario.validate()?;
        if matches!(self.protocol.reads, ReadMode::ReadIndex { followers: true }) {
            let fault = "a test file's clients choose themselves whom they ask";
            return Err(ScenarioError::new(
                "protocol.reads.read_index.followers",
                fault,
            ));
        }
        Ok(scenario)
    }
}
