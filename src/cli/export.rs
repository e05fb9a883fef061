//! `raftarium export`: a stretch of a run for other tools.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use raftarium::document::Document;
use raftarium::export::{ExportFormat, SHIVIZ_PARSER, Stretch, json};
use raftarium::sim::scenario::Shipped;
use raftarium::sim::{Recording, Timeline};
use raftarium::text::seconds;

use super::run::microseconds;
use super::{Exit, Fault, SEED_MAX, files, number_in, other_seed};

/// How long a run is if nothing else is said.
const UNTIL_US: u64 = 10_000_000;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// JSON Lines: every happening with its causes and its vector clock.
    Jsonl,
    /// Chrome's trace event format, for Perfetto, with arrows for messages.
    Chrome,
    /// ShiViz's log, with vector clocks; its parser's expression goes to the standard error.
    Shiviz,
    /// A Mermaid sequence diagram.
    Mermaid,
    /// A picture.
    Svg,
    /// A TLA+ module with the sequence of steps, for trace validation.
    Tla,
    /// The clients' history from the beginning, as `raftarium linearizable` reads it.
    History,
}

#[derive(Args)]
pub(super) struct Options {
    /// What to write.
    format: Format,
    /// The file of a scenario, a recording, a run of the adversary, a test file of the course, or a
    /// link, whole or its fragment.
    #[arg(required_unless_present = "shipped")]
    file: Option<PathBuf>,
    /// A shipped scenario by its name instead of a file.
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    shipped: Option<String>,
    /// The seed; by default that of the scenario, or 1.
    #[arg(long, value_parser = number_in(0..=SEED_MAX))]
    seed: Option<u64>,
    /// When the stretch begins, in seconds of virtual time.
    #[arg(long, value_name = "SECONDS", value_parser = microseconds, default_value = "0")]
    from: u64,
    /// When it ends; by default after 10 seconds, or at the moment that a link shows.
    #[arg(long, value_name = "SECONDS", value_parser = microseconds)]
    until: Option<u64>,
    /// A picture for a dark ground.
    #[arg(long)]
    dark: bool,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Exit, Fault> {
    let recording = recording(options)?;
    let (title, seed) = (recording.scenario.title.clone(), recording.seed);
    let shown = recording.shown.filter(|shown| shown.events > 0);
    let until = options
        .until
        .unwrap_or(shown.map_or(UNTIL_US, |it| it.at_us));
    options.check(until)?;
    let mut timeline = Timeline::follow(recording).map_err(|error| options.fault(error.into()))?;
    while timeline.due_at().is_some_and(|at_us| at_us <= until)
        && timeline.world().violation().is_none()
    {
        timeline
            .step()
            .map_err(|error| options.fault(error.into()))?;
    }
    // Where the world has stopped, the stretch ends: nothing more will happen.
    let world = timeline.world();
    let stopped = timeline.due_at().is_none() || world.violation().is_some();
    let end = if stopped { world.now_us() } else { until };
    let until = until.min(end);
    if until < options.from {
        let fault = format!("the run ends before, at {}", seconds(end));
        return Err(wrong("--from", fault));
    }
    let tracing = timeline.trace(timeline.shown(), options.from, until);
    let mut tracing = tracing.map_err(|error| options.fault(error.into()))?;
    while !tracing.advance(&timeline, 100_000).done {}
    let stretch = Stretch {
        graph: tracing.graph(),
        title: &title,
        seed,
        from_us: options.from,
        to_us: until,
        json,
    };
    if tracing.graph().is_full() {
        eprintln!("raftarium: there is more than fits; the end of the stretch is left out");
    }
    if matches!(options.format, Format::Shiviz) {
        eprintln!("raftarium: the expression of ShiViz's parser is {SHIVIZ_PARSER}");
    }
    let text = options.export_format().write(&stretch);
    let text = text.map_err(|error| wrong("--from", error))?;
    out.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

fn recording(options: &Options) -> Result<Recording, Fault> {
    let mut recording = if let Some(name) = &options.shipped {
        let shipped = Shipped::by_name(name).ok_or_else(|| Fault::Unknown(name.clone()))?;
        Recording::untouched(shipped.scenario())
    } else {
        let file = options.file.clone().unwrap_or_default();
        match files::document(&file).map_err(|fault| options.fault(fault))? {
            Document::Link(shared) => shared.recording,
            Document::Recording(recording) => *recording,
            other => other
                .into_recording()
                .map_err(|error| options.fault(error.into()))?,
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

fn wrong(option: &'static str, fault: impl Into<Box<dyn Error>>) -> Fault {
    let fault = fault.into();
    Fault::Option { option, fault }
}

impl Options {
    fn export_format(&self) -> ExportFormat {
        match self.format {
            Format::Jsonl => ExportFormat::Jsonl,
            Format::Chrome => ExportFormat::Chrome,
            Format::Shiviz => ExportFormat::Shiviz,
            Format::Mermaid => ExportFormat::Mermaid,
            Format::Svg if self.dark => ExportFormat::SvgDark,
            Format::Svg => ExportFormat::Svg,
            Format::Tla => ExportFormat::Tla,
            Format::History => ExportFormat::History,
        }
    }

    /// What can be seen before anything is run.
    fn check(&self, until: u64) -> Result<(), Fault> {
        if self.dark && !matches!(self.format, Format::Svg) {
            return Err(wrong("--dark", "only svg is a picture"));
        }
        if until <= self.from {
            let fault = format!("it must be later than --from, {}", seconds(self.from));
            return Err(wrong("--until", fault));
        }
        Ok(())
    }

    fn fault(&self, fault: Box<dyn Error>) -> Fault {
        let shipped = || self.shipped.clone().unwrap_or_default().into();
        Fault::File {
            file: self.file.as_deref().map_or_else(shipped, files::named),
            fault,
        }
    }
}
