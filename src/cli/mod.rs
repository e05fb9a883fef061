//! The command line: what the page does, without a page, as fast as it goes.
//!
//! Each subcommand is a module: its options, and a `run` that writes what it has to tell
//! and answers with an [`Outcome`]. The exit status says in one number how it went:
//!
//! | status | meaning |
//! |---|---|
//! | 0 | all is well |
//! | 1 | a property was broken |
//! | 2 | there was nothing to judge: the input or the arguments are bad |
//! | 3 | undecided: it was too much for the judge, in the steps that it may take |

mod course;
mod files;
mod flaws;
mod linearizable;
mod narrate;
mod replay;
mod run;
mod scenarios;
mod shrink;
mod source;
mod swarm;

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::{Parser, Subcommand};
use raftarium::history::Value;

/// Raft clusters in a deterministic world.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a scenario and tells what happened.
    ///
    /// Exits with 0 if no property was broken, with 1 if one was, and with 2 if there
    /// was nothing to run.
    Run(run::Options),
    /// Lists the scenarios that ship.
    Scenarios,
    /// Judges whether a history of operations is linearizable.
    ///
    /// A history is a list of events, or an event a line, in JSON or EDN, with the conventions of
    /// Jepsen's: its history.edn, JSON Lines, and a JSON array are read. An event is
    ///
    /// {"process": n, "type": "invoke"|"ok"|"fail"|"info", "f": "read"|"write"|"cas"|"append", "key": …, "value": …}
    ///
    /// Without a key, all is about one register; or all values are [key, value], as with
    /// Jepsen's independent keys. The value is what is written or read, [expected, new] of a cas,
    /// whose ok may carry "swapped": false; of a read's invoke it says nothing. What failed did
    /// not happen; what is info, or never ended, may take effect at any later time, or never. The
    /// first event may be {"initial": …}, by default null.
    ///
    /// Of a history that is not linearizable, names the first operations that show it.
    ///
    /// Exits with 0 if it is linearizable, with 1 if it is not, with 2 if it is malformed, and
    /// with 3 if that is undecided: the search would have taken more steps than it may, or more
    /// memory.
    Linearizable(linearizable::Options),
    /// Lists the rules that can be broken on purpose: name, story, source, and the properties
    /// that convict.
    Flaws(flaws::Options),
    /// Draws worlds from seeds, and does all it can to break them.
    ///
    /// Each seed is a whole world, and what befalls it: a storm of faults, and then a calm in
    /// which a quorum must come to rest. Prints the properties, in how many worlds each thing
    /// that is worth testing happened, and for each failure the command that shows it again.
    ///
    /// Exits with 0 if every property held and everything worth testing happened in some
    /// world; with 1 if not, for then the campaign proves less than it should (a few hundred
    /// seeds are enough); and with 2 if the arguments or the files are bad.
    Swarm(swarm::Options),
    /// Runs test files of a university course, and grades them.
    ///
    /// Prints for each file whether it passed, and each figure with its tier and what the
    /// next better tier asks for; below it what its author may not know. "unlucky" with a number
    /// says that so many gets could not be made, since no put of their clients was answered yet.
    ///
    /// Exits with 0 if every run was correct, whatever its grades and its luck, with 1 if not,
    /// and with 2 if a file or a setting is bad.
    Course(course::Options),
    /// Shows a life of the adversary's again, or a recording, and judges it again.
    ///
    /// Exits with 0 if nothing was wrong, with 1 if a property was broken, and with 2 if there
    /// was nothing to replay.
    Replay(replay::Options),
    /// Makes the shortest scenario of a life that breaks the same property.
    ///
    /// A life becomes a scenario, and then everything goes that is not needed: actions,
    /// replicas, clients, settings, time. `run`, `replay` and the page play what is left.
    ///
    /// Exits with 1 if there was something to shrink, for then a property is broken; with 0
    /// if nothing was wrong, and with 2 if there was nothing to replay, or the scenario of the
    /// life did not fail.
    Shrink(shrink::Options),
}

/// How a subcommand went that had something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Nothing was found to be wrong.
    Clean,
    /// A property was broken.
    Violated,
}

/// Why a subcommand did not come to its end.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("there is no shipped scenario \"{0}\"; `raftarium scenarios` lists them")]
    Unknown(String),
    #[error("{file}: {fault}")]
    File {
        file: PathBuf,
        fault: Box<dyn std::error::Error>,
    },
    #[error(transparent)]
    Settings(raftarium::sim::scenario::ScenarioError),
    #[error("key {key:#} is not decided after {steps_max} steps; --steps-max allows more")]
    Undecided { key: Value, steps_max: u64 },
    #[error("the output: {}", files::unwritten(.0))]
    Output(#[from] io::Error),
}

/// Does what the arguments of the process say.
pub(crate) fn main() -> ExitCode {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let done = match CommandLine::parse().command {
        Command::Run(options) => run::run(&options, &mut out),
        Command::Scenarios => scenarios::run(&mut out),
        Command::Linearizable(options) => linearizable::run(&options, &mut out),
        Command::Flaws(options) => flaws::run(&options, &mut out),
        Command::Swarm(options) => swarm::run(&options, &mut out),
        Command::Course(options) => course::run(&options, &mut out),
        Command::Replay(options) => replay::run(&options, &mut out),
        Command::Shrink(options) => shrink::run(&options, &mut out),
    };
    match done.and_then(|outcome| Ok(out.flush().map(|()| outcome)?)) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Violated) => ExitCode::from(1),
        // Whoever read what we tell has heard enough.
        Err(Fault::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("raftarium: {fault}");
            let undecided = matches!(fault, Fault::Undecided { .. });
            ExitCode::from(if undecided { 3 } else { 2 })
        }
    }
}

/// Reads a text from a file, but hardly more of it than may be read.
fn read(file: &Path, bytes_max: usize) -> io::Result<String> {
    let mut bytes = Vec::new();
    let opened = File::open(file).and_then(|file| {
        let mut file = file.take(bytes_max as u64 + 1);
        file.read_to_end(&mut bytes)
    });
    opened.map_err(|error| files::unread(&error))?;
    let wrong = |fault: &str| io::Error::new(io::ErrorKind::InvalidData, fault);
    if bytes.len() > bytes_max {
        return Err(wrong(&format!("it is too long; at most {bytes_max} bytes")));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(wrong("this is UTF-16; it must be saved as UTF-8"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        wrong(&format!(
            "this is not a text in UTF-8: byte {at} does not belong there"
        ))
    })
}

/// A seed is a number that JavaScript can hold.
const SEED_MAX: u64 = (1 << 53) - 1;
/// As much of anything as one may ask for where nothing else sets a limit.
const COUNT_MAX: u64 = 1_000_000_000_000_000;

/// Reads a whole number in a range, both ends included: for every option that is a number, so
/// that all say the same of what is none.
fn number_in<T>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync
where
    T: FromStr + PartialOrd + fmt::Display + Clone + Send + Sync,
{
    move |text| {
        let number = text.parse().ok();
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (low, high) = (range.start(), range.end());
                format!("write a whole number from {low} to {high}")
            })
    }
}

/// Writes one JSON value as one line.
fn write_json(value: &impl serde::Serialize, out: &mut impl Write) -> Result<(), Fault> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
