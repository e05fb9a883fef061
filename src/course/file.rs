//! A test file: what is asked of a cluster, what befalls it, and what it must achieve.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::decimal::Decimal;
use crate::sim::scenario::{ScenarioError, from_json_of_size};

/// A whole run lasts at most so many seconds.
const SECONDS_MAX: u32 = 600;
const REQUESTS_MAX: u32 = 10_000;
const EVENTS_MAX: usize = 1_000;
const PACKETS_MAX: u64 = 1_000_000;
/// A world's seed is a number that JavaScript can hold.
const SEED_MAX: u64 = (1 << 53) - 1;

/// A test file. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// How long requests are spread over: 5 to 600.
    pub lifetime: Decimal,
    /// How many replicas there are: 3 to 21.
    pub replicas: u16,
    /// How many requests there are: 10,000 at most.
    pub requests: u32,
    /// The chance that a request is a get; else it is a put.
    #[serde(default = "default::mix")]
    pub mix: Decimal,
    /// The time before the first request.
    #[serde(default = "default::start_wait")]
    pub start_wait: Decimal,
    /// The time after the last request's turn.
    #[serde(default = "default::end_wait")]
    pub end_wait: Decimal,
    /// The chance that a message from replica to replica is lost.
    #[serde(default)]
    pub drops: Decimal,
    /// More messages from replica to replica than this, 1,000,000 at most, end the run.
    #[serde(default = "default::max_packets")]
    pub max_packets: u64,
    /// The seed to run it with if none is asked for.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "seed"
    )]
    pub seed: Option<u64>,
    /// What befalls the replicas; 1,000 at most.
    #[serde(default)]
    pub events: Vec<Event>,
    /// What the run must achieve.
    pub tests: Tests,
    /// Belongs into `tests`, but real files have it here, where the course's simulator does
    /// not look. It counts if `tests` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_get_generation_fail_fraction: Option<Decimal>,
}

/// Something that befalls the replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// When, in seconds after `start_wait`.
    pub time: Decimal,
}

/// What can befall the replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The leader dies, and never comes back.
    KillLeader,
    /// Another replica dies, drawn by lot, and never comes back.
    KillNonLeader,
    /// A majority drawn by lot, the leader in it, is cut off from the rest.
    PartEasy,
    /// A majority drawn by lot is cut off from the rest. Clients forget who leads.
    PartHard,
    /// All replicas reach each other again.
    PartEnd,
}

/// What a run must achieve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tests {
    /// What it is graded by.
    pub benchmarks: Benchmarks,
    /// The share of gets that may stay unanswered.
    #[serde(default = "default::half")]
    pub maximum_get_fail_fraction: Decimal,
    /// The share of puts that may stay unanswered.
    #[serde(default = "default::half")]
    pub maximum_put_fail_fraction: Decimal,
    /// The share of gets that may be impossible to make, since nothing was put yet. By
    /// default a tenth; see [`TestFile::get_generation_fail_max`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_get_generation_fail_fraction: Option<Decimal>,
    /// The share of the messages which one append for each put and replica would make
    /// that batching may save.
    #[serde(default = "default::half")]
    pub maximum_appends_batched_fraction: Decimal,
}

/// What a run is graded by: for each figure three tiers, ascending. A figure is in the first
/// tier that it is below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmarks {
    /// Messages from replica to replica.
    pub total_msgs: [Decimal; 3],
    /// Gets and puts that failed or were not answered.
    pub failures: [Decimal; 3],
    /// Answers beyond the first.
    pub duplicates: [Decimal; 3],
    /// The median time of an answer, in seconds.
    pub median_latency: [Decimal; 3],
}

mod default {
    use super::Decimal;

    pub(super) fn mix() -> Decimal {
        Decimal::of_millionths(800_000)
    }
    pub(super) fn start_wait() -> Decimal {
        Decimal::whole(5)
    }
    pub(super) fn end_wait() -> Decimal {
        Decimal::whole(2)
    }
    pub(super) fn max_packets() -> u64 {
        20_000
    }
    pub(super) fn half() -> Decimal {
        Decimal::of_millionths(500_000)
    }
}

impl TestFile {
    /// The longest text that is read, in bytes.
    pub const JSON_BYTES_MAX: usize = 256 * 1024;

    /// Reads a test file.
    ///
    /// # Errors
    /// The first fault found: a text that is too long or is no JSON, a field that is
    /// missing, unknown or of the wrong kind, a value beyond its limits.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        let file: Self = from_json_of_size(text, Self::JSON_BYTES_MAX)?;
        file.validate()?;
        Ok(file)
    }

    /// Whether a text means to be a test file, and not a scenario of ours. No field is
    /// in both forms but `replicas`, `seed` and `events`.
    pub fn is_meant_by(text: &str) -> bool {
        #[derive(Deserialize)]
        struct Signs {
            lifetime: Option<de::IgnoredAny>,
            tests: Option<de::IgnoredAny>,
            requests: Option<de::IgnoredAny>,
        }
        let bytes_max = crate::sim::scenario::Scenario::JSON_BYTES_MAX;
        from_json_of_size::<Signs>(text, bytes_max).is_ok_and(|signs| {
            signs.lifetime.is_some() || signs.tests.is_some() || signs.requests.is_some()
        })
    }

    /// The share of gets that may be impossible to make, wherever the file says it.
    pub fn get_generation_fail_max(&self) -> Decimal {
        self.tests
            .maximum_get_generation_fail_fraction
            .or(self.maximum_get_generation_fail_fraction)
            .unwrap_or(Decimal::of_millionths(100_000))
    }

    /// What its author may not know.
    pub fn remark(&self) -> Option<&'static str> {
        self.maximum_get_generation_fail_fraction.map(|_| {
            if self.tests.maximum_get_generation_fail_fraction.is_some() {
                "maximum_get_generation_fail_fraction stands in two places: the one in tests counts"
            } else {
                "maximum_get_generation_fail_fraction stands outside tests, where the course's \
                 simulator does not look: here it counts"
            }
        })
    }

    /// When request `number`, counted from zero, leaves, in microseconds from the start.
    pub fn request_us(&self, number: u32) -> u64 {
        let share = u64::from(number) * self.lifetime.millionths / u64::from(self.requests.max(1));
        self.start_wait.millionths + share
    }

    /// How long the run lasts, in microseconds.
    pub fn length_us(&self) -> u64 {
        self.start_wait.millionths + self.lifetime.millionths + self.end_wait.millionths
    }

    /// At least so many messages must pass from replica to replica, in millionths.
    pub fn messages_min(&self) -> Decimal {
        let million = 1_000_000;
        let puts = million - self.mix.millionths;
        let unbatched = million - self.tests.maximum_appends_batched_fraction.millionths;
        let each = puts * unbatched / million;
        Decimal::of_millionths(u64::from(self.requests) * u64::from(self.replicas) * each)
    }

    fn validate(&self) -> Result<(), ScenarioError> {
        let seconds = |low: u32| Decimal::whole(low)..=Decimal::whole(SECONDS_MAX);
        within("lifetime", self.lifetime, &seconds(5))?;
        within("start_wait", self.start_wait, &seconds(0))?;
        within("end_wait", self.end_wait, &seconds(0))?;
        if self.length_us() > Decimal::whole(SECONDS_MAX).millionths {
            let length = Decimal::of_millionths(self.length_us());
            let fault = format!("the run would last {length} seconds; at most {SECONDS_MAX}");
            return Err(ScenarioError::new("lifetime", fault));
        }
        within("replicas", self.replicas, &(3..=21))?;
        within("requests", self.requests, &(0..=REQUESTS_MAX))?;
        within("max_packets", self.max_packets, &(0..=PACKETS_MAX))?;
        let chance = Decimal::whole(0)..=Decimal::whole(1);
        within("mix", self.mix, &chance)?;
        within("drops", self.drops, &chance)?;
        if let Some(seed) = self.seed {
            within("seed", seed, &(0..=SEED_MAX))?;
        }
        within("events.length", self.events.len(), &(0..=EVENTS_MAX))?;
        for (number, event) in self.events.iter().enumerate() {
            within(format!("events[{number}].time"), event.time, &seconds(0))?;
        }
        let tests = &self.tests;
        for (name, share) in [
            (
                "tests.maximum_get_fail_fraction",
                Some(tests.maximum_get_fail_fraction),
            ),
            (
                "tests.maximum_put_fail_fraction",
                Some(tests.maximum_put_fail_fraction),
            ),
            (
                "tests.maximum_get_generation_fail_fraction",
                tests.maximum_get_generation_fail_fraction,
            ),
            (
                "maximum_get_generation_fail_fraction",
                self.maximum_get_generation_fail_fraction,
            ),
            (
                "tests.maximum_appends_batched_fraction",
                Some(tests.maximum_appends_batched_fraction),
            ),
        ] {
            if let Some(share) = share {
                within(name, share, &chance)?;
            }
        }
        let tiers = &tests.benchmarks;
        for (name, tiers) in [
            ("total_msgs", tiers.total_msgs),
            ("failures", tiers.failures),
            ("duplicates", tiers.duplicates),
            ("median_latency", tiers.median_latency),
        ] {
            if !tiers.is_sorted() {
                let path = format!("tests.benchmarks.{name}");
                return Err(ScenarioError::new(path, "must be ascending"));
            }
        }
        Ok(())
    }
}

pub(super) fn within<T: Copy + PartialOrd + fmt::Display>(
    path: impl Into<String>,
    value: T,
    range: &std::ops::RangeInclusive<T>,
) -> Result<(), ScenarioError> {
    if range.contains(&value) {
        return Ok(());
    }
    let (low, high) = (range.start(), range.end());
    let fault = format!("must be {low} to {high}, not {value}");
    Err(ScenarioError::new(path, fault))
}

/// A seed is a number, or any text, which stands for a number of its own.
fn seed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct NumberOrText;

    impl Visitor<'_> for NumberOrText {
        type Value = Option<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number from 0, a text, or null")
        }

        fn visit_unit<E: de::Error>(self) -> Result<Option<u64>, E> {
            Ok(None)
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<Option<u64>, E> {
            Ok(Some(number))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<u64>, E> {
            let hash = xxhash_rust::xxh64::xxh64(text.as_bytes(), 0);
            Ok(Some(hash & SEED_MAX))
        }
    }

    deserializer.deserialize_any(NumberOrText)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::shipped;

    const LEAST: &str = r#"{"lifetime": 30, "replicas": 5, "requests": 500, "tests": {
        "benchmarks": {"total_msgs": [900, 1200, 2000], "failures": [1, 2, 3],
        "duplicates": [1, 2, 3], "median_latency": [0.001, 0.002, 0.003]}}}"#;

    /// The fault of the least file with one piece of its text replaced by another.
    fn fault(from: &str, to: &str) -> String {
        assert!(LEAST.contains(from));
        let text = LEAST.replacen(from, to, 1);
        let error = TestFile::from_json(&text).expect_err("the text is faulty");
        error.to_string()
    }

    #[test]
    fn what_is_left_out_has_the_courses_defaults() {
        let file = TestFile::from_json(LEAST).expect("it is complete");
        assert_eq!(file.mix.to_string(), "0.8");
        assert_eq!(
            (file.start_wait.to_string(), file.end_wait.to_string()),
            ("5".into(), "2".into())
        );
        assert_eq!(
            (file.drops, file.max_packets, file.seed),
            (Decimal::whole(0), 20_000, None)
        );
        assert_eq!(file.get_generation_fail_max().to_string(), "0.1");
        assert_eq!(file.tests.maximum_put_fail_fraction.to_string(), "0.5");
        assert_eq!(file.length_us(), 37_000_000);
        // 500 requests, 5 replicas, a fifth are puts, half of them may be batched.
        assert_eq!(file.messages_min(), Decimal::whole(250));
    }

    #[test]
    fn requests_are_spread_evenly_from_the_start_wait_on() {
        let file = TestFile::from_json(LEAST).expect("it is complete");
        assert_eq!(file.request_us(0), 5_000_000);
        assert_eq!(file.request_us(1), 5_060_000);
        assert_eq!(file.request_us(499), 5_000_000 + 499 * 60_000);
    }

    #[test]
    fn a_field_that_is_misplaced_in_real_files_counts_and_is_told_of() {
        let field = r#""maximum_get_generation_fail_fraction": 0.3"#;
        let outside = LEAST.replacen('{', &format!("{{{field},"), 1);
        let file = TestFile::from_json(&outside).expect("it is accepted there");
        assert_eq!(file.get_generation_fail_max().to_string(), "0.3");
        assert!(
            file.remark()
                .is_some_and(|it| it.contains("here it counts"))
        );
        let twice = outside.replacen(
            r#""tests": {"#,
            r#""tests": {"maximum_get_generation_fail_fraction": 0.2,"#,
            1,
        );
        let file = TestFile::from_json(&twice).expect("it is accepted twice");
        assert_eq!(file.get_generation_fail_max().to_string(), "0.2");
        assert!(
            file.remark()
                .is_some_and(|it| it.contains("in tests counts"))
        );
    }

    #[test]
    fn a_fault_names_its_field() {
        for (from, to, said) in [
            (
                r#""lifetime": 30"#,
                r#""lifetime": 4.9"#,
                "lifetime: must be 5 to 600, not 4.9",
            ),
            (
                r#""lifetime": 30"#,
                r#""lifetime": 599"#,
                "lifetime: the run would last 606 seconds",
            ),
            (r#""lifetime": 30,"#, "", "missing field `lifetime`"),
            (
                r#""replicas": 5"#,
                r#""replicas": 22"#,
                "replicas: must be 3 to 21, not 22",
            ),
            (
                r#""replicas": 5"#,
                r#""replicas": "5""#,
                "replicas: invalid type",
            ),
            (
                r#""requests": 500"#,
                r#""requests": -1"#,
                "requests: invalid value",
            ),
            (
                r#""requests": 500"#,
                r#""requests": 5, "mix": 1.1"#,
                "mix: must be 0 to 1, not 1.1",
            ),
            (
                r#""requests": 500"#,
                r#""requests": 5, "drop": 0"#,
                "drop: unknown field",
            ),
            (
                r#""requests": 500"#,
                r#""requests": 5, "seed": -1"#,
                "seed: invalid",
            ),
            (
                r#""requests": 500"#,
                r#""requests": 5, "events": [{"type": "explode", "time": 1}]"#,
                "events[0].type: unknown variant `explode`",
            ),
            (
                r#""requests": 500"#,
                r#""requests": 5, "events": [{"type": "part_end", "time": -1}]"#,
                "events[0].time: invalid value",
            ),
            ("[1, 2, 3]", "[1, 2]", "tests.benchmarks.failures"),
            (
                "[1, 2, 3]",
                "[2, 1, 3]",
                "tests.benchmarks.failures: must be ascending",
            ),
        ] {
            let fault = fault(from, to);
            assert!(fault.starts_with(said), "{to}: {fault}");
        }
    }

    #[test]
    fn a_seed_may_be_a_text() {
        let with = |seed: &str| {
            let text = LEAST.replacen('{', &format!("{{\"seed\": {seed},"), 1);
            TestFile::from_json(&text).expect("it is a seed").seed
        };
        assert_eq!((with("7"), with("null")), (Some(7), None));
        assert!(with("\"a\"").is_some_and(|seed| seed <= SEED_MAX));
        assert_ne!(with("\"a\""), with("\"b\""));
    }

    #[test]
    fn a_test_file_and_a_scenario_are_told_apart() {
        assert!(TestFile::is_meant_by(LEAST));
        assert!(TestFile::is_meant_by(r#"{"lifetime": "faulty"}"#));
        assert!(!TestFile::is_meant_by(r#"{"replicas": 5, "seed": 3}"#));
        assert!(!TestFile::is_meant_by("{"));
        for scenario in crate::sim::scenario::shipped() {
            assert!(!TestFile::is_meant_by(scenario.json), "{}", scenario.name);
        }
        for (name, json) in shipped() {
            assert!(TestFile::is_meant_by(json), "{name}");
        }
    }

    #[test]
    fn a_file_survives_being_written() {
        for (name, json) in shipped() {
            let file = TestFile::from_json(json).unwrap_or_else(|error| panic!("{name}: {error}"));
            let written = serde_json::to_string(&file).expect("it is plain data");
            assert_eq!(TestFile::from_json(&written), Ok(file), "{name}");
        }
    }
}
