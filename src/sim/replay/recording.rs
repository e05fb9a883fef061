//! All that is needed to see a world again: what it began with, and what was done to it.

use serde::{Deserialize, Serialize};

use crate::raft::NUMBER_MAX;
use crate::sim::scenario::action::Action;
use crate::sim::scenario::{Scenario, ScenarioError, from_json_of_size};
use crate::sim::world::{Refused, World};

/// Which behaviour worlds have in this version. It is raised whenever a pinned digest moves
/// (`tests/digests`): from then on the same scenario, seed and interventions may go differently.
pub const BEHAVIOUR: u32 = 4;

/// The behaviour of the versions that did not count it yet.
fn uncounted() -> u32 {
    1
}

/// All that is needed to see a world again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Recording {
    /// The [`BEHAVIOUR`] of the version that made it; 1 if that is left out. In another version
    /// it may go differently, and says so where it does.
    #[serde(default = "uncounted")]
    pub behaviour: u32,
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
    /// The recording was made by a version in which worlds go differently.
    #[error(
        "{fault} (made by another version of Raftarium, or by hand: it goes differently from \
         {}.{:06} s on)",
        .at_us / 1_000_000,
        .at_us % 1_000_000
    )]
    OtherVersion {
        /// The time of the intervention, in microseconds.
        at_us: u64,
        /// What is wrong with it here.
        fault: Box<ReplayFault>,
    },
}

impl ReplayFault {
    /// What to say of it, where the recording was made by a version with that behaviour.
    pub(crate) fn made_by(self, behaviour: u32, at_us: u64) -> Self {
        if behaviour == BEHAVIOUR || self == Self::OutOfOrder {
            return self;
        }
        let fault = Box::new(self);
        Self::OtherVersion { at_us, fault }
    }
}

/// Goes on until `until_events` events have happened, intervening as told.
pub(super) fn repeat(
    world: &mut World,
    interventions: &[Intervention],
    until_events: u64,
) -> Result<(), ReplayError> {
    let mut rest = (0..).zip(interventions).peekable();
    while world.events() < until_events {
        let next = rest.next_if(|(_, next)| next.after_events <= world.events());
        if let Some((number, intervention)) = next {
            intervention
                .repeat(world)
                .map_err(|fault| ReplayError::Intervention { number, fault })?;
        } else if !matches!(world.step(), Ok(Some(_))) {
            return Ok(());
        }
    }
    Ok(())
}

impl Intervention {
    /// Does the same again.
    pub(crate) fn repeat(&self, world: &mut World) -> Result<(), ReplayFault> {
        let Self {
            after_events,
            at_us,
            ref action,
        } = *self;
        if after_events != world.events() {
            return Err(ReplayFault::OutOfOrder);
        }
        world.advance(at_us);
        let now_us = world.now_us();
        if now_us != at_us {
            return Err(ReplayFault::OutOfTime {
                after_events,
                now_us,
                at_us,
            });
        }
        Ok(world.apply(action.clone())?)
    }
}

impl Recording {
    /// What was done to a world, in this version.
    pub fn new(scenario: Scenario, seed: u64, interventions: Vec<Intervention>) -> Self {
        Self {
            behaviour: BEHAVIOUR,
            scenario,
            seed,
            interventions,
        }
    }

    /// The world that it is of, after `until_events` events.
    ///
    /// # Errors
    /// What is wrong with the scenario, or with the first intervention that can't be repeated.
    pub fn replay(&self, until_events: u64) -> Result<World, ReplayError> {
        let mut world = self.beginning()?;
        repeat(&mut world, &self.interventions, until_events)
            .map_err(|error| self.explain(error))?;
        Ok(world)
    }

    /// Whether it was made by a version in which worlds may go differently.
    pub fn is_of_another_version(&self) -> bool {
        self.behaviour != BEHAVIOUR
    }

    /// The error of a replay, with the other version as the reason if there is one.
    pub(crate) fn explain(&self, error: ReplayError) -> ReplayError {
        match error {
            ReplayError::Intervention { number, fault } => {
                let at_us = self.interventions.get(number).map_or(0, |it| it.at_us);
                let fault = fault.made_by(self.behaviour, at_us);
                ReplayError::Intervention { number, fault }
            }
            error => error,
        }
    }

    /// The longest text that is read, in bytes.
    pub const JSON_BYTES_MAX: usize = 64 * 1024 * 1024;

    /// Reads a recording. [`Document`](crate::document::Document) reads files of any kind.
    ///
    /// # Errors
    /// The first fault found, with its place.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        from_json_of_size(text, Self::JSON_BYTES_MAX)
    }

    /// Reads a file that holds one as its field `recording`, whatever else it holds.
    ///
    /// # Errors
    /// The first fault found, with its place.
    pub fn held_in_json(text: &str) -> Result<Self, ScenarioError> {
        #[derive(Deserialize)]
        struct Holder {
            recording: Recording,
        }
        let holder: Holder = from_json_of_size(text, Self::JSON_BYTES_MAX)?;
        Ok(holder.recording)
    }

    /// A scenario to which nothing was done, with its own seed or 1.
    pub fn untouched(scenario: Scenario) -> Self {
        let seed = scenario.seed.unwrap_or(1);
        Self::new(scenario, seed, Vec::new())
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::ReplicaId;

    fn scenario() -> Scenario {
        Scenario {
            replicas: 3,
            ..Scenario::default()
        }
    }

    #[test]
    fn a_recording_that_can_not_be_names_the_intervention() {
        let error_of = |interventions: &[(u64, u64, u16)]| {
            let interventions = interventions
                .iter()
                .map(|&(after_events, at_us, replica)| Intervention {
                    after_events,
                    at_us,
                    action: Action::Restart {
                        replica: ReplicaId(replica).into(),
                    },
                })
                .collect();
            let recording = Recording::new(scenario(), 5, interventions);
            recording.replay(100).expect_err("it can't be").to_string()
        };
        assert_eq!(error_of(&[(0, 0, 1)]), "interventions[0]: R1 is running");
        let empty = Scenario {
            replicas: 0,
            ..scenario()
        };
        let nobody = Recording::new(empty, 5, Vec::new());
        let error = nobody.replay(1).expect_err("nobody lives there");
        assert!(error.to_string().starts_with("scenario.replicas: "));
        let unheard_of = Recording::new(scenario(), NUMBER_MAX + 1, Vec::new());
        let error = unheard_of.replay(1).expect_err("no link can carry it");
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

    /// Files from before the behaviour was counted open, and say why they go differently.
    #[test]
    fn a_recording_of_another_version_says_so_where_it_differs() {
        let text = r#"{"scenario": {"replicas": 3}, "seed": 5, "interventions": [
            {"after_events": 0, "at_us": 0, "action": {"pause": {"replica": 2}}},
            {"after_events": 0, "at_us": 1500, "action": {"resume": {"replica": 1}}}]}"#;
        let mut recording = Recording::from_json(text).expect("it is one");
        assert!(recording.is_of_another_version());
        recording.interventions[1].after_events = 1;
        let at_us = {
            let mut world = recording.beginning().expect("it can be");
            world.step().expect("something is due");
            world.now_us()
        };
        recording.interventions[1].at_us = at_us;
        let error = recording.replay(9).expect_err("R1 is not paused");
        let said = error.to_string();
        let expected = "interventions[1]: R1 is running (made by another version of Raftarium, or by \
                        hand: it goes differently from 0.";
        assert!(said.starts_with(expected), "{said}");
        recording.behaviour = BEHAVIOUR;
        let error = recording.replay(9).expect_err("R1 is not paused");
        assert_eq!(error.to_string(), "interventions[1]: R1 is running");
    }
}
