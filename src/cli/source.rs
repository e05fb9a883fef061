//! The run that a subcommand works on.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use raftarium::adversary::{Case, simulate_with};
use raftarium::flaw::Flaw;

use super::files::{self, document};
use super::flaws::flaw;
use super::{Fault, SEED_MAX, number_in};

/// How long a bare recording goes on after the last thing that was done.
const AFTER_US: u64 = 10_000_000;

#[derive(Args)]
pub(super) struct Source {
    /// A run saved by `swarm --save` or `replay --save`, a recording from the page, a scenario, or
    /// a test file of the course; or a link, whole or its fragment. Those that do not say where they end go on for ten seconds
    /// after the last thing done.
    #[arg(required_unless_present = "seed")]
    file: Option<PathBuf>,
    /// Run this seed of the adversary instead of a file.
    #[arg(long, conflicts_with = "file", value_parser = number_in(0..=SEED_MAX))]
    seed: Option<u64>,
    /// Let the replicas break this rule on purpose; `raftarium flaws` lists the names.
    #[arg(long, value_name = "NAME", conflicts_with = "file", value_parser = flaw)]
    flaw: Option<Flaw>,
}

impl Source {
    /// The run of a seed, or from a file.
    pub(super) fn case(&self) -> Result<Case, Fault> {
        if let Some(seed) = self.seed {
            return Ok(simulate_with(seed, self.flaw).case);
        }
        let file = self.file.clone().unwrap_or_default();
        document(&file)
            .and_then(|it| it.into_case(AFTER_US).map_err(Box::from))
            .map_err(|fault| Fault::File {
                file: files::named(&file),
                fault,
            })
    }

    /// An error about this run.
    pub(super) fn fault(&self, fault: impl Error + Send + Sync + 'static) -> Fault {
        let seed = || format!("--seed {}", self.seed.unwrap_or_default()).into();
        Fault::File {
            file: self.file.as_deref().map_or_else(seed, files::named),
            fault: Box::new(fault),
        }
    }
}
