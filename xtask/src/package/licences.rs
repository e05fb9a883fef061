//! The licences of everything that is inside the shipped files: crates in the wasm, packages in the
//! scripts. The texts are those that stand in the packages themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{Failure, cargo, output_of, www};
use crate::setup;

/// The page's packages that end up in the scripts.
const SCRIPTS: &[&str] = &[
    "lit",
    "lit-element",
    "lit-html",
    "@lit/reactive-element",
    "fzstd",
];

/// One text with all of them, in the order of the names.
pub(super) fn text() -> Result<String, Failure> {
    let mut parts = crates()?;
    for name in SCRIPTS {
        let folder = www().join("node_modules").join(name);
        let about = read(&folder.join("package.json"))?;
        let about: Value = serde_json::from_str(&about).unwrap_or_default();
        let version = about["version"].as_str().unwrap_or_default();
        let licence = about["license"].as_str().unwrap_or_default();
        parts.insert(format!("{name} {version}"), (licence.to_owned(), folder));
    }
    let mut text = String::from(
        "Raftarium's files carry code of these packages. Each one's licence, as its authors put it,\n\
         follows its name. Raftarium itself is under MIT or Apache-2.0.\n",
    );
    for (name, (licence, folder)) in parts {
        let _ = write!(text, "\n{:=<78}\n{name}: {licence}\n", "");
        let texts = texts_in(&folder)?;
        if texts.is_empty() {
            return Err(Failure::new(
                format!("{name} has no file with its licence"),
                format!("look into {}", folder.display()),
            ));
        }
        for each in texts {
            let _ = write!(text, "\n{}\n", read(&each)?.trim());
        }
    }
    Ok(text)
}

/// The crates that are compiled into the wasm, with their licence and their folder.
fn crates() -> Result<BTreeMap<String, (String, PathBuf)>, Failure> {
    let told = output_of(cargo().args([
        "metadata",
        "--locked",
        "--format-version",
        "1",
        "--filter-platform",
        setup::WASM,
    ]));
    let metadata: Value = told
        .and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(|| {
            Failure::new(
                "cargo does not tell which crates there are",
                "run `cargo metadata --locked` to see why",
            )
        })?;
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let id = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages: BTreeMap<String, Value> = items(&metadata["packages"])
        .into_iter()
        .map(|package| (id(&package["id"]), package))
        .collect();
    let nodes: BTreeMap<String, Value> = items(&metadata["resolve"]["nodes"])
        .into_iter()
        .map(|node| (id(&node["id"]), node))
        .collect();
    let is_macro = |package: &Value| {
        items(&package["targets"])
            .iter()
            .any(|target| items(&target["kind"]).contains(&Value::from("proc-macro")))
    };
    let is_inside = |id: &String| packages.get(id).is_some_and(|package| !is_macro(package));

    let mut seen = BTreeSet::new();
    let mut next: Vec<String> = packages
        .iter()
        .filter(|(_, package)| package["name"] == "raftarium")
        .map(|(id, _)| id.clone())
        .collect();
    while let Some(each) = next.pop() {
        if !is_inside(&each) || !seen.insert(each.clone()) {
            continue;
        }
        for dep in items(&nodes.get(&each).unwrap_or(&Value::Null)["deps"]) {
            let runs = items(&dep["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"].is_null());
            if runs {
                next.push(id(&dep["pkg"]));
            }
        }
    }
    Ok(seen
        .iter()
        .filter_map(|id| packages.get(id))
        // Those of the workspace have no source: they are ours.
        .filter(|package| !package["source"].is_null())
        .map(|package| {
            let name = format!("{} {}", id(&package["name"]), id(&package["version"]));
            let folder = Path::new(package["manifest_path"].as_str().unwrap_or_default())
                .parent()
                .map_or_else(PathBuf::new, Path::to_owned);
            (name, (id(&package["license"]), folder))
        })
        .collect())
}

fn texts_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| Failure::file(folder, &error))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.to_lowercase();
            path.is_file()
                && ["licen", "copying", "unlicense"]
                    .iter()
                    .any(|word| name.starts_with(word))
        })
        .collect();
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::file(path, &error))
}
