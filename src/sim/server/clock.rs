//! The clock of a server, and what was done to it.

use std::collections::VecDeque;

use crate::raft::ReplicaId;
use crate::rng::Pcg32;
use crate::sim::scenario::{Clock as ClockSettings, Scenario};

/// A clock that runs at this rate is true.
const TRUE_PPM: u64 = 1_000_000;
/// At most this many earlier rates of a clock are remembered.
const PAST_MAX: usize = 64;

/// The clock of a server.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Clock {
    /// The length of a tick by a true clock.
    tick_us: u64,
    rate_ppm: u32,
    /// The lengths of ticks that it had before, each with the moment when its last tick
    /// was over. The oldest are taken together: the shortest and the longest.
    past: VecDeque<Past>,
    /// When it last jumped ahead, or was made to tick by hand.
    pub(in crate::sim) jumped_us: Option<u64>,
    /// When the replica's election timer was last run out by hand.
    pub(in crate::sim) timed_out_us: Option<u64>,
    /// Until when it stands still, or has stood.
    pub(in crate::sim) stalled_until_us: u64,
    /// When it ticks next, in microseconds; none while the replica does not run.
    pub(in crate::sim) next_us: Option<u64>,
}

/// How long ticks were up to some moment.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "units come last in a name")]
struct Past {
    until_us: u64,
    shortest_us: u64,
    longest_us: u64,
}

impl Clock {
    pub(super) fn new(scenario: &Scenario, id: ReplicaId) -> Self {
        Self {
            tick_us: scenario.timing.tick_us,
            rate_ppm: settings_of(scenario, id).map_or(1_000_000, |clock| clock.rate_ppm),
            past: VecDeque::new(),
            jumped_us: None,
            timed_out_us: None,
            stalled_until_us: 0,
            next_us: None,
        }
    }

    /// When the first tick of a world falls: as the scenario says, or at a moment drawn
    /// from the seed.
    pub(super) fn phase_us(&self, scenario: &Scenario, id: ReplicaId, seed: u64) -> u64 {
        settings_of(scenario, id)
            .and_then(|clock| clock.phase_us)
            .unwrap_or_else(|| {
                let mut dice = Pcg32::fork(seed, "clock", u64::from(id.0));
                // A slow clock's period can be longer than a draw reaches.
                dice.between(0, (self.period_us() - 1).min(u64::from(u32::MAX) - 1))
            })
    }

    /// How fast it runs, in parts per million.
    pub(in crate::sim) fn rate_ppm(&self) -> u32 {
        self.rate_ppm
    }

    /// From one tick to the next in true time, rounded to whole microseconds.
    pub(in crate::sim) fn period_us(&self) -> u64 {
        let rate = u64::from(self.rate_ppm);
        ((self.tick_us * TRUE_PPM + rate / 2) / rate).max(1)
    }

    /// The rate changes, from the next tick on.
    pub(super) fn set_rate(&mut self, rate_ppm: u32, now_us: u64) {
        let before_us = self.period_us();
        self.past.push_back(Past {
            until_us: self.next_us.unwrap_or(now_us),
            shortest_us: before_us,
            longest_us: before_us,
        });
        if self.past.len() > PAST_MAX
            && let Some(oldest) = self.past.pop_front()
            && let Some(next) = self.past.front_mut()
        {
            next.shortest_us = next.shortest_us.min(oldest.shortest_us);
            next.longest_us = next.longest_us.max(oldest.longest_us);
        }
        self.rate_ppm = rate_ppm;
    }

    /// The shortest and the longest tick since some moment.
    pub(in crate::sim) fn periods_since_us(&self, since_us: u64) -> (u64, u64) {
        let now_us = self.period_us();
        let past = self.past.iter().filter(|past| past.until_us > since_us);
        past.fold((now_us, now_us), |(shortest_us, longest_us), past| {
            (
                shortest_us.min(past.shortest_us),
                longest_us.max(past.longest_us),
            )
        })
    }
}

fn settings_of(scenario: &Scenario, id: ReplicaId) -> Option<&ClockSettings> {
    scenario.clocks.iter().find(|clock| clock.replica == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period_us(rate_ppm: u32) -> u64 {
        let mut clock = Clock::new(&Scenario::default(), ReplicaId(1));
        clock.set_rate(rate_ppm, 0);
        clock.period_us()
    }

    #[test]
    fn a_fast_clock_ticks_more_often() {
        assert_eq!(period_us(1_000_000), 10_000);
        assert_eq!(period_us(1_010_000), 9_901);
        assert_eq!(period_us(500_000), 20_000);
        assert_eq!(period_us(1_000), 10_000_000);
        assert_eq!(period_us(1_000_000_000), 10);
    }

    #[test]
    fn phases_differ_from_replica_to_replica_and_lie_within_a_tick() {
        let scenario = Scenario::default();
        let phase_us = |id| {
            let id = ReplicaId(id);
            Clock::new(&scenario, id).phase_us(&scenario, id, 1)
        };
        assert_ne!(phase_us(1), phase_us(2));
        assert!((1..=5).all(|id| phase_us(id) < 10_000));
    }
}
