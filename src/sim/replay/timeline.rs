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
mod tests {
    use super::*;
    use crate::kv::Operation;
    use crate::raft::ReplicaId;
    use crate::sim::scenario::Workload;
    use crate::sim::scenario::action::Target;

    fn scenario() -> Scenario {
        Scenario {
            replicas: 3,
            workload: Workload {
                operations_per_second: 50,
                ..Workload::default()
            },
            ..Scenario::default()
        }
    }

    fn run(timeline: &mut Timeline, events: u64) {
        while timeline.world().events() < events {
            timeline.step().expect("nothing breaks");
        }
    }

    /// A timeline of many events, with interventions here and there.
    fn eventful() -> Timeline {
        let mut timeline = Timeline::new(scenario(), 5);
        let crash = Action::crash(Target::Leader);
        let restart = Action::Restart {
            replica: Target::Crashed,
        };
        for events in (500..40_000).step_by(2_500) {
            run(&mut timeline, events);
            timeline.advance(timeline.world().now_us() + 7);
            timeline.apply(crash.clone()).expect("there is a leader");
            run(&mut timeline, events + 900);
            timeline.apply(restart.clone()).expect("it is dead");
        }
        timeline
    }

    #[test]
    fn a_replay_of_the_recording_is_the_same_world() {
        let timeline = eventful();
        let written = serde_json::to_string(&timeline.recording()).unwrap();
        let recording: Recording = serde_json::from_str(&written).unwrap();
        assert!(recording.interventions.len() > 20);
        let replayed = recording.replay(timeline.world().events()).unwrap();
        assert_eq!(replayed.digest(), timeline.world().digest());
        assert_eq!(replayed.view(), timeline.world().view());
    }

    #[test]
    fn who_goes_back_and_on_again_comes_to_the_same_world() {
        let mut timeline = eventful();
        let end = (timeline.world().events(), timeline.world().digest());
        let recording = timeline.recording();
        for back in [1, 2, 1_000, 30_000, end.0] {
            timeline.rewind(end.0 - back).unwrap();
            assert_eq!(timeline.world().events(), end.0 - back);
            let before = recording.replay(end.0 - back).unwrap();
            assert_eq!(timeline.world().digest(), before.digest());
            // What came after was forgotten; do it again.
            let kept = timeline.recorder.interventions().len();
            for intervention in &recording.interventions[kept..] {
                run(&mut timeline, intervention.after_events);
                timeline.advance(intervention.at_us);
                timeline.apply(intervention.action.clone()).unwrap();
            }
            run(&mut timeline, end.0);
            assert_eq!(timeline.world().digest(), end.1);
            assert_eq!(timeline.recording(), recording);
        }
        assert_eq!(
            timeline.rewind(end.0 + 1),
            Err(TimelineError::NotYet(end.0))
        );
    }

    /// As a page does it: what is due is looked at, and then happens.
    fn follow(timeline: &mut Timeline, events: u64) {
        while timeline.world().events() < events {
            let due = timeline.next_due().expect("something is due");
            timeline.advance(due.at_us);
            timeline.apply(due.action).expect("it can be done");
        }
    }

    #[test]
    fn who_follows_a_recording_comes_to_the_same_world() {
        let original = eventful();
        let recording = original.recording();
        let (events, digest) = (original.world().events(), original.world().digest());
        let mut timeline = Timeline::follow(recording.clone()).expect("it is one");
        assert_eq!(timeline.recording(), recording);
        follow(&mut timeline, events);
        assert_eq!(timeline.world().digest(), digest);
        assert_eq!(timeline.recorder.interventions(), recording.interventions);
        // Back, and then on in steps.
        timeline.rewind(events / 2).unwrap();
        assert_eq!(timeline.recording(), recording);
        run(&mut timeline, events);
        assert_eq!(timeline.world().digest(), digest);
    }

    #[test]
    fn who_does_something_else_leaves_the_recording_until_that_never_happened() {
        let original = eventful();
        let recording = original.recording();
        let mut timeline = Timeline::follow(recording.clone()).expect("it is one");
        follow(&mut timeline, 10_000);
        let kept = timeline.recorder.interventions().len();
        timeline.apply(Action::HealAll {}).expect("it can be done");
        run(&mut timeline, 20_000);
        assert_eq!(timeline.recorder.interventions().len(), kept + 1);
        assert_eq!(
            timeline.recording().interventions,
            timeline.recorder.interventions()
        );
        timeline.rewind(10_001).unwrap();
        run(&mut timeline, 20_000);
        assert_eq!(timeline.recorder.interventions().len(), kept + 1);
        timeline.rewind(10_000).unwrap();
        follow(&mut timeline, original.world().events());
        assert_eq!(timeline.world().digest(), original.world().digest());
    }

    #[test]
    fn a_recording_that_can_not_be_is_left_where_it_goes_wrong() {
        let restart = |after_events, at_us| Intervention {
            after_events,
            at_us,
            action: Action::Restart {
                replica: ReplicaId(1).into(),
            },
        };
        let recording =
            |interventions: &[Intervention]| Recording::new(scenario(), 5, interventions.to_vec());
        let twice = recording(&[restart(7, 0), restart(7, 0)]);
        let error = Timeline::follow(twice).expect_err("one came after the other");
        assert_eq!(error.to_string(), "interventions[1]: it is out of order");

        for (wrong, said) in [
            (
                restart(0, 0),
                "the recording can't be followed: R1 is running",
            ),
            (
                restart(0, 50_000_000),
                "the recording can't be followed: after 0 events",
            ),
        ] {
            let mut timeline = Timeline::follow(recording(&[wrong])).expect("it looks well");
            let error = timeline.step().expect_err("it can't be done").to_string();
            assert!(error.starts_with(said), "{error}");
            run(&mut timeline, 100);
            assert_eq!(timeline.recording().interventions, []);
        }
    }

    #[test]
    fn what_falls_due_is_no_intervention() {
        let mut timeline = Timeline::new(scenario(), 5);
        for _ in 0..1_000 {
            let due = timeline.world().next_due().expect("something is due");
            timeline.apply(due.action).expect("it can be done");
        }
        assert_eq!(timeline.recording().interventions, []);
        let stepped = timeline.recording().replay(1_000).unwrap();
        assert_eq!(stepped.digest(), timeline.world().digest());
    }

    #[test]
    fn the_checkpoints_stay_few_and_are_the_closer_the_nearer() {
        let mut timeline = Timeline::new(scenario(), 1);
        run(&mut timeline, 300_000);
        let events: Vec<u64> = timeline
            .checkpoints
            .iter()
            .map(Checkpoint::events)
            .collect();
        assert!((CHECKPOINTS_MAX - 1..=CHECKPOINTS_MAX).contains(&events.len()));
        assert_eq!(events[0], 0);
        let now = timeline.world().events();
        let last = events[events.len() - 1];
        assert!(now - last <= now / SPACING_SHARE + SPACING_MIN);
        for gap in events.windows(2) {
            let (gap, age) = (gap[1] - gap[0], now - gap[0]);
            let youngest = SPACING_MIN + now / SPACING_SHARE;
            assert!(gap <= age / 4 + youngest, "{gap} events, {age} ago");
        }
    }

    /// The largest texts that there may be, in all replicas' stores, logs and snapshots.
    fn heavy() -> Timeline {
        let mut scenario = scenario();
        scenario.snapshots.every_entries = 50;
        let mut timeline = Timeline::new(scenario, 3);
        run(&mut timeline, 2_000);
        for number in 0..1_500 {
            let operation = Operation::Put {
                key: format!("{number}"),
                value: "x".repeat(4_096),
            };
            let request = Action::Request {
                client: None,
                operation,
                reads: None,
            };
            timeline.apply(request).expect("there is room");
            let events = timeline.world().events() + 100;
            run(&mut timeline, events);
        }
        timeline
    }

    #[test]
    fn checkpoints_of_a_large_world_are_fewer_and_the_past_is_the_same() {
        let mut timeline = heavy();
        let weight = timeline.weight();
        assert!(weight.world > 20_000_000, "{weight:?}");
        assert!(weight.checkpoints <= CHECKPOINTS_BYTES_MAX, "{weight:?}");
        assert!(timeline.checkpoints.len() < 20);
        assert_eq!(timeline.checkpoints[0].events(), 0);
        let (events, digest) = (timeline.world().events(), timeline.world().digest());
        let recording = timeline.recording();
        timeline.rewind(events / 2).expect("it was there");
        let again = recording.replay(events / 2).expect("it can be");
        assert_eq!(timeline.world().digest(), again.digest());
        let bytes: usize = timeline
            .recorder
            .interventions()
            .iter()
            .map(super::weight)
            .sum();
        assert_eq!(timeline.interventions_bytes, bytes);
        let mut followed = Timeline::follow(recording).expect("it is one");
        run(&mut followed, events);
        assert_eq!(followed.world().digest(), digest);
    }

    #[test]
    fn once_too_much_was_done_nothing_more_can_be_done_but_the_world_goes_on() {
        let mut timeline = Timeline::new(scenario(), 5);
        run(&mut timeline, 100);
        timeline.interventions_bytes = INTERVENTIONS_BYTES_MAX - INTERVENTION_BYTES;
        timeline.apply(Action::HealAll {}).expect("there is room");
        let before = (timeline.world().events(), timeline.world().digest());
        let refused = timeline
            .apply(Action::HealAll {})
            .expect_err("there is none");
        assert_eq!(refused, TimelineError::RecordingFull { actions: 1 });
        assert_eq!(
            refused.to_string(),
            "as much was done to this world as a recording keeps, 1 actions: save it, and begin another"
        );
        assert_eq!(
            (timeline.world().events(), timeline.world().digest()),
            before
        );
        run(&mut timeline, 1_000);
        // Going back makes room again.
        timeline.rewind(50).expect("it was there");
        timeline.apply(Action::HealAll {}).expect("there is room");
    }
}
