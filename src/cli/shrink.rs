//! `raftarium shrink`: the shortest scenario that breaks the same property as a run.

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;

use clap::Args;
use raftarium::adversary::{Effort, ShrinkError, Shrunk, shrink};
use raftarium::sim::scenario::Scenario;
use serde_json::{Value as Json, json};

use super::source::Source;
use super::{COUNT_MAX, Exit, Fault, files, number_in, write_json};

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    source: Source,
    /// Upper bound on the worlds to try.
    #[arg(
        long,
        value_name = "N",
        default_value_t = Effort::default().worlds_max,
        value_parser = number_in(0..=COUNT_MAX)
    )]
    worlds: u64,
    /// Write the scenario to this file instead of printing it; or a recording, if the failure
    /// needs something that a scenario can't say.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the run, with what is checked at its end, to this file for `replay`.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Print everything as one JSON value.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Exit, Fault> {
    let case = options.source.case()?;
    let effort = Effort {
        worlds_max: options.worlds,
        ..Effort::default()
    };
    let is_watched = std::io::stderr().is_terminal();
    let shrunk = shrink(&case, effort, |scenario, actions| {
        if is_watched {
            eprintln!("{actions} actions, {} replicas", scenario.total());
        }
    });
    let shrunk = match shrunk {
        Ok(shrunk) => shrunk,
        Err(ShrinkError::Clean) => {
            if options.json {
                write_json(&Json::Null, out)?;
            } else {
                writeln!(out, "nothing is wrong with it")?;
            }
            return Ok(Exit::Clean);
        }
        Err(fault) => return Err(options.source.fault(fault)),
    };
    if let Some(file) = &options.save {
        files::write(file, &format!("{:#}\n", json!(shrunk.case)))?;
    }
    if let Some(file) = &options.out {
        files::write(file, &format!("{:#}\n", told(&shrunk).1))?;
    }
    tell(&shrunk, options, out)?;
    Ok(Exit::Violated)
}

/// A scenario as a person would write it: without the defaults.
fn in_json(scenario: &Scenario) -> Json {
    let (mut value, default) = (json!(scenario), json!(Scenario::default()));
    without(&mut value, &default);
    for (name, settings) in value.as_object_mut().into_iter().flatten() {
        // A setting that is a choice of kinds is kept whole: it has no defaults of its own.
        without(settings, &default[name]);
    }
    value
}

/// The scenario; or the recording, if what it takes are interventions.
fn told(shrunk: &Shrunk) -> (&'static str, Json) {
    let recording = &shrunk.case.recording;
    let scenario = in_json(&recording.scenario);
    if shrunk.is_scenario {
        return ("scenario", scenario);
    }
    let value = json!({
        "behaviour": recording.behaviour,
        "seed": recording.seed,
        "scenario": scenario,
        "interventions": recording.interventions,
    });
    ("recording", value)
}

fn without(value: &mut Json, default: &Json) {
    if let (Json::Object(fields), Json::Object(default)) = (value, default) {
        fields.retain(|name, field| default.get(name) != Some(field));
    }
}

fn tell(shrunk: &Shrunk, options: &Options, out: &mut impl Write) -> Result<(), Fault> {
    let recording = &shrunk.case.recording;
    let (form, told) = told(shrunk);
    if options.json {
        let value = json!({
            "failure": shrunk.case.failure,
            form: told,
            "worlds": shrunk.worlds,
            "minimal": shrunk.minimal,
        });
        return write_json(&value, out);
    }
    if options.out.is_none() {
        writeln!(out, "{told:#}")?;
    }
    let Some(failure) = &shrunk.case.failure else {
        return Ok(());
    };
    let actions = if shrunk.is_scenario {
        recording.scenario.actions.len()
    } else {
        recording.interventions.len()
    };
    writeln!(
        out,
        "breaks {} at event {}: {} replicas, {} actions, found in {} worlds",
        failure.property,
        failure.event,
        recording.scenario.total(),
        actions,
        shrunk.worlds,
    )?;
    if !shrunk.minimal {
        writeln!(out, "less might do: --worlds allows more tries")?;
    }
    Ok(())
}
