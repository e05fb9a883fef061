//! `raftarium linearizable`: checks a history of operations of any service.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use raftarium::history::{
    Answer, Completion, FailingPart, History, HistoryError, Operation, Record, Value, Verdict,
};
use serde_json::{Value as Json, json};

use super::{COUNT_MAX, Exit, Fault, files, number_in, write_json};

#[derive(Args)]
pub(super) struct Options {
    /// The file of the history, in JSON or EDN; `-` for the standard input.
    file: PathBuf,
    /// The most steps that the search for an order may take for each key.
    #[arg(
        long,
        value_name = "STEPS",
        default_value_t = History::STEPS_MAX,
        value_parser = number_in(0..=COUNT_MAX)
    )]
    steps_max: u64,
    /// Print the verdict as one JSON value.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Exit, Fault> {
    let history = read(options)?;
    let keys = history.keys().len() as u64;
    let progress = progress(keys, "{wide_bar} {pos}/{len} keys checked");
    let verdict = history.check_telling(options.steps_max, || progress.inc(1));
    progress.finish_and_clear();
    if options.json {
        write_json(&in_json(&history, &verdict), out)?;
    } else {
        tell(&history, &verdict, out)?;
    }
    match verdict {
        Verdict::Linearizable => Ok(Exit::Clean),
        Verdict::NotLinearizable(_) => Ok(Exit::Violated),
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
    let fault = |error: HistoryError| Fault::File {
        file: options.file.clone(),
        fault: match error {
            HistoryError::Unreadable(error) => files::unread(&error).into(),
            malformed @ HistoryError::Malformed { .. } => malformed.into(),
        },
    };
    if options.file.as_os_str() == "-" {
        return History::from_text(io::stdin().lock()).map_err(fault);
    }
    let file = File::open(&options.file).map_err(|error| fault(error.into()))?;
    let bytes = file.metadata().map_or(0, |data| data.len());
    let progress = progress(bytes, "{wide_bar} {bytes}/{total_bytes} read, {eta} left");
    let history = History::from_text(progress.wrap_read(file));
    progress.finish_and_clear();
    history.map_err(fault)
}

/// A bar on the standard error, where that is a terminal; none for what ends at once.
fn progress(length: u64, template: &str) -> ProgressBar {
    const LENGTH_MIN: u64 = 100;
    if length < LENGTH_MIN {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(length).with_style(style.expect("the template is good"))
}

fn tell(history: &History, verdict: &Verdict, out: &mut impl Write) -> Result<(), Fault> {
    match verdict {
        Verdict::Linearizable => writeln!(
            out,
            "linearizable: {} operations on {} keys",
            history.records().len(),
            history.keys().len()
        )?,
        Verdict::NotLinearizable(part) => tell_part(part, history, out)?,
        Verdict::Undecided { .. } => writeln!(out, "undecided")?,
    }
    Ok(())
}

fn tell_part(part: &FailingPart, history: &History, out: &mut impl Write) -> Result<(), Fault> {
    let FailingPart {
        key,
        operations,
        breaks_at,
        minimal,
    } = part;
    let initial = history.initial();
    write!(out, "NOT LINEARIZABLE: ")?;
    if *key != Value::Null {
        write!(out, "key {key}, ")?;
    }
    writeln!(
        out,
        "initially {initial}: no order of these operations explains the answer in line {}",
        at(history, *breaks_at)
    )?;
    for record in operations {
        let Record {
            process,
            operation,
            called_at,
            ..
        } = record;
        let (called, process) = (at(history, *called_at), history.process(*process));
        write!(out, "  line {called:>5}")?;
        match &record.ended {
            Some((end, Completion::Ok(answer))) => {
                let end = at(history, *end);
                writeln!(
                    out,
                    " to {end:>5}  process {process}: {operation}: {answer}"
                )?;
            }
            Some((end, _)) => {
                let end = at(history, *end);
                writeln!(out, " to {end:>5}  process {process}: {operation}: unknown")?;
            }
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

/// The place of an event: its line, and its column if it is not the first there.
fn at(history: &History, place: usize) -> String {
    match history.line(place) {
        (line, None) => line.to_string(),
        (line, Some(column)) => format!("{line}:{column}"),
    }
}

fn in_json(history: &History, verdict: &Verdict) -> Json {
    let said = match verdict {
        Verdict::Linearizable => json!({ "verdict": "linearizable" }),
        Verdict::NotLinearizable(part) => json!({
            "verdict": "not linearizable",
            "key": part.key,
            "line": history.line(part.breaks_at).0,
            "minimal": part.minimal,
            "failing": part.operations.iter().map(|op| record(op, history)).collect::<Vec<_>>(),
        }),
        Verdict::Undecided { key } => json!({ "verdict": "undecided", "key": key }),
    };
    let mut said = said;
    said["operations"] = history.records().len().into();
    said["keys"] = history.keys().len().into();
    said
}

/// An operation as its last event would stand in a file, with the lines of both, and their columns
/// where other events stand before them.
fn record(record: &Record, history: &History) -> Json {
    let ended = record.ended.as_ref();
    let called = history.line(record.called_at);
    let end = ended.map(|(end, _)| history.line(*end));
    let mut said = json!({
        "process": history.process(record.process),
        "type": ended.map_or("invoke", |(_, ended)| ended.name()),
        "f": record.operation.name(),
        "key": record.key,
        "value": match &record.operation {
            Operation::Read | Operation::Delete => Json::Null,
            Operation::Write(value) => json!(value),
            Operation::Cas { expected, new } => json!([expected, new]),
            Operation::Append(text) => json!(text),
        },
        "called": called.0,
        "ended": end.map(|end| end.0),
    });
    if let (_, Some(column)) = called {
        said["called_column"] = column.into();
    }
    if let Some((_, Some(column))) = end {
        said["ended_column"] = column.into();
    }
    match ended {
        Some((_, Completion::Ok(Answer::Value(value)))) => said["value"] = json!(value),
        Some((_, Completion::Ok(Answer::NotSwapped { found }))) => {
            said["swapped"] = false.into();
            if let Some(found) = found {
                said["found"] = json!(found);
            }
        }
        Some((_, Completion::Ok(Answer::Deleted { existed }))) => said["existed"] = json!(existed),
        _ => {}
    }
    said
}
