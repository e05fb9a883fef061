//! Something that was done from outside, and how it is done again.

use serde::{Deserialize, Serialize};

use super::fault::{ReplayError, ReplayFault};
use crate::sim::scenario::action::Action;
use crate::sim::world::World;

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
