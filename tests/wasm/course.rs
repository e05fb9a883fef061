//! The course's table across the boundary.

use js_sys::{Array, Function, Reflect};
use raftarium::wasm::{CourseTable, Simulation, course_files, default_choice, is_test_file};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::hostile::{assert_told, methods, nasty};
use super::{drive, field, text};

fn choices() -> JsValue {
    Array::of1(&default_choice().expect("there is one").into()).into()
}

fn shipped() -> CourseTable {
    let mut table = CourseTable::new(&choices(), None).expect("a good choice");
    for file in course_files().expect("they ship") {
        let file = JsValue::from(file);
        let (name, text) = (field(&file, "name"), field(&file, "text"));
        assert!(is_test_file(&text));
        table.add(&name, &text).expect("there is room");
    }
    table
}

#[wasm_bindgen_test]
fn the_table_is_the_command_lines() {
    let mut table = shipped();
    while table.advance(10_000.0).expect("a good number") {}
    assert_eq!(table.csv(), include_str!("../course/shipped.csv"));
    assert_eq!(table.markdown(), include_str!("../course/shipped.md"));
    let progress = JsValue::from(table.progress().expect("plain data"));
    assert_eq!(field(&progress, "runs_done"), field(&progress, "runs"));
    assert!(field(&progress, "file").is_undefined());

    // A run that is watched sends as many messages as the table says.
    let row = JsValue::from(table.rows().expect("plain data").remove(0));
    let recording = table.recording(0.0).expect("there is a row");
    let recording = JsValue::from(recording.expect("it was run"));
    let mut simulation = Simulation::new(&recording, None, None).expect("it can be followed");
    drive(&mut simulation, 37_000_000.0);
    let view = JsValue::from(simulation.view().expect("plain data"));
    let messages = field(&view, "counters.replica_messages").as_f64();
    assert_eq!(
        messages.map(|it| it.to_string()),
        Some(text(&row, "cells.0.value"))
    );
    let scenario = JsValue::from(simulation.scenario().expect("plain data"));
    assert_eq!(text(&row, "file"), text(&scenario, "title"));
}

#[wasm_bindgen_test]
fn no_argument_hurts_a_table() {
    let mut table = shipped();
    table.advance(5_000.0).expect("a good number");
    let object = JsValue::from(table);
    let (mut refused, mut called) = (0, 0);
    let nasty = nasty();
    for (name, method) in methods(&object) {
        for first in nasty.iter() {
            for second in nasty.iter() {
                let arguments = Array::of2(&first, &second);
                called += 1;
                if let Err(error) = Reflect::apply(&method, &object, &arguments) {
                    refused += 1;
                    assert_told(&error, &name);
                }
                if method.length() < 2 {
                    break;
                }
            }
        }
    }
    assert!(refused > 100 && refused < called, "{refused} of {called}");
    let csv: Function = Reflect::get(&object, &"csv".into())
        .expect("a method")
        .into();
    let csv = csv.call0(&object).expect("it never fails");
    assert!(
        csv.as_string()
            .is_some_and(|csv| csv.contains("simple-reads"))
    );

    let constructor = Reflect::get(&object, &"constructor".into()).expect("a class");
    let constructor: Function = constructor.dyn_into().expect("a class");
    for value in nasty.iter() {
        for arguments in [Array::of1(&value), Array::of2(&choices(), &value)] {
            if let Err(error) = Reflect::construct(&constructor, &arguments) {
                assert_told(&error, "new CourseTable");
            }
        }
    }
}

#[wasm_bindgen_test]
fn what_is_wrong_with_a_choice_or_a_recording_is_named() {
    let path = |error: JsValue| (text(&error, "code"), text(&error, "path"));
    let choice = |json: &str| {
        let made = CourseTable::new(&json.into(), None);
        path(made.err().expect("it is refused"))
    };
    let argument = |path: &str| ("argument".to_owned(), path.to_owned());
    assert_eq!(choice(r#"[{"batch": 0}]"#), argument("batch"));
    assert_eq!(choice(r#"[{}, {"bash": 0}]"#), argument("choices[1].bash"));
    assert_eq!(choice("{}"), argument("choices"));
    let recording = |interventions: &str| {
        let json =
            format!(r#"{{"scenario": {{}}, "seed": 3, "interventions": [{interventions}]}}"#);
        Simulation::new(&json.into(), Some(4.0), None)
    };
    let heal = r#"{"after_events": 0, "at_us": 0, "action": {"heal_all": {}}}"#;
    let error = recording(heal).err().expect("it is of another seed");
    assert_eq!(path(error), argument("seed"));
    let error = recording("{}").err().expect("it is none");
    assert_eq!(path(error).1, "interventions[0]");
    assert!(
        recording("").is_ok(),
        "nothing was done to it: any seed will do"
    );
}
