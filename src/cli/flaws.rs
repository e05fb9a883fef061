//! `raftarium flaws`: the rules that can be broken on purpose.

use std::io::Write;

use clap::Args;
use raftarium::flaw::Flaw;

use super::{Exit, Fault, write_json};

#[derive(Args)]
pub(super) struct Options {
    /// Print one JSON value per line.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options, out: &mut impl Write) -> Result<Exit, Fault> {
    for flaw in Flaw::all() {
        let (name, story) = (flaw.name(), flaw.story());
        let (source, caught_by) = (flaw.source(), flaw.caught_by());
        if options.json {
            let value = serde_json::json!({
                "name": name, "story": story, "source": source, "caught_by": caught_by,
            });
            write_json(&value, out)?;
        } else {
            let caught_by = caught_by.join(", ");
            writeln!(
                out,
                "{name}\n    {story}\n    from {source}; caught by {caught_by}\n"
            )?;
        }
    }
    Ok(Exit::Clean)
}

/// A flaw by its name.
pub(super) fn flaw(name: &str) -> Result<Flaw, String> {
    Flaw::by_name(name).ok_or_else(|| "`raftarium flaws` lists their names".into())
}
