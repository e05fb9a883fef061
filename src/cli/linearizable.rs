//! `raftarium linearizable`: judges a history that some service has left.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;

use clap::Args;
use raftarium::history::{
    Answer, FailingPart, History, Operation, Outcome as Ended, Record, Value, Verdict,
};
use serde_json::{Value as Json, json};

use super::{Fault, Outcome, write_json};

#[derive(Args)]
pub(super) struct Options {
    /// The history's file, as JSON Lines; `-` for the standard input.
    file: PathBuf,
    /// How many steps the search for an order may take, for each key.
    #[arg(long, value_name = "STEPS", default_value_t = History::STEPS_MAX)]
    steps_max: u64,
    /// Tells the verdict as one JSON value.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Outcome, Fault> {
    let history = read(options)?;
    let verdict = history.judge(options.steps_max);
    if options.json {
        write_json(&in_json(&history, &verdict), out)?;
    } else {
        tell(&history, &verdict, out)?;
    }
    match verdict {
        Verdict::Linearizable => Ok(Outcome::Clean),
        Verdict::NotLinearizable(_) => Ok(Outcome::Violated),
        Verdict::Undecided { key } => {
            out.flush()?;
            Err(Fault::Undecided {
                key,
                steps_max: options.steps_max,
            })
        }
    }
}

fn read(options: &Options) -> Result<History, Fault> {
    let fault = |fault: Box<dyn std::error::Error>| Fault::File {
        file: options.file.clone(),
        fault,
    };
    if options.file.as_os_str() == "-" {
        return History::from_json_lines(io::stdin().lock()).map_err(|error| fault(error.into()));
    }
    let file = File::open(&options.file).map_err(|error| fault(error.into()))?;
    History::from_json_lines(BufReader::new(file)).map_err(|error| fault(error.into()))
}

fn tell(history: &History, verdict: &Verdict, out: &mut impl Write) -> Result<(), Fault> {
    match verdict {
        Verdict::Linearizable => writeln!(
            out,
            "linearizable: {} operations on {} keys",
            history.records().len(),
            history.keys().len()
        )?,
        Verdict::NotLinearizable(part) => tell_part(part, history.initial(), out)?,
        Verdict::Undecided { .. } => writeln!(out, "undecided")?,
    }
    Ok(())
}

fn tell_part(part: &FailingPart, initial: &Value, out: &mut impl Write) -> Result<(), Fault> {
    let FailingPart {
        key,
        operations,
        breaks_at,
        minimal,
    } = part;
    write!(out, "NOT LINEARIZABLE: ")?;
    if *key != Value::Null {
        write!(out, "key {key}, ")?;
    }
    writeln!(
        out,
        "initially {initial}: no order of these operations explains the answer in line {breaks_at}"
    )?;
    for record in operations {
        let Record {
            process,
            operation,
            called_at,
            ..
        } = record;
        write!(out, "  line {called_at:>5}")?;
        match &record.ended {
            Some((at, Ended::Ok(answer))) => {
                writeln!(out, " to {at:>5}  process {process}: {operation}: {answer}")?;
            }
            Some((at, _)) => writeln!(out, " to {at:>5}  process {process}: {operation}: unknown")?,
            None => writeln!(
                out,
                " on        process {process}: {operation}: not answered yet"
            )?,
        }
    }
    if !minimal {
        writeln!(out, "fewer might do: the search for them was given up")?;
    }
    Ok(())
}

fn in_json(history: &History, verdict: &Verdict) -> Json {
    let said = match verdict {
        Verdict::Linearizable => json!({ "verdict": "linearizable" }),
        Verdict::NotLinearizable(part) => json!({
            "verdict": "not linearizable",
            "key": part.key,
            "line": part.breaks_at,
            "minimal": part.minimal,
            "failing": part.operations.iter().map(record).collect::<Vec<_>>(),
        }),
        Verdict::Undecided { key } => json!({ "verdict": "undecided", "key": key }),
    };
    let mut said = said;
    said["operations"] = history.records().len().into();
    said["keys"] = history.keys().len().into();
    said
}

/// An operation as its last event would stand in a file, with the lines of both.
fn record(record: &Record) -> Json {
    let ended = record.ended.as_ref();
    let mut said = json!({
        "process": record.process,
        "type": ended.map_or("invoke", |(_, ended)| ended.name()),
        "f": record.operation.name(),
        "key": record.key,
        "value": match &record.operation {
            Operation::Read | Operation::Delete => Json::Null,
            Operation::Write(value) => json!(value),
            Operation::Cas { expected, new } => json!([expected, new]),
            Operation::Append(text) => json!(text),
        },
        "called": record.called_at,
        "ended": ended.map(|(at, _)| at),
    });
    match ended {
        Some((_, Ended::Ok(Answer::Value(value)))) => said["value"] = json!(value),
        Some((_, Ended::Ok(Answer::NotSwapped { found }))) => {
            said["swapped"] = false.into();
            if let Some(found) = found {
                said["found"] = json!(found);
            }
        }
        Some((_, Ended::Ok(Answer::Deleted { existed }))) => said["existed"] = json!(existed),
        _ => {}
    }
    said
}
