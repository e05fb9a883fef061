//! The operations of one key, as the checker takes them.

use std::collections::BTreeMap;

use super::{Answer, Completion, History, Operation, Record, Value};

/// Operations of one key that took effect or may have, in the order of their calls.
pub(super) type Part<'a> = Vec<Op<'a>>;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op<'a> {
    pub(super) record: &'a Record,
    /// The place of its answer, and the answer; without one it may take effect at any time
    /// after its call, or never.
    pub(super) answer: Option<(usize, &'a Answer)>,
}

/// What an answer implies about the value of the key when the operation took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen<'a> {
    /// Nothing.
    Nothing,
    /// This value.
    Equal(&'a Value),
    /// Anything but this value.
    Differs(&'a Value),
    /// Impossible: the answer contradicts itself.
    Never,
}

/// The effect of an operation on the value of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect<'a> {
    None,
    Set(&'a Value),
    Append(&'a str),
}

pub(super) static NULL: Value = Value::Null;

/// The operations of each key, in the order of the keys. What failed did not happen, and a read
/// that was never answered says nothing.
pub(super) fn by_key(history: &History) -> BTreeMap<&Value, Part<'_>> {
    let mut parts: BTreeMap<&Value, Part> = BTreeMap::new();
    for record in history.records() {
        let answer = match &record.ended {
            Some((_, Completion::Fail)) => continue,
            Some((at, Completion::Ok(answer))) => Some((*at, answer)),
            Some((_, Completion::Info)) | None => None,
        };
        let op = Op { record, answer };
        if op.matters() {
            parts.entry(&record.key).or_default().push(op);
        }
    }
    parts
}

/// The part as it was known when the event at `end` had happened.
pub(super) fn until<'a>(part: &[Op<'a>], end: usize) -> Part<'a> {
    let called = part.iter().filter(|op| op.record.called_at <= end);
    let ops = called.map(|op| Op {
        record: op.record,
        answer: op.answer.filter(|&(at, _)| at <= end),
    });
    ops.filter(Op::matters).collect()
}

impl<'a> Op<'a> {
    /// Whether it can make a difference.
    fn matters(&self) -> bool {
        self.answer.is_some() || self.effect() != Effect::None
    }

    /// The place of its answer, or the end of time.
    pub(super) fn answered_at(&self) -> usize {
        self.answer.map_or(usize::MAX, |(at, _)| at)
    }

    /// What it says about what the key held. Without an answer: what the key must hold
    /// for it to have an effect at all.
    pub(super) fn seen(&self) -> Seen<'a> {
        let answer = self.answer.map(|(_, answer)| answer);
        match (&self.record.operation, answer) {
            (_, Some(Answer::Value(value))) => Seen::Equal(value),
            (Operation::Cas { expected, .. }, Some(Answer::NotSwapped { found: Some(found) }))
                if found != expected =>
            {
                Seen::Equal(found)
            }
            (Operation::Cas { .. }, Some(Answer::NotSwapped { found: Some(_) })) => Seen::Never,
            (Operation::Cas { expected, .. }, Some(Answer::NotSwapped { found: None })) => {
                Seen::Differs(expected)
            }
            (Operation::Cas { expected, .. }, _) => Seen::Equal(expected),
            (_, Some(Answer::Deleted { existed: true })) => Seen::Differs(&NULL),
            (_, Some(Answer::Deleted { existed: false })) => Seen::Equal(&NULL),
            _ => Seen::Nothing,
        }
    }

    /// What it does to what the key holds, given that it was as [seen](Op::seen).
    pub(super) fn effect(&self) -> Effect<'a> {
        let answer = self.answer.map(|(_, answer)| answer);
        match (&self.record.operation, answer) {
            (Operation::Read, _)
            | (_, Some(Answer::NotSwapped { .. } | Answer::Deleted { existed: false })) => {
                Effect::None
            }
            (Operation::Cas { expected, new }, _) if expected == new => Effect::None,
            (Operation::Write(value) | Operation::Cas { new: value, .. }, _) => Effect::Set(value),
            (Operation::Delete, _) => Effect::Set(&NULL),
            (Operation::Append(text), _) => Effect::Append(text),
        }
    }
}
