//! The table of the course's test files, pinned: the command line prints it, and the page's
//! tests hold what the page exports against the same files.
//!
//! After a change that is meant to change what happens, look at the difference of
//!
//! ```text
//! UPDATE_TABLES=1 cargo test --test course
//! ```

#![cfg(not(target_family = "wasm"))]

mod lenient;

use std::path::{Path, PathBuf};
use std::process::Command;

fn course(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_raftarium"))
        .arg("course")
        .args(arguments)
        .current_dir(folder())
        .output()
        .expect("it can be started");
    let printed = String::from_utf8(output.stdout).expect("it prints UTF-8");
    (output.status.code(), printed)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/course")
}

fn assert_pinned(name: &str, printed: &str) {
    let path = folder().join(name);
    if std::env::var_os("UPDATE_TABLES").is_some() {
        std::fs::write(&path, printed).expect("it can be written");
    }
    let pinned = std::fs::read_to_string(&path).expect("it is there");
    assert_eq!(pinned, printed, "{name} is not what is printed any more");
}

#[test]
fn the_files_that_ship_make_this_table() {
    for (format, name) in [("--markdown", "shipped.md"), ("--csv", "shipped.csv")] {
        let (code, printed) = course(&["--shipped", format]);
        assert_eq!(code, Some(0));
        assert_pinned(name, &printed);
    }
}

/// Other settings beside the default ones, several seeds, a run that fails, and a file that is
/// none.
#[test]
fn other_settings_stand_beside_the_default_ones() {
    let files = ["few-messages.json", "storm.json", "malformed.json"];
    let settings = [
        "--replication=eager",
        "--reads=log",
        "--heartbeat-ms=100",
        "--election-ms=300",
        "--batch=1",
        "--seeds=2",
        "--compare",
    ];
    for (format, name) in [("--markdown", "compared.md"), ("--csv", "compared.csv")] {
        let arguments: Vec<&str> = files.into_iter().chain(settings).chain([format]).collect();
        let (code, printed) = course(&arguments);
        assert_eq!(code, Some(2), "a file is malformed");
        assert_pinned(name, &printed);
    }
}
