//! Everything that can happen to a world, as one enum.
//!
//! The page, a scenario's timed actions, a golden script, an adversary and a
//! replay all come through [`World::apply`](crate::sim::World::apply) with one of these.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::settings::{
    DiskSettings, LinkQuality, Protocol, ReadMode, SnapshotSettings, Timers, Workload,
};
use crate::kv::{ClientId, Operation};
use crate::raft::ReplicaId;

/// A message in flight, numbered in the order of sending. A number is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct MessageId(pub u64);

/// Something that happens to the world.
///
/// The first group falls due by itself, as virtual time passes. The others come
/// from outside: a hand on the page, or a scenario's timed action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Action {
    // --- what falls due by itself ---
    /// The clock of a replica ticks.
    Tick {
        /// Whose clock.
        replica: ReplicaId,
    },
    /// A message arrives. Before its time, this is "deliver now": by hand it reaches its
    /// receiver whatever a cut link or the dice had in store for it.
    Deliver {
        /// Which message.
        message: MessageId,
    },
    /// A message is lost. By itself, where the network's dice say so; from outside, at once.
    Drop {
        /// Which message.
        message: MessageId,
    },
    /// The disk of a replica has finished the write under way.
    Persist {
        /// Whose disk.
        replica: ReplicaId,
    },
    /// The alarm of a client rings: its request timed out, or its pause before a retry is over.
    Wake {
        /// Which client.
        client: ClientId,
    },
    /// The workload issues its next operation.
    Offer {},

    // --- to a replica ---
    /// A replica dies. All that was not durable is gone.
    Crash {
        /// Which replica.
        replica: Target,
        /// What becomes of the write that its disk is at work on, if there is one.
        #[serde(default, skip_serializing_if = "UnfinishedWrite::is_lost")]
        write: UnfinishedWrite,
    },
    /// A dead replica comes back with what its disk holds.
    Restart {
        /// Which replica.
        replica: Target,
    },
    /// A replica stops running, but keeps its memory; messages wait at its door.
    Pause {
        /// Which replica.
        replica: Target,
    },
    /// A paused replica runs on.
    Resume {
        /// Which replica.
        replica: Target,
    },

    // --- to a disk ---
    /// The disk of a dead replica rots. The checksums tell: the replica won't start
    /// again with it.
    Corrupt {
        /// Which replica.
        replica: Target,
    },
    /// A dead replica that was removed from the membership gets an empty disk, and so is
    /// somebody new under its old number. Refused while anybody could take it for what
    /// it was.
    Format {
        /// Which replica.
        replica: Target,
    },

    // --- to a clock ---
    /// A replica's election timer runs out now, and it stands as a candidate.
    TimeOut {
        /// Which replica.
        replica: Target,
    },
    /// The clock of a running replica jumps ahead: its timers find this many ticks passed
    /// at once, and what is overdue comes with the next tick. No bound on the drift of
    /// clocks covers that, so a lease may not hold (thesis §6.4.1).
    JumpClock {
        /// Whose clock.
        replica: Target,
        /// By how many ticks; 1 to 1,000,000.
        ticks: u32,
    },
    /// The clock of a running replica stands still. The replica goes on: it takes and
    /// answers messages, but no timer of its own runs out. Stalled again meanwhile, the
    /// clock stands for longer by as much.
    StallClock {
        /// Whose clock.
        replica: Target,
        /// For how long, in microseconds; 1 to 60,000,000.
        for_us: u64,
    },
    /// The clock of a replica runs at another rate from its next tick on.
    SetClock {
        /// Whose clock.
        replica: ReplicaId,
        /// Its rate in parts per million: 1,000,000 is a true clock, 1,010,000 runs 1 % fast.
        rate_ppm: u32,
    },

    // --- to the cluster ---
    /// The running leader is asked to make these the voters and learners, and nobody
    /// else (§6). It may refuse, for a reason that the notices tell.
    ChangeMembership {
        /// Who shall vote.
        voters: Vec<ReplicaId>,
        /// Who shall receive the log without a vote.
        #[serde(default)]
        learners: Vec<ReplicaId>,
    },
    /// The running leader is asked to hand over (thesis §3.10).
    TransferLeadership {
        /// To whom; none: to whoever is best prepared.
        #[serde(default)]
        to: Option<Target>,
    },
    /// A replica takes a snapshot of its store, and drops the log that it covers (§7).
    TakeSnapshot {
        /// Which replica.
        replica: Target,
    },

    // --- to a message ---
    /// A second copy of a message sets out, with a latency of its own.
    Duplicate {
        /// Which message.
        message: MessageId,
    },
    /// A message is held in the network until it is released, delivered or dropped.
    Hold {
        /// Which message.
        message: MessageId,
    },
    /// A held message goes on; it arrives after the rest of its latency.
    Release {
        /// Which message.
        message: MessageId,
    },

    // --- to the links between replicas ---
    /// What `from` sends to `to` no longer arrives.
    Cut {
        /// The sender.
        from: Target,
        /// The receiver.
        to: Target,
        /// Whether the other direction is cut too.
        #[serde(default)]
        both: bool,
    },
    /// The link works again.
    Heal {
        /// The sender.
        from: Target,
        /// The receiver.
        to: Target,
        /// Whether the other direction is healed too.
        #[serde(default)]
        both: bool,
    },
    /// Nothing that `from` sends to `to` is lost, but nothing arrives either, until the
    /// link is unclogged: a connection that is up, and on which nothing moves.
    Clog {
        /// The sender.
        from: Target,
        /// The receiver.
        to: Target,
        /// Whether the other direction is clogged too.
        #[serde(default)]
        both: bool,
    },
    /// All that waits in a clogged link arrives now, in the order in which it came there;
    /// what is still on its way arrives after the rest of its latency.
    Unclog {
        /// The sender.
        from: Target,
        /// The receiver.
        to: Target,
        /// Whether the other direction is unclogged too.
        #[serde(default)]
        both: bool,
    },
    /// All links of a replica to other replicas are cut, both ways. Clients still reach it.
    Isolate {
        /// Which replica.
        replica: Target,
    },
    /// All links of a replica to other replicas are healed, both ways.
    Rejoin {
        /// Which replica.
        replica: Target,
    },
    /// The replicas are split into groups that can't reach one another. Within a
    /// group all links are healed. Replicas that are not named form one more group.
    Partition {
        /// The groups; no replica is in two.
        groups: Vec<Vec<Target>>,
    },
    /// All links are healed and unclogged.
    HealAll {},

    // --- to a client ---
    /// A client is asked to carry out an operation. It does so after those it was asked before.
    Request {
        /// Which client; none: client 1, who is the person at the page.
        #[serde(default)]
        client: Option<ClientId>,
        /// The operation.
        operation: Operation,
        /// For a read: how it is served; none: as the protocol's settings say.
        #[serde(default)]
        reads: Option<ReadMode>,
    },
    /// A client goes away: it sends nothing, and what comes to it is lost. What it is
    /// asked meanwhile waits. Its session may expire (thesis §6.3).
    Leave {
        /// Which client.
        client: ClientId,
    },
    /// A client is back, and goes on with its request.
    Return {
        /// Which client.
        client: ClientId,
    },
    /// A client comes to believe that a replica leads: it asks there next.
    Mislead {
        /// Which client.
        client: ClientId,
        /// Whom it believes to lead.
        replica: Target,
    },

    // --- to the settings ---
    /// The network between replicas takes on another quality; links with a quality of their own keep it.
    SetNetwork {
        /// The new quality.
        quality: LinkQuality,
    },
    /// One link takes on a quality of its own.
    SetLink {
        /// The sender.
        from: ReplicaId,
        /// The receiver.
        to: ReplicaId,
        /// Its quality; none: that of the network.
        #[serde(default)]
        quality: Option<LinkQuality>,
    },
    /// The way between clients and replicas takes on another quality.
    SetClientNetwork {
        /// The new quality.
        quality: LinkQuality,
    },
    /// The disk of one replica, or of all, takes on other settings.
    SetDisk {
        /// Whose disk; none: everyone's.
        #[serde(default)]
        replica: Option<ReplicaId>,
        /// The new settings.
        disk: DiskSettings,
    },
    /// The protocol's settings change, for all replicas or for one.
    SetProtocol {
        /// Whose; none: everyone's.
        #[serde(default)]
        replica: Option<ReplicaId>,
        /// The new settings.
        protocol: Protocol,
    },
    /// The timeouts change, for all replicas or for one. A timer that runs goes on; if its
    /// timeout could not be drawn from the new range, another is drawn. What a replica has
    /// promised to its leader it keeps.
    SetTiming {
        /// Whose; none: everyone's.
        #[serde(default)]
        replica: Option<ReplicaId>,
        /// The new timeouts.
        timing: Timers,
    },
    /// It changes when snapshots are taken and how they are sent.
    SetSnapshots {
        /// The new settings.
        snapshots: SnapshotSettings,
    },
    /// The workload changes.
    SetWorkload {
        /// The new workload.
        workload: Workload,
    },
}

impl Action {
    /// A replica dies, and nothing of the write under way is left.
    pub fn crash(replica: impl Into<Target>) -> Self {
        Self::Crash {
            replica: replica.into(),
            write: UnfinishedWrite::Lost,
        }
    }

    /// What the digest and links know an action by: a number that never changes, wherever the action
    /// stands above. A new one takes the next.
    pub(crate) fn tag(&self) -> u8 {
        match self {
            Self::Tick { .. } => 0,
            Self::Deliver { .. } => 1,
            Self::Drop { .. } => 2,
            Self::Persist { .. } => 3,
            Self::Wake { .. } => 4,
            Self::Offer {} => 5,
            Self::Crash { .. } => 6,
            Self::Restart { .. } => 7,
            Self::Pause { .. } => 8,
            Self::Resume { .. } => 9,
            Self::TimeOut { .. } => 10,
            Self::ChangeMembership { .. } => 11,
            Self::TransferLeadership { .. } => 12,
            Self::TakeSnapshot { .. } => 13,
            Self::Duplicate { .. } => 14,
            Self::Hold { .. } => 15,
            Self::Release { .. } => 16,
            Self::Cut { .. } => 17,
            Self::Heal { .. } => 18,
            Self::Isolate { .. } => 19,
            Self::Rejoin { .. } => 20,
            Self::Partition { .. } => 21,
            Self::HealAll {} => 22,
            Self::SetNetwork { .. } => 23,
            Self::SetLink { .. } => 24,
            Self::SetClientNetwork { .. } => 25,
            Self::SetDisk { .. } => 26,
            Self::SetClock { .. } => 27,
            Self::SetProtocol { .. } => 28,
            Self::SetSnapshots { .. } => 29,
            Self::SetWorkload { .. } => 30,
            Self::Request { .. } => 31,
            Self::Clog { .. } => 32,
            Self::Unclog { .. } => 33,
            Self::Corrupt { .. } => 34,
            Self::Format { .. } => 35,
            Self::JumpClock { .. } => 36,
            Self::StallClock { .. } => 37,
            Self::Leave { .. } => 38,
            Self::Return { .. } => 39,
            Self::Mislead { .. } => 40,
            Self::SetTiming { .. } => 41,
        }
    }
}

/// A replica that an action names.
pub(crate) enum Named<'a> {
    /// By its number, or by what it is then.
    Target(&'a mut Target),
    /// By its number.
    Replica(&'a mut ReplicaId),
}

impl Action {
    /// Whether it names this replica.
    pub(in crate::sim) fn names(&self, id: ReplicaId) -> bool {
        let mut action = self.clone();
        action.named_replicas().iter().any(|named| match named {
            Named::Target(target) => **target == Target::Replica(id),
            Named::Replica(replica) => **replica == id,
        })
    }

    /// The replicas that it names in fields of their own, and not in a list.
    pub(crate) fn named_replicas(&mut self) -> Vec<Named<'_>> {
        match self {
            Self::Crash { replica, .. }
            | Self::Restart { replica }
            | Self::Pause { replica }
            | Self::Resume { replica }
            | Self::TimeOut { replica }
            | Self::TakeSnapshot { replica }
            | Self::Isolate { replica }
            | Self::Rejoin { replica }
            | Self::Corrupt { replica }
            | Self::Format { replica }
            | Self::JumpClock { replica, .. }
            | Self::StallClock { replica, .. }
            | Self::Mislead { replica, .. }
            | Self::TransferLeadership { to: Some(replica) } => vec![Named::Target(replica)],
            Self::Cut { from, to, .. }
            | Self::Heal { from, to, .. }
            | Self::Clog { from, to, .. }
            | Self::Unclog { from, to, .. } => vec![Named::Target(from), Named::Target(to)],
            Self::SetLink { from, to, .. } => vec![Named::Replica(from), Named::Replica(to)],
            Self::Tick { replica }
            | Self::Persist { replica }
            | Self::SetClock { replica, .. }
            | Self::SetDisk {
                replica: Some(replica),
                ..
            }
            | Self::SetProtocol {
                replica: Some(replica),
                ..
            }
            | Self::SetTiming {
                replica: Some(replica),
                ..
            } => vec![Named::Replica(replica)],
            _ => Vec::new(),
        }
    }
}

/// What a crash makes of the write under way. What waits behind that write never comes
/// to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum UnfinishedWrite {
    /// Nothing of it is on the disk.
    #[default]
    Lost,
    /// Some of its [records](crate::raft::Write::records) are, the first ones, and never
    /// all: the one that was being written fails its checksum, and ends what is found
    /// after the restart. The disk's dice say how many are whole.
    Torn,
    /// All of it is, but nobody was told: the crash came between the write and its
    /// acknowledgement.
    Kept,
}

impl UnfinishedWrite {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks like this")]
    fn is_lost(&self) -> bool {
        *self == Self::Lost
    }
}

/// Which replica an action means: by its number, or by what it is at that moment.
///
/// In JSON a number, or one of `"leader"`, `"follower"`, `"candidate"`, `"crashed"`,
/// `"paused"` and `"any"`. Where several fit, the world's dice choose; `"leader"` is
/// the running leader of the highest term; `"any"` is any running replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    target_family = "wasm",
    derive(tsify::Tsify),
    tsify(type = "ReplicaId | 'leader' | 'follower' | 'candidate' | 'crashed' | 'paused' | 'any'")
)]
pub enum Target {
    /// This very replica.
    Replica(ReplicaId),
    /// The running leader of the highest term.
    Leader,
    /// A running follower.
    Follower,
    /// A running candidate.
    Candidate,
    /// A crashed replica.
    Crashed,
    /// A paused replica.
    Paused,
    /// A running replica.
    Any,
}

impl Target {
    const NAMED: [(&'static str, Self); 6] = [
        ("leader", Self::Leader),
        ("follower", Self::Follower),
        ("candidate", Self::Candidate),
        ("crashed", Self::Crashed),
        ("paused", Self::Paused),
        ("any", Self::Any),
    ];
}

impl From<ReplicaId> for Target {
    fn from(replica: ReplicaId) -> Self {
        Self::Replica(replica)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Replica(replica) = self {
            return replica.fmt(f);
        }
        let named = Self::NAMED.iter().find(|(_, target)| target == self);
        f.write_str(named.map_or("", |(name, _)| name))
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Replica(replica) => replica.serialize(serializer),
            named => serializer.collect_str(named),
        }
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrName;

        impl Visitor<'_> for NumberOrName {
            type Value = Target;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a replica's number or one of")?;
                for (name, _) in Target::NAMED {
                    write!(f, " \"{name}\"")?;
                }
                Ok(())
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Target, E> {
                u16::try_from(number)
                    .map(|number| Target::Replica(ReplicaId(number)))
                    .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Target, E> {
                Target::NAMED
                    .iter()
                    .find_map(|(known, target)| (*known == name).then_some(*target))
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(name), &self))
            }
        }

        deserializer.deserialize_any(NumberOrName)
    }
}
