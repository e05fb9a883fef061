//! The boundary as a careless or hostile page meets it: every method, found by its name
//! in JavaScript, is called with arguments of every kind. None of it may trap; what is
//! refused throws an `Error` that says something, and changes nothing.

use js_sys::{Array, Error, Function, Object, Reflect, TypeError, WebAssembly};
use raftarium::sim::Recording;
use raftarium::wasm::Simulation;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{THREE, drive, simulation, text};

/// The values, in an array that JavaScript made.
pub(super) fn nasty() -> Array {
    Function::new_no_args(include_str!("nasty.js"))
        .call0(&JsValue::NULL)
        .expect("they can be made")
        .into()
}

/// The methods of an object, as JavaScript knows them. `free` is apart: it is allowed to
/// end everything.
pub(super) fn methods(object: &JsValue) -> Vec<(String, Function)> {
    let prototype = Object::get_prototype_of(object);
    let names = Object::get_own_property_names(&prototype);
    names
        .iter()
        .filter_map(|name| name.as_string())
        .filter(|name| !["constructor", "free", "__destroy_into_raw"].contains(&name.as_str()))
        .filter_map(|name| {
            // Getters are none.
            let method = Reflect::get(object, &name.as_str().into()).ok()?;
            Some((name, method.dyn_into::<Function>().ok()?))
        })
        .collect()
}

/// An error is thrown, and none that a trap leaves behind.
fn assert_thrown(error: &JsValue, call: &str) {
    let message = text(error, "message");
    assert!(
        !error.is_instance_of::<WebAssembly::RuntimeError>(),
        "{call}: {message}"
    );
    assert!(error.is_instance_of::<Error>(), "{call} throws no Error");
    assert_ne!(message, "", "{call}");
}

/// The error is one of ours, which names what is at fault, in a sentence of a sensible
/// length; or JavaScript's own, which has no number or text to give for the value.
pub(super) fn assert_told(error: &JsValue, call: &str) {
    assert_thrown(error, call);
    let message = text(error, "message");
    if text(error, "name") != "SimulationError" {
        // In a build for tests the bindings look at numbers and texts before JavaScript does.
        let known = message == "on purpose"
            || message.starts_with("expected a number argument")
            || message.starts_with("expected a string argument");
        assert!(
            known || error.is_instance_of::<TypeError>(),
            "{call}: {message}"
        );
        return;
    }
    assert!(message.chars().count() < 1_200, "{call}: {message}");
    let (code, path) = (text(error, "code"), text(error, "path"));
    match code.as_str() {
        "argument" | "action" | "scenario" => {
            assert_ne!(path, "", "{call}: {message}");
            let start = format!("{path}: ");
            assert!(message.starts_with(&start), "{call}: {message}");
        }
        "refused" | "stopped" => {}
        _ => panic!("{call}: the code {code:?} of {message:?}"),
    }
}

/// A world on its way, as an object of JavaScript's.
fn object() -> JsValue {
    let mut simulation = simulation(THREE);
    drive(&mut simulation, 1_000_000.0);
    simulation.into()
}

fn digest(simulation: &JsValue) -> String {
    let digest = Reflect::get(simulation, &"digest".into()).expect("a method");
    let digest: Function = digest.dyn_into().expect("a method");
    let digest = digest.call0(simulation).expect("it never fails");
    digest.as_string().expect("a text")
}

#[wasm_bindgen_test]
fn no_argument_hurts_a_simulation() {
    let simulation = object();
    let nasty = nasty();
    let methods = methods(&simulation);
    assert!(methods.len() >= 18, "{}", methods.len());
    let (mut refused, mut accepted) = (0, 0);
    let mut call = |name: &str, method: &Function, arguments: &Array| {
        let before = digest(&simulation);
        match Reflect::apply(method, &simulation, arguments) {
            Ok(_) => accepted += 1,
            Err(error) => {
                refused += 1;
                assert_told(&error, name);
                assert_eq!(digest(&simulation), before, "{name}");
            }
        }
    };
    for (name, method) in &methods {
        call(name, method, &Array::new());
        for first in nasty.iter() {
            call(name, method, &Array::of1(&first));
            if method.length() < 2 {
                continue;
            }
            for second in nasty.iter() {
                call(name, method, &Array::of2(&first, &second));
            }
        }
    }
    // A good operation and client, and everything as the way of reading.
    let request: Function = Reflect::get(&simulation, &"request".into())
        .expect("a method")
        .into();
    for reads in nasty.iter() {
        let get = r#"{ "get": { "key": "x" } }"#.into();
        call("request", &request, &Array::of3(&get, &1.into(), &reads));
    }
    assert!(refused > 1_000 && accepted > 100, "{refused}, {accepted}");
    assert_lives_again(&simulation);
}

/// What it says of its past is its past, natively too.
fn assert_lives_again(simulation: &JsValue) {
    let said = |name: &str| {
        let method: Function = Reflect::get(simulation, &name.into())
            .expect("a method")
            .into();
        let said = method.call0(simulation).expect("it never fails");
        String::from(js_sys::JSON::stringify(&said).expect("plain data"))
    };
    let recording: Recording = serde_json::from_str(&said("recording")).expect("a recording");
    let view: serde_json::Value = serde_json::from_str(&said("view")).expect("a view");
    let events = view["events"].as_u64().expect("a number");
    let again = recording.replay(events).expect("it has happened");
    assert_eq!(format!("{:016x}", again.digest()), digest(simulation));
}

#[wasm_bindgen_test]
fn no_argument_hurts_the_constructor() {
    let simulation = object();
    let constructor: Function = Reflect::get(&simulation, &"constructor".into())
        .expect("a class")
        .into();
    let good: JsValue = THREE.into();
    for value in nasty().iter() {
        for arguments in [
            Array::of1(&value),
            Array::of2(&good, &value),
            Array::of3(&good, &JsValue::UNDEFINED, &value),
        ] {
            match Reflect::construct(&constructor, &arguments) {
                Ok(made) => assert_eq!(digest(&made).len(), 16),
                Err(error) => assert_told(&error, "new Simulation"),
            }
        }
    }
}

/// A getter that calls the very simulation that is reading it.
#[wasm_bindgen_test]
fn a_call_within_a_call_is_refused() {
    let simulation = object();
    let before = digest(&simulation);
    let within = Function::new_with_args(
        "simulation",
        "simulation.apply({ get crash() { simulation.proceed(); return { replica: 1 }; } })",
    );
    let error = within
        .call1(&JsValue::NULL, &simulation)
        .expect_err("it is at work already");
    assert_thrown(&error, "apply");
    assert_eq!(digest(&simulation), before);
    let apply = Function::new_with_args("simulation", "simulation.apply({ heal_all: {} })");
    apply
        .call1(&JsValue::NULL, &simulation)
        .expect("it is as good as before");
}

/// What was freed is gone, and says so.
#[wasm_bindgen_test]
fn a_freed_simulation_throws() {
    let simulation = object();
    let after = Function::new_with_args("simulation", "simulation.free(); simulation.digest()");
    let error = after
        .call1(&JsValue::NULL, &simulation)
        .expect_err("it is gone");
    assert_thrown(&error, "digest");
    let other: Simulation = super::simulation(THREE);
    assert_eq!(other.digest().len(), 16);
}
