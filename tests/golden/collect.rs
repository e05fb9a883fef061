//! Finds the scripts in their folders.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use goldenscript::Runner;
use libtest_mimic::{Arguments, Trial};

use crate::{script, whole_world};

/// Each script is a test, of its folder's and its own name.
pub(crate) fn run() -> ExitCode {
    let mut trials = scripts::<script::Script>("raft");
    trials.extend(scripts::<whole_world::Script>("world"));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The scripts of a folder, in the order of their names.
fn scripts<R: Runner + Default>(folder: &str) -> Vec<Trial> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(folder);
    let entries = path.read_dir().expect("the folder is there");
    let files = entries.map(|entry| entry.expect("it can be listed").path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    let trials = files.into_iter().map(|file| {
        let script = file.file_name().and_then(|it| it.to_str()).expect("UTF-8");
        let name = format!("{folder}::{script}");
        Trial::test(name, move || {
            Ok(goldenscript::run(&mut R::default(), &file)?)
        })
    });
    trials.collect()
}
