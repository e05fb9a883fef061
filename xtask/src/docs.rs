//! The manual: an mdBook in `docs/`, built into the site.
//!
//! Its pages name many files and functions of the checkout, and such text goes stale without a
//! sound. So before it is built, `links` checks all that a reader could follow.

mod links;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

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
    let mut faults = links::faults(root(), &pages, &files)?;
    faults.extend(left_out(&pages, &files)?);
    if faults.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        format!("the documentation is wrong:\n  {}\n", faults.join("\n  ")),
        "correct the page, or what it names",
    ))
}

/// Pages that the table of contents leaves out, and suites that nobody says the purpose of.
fn left_out(pages: &Path, files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| Failure::file(path, &error));
    let contents = read(&pages.join("SUMMARY.md"))?;
    let suites = read(&root().join("tests/README.md"))?;
    let unlisted_pages = files
        .iter()
        .filter_map(|file| file.strip_prefix(pages).ok())
        .map(|page| page.display().to_string())
        .filter(|page| page != "SUMMARY.md" && !contents.contains(&format!("({page})")))
        .map(|page| format!("docs/src/SUMMARY.md leaves out {page}"));
    let tests = root().join("tests");
    let unlisted_suites = entries(&tests)?
        .into_iter()
        .filter(|path| path.join("main.rs").is_file() || has_extension(path, "rs"))
        .filter_map(|path| Some(path.strip_prefix(root()).ok()?.display().to_string()))
        .filter(|suite| !suites.contains(&format!("`{suite}`")))
        .map(|suite| format!("tests/README.md leaves out {suite}"));
    Ok(unlisted_pages.chain(unlisted_suites).collect())
}

fn markdown_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            found.extend(markdown_in(&path)?);
        } else if has_extension(&path, "md") {
            found.push(path);
        }
    }
    Ok(found)
}

/// What is in a folder, in the order of the names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut entries = fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<io::Result<Vec<_>>>()
        })
        .map_err(|error| Failure::file(folder, &error))?;
    entries.sort();
    Ok(entries)
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension == wanted)
}
