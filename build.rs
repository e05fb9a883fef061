//! Lists the files that ship, so that a new one need not be named anywhere.
//!
//! Where their order matters, their names begin with a number. It is no part of the name that
//! the file has in menus, links and on the command line.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    list("src/sim/scenario/shipped", "scenarios.rs");
    list("src/sim/scenario/shipped/flaws", "demonstrations.rs");
    list("src/course/shipped", "test_files.rs");
}

/// Writes an expression with `file(name, text)` of each JSON file in a folder, in their order.
fn list(folder: &str, list: &str) {
    // Covers new files, too.
    println!("cargo:rerun-if-changed={folder}");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let entries = fs::read_dir(root.join(folder)).expect("the folder is part of the package");
    let files = entries.map(|entry| entry.expect("it can be listed").path());
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    files.sort();
    let mut text = String::from("&[\n");
    for path in &files {
        let name = name_of(path);
        let path = path.to_str().expect("UTF-8");
        writeln!(text, "    file({name:?}, include_str!({path:?})),").expect("it is a string");
    }
    text.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join(list), text).expect("the output folder is there");
}

/// The name of a file without its ending and the number that it is sorted by.
fn name_of(path: &Path) -> &str {
    let stem = path.file_stem().and_then(|it| it.to_str()).expect("UTF-8");
    match stem.split_once('-') {
        Some((number, name)) if number.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => stem,
    }
}
