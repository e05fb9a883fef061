//! A world that follows a line: what was done on it is done again at its time.

use super::tree::{Line, Tree};
use crate::sim::replay::fault::ReplayFault;
use crate::sim::replay::intervention::Intervention;
use crate::sim::world::{Due, Refused, World};

#[derive(Clone, Debug)]
pub(super) struct Follower {
    pub(super) world: World,
    pub(super) line: Line,
    /// How many of the line's interventions are done.
    pub(super) done: usize,
}

/// Why a world does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// It has stopped.
    Refused(Refused),
    /// The next intervention can't be done here.
    Fault(ReplayFault),
}

impl Follower {
    /// A world that is at some moment of a line.
    pub(super) fn new(world: World, line: Line, tree: &Tree) -> Self {
        let done = tree.done(&line, world.events());
        Self { world, line, done }
    }

    /// What was done next on the line, if nothing else came before it.
    pub(super) fn recorded_next<'t>(&self, tree: &'t Tree) -> Option<&'t Intervention> {
        let next = tree.intervention(&self.line, self.done);
        next.filter(|it| it.after_events <= self.world.events())
    }

    /// What falls due next: in the world, or as it was recorded.
    pub(super) fn next_due(&self, tree: &Tree) -> Option<Due> {
        match self.recorded_next(tree) {
            Some(next) if self.world.violation().is_none() => Some(Due {
                at_us: next.at_us,
                action: next.action.clone(),
            }),
            _ => self.world.next_due(),
        }
    }

    /// When that is.
    pub(super) fn next_due_us(&self, tree: &Tree) -> Option<u64> {
        match self.recorded_next(tree) {
            Some(next) if self.world.violation().is_none() => Some(next.at_us),
            _ => self.world.due_at(),
        }
    }

    /// What is due next happens, in the world, or as it was recorded.
    pub(super) fn step(&mut self, tree: &Tree) -> Result<Option<Due>, Halt> {
        let Some(next) = self.recorded_next(tree) else {
            return self.world.step().map_err(Halt::Refused);
        };
        next.repeat(&mut self.world).map_err(Halt::Fault)?;
        self.done += 1;
        Ok(Some(Due {
            at_us: next.at_us,
            action: next.action.clone(),
        }))
    }

    /// Goes on until so many events have happened, with at most `budget` of them. Returns
    /// whether it is there, or comes no further.
    pub(super) fn run_to(&mut self, events: u64, tree: &Tree, budget: &mut u64) -> bool {
        while self.world.events() < events {
            if *budget == 0 {
                return false;
            }
            *budget -= 1;
            if !matches!(self.step(tree), Ok(Some(_))) {
                return true;
            }
            self.world.drop_notices();
        }
        true
    }
}
