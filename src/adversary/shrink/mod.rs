//! From a life that failed to the shortest scenario that still breaks the same property.
//!
//! A life is pinned to its events: take one action away, and the next one comes after another
//! event than it was meant for. So it is first told as a scenario, with everything that was
//! done at its moment of virtual time. Then whatever can go goes, as long as the property
//! still breaks: actions, in ever smaller pieces (Zeller and Hildebrandt 2002: delta debugging);
//! replicas and clients; the workload, for explicit requests; settings, for the defaults; and time.
//! What is left out moves all chance, so any seed will do that fails.
//!
//! What is done to single messages is left out from the start, for a message has no number
//! before it is sent: where it mattered, another seed may do it by chance.

mod simpler;

use super::case::{Case, End};
use super::life::Life;
use super::{Failure, guarded, is_about_rest};
use crate::kv::ClientId;
use crate::raft::ReplicaId;
use crate::sim::action::Action;
use crate::sim::notice::Happening;
use crate::sim::scenario::{Scenario, TimedAction};
use crate::sim::{ReplayError, World};

/// After what is simpler, the property may break so much later, in microseconds.
const GRACE_US: u64 = 200_000;
/// Where the storm is over, so much time may pass before the calm, in microseconds.
const LULL_US: u64 = 100_000;

/// Where no more actions are left, other seeds are tried too.
const ACTIONS_FEW: usize = 6;
/// So much of what was seen stands in the story.
const WHAT_CHARS_MAX: usize = 1_000;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// At most so many worlds are lived.
    pub worlds_max: u64,
    /// Of what is simpler in another way than by fewer actions, so many seeds are tried
    /// besides the last one that failed.
    pub seeds: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            worlds_max: 4_000,
            seeds: 10,
        }
    }
}

/// The shortest that was found.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// It breaks the same property. All that is done stands in its scenario; where the
    /// property is about rest, what makes the calm comes on top.
    pub case: Case,
    /// How many worlds were lived.
    pub worlds: u64,
    /// Whether nothing more could be left out: the effort was enough.
    pub minimal: bool,
}

/// Why there is nothing to shrink.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShrinkError {
    /// It can't be replayed.
    #[error("recording.{0}")]
    Replay(#[from] ReplayError),
    /// Nothing is wrong with it.
    #[error("nothing is wrong with it")]
    Clean,
    /// Told as a scenario it does not fail.
    #[error("told as a scenario, with {0} seeds, it does not break {1}")]
    Lost(u64, String),
}

/// The shortest life that breaks the same property, telling of each step on the way.
///
/// # Errors
/// See [`ShrinkError`].
///
/// # Panics
/// Never: the best is one that failed.
pub fn shrink(
    case: &Case,
    effort: Effort,
    mut tell: impl FnMut(&Scenario),
) -> Result<Shrunk, ShrinkError> {
    let (scenario, failure) = told_as_scenario(case)?;
    let at_rest = is_about_rest(&failure);
    let mut search = Search {
        property: failure.property,
        at_rest,
        until_us: case.end.at_us,
        best: None,
        worlds: 0,
        effort,
    };
    let seeds = 10 * effort.seeds;
    if !search.accept(&scenario, seeds) {
        return Err(ShrinkError::Lost(seeds + 1, search.property));
    }
    let minimal = loop {
        let before = search.scenario().clone();
        search.round();
        tell(search.scenario());
        if search.is_spent() {
            break false;
        }
        if *search.scenario() == before {
            break true;
        }
    };
    let mut case = search.best.expect("the first one failed");
    case.recording.scenario.title = format!("Breaks {}", search.property);
    case.recording.scenario.story = story(&case);
    Ok(Shrunk {
        case,
        worlds: search.worlds,
        minimal,
    })
}

fn story(case: &Case) -> String {
    let failure = case.failure.as_ref().expect("it failed");
    let Failure {
        property,
        what,
        event,
        ..
    } = failure;
    let at_us = case.end.at_us;
    let flaw = case.recording.scenario.flaw;
    let flaw = flaw.map_or_else(String::new, |flaw| flaw.story().to_owned() + " ");
    let what: String = what.chars().take(WHAT_CHARS_MAX).collect();
    format!("{flaw}At {at_us} us, event {event}, {property} is broken: {what}")
}

/// All that was done to a world as a part of its scenario, roles resolved.
fn told_as_scenario(case: &Case) -> Result<(Scenario, Failure), ShrinkError> {
    let mut resolved = Vec::new();
    let (failure, _) = case.replay(|moment| {
        if moment.by_hand {
            let done = moment.notices.iter().find_map(|notice| match &notice.what {
                Happening::Done { action } => Some(action),
                _ => None,
            });
            resolved.push(done.unwrap_or(moment.action).clone());
        }
    })?;
    let failure = failure.ok_or(ShrinkError::Clean)?;
    let mut scenario = case.recording.scenario.clone();
    scenario.seed = Some(case.recording.seed);
    for (place, intervention) in case.recording.interventions.iter().enumerate() {
        let at_us = intervention.at_us;
        let action = resolved.get(place).unwrap_or(&intervention.action).clone();
        let timed = TimedAction { at_us, action };
        if is_told(&timed, &scenario) {
            scenario.actions.push(timed);
        }
    }
    scenario.actions.sort_by_key(|timed| timed.at_us);
    // Who was not to come to rest is dead then, whatever kept it from it.
    if let Some(rest) = case.end.rest.as_ref().filter(|_| is_about_rest(&failure)) {
        let at_us = last_us(&scenario);
        let others = scenario
            .all_replicas()
            .filter(|id| !rest.living.contains(id));
        let crashes = others.map(|id| TimedAction {
            at_us,
            action: Action::crash(id),
        });
        scenario.actions.extend(crashes.collect::<Vec<_>>());
    }
    Ok((scenario, failure))
}

/// Whether a scenario can say that.
fn is_told(timed: &TimedAction, scenario: &Scenario) -> bool {
    let alone = Scenario {
        actions: vec![timed.clone()],
        ..scenario.clone()
    };
    alone.validate().is_ok()
}

fn last_us(scenario: &Scenario) -> u64 {
    scenario
        .actions
        .iter()
        .map(|it| it.at_us)
        .max()
        .unwrap_or(0)
}

struct Search {
    /// What must break.
    property: String,
    /// Whether it is judged when all should be at rest.
    at_rest: bool,
    /// By when it must break.
    until_us: u64,
    /// The simplest life so far that fails.
    best: Option<Case>,
    worlds: u64,
    effort: Effort,
}

impl Search {
    fn scenario(&self) -> &Scenario {
        let best = self.best.as_ref().expect("the first one failed");
        &best.recording.scenario
    }

    fn is_spent(&self) -> bool {
        self.worlds >= self.effort.worlds_max
    }

    /// Takes a scenario for the best if it fails, with its own seed or one of the first `seeds`.
    fn accept(&mut self, scenario: &Scenario, seeds: u64) -> bool {
        let own = scenario.seed.into_iter();
        let found = own.chain(1..=seeds).any(|seed| {
            let case = self.live(Scenario {
                seed: Some(seed),
                ..scenario.clone()
            });
            let failed = case.is_some();
            self.best = case.or(self.best.take());
            failed
        });
        if let (true, Some(best)) = (found, &self.best) {
            self.until_us = best.end.at_us + GRACE_US;
        }
        found
    }

    /// The life of a scenario, if it breaks the property.
    fn live(&mut self, scenario: Scenario) -> Option<Case> {
        if self.is_spent() || scenario.validate().is_err() {
            return None;
        }
        self.worlds += 1;
        let seed = scenario.seed?;
        let storm_us = last_us(&scenario) + LULL_US;
        let mut life = Life::new(scenario, seed);
        let mut rest = None;
        let lived = guarded(|| {
            if !self.at_rest {
                return life.pass(self.until_us);
            }
            life.pass(storm_us)?;
            life.rest_of_all(&mut rest)
        });
        let failure = lived.err()?.at(&life.world);
        let fits = failure.property == self.property;
        fits.then(|| Case {
            end: End {
                events: life.world.events(),
                at_us: life.world.now_us(),
                rest: rest.filter(|_| is_about_rest(&failure)),
            },
            recording: life.recording(),
            failure: Some(failure),
        })
    }

    /// Everything is tried once.
    fn round(&mut self) {
        self.drop_actions();
        self.drop_replicas();
        self.simplify_settings();
        self.make_requests_explicit();
        self.drop_actions();
        self.simplify_actions();
        self.save_time();
    }

    /// Pieces of the list go, the large ones first.
    fn drop_actions(&mut self) {
        let mut piece = self.scenario().actions.len();
        while piece > 0 {
            let mut start = 0;
            while start < self.scenario().actions.len() {
                let mut fewer = self.scenario().clone();
                let end = (start + piece).min(fewer.actions.len());
                fewer.actions.drain(start..end);
                let seeds = match fewer.actions.len() {
                    0..=ACTIONS_FEW => self.effort.seeds,
                    _ => 0,
                };
                if !self.accept(&fewer, seeds) {
                    start += piece;
                }
            }
            piece /= 2;
        }
    }

    /// One at a time, or two: what is wrong may depend on whether they are even.
    fn drop_replicas(&mut self) {
        for id in (1..=self.scenario().total()).rev().map(ReplicaId) {
            let Some(fewer) = simpler::without(self.scenario(), id) else {
                continue;
            };
            if !self.accept(&fewer, self.effort.seeds)
                && let Some(fewer) = simpler::without(&fewer, ReplicaId(id.0.max(2) - 1))
            {
                self.accept(&fewer, self.effort.seeds);
            }
        }
    }

    fn simplify_settings(&mut self) {
        for change in simpler::SETTINGS {
            let mut simple = self.scenario().clone();
            change(&mut simple);
            if simple != *self.scenario() {
                self.accept(&simple, self.effort.seeds);
            }
        }
    }

    fn simplify_actions(&mut self) {
        for place in 0..self.scenario().actions.len() {
            for action in simpler::instead_of(&self.scenario().actions[place].action) {
                let mut simple = self.scenario().clone();
                simple.actions[place].action = action;
                if self.accept(&simple, 0) {
                    break;
                }
            }
        }
    }

    /// What the workload asks is asked by actions, each at its moment.
    fn make_requests_explicit(&mut self) {
        let best = self.scenario();
        if best.workload.operations_per_second == 0 {
            return;
        }
        let (seed, mut explicit) = (best.seed.unwrap_or(1), best.clone());
        let mut world = World::new(best.clone(), seed);
        while let Ok(Some(due)) = world.step() {
            if due.at_us > self.until_us {
                break;
            }
            if due.action != (Action::Offer {}) {
                continue;
            }
            for client in world.view().clients {
                let asked = client.current.filter(|it| it.since_us == due.at_us);
                explicit.actions.extend(asked.map(|asked| TimedAction {
                    at_us: due.at_us,
                    action: Action::Request {
                        client: Some(client.id).filter(|&id| id != ClientId(1)),
                        operation: asked.operation,
                        reads: None,
                    },
                }));
            }
        }
        explicit.actions.sort_by_key(|timed| timed.at_us);
        explicit.workload.operations_per_second = 0;
        self.accept(&explicit, self.effort.seeds);
    }

    /// Earlier, in rounder numbers, with another seed.
    fn save_time(&mut self) {
        for place in 0..self.scenario().actions.len() {
            let actions = &self.scenario().actions;
            let before_us = place.checked_sub(1).map_or(0, |it| actions[it].at_us);
            let gap_us = actions[place].at_us - before_us;
            for less_us in [gap_us, gap_us / 2] {
                let mut earlier = self.scenario().clone();
                for timed in &mut earlier.actions[place..] {
                    timed.at_us -= less_us;
                }
                if less_us > 0 && self.accept(&earlier, 0) {
                    break;
                }
            }
            for unit_us in [100_000, 10_000, 1_000] {
                let mut rounder = self.scenario().clone();
                let at_us = &mut rounder.actions[place].at_us;
                let round_us = *at_us / unit_us * unit_us;
                if round_us == *at_us {
                    break;
                }
                *at_us = round_us;
                rounder.actions.sort_by_key(|timed| timed.at_us);
                if self.accept(&rounder, 0) {
                    break;
                }
            }
        }
        for seed in 1..=self.effort.seeds {
            let other = Scenario {
                seed: Some(seed),
                ..self.scenario().clone()
            };
            let ends_us = self.best.as_ref().map_or(0, |best| best.end.at_us);
            if let Some(case) = self.live(other)
                && case.end.at_us < ends_us
            {
                self.until_us = case.end.at_us + GRACE_US;
                self.best = Some(case);
            }
        }
    }
}
