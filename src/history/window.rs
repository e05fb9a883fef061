//! The operations that may come next, and what they look at and bring about.

use super::model::{Give, Need, State, Step};

/// The operations called before the first answer that is still to come.
#[derive(Debug)]
pub(super) struct Window {
    /// The operations, in the order of their calls.
    pub(super) ops: Vec<u32>,
    /// Those of them that must come before any that is called later, in the order of
    /// their answers.
    pub(super) due: Vec<u32>,
    states: Vec<OfState>,
    /// How many append.
    appending: u32,
    /// How many need another state than some.
    avoiding: u32,
}

/// Numbers of operations of the window.
#[derive(Clone, Debug, Default)]
struct OfState {
    /// Those that need it.
    needed: u32,
    /// Those that need another.
    avoided: u32,
    /// Those that set it.
    set: u32,
    /// Those that are due, need it and change it.
    changed: u32,
}

impl Window {
    /// An empty one, in a model with this many states.
    pub(super) fn new(states: usize) -> Self {
        Self {
            ops: Vec::new(),
            due: Vec::new(),
            states: vec![OfState::default(); states],
            appending: 0,
            avoiding: 0,
        }
    }

    /// Forgets all, given the steps of all operations.
    pub(super) fn clear(&mut self, steps: &[Step]) {
        for op in self.ops.drain(..) {
            let step = steps[op as usize];
            if let Need::Equal(state) | Need::Differs(state) = step.need {
                self.states[state.0 as usize] = OfState::default();
            }
            if let Give::Set(state) = step.give {
                self.states[state.0 as usize] = OfState::default();
            }
        }
        self.due.clear();
        (self.appending, self.avoiding) = (0, 0);
    }

    /// Takes in an operation that is called.
    pub(super) fn push(&mut self, op: u32, step: Step) {
        self.ops.push(op);
        match step.need {
            Need::Equal(state) => self.states[state.0 as usize].needed += 1,
            Need::Differs(state) => {
                self.states[state.0 as usize].avoided += 1;
                self.avoiding += 1;
            }
            Need::Nothing | Need::Never => {}
        }
        match step.give {
            Give::Set(state) => self.states[state.0 as usize].set += 1,
            Give::Append(_) => self.appending += 1,
            Give::Same => {}
        }
    }

    /// One of them is answered before anything else is called.
    pub(super) fn push_due(&mut self, op: u32, step: Step) {
        self.due.push(op);
        if let (Need::Equal(state), Give::Set(_) | Give::Append(_)) = (step.need, step.give) {
            self.states[state.0 as usize].changed += 1;
        }
    }

    /// How many need a state.
    pub(super) fn needed(&self, state: State) -> u32 {
        self.states[state.0 as usize].needed
    }

    /// Whether something looks at `state`, which `step` leaves.
    pub(super) fn is_looked_at(&self, state: State, step: Step) -> bool {
        let of = &self.states[state.0 as usize];
        let itself = u32::from(matches!(step.give, Give::Append(_)));
        of.needed > 0 || self.avoiding > of.avoided || self.appending > itself
    }

    /// Whether what is due needs states that come too seldom, from `state` on: to be
    /// changed, a state must have come as many times.
    pub(super) fn is_stuck(&self, state: State, steps: &[Step]) -> bool {
        self.appending == 0
            && self.due.iter().any(|&op| {
                let Need::Equal(needed) = steps[op as usize].need else {
                    return false;
                };
                let of = &self.states[needed.0 as usize];
                of.set + u32::from(state == needed) < of.changed.max(1)
            })
    }
}
