//! The settings that a person can choose, in the units that people think in.

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::settings::{Settings, TICK_MS};
use crate::sim::scenario::{ReadMode, ReplicationMode, ScenarioError};

/// A choice of [`Settings`]. By default the one that takes the fewest messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Choice {
    /// The followers that a leader sends new entries to at once.
    pub replication: ReplicationMode,
    /// How gets are served.
    pub reads: Reads,
    /// The time between heartbeats in milliseconds, 10 to 5,000 and less than an election
    /// timeout; of both, what is less than a tick of 10 ms does not count.
    pub heartbeat_ms: u32,
    /// While somebody waits for a follower, it is asked again after so many milliseconds, 5,000 at
    /// most; less than a tick: with the next heartbeat.
    pub retry_ms: u32,
    /// The shortest election timeout in milliseconds, 20 to 5,000; the longest is twice as long.
    pub election_ms: u32,
    /// The most entries in one message; 1 to 65,536.
    pub batch: u32,
    /// The most messages with entries on their way to one follower; 1 to 1,024.
    pub window: u32,
    /// How long a message takes, in microseconds; 10,000,000 at most.
    pub hop_us: u64,
}

/// How gets are served (thesis §6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Reads {
    /// As an entry of the log, like a put.
    Log,
    /// By the leader's commit index, once a quorum has confirmed that it still leads.
    ReadIndex,
    /// By the leader at once, while its lease holds.
    Lease,
}

impl Default for Choice {
    fn default() -> Self {
        let settings = Settings::default();
        Self {
            replication: settings.protocol.replication,
            reads: Reads::Lease,
            heartbeat_ms: 400,
            retry_ms: 50,
            election_ms: 1_200,
            batch: settings.batch.entries_max,
            window: settings.protocol.window_messages,
            hop_us: settings.hop_us,
        }
    }
}

impl Choice {
    /// The allowed values of [`heartbeat_ms`](Self::heartbeat_ms).
    pub const HEARTBEAT_MS: RangeInclusive<u32> = 10..=5_000;
    /// The allowed values of [`retry_ms`](Self::retry_ms).
    pub const RETRY_MS: RangeInclusive<u32> = 0..=5_000;
    /// The allowed values of [`election_ms`](Self::election_ms).
    pub const ELECTION_MS: RangeInclusive<u32> = 20..=5_000;
    /// The allowed values of [`batch`](Self::batch).
    pub const BATCH: RangeInclusive<u32> = 1..=65_536;
    /// The allowed values of [`window`](Self::window).
    pub const WINDOW: RangeInclusive<u32> = 1..=1_024;
    /// The allowed values of [`hop_us`](Self::hop_us).
    pub const HOP_US: RangeInclusive<u64> = 0..=10_000_000;

    /// The settings that are chosen.
    ///
    /// # Errors
    /// If one is beyond its limits.
    pub fn settings(&self) -> Result<Settings, ScenarioError> {
        let mut settings = Settings::default();
        within("heartbeat_ms", self.heartbeat_ms, &Self::HEARTBEAT_MS)?;
        within("retry_ms", self.retry_ms, &Self::RETRY_MS)?;
        within("election_ms", self.election_ms, &Self::ELECTION_MS)?;
        if self.heartbeat_ms >= self.election_ms {
            let fault = format!(
                "must be less than the election timeout of {} ms, not {}",
                self.election_ms, self.heartbeat_ms
            );
            return Err(ScenarioError::new("heartbeat_ms", fault));
        }
        within("batch", self.batch, &Self::BATCH)?;
        within("window", self.window, &Self::WINDOW)?;
        within("hop_us", self.hop_us, &Self::HOP_US)?;
        let timing = &mut settings.timing;
        timing.heartbeat_ticks = self.heartbeat_ms / TICK_MS;
        timing.retry_ticks = self.retry_ms / TICK_MS;
        timing.election_timeout_ticks_min = self.election_ms / TICK_MS;
        timing.election_timeout_ticks_max = 2 * self.election_ms / TICK_MS;
        let protocol = &mut settings.protocol;
        // A client that does not hear from a leader for longer looks for another one.
        protocol.leader_silence_ticks_max = timing.heartbeat_ticks + 2;
        protocol.replication = self.replication;
        protocol.window_messages = self.window;
        match self.reads {
            Reads::Log => protocol.reads = ReadMode::Log {},
            Reads::ReadIndex => protocol.reads = ReadMode::ReadIndex { followers: false },
            Reads::Lease => {}
        }
        settings.batch.entries_max = self.batch;
        settings.hop_us = self.hop_us;
        Ok(settings)
    }
}

/// In what it differs from the default.
impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = Self::default();
        let mut words = Vec::new();
        if self.replication != default.replication {
            words.push(match self.replication {
                ReplicationMode::Eager => "replication eager".to_owned(),
                ReplicationMode::QuorumFirst => "replication quorum-first".to_owned(),
            });
        }
        if self.reads != default.reads {
            words.push(match self.reads {
                Reads::Log => "reads log".to_owned(),
                Reads::ReadIndex => "reads read-index".to_owned(),
                Reads::Lease => "reads lease".to_owned(),
            });
        }
        for (is_other, word) in [
            (
                self.heartbeat_ms != default.heartbeat_ms,
                format!("heartbeat {} ms", self.heartbeat_ms),
            ),
            (
                self.retry_ms != default.retry_ms,
                format!("retry {} ms", self.retry_ms),
            ),
            (
                self.election_ms != default.election_ms,
                format!("election {} ms", self.election_ms),
            ),
            (self.batch != default.batch, format!("batch {}", self.batch)),
            (
                self.window != default.window,
                format!("window {}", self.window),
            ),
            (
                self.hop_us != default.hop_us,
                format!("hop {} us", self.hop_us),
            ),
        ] {
            words.extend(is_other.then_some(word));
        }
        if words.is_empty() {
            return f.write_str("default");
        }
        f.write_str(&words.join(", "))
    }
}

fn within<T: Copy + PartialOrd + fmt::Display>(
    path: impl Into<String>,
    value: T,
    range: &RangeInclusive<T>,
) -> Result<(), ScenarioError> {
    if range.contains(&value) {
        return Ok(());
    }
    let (low, high) = (range.start(), range.end());
    let fault = format!("must be {low} to {high}, not {value}");
    Err(ScenarioError::new(path, fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_choice_is_the_default_settings() {
        let choice = Choice::default();
        assert_eq!(choice.settings(), Ok(Settings::default()));
        assert_eq!(choice.to_string(), "default");
    }

    #[test]
    fn a_choice_tells_in_what_it_differs() {
        let choice = Choice {
            replication: ReplicationMode::Eager,
            reads: Reads::ReadIndex,
            heartbeat_ms: 50,
            retry_ms: 20,
            election_ms: 150,
            batch: 1,
            window: 2,
            hop_us: 3,
        };
        assert_eq!(
            choice.to_string(),
            "replication eager, reads read-index, heartbeat 50 ms, retry 20 ms, election 150 ms, \
             batch 1, window 2, hop 3 us"
        );
        let settings = choice.settings().expect("it is within the limits");
        let (timing, protocol) = (settings.timing, settings.protocol);
        assert_eq!((timing.heartbeat_ticks, timing.retry_ticks), (5, 2));
        assert_eq!(timing.election_timeout_ticks_min, 15);
        assert_eq!(timing.election_timeout_ticks_max, 30);
        assert_eq!(protocol.leader_silence_ticks_max, 7);
        assert_eq!(protocol.replication, ReplicationMode::Eager);
        assert_eq!(protocol.reads, ReadMode::ReadIndex { followers: false });
        assert_eq!(protocol.window_messages, 2);
        assert_eq!((settings.batch.entries_max, settings.hop_us), (1, 3));
    }

    #[test]
    fn a_limit_names_its_field() {
        for (json, said) in [
            (r#"{"heartbeat_ms": 9}"#, "heartbeat_ms: must be 10 to 5000"),
            (r#"{"retry_ms": 5001}"#, "retry_ms: must be 0 to 5000"),
            (r#"{"election_ms": 5001}"#, "election_ms: must be 20 to"),
            (
                r#"{"election_ms": 300, "heartbeat_ms": 300}"#,
                "heartbeat_ms: must be less than the election timeout of 300 ms, not 300",
            ),
            (r#"{"batch": 0}"#, "batch: must be 1 to 65536, not 0"),
            (r#"{"window": 1025}"#, "window: must be 1 to 1024"),
            (r#"{"hop_us": 10000001}"#, "hop_us: must be 0 to"),
        ] {
            let choice: Choice = serde_json::from_str(json).expect("it can be read");
            let fault = choice.settings().expect_err(json).to_string();
            assert!(fault.starts_with(said), "{fault}");
        }
    }
}
