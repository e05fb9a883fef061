//! One uncommitted configuration at a time (§6; thesis §4.1), and each replica goes by
//! the latest in its log (§6).
//!
//! The checker keeps for each replica the configurations that its disk holds. A leader
//! appends another one only when the one before is committed: the joint configuration
//! and the one that it leads to are two, and so are the one in which newcomers learn
//! and the joint one. So where a leader appends a configuration, the one before it must
//! be known to be committed. Followers only take over what leaders have appended; and a
//! crash in the middle of a leader's write may leave it where nobody will ever know.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::committed::Committed;
use crate::raft::{Entries, Log, Membership, Payload, Position, Replica, ReplicaId, Write};
use crate::sim::property::violation::Violation;

#[derive(Clone, Debug, Default)]
pub(super) struct Configurations {
    /// Of each replica: the one before its log, and those in its log, oldest first.
    of: BTreeMap<ReplicaId, Vec<(Position, Arc<Membership>)>>,
}

impl Configurations {
    /// A replica starts, with what its disk holds in its memory.
    pub(super) fn on_start(&mut self, replica: &Replica) {
        let durable = replica.durable();
        let initial = || Arc::new(replica.config().membership.clone());
        let first = match &durable.snapshot {
            Some(snapshot) => (snapshot.last, Arc::clone(&snapshot.membership)),
            None => (Position::default(), initial()),
        };
        let mut all = vec![first];
        let after = all[0].0.index.next();
        for entry in durable.log.entries_from(after) {
            if let Payload::Membership(membership) = &entry.payload {
                all.push((entry.position(), Arc::clone(membership)));
            }
        }
        self.of.insert(replica.id(), all);
    }

    /// The latest configuration on the disk of a replica.
    pub(super) fn latest(&self, replica: ReplicaId) -> Option<&(Position, Arc<Membership>)> {
        self.of.get(&replica)?.last()
    }

    /// A write of `replica` is done, which has appended these entries, and after which its log is
    /// `log`. If it was a leader's, what is `known` to be committed.
    pub(super) fn on_write(
        &mut self,
        replica: ReplicaId,
        (write, appended): (&Write, &Entries),
        log: &Log,
        known: Option<&Committed>,
    ) -> Result<(), Violation> {
        let all = self.of.entry(replica).or_default();
        if let Some(snapshot) = &write.snapshot {
            let last = snapshot.last;
            all.retain(|(at, _)| at.index > last.index && log.term_at(at.index) == Some(at.term));
            all.insert(0, (last, Arc::clone(&snapshot.membership)));
        }
        if let Some(kept) = write.truncate_after {
            let end = all.partition_point(|(at, _)| at.index <= kept);
            all.truncate(end.max(1));
        }
        for entry in appended {
            let Payload::Membership(membership) = &entry.payload else {
                continue;
            };
            if let (Some(known), Some(&(before, _))) = (known, all.last())
                && !known.holds(before)
            {
                return Err(Violation::OneUncommittedMembership {
                    replica,
                    first: before.index,
                    second: entry.index,
                });
            }
            all.push((entry.position(), Arc::clone(membership)));
        }
        Ok(())
    }

    /// The disk of a replica holds all that it has asked to be written.
    pub(super) fn on_rest(&self, replica: &Replica) -> Result<(), Violation> {
        let Some((at, membership)) = self.latest(replica.id()) else {
            return Ok(());
        };
        let own = replica.membership();
        if at.index == replica.membership_index()
            && (Arc::ptr_eq(own, membership) || own == membership)
        {
            return Ok(());
        }
        Err(Violation::MembershipOfLog {
            replica: replica.id(),
            index: replica.membership_index(),
            latest: at.index,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2, R3, entry, log, replica, snapshot};
    use super::*;
    use crate::raft::{Durable, Entry, LogIndex};

    fn configuration(index: u64, term: u64, voters: &[ReplicaId]) -> Entry {
        let membership = Membership::of_voters(voters.iter().copied());
        Entry {
            payload: Payload::Membership(Arc::new(membership)),
            ..entry(index, term, "")
        }
    }

    /// A write that appends these, and what it appends.
    fn append<const N: usize>(entries: [Entry; N]) -> (Write, Entries) {
        let entries = Entries::from(entries);
        let last = entries.last().map_or(LogIndex(0), |last| last.index);
        let write = Write {
            append: entries[0].index..last.next(),
            ..Write::default()
        };
        (write, entries)
    }

    fn nothing() -> Entries {
        Entries::default()
    }

    /// What has been committed has these terms.
    fn committed(terms: &[u64]) -> Committed {
        let mut committed = Committed::default();
        let log = log(terms);
        let entries = log.entries(&(LogIndex(1)..LogIndex(9)));
        let all = Arc::new(Membership::of_voters([R1]));
        let disk = Durable {
            log,
            ..Durable::default()
        };
        let verdict =
            committed.on_commit(R1, &entries, [(LogIndex(0), &all)].into_iter(), |_| &disk);
        assert_eq!(verdict, Ok(()));
        committed
    }

    /// R1, with a configuration at index 2 of term 1 on its disk.
    fn checker() -> Configurations {
        let mut checker = Configurations::default();
        checker.on_start(&replica(R1, Durable::default()));
        let (write, entries) = append([entry(1, 1, "x"), configuration(2, 1, &[R1, R2])]);
        let verdict = checker.on_write(
            R1,
            (&write, &entries),
            &log(&[1, 1]),
            Some(&Committed::default()),
        );
        assert_eq!(verdict, Ok(()));
        checker
    }

    fn second_at(index: u64) -> Result<(), Violation> {
        Err(Violation::OneUncommittedMembership {
            replica: R1,
            first: LogIndex(2),
            second: LogIndex(index),
        })
    }

    #[test]
    fn another_may_follow_one_that_is_committed() {
        let (write, entries) = append([configuration(3, 1, &[R1])]);
        let log = log(&[1, 1, 1]);
        let verdict = checker().on_write(R1, (&write, &entries), &log, Some(&committed(&[1, 1])));
        assert_eq!(verdict, Ok(()));
        let verdict = checker().on_write(R1, (&write, &entries), &log, Some(&committed(&[1])));
        assert_eq!(verdict, second_at(3));
        assert_eq!(
            checker().on_write(R1, (&write, &entries), &log, None),
            Ok(())
        );
        // What is committed there is another entry.
        let verdict = checker().on_write(R1, (&write, &entries), &log, Some(&committed(&[1, 2])));
        assert_eq!(verdict, second_at(3));
    }

    #[test]
    fn two_in_one_write_are_two() {
        let (write, entries) = append([configuration(3, 1, &[R1]), configuration(4, 1, &[R3])]);
        let log = log(&[1, 1, 1, 1]);
        let mut checker = checker();
        let verdict = checker.on_write(R1, (&write, &entries), &log, Some(&committed(&[1, 1])));
        assert_eq!(
            verdict,
            Err(Violation::OneUncommittedMembership {
                replica: R1,
                first: LogIndex(3),
                second: LogIndex(4),
            })
        );
    }

    #[test]
    fn one_that_is_truncated_is_taken_back() {
        let (write, entries) = append([configuration(2, 2, &[R3])]);
        let write = Write {
            truncate_after: Some(LogIndex(1)),
            ..write
        };
        let mut checker = checker();
        let verdict = checker.on_write(
            R1,
            (&write, &entries),
            &log(&[1, 2]),
            Some(&committed(&[1])),
        );
        assert_eq!(verdict, Ok(()));
        let latest = checker.latest(R1).map(|(at, _)| *at);
        assert_eq!(latest, log(&[1, 2]).last().into());
    }

    #[test]
    fn a_snapshot_brings_its_own_and_the_log_keeps_what_follows() {
        let write = Write {
            snapshot: Some(snapshot(1, 1)),
            ..Write::default()
        };
        let mut kept = checker();
        let verdict = kept.on_write(
            R1,
            (&write, &nothing()),
            &log(&[1, 1]),
            Some(&committed(&[1])),
        );
        assert_eq!(verdict, Ok(()));
        assert_eq!(kept.latest(R1).map(|(at, _)| at.index), Some(LogIndex(2)));
        let mut replaced = checker();
        let empty = Log::starting_after(log(&[1]).last());
        let verdict = replaced.on_write(R1, (&write, &nothing()), &empty, Some(&committed(&[1])));
        assert_eq!(verdict, Ok(()));
        assert_eq!(
            replaced.latest(R1).map(|(at, _)| at.index),
            Some(LogIndex(1))
        );
        // The last entry that it covers was one itself.
        let snapshot = snapshot(2, 1);
        let write = Write {
            snapshot: Some(snapshot.clone()),
            ..Write::default()
        };
        let mut covered = checker();
        let log = Log::starting_after(snapshot.last);
        let verdict = covered.on_write(R1, (&write, &nothing()), &log, Some(&committed(&[1, 1])));
        assert_eq!(verdict, Ok(()));
        let latest = covered.latest(R1);
        assert_eq!(latest, Some(&(snapshot.last, snapshot.membership)));
    }

    #[test]
    fn a_replica_goes_by_the_latest_on_its_disk() {
        let mut durable = Durable::default();
        durable.log.push(entry(1, 1, "x"));
        durable.log.push(configuration(2, 1, &[R1, R2]));
        let replica = replica(R1, durable);
        let mut checker = checker();
        assert_eq!(checker.on_rest(&replica), Ok(()));
        let (write, entries) = append([configuration(3, 1, &[R1])]);
        let verdict = checker.on_write(
            R1,
            (&write, &entries),
            &log(&[1, 1, 1]),
            Some(&committed(&[1, 1])),
        );
        assert_eq!(verdict, Ok(()));
        let differs = |latest| {
            Err(Violation::MembershipOfLog {
                replica: R1,
                index: LogIndex(2),
                latest: LogIndex(latest),
            })
        };
        assert_eq!(checker.on_rest(&replica), differs(3));
        let mut other = Configurations::default();
        other
            .of
            .insert(R1, vec![(log(&[1, 1]).last(), Arc::default())]);
        assert_eq!(other.on_rest(&replica), differs(2));
    }
}
