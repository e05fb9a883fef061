//! `raftarium link`: a file as a link.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use raftarium::document::Document;
use raftarium::link::{LeftOut, Shared, SharedView};
use raftarium::sim::Recording;
use raftarium::sim::scenario::Shipped;

use super::{Exit, Fault, SEED_MAX, files, number_in, other_seed};

#[derive(Args)]
pub(super) struct Options {
    /// A scenario, a recording, a run of the adversary, a test file of the course, or a link.
    #[arg(required_unless_present = "shipped")]
    file: Option<PathBuf>,
    /// A shipped scenario by its name instead of a file.
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    shipped: Option<String>,
    /// Another seed, for something that nothing was done to yet.
    #[arg(long, value_parser = number_in(0..=SEED_MAX))]
    seed: Option<u64>,
    /// The address of the page that shall show it; without it only the fragment is printed, with
    /// its #.
    #[arg(long, value_name = "ADDRESS")]
    page: Option<String>,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Exit, Fault> {
    let mut shared = match &options.shipped {
        Some(name) => {
            let shipped = Shipped::by_name(name).ok_or_else(|| Fault::Unknown(name.clone()))?;
            seen(Recording::untouched(shipped.scenario()))
        }
        None => from_file(options)?,
    };
    if let Some(seed) = options.seed.filter(|&seed| seed != shared.recording.seed) {
        if !shared.recording.is_untouched() {
            return Err(options.fault(other_seed(shared.recording.seed)));
        }
        shared.recording.seed = seed;
    }
    let address = shared.link().map_err(|error| options.fault(error.into()))?;
    let (Some(fragment), LeftOut::Nothing) = (address.fragment, address.left_out) else {
        return Err(options.fault("it is more than a link holds; hand on the file itself".into()));
    };
    let page = options.page.as_deref().unwrap_or_default();
    // What it has of a fragment, another takes the place of.
    let page = page.split('#').next().unwrap_or_default();
    writeln!(out, "{page}#{fragment}")?;
    Ok(Exit::Clean)
}

fn from_file(options: &Options) -> Result<Shared, Fault> {
    let file = options.file.clone().unwrap_or_default();
    let document = files::document(&file).map_err(|fault| options.fault(fault))?;
    Ok(match document {
        Document::Link(shared) => *shared,
        Document::Recording(recording) => seen(*recording),
        other => seen(
            other
                .into_recording()
                .map_err(|error| options.fault(error.into()))?,
        ),
    })
}

fn seen(recording: Recording) -> Shared {
    Shared {
        recording,
        view: SharedView::default(),
        shipped: None,
    }
}

impl Options {
    fn fault(&self, fault: Box<dyn Error>) -> Fault {
        let shipped = || self.shipped.clone().unwrap_or_default().into();
        Fault::File {
            file: self.file.as_deref().map_or_else(shipped, files::named),
            fault,
        }
    }
}
