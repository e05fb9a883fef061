//! Reads that don't go through the log (thesis §6.4): a leader notes its commit
//! index, makes sure that it still leads, and lets the read see the log up to there.
//! That it leads it knows from a round of heartbeats, which all waiting reads
//! share, or from its lease, which is as good as the clocks are.

use std::collections::VecDeque;

use super::decisions::{Decision, ReadDecision};
use super::effects::{Effects, ReadReady};
use super::ids::{LogIndex, ReplicaId};
use super::message::Body;
use super::replica::Replica;
use super::role::{Leader, Role, WaitingRead};
use crate::flaw::Flaw;

/// At most this many reads wait at a leader.
const READS_MAX: usize = 4_096;

impl Replica {
    /// A client of this replica wants to read.
    pub(super) fn on_read(&mut self, read: u64, effects: &mut Effects) {
        let decision = match (&self.role, self.leader()) {
            (Role::Leader(_), _) => self.lead_read(read, None, effects),
            (_, Some(leader)) => {
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
    pub(super) fn on_read_index(&mut self, from: ReplicaId, read: u64, effects: &mut Effects) {
        if matches!(self.role, Role::Leader(_)) {
            let decision = self.lead_read(read, Some(from), effects);
            effects.decisions.push(Decision::Read { decision });
        }
    }

    /// How many ticks this leader's lease still holds; none: it has none.
    pub fn lease_ticks_left(&self) -> Option<u32> {
        let Role::Leader(leader) = &self.role else {
            return None;
        };
        // A successor that was told to stand is elected in spite of the lease.
        let given_up = leader.handed_over && !self.config.settings.breaks(Flaw::LeaseAfterTransfer);
        if given_up || self.config.settings.lease.is_none() {
            return None;
        }
        let end = leader.lease_start? + self.config.settings.lease_ticks();
        let left = end.checked_sub(leader.clock).filter(|&left| left > 0)?;
        u32::try_from(left).ok()
    }

    pub(super) fn has_waiting_reads(&self) -> bool {
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
        if let Some(ticks_left) = self.lease_ticks_left() {
            self.serve(&waiting, index, effects);
            return ReadDecision::Lease { index, ticks_left };
        }
        if self.config.settings.breaks(Flaw::ReadsWithoutRound) {
            self.serve(&waiting, index, effects);
            let round = self.latest_round();
            return ReadDecision::Round { round, index };
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
        ReadDecision::Round { round, index }
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
    pub(super) fn index_early_reads(&mut self, effects: &mut Effects) {
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
    pub(super) fn serve_reads(&mut self, round: u64, effects: &mut Effects) {
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
