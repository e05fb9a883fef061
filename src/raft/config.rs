//! What a replica is told before it starts.

use super::ids::ReplicaId;

/// The settings of one replica. Time is counted in ticks of its own clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Who it is.
    pub id: ReplicaId,
    /// All replicas of the cluster, itself included, in rising order.
    pub members: Vec<ReplicaId>,
    /// As a leader it sends heartbeats every this many ticks; as a candidate it
    /// asks again those that have not answered. At least 1.
    pub heartbeat_ticks: u32,
    /// The shortest election timeout; more than `heartbeat_ticks`.
    pub election_timeout_ticks_min: u32,
    /// The longest election timeout; each timeout is drawn from this range (§5.2).
    pub election_timeout_ticks_max: u32,
    /// At most this many entries go into one `AppendEntries`; at least 1.
    pub entries_max: usize,
    /// At most this many bytes of commands do, though always one entry.
    pub bytes_max: usize,
}

/// A [`Config`] that no replica can run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The cluster doesn't include the replica itself.
    #[error("members: {0} itself is missing")]
    NotAMember(ReplicaId),
    /// A replica is named twice, or out of order.
    #[error("members: {0} is out of order, or named twice")]
    Unordered(ReplicaId),
    /// A leader would never send heartbeats.
    #[error("heartbeat_ticks: must be at least 1")]
    NoHeartbeat,
    /// Followers would time out between two heartbeats.
    #[error("election_timeout_ticks_min: must be more than heartbeat_ticks")]
    ElectionBeforeHeartbeat,
    /// There is no timeout to draw.
    #[error("election_timeout_ticks_max: must be at least election_timeout_ticks_min")]
    EmptyTimeoutRange,
    /// No entry could ever be sent.
    #[error("entries_max: must be at least 1")]
    EmptyBatch,
}

impl Config {
    /// Whether a replica can run with these settings.
    ///
    /// # Errors
    /// The first fault found, by the field's name.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if let Some(pair) = self.members.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(ConfigError::Unordered(pair[1]));
        }
        if !self.members.contains(&self.id) {
            return Err(ConfigError::NotAMember(self.id));
        }
        if self.heartbeat_ticks == 0 {
            return Err(ConfigError::NoHeartbeat);
        }
        if self.election_timeout_ticks_min <= self.heartbeat_ticks {
            return Err(ConfigError::ElectionBeforeHeartbeat);
        }
        if self.election_timeout_ticks_max < self.election_timeout_ticks_min {
            return Err(ConfigError::EmptyTimeoutRange);
        }
        if self.entries_max == 0 {
            return Err(ConfigError::EmptyBatch);
        }
        Ok(())
    }

    /// How many replicas are a majority of the cluster.
    pub fn quorum(&self) -> usize {
        self.members.len() / 2 + 1
    }

    /// All members but this replica.
    pub fn peers(&self) -> impl Iterator<Item = ReplicaId> + '_ {
        self.members.iter().copied().filter(|&id| id != self.id)
    }
}
