//! What a person reads when something is wrong: plain words, with the place, whatever the text
//! is that a reader gets.

#![cfg(not(target_family = "wasm"))]

mod command_line;
mod documents;

use raftarium::course::{Choice, TestFile};
use raftarium::document::Document;
use raftarium::kv::Operation;
use raftarium::link::{self, Shared};
use raftarium::sim::action::Action;
use raftarium::sim::scenario::{ReadMode, Scenario, ScenarioError, from_json};
use raftarium::sim::{Intervention, Recording, World};
use serde_json::{Value as Json, json};

/// Words that only a programmer uses.
const RUST: [&str; 10] = [
    "struct ",
    "enum ",
    "variant",
    "LogIndex(",
    "ReplicaId(",
    "::",
    "{ ",
    "(os error",
    "untagged",
    "None",
];
const RUST_TYPES: [&str; 10] = [
    "u8", "u16", "u32", "u64", "i64", "usize", "f64", "Option", "Some", "str",
];

/// That a sentence is for people.
fn assert_plain(said: &str, about: &str) {
    let mut words = said.split(|letter: char| !letter.is_alphanumeric());
    let word = RUST.into_iter().find(|it| said.contains(it));
    let word = word.or_else(|| words.find(|it| RUST_TYPES.contains(it)));
    assert_eq!(word, None, "{said}\n{about}");
    assert!(!said.is_empty(), "{about}");
}

type Reader = fn(&str) -> Result<(), ScenarioError>;

fn any_scenario(text: &str) -> Result<(), ScenarioError> {
    Document::read(text)?.into_scenario().map(drop)
}

fn any_recording(text: &str) -> Result<(), ScenarioError> {
    Document::read(text)?.into_recording().map(drop)
}

fn any_case(text: &str) -> Result<(), ScenarioError> {
    Document::read(text)?.into_case(0).map(drop)
}

/// Each reader, with a good text that has all that it knows.
fn readers() -> Vec<(&'static str, Reader, Json)> {
    // Scenarios and actions are read on their own too.
    let interventions: Vec<Json> = documents::actions()
        .into_iter()
        .take(7)
        .map(|action| json!({ "after_events": 3, "at_us": 4, "action": action }))
        .collect();
    let recording = json!({
        "scenario": { "replicas": 3, "disk": { "write_latency": { "fixed": { "us": 1 } } } },
        "seed": 7, "interventions": interventions,
    });
    let case = json!({
        "failure": { "seed": 1, "property": "no-panic", "what": "it", "event": 3 },
        "end": { "events": 5, "at_us": 9, "rest": { "living": [1, 2], "center": 1 } },
        "recording": recording,
    });
    let mut readers: Vec<(&str, Reader, Json)> = vec![
        (
            "scenario",
            |it| Scenario::from_json(it).map(drop),
            documents::scenario(),
        ),
        ("any scenario", any_scenario, documents::scenario()),
        (
            "recording",
            |it| Recording::from_json(it).map(drop),
            recording.clone(),
        ),
        ("any recording", any_recording, recording),
        ("held recording", any_recording, case.clone()),
        ("case", any_case, case),
        (
            "test file",
            |it| TestFile::from_json(it).map(drop),
            documents::course(),
        ),
        ("any test file", any_scenario, documents::course()),
        (
            "choice",
            |it| from_json::<Choice>(it).map(drop),
            json!(Choice::default()),
        ),
        (
            "operation",
            |it| from_json::<Operation>(it).map(drop),
            json!({ "compare_and_set": { "key": "a", "expected": "b", "value": "c" } }),
        ),
        (
            "reads",
            |it| from_json::<Option<ReadMode>>(it).map(drop),
            json!({ "lease": { "drift_ppm": 1 } }),
        ),
    ];
    for action in documents::actions() {
        readers.push(("action", |it| Action::from_json(it).map(drop), action));
    }
    readers
}

/// What is put in the place of something else.
fn others() -> Vec<Json> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(5),
        json!(5.5),
        json!(1e300),
        json!(u64::MAX),
        json!("x"),
        json!(""),
        json!([]),
        json!([1]),
        json!([[]]),
        json!(["x", null]),
        json!({}),
        json!({ "x": 1 }),
        json!({ "x": { "y": [] } }),
    ]
}

/// All places in a document, as pointers of RFC 6901.
fn places(document: &Json, pointer: &str, places: &mut Vec<String>) {
    places.push(pointer.to_owned());
    match document {
        Json::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                self::places(item, &format!("{pointer}/{number}"), places);
            }
        }
        Json::Object(fields) => {
            for (name, field) in fields {
                self::places(field, &format!("{pointer}/{name}"), places);
            }
        }
        _ => {}
    }
}

/// A pointer as a path: `/actions/0/do` is `actions[0].do`.
fn path_of(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|it| it.is_ascii_digit()) {
            path.extend(["[", part, "]"]);
        } else {
            let dot = if path.is_empty() { "" } else { "." };
            path.extend([dot, part]);
        }
    }
    path
}

#[test]
fn every_good_document_is_read() {
    for (name, read, document) in readers() {
        let read = read(&document.to_string());
        assert_eq!(read, Ok(()), "{name}: {document}");
    }
}

#[test]
fn a_value_of_another_kind_is_told_by_its_place_in_plain_words() {
    let mut refused = 0;
    for (name, read, document) in readers() {
        let mut pointers = Vec::new();
        places(&document, "", &mut pointers);
        for pointer in &pointers {
            for other in others() {
                let mut changed = document.clone();
                *changed.pointer_mut(pointer).expect("it is there") = other;
                let Err(error) = read(&changed.to_string()) else {
                    continue;
                };
                refused += 1;
                let said = error.to_string();
                assert_plain(&said, &format!("{name} {pointer}"));
                // What could be read, but does not fit with the rest, may be told elsewhere.
                let path = path_of(pointer);
                let is_near = path.starts_with(&error.path) || error.path.starts_with(&path);
                assert!(is_near || error.place.is_none(), "{name} {pointer}: {said}");
            }
        }
    }
    assert!(refused > 5_000, "{refused}");
}

#[test]
fn a_field_too_few_or_too_many_is_told_in_plain_words() {
    for (name, read, document) in readers() {
        let mut pointers = Vec::new();
        places(&document, "", &mut pointers);
        for pointer in &pointers {
            let Some(fields) = document.pointer(pointer).and_then(Json::as_object) else {
                continue;
            };
            let tell = |spoil: &dyn Fn(&mut serde_json::Map<String, Json>)| {
                let mut changed = document.clone();
                let fields = changed.pointer_mut(pointer).and_then(Json::as_object_mut);
                spoil(fields.expect("it is an object"));
                if let Err(error) = read(&changed.to_string()) {
                    assert_plain(&error.to_string(), &format!("{name} {pointer}"));
                }
            };
            tell(&|fields| {
                fields.insert("extra".into(), json!(1));
            });
            for field in fields.keys() {
                tell(&|fields| {
                    fields.remove(field);
                });
            }
        }
    }
}

#[test]
fn what_is_no_json_is_told_in_plain_words() {
    let deep = ["[".repeat(5_000), "{\"scenario\":".repeat(5_000)];
    for (name, read, document) in readers() {
        let text = document.to_string();
        let mut texts: Vec<String> = [
            "",
            " \n",
            "\u{feff}",
            "hello",
            "<!doctype html>",
            "{",
            "}",
            "{}}",
            "[",
            "\"",
            "\"\u{1}\"",
            "{\"a\" 1}",
            "{a: 1}",
            "{'a': 1}",
            "{\"a\": 1,}",
            "{\"a\": tru}",
            "{\"a\": 1e999}",
            "{\"a\": 01}",
            "{\"a\": \"\\q\"}",
            "{\"a\": \"\\ud800\"}",
            "{\"a\": .5}",
            "// no",
            "NaN",
            "\0\0\0",
        ]
        .map(str::to_owned)
        .into();
        texts.extend(deep.iter().cloned());
        let ends = text.char_indices().map(|(at, _)| at).step_by(31);
        texts.extend(ends.map(|at| text[..at].to_owned()));
        for text in texts {
            let error = read(&text).expect_err(&text);
            assert_plain(&error.to_string(), &format!("{name}: {text}"));
        }
    }
}

#[test]
fn what_is_refused_is_refused_in_plain_words() {
    let mut refused = 0;
    for action in documents::actions() {
        let action = Action::from_json(&action.to_string()).expect("it is good");
        for passed_us in [0, 2_000_000] {
            let scenario: Scenario = Scenario {
                spares: 1,
                ..Scenario::default()
            };
            let mut world = World::new(scenario.clone(), 1);
            world.run_until(passed_us);
            // Twice, since the second is often too much.
            for _ in 0..2 {
                if let Err(error) = world.apply(action.clone()) {
                    refused += 1;
                    assert_plain(&error.to_string(), &format!("{action:?}"));
                }
            }
            let intervention = Intervention {
                after_events: 5,
                at_us: 1,
                action: action.clone(),
            };
            let recording = Recording::new(scenario, 1, vec![intervention]);
            if let Err(error) = recording.replay(9) {
                assert_plain(&error.to_string(), &format!("{action:?}"));
            }
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn what_is_wrong_with_a_link_is_told_in_plain_words() {
    let deliver = json!({ "deliver": { "message": 5 } });
    let step = |number: u64| json!({ "after_events": number, "at_us": 0, "action": deliver });
    let whole = |recording: Json| {
        let shared = json!({ "recording": recording }).to_string();
        Shared::from_json(&shared)
            .map(|it| it.link())
            .expect("it can be read")
    };
    let good = whole(json!({ "scenario": {}, "seed": 1 })).expect("it is one");
    let good = good.fragment.expect("it is short");
    let mut cut = good.clone();
    cut.pop();
    // Bytes that no version writes, and bytes of a version to come.
    let packed = |bytes: &[u8]| link::open(&link::pack(bytes)).map(drop);
    for said in [
        link::open("https://example.org/#top").map(drop),
        link::open(&cut).map(drop),
        link::open(&good.replacen("run.1.", "run.1.A", 1)).map(drop),
        link::open(&good.replacen("run.1.", "run.2.", 1)).map(drop),
        link::open(&format!("run.1.{}", "A".repeat(100_000))).map(drop),
        packed(&[0xff]),
        packed(&[99 << 1]),
        packed(&[2 << 1 | 1, 4, b'm', b'o', b'o', 0x1b]),
        packed(&[4 << 1 | 1, 2, 5 << 1, 0]),
        packed(&vec![0; 2_000_000]),
        whole(json!({ "scenario": {}, "seed": 1_u64 << 53 })).map(drop),
        whole(json!({ "scenario": {}, "seed": 1, "interventions": [step(2), step(1)] })).map(drop),
    ] {
        let said = said.expect_err("it is faulty").to_string();
        assert_plain(&said, "a link");
        assert!(
            said.starts_with("this ") || said.starts_with("the end of this "),
            "{said}"
        );
        assert!(!said.contains(char::is_control), "{said:?}");
    }
}
