//! The failing part is as small as it says: of thousands of random bad histories, no operation
//! of the part can be left out, with all that may have looked at what it left.
//!
//! Who may have looked at what is said here once more, in the plainest way, and held against
//! good histories first: what is left of those must still be good.

use raftarium::history::{
    Answer, Completion, FailingPart, History, Operation, Record, Value, Verdict,
};
use raftarium::rng::Pcg32;

use super::properties::{SMALL, bend, of_records};
use super::random::{Shape, history};
use super::{brute, parts};

/// What an operation needs, as far as it or its answer says.
#[derive(PartialEq)]
enum Need<'a> {
    Nothing,
    Value(&'a Value),
    Another(&'a Value),
}

/// What it leaves.
#[derive(PartialEq)]
enum Left<'a> {
    Nothing,
    Value(&'a Value),
    /// This at its end.
    Appended(&'a str),
}

static NULL: Value = Value::Null;

fn answer(record: &Record) -> Option<(usize, &Answer)> {
    match &record.ended {
        Some((at, Completion::Ok(answer))) => Some((*at, answer)),
        _ => None,
    }
}

fn need(record: &Record) -> Need<'_> {
    match (&record.operation, answer(record).map(|(_, answer)| answer)) {
        (_, Some(Answer::Value(value) | Answer::NotSwapped { found: Some(value) })) => {
            Need::Value(value)
        }
        (Operation::Cas { expected, .. }, Some(Answer::NotSwapped { .. })) => {
            Need::Another(expected)
        }
        (Operation::Cas { expected, .. }, _) => Need::Value(expected),
        (_, Some(Answer::Deleted { existed: true })) => Need::Another(&NULL),
        (_, Some(Answer::Deleted { existed: false })) => Need::Value(&NULL),
        _ => Need::Nothing,
    }
}

fn left(record: &Record) -> Left<'_> {
    match (&record.operation, answer(record).map(|(_, answer)| answer)) {
        (Operation::Read, _)
        | (_, Some(Answer::NotSwapped { .. } | Answer::Deleted { existed: false })) => {
            Left::Nothing
        }
        (Operation::Cas { expected, new }, _) if expected == new => Left::Nothing,
        (Operation::Write(value) | Operation::Cas { new: value, .. }, _) => Left::Value(value),
        (Operation::Delete, _) => Left::Value(&NULL),
        (Operation::Append(text), _) => Left::Appended(text),
    }
}

/// Whether `one` comes before `other` in every order.
fn before(one: &Record, other: &Record) -> bool {
    answer(one).is_some_and(|(at, _)| at < other.called_at)
}

fn contains(value: &Value, part: &str) -> bool {
    matches!(value, Value::Text(text) if text.contains(part))
}

/// Whether `looking` may have looked at what `change` left, where these others are there.
fn may_look(looking: &Record, change: &Record, others: &[&Record]) -> bool {
    let fits = match (left(change), need(looking)) {
        (Left::Value(_), _) if matches!(looking.operation, Operation::Append(_)) => true,
        (Left::Value(value), Need::Value(needed)) => value == needed,
        (Left::Value(value), Need::Another(avoided)) => value != avoided,
        (Left::Appended(text), Need::Value(needed)) => contains(needed, text),
        (Left::Appended(_), Need::Another(_)) => true,
        (Left::Nothing, _) | (_, Need::Nothing) => false,
    };
    let anew = |other: &&&Record| {
        matches!(left(other), Left::Value(_)) && before(change, other) && before(other, looking)
    };
    fits && !before(looking, change) && !others.iter().any(|other| anew(&other))
}

/// Whether `seeing` was told what `change` brings.
fn saw(seeing: &Record, change: &Record) -> bool {
    answer(seeing).is_some()
        && match (left(change), need(seeing)) {
            (Left::Value(value), Need::Value(seen)) => value == seen,
            (Left::Appended(text), Need::Value(seen)) => contains(seen, text),
            _ => false,
        }
}

/// What is left of the records without one, and without all that can't stay without it.
fn without(records: &[Record], place: usize) -> Vec<Record> {
    let mut gone = vec![false; records.len()];
    gone[place] = true;
    loop {
        let staying = |gone: &[bool]| -> Vec<&Record> {
            let staying = records.iter().zip(gone).filter(|&(_, gone)| !gone);
            staying.map(|(record, _)| record).collect()
        };
        let others = staying(&gone);
        let must_go = |looking: &Record| {
            let mut changes = records.iter().zip(&gone).filter(|&(_, &gone)| gone);
            changes.any(|(change, _)| {
                let only = !others.iter().any(|other| left(other) == left(change));
                may_look(looking, change, &others) || only && saw(looking, change)
            })
        };
        let going = (0..records.len()).filter(|&other| !gone[other] && must_go(&records[other]));
        let going: Vec<usize> = going.collect();
        if going.is_empty() {
            return others.into_iter().cloned().collect();
        }
        for other in going {
            gone[other] = true;
        }
    }
}

/// An answer that tells of what nothing called before it brings, where nothing is appended.
fn is_impossible(record: &Record, history: &History) -> bool {
    let Some((at, _)) = answer(record) else {
        return false;
    };
    let happened = |record: &&Record| !matches!(record.ended, Some((_, Completion::Fail)));
    let others = history.records().iter().filter(happened);
    let mut others = others.filter(|other| other.key == record.key && other.called_at < at);
    match need(record) {
        Need::Value(value) => {
            value != history.initial() && !others.any(|other| left(other) == Left::Value(value))
        }
        Need::Nothing | Need::Another(_) => false,
    }
}

fn check(part: &FailingPart, history: &History, good: &dyn Fn(&History) -> bool) {
    let initial = history.initial();
    assert!(part.minimal, "{part:#?}");
    assert!(!good(&of_records(&part.operations, initial)), "{part:#?}");
    for place in 0..part.operations.len() {
        let rest = without(&part.operations, place);
        assert!(
            good(&of_records(&rest, initial)),
            "without the operation of place {place}, this is still bad: {part:#?}"
        );
    }
    let mut earlier = part.operations.clone();
    for record in &mut earlier {
        record.ended.take_if(|ended| ended.0 == part.breaks_at);
    }
    assert!(
        good(&of_records(&earlier, initial)),
        "it broke before: {part:#?}"
    );
    let appends = |record: &Record| matches!(record.operation, Operation::Append(_));
    let records = history.records();
    if !records.iter().any(appends) && records.iter().any(|record| is_impossible(record, history)) {
        assert_eq!(part.operations.len(), 1, "one is impossible: {part:#?}");
    }
}

/// Checks the parts of so many bad histories, and that what is left of good ones is good.
fn small(name: &str, shape: Shape, histories: u32) {
    let mut rng = Pcg32::fork(1, name, 0);
    let mut bad = 0;
    while bad < histories {
        let good = history(&mut rng, shape);
        let happened = |record: &&Record| !matches!(record.ended, Some((_, Completion::Fail)));
        let records: Vec<Record> = good.records().iter().filter(happened).cloned().collect();
        let place = rng.below(u32::try_from(records.len().max(1)).expect("few")) as usize;
        if place < records.len() {
            let rest = of_records(&without(&records, place), good.initial());
            assert!(
                brute::is_linearizable(&rest),
                "place {place} did harm: {good:#?}"
            );
        }
        let mut bent = good;
        for _ in 0..=rng.below(2) {
            bent = bend(&mut rng, &bent);
        }
        if let Verdict::NotLinearizable(part) = bent.check(100_000) {
            check(&part, &bent, &brute::is_linearizable);
            bad += 1;
        }
    }
}

#[test]
fn of_registers_nothing_can_be_left_out() {
    small("registers", SMALL, 3000);
    let cas = Shape {
        cas: 60,
        writes: 15,
        values: Some(3),
        operations: 9,
        ..SMALL
    };
    small("cas", cas, 2000);
}

#[test]
fn of_distinct_values_nothing_can_be_left_out() {
    let distinct = Shape {
        values: None,
        cas: 10,
        deletes: 5,
        ..SMALL
    };
    small("distinct", distinct, 2000);
}

#[test]
fn of_appends_nothing_can_be_left_out() {
    let appends = Shape {
        appends: 40,
        writes: 10,
        cas: 10,
        ..SMALL
    };
    small("appends", appends, 3000);
}

#[test]
fn of_operations_without_answers_nothing_can_be_left_out() {
    let unanswered = Shape {
        infos: 60,
        values: Some(3),
        ..SMALL
    };
    small("unanswered", unanswered, 2000);
}

/// Too long for a checker that tries every order: the checker under test says which are good.
#[test]
fn of_longer_histories_nothing_can_be_left_out() {
    let shape = Shape {
        processes: 5,
        operations: 60,
        values: Some(4),
        cas: 35,
        writes: 30,
        infos: 2,
        deletes: 0,
        ..SMALL
    };
    let mut rng = Pcg32::fork(1, "longer", 0);
    let mut bad = 0;
    while bad < 300 {
        let good = history(&mut rng, shape);
        let bent = bend(&mut rng, &good);
        let is_good = |history: &History| match history.check(1_000_000) {
            Verdict::Linearizable => true,
            Verdict::NotLinearizable(_) => false,
            Verdict::Undecided { .. } => panic!("too much: {history:#?}"),
        };
        if let Verdict::NotLinearizable(part) = bent.check(1_000_000) {
            check(&part, &bent, &is_good);
            bad += 1;
        }
    }
}

/// In a long history of compare-and-sets among few values, everything looks at everything.
#[test]
fn one_answer_that_nobody_can_have_brought_stands_alone() {
    let shape = Shape {
        processes: 10,
        operations: 1000,
        values: Some(5),
        cas: 33,
        writes: 33,
        infos: 2,
        deletes: 0,
        ..SMALL
    };
    for seed in 0..20 {
        let mut history = history(&mut Pcg32::fork(seed, "alone", 0), shape);
        let key = history.records()[0].key.clone();
        assert_eq!(history.invoke(1000, key, Operation::Read), Ok(()));
        assert_eq!(history.ok(1000, Answer::Value(99.into())), Ok(()));
        let part = parts::failing(&history, 100_000);
        assert_eq!(part.operations.len(), 1);
        assert_eq!(part.operations[0].process, 1000);
        assert!(part.minimal);
    }
}
