//! The replica: its state, its one door, and its changes of role. How it wins a
//! term stands in `election`, how it keeps logs equal in `replication`.

use super::config::{Config, ConfigError};
use super::durable::{Durable, VoteWrite};
use super::effects::{Effects, Input};
use super::ids::{LogIndex, ReplicaId, Term};
use super::log::Log;
use super::message::{Body, Entry, Message, Payload};
use super::refusal::Receiver;
use super::role::{Follower, Role};
use super::rules::{self, ElectionDecision};
use crate::rng::Pcg32;

/// One replica of a Raft cluster: a deterministic state machine that is told what
/// happens, and says what it wants done. See the [module](super)'s essay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    pub(super) config: Config,
    /// What the disk holds, or will hold once the writes asked for are done.
    pub(super) durable: Durable,
    pub(super) role: Role,
    /// `commitIndex`: volatile, as in Figure 2.
    pub(super) commit_index: LogIndex,
    /// Ticks since the timer was set: the election timer, or as a leader the heartbeat timer.
    pub(super) elapsed: u32,
    /// The ticks at which it runs out.
    pub(super) timeout: u32,
    /// Draws election timeouts, and nothing else.
    rng: Pcg32,
}

impl Replica {
    /// A replica as it starts: new with an empty [`Durable`], or again after a
    /// crash with what its disk holds. It starts as a follower (§5.2).
    ///
    /// # Errors
    /// If it can't run with these settings.
    pub fn new(config: Config, durable: Durable, rng: Pcg32) -> Result<Self, ConfigError> {
        config.validate()?;
        let mut replica = Self {
            config,
            durable,
            role: Role::Follower(Follower::default()),
            commit_index: LogIndex(0),
            elapsed: 0,
            timeout: 0,
            rng,
        };
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
        match input {
            Input::Tick => self.tick(&mut effects),
            Input::Receive(message) => self.receive(message, &mut effects),
            Input::Propose(command) => self.propose(command, &mut effects),
            Input::Campaign => {
                self.elapsed = self.elapsed.max(self.timeout);
                self.stand_if_due(&mut effects);
            }
        }
        effects
    }

    /// Who it is.
    pub fn id(&self) -> ReplicaId {
        self.config.id
    }

    /// Its settings.
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
            Role::Candidate(_) => None,
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

    /// The timer in ticks, as elapsed and timeout: the election timer, or as a
    /// leader the heartbeat timer.
    pub fn timer(&self) -> (u32, u32) {
        (self.elapsed, self.timeout)
    }

    /// Why it does, or does not, start an election now.
    pub fn election_decision(&self) -> ElectionDecision {
        rules::decide_election(
            matches!(self.role, Role::Leader(_)),
            self.elapsed,
            self.timeout,
            self.durable.term,
        )
    }

    fn tick(&mut self, effects: &mut Effects) {
        self.elapsed = self.elapsed.saturating_add(1);
        match &self.role {
            Role::Leader(_) => {
                if self.elapsed >= self.timeout {
                    self.elapsed = 0;
                    self.send_heartbeats(effects);
                }
            }
            Role::Candidate(_) if self.elapsed < self.timeout => {
                // A request or a vote may have been lost: ask again those that are silent.
                if self.elapsed.is_multiple_of(self.config.heartbeat_ticks) {
                    self.request_votes(effects);
                }
            }
            _ => self.stand_if_due(effects),
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
        if term > self.durable.term {
            self.enter_term(term, effects);
        }
        match body {
            Body::RequestVote { last_log } => self.on_request_vote(from, term, last_log, effects),
            Body::AppendEntries {
                prev_log,
                entries,
                leader_commit,
            } => {
                if term < self.durable.term {
                    self.send(from, Body::AppendStale, effects);
                } else {
                    self.on_append_entries(from, prev_log, &entries, leader_commit, effects);
                }
            }
            // What remains are answers, and those to questions of an older term are void (§5.1).
            _ if term < self.durable.term => {}
            Body::Vote { granted } => self.on_vote(from, granted, effects),
            Body::AppendAccepted { match_index } => {
                self.on_append_accepted(from, match_index, effects);
            }
            Body::AppendRejected {
                prev_log_index,
                conflict_term,
                conflict_index,
            } => self.on_append_rejected(
                from,
                prev_log_index,
                conflict_term,
                conflict_index,
                effects,
            ),
            // Its term, had it been higher, has already been taken on.
            Body::AppendStale => {}
        }
    }

    /// Takes on a higher term, in which this replica has not voted and follows
    /// whoever will lead it (§5.1).
    pub(super) fn enter_term(&mut self, term: Term, effects: &mut Effects) {
        debug_assert!(term > self.durable.term);
        self.write_vote(term, None, effects);
        self.become_follower(None);
    }

    /// Follows `leader`, or nobody yet. The election timer runs on, unless there
    /// was none: a new term alone is no reason to wait longer (§5.2).
    pub(super) fn become_follower(&mut self, leader: Option<ReplicaId>) {
        if matches!(self.role, Role::Leader(_)) {
            self.reset_election_timer();
        }
        self.role = Role::Follower(Follower { leader });
    }

    /// Sets the election timer anew, to a timeout drawn from the range, so that
    /// split votes are rare and do not repeat (§5.2).
    pub(super) fn reset_election_timer(&mut self) {
        self.elapsed = 0;
        self.timeout = u32::try_from(self.rng.between(
            u64::from(self.config.election_timeout_ticks_min),
            u64::from(self.config.election_timeout_ticks_max),
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

    /// Appends to the durable log.
    pub(super) fn write_entry(&mut self, entry: Entry, effects: &mut Effects) {
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

    /// Moves the commit index, and hands out what became committed.
    pub(super) fn commit_to(&mut self, to: LogIndex, effects: &mut Effects) {
        while self.commit_index < to {
            self.commit_index = self.commit_index.next();
            let entry = self
                .durable
                .log
                .get(self.commit_index)
                .expect("a committed entry is in the log");
            effects.committed.push(entry.clone());
        }
    }
}
