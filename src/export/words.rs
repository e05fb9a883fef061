//! Short labels.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::name::name;
use crate::raft::Decision;
use crate::sim::causality::{Happening, HappeningId, Letter, Outcome, Place, VectorClocks, What};
use crate::sim::view::RoleKind;
use crate::text;

/// “R1”, “C2”, “network”, “outside”.
pub(super) fn place(place: Place) -> String {
    match place {
        Place::Replica(id) => id.to_string(),
        Place::Client(id) => format!("C{}", id.0),
        Place::Network => "network".into(),
        Place::Outside => "outside".into(),
    }
}

/// A message at a glance.
pub(super) fn letter(letter: &Letter) -> String {
    let mut label = name(&letter.kind);
    if letter.term.0 > 0 {
        write!(label, " term {}", letter.term).expect("it is a string");
    }
    if letter.entries > 0 {
        write!(label, " entries to {}", letter.number).expect("it is a string");
    } else if letter.number > 0 {
        write!(label, " {}", letter.number).expect("it is a string");
    }
    label
}

/// A vector clock by the names of the places, without those of which it knows nothing.
pub(super) fn clock(clocks: &VectorClocks, id: HappeningId) -> BTreeMap<String, u32> {
    let known = clocks.get(id).unwrap_or_default();
    let all = clocks.places().iter().zip(known);
    let all = all.filter(|(_, known)| **known > 0);
    all.map(|(&at, &known)| (place(at), known)).collect()
}

/// A longer label is cut: a value may have thousands of characters.
const CHARACTERS_MAX: usize = 160;

/// What happened, in a few words on one line.
pub(super) fn label(happening: &Happening) -> String {
    let label = one_line(&what(happening));
    match label.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label,
    }
}

/// Without what would end the line or turn its direction.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '\u{2028}' | '\u{2029}' => line.push(' '),
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                write!(line, "⟨U+{:04X}⟩", u32::from(it)).expect("it is a string");
            }
            _ if it.is_control() => line.push(' '),
            _ => line.push(it),
        }
    }
    line
}

fn what(happening: &Happening) -> String {
    match &happening.what {
        What::Sent(it) => format!("send {}", letter(it)),
        What::Received {
            letter: it,
            outcome,
        } => match outcome {
            Outcome::Taken => format!("receive {}", letter(it)),
            Outcome::Refused(refusal) => format!("refuse {}: {refusal}", letter(it)),
            Outcome::OlderTerm { current } => {
                format!("ignore {}: term {current} already", letter(it))
            }
            Outcome::NotAsked { role } => format!("ignore {}: as {role}", letter(it)),
            Outcome::NothingNew => format!("receive {}: nothing new", letter(it)),
        },
        What::Lost {
            letter: it, cause, ..
        } => format!("lose {}: {}", letter(it), name(cause)),
        What::TimedOut {
            role: RoleKind::Leader,
        } => "heartbeat due".into(),
        What::TimedOut { .. } => "timer".into(),
        What::Decided(decision) => decided(happening, decision),
        What::Became { role, term, .. } => format!("{role} in term {term}"),
        What::Appended { first, last, term } => format!("append {first} to {last} of term {term}"),
        What::Truncated { last_index } => format!("truncate after {last_index}"),
        What::Committed { first, last } => format!("commit {first} to {last}"),
        What::Wrote { last_index, .. } => format!("written to {last_index}"),
        What::Applied { index } => format!("apply {index}"),
        What::Restored { index } => format!("restore snapshot to {index}"),
        What::SnapshotTaken { index } => format!("snapshot to {index}"),
        What::ReadServed { index, .. } => format!("read at {index}"),
        What::Done(action) => format!("done: {}", name(&**action)),
        What::Noted(event) => text::event(event).unwrap_or_else(|| name(&**event)),
        What::Asked { operation, .. } => format!("ask: {}", text::asked(operation)),
        What::Told {
            operation, answer, ..
        } => format!(
            "told of {}: {}",
            text::asked(operation),
            text::answered(answer)
        ),
        What::GaveUp { operation, .. } => format!("give up: {}", text::asked(operation)),
        other => name(other).replace('_', " "),
    }
}

fn decided(happening: &Happening, decision: &Decision) -> String {
    match happening.replica() {
        Some(id) => text::decision(id, decision),
        None => name(decision),
    }
}
