//! From a part that has no order to the few operations that show it.
//!
//! To leave out just any operation would be easy: without the write, a read of its value
//! looks wrong. So an operation is left out only if that can't do harm: **had all of them
//! an order, the others would have one too**. Then what is left has no order for a
//! reason that the whole had. Two steps are of this kind:
//!
//! - To stop at some event. What is not answered by then may come later, or never.
//! - To leave out an operation that changes nothing; or one whose change no other can have
//!   looked at: nobody looks for what it left, or only someone who was answered before it
//!   was called, or who called after something else had set the key anew for sure.
//!
//! And so that the part can be understood by itself, of a value that someone has seen one
//! write stays, even if it can't be the one that was seen.
//!
//! The part that comes out stops at the first event that leaves no order, and none of its
//! operations can be left out in this way without leaving an order.

use std::ops::Range;

use super::Value;
use super::model::Model;
use super::part::{Effect, Op, Part, Seen, until};
use super::search::{Found, search};

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
    let mut judge = Judge {
        initial,
        steps_left: steps_max,
        steps_max,
        gave_up: false,
    };
    let mut answers: Vec<usize> = part
        .iter()
        .filter_map(|op| op.answer.map(|(at, _)| at))
        .collect();
    answers.sort_unstable();
    // What has no order at one event has none later, so halving finds the first.
    let mut last = answers.len() - 1;
    let mut first = 0;
    while first < last {
        let middle = first.midpoint(last);
        if judge.has_none(&until(part, answers[middle])) {
            last = middle;
        } else {
            first = middle + 1;
        }
    }
    let breaks_at = answers[last];
    let part = leave_out(until(part, breaks_at), &mut judge);
    Shrunk {
        part,
        breaks_at,
        minimal: !judge.gave_up,
    }
}

struct Judge<'a> {
    initial: &'a Value,
    steps_left: u64,
    /// What one search may take: some more than the last that found that there is no order.
    steps_max: u64,
    gave_up: bool,
}

impl Judge<'_> {
    /// Whether it is certain that a part has no order.
    fn has_none(&mut self, part: &[Op]) -> bool {
        let allowed = self.steps_left.min(self.steps_max);
        let mut left = allowed;
        let found = Model::of(part, self.initial)
            .map_or(Found::GivenUp, |model| search(part, &model, &mut left));
        let taken = allowed - left;
        self.steps_left -= taken;
        if found == Found::NoOrder {
            self.steps_max = 4 * taken + 10_000;
        }
        self.gave_up |= found == Found::GivenUp;
        found == Found::NoOrder
    }
}

/// Leaves out ever smaller runs of operations, until not even one can go. It goes from the
/// end to the beginning, since what looks at a change comes after it.
fn leave_out<'a>(mut part: Part<'a>, judge: &mut Judge) -> Part<'a> {
    let mut length = part.len().div_ceil(2);
    loop {
        let mut smaller = false;
        let mut to = part.len();
        while to > 0 {
            let from = to.saturating_sub(length);
            let kept = without(&part, from..to);
            if kept.len() < part.len() && judge.has_none(&kept) {
                part = kept;
                smaller = true;
            }
            to = from;
        }
        if length == 1 && !smaller {
            return part;
        }
        length = length.div_ceil(2);
    }
}

/// The part without those of the run that can be left out without harm.
fn without<'a>(part: &[Op<'a>], run: Range<usize>) -> Part<'a> {
    let changes = |op: &Op| op.effect() != Effect::None;
    let staying = part[..run.start].iter().chain(&part[run.end..]);
    let setters = Setters::of(staying);
    // Who changes nothing goes first: then fewer are left who look at a change.
    let mut kept: Vec<bool> = (0..part.len())
        .map(|place| !run.contains(&place) || changes(&part[place]))
        .collect();
    for place in run.rev().filter(|&place| changes(&part[place])) {
        let op = &part[place];
        let others = part.iter().zip(&kept).enumerate();
        let others = others.filter(|&(other, (_, kept))| *kept && other != place);
        let others: Vec<&Op> = others.map(|(_, (other, _))| other).collect();
        kept[place] = looked_at(op, &others, setters.anew_after(op.answered_at()))
            || is_only_source(op, &others);
    }
    let kept = part.iter().zip(kept).filter(|&(_, kept)| kept);
    kept.map(|(op, _)| *op).collect()
}

/// Whether one of the others may look at what `op` left, if by `anew_at` the key was set
/// anew.
fn looked_at(op: &Op, others: &[&Op], anew_at: usize) -> bool {
    let effect = op.effect();
    others
        .iter()
        .take_while(|other| other.record.called_at < anew_at)
        .filter(|other| other.answered_at() > op.record.called_at)
        .any(|other| match (effect, other.seen(), other.effect()) {
            // What comes of an append depends on what it is added to.
            (Effect::Set(_), _, Effect::Append(_)) | (Effect::Append(_), Seen::Differs(_), _) => {
                true
            }
            (Effect::Set(set), Seen::Equal(value), _) => set == value,
            (Effect::Set(set), Seen::Differs(value), _) => set != value,
            (Effect::Append(text), Seen::Equal(value), _) => contains(value, text),
            _ => false,
        })
}

/// Whether one of the others has seen what only `op` can have brought.
fn is_only_source(op: &Op, others: &[&Op]) -> bool {
    let seen = |is: &dyn Fn(&Value) -> bool| {
        let mut values = others.iter().filter(|other| other.answer.is_some());
        values.any(|other| matches!(other.seen(), Seen::Equal(value) if is(value)))
    };
    let effect = op.effect();
    if others.iter().any(|other| other.effect() == effect) {
        return false;
    }
    match effect {
        Effect::Set(set) => seen(&|value| value == set),
        Effect::Append(text) => seen(&|value| contains(value, text)),
        Effect::None => false,
    }
}

fn contains(value: &Value, text: &str) -> bool {
    matches!(value, Value::Text(value) if value.contains(text))
}

/// The answered operations that set the key.
struct Setters {
    /// The place of each one's call, with the place of the first answer to it or a later one.
    calls: Vec<(usize, usize)>,
}

impl Setters {
    /// Of operations in the order of their calls.
    fn of<'a, 'b: 'a>(ops: impl DoubleEndedIterator<Item = &'a Op<'b>>) -> Self {
        let setters = ops.filter(|op| matches!(op.effect(), Effect::Set(_)));
        let mut first = usize::MAX;
        let mut calls: Vec<(usize, usize)> = setters
            .rev()
            .map(|op| {
                first = first.min(op.answered_at());
                (op.record.called_at, first)
            })
            .collect();
        calls.reverse();
        Self { calls }
    }

    /// When the key was set for sure by something that was called after `place`.
    fn anew_after(&self, place: usize) -> usize {
        let later = self.calls.partition_point(|&(called, _)| called <= place);
        self.calls
            .get(later)
            .map_or(usize::MAX, |&(_, first)| first)
    }
}
