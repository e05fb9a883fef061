//! What comes with the library, as cargo sees it.

use std::process::Command;

use serde_json::Value;

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args([
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ])
        .args(["--offline", "--locked"])
        .output()
        .expect("cargo runs this very test");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("cargo speaks UTF-8")
}

/// The crates that a dependent builds, by default or without the default features.
fn dependencies(arguments: &[&str]) -> Vec<String> {
    let tree = [
        &["tree", "--package", "raftarium", "--edges", "normal"][..],
        &["--prefix", "none", "--format", "{p}"],
        arguments,
    ];
    cargo(&tree.concat())
        .lines()
        .filter_map(|line| Some(line.split_whitespace().next()?.to_owned()))
        .collect()
}

#[test]
fn the_library_alone_brings_no_command_line() {
    let has = |tree: &[String], name: &str| tree.iter().any(|line| line == name);
    let (all, alone) = (dependencies(&[]), dependencies(&["--no-default-features"]));
    for name in ["clap", "indicatif"] {
        assert!(has(&all, name) && !has(&alone, name), "{name}");
    }
    assert!(has(&alone, "serde"));
}

/// A dependent would build every kind of library that is named here, needed or not.
#[test]
fn a_dependent_builds_a_rust_library_and_nothing_else() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"]))
            .expect("cargo's own JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    let ours = packages
        .iter()
        .find(|package| package["name"] == "raftarium")
        .expect("this package");
    let targets = ours["targets"].as_array().expect("a list");
    let library = targets
        .iter()
        .find(|target| {
            target["src_path"]
                .as_str()
                .is_some_and(|path| path.ends_with("lib.rs"))
        })
        .expect("a library");
    assert_eq!(library["crate_types"], serde_json::json!(["rlib"]));
}
