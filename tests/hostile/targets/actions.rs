//! Whatever is done to a world, in whatever order: it is refused and nothing has changed,
//! or it happens, and the world can be looked at, rewound and lived again.

use std::collections::BTreeMap;

use raftarium::sim::action::Action;
use raftarium::sim::scenario::{
    DiskSettings, LinkQuality, Protocol, SnapshotSettings, Timers, Workload, shipped,
};
use raftarium::sim::{Recording, Timeline, World};
use serde_json::{Value, json};

use super::chance::Chance;
use super::json::{change, garble};
use super::scenarios::assert_tells;

/// Every action that there is. What begins with @ is put in when it is drawn.
pub(crate) const ACTIONS: &str = include_str!("../../actions.jsonl");

/// So many steps at most between two actions.
const STEPS_MAX: u32 = 48;

/// How often each action was done and was refused, by its name.
pub(crate) type Tally = BTreeMap<String, (u32, u32)>;

/// Acts as long as there are bytes.
pub(crate) fn actions(bytes: &[u8], tally: &mut Tally) {
    let chance = &mut Chance::new(bytes);
    let mut scenario = chance.pick(shipped()).scenario();
    // Whatever the scenario itself would do would only be in the way.
    scenario.actions.clear();
    let mut timeline = Timeline::new(scenario, chance.below(1_000));
    while !chance.is_over() {
        match chance.below(16) {
            0 => {
                let events = chance.near(timeline.world().events());
                let before = timeline.world().digest();
                if timeline.rewind(events).is_err() {
                    assert_eq!(timeline.world().digest(), before);
                }
            }
            1 => {
                let to_us = timeline.world().now_us() + chance.below(100_000);
                timeline.advance(to_us);
            }
            2..=5 => (0..chance.below(STEPS_MAX)).for_each(|_| drop(timeline.step())),
            _ => act(&mut timeline, chance, tally),
        }
    }
    let recording = json!(timeline.recording()).to_string();
    let recording: Recording = serde_json::from_str(&recording).expect("it was written so");
    let again = recording
        .replay(timeline.world().events())
        .expect("it has happened");
    assert_eq!(again.digest(), timeline.world().digest());
}

fn act(timeline: &mut Timeline, chance: &mut Chance, tally: &mut Tally) {
    let lines: Vec<&str> = ACTIONS.trim().lines().collect();
    let mut value: Value =
        serde_json::from_str(chance.pick::<&str>(&lines)).expect("the table is good");
    put_in(&mut value, timeline.world(), chance);
    let text = if chance.once_in(16) {
        change(&mut value, chance);
        garble(value.to_string(), chance)
    } else {
        value.to_string()
    };
    let action = match Action::from_json(&text) {
        Ok(action) => action,
        Err(error) => return assert_tells(&error, &text),
    };
    let name = value.as_object().and_then(|action| action.keys().next());
    let (done, refused) = tally.entry(name.cloned().unwrap_or_default()).or_default();
    let world = timeline.world();
    let (digest, view, events) = (world.digest(), world.view(), world.events());
    let said = timeline.apply(action);
    let world = timeline.world();
    match said {
        Ok(()) => {
            *done += 1;
            assert_eq!(world.events(), events + 1, "{text}");
            assert!(!json!(world.view()).is_null());
        }
        Err(why) => {
            *refused += 1;
            assert!(!why.to_string().is_empty());
            assert_eq!(world.digest(), digest, "{text}");
            assert_eq!(world.view(), view, "{text}");
        }
    }
}

/// Puts in what the action is about: mostly somebody or something that there is.
fn put_in(value: &mut Value, world: &World, chance: &mut Chance) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|it| put_in(it, world, chance)),
        Value::Array(items) => items.iter_mut().for_each(|it| put_in(it, world, chance)),
        Value::String(name) if name.starts_with('@') => *value = drawn(name, world, chance),
        _ => {}
    }
}

fn drawn(name: &str, world: &World, chance: &mut Chance) -> Value {
    let replica =
        |chance: &mut Chance| json!(chance.below(u32::from(world.scenario().total()) + 2));
    match name {
        "@replica" => replica(chance),
        "@target" => {
            let named = [
                "leader",
                "follower",
                "candidate",
                "crashed",
                "paused",
                "any",
            ];
            if chance.once_in(2) {
                json!(chance.pick(&named))
            } else {
                replica(chance)
            }
        }
        "@message" => {
            let messages: Vec<u64> = world.messages().map(|message| message.id.0).collect();
            if messages.is_empty() || chance.once_in(8) {
                json!(chance.number())
            } else {
                json!(chance.pick(&messages))
            }
        }
        "@client" => json!(chance.below(5)),
        "@flag" => json!(chance.once_in(2)),
        "@write" => json!(chance.pick(&["lost", "torn", "kept"])),
        "@number" | "@rate" => json!(chance.number()),
        "@operation" => operation(chance),
        "@reads" => match chance.below(5) {
            0 => json!({"log": {}}),
            1 => json!({"read_index": {"followers": chance.once_in(2)}}),
            2 => json!({"lease": {"drift_ppm": chance.number()}}),
            _ => Value::Null,
        },
        "@quality" => odd(json!(LinkQuality::default()), chance),
        "@disk" => odd(json!(DiskSettings::default()), chance),
        "@protocol" => {
            let protocol = Protocol {
                pre_vote: chance.once_in(2),
                check_quorum: chance.once_in(2),
                ..Protocol::default()
            };
            odd(json!(protocol), chance)
        }
        "@timing" => {
            let timing = Timers {
                election_timeout_ticks_max: 30 + u32::from(chance.once_in(2)) * 270,
                ..Timers::default()
            };
            odd(json!(timing), chance)
        }
        "@snapshots" => odd(json!(SnapshotSettings::default()), chance),
        "@workload" => odd(json!(Workload::default()), chance),
        other => panic!("the table has an unknown {other}"),
    }
}

fn operation(chance: &mut Chance) -> Value {
    let text = |chance: &mut Chance| match chance.below(16) {
        15 => json!("long".repeat(1_200)),
        14 => json!(""),
        few => json!(format!("{few}")),
    };
    let (key, value) = (text(chance), text(chance));
    match chance.below(5) {
        0 => json!({"get": {"key": key}}),
        1 => json!({"delete": {"key": key}}),
        2 => json!({"compare_and_set": {"key": key, "value": value}}),
        3 => json!({"compare_and_set": {"key": key, "expected": text(chance), "value": value}}),
        _ => json!({"put": {"key": key, "value": value}}),
    }
}

/// Settings, mostly with something strange in them.
fn odd(mut settings: Value, chance: &mut Chance) -> Value {
    if chance.once_in(2) {
        change(&mut settings, chance);
    }
    settings
}
