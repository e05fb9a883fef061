//! The leader. Its state and all that it does are [`Leader`]'s, one file for each duty:
//!
//! | file | duty |
//! |---|---|
//! | `replication` | takes commands, sends entries, advances the commit index (§5.3, §5.4) |
//! | `progress` | its knowledge of one follower |
//! | `answer` | the content of a follower's answers |
//! | `heartbeat` | stays in touch: rounds of heartbeats, the check of the quorum (thesis §6.2) |
//! | `reads` | reads outside the log, and the lease (thesis §6.4) |
//! | `reconfigure` | changes the membership (§6) |
//! | `transfer` | hands over the leadership (thesis §3.10) |
//! | `snapshots` | sends a snapshot to a follower that lacks compacted entries (§7) |
//! | `keep` | keeps entries that a snapshot covers while a follower still needs them |
//!
//! A leader may resign in the middle of a step: it has lost its quorum, or its vote. So what it
//! does answers with [`Leads`], and `?` stops it at that point.

pub(super) mod answer;
mod heartbeat;
pub(super) mod keep;
pub(super) mod progress;
mod reads;
mod reconfigure;
mod replication;
mod snapshots;
mod transfer;

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;

use super::core::Core;
use super::decisions::Rightly;
use super::effects::Effects;
use super::types::ids::{LogIndex, ReplicaId, Term};
use super::types::membership::Membership;
use super::types::message::Payload;
use super::types::news::{ChangeEnd, ProposalNews};
use crate::flaw::Flaw;
use progress::Progress;

/// The state that only a leader has: "volatile state on leaders" of Figure 2, and more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// Its knowledge of each other member.
    pub followers: BTreeMap<ReplicaId, Progress>,
    /// The term that it leads.
    term: Term,
    /// A change of the membership that waits for its newcomers to catch up.
    pub change: Option<Membership>,
    /// The change that it was asked for, until it ends.
    asked: Option<Box<Asked>>,
    /// A handover under way.
    pub transfer: Option<Transfer>,
    /// Whether it has asked a successor to stand in this term. From then on it
    /// can't trust its lease: the successor is elected in spite of it.
    pub handed_over: bool,
    /// Reads that wait: for an own entry to be committed, or for a round of heartbeats.
    pub reads: VecDeque<WaitingRead>,
    /// The latest round of heartbeats that was begun.
    pub round: u64,
    /// The rounds that a quorum has not answered yet, each with its start by `clock`.
    rounds: VecDeque<(u64, u64)>,
    /// Ticks since the election.
    clock: u64,
    /// The start of the latest round that a quorum has answered.
    heard_at: Option<u64>,
    /// The first round of each tick, with its start by `clock`, as far back as an answer
    /// may still count for the lease.
    begun: VecDeque<(u64, u64)>,
    /// Ticks since the quorum was last checked.
    quorum_elapsed: u32,
    /// Bytes of commands that are not committed.
    pub uncommitted_bytes: usize,
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

/// A change of the membership that the leader was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    /// The voters and learners before it.
    before: Membership,
    taken_back: bool,
}

/// Whether a leader goes on, or resigns: then its replica makes a follower of it at once.
pub(super) type Leads = ControlFlow<Resigns>;

/// The leader resigns.
pub(super) struct Resigns;

impl Leader {
    /// The leader of the term in which `core` is. It knows nothing of its followers yet.
    pub(super) fn new(core: &Core) -> Self {
        let log = &core.durable.log;
        let progress = Progress::new(log.last_index());
        let others = core.membership().members().into_iter();
        let uncommitted = log.size_between(core.commit_index, log.last_index());
        Self {
            followers: others
                .filter(|&id| id != core.id())
                .map(|id| (id, progress.clone()))
                .collect(),
            term: core.durable.term,
            change: None,
            asked: None,
            transfer: None,
            handed_over: false,
            reads: VecDeque::new(),
            round: 0,
            rounds: VecDeque::new(),
            clock: 0,
            heard_at: None,
            begun: VecDeque::new(),
            quorum_elapsed: 0,
            uncommitted_bytes: usize::try_from(uncommitted).unwrap_or(usize::MAX),
        }
    }

    /// Begins to lead. A leader first appends an entry of its own term, since only by
    /// committing one may it learn which of the older ones are committed (§5.4.2, §8).
    pub(super) fn take_office(&mut self, core: &mut Core, effects: &mut Effects) -> Leads {
        core.incoming = None;
        core.elapsed = 0;
        core.timeout = core.settings().heartbeat_ticks;
        let appends = !core.breaks(Flaw::NoEntryAtStart); // flaw
        if appends {
            core.append_own(Payload::Noop, effects);
        } else {
            effects.note_broken(Flaw::NoEntryAtStart, Rightly::Otherwise {}); // flaw
        }
        self.begin_round();
        self.send_to_all(core, effects);
        // A single voter commits, and answers its own round, by itself.
        self.advance_commit(core, effects)?;
        self.after_answer(core, effects)
    }

    /// Tells those who asked the leader for something that it leads no more.
    pub(super) fn leave_office(self, core: &mut Core, effects: &mut Effects) {
        if self.asked.is_some() {
            effects.changes_ended.push(ChangeEnd::LeadershipLost);
        }
        for entry in core.durable.log.entries_from(core.commit_index.next()) {
            let own = entry.term == self.term && matches!(entry.payload, Payload::Command(_));
            if own {
                core.undecided.insert((entry.index, entry.term));
                let news = ProposalNews::Undecided(entry.position());
                effects.proposal_news.push(news);
            }
        }
        // Followers will ask the next leader about theirs.
        let own = self.reads.iter().filter(|waiting| waiting.from.is_none());
        effects.reads_lost.extend(own.map(|waiting| waiting.read));
    }

    /// Time has passed without it. It trusts no promise then: one tick had begun when
    /// it fell asleep, another when it awoke, and nobody has counted those.
    pub(super) fn miss(&mut self, ticks: u32) {
        self.forget_promises();
        self.clock += u64::from(ticks);
        self.quorum_elapsed = self.quorum_elapsed.saturating_add(ticks);
        if let Some(transfer) = &mut self.transfer {
            transfer.elapsed = transfer.elapsed.saturating_add(ticks);
        }
    }
}
