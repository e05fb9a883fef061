//! The event graph of a stretch of a branch: what happened in it, and what caused it.
//!
//! The stretch is played again, in slices, on a world of its own: what is shown stays. It ends
//! where the branch was run to, and can be gone on with once that has been run further.

use serde::Serialize;

use super::follower::Follower;
use super::tree::BranchId;
use super::{Timeline, TimelineError};
use crate::sim::causality::CausalGraph;

/// How far a [`Tracing`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct TraceProgress {
    /// Whether it has come to the end of the stretch, or of what was run of the branch.
    pub done: bool,
    /// How many events were played for it.
    pub replayed: u64,
    /// Up to when all that happened is in the graph, in microseconds.
    pub upto_us: u64,
    /// How many happenings are in the graph.
    pub happenings: u32,
    /// Whether there was no more room for what came next.
    pub full: bool,
}

/// An event graph that is being made; see [`Timeline::trace`].
#[derive(Clone, Debug)]
pub struct Tracing {
    branch: BranchId,
    follower: Follower,
    from_us: u64,
    to_us: u64,
    replayed: u64,
    empty: CausalGraph,
}

impl Timeline {
    /// Begins to make the event graph of what happened on the whole way of a branch between two
    /// moments, in microseconds, both included.
    ///
    /// # Errors
    /// [`TimelineError::NoSuchBranch`].
    ///
    /// # Panics
    /// Never: the beginning of a world is always kept.
    pub fn trace(
        &self,
        branch: BranchId,
        from_us: u64,
        to_us: u64,
    ) -> Result<Tracing, TimelineError> {
        self.tree.known(branch)?;
        let line = self.tree.line(branch);
        let copy = self
            .copies
            .last(&line, |it| it.at_us < from_us || it.events == 0);
        let world = copy.expect("the beginning is kept").world.clone();
        Ok(Tracing {
            branch,
            follower: Follower::new(world, line, &self.tree),
            from_us,
            to_us,
            replayed: 0,
            empty: CausalGraph::default(),
        })
    }
}

impl Tracing {
    /// Goes on by at most this many events. The timeline must be the one that it began with.
    pub fn advance(&mut self, timeline: &Timeline, events: u64) -> TraceProgress {
        let mut budget = events;
        while budget > 0 && self.go_on(timeline) {
            budget -= 1;
        }
        self.replayed += events - budget;
        self.progress(timeline)
    }

    /// The stretch ends later than was said before.
    pub fn extend(&mut self, to_us: u64) {
        self.to_us = self.to_us.max(to_us);
    }

    /// The branch that it is about.
    pub fn branch(&self) -> BranchId {
        self.branch
    }

    /// When the stretch begins, in microseconds.
    pub fn from_us(&self) -> u64 {
        self.from_us
    }

    /// What happened, as far as it has come.
    pub fn graph(&self) -> &CausalGraph {
        self.follower.world.traced().unwrap_or(&self.empty)
    }

    /// How far it is.
    pub fn progress(&self, timeline: &Timeline) -> TraceProgress {
        let next_us = self.next_us(timeline);
        let happenings = u32::try_from(self.graph().len()).unwrap_or(u32::MAX);
        TraceProgress {
            done: next_us.is_none(),
            replayed: self.replayed,
            upto_us: match next_us {
                None if !self.graph().is_full() => self.to_us,
                _ => self.follower.world.now_us(),
            },
            happenings,
            full: self.graph().is_full(),
        }
    }

    /// The next event happens; whether one did.
    fn go_on(&mut self, timeline: &Timeline) -> bool {
        let Some(next_us) = self.next_us(timeline) else {
            return false;
        };
        if next_us >= self.from_us && self.follower.world.traced().is_none() {
            self.follower.world.begin_trace();
        }
        let stepped = self.follower.step(&timeline.tree);
        self.follower.world.drop_notices();
        matches!(stepped, Ok(Some(_)))
    }

    /// When the next event of the stretch is, if there is one that was run, and room for it.
    fn next_us(&self, timeline: &Timeline) -> Option<u64> {
        let branch = timeline.tree.known(self.branch).ok()?;
        let events = self.follower.world.events();
        if events >= branch.seen.events.max(branch.end.events) || self.graph().is_full() {
            return None;
        }
        let next_us = self.follower.next_due_us(&timeline.tree);
        next_us.filter(|&at_us| at_us <= self.to_us)
    }
}
