//! Counts the values that the remaining operations will look at, and those they can bring about.

use super::model::{Give, Model, Need, State, Step};
use super::part::Op;

/// Numbers of operations that are not yet taken, by state and over all.
#[derive(Debug)]
pub(super) struct Tally {
    states: Vec<OfState>,
    /// Those that were answered and need a state.
    needing: u32,
    /// Those that set the key from any value, or from all but one.
    setting: u32,
    /// The states that something needs not to find, and that something sets.
    avoidable: u32,
}

#[derive(Clone, Debug, Default)]
struct OfState {
    /// Those that were answered and need it.
    needed: u32,
    /// Those that need it, answered or not, and change it.
    changed: u32,
    /// Those that need another.
    avoided: u32,
    /// Those that set it.
    set: u32,
    /// If it is the first of its group: those that were answered and need one of the group.
    group_needed: u32,
    /// If it is the first of its group: those that set one of the group.
    group_set: u32,
}

impl OfState {
    fn avoidable(&self) -> u32 {
        u32::from(self.avoided > 0 && self.set > 0)
    }
}

impl Tally {
    pub(super) fn of(part: &[Op], model: &Model) -> Self {
        let mut tally = Self {
            states: vec![OfState::default(); model.states],
            needing: 0,
            setting: 0,
            avoidable: 0,
        };
        for (op, &step) in part.iter().zip(&model.steps) {
            tally.add(step, op.answer.is_some(), model);
        }
        tally
    }

    pub(super) fn add(&mut self, step: Step, answered: bool, model: &Model) {
        self.count(step, answered, model, |number| *number += 1);
    }

    pub(super) fn remove(&mut self, step: Step, answered: bool, model: &Model) {
        self.count(step, answered, model, |number| *number -= 1);
    }

    /// Whether something needs a value that is not there and that nothing can bring.
    pub(super) fn hopeless(&self, model: &Model) -> bool {
        let initial = model.group(model.initial);
        (0..).map(State).zip(&self.states).any(|(state, of)| {
            let group = model.group(state);
            of.needed > 0 && self.states[group.0 as usize].group_set == 0 && group != initial
        })
    }

    /// Whether nobody will look at it: nobody needs it, and nobody needs another.
    pub(super) fn is_idle(&self, state: State) -> bool {
        let of = &self.states[state.0 as usize];
        of.needed == 0 && of.changed == 0 && of.avoided == 0
    }

    /// How many will look at it, if all that they do is to read it.
    pub(super) fn only_reads(&self, state: State) -> Option<u32> {
        let of = &self.states[state.0 as usize];
        (of.changed == 0 && of.avoided == 0).then_some(of.needed)
    }

    /// Whether there is something that needs another value than one that is still to come.
    pub(super) fn could_be_saved(&self) -> bool {
        self.avoidable > 0
    }

    /// Whether `step`, which goes from one state to another, leaves nothing behind that
    /// is still needed.
    pub(super) fn may_leave(
        &self,
        from: State,
        to: State,
        step: Step,
        answered: bool,
        model: &Model,
    ) -> bool {
        let itself = u32::from(answered && matches!(step.need, Need::Equal(_)));
        let (group, to_group) = (model.group(from), model.group(to));
        let of_group = &self.states[group.0 as usize];
        let left_behind = if group == to_group {
            self.states[from.0 as usize].needed
        } else {
            of_group.group_needed
        };
        if left_behind > itself && of_group.group_set == 0 {
            return false;
        }
        let setting = self.setting - u32::from(sets(step));
        // From a value that nobody has seen, only setting another leads back.
        !Model::is_unseen(to) || self.needing == itself || setting > 0
    }

    fn count(&mut self, step: Step, answered: bool, model: &Model, change: impl Fn(&mut u32)) {
        if let Need::Equal(state) = step.need {
            if answered {
                change(&mut self.states[state.0 as usize].needed);
                change(&mut self.needing);
                change(&mut self.states[model.group(state).0 as usize].group_needed);
            }
            if step.give != Give::Same {
                change(&mut self.states[state.0 as usize].changed);
            }
        }
        if let Need::Differs(state) = step.need {
            self.adjust(state, |of| change(&mut of.avoided));
        }
        match step.give {
            Give::Set(state) => {
                self.adjust(state, |of| change(&mut of.set));
                change(&mut self.states[model.group(state).0 as usize].group_set);
            }
            Give::Append(_) | Give::Same => {}
        }
        if sets(step) {
            change(&mut self.setting);
        }
    }

    fn adjust(&mut self, state: State, change: impl Fn(&mut OfState)) {
        let of = &mut self.states[state.0 as usize];
        self.avoidable -= of.avoidable();
        change(of);
        self.avoidable += of.avoidable();
    }
}

/// Whether it sets the key from any value, or from all but one.
fn sets(step: Step) -> bool {
    matches!(step.give, Give::Set(_)) && !matches!(step.need, Need::Equal(_))
}
