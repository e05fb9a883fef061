//! `raftarium scenarios`: what ships.

use std::io::Write;

use raftarium::sim::scenario::{demonstrations, shipped};

use super::{Exit, Fault};

pub(super) fn run(out: &mut impl Write) -> Result<Exit, Fault> {
    for shipped in shipped() {
        writeln!(out, "{:26} {}", shipped.name, shipped.scenario().title)?;
    }
    for shipped in demonstrations() {
        let title = shipped.scenario().title;
        writeln!(out, "{:26} FLAWED: {title}", shipped.name)?;
    }
    Ok(Exit::Clean)
}
