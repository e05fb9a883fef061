//! The project's commands: `cargo xtask serve`, `build`, `package`, `docs` and `test`.
//!
//! Each one sets up what it needs, once: the compiler's wasm target, the tools under
//! `target/tools`, the page's packages under `www/node_modules`, browsers. What is there
//! already is left alone, and nothing outside the checkout changes, save for `rustup`'s
//! target and, on Debian as root, the browsers' packages.

#![forbid(unsafe_code)]

mod browsers;
mod build;
mod checks;
mod docs;
mod package;
mod process;
mod setup;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use process::Outcome;

/// The commands of Raftarium.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Build the wasm and serve the page while you work on it
    Serve {
        /// Listen on this port instead of any free one
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
        port: Option<u16>,
    },
    /// Build the static site into www/dist, with the manual
    Build,
    /// Make what others put into their pages, in target/shipped: a script, a page, an npm archive
    Package,
    /// Check the manual and build it into www/dist/docs
    Docs,
    /// Run every check, or only those named
    Test {
        #[arg(value_name = "NAME", value_parser = checks::names())]
        names: Vec<String>,
    },
}

fn main() -> ExitCode {
    let arguments = match Arguments::from_arg_matches(&parser().get_matches()) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Option<Command>) -> Outcome {
    match command {
        Some(Command::Serve { port }) => build::serve(port),
        Some(Command::Build) => build::site(),
        Some(Command::Package) => package::package(),
        Some(Command::Docs) => docs::book(),
        Some(Command::Test { names }) => checks::run(&names),
        None => {
            print!("{}", parser().render_help());
            Ok(())
        }
    }
}

/// The parser of the command line, whose help also lists the checks.
fn parser() -> clap::Command {
    Arguments::command().after_help(format!("Checks, in their order:\n{}", checks::list()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_is_consistent() {
        parser().debug_assert();
    }

    #[test]
    fn a_port_is_a_number_that_can_be_listened_on() {
        let parse = |port| parser().try_get_matches_from(["xtask", "serve", "--port", port]);
        assert!(parse("8080").is_ok());
        for wrong in ["", "0", "-1", "65536", "http"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_command_or_check_is_named_in_the_error() {
        for line in [["xtask", "deploy", "--now"], ["xtask", "test", "deploy"]] {
            let error = parser().try_get_matches_from(line).unwrap_err();
            assert!(error.to_string().contains("'deploy'"), "{error}");
        }
    }

    #[test]
    fn the_help_lists_commands_and_checks() {
        let help = parser().render_help().to_string();
        for word in ["serve", "build", "package", "docs", "test", "wasm-firefox"] {
            assert!(help.contains(word), "{help}");
        }
    }
}
