//! Whether reads keep their promise. A read by lease is as good as the clocks are (thesis
//! §6.4.1): who tampers with them, or lets replicas vote that have just heard from a leader,
//! must not be surprised by a stale read. All other reads need no clock.

use crate::raft::ReplicaId;
use crate::sim::action::Action;
use crate::sim::scenario::{Protocol, ReadMode, Scenario, true_rate};

#[derive(Clone, Debug)]
pub(super) struct Promise {
    /// By how much clocks may differ, if anyone has ever read by lease.
    drift_ppm: Option<u32>,
    rates_ppm: Vec<u32>,
    /// Whether it holds as far as it does not depend on the rates.
    undisturbed: bool,
    /// Whether the rates have always been close enough.
    close: bool,
}

impl Promise {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let mut promise = Self {
            drift_ppm: None,
            rates_ppm: vec![true_rate(); usize::from(scenario.total())],
            undisturbed: true,
            close: true,
        };
        for clock in &scenario.clocks {
            promise.set_rate(clock.replica, clock.rate_ppm);
        }
        promise.may_lease(scenario.protocol.reads);
        promise
    }

    /// Something is done to the world from outside.
    pub(super) fn on_action(&mut self, action: &Action) {
        match action {
            Action::SetClock { replica, rate_ppm } => {
                self.set_rate(*replica, *rate_ppm);
                self.compare();
            }
            Action::Request {
                reads: Some(reads), ..
            } => self.may_lease(*reads),
            Action::SetProtocol {
                protocol: Protocol { reads, .. },
                ..
            } => {
                self.undisturbed = false;
                self.may_lease(*reads);
            }
            Action::TimeOut { .. }
            | Action::Tick { .. }
            | Action::JumpClock { .. }
            | Action::StallClock { .. } => self.undisturbed = false,
            _ => {}
        }
    }

    /// Whether no read may ever have been stale.
    pub(super) fn is_kept(&self) -> bool {
        self.drift_ppm.is_none() || (self.undisturbed && self.close)
    }

    fn may_lease(&mut self, reads: ReadMode) {
        if let ReadMode::Lease { drift_ppm } = reads {
            let least = self.drift_ppm.unwrap_or(drift_ppm);
            self.drift_ppm = Some(least.min(drift_ppm));
            self.compare();
        }
    }

    fn set_rate(&mut self, ReplicaId(id): ReplicaId, rate_ppm: u32) {
        let place = usize::from(id).checked_sub(1);
        if let Some(rate) = place.and_then(|place| self.rates_ppm.get_mut(place)) {
            *rate = rate_ppm;
        }
    }

    fn compare(&mut self) {
        let Some(drift_ppm) = self.drift_ppm else {
            return;
        };
        let rates = || self.rates_ppm.iter().map(|&rate| u64::from(rate));
        let (slowest, fastest) = (rates().min().unwrap_or(0), rates().max().unwrap_or(0));
        self.close &= (fastest - slowest) * 1_000_000 <= u64::from(drift_ppm) * slowest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::action::Target;

    const R1: ReplicaId = ReplicaId(1);
    const LEASE: ReadMode = ReadMode::Lease { drift_ppm: 100_000 };

    fn promise(reads: ReadMode) -> Promise {
        Promise::new(&Scenario {
            protocol: Protocol {
                reads,
                ..Protocol::default()
            },
            ..Scenario::default()
        })
    }

    fn clock(rate_ppm: u32) -> Action {
        let replica = R1;
        Action::SetClock { replica, rate_ppm }
    }

    #[test]
    fn a_lease_is_as_good_as_the_clocks_have_ever_been() {
        let mut promise = promise(LEASE);
        promise.on_action(&clock(1_100_000));
        assert!(promise.is_kept(), "they are just close enough");
        promise.on_action(&clock(1_100_001));
        assert!(!promise.is_kept());
        promise.on_action(&clock(1_000_000));
        assert!(!promise.is_kept(), "what was read meanwhile may come later");
    }

    #[test]
    fn a_hand_on_a_timer_breaks_it_for_leases_only() {
        let hand = Action::TimeOut {
            replica: Target::Leader,
        };
        for (reads, kept) in [(LEASE, false), (ReadMode::Log {}, true)] {
            let mut promise = promise(reads);
            promise.on_action(&hand);
            assert_eq!(promise.is_kept(), kept);
        }
    }

    #[test]
    fn a_single_read_by_lease_counts() {
        let mut promise = promise(ReadMode::Log {});
        promise.on_action(&clock(2_000_000));
        assert!(promise.is_kept());
        promise.on_action(&Action::Request {
            client: None,
            operation: crate::kv::Operation::Get { key: "a".into() },
            reads: Some(LEASE),
        });
        assert!(!promise.is_kept());
    }
}
