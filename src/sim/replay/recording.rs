//! All that is needed to see a world again: what it began with, and what was done to it.

use serde::{Deserialize, Serialize};

use super::fault::ReplayError;
use super::intervention::{Intervention, repeat};
use super::moment::Moment;
use crate::raft::NUMBER_MAX;
use crate::sim::scenario::{Scenario, ScenarioError, from_json_of_size};
use crate::sim::world::World;

/// Which behaviour worlds have in this version. It is raised whenever a pinned digest moves
/// (`tests/digests`): from then on the same scenario, seed and interventions may go differently.
pub const BEHAVIOUR: u32 = 4;

/// Which form recordings have in this version. Those of older forms are read too.
pub const FORMAT: u32 = 2;

/// A recording has at most this many branches, the first included.
pub const BRANCHES_MAX: usize = 256;
/// The name of a branch has at most this many characters.
pub const NAME_CHARS_MAX: usize = 80;
/// About how many bytes of memory the interventions of a timeline may take.
pub(super) const INTERVENTIONS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The behaviour, and the form, of the versions that did not count it yet.
fn uncounted() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_first_form(format: &u32) -> bool {
    *format == 1
}

/// A file has all bits of a short digest.
fn all_bits() -> u32 {
    u32::BITS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_all_bits(bits: &u32) -> bool {
    *bits == u32::BITS
}

/// All that is needed to see a world again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Recording {
    /// The [`FORMAT`] that it is written in; 1 if that is left out: without branches.
    #[serde(default = "uncounted", skip_serializing_if = "is_first_form")]
    pub format: u32,
    /// The [`BEHAVIOUR`] of the version that made it; 1 if that is left out. In another version
    /// it may go differently, and says so where it does.
    #[serde(default = "uncounted")]
    pub behaviour: u32,
    /// What it began with.
    pub scenario: Scenario,
    /// The seed of all chance; 2^53 − 1 at most.
    pub seed: u64,
    /// What was done to it from outside, in order, on its first branch.
    #[serde(default)]
    pub interventions: Vec<Intervention>,
    /// Of the first so many of these: the low 32 bits of the world's digest after it. Where that
    /// is another when they are done again, the world goes differently.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<u32>,
    /// How many bits of these count, the lowest ones, 1 to 32: a link has fewer than a file.
    #[serde(default = "all_bits", skip_serializing_if = "is_all_bits")]
    pub digest_bits: u32,
    /// The name of the first branch; empty if it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How far the first branch was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// The other branches, each after the one that it leaves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<RecordedBranch>,
    /// What was shown; by default the beginning of the first branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
}

/// A branch that leaves another one. It begins with what was done on that before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct RecordedBranch {
    /// The place of the branch that it leaves: 0 is the first one, 1 the first of
    /// [`branches`](Recording::branches), and so on. Less than its own.
    pub parent: u32,
    /// Where it leaves that.
    pub left_at: Moment,
    /// Its name; empty if it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What was done since, in order.
    pub interventions: Vec<Intervention>,
    /// As those of the [recording](Recording::digests).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<u32>,
    /// How far it was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
}

/// The moment of a recording that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Shown {
    /// The place of the branch, as in [`RecordedBranch::parent`].
    pub branch: u32,
    /// How many events had happened.
    pub events: u64,
    /// The virtual time in microseconds.
    pub at_us: u64,
    /// The low 32 bits of the world's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<u32>,
}

impl Shown {
    /// The moment.
    pub fn moment(&self) -> Moment {
        Moment {
            events: self.events,
            at_us: self.at_us,
        }
    }
}

impl Shown {
    /// Whether a world that has come to the moment is the one that was shown, as far as that is
    /// known.
    pub fn is_as_shown(&self, world: &World) -> bool {
        self.digest.is_none_or(|it| it == short(world.digest()))
    }
}

/// The low half of a digest.
pub(super) fn short(digest: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "it is to be the low half")]
    let short = digest as u32;
    short
}

/// Whether short digests are the same, as far as so many bits tell.
pub(super) fn is_same_digest(one: u32, other: u32, bits: u32) -> bool {
    (one ^ other) << (u32::BITS - bits) == 0
}

impl Recording {
    /// What was done to a world, in this version.
    pub fn new(scenario: Scenario, seed: u64, interventions: Vec<Intervention>) -> Self {
        Self {
            // Without branches it is one that older versions read too.
            format: 1,
            behaviour: BEHAVIOUR,
            scenario,
            seed,
            interventions,
            digests: Vec::new(),
            digest_bits: u32::BITS,
            name: String::new(),
            end: None,
            branches: Vec::new(),
            shown: None,
        }
    }

    /// Whether it says no more than what was done on a single branch.
    pub(crate) fn is_plain(&self) -> bool {
        let unshown = self.end.is_none() && self.shown.is_none();
        let unnamed = self.name.is_empty() && self.digests.is_empty();
        unshown && unnamed && self.branches.is_empty()
    }

    /// Whether nothing was done to its world.
    pub fn is_untouched(&self) -> bool {
        self.interventions.is_empty() && self.branches.is_empty()
    }

    /// Whether the world went as it was recorded, if its digest was this after an intervention of
    /// the first branch. As far as that is known.
    pub fn is_as_recorded(&self, number: usize, digest: u64) -> bool {
        let recorded = self.digests.get(number);
        recorded.is_none_or(|it| is_same_digest(*it, short(digest), self.digest_bits))
    }

    /// One branch, by its place, as a recording without any others. None if there is no such
    /// branch, or it leaves none that is there.
    pub fn line(&self, place: usize) -> Option<Self> {
        let mut way = Vec::new();
        let mut next = place;
        while let Some(at) = next.checked_sub(1) {
            let branch = self.branches.get(at)?;
            way.push(branch);
            next = usize::try_from(branch.parent).ok().filter(|it| *it <= at)?;
        }
        let (mut interventions, mut digests) = (self.interventions.clone(), self.digests.clone());
        let (mut name, mut end) = (&self.name, self.end);
        for branch in way.into_iter().rev() {
            interventions.retain(|it| it.after_events < branch.left_at.events);
            let whole = digests.len() >= interventions.len();
            digests.truncate(interventions.len());
            interventions.extend_from_slice(&branch.interventions);
            if whole {
                digests.extend_from_slice(&branch.digests);
            }
            (name, end) = (&branch.name, branch.end);
        }
        Some(Self {
            interventions,
            digests,
            name: name.clone(),
            end,
            branches: Vec::new(),
            shown: None,
            ..self.clone()
        })
    }

    /// The branch that was shown, as a recording without any others.
    #[must_use]
    pub fn shown_line(self) -> Self {
        let Some(shown) = self.shown else {
            return self.line(0).unwrap_or(self);
        };
        let place = usize::try_from(shown.branch).ok();
        let line = place.and_then(|place| self.line(place));
        let shown = Some(Shown { branch: 0, ..shown });
        line.map_or(self, |line| Self { shown, ..line })
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
    use crate::sim::scenario::action::Action;

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
