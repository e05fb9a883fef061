//! What a server has in memory: everything that a crash takes.

use std::collections::{BTreeMap, VecDeque};

use super::disk::Disk;
use super::output::{Pending, Reply, ReplyKind, RoleSummary};
use super::reads::Read;
use super::requests::{Owed, Waiting};
use crate::kv::{ClientId, Store};
use crate::raft::{
    Config, Decision, Effects, ElectionDecision, Input, LogIndex, Replica, Role, VoteDecision,
};
use crate::rng::Pcg32;
use crate::sim::scenario::Scenario;
use crate::sim::scenario::action::MessageId;
use crate::sim::view::{DecisionView, RoleKind};

/// How many decisions are kept for whoever asks why.
const DECISIONS_MAX: usize = 32;

#[derive(Clone, Debug)]
pub(in crate::sim) struct Volatile {
    pub(in crate::sim) replica: Replica,
    pub(in crate::sim) store: Store,
    pub(in crate::sim) last_applied: LogIndex,
    /// What the entries [weigh](crate::raft::Entry::weight) that it has applied since its last
    /// snapshot.
    pub(super) applied_bytes: u64,
    /// The answers that it owes as a leader, at most one to each client.
    pub(in crate::sim) owed: BTreeMap<ClientId, Owed>,
    /// Reads that wait for the core's word, by the name that it knows them by.
    pub(in crate::sim) reads: BTreeMap<u64, Read>,
    /// Reads that wait for the store to be far enough: by the index, and by name.
    pub(in crate::sim) ready: BTreeMap<(LogIndex, u64), Read>,
    /// How many reads it has named in this life.
    reads_named: u64,
    /// Requests that wait for a leader, oldest first.
    pub(in crate::sim) waiting: VecDeque<Waiting>,
    pub(in crate::sim) paused: bool,
    /// Since when it has been paused, if it is.
    pub(super) paused_since_us: u64,
    /// While it is paused: the messages that have come, in order.
    pub(in crate::sim) door: Vec<MessageId>,
    /// While it is paused: the steps whose write was done, but which could not leave.
    pub(super) finished: Vec<Box<Pending>>,
    pub(in crate::sim) decisions: VecDeque<DecisionView>,
    /// The latest decisions of some kinds, which `decisions` may have lost already.
    pub(in crate::sim) latest: Latest,
    /// How many steps its replica has taken.
    steps: u64,
    /// How often it has stood for election, or asked whether it could.
    pub(in crate::sim) stood: u64,
    /// How often it has got something of a newer log as a candidate.
    pub(in crate::sim) fetched: u64,
}

/// The latest decisions of some kinds.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Latest {
    /// About anybody's vote.
    pub(in crate::sim) vote: Option<DecisionView>,
    /// About a vote that was denied.
    pub(in crate::sim) denial: Option<DecisionView>,
    /// About the commit index.
    pub(in crate::sim) commit: Option<DecisionView>,
    /// About a read.
    pub(in crate::sim) read: Option<DecisionView>,
}

impl Volatile {
    pub(super) fn new(config: Config, disk: &Disk, scenario: &Scenario, rng: Pcg32) -> Self {
        let durable = disk.durable.clone();
        let bounds = scenario.store_bounds();
        let store = match &durable.snapshot {
            Some(snapshot) => {
                Store::restore(&snapshot.data, bounds).expect("the disk holds what was written")
            }
            None => Store::new(bounds),
        };
        let replica = Replica::new(config, durable, rng).unwrap_or_else(|fault| {
            unreachable!(
                "a scenario is checked, and a disk was written by a replica, or is corrupt and \
                 starts none: {fault}"
            )
        });
        Self {
            store,
            last_applied: replica.commit_index(),
            applied_bytes: 0,
            replica,
            owed: BTreeMap::new(),
            reads: BTreeMap::new(),
            ready: BTreeMap::new(),
            reads_named: 0,
            waiting: VecDeque::new(),
            paused: false,
            paused_since_us: 0,
            door: Vec::new(),
            finished: Vec::new(),
            decisions: VecDeque::new(),
            latest: Latest::default(),
            steps: 0,
            stood: 0,
            fetched: 0,
        }
    }

    /// The replica takes a step; `pending`, which is empty, becomes what it asks for. Returns
    /// what it was before, and what it is now.
    pub(super) fn step(
        &mut self,
        input: Input,
        pending: &mut Pending,
    ) -> (RoleSummary, RoleSummary) {
        self.steps += 1;
        pending.step = self.steps;
        let before = self.summary();
        let received = self.replica.snapshot_received();
        self.replica.step_into(input, &mut pending.effects);
        let after = self.summary();
        let effects = &pending.effects;
        let log = self.replica.log();
        pending.appended = log.entries(&effects.write.append);
        pending.committed = log.entries(&effects.committed);

        // For the watchdog: a candidate that still gets a newer log is on its way.
        let stands =
            |it: RoleSummary| matches!(it.role, RoleKind::PreCandidate | RoleKind::Candidate);
        if stands(before) && stands(after) {
            let grows = !effects.write.append.is_empty() || effects.restore.is_some();
            let fetches = grows || self.replica.snapshot_received() > received;
            self.fetched += u64::from(fetches);
        }

        pending.term = after.term;
        pending.leads = after.role == RoleKind::Leader;
        pending.led_before = (before.role == RoleKind::Leader).then_some(before.term);
        if !pending.effects.reads_lost.is_empty() {
            self.lose_reads(pending);
        }
        (before, after)
    }

    /// Reads that this replica will not serve: their clients ask another.
    fn lose_reads(&mut self, pending: &mut Pending) {
        let leader = self.replica.leader();
        let leader = leader.filter(|&leader| leader != self.replica.id());
        let Pending {
            effects: Effects { reads_lost, .. },
            replies,
            ..
        } = pending;
        let lost = reads_lost.iter().filter_map(|name| self.reads.remove(name));
        replies.extend(lost.map(|read| {
            let what = ReplyKind::Redirect { leader };
            Reply::to(&read.command, what)
        }));
    }

    /// A name for a read that nobody has had: not in an earlier life either, since an
    /// answer to that might still come.
    pub(super) fn name_read(&mut self, life: u64) -> u64 {
        self.reads_named += 1;
        life << 32 | self.reads_named
    }

    /// Whether a read still waits to be answered.
    pub(in crate::sim) fn awaits(&self, name: u64) -> bool {
        self.reads.contains_key(&name) || self.ready.keys().any(|&(_, ready)| ready == name)
    }

    /// Whether a request of a client waits here for a leader.
    pub(in crate::sim) fn waits_here(&self, client: ClientId) -> bool {
        self.waiting.iter().any(|it| it.client() == client)
    }

    /// Whether a read of a client waits here for the core's word.
    pub(in crate::sim) fn reads_for(&self, client: ClientId) -> bool {
        self.reads.values().any(|it| it.client() == client)
    }

    /// Up to which entry the store must be for a read of a client that waits for that.
    pub(in crate::sim) fn ready_read_of(&self, client: ClientId) -> Option<LogIndex> {
        let mut ready = self.ready.iter();
        let (&(index, _), _) = ready.find(|(_, it)| it.client() == client)?;
        Some(index)
    }

    /// Keeps decisions for whoever asks why.
    pub(super) fn keep_decisions(&mut self, decisions: &mut Vec<Decision>, at_us: u64) {
        for decision in decisions.drain(..) {
            if self.decisions.len() == DECISIONS_MAX {
                self.decisions.pop_front();
            }
            let view = DecisionView { at_us, decision };
            self.latest.keep(&view);
            let stands = matches!(
                decision,
                Decision::Election {
                    decision: ElectionDecision::Start { .. }
                        | ElectionDecision::StartPreVote { .. }
                }
            );
            self.stood += u64::from(stands);
            self.decisions.push_back(view);
        }
    }

    fn summary(&self) -> RoleSummary {
        RoleSummary {
            role: role_kind(&self.replica),
            term: self.replica.term(),
            commit_index: self.replica.commit_index(),
        }
    }
}

impl Latest {
    fn keep(&mut self, view: &DecisionView) {
        match view.decision {
            Decision::Vote { decision, .. } => {
                self.vote = Some(view.clone());
                if decision != VoteDecision::Granted {
                    self.denial = Some(view.clone());
                }
            }
            Decision::Commit { .. } => self.commit = Some(view.clone()),
            Decision::Read { .. } => self.read = Some(view.clone()),
            _ => {}
        }
    }
}

pub(in crate::sim) fn role_kind(replica: &Replica) -> RoleKind {
    match replica.role() {
        Role::Follower(_) => RoleKind::Follower,
        Role::PreCandidate(_) => RoleKind::PreCandidate,
        Role::Candidate(_) => RoleKind::Candidate,
        Role::Leader(_) => RoleKind::Leader,
    }
}
