//! `raftarium replay`: a run shown again, event by event.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use raftarium::adversary::{Case, Failure, ReplayedEvent};
use raftarium::sim::{Moment, Recording, World};
use raftarium::text::{event, seconds};

use super::source::Source;
use super::{Exit, Fault, files, write_json};

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    source: Source,
    /// Print each event: its number, its time, what it was and what came of it.
    #[arg(long)]
    trace: bool,
    /// Print everything as JSON, one value per line; the verdict comes last.
    #[arg(long)]
    json: bool,
    /// Write the run to this file.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Exit, Fault> {
    let case = options.source.case()?;
    if let Some(file) = &options.save {
        let text = serde_json::to_string(&case).map_err(std::io::Error::from)?;
        files::write(file, &text)?;
    }
    let mut told = Ok(());
    let mut record = Record::new(&case.recording);
    let replayed = case.replay(|moment| {
        record.compare(moment);
        if options.trace && told.is_ok() {
            told = trace(moment, options.json, out);
        }
    });
    told?;
    let (failure, world) = replayed.map_err(|fault| options.source.fault(fault))?;
    let differs_us = record.differs_us(&world);
    verdict(
        &case,
        failure.as_ref(),
        (&world, differs_us),
        options.json,
        out,
    )?;
    Ok(match failure {
        None => Exit::Clean,
        Some(_) => Exit::Violated,
    })
}

/// A recording beside its replay: from when on does the world go differently?
struct Record<'a> {
    recording: &'a Recording,
    /// How many interventions were repeated.
    done: usize,
    differs_us: Option<u64>,
}

impl<'a> Record<'a> {
    fn new(recording: &'a Recording) -> Self {
        Self {
            recording,
            done: 0,
            differs_us: None,
        }
    }

    fn compare(&mut self, moment: &ReplayedEvent) {
        if !moment.by_hand {
            return;
        }
        if !self
            .recording
            .is_as_recorded(self.done, moment.world.digest())
        {
            self.differs_us.get_or_insert(moment.world.now_us());
        }
        self.done += 1;
    }

    /// In microseconds; none: as far as is known it goes as it was recorded.
    fn differs_us(&self, end: &World) -> Option<u64> {
        let shown = self.recording.shown;
        let shown = shown.filter(|it| it.moment() == Moment::of(end) && !it.is_as_shown(end));
        self.differs_us.or(shown.map(|it| it.at_us))
    }
}

fn trace(moment: &ReplayedEvent, json: bool, out: &mut impl Write) -> Result<(), Fault> {
    let (number, at_us) = (moment.world.events(), moment.world.now_us());
    if json {
        return write_json(
            &serde_json::json!({
                "event": number,
                "at_us": at_us,
                "by_hand": moment.by_hand,
                "action": moment.action,
                "notices": moment.notices,
            }),
            out,
        );
    }
    let action = serde_json::to_string(moment.action).map_err(std::io::Error::from)?;
    let hand = if moment.by_hand { "BY HAND " } else { "" };
    writeln!(out, "{number:>8} {:>12}  {hand}{action}", seconds(at_us))?;
    for said in moment.notices.iter().filter_map(|it| event(&it.what)) {
        writeln!(out, "{:>22}  {said}", "")?;
    }
    Ok(())
}

fn verdict(
    case: &Case,
    failure: Option<&Failure>,
    (world, differs_us): (&World, Option<u64>),
    json: bool,
    out: &mut impl Write,
) -> Result<(), Fault> {
    if json {
        return write_json(
            &serde_json::json!({
                "seed": world.seed(),
                "events": world.events(),
                "digest": format!("{:016x}", world.digest()),
                "failure": failure,
                "expected": case.failure,
                "made_by_another_version": case.recording.is_of_another_version(),
                "differs_from_us": differs_us,
            }),
            out,
        );
    }
    writeln!(
        out,
        "seed {}, {} events in {}, {} things done from outside",
        world.seed(),
        world.events(),
        seconds(world.now_us()),
        case.recording.interventions.len(),
    )?;
    writeln!(out, "digest {:016x}", world.digest())?;
    if let Some(differs_us) = differs_us {
        writeln!(
            out,
            "made by another version of Raftarium, or by hand: it goes differently from {} on",
            seconds(differs_us),
        )?;
    } else if case.recording.is_of_another_version() {
        writeln!(
            out,
            "made by another version of Raftarium, or by hand: it may go differently here, and \
             whether it comes to rest after a storm is not checked"
        )?;
    }
    match (failure, &case.failure) {
        (Some(failure), _) => writeln!(
            out,
            "breaks {} at event {}: {}",
            failure.property, failure.event, failure.what
        )?,
        (None, Some(expected)) if case.recording.is_of_another_version() => writeln!(
            out,
            "nothing is wrong here; where it was written, it broke {} at event {}",
            expected.property, expected.event
        )?,
        (None, Some(expected)) => writeln!(
            out,
            "nothing is wrong any more; when it was written, it broke {} at event {}: {}",
            expected.property, expected.event, expected.what
        )?,
        (None, None) => writeln!(out, "nothing is wrong")?,
    }
    Ok(())
}
