//! The adversary from the command line: campaigns, their sums, and replays.

#![cfg(not(target_family = "wasm"))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use raftarium::adversary::Case;
use raftarium::kv::ClientId;
use raftarium::sim::BEHAVIOUR;
use raftarium::sim::notice::{Notice, TraceEvent};
use serde_json::Value;

fn raftarium(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raftarium"))
        .args(arguments)
        .output()
        .expect("it can be started")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("it prints UTF-8")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("it prints UTF-8")
}

fn json(output: &Output) -> Value {
    serde_json::from_str(stdout(output)).expect("it prints JSON")
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The JSON summary of a campaign, kept as a file too.
fn swarm(seeds: &str, threads: &str) -> (Value, PathBuf) {
    let run = raftarium(&["swarm", "--seeds", seeds, "--threads", threads, "--json"]);
    let file = path(&format!("swarm-{seeds}-{threads}.json"));
    std::fs::write(&file, &run.stdout).expect("a temporary file can be written");
    (json(&run), file)
}

#[test]
fn a_campaign_of_a_few_worlds_has_not_tested_enough() {
    let run = raftarium(&["swarm", "--seeds", "1..3"]);
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    let said = stdout(&run);
    assert!(said.contains("NEVER HAPPENED"), "{said}");
    assert!(said.contains("2 worlds (seeds 1..3), "), "{said}");
    assert!(said.contains("not tested enough"), "{said}");
    assert!(
        stderr(&run).is_empty(),
        "no progress bar where there is no terminal"
    );
}

/// Worlds in which a campaign of a million once found no leader in time: the center of a star
/// walked through a log that it had already; and a clock had stood still so often that the
/// stalls outlasted the adversary's patience.
#[test]
fn seeds_that_failed_once_hold() {
    for seed in ["7200125268", "8100495703"] {
        let run = raftarium(&["replay", "--seed", seed]);
        assert_eq!(run.status.code(), Some(0), "{seed}: {}", stdout(&run));
        assert!(stdout(&run).ends_with("nothing is wrong\n"), "{seed}");
    }
}

#[test]
fn shards_add_up_to_the_campaign_that_they_are_shards_of() {
    let (whole, _) = swarm("20..30", "1");
    let (first, first_file) = swarm("20..26", "3");
    let (_, second_file) = swarm("26..30", "2");
    assert_eq!(whole["campaign"]["failures"], serde_json::json!([]));
    let merge = raftarium(&[
        "swarm",
        "--json",
        "--merge",
        text(&second_file),
        text(&first_file),
    ]);
    assert_eq!(merge.status.code(), Some(1), "{}", stderr(&merge));
    assert_eq!(json(&merge)["campaign"], whole["campaign"]);

    let twice = raftarium(&["swarm", "--merge", text(&first_file), text(&first_file)]);
    assert_eq!(twice.status.code(), Some(2));
    let said = stderr(&twice);
    assert!(
        said.contains("seed 20 is in two of the campaigns"),
        "{said}"
    );

    // What happened somewhere in one of the shards has happened.
    let mut full = first;
    for (_, count) in full["campaign"]["sometimes"]
        .as_object_mut()
        .expect("counts")
    {
        *count = 6.into();
    }
    let file = path("swarm-full.json");
    std::fs::write(&file, full.to_string()).expect("a temporary file can be written");
    let merge = raftarium(&["swarm", "--merge", text(&file), text(&second_file)]);
    assert_eq!(merge.status.code(), Some(0), "{}", stdout(&merge));
    assert!(stdout(&merge).ends_with("clean\n"));
}

#[test]
fn a_life_is_replayed_from_its_seed_or_from_its_file() {
    let file = path("life.json");
    let lived = raftarium(&["replay", "--seed", "5", "--json", "--save", text(&file)]);
    assert_eq!(lived.status.code(), Some(0), "{}", stderr(&lived));
    let replayed = raftarium(&["replay", text(&file), "--json"]);
    assert_eq!(stdout(&replayed), stdout(&lived));

    let traced = raftarium(&["replay", text(&file), "--trace"]);
    let said = stdout(&traced);
    assert!(said.contains("BY HAND "), "{said}");
    assert!(said.contains("leads term"), "{said}");
    let digest = json(&lived)["digest"].as_str().map(str::to_owned);
    assert!(said.contains(&digest.expect("a digest")), "{said}");
}

/// Our Raft breaks nothing, so a life is made to end where it must not: all are dead, and
/// are said to be at rest.
#[test]
fn a_failure_is_found_again() {
    let file = path("dead.json");
    let dead = r#"{
        "end": { "events": 1000000, "at_us": 2000000, "rest": { "living": [1] } },
        "recording": {
            "seed": 1,
            "scenario": { "replicas": 1 },
            "interventions": [{ "after_events": 0, "at_us": 0, "action": { "crash": { "replica": 1 } } }]
        }
    }"#;
    std::fs::write(&file, dead).expect("a temporary file can be written");
    let run = raftarium(&["replay", text(&file)]);
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    assert!(
        stdout(&run).contains("breaks leader-emerges at event "),
        "{}",
        stdout(&run)
    );
}

/// Two replicas that were paused for most of a storm go on at the same moment: what waits at
/// their doors makes more notices in 20 ms than a world keeps for a lazy listener. The judge
/// that listened so rarely missed one of seven answers.
///
/// If a change of behaviour makes another life of this one, it can't be replayed any more: then
/// another seed has to take its place, in which as much happens at once.
#[test]
fn a_life_in_which_much_happens_at_once_is_judged_by_all_of_it() {
    let case = Case::from_json(include_str!("lives/many-at-once.json")).expect("a life");
    let mut in_a_slice = (0, 0);
    let mut most = 0;
    let mut answers = 0;
    let (failure, world) = case
        .replay(|moment| {
            let slice = moment.world.now_us() / 20_000;
            if in_a_slice.0 != slice {
                in_a_slice = (slice, 0);
            }
            in_a_slice.1 += moment.notices.len();
            most = most.max(in_a_slice.1);
            let is_answer = |it: &&Notice| matches!(it.what, TraceEvent::Answered { .. });
            answers += moment.notices.iter().filter(is_answer).count() as u64;
        })
        .expect("it can be replayed");
    assert_eq!(failure, None);
    assert!(most > 1_000, "{most}");
    let asked: u64 = (1..)
        .map_while(|id| world.last_sequence(ClientId(id)))
        .sum();
    assert_eq!(answers, asked);
}

#[test]
fn a_recording_of_the_page_is_replayed_too() {
    let file = path("page.json");
    let page = r#"{ "seed": 7, "scenario": { "replicas": 3 }, "interventions": [] }"#;
    std::fs::write(&file, page).expect("a temporary file can be written");
    let run = raftarium(&["replay", text(&file)]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(
        stdout(&run).contains("0 things done from outside"),
        "{}",
        stdout(&run)
    );
}

#[test]
fn a_scenario_in_any_form_is_replayed_too() {
    for file in [
        "src/course/shipped/070-crash-leader.json",
        "src/sim/scenario/shipped/flaws/union-quorum.json",
    ] {
        let run = raftarium(&["replay", &format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))]);
        let flawed = file.contains("flaws");
        assert_eq!(
            run.status.code(),
            Some(i32::from(flawed)),
            "{}",
            stderr(&run)
        );
    }
}

/// The first world that shows a flaw.
fn flawed(flaw: &str) -> [&str; 4] {
    let mut rows = include_str!("flaws/pins.md").lines();
    let start = format!("| `{flaw}` | ");
    let seed = rows.find_map(|row| row.strip_prefix(&start)?.split(' ').next());
    ["--seed", seed.expect("it is found"), "--flaw", flaw]
}

/// A world of six replicas with everything on, of which two replicas and nothing else are left.
#[test]
fn a_failure_is_shrunk_to_a_scenario_that_fails_alike() {
    let life = path("life-with-a-flaw.json");
    let flawed = flawed("half-is-majority");
    let lived = raftarium(&[&["replay", "--json", "--save", text(&life)], &flawed[..]].concat());
    let found = json(&lived)["failure"]["property"].clone();
    let whole: Value = serde_json::from_str(&std::fs::read_to_string(&life).expect("it is there"))
        .expect("it is JSON");

    let (short, case) = (path("shrunk.json"), path("shrunk-case.json"));
    let files = ["--out", text(&short), "--save", text(&case), "--json"];
    let run = raftarium(&[&["shrink", text(&life)], &files[..]].concat());
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    let shrunk = json(&run);
    assert_eq!(shrunk["failure"]["property"], found);
    assert_eq!(shrunk["minimal"], true);
    let scenario = &shrunk["scenario"];
    assert_eq!(scenario["flaw"], "half-is-majority");
    assert_eq!(scenario["replicas"], 2);
    for settings in ["network", "disk", "clocks", "timing", "batch"] {
        assert!(scenario[settings].is_null(), "{settings}: {scenario}");
    }
    assert!(whole["recording"]["scenario"]["replicas"] != 2);

    // The same file again, for whoever runs it, replays it, or shrinks it once more.
    let run = raftarium(&["run", text(&short)]);
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    assert!(stdout(&run).contains("FLAWED"), "{}", stdout(&run));
    for file in [&short, &case] {
        let replayed = raftarium(&["replay", text(file), "--json"]);
        assert_eq!(json(&replayed)["failure"], shrunk["failure"]);
    }
    let again = raftarium(&["shrink", text(&short), "--json"]);
    assert_eq!(json(&again)["scenario"], *scenario, "the same again");
}

#[test]
fn of_what_fails_at_rest_the_calm_is_kept() {
    let case = path("stuck.json");
    let flawed = flawed("counts-learners");
    let shrink = raftarium(&[&["shrink", "--save", text(&case)], &flawed[..]].concat());
    assert_eq!(shrink.status.code(), Some(1), "{}", stderr(&shrink));
    assert!(stdout(&shrink).contains("breaks leader-emerges at event "));
    let replayed = raftarium(&["replay", text(&case)]);
    assert_eq!(replayed.status.code(), Some(1));
    assert!(stdout(&replayed).contains("breaks leader-emerges at event "));
}

/// What is told as interventions is of this version, too.
#[test]
fn what_can_not_be_told_as_a_scenario_is_a_recording_of_this_version() {
    let file = path("told.json");
    let flawed = flawed("lease-after-transfer");
    let options = ["shrink", "--worlds", "40", "--out", text(&file)];
    let shrink = raftarium(&[&options[..], &flawed[..]].concat());
    assert_eq!(shrink.status.code(), Some(1), "{}", stderr(&shrink));
    let told = std::fs::read_to_string(&file).expect("it is there");
    assert!(told.contains("interventions"), "{told}");
    let replayed = raftarium(&["replay", text(&file), "--json"]);
    assert_eq!(json(&replayed)["made_by_another_version"], false);
}

/// A life that ends where it must not, saved after a storm by a version that did not count its
/// behaviour yet: that the world is not at rest by then proves nothing.
#[test]
fn a_life_of_another_version_says_so() {
    let file = path("older.json");
    let dead = r#"{
        "end": { "events": 9, "at_us": 2000000, "rest": { "living": [1], "storm": 1 } },
        "recording": {
            "seed": 1,
            "scenario": { "replicas": 1 },
            "interventions": [{ "after_events": 0, "at_us": 0, "action": { "crash": { "replica": 1 } } }]
        }
    }"#;
    std::fs::write(&file, dead).expect("a temporary file can be written");
    let run = raftarium(&["replay", text(&file)]);
    assert_eq!(run.status.code(), Some(0), "{}", stdout(&run));
    let said = stdout(&run);
    assert!(
        said.contains("made by another version of Raftarium"),
        "{said}"
    );
    let told = json(&raftarium(&["replay", text(&file), "--json"]));
    assert_eq!(told["made_by_another_version"], true);

    let current = dead.replace("\"seed\"", &format!("\"behaviour\": {BEHAVIOUR}, \"seed\""));
    std::fs::write(&file, current).expect("a temporary file can be written");
    let run = raftarium(&["replay", text(&file)]);
    assert_eq!(run.status.code(), Some(1), "{}", stdout(&run));
    assert!(!stdout(&run).contains("another version"));
}

#[test]
fn what_is_not_broken_is_not_shrunk() {
    let shrink = raftarium(&["shrink", "--seed", "5"]);
    assert_eq!(shrink.status.code(), Some(0), "{}", stderr(&shrink));
    assert_eq!(stdout(&shrink), "nothing is wrong with it\n");
}

#[test]
fn bad_input_is_named() {
    let impossible = path("impossible.json");
    let restart = r#"{ "seed": 7, "scenario": { "replicas": 3 }, "interventions":
        [{ "after_events": 0, "at_us": 0, "action": { "restart": { "replica": 1 } } }] }"#;
    std::fs::write(&impossible, restart).expect("a temporary file can be written");
    let nobody = path("nobody-at-rest.json");
    let rest = r#"{ "recording": { "scenario": {}, "seed": 1 },
        "end": { "events": 10, "at_us": 9, "rest": { "living": [9] } } }"#;
    std::fs::write(&nobody, rest).expect("a temporary file can be written");
    let broken = path("broken.json");
    std::fs::write(&broken, "{ \"seed\": ").expect("a temporary file can be written");
    for (arguments, fault) in [
        (&["swarm"][..], "--seeds"),
        (&["swarm", "--seeds", "3..3"], "1..1001"),
        (
            &["swarm", "--seeds", "1..3", "--merge", "x"],
            "cannot be used",
        ),
        (&["swarm", "--merge", "no-such-file"], "no-such-file"),
        (&["swarm", "--merge", text(&impossible)], "campaign"),
        (&["replay"], "FILE"),
        (
            &["replay", "--seed", "9007199254740992"],
            "9007199254740992",
        ),
        (&["replay", "no-such-file"], "no-such-file"),
        (&["shrink"], "FILE"),
        (
            &["shrink", "--seed", "1", "--flaw", "none"],
            "raftarium flaws",
        ),
        (
            &["shrink", text(&impossible)],
            "interventions[0]: R1 is running",
        ),
        (&["replay", text(&broken)], "broken.json"),
        (
            &["replay", text(&nobody)],
            "end.rest.living: there is no R9",
        ),
        (
            &["replay", "--flaw", "votes-twice", text(&broken)],
            "cannot be used",
        ),
        (
            &["replay", text(&impossible)],
            "interventions[0]: R1 is running",
        ),
    ] {
        let run = raftarium(arguments);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&run).contains(fault),
            "{arguments:?}: {}",
            stderr(&run)
        );
    }
}
