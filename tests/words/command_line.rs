//! What the command line says of files that it can't make anything of.

use std::path::PathBuf;
use std::process::{Command, Output};

use super::assert_plain;

fn raftarium(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raftarium"))
        .args(arguments)
        .output()
        .expect("it can be started")
}

/// Writes a file, and returns its path.
fn file(name: &str, bytes: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).expect("a temporary file can be written");
    path.to_str().expect("it is UTF-8").to_owned()
}

#[test]
fn a_file_that_is_none_of_ours_is_told_of_in_plain_words() {
    let utf_16: Vec<u8> = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let long = " ".repeat(2 * 1024 * 1024);
    let files: [(&str, &[u8], &str); 15] = [
        ("words-empty.json", b"", "this is empty"),
        ("words-space.json", b" \r\n\t", "this is empty"),
        ("words-mark.json", b"\xef\xbb\xbf", "this is empty"),
        ("words-utf-16.json", &utf_16, "this is UTF-16"),
        (
            "words-binary.json",
            b"\x7fELF\x02\x01\xff\xfe",
            "byte 7 does not belong there",
        ),
        ("words-zeros.json", b"\0\0\0\0", "this is not JSON"),
        (
            "words-html.json",
            b"\n<html><body>404</body></html>",
            "looks like HTML",
        ),
        (
            "words-cut.json",
            b"{\"replicas\": 5",
            "it ends in the middle of",
        ),
        ("words-deep.json", &b"[".repeat(100_000), ""),
        ("words-list.json", b"[]", "must be an object"),
        ("words-text.json", b"\"replicas\"", "must be an object"),
        ("words-number.json", b"5", "must be an object"),
        ("words-null.json", b"null", "must be an object"),
        ("words-lines.json", b"{\"a\": 1}\n{\"a\": 2}\n", ""),
        ("words-long.json", long.as_bytes(), ""),
    ];
    let folder = env!("CARGO_TARGET_TMPDIR");
    let mut paths: Vec<(String, &str)> = vec![
        (folder.to_owned(), "this is a folder, not a file"),
        (format!("{folder}/words-none.json"), "there is no such file"),
    ];
    paths.extend(files.map(|(name, bytes, said)| (file(name, bytes), said)));
    for command in [
        &["run"][..],
        &["replay"],
        &["shrink"],
        &["course"],
        &["swarm", "--merge"],
    ] {
        for (path, said) in &paths {
            let output = raftarium(&[command, &[path]].concat());
            let told = String::from_utf8(output.stderr).expect("it prints UTF-8");
            assert_eq!(output.status.code(), Some(2), "{command:?} {path}: {told}");
            assert!(told.starts_with(&format!("raftarium: {path}: ")), "{told}");
            assert!(told.contains(said), "{command:?} {path}: {told}");
            assert_plain(&told, path);
        }
    }
}

#[test]
fn a_field_of_the_wrong_kind_is_told_of_in_plain_words() {
    let scenario = file("words-kind.json", br#"{"replicas": "five"}"#);
    let course = file(
        "words-course.json",
        br#"{"lifetime": "long", "replicas": 5, "requests": 5}"#,
    );
    let recording = file(
        "words-recording.json",
        br#"{"scenario": {}, "seed": 1, "interventions": [{"after_events": 1, "at_us": 1, "action": "crash"}]}"#,
    );
    let late = file(
        "words-late.json",
        br#"{"scenario": {}, "seed": 1, "interventions": [{"after_events": 0, "at_us": 0,
            "action": {"change_membership": {"voters": [1]}}}]}"#,
    );
    let summary = file("words-summary.json", br#"{"campaign": 5}"#);
    for (arguments, said) in [
        (
            &["run", &*scenario][..],
            "replicas: must be a whole number from 0 to 65535, not the text \"five\"",
        ),
        (&["replay", &scenario], "replicas: must be a whole number"),
        (
            &["run", &course],
            "lifetime: must be a number, not the text \"long\"",
        ),
        (
            &["course", &course],
            "lifetime: must be a number, not the text \"long\"",
        ),
        (&["replay", &recording], "interventions[0].action"),
        (&["replay", &late], "interventions[0]: "),
        (
            &["swarm", "--merge", &summary],
            "campaign: must be an object, not 5",
        ),
        (
            &["run", &scenario, "--seed", "x"],
            "write a whole number from 0 to 9007199254740991",
        ),
        (
            &["course", &course, "--seeds", "0"],
            "write a whole number from 1 to 10000",
        ),
    ] {
        let output = raftarium(arguments);
        let told = String::from_utf8(output.stderr).expect("it prints UTF-8");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(said), "{arguments:?}: {told}");
        assert_plain(&told, &arguments.join(" "));
    }
}

/// A history is not held as a text, and so it is read in another way.
#[test]
fn a_history_that_is_no_file_is_told_of_in_plain_words() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let calm = file("words-history.json", b"");
    for (path, said) in [
        (format!("{folder}/words-none.edn"), "there is no such file"),
        (folder.to_owned(), "this is a folder, not a file"),
        (
            format!("{calm}/x"),
            "a part of this path is a file, not a folder",
        ),
        (
            format!("{folder}/{}", "x".repeat(300)),
            "the name is too long, or no name for a file",
        ),
    ] {
        let output = raftarium(&["linearizable", &path]);
        let told = String::from_utf8(output.stderr).expect("it prints UTF-8");
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert_eq!(told, format!("raftarium: {path}: {said}\n"));
    }
}

#[test]
fn a_file_that_cannot_be_written_is_told_of_in_plain_words() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let is_file = file("words-is-file.json", b"");
    let nowhere = format!("{folder}/words-nowhere/x.json");
    let below = format!("{is_file}/x.json");
    let no_folder = "there is no such folder to write into";
    let is_folder = "this is a folder, not a file";
    let is_part = "a part of this path is a file, not a folder";
    for (arguments, path, said) in [
        (
            &["replay", "--seed", "1", "--save"][..],
            &*nowhere,
            no_folder,
        ),
        (&["replay", "--seed", "1", "--save"], folder, is_folder),
        (&["replay", "--seed", "1", "--save"], &below, is_part),
        (
            &[
                "shrink",
                "--seed",
                "1",
                "--flaw",
                "votes-twice",
                "--worlds",
                "5",
                "--out",
            ],
            &nowhere,
            no_folder,
        ),
        (
            &["swarm", "--seeds", "1..2", "--save"],
            &is_file,
            "this is a file, not a folder",
        ),
        (&["swarm", "--seeds", "1..2", "--save"], &below, is_part),
    ] {
        let output = raftarium(&[arguments, &[path]].concat());
        let told = String::from_utf8(output.stderr).expect("it prints UTF-8");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert_eq!(told, format!("raftarium: {path}: {said}\n"));
    }
}

#[test]
fn a_list_is_told_of_at_its_first_column() {
    let list = file("words-only-list.json", b"[]");
    for command in ["run", "replay", "course"] {
        let output = raftarium(&[command, &list]);
        let told = String::from_utf8(output.stderr).expect("it prints UTF-8");
        assert!(!told.contains("column 0"), "{command}: {told}");
    }
}
