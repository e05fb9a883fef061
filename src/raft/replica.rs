//! The replica, and its one door. Each input goes to the role that it concerns.

use std::sync::Arc;

use super::catch_up::AheadPeers;
use super::core::Core;
use super::decisions::{
    ChangeDecision, CommitDecision, CompactDecision, Decision, ElectionDecision, ProposalDecision,
    ReadDecision, TransferDecision,
};
use super::effects::{Compact, Effects, Input};
use super::follower::Follower;
use super::incoming::IncomingSnapshot;
use super::leader::{Leader, Leads};
use super::role::Role;
use super::types::config::{Config, ConfigError, Settings};
use super::types::durable::{Durable, Snapshot};
use super::types::ids::{LogIndex, ReplicaId, Term};
use super::types::log::Log;
use super::types::membership::Membership;
use super::types::message::Body;
use super::types::news::ChangeStage;
use super::types::start::{self, StartError};
use crate::rng::Pcg32;

/// One replica of a Raft cluster: a deterministic state machine that is told what
/// happens, and says what it wants done. See the [module](super)'s essay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    pub(super) core: Core,
    pub(super) role: Role,
    /// Other replicas whose logs are newer, since a leader was last heard of.
    pub(super) ahead: AheadPeers,
}

impl Replica {
    /// A replica as it starts: new with an empty [`Durable`], or again after a
    /// crash with what its disk holds. It starts as a follower (§5.2). The state
    /// machine starts from the disk's snapshot, if there is one.
    ///
    /// # Errors
    /// If it can't run with these settings, or can't have written what the disk holds. Nothing on
    /// the disk is mended: that is for somebody who knows where it came from.
    pub fn new(config: Config, durable: Durable, rng: Pcg32) -> Result<Self, StartError> {
        start::check(&config, &durable)?;
        Ok(Self::unchecked(config, durable, rng))
    }

    /// The same with whatever is on the disk: the checkers' tests need replicas that no right
    /// one can become.
    pub(crate) fn unchecked(config: Config, durable: Durable, rng: Pcg32) -> Self {
        Self {
            core: Core::new(config, durable, rng),
            role: Role::Follower(Follower::default()),
            ahead: AheadPeers::default(),
        }
    }

    /// Something happens to the replica.
    ///
    /// A step is atomic, takes no time and can't fail. What is to be done about it
    /// is in the [`Effects`], in the order that they promise.
    #[must_use = "what a step asks for must be done"]
    pub fn step(&mut self, input: Input) -> Effects {
        let mut effects = Effects::default();
        self.step_into(input, &mut effects);
        effects
    }

    /// The same for a driver in a hurry, which uses the room of effects that are done and
    /// [cleared](Effects::clear) again.
    pub fn step_into(&mut self, input: Input, effects: &mut Effects) {
        match input {
            Input::Tick => self.tick(effects),
            // Neither of these asks for anything: what has become due comes with the next step.
            Input::Missed(ticks) => return self.miss(ticks),
            Input::Receive(message) => self.receive(&message, effects),
            Input::Propose(command) => self.propose([command], effects),
            Input::ProposeAll(commands) => self.propose(commands, effects),
            Input::Read(read) => self.read(read, effects),
            Input::Campaign => {
                self.core.elapsed = self.core.elapsed.max(self.core.timeout);
                self.stand_if_due(0, effects);
            }
            Input::SetElectionTimeout(ticks) => self.set_election_timeout(ticks, effects),
            Input::ChangeMembership(wish) => self.change_membership(wish, effects),
            Input::TakeBackChange => self.take_back_change(effects),
            Input::TransferLeadership(to) => self.transfer_leadership(to, effects),
            Input::Compact(compact) => self.compact(compact, effects),
            Input::Configure(settings) => return self.configure(settings, effects),
        }
        self.release_log(effects);
    }

    // Questions from outside.

    /// Its name.
    pub fn id(&self) -> ReplicaId {
        self.core.config.id
    }

    /// Its configuration, with the settings that are in force now.
    pub fn config(&self) -> &Config {
        &self.core.config
    }

    /// `currentTerm`.
    pub fn term(&self) -> Term {
        self.core.durable.term
    }

    /// `votedFor` in this term.
    pub fn voted_for(&self) -> Option<ReplicaId> {
        self.core.durable.voted_for
    }

    /// Its role, with the data of that role.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The leader of this term, as far as this replica knows.
    pub fn leader(&self) -> Option<ReplicaId> {
        self.role.leader(self.core.config.id)
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        &self.core.durable.log
    }

    /// The contents of its disk, once all writes that it asked for are done.
    pub fn durable(&self) -> &Durable {
        &self.core.durable
    }

    /// `commitIndex`.
    pub fn commit_index(&self) -> LogIndex {
        self.core.commit_index
    }

    /// The configuration in force: the latest in the log, committed or not (§6).
    pub fn membership(&self) -> &Arc<Membership> {
        self.core.membership()
    }

    /// The index of the entry that holds the configuration in force; zero: it was
    /// there before the log.
    pub fn membership_index(&self) -> LogIndex {
        self.core.current_membership().0
    }

    /// The configurations in the log, oldest first, each with the index of its entry: all that
    /// are not compacted, after the one in force before them (whose index is zero if it was
    /// there before the log).
    pub fn memberships(&self) -> impl DoubleEndedIterator<Item = (LogIndex, &Arc<Membership>)> {
        let all = self.core.memberships();
        all.map(|(index, membership)| (*index, membership))
    }

    /// The latest configuration that is known to be committed, and the index of its entry;
    /// zero: it was there before the log. Another one may already be
    /// [in force](Self::membership).
    pub fn committed_membership(&self) -> (LogIndex, &Arc<Membership>) {
        let (index, membership) = self.core.committed_membership();
        (*index, membership)
    }

    /// How many bytes of a snapshot that is being received are here, and how many there are in
    /// all.
    pub fn snapshot_received(&self) -> Option<(u64, u64)> {
        let incoming = self.core.incoming.as_ref();
        incoming.map(IncomingSnapshot::progress)
    }

    /// The timer in ticks, as elapsed and timeout: the election timer, or as a
    /// leader the heartbeat timer.
    pub fn timer(&self) -> (u32, u32) {
        (self.core.elapsed, self.core.timeout)
    }

    /// Why it does, or does not, start an election now.
    pub fn election_decision(&self) -> ElectionDecision {
        self.decide_election(self.core.promised)
    }

    /// Why the commit index is where it is; none if this is not a leader.
    pub fn commit_decision(&self) -> Option<CommitDecision> {
        let leader = self.leadership()?;
        Some(leader.commit_decision(&self.core))
    }

    /// Whether a command of this many bytes would enter the log now.
    pub fn proposal_decision(&self, bytes: usize) -> ProposalDecision {
        match &self.role {
            Role::Leader(leader) => leader.proposal_decision(&self.core, 1, bytes),
            _ => ProposalDecision::NotLeader {
                leader: self.leader(),
            },
        }
    }

    /// Whether the membership can change to this now.
    pub fn change_decision(&self, wish: &Membership) -> ChangeDecision {
        match &self.role {
            Role::Leader(leader) => leader.change_decision(&self.core, wish),
            _ => self.no_change(),
        }
    }

    /// Whether the change that is under way can be taken back now.
    pub fn take_back_decision(&self) -> ChangeDecision {
        match &self.role {
            Role::Leader(leader) => leader.take_back_decision(&self.core),
            _ => self.no_change(),
        }
    }

    /// What holds up the change of the membership that is under way, as far as this replica
    /// knows; none: there is no such change. Only a leader knows which replicas must catch up.
    pub fn change_stage(&self) -> Option<ChangeStage> {
        let &(index, ref current) = self.core.current_membership();
        if index > self.core.commit_index {
            return Some(ChangeStage::Committing { index });
        }
        if current.is_joint() {
            return Some(ChangeStage::Leaving { index });
        }
        let newcomers = self.leadership()?.newcomers(&self.core)?;
        Some(ChangeStage::CatchingUp { newcomers })
    }

    /// Whether the leadership can be handed over to `to`; none: to the best prepared voter.
    pub fn transfer_decision(&self, to: Option<ReplicaId>) -> TransferDecision {
        match &self.role {
            Role::Leader(leader) => leader.transfer_decision(&self.core, to),
            _ => TransferDecision::NotLeader {
                leader: self.leader(),
            },
        }
    }

    /// Whether a snapshot of this many bytes up to `through` replaces the beginning of the log.
    pub fn compact_decision(&self, through: LogIndex, bytes: u64) -> CompactDecision {
        self.core.compact_decision(through, bytes)
    }

    /// How many ticks this leader's lease still holds; none: it has none.
    pub fn lease_ticks_left(&self) -> Option<u32> {
        self.leadership()?.lease(&self.core).ok().flatten()
    }

    /// The followers whose promises this leader counts on now, each with the round of
    /// heartbeats in which it promised.
    pub fn promises(&self) -> impl Iterator<Item = (ReplicaId, u64)> {
        self.leadership().into_iter().flat_map(Leader::promises)
    }

    fn leadership(&self) -> Option<&Leader> {
        match &self.role {
            Role::Leader(leader) => Some(leader),
            _ => None,
        }
    }

    fn no_change(&self) -> ChangeDecision {
        ChangeDecision::NotLeader {
            leader: self.leader(),
        }
    }

    // The effect of each input, by role.

    /// If this replica leads, lets it act as the leader, and makes a follower of it once it
    /// resigns. Returns whether it led.
    pub(super) fn as_leader(
        &mut self,
        effects: &mut Effects,
        act: impl FnOnce(&mut Leader, &mut Core, &mut Effects) -> Leads,
    ) -> bool {
        let Role::Leader(leader) = &mut self.role else {
            return false;
        };
        if act(leader, &mut self.core, effects).is_break() {
            self.follow(None, effects);
        }
        true
    }

    /// Becomes a follower of `leader`, or of nobody yet.
    pub(super) fn follow(&mut self, leader: Option<ReplicaId>, effects: &mut Effects) {
        self.role.follow(&mut self.core, leader, effects);
    }

    /// The clock ticks.
    fn tick(&mut self, effects: &mut Effects) {
        let core = &mut self.core;
        core.elapsed = core.elapsed.saturating_add(1);
        core.promised = core.promised.saturating_sub(1);
        let waits = core.elapsed < core.timeout;
        match &self.role {
            Role::Leader(_) => {
                self.as_leader(effects, Leader::tick);
            }
            Role::PreCandidate(_) | Role::Candidate(_) if waits => {
                // A request or a vote may have been lost: ask again those that are silent.
                if core.elapsed.is_multiple_of(core.settings().heartbeat_ticks) {
                    self.role.request_votes(core, effects);
                }
            }
            _ => self.stand_if_due(self.core.promised, effects),
        }
    }

    /// Time has passed without it.
    fn miss(&mut self, ticks: u32) {
        self.core.elapsed = self.core.elapsed.saturating_add(ticks);
        self.core.promised = self.core.promised.saturating_sub(ticks);
        if let Role::Leader(leader) = &mut self.role {
            leader.miss(ticks);
        }
    }

    /// Commands of clients arrive.
    fn propose(
        &mut self,
        commands: impl IntoIterator<Item = Arc<[u8]>> + AsRef<[Arc<[u8]>]>,
        effects: &mut Effects,
    ) {
        let sizes = commands.as_ref().iter().map(|command| command.len());
        let bytes = sizes.fold(0, usize::saturating_add);
        let count = commands.as_ref().len() as u64;
        let decision = match &self.role {
            Role::Leader(leader) => leader.proposal_decision(&self.core, count, bytes),
            _ => self.proposal_decision(bytes),
        };
        effects.proposal = Some(decision);
        if decision.is_appended() && count > 0 {
            self.as_leader(effects, |leader, core, effects| {
                leader.append_commands(core, commands, bytes, effects)
            });
        }
    }

    /// A client of this replica wants to read.
    fn read(&mut self, read: u64, effects: &mut Effects) {
        let decision = match (&self.role, self.leader()) {
            (Role::Leader(_), _) => {
                self.as_leader(effects, |leader, core, effects| {
                    leader.on_read(core, read, None, effects)
                });
                return;
            }
            (_, Some(leader)) => {
                self.core.forwarded.ask(read);
                self.core.send(leader, Body::ReadIndex { read }, effects);
                ReadDecision::Forwarded { leader }
            }
            (_, None) => ReadDecision::NoLeader,
        };
        effects.read = Some(decision);
        effects.decisions.push(Decision::Read { decision });
    }

    /// These voters and learners are wanted, and nobody else.
    fn change_membership(&mut self, wish: Membership, effects: &mut Effects) {
        let decision = self.change_decision(&wish);
        effects.change = Some(decision);
        effects.decisions.push(Decision::Change { decision });
        if decision == ChangeDecision::Started {
            self.as_leader(effects, |leader, core, effects| {
                leader.begin_change(core, wish, effects)
            });
        }
    }

    /// A change that waits for its newcomers is not wanted any more.
    fn take_back_change(&mut self, effects: &mut Effects) {
        let decision = self.take_back_decision();
        effects.change = Some(decision);
        effects.decisions.push(Decision::Change { decision });
        if decision == ChangeDecision::TakenBack {
            self.as_leader(effects, Leader::take_back_change);
        }
    }

    /// Another leader is wanted.
    fn transfer_leadership(&mut self, to: Option<ReplicaId>, effects: &mut Effects) {
        let decision = self.transfer_decision(to);
        effects.transfer = Some(decision);
        effects.decisions.push(Decision::Transfer { decision });
        if let TransferDecision::Started { to } = decision {
            self.as_leader(effects, |leader, core, effects| {
                leader.begin_transfer(core, to, effects);
                leader.drive_transfer(core, effects);
                Leads::Continue(())
            });
        }
    }

    /// The state machine has made a snapshot.
    fn compact(&mut self, compact: Compact, effects: &mut Effects) {
        let decision = self.compact_decision(compact.through, compact.data.len() as u64);
        effects.compact = Some(decision);
        let CompactDecision::Compacted { last } = decision else {
            return;
        };
        let (_, membership) = self.core.membership_at(last.index);
        let snapshot = Snapshot {
            last,
            membership: Arc::clone(membership),
            data: compact.data,
        };
        let wanted = LogIndex(last.index.0.saturating_sub(compact.retain));
        let through = self.keep_log(wanted, effects);
        self.core.write_snapshot(snapshot, through, effects);
    }

    /// A snapshot covers the log up to `wanted`: keeps what followers still need of that, to be
    /// dropped later. Returns up to where the log may go now.
    fn keep_log(&mut self, wanted: LogIndex, effects: &mut Effects) -> LogIndex {
        if let Role::Leader(leader) = &mut self.role {
            return leader.keep_log(&mut self.core, wanted, effects);
        }
        self.core.compact_later = None;
        wanted
    }

    /// Drops entries that were kept for followers, once nobody needs them any more.
    fn release_log(&mut self, effects: &mut Effects) {
        let Some(wanted) = self.core.compact_later else {
            return;
        };
        if let Role::Leader(leader) = &self.role
            && leader.waits_for_followers(&self.core)
        {
            return;
        }
        let through = self.keep_log(wanted, effects);
        if through < wanted {
            // Soon: the rest only waits for acknowledgements. It goes in one write.
            self.core.compact_later = Some(wanted);
            if self.core.durable.log.bytes() <= self.core.settings().catch_up_bytes {
                return;
            }
        }
        self.core.compact_log(through, effects);
    }

    /// The settings change, unless no replica can run with them.
    fn configure(&mut self, settings: Settings, effects: &mut Effects) {
        if let Err(error) = settings.validate() {
            effects.settings_refused = Some(error);
            return;
        }
        let core = &mut self.core;
        let before = std::mem::replace(&mut core.config.settings, settings);
        if let Role::Leader(leader) = &mut self.role {
            core.timeout = core.settings().heartbeat_ticks;
            if core.settings().lease != before.lease {
                leader.forget_promises();
            }
            return;
        }
        // A timeout that could not be drawn any more is drawn again, and the timer runs on.
        let settings = core.settings();
        let range = settings.election_timeout_ticks_min..=settings.election_timeout_ticks_max;
        if !range.contains(&core.timeout) {
            core.timeout = core.draw_timeout();
        }
    }

    /// The timer that runs now gets another timeout. A leader has no election timer; it will
    /// draw one when it steps down.
    fn set_election_timeout(&mut self, ticks: u32, effects: &mut Effects) {
        let settings = self.core.settings();
        let (min, max) = (
            settings.election_timeout_ticks_min,
            settings.election_timeout_ticks_max,
        );
        effects.settings_refused = if !(min..=max).contains(&ticks) {
            Some(ConfigError::TimeoutOutOfRange { ticks, min, max })
        } else if matches!(self.role, Role::Leader(_)) {
            Some(ConfigError::NoElectionTimer)
        } else {
            self.core.timeout = ticks;
            None
        };
    }
}
