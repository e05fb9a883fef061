//! However long a world runs, it keeps its budget of memory: what it takes after ten million
//! events is no more than what is stated in `src/sim/mod.rs`, nor does it still grow.
//!
//! What is measured is what the operating system says that this process takes, so nothing
//! that anybody forgot to count is left out. By default fewer events happen than would be
//! convincing; all of them take some minutes:
//!
//! ```text
//! EVENTS=10000000 cargo test --release --test memory -- --nocapture
//! ```

#![cfg(target_os = "linux")]

use std::sync::Mutex;

use raftarium::raft::ReplicaId;
use raftarium::sim::Timeline;
use raftarium::sim::action::{Action, Target};
use raftarium::sim::ratio::Ratio;
use raftarium::sim::scenario::{
    ClientSettings, Latency, LinkQuality, Protocol, ReadMode, Scenario, SnapshotSettings,
    TimedAction, Workload,
};

const MEBIBYTE: u64 = 1024 * 1024;
/// What a world of five replicas may take with its past, by the default settings.
const BUDGET_BYTES: u64 = 256 * MEBIBYTE;

/// One at a time: they share the memory that is measured.
static ALONE: Mutex<()> = Mutex::new(());

fn events() -> u64 {
    let asked = std::env::var("EVENTS").ok();
    asked.map_or(1_000_000, |events| events.parse().expect("a number"))
}

/// How much memory the process takes now, in bytes.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
    kibibytes
        .expect("it stands there")
        .parse::<u64>()
        .expect("a number")
        * 1024
}

/// Runs a world as a page does at full speed, and returns how much memory the process took in
/// each tenth of the time, at most. What another world took before may be part of it.
fn run(name: &str, scenario: Scenario, events: u64) -> Vec<u64> {
    let alone = ALONE.lock();
    scenario.validate().expect("a valid scenario");
    let mut timeline = Timeline::new(scenario, 7);
    let mut tenths = Vec::new();
    for tenth in 1..=10 {
        let mut most = 0;
        while timeline.world().events() < events * tenth / 10 {
            for _ in 0..10_000 {
                timeline.step().expect("nothing breaks");
            }
            timeline.take_notices();
            most = most.max(resident_bytes());
        }
        tenths.push(most);
    }
    assert_eq!(timeline.world().violation(), None);
    let counters = timeline.world().counters();
    let mebibytes: Vec<u64> = tenths.iter().map(|bytes| bytes / MEBIBYTE).collect();
    println!(
        "{name}: {events} events, {} s, {} entries; MiB in each tenth: {mebibytes:?}; counted: {:?}",
        timeline.world().now_us() / 1_000_000,
        counters.committed_entries,
        timeline.weight(),
    );
    drop(alone);
    tenths
}

/// It keeps the budget; and from the middle on it hardly grows any more.
fn keeps_budget(name: &str, scenario: Scenario, events: u64) {
    let tenths = run(name, scenario, events);
    let most = tenths.iter().max().expect("there are ten");
    assert!(*most <= BUDGET_BYTES, "{name}: {} MiB", most / MEBIBYTE);
}

fn at(at_us: u64, action: Action) -> TimedAction {
    TimedAction { at_us, action }
}

/// As many operations as five replicas can do, most of them puts.
fn busy() -> Scenario {
    Scenario {
        workload: Workload {
            clients: 100,
            operations_per_second: 3_000,
            reads: Ratio::new(1, 10),
            keys: 1_000,
        },
        ..Scenario::default()
    }
}

#[test]
fn a_busy_world_keeps_its_budget() {
    keeps_budget("busy", busy(), events());
}

/// The same at the pace of a page that is looked at.
#[test]
fn a_calm_world_keeps_its_budget() {
    let scenario = Scenario {
        workload: Workload {
            clients: 8,
            operations_per_second: 100,
            ..Workload::default()
        },
        ..Scenario::default()
    };
    keeps_budget("calm", scenario, events());
}

/// Nobody can do anything, and all clients ask again for ever, and give up.
#[test]
fn a_world_without_a_quorum_keeps_its_budget() {
    for reads in [ReadMode::ReadIndex { followers: true }, ReadMode::Log {}] {
        let mut scenario = busy();
        scenario.workload.reads = Ratio::new(1, 2);
        scenario.protocol.reads = reads;
        scenario.clients = ClientSettings {
            attempts_max: 1,
            ..ClientSettings::default()
        };
        // R1 leads on, and does not notice that nobody follows.
        let leader = Target::Replica(ReplicaId(1));
        scenario.actions = vec![
            at(50_000, Action::TimeOut { replica: leader }),
            at(1_000_000, Action::Isolate { replica: leader }),
            at(1_000_000, Action::crash(ReplicaId(2))),
            at(1_000_000, Action::crash(ReplicaId(3))),
            at(1_000_000, Action::crash(ReplicaId(4))),
        ];
        keeps_budget("no quorum", scenario, events() / 2);
    }
}

/// Messages wait for ever: before a paused replica, and in a clogged link.
#[test]
fn a_world_in_which_messages_wait_keeps_its_budget() {
    let mut scenario = busy();
    scenario.snapshots = SnapshotSettings {
        every_entries: 1_000,
        ..SnapshotSettings::default()
    };
    let (r4, r5) = (Target::Replica(ReplicaId(4)), Target::Replica(ReplicaId(5)));
    scenario.actions = vec![
        at(
            50_000,
            Action::TimeOut {
                replica: ReplicaId(1).into(),
            },
        ),
        at(1_000_000, Action::Pause { replica: r4 }),
        at(
            1_000_000,
            Action::Clog {
                from: ReplicaId(1).into(),
                to: r5,
                both: true,
            },
        ),
    ];
    keeps_budget("waiting", scenario, events() / 2);
}

/// Elections all the time, and most of what leaders append is lost.
#[test]
fn a_world_of_many_terms_keeps_its_budget() {
    let mut scenario = busy();
    scenario.protocol = Protocol::default();
    scenario.network = LinkQuality {
        latency: Latency::Uniform {
            min_us: 1_000,
            max_us: 120_000,
        },
        loss: Ratio::new(1, 3),
        duplication: Ratio::new(1, 10),
        reordering: Ratio::new(1, 10),
    };
    keeps_budget("many terms", scenario, events() / 2);
}
