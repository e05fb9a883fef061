//! How a leader stays in touch: rounds of heartbeats, the check of its quorum
//! (thesis §6.2), and what else it does as time passes.

use super::answer::Answer;
use super::progress::Progress;
use super::replication::send_next;
use super::{Leader, Leads, Resigns};
use crate::raft::core::Core;
use crate::raft::decisions::{Decision, QuorumDecision};
use crate::raft::effects::Effects;

/// At most this many unanswered rounds are remembered. An answer to an older one would prove
/// nothing that is still of use.
const ROUNDS_MAX: usize = 1_024;

/// The start of at most this many rounds is remembered.
const BEGUN_MAX: usize = 256;

impl Leader {
    /// The clock of a leader ticks.
    pub(in crate::raft) fn tick(&mut self, core: &mut Core, effects: &mut Effects) -> Leads {
        let settings = core.settings();
        let (heartbeat_ticks, retry_ticks) = (settings.heartbeat_ticks, settings.retry_ticks);

        // May it go on at all?
        self.clock += 1;
        self.quorum_elapsed = self.quorum_elapsed.saturating_add(1);
        if self.quorum_elapsed >= settings.election_timeout_ticks_max {
            self.quorum_elapsed = 0;
            if settings.check_quorum {
                self.check_quorum(core, effects)?;
            }
        }
        self.tick_transfer(core, effects)?;

        let round_due = core.elapsed >= heartbeat_ticks;
        if round_due {
            core.elapsed = 0;
            self.begin_round();
        }
        // A follower that was sent something of late needs no heartbeat, unless reads wait for it.
        let reads_wait = !self.reads.is_empty();
        let entries_wait = core.commit_index < core.durable.log.last_index();
        let asks_at_once = round_due && reads_wait;
        for (&id, progress) in &mut self.followers {
            progress.idle_ticks += 1;
            progress.unheard_ticks = progress.unheard_ticks.saturating_add(1);
            if let Some(round) = &mut progress.catch_up {
                round.ticks = round.ticks.saturating_add(1);
            }
            let waits = reads_wait && progress.round < self.round
                || entries_wait && progress.is_unanswered();
            let retries = waits && retry_ticks > 0 && progress.idle_ticks >= retry_ticks;
            if asks_at_once || retries || progress.idle_ticks >= heartbeat_ticks {
                send_next(core, self.round, id, progress, true, effects);
            }
        }
        if round_due {
            // A leader without other voters answers itself.
            self.after_answer(core, effects)?;
        }
        Leads::Continue(())
    }

    /// A follower has answered something. Returns what is known of it, if it is a member.
    pub(super) fn note_answer(&mut self, core: &Core, answer: Answer) -> Option<&mut Progress> {
        let Answer {
            from,
            round,
            promised_ticks,
        } = answer;
        let latest = self.round;
        // It has promised that since the round began, or later.
        let promised_until = (promised_ticks > 0)
            .then(|| self.begun_at(round))
            .flatten()
            .map(|begun| begun + core.settings().counts_on(promised_ticks));
        let progress = self.followers.get_mut(&from)?;
        // A round that was never begun answers nothing.
        progress.round = progress.round.max(round.min(latest));
        progress.active = true;
        progress.silent = false;
        // A promise holds though a shorter one follows.
        if let Some(until) = promised_until.filter(|&until| until > progress.promised_until) {
            progress.promised_until = until;
            progress.promised_in = round.min(latest);
        }
        progress.unheard_ticks = 0;
        Some(progress)
    }

    /// Begins a round of heartbeats: from now on every message asks for it.
    pub(super) fn begin_round(&mut self) {
        for progress in self.followers.values_mut() {
            // It has not answered the round before this one.
            progress.silent = progress.round < self.round;
        }
        self.round += 1;
        if self.rounds.len() == ROUNDS_MAX {
            self.rounds.pop_front();
        }
        self.rounds.push_back((self.round, self.clock));
        self.note_round();
    }

    /// Finds the rounds that a quorum has answered, and serves what waited for them.
    pub(super) fn after_answer(&mut self, core: &mut Core, effects: &mut Effects) -> Leads {
        if let Some(round) = self.answered_round(core) {
            while let Some(&(begun, at)) = self.rounds.front()
                && begun <= round
            {
                self.heard_at = Some(at);
                self.rounds.pop_front();
            }
            self.serve_reads(core, round, effects);
        }
        self.drive_transfer(core, effects);
        self.drive_change(core, effects)
    }

    /// The latest round that a quorum has answered, the leader itself included; none if
    /// that is known of all rounds already.
    fn answered_round(&self, core: &Core) -> Option<u64> {
        if self.rounds.is_empty() {
            return None;
        }
        Some(core.agreed(|id| match self.followers.get(&id) {
            Some(progress) => progress.round,
            None => self.round,
        }))
    }

    /// Something was committed.
    pub(super) fn after_commit(&mut self, core: &mut Core, effects: &mut Effects) -> Leads {
        self.index_early_reads(core, effects);
        self.drive_change(core, effects)
    }

    /// A leader that has not heard from a quorum for an election timeout steps down: it
    /// could commit nothing, and clients had better look elsewhere (thesis §6.2).
    fn check_quorum(&mut self, core: &Core, effects: &mut Effects) -> Leads {
        let followers = &self.followers;
        let active = |id| followers.get(&id).is_none_or(|progress| progress.active);
        if !core.is_quorum(active) {
            let decision = QuorumDecision::Lost;
            effects.decisions.push(Decision::Quorum { decision });
            return Leads::Break(Resigns);
        }
        for progress in self.followers.values_mut() {
            progress.active = false;
        }
        Leads::Continue(())
    }

    /// Whether a quorum has followed it within this many ticks: it was elected, or a round
    /// of heartbeats was answered that began since then.
    pub(in crate::raft) fn heard_quorum_within(&self, ticks: u32) -> bool {
        self.clock - self.heard_at.unwrap_or(0) < u64::from(ticks)
    }

    /// Remembers the start of a round that has just begun. Older ones are forgotten once every
    /// follower has answered a later one, or is not likely to answer any more.
    fn note_round(&mut self) {
        if self.begun.back().is_none_or(|&(_, at)| at < self.clock) {
            self.begun.push_back((self.round, self.clock));
        }
        let answered = self.followers.values().map(|progress| progress.round).min();
        let answered = answered.unwrap_or(self.round);
        while self.begun.len() > BEGUN_MAX
            || self.begun.get(1).is_some_and(|&(next, _)| next <= answered)
        {
            self.begun.pop_front();
        }
    }

    /// The start of `round`, or a little earlier; none: that is forgotten.
    fn begun_at(&self, round: u64) -> Option<u64> {
        let mut begun = self.begun.iter().rev();
        begun.find(|&&(first, _)| first <= round).map(|&(_, at)| at)
    }

    /// Forgets what was promised so far: the leader can't tell how long ago it was, or
    /// how far the clocks have run apart since.
    pub(in crate::raft) fn forget_promises(&mut self) {
        self.begun.clear();
        for progress in self.followers.values_mut() {
            progress.promised_until = 0;
        }
    }
}
