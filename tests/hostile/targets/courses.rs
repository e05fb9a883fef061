//! Whatever stands in a test file of the course: it is refused with its place, or it is run,
//! in a table and on a stage.

use raftarium::course::{Choice, Run, Table, TestFile, formats, shipped};
use raftarium::document::Document;
use raftarium::sim::{Timeline, World};
use serde_json::Value;

use super::chance::Chance;
use super::json::{change, garble};
use super::scenarios::assert_tells;

/// A run is watched for so many events.
const EVENTS: u32 = 400;

/// Returns whether it was accepted.
pub(crate) fn courses(bytes: &[u8]) -> bool {
    let chance = &mut Chance::new(bytes);
    let text = if chance.once_in(8) {
        String::from_utf8_lossy(chance.rest()).into_owned()
    } else {
        let (_, text) = chance.pick(shipped());
        let mut file: Value = serde_json::from_str(text).expect("what ships is JSON");
        change(&mut file, chance);
        garble(file.to_string(), chance)
    };
    let mut table = Table::new(&[Choice::default()], None).expect("it is the default");
    table.add("a|b,\"", &text).expect("there is room");
    table.advance(EVENTS).expect("the settings are the default");
    let rows = table.rows();
    for told in [
        formats::text(&rows),
        formats::markdown(&rows),
        formats::csv(&rows),
    ] {
        assert!(told.lines().count() > rows.len(), "{told}");
    }
    match TestFile::from_json(&text) {
        Err(error) => {
            assert_tells(&error, &text);
            assert_eq!(rows[0].remarks, [error.to_string()]);
            false
        }
        Ok(file) => {
            run(file);
            // As a scenario it may have too many actions.
            match Document::read(&text).and_then(Document::into_scenario) {
                Ok(scenario) => drop(World::new(scenario, 1)),
                Err(error) => assert_tells(&error, &text),
            }
            true
        }
    }
}

/// What was run so far can be told, and seen again.
fn run(file: TestFile) {
    let settings = Choice::default().settings().expect("it is the default");
    let mut run = Run::new(file, &settings, 1, "").expect("the file was accepted");
    run.advance(EVENTS);
    let outcome = run.outcome();
    assert!(serde_json::to_string(&outcome).is_ok());
    let recording = run.recording();
    let last = recording
        .interventions
        .last()
        .map_or(0, |it| it.after_events);
    let mut timeline = Timeline::follow(recording).expect("it was made just now");
    while timeline.world().events() <= last {
        timeline.step().expect("it happens as it did");
    }
}
