//! How many events of a world go by in a second: ticks, deliveries, disk writes and
//! clients, with everything that is checked and counted after each of them.
//!
//! ```text
//! cargo bench --bench world
//! ```

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use raftarium::sim::World;
use raftarium::sim::scenario::{Scenario, Timing, Workload};

/// Events in one measured run.
const EVENTS: u64 = 20_000;

/// Five replicas on a calm network, as many operations as a page would show.
fn five() -> Scenario {
    Scenario {
        workload: Workload {
            clients: 8,
            operations_per_second: 100,
            ..Workload::default()
        },
        ..Scenario::default()
    }
}

/// The largest cluster.
fn fifty_one() -> Scenario {
    Scenario {
        replicas: 51,
        timing: Timing {
            election_timeout_ticks_min: 30,
            election_timeout_ticks_max: 120,
            ..Timing::default()
        },
        ..five()
    }
}

/// A world that has found its leader.
fn settled(scenario: Scenario) -> World {
    let mut world = World::new(scenario, 1);
    world.run_until(2_000_000);
    assert!(world.view().leader.is_some());
    world
}

fn world(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("world");
    group.throughput(Throughput::Elements(EVENTS));
    for (name, scenario) in [("5 replicas", five()), ("51 replicas", fifty_one())] {
        let world = settled(scenario);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || world.clone(),
                |mut world| {
                    for _ in 0..EVENTS {
                        world.step().expect("no property is broken");
                    }
                    world
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, world);
criterion_main!(benches);
