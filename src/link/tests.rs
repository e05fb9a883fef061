//! The numbers of the format, pinned.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::wire::{Usual, Wire, Writer};
use super::*;
use crate::flaw::Flaw;
use crate::sim::action::Action;
use crate::sim::scenario::{self, Scenario};

/// The bytes of every action, and of scenarios and views in which every field is another than
/// usual: what it is, the bytes, and what they say. A line is never changed. What is new gets new
/// lines, with `=` for the bytes; `UPDATE_LINKS=1 cargo test --lib link` puts them in.
const BYTES: &str = include_str!("../../tests/links/v1/bytes.txt");

fn written<T: Wire>(value: &T) -> Vec<u8> {
    let mut out = Writer::default();
    value.write(&T::usual(), &mut out);
    out.into_bytes()
}

fn read<T: Wire>(bytes: &[u8]) -> Result<T, LinkError> {
    let items = Cell::new(ITEMS_MAX);
    Ok(T::read(&T::usual(), &mut Reader::new(bytes, &items))?)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("it is a string");
        digits
    })
}

/// The bytes of what is in a line, as they are and as they should be.
fn line<T: Wire + Serialize + DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
    let value: T = serde_json::from_str(json).expect(json);
    let bytes = written(&value);
    assert_eq!(read(&bytes).as_ref(), Ok(&value), "{json}");
    hexadecimal(&bytes)
}

#[test]
fn the_bytes_never_change() {
    let update = std::env::var_os("UPDATE_LINKS").is_some();
    let mut actions = BTreeSet::new();
    let mut lines = String::new();
    for pinned in BYTES.lines() {
        let mut parts = pinned.splitn(3, ' ');
        let mut part = || parts.next().expect("three parts");
        let (kind, bytes, json) = (part(), part(), part());
        let found = match kind {
            "action" => {
                let action: Action = serde_json::from_str(json).expect(json);
                actions.insert(action.tag());
                line::<Action>(json)
            }
            "scenario" => line::<Scenario>(json),
            _ => line::<SharedView>(json),
        };
        writeln!(lines, "{kind} ={found} {json}").expect("it is a string");
        if !(update && bytes == "=") {
            assert_eq!(format!("={found}"), bytes, "{kind} {json}");
        }
    }
    if update {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/links/v1/bytes.txt");
        std::fs::write(file, lines).expect("it can be written");
    }
    let next = u8::try_from(actions.len()).expect("there are few");
    assert!(
        actions.into_iter().eq(0..next),
        "an action has no line in tests/links/v1/bytes.txt"
    );
    let beyond = read::<Action>(&[next]);
    let what = "an action";
    let number = u64::from(next);
    assert_eq!(beyond, Err(LinkError::Unknown { what, number }));
}

/// The digest and the links know actions by the same number.
#[test]
fn an_action_has_one_number() {
    for pinned in BYTES.lines().filter(|it| it.starts_with("action")) {
        let json = pinned.splitn(3, ' ').nth(2).expect("three parts");
        let action: Action = serde_json::from_str(json).expect(json);
        assert_eq!(written(&action)[0], action.tag(), "{json}");
    }
}

#[test]
fn flaws_keep_their_numbers() {
    for (number, flaw) in (0..).zip(Flaw::all()) {
        assert_eq!(written(&flaw), [number], "{}", flaw.name());
    }
}

/// If a default is changed, what links leave out must not change with it: then this test goes.
#[test]
fn what_is_usual_is_still_the_default() {
    assert_eq!(Scenario::usual(), Scenario::default());
    assert_eq!(SharedView::usual(), SharedView::default());
}

#[test]
fn what_is_newer_says_so() {
    let unknown = |what, number| LinkError::Unknown { what, number };
    // A crash with a third field; a scenario with a twentieth; a target of the sixth kind.
    for (found, wanted) in [
        (
            read::<Action>(&[6, 3 << 1, 1]).map(drop),
            unknown("an action", 3),
        ),
        (
            read::<Scenario>(&[20 << 1, 1]).map(drop),
            unknown("a field of the scenario", 20),
        ),
        (
            read::<Action>(&[7, 1 << 1, 6]).map(drop),
            unknown("a way to name a replica", 6),
        ),
        (read::<Flaw>(&[127]).map(drop), unknown("a flaw", 127)),
    ] {
        assert_eq!(found, Err(wanted));
    }
    // Of the view it is passed over: a twelfth and a thirteenth field, and an unknown selection.
    let bytes = [
        1 << 1,
        1,
        4 << 1 | 1,
        2,
        1,
        9,
        12 << 1,
        5,
        13 << 1 | 1,
        2,
        0,
        0,
    ];
    let view = SharedView {
        paused: true,
        ..SharedView::default()
    };
    assert_eq!(read(&bytes), Ok(view));
}

#[test]
fn what_no_version_writes_is_refused() {
    for bytes in [
        // Twice, out of order, with the number 0, of the wrong form, beyond its type.
        &[5 << 1, 3, 5 << 1, 3][..],
        &[6 << 1, 3, 5 << 1, 3],
        &[1, 0],
        &[5 << 1 | 1, 1, 3],
        &[5 << 1, 0xff, 0xff, 0x7f],
        // It ends in a key, in a number, in a text.
        &[0x80],
        &[5 << 1],
        &[1 << 1 | 1, 2, b'x'],
        // No text; a length without end; a chance of 3/2, of 1/0, with something behind it.
        &[1 << 1 | 1, 1, 0xff],
        &[
            1 << 1 | 1,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            1,
        ],
        &[9 << 1 | 1, 4, 2 << 1 | 1, 2, 3, 2],
        &[9 << 1 | 1, 4, 2 << 1 | 1, 2, 1, 0],
        &[9 << 1 | 1, 5, 2 << 1 | 1, 3, 1, 2, 0],
    ] {
        assert_eq!(
            read::<Scenario>(bytes),
            Err(LinkError::Nonsense),
            "{bytes:?}"
        );
    }
    // More items than a link may have, each of them a byte.
    let many = [vec![8 << 1 | 1, 0x81, 0x80, 0x04], vec![0; 0x1_0001]].concat();
    assert_eq!(read::<Scenario>(&many), Err(LinkError::TooMuch));
}

fn said(name: &str) -> Said {
    let scenario = scenario::Shipped::by_name(name)
        .expect("it ships")
        .scenario();
    let shared = Shared {
        recording: Recording::untouched(scenario),
        view: SharedView::default(),
        shipped: None,
    };
    shared.said()
}

/// Then it goes differently, whatever the behaviour.
#[test]
fn a_shipped_scenario_that_is_another_now_is_noticed() {
    let as_now = said("bridge");
    let opened = open(&pack(&as_now.write())).expect("it is good");
    assert!(!opened.recording.is_of_another_version());
    let mut as_then = as_now;
    if let Some(shipped) = &mut as_then.origin.shipped {
        shipped.digest ^= 1;
    }
    let opened = open(&pack(&as_then.write())).expect("it is good");
    assert!(opened.recording.is_of_another_version());
    if let Some(shipped) = &mut as_then.origin.shipped {
        shipped.name = "tunnel".into();
    }
    let gone = open(&pack(&as_then.write()));
    assert_eq!(gone, Err(LinkError::NoSuchScenario("tunnel".into())));
}
