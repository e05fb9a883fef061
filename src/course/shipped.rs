//! Test files of our own, some of each family.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("shipped/", $name, ".json")))),*]
    };
}

/// All test files that ship, by name, with their text.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    files![
        "simple-reads",
        "simple-writes",
        "unreliable-5",
        "unreliable-10",
        "unreliable-15",
        "crash-followers",
        "crash-leader",
        "crash-leaders",
        "partition-easy",
        "partition-easy-twice",
        "partition-hard",
        "partition-hard-twice",
        "advanced-drops",
        "advanced-kills",
        "advanced-partition",
        "advanced-all",
    ]
}
