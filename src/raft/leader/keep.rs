//! Keeps entries that a snapshot covers while a follower still needs them (§7).
//!
//! A follower that is being sent a snapshot needs the entries behind it next. If the log
//! behind is dropped meanwhile, since there is a newer snapshot by then, the follower needs
//! that one too, and the next, and may never catch up. So compaction waits for a follower
//! that is being [brought up to date](super::progress::CatchUp), from where its snapshot
//! ends. It also leaves what a follower that works (it has answered within an election
//! timeout) has not acknowledged, which a lost message would otherwise turn into a snapshot.
//!
//! It does not wait for ever:
//!
//! - *time*: nothing more is kept for a follower that has answered nothing for
//!   [`SILENCE_TIMEOUTS_MAX`] of the longest election timeouts. One that answers makes progress,
//!   and a snapshot comes to an end;
//! - *bytes*: nor is anything kept while the log would hold more than
//!   [`catch_up_bytes`](crate::raft::Settings::catch_up_bytes) for it.
//!
//! Kept entries go as soon as nobody needs them: when the followers have caught up, when a
//! bound is reached, or when the leader does not lead any more. Each of these is a
//! [decision](KeepDecision) that the page shows.

use super::Leader;
use super::progress::Progress;
use crate::raft::core::Core;
use crate::raft::decisions::{Decision, KeepDecision};
use crate::raft::effects::Effects;
use crate::raft::types::config::Settings;
use crate::raft::types::ids::{LogIndex, ReplicaId};

/// A follower that is brought up to date and answers nothing for this many of the longest
/// election timeouts is waited for no more.
pub const SILENCE_TIMEOUTS_MAX: u32 = 10;

fn silence_ticks_max(settings: &Settings) -> u32 {
    let longest_timeout = settings.election_timeout_ticks_max;
    longest_timeout.saturating_mul(SILENCE_TIMEOUTS_MAX)
}

impl Leader {
    /// A snapshot covers the log up to `wanted`: keeps what followers still need of that, to be
    /// dropped later. Returns up to where the log may go now.
    pub(in crate::raft) fn keep_log(
        &mut self,
        core: &mut Core,
        wanted: LogIndex,
        effects: &mut Effects,
    ) -> LogIndex {
        let settings = core.settings();
        let bytes_max = settings.catch_up_bytes;
        let longest_timeout = settings.election_timeout_ticks_max;
        let silence_ticks_max = silence_ticks_max(settings);
        let log = &core.durable.log;
        let mut through = wanted;
        let mut waits = false;
        for (&follower, progress) in &mut self.followers {
            let after = progress.needs_after();
            let mut tell = |decision| {
                let decision = Decision::Keep { follower, decision };
                effects.decisions.push(decision);
            };
            // Entries that are gone already, or stay anyway, need not be kept.
            let needs = (log.base().index..wanted).contains(&after) && bytes_max > 0;
            let bytes = || log.bytes_after(after);
            // One that works: what it has not acknowledged stays a little longer.
            let Some(catch_up) = &mut progress.catch_up else {
                let works = after > LogIndex(0) && progress.unheard_ticks <= longest_timeout;
                if needs && works && bytes() <= bytes_max {
                    through = through.min(after);
                }
                continue;
            };
            // One that is brought up to date: the log waits for it, within the bounds.
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
        core.compact_later = waits.then_some(wanted);
        through
    }

    /// Whether the followers for which the log was kept still need it, within the bounds.
    pub(in crate::raft) fn waits_for_followers(&self, core: &Core) -> bool {
        let settings = core.settings();
        let silence_ticks_max = silence_ticks_max(settings);
        let waits = |progress: &Progress| {
            let kept = progress.catch_up.is_some_and(|it| it.kept);
            kept && progress.unheard_ticks <= silence_ticks_max
        };
        let mut followers = self.followers.values();
        core.durable.log.bytes() <= settings.catch_up_bytes && followers.any(waits)
    }
}

/// A follower has answered: it may have caught up.
pub(super) fn end_catch_up_round(
    core: &Core,
    follower: ReplicaId,
    progress: &mut Progress,
    effects: &mut Effects,
) {
    let goal = core.durable.log.last_index();
    let timeout_ticks = core.settings().election_timeout_ticks_min;
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
