//! A recording as it is said in a link, and back.

use super::error::LinkError;
use super::wire::{Column, Line, Moment, WireFault};
use crate::sim::Intervention;

/// What was done, in columns.
pub(super) fn line(begins: Moment, interventions: &[Intervention]) -> Line {
    let mut line = Line {
        left_at: begins,
        ..Line::default()
    };
    let mut last = begins;
    for Intervention {
        after_events,
        at_us,
        action,
    } in interventions
    {
        line.events.0.push(after_events.saturating_sub(last.events));
        line.times_us.0.push(at_us.saturating_sub(last.at_us));
        line.actions.push(action.clone());
        // The intervention is itself an event.
        last = Moment {
            events: after_events + 1,
            at_us: *at_us,
        };
    }
    line
}

/// What was done, one after the other.
pub(super) fn interventions(line: &Line) -> Result<Vec<Intervention>, LinkError> {
    let Line {
        left_at,
        events: Column(events),
        times_us: Column(times_us),
        actions,
        ..
    } = line;
    if events.len() != actions.len() || times_us.len() != actions.len() {
        return Err(WireFault::Nonsense.into());
    }
    let mut last = *left_at;
    let mut interventions = Vec::with_capacity(actions.len());
    for ((events, time_us), action) in events.iter().zip(times_us).zip(actions) {
        let after_events = last
            .events
            .checked_add(*events)
            .ok_or(WireFault::Nonsense)?;
        let at_us = last
            .at_us
            .checked_add(*time_us)
            .ok_or(WireFault::Nonsense)?;
        interventions.push(Intervention {
            after_events,
            at_us,
            action: action.clone(),
        });
        last = Moment {
            events: after_events.checked_add(1).ok_or(WireFault::Nonsense)?,
            at_us,
        };
    }
    Ok(interventions)
}
