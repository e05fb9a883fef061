//! Test files of our own, some of each family.

/// The files of the folder `shipped`, in the order of the numbers that their names begin with.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/test_files.rs"));

/// All test files that ship, by name, with their text.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    FILES
}

const fn file(name: &'static str, json: &'static str) -> (&'static str, &'static str) {
    (name, json)
}
