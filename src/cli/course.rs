//! `raftarium course`: the test files of a university course, run and graded.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use raftarium::course::{
    Choice, Line, Reads as ReadsChosen, SEEDS_MAX, Table, TestFile, formats, shipped,
};
use raftarium::sim::scenario::ReplicationMode;

use super::{Fault, Outcome, number, read, write_json};

#[derive(Args)]
pub(super) struct Options {
    /// Test files.
    #[arg(required_unless_present = "shipped")]
    files: Vec<PathBuf>,
    /// Runs the test files that ship too.
    #[arg(long)]
    shipped: bool,
    /// Runs each file with so many seeds, 1, 2, 3 …, and tells the medians. By default once,
    /// with the file's own seed or 1.
    #[arg(long, value_name = "N", value_parser = number(1, SEEDS_MAX))]
    seeds: Option<u64>,
    /// Runs each file with the default settings too, if others are chosen.
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
    /// Tells everything, as one JSON value for each line of the table.
    #[arg(long)]
    json: bool,
    /// Prints the table as comma-separated values.
    #[arg(long)]
    csv: bool,
    /// Prints the table as Markdown.
    #[arg(long)]
    markdown: bool,
}

/// The settings of the replicas. Each has a default that is good for the course.
#[derive(Args)]
struct SettingsOptions {
    /// Whom a leader sends new entries to at once.
    #[arg(long)]
    replication: Option<Replication>,
    /// How gets are served.
    #[arg(long)]
    reads: Option<Reads>,
    /// The time between heartbeats, in milliseconds.
    #[arg(long, value_name = "MS")]
    heartbeat_ms: Option<u32>,
    /// While somebody waits for a follower, it is asked again after so many milliseconds; 0:
    /// with the next heartbeat.
    #[arg(long, value_name = "MS")]
    retry_ms: Option<u32>,
    /// The shortest election timeout, in milliseconds; the longest is twice as long.
    #[arg(long, value_name = "MS")]
    election_ms: Option<u32>,
    /// At most so many entries go into one message.
    #[arg(long, value_name = "N")]
    batch: Option<u32>,
    /// At most so many messages with entries are under way to a follower.
    #[arg(long, value_name = "N")]
    window: Option<u32>,
    /// How long a message takes, in microseconds.
    #[arg(long, value_name = "US")]
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

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Outcome, Fault> {
    let mut choices = vec![options.settings.choice()];
    if options.compare && choices[0] != Choice::default() {
        choices.push(Choice::default());
    }
    let mut table = Table::new(&choices, options.seeds).map_err(Fault::Settings)?;
    for path in &options.files {
        add(&mut table, path)?;
    }
    if options.shipped {
        for (name, json) in shipped() {
            table.add(name, json).map_err(Fault::Settings)?;
        }
    }
    while table.advance(u32::MAX).map_err(Fault::Settings)? {}
    print(&table, &options.format, out)?;
    // What can't be run is told in the table, and again where errors are looked for.
    for path in &options.files {
        let name = name_of(path);
        let mut lines = table.lines().iter();
        let fault = lines.find_map(|line| line.file.as_ref().err().filter(|_| line.name == name));
        if let Some(fault) = fault {
            return Err(Fault::File {
                file: path.clone(),
                fault: fault.as_str().into(),
            });
        }
    }
    Ok(if table.lines().iter().all(Line::passed) {
        Outcome::Clean
    } else {
        Outcome::Violated
    })
}

fn add(table: &mut Table, path: &Path) -> Result<(), Fault> {
    let name = name_of(path);
    match read(path, TestFile::JSON_BYTES_MAX) {
        Ok(text) => table.add(&name, &text),
        Err(error) => table.refuse(&name, &error.to_string()),
    }
    .map_err(Fault::Settings)
}

/// What a file is called in the table.
fn name_of(path: &Path) -> String {
    let name = path.file_stem().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
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
