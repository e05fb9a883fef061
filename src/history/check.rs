//! The checker: key by key, and what it has to say.

use std::collections::BTreeSet;

use super::impossible::first_impossible;
use super::model::Model;
use super::part::by_key;
use super::search::{Found, search};
use super::shrink::{Shrunk, shrink};
use super::{Completion, History, Record, Value};

/// The verdict on a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is an order that explains all answers.
    Linearizable,
    /// There is none.
    NotLinearizable(FailingPart),
    /// The search for an order of the operations of this key was given up, and no other
    /// key fails.
    Undecided {
        /// The first such key.
        key: Value,
    },
}

/// Operations of one key that no order explains.
///
/// It is one answer, if that tells of a value which nothing can have brought. Otherwise it is
/// minimal: it stops at the first event that leaves no order, and if any of its operations is
/// left out, with all that may have looked at what that left, the rest has an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingPart {
    /// The key.
    pub key: Value,
    /// The operations, in the order of their calls. What ended after `breaks_at` is not
    /// ended here.
    pub operations: Vec<Record>,
    /// The place of the answer that leaves no order.
    pub breaks_at: usize,
    /// Whether it is minimal; if not, the search for a smaller part was given up.
    pub minimal: bool,
}

impl History {
    /// The default upper bound on the steps of a search.
    pub const STEPS_MAX: u64 = 20_000_000;

    /// The keys that it is about, in order.
    pub fn keys(&self) -> BTreeSet<&Value> {
        self.records().iter().map(|record| &record.key).collect()
    }

    /// Whether there is one order of all operations that explains every answer, and in
    /// which what was answered before something else was called comes before it.
    ///
    /// For each key, the search takes at most `steps_max` steps, and so does making the
    /// failing part small.
    pub fn check(&self, steps_max: u64) -> Verdict {
        self.check_telling(steps_max, || ())
    }

    /// [Checks](History::check), and tells after each key that it is done.
    pub fn check_telling(&self, steps_max: u64, mut tell: impl FnMut()) -> Verdict {
        let mut undecided = None;
        for (key, part) in by_key(self) {
            if let Some(op) = first_impossible(&part, self.initial()) {
                let shrunk = Shrunk {
                    part: vec![op],
                    breaks_at: op.answered_at(),
                    minimal: true,
                };
                return Verdict::NotLinearizable(failing(key, &shrunk));
            }
            let found = Model::of(&part, self.initial()).map_or(Found::GivenUp, |model| {
                search(&part, &model, &mut steps_max.clone())
            });
            match found {
                Found::Order => {}
                Found::GivenUp => {
                    undecided.get_or_insert(key);
                }
                Found::NoOrder => {
                    let shrunk = shrink(&part, self.initial(), steps_max);
                    return Verdict::NotLinearizable(failing(key, &shrunk));
                }
            }
            tell();
        }
        undecided.map_or(Verdict::Linearizable, |key| Verdict::Undecided {
            key: key.clone(),
        })
    }
}

fn failing(key: &Value, shrunk: &Shrunk) -> FailingPart {
    let operations = shrunk.part.iter().map(|op| Record {
        ended: match op.answer {
            Some((at, answer)) => Some((at, Completion::Ok(answer.clone()))),
            None => ended_unknown(op.record, shrunk.breaks_at),
        },
        ..op.record.clone()
    });
    FailingPart {
        key: key.clone(),
        operations: operations.collect(),
        breaks_at: shrunk.breaks_at,
        minimal: shrunk.minimal,
    }
}

/// The end of an operation that was not answered by then.
fn ended_unknown(record: &Record, by: usize) -> Option<(usize, Completion)> {
    let (at, outcome) = record.ended.as_ref()?;
    (*at <= by && *outcome == Completion::Info).then_some((*at, Completion::Info))
}
