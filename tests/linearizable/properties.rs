//! On random histories, the checker says what a checker says that tries every order.

use raftarium::history::{Answer, Completion, History, Operation, Record, Value, Verdict};
use raftarium::rng::Pcg32;

use super::{brute, random};
use crate::random::Shape;

/// A few operations that overlap much.
pub(crate) const SMALL: Shape = Shape {
    processes: 4,
    operations: 7,
    keys: 1,
    values: Some(2),
    appends: 0,
    cas: 25,
    writes: 30,
    deletes: 10,
    infos: 20,
    fails: 5,
    stale: 0,
};

/// Gives one answer of a history a new content.
pub(crate) fn bend(rng: &mut Pcg32, history: &History) -> History {
    let mut events: Vec<(usize, u64, Option<Completion>, usize)> = Vec::new();
    let records = history.records();
    let bent = rng.below(u32::try_from(records.len()).expect("few")) as usize;
    for (place, record) in records.iter().enumerate() {
        events.push((record.called_at, record.process, None, place));
        if let Some((at, outcome)) = &record.ended {
            let outcome = if place == bent {
                other(rng, &record.operation, outcome)
            } else {
                outcome.clone()
            };
            events.push((*at, record.process, Some(outcome), place));
        }
    }
    events.sort_by_key(|event| event.0);
    let mut other = History::new(history.initial().clone());
    for (_, process, outcome, place) in events {
        let event = match outcome {
            None => other.invoke(
                process,
                records[place].key.clone(),
                records[place].operation.clone(),
            ),
            Some(outcome) => other.end(process, outcome),
        };
        event.expect("the events are in order");
    }
    other
}

fn other(rng: &mut Pcg32, operation: &Operation, outcome: &Completion) -> Completion {
    let number = Value::from(i64::from(rng.below(3)));
    Completion::Ok(match (operation, outcome) {
        (Operation::Read, Completion::Ok(Answer::Value(Value::Text(text)))) => {
            let beginning = &text[..text.len() / 4 * 2];
            Answer::Value(beginning.into())
        }
        (Operation::Read, _) => Answer::Value(number),
        (Operation::Cas { .. }, Completion::Ok(Answer::Swapped)) => {
            let found = (rng.below(2) == 0).then_some(number);
            Answer::NotSwapped { found }
        }
        (Operation::Cas { .. }, _) => Answer::Swapped,
        (Operation::Delete, _) => Answer::Deleted {
            existed: rng.below(2) == 0,
        },
        (Operation::Write(_) | Operation::Append(_), Completion::Ok(_)) => return Completion::Fail,
        (Operation::Write(_) | Operation::Append(_), _) => Answer::Done,
    })
}

/// Operations as a history of their own.
pub(crate) fn of_records(records: &[Record], initial: &Value) -> History {
    let mut events: Vec<(usize, usize, bool)> = Vec::new();
    for (place, record) in records.iter().enumerate() {
        events.push((record.called_at, place, true));
        if let Some((at, _)) = record.ended {
            events.push((at, place, false));
        }
    }
    events.sort_unstable();
    let mut history = History::new(initial.clone());
    for (_, place, called) in events {
        let record = &records[place];
        let process = place as u64;
        let event = if called {
            history.invoke(process, record.key.clone(), record.operation.clone())
        } else {
            let (_, outcome) = record.ended.clone().expect("it ended");
            history.end(process, outcome)
        };
        event.expect("the events are in order");
    }
    history
}

/// Judges by both, and answers with what they agree on.
fn agreed(history: &History) -> bool {
    let expected = brute::is_linearizable(history);
    match history.check(100_000) {
        Verdict::Linearizable => assert!(expected, "there is no order: {history:#?}"),
        Verdict::NotLinearizable(part) => {
            assert!(!expected, "there is an order: {history:#?}");
            assert!(part.minimal);
            let alone = of_records(&part.operations, history.initial());
            assert!(
                !brute::is_linearizable(&alone),
                "the part has an order: {part:#?} of {history:#?}"
            );
        }
        Verdict::Undecided { key } => panic!("{key} is too much: {history:#?}"),
    }
    expected
}

fn compare(seed: u64, shape: Shape, histories: u32) {
    let mut rng = Pcg32::fork(seed, "histories", 0);
    let mut bad = 0;
    for _ in 0..histories {
        let good = random::history(&mut rng, shape);
        assert!(agreed(&good), "the service did one thing at a time");
        let mut bent = good;
        for _ in 0..=rng.below(2) {
            bent = bend(&mut rng, &bent);
        }
        bad += u32::from(!agreed(&bent));
    }
    assert!(
        bad > histories / 10 && bad < histories * 9 / 10,
        "{bad} of {histories} bent histories are bad: that compares little"
    );
}

#[test]
fn registers_as_every_order_says() {
    compare(1, SMALL, 10_000);
}

#[test]
fn distinct_values_as_every_order_says() {
    let distinct = Shape {
        values: None,
        cas: 10,
        deletes: 5,
        ..SMALL
    };
    compare(2, distinct, 10_000);
}

#[test]
fn two_keys_as_every_order_says() {
    compare(3, Shape { keys: 2, ..SMALL }, 4000);
}

#[test]
fn appends_as_every_order_says() {
    let appends = Shape {
        appends: 40,
        writes: 10,
        cas: 10,
        ..SMALL
    };
    compare(4, appends, 10_000);
}

#[test]
fn operations_without_answers_as_every_order_says() {
    let unanswered = Shape {
        infos: 60,
        values: Some(3),
        ..SMALL
    };
    compare(5, unanswered, 10_000);
    let distinct = Shape {
        values: None,
        ..unanswered
    };
    compare(6, distinct, 10_000);
}

#[test]
fn one_after_the_other_as_every_order_says() {
    let orderly = Shape {
        processes: 2,
        operations: 12,
        ..SMALL
    };
    compare(7, orderly, 4000);
}
