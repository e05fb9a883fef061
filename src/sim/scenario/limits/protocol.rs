//! The limits of what is beyond the paper's basic protocol: extensions, snapshots,
//! and how much the store holds.

use super::{DELAY_US_MAX, KEY_BYTES_MAX, MEBIBYTE, NUMBER_MAX, VALUE_BYTES_MAX, Valid, within};
use crate::sim::scenario::{Protocol, ReadMode, ScenarioError, SnapshotSettings, StoreSettings};

impl Protocol {
    pub(super) fn validate(&self) -> Valid {
        within("window_messages", self.window_messages, 1..=1_024)?;
        within("window_bytes", self.window_bytes, 0..=16 * MEBIBYTE)?;
        self.reads.validate().map_err(|e| e.within("reads"))?;
        if matches!(self.reads, ReadMode::Lease { .. }) && !self.check_quorum {
            return Err(ScenarioError::new(
                "reads.lease",
                "needs check_quorum: without it followers do not keep to their leader",
            ));
        }
        within(
            "uncommitted_bytes_max",
            self.uncommitted_bytes_max,
            1..=1_024 * MEBIBYTE,
        )?;
        within("request_wait_us", self.request_wait_us, 0..=DELAY_US_MAX)?;
        within(
            "leader_silence_ticks_max",
            self.leader_silence_ticks_max,
            0..=10_000,
        )
    }
}

impl ReadMode {
    pub(super) fn validate(self) -> Valid {
        match self {
            Self::Log {} | Self::ReadIndex { .. } => Ok(()),
            Self::Lease { drift_ppm } => within("lease.drift_ppm", drift_ppm, 0..=1_000_000),
        }
    }
}

impl SnapshotSettings {
    pub(super) fn validate(&self) -> Valid {
        within("every_entries", self.every_entries, 0..=1_000_000)?;
        within("every_bytes", self.every_bytes, 4_096..=64 * MEBIBYTE)?;
        within("catch_up_bytes", self.catch_up_bytes, 0..=64 * MEBIBYTE)?;
        within("retain_entries", self.retain_entries, 0..=1_000_000)?;
        within("chunk_bytes", self.chunk_bytes, 1..=MEBIBYTE)
    }
}

impl StoreSettings {
    pub(super) fn validate(&self) -> Valid {
        within("session_expiry_us", self.session_expiry_us, 0..=NUMBER_MAX)?;
        within("sessions_max", self.sessions_max, 1..=65_535)?;
        within("key_bytes_max", self.key_bytes_max, 1..=KEY_BYTES_MAX)?;
        within("value_bytes_max", self.value_bytes_max, 0..=VALUE_BYTES_MAX)?;
        within("bytes_max", self.bytes_max, 0..=64 * MEBIBYTE)
    }
}

#[cfg(test)]
mod tests {
    use crate::sim::scenario::Scenario;

    /// What validation says of a scenario that can be read.
    fn said(json: &str) -> String {
        let scenario: Scenario = serde_json::from_str(json).expect("it can be read");
        scenario
            .validate()
            .expect_err(&format!("{json} breaks a limit"))
            .to_string()
    }

    fn accept(json: &str) {
        let scenario: Scenario = serde_json::from_str(json).expect("it can be read");
        assert_eq!(scenario.validate(), Ok(()), "{json}");
    }

    #[test]
    fn what_stands_at_a_limit_is_within_it() {
        accept(
            r#"{"protocol": {"check_quorum": true, "reads": {"lease": {"drift_ppm": 1000000}},
                "window_messages": 1, "window_bytes": 0, "uncommitted_bytes_max": 1,
                "request_wait_us": 0}}"#,
        );
        accept(r#"{"snapshots": {"every_entries": 1000000, "chunk_bytes": 1}}"#);
        accept(r#"{"store": {"sessions_max": 65535, "value_bytes_max": 0, "bytes_max": 0}}"#);
    }

    #[test]
    fn what_is_beyond_a_limit_is_told_with_its_path() {
        for (json, expected) in [
            (
                r#"{"protocol": {"window_messages": 0}}"#,
                "protocol.window_messages: must be 1 to 1024, not 0",
            ),
            (
                r#"{"protocol": {"window_bytes": 16777217}}"#,
                "protocol.window_bytes: must be 0 to 16777216, not 16777217",
            ),
            (
                r#"{"protocol": {"uncommitted_bytes_max": 0}}"#,
                "protocol.uncommitted_bytes_max: must be 1 to 1073741824, not 0",
            ),
            (
                r#"{"protocol": {"request_wait_us": 60000001}}"#,
                "protocol.request_wait_us: must be 0 to 60000000, not 60000001",
            ),
            (
                r#"{"protocol": {"reads": {"lease": {"drift_ppm": 1000001}}}}"#,
                "protocol.reads.lease.drift_ppm: must be 0 to 1000000, not 1000001",
            ),
            (
                r#"{"protocol": {"reads": {"lease": {"drift_ppm": 0}}}}"#,
                "protocol.reads.lease: needs check_quorum: \
                 without it followers do not keep to their leader",
            ),
            (
                r#"{"snapshots": {"every_entries": 1000001}}"#,
                "snapshots.every_entries: must be 0 to 1000000, not 1000001",
            ),
            (
                r#"{"snapshots": {"retain_entries": 1000001}}"#,
                "snapshots.retain_entries: must be 0 to 1000000, not 1000001",
            ),
            (
                r#"{"snapshots": {"chunk_bytes": 0}}"#,
                "snapshots.chunk_bytes: must be 1 to 1048576, not 0",
            ),
            (
                r#"{"store": {"session_expiry_us": 9007199254740992}}"#,
                "store.session_expiry_us: must be 0 to 9007199254740991, not 9007199254740992",
            ),
            (
                r#"{"store": {"sessions_max": 0}}"#,
                "store.sessions_max: must be 1 to 65535, not 0",
            ),
            (
                r#"{"store": {"key_bytes_max": 257}}"#,
                "store.key_bytes_max: must be 1 to 256, not 257",
            ),
            (
                r#"{"store": {"value_bytes_max": 4097}}"#,
                "store.value_bytes_max: must be 0 to 4096, not 4097",
            ),
            (
                r#"{"store": {"bytes_max": 67108865}}"#,
                "store.bytes_max: must be 0 to 67108864, not 67108865",
            ),
        ] {
            assert_eq!(said(json), expected);
        }
    }
}
