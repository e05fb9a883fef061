//! `cargo xtask test`: every check, the cheap and telling ones first.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::process::{
    Failure, Outcome, cargo, command, line, node_tool, run as run_shown, run_into, target, www,
};
use crate::{browsers, build, docs, package, setup};

/// One check: its set-up, which may take long and speaks for itself, gives the commands.
struct Check {
    name: &'static str,
    about: &'static str,
    commands: fn() -> Result<Vec<Command>, Failure>,
}

const CHECKS: &[Check] = &[
    Check {
        name: "format",
        about: "rustfmt",
        commands: format,
    },
    Check {
        name: "lint-page",
        about: "Biome",
        commands: lint_page,
    },
    Check {
        name: "lint",
        about: "clippy, every native target",
        commands: lint,
    },
    Check {
        name: "lint-wasm",
        about: "clippy, the wasm library and its tests",
        commands: lint_wasm,
    },
    Check {
        name: "native",
        about: "native tests and the documentation's examples",
        commands: || {
            Ok(vec![cargo_with(&[
                "test",
                "--workspace",
                "--locked",
                "--no-fail-fast",
            ])])
        },
    },
    Check {
        name: "docs",
        about: "the manual: its links, the files that it names, mdBook",
        commands: || Ok(vec![docs::commands()?]),
    },
    Check {
        name: "bench",
        about: "every benchmark once, unmeasured",
        commands: || Ok(vec![cargo_with(&["test", "--bench", "*", "--locked"])]),
    },
    Check {
        name: "doc",
        about: "documentation without warnings",
        commands: || Ok(vec![doc()]),
    },
    Check {
        name: "types",
        about: "tsc",
        commands: types,
    },
    Check {
        name: "wasm-chromium",
        about: "wasm tests in headless Chromium",
        commands: wasm_chromium,
    },
    Check {
        name: "wasm-firefox",
        about: "wasm tests in headless Firefox",
        commands: wasm_firefox,
    },
    Check {
        name: "page",
        about: "page tests in Chromium",
        commands: page,
    },
    Check {
        name: "page-firefox",
        about: "the page's smoke test in Firefox",
        commands: page_firefox,
    },
    Check {
        name: "embeds",
        about: "a cluster in mdBook, Sphinx, MkDocs, Docusaurus and others",
        commands: embeds,
    },
];

/// What `cargo xtask test` can be asked for.
pub(crate) fn names() -> PossibleValuesParser {
    CHECKS
        .iter()
        .map(|check| PossibleValue::new(check.name).help(check.about))
        .into()
}

/// The checks by name, one a line.
pub(crate) fn list() -> String {
    CHECKS.iter().fold(String::new(), |mut text, check| {
        let _ = writeln!(text, "  {:<14} {}", check.name, check.about);
        text
    })
}

/// Runs the checks named, or all of them. One that fails does not hide the others: they
/// are run too, and the failures are told together at the end.
///
/// A full run says one line per check, and shows what a check printed only if it failed;
/// checks asked for by name print as they go.
pub(crate) fn run(names: &[String]) -> Outcome {
    let chosen: Vec<&Check> = CHECKS
        .iter()
        .filter(|check| names.is_empty() || names.iter().any(|name| name == check.name))
        .collect();
    if names.is_empty() {
        make_ready();
    }
    let mut failed = Vec::new();
    let mut last = Ok(());
    for check in &chosen {
        if let Err(failure) = run_one(check, names.is_empty()) {
            println!("error: {failure}");
            failed.push(check.name);
            last = Err(failure);
        }
    }
    println!(
        "\n{} passed, {} failed",
        chosen.len() - failed.len(),
        failed.len()
    );
    match failed.as_slice() {
        [] | [_] => last,
        _ => Err(Failure::new(
            format!("these checks failed: {}", failed.join(", ")),
            format!("to run them again: cargo xtask test {}", failed.join(" ")),
        )),
    }
}

/// Beside the first checks, what the later ones need: linking the optimised wasm keeps one
/// processor busy for minutes. What fails here is told by the check that asks for it again.
fn make_ready() {
    thread::spawn(|| {
        let _ = build::wasm();
        let _ = setup::mdbook();
        let _ = setup::wasm_pack();
        let _ = setup::geckodriver();
    });
}

#[expect(
    clippy::disallowed_types,
    reason = "a check takes real time, not a world's"
)]
fn run_one(check: &Check, quiet: bool) -> Outcome {
    let again = |failure: Failure| {
        Failure::new(
            format!("check `{}`: {failure}", check.name),
            format!("to run it again: cargo xtask test {}", check.name),
        )
    };
    let mut commands = (check.commands)().map_err(again)?;
    print!("{:<14} {} … ", check.name, check.about);
    let _ = io::stdout().flush();
    let start = std::time::Instant::now();
    if quiet {
        run_quietly(check, &mut commands).map_err(again)?;
    } else {
        println!();
        for command in &mut commands {
            println!("$ {}", line(command));
            run_shown(command).map_err(again)?;
        }
        print!("{:<14} ", check.name);
    }
    println!("ok, {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn run_quietly(check: &Check, commands: &mut [Command]) -> Outcome {
    let path = target().join("checks").join(format!("{}.log", check.name));
    let log = fs::create_dir_all(path.parent().unwrap_or(&path))
        .and_then(|()| File::create(&path))
        .map_err(|error| Failure::file(&path, &error))?;
    for command in commands {
        if let Err(failure) = run_into(command, &log) {
            println!("FAILED");
            if let Ok(bytes) = fs::read(&path) {
                println!("{}", String::from_utf8_lossy(&bytes));
            }
            return Err(failure);
        }
    }
    Ok(())
}

fn format() -> Result<Vec<Command>, Failure> {
    setup::component("rustfmt", "fmt")?;
    Ok(vec![cargo_with(&["fmt", "--all", "--check"])])
}

fn lint_page() -> Result<Vec<Command>, Failure> {
    setup::node_packages()?;
    let mut biome = node_tool("biome");
    biome.args(["check", "--error-on-warnings"]);
    Ok(vec![biome])
}

fn lint() -> Result<Vec<Command>, Failure> {
    setup::component("clippy", "clippy")?;
    Ok(vec![cargo_with(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ])])
}

fn lint_wasm() -> Result<Vec<Command>, Failure> {
    setup::wasm_target()?;
    Ok(vec![cargo_with(&[
        "clippy",
        "--lib",
        "--test",
        "wasm",
        "--target",
        setup::WASM,
        "--locked",
        "--",
        "-D",
        "warnings",
    ])])
}

fn doc() -> Command {
    let mut cargo = cargo_with(&[
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
        "--locked",
    ]);
    cargo.env("RUSTDOCFLAGS", "-D warnings");
    cargo
}

fn types() -> Result<Vec<Command>, Failure> {
    // The crate's types are generated with the wasm.
    build::wasm()?;
    Ok([".", "tests"]
        .map(|project| {
            let mut tsc = node_tool("tsc");
            tsc.args(["--project", project]);
            tsc
        })
        .into())
}

fn wasm_chromium() -> Result<Vec<Command>, Failure> {
    let driver = browsers::chromedriver()?;
    let mut command = wasm_pack()?;
    command.args(["--chrome", "--chromedriver"]).arg(driver);
    Ok(vec![with_test_target(command)])
}

fn wasm_firefox() -> Result<Vec<Command>, Failure> {
    setup::geckodriver()?;
    let mut command = wasm_pack()?;
    command.arg("--firefox");
    Ok(vec![with_test_target(command)])
}

fn page() -> Result<Vec<Command>, Failure> {
    build::wasm()?;
    let mut playwright = node_tool("playwright");
    playwright
        .arg("test")
        .env("RAFTARIUM_CHROMIUM", browsers::chromium()?)
        .env("RAFTARIUM_PORT", free_port()?.to_string());
    Ok(vec![site(), playwright])
}

fn page_firefox() -> Result<Vec<Command>, Failure> {
    build::wasm()?;
    let mut smoke = command("node");
    smoke
        .arg("tests/smoke.firefox.mjs")
        .current_dir(www())
        .env("RAFTARIUM_FIREFOX", browsers::firefox()?);
    Ok(vec![site(), smoke])
}

/// The systems are installed below the target folder, and stay there for the next time.
fn embeds() -> Result<Vec<Command>, Failure> {
    setup::mdbook()?;
    package::package()?;
    let mut systems = command("node");
    systems
        .arg("tests/embeds/run.mjs")
        .arg(package::folder())
        .arg(target().join("embeds"))
        .env("RAFTARIUM_CHROMIUM", browsers::chromium()?)
        .env("RAFTARIUM_FIREFOX", browsers::firefox()?);
    Ok(vec![systems])
}

/// The site from the wasm as it stands.
fn site() -> Command {
    let mut vite = node_tool("vite");
    vite.arg("build");
    vite
}

fn wasm_pack() -> Result<Command, Failure> {
    setup::wasm_target()?;
    setup::wasm_bindgen()?;
    setup::wasm_pack()?;
    let capabilities: PathBuf = browsers::webdriver_capabilities()?;
    let mut command = command("wasm-pack");
    command
        .args(["test", "--headless", "--mode", "no-install"])
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    Ok(command)
}

fn with_test_target(mut command: Command) -> Command {
    command.args(["--", "--locked", "--test", "wasm"]);
    command
}

fn cargo_with(arguments: &[&str]) -> Command {
    let mut command = cargo();
    command.args(arguments);
    command
}

fn free_port() -> Result<u16, Failure> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(error.to_string(), "a free port on 127.0.0.1 is needed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_checks_apart() {
        let mut names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
    }
}
