//! Mermaid's sequence diagram. Its arrows take no time, so a message is where it is received, or
//! lost; and of a long stretch only the first part is in it, since Mermaid draws no more.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Stretch, words};
use crate::sim::causality::{Happening, Place, What};
use crate::sim::view::RoleKind;

/// Mermaid refuses a text of more than 50,000 characters, unless its page is told to draw more; and
/// beyond some hundreds of arrows it takes minutes.
const BYTES_MAX: usize = 45_000;
const ARROWS_MAX: usize = 400;

/// The stretch as a sequence diagram.
pub fn mermaid(stretch: &Stretch<'_>) -> String {
    let mut said = String::from("sequenceDiagram\n");
    let all = stretch.graph.iter().map(|(_, it)| it.place);
    let all = all.filter(|it| matches!(it, Place::Replica(_) | Place::Client(_)));
    let places: BTreeSet<Place> = all.collect();
    for &place in &places {
        say(&mut said, &format!("participant {}", words::place(place)));
    }
    let (Some(&first), Some(&last)) = (places.first(), places.last()) else {
        return said;
    };
    let all = format!("{},{}", words::place(first), words::place(last));
    let mut arrows = 0;
    for (_, happening) in stretch.graph.iter() {
        let Some(line) = line(happening, &all) else {
            continue;
        };
        arrows += usize::from(happening.letter().is_some());
        if arrows > ARROWS_MAX || said.len() + line.len() > BYTES_MAX {
            let from = crate::text::seconds(happening.at_us);
            say(
                &mut said,
                &format!("Note over {all}: more than can be drawn from {from} on"),
            );
            break;
        }
        say(&mut said, &line);
    }
    said
}

fn say(said: &mut String, line: &str) {
    writeln!(said, "    {line}").expect("it is a string");
}

/// An arrow, or a note over a place, or over `all` of them.
fn line(happening: &Happening, all: &str) -> Option<String> {
    let note = |over: &str| {
        let label = escaped(&words::label(happening));
        Some(format!("Note over {over}: {label}"))
    };
    match &happening.what {
        What::Received { letter, .. } | What::Lost { letter, .. } => {
            let lost = matches!(happening.what, What::Lost { .. });
            Some(format!(
                "{}{}{}: {}",
                words::place(letter.from.into()),
                if lost { "--x" } else { "->>" },
                words::place(letter.to.into()),
                escaped(&words::letter(letter)),
            ))
        }
        What::Became {
            role: RoleKind::Leader | RoleKind::Candidate,
            ..
        }
        | What::Crashed {}
        | What::Started {}
        | What::Truncated { .. }
        | What::Committed { .. }
        | What::Told { .. } => note(&words::place(happening.place)),
        What::Done(_) | What::Noted(_) if happening.place == Place::Outside => note(all),
        _ => None,
    }
}

/// A text of Mermaid ends with `;` and `#`, comments begin with `%%`, formulas with `$$`, and `<br>`
/// breaks a line: whatever might mean something is put as an entity.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for it in text.chars() {
        if it.is_ascii_punctuation() && !".,:-_()='/".contains(it) {
            write!(safe, "#{};", u32::from(it)).expect("it is a string");
        } else {
            safe.push(it);
        }
    }
    safe
}
