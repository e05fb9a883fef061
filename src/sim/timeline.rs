//! The timeline of a world: how it came to be what it is, and the way back.
//!
//! A world is a function of its scenario, its seed and what was done to it from
//! outside. So a [`Recording`] of these three is all that is needed to see it again,
//! and any moment of its past. To go back, the timeline does not undo anything: it
//! keeps copies of the world at some earlier moments, takes the last one before the
//! moment asked for, and lets happen again what happened since.

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::notice::Notice;
use super::refused::Refused;
use super::scenario::{Scenario, ScenarioError};
use super::world::{Due, World};
use crate::raft::NUMBER_MAX;

/// At most this many copies of the world are kept.
const CHECKPOINTS_MAX: usize = 64;
/// And no more than hold this many keys and messages, all together.
const CHECKPOINTS_WEIGHT_MAX: usize = 1_000_000;
/// So many events lie between two copies, as long as there are few.
const SPACING_MIN: u64 = 1_024;

/// All that is needed to see a world again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Recording {
    /// What it began with.
    pub scenario: Scenario,
    /// The seed of all chance; 2^53 − 1 at most.
    pub seed: u64,
    /// What was done to it from outside, in order.
    #[serde(default)]
    pub interventions: Vec<Intervention>,
}

/// Something that was done from outside, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Intervention {
    /// How many events had happened before.
    pub after_events: u64,
    /// At what virtual time, in microseconds.
    pub at_us: u64,
    /// What was done.
    pub action: Action,
}

/// A recording that tells of something that can't have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// There is no world of such a scenario.
    #[error("scenario.{0}")]
    Scenario(#[from] ScenarioError),
    /// The seed is beyond what a link or JavaScript can carry.
    #[error("seed: must be 0 to {NUMBER_MAX}, not {0}")]
    Seed(u64),
    /// There was no such intervention.
    #[error("interventions[{number}]: {fault}")]
    Intervention {
        /// Which one, counted from zero.
        number: usize,
        /// What is wrong with it.
        fault: ReplayFault,
    },
}

/// What is wrong with an intervention of a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayFault {
    /// It could not be done.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Its time does not lie between the events before and after it.
    #[error("after {after_events} events it is {now_us} us, not {at_us} us")]
    OutOfTime {
        /// How many events had happened.
        after_events: u64,
        /// The nearest time to that of the intervention.
        now_us: u64,
        /// The time of the intervention.
        at_us: u64,
    },
    /// It stands after one that came later.
    #[error("it is out of order")]
    OutOfOrder,
}

/// A world with its past.
#[derive(Clone, Debug)]
pub struct Timeline {
    world: World,
    interventions: Vec<Intervention>,
    /// The world at earlier moments, oldest first; the first is the beginning.
    checkpoints: Vec<World>,
    /// How many events lie between two of them.
    spacing: u64,
}

impl World {
    /// The world that a recording is of, after `until_events` events.
    ///
    /// # Errors
    /// What is wrong with the scenario, or with the first intervention that can't be repeated.
    pub fn replay(recording: &Recording, until_events: u64) -> Result<Self, ReplayError> {
        let mut world = recording.beginning()?;
        world.repeat(&recording.interventions, until_events)?;
        Ok(world)
    }

    /// Goes on until `until_events` events have happened, intervening as told.
    fn repeat(
        &mut self,
        interventions: &[Intervention],
        until_events: u64,
    ) -> Result<(), ReplayError> {
        let mut rest = (0..).zip(interventions).peekable();
        while self.events() < until_events {
            let next = rest.next_if(|(_, next)| next.after_events <= self.events());
            if let Some((number, intervention)) = next {
                self.intervene(intervention)
                    .map_err(|fault| ReplayError::Intervention { number, fault })?;
            } else if !matches!(self.step(), Ok(Some(_))) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What was done once is done again.
    pub(crate) fn intervene(&mut self, intervention: &Intervention) -> Result<(), ReplayFault> {
        let Intervention {
            after_events,
            at_us,
            ref action,
        } = *intervention;
        if after_events != self.events() {
            return Err(ReplayFault::OutOfOrder);
        }
        self.advance(at_us);
        let now_us = self.now_us();
        if now_us != at_us {
            return Err(ReplayFault::OutOfTime {
                after_events,
                now_us,
                at_us,
            });
        }
        Ok(self.apply(action.clone())?)
    }
}

impl Recording {
    /// The world as it was before anything happened.
    ///
    /// # Errors
    /// What is wrong with the scenario or the seed.
    pub fn beginning(&self) -> Result<World, ReplayError> {
        self.scenario.validate()?;
        if self.seed > NUMBER_MAX {
            return Err(ReplayError::Seed(self.seed));
        }
        Ok(World::new(self.scenario.clone(), self.seed))
    }
}

impl Timeline {
    /// The world of a scenario at its beginning.
    ///
    /// # Panics
    /// If the scenario is not [valid](Scenario::validate).
    pub fn new(scenario: Scenario, seed: u64) -> Self {
        let world = World::new(scenario, seed);
        Self {
            checkpoints: vec![world.clone()],
            interventions: Vec::new(),
            spacing: SPACING_MIN,
            world,
        }
    }

    /// The world as it is now.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// [`World::apply`], kept in mind.
    ///
    /// # Errors
    /// As [`World::apply`].
    pub fn apply(&mut self, action: Action) -> Result<(), Refused> {
        if self.world.is_due(&action) {
            return self.step().map(drop);
        }
        let intervention = Intervention {
            after_events: self.world.events(),
            at_us: self.world.now_us(),
            action: action.clone(),
        };
        self.world.apply(action)?;
        self.interventions.push(intervention);
        self.remember();
        Ok(())
    }

    /// [`World::step`].
    ///
    /// # Errors
    /// As [`World::step`].
    pub fn step(&mut self) -> Result<Option<Due>, Refused> {
        let due = self.world.step()?;
        self.remember();
        Ok(due)
    }

    /// [`World::advance`].
    pub fn advance(&mut self, to_us: u64) {
        self.world.advance(to_us);
    }

    /// [`World::take_notices`].
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.world.take_notices()
    }

    /// Goes back to the world as it was after `events` events. What came later is
    /// forgotten, the interventions too, and so are the notices.
    ///
    /// # Errors
    /// [`Refused::NotYet`] if there were not so many.
    ///
    /// # Panics
    /// If what happened once does not happen again: the world would not be deterministic.
    pub fn rewind(&mut self, events: u64) -> Result<(), Refused> {
        if events > self.world.events() {
            return Err(Refused::NotYet(self.world.events()));
        }
        self.interventions
            .retain(|intervention| intervention.after_events < events);
        self.checkpoints
            .retain(|checkpoint| checkpoint.events() <= events);
        let checkpoint = self.checkpoints.last().expect("the beginning is kept");
        self.world = checkpoint.clone();
        let done = self
            .interventions
            .partition_point(|intervention| intervention.after_events < checkpoint.events());
        self.world
            .repeat(&self.interventions[done..], events)
            .expect("what has happened once happens again");
        self.world.take_notices();
        Ok(())
    }

    /// All that is needed to see this world again.
    pub fn recording(&self) -> Recording {
        Recording {
            scenario: self.world.scenario().clone(),
            seed: self.world.seed(),
            interventions: self.interventions.clone(),
        }
    }

    /// Keeps a copy of the world if the last one is old enough.
    fn remember(&mut self) {
        let last = self.checkpoints.last().map_or(0, World::events);
        if self.world.events() < last + self.spacing {
            return;
        }
        let mut checkpoint = self.world.clone();
        checkpoint.take_notices();
        self.checkpoints.push(checkpoint);
        let weight: usize = self.checkpoints.iter().map(World::weight).sum();
        if self.checkpoints.len() > CHECKPOINTS_MAX || weight > CHECKPOINTS_WEIGHT_MAX {
            self.thin_out();
        }
    }

    /// Forgets every second checkpoint, so that those that are left span the whole past.
    fn thin_out(&mut self) {
        self.spacing *= 2;
        let mut place = 0;
        self.checkpoints.retain(|_| {
            place += 1;
            place % 2 == 1
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::ReplicaId;
    use crate::sim::action::Target;
    use crate::sim::scenario::Workload;

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
        let replayed = World::replay(&recording, timeline.world().events()).unwrap();
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
            let before = World::replay(&recording, end.0 - back).unwrap();
            assert_eq!(timeline.world().digest(), before.digest());
            // What came after was forgotten; do it again.
            let kept = timeline.interventions.len();
            for intervention in &recording.interventions[kept..] {
                run(&mut timeline, intervention.after_events);
                timeline.advance(intervention.at_us);
                timeline.apply(intervention.action.clone()).unwrap();
            }
            run(&mut timeline, end.0);
            assert_eq!(timeline.world().digest(), end.1);
            assert_eq!(timeline.recording(), recording);
        }
        assert_eq!(timeline.rewind(end.0 + 1), Err(Refused::NotYet(end.0)));
    }

    #[test]
    fn what_falls_due_is_no_intervention() {
        let mut timeline = Timeline::new(scenario(), 5);
        for _ in 0..1_000 {
            let due = timeline.world().next_due().expect("something is due");
            timeline.apply(due.action).expect("it can be done");
        }
        assert_eq!(timeline.recording().interventions, []);
        let stepped = World::replay(&timeline.recording(), 1_000).unwrap();
        assert_eq!(stepped.digest(), timeline.world().digest());
    }

    #[test]
    fn the_checkpoints_stay_few_and_begin_at_the_beginning() {
        let mut timeline = Timeline::new(scenario(), 1);
        run(&mut timeline, 200_000);
        assert!(timeline.checkpoints.len() <= CHECKPOINTS_MAX);
        assert!(timeline.checkpoints.len() >= CHECKPOINTS_MAX / 2);
        assert_eq!(timeline.checkpoints[0].events(), 0);
    }

    #[test]
    fn a_recording_that_can_not_be_names_the_intervention() {
        let error_of = |interventions: &[(u64, u64, u16)]| {
            let recording = Recording {
                scenario: scenario(),
                seed: 5,
                interventions: interventions
                    .iter()
                    .map(|&(after_events, at_us, replica)| Intervention {
                        after_events,
                        at_us,
                        action: Action::Restart {
                            replica: ReplicaId(replica).into(),
                        },
                    })
                    .collect(),
            };
            World::replay(&recording, 100)
                .expect_err("it can't be")
                .to_string()
        };
        assert_eq!(error_of(&[(0, 0, 1)]), "interventions[0]: R1 is running");
        let nobody = Recording {
            scenario: Scenario {
                replicas: 0,
                ..scenario()
            },
            seed: 5,
            interventions: Vec::new(),
        };
        let error = World::replay(&nobody, 1).expect_err("nobody lives there");
        assert!(error.to_string().starts_with("scenario.replicas: "));
        let unheard_of = Recording {
            scenario: scenario(),
            seed: NUMBER_MAX + 1,
            interventions: Vec::new(),
        };
        let error = World::replay(&unheard_of, 1).expect_err("no link can carry it");
        assert_eq!(
            error.to_string(),
            "seed: must be 0 to 9007199254740991, not 9007199254740992"
        );
        let late = error_of(&[(0, 10_000_000, 1)]);
        assert!(
            late.starts_with("interventions[0]: after 0 events it is "),
            "{late}"
        );
    }
}
