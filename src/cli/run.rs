//! `raftarium run`: a scenario or a link without a page, and what happens in it.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use raftarium::document::Document;
use raftarium::raft::NUMBER_MAX;
use raftarium::sim::notice::Notice;
use raftarium::sim::scenario::Shipped;
use raftarium::sim::{Recording, Timeline, World};
use raftarium::text::{event, seconds};

use super::files;
use super::{Exit, Fault, SEED_MAX, number_in, other_seed, write_json};

/// How long to run if nothing else is said.
const UNTIL_US: u64 = 10_000_000;

#[derive(Args)]
pub(super) struct Options {
    /// The file of a scenario, a test file of the course, or a link, whole or its fragment.
    #[arg(required_unless_present = "shipped")]
    file: Option<PathBuf>,
    /// Run a shipped scenario by its name instead of a file.
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    shipped: Option<String>,
    /// The seed; by default that of the scenario, or 1.
    #[arg(long, value_parser = number_in(0..=SEED_MAX))]
    seed: Option<u64>,
    /// How long to run, in seconds of virtual time; by default 10, or up to the moment that a link
    /// shows.
    #[arg(long, value_name = "SECONDS", value_parser = microseconds)]
    until: Option<u64>,
    /// Print everything as JSON, one value per line: notices first, then the view with the digest.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Exit, Fault> {
    let recording = recording(options)?;
    let (scenario, seed) = (&recording.scenario, recording.seed);
    if !options.json {
        writeln!(out, "{} (seed {seed})", scenario.title)?;
        if let Some(flaw) = scenario.flaw {
            writeln!(out, "FLAWED, {}: {}", flaw.name(), flaw.story())?;
        }
    }
    let shown = recording.shown.filter(|shown| shown.events > 0);
    let until = options
        .until
        .unwrap_or(shown.map_or(UNTIL_US, |it| it.at_us));
    let mut timeline = Timeline::follow(recording).map_err(|error| options.fault(error.into()))?;
    let is_due = |timeline: &Timeline| {
        let due = timeline.next_due();
        due.is_some_and(|due| due.at_us <= until) && timeline.world().violation().is_none()
    };
    while is_due(&timeline) {
        timeline
            .step()
            .map_err(|error| options.fault(error.into()))?;
        for notice in timeline.take_notices() {
            tell(&notice, options.json, out)?;
        }
    }
    timeline.advance(until);
    let world = timeline.world();
    if options.json {
        write_json(
            &serde_json::json!({
                "seed": seed,
                "digest": format!("{:016x}", world.digest()),
                "view": world.view(),
            }),
            out,
        )?;
    } else {
        summarize(world, out)?;
    }
    Ok(match world.violation() {
        None => Exit::Clean,
        Some(_) => Exit::Violated,
    })
}

/// What is to be run: a scenario with a seed, and for a link what was done.
fn recording(options: &Options) -> Result<Recording, Fault> {
    let mut recording = if let Some(name) = &options.shipped {
        let shipped = Shipped::by_name(name).ok_or_else(|| Fault::Unknown(name.clone()))?;
        Recording::untouched(shipped.scenario())
    } else {
        let file = options.file.clone().unwrap_or_default();
        match files::document(&file).map_err(|fault| options.fault(fault))? {
            Document::Link(shared) => shared.recording,
            other => {
                let scenario = other.into_scenario();
                Recording::untouched(scenario.map_err(|error| options.fault(error.into()))?)
            }
        }
    };
    if let Some(seed) = options.seed.filter(|&seed| seed != recording.seed) {
        if !recording.is_untouched() {
            return Err(options.fault(other_seed(recording.seed)));
        }
        recording.seed = seed;
    }
    Ok(recording)
}

impl Options {
    fn fault(&self, fault: Box<dyn Error>) -> Fault {
        Fault::File {
            file: files::named(&self.file.clone().unwrap_or_default()),
            fault,
        }
    }
}

/// Seconds with up to six decimals, as whole microseconds.
pub(super) fn microseconds(text: &str) -> Result<u64, String> {
    let (seconds, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.is_empty() || decimals.len() > 6 || !digits(seconds) || !digits(decimals) {
        return Err("write seconds such as 10 or 2.5, with six decimals at most".into());
    }
    let microseconds = format!("{seconds}{decimals:0<6}").parse().ok();
    microseconds
        .filter(|&microseconds| microseconds <= NUMBER_MAX)
        .ok_or_else(|| "that is too long".into())
}

fn tell(notice: &Notice, json: bool, out: &mut impl Write) -> Result<(), Fault> {
    if json {
        return write_json(notice, out);
    }
    if let Some(said) = event(&notice.what) {
        writeln!(out, "{:>12}  {said}", seconds(notice.at_us))?;
    }
    Ok(())
}

fn summarize(world: &World, out: &mut impl Write) -> Result<(), Fault> {
    let view = world.view();
    let counters = view.counters;
    writeln!(out)?;
    for replica in &view.replicas {
        writeln!(
            out,
            "{} {}, {}, term {}, log to {}, committed {}, {} keys",
            replica.id,
            replica.status,
            replica.role,
            replica.term,
            replica.log.last_index,
            replica.commit_index,
            replica.keys,
        )?;
    }
    writeln!(
        out,
        "{} events in {}: {} elections won, {} entries committed, {} operations answered",
        view.events,
        seconds(view.now_us),
        counters.elections_won,
        counters.committed_entries,
        counters.answered_operations,
    )?;
    writeln!(
        out,
        "{} messages between replicas, {} with clients, {} of them lost",
        counters.replica_messages, counters.client_messages, counters.lost_messages,
    )?;
    writeln!(out, "digest {:016x}", world.digest())?;
    Ok(())
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_without_rounding() {
        assert_eq!(microseconds("10"), Ok(10_000_000));
        assert_eq!(microseconds("0.000001"), Ok(1));
        assert_eq!(microseconds("2.5"), Ok(2_500_000));
        for text in ["", ".5", "-1", "1e3", "1.0000001", "9999999999999", "+1"] {
            assert!(microseconds(text).is_err(), "{text}");
        }
    }
}
