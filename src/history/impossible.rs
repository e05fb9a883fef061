//! Answers that are wrong by themselves: they tell of a value that nothing can have brought.
//!
//! Such an answer needs no search, and no other operation to show what is wrong with it.

use std::collections::BTreeMap;

use super::Value;
use super::part::{Effect, Op, Seen};

/// The most comparisons that are made to find out whether texts can be put together.
const COMPARISONS_MAX: usize = 20_000_000;

/// The first answer that speaks of a value which nothing called before it can have brought.
pub(super) fn first_impossible<'a>(part: &[Op<'a>], initial: &Value) -> Option<Op<'a>> {
    let mut sources = Sources {
        initial,
        set: BTreeMap::new(),
        appended: BTreeMap::new(),
        lengths: Vec::new(),
        comparisons_left: COMPARISONS_MAX,
    };
    let mut answered: Vec<(usize, &Op)> = Vec::new();
    for op in part {
        // Its call comes after that of all before it in the part.
        match op.effect() {
            Effect::Set(value) => {
                sources.set.entry(value).or_insert(op.record.called_at);
            }
            Effect::Append(text) => {
                sources.appended.entry(text).or_insert(op.record.called_at);
                sources.lengths.push(text.len());
            }
            Effect::None => {}
        }
        if let Some((at, _)) = op.answer {
            answered.push((at, op));
        }
    }
    sources.lengths.sort_unstable();
    sources.lengths.dedup();
    answered.sort_unstable_by_key(|&(at, _)| at);
    let mut impossible = answered.into_iter().filter(|&(by, op)| match op.seen() {
        Seen::Nothing => false,
        Seen::Never => true,
        Seen::Equal(value) => !sources.can_bring(value, by),
        Seen::Differs(value) => !sources.can_bring_another_than(value, by),
    });
    impossible.next().map(|(_, op)| *op)
}

/// The operations that can bring values, with the place of the first call that would.
struct Sources<'a> {
    initial: &'a Value,
    set: BTreeMap<&'a Value, usize>,
    appended: BTreeMap<&'a str, usize>,
    /// The different lengths of what is appended.
    lengths: Vec<usize>,
    comparisons_left: usize,
}

impl Sources<'_> {
    fn is_set(&self, value: &Value, by: usize) -> bool {
        self.initial == value || self.set.get(value).is_some_and(|&called_at| called_at < by)
    }

    /// Whether the value may have been there by then. It may be said too often that it may.
    fn can_bring(&mut self, value: &Value, by: usize) -> bool {
        match value {
            _ if self.is_set(value, by) => true,
            Value::Text(text) if !self.appended.is_empty() => self.can_put_together(text, by),
            _ => false,
        }
    }

    fn can_bring_another_than(&self, value: &Value, by: usize) -> bool {
        let mut set = self.set.iter();
        self.initial != value
            || set.any(|(&other, &called_at)| other != value && called_at < by)
            || self.appended.values().any(|&called_at| called_at < by)
    }

    /// Whether a text can be what was there at some time, and what was appended to it; each
    /// text any number of times.
    fn can_put_together(&mut self, text: &str, by: usize) -> bool {
        let mut reached = vec![false; text.len() + 1];
        let beginnings = self.set.iter().filter(|&(_, &called_at)| called_at < by);
        for value in beginnings.map(|(&value, _)| value).chain([self.initial]) {
            match value {
                Value::Null => reached[0] = true,
                Value::Text(beginning) if text.starts_with(&**beginning) => {
                    reached[beginning.len()] = true;
                }
                _ => {}
            }
        }
        for from in 0..text.len() {
            if !reached[from] {
                continue;
            }
            for &length in &self.lengths {
                if self.comparisons_left == 0 {
                    return true;
                }
                self.comparisons_left -= 1;
                let next = text.get(from..from + length);
                let appended = next.and_then(|next| self.appended.get(next));
                if appended.is_some_and(|&called_at| called_at < by) {
                    reached[from + length] = true;
                }
            }
        }
        reached[text.len()]
    }
}
