//! All that is needed to see a world again: what it began with, and what was done to it.

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::refused::Refused;
use super::scenario::{Scenario, ScenarioError, Signs, from_json_of_size};
use super::world::World;
use crate::raft::NUMBER_MAX;

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
    pub(super) fn repeat(
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
    /// The longest text that is read, in bytes.
    pub const JSON_BYTES_MAX: usize = 64 * 1024 * 1024;

    /// Reads a recording; or a file that holds one as `recording`, as the adversary's do; or
    /// a [`Scenario`], to which nothing was done, with its own seed or 1.
    ///
    /// # Errors
    /// The first fault found, with its place.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        #[derive(Deserialize)]
        struct Holder {
            recording: Recording,
        }
        let signs = Signs::of(text, Self::JSON_BYTES_MAX)?;
        if signs.has("recording") {
            let holder: Holder = from_json_of_size(text, Self::JSON_BYTES_MAX)?;
            return Ok(holder.recording);
        }
        if signs.has("scenario") {
            return from_json_of_size(text, Self::JSON_BYTES_MAX);
        }
        let scenario = Scenario::from_json(text)?;
        Ok(Self {
            seed: scenario.seed.unwrap_or(1),
            interventions: Vec::new(),
            scenario,
        })
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

    #[test]
    fn a_recording_is_read_alone_or_from_what_holds_it() {
        let recording = Recording {
            scenario: scenario(),
            seed: 9,
            interventions: vec![Intervention {
                after_events: 3,
                at_us: 4,
                action: Action::HealAll {},
            }],
        };
        let alone = serde_json::to_string(&recording).expect("it is plain data");
        assert_eq!(Recording::from_json(&alone).as_ref(), Ok(&recording));
        let held = format!(r#"{{"failure": null, "end": {{}}, "recording": {alone}}}"#);
        assert_eq!(Recording::from_json(&held), Ok(recording));
        let scenario = Recording::from_json(r#"{"replicas": 3}"#).expect("it is a scenario");
        assert_eq!((scenario.seed, scenario.interventions.len()), (1, 0));
        for (text, said) in [
            ("{", "this is not JSON: it ends in"),
            (r#"{"replicas": 0}"#, "replicas: must be"),
            (r#"{"scenario": {}}"#, "missing field `seed`"),
            (r#"{"recording": {"seed": 1}}"#, "recording: missing field"),
            (
                r#"{"scenario": {}, "seed": 1, "interventions": [{"do": 1}]}"#,
                "interventions[0].do: unknown field",
            ),
        ] {
            let error = Recording::from_json(text).expect_err(text).to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
