//! `cargo xtask package`: everything that others put into their pages, each under a name that stays.
//!
//! `www/packaging/build.mjs` makes the scripts and pages; here is what stands around them: types, the
//! description for editors, licences, the npm archive, checksums, and the limit on the size.

mod licences;

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Failure, Outcome, command, node_tool, root, run, target, www};
use crate::{build, setup};

/// What stands in the folder for a page to point at.
const FILES: &[&str] = &["raftarium.js", "raftarium.html", "embed.html", "embed.js"];

/// Where the files are made.
pub(crate) fn folder() -> PathBuf {
    target().join("shipped")
}

/// Makes all of it anew.
pub(crate) fn package() -> Outcome {
    build::wasm()?;
    let folder = folder();
    let npm = folder.join("npm");
    run(script("packaging/build.mjs").arg(&folder))?;
    run(node_tool("tsc")
        .args(["--project", "tsconfig.package.json", "--outDir"])
        .arg(npm.join("types")))?;
    run(node_tool("cem")
        .args(["analyze", "--litelement", "--quiet", "--globs"])
        // It takes every path as one below the folder it runs in.
        .args(["src/element/*.ts", "--outdir", "pkg"]))?;
    let manifest = "custom-elements.json";
    copy(&www().join("pkg").join(manifest), &npm.join(manifest))?;
    let licences = licences::text()?;
    for place in [&folder, &npm] {
        write(&place.join("THIRD-PARTY-LICENCES.txt"), &licences)?;
        for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
            copy(&root().join(name), &place.join(name))?;
        }
    }
    run(setup::npm()
        .args(["pack", "--silent", "--pack-destination"])
        .arg(&folder)
        .current_dir(&npm))?;
    run(script("packaging/seal.mjs").arg(&folder).args(FILES))
}

/// Puts the files into the site too.
pub(crate) fn into_site() -> Outcome {
    package()?;
    let names = FILES
        .iter()
        .chain(&["checksums.txt", "THIRD-PARTY-LICENCES.txt"]);
    for name in names {
        copy(&folder().join(name), &www().join("dist").join(name))?;
    }
    Ok(())
}

fn script(name: &str) -> std::process::Command {
    let mut node = command("node");
    node.arg(name).current_dir(www());
    node
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::copy(from, to).map_err(|error| Failure::file(to, &error))?;
    Ok(())
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| Failure::file(path, &error))
}
