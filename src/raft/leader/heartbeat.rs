//! How a leader stays in touch: rounds of heartbeats, the check of its quorum
//! (thesis §6.2), and what else it does as time passes.

use crate::raft::decisions::{Decision, QuorumDecision};
use crate::raft::effects::Effects;
use crate::raft::replica::Replica;
use crate::raft::role::{Leader, Role};
use crate::raft::types::ids::ReplicaId;

/// A leader that nobody answers remembers no more than this many rounds: an answer to an
/// older one would prove nothing that is still of use.
const ROUNDS_MAX: usize = 1_024;

impl Replica {
    /// The clock of a leader ticks.
    pub(in crate::raft) fn tick_leader(&mut self, effects: &mut Effects) {
        let settings = &self.config.settings;
        let (heartbeat_ticks, check_quorum) = (settings.heartbeat_ticks, settings.check_quorum);
        let retry_ticks = settings.retry_ticks;
        let election_timeout = settings.election_timeout_ticks_max;
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        leader.clock += 1;
        leader.quorum_elapsed = leader.quorum_elapsed.saturating_add(1);
        if leader.quorum_elapsed >= election_timeout {
            leader.quorum_elapsed = 0;
            if check_quorum && self.check_quorum(effects) == QuorumDecision::Lost {
                return;
            }
        }
        self.tick_transfer(effects);
        let round_due = self.elapsed >= heartbeat_ticks;
        if round_due {
            self.elapsed = 0;
            self.begin_round();
        }
        let reads_wait = self.has_waiting_reads();
        let entries_wait = self.commit_index < self.durable.log.last_index();
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        // Whoever was sent something of late needs no heartbeat, unless reads wait for it.
        let asks_at_once = round_due && reads_wait;
        let mut due: Vec<ReplicaId> = Vec::new();
        for (&id, progress) in &mut leader.followers {
            progress.idle_ticks += 1;
            progress.unheard_ticks = progress.unheard_ticks.saturating_add(1);
            if let Some(round) = &mut progress.catch_up {
                round.ticks = round.ticks.saturating_add(1);
            }
            let waits = reads_wait && progress.round < leader.round
                || entries_wait && progress.is_unanswered();
            let retries = waits && retry_ticks > 0 && progress.idle_ticks >= retry_ticks;
            if asks_at_once || retries || progress.idle_ticks >= heartbeat_ticks {
                due.push(id);
            }
        }
        for follower in due {
            self.replicate(follower, true, effects);
        }
        if round_due {
            // A leader without other voters answers itself.
            self.after_answer(effects);
        }
    }

    /// A follower has answered something of `round`, and has promised to keep to this
    /// leader for so many of its ticks.
    pub(in crate::raft) fn hear_from_follower(
        &mut self,
        from: ReplicaId,
        round: u64,
        promised_ticks: u32,
    ) {
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let latest = leader.round;
        // It has promised that since the round set out, or later.
        let promised_until = leader
            .begun_at(round)
            .map(|begun| begun + self.config.settings.counts_on(promised_ticks))
            .filter(|_| promised_ticks > 0);
        let Some(progress) = leader.followers.get_mut(&from) else {
            return;
        };
        // A round that was never begun is no answer to anything.
        progress.round = progress.round.max(round.min(latest));
        progress.active = true;
        progress.silent = false;
        // A promise stands though a shorter one follows.
        if let Some(until) = promised_until.filter(|&until| until > progress.promised_until) {
            progress.promised_until = until;
            progress.promised_in = round.min(latest);
        }
        progress.unheard_ticks = 0;
    }

    /// Begins a round of heartbeats: from now on every message asks for it.
    pub(in crate::raft) fn begin_round(&mut self) {
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        for progress in leader.followers.values_mut() {
            // It has not answered the round before this one.
            progress.silent = progress.round < leader.round;
        }
        leader.round += 1;
        if leader.rounds.len() == ROUNDS_MAX {
            leader.rounds.pop_front();
        }
        leader.rounds.push_back((leader.round, leader.clock));
        leader.note_round();
    }

    /// Looks which rounds a quorum has answered, and serves what waited for them.
    pub(in crate::raft) fn after_answer(&mut self, effects: &mut Effects) {
        if let Some(round) = self.answered_round() {
            let Role::Leader(leader) = &mut self.role else {
                return;
            };
            while let Some(&(begun, at)) = leader.rounds.front()
                && begun <= round
            {
                leader.heard_at = Some(at);
                leader.rounds.pop_front();
            }
            self.serve_reads(round, effects);
        }
        self.drive_transfer(effects);
        self.drive_change(effects);
    }

    /// The latest round that a quorum has answered, the leader itself included; none if
    /// that is known of all rounds already.
    fn answered_round(&self) -> Option<u64> {
        let Role::Leader(Leader {
            followers,
            round,
            rounds,
            ..
        }) = &self.role
        else {
            return None;
        };
        if rounds.is_empty() {
            return None;
        }
        let answered = |id| followers.get(&id).map_or(*round, |progress| progress.round);
        Some(self.agreed(answered))
    }

    /// Something was committed.
    pub(in crate::raft) fn after_commit(&mut self, effects: &mut Effects) {
        self.index_early_reads(effects);
        self.drive_change(effects);
    }

    /// A leader that has not heard from a quorum for an election timeout steps down: it
    /// could commit nothing, and clients had better look elsewhere (thesis §6.2).
    fn check_quorum(&mut self, effects: &mut Effects) -> QuorumDecision {
        let Role::Leader(Leader { followers, .. }) = &self.role else {
            return QuorumDecision::Kept;
        };
        let active = |id| followers.get(&id).is_none_or(|progress| progress.active);
        let kept = self.is_quorum(active);
        let decision = if kept {
            QuorumDecision::Kept
        } else {
            QuorumDecision::Lost
        };
        if let Role::Leader(leader) = &mut self.role {
            for progress in leader.followers.values_mut() {
                progress.active = false;
            }
        }
        if decision == QuorumDecision::Lost {
            effects.decisions.push(Decision::Quorum { decision });
            self.become_follower(None, effects);
        }
        decision
    }
}
