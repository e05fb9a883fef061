//! Whatever stands in a recording or in a case of the adversary's: it is refused with its
//! place, or it is lived again and judged.

use raftarium::adversary::{Case, Failure};
use raftarium::document::Document;
use raftarium::sim::Timeline;
use raftarium::sim::action::{Action, Target};
use raftarium::sim::scenario::shipped;
use serde_json::{Value, json};

use super::chance::Chance;
use super::json::{change, garble};
use super::scenarios::assert_tells;

/// A case that was accepted is lived for so many events at most.
const EVENTS_MAX: u64 = 400;

/// What became of a case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Came {
    NotRead,
    NotReplayed,
    Replayed,
}

pub(crate) fn cases(bytes: &[u8]) -> Came {
    let chance = &mut Chance::new(bytes);
    let text = if chance.once_in(8) {
        String::from_utf8_lossy(chance.rest()).into_owned()
    } else {
        let mut case = good(chance);
        change(&mut case, chance);
        garble(case.to_string(), chance)
    };
    let mut case = match Document::read(&text).and_then(|it| it.into_case(100_000)) {
        Ok(case) => case,
        Err(error) => {
            assert_tells(&error, &text);
            return Came::NotRead;
        }
    };
    case.end.events = case.end.events.min(EVENTS_MAX);
    follow(&case);
    match case.replay(|_| {}) {
        Err(error) => {
            assert!(!error.to_string().is_empty());
            Came::NotReplayed
        }
        Ok((failure, _)) => {
            assert_no_panic(failure.as_ref(), &text);
            Came::Replayed
        }
    }
}

/// As the page does it: event by event, as far as it goes.
fn follow(case: &Case) {
    let mut timeline = match Timeline::follow(case.recording.clone()) {
        Ok(timeline) => timeline,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    for _ in 0..EVENTS_MAX {
        let before = timeline.world().digest();
        if let Err(error) = timeline.step() {
            assert!(!error.to_string().is_empty());
            assert_eq!(timeline.world().digest(), before);
        }
    }
}

fn assert_no_panic(failure: Option<&Failure>, text: &str) {
    let panicked = failure.filter(|failure| failure.property == "no-panic");
    assert_eq!(panicked, None, "{text}");
}

/// A life of a hundred events or so, in which something was done by hand.
pub(super) fn good(chance: &mut Chance) -> Value {
    let mut timeline = Timeline::new(chance.pick(shipped()).scenario(), chance.below(100));
    let leader = Target::Leader;
    let by_hand = [
        Action::Pause { replica: leader },
        Action::crash(leader),
        Action::Isolate { replica: leader },
        Action::TimeOut {
            replica: Target::Any,
        },
        Action::HealAll {},
        Action::Restart {
            replica: Target::Crashed,
        },
    ];
    for _ in 0..4 {
        for _ in 0..=chance.below(40) {
            if !matches!(timeline.step(), Ok(Some(_))) {
                break;
            }
        }
        // Whether it can be done there is all the same.
        let _ = timeline.apply(chance.pick(&by_hand).clone());
    }
    let recording = json!(timeline.recording());
    if chance.once_in(4) {
        return recording;
    }
    let world = timeline.world();
    let living: Vec<_> = world.scenario().all_replicas().collect();
    json!({
        "failure": { "seed": 1, "property": "linearizable", "what": "it was", "event": 3 },
        "end": {
            "events": world.events() + 50,
            "at_us": world.now_us() + 100_000,
            "rest": { "living": living },
        },
        "recording": recording,
    })
}
