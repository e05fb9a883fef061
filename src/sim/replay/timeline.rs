//! The timeline of a world: how it came to be what it is, and the way back.
//!
//! A world is a function of its scenario, its seed and what was done to it from
//! outside. So a [`Recording`] of these three is all that is needed to see it again,
//! and any moment of its past. To go back, the timeline does not undo anything: it
//! keeps copies of the world at some earlier moments, takes the last one before the
//! moment asked for, and replays everything since.
//!
//! # What it may take
//!
//! However long a world runs, its past takes no more memory than is stated here. The copies are
//! the closer together the nearer they are to the present, so that a step back is quick, and a
//! way back to long ago takes about as long as a hundredth of what happened since. They are
//! trimmed freely: whatever moment they lie at, the past is the same. What was done from
//! outside can't be trimmed, or nobody could see the world again. So once there is too much
//! of it nothing more can be [done](TimelineError::RecordingFull), though the world goes on.
//!
//! A timeline can also follow a recording from its beginning: what was done then falls due
//! like anything else, until a hand does something else.

use serde::Serialize;

use super::recorder::Recorder;
use super::recording::{self, BEHAVIOUR, Intervention, Recording, ReplayError, ReplayFault};
use crate::sim::footprint::Footprint;
use crate::sim::scenario::Scenario;
use crate::sim::scenario::action::Action;
use crate::sim::view::trace::Notice;
use crate::sim::world::{Due, Refused, World};

/// At most this many copies of the world are kept.
const CHECKPOINTS_MAX: usize = 64;
/// And together they take at most about this many bytes; the beginning is always kept.
const CHECKPOINTS_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// The fewest events between two copies.
const SPACING_MIN: u64 = 1_024;
/// In the long run a copy is made each time the past has grown by this share, one in 128.
const SPACING_SHARE: u64 = 128;
/// About how many bytes the interventions may take.
const INTERVENTIONS_BYTES_MAX: usize = 32 * 1024 * 1024;
/// An intervention takes about this many bytes beside what its action says.
const INTERVENTION_BYTES: usize = 192;

/// Why a timeline does not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimelineError {
    /// The world refused it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Too much was done from outside for a recording of it to be kept.
    #[error(
        "as much was done to this world as a recording keeps, {actions} actions: save it, and begin another"
    )]
    RecordingFull {
        /// How many were done.
        actions: u64,
    },
    /// It was recorded, but could not be done again. It is not followed any more.
    #[error("the recording can't be followed: {0}")]
    OtherThanRecorded(ReplayFault),
    /// The timeline does not reach that far.
    #[error("only {0} events have happened")]
    NotYet(u64),
}

/// A world with its past.
#[derive(Clone, Debug)]
pub struct Timeline {
    recorder: Recorder,
    /// About how many bytes the interventions take.
    interventions_bytes: usize,
    /// The recording that is followed. What was done so far is its beginning, or else it is
    /// not followed any more.
    recorded: Vec<Intervention>,
    follows: bool,
    /// The behaviour of the version that made the recording.
    behaviour: u32,
    /// The world at earlier moments, oldest first; the first is the beginning.
    checkpoints: Vec<Checkpoint>,
}

/// The world at an earlier moment.
#[derive(Clone, Debug)]
struct Checkpoint {
    world: World,
    footprint: Footprint,
}

impl Timeline {
    /// The world of a scenario at its beginning.
    ///
    /// # Panics
    /// If the scenario is not [valid](Scenario::validate).
    pub fn new(scenario: Scenario, seed: u64) -> Self {
        Self::of(World::new(scenario, seed), Vec::new(), BEHAVIOUR)
    }

    /// The world of a recording at its beginning. What was done to it then will be done
    /// again.
    ///
    /// # Errors
    /// What is wrong with the scenario, with the seed, or with the order.
    pub fn follow(recording: Recording) -> Result<Self, ReplayError> {
        let world = recording.beginning()?;
        let pairs = recording.interventions.array_windows();
        let out_of_order =
            |[earlier, later]: &[Intervention; 2]| earlier.after_events >= later.after_events;
        if let Some(number) = pairs.into_iter().position(out_of_order) {
            return Err(ReplayError::Intervention {
                number: number + 1,
                fault: ReplayFault::OutOfOrder,
            });
        }
        Ok(Self::of(
            world,
            recording.interventions,
            recording.behaviour,
        ))
    }

    fn of(world: World, recorded: Vec<Intervention>, behaviour: u32) -> Self {
        Self {
            checkpoints: vec![Checkpoint::of(&world)],
            interventions_bytes: 0,
            recorded,
            follows: true,
            behaviour,
            recorder: Recorder::new(world),
        }
    }

    /// The world as it is now.
    pub fn world(&self) -> &World {
        &self.recorder
    }

    /// What falls due next: in the world, or as it was recorded.
    pub fn next_due(&self) -> Option<Due> {
        let due = self.recorder.next_due();
        match self.recorded_next() {
            Some(next) if self.recorder.violation().is_none() => Some(Due {
                at_us: next.at_us,
                action: next.action.clone(),
            }),
            _ => due,
        }
    }

    /// When [that](Self::next_due) is, in microseconds.
    pub fn due_at(&self) -> Option<u64> {
        match self.recorded_next() {
            Some(next) if self.recorder.violation().is_none() => Some(next.at_us),
            _ => self.recorder.due_at(),
        }
    }

    /// What was done next, if nothing else came before it.
    fn recorded_next(&self) -> Option<&Intervention> {
        let next = self.recorded.get(self.recorder.interventions().len());
        next.filter(|it| self.follows && it.after_events <= self.recorder.events())
    }

    /// [`World::apply`], kept in mind. What was recorded of the time to come is then not
    /// done any more.
    ///
    /// # Errors
    /// As [`World::apply`].
    pub fn apply(&mut self, action: Action) -> Result<(), TimelineError> {
        let as_recorded = self.recorded_next().map(|next| next.action == action);
        if as_recorded.unwrap_or_else(|| self.recorder.is_due(&action)) {
            return self.step().map(drop);
        }
        let bytes = weight(&self.recorder.intervention(action.clone()));
        if self.interventions_bytes + bytes > INTERVENTIONS_BYTES_MAX {
            let actions = self.recorder.interventions().len() as u64;
            return Err(TimelineError::RecordingFull { actions });
        }
        self.recorder.apply(action)?;
        self.follows = false;
        self.interventions_bytes += bytes;
        self.remember();
        Ok(())
    }

    /// [`World::step`], or what was recorded, if that comes next.
    ///
    /// # Errors
    /// As [`World::step`]; and if what was recorded can't be done: it is then not followed
    /// any more.
    pub fn step(&mut self) -> Result<Option<Due>, TimelineError> {
        let due = match self.recorded_next().cloned() {
            Some(next) => {
                self.recorder.repeat(&next).map_err(|fault| {
                    self.follows = false;
                    let fault = fault.made_by(self.behaviour, next.at_us);
                    TimelineError::OtherThanRecorded(fault)
                })?;
                let due = Due {
                    at_us: next.at_us,
                    action: next.action.clone(),
                };
                self.interventions_bytes += weight(&next);
                Some(due)
            }
            None => self.recorder.step()?,
        };
        self.remember();
        Ok(due)
    }

    /// [`World::advance`], but not beyond what was recorded either.
    pub fn advance(&mut self, to_us: u64) {
        let next_us = self.recorded_next().map_or(to_us, |next| next.at_us);
        self.recorder.advance(to_us.min(next_us));
    }

    /// [`World::take_notices`].
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.recorder.take_notices()
    }

    /// Goes back to the world as it was after `events` events. What came later is
    /// forgotten, the interventions too, and so are the notices. A recording whose beginning
    /// is left is followed again.
    ///
    /// # Errors
    /// [`TimelineError::NotYet`] if fewer have happened.
    ///
    /// # Panics
    /// If what happened once does not happen again: the world would not be deterministic.
    pub fn rewind(&mut self, events: u64) -> Result<(), TimelineError> {
        if events > self.recorder.events() {
            return Err(TimelineError::NotYet(self.recorder.events()));
        }
        let mut interventions = self.recorder.interventions().to_vec();
        interventions.retain(|intervention| intervention.after_events < events);
        self.interventions_bytes = interventions.iter().map(weight).sum();
        self.follows = self.recorded.starts_with(&interventions);
        self.checkpoints
            .retain(|checkpoint| checkpoint.events() <= events);
        let checkpoint = self.checkpoints.last().expect("the beginning is kept");
        let mut world = checkpoint.world.clone();
        let done = interventions
            .partition_point(|intervention| intervention.after_events < checkpoint.events());
        recording::repeat(&mut world, &interventions[done..], events)
            .expect("what has happened once happens again");
        world.take_notices();
        self.recorder = Recorder::resumed(world, interventions);
        Ok(())
    }

    /// All that is needed to see this world again, and what it follows of the time to come.
    pub fn recording(&self) -> Recording {
        // The rest was made by the version that made the recording.
        if self.follows && self.recorded.len() > self.recorder.interventions().len() {
            return Recording {
                behaviour: self.behaviour,
                scenario: self.recorder.scenario().clone(),
                seed: self.recorder.seed(),
                interventions: self.recorded.clone(),
            };
        }
        self.recorder.recording()
    }

    /// About how many bytes of memory the world takes, and its past.
    pub fn weight(&self) -> Weight {
        Weight {
            world: self.recorder.footprint().all(),
            checkpoints: self.checkpoints_bytes(),
            interventions: self.interventions_bytes as u64,
        }
    }

    /// Keeps a copy of the world if the last one is old enough.
    fn remember(&mut self) {
        let events = self.recorder.events();
        let last = self.checkpoints.last().map_or(0, Checkpoint::events);
        if events < last + SPACING_MIN.max(events / SPACING_SHARE) {
            return;
        }
        self.checkpoints.push(Checkpoint::of(&self.recorder));
        self.thin_out();
    }

    /// Forgets checkpoints until those that are left keep the bounds. The next one to go is
    /// always the one whose lack makes the smallest gap, for how long ago it is.
    fn thin_out(&mut self) {
        let now = self.recorder.events();
        while self.checkpoints.len() > 1
            && (self.checkpoints.len() > CHECKPOINTS_MAX
                || self.checkpoints_bytes() > CHECKPOINTS_BYTES_MAX)
        {
            let events: Vec<u64> = self.checkpoints.iter().map(Checkpoint::events).collect();
            let gap = |place: usize| {
                let before = events[place - 1];
                let after = events.get(place + 1).copied().unwrap_or(now);
                // A ratio in integers: how long the gap would be, by how long ago it begins.
                let (gap, age) = (u128::from(after - before), u128::from(now - before));
                (gap << 32) / age.max(1)
            };
            // The newest goes only if there is no other.
            let others = 1..(events.len() - 1).max(2);
            let place = others.min_by_key(|&place| gap(place)).unwrap_or(1);
            self.checkpoints.remove(place);
        }
    }

    /// About how many bytes the checkpoints take, beyond what the world takes anyway: each
    /// shares with the next what both hold of the same lists.
    fn checkpoints_bytes(&self) -> u64 {
        let own = |checkpoint: &Checkpoint| checkpoint.footprint.alone;
        let alone: u64 = self.checkpoints.iter().map(own).sum();
        let now = self.recorder.footprint();
        let footprints = self.checkpoints.iter().map(|it| &it.footprint);
        let next = footprints.clone().skip(1).chain([&now]);
        alone
            + footprints
                .zip(next)
                .map(|(one, next)| one.beyond(next))
                .sum::<u64>()
    }
}

/// About how many bytes of memory a world takes, and its past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Weight {
    /// The world as it is now.
    pub world: u64,
    /// The copies from which a moment of the past is made again.
    pub checkpoints: u64,
    /// What was done from outside.
    pub interventions: u64,
}

impl Checkpoint {
    fn of(world: &World) -> Self {
        let mut world = world.clone();
        world.take_notices();
        Self {
            footprint: world.footprint(),
            world,
        }
    }

    fn events(&self) -> u64 {
        self.world.events()
    }
}

/// About how many bytes an intervention takes.
fn weight(intervention: &Intervention) -> usize {
    let said = match &intervention.action {
        Action::Request { operation, .. } => operation.weight(),
        Action::Partition { groups } => groups.iter().map(|group| 32 + 8 * group.len()).sum(),
        Action::ChangeMembership { voters, learners } => 8 * (voters.len() + learners.len()),
        _ => 0,
    };
    INTERVENTION_BYTES + said
}

#[cfg(test)]
mod tests;
