//! The limits of a scenario's file.

use std::collections::BTreeSet;

use super::{
    ACTIONS_MAX, DELAY_US_MAX, MEBIBYTE, NUMBER_MAX, REPLICAS_MAX, TITLE_BYTES_MAX, Valid,
    WORKING_CLIENTS_MAX, apart, rate, replica, size, validate_action, within,
};
use crate::sim::scenario::action::Action;
use crate::sim::scenario::{
    Batch, ClientSettings, Clock, DiskSettings, Latency, Link, LinkQuality, Scenario,
    ScenarioError, TimedAction, Timers, Timing, Workload,
};

impl Scenario {
    /// Checks every limit that the documentation of the fields states.
    ///
    /// # Errors
    /// The first fault found, with the path of its field.
    pub fn validate(&self) -> Valid {
        size("title", self.title.len(), 0..=TITLE_BYTES_MAX, "bytes")?;
        if let Some(seed) = self.seed {
            within("seed", seed, 0..=NUMBER_MAX)?;
        }
        within("replicas", self.replicas, 1..=REPLICAS_MAX)?;
        within("spares", self.spares, 0..=REPLICAS_MAX - self.replicas)?;
        let replicas = self.total();
        self.story.validate(replicas)?;
        self.timing.validate().map_err(|e| e.within("timing"))?;
        clocks(&self.clocks, replicas)?;
        self.network.validate().map_err(|e| e.within("network"))?;
        links(&self.links, replicas)?;
        self.client_network
            .validate()
            .map_err(|e| e.within("client_network"))?;
        self.disk.validate().map_err(|e| e.within("disk"))?;
        self.batch.validate().map_err(|e| e.within("batch"))?;
        self.protocol.validate().map_err(|e| e.within("protocol"))?;
        self.snapshots
            .validate()
            .map_err(|e| e.within("snapshots"))?;
        self.store.validate().map_err(|e| e.within("store"))?;
        self.clients.validate().map_err(|e| e.within("clients"))?;
        self.workload.validate().map_err(|e| e.within("workload"))?;
        size("actions", self.actions.len(), 0..=ACTIONS_MAX, "actions")?;
        for (number, action) in self.actions.iter().enumerate() {
            action
                .validate(replicas)
                .map_err(|e| e.within(format_args!("actions[{number}]")))?;
        }
        Ok(())
    }
}

impl Timing {
    pub(super) fn validate(&self) -> Valid {
        within("tick_us", self.tick_us, 100..=10_000_000)?;
        self.timers().validate()
    }
}

impl Timers {
    pub(super) fn validate(&self) -> Valid {
        let (min, max) = (
            self.election_timeout_ticks_min,
            self.election_timeout_ticks_max,
        );
        within("election_timeout_ticks_max", max, 2..=10_000)?;
        within("election_timeout_ticks_min", min, 2..=max)?;
        within("heartbeat_ticks", self.heartbeat_ticks, 1..=min - 1)?;
        within("retry_ticks", self.retry_ticks, 0..=10_000)
    }
}

impl LinkQuality {
    pub(super) fn validate(&self) -> Valid {
        self.latency.validate().map_err(|e| e.within("latency"))
    }
}

impl Latency {
    pub(super) fn validate(self) -> Valid {
        match self {
            Self::Fixed { us } => within("fixed.us", us, 0..=DELAY_US_MAX),
            Self::Uniform { min_us, max_us } => {
                within("uniform.max_us", max_us, 0..=DELAY_US_MAX)?;
                within("uniform.min_us", min_us, 0..=max_us)
            }
            Self::LongTail {
                min_us,
                typical_us,
                max_us,
            } => {
                within("long_tail.max_us", max_us, 0..=DELAY_US_MAX)?;
                within("long_tail.typical_us", typical_us, 0..=max_us)?;
                within("long_tail.min_us", min_us, 0..=typical_us)
            }
        }
    }
}

impl DiskSettings {
    pub(super) fn validate(&self) -> Valid {
        self.write_latency
            .validate()
            .map_err(|e| e.within("write_latency"))
    }
}

impl Batch {
    pub(super) fn validate(self) -> Valid {
        within("entries_max", self.entries_max, 1..=65_536)?;
        within("bytes_max", self.bytes_max, 0..=16 * MEBIBYTE)
    }
}

impl ClientSettings {
    /// Neither time may be zero: a client would ask without end in one and the same moment.
    pub(super) fn validate(&self) -> Valid {
        within(
            "request_timeout_us",
            self.request_timeout_us,
            1_000..=600_000_000,
        )?;
        within("retry_delay_us", self.retry_delay_us, 1_000..=DELAY_US_MAX)?;
        within("attempts_max", self.attempts_max, 0..=1_000_000)
    }
}

impl Workload {
    pub(super) fn validate(&self) -> Valid {
        within("clients", self.clients, 0..=WORKING_CLIENTS_MAX)?;
        within(
            "operations_per_second",
            self.operations_per_second,
            0..=1_000_000,
        )?;
        within("keys", self.keys, 1..=1_000_000)?;
        if self.operations_per_second > 0 && self.clients == 0 {
            return Err(ScenarioError::new(
                "clients",
                "operations need at least one client to carry them out",
            ));
        }
        Ok(())
    }
}

impl TimedAction {
    /// Whether a scenario can say it.
    pub(crate) fn validate(&self, replicas: u16) -> Valid {
        within("at_us", self.at_us, 0..=NUMBER_MAX)?;
        match self.action {
            Action::Tick { .. }
            | Action::Persist { .. }
            | Action::Wake { .. }
            | Action::Offer {} => {
                return Err(ScenarioError::new(
                    "do",
                    "this happens by itself; a scenario does not time it",
                ));
            }
            Action::Deliver { .. }
            | Action::Drop { .. }
            | Action::Duplicate { .. }
            | Action::Hold { .. }
            | Action::Release { .. } => {
                return Err(ScenarioError::new(
                    "do",
                    "a message has no number before it is sent; a scenario acts on links",
                ));
            }
            _ => {}
        }
        validate_action(&self.action, replicas).map_err(|e| e.within("do"))
    }
}

fn clocks(clocks: &[Clock], replicas: u16) -> Valid {
    let mut seen = BTreeSet::new();
    for (number, clock) in clocks.iter().enumerate() {
        let check = || {
            replica("replica", clock.replica, replicas)?;
            rate("rate_ppm", clock.rate_ppm)?;
            if let Some(phase_us) = clock.phase_us {
                within("phase_us", phase_us, 0..=DELAY_US_MAX)?;
            }
            Ok(())
        };
        check().map_err(|e: ScenarioError| e.within(format_args!("clocks[{number}]")))?;
        if !seen.insert(clock.replica) {
            return Err(ScenarioError::new(
                format!("clocks[{number}].replica"),
                format!("{} already has a clock", clock.replica),
            ));
        }
    }
    Ok(())
}

fn links(links: &[Link], replicas: u16) -> Valid {
    let mut seen = BTreeSet::new();
    for (number, link) in links.iter().enumerate() {
        let check = || {
            replica("from", link.from, replicas)?;
            replica("to", link.to, replicas)?;
            apart("to", link.from, link.to)?;
            link.quality.map_or(Ok(()), |quality| {
                quality.validate().map_err(|e| e.within("quality"))
            })
        };
        check().map_err(|e: ScenarioError| e.within(format_args!("links[{number}]")))?;
        if !seen.insert((link.from, link.to)) {
            return Err(ScenarioError::new(
                format!("links[{number}]"),
                format!(
                    "the link from {} to {} stands here twice",
                    link.from, link.to
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        accept("{}");
        accept(r#"{"replicas": 1, "seed": 9007199254740991}"#);
        accept(r#"{"replicas": 51, "clocks": [{"replica": 51, "rate_ppm": 1000}]}"#);
        accept(r#"{"timing": {"heartbeat_ticks": 1, "election_timeout_ticks_min": 2}}"#);
        accept(r#"{"network": {"latency": {"uniform": {"min_us": 0, "max_us": 60000000}}}}"#);
        accept(r#"{"network": {"latency": {"fixed": {"us": 0}}, "loss": 1}}"#);
        accept(r#"{"workload": {"clients": 0}}"#);
        accept(r#"{"replicas": 1, "spares": 50, "clocks": [{"replica": 51}]}"#);
    }

    #[test]
    fn what_is_beyond_a_limit_is_told_with_its_path() {
        for (json, expected) in [
            (r#"{"replicas": 0}"#, "replicas: must be 1 to 51, not 0"),
            (r#"{"replicas": 52}"#, "replicas: must be 1 to 51, not 52"),
            (
                r#"{"replicas": 50, "spares": 2}"#,
                "spares: must be 0 to 1, not 2",
            ),
            (
                r#"{"replicas": 3, "spares": 2, "clocks": [{"replica": 6}]}"#,
                "clocks[0].replica: there is no replica 6, only 1 to 5",
            ),
            (
                r#"{"replicas": 3, "spares": 2,
                    "actions": [{"at_us": 1, "do": {"crash": {"replica": 6}}}]}"#,
                "actions[0].do.crash.replica: there is no replica 6, only 1 to 5",
            ),
            (
                r#"{"seed": 9007199254740992}"#,
                "seed: must be 0 to 9007199254740991, not 9007199254740992",
            ),
            (
                r#"{"timing": {"tick_us": 99}}"#,
                "timing.tick_us: must be 100 to 10000000, not 99",
            ),
            (
                r#"{"timing": {"heartbeat_ticks": 15}}"#,
                "timing.heartbeat_ticks: must be 1 to 14, not 15",
            ),
            (
                r#"{"timing": {"election_timeout_ticks_min": 31}}"#,
                "timing.election_timeout_ticks_min: must be 2 to 30, not 31",
            ),
            (
                r#"{"timing": {"election_timeout_ticks_max": 10001}}"#,
                "timing.election_timeout_ticks_max: must be 2 to 10000, not 10001",
            ),
            (
                r#"{"clocks": [{"replica": 1}, {"replica": 6}]}"#,
                "clocks[1].replica: there is no replica 6, only 1 to 5",
            ),
            (
                r#"{"clocks": [{"replica": 2}, {"replica": 2}]}"#,
                "clocks[1].replica: R2 already has a clock",
            ),
            (
                r#"{"clocks": [{"replica": 2, "rate_ppm": 999}]}"#,
                "clocks[0].rate_ppm: must be 1000 to 1000000000, not 999",
            ),
            (
                r#"{"clocks": [{"replica": 2, "phase_us": 60000001}]}"#,
                "clocks[0].phase_us: must be 0 to 60000000, not 60000001",
            ),
            (
                r#"{"network": {"latency": {"uniform": {"min_us": 2, "max_us": 1}}}}"#,
                "network.latency.uniform.min_us: must be 0 to 1, not 2",
            ),
            (
                r#"{"client_network": {"latency": {"fixed": {"us": 60000001}}}}"#,
                "client_network.latency.fixed.us: must be 0 to 60000000, not 60000001",
            ),
            (
                r#"{"disk": {"write_latency":
                    {"long_tail": {"min_us": 1, "typical_us": 4, "max_us": 3}}}}"#,
                "disk.write_latency.long_tail.typical_us: must be 0 to 3, not 4",
            ),
            (
                r#"{"links": [{"from": 0, "to": 1}]}"#,
                "links[0].from: there is no replica 0, only 1 to 5",
            ),
            (
                r#"{"links": [{"from": 1, "to": 1}]}"#,
                "links[0].to: R1 has no link to itself",
            ),
            (
                r#"{"links": [{"from": 1, "to": 2}, {"from": 1, "to": 2}]}"#,
                "links[1]: the link from R1 to R2 stands here twice",
            ),
            (
                r#"{"batch": {"entries_max": 0}}"#,
                "batch.entries_max: must be 1 to 65536, not 0",
            ),
            (
                r#"{"clients": {"retry_delay_us": 0}}"#,
                "clients.retry_delay_us: must be 1000 to 60000000, not 0",
            ),
            (
                r#"{"workload": {"clients": 1001}}"#,
                "workload.clients: must be 0 to 1000, not 1001",
            ),
            (
                r#"{"workload": {"keys": 0}}"#,
                "workload.keys: must be 1 to 1000000, not 0",
            ),
            (
                r#"{"workload": {"clients": 0, "operations_per_second": 1}}"#,
                "workload.clients: operations need at least one client to carry them out",
            ),
        ] {
            assert_eq!(said(json), expected);
        }
    }

    #[test]
    fn a_client_may_try_for_ever_but_not_any_number_of_times() {
        accept(r#"{"clients": {"attempts_max": 0}}"#);
        assert_eq!(
            said(r#"{"clients": {"attempts_max": 1000001}}"#),
            "clients.attempts_max: must be 0 to 1000000, not 1000001"
        );
    }

    #[test]
    fn texts_and_lists_have_a_longest_length() {
        let mut scenario = Scenario {
            title: "t".repeat(257),
            ..Scenario::default()
        };
        let said = |scenario: &Scenario| scenario.validate().map_err(|e| e.to_string());
        assert_eq!(
            said(&scenario),
            Err("title: must be 0 to 256 bytes, not 257".into())
        );
        scenario.title.clear();
        let action = TimedAction {
            at_us: 1,
            action: Action::HealAll {},
        };
        scenario.actions = vec![action; 10_001];
        assert_eq!(
            said(&scenario),
            Err("actions: must be 0 to 10000 actions, not 10001".into())
        );
        scenario.actions.pop();
        assert_eq!(said(&scenario), Ok(()));
    }

    #[test]
    fn a_timed_action_is_one_that_an_author_can_mean() {
        let of = |action: &str| {
            said(&format!(
                r#"{{"actions": [
                    {{"at_us": 1, "do": {{"heal_all": {{}}}}}}, {{"at_us": 1, "do": {action}}}]}}"#
            ))
        };
        assert_eq!(
            of(r#"{"offer": {}}"#),
            "actions[1].do: this happens by itself; a scenario does not time it"
        );
        assert_eq!(
            of(r#"{"drop": {"message": 3}}"#),
            "actions[1].do: a message has no number before it is sent; a scenario acts on links"
        );
        assert_eq!(
            of(r#"{"crash": {"replica": 9}}"#),
            "actions[1].do.crash.replica: there is no replica 9, only 1 to 5"
        );
    }
}
