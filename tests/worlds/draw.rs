//! What a random world is like.

use std::ops::RangeInclusive;

use raftarium::raft::ReplicaId;
use raftarium::rng::Pcg32;
use raftarium::sim::ratio::Ratio;
use raftarium::sim::scenario::{
    Batch, Clock, DiskSettings, Latency, LinkQuality, Scenario, Timing, Workload,
};

pub(crate) fn scenario(dice: &mut Pcg32) -> Scenario {
    let mut small = |range: RangeInclusive<u32>| {
        let drawn = dice.between(u64::from(*range.start()), u64::from(*range.end()));
        u32::try_from(drawn).expect("it is small")
    };
    let replicas = u16::try_from(small(1..=7)).expect("it is small");
    // Short ticks, so many more of them: the timeouts are about as long in any case.
    let tick_us = [1_000u32, 5_000, 10_000][small(0..=2) as usize];
    let scale = 10_000 / tick_us;
    let timing = Timing {
        tick_us: u64::from(tick_us),
        heartbeat_ticks: small(2..=5) * scale,
        election_timeout_ticks_min: small(10..=15) * scale,
        election_timeout_ticks_max: small(16..=30) * scale,
    };
    let batch = Batch {
        entries_max: [1, 3, 64][small(0..=2) as usize],
        bytes_max: [1, 200, 65_536][small(0..=2) as usize],
    };
    let workload = Workload {
        clients: u16::try_from(small(1..=5)).expect("it is small"),
        operations_per_second: small(1..=60),
        reads: Ratio::new(1, 4),
        keys: small(1..=10),
    };
    let clocks = (1..=replicas)
        .map(|id| Clock {
            replica: ReplicaId(id),
            rate_ppm: rate(dice),
            phase_us: None,
        })
        .collect();
    Scenario {
        replicas,
        timing,
        clocks,
        network: quality(dice),
        client_network: quality(dice),
        disk: disk(dice),
        batch,
        workload,
        ..Scenario::default()
    }
}

pub(crate) fn quality(dice: &mut Pcg32) -> LinkQuality {
    let percent = |dice: &mut Pcg32, max: u32| match dice.below(2) {
        0 => Ratio::ZERO,
        _ => Ratio::new(dice.below(max + 1), 100),
    };
    let min_us = dice.between(0, 20_000);
    LinkQuality {
        latency: match dice.below(3) {
            0 => Latency::Fixed { us: min_us },
            1 => Latency::Uniform {
                min_us,
                max_us: min_us + dice.between(0, 60_000),
            },
            _ => Latency::LongTail {
                min_us,
                typical_us: min_us + 20_000,
                max_us: 2_000_000,
            },
        },
        loss: percent(dice, 30),
        duplication: percent(dice, 20),
        reordering: percent(dice, 30),
    }
}

pub(crate) fn disk(dice: &mut Pcg32) -> DiskSettings {
    let write_latency = match dice.below(3) {
        0 => Latency::Fixed { us: 0 },
        1 => Latency::Fixed { us: 1_000 },
        _ => Latency::Uniform {
            min_us: 0,
            max_us: 50_000,
        },
    };
    DiskSettings { write_latency }
}

/// The rate of a clock: within a tenth of the true one, now and then far off.
pub(crate) fn rate(dice: &mut Pcg32) -> u32 {
    let spread = if dice.below(8) == 0 { 500_000 } else { 100_000 };
    let rate = dice.between(1_000_000 - spread, 1_000_000 + spread);
    u32::try_from(rate).expect("it is small")
}
