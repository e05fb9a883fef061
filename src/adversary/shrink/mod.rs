//! From a run that failed to the shortest scenario that still breaks the same property.
//!
//! A run becomes a [plan]: what was done, at which moment of virtual time. Then parts of it are
//! left out as long as the property still breaks: actions, in ever smaller pieces (Zeller and
//! Hildebrandt 2002: delta debugging); replicas and clients; the workload, in favour of explicit
//! requests; settings, in favour of the defaults; and time. Leaving something out changes all
//! random draws after it, so any seed that fails will do.
//!
//! The result is a scenario with timed actions where possible. A scenario can't name a single
//! message, which has no number before it is sent, nor a point between two events of the same
//! microsecond. Where the failure needs such things they stay interventions.

mod plan;
mod simpler;

use super::broken::NO_PANIC;
use super::case::{Case, End};
use super::run::Run;
use super::{Failure, guarded, is_about_rest};
use crate::kv::ClientId;
use crate::raft::ReplicaId;
use crate::sim::action::Action;
use crate::sim::scenario::Scenario;
use crate::sim::{Recording, ReplayError};
use plan::{Deed, Ending, Plan};

/// How much later a simplified case may still fail, in microseconds.
const GRACE_US: u64 = 200_000;
/// The pause between the last fault and the liveness phase, in microseconds.
const LULL_US: u64 = 100_000;

/// With no more actions than this, other seeds are tried too.
const ACTIONS_FEW: usize = 6;
/// How much of what was seen goes into the story.
const WHAT_CHARS_MAX: usize = 1_000;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Upper bound on the worlds to run.
    pub worlds_max: u64,
    /// Extra seeds to try for each simplification other than dropping actions.
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
    /// It breaks the same property. If that is checked at rest, the interventions that set up
    /// the liveness phase come after everything else.
    pub case: Case,
    /// Whether its scenario says all that is done. If not, the failure needs what a scenario
    /// can't say, and everything is done by interventions.
    pub is_scenario: bool,
    /// How many worlds were run.
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
    /// The failure needs something that the recording does not say.
    #[error("told anew, with {0} seeds, it does not break {1}")]
    Lost(u64, String),
}

/// Finds the shortest run that breaks the same property, reporting each step on the way.
///
/// # Errors
/// See [`ShrinkError`].
///
/// # Panics
/// Never: the best is one that failed.
pub fn shrink(
    case: &Case,
    effort: Effort,
    mut tell: impl FnMut(&Scenario, usize),
) -> Result<Shrunk, ShrinkError> {
    let failure = case.replay(|_| {})?.0.ok_or(ShrinkError::Clean)?;
    let exact = told(case, &failure)?;
    let mut search = Search {
        property: failure.property,
        until_us: case.end.at_us,
        best: None,
        worlds: 0,
        effort,
    };
    // A scenario is the best of files; but rather no scenario than nothing.
    let simple = exact.clone().plain();
    let put_off = exact.clone().put_off().plain();
    let seeds = 10 * effort.seeds;
    let tries = [(&simple, 0), (&put_off, 0), (&exact, 0), (&simple, seeds)];
    if !tries
        .iter()
        .any(|(told, seeds)| search.accept(told, *seeds))
    {
        return Err(ShrinkError::Lost(seeds + 1, search.property));
    }
    let minimal = loop {
        let before = search.plan().clone();
        search.round();
        tell(&search.plan().scenario, search.plan().deeds.len());
        if search.is_spent() {
            break false;
        }
        if *search.plan() == before {
            break true;
        }
    };
    let (plan, mut case) = search.best.expect("the first one failed");
    case.recording.scenario.title = format!("Breaks {}", search.property);
    case.recording.scenario.story = story(&case).into();
    Ok(Shrunk {
        case,
        is_scenario: plan.is_plain(),
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

/// All that was done in a run until it failed, except what set up the liveness phase.
fn told(case: &Case, failure: &Failure) -> Result<Plan, ReplayError> {
    let at_rest = is_about_rest(failure) || failure.property == NO_PANIC.name;
    let Some(rest) = case.end.rest.as_ref().filter(|_| at_rest) else {
        return Plan::of(&case.recording, Ending::None);
    };
    let mut interventions = case.recording.interventions.clone();
    interventions.truncate(rest.faults.unwrap_or(usize::MAX));
    let fault_phase = Recording {
        interventions,
        ..case.recording.clone()
    };
    let ending = rest.center.map_or(Ending::Rest, Ending::Star);
    let mut plan = Plan::of(&fault_phase, ending)?;
    // Replicas that had to come to rest are alive then. The others are dead, whatever they were.
    let (at_us, after) = plan.deeds.last().map_or((0, 0), |it| (it.at_us, it.after));
    let fates = plan.scenario.all_replicas().map(|id| {
        let replica = id.into();
        let action = if rest.living.contains(&id) {
            Action::Restart { replica }
        } else {
            Action::crash(id)
        };
        Deed {
            after,
            ..Deed::new(at_us, action)
        }
    });
    let fates: Vec<Deed> = fates.collect();
    plan.deeds.extend(fates);
    Ok(plan)
}

struct Search {
    /// The property that must break.
    property: String,
    /// By when it must break.
    until_us: u64,
    /// The simplest run so far that fails.
    best: Option<(Plan, Case)>,
    worlds: u64,
    effort: Effort,
}

impl Search {
    fn plan(&self) -> &Plan {
        let (plan, _) = self.best.as_ref().expect("the first one failed");
        plan
    }

    fn is_spent(&self) -> bool {
        self.worlds >= self.effort.worlds_max
    }

    /// Accepts a plan as the best one if it fails with its own seed or one of the first `seeds`.
    fn accept(&mut self, plan: &Plan, seeds: u64) -> bool {
        let own = plan.scenario.seed.into_iter();
        let found = own
            .chain(1..=seeds)
            .find_map(|seed| self.try_seed(plan, seed));
        let Some(found) = found else {
            return false;
        };
        self.until_us = found.1.end.at_us + GRACE_US;
        self.best = Some(found);
        true
    }

    /// A run with this seed, if it breaks the property.
    fn try_seed(&mut self, plan: &Plan, seed: u64) -> Option<(Plan, Case)> {
        let mut plan = plan.clone();
        plan.scenario.seed = Some(seed);
        let scenario = plan.told();
        if self.is_spent() || scenario.validate().is_err() {
            return None;
        }
        self.worlds += 1;
        let mut run = Run::new(scenario, seed);
        let mut rest = None;
        let lived = guarded(|| {
            plan.carry_out(&mut run)?;
            let center = match plan.ending {
                Ending::None => return run.pass_until(self.until_us, u32::MAX),
                Ending::Rest => None,
                Ending::Star(center) => Some(center),
            };
            run.pass_until(plan.last_us() + LULL_US, 0)?;
            run.rest_of_all(center, &mut rest)
        });
        let failure = lived.err()?.at(&run.world);
        let fits = failure.property == self.property;
        fits.then(|| {
            let case = Case {
                end: End {
                    events: run.world.events(),
                    at_us: run.world.now_us(),
                    rest: run.rest_to_check(rest, Some(&failure)),
                },
                recording: run.recording(),
                failure: Some(failure),
            };
            (plan, case)
        })
    }

    /// Tries every simplification once.
    fn round(&mut self) {
        self.drop_deeds();
        self.tell_plainly();
        self.drop_replicas();
        self.simplify_settings();
        self.make_requests_explicit();
        self.drop_deeds();
        self.simplify_actions();
        self.save_time();
    }

    /// Drops pieces of the list, the large ones first.
    fn drop_deeds(&mut self) {
        let mut piece = self.plan().deeds.len();
        while piece > 0 {
            let mut start = 0;
            while start < self.plan().deeds.len() {
                let mut fewer = self.plan().clone();
                let end = (start + piece).min(fewer.deeds.len());
                fewer.deeds.drain(start..end);
                let seeds = match fewer.deeds.len() {
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

    /// Says as much of it as possible the way a scenario can.
    fn tell_plainly(&mut self) {
        if self.plan().is_plain() {
            return;
        }
        let at_once = self.plan().clone().plain();
        let put_off = self.plan().clone().put_off().plain();
        if [at_once, put_off]
            .iter()
            .any(|told| self.accept(told, self.effort.seeds))
        {
            return;
        }
        for place in 0..self.plan().deeds.len() {
            for later_us in [0, 1] {
                let mut simple = self.plan().clone();
                let deed = &mut simple.deeds[place];
                if deed.after == 0 {
                    break;
                }
                deed.after = 0;
                deed.at_us += later_us;
                simple.deeds.sort_by_key(|deed| (deed.at_us, deed.after));
                if self.accept(&simple, 0) {
                    break;
                }
            }
        }
    }

    /// Drops one replica at a time, or two: the failure may depend on an even or odd number.
    fn drop_replicas(&mut self) {
        for id in (1..=self.plan().scenario.total()).rev().map(ReplicaId) {
            let Some(fewer) = simpler::without(self.plan(), id) else {
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
            let mut simple = self.plan().clone();
            change(&mut simple.scenario);
            if simple != *self.plan() {
                self.accept(&simple, self.effort.seeds);
            }
        }
        let mut without_star = self.plan().clone();
        if let Ending::Star(_) = without_star.ending {
            without_star.ending = Ending::Rest;
            self.accept(&without_star, self.effort.seeds);
        }
    }

    fn simplify_actions(&mut self) {
        for place in 0..self.plan().deeds.len() {
            for action in simpler::instead_of(&self.plan().deeds[place].action) {
                let mut simple = self.plan().clone();
                simple.deeds[place].action = action;
                if self.accept(&simple, 0) {
                    break;
                }
            }
        }
    }

    /// Turns what the workload asks into actions, each at its moment.
    fn make_requests_explicit(&mut self) {
        let (plan, case) = self.best.as_ref().expect("the first one failed");
        if plan.scenario.workload.operations_per_second == 0 {
            return;
        }
        let mut explicit = plan.clone();
        let asked = case.replay(|moment| {
            if moment.by_hand || *moment.action != (Action::Offer {}) {
                return;
            }
            let at_us = moment.world.now_us();
            for client in moment.world.view().clients {
                let asked = client.current.filter(|it| it.since_us == at_us);
                explicit.deeds.extend(asked.map(|asked| {
                    let request = Action::Request {
                        client: Some(client.id).filter(|&id| id != ClientId(1)),
                        operation: asked.operation,
                        reads: None,
                    };
                    Deed::new(at_us, request)
                }));
            }
        });
        if asked.is_ok() {
            explicit.deeds.sort_by_key(|deed| (deed.at_us, deed.after));
            explicit.scenario.workload.operations_per_second = 0;
            self.accept(&explicit, self.effort.seeds);
        }
    }

    /// Earlier, in rounder numbers, with another seed.
    fn save_time(&mut self) {
        for place in 0..self.plan().deeds.len() {
            let deeds = &self.plan().deeds;
            let before_us = place.checked_sub(1).map_or(0, |it| deeds[it].at_us);
            let gap_us = deeds[place].at_us - before_us;
            for less_us in [gap_us, gap_us / 2] {
                let mut earlier = self.plan().clone();
                for deed in &mut earlier.deeds[place..] {
                    deed.hurry(less_us);
                }
                if less_us > 0 && self.accept(&earlier, 0) {
                    break;
                }
            }
            for unit_us in [100_000, 10_000, 1_000] {
                let mut rounder = self.plan().clone();
                let at_us = &mut rounder.deeds[place].at_us;
                let round_us = *at_us / unit_us * unit_us;
                if round_us == *at_us {
                    break;
                }
                *at_us = round_us;
                rounder.deeds.sort_by_key(|deed| (deed.at_us, deed.after));
                if self.accept(&rounder, 0) {
                    break;
                }
            }
        }
        let plan = self.plan().clone();
        for seed in 1..=self.effort.seeds {
            let ends_us = self.best.as_ref().map_or(0, |(_, best)| best.end.at_us);
            if let Some((plan, case)) = self.try_seed(&plan, seed)
                && case.end.at_us < ends_us
            {
                self.until_us = case.end.at_us + GRACE_US;
                self.best = Some((plan, case));
            }
        }
    }
}
