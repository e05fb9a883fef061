//! The browsers that the checks drive: looked for, or installed where that needs no question.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::json;

use crate::process::{Failure, Outcome, command, output_of, run, target};
use crate::setup::announce;

/// A program of a browser, and where it may be.
struct Program {
    /// What a person calls it.
    title: &'static str,
    /// The environment variable that names it outright.
    variable: &'static str,
    /// Its names on the PATH, the best first.
    names: &'static [&'static str],
    /// Where installers put it beside the PATH.
    places: &'static [&'static str],
}

const CHROMIUM: Program = Program {
    title: "Chromium",
    variable: "RAFTARIUM_CHROMIUM",
    names: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ],
    places: &[
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ],
};

const CHROMEDRIVER: Program = Program {
    title: "ChromeDriver",
    variable: "CHROMEDRIVER",
    names: &["chromedriver"],
    places: &[
        "/usr/lib/chromium-browser/chromedriver",
        "/usr/lib/chromium/chromedriver",
    ],
};

const FIREFOX: Program = Program {
    title: "Firefox",
    variable: "RAFTARIUM_FIREFOX",
    names: &["firefox", "firefox-esr"],
    places: &[
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        r"C:\Program Files\Mozilla Firefox\firefox.exe",
    ],
};

const PACKAGES: &[&str] = &["chromium", "chromium-driver", "firefox-esr"];

pub(crate) fn chromium() -> Result<PathBuf, Failure> {
    find_or_install(&CHROMIUM)
}

pub(crate) fn chromedriver() -> Result<PathBuf, Failure> {
    find_or_install(&CHROMEDRIVER)
}

pub(crate) fn firefox() -> Result<PathBuf, Failure> {
    find_or_install(&FIREFOX)
}

/// Writes what the wasm tests ask of a browser, and returns the file's path.
///
/// Which browser, and that it should not call home: a test opens a page on this machine only.
pub(crate) fn webdriver_capabilities() -> Result<PathBuf, Failure> {
    let json = json!({
        "goog:chromeOptions": {
            "binary": chromium()?.to_string_lossy(),
            "args": ["disable-background-networking"],
        },
        "moz:firefoxOptions": { "binary": firefox()?.to_string_lossy() },
    });
    let path = target().join("webdriver.json");
    fs::write(&path, json.to_string()).map_err(|error| Failure::file(&path, &error))?;
    Ok(path)
}

fn find_or_install(program: &Program) -> Result<PathBuf, Failure> {
    if let Some(path) = find(program) {
        return Ok(path);
    }
    if may_install() {
        install()?;
    }
    find(program).ok_or_else(|| {
        Failure::new(
            format!("{} was not found", program.title),
            format!("{}, or set {} to its path", hint(), program.variable),
        )
    })
}

fn find(program: &Program) -> Option<PathBuf> {
    let named = env::var_os(program.variable).map(PathBuf::from);
    let on_path = program
        .names
        .iter()
        .filter_map(|name| which::which(name).ok());
    let elsewhere = program.places.iter().map(PathBuf::from);
    named
        .into_iter()
        .chain(on_path)
        .chain(elsewhere)
        .find(|candidate| candidate.is_file())
}

/// Only as root on a system of Debian's kind: there it takes no password and no question.
fn may_install() -> bool {
    Path::new("/etc/debian_version").exists()
        && output_of(command("id").arg("-u")).as_deref() == Some("0")
}

fn install() -> Outcome {
    announce(&format!(
        "installing the browsers ({})",
        PACKAGES.join(", ")
    ));
    run(apt_get().arg("update"))?;
    run(apt_get()
        .args(["install", "--yes", "--no-install-recommends"])
        .args(PACKAGES))
}

fn apt_get() -> std::process::Command {
    let mut apt_get = command("apt-get");
    apt_get
        .env("DEBIAN_FRONTEND", "noninteractive")
        // Without a pretended terminal there is no progress bar in CI's log.
        .args(["--quiet=2", "--option", "Dpkg::Use-Pty=0"]);
    apt_get
}

fn hint() -> String {
    if cfg!(target_os = "macos") {
        "run `brew install --cask chromium chromedriver firefox`".to_owned()
    } else if Path::new("/etc/debian_version").exists() {
        format!("run `sudo apt-get install {}`", PACKAGES.join(" "))
    } else {
        "install Chromium with its ChromeDriver, and Firefox".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_not_found() {
        let program = Program {
            title: "Nothing",
            variable: "RAFTARIUM_NO_SUCH_VARIABLE",
            names: &["no-such-browser"],
            places: &["/no/such/place"],
        };
        assert_eq!(find(&program), None);
    }
}
