//! Links that a version has made, and what they say. They are opened for ever.
//!
//! `UPDATE_LINKS=1 cargo test --test links kept` writes those that are missing, and no other.

use std::fs;
use std::path::{Path, PathBuf};

use raftarium::link::{self, Shared};
use raftarium::rng::Pcg32;
use raftarium::sim::Recording;
use raftarium::sim::scenario::Shipped;
use serde_json::Value;

use super::{any, fragment, open, person, unseen};

fn folder(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/links/v{version}"))
}

/// What is kept of this version: a name, and what is said.
fn examples() -> Vec<(&'static str, Shared)> {
    let bridge = Shipped::by_name("bridge").expect("it ships").scenario();
    let mut own = bridge.clone();
    own.title = "A bridge of my own".into();
    own.replicas = 7;
    let mut other = bridge.clone();
    other.protocol.pre_vote = true;
    let many = person::session("leader-crash", 7, 60, 400);
    let drawn = |seed| any::shared(&mut Pcg32::fork(seed, "kept", 0));
    vec![
        ("bridge", unseen(Recording::untouched(bridge))),
        ("own-scenario", unseen(Recording::untouched(own))),
        ("bridge-with-pre-vote", unseen(Recording::untouched(other))),
        ("sixty-interventions", unseen(many)),
        (
            "branches",
            unseen(person::wandering("bridge", 8, 30, 400, 5)),
        ),
        ("drawn-1", drawn(1)),
        ("drawn-2", drawn(2)),
        ("drawn-3", drawn(3)),
    ]
}

#[test]
fn kept_links_say_what_they_said() {
    let folder = folder(1);
    if std::env::var_os("UPDATE_LINKS").is_some() {
        for (name, shared) in examples() {
            let link = folder.join(format!("{name}.link"));
            if link.exists() {
                continue;
            }
            let fragment = fragment(&shared);
            let said = serde_json::to_string_pretty(&open(&fragment)).expect("it is data");
            fs::write(link, format!("https://example.org/#{fragment}\n")).expect("it is written");
            fs::write(folder.join(format!("{name}.json")), said + "\n").expect("it is written");
        }
    }
    let mut kept = 0;
    for entry in fs::read_dir(&folder).expect("it is there") {
        let file = entry.expect("it can be listed").path();
        if file.extension().is_none_or(|it| it != "link") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("it can be read");
        let shared =
            link::open(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let said = fs::read_to_string(file.with_extension("json")).expect("it is beside");
        let said: Value = serde_json::from_str(&said).expect("it is JSON");
        assert_eq!(as_kept(&shared, &said), said, "{}", file.display());
        kept += 1;
    }
    assert!(kept >= examples().len(), "{kept}");
}

/// What is said, without fields that came later than the file beside the link: those have what
/// was so before there were any. The words of a shipped scenario are its version's.
fn as_kept(shared: &Shared, said: &Value) -> Value {
    fn only(now: &mut Value, then: &Value) {
        match (now, then) {
            (Value::Object(now), Value::Object(then)) => {
                now.retain(|name, _| then.contains_key(name));
                if let Some(words) = now.get_mut("story") {
                    words.clone_from(&then["story"]);
                }
                for (name, now) in now {
                    only(now, &then[name]);
                }
            }
            (Value::Array(now), Value::Array(then)) => {
                now.iter_mut()
                    .zip(then)
                    .for_each(|(now, then)| only(now, then));
            }
            _ => {}
        }
    }
    let mut now = serde_json::to_value(shared).expect("it is data");
    only(&mut now, said);
    now
}
