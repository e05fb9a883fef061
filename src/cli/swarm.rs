//! `raftarium swarm`: a campaign of the adversary, on all cores.

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use raftarium::adversary::{CHECKED, Campaign, GOALS, simulate_with};
use raftarium::flaw::Flaw;
use raftarium::sim::property::{self, Property};
use raftarium::sim::scenario::from_json_of_size;
use serde::{Deserialize, Serialize};

use super::flaws::flaw;
use super::{COUNT_MAX, Exit, Fault, SEED_MAX, files, number_in, read, write_json};

/// The longest summary that is read, in bytes.
const SUMMARY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The most threads that a campaign may have.
const THREADS_MAX: usize = 1_024;
/// How many failing runs are saved.
const SAVED_MAX: usize = 10;

#[derive(Args)]
pub(super) struct Options {
    /// The seeds to run, from the first up to but not including the last: 1..100001.
    #[arg(long, value_name = "A..B", value_parser = seeds, required_unless_present = "merge")]
    seeds: Option<Range<u64>>,
    /// Stop starting new seeds after M minutes.
    #[arg(long, value_name = "M", value_parser = number_in(0..=COUNT_MAX))]
    minutes: Option<u64>,
    /// Number of threads; by default one per core. The results do not depend on it.
    #[arg(long, value_name = "N", value_parser = number_in(1..=THREADS_MAX))]
    threads: Option<usize>,
    /// Hunt a flaw: replicas break this rule on purpose, and the campaign stops at the first
    /// seed that shows it. `raftarium flaws` lists the names.
    #[arg(long, value_name = "NAME", value_parser = flaw)]
    flaw: Option<Flaw>,
    /// Save the first failing runs in this directory, for `replay`.
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Print the summary as one JSON value, which `--merge` can read.
    #[arg(long)]
    json: bool,
    /// Add up the JSON summaries of campaigns over different seeds instead of running any.
    #[arg(
        long,
        value_name = "FILE",
        num_args = 1..,
        conflicts_with_all = ["seeds", "minutes", "threads", "save", "flaw"]
    )]
    merge: Vec<PathBuf>,
}

/// The result of a campaign, and how long it took.
#[derive(Debug, Serialize, Deserialize)]
struct Summary {
    campaign: Campaign,
    /// In real time; of a sum: all together.
    elapsed_ms: u64,
    /// Whether nothing failed and every goal was reached.
    clean: bool,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Exit, Fault> {
    if let Some(folder) = &options.save {
        // Before the long work, so that it is not in vain.
        files::make_folder(folder)?;
    }
    let summary = match &options.seeds {
        Some(seeds) => campaign(seeds.clone(), options),
        None => merged(&options.merge)?,
    };
    if let Some(directory) = &options.save {
        save(&summary.campaign, directory)?;
    }
    if options.json {
        write_json(&summary, out)?;
    } else {
        tell(&summary, out)?;
    }
    Ok(if summary.clean {
        Exit::Clean
    } else {
        Exit::Violated
    })
}

/// Runs all seeds, each within one thread.
#[expect(
    clippy::disallowed_types,
    reason = "a campaign takes real time, not a world's"
)]
fn campaign(seeds: Range<u64>, options: &Options) -> Summary {
    let start = std::time::Instant::now();
    let is_over = || {
        let minutes = start.elapsed().as_secs() / 60;
        options.minutes.is_some_and(|max| minutes >= max)
    };
    let cores = || thread::available_parallelism().map_or(1, Into::into);
    let threads = options.threads.unwrap_or_else(cores);
    let progress = progress(seeds.end - seeds.start);
    let next = AtomicU64::new(seeds.start);
    // A hunt ends with its first find, but the seeds before that are still run.
    let end = AtomicU64::new(seeds.end);
    let mut campaign = Campaign {
        flaw: options.flaw,
        ..Campaign::new()
    };
    thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..threads {
            let (sender, next, end, is_over) = (sender.clone(), &next, &end, &is_over);
            scope.spawn(move || {
                while !is_over() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end.load(Ordering::Relaxed) {
                        return;
                    }
                    let result = simulate_with(seed, options.flaw);
                    if options.flaw.is_some() && result.failure.is_some() {
                        end.fetch_min(seed + 1, Ordering::Relaxed);
                    }
                    if sender.send((seed, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut beyond = Vec::new();
        for (seed, result) in results {
            if options.flaw.is_some() {
                beyond.push((seed, result));
                progress.inc(1);
                continue;
            }
            campaign.add(seed, &result);
            if let Some(failure) = &result.failure {
                progress.suspend(|| eprintln!("seed {seed} breaks {}", failure.property));
            }
            progress.inc(1);
        }
        // What other threads had begun beyond the find does not count.
        let end = end.load(Ordering::Relaxed);
        for (seed, result) in beyond.iter().filter(|(seed, _)| *seed < end) {
            campaign.add(*seed, result);
        }
    });
    progress.finish_and_clear();
    Summary {
        clean: campaign.is_clean(),
        elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        campaign,
    }
}

/// On standard error, if that is a terminal.
fn progress(seeds: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{wide_bar} {pos}/{len} worlds, {per_sec}, {eta} left");
    ProgressBar::new(seeds).with_style(style.expect("the template is good"))
}

fn merged(files: &[PathBuf]) -> Result<Summary, Fault> {
    let mut sum = Summary {
        campaign: Campaign::new(),
        elapsed_ms: 0,
        clean: false,
    };
    for file in files {
        let wrong = |fault| Fault::File {
            file: file.clone(),
            fault,
        };
        let text = read(file, SUMMARY_BYTES_MAX).map_err(|fault| wrong(Box::new(fault)))?;
        let part: Summary =
            from_json_of_size(&text, SUMMARY_BYTES_MAX).map_err(|fault| wrong(Box::new(fault)))?;
        let merged = sum.campaign.merge(&part.campaign);
        merged.map_err(|fault| wrong(Box::new(fault)))?;
        sum.elapsed_ms = sum.elapsed_ms.saturating_add(part.elapsed_ms);
    }
    sum.clean = sum.campaign.is_clean();
    Ok(sum)
}

/// A run is a function of its seed, so those that failed are run again to be saved.
fn save(campaign: &Campaign, directory: &Path) -> Result<(), Fault> {
    for failure in campaign.failures.iter().take(SAVED_MAX) {
        let case = simulate_with(failure.seed, campaign.flaw).case;
        let text = serde_json::to_string(&case).map_err(std::io::Error::from)?;
        files::write(
            &directory.join(format!("seed-{}.json", failure.seed)),
            &text,
        )?;
    }
    Ok(())
}

fn tell(summary: &Summary, out: &mut impl Write) -> Result<(), Fault> {
    let Summary {
        campaign,
        elapsed_ms,
        clean,
    } = summary;
    writeln!(out, "in every world")?;
    for always in property::WATCHED.iter().chain(&CHECKED) {
        let failures = campaign.failures.iter();
        let broken = failures.filter(|it| it.property == always.name).count();
        let verdict = match broken {
            0 => "held".into(),
            worlds => format!("{worlds} BROKE"),
        };
        let Property {
            name, statement, ..
        } = always;
        writeln!(out, "{verdict:>9}  {name}: {statement} [{}]", always.source)?;
    }
    writeln!(out, "\nin how many worlds it happened that")?;
    for sometimes in GOALS {
        let worlds = campaign.sometimes.get(sometimes.name).copied();
        let never = match worlds {
            None | Some(0) => "   NEVER HAPPENED",
            Some(_) => "",
        };
        let worlds = worlds.unwrap_or(0);
        writeln!(out, "{worlds:>9}  {}{never}", sometimes.statement)?;
    }
    writeln!(out)?;
    let flaw = campaign
        .flaw
        .map_or_else(String::new, |flaw| format!(" --flaw {}", flaw.name()));
    for failure in &campaign.failures {
        writeln!(
            out,
            "seed {} breaks {} at event {}: {}\n    raftarium replay --seed {}{flaw} --trace",
            failure.seed, failure.property, failure.event, failure.what, failure.seed
        )?;
    }
    let ranges: Vec<String> = campaign
        .seeds
        .iter()
        .map(|range| format!("{}..{}", range.start, range.end))
        .collect();
    let worlds = campaign.worlds();
    writeln!(
        out,
        "{worlds} worlds (seeds {}), {} events in {} s of virtual and {}.{:03} s of real time, {} seeds a second",
        ranges.join(", "),
        campaign.events,
        campaign.virtual_us / 1_000_000,
        elapsed_ms / 1_000,
        elapsed_ms % 1_000,
        worlds * 1_000 / (*elapsed_ms).max(1),
    )?;
    let never = campaign.never().count();
    let verdict = match (*clean, campaign.failures.len()) {
        (true, _) if campaign.flaw.is_some() => "the flaw was not found".into(),
        (false, _) if campaign.flaw.is_some() => format!("the flaw was found in {worlds} worlds"),
        (true, _) => "clean".into(),
        (false, 0) => format!("not tested enough: {never} things never happened"),
        (false, failures) => format!("{failures} worlds failed"),
    };
    writeln!(out, "{verdict}")?;
    Ok(())
}

/// A range of seeds.
fn seeds(text: &str) -> Result<Range<u64>, String> {
    let ends = text.split_once("..").map(|(a, b)| (a.parse(), b.parse()));
    match ends {
        Some((Ok(start), Ok(end))) if start < end && end <= SEED_MAX + 1 => Ok(start..end),
        _ => Err(
            "write two numbers such as 1..1001, the second one the greater, 2^53 at most".into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_seeds_ends_before_its_second_number() {
        assert_eq!(seeds("1..3"), Ok(1..3));
        assert_eq!(seeds("0..9007199254740992"), Ok(0..1 << 53));
        for text in [
            "",
            "1",
            "3..3",
            "4..3",
            "-1..2",
            "a..b",
            "1..9007199254740993",
            "1...3",
        ] {
            assert!(seeds(text).is_err(), "{text}");
        }
    }
}
