//! All logs side by side: where they differ, and what a window of them holds.

use super::World;
use super::capture::log_of;
use crate::raft::{Log, LogIndex, Payload, ReplicaId};
use crate::sim::server::Server;
use crate::sim::view::{EntryView, LogRange, LogsView, TermRun};

/// Of more terms than this only the newest are told.
const RUNS_MAX: usize = 256;
/// Where a rule is broken, two logs may be equal behind a place where they differ: so far back
/// from their ends they are compared entry by entry.
const SCAN_MAX: u64 = 512;

/// What a [`window`] says of an index beyond the end of a log.
const BEYOND: i64 = 0;
/// And of one that is in the snapshot only.
const COMPACTED: i64 = -1;

pub(super) fn logs(world: &World) -> LogsView {
    let running = |server: &&Server| server.volatile().is_some();
    let any_runs = world.servers.iter().any(|server| running(&server));
    let compared = || (world.servers.iter()).filter(|server| !any_runs || running(server));
    // The log that would win an election, §5.4.1; of several the first.
    let newest = compared().rev().max_by_key(|server| {
        let last = log_of(server).last();
        (last.term, last.index)
    });
    let newest = newest.unwrap_or(&world.servers[0]);
    let log = log_of(newest);
    let flawed = world.scenario.flaw.is_some();
    let differ = compared()
        .filter_map(|other| difference(log, log_of(other), flawed))
        .reduce(|a, b| LogRange {
            first_index: a.first_index.min(b.first_index),
            last_index: a.last_index.max(b.last_index),
        });
    let logs = || world.servers.iter().map(log_of);
    LogsView {
        newest: newest.id(),
        first_index: logs().map(Log::first_index).min().unwrap_or_default(),
        last_index: logs().map(Log::last_index).max().unwrap_or_default(),
        differ,
        runs: runs(log),
    }
}

/// Where both logs have an entry, and not of the same term.
fn difference(one: &Log, other: &Log, flawed: bool) -> Option<LogRange> {
    let first = one.first_index().max(other.first_index()).0;
    let last = one.last_index().min(other.last_index()).0;
    let differ = |index: u64| one.term_at(LogIndex(index)) != other.term_at(LogIndex(index));
    let scan = if flawed { SCAN_MAX } else { 0 };
    let mut found: Option<LogRange> = None;
    let mut index = last;
    // By the Log Matching Property (§5.3) nothing before an equal entry differs.
    while index >= first.max(1) && (last - index < scan || differ(index)) {
        if differ(index) {
            let end = found.map_or(LogIndex(index), |it| it.last_index);
            found = Some(LogRange {
                first_index: LogIndex(index),
                last_index: end,
            });
        }
        index -= 1;
    }
    found
}

/// The terms of a log, oldest first, each with the first index that is of it.
fn runs(log: &Log) -> Vec<TermRun> {
    let mut runs = Vec::new();
    let mut index = log.last_index();
    while index >= log.first_index()
        && runs.len() < RUNS_MAX
        && let Some(term) = log.term_at(index)
    {
        let first_index = log
            .first_index_of_term_at(index)
            .unwrap_or(index)
            .max(log.first_index());
        runs.push(TermRun { first_index, term });
        let Some(before) = first_index.0.checked_sub(1) else {
            break;
        };
        index = LogIndex(before);
    }
    runs.reverse();
    runs
}

/// For each replica, in the order of their numbers, what is at so many indices from `first` on:
/// twice the term of the entry, and one more if it holds a configuration; 0 beyond the end of the log;
/// −1 where only the snapshot has it.
pub(super) fn window(world: &World, first: LogIndex, count: usize) -> Vec<i64> {
    let cells = world.servers.iter().flat_map(|server| {
        let log = log_of(server);
        (first.0..)
            .take(count)
            .map(move |index| cell(log, LogIndex(index)))
    });
    cells.collect()
}

fn cell(log: &Log, index: LogIndex) -> i64 {
    if index > log.last_index() {
        return BEYOND;
    }
    let Some(entry) = log.get(index) else {
        return COMPACTED;
    };
    let configuration = matches!(entry.payload, Payload::Membership(_));
    i64::try_from(entry.term.0).unwrap_or(i64::MAX / 2) * 2 + i64::from(configuration)
}

/// An entry of a replica's log; none if it isn't there, or not any more.
pub(super) fn entry(world: &World, id: ReplicaId, index: LogIndex) -> Option<EntryView> {
    log_of(world.server(id)).get(index).map(EntryView::of)
}
