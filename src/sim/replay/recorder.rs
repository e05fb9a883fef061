//! A world, with a record of what is done to it from outside.

use std::ops::Deref;

use super::intervention::Intervention;
use super::recording::Recording;
use crate::sim::scenario::action::Action;
use crate::sim::view::trace::Notice;
use crate::sim::world::{Due, Refused, World};

/// A world that remembers what was done to it, so that it can be [seen again](Recording).
///
/// It is looked at like any world. Time passes in it like in any world, and only what is done
/// [from outside](Self::apply) is written down.
#[derive(Clone, Debug)]
pub struct Recorder {
    world: World,
    interventions: Vec<Intervention>,
}

impl Deref for Recorder {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Recorder {
    /// A world to which nothing was done yet.
    pub fn new(world: World) -> Self {
        Self {
            world,
            interventions: Vec::new(),
        }
    }

    /// What was done so far, in order.
    pub fn interventions(&self) -> &[Intervention] {
        &self.interventions
    }

    /// Everything needed to see this world again, up to now.
    pub fn recording(&self) -> Recording {
        let (scenario, seed) = (self.world.scenario().clone(), self.world.seed());
        Recording::new(scenario, seed, self.interventions.clone())
    }

    /// [`World::apply`], written down.
    ///
    /// # Errors
    /// As [`World::apply`]; then it is not written down.
    pub fn apply(&mut self, action: Action) -> Result<(), Refused> {
        self.attempt(action).inspect_err(|_| self.take_back())
    }

    /// [`World::apply`], written down even if it is refused: a refusal that changes the world
    /// must be seen again, too. If it changes nothing, it is to be [taken back](Self::take_back).
    pub(crate) fn attempt(&mut self, action: Action) -> Result<(), Refused> {
        // Before it is done: should the core panic over it, that must be seen again.
        let intervention = self.intervention(action.clone());
        self.interventions.push(intervention);
        self.world.apply(action)
    }

    /// Forgets the last [attempt](Self::attempt).
    pub(crate) fn take_back(&mut self) {
        self.interventions.pop();
    }

    /// An action as it would be written down now.
    fn intervention(&self, action: Action) -> Intervention {
        Intervention {
            after_events: self.world.events(),
            at_us: self.world.now_us(),
            action,
        }
    }

    /// [`World::step`].
    ///
    /// # Errors
    /// As [`World::step`].
    pub fn step(&mut self) -> Result<Option<Due>, Refused> {
        self.world.step()
    }

    /// [`World::step_until`].
    pub fn step_until(&mut self, until_us: u64) -> bool {
        self.world.step_until(until_us)
    }

    /// [`World::advance`].
    pub fn advance(&mut self, to_us: u64) {
        self.world.advance(to_us);
    }

    /// [`World::take_notices`].
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.world.take_notices()
    }
}
