//! From a part that has no order to the few operations that show it.
//!
//! To leave out just any operation would be easy: without the write, a read of its value
//! looks wrong. So what is left out must be left out without [harm](super::harm): had all of
//! them an order, the others would have one too. Then what is left has no order for a reason
//! that the whole had. Two steps are of this kind:
//!
//! - To stop at some event. What is not answered by then may come later, or never.
//! - To leave out an operation, with all others that may have looked at what it left, and those
//!   that may have looked at what these left, and so on.
//!
//! The part that comes out stops at the first event that leaves no order, and none of its
//! operations can be left out in this way without leaving an order. An answer that is
//! [impossible](super::impossible) by itself is such a part, if there is one.

use super::harm::Harm;
use super::model::Model;
use super::part::{Op, Part, until};
use super::search::{Found, search};
use super::{Answer, Value};

/// A part that has no order, made small.
#[derive(Debug)]
pub(super) struct Shrunk<'a> {
    pub(super) part: Part<'a>,
    /// The place of the first event that leaves no order.
    pub(super) breaks_at: usize,
    /// Whether it was made as small as it gets; false if that would have taken too many steps.
    pub(super) minimal: bool,
}

/// Shrinks a part that has no order.
pub(super) fn shrink<'a>(part: &[Op<'a>], initial: &Value, steps_max: u64) -> Shrunk<'a> {
    let mut checker = Checker {
        initial,
        steps_left: steps_max,
        steps_max,
        gave_up: false,
    };
    let mut part = part.to_vec();
    loop {
        let breaks_at = breaks_at(&part, &mut checker);
        part = until(&part, breaks_at);
        let before = part.len();
        part = only_what_it_looks_at(part, breaks_at, &mut checker);
        part = leave_out_runs(part, &mut checker);
        let (smallest, none_can_go) = leave_out_each(part, breaks_at, &mut checker);
        part = smallest;
        // What an operation may have done can depend on its answer: that it did not swap. When
        // such a one goes, what is left may break at an earlier event.
        if part.len() == before || checker.steps_left == 0 {
            return Shrunk {
                breaks_at: breaks_at.min(last_answer(&part)),
                minimal: !checker.gave_up && none_can_go,
                part,
            };
        }
    }
}

fn last_answer(part: &[Op]) -> usize {
    let answers = part.iter().filter_map(|op| op.answer.map(|(at, _)| at));
    answers.max().expect("without answers there is an order")
}

/// The first event that leaves no order.
fn breaks_at(part: &[Op], checker: &mut Checker) -> usize {
    let mut answers: Vec<usize> = part
        .iter()
        .filter_map(|op| op.answer.map(|(at, _)| at))
        .collect();
    answers.sort_unstable();
    // A part without an order at one event has none later, so halving finds the first event.
    let mut last = answers.len() - 1;
    let mut first = 0;
    while first < last {
        let middle = first.midpoint(last);
        match checker.check(&until(part, answers[middle])) {
            Found::NoOrder => last = middle,
            Found::Order => first = middle + 1,
            Found::GivenUp => {
                checker.gave_up = true;
                first = middle + 1;
            }
        }
    }
    answers[last]
}

struct Checker<'a> {
    initial: &'a Value,
    steps_left: u64,
    /// The steps that one search may take: some more than the last that found no order.
    steps_max: u64,
    /// Whether the first event that leaves no order is uncertain.
    gave_up: bool,
}

/// About how many steps it takes to begin a search, for each operation.
const STEPS_TO_BEGIN: u64 = 4;

/// For about this many operations it takes one step to see what can be left out without harm.
const LOOKS_A_STEP: u64 = 16;

impl Checker<'_> {
    /// Whether it is certain that a part has no order.
    fn has_none(&mut self, part: &[Op]) -> bool {
        self.check(part) == Found::NoOrder
    }

    /// Counts the steps of comparing this many operations with each other.
    fn look(&mut self, operations: usize) {
        let steps = 1 + operations as u64 / LOOKS_A_STEP;
        self.steps_left = self.steps_left.saturating_sub(steps);
    }

    fn check(&mut self, part: &[Op]) -> Found {
        let begin = STEPS_TO_BEGIN * part.len() as u64;
        if self.steps_left < begin {
            self.steps_left = 0;
            return Found::GivenUp;
        }
        self.steps_left -= begin;
        let allowed = self.steps_left.min(self.steps_max);
        let mut left = allowed;
        let found = Model::of(part, self.initial)
            .map_or(Found::GivenUp, |model| search(part, &model, &mut left));
        let taken = allowed - left;
        self.steps_left -= taken;
        if found == Found::NoOrder {
            self.steps_max = 4 * taken + 10_000;
        }
        found
    }
}

/// Leaves out all at once that the last answer does not rest on, if that does.
fn only_what_it_looks_at<'a>(part: Part<'a>, breaks_at: usize, checker: &mut Checker) -> Part<'a> {
    let others = part.iter().map(|op| op.answered_at() != breaks_at);
    let gone = Harm::of(&part).harmless(others.collect());
    let kept = without(&part, &gone);
    if checker.has_none(&kept) { kept } else { part }
}

/// Leaves out ever smaller runs of operations, as far as that does no harm. It goes from the
/// end to the beginning, since what looks at a change comes after it.
fn leave_out_runs<'a>(mut part: Part<'a>, checker: &mut Checker) -> Part<'a> {
    let mut length = part.len().div_ceil(2);
    loop {
        let mut smaller = false;
        let mut to = part.len();
        while to > 0 && checker.steps_left > 0 {
            let harm = Harm::of(&part);
            // Until one can go, the part is the same.
            let kept = loop {
                let from = to.saturating_sub(length);
                let run = (0..part.len()).map(|place| (from..to).contains(&place));
                checker.look(part.len());
                let kept = without(&part, &harm.harmless(run.collect()));
                to = from;
                if kept.len() < part.len() && checker.has_none(&kept) {
                    break Some(kept);
                }
                if to == 0 || checker.steps_left == 0 {
                    break None;
                }
            };
            if let Some(kept) = kept {
                part = kept;
                smaller = true;
            }
        }
        if length == 1 && !smaller || checker.steps_left == 0 {
            return part;
        }
        length = length.div_ceil(2);
    }
}

/// Leaves out each operation with all that look at it, until none can go; and whether it is
/// certain that none can.
fn leave_out_each<'a>(
    mut part: Part<'a>,
    breaks_at: usize,
    checker: &mut Checker,
) -> (Part<'a>, bool) {
    'smaller: loop {
        // Before its answer the part had an order. So what is left without it has one, if what
        // it did does not depend on that answer.
        let last = part.iter().position(|op| {
            let depends = |answer| {
                matches!(
                    answer,
                    &Answer::NotSwapped { .. } | &Answer::Deleted { existed: false }
                )
            };
            op.answer
                .is_some_and(|(at, answer)| at == breaks_at && !depends(answer))
        });
        let harm = Harm::of(&part);
        let mut certain = true;
        for place in (0..part.len()).rev() {
            if checker.steps_left == 0 {
                return (part, false);
            }
            checker.look(part.len());
            let Some(gone) = harm.with_all_that_look(place, last) else {
                continue;
            };
            let kept = without(&part, &gone);
            match checker.check(&kept) {
                Found::NoOrder => {
                    part = kept;
                    continue 'smaller;
                }
                Found::GivenUp => certain = false,
                Found::Order => {}
            }
        }
        return (part, certain);
    }
}

fn without<'a>(part: &[Op<'a>], gone: &[bool]) -> Part<'a> {
    let kept = part.iter().zip(gone).filter(|&(_, gone)| !gone);
    kept.map(|(op, _)| *op).collect()
}
