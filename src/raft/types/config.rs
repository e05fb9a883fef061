//! The configuration of one replica: what it is told before it starts, and the settings, which
//! may change while it runs.

use super::ids::ReplicaId;
use super::membership::Membership;
use crate::flaw::Flaw;

/// The settings of one replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its name.
    pub id: ReplicaId,
    /// Its address book, in rising order: all replicas that may ever belong to the
    /// cluster, itself included. A message from anyone else is refused.
    ///
    /// It is fixed for a replica's life, since it is not part of the protocol: the log decides
    /// which replicas belong to the cluster, and the book only says which may be heard at all. To
    /// admit a new one, restart each replica with a longer book, one after the other
    /// (a restart loses nothing that is durable), and then change the membership. Names that
    /// are not members cost nothing, so a book may well hold names for later.
    pub peers: Vec<ReplicaId>,
    /// The members of the cluster, until its log says otherwise. The same for all.
    pub membership: Membership,
    /// The settings, which may change while it runs.
    pub settings: Settings,
}

/// Settings that may change while a replica runs. Time is counted in ticks of its own clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// As a leader it sends each follower something at least every this many ticks; as
    /// a candidate it asks again those that have not answered. At least 1.
    pub heartbeat_ticks: u32,
    /// As a leader it asks a follower again that has not answered for this many ticks, if reads
    /// or uncommitted entries wait for the answer. Zero, or `heartbeat_ticks` and more: with the
    /// next heartbeat.
    pub retry_ticks: u32,
    /// The shortest election timeout; more than `heartbeat_ticks`.
    pub election_timeout_ticks_min: u32,
    /// The longest election timeout; each timeout is drawn from this range (§5.2).
    pub election_timeout_ticks_max: u32,
    /// At most this many entries go into one `AppendEntries`; at least 1.
    pub entries_max: usize,
    /// At most this many bytes of commands go into one, though always one entry.
    pub bytes_max: usize,
    /// At most this many unanswered `AppendEntries` with entries are under way to a
    /// follower whose log is known to match; at least 1.
    pub window_messages: usize,
    /// At most this many bytes of commands are under way to it, though always one message.
    pub window_bytes: usize,
    /// The followers to which a leader sends new entries at once.
    pub replication: Replication,
    /// Whether a replica asks if it could win before it stands for election (thesis §9.6).
    /// Set `check_quorum` too: see [what may happen without](crate::raft#pre-vote-alone).
    pub pre_vote: bool,
    /// Whether a leader that has not heard from a quorum for an election timeout
    /// steps down, and replicas that have heard from a leader just now do not vote
    /// (thesis §6.2, §4.2.3).
    pub check_quorum: bool,
    /// If set, the replica promises its leader in each answer to keep to it for
    /// `election_timeout_ticks_min`, and as a leader it serves reads without a round of
    /// heartbeats as long as a quorum has promised so (thesis §6.4.1). Replicas may differ
    /// in this: a leader counts only on those that have promised. Needs `check_quorum`.
    pub lease: Option<Lease>,
    /// A chunk of a snapshot has at most this many bytes; at least 1.
    pub chunk_bytes: usize,
    /// For a follower that is being brought up to date a leader keeps entries that a snapshot
    /// covers, if they [weigh](crate::raft::Entry::weight) no more bytes than this. Zero: none.
    pub catch_up_bytes: u64,
    /// A leader takes no command while this many bytes of commands are not committed.
    pub uncommitted_bytes_max: usize,
    /// A rule that is broken on purpose; normally none.
    pub flaw: Option<Flaw>,
}

/// The followers to which a leader sends new entries at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replication {
    /// Everyone: the shortest answers.
    Eager,
    /// Just enough voters for a quorum; the others get them with their next
    /// heartbeat: the fewest messages.
    QuorumFirst,
}

/// How far clocks are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// By how much, in parts per million, the rates of two clocks may differ. Where
    /// they differ by more, a deposed leader may serve a stale read.
    pub drift_ppm: u32,
}

/// A [`Config`] that no replica can run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The address book doesn't include the replica itself.
    #[error("peers: {0} itself is missing")]
    NotAPeer(ReplicaId),
    /// A replica is named twice, or out of order.
    #[error("peers: {0} is out of order, or named twice")]
    Unordered(ReplicaId),
    /// A member is not in the address book.
    #[error("membership: {0} is not among the peers")]
    UnknownMember(ReplicaId),
    /// There are no voters.
    #[error("membership: there is no voter")]
    NoVoter,
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
    /// No message could ever be sent.
    #[error("window_messages: must be at least 1")]
    EmptyWindow,
    /// No snapshot could ever be sent.
    #[error("chunk_bytes: must be at least 1")]
    EmptyChunk,
    /// A lease holds only if followers keep to their leader.
    #[error("lease: needs check_quorum")]
    LeaseWithoutCheckQuorum,
    /// An election timeout that was set by hand is out of the range from which it is drawn.
    #[error("the election timeout: must be {min} to {max} ticks by the settings, not {ticks}")]
    TimeoutOutOfRange {
        /// The timeout that was asked for.
        ticks: u32,
        /// `election_timeout_ticks_min`.
        min: u32,
        /// `election_timeout_ticks_max`.
        max: u32,
    },
    /// A leader has no election timer.
    #[error("the election timeout: a leader has none; it draws one when it steps down")]
    NoElectionTimer,
}

impl Config {
    /// Whether a replica can run with these settings.
    ///
    /// # Errors
    /// The first fault found, by the field's name.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if let Some(pair) = self.peers.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(ConfigError::Unordered(pair[1]));
        }
        if !self.knows(self.id) {
            return Err(ConfigError::NotAPeer(self.id));
        }
        if let Some(stranger) = self
            .membership
            .members()
            .into_iter()
            .find(|&id| !self.knows(id))
        {
            return Err(ConfigError::UnknownMember(stranger));
        }
        if self.membership.voters.is_empty() {
            return Err(ConfigError::NoVoter);
        }
        self.settings.validate()
    }

    /// Whether `id` is in the address book.
    pub fn knows(&self, id: ReplicaId) -> bool {
        // They are few: looking at them all is faster than searching.
        self.peers.contains(&id)
    }
}

impl Default for Settings {
    /// The paper's protocol with its timing (§9.3), if a tick is 10 ms long, and none of
    /// the extensions.
    fn default() -> Self {
        Self {
            heartbeat_ticks: 5,
            retry_ticks: 0,
            election_timeout_ticks_min: 15,
            election_timeout_ticks_max: 30,
            entries_max: 64,
            bytes_max: 64 * 1024,
            window_messages: 8,
            window_bytes: 256 * 1024,
            replication: Replication::Eager,
            pre_vote: false,
            check_quorum: false,
            lease: None,
            chunk_bytes: 16 * 1024,
            catch_up_bytes: 16 * 1024 * 1024,
            uncommitted_bytes_max: 1024 * 1024,
            flaw: None,
        }
    }
}

impl Settings {
    /// Whether a replica can run with these settings.
    ///
    /// # Errors
    /// The first fault found, by the field's name.
    pub fn validate(&self) -> Result<(), ConfigError> {
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
        if self.window_messages == 0 {
            return Err(ConfigError::EmptyWindow);
        }
        if self.chunk_bytes == 0 {
            return Err(ConfigError::EmptyChunk);
        }
        if self.lease.is_some() && !self.check_quorum {
            return Err(ConfigError::LeaseWithoutCheckQuorum);
        }
        Ok(())
    }

    /// For how many ticks of its own clock a replica with these settings promises to keep
    /// to its leader; zero: it promises nothing.
    pub(in crate::raft) fn promises(&self) -> u32 {
        let lease = self.lease.filter(|_| self.check_quorum);
        lease.map_or(0, |_| self.election_timeout_ticks_min)
    }

    /// For how many ticks of its own clock a leader may count on a promise of `promised_ticks`,
    /// from the moment when the question set out that it answers. That is less, since one of the
    /// follower's ticks may have been nearly over, and its clock may be faster by the bound.
    pub(in crate::raft) fn counts_on(&self, promised_ticks: u32) -> u64 {
        let Some(Lease { drift_ppm }) = self.lease else {
            return 0;
        };
        if self.breaks(Flaw::LeaseIgnoresDrift) {
            return u64::from(promised_ticks); // flaw
        }
        let whole = u64::from(promised_ticks.saturating_sub(1));
        whole * 1_000_000 / (1_000_000 + u64::from(drift_ppm))
    }

    /// Whether this rule is broken on purpose.
    pub(in crate::raft) fn breaks(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Whether replicas that have heard from a leader just now refuse to vote.
    pub(in crate::raft) fn keeps_to_leader(&self) -> bool {
        self.check_quorum || self.pre_vote
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three replicas, of which two vote.
    fn config() -> Config {
        let id = ReplicaId;
        let voters = Membership::of_voters([id(1), id(2)]);
        Config {
            id: id(3),
            peers: [id(1), id(2), id(3)].into(),
            membership: voters,
            settings: Settings::default(),
        }
    }

    #[test]
    fn a_config_that_no_replica_can_run_with_is_refused() {
        let fault = |spoil: fn(&mut Config)| {
            let mut config = config();
            spoil(&mut config);
            config.validate().err()
        };
        let id = ReplicaId;
        assert_eq!(fault(|_| ()), None);
        assert_eq!(
            fault(|config| config.peers = [ReplicaId(1), ReplicaId(3), ReplicaId(2)].into()),
            Some(ConfigError::Unordered(id(2)))
        );
        assert_eq!(
            fault(|config| config.peers = [1, 2, 2, 3].map(ReplicaId).into()),
            Some(ConfigError::Unordered(id(2)))
        );
        assert_eq!(
            fault(|config| config.id = ReplicaId(4)),
            Some(ConfigError::NotAPeer(id(4)))
        );
        assert_eq!(
            fault(|config| config.peers = [2, 3].map(ReplicaId).into()),
            Some(ConfigError::UnknownMember(id(1)))
        );
        assert_eq!(
            fault(|config| config.membership = Membership::default()),
            Some(ConfigError::NoVoter)
        );
        assert_eq!(
            fault(|config| config.settings.entries_max = 0),
            Some(ConfigError::EmptyBatch)
        );
    }
}
