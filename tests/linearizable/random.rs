//! Random histories.

use std::collections::BTreeMap;

use raftarium::history::{Answer, Completion, History, Operation, Value};
use raftarium::rng::Pcg32;

/// What kind of history is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) processes: u32,
    pub(crate) operations: u32,
    pub(crate) keys: u32,
    /// How many different values are written; `None`: each once.
    pub(crate) values: Option<u32>,
    /// Of a hundred operations.
    pub(crate) appends: u32,
    pub(crate) cas: u32,
    pub(crate) writes: u32,
    pub(crate) deletes: u32,
    /// Of a hundred ends.
    pub(crate) infos: u32,
    pub(crate) fails: u32,
    /// Of a thousand answers to a read: how many tell a value of long ago.
    pub(crate) stale: u32,
}

/// An operation that is under way.
struct UnderWay {
    key: u32,
    operation: Operation,
    /// What it will be told, once it has taken effect.
    told: Option<Answer>,
    /// It will never have an effect.
    doomed: bool,
}

/// Draws a history from a service that does one thing at a time, at a random moment
/// between call and answer. Without stale reads it is linearizable.
pub(crate) fn history(rng: &mut Pcg32, shape: Shape) -> History {
    let initial = if shape.appends > 0 {
        Value::Null
    } else {
        Value::from(0)
    };
    let mut history = History::new(initial.clone());
    let mut held: Vec<Vec<Value>> = vec![vec![initial]; shape.keys as usize];
    let mut open: BTreeMap<u64, UnderWay> = BTreeMap::new();
    // Given up by their clients, but they may still take effect.
    let mut loose: Vec<UnderWay> = Vec::new();
    let mut called = 0;
    while called < shape.operations || !open.is_empty() {
        if !loose.is_empty() && rng.below(20) == 0 {
            let place = rng.below(u32::try_from(loose.len()).expect("few"));
            let mut late = loose.swap_remove(place as usize);
            take_effect(rng, &mut late, &mut held, 0);
        }
        let process = u64::from(rng.below(shape.processes));
        let Some(mut under_way) = open.remove(&process) else {
            if called < shape.operations {
                called += 1;
                let key = rng.below(shape.keys);
                let current = held[key as usize].last().expect("the initial value");
                let current = current.clone();
                let operation = operation(rng, shape, called, current);
                let asked = history.invoke(process, name(key), operation.clone());
                asked.expect("the process has nothing open");
                let doomed = rng.below(100) < shape.fails;
                open.insert(
                    process,
                    UnderWay {
                        key,
                        operation,
                        told: None,
                        doomed,
                    },
                );
            }
            continue;
        };
        if under_way.doomed {
            history.end(process, Completion::Fail).expect("it is open");
        } else if under_way.told.is_none() && rng.below(100) < shape.infos {
            history.end(process, Completion::Info).expect("it is open");
            loose.push(under_way);
        } else if let Some(told) = under_way.told {
            history.ok(process, told).expect("it is open");
        } else {
            take_effect(rng, &mut under_way, &mut held, shape.stale);
            open.insert(process, under_way);
        }
    }
    history
}

fn name(key: u32) -> Value {
    i64::from(key).into()
}

fn operation(rng: &mut Pcg32, shape: Shape, fresh: u32, current: Value) -> Operation {
    let value = |rng: &mut Pcg32| -> Value {
        let number = shape.values.map_or(fresh, |values| rng.below(values));
        if shape.appends > 0 {
            (&*format!("{number},")).into()
        } else {
            i64::from(number).into()
        }
    };
    let mut dice = rng.below(100);
    let mut falls = |share: u32| {
        let falls = dice < share;
        dice = dice.wrapping_sub(share);
        falls
    };
    if falls(shape.appends) {
        let Value::Text(text) = value(rng) else {
            unreachable!("where there are appends, values are texts")
        };
        Operation::Append(text)
    } else if falls(shape.cas) {
        let expected = if shape.values.is_none() || rng.below(2) == 0 {
            current
        } else {
            value(rng)
        };
        let new = value(rng);
        Operation::Cas { expected, new }
    } else if falls(shape.writes) {
        Operation::Write(value(rng))
    } else if falls(shape.deletes) {
        Operation::Delete
    } else {
        Operation::Read
    }
}

fn take_effect(rng: &mut Pcg32, under_way: &mut UnderWay, held: &mut [Vec<Value>], stale: u32) {
    let held = &mut held[under_way.key as usize];
    let current = held.last().expect("the initial value");
    let (after, told) = match &under_way.operation {
        Operation::Read if rng.below(1000) < stale => {
            let long_ago = &held[held.len().saturating_sub(100)];
            (current.clone(), Answer::Value(long_ago.clone()))
        }
        Operation::Read => (current.clone(), Answer::Value(current.clone())),
        Operation::Write(value) => (value.clone(), Answer::Done),
        Operation::Cas { expected, new } if expected == current => (new.clone(), Answer::Swapped),
        Operation::Cas { .. } => {
            let found = (rng.below(4) == 0).then(|| current.clone());
            (current.clone(), Answer::NotSwapped { found })
        }
        Operation::Append(text) => {
            let before = match current {
                Value::Text(before) => before,
                _ => "",
            };
            (Value::from(&*format!("{before}{text}")), Answer::Done)
        }
        Operation::Delete => {
            let existed = *current != Value::Null;
            (Value::Null, Answer::Deleted { existed })
        }
    };
    if after != *current {
        held.push(after);
    }
    under_way.told = Some(told);
}
