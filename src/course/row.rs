//! The lines of a table in words, as they are shown everywhere.

use std::fmt;

use serde::Serialize;

use super::decimal::Decimal;
use super::outcome::{Figure, Grade, Outcome, Tier};
use super::table::Line;

/// Of the runs that did not pass, and of those that were unlucky, this many are told of.
const TOLD_MAX: usize = 3;

/// A line in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Row {
    /// The file's name.
    pub file: String,
    /// In what the settings differ from the default ones, or `default`; empty: there is
    /// nothing to run.
    pub settings: String,
    /// How the file stands.
    pub standing: Standing,
    /// The same for people: of several runs, how many have passed.
    pub passed: String,
    /// The four figures, medians of several runs; none: nothing was run.
    pub cells: Vec<Cell>,
    /// The faults, and other remarks for its author.
    pub remarks: Vec<String>,
    /// How many gets luck left without a key, in those runs in which the course's simulator
    /// would not have it; 0: there is no such run. It is no fault of the replicas.
    pub unlucky: u64,
    /// The seed of the run that is kept for watching.
    pub watch_seed: Option<u64>,
}

/// How a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Standing {
    /// Every run was correct.
    Passed,
    /// A run was not.
    Failed,
    /// It was not run yet, or never.
    NotRun,
    /// It is not a test file.
    Malformed,
}

/// A figure in words: its value, its tier, and how far it is to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Cell {
    /// Which figure.
    pub figure: Figure,
    /// Its value, without the unit; `-`: there was nothing to measure.
    pub value: String,
    /// Its unit; empty: it is a count.
    pub unit: &'static str,
    /// The tier that it is in; none: the file has no tiers for it.
    pub tier: Option<Tier>,
    /// The next better tier that can be reached.
    pub next: Option<Next>,
}

/// The next better tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Next {
    /// Its name.
    pub tier: Tier,
    /// The bound that the figure must be strictly below.
    pub below: String,
    /// By how much it is above that; none: it has no value.
    pub above: Option<String>,
}

impl Standing {
    pub(super) fn of(line: &Line) -> Self {
        if line.file.is_err() {
            Self::Malformed
        } else if line.outcomes.is_empty() {
            Self::NotRun
        } else if line.outcomes.iter().all(Outcome::passed) {
            Self::Passed
        } else {
            Self::Failed
        }
    }
}

impl Line {
    /// It in words.
    pub fn row(&self) -> Row {
        let standing = Standing::of(self);
        let done = self.outcomes.len() as u64;
        let passed = self.outcomes.iter().filter(|it| it.passed()).count();
        let passed = match standing {
            Standing::Malformed => "malformed".to_owned(),
            Standing::NotRun => "not run".to_owned(),
            Standing::Passed if self.runs == 1 => "yes".to_owned(),
            Standing::Failed if self.runs == 1 => "NO".to_owned(),
            _ if done < self.runs => format!("{passed} of {done}, {} not run", self.runs - done),
            _ => format!("{passed} of {done}"),
        };
        let mut remarks = Vec::new();
        let failed = self.outcomes.iter().filter(|it| !it.passed());
        for outcome in failed.take(TOLD_MAX) {
            let told = outcome.faults.iter();
            remarks.extend(told.map(|fault| format!("seed {}: {fault}", outcome.seed)));
        }
        let unlucky = |it: &Outcome| it.unlucky.map(|gets| (it.seed, gets));
        for (seed, gets) in self.outcomes.iter().filter_map(unlucky).take(TOLD_MAX) {
            remarks.push(format!(
                "seed {seed}: unlucky: {gets} gets could not be made, since no put of their clients \
                 was answered yet; that is no fault, but the course's simulator fails such a run"
            ));
        }
        match &self.file {
            Ok(file) => remarks.extend_from_slice(&file.remarks),
            Err(fault) => remarks.push(fault.clone()),
        }
        let unlucky = self.outcomes.iter().filter_map(|it| it.unlucky);
        Row {
            file: self.name.clone(),
            settings: match standing {
                Standing::Malformed => String::new(),
                _ => self.choice.to_string(),
            },
            standing,
            passed,
            cells: self.medians().iter().map(Cell::new).collect(),
            remarks,
            unlucky: unlucky.map(u64::from).sum(),
            watch_seed: self.recording().map(|it| it.seed),
        }
    }
}

impl Row {
    /// How the file stands, for people; where luck had its part, that too.
    pub(super) fn passed_told(&self) -> String {
        match self.unlucky {
            0 => self.passed.clone(),
            gets => format!("{}, unlucky {gets}", self.passed),
        }
    }
}

impl Cell {
    fn new(grade: &Grade) -> Self {
        let (unit, thousandths) = match grade.figure {
            Figure::MedianLatency => ("ms", true),
            _ => ("", false),
        };
        let shown = |millionths: u64| {
            if thousandths {
                format!("{}.{:03}", millionths / 1_000, millionths % 1_000)
            } else {
                Decimal::of_millionths(millionths).to_string()
            }
        };
        let value = grade.value.map(|value| value.millionths);
        // Nothing is below zero.
        let next = grade.next_below.filter(|next| next.millionths > 0);
        Self {
            figure: grade.figure,
            value: value.map_or("-".to_owned(), shown),
            unit,
            tier: grade.tier,
            next: next.map(|next| Next {
                tier: grade.tier.map_or(Tier::None, Tier::better),
                below: shown(next.millionths),
                above: value.map(|value| shown(value - next.millionths)),
            }),
        }
    }
}

/// As `1204 full (bonus < 1200: +4)`.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.unit.is_empty() { "" } else { " " };
        let unit = self.unit;
        match self.value.as_str() {
            "-" => f.write_str("-")?,
            value => write!(f, "{value}{space}{unit}")?,
        }
        if let Some(tier) = self.tier {
            write!(f, " {tier}")?;
        }
        let Some(next) = &self.next else {
            return Ok(());
        };
        write!(f, " ({} < {}{space}{unit}", next.tier, next.below)?;
        if let Some(above) = &next.above {
            write!(f, ": +{above}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_tells_how_far_it_is_to_the_next_tier() {
        let cell = |figure, millionths: Option<u64>, tiers: [u64; 3]| {
            let value = millionths.map(Decimal::of_millionths);
            let tiers = Some(tiers.map(Decimal::of_millionths));
            Cell::new(&Grade::new(figure, value, tiers)).to_string()
        };
        let counts = [1_000_000, 10_000_000, 20_000_000];
        let of = |count| cell(Figure::TotalMsgs, Some(count), counts);
        assert_eq!(of(0), "0 bonus");
        assert_eq!(of(1_000_000), "1 full (bonus < 1: +0)");
        assert_eq!(of(12_500_000), "12.5 partial (full < 10: +2.5)");
        assert_eq!(of(20_000_000), "20 none (partial < 20: +0)");
        let latency = |us| cell(Figure::MedianLatency, us, [300, 1_000, 2_000]);
        assert_eq!(
            latency(Some(1_250)),
            "1.250 ms partial (full < 1.000 ms: +0.250)"
        );
        assert_eq!(latency(None), "- none (partial < 2.000 ms)");
        // A first tier of zero can't be reached.
        assert_eq!(cell(Figure::Failures, Some(0), [0, 1, 2]), "0 full");
        // Figures that are not graded have no tier.
        let grade = Grade::new(Figure::MedianLatency, Some(Decimal::of_millionths(7)), None);
        assert_eq!(Cell::new(&grade).to_string(), "0.007 ms");
    }
}
