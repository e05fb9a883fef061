//! What a timeline tells of itself: its branches, a run at a glance, and what happened.

use serde::Serialize;

use super::chronicle::{Counts, State};
use super::tree::BranchId;
use super::{Timeline, TimelineError};
use crate::sim::replay::moment::MarkKind;
use crate::sim::view::trace::{Notice, TraceEvent};

/// An overview has at most this many buckets.
pub(super) const BUCKETS_MAX: usize = 2_048;

/// A run at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Overview {
    /// Where it begins, in microseconds of virtual time.
    pub from_us: u64,
    /// Where it ends.
    pub to_us: u64,
    /// What is kept is this coarse, in microseconds: of buckets that are narrower some are empty.
    pub resolution_us: u64,
    /// Stretches of equal length, in order.
    pub buckets: Vec<Bucket>,
}

/// A stretch of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Bucket {
    /// When it begins, in microseconds.
    pub at_us: u64,
    /// About how many events had happened by its end.
    pub events: u64,
    /// The highest term by its end.
    pub term: u64,
    /// Who led at its end; 0: nobody.
    pub leader: u16,
    /// How many replicas were dead at its end.
    pub dead: u16,
    /// Whether a link was cut or clogged at its end.
    pub cut: bool,
    /// How often a replica stood for election.
    pub elections: u32,
    /// How often one was elected.
    pub elected: u32,
    /// How often a leader moved its commit index.
    pub commits: u32,
    /// How often a replica crashed.
    pub crashes: u32,
    /// How often one was restarted.
    pub restarts: u32,
    /// How often links were cut or clogged.
    pub partitions: u32,
    /// How often anything went wrong, or was mended, these included.
    pub faults: u32,
    /// How often an operation was asked for by hand.
    pub requests: u32,
    /// How many properties were broken.
    pub violations: u32,
    /// How often something was found stuck.
    pub stuck: u32,
    /// How many stale reads were served.
    pub stale_reads: u32,
    /// How many snapshots were taken or installed.
    pub snapshots: u32,
}

impl Bucket {
    fn take(&mut self, counts: &Counts) {
        let pairs = [
            (&mut self.elections, counts.elections),
            (&mut self.elected, counts.elected),
            (&mut self.commits, counts.commits),
            (&mut self.crashes, counts.crashes),
            (&mut self.restarts, counts.restarts),
            (&mut self.partitions, counts.partitions),
            (&mut self.faults, counts.faults),
            (&mut self.requests, counts.requests),
            (&mut self.violations, counts.violations),
            (&mut self.stuck, counts.stuck),
            (&mut self.stale_reads, counts.stale_reads),
            (&mut self.snapshots, counts.snapshots),
        ];
        for (sum, more) in pairs {
            *sum = sum.saturating_add(more);
        }
    }

    /// So it stands at its end.
    fn stand(&mut self, state: State, events: u64) {
        self.events = events;
        self.term = state.term;
        self.leader = state.leader;
        self.dead = state.dead;
        self.cut = state.cut;
    }
}

impl Timeline {
    /// What happened on the whole way of a branch, its ancestors' part of it included, in
    /// stretches of equal length. What was not run yet is empty.
    ///
    /// # Errors
    /// [`TimelineError::NoSuchBranch`], or [`TimelineError::Buckets`] if there are none or too
    /// many of them, or no time between the two.
    ///
    /// # Panics
    /// Never: a part of a span is no longer than the span.
    pub fn overview(
        &self,
        branch: BranchId,
        from_us: u64,
        to_us: u64,
        buckets: usize,
    ) -> Result<Overview, TimelineError> {
        self.tree.known(branch)?;
        if !(1..=BUCKETS_MAX).contains(&buckets) || to_us <= from_us {
            return Err(TimelineError::Buckets);
        }
        let span = u128::from(to_us - from_us);
        let begin_us = |place: usize| {
            let after = span * place as u128 / buckets as u128;
            from_us + u64::try_from(after).expect("it is less than the span")
        };
        let mut all: Vec<Bucket> = (0..buckets)
            .map(|place| Bucket {
                at_us: begin_us(place),
                ..Bucket::default()
            })
            .collect();
        // How things stood before, and the first bucket of which nothing was said yet.
        let (mut state, mut events, mut next) = (State::default(), 0, 0);
        let mut resolution_us = 0;
        for part in self.tree.line(branch).parts() {
            let Some(chronicle) = &self.tree.get(part.branch).chronicle else {
                continue;
            };
            resolution_us = resolution_us.max(chronicle.width_us());
            let until_us = part.until.map_or(u64::MAX, |until| until.at_us);
            for (at_us, slot) in chronicle.slots() {
                // A branch begins within a slot.
                let at_us = at_us.max(part.from.at_us);
                if at_us > until_us || at_us >= to_us {
                    break;
                }
                if at_us >= from_us {
                    let place = u128::from(at_us - from_us) * buckets as u128 / span;
                    let place = usize::try_from(place).unwrap_or(0).min(buckets - 1);
                    if place >= next {
                        for bucket in &mut all[next..=place] {
                            bucket.stand(state, events);
                        }
                        next = place + 1;
                    }
                    all[place].take(&slot.counts);
                    all[place].stand(slot.state, slot.events);
                }
                (state, events) = (slot.state, slot.events);
            }
        }
        for bucket in &mut all[next..] {
            bucket.stand(state, events);
        }
        Ok(Overview {
            from_us,
            to_us,
            resolution_us,
            buckets: all,
        })
    }

    /// The notices of a branch's whole way that matter and lie between two moments, in
    /// microseconds, the last not included: at most the `limit` newest.
    ///
    /// # Errors
    /// [`TimelineError::NoSuchBranch`].
    pub fn marks(
        &self,
        branch: BranchId,
        from_us: u64,
        to_us: u64,
        limit: usize,
    ) -> Result<Vec<Notice>, TimelineError> {
        self.tree.known(branch)?;
        let within = |it: &&Notice| (from_us..to_us).contains(&it.at_us) && is_mark(it);
        let all = self.journal_of(branch, u64::MAX).filter(within);
        let mut newest: Vec<Notice> = all.rev().take(limit).cloned().collect();
        newest.reverse();
        Ok(newest)
    }

    /// What happened up to the moment that is shown, in order, at most the `limit` newest: all
    /// that matters, as far back as it is kept, and everything of the last stretch. It does not
    /// matter how one came here.
    pub fn journal(&self, limit: usize) -> Vec<Notice> {
        let since = self.recent(0).next().map_or(u64::MAX, |it| it.event);
        let kept = self.journal_of(self.shown(), self.world().events());
        let kept = kept.filter(|it| it.event < since);
        let mut newest: Vec<Notice> = kept
            .chain(self.recent(0))
            .rev()
            .take(limit)
            .cloned()
            .collect();
        newest.reverse();
        newest
    }

    /// The journal of a branch's whole way, up to an event.
    fn journal_of(&self, branch: BranchId, upto: u64) -> impl DoubleEndedIterator<Item = &Notice> {
        let parts = self.tree.line(branch).parts().to_vec();
        parts.into_iter().flat_map(move |part| {
            let chronicle = self.tree.get(part.branch).chronicle.as_ref();
            let journal = chronicle.map_or(&[][..], |it| it.journal());
            let upto = part.until.map_or(upto, |until| until.events.min(upto));
            &journal[..journal.partition_point(|it| it.event <= upto)]
        })
    }
}

/// Whether a notice is one for a pin on a scrubber.
fn is_mark(notice: &Notice) -> bool {
    matches!(
        MarkKind::of(notice),
        Some(MarkKind::Election | MarkKind::Fault | MarkKind::Violation)
    ) || matches!(notice.what, TraceEvent::Stuck { .. })
}
