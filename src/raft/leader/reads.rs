//! Reads that don't go through the log (thesis §6.4): a leader notes its commit
//! index, makes sure that it still leads, and lets the read see the log up to there.
//! That it leads it knows from a round of heartbeats, which all waiting reads
//! share, or from its lease, which is as good as the clocks are.
//!
//! # What a lease rests on
//!
//! On promises that were made, and on nothing else. Each answer of a follower says for how
//! many ticks of its own clock it will neither vote for another nor stand, and the leader
//! counts that from the moment when its question set out. The lease holds as long as those
//! whose promises have not run out are a quorum of the configuration in force: whoever
//! might be elected needs the vote of one of them. So it does not matter how the settings
//! of replicas differ, or when they change; a leader whose own settings change, or that has
//! slept, begins to count anew. One who promises nothing gives no lease.
//!
//! A promise is kept whatever settings follow, and across a crash: its length is on the
//! disk before it is given, and a replica that starts keeps to it as if it had just
//! promised. Three things end it early. The leader itself asks a successor to stand: it
//! trusts no lease from then on. Somebody runs out a timer by hand: that is beyond the
//! protocol, like a clock that jumps. And a new term alone does not: until the promise has
//! run out, the replica that made it votes for nobody there either.

use std::collections::{BTreeMap, VecDeque};

use crate::flaw::Flaw;
use crate::raft::decisions::{Decision, NoLease, ReadDecision};
use crate::raft::effects::{Effects, ReadReady};
use crate::raft::replica::Replica;
use crate::raft::role::{Leader, Role, WaitingRead};
use crate::raft::types::ids::{LogIndex, ReplicaId};
use crate::raft::types::message::Body;

/// At most this many reads are remembered that the leader was asked about.
const FORWARDED_MAX: usize = 1 << 14;

/// Reads that a leader was asked about and has not answered. Questions and answers may be
/// doubled on their way, and a read is served once. If there are too many, the oldest is
/// forgotten, as if its answer were lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::raft) struct Forwarded {
    /// When each was asked about, by name.
    numbers: BTreeMap<u64, u64>,
    /// The same in order.
    names: BTreeMap<u64, u64>,
    next: u64,
}

impl Forwarded {
    fn ask(&mut self, read: u64) {
        if let Some(before) = self.numbers.insert(read, self.next) {
            self.names.remove(&before);
        }
        self.names.insert(self.next, read);
        self.next += 1;
        if self.names.len() > FORWARDED_MAX
            && let Some((_, oldest)) = self.names.pop_first()
        {
            self.numbers.remove(&oldest);
        }
    }

    /// Whether an answer to this read is the first one.
    fn answer(&mut self, read: u64) -> bool {
        let number = self.numbers.remove(&read);
        number.is_some_and(|number| self.names.remove(&number).is_some())
    }

    pub(in crate::raft) fn clear(&mut self) {
        self.numbers.clear();
        self.names.clear();
    }
}
/// At most this many reads wait at a leader.
const READS_MAX: usize = 4_096;

impl Replica {
    /// A client of this replica wants to read.
    pub(in crate::raft) fn on_read(&mut self, read: u64, effects: &mut Effects) {
        let decision = match (&self.role, self.leader()) {
            (Role::Leader(_), _) => self.lead_read(read, None, effects),
            (_, Some(leader)) => {
                self.forwarded.ask(read);
                self.send(leader, Body::ReadIndex { read }, effects);
                ReadDecision::Forwarded { leader }
            }
            (_, None) => ReadDecision::NoLeader,
        };
        effects.read = Some(decision);
        effects.decisions.push(Decision::Read { decision });
    }

    /// A follower asks for a read index on behalf of a client. One that doesn't lead
    /// says nothing: the follower will ask again.
    pub(in crate::raft) fn on_read_index(
        &mut self,
        from: ReplicaId,
        read: u64,
        effects: &mut Effects,
    ) {
        if matches!(self.role, Role::Leader(_)) {
            let decision = self.lead_read(read, Some(from), effects);
            effects.decisions.push(Decision::Read { decision });
        }
    }

    /// The leader has answered.
    pub(in crate::raft) fn on_read_index_answer(
        &mut self,
        read: u64,
        index: LogIndex,
        effects: &mut Effects,
    ) {
        if self.forwarded.answer(read) {
            effects.reads.push(ReadReady { read, index });
        }
    }

    /// How many ticks this leader's lease still holds; none: it has none.
    pub fn lease_ticks_left(&self) -> Option<u32> {
        self.lease().ok().flatten()
    }

    /// The followers whose promises this leader counts on now, each with the round of
    /// heartbeats in which it promised.
    pub fn promises(&self) -> impl Iterator<Item = (ReplicaId, u64)> {
        let leader = match &self.role {
            Role::Leader(leader) => Some(leader),
            _ => None,
        };
        leader.into_iter().flat_map(|leader| {
            let followers = leader.followers.iter();
            followers
                .filter(|(_, progress)| progress.promised_until > leader.clock)
                .map(|(&id, progress)| (id, progress.promised_in))
        })
    }

    /// How many ticks the lease still holds, or why it doesn't; none: no lease is asked for.
    ///
    /// Nobody else can be elected before a quorum is free of its promises, each half of a
    /// joint configuration included. What the leader itself promises goes without saying:
    /// it votes for nobody else without stepping down.
    fn lease(&self) -> Result<Option<u32>, NoLease> {
        let Role::Leader(leader) = &self.role else {
            return Ok(None);
        };
        let settings = &self.config.settings;
        if settings.lease.is_none() {
            return Ok(None);
        }
        // A successor that was told to stand is elected in spite of all promises.
        if leader.handed_over && !settings.breaks(Flaw::LeaseAfterTransfer) {
            return Err(NoLease::HandedOver);
        }
        let own = leader.clock + settings.counts_on(settings.promises());
        let end = self.agreed(|id| match leader.followers.get(&id) {
            Some(progress) => progress.promised_until,
            None if id == self.config.id => own,
            None => 0,
        });
        match end.checked_sub(leader.clock) {
            _ if end == 0 => Err(NoLease::NotPromised),
            None | Some(0) => Err(NoLease::RanOut),
            Some(left) => Ok(Some(u32::try_from(left).unwrap_or(u32::MAX))),
        }
    }

    pub(in crate::raft) fn has_waiting_reads(&self) -> bool {
        matches!(&self.role, Role::Leader(leader) if !leader.reads.is_empty())
    }

    /// A read arrives at the leader.
    fn lead_read(
        &mut self,
        read: u64,
        from: Option<ReplicaId>,
        effects: &mut Effects,
    ) -> ReadDecision {
        let waiting = WaitingRead {
            read,
            from,
            index: None,
            round: 0,
        };
        if !self.has_own_commit() && !self.config.settings.breaks(Flaw::ReadsTooEarly) {
            self.let_read_wait(waiting, effects);
            return ReadDecision::NoOwnCommit {
                term: self.durable.term,
            };
        }
        let index = self.commit_index;
        let no_lease = match self.lease() {
            Ok(Some(ticks_left)) => {
                self.serve(&waiting, index, effects);
                return ReadDecision::Lease { index, ticks_left };
            }
            Ok(None) => None,
            Err(no_lease) => Some(no_lease),
        };
        if self.config.settings.breaks(Flaw::ReadsWithoutRound) {
            self.serve(&waiting, index, effects);
            let round = self.latest_round();
            return ReadDecision::Round {
                round,
                index,
                no_lease,
            };
        }
        let round = self.join_round(effects);
        let waiting = WaitingRead {
            index: Some(index),
            round,
            ..waiting
        };
        self.let_read_wait(waiting, effects);
        // A leader without other voters has the answer already.
        self.after_answer(effects);
        ReadDecision::Round {
            round,
            index,
            no_lease,
        }
    }

    /// A read waits at the leader. If there are too many, the oldest is given up: its client
    /// has most likely asked again since.
    fn let_read_wait(&mut self, waiting: WaitingRead, effects: &mut Effects) {
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        if leader.reads.len() == READS_MAX
            && let Some(oldest) = leader.reads.pop_front()
            && oldest.from.is_none()
        {
            effects.reads_lost.push(oldest.read);
        }
        leader.reads.push_back(waiting);
    }

    /// The round for a read that arrives now: a new one, or if reads wait for one that
    /// is under way, the one after it, which they will all share.
    fn join_round(&mut self, effects: &mut Effects) -> u64 {
        let Role::Leader(leader) = &self.role else {
            return 0;
        };
        let under_way = leader
            .reads
            .iter()
            .any(|waiting| waiting.round == leader.round);
        if under_way {
            return leader.round + 1;
        }
        self.begin_round();
        self.send_round(effects);
        self.latest_round()
    }

    fn latest_round(&self) -> u64 {
        match &self.role {
            Role::Leader(leader) => leader.round,
            _ => 0,
        }
    }

    /// Sends the round to as many as must answer it.
    fn send_round(&mut self, effects: &mut Effects) {
        for follower in self.recipients() {
            self.replicate(follower, true, effects);
        }
    }

    /// The first entry of the own term is committed: now the early reads know what to see.
    pub(in crate::raft) fn index_early_reads(&mut self, effects: &mut Effects) {
        if !self.has_own_commit() {
            return;
        }
        let index = self.commit_index;
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        if leader.reads.iter().all(|waiting| waiting.index.is_some()) {
            return;
        }
        let round = leader.round + 1;
        for waiting in &mut leader.reads {
            if waiting.index.is_none() {
                waiting.index = Some(index);
                waiting.round = round;
            }
        }
        self.begin_round();
        self.send_round(effects);
    }

    /// A quorum has answered `round`: the reads that waited for it are served, and if
    /// others came meanwhile, their round begins.
    pub(in crate::raft) fn serve_reads(&mut self, round: u64, effects: &mut Effects) {
        let Role::Leader(Leader {
            reads,
            round: latest,
            ..
        }) = &mut self.role
        else {
            return;
        };
        if reads.is_empty() {
            return;
        }
        let (served, waiting): (VecDeque<WaitingRead>, VecDeque<WaitingRead>) = reads
            .iter()
            .partition(|waiting| waiting.index.is_some() && waiting.round <= round);
        *reads = waiting;
        let waits_for = |round: u64| {
            let mut indexed = reads.iter().filter(|waiting| waiting.index.is_some());
            indexed.any(|waiting| waiting.round == round)
        };
        let begin_next = waits_for(*latest + 1) && !waits_for(*latest);
        for read in served {
            if let Some(index) = read.index {
                self.serve(&read, index, effects);
            }
        }
        if begin_next {
            self.begin_round();
            self.send_round(effects);
        }
    }

    fn serve(&self, read: &WaitingRead, index: LogIndex, effects: &mut Effects) {
        let &WaitingRead { read, from, .. } = read;
        match from {
            Some(follower) => self.send(follower, Body::ReadIndexAnswer { read, index }, effects),
            None => effects.reads.push(ReadReady { read, index }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarded_read_is_answered_once() {
        let mut forwarded = Forwarded::default();
        forwarded.ask(7);
        forwarded.ask(8);
        // Asked again, it still waits for one answer.
        forwarded.ask(7);
        assert!(forwarded.answer(7) && !forwarded.answer(7));
        assert!(forwarded.answer(8) && !forwarded.answer(9));
        forwarded.ask(9);
        forwarded.clear();
        assert!(!forwarded.answer(9));
    }

    #[test]
    fn of_too_many_forwarded_reads_the_oldest_is_forgotten() {
        let mut forwarded = Forwarded::default();
        let many = FORWARDED_MAX as u64 + 10;
        (0..many).for_each(|read| forwarded.ask(read));
        assert_eq!(forwarded.names.len(), FORWARDED_MAX);
        assert_eq!(forwarded.numbers.len(), FORWARDED_MAX);
        assert!(!forwarded.answer(9) && forwarded.answer(10) && forwarded.answer(many - 1));
    }
}
