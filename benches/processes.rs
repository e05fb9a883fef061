//! The test files of the course that ship, run with real processes: `examples/course_replica.rs`
//! under the simulator of `tests/course_processes`. The table has each figure with its tier, and
//! beside the messages and the median those of the same file in a world. Counts and times differ
//! from run to run; a busy machine answers late.
//!
//! ```text
//! cargo bench --bench processes
//! ```

#[path = "../tests/course_processes/simulator.rs"]
mod simulator;

use std::thread;

use raftarium::course::{Choice, Figure, Grade, Line, Table, Tally, TestFile, shipped};
use raftarium::history::Verdict;

use simulator::{Plan, Report, Simulator};

/// So many runs at once leave the processors idle most of the time.
const RUNS_AT_ONCE: usize = 4;

const SHORT: &str = r#"{
    "lifetime": 5, "replicas": 3, "requests": 50, "mix": 0.5, "start_wait": 2, "end_wait": 1,
    "tests": { "benchmarks": {
        "total_msgs": [1, 2, 3], "failures": [1, 2, 3],
        "duplicates": [1, 2, 3], "median_latency": [1, 2, 3]
    } }
}"#;

fn main() {
    // Anything but a bench only wants to know whether it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let files = if is_bench {
        shipped()
    } else {
        &[("short", SHORT)]
    };
    println!("| file | messages (world) | failures | duplicates | median answer, ms (world) |");
    println!("|---|---|---|---|---|");
    for files in files.chunks(RUNS_AT_ONCE) {
        let runs: Vec<_> = files
            .iter()
            .map(|&(name, json)| (name, json, thread::spawn(move || run(json))))
            .collect();
        for (name, json, run) in runs {
            let report = run.join().expect("the simulator goes on");
            println!("{}", row(name, json, &report));
        }
    }
}

fn run(json: &str) -> Report {
    Simulator::run(&Plan {
        file: TestFile::from_json(json).expect("it ships"),
        seed: 1,
        malformed_after: None,
    })
}

fn row(name: &str, json: &str, report: &Report) -> String {
    let file = TestFile::from_json(json).expect("it ships");
    let grades = report.tally.grades(&file);
    let world = in_a_world(name, json).grades(&file);
    let cell = |place: usize, with_world: bool| {
        let (here, there) = (shown(&grades[place]), shown(&world[place]));
        let there = with_world.then(|| format!(" ({there})"));
        format!(
            "{here}, {}{}",
            grades[place]
                .tier
                .map_or_else(String::new, |it| it.to_string()),
            there.unwrap_or_default()
        )
    };
    let right = report.verdict == Some(Verdict::Linearizable) && report.died.is_empty();
    let wrong = if right { "" } else { " **WRONG**" };
    format!(
        "| `{name}`{wrong} | {} | {} | {} | {} |",
        cell(0, true),
        cell(1, false),
        cell(2, false),
        cell(3, true),
    )
}

fn in_a_world(name: &str, json: &str) -> Tally {
    let mut table = Table::new(&[Choice::default()], Some(1)).expect("the settings are valid");
    table.add(name, json).expect("there is room");
    while table.advance(u32::MAX).expect("the settings are valid") {}
    let outcome = |line: &Line| line.outcomes.first().map(|it| it.tally.clone());
    table.lines().first().and_then(outcome).expect("it was run")
}

fn shown(grade: &Grade) -> String {
    let Some(value) = grade.value else {
        return "-".into();
    };
    match grade.figure {
        Figure::MedianLatency => {
            let us = value.millionths;
            format!("{}.{:03}", us / 1_000, us % 1_000)
        }
        _ => value.to_string(),
    }
}
