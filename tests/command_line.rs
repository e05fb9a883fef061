//! The command line as a person or a script meets it: what it prints, and how it exits.

#![cfg(not(target_family = "wasm"))]

use std::path::PathBuf;
use std::process::{Command, Output};

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

/// A file of this test process, with this in it.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a temporary file can be written");
    path
}

#[test]
fn lists_what_ships() {
    let listed = raftarium(&["scenarios"]);
    assert_eq!(listed.status.code(), Some(0));
    assert!(stdout(&listed).contains("leader-crash"));
    assert_eq!(
        stdout(&listed).lines().count(),
        raftarium::sim::scenario::shipped().len()
    );
}

#[test]
fn runs_what_ships_and_tells_the_digest() {
    let run = || raftarium(&["run", "--shipped", "leader-crash", "--until", "6"]);
    let first = run();
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let said = stdout(&first);
    assert!(said.contains("leads term 1"), "{said}");
    assert!(said.contains("\"crash\""), "{said}");
    assert!(said.contains("written after"), "{said}");
    let digest = said.lines().last().expect("it says something");
    assert!(digest.starts_with("digest "), "{digest}");
    assert_eq!(said, stdout(&run()), "the same again");

    let other = raftarium(&[
        "run",
        "--shipped",
        "leader-crash",
        "--seed",
        "99",
        "--until",
        "6",
    ]);
    assert!(
        !stdout(&other).contains(digest),
        "another seed, another world"
    );
}

#[test]
fn tells_everything_as_json() {
    let run = raftarium(&[
        "run",
        "--shipped",
        "replicated-put",
        "--json",
        "--until",
        "2",
    ]);
    let lines: Vec<serde_json::Value> = stdout(&run)
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    let (last, notices) = lines.split_last().expect("it says something");
    assert_eq!(last["view"]["now_us"], 2_000_000);
    assert_eq!(last["digest"].as_str().map(str::len), Some(16));
    assert!(
        notices
            .iter()
            .any(|notice| !notice["what"]["answered"].is_null())
    );
}

#[test]
fn runs_a_file() {
    let path = file("calm.json", r#"{ "title": "Calm", "replicas": 3 }"#);
    let run = raftarium(&["run", path.to_str().expect("UTF-8"), "--until", "1.5"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(
        stdout(&run).starts_with("Calm (seed 1)"),
        "{}",
        stdout(&run)
    );
    assert!(stdout(&run).contains("events in 1.500000 s"));
}

#[test]
fn says_what_is_wrong_with_a_file() {
    let path = file("bad.json", r#"{ "replicas": 52 }"#);
    let run = raftarium(&["run", path.to_str().expect("UTF-8")]);
    assert_eq!(run.status.code(), Some(2));
    assert!(stderr(&run).contains("bad.json: replicas: must be 1 to 51, not 52"));

    let run = raftarium(&["run", "no-such-file.json"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(stderr(&run).contains("no-such-file.json"));
}

#[test]
fn says_what_is_wrong_with_the_arguments() {
    for arguments in [
        &["run"][..],
        &["run", "--shipped", "no-such-scenario"],
        &["run", "--shipped", "leader-crash", "--until", "soon"],
        &[
            "run",
            "--shipped",
            "leader-crash",
            "--seed",
            "9007199254740992",
        ],
    ] {
        let run = raftarium(arguments);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        assert!(!stderr(&run).is_empty(), "{arguments:?}");
    }
}
