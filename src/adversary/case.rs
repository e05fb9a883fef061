//! A run as a file: a recording, its end, and what was found. Replayed, it must be found
//! again.

use serde::{Deserialize, Serialize};

use super::broken::{Broken, Failure};
use super::guarded;
use super::liveness::LivenessCore;
use super::monitor::Monitor;
use super::run::{unchanged, violated};
use crate::raft::ReplicaId;
use crate::sim::action::Action;
use crate::sim::notice::Notice;
use crate::sim::scenario::{ScenarioError, from_json_of_size};
use crate::sim::{Intervention, Recording, ReplayError, ReplayFault, World};

/// A run to be seen again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The failure that was found, if any.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// Where it ends, and what must hold there.
    pub end: End,
    /// The run.
    pub recording: Recording,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// After how many events.
    pub events: u64,
    /// When, in microseconds of virtual time.
    pub at_us: u64,
    /// The replicas that must be at rest then, if that is to be checked.
    #[serde(default)]
    pub rest: Option<LivenessCore>,
}

/// One event of a replay.
#[derive(Debug)]
pub struct ReplayedEvent<'a> {
    /// The world after it.
    pub world: &'a World,
    /// The event itself.
    pub action: &'a Action,
    /// Whether it was done from outside.
    pub by_hand: bool,
    /// The notices of it.
    pub notices: &'a [Notice],
}

impl Case {
    /// The longest text that is read, in bytes.
    pub const JSON_BYTES_MAX: usize = Recording::JSON_BYTES_MAX;

    /// Reads a case. [`Document`](crate::document::Document) reads files of any kind.
    ///
    /// # Errors
    /// The first fault found, with its place.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        let case: Self = from_json_of_size(text, Self::JSON_BYTES_MAX)?;
        case.validate()?;
        Ok(case)
    }

    /// A recording such as the page makes, with an end: the moment that was shown, or else
    /// `after_us` microseconds after the last thing that is done in it. Nothing needs to be at rest
    /// there.
    pub fn of_recording(recording: Recording, after_us: u64) -> Self {
        let done = recording.interventions.iter().map(|it| it.at_us);
        let timed = recording.scenario.actions.iter().map(|it| it.at_us);
        let last_us = done.chain(timed).max().unwrap_or(0);
        // Nobody shows a world to which nothing has happened, for its own sake.
        let shown = recording.shown.filter(|shown| shown.events > 0);
        let (events, at_us) = shown.map_or_else(
            || (u64::MAX, last_us.saturating_add(after_us)),
            |shown| (shown.events, shown.at_us),
        );
        Self {
            failure: None,
            end: End {
                events,
                at_us,
                rest: None,
            },
            recording,
        }
    }

    /// Checks that the replicas that must be at rest in the end exist.
    fn validate(&self) -> Result<(), ScenarioError> {
        let Some(rest) = &self.end.rest else {
            return Ok(());
        };
        let total = self.recording.scenario.total();
        let there = |id: &ReplicaId| (1..=total).contains(&id.0);
        if rest.living.is_empty() {
            let fault = "must name at least one replica";
            return Err(ScenarioError::new("end.rest.living", fault));
        }
        let center = rest.center.iter().map(|id| ("end.rest.center", id));
        let living = rest.living.iter().map(|id| ("end.rest.living", id));
        for (field, id) in living.chain(center) {
            if !there(id) {
                let fault = format!("there is no {id}; the scenario has R1 to R{total}");
                return Err(ScenarioError::new(field, fault));
            }
        }
        Ok(())
    }

    /// Runs it again, calling `watch` after each event, and checks it again.
    ///
    /// # Errors
    /// The first fault of the recording.
    pub fn replay(
        &self,
        mut watch: impl FnMut(&ReplayedEvent),
    ) -> Result<(Option<Failure>, World), ReplayError> {
        let mut world = self.recording.beginning()?;
        let mut monitor = Monitor::new(world.scenario());
        let mut impossible = None;
        let checked = guarded(|| {
            self.repeat(&mut world, &mut monitor, &mut watch)
                .unwrap_or_else(|error| {
                    impossible = Some(self.recording.explain(error));
                    Ok(())
                })
        });
        match impossible {
            Some(error) => Err(error),
            None => Ok((checked.err().map(|broken| broken.at(&world)), world)),
        }
    }

    fn repeat(
        &self,
        world: &mut World,
        monitor: &mut Monitor,
        watch: &mut impl FnMut(&ReplayedEvent),
    ) -> Result<Result<(), Broken>, ReplayError> {
        let mut rest = (0..).zip(&self.recording.interventions).peekable();
        loop {
            let next = rest.next_if(|(_, next)| next.after_events <= world.events());
            let due;
            let (action, by_hand) = if let Some((number, intervention)) = next {
                if let Err(broken) = intervene(world, intervention, number)? {
                    return Ok(Err(broken));
                }
                (&intervention.action, true)
            } else {
                let next_us = world.next_due().map(|due| due.at_us);
                let is_over = next_us.is_none_or(|at_us| at_us > self.end.at_us);
                if is_over || world.events() >= self.end.events {
                    break;
                }
                match world.step() {
                    Ok(Some(happened)) => due = happened,
                    _ => break,
                }
                (&due.action, false)
            };
            let notices = world.take_notices();
            watch(&ReplayedEvent {
                world,
                action,
                by_hand,
                notices: &notices,
            });
            if let Some(violation) = world.violation() {
                return Ok(Err(violated(violation)));
            }
            if let Err(broken) = monitor.hear(&notices, world.notices_missed()) {
                return Ok(Err(broken));
            }
        }
        world.advance(self.end.at_us);
        // The liveness phase was made for the world as it was. In another version it may come
        // too early.
        let same_version = !self.recording.is_of_another_version();
        let rest = self.end.rest.as_ref();
        let rest = rest.filter(|it| same_version || it.faults.is_none());
        Ok(rest.map_or(Ok(()), |rest| rest.check(world, monitor)))
    }
}

/// Repeats an intervention. If it is refused, that must leave no trace, as in the run itself;
/// then the recording is wrong.
fn intervene(
    world: &mut World,
    intervention: &Intervention,
    number: usize,
) -> Result<Result<(), Broken>, ReplayError> {
    world.advance(intervention.at_us);
    let (digest, view) = (world.digest(), world.view());
    let Err(fault) = intervention.repeat(world) else {
        return Ok(Ok(()));
    };
    if let ReplayFault::Refused(refused) = &fault {
        let left = unchanged(world, (digest, &view), &intervention.action, refused);
        if left.is_err() {
            return Ok(left);
        }
    }
    Err(ReplayError::Intervention { number, fault })
}
