//! The way to another moment: at once to the nearest kept one before it, and from there on in
//! slices. What is shown at a moment depends on what happened right before it; where that is not
//! known any more, it is played again once the moment is there.
//!
//! What is shown is always a moment of the branch, so a seek may be left at any time: then one
//! is where it has come to. Only a search backwards looks at worlds of its own, and shows nothing
//! before it has found something.

use serde::{Deserialize, Serialize};

use super::follower::Follower;
use super::search::{Backward, Forward, Found, Sought};
use super::tree::BranchId;
use super::{Timeline, TimelineError, is_well_before};
use crate::raft::{NUMBER_MAX, ReplicaId};
use crate::sim::replay::moment::{MarkKind, Moment};
use crate::sim::view::trace::Notice;

/// What is shown at a moment depends on what happened this long before it.
pub(super) const LOOK_BACK_US: u64 = 1_000_000;
/// Or on this many events before it.
pub(super) const LOOK_BACK_EVENTS: u64 = 4_096;
/// A search for what nobody has seen yet goes this far beyond the end of what was seen.
const SEARCH_BEYOND_US: u64 = 600_000_000;

/// A step of the story that has not come by then is not to be expected.
const STORY_BEYOND_US: u64 = 60_000_000;

/// Where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct SeekRequest {
    /// To another branch than the one that is shown.
    #[serde(default)]
    pub branch: Option<BranchId>,
    /// To which moment of it.
    pub to: SeekTo,
    /// Looking for an event: only one that is about this replica.
    #[serde(default)]
    pub replica: Option<ReplicaId>,
}

/// To which moment to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum SeekTo {
    /// All that falls due up to this time has happened, and it is then, in microseconds.
    TimeUs(u64),
    /// Right after this many events.
    Events(u64),
    /// That very moment.
    Moment(Moment),
    /// Right after the next event of this kind.
    Next(MarkKind),
    /// Right after the last event of this kind before the present one.
    Previous(MarkKind),
    /// Right after this step of the scenario's story has come, the first being 0; only on from what is
    /// shown.
    StoryStep(u32),
    /// The furthest that the branch was ever run.
    End {},
}

impl SeekRequest {
    /// To a moment of the branch that is shown.
    pub fn to(to: SeekTo) -> Self {
        Self {
            branch: None,
            to,
            replica: None,
        }
    }

    /// To a moment of that branch.
    pub fn on(branch: BranchId, to: SeekTo) -> Self {
        Self {
            branch: Some(branch),
            ..Self::to(to)
        }
    }

    /// Only what is about this replica.
    #[must_use]
    pub fn about(self, replica: ReplicaId) -> Self {
        Self {
            replica: Some(replica),
            ..self
        }
    }
}

/// How far a seek is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct SeekProgress {
    /// Whether it is over. Shortly before that the moment may be shown already, without what
    /// happened right before it.
    pub done: bool,
    /// Whether there is such a moment; if not, what was shown before is shown again.
    pub found: bool,
    /// The moment that is shown.
    pub now: Moment,
    /// How many events were played for it so far.
    pub replayed: u64,
    /// About how many are left.
    pub left: u64,
}

/// A seek under way; see [`Timeline::seek`]. If it is dropped, it can be [gone on
/// with](Timeline::seeking) later.
#[derive(Debug)]
pub struct Seek<'a> {
    timeline: &'a mut Timeline,
}

/// What a timeline remembers of a seek.
#[derive(Clone, Debug)]
pub(super) struct Course {
    aim: Aim,
    /// Where it began.
    origin: (BranchId, Moment),
    replayed: u64,
    found: bool,
}

#[derive(Clone, Debug)]
enum Aim {
    /// It is there.
    Reached,
    At(Target),
    Forward(Forward),
    Backward(Box<Backward>),
    Story {
        step: usize,
        until_us: u64,
    },
    /// It is there, and looks back.
    Recall(Box<Recall>),
}

/// What happened right before the moment that is shown.
#[derive(Clone, Debug)]
struct Recall {
    /// A world that goes on from where it begins.
    world: Follower,
    from: Moment,
    /// After so many events it is known.
    until: u64,
    heard: Vec<Notice>,
}

/// A moment that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Time(u64),
    Events(u64),
    /// Where the seek began, at that very time.
    Moment(Moment),
}

impl Seek<'_> {
    /// Goes on by at most this many events.
    pub fn advance(&mut self, events: u64) -> SeekProgress {
        self.timeline.seek_on(events)
    }

    /// Goes all the way.
    pub fn finish(mut self) -> SeekProgress {
        loop {
            let progress = self.advance(u64::MAX);
            if progress.done {
                return progress;
            }
        }
    }

    /// How far it is.
    pub fn progress(&self) -> SeekProgress {
        self.timeline.seek_progress()
    }

    /// Stays at the moment that is shown.
    pub fn cancel(self) {
        self.timeline.leave_seek();
    }
}

impl Target {
    /// Whether a moment is this one or before it.
    fn is_from(self, moment: Moment) -> bool {
        match self {
            Self::Time(at_us) => moment.at_us <= at_us,
            Self::Events(events) => moment.events <= events,
            Self::Moment(target) => moment <= target,
        }
    }
}

impl Timeline {
    /// Begins to go to another moment, in place of any other seek. The nearest kept moment before
    /// it is shown at once.
    ///
    /// # Errors
    /// [`TimelineError::NoSuchBranch`], [`TimelineError::NoSuchReplica`], or
    /// [`TimelineError::Beyond`] for a moment that no world comes to. Then nothing was changed.
    pub fn seek(&mut self, request: SeekRequest) -> Result<Seek<'_>, TimelineError> {
        let shown = self.now.line.branch();
        let branch = request.branch.unwrap_or(shown);
        let (seen, end) = {
            let branch = self.tree.known(branch)?;
            (branch.seen, branch.end)
        };
        if let Some(replica) = request.replica
            && !(1..=self.world().scenario().total()).contains(&replica.0)
        {
            return Err(TimelineError::NoSuchReplica(replica));
        }
        let asked_for = match request.to {
            SeekTo::TimeUs(number) | SeekTo::Events(number) => number,
            SeekTo::Moment(moment) => moment.events.max(moment.at_us),
            SeekTo::Next(_) | SeekTo::Previous(_) | SeekTo::StoryStep(_) | SeekTo::End {} => 0,
        };
        if asked_for > NUMBER_MAX {
            return Err(TimelineError::Beyond(asked_for));
        }

        let origin = (shown, Moment::of(self.world()));
        self.outbox.clear();
        let target = match request.to {
            SeekTo::TimeUs(at_us) => Some(Target::Time(at_us)),
            SeekTo::Events(events) => Some(Target::Events(events)),
            SeekTo::Moment(moment) => Some(Target::Moment(moment)),
            SeekTo::End {} if end.events > seen.events => Some(Target::Events(end.events)),
            // More may fall due at that time than was ever run.
            SeekTo::End {} => Some(Target::Moment(end)),
            // From where that branch is as far as what is shown.
            SeekTo::Next(_) | SeekTo::Previous(_) | SeekTo::StoryStep(_) if branch != shown => {
                Some(Target::Events(origin.1.events.min(end.events)))
            }
            SeekTo::Next(_) | SeekTo::Previous(_) | SeekTo::StoryStep(_) => None,
        };
        if let Some(target) = target {
            self.approach(branch, target);
        }
        let after = match target {
            Some(Target::Events(events)) => events,
            _ => origin.1.events,
        };
        let replica = request.replica;
        let aim = match request.to {
            SeekTo::Next(kind) => Aim::Forward(Forward {
                sought: Sought { kind, replica },
                after,
                until: 0,
                until_us: seen.at_us.max(origin.1.at_us) + SEARCH_BEYOND_US,
            }),
            SeekTo::Previous(kind) => Aim::Backward(Box::new(Backward {
                sought: Sought { kind, replica },
                world: None,
                from: after,
                until: after,
                last: None,
            })),
            SeekTo::StoryStep(step) => Aim::Story {
                step: usize::try_from(step).unwrap_or(usize::MAX),
                until_us: origin.1.at_us + STORY_BEYOND_US,
            },
            _ => target.map_or(Aim::Reached, Aim::At),
        };
        self.course = Some(Course {
            aim,
            origin,
            replayed: 0,
            found: true,
        });
        // It may be there already.
        self.seek_on(0);
        Ok(Seek { timeline: self })
    }

    /// The seek under way, if there is one.
    pub fn seeking(&mut self) -> Option<Seek<'_>> {
        let course = self.course.as_ref();
        let under_way = course.is_some_and(|it| !matches!(it.aim, Aim::Reached));
        under_way.then_some(Seek { timeline: self })
    }

    /// Stays at the moment that is shown, and all that belongs to it.
    pub(super) fn leave_seek(&mut self) {
        let recall = match self.course.take().map(|it| it.aim) {
            None | Some(Aim::Reached) => None,
            Some(Aim::Recall(recall)) => Some(recall),
            Some(_) => self.look_back(),
        };
        if let Some(mut recall) = recall {
            self.recall(&mut recall, &mut { u64::MAX });
        }
    }

    fn seek_progress(&self) -> SeekProgress {
        let now = Moment::of(self.world());
        let Some(course) = &self.course else {
            return SeekProgress {
                done: true,
                found: true,
                now,
                replayed: 0,
                left: 0,
            };
        };
        let left = match &course.aim {
            Aim::Reached => 0,
            Aim::At(Target::Time(at_us)) => self.events_until(*at_us),
            Aim::At(Target::Events(events) | Target::Moment(Moment { events, .. })) => {
                events.saturating_sub(now.events).max(1)
            }
            Aim::Forward(it) => it.until.saturating_sub(now.events).max(1),
            Aim::Backward(it) => it.until - it.from + 1,
            Aim::Story { until_us, .. } => self.events_until(*until_us),
            Aim::Recall(it) => it.until.saturating_sub(it.world.world.events()).max(1),
        };
        SeekProgress {
            done: matches!(course.aim, Aim::Reached),
            found: course.found,
            now,
            replayed: course.replayed,
            left,
        }
    }

    /// About how many events there are until then, by how many there were so far.
    fn events_until(&self, at_us: u64) -> u64 {
        let now = Moment::of(self.world());
        let seen = self.tree.get(self.now.line.branch()).seen;
        let base = seen.max(now);
        let ahead = u128::from(at_us.saturating_sub(now.at_us));
        let events = ahead * u128::from(base.events) / u128::from(base.at_us.max(1));
        u64::try_from(events).unwrap_or(u64::MAX).max(1)
    }

    /// Goes on with a seek, by at most this many events.
    pub(crate) fn seek_on(&mut self, events: u64) -> SeekProgress {
        let mut budget = events;
        // A search that has found something becomes a way to there.
        while let Some(mut course) = self.course.take() {
            let before = budget;
            let next = match &mut course.aim {
                Aim::Reached => Some(Aim::Reached),
                Aim::At(target) => self.run_to(*target, &mut budget).then(|| self.there()),
                Aim::Forward(search) => match self.search_forward(search, &mut budget) {
                    Found::At(_) => Some(self.there()),
                    Found::NotYet => None,
                    Found::Nothing => Some(self.go_back(&mut course)),
                },
                Aim::Story { step, until_us } => {
                    match self.search_story(*step, *until_us, &mut budget) {
                        Found::At(_) => Some(self.there()),
                        Found::NotYet => None,
                        Found::Nothing => Some(self.go_back(&mut course)),
                    }
                }
                Aim::Backward(search) => match self.search_backward(search, &mut budget) {
                    Found::At(events) => {
                        let target = Target::Events(events);
                        self.approach(self.now.line.branch(), target);
                        Some(Aim::At(target))
                    }
                    Found::NotYet => None,
                    Found::Nothing => Some(self.go_back(&mut course)),
                },
                Aim::Recall(recall) => self.recall(recall, &mut budget).then_some(Aim::Reached),
            };
            course.replayed += before - budget;
            self.replayed += before - budget;
            let goes_on = matches!(next, Some(Aim::At(_) | Aim::Recall(_)));
            course.aim = next.unwrap_or(course.aim);
            self.course = Some(course);
            if !goes_on {
                break;
            }
        }
        self.seek_progress()
    }

    /// The moment is shown; what happened right before it may have to be found out.
    fn there(&mut self) -> Aim {
        self.compare_shown();
        self.look_back().map_or(Aim::Reached, Aim::Recall)
    }

    /// What has to be found out of what happened right before the moment that is shown.
    fn look_back(&self) -> Option<Box<Recall>> {
        if self.knows_recent() {
            return None;
        }
        let now = Moment::of(self.world());
        let line = &self.now.line;
        let before = self.copies.last(line, |it| is_well_before(it, now));
        let before = before.or(self.copies.last(line, |it| it.events == 0));
        let world = before.expect("the beginning is kept").world.clone();
        Some(Box::new(Recall {
            from: Moment::of(&world),
            world: Follower::new(world, line.clone(), &self.tree),
            until: self.recent_from.events,
            heard: Vec::new(),
        }))
    }

    /// Goes on with finding out what happened right before. Returns whether all of it is known.
    fn recall(&mut self, recall: &mut Recall, budget: &mut u64) -> bool {
        let Recall {
            world,
            from,
            until,
            heard,
        } = recall;
        while world.world.events() < *until {
            if *budget == 0 {
                return false;
            }
            *budget -= 1;
            if !matches!(world.step(&self.tree), Ok(Some(_))) {
                return true;
            }
            heard.append(&mut world.world.take_notices());
        }
        self.know_recent_from(*from, std::mem::take(heard));
        true
    }

    /// Nothing was found: back to where it began.
    fn go_back(&mut self, course: &mut Course) -> Aim {
        course.found = false;
        let (branch, moment) = course.origin;
        if (self.now.line.branch(), Moment::of(self.world())) == course.origin {
            return self.there();
        }
        self.approach(branch, Target::Moment(moment));
        Aim::At(Target::Moment(moment))
    }

    /// Shows the nearest kept moment on the way to another.
    pub(super) fn approach(&mut self, branch: BranchId, target: Target) {
        let line = self.tree.line(branch);
        let here = Moment::of(self.world());
        let shared = line.shared_with(&self.now.line).unwrap_or(u64::MAX);
        let on_the_way = here.events <= shared
            && match target {
                Target::Time(at_us) => here.at_us <= at_us,
                // After the last event time may have gone on.
                Target::Events(events) => here.events < events,
                Target::Moment(moment) => here <= moment,
            };
        let start = self.copies.last(&line, |it| target.is_from(it));
        let start = start.expect("the beginning is kept");
        // A bit more of the way takes no longer than to look back afterwards.
        if on_the_way && here.events + LOOK_BACK_EVENTS >= start.events() {
            self.now.line = line;
            self.now.done = self.tree.done(&self.now.line, here.events);
            self.arrive();
        } else {
            let world = start.world.clone();
            self.jump(Follower::new(world, line, &self.tree));
        }
    }

    /// Runs on to a moment. Returns whether it is there, or comes no further.
    fn run_to(&mut self, target: Target, budget: &mut u64) -> bool {
        loop {
            let until_us = match target {
                Target::Time(at_us) => at_us,
                Target::Events(events) if self.world().events() >= events => return true,
                Target::Moment(moment) if self.world().events() >= moment.events => {
                    self.pass(moment.at_us);
                    return true;
                }
                _ => u64::MAX,
            };
            let due_us = self.now.next_due_us(&self.tree);
            if due_us.is_none_or(|due_us| due_us > until_us) {
                if let Target::Time(at_us) = target {
                    self.pass(at_us);
                }
                return true;
            }
            if *budget == 0 {
                return false;
            }
            *budget -= 1;
            // Where a recording can't be followed the world goes on without it.
            if let Err(TimelineError::Refused(_)) = self.go_on() {
                return true;
            }
        }
    }
}
