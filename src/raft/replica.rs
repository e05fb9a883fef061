//! The replica: its state, its one door, and its changes of role. How it wins a
//! term stands in `election`, how it keeps logs equal in `replication`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::{Config, ConfigError, Settings};
use super::decisions::ElectionDecision;
use super::durable::{Durable, VoteWrite};
use super::effects::{Effects, Input, ReadReady};
use super::fetch::Newer;
use super::ids::{LogIndex, ReplicaId, Term};
use super::log::Log;
use super::membership::Membership;
use super::message::{Body, Entry, Message, Payload};
use super::refusal::Receiver;
use super::role::{Follower, Leader, Role};
use super::rules::{self, Candidacy};
use super::snapshot::Receiving;
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
    /// Whether it has only just started, and may have promised a leader not to vote.
    pub(super) fresh: bool,
    /// Who said that this candidate's log is behind theirs, since it last heard of a leader.
    pub(super) newer: BTreeMap<ReplicaId, Newer>,
    /// A snapshot of which some chunks are here.
    pub(super) receiving: Option<Receiving>,
    /// Draws election timeouts, and nothing else.
    rng: Pcg32,
}

impl Replica {
    /// A replica as it starts: new with an empty [`Durable`], or again after a
    /// crash with what its disk holds. It starts as a follower (§5.2). The state
    /// machine starts from the disk's snapshot, if there is one.
    ///
    /// # Errors
    /// If it can't run with these settings.
    pub fn new(config: Config, durable: Durable, rng: Pcg32) -> Result<Self, ConfigError> {
        config.validate()?;
        let base = match &durable.snapshot {
            Some(snapshot) => (snapshot.last.index, Arc::clone(&snapshot.membership)),
            None => (LogIndex(0), Arc::new(config.membership.clone())),
        };
        let mut replica = Self {
            commit_index: base.0,
            memberships: vec![base],
            config,
            durable,
            role: Role::Follower(Follower::default()),
            elapsed: 0,
            timeout: 0,
            fresh: true,
            newer: BTreeMap::new(),
            receiving: None,
            rng,
        };
        replica.read_memberships();
        replica.reset_election_timer();
        Ok(replica)
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
            Input::Missed(ticks) => self.miss(ticks),
            Input::Receive(message) => self.receive(message, effects),
            Input::Propose(command) => self.propose(command, effects),
            Input::Read(read) => self.on_read(read, effects),
            Input::Campaign => {
                self.elapsed = self.elapsed.max(self.timeout);
                self.stand_if_due(effects);
            }
            Input::ChangeMembership(wish) => self.change_membership(wish, effects),
            Input::TransferLeadership(to) => self.transfer_leadership(to, effects),
            Input::Compact(compact) => self.compact(compact, effects),
            Input::Configure(settings) => self.configure(settings),
        }
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
        rules::decide_election(&Candidacy {
            leading: matches!(self.role, Role::Leader(_)),
            votes: self.may_stand(),
            pre_vote: self.config.settings.pre_vote,
            elapsed: self.elapsed,
            timeout: self.timeout,
            term: self.durable.term,
        })
    }

    fn configure(&mut self, settings: Settings) {
        if settings.validate().is_err() {
            // The world checks settings before it hands them out; others keep what works.
            return;
        }
        self.config.settings = settings;
        if let Role::Leader(_) = self.role {
            self.timeout = self.config.settings.heartbeat_ticks;
        }
    }

    fn tick(&mut self, effects: &mut Effects) {
        self.elapsed = self.elapsed.saturating_add(1);
        if self.elapsed >= self.config.settings.election_timeout_ticks_min {
            self.fresh = false;
        }
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
            _ => self.stand_if_due(effects),
        }
    }

    /// Time has passed without it. A leader's lease runs out meanwhile like any other.
    fn miss(&mut self, ticks: u32) {
        self.elapsed = self.elapsed.saturating_add(ticks);
        if let Role::Leader(leader) = &mut self.role {
            leader.clock += u64::from(ticks);
            leader.quorum_elapsed = leader.quorum_elapsed.saturating_add(ticks);
            if let Some(transfer) = &mut leader.transfer {
                transfer.elapsed = transfer.elapsed.saturating_add(ticks);
            }
        }
    }

    fn receive(&mut self, message: Message, effects: &mut Effects) {
        let receiver = Receiver {
            config: &self.config,
            durable: &self.durable,
            role: &self.role,
            commit_index: self.commit_index,
        };
        if let Err(refusal) = receiver.check(&message) {
            effects.refused = Some(refusal);
            return;
        }
        let Message {
            from, term, body, ..
        } = message;
        if let Body::RequestVote { last_log, purpose } = body
            && self.keeps_to_leader(from, term, last_log, purpose, effects)
        {
            return;
        }
        if term > self.durable.term && matches!(body, Body::FetchLog { .. }) {
            // The term of a candidacy comes with the request for the vote, or not at all.
            return;
        }
        if term > self.durable.term {
            self.enter_term(term, effects);
        }
        if term < self.durable.term {
            match body {
                Body::RequestVote { last_log, purpose } => {
                    self.on_request_vote(from, term, last_log, purpose, effects);
                }
                Body::AppendEntries { .. } | Body::InstallSnapshot { .. } | Body::TimeoutNow => {
                    self.send(from, Body::AppendStale, effects);
                }
                // Answers to questions of an older term are void (§5.1).
                _ => {}
            }
            return;
        }
        self.receive_in_term(from, body, effects);
    }

    /// A message of this very term.
    fn receive_in_term(&mut self, from: ReplicaId, body: Body, effects: &mut Effects) {
        match body {
            Body::RequestVote { last_log, purpose } => {
                self.on_request_vote(from, self.durable.term, last_log, purpose, effects);
            }
            Body::Vote {
                granted,
                pre_vote,
                behind,
            } => {
                if behind {
                    self.remember_newer(from);
                }
                self.on_vote(from, granted, pre_vote, effects);
            }
            Body::AppendEntries {
                prev_log,
                entries,
                leader_commit,
                round,
            } => {
                self.hear_from_leader(from, effects);
                self.on_append_entries(from, prev_log, &entries, leader_commit, round, effects);
            }
            Body::AppendAccepted { match_index, round } => {
                self.on_append_accepted(from, match_index, round, effects);
            }
            Body::AppendRejected {
                prev_log_index,
                conflict_term,
                conflict_index,
                round,
            } => {
                self.hear_from_follower(from, round);
                self.on_append_rejected(
                    from,
                    prev_log_index,
                    conflict_term,
                    conflict_index,
                    effects,
                );
                self.after_answer(effects);
            }
            Body::InstallSnapshot {
                last,
                membership,
                offset,
                chunk,
                total,
                round,
            } => {
                self.hear_from_leader(from, effects);
                let place = (offset, total);
                let received = self.receive_chunk(from, last, membership, place, &chunk, effects);
                self.answer_chunk(from, last, received, round, effects);
            }
            Body::SnapshotReceived {
                last,
                received,
                round,
            } => {
                self.hear_from_follower(from, round);
                self.on_snapshot_received(from, last, received, effects);
                self.after_answer(effects);
            }
            Body::ReadIndex { read } => self.on_read_index(from, read, effects),
            Body::ReadIndexAnswer { read, index } => effects.reads.push(ReadReady { read, index }),
            Body::TimeoutNow => self.on_timeout_now(from, effects),
            Body::FetchLog {
                after,
                last_log,
                received,
            } => self.on_fetch_log(from, after, last_log, received, effects),
            Body::FetchedEntries {
                prev_log,
                entries,
                last_log,
            } => self.on_fetched_entries(from, prev_log, &entries, last_log, effects),
            Body::FetchedSnapshot {
                last,
                membership,
                offset,
                chunk,
                total,
            } => {
                let place = (offset, total);
                self.on_fetched_snapshot(from, last, membership, place, &chunk, effects);
            }
            // Its term, had it been higher, has already been taken on.
            Body::AppendStale => {}
        }
    }

    /// The leader of this term is alive.
    fn hear_from_leader(&mut self, leader: ReplicaId, effects: &mut Effects) {
        if self.leader() != Some(leader) {
            self.become_follower(Some(leader), effects);
        }
        self.reset_election_timer();
        self.fresh = false;
        self.newer.clear();
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
        if let Role::Leader(Leader { reads, .. }) = before {
            let own = reads.into_iter().filter(|waiting| waiting.from.is_none());
            effects.reads_lost.extend(own.map(|waiting| waiting.read));
            self.reset_election_timer();
        }
    }

    /// Sets the election timer anew, to a timeout drawn from the range, so that
    /// split votes are rare and do not repeat (§5.2).
    pub(super) fn reset_election_timer(&mut self) {
        let settings = &self.config.settings;
        self.elapsed = 0;
        self.timeout = u32::try_from(self.rng.between(
            u64::from(settings.election_timeout_ticks_min),
            u64::from(settings.election_timeout_ticks_max),
        ))
        .expect("a timeout between two u32");
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
