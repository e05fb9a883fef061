//! Any moment of any branch, through the boundary.

use js_sys::{Array, JSON};
use raftarium::wasm::Simulation;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{THREE, assert_refused, drive, field, json, simulation, text};

fn number(value: &JsValue, path: &str) -> f64 {
    field(value, path).as_f64().expect("a number")
}

/// Goes to a moment in slices, and returns the last progress.
fn seek(simulation: &mut Simulation, request: &str) -> JsValue {
    let mut progress: JsValue = simulation.seek(&json(request)).unwrap().into();
    for _ in 0..100_000 {
        if field(&progress, "done") == JsValue::TRUE {
            return progress;
        }
        progress = simulation.seek_on(100.0).unwrap().into();
    }
    panic!("it never comes to an end");
}

fn branches(simulation: &Simulation) -> (JsValue, Array) {
    let all: JsValue = simulation.branches().unwrap().into();
    let branches = Array::from(&field(&all, "branches"));
    (all, branches)
}

#[wasm_bindgen_test]
fn what_is_done_in_the_past_begins_a_branch_and_the_old_one_stays() {
    let mut simulation = simulation(THREE);
    drive(&mut simulation, 1_000_000.0);
    simulation
        .apply(&json(r#"{ "crash": { "replica": 2 } }"#))
        .unwrap();
    drive(&mut simulation, 2_000_000.0);
    let old = simulation.digest();

    seek(&mut simulation, r#"{ "to": { "time_us": 500000 } }"#);
    assert_eq!(simulation.now_us(), 500_000.0);
    simulation
        .apply(&json(r#"{ "crash": { "replica": 3 } }"#))
        .unwrap();
    drive(&mut simulation, 1_500_000.0);
    let new = simulation.digest();
    let (all, list) = branches(&simulation);
    assert_eq!((number(&all, "shown"), list.length()), (1.0, 2));
    let branch = list.get(1);
    assert_eq!(number(&branch, "parent"), 0.0);
    assert_eq!(number(&branch, "left_at.at_us"), 500_000.0);
    assert_eq!(number(&branch, "first_action.crash.replica"), 3.0);

    seek(&mut simulation, r#"{ "branch": 0, "to": { "end": {} } }"#);
    assert_eq!(simulation.digest(), old);
    // All of it goes into a file and comes back, at the moment that was shown.
    seek(
        &mut simulation,
        r#"{ "branch": 1, "to": { "time_us": 1400000 } }"#,
    );
    let (shown, events) = (simulation.digest(), simulation.events());
    let tree: JsValue = simulation.tree().unwrap().into();
    let tree = JSON::stringify(&tree).unwrap();
    let mut opened = Simulation::new(&tree.into(), None, None).expect("it was written so");
    while field(&opened.seek_on(100.0).unwrap().into(), "done") != JsValue::TRUE {}
    assert_eq!((opened.digest(), opened.events()), (shown, events));
    seek(&mut opened, r#"{ "to": { "end": {} } }"#);
    assert_eq!(opened.digest(), new);
    seek(&mut opened, r#"{ "branch": 0, "to": { "end": {} } }"#);
    assert_eq!(opened.digest(), old);

    // And they are held against each other.
    opened.compare(0.0, 1.0, None).unwrap();
    while field(&opened.compare_on(1_000.0).unwrap().into(), "done") != JsValue::TRUE {}
    let comparison: JsValue = opened.comparison().unwrap().expect("it is done").into();
    assert_eq!(
        number(&comparison, "differ_after.events"),
        number(&branch, "left_at.events")
    );
    assert_eq!(Array::from(&field(&comparison, "replicas")).length(), 3);

    opened.rename_branch(1.0, "Another").unwrap();
    opened.delete_branch(1.0).unwrap();
    let (all, list) = branches(&opened);
    assert_eq!((number(&all, "shown"), list.length()), (0.0, 1));
    opened.restore_branch(1.0).unwrap();
    assert_eq!(text(&branches(&opened).1.get(1), "name"), "Another");
}

/// Whoever only watched has a moment to show, too.
#[wasm_bindgen_test]
fn a_run_to_which_nothing_was_done_opens_at_the_moment_that_was_shown() {
    let mut first = simulation(r#"{ "replicas": 3, "seed": 7 }"#);
    drive(&mut first, 700_000.0);
    let tree: JsValue = first.tree().unwrap().into();
    let tree = JsValue::from(JSON::stringify(&tree).unwrap());
    for seed in [None, Some(7.0)] {
        let mut opened = Simulation::new(&tree, seed, None).unwrap();
        while field(&opened.seek_on(100.0).unwrap().into(), "done") != JsValue::TRUE {}
        assert_eq!(
            (opened.events(), opened.digest()),
            (first.events(), first.digest())
        );
    }
    // With another seed it is the scenario from its start.
    let other = Simulation::new(&tree, Some(8.0), None).unwrap();
    assert_eq!((other.seed(), other.events()), (8.0, 0.0));
}

#[wasm_bindgen_test]
fn a_run_is_told_at_a_glance_and_searched() {
    let mut simulation = simulation(THREE);
    drive(&mut simulation, 2_000_000.0);
    let overview: JsValue = simulation
        .overview(0.0, 0.0, 2_000_001.0, 10.0)
        .unwrap()
        .into();
    let buckets = Array::from(&field(&overview, "buckets"));
    assert_eq!(buckets.length(), 10);
    let elected: f64 = buckets.iter().map(|it| number(&it, "elected")).sum();
    assert!(elected >= 1.0);
    let progress = seek(&mut simulation, r#"{ "to": { "previous": "election" } }"#);
    assert_eq!(field(&progress, "found"), JsValue::TRUE);
    let journal = simulation.journal(100.0).unwrap();
    let last: JsValue = journal
        .into_iter()
        .next_back()
        .expect("something happened")
        .into();
    assert_eq!(number(&last, "event"), simulation.events());
    assert!(!simulation.recent(0.0).unwrap().is_empty());
    assert!(
        !simulation
            .marks(0.0, 0.0, 2_000_001.0, 10.0)
            .unwrap()
            .is_empty()
    );
    let progress = seek(&mut simulation, r#"{ "to": { "previous": "violation" } }"#);
    assert_eq!(field(&progress, "found"), JsValue::FALSE);
}

#[wasm_bindgen_test]
fn what_can_not_be_is_refused_with_its_field() {
    let mut simulation = simulation(THREE);
    drive(&mut simulation, 1_000_000.0);
    let before = simulation.digest();
    for (request, path) in [
        (r#"{ "to": { "time_us": -1 } }"#, "request.to.time_us"),
        (r#"{ "to": { "nowhere": 1 } }"#, "request.to"),
        (r#"{ "to": { "events": 1 }, "branch": 7 }"#, "branch"),
        (
            r#"{ "to": { "next": "message" }, "replica": 9 }"#,
            "replica",
        ),
        (r#"{ "to": { "events": 9007199254740992 } }"#, "to"),
    ] {
        let result = simulation.seek(&json(request));
        let error = assert_refused(&simulation, &before, result);
        assert_eq!(text(&error, "code"), "argument", "{request}");
        assert!(
            text(&error, "path").starts_with(path),
            "{request}: {}",
            text(&error, "path")
        );
    }
    let result = simulation.delete_branch(0.0);
    let error = assert_refused(&simulation, &before, result);
    assert_eq!(text(&error, "code"), "refused");
    for branch in [1.0, -1.0, 0.5, f64::NAN, 1e300] {
        let result = simulation.overview(branch, 0.0, 1.0, 1.0);
        let error = assert_refused(&simulation, &before, result);
        assert_eq!(text(&error, "path"), "branch");
    }
    let result = simulation.overview(0.0, 5.0, 5.0, 1.0);
    let error = assert_refused(&simulation, &before, result);
    assert_eq!(text(&error, "path"), "buckets");
    let result = simulation.rename_branch(0.0, &"x".repeat(81));
    let error = assert_refused(&simulation, &before, result);
    assert_eq!(text(&error, "path"), "name");
}
