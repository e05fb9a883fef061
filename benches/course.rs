//! What each setting buys and costs in the course's figures: messages between replicas, and
//! the median answer in virtual time; medians of twenty seeds. They are counts and not times,
//! the same in every run.
//!
//! ```text
//! cargo bench --bench course
//! ```

use raftarium::course::{Choice, Figure, Reads, Row, Table, shipped};
use raftarium::sim::scenario::ReplicationMode;

const FILES: [&str; 4] = [
    "simple-reads",
    "simple-writes",
    "unreliable-15",
    "advanced-drops",
];

fn main() {
    // Anything but a bench only wants to know whether it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let seeds = if is_bench { 20 } else { 1 };
    let default = Choice::default();
    let choices = [
        default,
        Choice {
            replication: ReplicationMode::Eager,
            ..default
        },
        Choice {
            reads: Reads::Log,
            ..default
        },
        Choice {
            reads: Reads::ReadIndex,
            ..default
        },
        Choice {
            retry_ms: 0,
            ..default
        },
        Choice {
            batch: 1,
            ..default
        },
        Choice {
            heartbeat_ms: 50,
            election_ms: 150,
            ..default
        },
    ];
    println!("| settings | `{}` |", FILES.join("` | `"));
    println!("|---|{}", "---|".repeat(FILES.len()));
    for choice in choices {
        let mut table = Table::new(&[choice], Some(seeds)).expect("the settings are valid");
        for (name, json) in shipped().iter().filter(|file| FILES.contains(&file.0)) {
            table.add(name, json).expect("there is room");
        }
        while table.advance(u32::MAX).expect("the settings are valid") {}
        let figures: Vec<String> = table.rows().iter().map(figures).collect();
        println!("| {choice} | {} |", figures.join(" | "));
    }
}

/// The messages and the median answer.
fn figures(row: &Row) -> String {
    let value = |figure| {
        let cell = row.cells.iter().find(|cell| cell.figure == figure);
        let cell = cell.expect("it was run");
        format!("{} {}", cell.value, cell.unit)
    };
    let messages = value(Figure::TotalMsgs);
    format!("{}, {}", messages.trim(), value(Figure::MedianLatency))
}
