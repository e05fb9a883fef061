//! What a replica is at the moment, with the data that only makes sense while it
//! is that (§5.1). A follower has no `nextIndex`; the type says so.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::leader::progress::Progress;
use super::types::ids::{LogIndex, ReplicaId, Term};
use super::types::membership::Membership;
use super::types::news::Asked;

/// Of at most so many rounds the leader knows when they began.
const BEGUN_MAX: usize = 256;

/// The role of a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_family = "wasm"),
    expect(
        clippy::large_enum_variant,
        reason = "a replica has one role, and the leader's is looked at in each of its steps"
    )
)]
pub enum Role {
    /// Answers leaders and candidates, and waits.
    Follower(Follower),
    /// Asks whether it could win the next term, and meanwhile stays in this one with
    /// the vote that it gave (thesis §9.6).
    PreCandidate(Candidate),
    /// Asks for votes.
    Candidate(Candidate),
    /// Replicates its log to all others.
    Leader(Leader),
}

/// What only a follower has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Follower {
    /// The leader of this term, once it was heard of.
    pub leader: Option<ReplicaId>,
}

/// What only a candidate has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who granted it a vote, itself included if it votes.
    pub votes: BTreeSet<ReplicaId>,
    /// Who denied it.
    pub denials: BTreeSet<ReplicaId>,
    /// Whether the leader before asked it to stand.
    pub transfer: bool,
}

/// What only a leader has: "volatile state on leaders" of Figure 2, and more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// What it knows of each other member.
    pub followers: BTreeMap<ReplicaId, Progress>,
    /// The term that it leads.
    pub(super) term: Term,
    /// A change of the membership that waits for its newcomers to catch up.
    pub change: Option<Membership>,
    /// The change that it was asked for, until it ends.
    pub(super) asked: Option<Box<Asked>>,
    /// A handover under way.
    pub transfer: Option<Transfer>,
    /// Whether it has asked a successor to stand in this term. From then on it
    /// can't trust its lease: the successor is elected in spite of it.
    pub handed_over: bool,
    /// Reads that wait: for an own entry to be committed, or for a round of heartbeats.
    pub reads: VecDeque<WaitingRead>,
    /// The latest round of heartbeats that was begun.
    pub round: u64,
    /// The rounds that a quorum has not answered yet, and when they set out by `clock`.
    pub(super) rounds: VecDeque<(u64, u64)>,
    /// Ticks since the election.
    pub(super) clock: u64,
    /// When the latest round set out that a quorum has answered.
    pub(super) heard_at: Option<u64>,
    /// When rounds set out by `clock`: the first of each tick, as far back as an answer
    /// may still count for the lease.
    pub(super) begun: VecDeque<(u64, u64)>,
    /// Ticks since the quorum was last checked.
    pub(super) quorum_elapsed: u32,
    /// Bytes of commands that are not committed.
    pub uncommitted_bytes: usize,
}

impl Leader {
    /// Whether a quorum has followed it within so many ticks: it was elected, or a round
    /// of heartbeats was answered that set out since then.
    pub(super) fn heard_quorum_within(&self, ticks: u32) -> bool {
        self.clock - self.heard_at.unwrap_or(0) < u64::from(ticks)
    }

    /// A round has begun. When the older ones did is forgotten once everybody has answered
    /// a later one, or nobody is likely to.
    pub(super) fn note_round(&mut self) {
        if self.begun.back().is_none_or(|&(_, at)| at < self.clock) {
            self.begun.push_back((self.round, self.clock));
        }
        let answered = self.followers.values().map(|progress| progress.round).min();
        let answered = answered.unwrap_or(self.round);
        while self.begun.len() > BEGUN_MAX
            || self.begun.get(1).is_some_and(|&(next, _)| next <= answered)
        {
            self.begun.pop_front();
        }
    }

    /// When `round` set out, or a little earlier; none: that is forgotten.
    pub(super) fn begun_at(&self, round: u64) -> Option<u64> {
        let mut begun = self.begun.iter().rev();
        begun.find(|&&(first, _)| first <= round).map(|&(_, at)| at)
    }

    /// What was promised so far counts no more: the leader can't tell how long ago it was, or
    /// how far the clocks have run apart since.
    pub(super) fn forget_promises(&mut self) {
        self.begun.clear();
        for progress in self.followers.values_mut() {
            progress.promised_until = 0;
        }
    }
}

/// A handover of leadership (thesis §3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The successor.
    pub to: ReplicaId,
    /// Ticks since it was asked for; after an election timeout it is given up.
    pub elapsed: u32,
    /// Whether the successor was told to stand.
    pub told: bool,
}

/// A read that waits at the leader (thesis §6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingRead {
    /// The asker's name for it.
    pub read: u64,
    /// The follower that asked; none: a client of this replica.
    pub from: Option<ReplicaId>,
    /// The commit index when it arrived, which the read must see; none: the leader had
    /// no own entry committed then.
    pub index: Option<LogIndex>,
    /// The round that a quorum must answer.
    pub round: u64,
}
