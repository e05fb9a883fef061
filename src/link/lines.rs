//! A recording as a link says it, and back.

use super::error::LinkError;
use super::wire::{Column, Digests, Line, WireFault};
use crate::sim::{FORMAT, Intervention, Moment, RecordedBranch, Recording, Shown};

/// How many bits of the digest after each intervention a link has.
const DIGEST_BITS: u32 = 8;

/// The branches of a recording.
pub(super) fn lines(recording: &Recording) -> Vec<Line> {
    let first = Line {
        name: recording.name.clone(),
        end: recording.end,
        ..line(
            Moment::default(),
            &recording.interventions,
            &recording.digests,
        )
    };
    let others = recording.branches.iter().map(|branch| Line {
        parent: branch.parent,
        name: branch.name.clone(),
        end: branch.end,
        ..line(branch.left_at, &branch.interventions, &branch.digests)
    });
    [first].into_iter().chain(others).collect()
}

/// What was done, in columns.
fn line(left_at: Moment, interventions: &[Intervention], digests: &[u32]) -> Line {
    let mut line = Line {
        left_at,
        digests: Digests(digests.iter().map(|it| it.to_le_bytes()[0]).collect()),
        ..Line::default()
    };
    let mut last = left_at;
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

/// Puts branches into a recording that has none yet.
pub(super) fn record(
    recording: &mut Recording,
    lines: Vec<Line>,
    shown: Option<Shown>,
) -> Result<(), LinkError> {
    let mut lines = lines.into_iter();
    if let Some(first) = lines.next() {
        if first.parent != 0 || first.left_at != Moment::default() {
            return Err(LinkError::Nonsense);
        }
        recording.interventions = interventions(&first)?;
        recording.digests = digests(first.digests);
        (recording.name, recording.end) = (first.name, first.end);
    }
    for line in lines {
        let interventions = interventions(&line)?;
        recording.branches.push(RecordedBranch {
            parent: line.parent,
            left_at: line.left_at,
            name: line.name,
            interventions,
            digests: digests(line.digests),
            end: line.end,
        });
    }
    recording.shown = shown;
    let all = recording.branches.iter().map(|it| &it.digests);
    if all.chain([&recording.digests]).any(|it| !it.is_empty()) {
        recording.digest_bits = DIGEST_BITS;
    }
    if !recording.is_plain() {
        recording.format = FORMAT;
    }
    Ok(())
}

fn digests(digests: Digests) -> Vec<u32> {
    digests.0.into_iter().map(u32::from).collect()
}

/// What was done, one after the other.
fn interventions(line: &Line) -> Result<Vec<Intervention>, WireFault> {
    let Line {
        left_at,
        events: Column(events),
        times_us: Column(times_us),
        actions,
        ..
    } = line;
    if events.len() != actions.len() || times_us.len() != actions.len() {
        return Err(WireFault::Nonsense);
    }
    let mut last = *left_at;
    let mut interventions = Vec::with_capacity(actions.len());
    for ((events, time_us), action) in events.iter().zip(times_us).zip(actions) {
        let sum = |one: u64, other: u64| one.checked_add(other).ok_or(WireFault::Nonsense);
        let after_events = sum(last.events, *events)?;
        let at_us = sum(last.at_us, *time_us)?;
        interventions.push(Intervention {
            after_events,
            at_us,
            action: action.clone(),
        });
        last = Moment {
            events: sum(after_events, 1)?,
            at_us,
        };
    }
    Ok(interventions)
}
