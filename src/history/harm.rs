//! Finds the operations that can be left out of a part without harm.
//!
//! To leave something out is harmless if, **had the whole an order, the rest would have one
//! too**: the same order, without what was left out. That is so if nobody in the rest can have
//! looked at what was left out.
//!
//! - What changes nothing is looked at by nobody.
//! - A change is looked at by those that need the value that it left; not by those that were
//!   answered before it was called, nor by those that were called after something else in the
//!   rest had set the key anew for sure.
//!
//! And so that the rest can be understood by itself, of a value that someone in the rest has
//! seen one write stays, even if it can't be the one that was seen.

use std::collections::BTreeMap;

use super::Value;
use super::part::{Effect, Op, Seen};

/// Which operations of a part may look at which others.
pub(super) struct Harm<'p, 'a> {
    part: &'p [Op<'a>],
    /// By value, those that need it, in the order of their calls; each with the latest answer
    /// among it and those before it.
    needing: BTreeMap<&'a Value, Vec<(usize, usize)>>,
    /// Those that look at more than one value.
    wide: Vec<usize>,
    /// By change, those that make it, in the order of their calls.
    sources: BTreeMap<Effect<'a>, Vec<usize>>,
}

impl<'p, 'a> Harm<'p, 'a> {
    pub(super) fn of(part: &'p [Op<'a>]) -> Self {
        let mut needing: BTreeMap<&Value, Vec<(usize, usize)>> = BTreeMap::new();
        let mut wide = Vec::new();
        let mut sources: BTreeMap<Effect, Vec<usize>> = BTreeMap::new();
        for (place, op) in part.iter().enumerate() {
            if let Seen::Equal(value) = op.seen() {
                let needing = needing.entry(value).or_default();
                let latest = needing.last().map_or(0, |&(_, latest)| latest);
                needing.push((place, latest.max(op.answered_at())));
            }
            let effect = op.effect();
            if matches!(op.seen(), Seen::Differs(_)) || matches!(effect, Effect::Append(_)) {
                wide.push(place);
            }
            if effect != Effect::None {
                sources.entry(effect).or_default().push(place);
            }
        }
        Self {
            part,
            needing,
            wide,
            sources,
        }
    }

    /// The most of `gone` that can be left out without harm.
    pub(super) fn harmless(&self, mut gone: Vec<bool>) -> Vec<bool> {
        let setters = self.setters(&gone);
        loop {
            let mut fewer = false;
            // The operations that look at a change mostly come after it.
            for place in (0..self.part.len()).rev() {
                if gone[place] && self.looked_at(place, &setters, &mut |other| !gone[other]) {
                    gone[place] = false;
                    fewer = true;
                }
            }
            let unexplained = self.unexplained(&gone);
            let staying: Vec<usize> = unexplained.map(|(sources, _)| sources[0]).collect();
            for place in staying {
                gone[place] = false;
                fewer = true;
            }
            if !fewer {
                return gone;
            }
        }
    }

    /// An operation with all that must go if it goes; `None` if `last` must go.
    pub(super) fn with_all_that_look(
        &self,
        place: usize,
        last: Option<usize>,
    ) -> Option<Vec<bool>> {
        let mut gone = vec![false; self.part.len()];
        gone[place] = true;
        loop {
            let setters = self.setters(&gone);
            // Those whose change may have been looked at by others that are still there.
            let mut to_do: Vec<usize> = (0..gone.len()).filter(|&place| gone[place]).collect();
            let before = to_do.len();
            let mut after = before;
            while let Some(place) = to_do.pop() {
                self.looked_at(place, &setters, &mut |other| {
                    if !gone[other] {
                        gone[other] = true;
                        after += 1;
                        to_do.push(other);
                    }
                    false
                });
                if last.is_some_and(|last| gone[last]) {
                    return None;
                }
            }
            let unexplained = self.unexplained(&gone);
            let seen_by: Vec<usize> = unexplained.flat_map(|(_, seen_by)| seen_by).collect();
            if seen_by.is_empty() && after == before {
                return Some(gone);
            }
            for other in seen_by {
                gone[other] = true;
            }
        }
    }

    /// Whether one of those that may look at a change is as asked for.
    fn looked_at(
        &self,
        place: usize,
        setters: &Setters,
        asked: &mut dyn FnMut(usize) -> bool,
    ) -> bool {
        let op = &self.part[place];
        let effect = op.effect();
        let anew_at = setters.anew_after(op.answered_at());
        let mut in_time = |other: usize| {
            let looking = &self.part[other];
            other != place
                && looking.record.called_at < anew_at
                && looking.answered_at() > op.record.called_at
                && asked(other)
        };
        match effect {
            Effect::None => false,
            Effect::Set(set) => {
                let needing = self.needing.get(set).map_or(&[][..], |needing| needing);
                let called_at = op.record.called_at;
                let from = needing.partition_point(|&(_, latest)| latest <= called_at);
                let needing = needing[from..].iter().map(|&(other, _)| other);
                let needing =
                    needing.take_while(|&other| self.part[other].record.called_at < anew_at);
                for other in needing {
                    if in_time(other) {
                        return true;
                    }
                }
                self.wide.iter().any(|&other| {
                    let looking = &self.part[other];
                    // The result of an append depends on the text before it.
                    let looks = match (looking.seen(), looking.effect()) {
                        (_, Effect::Append(_)) => true,
                        (Seen::Differs(value), _) => set != value,
                        _ => false,
                    };
                    looks && in_time(other)
                })
            }
            Effect::Append(text) => (0..self.part.len()).any(|other| {
                let looks = match self.part[other].seen() {
                    Seen::Equal(value) => contains(value, text),
                    Seen::Differs(_) => true,
                    Seen::Nothing | Seen::Never => false,
                };
                looks && in_time(other)
            }),
        }
    }

    /// The changes that would have no source left, though someone left has seen them: the
    /// sources, and who has seen them.
    fn unexplained(&self, gone: &[bool]) -> impl Iterator<Item = (&[usize], Vec<usize>)> {
        let all_gone = |sources: &[usize]| sources.iter().all(|&place| gone[place]);
        let sources = self
            .sources
            .iter()
            .filter(move |(_, sources)| all_gone(sources));
        let saw = move |effect: &Effect, other: usize| {
            let op = &self.part[other];
            !gone[other]
                && op.answer.is_some()
                && match (effect, op.seen()) {
                    (Effect::Set(set), Seen::Equal(value)) => *set == value,
                    (Effect::Append(text), Seen::Equal(value)) => contains(value, text),
                    _ => false,
                }
        };
        sources.filter_map(move |(effect, sources)| {
            let seen_by: Vec<usize> = match effect {
                Effect::Set(set) => {
                    let needing = self.needing.get(set).map_or(&[][..], |needing| needing);
                    let needing = needing.iter().map(|&(other, _)| other);
                    needing.filter(|&other| saw(effect, other)).collect()
                }
                Effect::Append(_) => {
                    let all = 0..self.part.len();
                    all.filter(|&other| saw(effect, other)).collect()
                }
                Effect::None => Vec::new(),
            };
            (!seen_by.is_empty()).then_some((&sources[..], seen_by))
        })
    }

    /// Those that are left of the answered operations that set the key.
    fn setters(&self, gone: &[bool]) -> Setters {
        let left = self.part.iter().zip(gone).filter(|&(_, gone)| !gone);
        Setters::of(left.map(|(op, _)| op))
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
