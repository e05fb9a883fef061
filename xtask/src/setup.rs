//! What the commands need before they can start: each function looks first, and installs only
//! what is missing.

use std::fs;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::process::{Failure, Outcome, cargo, command, output_of, run, tools, www};

pub(crate) const WASM: &str = "wasm32-unknown-unknown";

const WASM_PACK: &str = "0.15.1";
const GECKODRIVER: &str = "0.37.1";
const MDBOOK: &str = "0.5.4";

/// Two checks that need the same are not to install it twice, one over the other.
static TOOLCHAIN: Mutex<()> = Mutex::new(());
static PACKAGES: Mutex<()> = Mutex::new(());
static TOOLS: Mutex<()> = Mutex::new(());

/// The compiler's standard library for wasm.
pub(crate) fn wasm_target() -> Outcome {
    let _alone = alone(&TOOLCHAIN);
    let libraries =
        output_of(command("rustc").args(["--print", "target-libdir", "--target", WASM]));
    if libraries.is_some_and(|path| fs::exists(path).unwrap_or(false)) {
        return Ok(());
    }
    announce(&format!("adding the compiler's target {WASM}"));
    run(command("rustup").args(["target", "add", WASM]))
}

/// A part of the toolchain that a minimal installation leaves out.
pub(crate) fn component(name: &str, subcommand: &str) -> Outcome {
    let _alone = alone(&TOOLCHAIN);
    if output_of(cargo().args([subcommand, "--version"])).is_some() {
        return Ok(());
    }
    announce(&format!("adding {name}"));
    run(command("rustup").args(["component", "add", name]))
}

/// `wasm-bindgen`, of the very version that the crate was built with: the two share a format
/// that has no promise of stability.
pub(crate) fn wasm_bindgen() -> Outcome {
    let id = output_of(cargo().args(["pkgid", "--locked", "wasm-bindgen"]));
    let (_, version) = id
        .as_deref()
        .and_then(|id| id.rsplit_once('@'))
        .ok_or_else(|| {
            Failure::new(
                "cargo cannot tell which wasm-bindgen is locked",
                "run `cargo pkgid --locked wasm-bindgen` to see why",
            )
        })?;
    cargo_tool("wasm-bindgen-cli", "wasm-bindgen", version, None)
}

/// `wasm-pack`, which runs the wasm tests in a browser.
pub(crate) fn wasm_pack() -> Outcome {
    cargo_tool("wasm-pack", "wasm-pack", WASM_PACK, None)
}

/// Firefox's driver. Chromium's comes with Chromium, whose version it must have.
pub(crate) fn geckodriver() -> Outcome {
    cargo_tool("geckodriver", "geckodriver", GECKODRIVER, None)
}

/// `mdbook`, which makes the manual; without its server, that takes a third of the time.
pub(crate) fn mdbook() -> Outcome {
    cargo_tool("mdbook", "mdbook", MDBOOK, Some("search"))
}

/// The page's packages, exactly as locked.
pub(crate) fn node_packages() -> Outcome {
    let _alone = alone(&PACKAGES);
    node()?;
    let lock = www().join("package-lock.json");
    let wanted = fs::read(&lock).map_err(|error| Failure::file(&lock, &error))?;
    // `npm ci` empties the folder first, so the copy stands only for a finished installation.
    let installed = www().join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|bytes| bytes == wanted) {
        return Ok(());
    }
    announce("installing the page's packages (npm ci)");
    run(npm()
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(www()))?;
    fs::write(&installed, wanted).map_err(|error| Failure::file(&installed, &error))
}

/// npm, of the Node.js that is on the PATH.
pub(crate) fn npm() -> Command {
    command(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// Waits until no other check installs the same kind of thing.
fn alone(kind: &Mutex<()>) -> MutexGuard<'_, ()> {
    kind.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says what a long step is about to do.
pub(crate) fn announce(what: &str) {
    eprintln!("  setup: {what}");
}

fn node() -> Outcome {
    let version = output_of(command("node").arg("--version"));
    if version
        .as_deref()
        .and_then(major_and_minor)
        .is_some_and(|found| found >= (20, 19))
    {
        return Ok(());
    }
    Err(Failure::new(
        match version {
            Some(version) => format!("Node.js {version} is too old"),
            None => "Node.js is not on the PATH".to_owned(),
        },
        "install Node.js 20.19 or later, with npm, from https://nodejs.org",
    ))
}

fn major_and_minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// A program of a crate at one version, on the PATH or in the project's own folder; built with
/// `features` alone, if any are given.
fn cargo_tool(package: &str, program: &str, version: &str, features: Option<&str>) -> Outcome {
    let _alone = alone(&TOOLS);
    // Some write their version as `v1.2.3`.
    let found = output_of(command(program).arg("--version"));
    let found = found
        .as_deref()
        .and_then(|text| text.split_whitespace().nth(1));
    if found.is_some_and(|found| found.trim_start_matches('v') == version) {
        return Ok(());
    }
    announce(&format!(
        "building {package} {version} into {} (a few minutes, once)",
        tools().display()
    ));
    let install = || {
        let mut install = cargo();
        install
            .args(["install", "--quiet", package, "--version", version])
            .arg("--root")
            .arg(tools())
            // These run for seconds: waiting for an optimised build would cost more.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        if let Some(features) = features {
            install.args(["--no-default-features", "--features", features]);
        }
        install
    };
    run(install().arg("--locked")).or_else(|_| {
        // A crate's own lock may name a package that was yanked since, or that a mirror has
        // not got yet.
        announce("once more, with the newest packages that fit instead of the crate's own lock");
        run(&mut install())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_compare_as_numbers() {
        assert_eq!(major_and_minor("v20.19.2"), Some((20, 19)));
        assert!(major_and_minor("v20.9.0") < major_and_minor("v20.19.0"));
        assert_eq!(major_and_minor("20.19.2"), None);
    }
}
