//! The run of one world: what befalls it goes in through the world's one door and is
//! written down, so that it can be [seen again](super::case); the monitor looks on.

use super::broken::{self, Broken, in_json};
use super::coverage::Goal;
use super::monitor::{Monitor, is_blow};
use super::nemesis::{Awaited, Move, Nemesis};
use crate::sim::action::{Action, UnfinishedWrite};
use crate::sim::scenario::{Scenario, TimedAction};
use crate::sim::view::View;
use crate::sim::violation::Violation;
use crate::sim::{Recorder, Recording, Refused, World};

/// How often the monitor looks around. It hears what happens after each event.
const LOOK_US: u64 = 100_000;
/// Within this time of an election, a fault counts as just after it.
const JUST_AFTER_US: u64 = 50_000;

#[derive(Debug)]
pub(super) struct Run {
    pub(super) world: Recorder,
    pub(super) monitor: Monitor,
    next_look_us: u64,
    /// Whether any replica's timeouts differ from the scenario's.
    pub(super) timing_changed: bool,
    /// When a leader was last seen to be elected, and how many had been by then.
    elected: (u64, u64),
    /// Whether the liveness phase has come to rest, and only its checks are left.
    pub(super) is_at_rest: bool,
}

impl Run {
    pub(super) fn new(scenario: Scenario, seed: u64) -> Self {
        let times = |it: &TimedAction| matches!(it.action, Action::SetTiming { .. });
        Self {
            timing_changed: scenario.actions.iter().any(times),
            monitor: Monitor::new(&scenario),
            world: Recorder::new(World::new(scenario, seed)),
            next_look_us: 0,
            elected: (0, 0),
            is_at_rest: false,
        }
    }

    /// Everything done so far, so that it can be seen again.
    pub(super) fn recording(&self) -> Recording {
        self.world.recording()
    }

    /// How often something was done from outside.
    pub(super) fn interventions(&self) -> usize {
        self.world.interventions().len()
    }

    /// The fault phase, from beginning to end.
    pub(super) fn run_fault_phase(&mut self, nemesis: &mut Nemesis) -> Result<(), Broken> {
        let many = nemesis.kinds() >= 6;
        self.monitor.seen.see_if(Goal::FaultsOfManyKinds, many);
        while self.world.now_us() < nemesis.length_us {
            self.pass(nemesis.draw_pause_us())?;
            for step in nemesis.draw_moves(&self.world) {
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
        // Events due at this very moment happen only as time passes.
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
            self.monitor.look(&self.world, &self.world.view());
        }
    }

    /// Time passes up to `at_us`; of the events due at that very moment, the first `events` happen.
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
                self.monitor
                    .seen
                    .see_if(Goal::CrashedBeforeWriteDone, crashed);
                return Ok(());
            }
            let stepped = self.world.step();
            self.hear()?;
            if let (Some(replica), Ok(Some(_))) = (victim, stepped) {
                let crashed = self.apply(&Action::crash(replica))?;
                self.monitor
                    .seen
                    .see_if(Goal::CrashedAfterWriteDone, crashed);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Does something to the world. Returns whether it could be done.
    pub(super) fn apply(&mut self, action: &Action) -> Result<bool, Broken> {
        self.hear()?;
        let digest = self.world.digest();
        let before = self.world.view();
        match self.world.attempt(action.clone()) {
            Ok(()) => {
                let after = self.world.view();
                self.monitor.note(action, &self.world, &before, &after);
                self.timing_changed |= matches!(action, Action::SetTiming { .. });
                let just_after = self.world.now_us() < self.elected.0 + JUST_AFTER_US;
                let struck = is_blow(action) && self.elected.1 > 0 && just_after;
                self.monitor.seen.see_if(Goal::StruckAfterElection, struck);
                self.hear()?;
                Ok(true)
            }
            Err(Refused::Stopped(violation)) => Err(violated(&violation)),
            Err(refused) => {
                self.monitor.seen.see(Goal::ActionRefused);
                unchanged(&self.world, (digest, &before), action, &refused)?;
                self.world.take_back();
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
        self.monitor.hear(&notices, self.world.notices_missed())
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

/// A violation found by the world's own checkers.
pub(super) fn violated(violation: &Violation) -> Broken {
    Broken::new(violation.property(), violation.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::ReplicaId;
    use crate::sim::scenario::{Latency, LinkQuality, Workload};

    /// Some ten thousand answers in a second, and as many messages lost at a door: no answer
    /// goes past the monitor, and all of them fit.
    #[test]
    fn the_monitor_hears_everything_however_much_happens_at_once() {
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
        let mut run = Run::new(scenario, 1);
        run.pass(500_000).expect("nothing breaks");
        let answered = run.world.counters().answered_operations;
        let replica = ReplicaId(3).into();
        run.apply(&Action::Pause { replica }).expect("it runs");
        run.pass(100_000).expect("nothing breaks");
        let in_a_slice = run.world.counters().answered_operations - answered;
        assert!(in_a_slice > 5_000, "{in_a_slice}: a busy cluster");
        run.apply(&Action::crash(ReplicaId(3)))
            .expect("it is there");
        let workload = Workload::default();
        run.apply(&Action::SetWorkload { workload })
            .expect("it can be set");
        run.pass(2_000_000).expect("nothing breaks");
        let view = run.world.view();
        assert!(view.clients.iter().all(|client| client.current.is_none()));
        let checked = run.monitor.check_answers(&run.world, &view);
        assert_eq!(checked, Ok(()));
    }
}
