//! The replicas of the course as processes: `examples/course_replica.rs`, under a simulator
//! of our own and test files of each family. `benches/processes.rs` has the figures.

#![cfg(not(target_family = "wasm"))]

mod simulator;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use raftarium::course::TestFile;
use raftarium::history::Verdict;
use serde_json::json;

use simulator::{Plan, Report, Simulator};

/// Half of the requests are puts. By default there are 200 of them in 8 seconds.
fn plan(seed: u64, fields: &serde_json::Value) -> Plan {
    let none = [0, 0, 0];
    let mut file = json!({
        "lifetime": 8,
        "replicas": 5,
        "requests": 200,
        "mix": 0.5,
        "start_wait": 3,
        "end_wait": 3,
        "tests": { "benchmarks": {
            "total_msgs": none, "failures": none, "duplicates": none, "median_latency": none,
        } },
    });
    for (name, value) in fields.as_object().expect("it is an object") {
        file[name] = value.clone();
    }
    Plan {
        file: TestFile::from_json(&file.to_string()).expect("it is a test file"),
        seed,
        malformed_after: None,
    }
}

/// Each family of the course's files, and one more.
fn plans() -> [(&'static str, Plan); 8] {
    let leaders = json!([
        { "type": "kill_leader", "time": 1 },
        { "type": "kill_leader", "time": 5 },
    ]);
    let followers = json!([
        { "type": "kill_non_leader", "time": 1 },
        { "type": "kill_non_leader", "time": 4 },
    ]);
    let easy = json!([{ "type": "part_easy", "time": 1 }, { "type": "part_end", "time": 6 }]);
    // One of the two at least parts the leader from the majority, as the dice fall.
    let hard = json!([
        { "type": "part_hard", "time": 1 },
        { "type": "part_end", "time": 4 },
        { "type": "part_hard", "time": 5 },
        { "type": "part_end", "time": 8 },
    ]);
    let advanced = json!([
        { "type": "kill_non_leader", "time": 1 },
        { "type": "part_easy", "time": 2 },
        { "type": "part_end", "time": 5 },
        { "type": "kill_leader", "time": 6 },
        { "type": "part_hard", "time": 9 },
        { "type": "part_end", "time": 10 },
    ]);
    let advanced = json!({ "drops": 0.3, "events": advanced, "lifetime": 12, "end_wait": 6 });
    let malformed = Plan {
        malformed_after: Some(Duration::from_secs(2)),
        ..plan(8, &json!({}))
    };
    [
        ("simple", plan(1, &json!({}))),
        ("unreliable", plan(2, &json!({ "drops": 0.15 }))),
        ("crash leaders", plan(3, &json!({ "events": leaders }))),
        (
            "crash followers",
            plan(4, &json!({ "drops": 0.05, "events": followers })),
        ),
        ("partition easy", plan(5, &json!({ "events": easy }))),
        (
            "partition hard",
            plan(6, &json!({ "events": hard, "end_wait": 5 })),
        ),
        ("advanced", plan(7, &advanced)),
        ("malformed", malformed),
    ]
}

/// What came of one of the plans, in which everything must be right, and everybody answered
/// who has not asked a replica that was killed. All are run at once: they mostly wait.
fn report(name: &str) -> &'static Report {
    static REPORTS: OnceLock<BTreeMap<&str, Report>> = OnceLock::new();
    let reports = REPORTS.get_or_init(|| {
        let runs = plans().map(|(name, plan)| (name, thread::spawn(move || Simulator::run(&plan))));
        let done = runs.map(|(name, run)| (name, run.join().expect("the simulator goes on")));
        done.into()
    });
    let report = &reports[name];
    assert_eq!(report.verdict, Some(Verdict::Linearizable));
    assert_eq!(report.tally.duplicates, 0);
    assert_eq!(report.tally.failed, 0);
    assert_eq!(report.unanswered, 0);
    assert_eq!(report.tally.events_skipped, 0);
    assert_eq!(report.died, Vec::<String>::new());
    report
}

fn unanswered(name: &str) -> u32 {
    let tally = &report(name).tally;
    tally.gets + tally.puts - tally.gets_answered - tally.puts_answered
}

#[test]
fn all_is_answered_at_once_and_once_and_in_few_messages() {
    assert_eq!(unanswered("simple"), 0);
    let report = report("simple");
    let tally = &report.tally;
    assert_eq!(tally.gets + tally.puts + tally.gets_not_made, 200);
    assert!(tally.total_msgs < 1_000, "{} messages", tally.total_msgs);
    // A loaded machine takes longer than the fraction of a millisecond that it needs.
    let median_us = tally.median_latency_us.expect("all were answered");
    assert!(median_us < 50_000, "{median_us} us");
    assert_eq!(report.said, "");
}

#[test]
fn lost_messages_cost_time_and_nothing_else() {
    assert_eq!(unanswered("unreliable"), 0);
}

#[test]
fn the_cluster_outlives_its_leaders() {
    assert!(unanswered("crash leaders") <= 10);
}

#[test]
fn followers_are_not_missed() {
    assert!(unanswered("crash followers") <= 10);
}

#[test]
fn who_is_parted_with_the_leader_goes_on() {
    assert_eq!(unanswered("partition easy"), 0);
}

#[test]
fn a_leader_in_the_minority_answers_nothing_stale() {
    assert_eq!(unanswered("partition hard"), 0);
}

#[test]
fn all_of_that_at_once_is_borne() {
    assert!(unanswered("advanced") <= 20);
}

#[test]
fn malformed_datagrams_are_ignored_with_a_line_each() {
    assert_eq!(unanswered("malformed"), 0);
    let said = &report("malformed").said;
    let ignored = said.lines().filter(|it| it.contains("ignored a datagram"));
    // An empty datagram, and eight others, at each of five replicas.
    assert_eq!(ignored.count(), 45, "{said}");
}
