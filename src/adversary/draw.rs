//! Draws a whole scenario.

use std::ops::RangeInclusive;

use crate::raft::ReplicaId;
use crate::rng::Pcg32;
use crate::sim::ratio::Ratio;
use crate::sim::scenario::{
    Batch, ClientSettings, Clock, DiskSettings, Latency, LinkQuality, Protocol, ReadMode,
    ReplicationMode, Scenario, SnapshotSettings, StoreSettings, Timers, Timing, Workload,
};

/// Clocks are within a tenth of the true one where somebody trusts them: none is slower,
pub(super) const SLOWEST_PPM: u32 = 900_000;
/// and none is faster,
pub(super) const FASTEST_PPM: u32 = 1_100_000;
/// so they are at most this far apart: 1.1 / 0.9 is less than 1.25.
const DRIFT_PPM: u32 = 250_000;

/// How much reads by lease rest on the clocks of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// No replica reads by lease.
    Needless,
    /// Replicas read by lease, and no fault will break what leases rest on.
    Kept,
    /// Somebody does, and clocks will lie.
    Broken,
}

/// The world of a seed.
pub(super) fn scenario(seed: u64) -> (Scenario, Trust) {
    let dice = &mut Pcg32::fork(seed, "adversary's world", 0);
    let mut small = |range: RangeInclusive<u32>| {
        let drawn = dice.between(u64::from(*range.start()), u64::from(*range.end()));
        u32::try_from(drawn).expect("it is small")
    };
    let replicas = u16::try_from(small(1..=7)).expect("it is small");
    // With shorter ticks there are more of them, so that timeouts are about as long in any case.
    let tick_us = [1_000u32, 5_000, 10_000, 10_000, 10_000][small(0..=4) as usize];
    let scale = 10_000 / tick_us;
    let heartbeat_ticks = small(2..=5) * scale;
    let retry_ticks = [0, 1, 3][small(0..=2) as usize] * scale;
    let timeout_ticks = small(10..=15);
    let timing = Timing {
        tick_us: u64::from(tick_us),
        heartbeat_ticks,
        retry_ticks,
        election_timeout_ticks_min: timeout_ticks * scale,
        // With less between them votes would be split again and again (§9.3).
        election_timeout_ticks_max: (timeout_ticks + small(5..=15)) * scale,
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
    let clients = ClientSettings {
        request_timeout_us: [100_000, 500_000, 500_000, 1_500_000][small(0..=3) as usize],
        retry_delay_us: [10_000, 50_000][small(0..=1) as usize],
        attempts_max: [0, 0, 0, 3][small(0..=3) as usize],
    };
    let protocol = protocol(dice);
    // Now and then the ground is taken away that a lease rests on: stale reads are no
    // surprise then, but everything else must hold.
    let trust = match trusts_clocks(&protocol) {
        false => Trust::Needless,
        true if dice.below(3) == 0 => Trust::Broken,
        true => Trust::Kept,
    };
    let clocks = (1..=replicas + spares)
        .map(|id| Clock {
            replica: ReplicaId(id),
            rate_ppm: rate(dice, trust),
            phase_us: None,
        })
        .collect();
    let store = StoreSettings {
        // Long enough for a busy client, short enough for one that is kept waiting.
        session_expiry_us: [0, 0, 0, 1_000_000][dice.below(4) as usize],
        ..StoreSettings::default()
    };
    let scenario = Scenario {
        title: format!("The adversary's world {seed}"),
        seed: Some(seed),
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
        clients,
        workload,
        ..Scenario::default()
    };
    (scenario, trust)
}

pub(super) fn quality(dice: &mut Pcg32) -> LinkQuality {
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

pub(super) fn disk(dice: &mut Pcg32) -> DiskSettings {
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
pub(super) fn protocol(dice: &mut Pcg32) -> Protocol {
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
        reads: match dice.below(5) {
            0 => ReadMode::ReadIndex { followers: false },
            1 => ReadMode::ReadIndex { followers: true },
            2 | 3 if check_quorum => ReadMode::Lease {
                drift_ppm: DRIFT_PPM,
            },
            _ => ReadMode::Log {},
        },
        uncommitted_bytes_max: [50, 1_048_576][dice.below(2) as usize],
        request_wait_us: [0, 100_000][dice.below(2) as usize],
        leader_silence_ticks_max: 0,
    }
}

/// Timeouts like those of the world, or much longer or shorter ones.
pub(super) fn timers(dice: &mut Pcg32, timing: Timing) -> Timers {
    let Timers {
        heartbeat_ticks,
        retry_ticks,
        election_timeout_ticks_min: min,
        election_timeout_ticks_max: max,
    } = timing.timers();
    let times = [1, 2, 10][dice.below(3) as usize];
    match dice.below(4) {
        0 => Timers {
            heartbeat_ticks: 1,
            retry_ticks,
            election_timeout_ticks_min: (min / 3).max(2),
            election_timeout_ticks_max: max,
        },
        _ => Timers {
            heartbeat_ticks,
            retry_ticks,
            election_timeout_ticks_min: min * times,
            election_timeout_ticks_max: max * times,
        },
    }
}

/// Whether a read may rest on the promise that clocks are much the same.
pub(super) fn trusts_clocks(protocol: &Protocol) -> bool {
    matches!(protocol.reads, ReadMode::Lease { .. })
}

pub(super) fn snapshots(dice: &mut Pcg32) -> SnapshotSettings {
    SnapshotSettings {
        every_entries: [0, 5, 50][dice.below(3) as usize],
        retain_entries: [0, 3][dice.below(2) as usize],
        chunk_bytes: [20, 16_384][dice.below(2) as usize],
        ..SnapshotSettings::default()
    }
}

/// The rate of a clock: within a tenth of the true one, now and then far off unless
/// somebody trusts it.
pub(super) fn rate(dice: &mut Pcg32, trust: Trust) -> u32 {
    let far_off = dice.below(8) == 0 && trust != Trust::Kept;
    let (slowest, fastest) = if far_off {
        (500_000, 1_500_000)
    } else {
        (SLOWEST_PPM, FASTEST_PPM)
    };
    let rate = dice.between(slowest.into(), fastest.into());
    u32::try_from(rate).expect("it is small")
}
