//! The sequential model: what one key can hold, as small numbers.
//!
//! Only values that some answer speaks of can be told apart; what nobody saw is as good
//! as any other value that nobody saw. So the states of a key are the values that were
//! seen, and two for the rest: texts and others, since only to a text can be appended.
//! Where there are appends, each beginning of a text that was seen is a state too, as a
//! node of a tree, and a text that has left the tree never comes back to it by appending.

use std::collections::BTreeMap;

use super::Value;
use super::part::{Effect, NULL as NULL_VALUE, Op, Seen};

/// The value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State(pub(super) u32);

/// A text that no answer shows.
pub(super) const UNSEEN_TEXT: State = State(0);
/// A number or boolean that no answer shows.
const UNSEEN_OTHER: State = State(1);
const NULL: State = State(2);

/// The precondition for an operation to take effect as it was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Nothing,
    Equal(State),
    Differs(State),
    Never,
}

/// The value of the key after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Give<'a> {
    Same,
    Set(State),
    Append(&'a str),
}

/// An operation. Two that are equal do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step<'a> {
    pub(super) need: Need,
    pub(super) give: Give<'a>,
}

/// The model of one part of a history.
#[derive(Debug)]
pub(super) struct Model<'a> {
    pub(super) steps: Vec<Step<'a>>,
    pub(super) initial: State,
    /// How many states there are.
    pub(super) states: usize,
    /// Whether there are appends.
    pub(super) appends: bool,
    /// By state, the first of its group. What is written leads into one group, and what is
    /// appended to it leads on in that group, or out of sight. Without appends, each state
    /// is its own group. With appends, the group of a text is that of the shortest
    /// beginning of it that is written; if none is, that of null.
    groups: Vec<State>,
    /// The first state that is a text; those after it are texts too.
    texts_from: State,
    /// The tree of the texts, if there are appends: by node and next byte.
    tree: BTreeMap<(State, u8), State>,
}

/// The texts that were seen are too many to keep.
#[derive(Debug)]
pub(super) struct TooMuchText;

/// The most states that a model may have.
const STATES_MAX: u32 = 1 << 22;

impl<'a> Model<'a> {
    pub(super) fn of(part: &[Op<'a>], initial: &Value) -> Result<Self, TooMuchText> {
        let mut seen: Vec<&Value> = part
            .iter()
            .filter_map(|op| match op.seen() {
                Seen::Equal(value) | Seen::Differs(value) => Some(value),
                Seen::Nothing | Seen::Never => None,
            })
            .collect();
        seen.sort_unstable();
        seen.dedup();
        let (texts, others): (Vec<&Value>, Vec<&Value>) = seen
            .into_iter()
            .filter(|&value| *value != Value::Null)
            .partition(|value| matches!(value, Value::Text(_)));
        let mut names = BTreeMap::from([(&NULL_VALUE, NULL)]);
        let mut next = NULL.0;
        let mut fresh = || {
            next += 1;
            if next < STATES_MAX {
                Ok(State(next))
            } else {
                Err(TooMuchText)
            }
        };
        for value in others {
            names.insert(value, fresh()?);
        }
        let appends = part
            .iter()
            .any(|op| matches!(op.effect(), Effect::Append(_)));
        let texts_from = fresh()?;
        let mut tree = BTreeMap::new();
        for value in texts {
            let Value::Text(text) = value else { continue };
            let mut node = texts_from;
            if appends {
                for byte in text.bytes() {
                    let child = tree.get(&(node, byte)).copied();
                    let child = child.map_or_else(&mut fresh, Ok)?;
                    tree.insert((node, byte), child);
                    node = child;
                }
            } else {
                node = fresh()?;
            }
            names.insert(value, node);
        }
        let mut model = Self {
            steps: Vec::new(),
            initial: UNSEEN_OTHER,
            states: next as usize + 1,
            groups: (0..=next).map(State).collect(),
            appends,
            texts_from,
            tree,
        };
        model.initial = model.state(&names, initial);
        model.steps = part.iter().map(|op| model.step(&names, op)).collect();
        if appends {
            model.group_texts();
        }
        Ok(model)
    }

    fn group_texts(&mut self) {
        let mut written = vec![false; self.states];
        for step in &self.steps {
            if let Give::Set(state) = step.give {
                written[state.0 as usize] = true;
            }
        }
        // From null and from the empty text, appending leads to all texts.
        self.groups[self.texts_from.0 as usize] = NULL;
        let all_one = written[NULL.0 as usize] || written[self.texts_from.0 as usize];
        let mut edges: Vec<(State, State)> = self
            .tree
            .iter()
            .map(|(&(parent, _), &child)| (child, parent))
            .collect();
        // A text is younger than its beginnings.
        edges.sort_unstable();
        for (child, parent) in edges {
            let of_parent = self.groups[parent.0 as usize];
            if all_one || of_parent != NULL || !written[child.0 as usize] {
                self.groups[child.0 as usize] = of_parent;
            }
        }
    }

    /// The group of a state.
    pub(super) fn group(&self, state: State) -> State {
        self.groups[state.0 as usize]
    }

    /// The state after a step, if it can be taken.
    pub(super) fn take(&self, step: Step, state: State) -> Option<State> {
        let met = match step.need {
            Need::Nothing => true,
            Need::Equal(other) => state == other,
            Need::Differs(other) => state != other,
            Need::Never => false,
        };
        if !met {
            return None;
        }
        match step.give {
            Give::Same => Some(state),
            Give::Set(new) => Some(new),
            Give::Append(_) if state == UNSEEN_TEXT => Some(UNSEEN_TEXT),
            Give::Append(text) if state == NULL => Some(self.walk(self.texts_from, text)),
            Give::Append(text) if self.is_text(state) => Some(self.walk(state, text)),
            Give::Append(_) => None,
        }
    }

    /// Whether it is a text that was seen, or the beginning of one.
    pub(super) fn is_text(&self, state: State) -> bool {
        state >= self.texts_from
    }

    /// Whether nobody has seen it.
    pub(super) fn is_unseen(state: State) -> bool {
        state <= UNSEEN_OTHER
    }

    fn walk(&self, from: State, text: &str) -> State {
        let mut bytes = text.bytes();
        bytes
            .try_fold(from, |node, byte| self.tree.get(&(node, byte)).copied())
            .unwrap_or(UNSEEN_TEXT)
    }

    fn state(&self, names: &BTreeMap<&Value, State>, value: &Value) -> State {
        match (names.get(value), value) {
            (Some(&state), _) => state,
            (None, Value::Text(text)) if self.appends => self.walk(self.texts_from, text),
            (None, Value::Text(_)) => UNSEEN_TEXT,
            (None, _) => UNSEEN_OTHER,
        }
    }

    fn step(&self, names: &BTreeMap<&Value, State>, op: &Op<'a>) -> Step<'a> {
        let need = match op.seen() {
            Seen::Nothing => Need::Nothing,
            Seen::Equal(value) => Need::Equal(self.state(names, value)),
            Seen::Differs(value) => Need::Differs(self.state(names, value)),
            Seen::Never => Need::Never,
        };
        let give = match op.effect() {
            Effect::None => Give::Same,
            Effect::Set(value) => Give::Set(self.state(names, value)),
            Effect::Append(text) => Give::Append(text),
        };
        Step { need, give }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, History, Operation};
    use super::*;

    /// What is left of the texts when these were read and those may be appended.
    #[test]
    fn appending_leads_along_the_texts_that_were_seen_or_out_of_sight() {
        let mut history = History::default();
        for (process, read) in (0..).zip(["ab", "abc", "x"]) {
            let read = Answer::Value(read.into());
            assert_eq!(
                history.invoke(process, Value::Null, Operation::Read),
                Ok(())
            );
            assert_eq!(history.ok(process, read), Ok(()));
        }
        let append = Operation::Append("b".into());
        assert_eq!(history.invoke(9, Value::Null, append), Ok(()));
        let parts = super::super::part::by_key(&history);
        let part = &parts[&Value::Null];
        let model = Model::of(part, &Value::Null).expect("there is little text");
        let append = |text, state| {
            let step = Step {
                need: Need::Nothing,
                give: Give::Append(text),
            };
            model.take(step, state)
        };
        let Need::Equal(ab) = model.steps[0].need else {
            panic!("a read needs what it read")
        };
        let a = append("a", NULL).expect("null is the empty text");
        assert_eq!(append("b", a), Some(ab));
        assert_eq!(append("ab", model.texts_from), Some(ab));
        assert_eq!(append("", ab), Some(ab));
        assert_eq!(append("d", ab), Some(UNSEEN_TEXT));
        assert_eq!(append("c", UNSEEN_TEXT), Some(UNSEEN_TEXT));
        assert_eq!(append("c", UNSEEN_OTHER), None);
    }
}
