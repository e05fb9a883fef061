//! A leader's knowledge of one follower, and how it talks to it.

use std::collections::VecDeque;

use crate::raft::types::durable::Snapshot;
use crate::raft::types::ids::LogIndex;

/// A leader's knowledge of one follower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// `matchIndex`: the follower's log is known to match up to here.
    pub match_index: LogIndex,
    /// `nextIndex`: the next entry to send; always beyond `match_index`.
    pub next_index: LogIndex,
    /// How the leader talks to it.
    pub state: ProgressState,
    /// The latest round of heartbeats that it has answered.
    pub round: u64,
    /// Whether it has answered anything since the leader last checked its quorum.
    pub active: bool,
    /// Whether it has left the last heartbeat's questions unanswered.
    pub silent: bool,
    /// Until when, by the leader's clock, the leader may count on the follower's promise;
    /// zero: there is none.
    pub(in crate::raft) promised_until: u64,
    /// The round in which the follower promised that.
    pub(in crate::raft) promised_in: u64,
    /// Ticks since it last answered anything.
    pub unheard_ticks: u32,
    /// Set while it is brought up to date.
    pub catch_up: Option<CatchUp>,
    /// Ticks since anything was sent to it.
    pub(in crate::raft) idle_ticks: u32,
}

/// A follower is brought up to date, in rounds (thesis §4.2.1): in each it gets what the
/// log held when the round began. Once a round takes less than an election timeout, what
/// is left is no more than any follower may lack at any moment. On a link so slow that no
/// round takes less, it is enough that rounds no longer get shorter, and no more is left than
/// before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatchUp {
    /// Where the leader's log ended when this round began.
    pub goal: LogIndex,
    /// Ticks since then.
    pub ticks: u32,
    /// How many ticks the round before took, and how many entries were left after it.
    pub before: Option<(u32, u64)>,
    /// Whether the leader has kept entries for it that would have been compacted.
    pub kept: bool,
    /// Whether the beginning of a snapshot was sent to it in vain: a newer one took its
    /// place when it first answered.
    pub(in crate::raft) restarted: bool,
}

/// How a leader talks to a follower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgressState {
    /// Where the logs match is not known yet: one message at a time, to find out.
    Probe {
        /// Whether that message has not been answered.
        awaiting: bool,
    },
    /// The logs match: entries are sent on without waiting, as far as the window allows.
    Replicate {
        /// The messages that have not been answered, oldest first.
        window: VecDeque<InFlight>,
    },
    /// The entries that the follower lacks have been compacted: it gets the snapshot,
    /// chunk by chunk.
    Snapshot {
        /// The snapshot. Once the follower has a part of it, it stays the same though
        /// a newer one may be taken.
        snapshot: Snapshot,
        /// How many bytes the follower has.
        offset: u64,
        /// Whether a chunk has not been answered.
        awaiting: bool,
    },
}

/// An unanswered `AppendEntries` with entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// Its last entry.
    pub last: LogIndex,
    /// How many bytes of commands it carries.
    pub bytes: usize,
}

impl Progress {
    /// A follower of which nothing is known yet. The leader tries first whether its log matches up
    /// to `last`.
    pub(in crate::raft) fn new(last: LogIndex) -> Self {
        Self {
            match_index: LogIndex(0),
            next_index: last.next(),
            state: ProgressState::Probe { awaiting: false },
            round: 0,
            active: true,
            silent: false,
            promised_until: 0,
            promised_in: 0,
            unheard_ticks: 0,
            catch_up: None,
            idle_ticks: 0,
        }
    }

    /// How many bytes of commands are under way to it.
    pub fn bytes_in_flight(&self) -> usize {
        match &self.state {
            ProgressState::Replicate { window } => window.iter().map(|sent| sent.bytes).sum(),
            _ => 0,
        }
    }

    /// Whether something that was sent to it has not been answered, heartbeats apart.
    pub(in crate::raft) fn is_unanswered(&self) -> bool {
        match &self.state {
            ProgressState::Probe { awaiting } | ProgressState::Snapshot { awaiting, .. } => {
                *awaiting
            }
            ProgressState::Replicate { window } => !window.is_empty(),
        }
    }

    /// Whether more entries may be sent to it now.
    pub(in crate::raft) fn has_room(&self, window_messages: usize, window_bytes: usize) -> bool {
        match &self.state {
            ProgressState::Probe { awaiting } | ProgressState::Snapshot { awaiting, .. } => {
                !awaiting
            }
            ProgressState::Replicate { window } => {
                window.is_empty()
                    || (window.len() < window_messages && self.bytes_in_flight() < window_bytes)
            }
        }
    }

    /// The log matches up to `match_index`. Returns whether that is news.
    pub(in crate::raft) fn matched(&mut self, match_index: LogIndex) -> bool {
        let news = match_index > self.match_index;
        self.match_index = self.match_index.max(match_index);
        match &mut self.state {
            ProgressState::Replicate { window } => {
                while window.front().is_some_and(|sent| sent.last <= match_index) {
                    window.pop_front();
                }
            }
            // An answer to what was sent before the snapshot was: it goes on.
            ProgressState::Snapshot { snapshot, .. } if match_index < snapshot.last.index => {}
            _ => {
                self.state = ProgressState::Replicate {
                    window: VecDeque::new(),
                };
                self.next_index = self.match_index.next();
            }
        }
        self.next_index = self.next_index.max(self.match_index.next());
        news
    }

    /// From now on it is brought up to date with a log that ends at `goal`.
    pub(in crate::raft) fn begin_catch_up(&mut self, goal: LogIndex) {
        let first_round = CatchUp {
            goal,
            ticks: 0,
            before: None,
            kept: false,
            restarted: false,
        };
        self.catch_up.get_or_insert(first_round);
    }

    /// Ends a round of catching up, if it is over, and begins the next with a log that ends
    /// at `goal`. Returns whether the follower has caught up by that.
    pub(in crate::raft) fn end_round(&mut self, goal: LogIndex, timeout_ticks: u32) -> bool {
        let Some(round) = &mut self.catch_up else {
            return false;
        };
        if self.match_index < round.goal {
            return false;
        }
        let left = goal.0 - self.match_index.0.min(goal.0);
        let settled = round
            .before
            .is_some_and(|(ticks, before)| round.ticks >= ticks && left <= before);
        let caught_up = round.ticks < timeout_ticks || settled;
        round.before = Some((round.ticks, left));
        round.goal = goal;
        round.ticks = 0;
        caught_up
    }

    /// The end of its log, as far as it is known to match, or of the snapshot that it is being
    /// sent: it needs the entries after that.
    pub fn needs_after(&self) -> LogIndex {
        match &self.state {
            ProgressState::Snapshot { snapshot, .. } => snapshot.last.index,
            _ => self.match_index,
        }
    }

    /// The log doesn't match further on: probes at `next_index`.
    pub(in crate::raft) fn probe(&mut self, next_index: LogIndex) {
        self.next_index = next_index.max(self.match_index.next());
        self.state = ProgressState::Probe { awaiting: false };
    }
}
