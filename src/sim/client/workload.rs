//! The workload: operations issued at a steady rate, whether or not the cluster
//! keeps up (an open loop).

use crate::kv::Operation;
use crate::rng::Pcg32;
use crate::sim::scenario::Workload;

const SECOND_US: u64 = 1_000_000;

#[derive(Clone, Debug)]
pub(in crate::sim) struct Load {
    settings: Workload,
    /// Where the count of the second under way began.
    second_us: u64,
    /// How many operations have been issued in it.
    issued: u64,
    /// How many have been issued, but found no client free yet. What they are is
    /// drawn when one is.
    waiting: u64,
    /// The client that is offered the next operation, counted from the first that works.
    turn: u16,
    /// How many operations have been drawn. Each value that is put is unique.
    drawn: u64,
    dice: Pcg32,
}

impl Load {
    pub(in crate::sim) fn new(settings: Workload, now_us: u64, seed: u64) -> Self {
        Self {
            settings,
            second_us: now_us,
            issued: 0,
            waiting: 0,
            turn: 0,
            drawn: 0,
            dice: Pcg32::fork(seed, "workload", 0),
        }
    }

    pub(in crate::sim) fn settings(&self) -> Workload {
        self.settings
    }

    /// Starts anew with other settings. What waits is forgotten.
    pub(in crate::sim) fn change(&mut self, settings: Workload, now_us: u64) {
        self.settings = settings;
        self.second_us = now_us;
        self.issued = 0;
        self.waiting = 0;
        self.turn = 0;
    }

    /// When the next operation is issued; none: never.
    pub(in crate::sim) fn next_us(&self) -> Option<u64> {
        let rate = u64::from(self.settings.operations_per_second);
        if rate == 0 || self.settings.clients == 0 {
            return None;
        }
        // Counted from the start of the second, so that rounding never adds up.
        Some(self.second_us + (self.issued + 1) * SECOND_US / rate)
    }

    /// The next operation is issued.
    pub(in crate::sim) fn issue(&mut self) {
        self.waiting += 1;
        self.issued += 1;
        if self.issued == u64::from(self.settings.operations_per_second) {
            self.issued = 0;
            self.second_us += SECOND_US;
        }
    }

    /// Whether an operation waits for a client.
    pub(in crate::sim) fn is_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Whose turn it is among the clients that are free, in the numbering of the
    /// working clients from zero.
    pub(in crate::sim) fn choose(&mut self, is_free: impl Fn(u16) -> bool) -> Option<u16> {
        let clients = self.settings.clients;
        let chosen = (0..clients)
            .map(|step| (self.turn + step) % clients)
            .find(|&client| is_free(client))?;
        self.turn = (chosen + 1) % clients;
        Some(chosen)
    }

    /// Draws an operation that waits.
    pub(in crate::sim) fn draw(&mut self) -> Operation {
        self.waiting -= 1;
        self.drawn += 1;
        let key = format!("k{}", self.dice.below(self.settings.keys) + 1);
        if self.settings.reads.draw(&mut self.dice) {
            Operation::Get { key }
        } else {
            let value = format!("v{}", self.drawn);
            Operation::Put { key, value }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::scenario::ratio::Ratio;

    fn load(operations_per_second: u32) -> Load {
        let settings = Workload {
            clients: 3,
            operations_per_second,
            reads: Ratio::new(1, 4),
            keys: 2,
        };
        Load::new(settings, 100, 1)
    }

    #[test]
    fn the_rate_is_exact_although_it_does_not_divide_a_second() {
        let mut load = load(7);
        let mut times = Vec::new();
        for _ in 0..70 {
            times.push(load.next_us().expect("it goes on"));
            load.issue();
        }
        assert_eq!(times[..3], [142_957, 285_814, 428_671]);
        assert_eq!(times[6], 1_000_100);
        assert_eq!(times[69], 10_000_100);
        assert!(times.is_sorted());
    }

    #[test]
    fn without_a_rate_or_a_client_nothing_is_issued() {
        assert_eq!(load(0).next_us(), None);
        let mut load = load(5);
        load.settings.clients = 0;
        assert_eq!(load.next_us(), None);
    }

    #[test]
    fn free_clients_take_turns() {
        let mut load = load(5);
        let turns: Vec<_> = (0..4).map(|_| load.choose(|_| true)).collect();
        assert_eq!(turns, [Some(0), Some(1), Some(2), Some(0)]);
        assert_eq!(load.choose(|client| client == 0), Some(0));
        assert_eq!(load.choose(|_| false), None);
    }

    #[test]
    fn operations_keep_to_the_mix_the_keys_and_unique_values() {
        let mut load = load(5);
        load.waiting = 4_000;
        let drawn: Vec<Operation> = (0..4_000).map(|_| load.draw()).collect();
        let reads = drawn
            .iter()
            .filter(|operation| matches!(operation, Operation::Get { .. }))
            .count();
        assert!((900..1_100).contains(&reads), "{reads}");
        let mut values: Vec<_> = drawn
            .iter()
            .filter_map(|operation| match operation {
                Operation::Put { value, .. } => Some(value),
                _ => None,
            })
            .collect();
        let puts = values.len();
        values.sort();
        values.dedup();
        assert_eq!(values.len(), puts);
        let mut keys: Vec<_> = drawn.iter().map(Operation::key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys, ["k1", "k2"]);
    }
}
