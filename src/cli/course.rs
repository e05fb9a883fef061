//! `raftarium course`: the test files of a university course, run and graded.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use raftarium::course::{
    Choice, Line, Reads as ReadsChosen, SEEDS_MAX, Table, TestFile, formats, shipped,
};
use raftarium::sim::scenario::ReplicationMode;

use super::{Exit, Fault, number_in, read, write_json};

#[derive(Args)]
pub(super) struct Options {
    /// The test files to run.
    #[arg(required_unless_present = "shipped")]
    files: Vec<PathBuf>,
    /// Run the shipped test files too.
    #[arg(long)]
    shipped: bool,
    /// Run each file with the seeds 1 to N and print the medians. By default each file is run
    /// once, with its own seed or 1.
    #[arg(long, value_name = "N", value_parser = number_in(1..=SEEDS_MAX))]
    seeds: Option<u64>,
    /// If settings are chosen, run each file with the default settings too.
    #[arg(long)]
    compare: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    settings: SettingsOptions,
}

#[derive(Args)]
#[group(multiple = false)]
struct Format {
    /// Print everything as JSON, one value per line of the table.
    #[arg(long)]
    json: bool,
    /// Print the table as comma-separated values.
    #[arg(long)]
    csv: bool,
    /// Print the table as Markdown.
    #[arg(long)]
    markdown: bool,
}

/// The settings of the replicas. The defaults are good for the course.
#[derive(Args)]
struct SettingsOptions {
    /// The followers that a leader sends new entries to at once.
    #[arg(long)]
    replication: Option<Replication>,
    /// How reads are served.
    #[arg(long)]
    reads: Option<Reads>,
    /// The time between heartbeats, in milliseconds.
    #[arg(long, value_name = "MS", value_parser = number_in(Choice::HEARTBEAT_MS))]
    heartbeat_ms: Option<u32>,
    /// How long a leader waits for the answer of a follower before it asks again, in
    /// milliseconds; 0: until the next heartbeat.
    #[arg(long, value_name = "MS", value_parser = number_in(Choice::RETRY_MS))]
    retry_ms: Option<u32>,
    /// The shortest election timeout, in milliseconds; the longest is twice as long.
    #[arg(long, value_name = "MS", value_parser = number_in(Choice::ELECTION_MS))]
    election_ms: Option<u32>,
    /// The most entries in one message.
    #[arg(long, value_name = "N", value_parser = number_in(Choice::BATCH))]
    batch: Option<u32>,
    /// The most messages with entries on their way to one follower.
    #[arg(long, value_name = "N", value_parser = number_in(Choice::WINDOW))]
    window: Option<u32>,
    /// How long a message takes, in microseconds.
    #[arg(long, value_name = "US", value_parser = number_in(Choice::HOP_US))]
    hop_us: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Replication {
    Eager,
    QuorumFirst,
}

#[derive(Clone, Copy, ValueEnum)]
enum Reads {
    Log,
    ReadIndex,
    Lease,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Exit, Fault> {
    let mut choices = vec![options.settings.choice()];
    if options.compare && choices[0] != Choice::default() {
        choices.push(Choice::default());
    }
    let mut table = Table::new(&choices, options.seeds).map_err(Fault::Settings)?;
    let shipped = if options.shipped { shipped() } else { &[] };
    let mut malformed = None;
    for (place, path) in options.files.iter().enumerate() {
        let name = name_of(place, &options.files, shipped);
        let fault = add(&mut table, path, &name)?;
        malformed = malformed.or_else(|| Some((path, fault?)));
    }
    for (name, json) in shipped {
        table.add(name, json).map_err(Fault::Settings)?;
    }
    while table.advance(u32::MAX).map_err(Fault::Settings)? {}
    print(&table, &options.format, out)?;
    // A file that can't be run has its fault in the table, and again where errors are looked for.
    if let Some((path, fault)) = malformed {
        return Err(Fault::File {
            file: path.clone(),
            fault: fault.into(),
        });
    }
    Ok(if table.lines().iter().all(Line::passed) {
        Exit::Clean
    } else {
        Exit::Violated
    })
}

/// Adds a file to the table. Says what is wrong with it, if it can't be run.
fn add(table: &mut Table, path: &Path, name: &str) -> Result<Option<String>, Fault> {
    match read(path, TestFile::JSON_BYTES_MAX) {
        Ok(text) => table.add(name, &text),
        Err(error) => table.refuse(name, &error.to_string()),
    }
    .map_err(Fault::Settings)?;
    let line = table.lines().last();
    Ok(line.and_then(|line| line.file.clone().err()))
}

/// What the file at a place is called in the table: by its name without the ending, or by its
/// whole path where another one would be called the same.
fn name_of(place: usize, files: &[PathBuf], shipped: &[(&str, &str)]) -> String {
    let stem = |path: &Path| {
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        stem.to_string_lossy().into_owned()
    };
    let path = &files[place];
    let name = stem(path);
    let mut others = files.iter().enumerate().filter(|(it, _)| *it != place);
    let is_taken = shipped.iter().any(|(it, _)| *it == name)
        || others.any(|(_, it)| stem(it) == name || it.to_string_lossy() == name);
    if is_taken {
        path.to_string_lossy().into_owned()
    } else {
        name
    }
}

fn print(table: &Table, format: &Format, out: &mut impl Write) -> Result<(), Fault> {
    if format.json {
        for line in table.lines() {
            let row = line.row();
            let told = serde_json::json!({
                "file": line.name,
                "settings": line.choice,
                "malformed": line.file.as_ref().err(),
                "passed": line.passed(),
                "medians": line.medians(),
                "outcomes": line.outcomes,
                "unlucky": row.unlucky,
                "remarks": row.remarks,
            });
            write_json(&told, out)?;
        }
        return Ok(());
    }
    let rows = table.rows();
    let text = if format.csv {
        formats::csv(&rows)
    } else if format.markdown {
        formats::markdown(&rows)
    } else {
        formats::text(&rows)
    };
    Ok(out.write_all(text.as_bytes())?)
}

impl SettingsOptions {
    fn choice(&self) -> Choice {
        let default = Choice::default();
        Choice {
            replication: match self.replication {
                Some(Replication::Eager) => ReplicationMode::Eager,
                Some(Replication::QuorumFirst) => ReplicationMode::QuorumFirst,
                None => default.replication,
            },
            reads: match self.reads {
                Some(Reads::Log) => ReadsChosen::Log,
                Some(Reads::ReadIndex) => ReadsChosen::ReadIndex,
                Some(Reads::Lease) => ReadsChosen::Lease,
                None => default.reads,
            },
            heartbeat_ms: self.heartbeat_ms.unwrap_or(default.heartbeat_ms),
            retry_ms: self.retry_ms.unwrap_or(default.retry_ms),
            election_ms: self.election_ms.unwrap_or(default.election_ms),
            batch: self.batch.unwrap_or(default.batch),
            window: self.window.unwrap_or(default.window),
            hop_us: self.hop_us.unwrap_or(default.hop_us),
        }
    }
}
