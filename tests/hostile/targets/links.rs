//! Whatever stands in an address: it is refused in words, or it is a link that says the same
//! again, and whose world can be followed.

use raftarium::link::{self, LinkError, Shared};
use raftarium::sim::action::{Action, Target};
use raftarium::sim::{Recording, Timeline};
use serde_json::json;

use super::cases::good;
use super::chance::Chance;

/// A world that was accepted is followed for so many events.
const EVENTS: u32 = 200;

/// Returns whether it was accepted.
pub(crate) fn links(bytes: &[u8]) -> bool {
    let chance = &mut Chance::new(bytes);
    let text = match chance.below(8) {
        0 => String::from_utf8_lossy(chance.rest()).into_owned(),
        1 => {
            let rest = String::from_utf8_lossy(chance.rest()).into_owned();
            format!("https://example.org/#run.1.{rest}")
        }
        // Bytes of any kind, well packed.
        2 => link::pack(chance.rest()),
        // Good bytes, and what may become of them.
        _ => link::pack(&changed(chance)),
    };
    match link::open(&text) {
        Err(error) => {
            assert_tells(&error, &text);
            false
        }
        Ok(shared) => {
            say_again(&shared);
            follow(shared);
            true
        }
    }
}

fn changed(chance: &mut Chance) -> Vec<u8> {
    let shared = json!({
        "recording": tree(chance),
        "view": { "paused": true, "tab": "story", "selection": { "link": { "from": 1, "to": 2 } } },
    });
    let shared = Shared::from_json(&shared.to_string()).expect("it was made so");
    let address = shared.link().expect("it has happened");
    let fragment = address.fragment.expect("it is short");
    let mut bytes = link::unpack(&fragment).expect("it was packed just now");
    for _ in 0..chance.below(4) {
        let at = chance.index(bytes.len() + 1);
        let byte = u8::try_from(chance.below(256)).expect("a byte");
        match chance.below(8) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, byte),
            2 => drop(bytes.splice(at..at, [0xff; 9])),
            3 if at < bytes.len() => drop(bytes.remove(at)),
            4..=5 if at < bytes.len() => bytes[at] ^= 1 << (byte % 8),
            _ if at < bytes.len() => bytes[at] = byte,
            _ => {}
        }
    }
    bytes
}

/// A run with another branch or two.
fn tree(chance: &mut Chance) -> Recording {
    let run = good(chance);
    let recording = run.get("recording").unwrap_or(&run);
    let recording: Recording =
        serde_json::from_value(recording.clone()).expect("it was written so");
    let mut timeline = Timeline::follow(recording).expect("it has happened");
    for _ in 0..=chance.below(3) {
        for _ in 0..60 {
            timeline.step().expect("it happens as it did");
        }
        let events = chance.below(60);
        timeline.rewind(events).expect("it has been there");
        // Whether it can be done there is all the same.
        let _ = timeline.apply(Action::crash(Target::Any));
    }
    timeline.tree()
}

/// In one sentence that nobody's screen minds.
fn assert_tells(error: &LinkError, text: &str) {
    let said = error.to_string();
    assert!(
        !said.is_empty() && said.chars().count() < 1_500,
        "{said}: {text}"
    );
    assert!(!said.contains(char::is_control), "{said:?}: {text}");
}

/// As long as it is not longer than links are made.
fn say_again(shared: &Shared) {
    let address = shared.link().expect("it was opened");
    if let (Some(fragment), true) = (address.fragment, address.whole) {
        let mut again = link::open(&fragment).expect("it was made just now");
        // What it differs from may have been told in other words.
        again.shipped.clone_from(&shared.shipped);
        assert_eq!(again, *shared);
    }
}

fn follow(shared: Shared) {
    let Ok(mut timeline) = Timeline::follow(shared.recording) else {
        return;
    };
    for _ in 0..EVENTS {
        if !matches!(timeline.step(), Ok(Some(_))) {
            break;
        }
    }
    assert!(serde_json::to_string(&timeline.world().view()).is_ok());
}
