//! The command line: what the page does, without a page, as fast as it goes.
//!
//! Each subcommand is a module: its options, and a `run` that writes what it has to tell
//! and returns an [`Exit`]. The exit status says in one number how it went:
//!
//! | status | meaning |
//! |---|---|
//! | 0 | nothing is wrong |
//! | 1 | a property was broken |
//! | 2 | nothing was checked: the input or the arguments are bad |
//! | 3 | undecided: the checker ran out of steps or memory |

mod course;
mod export;
mod files;
mod flaws;
mod linearizable;
mod link;
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
    /// Run a scenario, or what a link shows, and print what happens.
    ///
    /// Exits with 0 if no property was broken, with 1 if one was, and with 2 if there
    /// was nothing to run.
    Run(run::Options),
    /// List the shipped scenarios.
    Scenarios,
    /// Check whether a history of operations is linearizable.
    ///
    /// A history is a list of events, or one event per line, in JSON or EDN, with the conventions of
    /// Jepsen: its history.edn, JSON Lines and a JSON array can be read. An event is
    ///
    /// {"process": n, "type": "invoke"|"ok"|"fail"|"info", "f": "read"|"write"|"cas"|"append", "key": …, "value": …}
    ///
    /// Without keys, all events are about one register, unless every value is [key, value], as with
    /// Jepsen's independent keys. The value is what is written or read; for a cas it is
    /// [expected, new], and its ok may carry "swapped": false. The value of a read's invoke is
    /// ignored. An operation that failed did not happen. One that ended with info, or never ended,
    /// may take effect at any later time, or never. The first event may be {"initial": …}; the
    /// default is null.
    ///
    /// If the history is not linearizable, prints the first operations that show it.
    ///
    /// Exits with 0 if it is linearizable, with 1 if it is not, with 2 if it is malformed, and
    /// with 3 if it is undecided: the search would have taken too many steps or too much memory.
    Linearizable(linearizable::Options),
    /// List the rules that can be broken on purpose: name, story, source, and the properties that
    /// catch it.
    Flaws(flaws::Options),
    /// Draw worlds from seeds and try to break them.
    ///
    /// Each seed is a whole world with its faults, followed by a phase without faults in which a
    /// quorum must come to rest. Prints the properties, in how many worlds each coverage goal was
    /// reached, and for each failure the command that shows it again.
    ///
    /// Exits with 0 if every property held and every goal was reached in some world; with 1 if
    /// not, because the campaign then proves less than it should (a few hundred seeds are
    /// enough); and with 2 if the arguments or the files are bad.
    Swarm(swarm::Options),
    /// Run test files of a university course and grade them.
    ///
    /// Prints for each file whether it passed, each figure with its tier and what the next better
    /// tier asks for, and below it what its author may not know. "unlucky" with a number is how
    /// many gets could not be made because no put of their clients had been answered yet.
    ///
    /// Exits with 0 if every run was correct, whatever its grades and its luck, with 1 if not,
    /// and with 2 if a file or a setting is bad.
    Course(course::Options),
    /// Replay a run of the adversary, or a recording, and check it again.
    ///
    /// Exits with 0 if nothing was wrong, with 1 if a property was broken, and with 2 if there
    /// was nothing to replay.
    Replay(replay::Options),
    /// Write a stretch of a run for other tools: what happened, and what caused it.
    ///
    /// Exits with 2 if there was nothing to run.
    Export(export::Options),
    /// Print a link to a file, for whoever has the page.
    ///
    /// Exits with 2 if there is more in it than a link holds.
    Link(link::Options),
    /// Shrink a failing run to the shortest scenario that breaks the same property.
    ///
    /// The run becomes a scenario, and everything is dropped that is not needed: actions,
    /// replicas, clients, settings, time. `run`, `replay` and the page can play what is left.
    ///
    /// Exits with 1 if there was something to shrink, because a property is then broken; with 0
    /// if nothing was wrong; and with 2 if there was nothing to replay, or the scenario made of
    /// the run did not fail.
    Shrink(shrink::Options),
}

/// What a subcommand found that had something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Nothing was found to be wrong.
    Clean,
    /// A property was broken.
    Violated,
}

/// Why a subcommand could not do its work.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("there is no shipped scenario \"{0}\"; `raftarium scenarios` lists them")]
    Unknown(String),
    #[error("{file}: {fault}")]
    File {
        file: PathBuf,
        fault: Box<dyn std::error::Error>,
    },
    #[error("{option}: {fault}")]
    Option {
        option: &'static str,
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
        Command::Export(options) => export::run(&options, &mut out),
        Command::Link(options) => link::run(&options, &mut out),
        Command::Shrink(options) => shrink::run(&options, &mut out),
    };
    match done.and_then(|outcome| Ok(out.flush().map(|()| outcome)?)) {
        Ok(Exit::Clean) => ExitCode::SUCCESS,
        Ok(Exit::Violated) => ExitCode::from(1),
        // The reader of our output has seen enough.
        Err(Fault::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("raftarium: {fault}");
            let undecided = matches!(fault, Fault::Undecided { .. });
            ExitCode::from(if undecided { 3 } else { 2 })
        }
    }
}

/// Reads a text file, but hardly more than `bytes_max` of it.
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
const SEED_MAX: u64 = raftarium::raft::NUMBER_MAX;
/// The upper bound of numbers for which nothing else sets a limit.
const COUNT_MAX: u64 = 1_000_000_000_000_000;

/// Reads a whole number in a range, both ends included. Every option that is a number uses it, so
/// that all have the same error message.
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

/// Why a recording is not run with another seed than its own.
fn other_seed(own: u64) -> Box<dyn std::error::Error> {
    format!("what was done in it makes sense with its own seed only, which is {own}").into()
}

/// Writes one JSON value as one line.
fn write_json(value: &impl serde::Serialize, out: &mut impl Write) -> Result<(), Fault> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
