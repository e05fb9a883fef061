//! TLA+: a module with the sequence of what replicas did, by the names that the Raft specification
//! (`raft.tla` of Ongaro's thesis) has for its actions, for trace validation against it.
//!
//! The steps are in the order in which they happened: what a replica does because of a message comes
//! after its `Receive`. Each has the `server` that does it, if one does. What `raft.tla` leaves out
//! is told by the `kind` of a message that it does not have (a pre-vote, a snapshot, a read index),
//! so that it can be filtered out. A crash is no step: `Restart` is, where the replica runs again.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::name::name;
use super::{Stretch, words};
use crate::sim::causality::{Happening, Letter, Place, What};
use crate::sim::view::{Endpoint, MessageKind, RoleKind};

/// The stretch as a TLA+ module.
pub fn tla(stretch: &Stretch<'_>) -> String {
    let servers = &stretch.graph.beginning().replicas;
    let names: Vec<String> = servers.iter().map(|it| format!("\"{}\"", it.id)).collect();
    let mut module = format!(
        "---- MODULE RaftariumTrace ----\n\\* {}, seed {}, from {} to {} us\nEXTENDS Integers, Sequences\n\nServer == {{{}}}\n\nTrace == <<\n",
        words::one_line(stretch.title),
        stretch.seed,
        stretch.from_us,
        stretch.to_us,
        names.join(", ")
    );
    let leaders = servers.iter().filter(|it| it.role == RoleKind::Leader);
    let mut leaders: BTreeSet<Place> = leaders.map(|it| Place::Replica(it.id)).collect();
    let mut steps = Vec::new();
    for (_, happening) in stretch.graph.iter() {
        note(happening, &mut leaders);
        step(happening, &leaders, &mut steps);
    }
    let steps: Vec<String> = steps.iter().map(|it| format!("    {it}")).collect();
    module += &steps.join(",\n");
    module += "\n>>\n\n====\n";
    module
}

/// Who leads after this.
fn note(happening: &Happening, leaders: &mut BTreeSet<Place>) {
    match happening.what {
        What::Became {
            role: RoleKind::Leader,
            ..
        } => {
            leaders.insert(happening.place);
        }
        What::Became { .. } | What::Crashed {} => {
            leaders.remove(&happening.place);
        }
        _ => {}
    }
}

/// The steps of the specification that it is, if any.
fn step(happening: &Happening, leaders: &BTreeSet<Place>, steps: &mut Vec<String>) {
    let leads = leaders.contains(&happening.place);
    let mut take = |action, fields: &str| steps.push(record(happening.place, action, fields));
    match &happening.what {
        What::Sent(letter) => match letter.kind {
            MessageKind::RequestVote => take("RequestVote", &message(letter)),
            MessageKind::AppendEntries | MessageKind::Heartbeat => {
                take("AppendEntries", &message(letter));
            }
            // In the specification replies are sent by the step that receives.
            _ => {}
        },
        What::Received { letter, .. } | What::Lost { letter, .. } if between_replicas(letter) => {
            let fields = message(letter);
            // Nothing of its own happens when the network makes the second copy.
            if letter.duplicate {
                steps.push(record(Place::Network, "DuplicateMessage", &fields));
            }
            let lost = matches!(happening.what, What::Lost { .. });
            let action = if lost { "DropMessage" } else { "Receive" };
            steps.push(record(happening.place, action, &fields));
        }
        What::Became { role, term, before } => match role {
            RoleKind::Leader => take("BecomeLeader", &format!(", term |-> {term}")),
            RoleKind::Candidate => take("Timeout", &format!(", term |-> {term}")),
            _ if term > before => take("UpdateTerm", &format!(", term |-> {term}")),
            _ => {}
        },
        // A follower appends and commits by the step that receives.
        What::Appended { first, last, term } if leads => {
            for index in first.0..=last.0 {
                take(
                    "ClientRequest",
                    &format!(", term |-> {term}, index |-> {index}"),
                );
            }
        }
        What::Committed { last, .. } if leads => {
            take("AdvanceCommitIndex", &format!(", commitIndex |-> {last}"));
        }
        What::Started {} => take("Restart", ""),
        _ => {}
    }
}

fn between_replicas(letter: &Letter) -> bool {
    let ends = [letter.from, letter.to];
    ends.iter().all(|it| matches!(it, Endpoint::Replica(_)))
}

fn record(at: Place, action: &str, fields: &str) -> String {
    let mut record = format!("[action |-> \"{action}\"");
    if let Place::Replica(id) = at {
        write!(record, ", server |-> \"{id}\"").expect("it is a string");
    }
    record + fields + "]"
}

/// The fields of a step that is about a message.
fn message(letter: &Letter) -> String {
    format!(
        ", source |-> \"{}\", dest |-> \"{}\", kind |-> \"{}\", term |-> {}, number |-> {}, entries |-> {}",
        words::place(letter.from.into()),
        words::place(letter.to.into()),
        name(&letter.kind),
        letter.term,
        letter.number,
        letter.entries
    )
}
