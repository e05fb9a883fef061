//! Files that the version before 0.2 wrote. People keep them, so they are to be read for ever,
//! whatever the things in them are called by now.
//!
//! The five lives have every action but those that happen by themselves. Seeds have meant other
//! worlds since (`behaviour` in a file says which it was made for), so most of them can't be
//! followed to their end; from when on is said. All of each is read before that.

#![cfg(not(target_family = "wasm"))]

use std::process::{Command, Output};

use raftarium::sim::{BranchId, Recording, SeekRequest, SeekTo, Timeline};

fn raftarium(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raftarium"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/older"))
        .args(arguments)
        .output()
        .expect("it can be started")
}

/// What it printed, if it found nothing wrong.
fn good(arguments: &[&str]) -> String {
    let output = raftarium(arguments);
    let fault = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {fault}");
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// What is said of a file that goes differently here: from when on.
fn goes_differently(file: &str, from: &str) {
    let output = raftarium(&["replay", file]);
    assert_eq!(output.status.code(), Some(2), "{file}");
    let fault = String::from_utf8_lossy(&output.stderr);
    let said = format!(
        "made by another version of Raftarium, or by hand: it goes differently from {from} s on"
    );
    assert!(fault.contains(&said), "{file}: {fault}");
}

#[test]
fn lives_are_read_and_followed_as_far_as_can_be() {
    goes_differently("life-47.json", "2.217129");
    goes_differently("life-51.json", "0.639388");
    goes_differently("life-88.json", "5.953753");
    goes_differently("life-106.json", "2.125829");
    let told = good(&["replay", "life-67.json"]);
    assert!(told.contains("digest 40a189554870ee01"), "{told}");
    assert!(told.contains("made by another version"), "{told}");
    assert!(told.ends_with("nothing is wrong\n"), "{told}");
}

#[test]
fn a_recording_of_the_page_is_read_and_followed_as_far_as_can_be() {
    goes_differently("recording.json", "2.217129");
}

/// Of the second form, with all that there may be in it.
#[test]
fn a_recording_with_branches_is_opened_with_all_of_them() {
    let text = include_str!("tree.json");
    let recording = Recording::from_json(text).expect("it is one");
    let shown = recording.shown.expect("it says what was shown");
    let mut timeline = Timeline::follow(recording).expect("it is one");
    let mut go = |branch: u32, to: SeekTo| {
        let request = SeekRequest::on(BranchId(branch), to);
        timeline.seek(request).expect("it is there").finish();
        timeline.world().digest()
    };
    let digest = go(shown.branch, SeekTo::Moment(shown.moment()));
    assert_eq!(Some(digest & 0xffff_ffff), shown.digest.map(u64::from));
    let ends = [
        11_080_475_996_430_249_684,
        14_262_468_610_618_917_878,
        15_474_179_976_856_163_952,
        3_587_272_904_875_187_389,
    ];
    for (branch, end) in (0..).zip(ends) {
        assert_eq!(go(branch, SeekTo::End {}), end, "branch {branch}");
    }
    let branches = timeline.branches().branches;
    assert_eq!(
        (branches.len(), branches[0].name.as_str()),
        (4, "R1 crashes")
    );
    assert!(branches.iter().all(|it| it.differs_from_us.is_none()));
    // The command line takes the branch that was shown.
    let told = good(&["replay", "tree.json"]);
    assert!(told.ends_with("nothing is wrong\n"), "{told}");
}

#[test]
fn a_scenario_is_run_and_replayed() {
    let run = good(&["run", "scenario.json", "--until", "2"]);
    let shipped = good(&["run", "--shipped", "one-way-cut", "--until", "2"]);
    assert_eq!(run, shipped);
    good(&["replay", "scenario.json"]);
}

#[test]
fn a_campaign_is_added_to() {
    let told = good_or_short(&["swarm", "--merge", "campaign.json"]);
    assert!(told.contains("2 worlds (seeds 1..3)"), "{told}");
}

/// Two worlds are too few for everything to have happened in one, which exits with 1.
fn good_or_short(arguments: &[&str]) -> String {
    let output = raftarium(arguments);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}
