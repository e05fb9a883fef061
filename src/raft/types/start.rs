//! Checks the disk from which a replica is to start. One that was written by [`Durable::apply`],
//! write by write, always passes. One that was put together by hand, or mixed up with another's,
//! may hold what no replica can have written, and is refused before anything is built on it.

use super::config::{Config, ConfigError};
use super::durable::{Durable, SNAPSHOT_BYTES_MAX};
use super::ids::{LogIndex, NUMBER_MAX, Position, ReplicaId, Term};
use super::message::Payload;
use crate::flaw::Flaw;

/// Why a replica does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// It can't run with these settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It can't have written what its disk holds.
    #[error(transparent)]
    Durable(#[from] DurableError),
}

/// A [`Durable`] that no replica can have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurableError {
    /// The term is out of range.
    #[error("term: must be at most {NUMBER_MAX}, not {0}")]
    TermOutOfRange(Term),
    /// There is a vote before the first election.
    #[error("voted_for: {0} has a vote in term 0, but nobody votes before term 1")]
    VoteInTermZero(ReplicaId),
    /// The vote went to a replica that is not in the address book.
    #[error("voted_for: {0} is not among the peers; is this the disk of another cluster?")]
    VoteForStranger(ReplicaId),
    /// The snapshot covers nothing, or its last entry can't exist.
    #[error(
        "snapshot.last: {0} is no entry; the index and the term must be from 1 to {NUMBER_MAX}"
    )]
    SnapshotOfNothing(Position),
    /// The snapshot is of a later term than the replica has seen.
    #[error("snapshot.last: {last} is of a later term than the replica has seen, {term}")]
    SnapshotAhead {
        /// The snapshot's last entry.
        last: Position,
        /// `currentTerm`.
        term: Term,
    },
    /// The snapshot is larger than any replica receives.
    #[error("snapshot.data: has {0} bytes, more than the {SNAPSHOT_BYTES_MAX} that can be sent")]
    SnapshotTooLarge(u64),
    /// Nobody votes by the snapshot's configuration.
    #[error("snapshot.membership: there is no voter")]
    SnapshotWithoutVoter,
    /// The place before the log's first entry can't exist.
    #[error(
        "log: can't start after {0}; the index and the term must both be 0, or both from 1 to \
         {NUMBER_MAX}"
    )]
    ImpossibleBase(Position),
    /// The log's beginning is gone, and there is nothing in its place.
    #[error("snapshot: is missing, though the log starts after {base}")]
    NoSnapshot {
        /// The place before the log's first entry.
        base: Position,
    },
    /// Entries between the snapshot and the log are gone.
    #[error("log: starts after {base}, but the snapshot covers no more than {last}")]
    GapAfterSnapshot {
        /// The snapshot's last entry.
        last: Position,
        /// The place before the log's first entry.
        base: Position,
    },
    /// The log does not hold the snapshot's last entry. Such a log is worth nothing (§7).
    #[error(
        "log: does not hold the snapshot's last entry, {last}; take an empty log that starts \
         after it"
    )]
    LogWithoutSnapshot {
        /// The snapshot's last entry.
        last: Position,
    },
    /// An entry is of term zero, in which there is no leader.
    #[error("log: entry {0} is of term 0, which has no leader")]
    EntryOfTermZero(LogIndex),
    /// The log is of a later term than the replica has seen.
    #[error("log: {last} is of a later term than the replica has seen, {term}")]
    LogAhead {
        /// The end of the log.
        last: Position,
        /// `currentTerm`.
        term: Term,
    },
    /// The log is longer than any may be.
    #[error("log: ends at {0}, but {NUMBER_MAX} is the last index there is")]
    LogTooLong(LogIndex),
    /// Nobody votes by a configuration in the log.
    #[error("log: the configuration in entry {0} has no voter")]
    EntryWithoutVoter(LogIndex),
}

impl Durable {
    /// Whether a replica can have written this.
    ///
    /// Terms never fall in a log, and its indices leave no gap:
    /// [`Log::push`](crate::raft::Log::push) accepts nothing else.
    ///
    /// # Errors
    /// The first fault found, by the field's name.
    pub fn validate(&self) -> Result<(), DurableError> {
        self.validate_for(None)
    }

    /// The same for a replica that breaks a rule on purpose: it may have failed to write the term
    /// that it has seen.
    fn validate_for(&self, flaw: Option<Flaw>) -> Result<(), DurableError> {
        // The term and the vote.
        let term = self.term;
        if term.0 > NUMBER_MAX {
            return Err(DurableError::TermOutOfRange(term));
        }
        if let Some(candidate) = self.voted_for.filter(|_| term == Term(0)) {
            return Err(DurableError::VoteInTermZero(candidate));
        }
        let remembers = flaw != Some(Flaw::VoteNotPersisted); // flaw
        // The snapshot.
        if let Some(snapshot) = &self.snapshot {
            let last = snapshot.last;
            if !is_entry(last) {
                return Err(DurableError::SnapshotOfNothing(last));
            }
            if last.term > term && remembers {
                return Err(DurableError::SnapshotAhead { last, term });
            }
            let bytes = snapshot.data.len() as u64;
            if bytes > SNAPSHOT_BYTES_MAX {
                return Err(DurableError::SnapshotTooLarge(bytes));
            }
            if snapshot.membership.voters.is_empty() {
                return Err(DurableError::SnapshotWithoutVoter);
            }
        }
        self.validate_place()?;
        // The log. Its terms never fall, so the ends speak for all.
        let first = self.log.get(self.log.first_index());
        if let Some(first) = first.filter(|first| first.term == Term(0)) {
            return Err(DurableError::EntryOfTermZero(first.index));
        }
        let last = self.log.last();
        if last.index.0 > NUMBER_MAX {
            return Err(DurableError::LogTooLong(last.index));
        }
        if last.term > term && remembers {
            return Err(DurableError::LogAhead { last, term });
        }
        let without_voter = self.log.entries_from(self.log.first_index()).find(|entry| {
            matches!(&entry.payload, Payload::Membership(members) if members.voters.is_empty())
        });
        match without_voter {
            Some(entry) => Err(DurableError::EntryWithoutVoter(entry.index)),
            None => Ok(()),
        }
    }

    /// Whether the log goes on where the snapshot stops (§7).
    fn validate_place(&self) -> Result<(), DurableError> {
        let base = self.log.base();
        if base != Position::default() && !is_entry(base) {
            return Err(DurableError::ImpossibleBase(base));
        }
        let Some(snapshot) = &self.snapshot else {
            return match base.index {
                LogIndex(0) => Ok(()),
                _ => Err(DurableError::NoSnapshot { base }),
            };
        };
        let last = snapshot.last;
        if base.index > last.index {
            return Err(DurableError::GapAfterSnapshot { last, base });
        }
        if self.log.term_at(last.index) != Some(last.term) {
            return Err(DurableError::LogWithoutSnapshot { last });
        }
        Ok(())
    }
}

/// Whether a replica with these settings can go on with what this disk holds.
pub(in crate::raft) fn check(config: &Config, durable: &Durable) -> Result<(), StartError> {
    config.validate()?;
    durable.validate_for(config.settings.flaw)?;
    match durable.voted_for.filter(|&voted| !config.knows(voted)) {
        Some(stranger) => Err(DurableError::VoteForStranger(stranger).into()),
        None => Ok(()),
    }
}

/// Whether there can be an entry at this place.
fn is_entry(Position { term, index }: Position) -> bool {
    let range = 1..=NUMBER_MAX;
    range.contains(&term.0) && range.contains(&index.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::raft::{Entry, Log, Membership, Replica, Settings, Snapshot};
    use crate::rng::Pcg32;

    fn at(index: u64, term: u64) -> Position {
        Position {
            index: LogIndex(index),
            term: Term(term),
        }
    }

    fn members(ids: &[u16]) -> Arc<Membership> {
        Arc::new(Membership::of_voters(ids.iter().copied().map(ReplicaId)))
    }

    fn log(base: Position, terms: &[u64]) -> Log {
        let mut log = Log::starting_after(base);
        for &term in terms {
            let index = log.last_index().next();
            log.push(Entry {
                index,
                term: Term(term),
                payload: Payload::Noop,
            });
        }
        log
    }

    fn snapshot(last: Position) -> Snapshot {
        Snapshot {
            last,
            membership: members(&[1]),
            data: Arc::default(),
        }
    }

    /// Term 4, a vote, a snapshot to 3@2, and the log 3@2, 4@2, 5@4 after 2@1.
    fn sound() -> Durable {
        Durable {
            term: Term(4),
            voted_for: Some(ReplicaId(1)),
            promised_ticks: 0,
            snapshot: Some(snapshot(at(3, 2))),
            log: log(at(2, 1), &[2, 2, 4]),
        }
    }

    fn start(durable: Durable) -> Result<Replica, StartError> {
        let config = Config {
            id: ReplicaId(1),
            peers: [1, 2].map(ReplicaId).into(),
            membership: Membership::of_voters([ReplicaId(1)]),
            settings: Settings::default(),
        };
        Replica::new(config, durable, Pcg32::new(1, 1))
    }

    #[test]
    fn a_replica_starts_with_what_one_can_have_written() {
        for durable in [
            Durable::default(),
            sound(),
            Durable {
                log: log(at(3, 2), &[]),
                ..sound()
            },
            Durable {
                snapshot: None,
                log: log(at(0, 0), &[1, 1, 4]),
                ..sound()
            },
            Durable {
                snapshot: Some(snapshot(at(NUMBER_MAX, 4))),
                log: log(at(NUMBER_MAX, 4), &[]),
                ..sound()
            },
        ] {
            assert_eq!(durable.validate(), Ok(()), "{durable:?}");
            assert!(start(durable).is_ok());
        }
    }

    fn with(last: Position, log: Log) -> Durable {
        Durable {
            snapshot: Some(snapshot(last)),
            log,
            ..sound()
        }
    }

    fn without(log: Log) -> Durable {
        Durable {
            snapshot: None,
            log,
            ..sound()
        }
    }

    fn assert_refused(durable: Durable, fault: DurableError) {
        let text = fault.to_string();
        assert_eq!(start(durable).err(), Some(fault.into()), "{text}");
        let (field, said) = text.split_once(": ").expect("the field comes first");
        let field = field.split('.').next();
        assert!(field.is_some_and(|it| ["term", "voted_for", "snapshot", "log"].contains(&it)));
        assert!(!said.contains(['{', '(']), "{said}");
    }

    #[test]
    fn a_term_a_vote_or_a_snapshot_that_cannot_be_is_refused_by_name() {
        use DurableError as E;
        let mut voiceless = sound();
        voiceless.snapshot.as_mut().expect("it has one").membership = Arc::default();
        for (durable, fault) in [
            (
                Durable {
                    term: Term(NUMBER_MAX + 1),
                    ..sound()
                },
                E::TermOutOfRange(Term(NUMBER_MAX + 1)),
            ),
            (
                Durable {
                    voted_for: Some(ReplicaId(2)),
                    ..Durable::default()
                },
                E::VoteInTermZero(ReplicaId(2)),
            ),
            (
                Durable {
                    voted_for: Some(ReplicaId(9)),
                    ..sound()
                },
                E::VoteForStranger(ReplicaId(9)),
            ),
            (
                with(at(0, 0), Log::default()),
                E::SnapshotOfNothing(at(0, 0)),
            ),
            (
                with(at(3, 0), Log::default()),
                E::SnapshotOfNothing(at(3, 0)),
            ),
            (
                with(at(u64::MAX, 1), log(at(u64::MAX, 1), &[])),
                E::SnapshotOfNothing(at(u64::MAX, 1)),
            ),
            (
                with(at(3, 5), log(at(3, 5), &[])),
                E::SnapshotAhead {
                    last: at(3, 5),
                    term: Term(4),
                },
            ),
            (voiceless, E::SnapshotWithoutVoter),
        ] {
            assert_refused(durable, fault);
        }
    }

    #[test]
    fn a_log_that_cannot_be_is_refused_by_name() {
        use DurableError as E;
        let mut nobody = log(at(0, 0), &[1]);
        nobody.push(Entry {
            index: LogIndex(2),
            term: Term(1),
            payload: Payload::Membership(Arc::default()),
        });
        for (durable, fault) in [
            (without(log(at(5, 0), &[])), E::ImpossibleBase(at(5, 0))),
            (without(log(at(0, 1), &[])), E::ImpossibleBase(at(0, 1))),
            (
                without(log(at(u64::MAX, 1), &[])),
                E::ImpossibleBase(at(u64::MAX, 1)),
            ),
            (
                without(log(at(5, 1), &[])),
                E::NoSnapshot { base: at(5, 1) },
            ),
            (
                with(at(3, 2), log(at(4, 2), &[4])),
                E::GapAfterSnapshot {
                    last: at(3, 2),
                    base: at(4, 2),
                },
            ),
            // It ends too early, and it has another entry there.
            (
                with(at(3, 2), log(at(1, 1), &[1])),
                E::LogWithoutSnapshot { last: at(3, 2) },
            ),
            (
                with(at(3, 2), log(at(1, 1), &[1, 1, 2])),
                E::LogWithoutSnapshot { last: at(3, 2) },
            ),
            (
                with(at(3, 2), log(at(3, 1), &[2])),
                E::LogWithoutSnapshot { last: at(3, 2) },
            ),
            (
                without(log(at(0, 0), &[0, 1])),
                E::EntryOfTermZero(LogIndex(1)),
            ),
            (
                without(log(at(0, 0), &[1, 5])),
                E::LogAhead {
                    last: at(2, 5),
                    term: Term(4),
                },
            ),
            (
                with(at(NUMBER_MAX, 1), log(at(NUMBER_MAX, 1), &[1])),
                E::LogTooLong(LogIndex(NUMBER_MAX + 1)),
            ),
            (without(nobody), E::EntryWithoutVoter(LogIndex(2))),
        ] {
            assert_refused(durable, fault);
        }
    }
}
