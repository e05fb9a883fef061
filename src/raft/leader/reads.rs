//! Reads that don't go through the log (thesis §6.4): a leader notes its commit
//! index, makes sure that it still leads, and lets the read see the log up to there.
//! It knows that it leads from a round of heartbeats, which all waiting reads
//! share, or from its lease, which is as good as the clocks are.
//!
//! # What a lease rests on
//!
//! It rests on promises that were made, and on nothing else. Each answer of a follower says for
//! how many ticks of its own clock it will neither vote for another nor stand, and the leader
//! counts that from the moment when its question set out. The lease holds as long as those
//! whose promises have not run out are a quorum of the configuration in force: nobody can be
//! elected without the vote of one of them. So it does not matter how the settings
//! of replicas differ, or when they change; a leader whose own settings change, or that has
//! slept, begins to count anew. A follower that promises nothing gives no lease.
//!
//! A promise is kept whatever settings follow, and across a crash: its length is on the
//! disk before it is given, and a replica that starts keeps to it as if it had just
//! promised. Two things end it early. The leader itself asks a successor to stand: it
//! trusts no lease from then on. And somebody makes a timer run out by hand: that is beyond the
//! protocol, like a clock that jumps. A new term does not end it: until the promise has
//! run out, the replica that made it votes for nobody there either.

use std::collections::VecDeque;

use super::{Leader, Leads, WaitingRead};
use crate::flaw::Flaw;
use crate::raft::core::Core;
use crate::raft::decisions::{Decision, NoLease, ReadDecision, Rightly};
use crate::raft::effects::{Effects, ReadReady};
use crate::raft::types::ids::{LogIndex, ReplicaId};
use crate::raft::types::message::Body;

/// At most this many reads wait at a leader.
const READS_MAX: usize = 4_096;

impl Leader {
    /// A client of this replica wants to read, or a follower asks on behalf of one.
    pub(in crate::raft) fn on_read(
        &mut self,
        core: &mut Core,
        read: u64,
        from: Option<ReplicaId>,
        effects: &mut Effects,
    ) -> Leads {
        let waiting = WaitingRead {
            read,
            from,
            index: None,
            round: 0,
        };
        let (decision, leads) = self.take_read(core, waiting, effects);
        if from.is_none() {
            effects.read = Some(decision);
        }
        effects.decisions.push(Decision::Read { decision });
        leads
    }

    fn take_read(
        &mut self,
        core: &mut Core,
        waiting: WaitingRead,
        effects: &mut Effects,
    ) -> (ReadDecision, Leads) {
        let goes_on = Leads::Continue(());
        // Does it know what is committed?
        let too_early = core.breaks(Flaw::ReadsTooEarly); // flaw
        if !core.has_own_commit() && !too_early {
            self.let_read_wait(waiting, effects);
            let term = core.durable.term;
            return (ReadDecision::NoOwnCommit { term }, goes_on);
        }
        if !core.has_own_commit() {
            let term = core.durable.term;
            let rightly = Rightly::Read(ReadDecision::NoOwnCommit { term });
            effects.note_broken(Flaw::ReadsTooEarly, rightly); // flaw
        }
        // Does it know that it leads?
        let index = core.commit_index;
        let no_lease = match self.lease(core) {
            Ok(Some(ticks_left)) => {
                let settings = core.settings();
                let handed_over = self.handed_over && settings.breaks(Flaw::LeaseAfterTransfer);
                if let Some(flaw) = settings.flaw
                    && (handed_over || flaw == Flaw::LeaseIgnoresDrift)
                {
                    effects.note_broken(flaw, Rightly::Otherwise {}); // flaw
                }
                serve(core, &waiting, index, effects);
                return (ReadDecision::Lease { index, ticks_left }, goes_on);
            }
            Ok(None) => None,
            Err(no_lease) => Some(no_lease),
        };
        if core.breaks(Flaw::ReadsWithoutRound) {
            serve(core, &waiting, index, effects); // flaw
            effects.note_broken(Flaw::ReadsWithoutRound, Rightly::Otherwise {}); // flaw
            let decision = ReadDecision::Round {
                round: self.round,
                index,
                no_lease,
            };
            return (decision, goes_on); // flaw
        }
        // It asks a quorum.
        let round = self.join_round(core, effects);
        let waiting = WaitingRead {
            index: Some(index),
            round,
            ..waiting
        };
        self.let_read_wait(waiting, effects);
        let decision = ReadDecision::Round {
            round,
            index,
            no_lease,
        };
        // A leader without other voters has the answer already.
        (decision, self.after_answer(core, effects))
    }

    /// The followers whose promises it counts on now, each with the round of
    /// heartbeats in which it promised.
    pub(in crate::raft) fn promises(&self) -> impl Iterator<Item = (ReplicaId, u64)> {
        let followers = self.followers.iter();
        followers
            .filter(|(_, progress)| progress.promised_until > self.clock)
            .map(|(&id, progress)| (id, progress.promised_in))
    }

    /// How many ticks the lease still holds, or why it doesn't; none: no lease is asked for.
    ///
    /// Nobody else can be elected before a quorum is free of its promises, each half of a
    /// joint configuration included. The leader itself needs no promise:
    /// it votes for nobody else without stepping down.
    pub(in crate::raft) fn lease(&self, core: &Core) -> Result<Option<u32>, NoLease> {
        let settings = core.settings();
        if settings.lease.is_none() {
            return Ok(None);
        }
        // A successor that was told to stand is elected in spite of all promises.
        let trusts_it = settings.breaks(Flaw::LeaseAfterTransfer); // flaw
        if self.handed_over && !trusts_it {
            return Err(NoLease::HandedOver);
        }
        let own = self.clock + settings.counts_on(settings.promises());
        let end = core.agreed(|id| match self.followers.get(&id) {
            Some(progress) => progress.promised_until,
            None if id == core.id() => own,
            None => 0,
        });
        match end.checked_sub(self.clock) {
            _ if end == 0 => Err(NoLease::NotPromised),
            None | Some(0) => Err(NoLease::RanOut),
            Some(left) => Ok(Some(u32::try_from(left).unwrap_or(u32::MAX))),
        }
    }

    /// A read waits at the leader. If there are too many, the oldest is given up: its client
    /// has most likely asked again since.
    fn let_read_wait(&mut self, waiting: WaitingRead, effects: &mut Effects) {
        if self.reads.len() == READS_MAX
            && let Some(oldest) = self.reads.pop_front()
            && oldest.from.is_none()
        {
            effects.reads_lost.push(oldest.read);
        }
        self.reads.push_back(waiting);
    }

    /// The round for a read that arrives now: a new one, or if reads wait for one that
    /// is under way, the one after it, which they will all share.
    fn join_round(&mut self, core: &Core, effects: &mut Effects) -> u64 {
        let mut reads = self.reads.iter();
        if reads.any(|waiting| waiting.round == self.round) {
            return self.round + 1;
        }
        self.begin_read_round(core, effects);
        self.round
    }

    /// Begins a round, and sends it to as many as must answer it.
    fn begin_read_round(&mut self, core: &Core, effects: &mut Effects) {
        self.begin_round();
        for follower in self.recipients(core) {
            self.replicate(core, follower, true, effects);
        }
    }

    /// Gives reads that came too early an index, once an entry of this term is committed.
    pub(super) fn index_early_reads(&mut self, core: &Core, effects: &mut Effects) {
        if !core.has_own_commit() {
            return;
        }
        if self.reads.iter().all(|waiting| waiting.index.is_some()) {
            return;
        }
        let round = self.round + 1;
        for waiting in &mut self.reads {
            if waiting.index.is_none() {
                waiting.index = Some(core.commit_index);
                waiting.round = round;
            }
        }
        self.begin_read_round(core, effects);
    }

    /// A quorum has answered `round`: serves the reads that waited for it, and if
    /// others came meanwhile, begins their round.
    pub(super) fn serve_reads(&mut self, core: &Core, round: u64, effects: &mut Effects) {
        if self.reads.is_empty() {
            return;
        }
        let (served, waiting): (VecDeque<WaitingRead>, VecDeque<WaitingRead>) = self
            .reads
            .iter()
            .partition(|waiting| waiting.index.is_some() && waiting.round <= round);
        self.reads = waiting;
        let waits_for = |round: u64| {
            let mut indexed = self.reads.iter().filter(|waiting| waiting.index.is_some());
            indexed.any(|waiting| waiting.round == round)
        };
        let begin_next = waits_for(self.round + 1) && !waits_for(self.round);
        for read in served {
            if let Some(index) = read.index {
                serve(core, &read, index, effects);
            }
        }
        if begin_next {
            self.begin_read_round(core, effects);
        }
    }
}

/// Lets a read see the log up to `index`.
fn serve(core: &Core, read: &WaitingRead, index: LogIndex, effects: &mut Effects) {
    let &WaitingRead { read, from, .. } = read;
    match from {
        Some(follower) => core.send(follower, Body::ReadIndexAnswer { read, index }, effects),
        None => effects.reads.push(ReadReady { read, index }),
    }
}
