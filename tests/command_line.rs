//! The command line as a person or a script meets it: what it prints, and how it exits.

#![cfg(not(target_family = "wasm"))]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use raftarium::sim::BEHAVIOUR;
use raftarium::sim::scenario::{demonstrations, shipped};

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
    let flawed = demonstrations().len();
    assert_eq!(stdout(&listed).lines().count(), shipped().len() + flawed);
    assert_eq!(stdout(&listed).matches(" FLAWED: ").count(), flawed);
}

/// It says what is stuck and why, but that is no verdict.
#[test]
fn says_what_is_stuck_whatever_the_seed() {
    for (name, said) in [
        ("pre-vote-resets-timer", "STUCK: For 3.0"),
        (
            "no-entry-at-start",
            "has committed no entry of its own term 2",
        ),
    ] {
        for seed in ["1", "2", "77"] {
            let run = raftarium(&["run", "--shipped", name, "--seed", seed]);
            assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
            let out = stdout(&run);
            assert_eq!(out.matches("STUCK: ").count(), 1, "{out}");
            assert!(out.contains(said), "{out}");
        }
    }
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
fn judges_a_history_from_the_standard_input() {
    let judge = |history: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_raftarium"))
            .args(["linearizable", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(history.as_bytes()).expect("it listens");
        drop(stdin);
        child.wait_with_output().expect("it ends")
    };
    let read = r#"{"process": 0, "type": "invoke", "f": "read"}"#;
    let nothing = r#"{"process": 0, "type": "ok", "f": "read", "value": null}"#;
    let seven = r#"{"process": 0, "type": "ok", "f": "read", "value": 7}"#;
    let good = judge(&format!("{read}\n{nothing}\n"));
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    assert_eq!(stdout(&good), "linearizable: 1 operations on 1 keys\n");
    let bad = judge(&format!("{read}\n{seven}\n"));
    assert_eq!(bad.status.code(), Some(1), "{}", stderr(&bad));
    let malformed = judge(&format!("{read}\n{read}\n"));
    assert_eq!(malformed.status.code(), Some(2));
    let said = stderr(&malformed);
    assert!(said.contains("line 2: process: "), "{said}");
}

#[test]
fn adds_up_hunts_for_one_flaw_but_not_for_two() {
    let hunt = |name: &str, flaw: &str, seeds: &str| {
        let lived = raftarium(&["swarm", "--seeds", seeds, "--flaw", flaw, "--json"]);
        file(name, stdout(&lived))
    };
    let first = hunt("first.json", "votes-twice", "1..2");
    let second = hunt("second.json", "votes-twice", "2..3");
    let other = hunt("other.json", "no-match-check", "3..4");
    let merge = |files: [&PathBuf; 2]| {
        let files = files.map(|file| file.to_str().expect("UTF-8"));
        raftarium(&["swarm", "--json", "--merge", files[0], files[1]])
    };
    let sum = merge([&first, &second]);
    let said: serde_json::Value = serde_json::from_str(stdout(&sum)).expect("a summary");
    assert_eq!(said["campaign"]["flaw"], "votes-twice");
    assert_eq!(
        said["campaign"]["seeds"],
        serde_json::json!([{ "start": 1, "end": 3 }])
    );
    let refused = merge([&first, &other]);
    assert_eq!(refused.status.code(), Some(2));
    let said = stderr(&refused);
    assert!(said.contains("other.json"), "{said}");
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

/// Each option that is a number says in plain words what it takes.
#[test]
fn says_what_a_number_may_be() {
    let whole = "write a whole number from ";
    for (command, option, range) in [
        (&["shrink", "--seed=1"][..], "--worlds", "0 to "),
        (&["shrink"], "--seed", "0 to 9007199254740991"),
        (&["replay"], "--seed", "0 to 9007199254740991"),
        (&["run", "x"], "--seed", "0 to 9007199254740991"),
        (&["linearizable", "x"], "--steps-max", "0 to "),
        (&["course", "x"], "--seeds", "1 to 10000"),
        (&["course", "x"], "--heartbeat-ms", "10 to 5000"),
        (&["course", "x"], "--retry-ms", "0 to 5000"),
        (&["course", "x"], "--election-ms", "20 to 5000"),
        (&["course", "x"], "--batch", "1 to 65536"),
        (&["course", "x"], "--window", "1 to 1024"),
        (&["course", "x"], "--hop-us", "0 to 10000000"),
        (&["swarm", "--seeds=1..2"], "--threads", "1 to 1024"),
        (&["swarm", "--seeds=1..2"], "--minutes", "0 to "),
    ] {
        for value in ["x", "1.5", "-5", "", "99999999999999999999999"] {
            let option = format!("{option}={value}");
            let run = raftarium(&[command, &[&*option]].concat());
            assert_eq!(run.status.code(), Some(2), "{command:?} {option}");
            let said = stderr(&run);
            assert!(said.contains(&format!("{whole}{range}")), "{said}");
        }
    }
}

#[test]
fn files_of_the_course_with_one_name_are_told_apart() {
    let good = r#"{ "lifetime": 5, "replicas": 3, "requests": 10, "mix": 0 }"#;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("same-names");
    let path = |name: &str, text: &str| {
        let path = folder.join(name);
        let parent = path.parent().expect("it has one");
        std::fs::create_dir_all(parent).expect("a folder can be made");
        std::fs::write(&path, text).expect("a temporary file can be written");
        path.to_str().expect("it is UTF-8").to_owned()
    };
    let first = path("a/x.json", good);
    let second = path("b/x.json", "{");
    let ours = path("crash-leader.json", good);
    let other = path("other.json", good);
    for files in [[&first, &second], [&second, &first]] {
        let run = raftarium(&["course", files[0], files[1], &other]);
        assert_eq!(run.status.code(), Some(2));
        let said = stderr(&run);
        assert!(
            said.starts_with(&format!("raftarium: {second}: ")),
            "{said}"
        );
        let table = stdout(&run);
        assert!(table.contains(&format!("\n{first}  yes ")), "{table}");
        assert!(table.contains(&format!("\n{second}  malformed")), "{table}");
        assert!(table.contains("\nother "), "{table}");
    }
    // Of several that are broken the first one is blamed.
    let third = path("c/x.json", "[]");
    let run = raftarium(&["course", &first, &third, &second]);
    let said = stderr(&run);
    assert!(said.starts_with(&format!("raftarium: {third}: ")), "{said}");
    let run = raftarium(&["course", &ours, "--shipped", "--csv"]);
    let table = stdout(&run);
    assert!(table.contains(&format!("\n{ours},")), "{table}");
    assert_eq!(table.matches("\ncrash-leader,").count(), 1, "{table}");
}

#[test]
fn a_test_file_of_the_course_is_run_and_graded() {
    let json = |seconds: u32| {
        format!(
            r#"{{ "lifetime": {seconds}, "replicas": 3, "requests": 60, "mix": 0.5,
            "maximum_get_generation_fail_fraction": 1,
            "tests": {{ "maximum_put_fail_fraction": 0.1, "benchmarks": {{
            "total_msgs": [1000, 2000, 3000], "failures": [0, 1, 2], "duplicates": [1, 2, 3],
            "median_latency": [0.01, 0.02, 0.03] }} }} }}"#
        )
    };
    let good = file("course-good.json", &json(6));
    let good = good.to_str().expect("it is UTF-8");
    let run = raftarium(&["course", good, "--seeds", "2"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let table = stdout(&run);
    assert!(table.contains("course-good  2 of 2"), "{table}");
    // A first tier of 0 can't be reached.
    assert!(table.contains("  0 full  "), "{table}");
    assert!(table.contains("here it counts"), "{table}");
    let run = raftarium(&["run", good, "--until", "8"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));

    let storm = json(6).replacen('{', "{ \"max_packets\": 10,", 1);
    let storm = file("course-storm.json", &storm);
    let run = raftarium(&["course", storm.to_str().expect("it is UTF-8"), "--json"]);
    assert_eq!(run.status.code(), Some(1));
    assert!(stdout(&run).contains("packet_storm"), "{}", stdout(&run));

    let bad = file("course-bad.json", &json(4));
    let run = raftarium(&["course", bad.to_str().expect("it is UTF-8"), good]);
    assert_eq!(run.status.code(), Some(2));
    // The others are run nevertheless.
    assert!(
        stdout(&run).contains("course-good  yes"),
        "{}",
        stdout(&run)
    );
    assert!(
        stderr(&run).contains("lifetime: must be 5 to 600, not 4"),
        "{}",
        stderr(&run)
    );
}

/// A link goes wherever a file does, and to the same digest.
#[test]
fn a_link_goes_wherever_a_file_does() {
    let text = r#"{ "scenario": { "title": "Three", "replicas": 3 }, "seed": 5, "interventions": [
        { "after_events": 0, "at_us": 0, "action": { "crash": { "replica": 2 } } } ] }"#;
    let recording = file("to-be-linked.json", text);
    let recording = recording.to_str().expect("a plain path");
    let link = |arguments: &[&str]| {
        let printed = raftarium(arguments);
        assert_eq!(printed.status.code(), Some(0), "{}", stderr(&printed));
        stdout(&printed).trim().to_owned()
    };
    let page = "https://example.org/raftarium/?theme=dark#top";
    let address = link(&["link", recording, "--page", page]);
    let fragment = link(&["link", recording]);
    assert!(
        fragment.starts_with("#run.1.") && fragment.len() < 80,
        "{fragment}"
    );
    let whole = format!("https://example.org/raftarium/?theme=dark{fragment}");
    assert_eq!(address, whole);
    let saved = file("saved.link", &whole);
    let replayed = raftarium(&["replay", recording]);
    let first = stdout(&replayed);
    assert!(
        first.contains("seed 5, ") && first.contains(" 1 things done"),
        "{first}"
    );
    for link in [&address, &fragment, saved.to_str().expect("a plain path")] {
        assert_eq!(stdout(&raftarium(&["replay", link])), first, "{link}");
        // A link to a link is that link.
        let again = raftarium(&["link", link]);
        assert_eq!(stdout(&again).trim(), fragment);
        let run = raftarium(&["run", link, "--until", "1"]);
        let told = stdout(&run);
        assert!(told.starts_with("Three (seed 5)\n"), "{told}");
        assert!(told.contains("R2 crashed, "), "{told}");
    }
    let other = raftarium(&["run", &fragment, "--seed", "6"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(stderr(&other).contains("makes sense with its own seed only, which is 5"));

    let shipped = link(&["link", "--shipped", "bridge", "--seed", "9"]);
    let run = raftarium(&["run", &shipped, "--until", "2"]);
    let named = raftarium(&["run", "--shipped", "bridge", "--seed", "9", "--until", "2"]);
    assert_eq!(stdout(&run), stdout(&named));
}

#[test]
fn a_bad_link_is_told_in_a_line() {
    let long = format!("#run.1.{}", "A".repeat(7_000));
    for (link, said) in [
        (long.as_str(), "the end of this link is missing"),
        ("#run.1.AAAA.000000", "this link was damaged on its way"),
        (
            "#run.77.AAAA",
            "made by a newer version of Raftarium: its format is 77",
        ),
    ] {
        for subcommand in ["run", "replay", "link", "shrink"] {
            let told = raftarium(&[subcommand, link]);
            assert_eq!(told.status.code(), Some(2), "{subcommand}");
            let error = stderr(&told);
            assert!(error.contains(said), "{error}");
            assert!(error.len() < 250 && error.lines().count() == 1, "{error}");
        }
    }
    let many: Vec<String> = (0..3_000u64)
        .map(|number| {
            let at_us = number * (number % 977);
            format!(
                r#"{{"after_events": {}, "at_us": {}, "action": {{"deliver": {{"message": {at_us}}}}}}}"#,
                number * 3 + number % 3,
                number * 1_000_003,
            )
        })
        .collect();
    let text = format!(
        r#"{{ "scenario": {{}}, "seed": 5, "interventions": [{}] }}"#,
        many.join(",")
    );
    let recording = file("too-long-for-a-link.json", &text);
    let told = raftarium(&["link", recording.to_str().expect("a plain path")]);
    assert_eq!(told.status.code(), Some(2));
    assert!(stderr(&told).contains("it is more than a link holds; hand on the file itself"));
}

/// The digests in a recording tell from when on it goes differently, whatever version made it.
#[test]
fn a_replay_tells_from_when_on_it_goes_differently() {
    let recording = |digests: &str| {
        format!(
            r#"{{ "format": 2, "behaviour": {BEHAVIOUR}, "scenario": {{ "replicas": 3 }}, "seed": 5,
                "digests": {digests}, "shown": {{ "branch": 0, "events": 3, "at_us": 20000 }},
                "interventions": [
                    {{ "after_events": 0, "at_us": 0, "action": {{ "crash": {{ "replica": 2 }} }} }},
                    {{ "after_events": 1, "at_us": 0, "action": {{ "heal_all": {{}} }} }} ] }}"#
        )
    };
    let replayed = |name: &str, text: &str| {
        let file = file(name, text);
        let replayed = raftarium(&["replay", file.to_str().expect("a plain path"), "--json"]);
        assert_eq!(replayed.status.code(), Some(0), "{}", stderr(&replayed));
        serde_json::from_str::<serde_json::Value>(stdout(&replayed)).expect("it is JSON")
    };
    let unknown = replayed("without-digests.json", &recording("[]"));
    assert_eq!(unknown["differs_from_us"], serde_json::Value::Null);
    assert_eq!(unknown["events"], 3);
    let wrong = replayed("other-digests.json", &recording("[1, 2]"));
    assert_eq!(wrong["differs_from_us"], 0);
    let file = file("other-digests.json", &recording("[1, 2]"));
    let told = raftarium(&["replay", file.to_str().expect("a plain path")]);
    let said = "made by another version of Raftarium, or by hand: it goes differently from 0.000";
    assert!(stdout(&told).contains(said), "{}", stdout(&told));
}

/// What is exported is read back; what makes no sense names its option.
#[test]
fn a_run_is_exported_for_other_tools() {
    let export = |arguments: &[&str]| raftarium(&[&["export"], arguments].concat());
    let shipped = ["--shipped", "reads-without-round"];
    for (format, says) in [
        ("jsonl", "{\"beginning\":"),
        ("chrome", "{\"displayTimeUnit\":"),
        ("shiviz", "R1 {\"R1\":1}\n"),
        ("mermaid", "sequenceDiagram\n"),
        ("svg", "<svg xmlns="),
        ("tla", "---- MODULE RaftariumTrace ----\n"),
        ("history", "{\"initial\":null}\n"),
    ] {
        let exported = export(&[&[format], &shipped[..]].concat());
        assert_eq!(exported.status.code(), Some(0), "{}", stderr(&exported));
        assert!(stdout(&exported).starts_with(says), "{format}");
    }
    let exported = export(&[&["history"], &shipped[..]].concat());
    let history = file("exported.jsonl", stdout(&exported));
    let judged = raftarium(&["linearizable", history.to_str().expect("a path")]);
    assert_eq!(judged.status.code(), Some(1), "{}", stderr(&judged));

    let crash = ["--shipped", "leader-crash"];
    for (arguments, says) in [
        (
            &["svg", "--from", "2", "--until", "2"][..],
            "--until: it must be later than --from, 2.000000 s",
        ),
        (
            &["history", "--from", "1"],
            "--from: a history has to begin",
        ),
        (&["tla", "--dark"], "--dark: only svg is a picture"),
        (&["jsonl", "--until", "soon"], "--until"),
        (&["pdf"], "pdf"),
    ] {
        let refused = export(&[arguments, &crash[..]].concat());
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&refused).contains(says), "{}", stderr(&refused));
    }
    let over = export(&[&["svg", "--from", "8"], &shipped[..]].concat());
    assert_eq!(over.status.code(), Some(0), "{}", stderr(&over));
}
