//! `raftarium run`: a scenario without a page, and what happens in it.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use raftarium::raft::NUMBER_MAX;
use raftarium::sim::World;
use raftarium::sim::notice::Notice;
use raftarium::sim::scenario::{Scenario, Shipped};
use raftarium::text::{event, seconds};

use super::files::document;
use super::{Exit, Fault, SEED_MAX, number_in, write_json};

#[derive(Args)]
pub(super) struct Options {
    /// The file of a scenario, or a test file of the course.
    #[arg(required_unless_present = "shipped")]
    file: Option<PathBuf>,
    /// Run a shipped scenario by its name instead of a file.
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    shipped: Option<String>,
    /// The seed; by default that of the scenario, or 1.
    #[arg(long, value_parser = number_in(0..=SEED_MAX))]
    seed: Option<u64>,
    /// How long to run, in seconds of virtual time.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = microseconds)]
    until: u64,
    /// Print everything as JSON, one value per line: notices first, then the view with the digest.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Exit, Fault> {
    let scenario = scenario(options)?;
    let seed = options.seed.or(scenario.seed).unwrap_or(1);
    if !options.json {
        writeln!(out, "{} (seed {seed})", scenario.title)?;
        if let Some(flaw) = scenario.flaw {
            writeln!(out, "FLAWED, {}: {}", flaw.name(), flaw.story())?;
        }
    }
    let mut world = World::new(scenario, seed);
    while world.step_until(options.until) {
        for notice in world.take_notices() {
            tell(&notice, options.json, out)?;
        }
    }
    world.advance(options.until);
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
        summarize(&world, out)?;
    }
    Ok(match world.violation() {
        None => Exit::Clean,
        Some(_) => Exit::Violated,
    })
}

fn scenario(options: &Options) -> Result<Scenario, Fault> {
    if let Some(name) = &options.shipped {
        let shipped = Shipped::by_name(name).ok_or_else(|| Fault::Unknown(name.clone()))?;
        return Ok(shipped.scenario());
    }
    let file = options.file.clone().unwrap_or_default();
    document(&file)
        .and_then(|it| it.into_scenario().map_err(Box::from))
        .map_err(|fault| Fault::File { file, fault })
}

/// Seconds with up to six decimals, as whole microseconds.
fn microseconds(text: &str) -> Result<u64, String> {
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
