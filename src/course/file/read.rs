//! From text to a test file, at least as lenient as the course's simulator: that one reads
//! some fields, by `int()` and `float()`, and no others. What it would not have understood as
//! we do, or would have refused, is remarked on.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::super::decimal::Decimal;
use super::fields::{Fields, Remarks, Value, plain};
use super::tree::{Tree, told};
use super::{Benchmarks, Event, EventKind, TestFile, Tests};
use crate::sim::scenario::{Place, ScenarioError, from_json_of_size};

/// A whole run lasts at most this many seconds.
const SECONDS_MAX: u32 = 600;
const REQUESTS_MAX: u64 = 10_000;
const EVENTS_MAX: usize = 1_000;
const PACKETS_MAX: u64 = 1_000_000;
/// A world's seed is a number that JavaScript can hold.
pub(super) const SEED_MAX: u64 = (1 << 53) - 1;

impl TestFile {
    /// The longest text that is read, in bytes.
    pub const JSON_BYTES_MAX: usize = 256 * 1024;

    /// Reads a test file: at least what the course's simulator reads. What is odd about it is
    /// in its [remarks](TestFile::remarks).
    ///
    /// # Errors
    /// The first fault found: a text that is too long or is not JSON, a field that is missing
    /// or of the wrong kind, a value beyond its limits.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        let tree: Tree = from_json_of_size(text, Self::JSON_BYTES_MAX)?;
        let mut remarks = Remarks::default();
        let mut file = read(tree, &mut remarks).map_err(|mut error| {
            // A fault of the whole file is at its beginning.
            if error.path.is_empty() {
                error.place = Some(Place { line: 1, column: 1 });
            }
            error
        })?;
        file.remarks = remarks.told();
        Ok(file)
    }
}

fn read(tree: Tree, remarks: &mut Remarks) -> Result<TestFile, ScenarioError> {
    let mut fields = Fields::of("", tree)?;
    let mut required = |name, meaning| fields.required(name, meaning, remarks);
    let lifetime = required("lifetime", "the seconds over which requests are spread")?;
    let replicas = required("replicas", "how many replicas there are")?;
    let requests = required("requests", "how many requests there are")?;
    let lifetime = decimal(lifetime, &seconds(5), remarks)?;
    let replicas = whole(&replicas, &(3..=21), remarks)?;
    let requests = whole(&requests, &(0..=REQUESTS_MAX), remarks)?;
    let mut share = |fields: &mut Fields, name, default| match fields.optional(name, remarks) {
        Some(value) => decimal(value, &CHANCE, remarks),
        None => Ok(default),
    };
    let mix = share(&mut fields, "mix", Decimal::of_millionths(800_000))?;
    let drops = share(&mut fields, "drops", Decimal::whole(0))?;
    let mut wait = |name, default| match fields.optional(name, remarks) {
        Some(value) => decimal(value, &seconds(0), remarks),
        None => Ok(Decimal::whole(default)),
    };
    let start_wait = wait("start_wait", 5)?;
    let end_wait = wait("end_wait", 2)?;
    let max_packets = match fields.optional("max_packets", remarks) {
        Some(value) => max_packets(&value, remarks)?,
        None => 20_000,
    };
    let seed = match fields.take("seed", remarks) {
        Some(value) => seed(value)?,
        None => None,
    };
    let (events, event_times) = match fields.optional("events", remarks) {
        Some(value) => events(value, remarks)?.into_iter().unzip(),
        None => (Vec::new(), Vec::new()),
    };
    let misplaced = get_generation_fail_max(&mut fields, remarks)?;
    let tests = if let Some(value) = fields.optional("tests", remarks) {
        tests(value, remarks)?
    } else {
        remarks.add("it has no tests, as the files of 2018: nothing is graded");
        Tests::default()
    };
    fields.end(remarks);
    let file = TestFile {
        lifetime,
        replicas: u16::try_from(replicas).expect("it is 21 at most"),
        requests: u32::try_from(requests).expect("it is 10,000 at most"),
        mix,
        start_wait,
        end_wait,
        drops,
        max_packets,
        seed,
        events,
        tests,
        maximum_get_generation_fail_fraction: misplaced,
        remarks: Vec::new(),
    };
    remark_on_places(&file, &event_times, remarks);
    let length = Decimal::of_millionths(file.length_us());
    if length > Decimal::whole(SECONDS_MAX) {
        let fault = format!("the run would last {length} seconds; at most {SECONDS_MAX}");
        return Err(ScenarioError::new("lifetime", fault));
    }
    Ok(file)
}

/// Fields and events that are there but in the wrong place or at the wrong time.
fn remark_on_places(file: &TestFile, event_times: &[Number], remarks: &mut Remarks) {
    if file.maximum_get_generation_fail_fraction.is_some() {
        let inside = file.tests.maximum_get_generation_fail_fraction;
        remarks.add(if inside.is_some() {
            "maximum_get_generation_fail_fraction stands in two places: the one in tests counts"
        } else {
            "maximum_get_generation_fail_fraction stands outside tests, where the course's \
             simulator does not look: here it counts"
        });
    }
    for (number, (event, time)) in file.events.iter().zip(event_times).enumerate() {
        if !file.happens(event) {
            let end = Decimal::of_millionths(file.length_us() - file.start_wait.millionths);
            remarks.add(format!(
                "events[{number}] at {} s is left out: the run ends at {end} s after start_wait; \
                 the course's simulator refuses such a file",
                time.told()
            ));
        }
    }
}

fn tests(value: Value, remarks: &mut Remarks) -> Result<Tests, ScenarioError> {
    let mut fields = Fields::of(&value.path, value.tree)?;
    let benchmarks = if let Some(value) = fields.optional("benchmarks", remarks) {
        benchmarks(value, remarks)?
    } else {
        remarks.add("tests has no benchmarks: nothing is graded");
        Benchmarks::default()
    };
    let mut share = |name| match fields.optional(name, remarks) {
        Some(value) => decimal(value, &CHANCE, remarks),
        None => Ok(Decimal::of_millionths(500_000)),
    };
    let tests = Tests {
        benchmarks,
        maximum_get_fail_fraction: share("maximum_get_fail_fraction")?,
        maximum_put_fail_fraction: share("maximum_put_fail_fraction")?,
        maximum_appends_batched_fraction: share("maximum_appends_batched_fraction")?,
        maximum_get_generation_fail_fraction: get_generation_fail_max(&mut fields, remarks)?,
    };
    fields.end(remarks);
    Ok(tests)
}

fn get_generation_fail_max(
    fields: &mut Fields,
    remarks: &mut Remarks,
) -> Result<Option<Decimal>, ScenarioError> {
    let share = fields.optional("maximum_get_generation_fail_fraction", remarks);
    share
        .map(|value| decimal(value, &CHANCE, remarks))
        .transpose()
}

fn benchmarks(value: Value, remarks: &mut Remarks) -> Result<Benchmarks, ScenarioError> {
    let mut fields = Fields::of(&value.path, value.tree)?;
    let mut figure = |name: &'static str| {
        let value = fields.optional(name, remarks);
        if value.is_none() {
            remarks.add(format!(
                "tests.benchmarks has no {name}: that figure is not graded"
            ));
        }
        value.map(|value| tiers(value, remarks)).transpose()
    };
    let benchmarks = Benchmarks {
        total_msgs: figure("total_msgs")?,
        failures: figure("failures")?,
        duplicates: figure("duplicates")?,
        median_latency: figure("median_latency")?,
    };
    fields.end(remarks);
    Ok(benchmarks)
}

/// Three numbers, ascending: but the simulator only compares a figure with one after the other.
fn tiers(value: Value, remarks: &mut Remarks) -> Result<[Decimal; 3], ScenarioError> {
    let Value { path, tree } = value;
    let Tree::List(items) = tree else {
        let fault = format!("must be a list of three numbers, not {}", tree.told());
        return Err(ScenarioError::new(path, fault));
    };
    if items.len() > 3 {
        remarks.add(format!(
            "{path} has more than three tiers: the first three count"
        ));
    }
    let count = items.len();
    let mut numbers = Vec::new();
    for (place, tree) in items.into_iter().take(3).enumerate() {
        let path = format!("{path}[{place}]");
        let number = number(&Value { path, tree }, remarks)?;
        // No figure is below zero, and none reaches the largest number.
        numbers.push(number.decimal().unwrap_or(if number.is_negative() {
            Decimal::whole(0)
        } else {
            Decimal::MAX
        }));
    }
    let Ok(tiers) = <[Decimal; 3]>::try_from(numbers) else {
        let fault = format!("must be a list of three numbers, not of {count}");
        return Err(ScenarioError::new(path, fault));
    };
    if !tiers.is_sorted() {
        remarks.add(format!(
            "{path} is not ascending: a figure is in the first tier that it is below"
        ));
    }
    Ok(tiers)
}

/// The events, and of each the time as it is written.
fn events(value: Value, remarks: &mut Remarks) -> Result<Vec<(Event, Number)>, ScenarioError> {
    let Value { path, tree } = value;
    let Tree::List(items) = tree else {
        let fault = format!("must be a list of events, not {}", tree.told());
        return Err(ScenarioError::new(path, fault));
    };
    if items.len() > EVENTS_MAX {
        let fault = format!("there may be {EVENTS_MAX} at most, not {}", items.len());
        return Err(ScenarioError::new(path, fault));
    }
    let items = items.into_iter().enumerate();
    let events = items.map(|(place, tree)| {
        let mut fields = Fields::of(&format!("{path}[{place}]"), tree)?;
        let kind = fields.required("type", "what befalls the replicas", remarks)?;
        let kind = event_kind(kind, remarks)?;
        let time = fields.required("time", "the seconds after start_wait", remarks)?;
        let written = number(&time, remarks)?;
        let time = match written.decimal() {
            Some(time) => time,
            None if written.is_negative() => return Err(negative(time.path, written)),
            // However late it is, it comes after the end.
            None => Decimal::MAX,
        };
        fields.end(remarks);
        Ok((Event { kind, time }, written))
    });
    events.collect()
}

fn event_kind(value: Value, remarks: &mut Remarks) -> Result<EventKind, ScenarioError> {
    let Value { path, tree } = value;
    if let Tree::Text(text) = &tree {
        let name = plain(text);
        if let Some((name, kind)) = EventKind::NAMED.iter().find(|it| it.0 == name) {
            if text != name {
                remarks.add(format!(
                    "{path} is taken for {name}; the course's simulator refuses any other spelling"
                ));
            }
            return Ok(*kind);
        }
    }
    let names = EventKind::NAMED.map(|(name, _)| name).join(", ");
    let fault = format!("must be one of {names}; not {}", tree.told());
    Err(ScenarioError::new(path, fault))
}

/// A seed may be anything that Python's `random.seed` takes. What is not a world's seed
/// already stands for one of its own.
fn seed(value: Value) -> Result<Option<u64>, ScenarioError> {
    let text = match value.tree {
        Tree::Null => return Ok(None),
        Tree::Truth(truth) => return Ok(Some(truth.into())),
        Tree::Whole(number) if number <= SEED_MAX => return Ok(Some(number)),
        Tree::Text(text) => text,
        Tree::Whole(number) => number.to_string(),
        Tree::Float(number) => told(number),
        tree @ (Tree::List(_) | Tree::Object(_)) => {
            let fault = format!("must be a number or a text, not {}", tree.told());
            return Err(ScenarioError::new(value.path, fault));
        }
    };
    let hash = xxhash_rust::xxh64::xxh64(text.as_bytes(), 0);
    Ok(Some(hash & SEED_MAX))
}

fn max_packets(value: &Value, remarks: &mut Remarks) -> Result<u64, ScenarioError> {
    let packets = whole(value, &(0..=u64::MAX), remarks);
    // A number can only be too small: to the other side the range has no end.
    let packets = packets.map_err(|fault| match number(value, &mut Remarks::default()) {
        Ok(written) => negative(&value.path, written),
        Err(_) => fault,
    })?;
    if packets > PACKETS_MAX {
        remarks.add(format!("max_packets counts as {PACKETS_MAX}"));
    }
    Ok(packets.min(PACKETS_MAX))
}

// --- numbers ---

const CHANCE: RangeInclusive<Decimal> = Decimal::whole(0)..=Decimal::whole(1);

fn seconds(low: u32) -> RangeInclusive<Decimal> {
    Decimal::whole(low)..=Decimal::whole(SECONDS_MAX)
}

/// A number, by whatever Python's `float()` takes for one.
#[derive(Clone, Copy)]
enum Number {
    Whole(u64),
    Other(f64),
}

fn number(value: &Value, remarks: &mut Remarks) -> Result<Number, ScenarioError> {
    let number = match &value.tree {
        Tree::Whole(number) => Some(Number::Whole(*number)),
        Tree::Float(number) => Some(Number::Other(*number)),
        Tree::Text(text) => parse(text),
        Tree::Truth(truth) => {
            let number = u64::from(*truth);
            remarks.add(format!("{} is {truth}: it counts as {number}", value.path));
            Some(Number::Whole(number))
        }
        Tree::Null | Tree::List(_) | Tree::Object(_) => None,
    };
    number.ok_or_else(|| {
        let fault = format!("must be a number, not {}", value.tree.told());
        ScenarioError::new(&value.path, fault)
    })
}

/// A number that is written as text.
fn parse(text: &str) -> Option<Number> {
    let text = text.trim();
    let whole = text.parse().ok().map(Number::Whole);
    // Infinity is no number here, and what is none is not either.
    let other = || text.parse().ok().filter(|it: &f64| it.is_finite());
    whole.or_else(|| other().map(Number::Other))
}

impl Number {
    fn decimal(self) -> Option<Decimal> {
        match self {
            Self::Whole(number) => u32::try_from(number)
                .ok()
                .map(Decimal::whole)
                .or_else(|| number.checked_mul(1_000_000).map(Decimal::of_millionths))
                .filter(|it| *it <= Decimal::MAX),
            Self::Other(number) => Decimal::of_float(number),
        }
    }

    fn is_negative(self) -> bool {
        matches!(self, Self::Other(number) if number < 0.0)
    }

    fn told(self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Other(number) => told(number),
        }
    }
}

/// A number that may have decimals.
fn decimal(
    value: Value,
    range: &RangeInclusive<Decimal>,
    remarks: &mut Remarks,
) -> Result<Decimal, ScenarioError> {
    let number = number(&value, remarks)?;
    let decimal = number.decimal().filter(|it| range.contains(it));
    decimal.ok_or_else(|| out_of_range(value.path, number, range))
}

/// A whole number; decimals are cut off, as by Python's `int()`.
fn whole(
    value: &Value,
    range: &RangeInclusive<u64>,
    remarks: &mut Remarks,
) -> Result<u64, ScenarioError> {
    let number = number(value, remarks)?;
    let whole = match number {
        Number::Whole(number) => Some(number),
        Number::Other(other) if other.trunc() < 0.0 => None,
        Number::Other(other) => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "what is too large stays too large"
            )]
            let whole = other.trunc() as u64;
            Some(whole)
        }
    };
    let whole = whole.filter(|it| range.contains(it));
    let whole = whole.ok_or_else(|| out_of_range(&value.path, number, range))?;
    if matches!(number, Number::Other(other) if other.fract() != 0.0) {
        let (path, number) = (&value.path, number.told());
        remarks.add(format!("{path} is {number}: it counts as {whole}"));
    }
    Ok(whole)
}

fn out_of_range<T: Display>(
    path: impl Into<String>,
    number: Number,
    range: &RangeInclusive<T>,
) -> ScenarioError {
    let (low, high) = (range.start(), range.end());
    let fault = format!("must be {low} to {high}, not {}", number.told());
    ScenarioError::new(path, fault)
}

/// A number that must not be below zero, and has no upper end.
fn negative(path: impl Into<String>, number: Number) -> ScenarioError {
    let fault = format!("must not be negative, but is {}", number.told());
    ScenarioError::new(path, fault)
}
