//! The bounds of everything that comes from outside, checked before a world sees it.
//! They keep the world within what a browser can hold, and rule out what has no meaning.

mod action;
mod protocol;
mod scenario;

use std::fmt::Display;
use std::ops::RangeInclusive;

pub use self::action::{validate_action, validate_operation};
use super::ScenarioError;
use super::action::Target;
pub(super) use crate::raft::NUMBER_MAX;
use crate::raft::ReplicaId;

/// The longest delay, and the latest first tick: one minute.
pub(super) const DELAY_US_MAX: u64 = 60_000_000;
/// The largest cluster, its spares included.
const REPLICAS_MAX: u16 = 51;
pub(super) const MEBIBYTE: u32 = 1024 * 1024;
/// The most clients that work, besides client 1.
pub(super) const WORKING_CLIENTS_MAX: u16 = 1_000;
/// No operation has a longer key, whatever a scenario's store would take.
pub(super) const KEY_BYTES_MAX: u32 = 256;
/// No operation has a longer value.
pub(super) const VALUE_BYTES_MAX: u32 = 4_096;
const ACTIONS_MAX: usize = 10_000;
const TITLE_BYTES_MAX: usize = 256;
pub(super) const STORY_BYTES_MAX: usize = 16 * 1024;

pub(super) type Valid = Result<(), ScenarioError>;

/// A replica that exists.
pub(super) fn replica(path: &str, ReplicaId(id): ReplicaId, replicas: u16) -> Valid {
    if (1..=replicas).contains(&id) {
        return Ok(());
    }
    Err(ScenarioError::new(
        path,
        format!("there is no replica {id}, only 1 to {replicas}"),
    ))
}

/// The two ends of a link. Two names may come to mean the same replica; that is
/// for the world to refuse.
pub(super) fn apart(path: &str, from: impl Into<Target>, to: impl Into<Target>) -> Valid {
    match (from.into(), to.into()) {
        (Target::Replica(from), Target::Replica(to)) if from == to => Err(ScenarioError::new(
            path,
            format!("{to} has no link to itself"),
        )),
        _ => Ok(()),
    }
}

/// The rate of a clock.
pub(super) fn rate(path: &str, rate_ppm: u32) -> Valid {
    within(path, rate_ppm, 1_000..=1_000_000_000)
}

/// A number within its limits.
pub(super) fn within<T>(path: &str, value: T, limits: RangeInclusive<T>) -> Valid
where
    T: Copy + PartialOrd + Display,
{
    if limits.contains(&value) {
        return Ok(());
    }
    let (min, max) = limits.into_inner();
    Err(ScenarioError::new(
        path,
        format!("must be {min} to {max}, not {value}"),
    ))
}

/// A number of things within its limits.
pub(super) fn size(
    path: &str,
    number: usize,
    limits: RangeInclusive<usize>,
    things: &str,
) -> Valid {
    if limits.contains(&number) {
        return Ok(());
    }
    let (min, max) = limits.into_inner();
    Err(ScenarioError::new(
        path,
        format!("must be {min} to {max} {things}, not {number}"),
    ))
}
