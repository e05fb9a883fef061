//! What the world does with a replica of either kind, and what it hears of it.

use raft_rs::eraftpb::Message as TheirMessage;
use raftarium::raft::{Membership, Message, Position, ReplicaId, Replication, Settings, Term};
use raftarium::rng::Pcg32;

use crate::machine::Machine;

/// Whose code a replica runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Ours,
    Theirs,
}

/// What a host is told of its cluster.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) seed: u64,
    pub(crate) id: ReplicaId,
    /// All replicas there are, and their kinds.
    pub(crate) peers: Vec<ReplicaId>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) initial: Membership,
    pub(crate) settings: Settings,
}

impl Setup {
    /// Who there is, of which kind, and with which settings, whatever the dice say.
    pub(crate) fn random(seed: u64, rng: &mut Pcg32) -> Self {
        let size = u16::try_from(rng.between(1, 5)).expect("small");
        let spare = u16::try_from(rng.between(u64::from(size == 1), 3)).expect("small");
        let peers: Vec<ReplicaId> = (1..=size + spare).map(ReplicaId).collect();
        Self {
            seed,
            id: peers[0],
            kinds: kinds(rng, peers.len()),
            initial: Membership::of_voters(peers[..usize::from(size)].iter().copied()),
            settings: settings(rng),
            peers,
        }
    }

    pub(crate) fn kind_of(&self, id: ReplicaId) -> Kind {
        self.kinds[usize::from(id.0) - 1]
    }
}

/// A message on its way. Two replicas of the crate's speak its own dialect among
/// themselves, untranslated; whenever one of ours takes part, ours is spoken.
#[derive(Clone, Debug)]
pub(crate) enum Wire {
    Ours(Message),
    Theirs(TheirMessage),
}

/// What came of a step.
#[derive(Default)]
pub(crate) struct StepResult {
    pub(crate) messages: Vec<(ReplicaId, Wire)>,
    /// The state machine started anew from a snapshot.
    pub(crate) restored: Option<Restored>,
    pub(crate) applied: Vec<Applied>,
    /// The end of the log gave way to a leader's entries.
    pub(crate) truncated: bool,
    /// A membership was taken back with it.
    pub(crate) rolled_back: bool,
}

pub(crate) struct Restored {
    pub(crate) last: Position,
    pub(crate) membership: Membership,
    pub(crate) machine: Machine,
}

/// One committed entry was applied.
pub(crate) struct Applied {
    pub(crate) position: Position,
    /// If it holds one.
    pub(crate) membership: Option<Membership>,
    /// The state machine after it.
    pub(crate) machine: Machine,
}

/// A replica of either kind with its disk and its state machine. While it is
/// crashed, nothing that is told to it has an effect.
pub(crate) trait Host {
    fn restart(&mut self);
    fn crash(&mut self);
    fn runs(&self) -> bool;

    fn tick(&mut self) -> StepResult;
    fn receive(&mut self, wire: Wire) -> StepResult;
    fn campaign(&mut self) -> StepResult;
    fn propose(&mut self, command: Vec<u8>) -> StepResult;
    fn change(&mut self, wish: &Membership) -> StepResult;
    fn transfer(&mut self, to: ReplicaId) -> StepResult;
    fn compact(&mut self, retain: u64) -> StepResult;

    /// The term that it leads.
    fn leads(&self) -> Option<Term>;
    fn machine(&self) -> Machine;
    fn last_index(&self) -> u64;
    /// The latest membership in its log, and whether that is known to be committed.
    fn membership(&self) -> (Membership, bool);
    fn describe(&self) -> String;
}

/// At least one of each kind, and one of each among the first two.
fn kinds(rng: &mut Pcg32, count: usize) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = (0..count)
        .map(|_| match rng.below(2) {
            0 => Kind::Ours,
            _ => Kind::Theirs,
        })
        .collect();
    kinds[1] = match kinds[0] {
        Kind::Ours => Kind::Theirs,
        Kind::Theirs => Kind::Ours,
    };
    kinds
}

fn settings(rng: &mut Pcg32) -> Settings {
    Settings {
        heartbeat_ticks: 3,
        retry_ticks: rng.below(3),
        election_timeout_ticks_min: 10,
        election_timeout_ticks_max: 20,
        entries_max: 1 + rng.below(8) as usize,
        bytes_max: 64,
        window_messages: 1 + rng.below(4) as usize,
        window_bytes: 128,
        replication: if rng.below(2) == 0 {
            Replication::Eager
        } else {
            Replication::QuorumFirst
        },
        pre_vote: rng.below(2) == 0,
        check_quorum: rng.below(2) == 0,
        lease: None,
        chunk_bytes: 1 + rng.below(16) as usize,
        catch_up_bytes: 400,
        uncommitted_bytes_max: 200,
        flaw: None,
    }
}
