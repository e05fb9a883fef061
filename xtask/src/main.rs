//! The project's commands: `cargo xtask serve`, `cargo xtask build` and `cargo xtask test`.
//!
//! Each one sets up what it needs, once: the compiler's wasm target, the wasm tools under
//! `target/tools`, the page's packages under `www/node_modules`, browsers. What is there
//! already is left alone, and nothing outside the checkout changes, save for `rustup`'s
//! target and, on Debian as root, the browsers' packages.

#![forbid(unsafe_code)]

mod browsers;
mod build;
mod checks;
mod process;
mod setup;

use std::env;
use std::process::ExitCode;

use process::{Failure, Outcome};

const HELP: &str = "\
The commands of Raftarium:

  cargo xtask serve [--port N]   build the wasm and serve the page while you work on it
  cargo xtask build              build the static site into www/dist
  cargo xtask test [NAME…]       run every check, or only those named
  cargo xtask help               show this

The checks, in their order:
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[&str]) -> Outcome {
    match *arguments {
        [] | ["help" | "--help" | "-h", ..] => {
            print!("{HELP}{}", checks::list());
            Ok(())
        }
        ["serve"] => build::serve(None),
        ["serve", "--port", port] => build::serve(Some(parse_port(port)?)),
        ["build"] => build::site(),
        ["test", ref names @ ..] => checks::run(names),
        [unknown, ..] => Err(Failure::new(
            format!("cannot make sense of `{}`", arguments.join(" ")),
            format!("`cargo xtask help` lists what `{unknown}` could have been"),
        )),
    }
}

fn parse_port(text: &str) -> Result<u16, Failure> {
    text.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
        Failure::new(
            format!("`{text}` is not a port"),
            "give a number from 1 to 65535",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_that_can_be_listened_on() {
        assert_eq!(parse_port("8080").ok(), Some(8080));
        for wrong in ["", "0", "-1", "65536", "http"] {
            assert!(parse_port(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_command_is_named_in_the_error() {
        let failure = dispatch(&["deploy", "--now"]).unwrap_err().to_string();
        assert!(failure.contains("`deploy --now`"), "{failure}");
    }
}
