//! What the clients must have been told. The log that all replicas agreed on is a
//! monitor: it puts all operations in one order. Carried out in that order by a machine
//! so simple that it can't be wrong, each operation once however often it stands in the
//! log, they must give every answer that a client was given; and the order must not
//! contradict the clocks: what was answered before something else was asked stands
//! before it. That is linearizability (Herlihy and Wing, 1990), checked in linear time
//! because the monitor is there.

use std::collections::{BTreeMap, BTreeSet};

use super::broken::in_json;
use crate::kv::{Answer, ClientId, Operation};
use crate::sim::view::{EntryView, PairView};

/// An operation and its answer, with their times.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) operation: Operation,
    /// What it was told; none: it gave up, and nobody knows.
    pub(super) answer: Option<Answer>,
    pub(super) asked_us: u64,
    /// When it was told; if it never was: at the end of time.
    pub(super) answered_us: u64,
}

/// By client and number of the request.
pub(super) type ToldBy = BTreeMap<(ClientId, u64), Told>;

/// Counts of what was checked.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Entries that were retries of commands earlier in the log.
    pub(super) retries: u64,
    /// Reads that are not in the log.
    pub(super) reads: u64,
}

/// A command that was carried out, with what was told about it, and what its key held
/// from then on.
struct Done<'a> {
    told: &'a Told,
    value: Option<&'a str>,
}

/// Checks all answers against the log, and the store too. Every operation has been
/// answered, or given up. Reads are checked only if none was known to be stale.
pub(super) fn check(
    log: &[EntryView],
    answers: &ToldBy,
    store: &[PairView],
    reads_are_sound: bool,
) -> Result<Found, String> {
    let mut pairs: BTreeMap<&str, &str> = BTreeMap::new();
    let mut names = BTreeSet::new();
    let mut writes: BTreeMap<&str, Vec<Done>> = BTreeMap::new();
    let mut found = Found::default();
    let mut latest_asked_us = 0;
    let mut newest: BTreeMap<ClientId, u64> = BTreeMap::new();
    for command in log.iter().filter_map(|entry| entry.command.as_ref()) {
        let name = (command.client, command.sequence);
        if !names.insert(name) {
            found.retries += 1;
            continue;
        }
        // What was given up may come late. The session has moved on then, and it does nothing.
        let newest = newest.entry(command.client).or_default();
        if command.sequence < *newest {
            continue;
        }
        *newest = command.sequence;
        let operation = &command.operation;
        let answer = carry_out(&mut pairs, operation);
        let told = answers.get(&name).ok_or_else(|| {
            format!(
                "{} stands in the log, but nobody was answered",
                called(name)
            )
        })?;
        // A read that is in the log may have been served outside it in the end.
        if !matches!(operation, Operation::Get { .. }) {
            if let Some(said) = told.answer.as_ref().filter(|&said| *said != answer) {
                return Err(format!(
                    "{} was told {}, but by the log it is {}",
                    called(name),
                    in_json(said),
                    in_json(&answer)
                ));
            }
            if told.answered_us < latest_asked_us {
                return Err(format!(
                    "{} was answered before something was asked that stands before it",
                    called(name)
                ));
            }
            latest_asked_us = latest_asked_us.max(told.asked_us);
            let key = operation.key();
            let value = pairs.get(key).copied();
            writes.entry(key).or_default().push(Done { told, value });
        }
    }
    let held = store.iter().map(|pair| (&*pair.key, &*pair.value));
    if !pairs.into_iter().eq(held) {
        return Err("the store holds something else than the log says".into());
    }
    for (name, told) in answers.iter().filter(|(_, told)| told.answer.is_some()) {
        let in_log = names.contains(name);
        if matches!(told.operation, Operation::Get { .. }) {
            found.reads += u64::from(!in_log);
            let writes = writes
                .get(told.operation.key())
                .map_or(&[][..], Vec::as_slice);
            if reads_are_sound && !fits(writes, told) {
                return Err(format!(
                    "{}, asked at {} us and answered at {} us, fits nowhere: {} was told {}",
                    called(*name),
                    told.asked_us,
                    told.answered_us,
                    in_json(&told.operation),
                    in_json(&told.answer),
                ));
            }
        } else if !in_log {
            return Err(format!(
                "{} was answered, but is not in the log",
                called(*name)
            ));
        }
    }
    Ok(found)
}

/// A request, as a person calls it.
fn called((client, sequence): (ClientId, u64)) -> String {
    format!("request {sequence} of C{}", client.0)
}

/// Whether there is a place in the order of the writes of its key where a read would have
/// given its answer: after all that was answered before it was asked, and before all that
/// was asked after it was answered.
///
/// Operations on other keys need not be looked at: a history is linearizable if each
/// key's is (Herlihy and Wing, theorem 1).
fn fits(writes: &[Done], read: &Told) -> bool {
    let first = writes
        .iter()
        .rposition(|done| done.told.answered_us < read.asked_us)
        .map_or(0, |place| place + 1);
    let last = writes
        .iter()
        .position(|done| done.told.asked_us > read.answered_us)
        .unwrap_or(writes.len());
    let value_before = |place: usize| {
        let before = place.checked_sub(1)?;
        writes[before].value
    };
    let Some(Answer::Value { value }) = &read.answer else {
        return false;
    };
    (first..=last).any(|place| value_before(place) == value.as_deref())
}

fn carry_out<'a>(pairs: &mut BTreeMap<&'a str, &'a str>, operation: &'a Operation) -> Answer {
    let owned = |value: Option<&&str>| value.map(|&value| value.to_owned());
    match operation {
        Operation::Put { key, value } => {
            pairs.insert(key, value);
            Answer::Written
        }
        Operation::Get { key } => Answer::Value {
            value: owned(pairs.get(key.as_str())),
        },
        Operation::Delete { key } => Answer::Deleted {
            existed: pairs.remove(key.as_str()).is_some(),
        },
        Operation::CompareAndSet {
            key,
            expected,
            value,
        } => {
            let held = pairs.get(key.as_str());
            if held.copied() == expected.as_deref() {
                pairs.insert(key, value);
                Answer::Swapped
            } else {
                Answer::NotSwapped { found: owned(held) }
            }
        }
    }
}
