//! The boundary, in a real browser: `wasm-pack test --headless --chrome` (or
//! `--firefox`). Native builds have no boundary, and skip this file.

#![cfg(target_family = "wasm")]
#![allow(
    clippy::float_cmp,
    reason = "JavaScript's numbers: whole ones here, and exact"
)]

mod course;
mod hostile;
mod links;
mod memory;
mod timeline;

use js_sys::{Array, BigInt, Function, JSON, Object, Reflect};
use raftarium::adversary::simulate;
use raftarium::wasm::{
    Due, MessageField, Simulation, flawed_scenarios, fresh_seed, message_kinds, shipped_scenarios,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const THREE: &str = r#"{ "replicas": 3 }"#;

fn simulation(scenario: &str) -> Simulation {
    Simulation::new(&scenario.into(), Some(7.0), None).expect("a good scenario")
}

/// Drives the world as the page does: JavaScript's ticks and deliveries.
fn drive(simulation: &mut Simulation, until_us: f64) {
    loop {
        let subject = simulation.due_subject();
        match simulation.next_due(until_us) {
            Due::None => break,
            Due::Tick => simulation.tick(subject.unwrap()).unwrap(),
            Due::Delivery => simulation.deliver(subject.unwrap()).unwrap(),
            Due::Other => simulation.proceed().unwrap(),
        }
    }
    simulation.advance(until_us).unwrap();
}

fn json(text: &str) -> JsValue {
    JSON::parse(text).expect("good JSON")
}

fn field(value: &JsValue, path: &str) -> JsValue {
    path.split('.').fold(value.clone(), |value, name| {
        Reflect::get(&value, &name.into()).expect("an object")
    })
}

fn text(value: &JsValue, path: &str) -> String {
    field(value, path).as_string().unwrap_or_default()
}

/// A refused call: an `Error` with a code and a path, and nothing changed.
fn assert_refused<T>(simulation: &Simulation, before: &str, result: Result<T, JsValue>) -> JsValue {
    let Err(error) = result else {
        panic!("the call was accepted");
    };
    assert!(error.is_instance_of::<js_sys::Error>());
    assert_eq!(text(&error, "name"), "SimulationError");
    assert_ne!(text(&error, "message"), "");
    assert_eq!(simulation.digest(), before, "{}", text(&error, "message"));
    error
}

#[wasm_bindgen_test]
fn javascript_drives_a_cluster_to_a_leader_and_a_put_to_its_answer() {
    let mut simulation = simulation(THREE);
    drive(&mut simulation, 2_000_000.0);
    let view = JsValue::from(simulation.view().unwrap());
    assert!(field(&view, "leader").as_f64().is_some());
    assert_eq!(field(&view, "now_us").as_f64(), Some(2_000_000.0));

    let put = json(r#"{ "put": { "key": "colour", "value": "green" } }"#);
    let sequence = simulation.request(&put, None, &JsValue::UNDEFINED).unwrap();
    drive(&mut simulation, 4_000_000.0);
    let answered = simulation.notices().unwrap().into_iter().any(|notice| {
        let what = field(&notice.into(), "what.answered");
        !what.is_undefined()
            && field(&what, "sequence").as_f64() == Some(sequence)
            && text(&what, "answer") == "written"
    });
    assert!(answered, "the put was answered");
    for replica in 1..=3 {
        let pairs = simulation.store(f64::from(replica), 10.0).unwrap();
        let pair = JsValue::from(pairs.into_iter().next().expect("a pair"));
        assert_eq!(text(&pair, "key"), "colour");
        assert_eq!(text(&pair, "value"), "green");
    }
}

#[wasm_bindgen_test]
fn many_events_in_one_call_are_those_that_single_calls_make_happen() {
    let busy = r#"{ "replicas": 5, "workload": { "operations_per_second": 100 },
        "actions": [{ "at_us": 900000, "do": { "crash": { "replica": 1 } } }] }"#;
    let mut singly = simulation(busy);
    let mut at_once = simulation(busy);
    for step in 1..=20 {
        let until_us = f64::from(step) * 100_000.0;
        drive(&mut singly, until_us);
        let mut calls = 0;
        while at_once.proceed_until(until_us, 100.0).unwrap() == 100.0 {
            calls += 1;
        }
        at_once.advance(until_us).unwrap();
        assert_eq!(at_once.digest(), singly.digest());
        assert_eq!(at_once.now_us(), until_us);
        assert!(f64::from(calls) <= at_once.events() / 100.0);
    }
    assert!(singly.events() > 1_500.0, "{}", singly.events());
    // Nothing is due twice, and no more happens than was asked for.
    assert_eq!(at_once.proceed_until(2_000_000.0, 100.0), Ok(0.0));
    assert_eq!(at_once.proceed_until(9_000_000.0, 0.0), Ok(0.0));
    assert_eq!(at_once.proceed_until(9_000_000.0, 7.0), Ok(7.0));
    let before = at_once.digest();
    for number in [f64::NAN, -1.0, 0.5, f64::INFINITY] {
        let result = at_once.proceed_until(number, 1.0);
        assert_refused(&at_once, &before, result);
        let result = at_once.proceed_until(9_000_000.0, number);
        assert_refused(&at_once, &before, result);
    }
}

#[wasm_bindgen_test]
fn messages_are_numbers_of_a_known_layout() {
    let mut simulation = simulation(THREE);
    let kinds: Array = message_kinds()
        .unwrap()
        .into_iter()
        .map(JsValue::from)
        .collect();
    let mut seen = 0;
    for step in 1..400 {
        drive(&mut simulation, f64::from(step) * 1_000.0);
        let messages = simulation.messages().to_vec();
        for message in messages.chunks(MessageField::Stride as usize) {
            let at = |field: MessageField| message[field as usize];
            assert!(at(MessageField::SentUs) <= f64::from(step) * 1_000.0);
            assert!(at(MessageField::ArriveUs) >= at(MessageField::SentUs));
            let kind = Reflect::get(&kinds, &at(MessageField::Kind).into()).unwrap();
            let detail = simulation.message(at(MessageField::Id)).unwrap();
            let detail = JsValue::from(detail.expect("it is in flight"));
            assert_eq!(Some(text(&detail, "view.kind")), kind.as_string());
            seen += 1;
        }
    }
    assert!(seen > 10, "an election was under way");
}

#[wasm_bindgen_test]
fn wrong_calls_throw_and_change_nothing() {
    let mut simulation = simulation(THREE);
    drive(&mut simulation, 1_000_000.0);
    let before = simulation.digest();

    for number in [f64::NAN, -1.0, 0.5, 4.0, 1e300, f64::INFINITY] {
        let result = simulation.tick(number);
        assert_refused(&simulation, &before, result);
        let result = simulation.replica(number, 5.0);
        assert_refused(&simulation, &before, result);
    }
    for number in [f64::NAN, -1.0, 0.5, 1e9, 1e300, f64::INFINITY] {
        let result = simulation.deliver(number);
        assert_refused(&simulation, &before, result);
    }
    let function: JsValue = Function::new_no_args("").into();
    let cyclic = Object::new();
    Reflect::set(&cyclic, &"itself".into(), &cyclic).unwrap();
    let wrong = [
        JsValue::UNDEFINED,
        JsValue::NULL,
        BigInt::from(5).into(),
        function,
        cyclic.into(),
        json("[]"),
        json(r#"{ "crash": { "replica": 1, "now": true } }"#),
        json(r#"{ "crash": { "replica": "boss" } }"#),
        json(r#"{ "crash": { "replica": 9 } }"#),
        json(r#"{ "restart": { "replica": 1 } }"#),
        "x".repeat(100_000).into(),
    ];
    for action in &wrong {
        let result = simulation.apply(action);
        assert_refused(&simulation, &before, result);
    }
    let result = simulation.apply(&json(r#"{ "crash": { "replica": "boss" } }"#));
    let error = assert_refused(&simulation, &before, result);
    assert_eq!(text(&error, "code"), "action");
    assert_eq!(text(&error, "path"), "crash.replica");
    let result = simulation.request(
        &json(r#"{ "put": { "key": "a" } }"#),
        None,
        &JsValue::UNDEFINED,
    );
    assert_refused(&simulation, &before, result);
    let get = json(r#"{ "get": { "key": "a" } }"#);
    let result = simulation.request(&get, Some(77.0), &JsValue::UNDEFINED);
    assert_refused(&simulation, &before, result);
    let result = simulation.request(&get, None, &json(r#"{ "lease": { "drift_ppm": -1 } }"#));
    assert_refused(&simulation, &before, result);

    // The instance is as good as before.
    simulation
        .apply(&json(r#"{ "crash": { "replica": "leader" } }"#))
        .unwrap();
    drive(&mut simulation, 3_000_000.0);
    assert_ne!(simulation.digest(), before);
}

#[wasm_bindgen_test]
fn a_bad_scenario_names_the_path() {
    let bad =
        r#"{ "replicas": 3, "actions": [{ "at_us": 1, "do": { "crash": { "replica": 9 } } }] }"#;
    let Err(error) = Simulation::new(&bad.into(), None, None) else {
        panic!("accepted");
    };
    assert_eq!(text(&error, "code"), "scenario");
    assert_eq!(text(&error, "path"), "actions[0].do.crash.replica");
    let Err(error) = Simulation::new(&THREE.into(), Some(f64::NAN), None) else {
        panic!("accepted");
    };
    assert_eq!(text(&error, "path"), "seed");
}

#[wasm_bindgen_test]
fn every_shipped_scenario_loads_from_its_object() {
    let shipped = shipped_scenarios().unwrap();
    assert!(shipped.len() >= 8);
    for scenario in shipped {
        let scenario = JsValue::from(scenario);
        let mut simulation =
            Simulation::new(&field(&scenario, "scenario"), Some(1.0), None).unwrap();
        drive(&mut simulation, 100_000.0);
        assert!(simulation.view().is_ok(), "{}", text(&scenario, "name"));
    }
}

#[wasm_bindgen_test]
fn the_getters_tell_what_the_view_tells() {
    let mut simulation = simulation(THREE);
    drive(&mut simulation, 500_000.0);
    let view = JsValue::from(simulation.view().unwrap());
    assert_eq!(field(&view, "now_us").as_f64(), Some(simulation.now_us()));
    assert_eq!(field(&view, "events").as_f64(), Some(simulation.events()));
    assert!(simulation.events() > 100.0);
}

#[wasm_bindgen_test]
fn a_fresh_seed_is_for_those_who_name_none() {
    let seed = |scenario: &str, seed| {
        let simulation = Simulation::new(&scenario.into(), seed, Some(5.0)).expect("it is right");
        simulation.seed().to_string()
    };
    assert_eq!(seed(THREE, None), "5");
    assert_eq!(seed(THREE, Some(7.0)), "7");
    assert_eq!(seed(r#"{ "replicas": 3, "seed": 9 }"#, None), "9");
}

/// The digests that the native `tests/digests` pins too, reached as the page gets there.
#[wasm_bindgen_test]
fn worlds_are_the_same_as_native() {
    let mut simulations = std::collections::BTreeMap::new();
    let flawed = flawed_scenarios().unwrap();
    for scenario in shipped_scenarios().unwrap().into_iter().chain(flawed) {
        let scenario = JsValue::from(scenario);
        let simulation = Simulation::new(&field(&scenario, "scenario"), None, None).unwrap();
        simulations.insert(text(&scenario, "name"), simulation);
    }
    let table = include_str!("../digests/table.txt").lines().map(|line| {
        let [name, at_us, digest] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        (name, at_us, digest)
    });
    let flaws = include_str!("../flaws/pins.md").lines().skip(2).map(|row| {
        let cells: Vec<&str> = row
            .split('|')
            .map(|it| it.trim().trim_matches('`'))
            .collect();
        (cells[1], "5000000", cells[9])
    });
    let mut lines = 0;
    for (name, at_us, digest) in table.chain(flaws) {
        let simulation = simulations.get_mut(name).expect("it ships");
        drive(simulation, at_us.parse().unwrap());
        assert_eq!(simulation.digest(), digest, "{name} at {at_us}");
        lines += 1;
    }
    assert!(lines >= simulations.len());
}

/// And so are the lives of the adversary's that it pins.
#[wasm_bindgen_test]
fn lives_are_the_same_as_native() {
    let mut lines = 0;
    for line in include_str!("../digests/lives.txt").lines() {
        let [seed, events, digest] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let lived = simulate(seed.parse().unwrap());
        assert_eq!(lived.failure, None);
        assert_eq!(lived.case.end.events.to_string(), events, "of seed {seed}");
        assert_eq!(format!("{:016x}", lived.digest), digest, "of seed {seed}");
        lines += 1;
    }
    assert!(lines > 0);
}

#[wasm_bindgen_test]
fn rewinding_and_going_on_is_as_if_nothing_had_been() {
    let mut simulation = simulation(THREE);
    drive(&mut simulation, 1_000_000.0);
    let (then, events) = (
        simulation.digest(),
        field(&simulation.view().unwrap().into(), "events"),
    );
    drive(&mut simulation, 2_000_000.0);
    let later = simulation.digest();
    simulation.rewind(events.as_f64().unwrap()).unwrap();
    assert_eq!(simulation.digest(), then);
    drive(&mut simulation, 2_000_000.0);
    assert_eq!(simulation.digest(), later);
}

#[wasm_bindgen_test]
fn fresh_seeds_differ() {
    let seeds: Vec<u32> = (0..4).map(|_| fresh_seed().unwrap()).collect();
    assert!(seeds.windows(2).any(|pair| pair[0] != pair[1]));
}
