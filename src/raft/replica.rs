//! The replica: its state, its one door, and its changes of role. How it wins a
//! term stands in `election`, how it keeps logs equal in `replication`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::catch_up::Newer;
use super::decisions::ElectionDecision;
use super::effects::{Effects, Input};
use super::leader::reads::Forwarded;
use super::leader::snapshots::Receiving;
use super::role::{Follower, Role};
use super::rules::{self, Candidacy};
use super::types::config::{Config, ConfigError, Settings};
use super::types::durable::{Durable, VoteWrite};
use super::types::ids::{LogIndex, ReplicaId, Term};
use super::types::log::Log;
use super::types::membership::Membership;
use super::types::message::{Body, Entry, Message, Payload};
use super::types::news::Undecided;
use super::types::start::{self, StartError};
use crate::flaw::Flaw;
use crate::rng::Pcg32;

/// One replica of a Raft cluster: a deterministic state machine that is told what
/// happens, and says what it wants done. See the [module](super)'s essay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    pub(super) config: Config,
    /// What the disk holds, or will hold once the writes asked for are done.
    pub(super) durable: Durable,
    /// The configurations in the log, oldest first, with their indices: those that are
    /// not compacted, and the one in force before them. Never empty.
    pub(super) memberships: Vec<(LogIndex, Arc<Membership>)>,
    pub(super) role: Role,
    /// `commitIndex`: volatile, as in Figure 2.
    pub(super) commit_index: LogIndex,
    /// Ticks since the timer was set: the election timer, or as a leader the heartbeat timer.
    pub(super) elapsed: u32,
    /// The ticks at which it runs out.
    pub(super) timeout: u32,
    /// For how many more ticks it votes for nobody, and does not stand, since it has
    /// promised a leader so, or may have before it was restarted.
    pub(super) promised: u32,
    /// Who said that this candidate's log is behind theirs, since it last heard of a leader.
    pub(super) newer: BTreeMap<ReplicaId, Newer>,
    /// A snapshot of which some chunks are here.
    pub(super) receiving: Option<Receiving>,
    /// Up to where the log is to be dropped, once nobody needs it any more.
    pub(super) compact_later: Option<LogIndex>,
    /// Reads that the leader of this term was asked about.
    pub(super) forwarded: Forwarded,
    /// What it had appended as a leader, and does not know the end of.
    pub(super) undecided: Undecided,
    /// Draws election timeouts, and nothing else.
    rng: Pcg32,
}

impl Replica {
    /// A replica as it starts: new with an empty [`Durable`], or again after a
    /// crash with what its disk holds. It starts as a follower (§5.2). The state
    /// machine starts from the disk's snapshot, if there is one.
    ///
    /// # Errors
    /// If it can't run with these settings, or can't have written what the disk holds. The
    /// disk is left to whoever knows where it came from: nothing in it is mended.
    pub fn new(config: Config, durable: Durable, rng: Pcg32) -> Result<Self, StartError> {
        start::check(&config, &durable)?;
        Ok(Self::unchecked(config, durable, rng))
    }

    /// The same with whatever is on the disk: the judges' tests need replicas that no right
    /// one can become.
    pub(crate) fn unchecked(config: Config, durable: Durable, rng: Pcg32) -> Self {
        let base = match &durable.snapshot {
            Some(snapshot) => (snapshot.last.index, Arc::clone(&snapshot.membership)),
            None => (LogIndex(0), Arc::new(config.membership.clone())),
        };
        let mut replica = Self {
            commit_index: base.0,
            memberships: vec![base],
            promised: durable.promised_ticks,
            config,
            durable,
            role: Role::Follower(Follower::default()),
            elapsed: 0,
            timeout: 0,
            newer: BTreeMap::new(),
            receiving: None,
            compact_later: None,
            forwarded: Forwarded::default(),
            undecided: Undecided::new(),
            rng,
        };
        replica.read_memberships();
        replica.reset_election_timer();
        replica
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
            Input::Receive(message) => self.receive(message, effects),
            Input::Propose(command) => self.propose(command, effects),
            Input::Read(read) => self.on_read(read, effects),
            Input::Campaign => {
                self.elapsed = self.elapsed.max(self.timeout);
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

    /// Who it is.
    pub fn id(&self) -> ReplicaId {
        self.config.id
    }

    /// What it was told at its start, with the settings that are in force now.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// `currentTerm`.
    pub fn term(&self) -> Term {
        self.durable.term
    }

    /// `votedFor` in this term.
    pub fn voted_for(&self) -> Option<ReplicaId> {
        self.durable.voted_for
    }

    /// What it is, with the data of that role.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The leader of this term, as far as this replica knows.
    pub fn leader(&self) -> Option<ReplicaId> {
        match &self.role {
            Role::Follower(follower) => follower.leader,
            Role::PreCandidate(_) | Role::Candidate(_) => None,
            Role::Leader(_) => Some(self.config.id),
        }
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        &self.durable.log
    }

    /// What its disk holds, or will once all that it asked to be written is.
    pub fn durable(&self) -> &Durable {
        &self.durable
    }

    /// `commitIndex`.
    pub fn commit_index(&self) -> LogIndex {
        self.commit_index
    }

    /// The configuration in force: the latest in the log, committed or not (§6).
    pub fn membership(&self) -> &Arc<Membership> {
        &self.current_membership().1
    }

    /// The index of the entry that holds the configuration in force; zero: it was
    /// there before the log.
    pub fn membership_index(&self) -> LogIndex {
        self.current_membership().0
    }

    /// The configurations in the log, oldest first, each with the index of its entry: all that
    /// are not compacted, after the one in force before them (whose index is zero if it was
    /// there before the log).
    pub fn memberships(&self) -> impl DoubleEndedIterator<Item = (LogIndex, &Arc<Membership>)> {
        let all = self.memberships.iter();
        all.map(|(index, membership)| (*index, membership))
    }

    /// The latest configuration that is known to be committed, and the index of its entry;
    /// zero: it was there before the log. What is in force may already be
    /// [another](Self::membership).
    pub fn committed_membership(&self) -> (LogIndex, &Arc<Membership>) {
        let committed = |&(index, _): &(LogIndex, _)| index <= self.commit_index;
        let latest = self.memberships.iter().rfind(|known| committed(known));
        // The first is in force before the log, so there always is one.
        let (index, membership) = latest.unwrap_or_else(|| self.current_membership());
        (*index, membership)
    }

    /// How many bytes of a snapshot that is being received are here, and of how many.
    pub fn snapshot_received(&self) -> Option<(u64, u64)> {
        self.receiving.as_ref().map(Receiving::progress)
    }

    /// The timer in ticks, as elapsed and timeout: the election timer, or as a
    /// leader the heartbeat timer.
    pub fn timer(&self) -> (u32, u32) {
        (self.elapsed, self.timeout)
    }

    /// Why it does, or does not, start an election now.
    pub fn election_decision(&self) -> ElectionDecision {
        self.decide_election(self.promised)
    }

    /// The same, bound for so many ticks by a promise.
    pub(super) fn decide_election(&self, promised: u32) -> ElectionDecision {
        rules::decide_election(&Candidacy {
            leading: matches!(self.role, Role::Leader(_)),
            votes: self.may_stand(),
            pre_vote: self.config.settings.pre_vote,
            log_full: self.durable.log.is_full(),
            elapsed: self.elapsed,
            timeout: self.timeout,
            promised,
            term: self.durable.term,
        })
    }

    /// The settings change, unless no replica can run with them.
    fn configure(&mut self, settings: Settings, effects: &mut Effects) {
        if let Err(error) = settings.validate() {
            effects.settings_refused = Some(error);
            return;
        }
        let before = std::mem::replace(&mut self.config.settings, settings);
        let settings = &self.config.settings;
        if let Role::Leader(leader) = &mut self.role {
            self.timeout = settings.heartbeat_ticks;
            if settings.lease != before.lease {
                leader.forget_promises();
            }
            return;
        }
        // A timeout that could not be drawn any more is drawn again, and the timer runs on.
        let range = settings.election_timeout_ticks_min..=settings.election_timeout_ticks_max;
        if !range.contains(&self.timeout) {
            self.timeout = self.draw_timeout();
        }
    }

    /// The leader is told, in an answer that is about to leave, for how many ticks this
    /// replica will keep to it. From now on that binds: the longest promise goes to the disk
    /// with the step, so that it outlives a crash.
    pub(super) fn promise(&mut self, effects: &mut Effects) -> u32 {
        let ticks = self.config.settings.promises();
        self.promised = self.promised.max(ticks);
        let on_disk = self.durable.promised_ticks;
        // Once no longer one binds, a shorter one will do there too.
        let shorter = self.promised == ticks && ticks < on_disk;
        if self.promised > on_disk || shorter {
            self.durable.promised_ticks = self.promised;
            effects.write.promised_ticks = Some(self.promised);
        }
        ticks
    }

    /// The timer that runs now gets another timeout. A leader has no election timer; it will
    /// draw one when it steps down.
    fn set_election_timeout(&mut self, ticks: u32, effects: &mut Effects) {
        let settings = &self.config.settings;
        let (min, max) = (
            settings.election_timeout_ticks_min,
            settings.election_timeout_ticks_max,
        );
        effects.settings_refused = if !(min..=max).contains(&ticks) {
            Some(ConfigError::TimeoutOutOfRange { ticks, min, max })
        } else if matches!(self.role, Role::Leader(_)) {
            Some(ConfigError::NoElectionTimer)
        } else {
            self.timeout = ticks;
            None
        };
    }

    fn tick(&mut self, effects: &mut Effects) {
        self.elapsed = self.elapsed.saturating_add(1);
        self.promised = self.promised.saturating_sub(1);
        match &self.role {
            Role::Leader(_) => self.tick_leader(effects),
            Role::PreCandidate(_) | Role::Candidate(_) if self.elapsed < self.timeout => {
                // A request or a vote may have been lost: ask again those that are silent.
                if self
                    .elapsed
                    .is_multiple_of(self.config.settings.heartbeat_ticks)
                {
                    self.request_votes(effects);
                }
            }
            _ => self.stand_if_due(self.promised, effects),
        }
    }

    /// Time has passed without it. A leader trusts no promise then: one tick had begun when
    /// it fell asleep, another when it awoke, and nobody has counted those.
    fn miss(&mut self, ticks: u32) {
        self.elapsed = self.elapsed.saturating_add(ticks);
        self.promised = self.promised.saturating_sub(ticks);
        if let Role::Leader(leader) = &mut self.role {
            leader.forget_promises();
            leader.clock += u64::from(ticks);
            leader.quorum_elapsed = leader.quorum_elapsed.saturating_add(ticks);
            if let Some(transfer) = &mut leader.transfer {
                transfer.elapsed = transfer.elapsed.saturating_add(ticks);
            }
        }
    }

    /// Takes on a higher term, in which this replica has not voted and follows
    /// whoever will lead it (§5.1).
    pub(super) fn enter_term(&mut self, term: Term, effects: &mut Effects) {
        debug_assert!(term > self.durable.term);
        self.write_vote(term, None, effects);
        self.become_follower(None, effects);
    }

    /// Follows `leader`, or nobody yet. The election timer runs on, unless there
    /// was none: a new term alone is no reason to wait longer (§5.2).
    pub(super) fn become_follower(&mut self, leader: Option<ReplicaId>, effects: &mut Effects) {
        if self.config.settings.breaks(Flaw::VoteForgotten) && self.durable.voted_for.is_some() {
            self.write_vote(self.durable.term, None, effects);
        }
        let before = std::mem::replace(&mut self.role, Role::Follower(Follower { leader }));
        if let Role::Leader(leader) = before {
            self.leave_undecided(&leader, effects);
            let reads = leader.reads.into_iter();
            let own = reads.filter(|waiting| waiting.from.is_none());
            effects.reads_lost.extend(own.map(|waiting| waiting.read));
            self.reset_election_timer();
        }
    }

    /// Sets the election timer anew, to a timeout drawn from the range, so that
    /// split votes are rare and do not repeat (§5.2).
    pub(super) fn reset_election_timer(&mut self) {
        self.elapsed = 0;
        self.timeout = self.draw_timeout();
    }

    fn draw_timeout(&mut self) -> u32 {
        let settings = &self.config.settings;
        u32::try_from(self.rng.between(
            u64::from(settings.election_timeout_ticks_min),
            u64::from(settings.election_timeout_ticks_max),
        ))
        .expect("a timeout between two u32")
    }

    /// Sends `body` in the current term.
    pub(super) fn send(&self, to: ReplicaId, body: Body, effects: &mut Effects) {
        effects.messages.push(Message {
            from: self.config.id,
            to,
            term: self.durable.term,
            body,
        });
    }

    /// Changes the durable term and vote.
    pub(super) fn write_vote(
        &mut self,
        term: Term,
        voted_for: Option<ReplicaId>,
        effects: &mut Effects,
    ) {
        if term != self.durable.term {
            // Answers to questions of an older term are void (§5.1).
            self.forwarded.clear();
        }
        self.durable.term = term;
        self.durable.voted_for = voted_for;
        effects.write.vote = Some(VoteWrite { term, voted_for });
    }

    /// Appends to the durable log. A configuration takes effect at once (§6).
    pub(super) fn write_entry(&mut self, entry: Entry, effects: &mut Effects) {
        if let Payload::Membership(membership) = &entry.payload {
            self.memberships.push((entry.index, Arc::clone(membership)));
        }
        self.durable.log.push(entry.clone());
        effects.write.append.push(entry);
    }

    /// Appends an entry of the current term to the durable log.
    pub(super) fn append_own(&mut self, payload: Payload, effects: &mut Effects) {
        let entry = Entry {
            index: self.durable.log.last_index().next(),
            term: self.durable.term,
            payload,
        };
        self.write_entry(entry, effects);
    }

    /// Takes away the end of the durable log, and the configurations in it (§6).
    pub(super) fn write_truncation(&mut self, after: LogIndex, effects: &mut Effects) {
        assert!(
            after >= self.commit_index || self.config.settings.flaw.is_some(),
            "a committed entry is never taken away"
        );
        self.durable.log.truncate_after(after);
        if !self.config.settings.breaks(Flaw::ChangeNotRolledBack) {
            self.memberships.retain(|(index, _)| *index <= after);
        }
        effects.write.truncate_after = Some(after);
    }

    /// Moves the commit index, and hands out what became committed.
    pub(super) fn commit_to(&mut self, to: LogIndex, effects: &mut Effects) {
        if to <= self.commit_index {
            if self.config.settings.breaks(Flaw::CommitGoesBack) {
                self.commit_index = to;
            }
            return;
        }
        let count = usize::try_from(to.0 - self.commit_index.0).expect("no more than the log has");
        let entries = self.durable.log.entries_from(self.commit_index.next());
        effects.committed.extend(entries.take(count).cloned());
        self.commit_index = to;
        if !self.undecided.is_empty() {
            self.decide_proposals(false, effects);
        }
        self.receiving.take_if(|it| it.covers_no_more_than(to));
    }

    /// Whether those for whom `agrees` holds are a quorum of the configuration in force.
    pub(super) fn is_quorum(&self, agrees: impl Fn(ReplicaId) -> bool) -> bool {
        self.membership()
            .is_quorum_by(self.config.settings.flaw, agrees)
    }

    /// The highest value that a quorum of the configuration in force has reached.
    pub(super) fn agreed<T: Copy + Ord + Default>(&self, reached: impl Fn(ReplicaId) -> T) -> T {
        self.membership()
            .agreed_by(self.config.settings.flaw, reached)
    }

    /// Whether this leader has committed an entry of its own term, and so knows what
    /// else is committed (§8).
    pub(super) fn has_own_commit(&self) -> bool {
        self.durable.log.term_at(self.commit_index) == Some(self.durable.term)
    }

    /// Whether it has a vote in the configuration in force, or in the one that holds
    /// until that is committed. A replica that is to lose its vote may be the only one
    /// with a log complete enough to commit just that (thesis §4.2.2).
    fn may_stand(&self) -> bool {
        for (index, membership) in self.memberships.iter().rev() {
            if membership.votes(self.config.id) {
                return true;
            }
            if *index <= self.commit_index {
                break;
            }
        }
        false
    }

    /// Finds the configurations in the log again.
    pub(super) fn read_memberships(&mut self) {
        let base = self.memberships[0].0;
        self.memberships.truncate(1);
        for entry in self.durable.log.entries_from(base.next()) {
            if let Payload::Membership(membership) = &entry.payload {
                self.memberships.push((entry.index, Arc::clone(membership)));
            }
        }
    }

    pub(super) fn current_membership(&self) -> &(LogIndex, Arc<Membership>) {
        self.memberships.last().expect("there is always one")
    }
}
