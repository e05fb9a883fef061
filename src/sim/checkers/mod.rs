//! The checkers: what must hold at every moment of every world, checked after every
//! event. What each property says is in [`property`](super::property).
//!
//! A checker trusts nobody. It keeps its own record of what it has seen, and compares
//! what it sees next with that. What it finds is a [`Violation`]: data, with the
//! replicas and places that prove it. The work per event is in proportion to what
//! changed, so the checkers can be on duty everywhere: in the page, in every test and
//! in the benchmarks.
//!
//! # When something counts
//!
//! A step counts once it is durable. Until then nobody else has heard of it, and a crash
//! takes it back. A lone replica, for instance, may elect
//! itself, take a command, lose both in a crash, and then elect itself for the same
//! term again: none of that breaks a property. So most checkers look at the disks, at
//! the moment when a write is done, and not at the replicas' memories.
//!
//! | moment | who looks |
//! |---|---|
//! | a replica starts | `never_back` across its lives; `configurations`; `equal_state` of its snapshot |
//! | a step is thought | `never_back` and `index_order` in memory; `match_index` if it heard from a follower |
//! | a step is durable | the first four of Figure 3; `committed`, `configurations`; `never_back` on disk |
//! | a disk is at rest | `configurations` in memory |
//! | a message leaves | `write_before_send` |
//! | an entry is applied | `state_machine_safety`, `never_back`, `equal_state`, `requests` |
//! | a client is told | `requests` |
//!
//! # What they forget
//!
//! A world may run for days. The checkers remember the last 32,768 entries that were applied,
//! and the latest thousands of terms; what is older they keep as a checksum. A replica that is
//! so far behind is judged by that, as soon as it comes to what is remembered.
//!
//! # Not judged here
//!
//! Whether what clients were told is linearizable takes more than a look at what changed.
//! Stale reads are judged where they are served; one whose lease lost its
//! [ground](super::view::lease) is a [notice](super::view::trace::TraceEvent::StaleRead) and stops no world.

mod append_only;
mod by_replica;
mod committed;
mod configurations;
mod election_safety;
mod equal_state;
mod index_order;
mod leader_completeness;
mod log_matching;
mod match_index;
mod never_back;
mod no_stale_read;
mod prepared_successor;
mod requests;
mod state_machine_safety;
#[cfg(test)]
mod tests;
mod write_before_send;

use std::sync::Arc;

use append_only::AppendOnly;
use committed::Committed;
use configurations::Configurations;
use election_safety::ElectionSafety;
use equal_state::EqualState;
use leader_completeness::LeaderCompleteness;
use log_matching::LogMatching;
use never_back::NeverBack;
use no_stale_read::NoStaleRead;
use requests::Requests;
use state_machine_safety::StateMachineSafety;

use super::footprint::Footprint;
use super::property::violation::Violation;
use super::scenario::action::MessageId;
use super::server::output::{Applied, Pending};
use super::view::lease::Voided;
use crate::kv::{Answer, ClientId, Command, Logged, Operation};
use crate::raft::{
    Durable, Effects, Entry, Log, LogIndex, Membership, Message, Payload, Position, Replica,
    ReplicaId,
};

/// How many of the applied entries the checkers remember; of earlier ones they keep a checksum.
const REMEMBERED_MAX: u64 = 32_768;
/// They forget older ones each time this many more were applied.
const FORGET_EVERY: u64 = 1_024;

/// All checkers.
#[derive(Clone, Debug, Default)]
pub(super) struct Checkers {
    election_safety: ElectionSafety,
    append_only: AppendOnly,
    log_matching: LogMatching,
    leader_completeness: LeaderCompleteness,
    state_machine_safety: StateMachineSafety,
    committed: Committed,
    configurations: Configurations,
    never_back: NeverBack,
    equal_state: EqualState,
    requests: Requests,
    no_stale_read: NoStaleRead,
}

/// A stale read that breaks no property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StaleRead {
    /// What it should have seen: the log up to here.
    pub(super) committed_index: LogIndex,
    /// Why it breaks no property.
    pub(super) voided_by: Voided,
}

impl Checkers {
    // --- a replica's life ---

    /// A replica starts from its disk, its store from the snapshot there, if there is one.
    pub(super) fn on_start(
        &mut self,
        replica: &Replica,
        applied: LogIndex,
        fingerprint: u64,
    ) -> Result<(), Violation> {
        self.configurations.on_start(replica);
        self.state_machine_safety.on_start(replica.id(), applied);
        self.never_back.on_start(replica, applied)?;
        if applied > LogIndex(0) {
            self.equal_state
                .on_state(replica.id(), applied, fingerprint)?;
        }
        Ok(())
    }

    /// A replica has taken a step, having heard from another; its store has applied the
    /// log up to `applied`.
    pub(super) fn on_step<'a>(
        &mut self,
        replica: &Replica,
        applied: LogIndex,
        step: &Pending,
        heard: Option<ReplicaId>,
        disk_of: impl Fn(ReplicaId) -> &'a Durable,
    ) -> Result<(), Violation> {
        self.never_back.on_step(replica)?;
        let Effects { write, restore, .. } = &step.effects;
        index_order::on_step(replica, applied, write, restore.is_some())?;
        match heard {
            Some(from) => {
                self.never_back.on_heard(replica, from)?;
                match_index::on_heard(replica, from, disk_of(from))
            }
            None => Ok(()),
        }
    }

    /// A dead replica leads nobody.
    pub(super) fn on_crash(&mut self, replica: ReplicaId) {
        self.append_only.on_crash(replica);
        self.leader_completeness.on_crash(replica);
    }

    // --- its disk ---

    /// A step of `replica` has become durable; `disk_of` are the disks as they are now.
    pub(super) fn on_durable<'a>(
        &mut self,
        replica: ReplicaId,
        step: &Pending,
        disk_of: impl Fn(ReplicaId) -> &'a Durable,
    ) -> Result<(), Violation> {
        let disk = disk_of(replica);
        let log_of = |id| &disk_of(id).log;
        let Pending {
            effects: Effects { write, .. },
            appended,
            committed,
            ..
        } = step;
        let term = step.term;
        let leads = step.leads.then_some(term);
        self.log_matching.on_append(replica, appended, &disk.log)?;
        self.append_only
            .on_write(replica, leads, write.truncate_after, &disk.log)?;
        if step.elected() {
            self.election_safety.on_elected(replica, term)?;
        }
        self.leader_completeness
            .on_role(replica, leads, &disk.log)?;
        if let (true, Some(last)) = (step.led(), committed.last()) {
            self.leader_completeness
                .on_commit(term, last.position(), log_of)?;
            // By the configuration that was in force before the step, or by one that it
            // brought about.
            let before = self.configurations.latest(replica);
            let by = before
                .map(|(at, membership)| (at.index, membership))
                .into_iter()
                .chain(
                    appended
                        .iter()
                        .filter_map(|entry| Some((entry.index, membership(entry)?))),
                );
            self.committed.on_commit(replica, committed, by, &disk_of)?;
        }
        if let Some(snapshot) = &write.snapshot {
            let index = snapshot.last.index;
            self.state_machine_safety.on_snapshot(replica, index);
        }
        if !write.is_empty() {
            self.committed.on_write(replica, write, &disk_of)?;
            let known = step.led().then_some(&self.committed);
            self.configurations
                .on_write(replica, (write, appended), &disk.log, known)?;
            self.never_back.on_write(replica, disk)?;
        }
        Ok(())
    }

    /// The disk of a replica holds all that it has asked to be written.
    pub(super) fn on_rest(&self, replica: &Replica) -> Result<(), Violation> {
        self.configurations.on_rest(replica)
    }

    /// A message leaves its sender; `disk_of` are the disks as they are now.
    pub(super) fn on_send<'a>(
        message: &Message,
        disk_of: impl Fn(ReplicaId) -> &'a Durable,
    ) -> Result<(), Violation> {
        let (from, to) = (disk_of(message.from), disk_of(message.to));
        write_before_send::on_send(message, from)?;
        prepared_successor::on_send(message, from, to)
    }

    // --- its store ---

    /// `replica` has applied an entry of its log to its store, which did that, if it held a
    /// command.
    pub(super) fn on_applied(
        &mut self,
        (replica, log): (ReplicaId, &Log),
        entry: &Entry,
        fingerprint: u64,
        applied: Option<Applied>,
    ) -> Result<(), Violation> {
        let index = entry.index;
        self.never_back.on_apply(replica, index)?;
        self.state_machine_safety.on_apply(replica, entry, log)?;
        let first = self.equal_state.on_state(replica, index, fingerprint)?;
        if first && index.0.is_multiple_of(FORGET_EVERY) {
            self.forget();
        }
        let Some(applied) = applied.filter(|_| first) else {
            return Ok(());
        };
        let Applied {
            logged,
            answer,
            changed,
        } = applied;
        self.requests
            .on_applied(index, &logged.command, answer, changed)
    }

    /// `replica` starts anew from a snapshot.
    pub(super) fn on_restore(
        &mut self,
        replica: ReplicaId,
        last: Position,
        fingerprint: u64,
    ) -> Result<(), Violation> {
        self.never_back.on_apply(replica, last.index)?;
        self.state_machine_safety.on_restore(replica, last)?;
        self.equal_state
            .on_state(replica, last.index, fingerprint)
            .map(drop)
    }

    // --- clients ---

    /// A client is asked to carry out an operation, its request of this number.
    pub(super) fn on_ask(&mut self, client: ClientId, sequence: u64, operation: &Operation) {
        self.requests.on_ask(client, sequence, operation);
        self.no_stale_read.on_ask(client, sequence);
    }

    /// An answer sets out that knows of the log up to `index`.
    pub(super) fn on_answer_sent(&mut self, message: MessageId, index: LogIndex) {
        self.no_stale_read.on_answer_sent(message, index);
    }

    /// A copy of a message sets out.
    pub(super) fn on_copied(&mut self, message: MessageId, copy: MessageId) {
        self.no_stale_read.on_copied(message, copy);
    }

    /// An answer was lost, or its client did not listen.
    pub(super) fn on_answer_gone(&mut self, message: MessageId) {
        self.no_stale_read.on_answer_gone(message);
    }

    /// A message tells a client the answer to its request.
    pub(super) fn on_told(
        &mut self,
        client: ClientId,
        message: MessageId,
        sequence: u64,
        operation: &Operation,
        answer: &Answer,
    ) -> Result<(), Violation> {
        // From the entry there, if it is the answer to a change.
        let index = self.no_stale_read.on_answer_gone(message);
        self.no_stale_read.on_told(client, sequence, index);
        if index > LogIndex(0) && index <= self.state_machine_safety.forgotten() {
            // The answer was on its way for long. What stood there is in the checksum.
            return Ok(());
        }
        let entry = self.state_machine_safety.at(index);
        let stands_there = entry
            .filter(|entry| self.committed.holds(entry.position()))
            .and_then(command);
        let stands_there = stands_there.as_ref();
        self.requests
            .on_told(client, sequence, operation, answer, index, stands_there)
    }

    /// A leader serves a read, its own or a follower's, by a lease that rests on something
    /// that is not so.
    pub(super) fn on_doubt(
        &mut self,
        read: (ReplicaId, u64),
        voided: Voided,
        awaits: impl Fn(ReplicaId, u64) -> bool,
    ) {
        self.no_stale_read.on_doubt(read, voided, awaits);
    }

    /// A replica answers a read outside the log, as its store is at `read_index`. A stale one
    /// breaks a property, unless the ground was taken away that its lease rested on, or a rule
    /// is broken on purpose: then it is returned.
    pub(super) fn on_read(
        &mut self,
        (replica, name): (ReplicaId, u64),
        command: &Command,
        read_index: LogIndex,
        flawed: bool,
    ) -> Result<Option<StaleRead>, Violation> {
        let voided = self.no_stale_read.on_read((replica, name));
        let client = command.client;
        let committed_index = self.no_stale_read.must_see(client, command.sequence);
        if read_index >= committed_index {
            return Ok(None);
        }
        let key = command.operation.key();
        let changes = |entry: &Entry| {
            self::command(entry).is_some_and(|Command { operation, .. }| {
                operation.key() == key && !matches!(operation, Operation::Get { .. })
            })
        };
        let safety = &self.state_machine_safety;
        if !safety.any(read_index, committed_index, changes) {
            return Ok(None);
        }
        let Some(voided_by) = voided.or(flawed.then_some(Voided::Flaw {})) else {
            return Err(Violation::NoStaleRead {
                replica,
                client,
                committed_index,
                read_index,
            });
        };
        Ok(Some(StaleRead {
            committed_index,
            voided_by,
        }))
    }

    // --- what they have seen ---

    /// Forgets what is long past: by then a checksum convicts as well.
    fn forget(&mut self) {
        let last = self.state_machine_safety.last_applied();
        let through = LogIndex(last.0.saturating_sub(REMEMBERED_MAX));
        self.state_machine_safety.forget(through);
        self.equal_state.forget(through);
        self.log_matching.forget(through);
    }

    /// Up to here they have forgotten what was applied.
    pub(super) fn forgotten(&self) -> LogIndex {
        self.state_machine_safety.forgotten()
    }

    /// Adds what they take of memory, beside the entries that they remember.
    pub(super) fn count(&self, takes: &mut Footprint) {
        takes.add(self.requests.weight() + self.committed.weight() + self.election_safety.weight());
        takes.add(self.no_stale_read.weight());
    }

    /// All that any replica has applied and the checkers remember, in order; and before that the
    /// configurations.
    pub(super) fn applied(&self) -> impl Iterator<Item = &Entry> {
        self.state_machine_safety.applied()
    }

    /// The last index that any replica has applied.
    pub(super) fn last_applied(&self) -> LogIndex {
        self.state_machine_safety.last_applied()
    }
}

fn membership(entry: &Entry) -> Option<&Arc<Membership>> {
    match &entry.payload {
        Payload::Membership(membership) => Some(membership),
        _ => None,
    }
}

fn command(entry: &Entry) -> Option<Command> {
    match &entry.payload {
        Payload::Command(bytes) => Logged::decode(bytes).ok().map(|logged| logged.command),
        _ => None,
    }
}

/// What the tests of the checkers make their evidence of.
#[cfg(test)]
mod evidence {
    use std::sync::Arc;

    use crate::raft::{
        Config, Durable, Entry, Log, LogIndex, Membership, Payload, Position, Replica, ReplicaId,
        Snapshot, Term,
    };
    use crate::rng::Pcg32;
    use crate::sim::scenario::Scenario;
    use crate::sim::server::Server;

    pub(super) const R1: ReplicaId = ReplicaId(1);
    pub(super) const R2: ReplicaId = ReplicaId(2);
    pub(super) const R3: ReplicaId = ReplicaId(3);

    pub(super) fn entry(index: u64, term: u64, command: &str) -> Entry {
        Entry {
            index: LogIndex(index),
            term: Term(term),
            payload: Payload::Command(command.as_bytes().into()),
        }
    }

    /// A log with an entry of each of these terms.
    pub(super) fn log(terms: &[u64]) -> Log {
        let mut log = Log::default();
        for (index, &term) in (1..).zip(terms) {
            log.push(entry(index, term, "x"));
        }
        log
    }

    /// A snapshot of nothing, up to this place.
    pub(super) fn snapshot(index: u64, term: u64) -> Snapshot {
        Snapshot {
            last: Position {
                term: Term(term),
                index: LogIndex(index),
            },
            membership: Arc::new(Membership::of_voters([R1, R2, R3])),
            data: [].into(),
        }
    }

    /// One of three replicas, just started with this on its disk, be it as impossible as it may.
    pub(super) fn replica(id: ReplicaId, durable: Durable) -> Replica {
        let scenario = Scenario {
            replicas: 3,
            ..Scenario::default()
        };
        let config = Config {
            id,
            peers: vec![R1, R2, R3],
            membership: Membership::of_voters([R1, R2, R3]),
            settings: Server::new(id, &Arc::new(scenario), 1).settings(),
        };
        Replica::unchecked(config, durable, Pcg32::fork(1, "replica", 1))
    }
}
