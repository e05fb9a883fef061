//! The replicas of the course as processes: `examples/course_replica.rs`, under a simulator
//! of our own.

#![cfg(not(target_family = "wasm"))]

mod simulator;

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use raftarium::history::{History, Verdict};

use simulator::{Fault, Plan, Report, Simulator};

/// The example's program, built with the profile of this test.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let this = env::current_exe().expect("a test has a file");
        let profile = this.parent().and_then(|deps| deps.parent());
        let profile = profile.expect("it lies in the target directory");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--example", "course_replica"]);
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        let status = cargo.status().expect("cargo can be started");
        assert!(status.success(), "the example is built");
        profile.join("examples").join("course_replica")
    })
}

/// A run of a few seconds, in which everything must be right and everybody answered.
fn run(plan: &Plan) -> Report {
    let simulator = Simulator::start(program(), plan);
    let report = simulator.run(plan, Duration::from_secs(8), Duration::from_secs(8));
    assert_eq!(
        report.history.judge(History::STEPS_MAX),
        Verdict::Linearizable
    );
    assert_eq!(report.duplicates, 0);
    assert_eq!(report.failed, 0);
    assert_eq!(report.unanswered, 0);
    assert_eq!(report.died, Vec::<String>::new());
    report
}

/// By then there has long been a leader.
const LATER_MS: u64 = 4_500;

fn plan(seed: u64, drops_percent: u32, faults: &[(u64, Fault)]) -> Plan {
    Plan {
        replicas: 5,
        requests: 200,
        drops_percent,
        faults: faults.to_vec(),
        seed,
    }
}

#[test]
fn all_is_answered_at_once_and_once_and_in_few_messages() {
    let mut report = run(&plan(1, 0, &[]));
    assert_eq!(report.answered, 200);
    assert!(report.messages < 1_000, "{} messages", report.messages);
    report.latencies.sort_unstable();
    let median = report.latencies[report.latencies.len() / 2];
    // A loaded machine takes longer than the fraction of a millisecond that it needs.
    assert!(median < Duration::from_millis(50), "{median:?}");
    println!("median answer {median:?}, {} messages", report.messages);
    assert_eq!(report.said, "");
}

#[test]
fn lost_messages_cost_time_and_nothing_else() {
    let report = run(&plan(2, 15, &[]));
    assert_eq!(report.answered, 200);
}

#[test]
fn the_cluster_outlives_its_leader() {
    let report = run(&plan(3, 0, &[(LATER_MS, Fault::KillLeader)]));
    assert!(report.answered >= 195, "{}", report.answered);
}

#[test]
fn a_follower_is_not_missed() {
    let report = run(&plan(4, 5, &[(LATER_MS, Fault::KillNonLeader)]));
    assert!(report.answered >= 195, "{}", report.answered);
}

#[test]
fn a_leader_in_the_minority_answers_nothing_stale() {
    let faults = [
        (LATER_MS, Fault::PartLeader),
        (LATER_MS + 4_000, Fault::PartEnd),
    ];
    let report = run(&plan(5, 0, &faults));
    assert_eq!(report.answered, 200);
}

#[test]
fn malformed_datagrams_are_ignored_with_a_line_each() {
    let report = run(&plan(6, 0, &[(LATER_MS, Fault::Malformed)]));
    assert_eq!(report.answered, 200);
    let lines = report.said.lines();
    // An empty datagram, and eight others, at each of five replicas.
    assert_eq!(
        lines.filter(|it| it.contains("ignored a datagram")).count(),
        45,
        "{}",
        report.said
    );
}
