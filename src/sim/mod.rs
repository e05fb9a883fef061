//! The world around the replicas: time, a network, disks, clients, faults, and checkers
//! who watch.
//!
//! # One door
//!
//! Everything that can happen is one [`Action`](action::Action): a clock ticks, a
//! message arrives, a disk finishes a write, a replica crashes, a link is cut. A
//! [`World`] takes actions through [`World::apply`] and through no other door, whoever
//! they come from: the page, a scenario, a golden script, an adversary, a replay. An
//! action happens whole, or is [refused](Refused) and changes nothing.
//!
//! What happens by itself is entered in a calendar. [`World::next_due`] says what is next,
//! [`World::step`] lets it happen, [`World::run_until`] does so until a moment. Virtual
//! time is a count of microseconds that moves from one event to the next, so a second
//! takes as long as its events take to compute. The page moves it in step with its
//! frames; a test does not wait at all.
//!
//! ```
//! use raftarium::sim::World;
//! use raftarium::sim::scenario::Scenario;
//!
//! let mut world = World::new(Scenario::default(), 7);
//! world.run_until(1_000_000);
//! assert!(world.view().leader.is_some());
//! assert_eq!(world.violation(), None);
//! ```
//!
//! # One way in, one way out
//!
//! A `Server` holds a replica, its clock, its disk and its store. It is told of one thing that
//! happens (`Server::step`), and out of it come packets, alarms and facts: its replica took a
//! step, the step is durable, an entry was applied, a client was answered. Clients have the same
//! form. The world only routes, one thing after the other: packets to the network, alarms to
//! the calendar, and every fact to the observers, who are told nowhere else. Those are the
//! checkers, the digest, the trace, the counters and the watchdog.
//!
//! # What happens to a step
//!
//! A replica is pure: it is told something, and says what it wants written, sent and
//! applied. Its server does that, in this order:
//!
//! ```text
//! tick, message or request
//!   Replica::step                    `server::pipeline`: think
//!   the step waits for its write     `server::disk`: one write at a time, group commit
//!   it is durable: a fact            `checkers`: the checkers look at it
//!   messages set out                 `network`: latency, loss, copies, cuts
//!   committed entries are applied    `kv`: the store; the client is answered
//! ```
//!
//! A crash takes everything that had not become durable, the steps that wait for the
//! disk included, and nobody has ever heard of them. Of the write under way it may leave
//! the first records, or all of them
//! ([`UnfinishedWrite`](action::UnfinishedWrite)). A paused replica does nothing and
//! loses nothing; its disk ends the write under way, and messages wait at its door.
//!
//! # Chance
//!
//! Each purpose has a stream of its own, forked from the seed: each link, each disk,
//! each client, each life of each replica, the phases of the clocks, the workload, and
//! the choice of who "any replica" is. A change in one place moves no draw in another.
//! There are no floats, no hash maps and no clocks but the virtual one. So the same
//! scenario, seed and actions give the same world, natively and in every browser, and
//! [`World::digest`] proves it: a chain of hashes over all that has happened.
//!
//! # Checkers
//!
//! After every event the `checkers` hold what changed against the properties that must
//! always hold: the five of the paper's Figure 3, and what else follows from it, each with
//! its [name and source](property::WATCHED). A broken one is a
//! [`Violation`](violation::Violation): the world stops there, can still be looked at, and
//! its [`Timeline`] can be rewound to see how it came.
//!
//! # How much memory it takes
//!
//! A world may run for days, and a browser has 4 GiB at most. So everything that could grow
//! as long as it runs has a bound, and no bound depends on who looks on:
//!
//! | what | bound |
//! |---|---|
//! | a log | a snapshot takes its place once [`every_bytes`](scenario::SnapshotSettings) were applied since the last one, by default 2 MiB; a leader keeps no more than `catch_up_bytes` beyond that for followers that catch up |
//! | a store | `bytes_max` of its [settings](scenario::StoreSettings), and as much for its snapshot |
//! | messages | 100,000, and 64 MiB; 4,096 before a paused replica, or at the end of a clogged link |
//! | what waits | 10,000 operations at a client, 4,096 reads at a leader |
//! | what the checkers remember | the last 32,768 entries that were applied, the latest thousands of terms, 16,384 changes that nobody has carried out; of what is older, a checksum |
//! | notices | those of the newest events, until somebody takes them |
//! | the past, in a [`Timeline`] | 640 copies and 128 MiB of them, 32 MiB of what was done from outside, 256 branches, 8 MiB of what is known of them |
//!
//! With the default settings a world of five replicas and its past take less than 256 MiB, for
//! ever. Busy for ten million events they took 102 MiB natively and 77 MiB in Chromium; with
//! no quorum 203 MiB, with replicas that never take in what they are sent 77 MiB, with
//! elections all the time 109 MiB (five million each). `tests/memory` and `tests/wasm` measure
//! that.
//!
//! Reaching a bound is reported: a snapshot, a message that is lost in a crowd, and a
//! follower for which the log is kept no longer are [notices](notice::TraceEvent); what no
//! more can be taken in is [refused](Refused) with what to do about it.
//!
//! # The rooms
//!
//! | room | what is in it |
//! |---|---|
//! | [`scenario`] | a world as a file, its limits, and the [`action`]s: everything that can happen |
//! | [`property`] | what must always hold, and a broken one as data |
//! | `world` | the one door, the routing between the rooms, and the observers |
//! | `server` | a replica with its clock, disk and store |
//! | `network`, `client` | messages on their way; who asks |
//! | [`why`] | why it is so: answers from the state and the rules |
//! | `checkers`, `watchdog` | what must not happen; what should have happened by now |
//! | [`view`] | what an observer sees, and the [trace](view::trace) of what happened |
//! | [`causality`] | what caused what: the event graph of a stretch of a run |
//! | `replay` | a world to be seen again; its past, and the way back |
//! | `schedule`, `digest`, `footprint` | the calendar; the chain of hashes; how much memory it takes |
//!
//! # What is simplified
//!
//! Computing takes no virtual time. A disk never lies: what it says is written, is, until
//! its checksums tell otherwise. Messages are lost, doubled and overtaken, but not
//! damaged. A link that is not allowed to reorder loses messages without stopping those
//! behind, which TCP would do. Clients go away and come back, but forget nothing.

pub mod causality;
mod checkers;
mod client;
mod digest;
mod footprint;
mod network;
pub mod property;
mod replay;
pub mod scenario;
mod schedule;
mod server;
pub mod view;
mod watchdog;
pub mod why;
mod world;

pub use property::violation;
pub use replay::{
    BEHAVIOUR, BRANCHES_MAX, BranchFault, BranchId, BranchView, Branches, Bucket, Compare,
    CompareProgress, ComparedPair, ComparedReplica, Comparison, DeletedBranch, FORMAT,
    Intervention, MarkKind, Moment, NAME_CHARS_MAX, Overview, RecordedBranch, Recorder, Recording,
    ReplayError, ReplayFault, Seek, SeekProgress, SeekRequest, SeekTo, Shown, Side, Timeline,
    TimelineError, Told, ToldApart, TraceProgress, Tracing, Weight,
};
pub use scenario::{action, ratio};
pub use view::{lease, trace as notice};
pub use world::{Due, Refused, World};
