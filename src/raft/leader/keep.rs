//! What of its log a leader keeps though a snapshot covers it (§7).
//!
//! A follower that is being sent a snapshot needs the entries behind it next. If the log
//! behind is dropped meanwhile, since there is a newer snapshot by then, the follower needs
//! that one too, and the next, and may never catch up. So compaction waits for a follower
//! that is being [brought up to date](super::progress::CatchUp), from where its snapshot
//! ends; and it leaves what a follower that works (it has answered within an election
//! timeout) has not acknowledged, which a lost message would otherwise turn into a snapshot.
//!
//! It does not wait for ever:
//!
//! - *time*: a follower that has answered nothing for [`SILENCE_TIMEOUTS_MAX`] of the longest
//!   election timeouts gets nothing kept any more. One that answers makes progress, and a
//!   snapshot comes to an end;
//! - *bytes*: nor while the log would hold more than
//!   [`catch_up_bytes`](crate::raft::Settings::catch_up_bytes) for it.
//!
//! What was kept goes as soon as nobody needs it: when the followers have caught up, when a
//! bound bites, or when the leader does not lead any more. Each of these is a
//! [decision](KeepDecision) that the page shows.

use super::progress::Progress;
use crate::raft::decisions::{Decision, KeepDecision};
use crate::raft::effects::Effects;
use crate::raft::replica::Replica;
use crate::raft::role::Role;
use crate::raft::types::ids::{LogIndex, ReplicaId};

/// A follower that is brought up to date and answers nothing for this many of the longest
/// election timeouts is waited for no more.
pub const SILENCE_TIMEOUTS_MAX: u32 = 10;

impl Replica {
    /// A snapshot covers the log up to `wanted`: drops as much of that as nobody needs, and
    /// the rest later. Returns up to where the log may go now.
    pub(in crate::raft) fn keep_log(
        &mut self,
        wanted: LogIndex,
        effects: &mut Effects,
    ) -> LogIndex {
        let bytes_max = self.config.settings.catch_up_bytes;
        let longest_timeout = self.config.settings.election_timeout_ticks_max;
        let silence_ticks_max = longest_timeout.saturating_mul(SILENCE_TIMEOUTS_MAX);
        let log = &self.durable.log;
        let Role::Leader(leader) = &mut self.role else {
            self.compact_later = None;
            return wanted;
        };
        let mut through = wanted;
        let mut waits = false;
        for (&follower, progress) in &mut leader.followers {
            let after = progress.needs_after();
            let mut tell = |decision| {
                let decision = Decision::Keep { follower, decision };
                effects.decisions.push(decision);
            };
            // What is gone already, or stays anyway, need not be kept.
            let needs = (log.base().index..wanted).contains(&after) && bytes_max > 0;
            let bytes = || log.bytes_after(after);
            let Some(catch_up) = &mut progress.catch_up else {
                let works = after > LogIndex(0) && progress.unheard_ticks <= longest_timeout;
                if needs && works && bytes() <= bytes_max {
                    through = through.min(after);
                }
                continue;
            };
            let was_kept = std::mem::replace(&mut catch_up.kept, false);
            if !needs {
                continue;
            }
            if progress.unheard_ticks > silence_ticks_max {
                if was_kept {
                    tell(KeepDecision::Silent {
                        ticks: progress.unheard_ticks,
                    });
                }
                continue;
            }
            let bytes = bytes();
            if bytes > bytes_max {
                tell(KeepDecision::TooLarge { bytes, bytes_max });
                continue;
            }
            if !was_kept {
                tell(KeepDecision::Kept { after });
            }
            catch_up.kept = true;
            through = through.min(after);
            waits = true;
        }
        self.compact_later = waits.then_some(wanted);
        through
    }

    /// Drops what of the log was kept, if nobody needs it any more.
    pub(in crate::raft) fn release_log(&mut self, effects: &mut Effects) {
        let Some(wanted) = self.compact_later else {
            return;
        };
        if self.is_waited_for() {
            return;
        }
        let through = self.keep_log(wanted, effects);
        if through < wanted {
            // Soon: the rest is only what has not been acknowledged. It goes in one write.
            self.compact_later = Some(wanted);
            if self.durable.log.bytes() <= self.config.settings.catch_up_bytes {
                return;
            }
        }
        if through > self.durable.log.base().index {
            self.durable.log.compact_through(through);
            effects.write.compact_through = Some(through);
        }
    }

    /// Whether the followers for which the log was kept still need it, within the bounds.
    fn is_waited_for(&self) -> bool {
        let Role::Leader(leader) = &self.role else {
            return false;
        };
        let settings = &self.config.settings;
        let longest_timeout = settings.election_timeout_ticks_max;
        let silence_ticks_max = longest_timeout.saturating_mul(SILENCE_TIMEOUTS_MAX);
        let waits = |progress: &Progress| {
            let kept = progress.catch_up.is_some_and(|it| it.kept);
            kept && progress.unheard_ticks <= silence_ticks_max
        };
        let mut followers = leader.followers.values();
        self.durable.log.bytes() <= settings.catch_up_bytes && followers.any(waits)
    }

    /// A follower has answered: it may have caught up.
    pub(in crate::raft) fn end_catch_up_round(
        &mut self,
        follower: ReplicaId,
        effects: &mut Effects,
    ) {
        let goal = self.durable.log.last_index();
        let timeout_ticks = self.config.settings.election_timeout_ticks_min;
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let Some(progress) = leader.followers.get_mut(&follower) else {
            return;
        };
        if progress.end_round(goal, timeout_ticks)
            && let Some(catch_up) = progress.catch_up.take()
            && catch_up.kept
        {
            let decision = KeepDecision::CaughtUp {
                to: progress.match_index,
            };
            effects
                .decisions
                .push(Decision::Keep { follower, decision });
        }
    }
}
