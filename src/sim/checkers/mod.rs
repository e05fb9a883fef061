//! The judges: the five safety properties of the paper's Figure 3, checked after
//! every event.
//!
//! A judge believes nobody. It keeps its own record of what it has seen, and holds
//! what it sees next against that. What it finds is a [`Violation`]: data, with the
//! replicas and places that prove it. The work per event is in proportion to what
//! changed, so the judges can be on duty everywhere: in the page, in every test and
//! in the benchmarks.
//!
//! # When something counts
//!
//! A step counts once it is durable. Until then it is a thought: nobody else has
//! heard of it, and a crash takes it back. A lone replica, for instance, may elect
//! itself, take a command, lose both in a crash, and then elect itself for the same
//! term again: none of that breaks a property. So the judges look at the logs on the
//! disks, at the moment when a write is done, and not at the replicas' memories.

mod append_only;
mod election_safety;
mod leader_completeness;
mod log_matching;
mod state_machine_safety;

use append_only::AppendOnly;
use election_safety::ElectionSafety;
use leader_completeness::LeaderCompleteness;
use log_matching::LogMatching;
use state_machine_safety::StateMachineSafety;

use super::step::Step;
use super::violation::Violation;
use crate::raft::{Entry, Log, LogIndex, Position, ReplicaId};

/// All five judges.
#[derive(Clone, Debug, Default)]
pub(super) struct Checkers {
    election_safety: ElectionSafety,
    append_only: AppendOnly,
    log_matching: LogMatching,
    leader_completeness: LeaderCompleteness,
    state_machine_safety: StateMachineSafety,
}

impl Checkers {
    /// A step of `replica` has become durable; `log_of` are the logs on the disks
    /// as they are now.
    pub(super) fn on_durable<'a>(
        &mut self,
        replica: ReplicaId,
        step: &Step,
        log_of: impl Fn(ReplicaId) -> &'a Log,
    ) -> Result<(), Violation> {
        let log = log_of(replica);
        let term = step.term;
        let leads = step.leads.then_some(term);
        self.log_matching
            .on_append(replica, &step.write.append, log)?;
        self.append_only
            .on_write(replica, leads, step.write.truncate_after, log)?;
        if step.elected {
            self.election_safety.on_elected(replica, term)?;
        }
        self.leader_completeness.on_role(replica, leads, log)?;
        if let (true, Some(last)) = (step.leads, step.committed.last()) {
            self.leader_completeness
                .on_commit(term, last.position(), log_of)?;
        }
        Ok(())
    }

    /// `replica` applies an entry to its store.
    pub(super) fn on_apply(&mut self, replica: ReplicaId, entry: &Entry) -> Result<(), Violation> {
        self.state_machine_safety.on_apply(replica, entry)
    }

    /// `replica` starts anew from a snapshot.
    pub(super) fn on_restore(&self, replica: ReplicaId, last: Position) -> Result<(), Violation> {
        self.state_machine_safety.on_restore(replica, last)
    }

    /// All that any replica has applied, in order.
    pub(super) fn applied(&self) -> impl Iterator<Item = &Entry> {
        self.state_machine_safety.applied()
    }

    /// Whether one of the entries applied after `from` up to `to` passes the test.
    pub(super) fn any_applied(
        &self,
        from: LogIndex,
        to: LogIndex,
        test: impl Fn(&Entry) -> bool,
    ) -> bool {
        self.state_machine_safety.any(from, to, test)
    }

    /// A dead replica leads nobody.
    pub(super) fn on_crash(&mut self, replica: ReplicaId) {
        self.append_only.on_crash(replica);
        self.leader_completeness.on_crash(replica);
    }

    /// The last index that any replica has applied.
    pub(super) fn last_applied(&self) -> LogIndex {
        self.state_machine_safety.last_applied()
    }
}

/// What the tests of the judges make their evidence of.
#[cfg(test)]
mod evidence {
    use crate::raft::{Entry, Log, LogIndex, Payload, ReplicaId, Term};

    pub(super) const R1: ReplicaId = ReplicaId(1);
    pub(super) const R2: ReplicaId = ReplicaId(2);

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
}
