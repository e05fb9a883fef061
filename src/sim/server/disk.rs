//! The disk of a replica: what survives a crash, and the steps that wait for it.
//!
//! It does one write at a time. Steps that come meanwhile wait, and then go to the
//! disk together, as one write (group commit). A step that writes nothing leaves at
//! once if nothing is before it, else it waits too: no step overtakes another.
//! A crash before a write is done loses it; or, if the crash says so, leaves the first
//! of its records, or all of them.

use super::output::Pending;
use crate::raft::{Durable, Entries, LogIndex, ReplicaId, Write};
use crate::rng::Pcg32;
use crate::sim::scenario::DiskSettings;
use crate::sim::scenario::action::UnfinishedWrite;

#[derive(Clone, Debug)]
pub(in crate::sim) struct Disk {
    pub(in crate::sim) durable: Durable,
    /// Whether its checksums do not match: nobody starts with it.
    pub(in crate::sim) corrupt: bool,
    settings: DiskSettings,
    dice: Pcg32,
    /// Decides how much of a torn write is whole, and nothing else.
    tears: Pcg32,
    /// The steps whose write is under way.
    writing: Vec<Box<Pending>>,
    /// Those that came after it began.
    waiting: Vec<Box<Pending>>,
    /// Whether that takes its time.
    busy: bool,
}

impl Disk {
    pub(super) fn new(settings: DiskSettings, id: ReplicaId, seed: u64) -> Self {
        Self {
            durable: Durable::default(),
            corrupt: false,
            settings,
            dice: Pcg32::fork(seed, "disk", u64::from(id.0)),
            tears: Pcg32::fork(seed, "tear", u64::from(id.0)),
            writing: Vec::new(),
            waiting: Vec::new(),
            busy: false,
        }
    }

    /// From the next write on.
    pub(super) fn set(&mut self, settings: DiskSettings) {
        self.settings = settings;
    }

    /// The longest that a write takes, in microseconds.
    pub(in crate::sim) fn latency_us_max(&self) -> u64 {
        self.settings.write_latency.us_max()
    }

    /// Whether steps wait here.
    pub(super) fn is_busy(&self) -> bool {
        !self.writing.is_empty() || !self.waiting.is_empty()
    }

    /// Whether a write is under way.
    pub(in crate::sim) fn is_writing(&self) -> bool {
        self.busy
    }

    pub(super) fn queue(&mut self, step: Box<Pending>) {
        self.waiting.push(step);
    }

    /// Begins with the steps that wait, and says how long it will take; `None`: there
    /// are none. The first ones that write nothing need not wait for those that do.
    pub(super) fn begin(&mut self) -> Option<u64> {
        if self.waiting.is_empty() {
            return None;
        }
        let idle = |step: &Pending| step.effects.write.is_empty();
        let free = self.waiting.iter().take_while(|step| idle(step)).count();
        if free > 0 {
            self.writing.extend(self.waiting.drain(..free));
            return Some(0);
        }
        std::mem::swap(&mut self.writing, &mut self.waiting);
        let latency_us = self.settings.write_latency.draw_us(&mut self.dice);
        self.busy = latency_us > 0;
        Some(latency_us)
    }

    /// The write under way is done: the steps that were part of it, in order. What they
    /// write is still to be put into [`durable`](Self::durable).
    pub(super) fn finish(&mut self) -> Vec<Box<Pending>> {
        self.busy = false;
        std::mem::take(&mut self.writing)
    }

    /// Takes the emptied vector of [`finish`](Self::finish) back, for its memory.
    pub(super) fn recycle(&mut self, steps: Vec<Box<Pending>>) {
        debug_assert!(steps.is_empty());
        self.writing = steps;
    }

    /// The power fails: what is not durable is gone, but for what may be left of the
    /// write under way. That is handed out, in the order of its records, each with entries of which
    /// it may append one; `None`: nothing was being written.
    pub(super) fn crash(&mut self) -> Option<Vec<(Write, Entries)>> {
        self.waiting.clear();
        let unfinished = std::mem::take(&mut self.writing);
        let records = unfinished.iter().flat_map(|step| {
            let records = step.effects.write.records();
            records.map(|record| (record, step.appended.clone()))
        });
        std::mem::take(&mut self.busy).then(|| records.collect())
    }

    /// How many of a write's records are whole after a crash.
    pub(super) fn whole(&mut self, write: UnfinishedWrite, records: usize) -> usize {
        match write {
            UnfinishedWrite::Lost => 0,
            UnfinishedWrite::Kept => records,
            // Never all of them: one is torn.
            UnfinishedWrite::Torn => {
                let bound = u32::try_from(records).unwrap_or(u32::MAX).max(1);
                usize::try_from(self.tears.below(bound)).unwrap_or_default()
            }
        }
    }

    /// Up to this index the replica's log is on the disk. The disk may hold more, that
    /// a write under way takes away.
    pub(in crate::sim) fn durable_index(&self) -> LogIndex {
        self.writing
            .iter()
            .chain(&self.waiting)
            .filter_map(|step| step.effects.write.truncate_after)
            .fold(self.durable.log.last_index(), LogIndex::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{Effects, Entry, Payload, Term, VoteWrite};
    use crate::sim::scenario::Latency;

    fn disk() -> Disk {
        let settings = DiskSettings {
            write_latency: Latency::Fixed { us: 9 },
        };
        Disk::new(settings, ReplicaId(1), 1)
    }

    fn step(write: Write) -> Box<Pending> {
        Box::new(Pending {
            effects: Effects {
                write,
                ..Effects::default()
            },
            term: Term(1),
            ..Pending::default()
        })
    }

    fn vote(term: u64) -> Box<Pending> {
        step(Write {
            vote: Some(VoteWrite {
                term: Term(term),
                voted_for: None,
            }),
            ..Write::default()
        })
    }

    #[test]
    fn what_comes_during_a_write_goes_to_the_disk_together() {
        let mut disk = disk();
        disk.queue(vote(1));
        assert_eq!(disk.begin(), Some(9));
        disk.queue(vote(2));
        disk.queue(step(Write::default()));
        disk.queue(vote(3));
        assert_eq!(disk.finish().len(), 1);
        assert_eq!(disk.begin(), Some(9));
        assert_eq!(disk.finish().len(), 3);
        assert_eq!(disk.begin(), None);
        assert!(!disk.is_busy());
    }

    #[test]
    fn what_writes_nothing_waits_only_for_what_is_before_it() {
        let mut disk = disk();
        disk.queue(vote(1));
        disk.begin();
        disk.queue(step(Write::default()));
        disk.queue(vote(2));
        disk.finish();
        assert_eq!(disk.begin(), Some(0));
        assert_eq!(disk.finish().len(), 1);
        assert_eq!(disk.begin(), Some(9));
    }

    #[test]
    fn a_torn_write_is_never_whole_and_a_kept_one_always_is() {
        let mut disk = disk();
        let mut seen = [false; 3];
        for _ in 0..100 {
            seen[disk.whole(UnfinishedWrite::Torn, 3)] = true;
        }
        assert_eq!(seen, [true; 3]);
        assert_eq!(disk.whole(UnfinishedWrite::Torn, 1), 0);
        assert_eq!(disk.whole(UnfinishedWrite::Torn, 0), 0);
        assert_eq!(disk.whole(UnfinishedWrite::Kept, 3), 3);
        assert_eq!(disk.whole(UnfinishedWrite::Lost, 3), 0);
    }

    #[test]
    fn what_waits_behind_the_write_under_way_never_survives() {
        let mut disk = disk();
        disk.queue(vote(1));
        disk.begin();
        disk.queue(vote(2));
        let records = disk.crash().expect("a write is under way");
        let terms: Vec<_> = records
            .iter()
            .map(|(write, _)| write.vote.unwrap().term)
            .collect();
        assert_eq!(terms, [Term(1)]);
        assert!(!disk.is_busy());
    }

    #[test]
    fn a_truncation_under_way_counts_as_done() {
        let mut disk = disk();
        for index in 1..=3 {
            disk.durable.log.push(Entry {
                index: LogIndex(index),
                term: Term(1),
                payload: Payload::Noop,
            });
        }
        assert_eq!(disk.durable_index(), LogIndex(3));
        disk.queue(step(Write {
            truncate_after: Some(LogIndex(1)),
            ..Write::default()
        }));
        assert_eq!(disk.durable_index(), LogIndex(1));
        disk.crash();
        assert_eq!(disk.durable_index(), LogIndex(3));
    }
}
