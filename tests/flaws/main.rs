//! Every rule that can be broken on purpose is broken, and must be found: a judge that has
//! never convicted anyone proves nothing.
//!
//! `hunt` sends the adversary after each flaw, `demonstrations` plays the scenarios that ship.

#![cfg(not(target_family = "wasm"))]

mod demonstrations;
mod hunt;

/// A number as the docs write it.
fn thousands(number: &str) -> String {
    let digits = number.as_bytes().rchunks(3).rev();
    let groups: Vec<&str> = digits
        .map(|it| std::str::from_utf8(it).expect("digits"))
        .collect();
    groups.join(",")
}

/// The table in `src/flaw.rs`, which is written by hand.
#[test]
fn the_table_in_the_docs_is_true() {
    let docs = include_str!("../../src/flaw.rs");
    for (seed, size) in hunt::SEEDS.lines().zip(demonstrations::SIZES.lines()) {
        let [name, seed, property] = seed.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{seed:?}");
        };
        let [_, shows, replicas, actions, events, _] = size.split(' ').collect::<Vec<_>>()[..]
        else {
            panic!("{size:?}");
        };
        let (seed, events) = (thousands(seed), thousands(events));
        let row = format!(
            "//! | `{name}` | {seed}: `{property}` | `{shows}` | {replicas} | {actions} | {events} |\n"
        );
        assert!(docs.contains(&row), "this row should be there: {row}");
    }
}
