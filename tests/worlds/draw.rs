//! What a random world is like.

use std::ops::RangeInclusive;

use raftarium::raft::ReplicaId;
use raftarium::rng::Pcg32;
use raftarium::sim::ratio::Ratio;
use raftarium::sim::scenario::{
    Batch, Clock, DiskSettings, Latency, LinkQuality, Protocol, ReadMode, ReplicationMode,
    Scenario, SnapshotSettings, StoreSettings, Timing, Workload,
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
    let spares = u16::try_from(small(0..=2)).expect("it is small");
    let protocol = protocol(dice);
    let trusting = trusts_clocks(&protocol);
    let clocks = (1..=replicas + spares)
        .map(|id| Clock {
            replica: ReplicaId(id),
            rate_ppm: rate(dice, trusting),
            phase_us: None,
        })
        .collect();
    let store = StoreSettings {
        // Long enough for a busy client, short enough for one that is kept waiting.
        session_expiry_us: [0, 0, 0, 2_000_000][dice.below(4) as usize],
        ..StoreSettings::default()
    };
    Scenario {
        replicas,
        spares,
        protocol,
        snapshots: snapshots(dice),
        store,
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

/// All of Raft, switched on and off.
pub(crate) fn protocol(dice: &mut Pcg32) -> Protocol {
    let check_quorum = dice.below(2) == 0;
    Protocol {
        pre_vote: dice.below(2) == 0,
        check_quorum,
        replication: match dice.below(2) {
            0 => ReplicationMode::Eager,
            _ => ReplicationMode::QuorumFirst,
        },
        window_messages: [1, 2, 8][dice.below(3) as usize],
        window_bytes: [1, 100, 262_144][dice.below(3) as usize],
        reads: match dice.below(4) {
            0 => ReadMode::ReadIndex { followers: false },
            1 => ReadMode::ReadIndex { followers: true },
            // Clocks are within a tenth of the true one then: at most this far apart.
            2 if check_quorum => ReadMode::Lease { drift_ppm: 250_000 },
            _ => ReadMode::Log {},
        },
        uncommitted_bytes_max: [50, 1_048_576][dice.below(2) as usize],
        request_wait_us: [0, 100_000][dice.below(2) as usize],
    }
}

/// Whether a read may rest on the promise that clocks are much the same.
pub(crate) fn trusts_clocks(protocol: &Protocol) -> bool {
    matches!(protocol.reads, ReadMode::Lease { .. })
}

pub(crate) fn snapshots(dice: &mut Pcg32) -> SnapshotSettings {
    SnapshotSettings {
        every_entries: [0, 5, 50][dice.below(3) as usize],
        retain_entries: [0, 3][dice.below(2) as usize],
        chunk_bytes: [20, 16_384][dice.below(2) as usize],
    }
}

/// The rate of a clock: within a tenth of the true one, now and then far off unless
/// somebody trusts it.
pub(crate) fn rate(dice: &mut Pcg32, trusted: bool) -> u32 {
    let far_off = dice.below(8) == 0 && !trusted;
    let spread = if far_off { 500_000 } else { 100_000 };
    let rate = dice.between(1_000_000 - spread, 1_000_000 + spread);
    u32::try_from(rate).expect("it is small")
}
