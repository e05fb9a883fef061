//! The native command line: runs a scenario without a page, as fast as it goes, and
//! tells what happened. There is nothing of it in a wasm build.

#![cfg_attr(target_family = "wasm", no_main)]
#![cfg(not(target_family = "wasm"))]
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use raftarium::kv::{Answer, Operation};
use raftarium::raft::{ChangeDecision, ReplicaId, TransferDecision};
use raftarium::sim::World;
use raftarium::sim::notice::{Happening, Notice};
use raftarium::sim::scenario::{Scenario, Shipped, shipped};
use raftarium::sim::view::MembershipView;

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
    Run(Run),
    /// Lists the scenarios that ship.
    Scenarios,
}

#[derive(Args)]
struct Run {
    /// A scenario's file.
    #[arg(required_unless_present = "shipped")]
    file: Option<PathBuf>,
    /// A scenario that ships, by its name.
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    shipped: Option<String>,
    /// The seed; by default the scenario's own, or 1.
    #[arg(long, value_parser = clap::value_parser!(u64).range(..1 << 53))]
    seed: Option<u64>,
    /// How long to run, in seconds of virtual time.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = microseconds)]
    until: u64,
    /// Tells everything, as one JSON value a line: notices first, then the view with the digest.
    #[arg(long)]
    json: bool,
}

/// Why a run did not come to its end.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("there is no shipped scenario {0:?}; `raftarium scenarios` lists them")]
    Unknown(String),
    #[error("{file}: {fault}")]
    File {
        file: PathBuf,
        fault: Box<dyn std::error::Error>,
    },
    #[error(transparent)]
    Output(#[from] io::Error),
}

fn main() -> ExitCode {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let done = match CommandLine::parse().command {
        Command::Run(options) => run(&options, &mut out),
        Command::Scenarios => list(&mut out),
    };
    match done.and_then(|code| Ok(out.flush().map(|()| code)?)) {
        Ok(code) => code,
        // Whoever read what we tell has heard enough.
        Err(Fault::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("raftarium: {fault}");
            ExitCode::from(2)
        }
    }
}

fn list(out: &mut impl Write) -> Result<ExitCode, Fault> {
    for shipped in shipped() {
        writeln!(out, "{:20} {}", shipped.name, shipped.scenario().title)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn run(options: &Run, out: &mut impl Write) -> Result<ExitCode, Fault> {
    let scenario = scenario(options)?;
    let seed = options.seed.or(scenario.seed).unwrap_or(1);
    if !options.json {
        writeln!(out, "{} (seed {seed})", scenario.title)?;
    }
    let mut world = World::new(scenario, seed);
    // A world that has stopped has nothing due any more.
    while world
        .next_due()
        .is_some_and(|due| due.at_us <= options.until)
        && world.step().is_ok()
    {
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
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::from(1),
    })
}

fn scenario(options: &Run) -> Result<Scenario, Fault> {
    if let Some(name) = &options.shipped {
        let shipped = Shipped::by_name(name).ok_or_else(|| Fault::Unknown(name.clone()))?;
        return Ok(shipped.scenario());
    }
    let file = options.file.clone().unwrap_or_default();
    let read = read(&file).map_err(Box::from);
    read.and_then(|text| Scenario::from_json(&text).map_err(Box::from))
        .map_err(|fault| Fault::File { file, fault })
}

/// Reads a file, but no more of it than a scenario may be long.
fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    let bytes_max = Scenario::JSON_BYTES_MAX as u64;
    File::open(file)?
        .take(bytes_max + 1)
        .read_to_string(&mut text)?;
    Ok(text)
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
        .filter(|&microseconds| microseconds < 1 << 53)
        .ok_or_else(|| "that is too long".into())
}

fn tell(notice: &Notice, json: bool, out: &mut impl Write) -> Result<(), Fault> {
    if json {
        return write_json(notice, out);
    }
    if let Some(said) = words(&notice.what) {
        writeln!(out, "{:>12}  {said}", seconds(notice.at_us))?;
    }
    Ok(())
}

fn write_json(value: &impl serde::Serialize, out: &mut impl Write) -> Result<(), Fault> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

/// What happened, in words; `None` for what happens all the time.
fn words(happening: &Happening) -> Option<String> {
    Some(match happening {
        Happening::ElectionStarted { replica, term } => {
            format!("{replica} stands for election in term {term}")
        }
        Happening::LeaderElected { replica, term } => format!("{replica} leads term {term}"),
        Happening::SteppedDown { replica, term } => {
            format!("{replica} steps down in term {term}")
        }
        Happening::PreVoteStarted { replica, term } => {
            format!("{replica} asks in term {term} whether it could win an election")
        }
        Happening::QuorumLost { replica, term } => {
            format!("{replica} hears from no quorum, and gives up leading term {term}")
        }
        Happening::MembershipAsked { replica, decision } => format!(
            "{replica} is asked to change the membership: {}",
            change(*decision)
        ),
        Happening::MembershipAppended {
            replica,
            membership,
        } => format!("{replica} appends {}", members(membership)),
        Happening::MembershipCommitted {
            replica,
            membership,
        } => format!("{replica} commits {}", members(membership)),
        Happening::Transfer { replica, decision } => {
            format!("{replica} {}", transfer(*decision))
        }
        Happening::SnapshotTaken {
            replica,
            index,
            bytes,
        } => format!("{replica} takes a snapshot up to {index}, {bytes} bytes"),
        Happening::SnapshotInstalled { replica, index } => {
            format!("{replica} starts anew from a snapshot up to {index}")
        }
        Happening::StaleRead {
            replica,
            client,
            committed_index,
            read_index,
        } => format!(
            "STALE READ: {replica} answers C{} as of entry {read_index}, though {committed_index} was known",
            client.0
        ),
        Happening::SessionRenewed { client, session } => {
            format!("C{} opens its session {session}", client.0)
        }
        Happening::LogTruncated {
            replica,
            last_index,
        } => format!("{replica} drops its entries after {last_index}"),
        Happening::MessageRefused {
            replica, refusal, ..
        } => format!("{replica} refuses a message: {refusal}"),
        Happening::Answered {
            client,
            operation,
            answer,
            took_us,
            ..
        } => format!(
            "C{} {}: {} after {}",
            client.0,
            asked(operation),
            answered(answer),
            seconds(*took_us)
        ),
        Happening::Done { action } => format!("done: {}", in_json(action)),
        Happening::Skipped { action } => format!("could not be done: {}", in_json(action)),
        Happening::Violated { violation } => format!("VIOLATION: {}", in_json(violation)),
        Happening::Committed { .. } | Happening::MessageLost { .. } => return None,
    })
}

fn change(decision: ChangeDecision) -> String {
    match decision {
        ChangeDecision::Started => "it begins".into(),
        ChangeDecision::NotLeader { leader } => format!("only {} can", leading(leader)),
        ChangeDecision::UnderWay { index } => {
            format!("the change of entry {index} is under way")
        }
        ChangeDecision::NoOwnCommit { term } => {
            format!("nothing of its term {term} is committed yet")
        }
        ChangeDecision::HandingOver { to } => format!("it is handing over to {to}"),
        ChangeDecision::NoVoter => "nobody would vote".into(),
        ChangeDecision::Ambiguous => "a replica can't be voter and learner at once".into(),
        ChangeDecision::UnknownReplica { replica } => format!("there is no {replica}"),
        ChangeDecision::Unchanged => "it is so already".into(),
    }
}

fn transfer(decision: TransferDecision) -> String {
    match decision {
        TransferDecision::Started { to } => format!("hands over to {to}"),
        TransferDecision::Aborted { to } => {
            format!("leads on: {to} did not take over in time")
        }
        TransferDecision::NotLeader { leader } => {
            format!("does not hand over: only {} can", leading(leader))
        }
        TransferDecision::AlreadyLeading => "does not hand over: it leads itself".into(),
        TransferDecision::UnderWay { to } => format!("is handing over to {to} already"),
        TransferDecision::NotAVoter { replica } => {
            format!("does not hand over: {replica} has no vote")
        }
        TransferDecision::Nobody => "does not hand over: there is nobody".into(),
    }
}

fn leading(leader: Option<ReplicaId>) -> String {
    leader.map_or_else(|| "a leader".into(), |leader| leader.to_string())
}

fn members(membership: &MembershipView) -> String {
    let names = |ids: &[ReplicaId]| {
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        names.join(" ")
    };
    let and = |what: &str, ids: &[ReplicaId]| match ids {
        [] => String::new(),
        ids => format!(", {what} {}", names(ids)),
    };
    let outgoing = and("jointly with that of", &membership.outgoing);
    let learners = and("learners", &membership.learners);
    format!(
        "the configuration of {}{outgoing}{learners}",
        names(&membership.voters)
    )
}

fn asked(operation: &Operation) -> String {
    match operation {
        Operation::Put { key, value } => format!("put {key}={value}"),
        Operation::Get { key } => format!("get {key}"),
        Operation::Delete { key } => format!("delete {key}"),
        Operation::CompareAndSet {
            key,
            expected,
            value,
        } => {
            let expected = expected.as_deref().unwrap_or("(absent)");
            format!("compare-and-set {key} from {expected} to {value}")
        }
    }
}

fn answered(answer: &Answer) -> String {
    match answer {
        Answer::Written => "written".into(),
        Answer::Value { value } => value.clone().unwrap_or_else(|| "(absent)".into()),
        Answer::Deleted { existed: true } => "deleted".into(),
        Answer::Deleted { existed: false } => "was absent".into(),
        Answer::Swapped => "swapped".into(),
        Answer::NotSwapped { found } => {
            format!(
                "not swapped, found {}",
                found.as_deref().unwrap_or("(absent)")
            )
        }
        Answer::Forgotten => "forgotten".into(),
        Answer::Expired => "the session has expired".into(),
        Answer::TooManySessions => "too many sessions".into(),
        Answer::StoreFull => "the store is full".into(),
        Answer::TooLarge { bytes, bytes_max } => {
            format!("{bytes} bytes are too many, {bytes_max} at most")
        }
    }
}

fn in_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it is plain data")
}

fn summarize(world: &World, out: &mut impl Write) -> Result<(), Fault> {
    let view = world.view();
    let counters = view.counters;
    writeln!(out)?;
    for replica in &view.replicas {
        writeln!(
            out,
            "{} {:?} {:?}, term {}, log to {}, committed {}, {} keys",
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

fn seconds(us: u64) -> String {
    format!("{}.{:06} s", us / 1_000_000, us % 1_000_000)
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
