//! What the clients must have been told. The log that all replicas agreed on at the
//! end is a witness: it puts all operations in one order. Carried out in that order
//! by a machine so simple that it can't be wrong, each operation once however often
//! it stands in the log, they must give every answer that a client was given; and the
//! order must not contradict the clocks: what was answered before something else was
//! asked stands before it. That is linearizability (Herlihy and Wing, 1990).

use std::collections::{BTreeMap, BTreeSet};

use raftarium::kv::{Answer, ClientId, Operation};
use raftarium::sim::view::{EntryView, PairView};

/// What a client was told, and when.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) operation: Operation,
    pub(crate) answer: Answer,
    pub(crate) asked_us: u64,
    pub(crate) answered_us: u64,
}

/// By client and number of the request.
pub(crate) type History = BTreeMap<(ClientId, u64), Told>;

/// What was found on the way.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Entries that were retries of commands which stand in the log before.
    pub(crate) retries: u64,
    /// Reads that do not stand in the log.
    pub(crate) reads: u64,
}

/// A command that was carried out, with what was told about it.
struct Done<'a> {
    operation: &'a Operation,
    told: &'a Told,
}

/// Checks all answers against the log, and the stores too.
pub(crate) fn check(log: &[EntryView], history: &History, store: &[PairView]) -> Found {
    let mut pairs: BTreeMap<&str, &str> = BTreeMap::new();
    let mut names = BTreeSet::new();
    let mut order: Vec<Done> = Vec::new();
    let mut found = Found::default();
    let mut latest_asked_us = 0;
    for command in log.iter().filter_map(|entry| entry.command.as_ref()) {
        let name = (command.client, command.sequence);
        if !names.insert(name) {
            found.retries += 1;
            continue;
        }
        let operation = &command.operation;
        let answer = carry_out(&mut pairs, operation);
        let told = history.get(&name).expect("who asked was answered");
        // A read that is in the log may have been served outside it in the end.
        if !matches!(operation, Operation::Get { .. }) {
            assert_eq!(told.answer, answer, "at {name:?}: {operation:?}");
            assert!(
                told.answered_us >= latest_asked_us,
                "{name:?} was answered before something was asked that stands before it"
            );
            latest_asked_us = latest_asked_us.max(told.asked_us);
            order.push(Done { operation, told });
        }
    }
    let held = store.iter().map(|pair| (&*pair.key, &*pair.value));
    assert!(pairs.into_iter().eq(held), "the stores hold something else");
    for (name, told) in history {
        if matches!(told.operation, Operation::Get { .. }) {
            found.reads += u64::from(!names.contains(name));
            assert!(
                fits(&order, told),
                "the read {name:?} fits nowhere: {told:?}"
            );
        } else {
            assert!(names.contains(name), "{name:?} is from outside the log");
        }
    }
    found
}

/// Whether there is a place in the order of the writes where a read would have given its
/// answer: after all that was answered before it was asked, and before all that was asked
/// after it was answered.
fn fits(order: &[Done], read: &Told) -> bool {
    let first = order
        .iter()
        .rposition(|done| done.told.answered_us < read.asked_us)
        .map_or(0, |place| place + 1);
    let last = order
        .iter()
        .position(|done| done.told.asked_us > read.answered_us)
        .unwrap_or(order.len());
    let key = read.operation.key();
    let value_before = |place: usize| {
        let writes = order[..place].iter().rev();
        let last = writes.into_iter().find(|done| done.operation.key() == key);
        match last.map(|done| done.operation) {
            Some(Operation::Put { value, .. }) => Some(value.clone()),
            _ => None,
        }
    };
    (first..=last).any(|place| {
        let value = value_before(place);
        read.answer == Answer::Value { value }
    })
}

/// The workload only puts and gets.
fn carry_out<'a>(pairs: &mut BTreeMap<&'a str, &'a str>, operation: &'a Operation) -> Answer {
    match operation {
        Operation::Put { key, value } => {
            pairs.insert(key, value);
            Answer::Written
        }
        Operation::Get { key } => Answer::Value {
            value: pairs.get(key.as_str()).map(|&value| value.to_owned()),
        },
        other => panic!("nobody asked for {other:?}"),
    }
}
