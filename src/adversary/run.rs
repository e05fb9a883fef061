//! The life of one world: what befalls it goes in through the world's one door and is
//! written down, so that it can be [seen again](super::case); the witness looks on.

use super::broken::{self, Broken, in_json};
use super::coverage::Goal;
use super::monitor::{Witness, is_blow};
use super::nemesis::{Awaited, Move, Storm};
use crate::sim::action::{Action, UnfinishedWrite};
use crate::sim::scenario::{Scenario, TimedAction};
use crate::sim::view::View;
use crate::sim::violation::Violation;
use crate::sim::{Intervention, Recording, Refused, World};

/// How often the witness looks around. It hears what happens after each event.
const LOOK_US: u64 = 100_000;
/// What is done within this time of an election is done just after it.
const JUST_AFTER_US: u64 = 50_000;

#[derive(Debug)]
pub(super) struct Life {
    pub(super) world: World,
    pub(super) witness: Witness,
    interventions: Vec<Intervention>,
    next_look_us: u64,
    /// Whether anybody's timeouts are others than the scenario's.
    pub(super) timing_changed: bool,
    /// When a leader was last seen to be elected, and how many had been by then.
    elected: (u64, u64),
    /// Whether the calm is over, and what is at rest is judged.
    pub(super) is_at_rest: bool,
}

impl Life {
    pub(super) fn new(scenario: Scenario, seed: u64) -> Self {
        let times = |it: &TimedAction| matches!(it.action, Action::SetTiming { .. });
        Self {
            timing_changed: scenario.actions.iter().any(times),
            witness: Witness::new(&scenario),
            world: World::new(scenario, seed),
            interventions: Vec::new(),
            next_look_us: 0,
            elected: (0, 0),
            is_at_rest: false,
        }
    }

    /// What was done so far, by which all can be seen again.
    pub(super) fn recording(&self) -> Recording {
        let (scenario, seed) = (self.world.scenario().clone(), self.world.seed());
        Recording::new(scenario, seed, self.interventions.clone())
    }

    /// How often something was done from outside.
    pub(super) fn interventions(&self) -> usize {
        self.interventions.len()
    }

    /// The storm, from its beginning to its end.
    pub(super) fn weather(&mut self, storm: &mut Storm) -> Result<(), Broken> {
        let many = storm.families() >= 6;
        self.witness.seen.see_if(Goal::FaultsOfManyKinds, many);
        while self.world.now_us() < storm.length_us {
            self.pass(storm.draw_pause_us())?;
            for step in storm.draw_moves(&self.world) {
                self.make(step)?;
            }
        }
        Ok(())
    }

    fn make(&mut self, step: Move) -> Result<(), Broken> {
        match step {
            Move::Do(action) => self.apply(&action).map(drop),
            Move::Wait { us } => self.pass(us),
            Move::Await { what, us_max } => self.wait_for(what, us_max),
            Move::CrashAtWrite {
                us_max,
                after,
                write,
            } => self.crash_at_write(us_max, after, write),
        }
    }

    /// Time passes, and nothing may break.
    pub(super) fn pass(&mut self, us: u64) -> Result<(), Broken> {
        // What is due at this very moment happens only as time passes.
        if us == 0 {
            return Ok(());
        }
        let until_us = self.world.now_us() + us;
        while self.world.step_until(until_us) {
            self.hear()?;
            self.look_around();
        }
        self.world.advance(until_us);
        self.look_around();
        Ok(())
    }

    fn look_around(&mut self) {
        if self.world.now_us() >= self.next_look_us {
            self.next_look_us = self.world.now_us() + LOOK_US;
            self.witness.look(&self.world, &self.world.view());
        }
    }

    /// Time passes up to `at_us`, and of what falls due at that very moment so much happens.
    pub(super) fn pass_until(&mut self, at_us: u64, events: u32) -> Result<(), Broken> {
        self.pass(at_us.saturating_sub(self.world.now_us() + 1))?;
        for _ in 0..events {
            if !self.world.step_until(at_us) {
                break;
            }
            self.hear()?;
        }
        self.world.advance(at_us);
        Ok(())
    }

    /// Event by event, so that what comes next meets the very moment.
    fn wait_for(&mut self, what: Awaited, us_max: u64) -> Result<(), Broken> {
        let until_us = self.world.now_us() + us_max;
        let before = what.count(&self.world.counters());
        while self.world.step_until(until_us) {
            self.hear()?;
            self.look_around();
            if what.count(&self.world.counters()) != before {
                break;
            }
        }
        Ok(())
    }

    fn crash_at_write(
        &mut self,
        us_max: u64,
        after: bool,
        write: UnfinishedWrite,
    ) -> Result<(), Broken> {
        let until_us = self.world.now_us() + us_max;
        while let Some(due) = self.world.next_due().filter(|due| due.at_us <= until_us) {
            let victim = match due.action {
                Action::Persist { replica } => Some(replica),
                _ => None,
            };
            if let (Some(replica), false) = (victim, after) {
                self.world.advance(due.at_us);
                let replica = replica.into();
                let crashed = self.apply(&Action::Crash { replica, write })?;
                self.witness
                    .seen
                    .see_if(Goal::CrashedBeforeWriteDone, crashed);
                return Ok(());
            }
            let stepped = self.world.step();
            self.hear()?;
            if let (Some(replica), Ok(Some(_))) = (victim, stepped) {
                let crashed = self.apply(&Action::crash(replica))?;
                self.witness
                    .seen
                    .see_if(Goal::CrashedAfterWriteDone, crashed);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Something is done to the world; whether it could be.
    pub(super) fn apply(&mut self, action: &Action) -> Result<bool, Broken> {
        self.hear()?;
        let digest = self.world.digest();
        let before = self.world.view();
        // Written down first: should the core fall over it, that must be seen again.
        self.interventions.push(Intervention {
            after_events: self.world.events(),
            at_us: self.world.now_us(),
            action: action.clone(),
        });
        match self.world.apply(action.clone()) {
            Ok(()) => {
                let after = self.world.view();
                self.witness.note(action, &self.world, &before, &after);
                self.timing_changed |= matches!(action, Action::SetTiming { .. });
                let just_after = self.world.now_us() < self.elected.0 + JUST_AFTER_US;
                let struck = is_blow(action) && self.elected.1 > 0 && just_after;
                self.witness.seen.see_if(Goal::StruckAfterElection, struck);
                self.hear()?;
                Ok(true)
            }
            Err(Refused::Stopped(violation)) => Err(violated(&violation)),
            Err(refused) => {
                self.witness.seen.see(Goal::ActionRefused);
                unchanged(&self.world, (digest, &before), action, &refused)?;
                self.interventions.pop();
                Ok(false)
            }
        }
    }

    /// Takes the notices, after each event.
    fn hear(&mut self) -> Result<(), Broken> {
        let notices = self.world.take_notices();
        let elections = self.world.counters().elections_won;
        if elections > self.elected.1 {
            self.elected = (self.world.now_us(), elections);
        }
        // A broken property comes first: what was told may follow from it.
        if let Some(violation) = self.world.violation() {
            return Err(violated(violation));
        }
        self.witness.hear(&notices, self.world.notices_missed())
    }
}

/// An action that was refused must have left the world as it was: its digest and its view.
pub(super) fn unchanged(
    world: &World,
    (digest, view): (u64, &View),
    action: &Action,
    refused: &Refused,
) -> Result<(), Broken> {
    if world.digest() == digest && world.view() == *view {
        return Ok(());
    }
    let what = format!("{}: {refused}", in_json(action));
    Err(Broken::new(broken::REFUSAL_CHANGES_NOTHING, what))
}

/// The world's own judges have spoken.
pub(super) fn violated(violation: &Violation) -> Broken {
    Broken::new(violation.property(), violation.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::ReplicaId;
    use crate::sim::scenario::{Latency, LinkQuality, Workload};

    /// Some ten thousand answers in a second, and as many messages lost at a door: no answer
    /// goes past the witness, and all of them fit.
    #[test]
    fn the_witness_hears_everything_however_much_happens_at_once() {
        let quality = LinkQuality {
            latency: Latency::Fixed { us: 500 },
            ..LinkQuality::default()
        };
        let scenario = Scenario {
            replicas: 3,
            network: quality,
            client_network: quality,
            workload: Workload {
                clients: 400,
                operations_per_second: 100_000,
                ..Workload::default()
            },
            ..Scenario::default()
        };
        let mut life = Life::new(scenario, 1);
        life.pass(500_000).expect("nothing breaks");
        let answered = life.world.counters().answered_operations;
        let replica = ReplicaId(3).into();
        life.apply(&Action::Pause { replica }).expect("it runs");
        life.pass(100_000).expect("nothing breaks");
        let in_a_slice = life.world.counters().answered_operations - answered;
        assert!(in_a_slice > 5_000, "{in_a_slice}: a busy cluster");
        life.apply(&Action::crash(ReplicaId(3)))
            .expect("it is there");
        let workload = Workload::default();
        life.apply(&Action::SetWorkload { workload })
            .expect("it can be set");
        life.pass(2_000_000).expect("nothing breaks");
        let view = life.world.view();
        assert!(view.clients.iter().all(|client| client.current.is_none()));
        let judged = life.witness.judge_answers(&life.world, &view);
        assert_eq!(judged, Ok(()));
    }
}
