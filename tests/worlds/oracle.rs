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
    pub(crate) answer: Answer,
    pub(crate) asked_us: u64,
    pub(crate) answered_us: u64,
}

/// By client and number of the request.
pub(crate) type History = BTreeMap<(ClientId, u64), Told>;

/// Checks all answers against the log. Returns how many entries were retries of
/// commands that stand in it before.
pub(crate) fn check(log: &[EntryView], history: &History, store: &[PairView]) -> u64 {
    let mut pairs: BTreeMap<&str, &str> = BTreeMap::new();
    let mut done = BTreeSet::new();
    let mut latest_asked_us = 0;
    let mut retries = 0;
    for command in log.iter().filter_map(|entry| entry.command.as_ref()) {
        let name = (command.client, command.sequence);
        if !done.insert(name) {
            retries += 1;
            continue;
        }
        let answer = carry_out(&mut pairs, &command.operation);
        let told = history.get(&name).expect("who asked was answered");
        assert_eq!(told.answer, answer, "at {name:?}: {:?}", command.operation);
        assert!(
            told.answered_us >= latest_asked_us,
            "{name:?} was answered before something was asked that stands before it"
        );
        latest_asked_us = latest_asked_us.max(told.asked_us);
    }
    assert_eq!(
        done.len(),
        history.len(),
        "an answer is from outside the log"
    );
    let held = store.iter().map(|pair| (&*pair.key, &*pair.value));
    assert!(pairs.into_iter().eq(held), "the stores hold something else");
    retries
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
