//! The way of a step: the replica thinks, what it thinks goes by way of the disk, and then
//! leaves the server: as messages, as commands applied to the store, as answers.

use super::Server;
use super::output::{Applied, Fact, Output, Pending, Served, Stepped};
use crate::flaw::Flaw;
use crate::kv::Logged;
use crate::raft::{Decision, Durable, Effects, Entries, Entry, Input, Payload, Rightly, Write};
use crate::sim::network::packet::Body;
use crate::sim::scenario::action::{MessageId, UnfinishedWrite};
use crate::sim::schedule::Alarm;
use crate::sim::view::Endpoint;

impl Server {
    /// A running replica takes a step, and what it asks for goes its way.
    pub(super) fn step_replica(
        &mut self,
        input: Input,
        message: Option<MessageId>,
        now_us: u64,
        out: &mut impl Output,
    ) {
        if let Some(pending) = self.think(input, message, now_us, out) {
            self.submit(pending, now_us, out);
            self.attend(now_us, out);
        }
    }

    /// The replica takes a step. What it asks for is still to be done.
    pub(super) fn think(
        &mut self,
        input: Input,
        message: Option<MessageId>,
        now_us: u64,
        out: &mut impl Output,
    ) -> Option<Box<Pending>> {
        let volatile = self.volatile.as_mut().filter(|it| !it.paused)?;
        let heard = match &input {
            Input::Receive(message) => Some(message.from),
            _ => None,
        };
        let served = Served::of(&input);
        let mut pending = self.spare.take();
        let (before, after) = volatile.step(input, &mut pending);
        let flaw = Flaw::SendsBeforeWrite;
        let effects = &mut pending.effects;
        let awaits = !effects.write.is_empty() && !effects.messages.is_empty();
        if self.scenario.flaw == Some(flaw) && awaits {
            let rightly = Rightly::Otherwise {}; // flaw
            effects.decisions.push(Decision::Broken { flaw, rightly }); // flaw
        }
        let stepped = Stepped {
            pending: &pending,
            before,
            after,
            heard,
            served,
            message,
        };
        out.fact(self, Fact::Stepped(stepped));
        if let Some(volatile) = &mut self.volatile {
            volatile.keep_decisions(&mut pending.effects.decisions, now_us);
        }
        Some(pending)
    }

    // --- the disk ---

    /// A step goes to the disk, or past it if there is nothing to wait for.
    pub(in crate::sim) fn submit(
        &mut self,
        mut pending: Box<Pending>,
        now_us: u64,
        out: &mut impl Output,
    ) {
        if pending.is_empty() {
            return self.spare.put(pending);
        }
        if self.scenario.flaw == Some(Flaw::SendsBeforeWrite) {
            out.fact(self, Fact::Released { step: pending.step });
            self.send(&mut pending, out);
        }
        if self.disk.is_busy() {
            self.disk.queue(pending);
        } else if pending.effects.write.is_empty() {
            self.settle(&pending, out);
            self.release(pending, out);
            self.take_snapshot_if_due(now_us, out);
        } else {
            self.disk.queue(pending);
            self.pump(now_us, out);
        }
    }

    /// Keeps the disk at work while steps wait for it.
    pub(super) fn pump(&mut self, now_us: u64, out: &mut impl Output) {
        // A snapshot that is taken as a write ends may have begun the next.
        while self.is_running() && !self.disk.is_writing() {
            let Some(latency_us) = self.disk.begin() else {
                out.fact(self, Fact::DiskIdle);
                return;
            };
            if latency_us > 0 {
                out.alarm(Alarm::Persist(self.id), Some(now_us + latency_us));
                return;
            }
            self.finish_write(now_us, out);
        }
    }

    /// A write is durable: the steps that it was of leave, one after the other.
    pub(super) fn finish_write(&mut self, now_us: u64, out: &mut impl Output) {
        let mut steps = self.disk.finish();
        for pending in steps.drain(..) {
            let write = &pending.effects.write;
            self.disk.durable.apply(write, &pending.appended);
            self.settle(&pending, out);
            // The disk works on while its replica is paused, but nobody tells of it.
            match &mut self.volatile {
                Some(volatile) if volatile.paused => volatile.finished.push(pending),
                _ => self.release(pending, out),
            }
        }
        self.disk.recycle(steps);
        // Not before all of the write is on the disk: its own write comes after.
        self.take_snapshot_if_due(now_us, out);
    }

    /// A crash has ended a write early: the first of its records may be on the disk.
    pub(super) fn end_write(
        &mut self,
        write: UnfinishedWrite,
        records: &[(Write, Entries)],
        out: &mut impl Output,
    ) {
        let whole = self.disk.whole(write, records.len());
        for (record, entries) in &records[..whole] {
            self.disk.durable.apply(record, entries);
            // Durable but unacknowledged: `leads` stays false.
            let pending = Pending {
                effects: Effects {
                    write: record.clone(),
                    ..Effects::default()
                },
                appended: entries.within(&record.append),
                term: self.disk.durable.term,
                ..Pending::default()
            };
            self.settle(&pending, out);
        }
        if write != UnfinishedWrite::Lost {
            let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let (whole, records) = (count(whole), count(records.len()));
            out.fact(self, Fact::WriteInterrupted { whole, records });
        }
    }

    /// A step has become durable: a fact, if it changed anything.
    fn settle(&self, pending: &Pending, out: &mut impl Output) {
        if pending.changes_facts() {
            out.fact(self, Fact::Durable(pending));
        }
    }

    /// Asserts that the disk holds what the replica believes it holds, as it must with
    /// nothing left to write.
    pub(in crate::sim) fn assert_disk_is_as_believed(&self) {
        let Some(volatile) = &self.volatile else {
            return;
        };
        let (disk, belief) = (&self.disk.durable, volatile.replica.durable());
        let account = |durable: &Durable| {
            (
                (durable.term, durable.voted_for),
                (durable.log.base(), durable.log.last(), durable.log.len()),
                durable.snapshot.as_ref().map(|snapshot| snapshot.last),
            )
        };
        // Kept in release builds, in which campaigns are run.
        assert!(
            self.scenario.flaw.is_some() || account(disk) == account(belief),
            "the disk of {} differs from its memory: {:?} and {:?}",
            self.id,
            account(disk),
            account(belief)
        );
    }

    // --- what leaves the server ---

    /// Carries out what a step asks for.
    pub(super) fn release(&mut self, mut pending: Box<Pending>, out: &mut impl Output) {
        let deposed = pending.deposed();
        out.fact(self, Fact::Released { step: pending.step });
        self.send(&mut pending, out);
        let restore = pending.effects.restore.take();
        if let Some(snapshot) = &restore {
            self.restore(snapshot, out);
        }
        for entry in &pending.committed {
            self.apply_entry(entry, out);
        }
        for &ready in &pending.effects.reads {
            self.read_is_ready(ready, out);
        }
        for reply in pending.replies.drain(..) {
            self.post_reply(reply, out);
        }
        if deposed {
            self.disown(pending.term, out);
        }
        if restore.is_some() || !pending.effects.committed.is_empty() {
            self.answer_reads(out);
        }
        self.spare.put(pending);
    }

    fn send(&self, pending: &mut Pending, out: &mut impl Output) {
        for message in pending.effects.messages.drain(..) {
            out.packet(self, Endpoint::Replica(message.to), Body::Raft(message));
        }
    }

    /// A committed entry changes the store, and its client is answered if this replica
    /// owes that.
    fn apply_entry(&mut self, entry: &Entry, out: &mut impl Output) {
        let Some(volatile) = &mut self.volatile else {
            return;
        };
        assert_eq!(
            entry.index,
            volatile.last_applied.next(),
            "{} applies its log without a gap",
            self.id
        );
        volatile.last_applied = entry.index;
        volatile.applied_bytes += entry.weight();
        // All replicas skip an entry that is not a command alike.
        let logged = match &entry.payload {
            Payload::Command(bytes) => Logged::decode(bytes).ok(),
            _ => None,
        };
        let Some(logged) = logged else {
            let command = None;
            return out.fact(self, Fact::Applied { entry, command });
        };
        let before = volatile.store.pairs_fingerprint();
        let answer = volatile.store.apply(&logged);
        let changed = volatile.store.pairs_fingerprint() != before;
        let (client, sequence) = (logged.command.client, logged.command.sequence);
        // An entry of another term in the place of the one that is owed would mean
        // that this replica has been deposed, and then it owes nothing.
        let owed = volatile.owed.get(&client);
        let answers = owed.is_some_and(|owed| owed.position == entry.position());
        if answers {
            volatile.owed.remove(&client);
        }
        let command = Some(Applied {
            logged: &logged,
            answer: &answer,
            changed,
        });
        out.fact(self, Fact::Applied { entry, command });
        if answers {
            let answered = Fact::Answered {
                client,
                sequence,
                answer,
                index: entry.index,
            };
            out.fact(self, answered);
        }
    }
}
