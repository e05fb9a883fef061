//! Raft, the protocol: how several replicas agree on one log, although any of them
//! may crash and any message may be lost, doubled, delayed or overtaken.
//!
//! # The protocol in a page
//!
//! Time is divided into *terms*, numbered 1, 2, 3 … Each term begins with an
//! election. A *follower* that hears of no leader for an election timeout becomes a
//! *candidate*: it enters the next term, votes for itself and asks all others for
//! their vote. A replica votes once in a term, first come first served, and only
//! for a candidate whose log is at least as up to date as its own. With the votes of
//! a majority a candidate is the *leader* of its term. Two majorities share a
//! replica, so a term never has two leaders; it may have none, if votes are split,
//! and then random timeouts make it likely that the next election is won.
//!
//! The leader alone takes commands. It appends each to its log and sends the new
//! entries to the followers in `AppendEntries`, together with the index and term of
//! the entry before them. A follower whose log has another entry there, or none,
//! rejects; the leader then goes back until the logs match, and the follower discards what
//! it had beyond that point. So two logs that agree on one entry agree on all
//! before it.
//!
//! An entry of the leader's own term that a majority holds is *committed*: no later
//! leader can be elected without it, since that majority and the one that votes share a
//! replica, which refuses a candidate that lacks it. With it, all entries before
//! it are committed. An entry of an *older* term must not be counted, though a
//! majority holds it: it might yet be overwritten (the paper's Figure 8). Committed
//! entries are applied to the state machine, everywhere in the same order.
//!
//! An `AppendEntries` without entries is a heartbeat: the leader sends them often enough that no
//! follower times out while it works.
//!
//! # What a real cluster also needs
//!
//! *Pre-vote* (thesis §9.6): before a replica begins a new term, which would depose a
//! leader that works, it asks whether it could win. *Check of the quorum* (§6.2): a leader
//! that hears nothing from a majority steps down, and a replica that has just heard
//! from a leader keeps to it. Each is a setting, and replicas may differ in it. While there is a
//! leader, a replica that was removed is ignored in any case (§6).
//!
//! # Pre-vote alone
//!
//! Pre-vote without the check of the quorum can block everybody for ever, and that is no bug:
//! it follows from the two rules. Say that of five replicas R5 is gone, and
//! that the links from the leader R1 to R3 and R4 are cut. R1 still reaches R2, a bridge. It
//! can commit nothing with one follower, but does not step down, since nothing makes it check
//! that. R3 and R4 ask for pre-votes; they need R2 for a majority, which hears from its
//! leader and denies them. With `check_quorum` on at R1 it steps down after an election
//! timeout, and R2, R3 or R4 leads. Without pre-vote R3 deposes it by its higher term, as in
//! §5. So a voter that denies for this reason says whether it may last
//! ([`VoteDecision::LeaderAlive`]).
//!
//! # What else it needs
//!
//! *Catching up without a leader*: links may fail so that only one replica reaches a
//! quorum, and its log is behind. It asks those that deny it their votes for what it
//! lacks, and then wins. This is our own extension; `catch_up` says why it is safe.
//!
//! *Membership* (§6): the configuration is an entry of the log like others, but in force
//! from the moment it is appended, and gone when it is truncated. Newcomers first catch up
//! as *learners*, who have no vote; then the cluster passes through a *joint*
//! configuration, in which nothing is decided without a majority of the old one and
//! one of the new one; once that is committed the leader leaves it by itself, and if it
//! is not in the new one, it hands over and goes. Where only one voter changes, any two
//! majorities meet anyway, and a single step will do (thesis §4.1). A replica that has lost its vote in an
//! entry that is not committed may still stand for election: it may be the only one whose
//! log is complete enough to commit that very entry.
//!
//! *Snapshots* (§7): the state machine's state takes the place of the beginning of the
//! log. A follower that lacks entries which are gone gets the snapshot, in chunks, and the
//! leader goes on where the follower says that it stopped. The leader keeps its log behind that
//! snapshot for the follower, within bounds (`leader::keep`).
//!
//! *Reads* (thesis §6.4) need not go through the log: the leader notes its commit
//! index, has a majority confirm that it still leads (one round of heartbeats for all
//! waiting reads), and lets the read see the log up to that index. With a *lease* it
//! does not ask, as long as clocks run as evenly as the lease's bound says; where they
//! don't, a read may be stale. A follower gets the index from its leader.
//!
//! *Handover* (thesis §3.10): the leader takes no more commands, completes its successor's
//! log, and tells it to stand at once.
//!
//! # How this code is used
//!
//! It does no I/O, knows no clock, and draws random numbers only from a stream that
//! it owns. There is one way in and one way out:
//!
//! ```
//! use raftarium::raft::{Config, Durable, Input, Membership, Replica, ReplicaId, Settings};
//! use raftarium::rng::Pcg32;
//!
//! let alone = vec![ReplicaId(1)];
//! let config = Config {
//!     id: ReplicaId(1),
//!     membership: Membership::of_voters(alone.clone()),
//!     peers: alone,
//!     settings: Settings::default(),
//! };
//! let mut replica = Replica::new(config, Durable::default(), Pcg32::new(1, 1))?;
//! let effects = replica.step(Input::Campaign);
//! // First make effects.write durable; then send effects.messages, apply effects.committed.
//! let committed = replica.log().entries(&effects.committed);
//! assert_eq!(committed.len(), 1);
//! # Ok::<(), raftarium::raft::StartError>(())
//! ```
//!
//! [`Replica::step`] changes the replica and returns [`Effects`], which say what is to
//! be written, sent and applied, in this order. [`Durable`] is what must survive a crash,
//! and [`Effects::write`] the step's change to it. A replica is `Clone`, so any moment
//! can be kept and gone back to.
//!
//! Effects don't hold the entries that they are about, but name them by their indices: they are
//! in the replica's log, and [`Log::entries`] hands them out without copying them. A driver that
//! carries out effects later, once a disk is done, takes the [`Entries`] right after the step and
//! keeps them until then, for the log may lose them meanwhile: to another leader, or to a
//! snapshot.
//!
//! # Where to find things
//!
//! - [`rules`]: the rules of the protocol, pure functions, each with its section of the paper. They
//!   answer with a reason instead of a yes or no (`decisions`).
//! - `types`: the values that it all is about: messages, the log, what survives a crash,
//!   configurations, settings. `types::start` checks what a disk holds.
//! - `replica`: the one door. A replica is a `core`, which every replica has, and a [`Role`] with
//!   the data of that role; `role` has the changes from one to another, and what must hold then.
//! - `receive` hands each message on; `refusal` lists what no correct replica would ever send.
//! - `elections` and `candidate`: who leads. `catch_up`: what a candidate fetches from others.
//! - `follower`: takes over a leader's log or snapshot. `leader`: all that only a leader does, one
//!   file for each duty.
//!
//! # Pipelining and retries
//!
//! A leader sends entries as they come to a follower whose log is known to match, as far
//! as a window of messages and bytes allows ([`ProgressState::Replicate`]); commands that
//! come while the window is full wait in the log and go out together. If a message is
//! lost, the next one, or the heartbeat, finds a gap and is rejected; then the leader
//! probes, one message at a time, until it knows where the logs match. While a read or an
//! uncommitted entry waits for an answer, it need not wait for the heartbeat
//! ([`Settings::retry_ticks`]). News of the commit
//! index rides on the messages that are sent anyway, and a follower that was sent something needs
//! no heartbeat. A message's commit index never goes beyond the entries it vouches for, so
//! it means the same however late it comes. In quorum-first mode ([`Replication`])
//! only as many voters as are needed get new entries at once; the others get them with their
//! next heartbeat.
//!
//! # What is left out
//!
//! Unless pre-vote or the check of the quorum is on, a member that comes back from
//! isolation deposes a working leader by its higher term, as in the paper's §5. Replicas
//! may crash or stop, but they do not lie.
//!
//! Source: D. Ongaro and J. Ousterhout, "In Search of an Understandable Consensus
//! Algorithm (Extended Version)", 2014; a section (§) or figure without a name is
//! of that paper. The thesis is D. Ongaro, "Consensus: Bridging Theory and Practice", 2014.

#![deny(clippy::float_arithmetic)]

mod candidate;
mod catch_up;
mod core;
mod decisions;
mod effects;
mod elections;
mod follower;
mod forwarded;
mod incoming;
mod leader;
mod receive;
mod refusal;
mod replica;
mod role;
pub mod rules;
mod types;

pub use candidate::Candidate;
pub use decisions::{
    ChangeDecision, CommitDecision, CompactDecision, Decision, ElectionDecision, KeepDecision,
    MatchDecision, NoLease, ProposalDecision, QuorumDecision, ReadDecision, Rightly,
    TransferDecision, VoteDecision,
};
pub use effects::{Compact, Effects, Input, ReadReady};
pub use follower::Follower;
pub use leader::keep::SILENCE_TIMEOUTS_MAX;
pub use leader::progress::{CatchUp, InFlight, Progress, ProgressState};
pub use leader::{Leader, Transfer, WaitingRead};
pub use refusal::Refusal;
pub use replica::Replica;
pub use role::Role;
pub use types::config::{Config, ConfigError, Lease, Replication, Settings};
pub use types::durable::{Durable, SNAPSHOT_BYTES_MAX, Snapshot, VoteWrite, Write};
pub use types::entries::{Entries, Iter as EntriesIter};
pub use types::ids::{LogIndex, NUMBER_MAX, Position, ReplicaId, Term};
pub use types::log::Log;
pub use types::membership::Membership;
pub use types::message::{Body, ENTRY_BYTES, Entry, Message, Payload, VotePurpose};
pub use types::news::{ChangeEnd, ChangeStage, ProposalNews};
pub use types::start::{DurableError, StartError};
