//! How far a scenario's story has come. It looks on, and changes nothing.

use std::sync::Arc;

use crate::raft::ReplicaId;
use crate::sim::scenario::{Story, StoryEvent, StoryStep};
use crate::sim::view::trace::{Notice, TraceEvent};
use crate::sim::view::{Endpoint, StoryMoment};

/// The steps of a story, and when they came, in their order.
#[derive(Clone, Debug)]
pub(in crate::sim) struct StoryProgress {
    steps: Arc<[StoryStep]>,
    came: Vec<StoryMoment>,
}

impl StoryProgress {
    pub(super) fn new(story: &Story) -> Self {
        Self {
            steps: story.steps().into(),
            came: Vec::new(),
        }
    }

    /// Something has happened: steps come with it.
    pub(super) fn on_notice(&mut self, notice: &Notice) {
        if self.came.len() == self.steps.len() {
            return;
        }
        self.pass_time(notice.event.saturating_sub(1), notice.at_us);
        if let Some(next) = self.steps.get(self.came.len())
            && next.on.is_some()
            && next.on == kind(&notice.what)
            && next.replica.is_none_or(|id| is_about(&notice.what, id))
            && next.at_us.is_none_or(|at_us| at_us <= notice.at_us)
        {
            self.came.push(StoryMoment {
                events: notice.event,
                at_us: notice.at_us,
            });
            self.pass_time(notice.event, notice.at_us);
        }
    }

    /// The steps come that wait for nothing but the time.
    fn pass_time(&mut self, events: u64, now_us: u64) {
        while let Some(next) = self.steps.get(self.came.len())
            && next.on.is_none()
            && next.at_us.is_none_or(|at_us| at_us <= now_us)
        {
            let before_us = self.came.last().map_or(0, |it| it.at_us);
            let at_us = next.at_us.unwrap_or(before_us).max(before_us);
            self.came.push(StoryMoment { events, at_us });
        }
    }

    /// The moments of those that have come by now.
    pub(super) fn moments(&self, events: u64, now_us: u64) -> Vec<StoryMoment> {
        let mut progress = self.clone();
        progress.pass_time(events, now_us);
        progress.came
    }
}

/// The kind of an event, if steps come with it.
fn kind(what: &TraceEvent) -> Option<StoryEvent> {
    Some(match what {
        TraceEvent::ElectionStarted { .. } => StoryEvent::ElectionStarted,
        TraceEvent::LeaderElected { .. } => StoryEvent::LeaderElected,
        TraceEvent::SteppedDown { .. } => StoryEvent::SteppedDown,
        TraceEvent::Committed { .. } => StoryEvent::Committed,
        TraceEvent::LogTruncated { .. } => StoryEvent::LogTruncated,
        TraceEvent::PreVoteStarted { .. } => StoryEvent::PreVoteStarted,
        TraceEvent::QuorumLost { .. } => StoryEvent::QuorumLost,
        TraceEvent::MembershipAppended { .. } => StoryEvent::MembershipAppended,
        TraceEvent::MembershipCommitted { .. } => StoryEvent::MembershipCommitted,
        TraceEvent::Transfer { .. } => StoryEvent::Transfer,
        TraceEvent::SnapshotTaken { .. } => StoryEvent::SnapshotTaken,
        TraceEvent::SnapshotInstalled { .. } => StoryEvent::SnapshotInstalled,
        TraceEvent::WriteInterrupted { .. } => StoryEvent::WriteInterrupted,
        TraceEvent::StaleRead { .. } => StoryEvent::StaleRead,
        TraceEvent::SessionRenewed { .. } => StoryEvent::SessionRenewed,
        TraceEvent::MessageLost { .. } => StoryEvent::MessageLost,
        TraceEvent::Answered { .. } => StoryEvent::Answered,
        TraceEvent::GaveUp { .. } => StoryEvent::GaveUp,
        TraceEvent::Done { .. } => StoryEvent::Done,
        TraceEvent::Stuck { .. } => StoryEvent::Stuck,
        TraceEvent::Violated { .. } => StoryEvent::Violated,
        TraceEvent::MembershipAsked { .. }
        | TraceEvent::LogKept { .. }
        | TraceEvent::MessageRefused { .. }
        | TraceEvent::Skipped { .. } => return None,
    })
}

/// Whether an event is of this replica's.
fn is_about(what: &TraceEvent, id: ReplicaId) -> bool {
    match what {
        TraceEvent::ElectionStarted { replica, .. }
        | TraceEvent::LeaderElected { replica, .. }
        | TraceEvent::SteppedDown { replica, .. }
        | TraceEvent::Committed { replica, .. }
        | TraceEvent::LogTruncated { replica, .. }
        | TraceEvent::PreVoteStarted { replica, .. }
        | TraceEvent::QuorumLost { replica, .. }
        | TraceEvent::MembershipAsked { replica, .. }
        | TraceEvent::MembershipAppended { replica, .. }
        | TraceEvent::MembershipCommitted { replica, .. }
        | TraceEvent::Transfer { replica, .. }
        | TraceEvent::SnapshotTaken { replica, .. }
        | TraceEvent::SnapshotInstalled { replica, .. }
        | TraceEvent::LogKept { replica, .. }
        | TraceEvent::WriteInterrupted { replica, .. }
        | TraceEvent::StaleRead { replica, .. }
        | TraceEvent::MessageRefused { replica, .. } => *replica == id,
        TraceEvent::MessageLost { from, to, .. } => {
            let id = Endpoint::Replica(id);
            *from == id || *to == id
        }
        TraceEvent::Done { action } | TraceEvent::Skipped { action } => action.names(id),
        TraceEvent::SessionRenewed { .. }
        | TraceEvent::Answered { .. }
        | TraceEvent::GaveUp { .. }
        | TraceEvent::Stuck { .. }
        | TraceEvent::Violated { .. } => false,
    }
}
