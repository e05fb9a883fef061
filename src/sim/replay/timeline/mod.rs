//! The timeline of a world: how it came to be what it is, the way back, and what else it might
//! have become.
//!
//! A world is a function of its scenario, its seed and what was done to it from
//! outside. So a [`Recording`](super::Recording) of these three is all that is needed to see it again,
//! and any moment of its past. To go back, the timeline does not undo anything: it
//! keeps copies of the world at some other moments, takes the last one before the
//! moment asked for, and replays what came between.
//!
//! # Branches
//!
//! Going back forgets nothing: what was done later is done again at its time, until something
//! else is done. That begins a branch, and what was is kept as another. So the past of a timeline
//! is a tree, of which one branch is shown at one moment.
//!
//! # What it may take
//!
//! However long a world runs, its past takes no more memory than is stated here.
//!
//! - The copies are the closer together the nearer they are to what is shown. They are
//!   trimmed freely: whatever moment they lie at, the past is the same.
//! - What was done from outside can't be trimmed, or nobody could see the world again. So once
//!   there is too much of it nothing more can be [done](TimelineError::RecordingFull), though the
//!   world goes on.
//! - What happened is counted in some thousands of slots for each branch, which become wider, and
//!   told in a journal that forgets the oldest of what is most frequent.
//!
//! A timeline can also begin with a recording: what was done then falls due
//! like anything else.

mod branches;
mod chronicle;
mod compare;
mod comparison;
mod copies;
mod error;
mod file;
mod follower;
mod overview;
mod search;
mod seek;
#[cfg(test)]
mod tests;
mod tracing;
mod tree;

use std::collections::VecDeque;

use serde::Serialize;

use self::copies::{Attic, Copies, SPACING_MIN, SPACING_SHARE};
use self::follower::{Follower, Halt};
use self::seek::{Course, LOOK_BACK_EVENTS, LOOK_BACK_US};
use self::tree::{Branch, ROOT, Tree};
use super::intervention::Intervention;
use super::moment::Moment;
use super::recording::{BEHAVIOUR, INTERVENTIONS_BYTES_MAX, Shown};
use crate::sim::scenario::Scenario;
use crate::sim::scenario::action::Action;
use crate::sim::view::trace::Notice;
use crate::sim::world::{Due, World};

pub use self::branches::{BranchView, Branches, DeletedBranch};
pub use self::compare::{Compare, CompareProgress};
pub use self::comparison::{ComparedPair, ComparedReplica, Comparison, Side, Told, ToldApart};
pub use self::error::TimelineError;
pub use self::overview::{Bucket, Overview};
pub use self::seek::{Seek, SeekProgress, SeekRequest, SeekTo};
pub use self::tracing::{TraceProgress, Tracing};
pub use self::tree::BranchId;

/// An intervention takes about this many bytes beside what its action says.
const INTERVENTION_BYTES: usize = 192;
/// Until somebody takes them, the notices of this many of the newest events are kept.
const NOTICES_EVENTS: u64 = 1_000;
/// The notices of this many of the last events are kept: with those nobody has to look back after
/// a short way.
const RECENT_EVENTS: u64 = 3 * LOOK_BACK_EVENTS;
/// And at most this many.
const RECENT_MAX: usize = 16_384;
/// All chronicles together are looked at each time one has become this many slots longer.
const TRIM_EVERY: usize = 256;
/// One world that is not needed any more is dropped in this many events.
const DROP_EVERY: u64 = 64;

/// A world with its past, and with what else it might have become.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The moment that is shown, on its line.
    now: Follower,
    tree: Tree,
    copies: Copies,
    attic: Attic,
    /// The first copy after the moment, on its line.
    next_copy: Option<u64>,
    /// The last copy up to the moment.
    last_copy: u64,
    course: Option<Course>,
    /// What was shown when the recording was written.
    recorded: Option<Shown>,
    /// How many bits the digests of the recording have.
    digest_bits: u32,
    /// How many events were ever played for a seek.
    replayed: u64,
    /// The notices of the last event.
    heard: Vec<Notice>,
    /// Those that nobody has taken yet.
    outbox: VecDeque<Notice>,
    /// Those of the time before the moment, all of them from `recent_from` on.
    recent: VecDeque<Notice>,
    recent_from: Moment,
}

impl Timeline {
    /// The world of a scenario at its beginning.
    ///
    /// # Panics
    /// If the scenario is not [valid](Scenario::validate).
    pub fn new(scenario: Scenario, seed: u64) -> Self {
        let root = Branch::beginning(None, Moment::default(), BEHAVIOUR);
        Self::of(World::new(scenario, seed), Tree::new(root))
    }

    fn of(world: World, tree: Tree) -> Self {
        let copies = Copies::new(&world);
        let line = tree.line(ROOT);
        Self {
            now: Follower::new(world, line, &tree),
            tree,
            copies,
            attic: Attic::default(),
            next_copy: None,
            last_copy: 0,
            course: None,
            recorded: None,
            digest_bits: u32::BITS,
            replayed: 0,
            heard: Vec::new(),
            outbox: VecDeque::new(),
            recent: VecDeque::new(),
            recent_from: Moment::default(),
        }
    }

    // --- what is shown ---

    /// The world as it is at the moment that is shown.
    pub fn world(&self) -> &World {
        &self.now.world
    }

    /// The branch that is shown.
    pub fn shown(&self) -> BranchId {
        self.now.line.branch()
    }

    /// What falls due next: in the world, or as it was recorded.
    pub fn next_due(&self) -> Option<Due> {
        self.now.next_due(&self.tree)
    }

    /// When [that](Self::next_due) is, in microseconds.
    pub fn due_at(&self) -> Option<u64> {
        self.now.next_due_us(&self.tree)
    }

    /// The notices since the last call, as of [`World::take_notices`]. A seek leaves only those
    /// of the time that it has run through.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.outbox.drain(..).collect()
    }

    /// All notices since `from_us` up to the moment that is shown, in order: of the last second,
    /// or of the last 4,096 events, however one came here.
    pub fn recent(&self, from_us: u64) -> impl DoubleEndedIterator<Item = &Notice> {
        let now = Moment::of(self.world());
        let is_before = |it: &Notice| it.at_us < from_us || is_well_before(moment_of(it), now);
        let before = self.recent.partition_point(is_before);
        self.recent.range(before..)
    }

    // --- going on ---

    /// [`World::apply`], kept in mind. If something was done later on this branch, it is the first
    /// intervention of another one, which is shown from now on.
    ///
    /// # Errors
    /// As [`World::apply`]; and if there is no room for it.
    pub fn apply(&mut self, action: Action) -> Result<(), TimelineError> {
        self.leave_seek();
        let next = self.now.recorded_next(&self.tree);
        let as_recorded = next.map(|next| next.action == action);
        if as_recorded.unwrap_or_else(|| self.world().is_due(&action)) {
            return self.step().map(drop);
        }
        let before = Moment::of(self.world());
        let intervention = Intervention {
            after_events: before.events,
            at_us: before.at_us,
            action: action.clone(),
        };
        let bytes = weight(&intervention);
        if !self.tree.has_room(bytes, INTERVENTIONS_BYTES_MAX) {
            let branches = self
                .tree
                .iter()
                .map(|(_, it)| it.interventions.len() as u64);
            let actions = branches.sum();
            return Err(TimelineError::RecordingFull { actions });
        }
        let owner = self.now.line.part_at(before.events).branch;
        let parts = owner != self.shown() || {
            let branch = self.tree.get(owner);
            branch.end.events > before.events
                || self
                    .tree
                    .intervention(&self.now.line, self.now.done)
                    .is_some()
        };
        if parts && self.tree.room() == 0 {
            return Err(TimelineError::TooManyBranches);
        }
        self.now.world.apply(action)?;
        if parts {
            let branch = self.tree.fork(owner, before, BEHAVIOUR);
            self.now.line = self.tree.line(branch);
            self.now.done = self.tree.done(&self.now.line, before.events);
            self.next_copy = None;
        }
        self.tree
            .push(self.shown(), intervention, self.short_digest());
        self.now.done += 1;
        self.hear();
        Ok(())
    }

    /// [`World::step`], or what was recorded, if that comes next.
    ///
    /// # Errors
    /// As [`World::step`]; and if what was recorded can't be done: it is then not followed
    /// any more.
    pub fn step(&mut self) -> Result<Option<Due>, TimelineError> {
        self.leave_seek();
        let due = self.go_on()?;
        if self.world().events().is_multiple_of(DROP_EVERY) {
            self.attic.drop_one();
        }
        Ok(due)
    }

    /// Drops one world that was needed for a seek, if there is one, and returns whether there
    /// was: for when there is time. Otherwise it is done as time goes on.
    pub fn tidy(&mut self) -> bool {
        self.attic.drop_one()
    }

    fn go_on(&mut self) -> Result<Option<Due>, TimelineError> {
        let number = self.now.done;
        let due = self.now.step(&self.tree).map_err(|halt| match halt {
            Halt::Refused(refused) => TimelineError::Refused(refused),
            Halt::Fault(fault) => {
                let line = &self.now.line;
                let next = self.tree.intervention(line, number);
                let at_us = next.map_or(0, |next| next.at_us);
                let behaviour = self.tree.get(line.branch()).behaviour;
                let line = line.clone();
                self.tree.give_up(&line, number, at_us);
                TimelineError::OtherThanRecorded(fault.made_by(behaviour, at_us))
            }
        })?;
        if due.is_some() {
            if self.now.done > number {
                self.compare_digest(number);
            }
            self.hear();
        }
        Ok(due)
    }

    /// An event has happened.
    fn hear(&mut self) {
        self.heard = self.now.world.take_notices();
        let now = Moment::of(self.world());
        let part = self.now.line.part_at(now.events).branch;
        if now.events > self.tree.get(part).seen.events {
            let chronicle = self.tree.chronicle(part, &self.now.world);
            let slots = chronicle.len();
            chronicle.note(&self.now.world, &self.heard);
            let longer = chronicle.len() > slots && chronicle.len().is_multiple_of(TRIM_EVERY);
            let branch = self.tree.get_mut(part);
            branch.reach(now);
            if branch.violation.is_none() && self.now.world.violation().is_some() {
                branch.violation = self.now.world.violation().cloned();
            }
            if longer {
                self.tree.trim_chronicles();
            }
        }
        for notice in &self.heard {
            self.outbox.push_back(notice.clone());
            self.recent.push_back(notice.clone());
        }
        let is_old = |it: &Notice| it.event + NOTICES_EVENTS <= now.events;
        while self.outbox.front().is_some_and(is_old) {
            self.outbox.pop_front();
        }
        self.trim_recent();
        self.remember(now.events);
    }

    /// Forgets the notices that are too long ago.
    fn trim_recent(&mut self) {
        let now = self.world().events();
        while let Some(first) = self.recent.front()
            && (first.event + RECENT_EVENTS <= now || self.recent.len() > RECENT_MAX)
        {
            let then = moment_of(first);
            while self
                .recent
                .front()
                .is_some_and(|it| it.event == then.events)
            {
                self.recent.pop_front();
            }
            self.recent_from = then;
        }
    }

    /// Takes what was heard from a moment on up to where the notices began so far.
    fn know_recent_from(&mut self, from: Moment, heard: Vec<Notice>) {
        for notice in heard.into_iter().rev() {
            self.recent.push_front(notice);
        }
        self.recent_from = from;
        self.trim_recent();
    }

    /// Whether the notices go back as far as [`recent`](Self::recent) says.
    fn knows_recent(&self) -> bool {
        let from = self.recent_from;
        from.events == 0 || is_well_before(from, Moment::of(self.world()))
    }

    /// Keeps a copy of the world if the last one is old enough, or goes on with the copy that
    /// was made here the last time: that shares its memory with what is kept of later.
    fn remember(&mut self, events: u64) {
        if self.next_copy == Some(events) {
            let line = &self.now.line;
            let kept = self.copies.last(line, |it| it.events <= events);
            if let Some(kept) = kept.filter(|it| it.events() == events) {
                assert_eq!(
                    kept.world.digest(),
                    self.now.world.digest(),
                    "what has happened once happens again"
                );
                let world = kept.world.clone();
                self.attic
                    .put(std::mem::replace(&mut self.now.world, world));
            }
            self.find_copies(events);
        }
        let seen = self.tree.get(self.shown()).seen.events;
        let spacing = SPACING_MIN.max(seen.max(events) / SPACING_SHARE);
        let too_close = |copy: u64| copy < events + spacing / 2;
        if events < self.last_copy + spacing || self.next_copy.is_some_and(too_close) {
            return;
        }
        self.copies
            .remember(&self.now.world, &self.now.line, &self.tree, &mut self.attic);
        self.last_copy = events;
    }

    /// Finds the copies before and after the moment.
    fn find_copies(&mut self, events: u64) {
        let line = &self.now.line;
        self.next_copy = self.copies.next(line, events).map(copies::Kept::events);
        let last = self.copies.last(line, |it| it.events <= events);
        self.last_copy = last.map_or(0, copies::Kept::events);
    }

    /// [`World::advance`], but not beyond what was recorded either.
    pub fn advance(&mut self, to_us: u64) {
        self.leave_seek();
        self.pass(to_us);
    }

    fn pass(&mut self, to_us: u64) {
        let next = self.now.recorded_next(&self.tree);
        let next_us = next.map_or(to_us, |next| next.at_us);
        self.now.world.advance(to_us.min(next_us));
        let now = Moment::of(self.world());
        let part = self.now.line.part_at(now.events).branch;
        let branch = self.tree.get_mut(part);
        if now.events == branch.seen.events && part == self.now.line.branch() {
            branch.reach(now);
        }
    }

    // --- going elsewhere ---

    /// Goes back to the world as it was after `events` events, all the way at once. Nothing is
    /// forgotten by that but the notices.
    ///
    /// # Errors
    /// [`TimelineError::NotYet`] if fewer have happened.
    ///
    /// # Panics
    /// If what happened once does not happen again: the world would not be deterministic.
    pub fn rewind(&mut self, events: u64) -> Result<(), TimelineError> {
        if events > self.world().events() {
            return Err(TimelineError::NotYet(self.world().events()));
        }
        self.seek(SeekRequest::to(SeekTo::Events(events)))?.finish();
        self.outbox.clear();
        Ok(())
    }

    /// How many events were ever played again to come to another moment.
    pub fn replayed(&self) -> u64 {
        self.replayed
    }

    /// Shows another moment.
    fn jump(&mut self, to: Follower) {
        let shared = to.line.shared_with(&self.now.line).unwrap_or(u64::MAX);
        let known = self.recent_from.events..=self.world().events().min(shared);
        let before = std::mem::replace(&mut self.now, to);
        self.attic.put(before.world);
        self.outbox.clear();
        let now = Moment::of(self.world());
        if known.contains(&now.events) {
            let until = self.recent.partition_point(|it| it.event <= now.events);
            self.recent.truncate(until);
        } else {
            self.recent.clear();
            self.recent_from = now;
        }
        self.arrive();
    }

    /// Another moment is shown, or another line from the same one.
    fn arrive(&mut self) {
        self.find_copies(self.now.world.events());
    }

    /// About how many bytes of memory the world takes, and its past.
    pub fn weight(&self) -> Weight {
        let copies = self.copies.bytes(self.world(), &self.now.line, &self.tree);
        Weight {
            world: self.world().footprint().all(),
            checkpoints: copies,
            interventions: self.tree.bytes() as u64,
            chronicles: self.tree.chronicles_weight(),
        }
    }

    /// How many copies of the world are kept.
    pub fn copies(&self) -> usize {
        self.copies.len()
    }
}

/// About how many bytes of memory a world takes, and its past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Weight {
    /// The world as it is at the moment that is shown.
    pub world: u64,
    /// The copies from which another moment is made again.
    pub checkpoints: u64,
    /// What was done from outside, on all branches.
    pub interventions: u64,
    /// What is known of what happened on them.
    pub chronicles: u64,
}

/// Whether what happened then is so long ago that the stage shows nothing of it any more.
fn is_well_before(then: Moment, now: Moment) -> bool {
    then.events + LOOK_BACK_EVENTS <= now.events || then.at_us + LOOK_BACK_US <= now.at_us
}

/// When it happened.
fn moment_of(notice: &Notice) -> Moment {
    Moment {
        events: notice.event,
        at_us: notice.at_us,
    }
}

/// About how many bytes an intervention takes.
fn weight(intervention: &Intervention) -> usize {
    INTERVENTION_BYTES + said(&intervention.action)
}

/// About how many bytes what an action says takes.
fn said(action: &Action) -> usize {
    match action {
        Action::Request { operation, .. } => operation.weight(),
        Action::Partition { groups } => groups.iter().map(|group| 32 + 8 * group.len()).sum(),
        Action::ChangeMembership { voters, learners } => 8 * (voters.len() + learners.len()),
        _ => 0,
    }
}
