//! Whole worlds: a scenario, what befalls it, and what is said of it.

use std::error::Error;
use std::fmt::Write as _;

use goldenscript::{Context, Runner};
use raftarium::kv::ClientId;
use raftarium::raft::ReplicaId;
use raftarium::sim::World;
use raftarium::sim::action::Action;
use raftarium::sim::scenario::Scenario;
use raftarium::sim::view::{Endpoint, EntryView, View};
use serde_json::{Map, Value};

use crate::cluster::Printed;

/// What a script can say. Scenarios and actions are written as JSON, in quotes.
#[derive(goldenscript::Command)]
pub(crate) enum Command {
    /// Begins a world with seed 1. What the scenario leaves out is as in [`CALM`].
    Scenario(String),
    /// Time passes until so many milliseconds after the beginning.
    Until(u64),
    /// Something happens now. If it is refused, nothing may have changed.
    Do(String),
    /// Tells the state of all replicas.
    Status,
    /// Tells the logs of all replicas.
    Log,
    /// Tells the stores of all replicas.
    Store,
    /// Tells what is on its way.
    Flight,
}

/// A world in which messages always take 10 ms, and 2 ms to and from clients, and nobody
/// stands for election before a second has passed.
const CALM: &str = r#"{
    "timing": { "election_timeout_ticks_min": 100, "election_timeout_ticks_max": 100 },
    "network": { "latency": { "fixed": { "us": 10000 } } },
    "client_network": { "latency": { "fixed": { "us": 2000 } } }
}"#;

#[derive(Default)]
pub(crate) struct Script {
    world: Option<World>,
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Printed {
        if let Command::Scenario(json) = command {
            let mut fields: Map<String, Value> = serde_json::from_str(CALM)?;
            fields.extend(serde_json::from_str::<Map<String, Value>>(json)?);
            let scenario = Scenario::from_json(&Value::Object(fields).to_string())?;
            self.world = Some(World::new(scenario, 1));
            return Ok(String::new());
        }
        let world = self
            .world
            .as_mut()
            .ok_or("a script begins with a scenario")?;
        let mut out = String::new();
        match command {
            Command::Until(until_ms) => {
                while world.step_until(until_ms * 1000) {
                    said(world, &mut out)?;
                }
                world.advance(until_ms * 1000);
            }
            Command::Do(json) => {
                let before = world.digest();
                if let Err(refused) = world.apply(Action::from_json(json)?) {
                    assert_eq!(world.digest(), before, "a refused action left a trace");
                    writeln!(out, "refused: {refused}")?;
                }
                said(world, &mut out)?;
            }
            Command::Status => status(&world.view(), &mut out)?,
            Command::Log => {
                for id in ids(&world.view()) {
                    writeln!(out, "{id}")?;
                    for entry in world.replica_detail(id, usize::MAX)?.entries {
                        writeln!(out, "  {}@{} {}", entry.index, entry.term, held(&entry)?)?;
                    }
                }
            }
            Command::Store => {
                for id in ids(&world.view()) {
                    let pairs = world.store(id, usize::MAX)?;
                    let pairs: Vec<String> = pairs
                        .iter()
                        .map(|pair| format!("{}={}", pair.key, pair.value))
                        .collect();
                    writeln!(out, "{id} {}", pairs.join(" "))?;
                }
            }
            Command::Flight => {
                for message in world.messages() {
                    let (from, to) = (end(message.from), end(message.to));
                    let fate = match (message.held_us, message.lost_us) {
                        (Some(held_us), _) => format!("held since {}", milliseconds(held_us)),
                        (_, Some(lost_us)) => format!("lost at {}", milliseconds(lost_us)),
                        _ => format!("arrives at {}", milliseconds(message.arrive_us)),
                    };
                    writeln!(
                        out,
                        "m{} {from}→{to} {:?}, {fate}",
                        message.id.0, message.kind
                    )?;
                }
            }
            Command::Scenario(_) => {}
        }
        Ok(out)
    }
}

/// What was said since the last time.
fn said(world: &mut World, out: &mut String) -> Result<(), Box<dyn Error>> {
    for notice in world.take_notices() {
        let what = serde_json::to_string(&notice.what)?;
        writeln!(out, "{} said {what}", milliseconds(notice.at_us))?;
    }
    Ok(())
}

fn status(view: &View, out: &mut String) -> std::fmt::Result {
    for replica in &view.replicas {
        writeln!(
            out,
            "{} {:?} {:?}, term {}, log to {}, durable to {}, committed {}, applied {}{}{}",
            replica.id,
            replica.status,
            replica.role,
            replica.term,
            replica.log.last_index,
            replica.durable_index,
            replica.commit_index,
            replica.last_applied,
            if replica.writing { ", writing" } else { "" },
            if replica.corrupt { ", corrupt" } else { "" },
        )?;
    }
    Ok(())
}

/// What an entry holds: a no-op, or the command of a client with its number.
fn held(entry: &EntryView) -> Result<String, serde_json::Error> {
    let Some(command) = &entry.command else {
        return Ok("noop".into());
    };
    let operation = serde_json::to_string(&command.operation)?;
    Ok(format!(
        "C{}#{} {operation}",
        command.client.0, command.sequence
    ))
}

fn end(endpoint: Endpoint) -> String {
    match endpoint {
        Endpoint::Replica(id) => id.to_string(),
        Endpoint::Client(ClientId(id)) => format!("C{id}"),
    }
}

fn ids(view: &View) -> Vec<ReplicaId> {
    view.replicas.iter().map(|replica| replica.id).collect()
}

fn milliseconds(us: u64) -> String {
    format!("{}.{:03} ms", us / 1000, us % 1000)
}
