//! Big histories, with what makes a search hard, are judged within a stated number of
//! steps, which a second or two is enough for: thousands of operations by fifty processes on
//! one key, values that come once or again and again, operations never answered, and
//! compare-and-set that found something else.

use raftarium::history::{FailingPart, History, Verdict};
use raftarium::rng::Pcg32;

use super::random::{Shape, history};

const BIG: Shape = Shape {
    processes: 50,
    operations: 5000,
    keys: 1,
    values: None,
    appends: 0,
    cas: 0,
    writes: 40,
    deletes: 0,
    infos: 3,
    fails: 2,
    stale: 0,
};

/// Judges good histories, which all must be found to be good, and ones with stale reads.
/// Answers with the parts that show that some of those are bad.
fn check(name: &str, shape: Shape) -> Vec<FailingPart> {
    let mut bad = Vec::new();
    for (seed, infos) in [(0, 0), (1, 3), (2, 3), (3, 20)] {
        for stale in [0, 2] {
            let shape = Shape {
                infos,
                stale,
                ..shape
            };
            let history = history(&mut Pcg32::fork(seed, name, 0), shape);
            match history.check(History::STEPS_MAX / 20) {
                Verdict::Linearizable => {}
                Verdict::NotLinearizable(part) if stale > 0 => bad.push(part),
                Verdict::NotLinearizable(part) => panic!("{name}, seed {seed}: {part:?}"),
                Verdict::Undecided { .. } => panic!("{name}, seed {seed}, stale {stale}"),
            }
        }
    }
    bad
}

#[test]
fn distinct_values() {
    let bad = check("distinct", BIG);
    assert_eq!(bad.len(), 4, "each has a read that is stale");
    for part in bad {
        assert!(part.minimal && part.operations.len() <= 5, "{part:?}");
    }
}

#[test]
fn compare_and_set() {
    let shape = Shape {
        cas: 30,
        writes: 20,
        ..BIG
    };
    let bad = check("cas", shape);
    assert_eq!(bad.len(), 4, "each has a read that is stale");
}

#[test]
fn few_values() {
    let shape = Shape {
        values: Some(5),
        ..BIG
    };
    // With so much at a time, any of so few values may be the right one.
    check("few values", shape);
}

#[test]
fn appends() {
    let shape = Shape {
        appends: 30,
        writes: 0,
        operations: 1000,
        ..BIG
    };
    assert!(!check("appends", shape).is_empty());
}

#[test]
fn many_keys() {
    let shape = Shape {
        keys: 10,
        cas: 20,
        values: Some(5),
        ..BIG
    };
    assert!(!check("keys", shape).is_empty());
}
