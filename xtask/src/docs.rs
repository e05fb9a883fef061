//! The manual: an mdBook in `docs/`, built into the site.
//!
//! Its pages name many files and functions of the checkout, and such text goes stale without a
//! sound. So before it is built, `links` checks all that a reader could follow.

mod links;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Failure, Outcome, command, root, run};
use crate::setup;

/// Files outside `docs/` that are checked like its pages.
const BESIDE_THE_BOOK: &[&str] = &["README.md", "CONTRIBUTING.md", "tests/README.md"];

/// Checks the manual and builds it into `www/dist/docs`.
pub(crate) fn book() -> Outcome {
    run(&mut commands()?)
}

/// Checks the manual, and returns the command that builds it.
pub(crate) fn commands() -> Result<Command, Failure> {
    check()?;
    setup::mdbook()?;
    let mut mdbook = command("mdbook");
    mdbook.args(["build", "docs"]);
    Ok(mdbook)
}

fn check() -> Outcome {
    let pages = root().join("docs/src");
    let mut files = markdown_in(&pages)?;
    files.extend(BESIDE_THE_BOOK.iter().map(|name| root().join(name)));
    let faults = links::faults(root(), &pages, &files)?;
    if faults.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        format!("the documentation is wrong:\n  {}\n", faults.join("\n  ")),
        "correct the page, or what it names",
    ))
}

fn markdown_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| Failure::file(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| Failure::file(folder, &error))?.path();
        if path.is_dir() {
            found.extend(markdown_in(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
