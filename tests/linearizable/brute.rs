//! A checker too simple to be wrong, and too slow for more than a handful of operations:
//! it tries every order of all operations, whatever their keys.

use std::collections::BTreeMap;

use raftarium::history::{Answer, Completion, History, Operation, Record, Value};

/// Whether there is an order that explains all answers.
pub(crate) fn is_linearizable(history: &History) -> bool {
    let happened = |record: &&Record| !matches!(record.ended, Some((_, Completion::Fail)));
    let records: Vec<&Record> = history.records().iter().filter(happened).collect();
    any_order(&records, history.initial(), &BTreeMap::new())
}

fn any_order(left: &[&Record], initial: &Value, held: &BTreeMap<&Value, Value>) -> bool {
    let answered_at = |record: &Record| match record.ended {
        Some((at, Completion::Ok(_))) => at,
        _ => usize::MAX,
    };
    let first = left.iter().map(|record| answered_at(record)).min();
    let Some(first) = first.filter(|&at| at != usize::MAX) else {
        return true;
    };
    (0..left.len()).any(|place| {
        let record = left[place];
        if record.called_at > first {
            return false;
        }
        let before = held.get(&record.key).unwrap_or(initial);
        let Some((after, told)) = carry_out(&record.operation, before) else {
            return false;
        };
        if let Some((_, Completion::Ok(answer))) = &record.ended
            && !agrees(answer, &told, before)
        {
            return false;
        }
        let mut held = held.clone();
        held.insert(&record.key, after);
        let mut left = left.to_vec();
        left.remove(place);
        any_order(&left, initial, &held)
    })
}

/// What the key holds afterwards, and the answer.
fn carry_out(operation: &Operation, held: &Value) -> Option<(Value, Answer)> {
    Some(match operation {
        Operation::Read => (held.clone(), Answer::Value(held.clone())),
        Operation::Write(value) => (value.clone(), Answer::Done),
        Operation::Cas { expected, new } if expected == held => (new.clone(), Answer::Swapped),
        Operation::Cas { .. } => (held.clone(), Answer::NotSwapped { found: None }),
        Operation::Delete => (
            Value::Null,
            Answer::Deleted {
                existed: *held != Value::Null,
            },
        ),
        Operation::Append(text) => match held {
            Value::Null => (Value::Text(text.clone()), Answer::Done),
            Value::Text(held) => (Value::from(&*format!("{held}{text}")), Answer::Done),
            Value::Boolean(_) | Value::Number(_) | Value::Word(_) => return None,
        },
    })
}

fn agrees(given: &Answer, told: &Answer, before: &Value) -> bool {
    match (given, told) {
        (Answer::NotSwapped { found: Some(found) }, Answer::NotSwapped { .. }) => found == before,
        (Answer::Done, Answer::Deleted { .. }) => true,
        _ => given == told,
    }
}
