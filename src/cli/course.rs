//! `raftarium course`: the test files of a university course, run and graded.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use raftarium::course::{Decimal, Figure, Grade, Outcome as Graded, Run, Settings, TestFile};
use raftarium::course::{median_of, shipped};
use raftarium::sim::scenario::{ReadMode, ReplicationMode};

use super::{Fault, Outcome, read, write_json};

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
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: Option<u64>,
    /// Tells everything, as one JSON value for each file.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsOptions,
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
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    heartbeat_ms: Option<u32>,
    /// The shortest election timeout, in milliseconds; the longest is twice as long.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(2..=5_000))]
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

/// A test file, and what came of it.
struct Row {
    name: String,
    file: TestFile,
    outcomes: Vec<Graded>,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Outcome, Fault> {
    let settings = options.settings.settings();
    let mut rows = Vec::new();
    for (name, file) in files(options)? {
        let seeds = match options.seeds {
            Some(seeds) => 1..=seeds,
            None => file.seed.unwrap_or(1)..=file.seed.unwrap_or(1),
        };
        let outcomes =
            seeds.map(|seed| Run::new(file.clone(), &settings, seed, &name).map(Run::finish));
        let outcomes = outcomes
            .collect::<Result<_, _>>()
            .map_err(Fault::Settings)?;
        rows.push(Row {
            name,
            file,
            outcomes,
        });
    }
    if options.json {
        for row in &rows {
            write_json(
                &serde_json::json!({
                    "file": row.name,
                    "passed": row.passed(),
                    "medians": row.medians(),
                    "outcomes": row.outcomes,
                }),
                out,
            )?;
        }
    } else {
        table(&rows, out)?;
    }
    Ok(if rows.iter().all(Row::passed) {
        Outcome::Clean
    } else {
        Outcome::Violated
    })
}

fn files(options: &Options) -> Result<Vec<(String, TestFile)>, Fault> {
    let mut files = Vec::new();
    for path in &options.files {
        let text = read(path, TestFile::JSON_BYTES_MAX).map_err(Box::from);
        let file = text
            .and_then(|text| TestFile::from_json(&text).map_err(Box::from))
            .map_err(|fault| Fault::File {
                file: path.clone(),
                fault,
            })?;
        let name = path.file_stem().unwrap_or(path.as_os_str());
        files.push((name.to_string_lossy().into_owned(), file));
    }
    if options.shipped {
        for (name, json) in shipped() {
            let file = TestFile::from_json(json).map_err(Fault::Settings)?;
            files.push(((*name).to_owned(), file));
        }
    }
    Ok(files)
}

impl SettingsOptions {
    fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        let tick_us = settings.timing.tick_us;
        let ticks = |ms: u32| {
            u32::try_from(u64::from(ms) * 1_000 / tick_us)
                .unwrap_or(u32::MAX)
                .max(1)
        };
        if let Some(ms) = self.heartbeat_ms {
            settings.timing.heartbeat_ticks = ticks(ms);
            settings.protocol.leader_silence_ticks_max = ticks(ms) + 2;
        }
        if let Some(ms) = self.election_ms {
            settings.timing.election_timeout_ticks_min = ticks(ms);
            settings.timing.election_timeout_ticks_max = ticks(2 * ms);
        }
        settings.hop_us = self.hop_us.unwrap_or(settings.hop_us);
        settings.batch.entries_max = self.batch.unwrap_or(settings.batch.entries_max);
        let protocol = &mut settings.protocol;
        protocol.window_messages = self.window.unwrap_or(protocol.window_messages);
        match self.replication {
            Some(Replication::Eager) => protocol.replication = ReplicationMode::Eager,
            Some(Replication::QuorumFirst) => protocol.replication = ReplicationMode::QuorumFirst,
            None => {}
        }
        match self.reads {
            Some(Reads::Log) => protocol.reads = ReadMode::Log {},
            Some(Reads::ReadIndex) => protocol.reads = ReadMode::ReadIndex { followers: false },
            Some(Reads::Lease) | None => {}
        }
        settings
    }
}

impl Row {
    fn passed(&self) -> bool {
        self.outcomes.iter().all(Graded::passed)
    }

    /// The median of each figure over the seeds, graded.
    fn medians(&self) -> Vec<Grade> {
        median_of(&self.file, self.outcomes.iter().map(|it| &it.tally))
    }
}

fn table(rows: &[Row], out: &mut impl Write) -> Result<(), Fault> {
    let width = rows
        .iter()
        .map(|row| row.name.len())
        .max()
        .unwrap_or(0)
        .max(4);
    writeln!(
        out,
        "{:width$}  {:9}  {:22}  {:22}  {:22}  median latency",
        "file", "passed", "messages", "failures", "duplicates"
    )?;
    for row in rows {
        let passed = row.outcomes.iter().filter(|it| it.passed()).count();
        let passed = match row.outcomes.len() {
            1 if passed == 1 => "yes".to_owned(),
            1 => "NO".to_owned(),
            all => format!("{passed} of {all}"),
        };
        write!(out, "{:width$}  {passed:9}", row.name)?;
        for grade in row.medians() {
            write!(out, "  {:22}", cell(&grade))?;
        }
        writeln!(out)?;
        for outcome in row.outcomes.iter().filter(|it| !it.passed()).take(3) {
            for fault in &outcome.faults {
                writeln!(out, "{:width$}  seed {}: {fault}", "", outcome.seed)?;
            }
        }
        if let Some(remark) = row.file.remark() {
            writeln!(out, "{:width$}  {remark}", "")?;
        }
    }
    Ok(())
}

/// A figure, its tier, and what the next tier asks for.
fn cell(grade: &Grade) -> String {
    let shown = |value: Decimal| match grade.figure {
        Figure::MedianLatency => format!(
            "{}.{:03} ms",
            value.millionths / 1_000,
            value.millionths % 1_000
        ),
        _ => value.to_string(),
    };
    let value = grade.value.map_or("-".to_owned(), shown);
    match grade.next_below {
        None => format!("{value} {}", grade.tier),
        Some(next) => format!("{value} {} (< {})", grade.tier, shown(next)),
    }
}
