//! Links across the boundary.

use js_sys::{JSON, Reflect};
use raftarium::link;
use raftarium::wasm::{Simulation, is_link, link_of, open_link};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{drive, field, json, simulation, text};

/// Made natively; `tests/links` opens it there.
const KEPT: &str = include_str!("../links/v1/own-scenario.link");

#[wasm_bindgen_test]
fn what_was_done_is_a_link_that_goes_the_same_way() {
    let mut first = simulation(r#"{ "title": "Three", "replicas": 3 }"#);
    drive(&mut first, 1_000_000.0);
    first
        .apply(&json(r#"{ "crash": { "replica": "leader" } }"#))
        .unwrap();
    drive(&mut first, 2_000_000.0);

    let view =
        json(r#"{ "paused": true, "tab": "story", "selection": { "replica": { "id": 2 } } }"#);
    let address = JsValue::from(first.link(&view).unwrap());
    assert_eq!(field(&address, "whole"), JsValue::TRUE);
    assert_eq!(text(&address, "left_out"), "nothing");
    let fragment = text(&address, "fragment");
    assert!(is_link(&fragment), "{fragment}");

    let opened = JsValue::from(open_link(&format!("https://example.org/#{fragment}")).unwrap());
    let looked_at = |value: &JsValue| String::from(JSON::stringify(value).unwrap());
    assert_eq!(looked_at(&field(&opened, "view")), looked_at(&view));
    let again = JsValue::from(link_of(&opened).unwrap());
    assert_eq!(text(&again, "fragment"), fragment);

    // By its recording, and by its text.
    for scenario in [field(&opened, "recording"), fragment.into()] {
        let mut second = Simulation::new(&scenario, None, None).unwrap();
        drive(&mut second, 2_000_000.0);
        assert_eq!(second.digest(), first.digest());
    }
}

#[wasm_bindgen_test]
fn a_link_is_the_same_here_and_natively() {
    let opened = JsValue::from(open_link(KEPT).unwrap());
    let again = text(&JsValue::from(link_of(&opened).unwrap()), "fragment");
    assert_eq!(link::unpack(&again), link::unpack(KEPT));
}

#[wasm_bindgen_test]
fn a_bad_link_is_an_error_with_a_code() {
    let good = KEPT.trim();
    let cut = &good[..good.len() - 1];
    for (link, said) in [
        ("https://example.org/#top", "this is not a link to a run"),
        (cut, "the end of this link is missing"),
        ("#run.9.AAAA.000000", "made by a newer version of Raftarium"),
    ] {
        let Err(error) = open_link(link) else {
            panic!("{link} was opened");
        };
        assert_eq!(text(&error, "code"), "link");
        assert!(
            text(&error, "message").contains(said),
            "{}",
            text(&error, "message")
        );
    }
    let opened = JsValue::from(open_link(KEPT).unwrap());
    let recording = field(&opened, "recording");
    Reflect::set(&recording, &"seed".into(), &(-1.0).into()).unwrap();
    let Err(error) = link_of(&opened) else {
        panic!("there is no such seed");
    };
    assert_eq!(text(&error, "code"), "link");
    assert_eq!(text(&error, "path"), "recording.seed");
}
