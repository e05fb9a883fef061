//! A scenario: a world as a file. Everything in it is data that a person can
//! write by hand; what is left out has a default that makes a calm cluster.
//!
//! ```json
//! {
//!   "title": "The leader crashes",
//!   "story": "What to watch for.",
//!   "seed": 7,
//!   "replicas": 5,
//!   "network": { "latency": { "uniform": { "min_us": 8000, "max_us": 16000 } }, "loss": "1/20" },
//!   "workload": { "clients": 2, "operations_per_second": 20, "reads": "4/5", "keys": 8 },
//!   "actions": [
//!     { "at_us": 2000000, "do": { "crash": { "replica": "leader" } } },
//!     { "at_us": 4000000, "do": { "restart": { "replica": "crashed" } } }
//!   ]
//! }
//! ```
//!
//! Times are in microseconds of virtual time, chances are ratios of whole numbers
//! (`"1/20"`), replicas are numbered from 1. An unknown field is an error, and each
//! error names the path of the field (see [`Scenario::from_json`]). A key of the store
//! has 1 to 256 bytes, a value 4,096 at most.

pub mod action;
mod defaults;
mod limits;
mod parse;
pub(crate) mod plain;
pub mod ratio;
mod reader;
mod settings;
mod shipped;
mod story;

use serde::{Deserialize, Serialize};

use self::action::Action;
pub use self::limits::{validate_action, validate_operation};
pub use self::parse::{Place, ScenarioError, from_json, read as from_json_of_size};
pub(crate) use self::plain::echo;
pub(crate) use self::settings::true_rate;
pub use self::settings::{
    Batch, ClientSettings, Clock, DiskSettings, Latency, Link, LinkQuality, Protocol, ReadMode,
    ReplicationMode, SnapshotSettings, StoreSettings, Timers, Timing, Workload,
};
pub use self::shipped::{Shipped, demonstrations, shipped};
pub use self::story::{Story, StoryEvent, StoryStep};
use crate::flaw::Flaw;
use crate::kv::StoreBounds;
use crate::raft::ReplicaId;

/// A world as a file: who lives in it, how its network and disks behave, what is
/// asked of it, and what befalls it when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Scenario {
    /// A short name for menus; 256 bytes at most.
    pub title: String,
    /// What there is to see, for the person who watches: a text, or steps that follow the play.
    pub story: Story,
    /// The seed to run it with if none is asked for, 2^53 − 1 at most; none: the page draws a fresh one.
    pub seed: Option<u64>,
    /// A rule that is broken on purpose, in all replicas; none: everything is as it should
    /// be. A scenario with a flaw says so wherever it is shown.
    pub flaw: Option<Flaw>,
    /// How many replicas the cluster has at the beginning, 1 to 51.
    pub replicas: u16,
    /// How many more run without belonging to the cluster, until a change of the
    /// membership takes them in. They have the numbers after the others'; 51 in all at most.
    pub spares: u16,
    /// Ticks and timeouts.
    pub timing: Timing,
    /// Clocks that differ from the true one; at most one for each replica.
    pub clocks: Vec<Clock>,
    /// The quality of the network between replicas.
    pub network: LinkQuality,
    /// Links with a quality of their own, or cut from the start; at most one entry for each link.
    pub links: Vec<Link>,
    /// The quality of the way between clients and replicas.
    pub client_network: LinkQuality,
    /// How the disks behave.
    pub disk: DiskSettings,
    /// How much goes into one `AppendEntries`.
    pub batch: Batch,
    /// Which of Raft's extensions are in use, and how.
    pub protocol: Protocol,
    /// How snapshots of the key-value store replace the beginnings of the logs.
    pub snapshots: SnapshotSettings,
    /// What the key-value store keeps of its clients, and how much it holds. The
    /// same for all replicas, and the same for ever: it is part of the state machine.
    pub store: StoreSettings,
    /// How patient the clients are.
    pub clients: ClientSettings,
    /// What the clients are asked to do without end.
    pub workload: Workload,
    /// What happens when; 10,000 actions at most. Two at the same time happen in this order.
    pub actions: Vec<TimedAction>,
}

/// An action with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct TimedAction {
    /// When it happens, in microseconds of virtual time; 2^53 − 1 at most.
    pub at_us: u64,
    /// What happens. One that can't be done at that moment (there is no leader to
    /// crash) is left out, and the world says so.
    ///
    /// All but what an author can't mean: what falls due by itself (`tick`, `persist`,
    /// `wake`, `offer`) and what names a message (`deliver`, `drop`, `duplicate`,
    /// `hold`, `release`), for messages have no numbers before they are sent.
    #[serde(rename = "do")]
    pub action: Action,
}

impl Scenario {
    /// How many replicas run, those that don't belong to the cluster included.
    pub fn total(&self) -> u16 {
        self.replicas.saturating_add(self.spares)
    }

    /// The numbers of all replicas that run.
    pub fn all_replicas(&self) -> impl Iterator<Item = ReplicaId> + use<> {
        (1..=self.total()).map(ReplicaId)
    }

    /// What the key-value stores keep to.
    pub fn store_bounds(&self) -> StoreBounds {
        let StoreSettings {
            session_expiry_us,
            sessions_max,
            key_bytes_max,
            value_bytes_max,
            bytes_max,
        } = self.store;
        StoreBounds {
            session_expiry_us,
            sessions_max,
            key_bytes_max,
            value_bytes_max,
            bytes_max,
            flaw: self.flaw,
        }
    }
}
