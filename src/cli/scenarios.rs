//! `raftarium scenarios`: what ships.

use std::io::Write;

use raftarium::sim::scenario::shipped;

use super::{Fault, Outcome};

pub(super) fn run(out: &mut impl Write) -> Result<Outcome, Fault> {
    for shipped in shipped() {
        writeln!(out, "{:20} {}", shipped.name, shipped.scenario().title)?;
    }
    Ok(Outcome::Clean)
}
