//! What the checker says when it convicts: the failing part, whether it is minimal, and what
//! it costs to find it.

use raftarium::history::{Answer, Completion, FailingPart, History, Operation, Value, Verdict};
use raftarium::rng::Pcg32;

use super::random::{Shape, history};

/// A history of one key, from lines such as `1 write 5`, `1 ok`, `2 read`, `2 ok 5`, `1 info`:
/// the process, and what it calls or how that ended.
fn of(events: &str) -> History {
    let mut history = History::default();
    for event in events.split(", ") {
        let words: Vec<&str> = event.split(' ').collect();
        let process: u64 = words[0].parse().expect("a process");
        let number = || {
            let number: i64 = words[2].parse().expect("a number");
            Value::from(number)
        };
        let result = match words[1] {
            "read" => history.invoke(process, Value::Null, Operation::Read),
            "write" => history.invoke(process, Value::Null, Operation::Write(number())),
            "ok" if words.len() == 2 => history.ok(process, Answer::Done),
            "ok" => history.ok(process, Answer::Value(number())),
            _ => history.end(process, Completion::Info),
        };
        assert_eq!(result, Ok(()), "{event}");
    }
    history
}

pub(crate) fn failing(history: &History, steps_max: u64) -> FailingPart {
    match history.check(steps_max) {
        Verdict::NotLinearizable(part) => part,
        verdict => panic!("{verdict:?}"),
    }
}

/// How the first operation of the part ended, as far as the part tells.
fn first_end(events: &str) -> Option<Completion> {
    let part = failing(&of(events), 1_000);
    let first = &part.operations[0];
    assert_eq!(first.operation, Operation::Write(1.into()));
    first.ended.clone().map(|(_, outcome)| outcome)
}

/// The part stops at the answer that leaves no order, and tells nothing of later.
#[test]
fn an_operation_ends_in_the_part_if_it_had_ended_by_then() {
    let stale = "2 write 2, 2 ok, 2 read, 2 ok 2, 2 read, 2 ok 1, 2 read, 2 ok 2, 2 read, 2 ok 1";
    let early = format!("1 write 1, 1 info, {stale}, 3 read, 3 ok 1");
    assert_eq!(first_end(&early), Some(Completion::Info));
    let late = format!("1 write 1, {stale}, 1 info, 3 read, 3 ok 1");
    assert_eq!(first_end(&late), None);
    let answered_late = format!("1 write 1, {stale}, 1 ok, 3 read, 3 ok 1");
    assert_eq!(first_end(&answered_late), None);
    let answered = format!("1 write 1, 1 ok, {stale}, 3 read, 3 ok 1");
    assert_eq!(first_end(&answered), Some(Completion::Ok(Answer::Done)));
}

/// What someone has looked at stays: without the second write of 1, the third read would be
/// wrong for a reason that the whole does not have.
#[test]
fn what_others_have_looked_at_is_not_left_out() {
    let part = failing(
        &of("1 write 1, 1 ok, 2 read, 2 ok 1, 1 write 2, 1 ok, \
             1 write 1, 1 ok, 2 read, 2 ok 1, 3 read, 3 ok 2"),
        1_000,
    );
    let calls: Vec<usize> = part.operations.iter().map(|op| op.called_at).collect();
    assert_eq!(calls, [5, 7, 11]);
    assert!(part.minimal);
}

const STALE: Shape = Shape {
    processes: 10,
    operations: 400,
    keys: 1,
    values: None,
    appends: 0,
    cas: 20,
    writes: 40,
    deletes: 0,
    infos: 3,
    fails: 2,
    stale: 20,
};

/// With just the steps that the conviction takes, there are none left for making it small.
#[test]
fn a_part_that_could_not_be_made_small_says_so() {
    let history = history(&mut Pcg32::fork(1, "parts", 0), STALE);
    let enough = (0..20)
        .map(|power| 1 << power)
        .find(|&steps| matches!(history.check(steps), Verdict::NotLinearizable(_)))
        .expect("a million steps are enough");
    assert!(!failing(&history, enough).minimal);
    assert!(failing(&history, 1 << 20).minimal);
}

/// What nobody can have brought is seen at a glance, however long the history.
#[test]
fn a_value_from_nowhere_takes_no_search() {
    let good = Shape { stale: 0, ..STALE };
    let mut history = history(&mut Pcg32::fork(2, "parts", 0), good);
    let last = Operation::Read;
    let key = history.records()[0].key.clone();
    assert_eq!(history.invoke(1_000, key, last), Ok(()));
    assert_eq!(history.ok(1_000, Answer::Value((-1).into())), Ok(()));
    assert!(matches!(history.check(0), Verdict::NotLinearizable(_)));
}
