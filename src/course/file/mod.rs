//! A test file: what is asked of a cluster, what befalls it, and what it must achieve.

mod fields;
mod read;
mod tree;

use serde::Serialize;

use super::decimal::Decimal;
pub(super) use tree::is_printed;

/// A test file. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestFile {
    /// How long requests are spread over: 5 to 600.
    pub lifetime: Decimal,
    /// How many replicas there are: 3 to 21.
    pub replicas: u16,
    /// How many requests there are: 10,000 at most.
    pub requests: u32,
    /// The chance that a request is a get; else it is a put.
    pub mix: Decimal,
    /// The time before the first request.
    pub start_wait: Decimal,
    /// The time after the last request's turn.
    pub end_wait: Decimal,
    /// The chance that a message from replica to replica is lost.
    pub drops: Decimal,
    /// More messages from replica to replica than this, 1,000,000 at most, end the run.
    pub max_packets: u64,
    /// The seed to run it with if none is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Events that happen to the replicas; 1,000 at most.
    pub events: Vec<Event>,
    /// What the run must achieve. A file of 2018 says nothing of it: it is judged by the
    /// defaults, and not graded.
    pub tests: Tests,
    /// Belongs into `tests`, but real files have it here, where the course's simulator does
    /// not look. It counts if `tests` has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_get_generation_fail_fraction: Option<Decimal>,
    /// Remarks for its author: what was passed over, or taken in another way than the
    /// course's simulator takes it.
    #[serde(skip)]
    pub remarks: Vec<String>,
}

/// Something that befalls the replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// The kind of event.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// When, in seconds after `start_wait`.
    pub time: Decimal,
}

/// Events that can happen to the replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tests {
    /// The figures that it is graded by.
    pub benchmarks: Benchmarks,
    /// The share of gets that may stay unanswered.
    pub maximum_get_fail_fraction: Decimal,
    /// The share of puts that may stay unanswered.
    pub maximum_put_fail_fraction: Decimal,
    /// The share of gets that may be impossible to make, since nothing was put yet. By
    /// default a tenth; see [`TestFile::get_generation_fail_max`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_get_generation_fail_fraction: Option<Decimal>,
    /// The share of the messages which one append for each put and replica would make
    /// that batching may save.
    pub maximum_appends_batched_fraction: Decimal,
}

/// The grading of a run: for each figure three tiers, ascending. A figure is in the first
/// tier that it is below; without tiers, it is not graded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Benchmarks {
    /// Messages from replica to replica.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_msgs: Option<[Decimal; 3]>,
    /// Gets and puts that failed or were not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<[Decimal; 3]>,
    /// Answers beyond the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<[Decimal; 3]>,
    /// The median time of an answer, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_latency: Option<[Decimal; 3]>,
}

impl Default for Tests {
    fn default() -> Self {
        let half = Decimal::of_millionths(500_000);
        Self {
            benchmarks: Benchmarks::default(),
            maximum_get_fail_fraction: half,
            maximum_put_fail_fraction: half,
            maximum_get_generation_fail_fraction: None,
            maximum_appends_batched_fraction: half,
        }
    }
}

impl EventKind {
    /// All, by the names that they have in a file.
    pub(super) const NAMED: [(&'static str, Self); 5] = [
        ("kill_leader", Self::KillLeader),
        ("kill_non_leader", Self::KillNonLeader),
        ("part_easy", Self::PartEasy),
        ("part_hard", Self::PartHard),
        ("part_end", Self::PartEnd),
    ];
}

impl TestFile {
    /// The share of gets that may be impossible to make, wherever the file says it.
    pub fn get_generation_fail_max(&self) -> Decimal {
        self.tests
            .maximum_get_generation_fail_fraction
            .or(self.maximum_get_generation_fail_fraction)
            .unwrap_or(Decimal::of_millionths(100_000))
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

    /// The fewest messages that must pass from replica to replica, in millionths.
    pub fn messages_min(&self) -> Decimal {
        let million = 1_000_000;
        let puts = million - self.mix.millionths;
        let unbatched = million - self.tests.maximum_appends_batched_fraction.millionths;
        let each = puts * unbatched / million;
        Decimal::of_millionths(u64::from(self.requests) * u64::from(self.replicas) * each)
    }

    /// Whether an event falls into the run, and not after its end.
    pub(super) fn happens(&self, event: &Event) -> bool {
        self.event_us(event) <= self.length_us()
    }

    /// When an event happens, in microseconds from the start.
    pub(super) fn event_us(&self, event: &Event) -> u64 {
        self.start_wait.millionths + event.time.millionths
    }
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
        assert!(file.remarks[0].contains("here it counts"));
        let twice = outside.replacen(
            r#""tests": {"#,
            r#""tests": {"maximum_get_generation_fail_fraction": 0.2,"#,
            1,
        );
        let file = TestFile::from_json(&twice).expect("it is accepted twice");
        assert_eq!(file.get_generation_fail_max().to_string(), "0.2");
        assert!(file.remarks[0].contains("in tests counts"));
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
            (
                r#""lifetime": 30,"#,
                "",
                "lifetime: is missing: the seconds",
            ),
            (
                r#""replicas": 5"#,
                r#""replicas": 22"#,
                "replicas: must be 3 to 21, not 22",
            ),
            (
                r#""replicas": 5"#,
                r#""replicas": "five""#,
                "replicas: must be a number, not the text \"five\"",
            ),
            (
                r#""requests": 500"#,
                r#""requests": -1"#,
                "requests: must be 0 to 10000, not -1",
            ),
            (
                r#""requests": 500"#,
                r#""requests": 5, "mix": 1.1"#,
                "mix: must be 0 to 1, not 1.1",
            ),
            (
                r#""requests": 500"#,
                r#""requests": 5, "seed": []"#,
                "seed: must be a number or a text, not a list",
            ),
            (
                r#""requests": 500"#,
                r#""requests": 5, "events": [{"type": "explode", "time": 1}]"#,
                "events[0].type: must be one of kill_leader, kill_non_leader, part_easy, part_hard, part_end; not the text \"explode\"",
            ),
            (
                r#""requests": 500"#,
                r#""requests": 5, "events": [{"type": "part_end", "time": -1}]"#,
                "events[0].time: must not be negative, but is -1",
            ),
            (
                "[1, 2, 3]",
                "[1, 2]",
                "tests.benchmarks.failures: must be a list of three numbers, not of 2",
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
        for seed in ["\"a\"", "-1", "1.5", "9007199254740992", "1e300"] {
            assert!(with(seed).is_some_and(|it| it < 1 << 53), "{seed}");
        }
        assert_ne!(with("\"a\""), with("\"b\""));
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
