//! The search for an order: Wing and Gong's, with Lowe's memory.
//!
//! It goes from the empty order forward, one operation at a time, and takes back what led
//! nowhere. What may come next is in the *window*: what was called before the first answer
//! that is still to come. The events are a linked list (Wing and Gong, 1993), so the
//! window is its front, and to take an operation is to take its two events out of the list.
//! Two orders of the same operations that leave the same state have the same future, so
//! each such pair is entered once (Lowe, 2017).
//!
//! # What need not be tried
//!
//! Left at that, the search is exponential in the number of operations that overlap, and
//! an operation that is never answered overlaps all that follow. Each rule below leaves
//! out only orders for which there is another if there is one at all.
//!
//! 1. An operation that changes nothing and may come now comes now: later it can only be harder.
//! 2. Of operations that do the same, the one that is answered first comes first; of those
//!    that are never answered, the one that was called first.
//! 3. An operation that is never answered comes only right before one in the window that looks
//!    at the value it leaves. Anywhere else it may as well never come.
//! 4. Never overwrite a value that some operation must still observe if nothing left can restore
//!    it; nor a text with which others begin that must still be observed.
//! 5. A value that no operation will look at is as good as any other such value. From such a
//!    value, a write comes at once if all operations that will look at its value are in the
//!    window and only read it: they all go, and leave a value that none will look at.
//!
//! 6. Operations that are answered before the next call come before that call. If the window
//!    can't bring the values that this needs, as many times as it needs them, it is too late.
//!
//! Rule 5 needs that there are no appends, and that no compare-and-set that has still to
//! find *something else* could find what is not yet written: the write may be what saves it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::model::{Give, Model, Need, State, Step, UNSEEN_TEXT};
use super::part::Op;
use super::tally::Tally;
use super::window::Window;

/// The most that the memory of what led nowhere may hold, in words of eight bytes.
const MEMORY_WORDS_MAX: usize = 32 << 20;

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There is an order.
    Order,
    /// There is none.
    NoOrder,
    /// It was given up: the steps that it may take are used up, or the memory is full.
    GivenUp,
}

/// Looks for an order of `part`, which `model` is of, and takes the steps that it needs
/// for that from `steps_left`.
pub(super) fn search(part: &[Op], model: &Model, steps_left: &mut u64) -> Found {
    let mut search = Search::new(part, model);
    if search.tally.hopeless(model) {
        return Found::NoOrder;
    }
    search.run(steps_left)
}

/// A place in the list of events: 0 before all, then two for each operation.
type Event = u32;

struct Search<'a> {
    model: &'a Model<'a>,
    answered_at: Vec<usize>,
    /// By operation, its place among those that were answered, or among those that never were.
    slots: Vec<usize>,
    /// By operation, which of the different steps it takes.
    kinds: Vec<usize>,
    /// By operation, how many that were answered had been called when it was answered.
    called_before: Vec<usize>,
    next: Vec<Event>,
    previous: Vec<Event>,
    state: State,
    /// How many operations have an answer and are not taken.
    left: usize,
    tally: Tally,
    /// Which are taken, of those that were answered.
    taken: Vec<u64>,
    /// Which are taken, of those that never were.
    taken_unanswered: Vec<u64>,
    /// The states and sets of operations that led nowhere, or are being tried.
    memory: BTreeSet<Box<[u64]>>,
    memory_words: usize,
    window: Window,
    /// By kind, the operation of the window that comes first.
    first_of_kind: BTreeMap<usize, u32>,
}

/// A choice: what else could come, and what does.
struct Choice {
    others: Vec<u32>,
    taken: Option<(u32, State)>,
}

fn call(op: u32) -> Event {
    1 + 2 * op
}

fn answer(op: u32) -> Event {
    2 + 2 * op
}

impl<'a> Search<'a> {
    fn new(part: &[Op], model: &'a Model<'a>) -> Self {
        let mut events: Vec<(usize, Event)> = Vec::new();
        let mut slots = Vec::new();
        let (mut answered, mut unanswered) = (0, 0);
        for (op, at) in (0..).zip(part) {
            events.push((at.record.called_at, call(op)));
            let count = match at.answer {
                Some((at, _)) => {
                    events.push((at, answer(op)));
                    &mut answered
                }
                None => &mut unanswered,
            };
            slots.push(*count);
            *count += 1;
        }
        events.sort_unstable();
        let mut next = vec![0; 2 * part.len() + 1];
        let mut previous = next.clone();
        let mut called_before = vec![0; part.len()];
        let (mut last, mut called) = (0, 0);
        for &(_, event) in &events {
            next[last as usize] = event;
            previous[event as usize] = last;
            last = event;
            let op = (event as usize - 1) / 2;
            if event % 2 == 1 {
                called += usize::from(part[op].answer.is_some());
            } else {
                called_before[op] = called;
            }
        }
        let mut names: BTreeMap<Step, usize> = BTreeMap::new();
        let kinds = model.steps.iter().map(|&step| {
            let fresh = names.len();
            *names.entry(step).or_insert(fresh)
        });
        let kinds = kinds.collect();
        Self {
            model,
            answered_at: part.iter().map(Op::answered_at).collect(),
            slots,
            kinds,
            called_before,
            next,
            previous,
            state: model.initial,
            left: answered,
            tally: Tally::of(part, model),
            taken: vec![0; answered.div_ceil(64)],
            taken_unanswered: vec![0; unanswered.div_ceil(64)],
            memory: BTreeSet::new(),
            memory_words: 0,
            window: Window::new(model.states),
            first_of_kind: BTreeMap::new(),
        }
    }

    fn run(&mut self, steps_left: &mut u64) -> Found {
        let mut choices: Vec<Choice> = Vec::new();
        loop {
            if self.left == 0 {
                return Found::Order;
            }
            if *steps_left == 0 || self.memory_words > MEMORY_WORDS_MAX {
                return Found::GivenUp;
            }
            *steps_left -= 1;
            choices.push(Choice {
                others: self.next_ops(),
                taken: None,
            });
            loop {
                let Some(choice) = choices.last_mut() else {
                    return Found::NoOrder;
                };
                if let Some((op, before)) = choice.taken.take() {
                    self.take_back(op, before);
                }
                if let Some(op) = choice.others.pop() {
                    choice.taken = Some((op, self.state));
                    self.take(op);
                    break;
                }
                choices.pop();
            }
        }
    }

    /// The operations that may come next and have to be tried, the most promising last.
    fn next_ops(&mut self) -> Vec<u32> {
        self.look();
        if let Some(op) = self.at_once() {
            return vec![op];
        }
        if self.window.is_stuck(self.state, &self.model.steps) {
            return Vec::new();
        }
        self.first_of_kind.clear();
        for &op in &self.window.ops {
            // The window is in the order of the calls.
            let first = self.first_of_kind.entry(self.kinds[op as usize]);
            let first = first.or_insert(op);
            if self.answered_at[op as usize] < self.answered_at[*first as usize] {
                *first = op;
            }
        }
        let firsts = self.first_of_kind.values().copied();
        let mut ops: Vec<u32> = firsts.filter(|&op| self.worth_trying(op)).collect();
        // Without a choice there is nothing to remember.
        if ops.len() > 1 && !self.remember() {
            return Vec::new();
        }
        let needs = self.step(self.window.due[0]).need;
        ops.sort_unstable_by_key(|&op| {
            let step = self.step(op);
            // The operation that is answered first has the least time left, and may need another
            // first. Then, who can come at few states comes when it can.
            let leads = matches!(step.give, Give::Set(state) if needs == Need::Equal(state));
            let rare = matches!(step.need, Need::Equal(_));
            (leads, rare, Reverse((self.answered_at[op as usize], op)))
        });
        ops
    }

    /// Takes the window in.
    fn look(&mut self) {
        self.window.clear(&self.model.steps);
        let mut event = self.next[0];
        while event % 2 == 1 {
            let op = event / 2;
            self.window.push(op, self.step(op));
            event = self.next[event as usize];
        }
        while event != 0 && event.is_multiple_of(2) {
            let op = (event - 1) / 2;
            self.window.push_due(op, self.step(op));
            event = self.next[event as usize];
        }
    }

    /// An operation that can come next without loss, if there is one: rules 1 and 5.
    fn at_once(&self) -> Option<u32> {
        let can = |op: &&u32| self.model.take(self.step(**op), self.state).is_some();
        let mut same = self
            .window
            .ops
            .iter()
            .filter(|&&op| self.step(op).give == Give::Same);
        if let Some(&op) = same.find(can) {
            return Some(op);
        }
        if self.model.appends || !self.tally.is_idle(self.state) || self.tally.could_be_saved() {
            return None;
        }
        let mut writes = self.window.ops.iter().filter(|&&op| {
            let step = self.step(op);
            let Give::Set(new) = step.give else {
                return false;
            };
            step.need == Need::Nothing
                && self.is_answered(op)
                && self.tally.only_reads(new) == Some(self.window.needed(new))
        });
        writes.next().copied()
    }

    /// Whether it can come next, and rules 3 and 4 have nothing against it.
    fn worth_trying(&self, op: u32) -> bool {
        let step = self.step(op);
        let Some(new) = self.model.take(step, self.state) else {
            return false;
        };
        let answered = self.is_answered(op);
        if !answered && (new == self.state || !self.window.is_looked_at(new, step)) {
            return false;
        }
        new == self.state
            || self
                .tally
                .may_leave(self.state, new, step, answered, self.model)
    }

    fn take(&mut self, op: u32) {
        let step = self.step(op);
        let answered = self.is_answered(op);
        self.unlink(call(op));
        if answered {
            self.unlink(answer(op));
            self.left -= 1;
        }
        self.tally.remove(step, answered, self.model);
        self.mark(op);
        self.state = self
            .model
            .take(step, self.state)
            .expect("only what can come next is taken");
    }

    /// Undoes the last step. The order matters: an event still knows its neighbours.
    fn take_back(&mut self, op: u32, before: State) {
        let step = self.step(op);
        let answered = self.is_answered(op);
        self.state = before;
        self.mark(op);
        self.tally.add(step, answered, self.model);
        if answered {
            self.left += 1;
            self.link(answer(op));
        }
        self.link(call(op));
    }

    fn unlink(&mut self, event: Event) {
        let (previous, next) = (self.previous[event as usize], self.next[event as usize]);
        self.next[previous as usize] = next;
        if next != 0 {
            self.previous[next as usize] = previous;
        }
    }

    fn link(&mut self, event: Event) {
        let (previous, next) = (self.previous[event as usize], self.next[event as usize]);
        self.next[previous as usize] = event;
        if next != 0 {
            self.previous[next as usize] = event;
        }
    }

    /// Marks as taken what was not, and as not taken what was.
    fn mark(&mut self, op: u32) {
        let slot = self.slots[op as usize];
        let taken = if self.is_answered(op) {
            &mut self.taken
        } else {
            &mut self.taken_unanswered
        };
        taken[slot / 64] ^= 1 << (slot % 64);
    }

    /// Keeps what is taken and the state; false if that was known already.
    ///
    /// Of those that were answered, all are taken that were called before the window, and
    /// none that was called after it.
    fn remember(&mut self) -> bool {
        let mut answered = self.window.ops.iter().filter(|&&op| self.is_answered(op));
        let from = answered
            .next()
            .map_or(0, |&op| self.slots[op as usize] / 64);
        let to = self.called_before[self.window.due[0] as usize].div_ceil(64);
        let idle = !self.model.appends && self.tally.is_idle(self.state);
        let state = if idle { UNSEEN_TEXT } else { self.state };
        let words: Box<[u64]> = [u64::from(state.0), from as u64]
            .iter()
            .chain(&self.taken[from..to])
            .chain(&self.taken_unanswered)
            .copied()
            .collect();
        // Besides the words, a set needs about as much again for short ones.
        self.memory_words += words.len() + 4;
        self.memory.insert(words)
    }

    fn step(&self, op: u32) -> Step<'a> {
        self.model.steps[op as usize]
    }

    fn is_answered(&self, op: u32) -> bool {
        self.answered_at[op as usize] != usize::MAX
    }
}
