//! The outcome of a run: its figures, whether it was correct, and how it is graded.

use std::fmt;

use serde::Serialize;

use super::decimal::Decimal;
use super::file::TestFile;
use crate::sim::violation::Violation;

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The seed that it ran with.
    pub seed: u64,
    /// The faults. Without any it has passed.
    pub faults: Vec<Fault>,
    /// If more gets could not be made than the file allows: how many of them luck left without a
    /// key. That is no fault of the replicas, but the course's simulator fails such a run.
    pub unlucky: Option<u32>,
    /// The four figures with their tiers.
    pub grades: Vec<Grade>,
    /// Everything else that was counted.
    pub tally: Tally,
}

/// The counts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Gets that were asked.
    pub gets: u32,
    /// Those that were answered.
    pub gets_answered: u32,
    /// Gets that could not be asked, since no put of their client had succeeded yet.
    pub gets_not_made: u32,
    /// Those of them whose client had not even asked for a put: the draw's luck, whatever the
    /// replicas do.
    pub gets_before_any_put: u32,
    /// Those of them whose client had asked for puts that only waited then, and were all answered
    /// in the end: they came too early, as while a leader is elected, and that is luck too.
    pub gets_while_puts_waited: u32,
    /// Puts that were asked.
    pub puts: u32,
    /// Those that were answered.
    pub puts_answered: u32,
    /// Requests that were refused for good.
    pub failed: u32,
    /// Answers that sent a client elsewhere.
    pub redirects: u32,
    /// Gets that were answered what they may not be.
    pub wrong: u32,
    /// How many keys hold something, as far as clients know.
    pub stored: u32,
    /// Messages from replica to replica, lost ones included.
    pub total_msgs: u64,
    /// Answers beyond the first to one and the same sending of a request.
    pub duplicates: u64,
    /// The median time of an answer in microseconds; none: there was no answer.
    pub median_latency_us: Option<u64>,
    /// The longest time of an answer in microseconds.
    pub latency_us_max: u64,
    /// Elections that were won.
    pub elections: u64,
    /// Events that could not happen because there was no replica to kill.
    pub events_skipped: u32,
}

/// Why a run has not passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A get was answered something else than what had been put.
    #[error("{gets} gets were answered a wrong value")]
    WrongValues {
        /// How many.
        gets: u32,
    },
    /// The answers contradict each other.
    #[error("the answers for key {key} are not linearizable")]
    NotLinearizable {
        /// The key.
        key: String,
    },
    /// A property of the protocol was broken, and the world stopped.
    #[error("a property is broken: {0}")]
    Broken(Violation),
    /// No put has succeeded.
    #[error("nothing was stored")]
    NothingStored,
    /// Too few requests of a kind were answered.
    #[error("{unanswered} of {asked} {kind} were not answered; at most {share_max} of them may be")]
    Unanswered {
        /// `gets` or `puts`.
        kind: &'static str,
        /// How many were not answered.
        unanswered: u32,
        /// How many there were.
        asked: u32,
        /// The share that may stay so.
        share_max: Decimal,
    },
    /// Too many gets had nothing to ask for, since puts before them were never answered.
    #[error(
        "{not_made} of {gets} gets could not be made, since puts were not answered; at most {share_max} of them may be"
    )]
    GetsNotMade {
        /// How many.
        not_made: u32,
        /// Of how many.
        gets: u32,
        /// The share that may be.
        share_max: Decimal,
    },
    /// So few messages can't have replicated what was put.
    #[error("{messages} messages are too few; at least {messages_min} must pass between replicas")]
    TooFewMessages {
        /// How many.
        messages: u64,
        /// How many there must be.
        messages_min: Decimal,
    },
    /// There were too many messages, and the run ended.
    #[error("a packet storm: more than {messages_max} messages")]
    PacketStorm {
        /// How many there may be.
        messages_max: u64,
    },
}

/// A figure, and its tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Grade {
    /// Which figure.
    pub figure: Figure,
    /// Its value; a latency is in seconds. None: there is nothing to measure.
    pub value: Option<Decimal>,
    /// The tier that it is in; none: the file has no tiers for it.
    pub tier: Option<Tier>,
    /// The next better tier begins below this; none: it is in the best.
    pub next_below: Option<Decimal>,
}

/// The figures that are graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Figure {
    /// Messages from replica to replica.
    TotalMsgs,
    /// Gets and puts that failed or were not answered.
    Failures,
    /// Answers beyond the first.
    Duplicates,
    /// The median time of an answer.
    MedianLatency,
}

/// How good a figure is, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Tier {
    /// Below the first tier.
    Bonus,
    /// Below the second.
    Full,
    /// Below the third.
    Partial,
    /// Not even that.
    None,
}

impl Outcome {
    /// Whether nothing is wrong with the run's correctness, whatever its grades.
    pub fn passed(&self) -> bool {
        self.faults.is_empty()
    }
}

impl Tally {
    /// Gets and puts that failed or were not answered.
    pub fn failures(&self) -> u32 {
        self.failed + self.gets + self.puts - self.gets_answered - self.puts_answered
    }

    /// Gets that could not be asked, and for which no put is to blame that was never answered.
    fn gets_too_early(&self) -> u32 {
        self.gets_before_any_put + self.gets_while_puts_waited
    }

    /// The faults that the counts show.
    pub(super) fn faults(&self, file: &TestFile) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.wrong > 0 {
            faults.push(Fault::WrongValues { gets: self.wrong });
        }
        // If no put was drawn, there is nothing to store.
        if self.stored == 0 && self.puts > 0 {
            faults.push(Fault::NothingStored);
        }
        let tests = &file.tests;
        for (kind, asked, answered, share_max) in [
            (
                "gets",
                self.gets,
                self.gets_answered,
                tests.maximum_get_fail_fraction,
            ),
            (
                "puts",
                self.puts,
                self.puts_answered,
                tests.maximum_put_fail_fraction,
            ),
        ] {
            let unanswered = asked - answered;
            if exceeds(unanswered, asked, share_max) {
                faults.push(Fault::Unanswered {
                    kind,
                    unanswered,
                    asked,
                    share_max,
                });
            }
        }
        let not_made = self.gets_not_made - self.gets_too_early();
        let gets = self.gets + not_made;
        let share_max = file.get_generation_fail_max();
        if exceeds(not_made, gets, share_max) {
            faults.push(Fault::GetsNotMade {
                not_made,
                gets,
                share_max,
            });
        }
        let (messages, messages_min) = (self.total_msgs, file.messages_min());
        if messages * 1_000_000 < messages_min.millionths {
            faults.push(Fault::TooFewMessages {
                messages,
                messages_min,
            });
        }
        faults
    }

    /// How many gets luck left without a key, if more could not be made than the file allows.
    pub(super) fn unlucky(&self, file: &TestFile) -> Option<u32> {
        let gets = self.gets + self.gets_not_made;
        let too_many = exceeds(self.gets_not_made, gets, file.get_generation_fail_max());
        let unlucky = self.gets_too_early();
        (too_many && unlucky > 0).then_some(unlucky)
    }

    /// The grades of the four figures.
    pub fn grades(&self, file: &TestFile) -> Vec<Grade> {
        let count = |number: u64| Some(Decimal::of_millionths(number * 1_000_000));
        let latency = self.median_latency_us.map(Decimal::of_millionths);
        let tiers = &file.tests.benchmarks;
        vec![
            Grade::new(Figure::TotalMsgs, count(self.total_msgs), tiers.total_msgs),
            Grade::new(
                Figure::Failures,
                count(self.failures().into()),
                tiers.failures,
            ),
            Grade::new(Figure::Duplicates, count(self.duplicates), tiers.duplicates),
            Grade::new(Figure::MedianLatency, latency, tiers.median_latency),
        ]
    }
}

/// The median of each figure over several runs of a file, graded.
pub fn median_of<'a>(file: &TestFile, runs: impl Iterator<Item = &'a Tally>) -> Vec<Grade> {
    let runs: Vec<Vec<Grade>> = runs.map(|tally| tally.grades(file)).collect();
    let tiers = &file.tests.benchmarks;
    let figures = [
        (Figure::TotalMsgs, tiers.total_msgs),
        (Figure::Failures, tiers.failures),
        (Figure::Duplicates, tiers.duplicates),
        (Figure::MedianLatency, tiers.median_latency),
    ];
    let grade = |(place, (figure, tiers)): (usize, (Figure, Option<[Decimal; 3]>))| {
        let values = runs.iter().filter_map(|grades| grades[place].value);
        let mut millionths: Vec<u64> = values.map(|value| value.millionths).collect();
        millionths.sort_unstable();
        let value = median(&millionths).map(Decimal::of_millionths);
        Grade::new(figure, value, tiers)
    };
    figures.into_iter().enumerate().map(grade).collect()
}

/// The median of what is sorted; of an even number, the mean of the two in the middle.
pub(super) fn median(sorted: &[u64]) -> Option<u64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(u64::midpoint(sorted[middle - 1], upper))
}

/// Whether `part` is a larger share of `whole` than allowed. No share of nothing is too large.
fn exceeds(part: u32, whole: u32, share_max: Decimal) -> bool {
    u64::from(part) * 1_000_000 > u64::from(whole) * share_max.millionths
}

impl Grade {
    /// Holds a figure against its three tiers, strictly below; without tiers it has no grade.
    pub fn new(figure: Figure, value: Option<Decimal>, tiers: Option<[Decimal; 3]>) -> Self {
        let Some(tiers) = tiers else {
            return Self {
                figure,
                value,
                tier: None,
                next_below: None,
            };
        };
        let place = value.and_then(|value| tiers.iter().position(|&tier| value < tier));
        let (tier, next) = match place {
            Some(0) => (Tier::Bonus, None),
            Some(1) => (Tier::Full, Some(tiers[0])),
            Some(_) => (Tier::Partial, Some(tiers[1])),
            None => (Tier::None, Some(tiers[2])),
        };
        Self {
            figure,
            value,
            tier: Some(tier),
            next_below: next,
        }
    }
}

impl Tier {
    /// The next better one; of the best, itself.
    pub(super) fn better(self) -> Self {
        match self {
            Self::Bonus | Self::Full => Self::Bonus,
            Self::Partial => Self::Full,
            Self::None => Self::Partial,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bonus => "bonus",
            Self::Full => "full",
            Self::Partial => "partial",
            Self::None => "none",
        })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TotalMsgs => "messages",
            Self::Failures => "failures",
            Self::Duplicates => "duplicates",
            Self::MedianLatency => "median latency",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Spoil = fn(&mut Tally);

    fn file() -> TestFile {
        let (_, json) = crate::course::shipped()[0];
        TestFile::from_json(json).expect("it ships")
    }

    #[test]
    fn a_figure_must_be_strictly_below_its_tier() {
        let tiers = Some([0, 10, 20].map(Decimal::whole));
        let grade = |value| {
            let grade = Grade::new(Figure::Failures, Some(Decimal::whole(value)), tiers);
            (grade.tier, grade.next_below.map(|it| it.to_string()))
        };
        // A first tier of 0 can't be reached.
        assert_eq!(grade(0), (Some(Tier::Full), Some("0".into())));
        assert_eq!(grade(10), (Some(Tier::Partial), Some("10".into())));
        assert_eq!(grade(20), (Some(Tier::None), Some("20".into())));
        let tiers = Some([1, 10, 20].map(Decimal::whole));
        let best = Grade::new(Figure::Failures, Some(Decimal::whole(0)), tiers);
        assert_eq!((best.tier, best.next_below), (Some(Tier::Bonus), None));
        let unmeasured = Grade::new(Figure::MedianLatency, None, tiers);
        assert_eq!(unmeasured.tier, Some(Tier::None));
        let without = Grade::new(Figure::Failures, Some(Decimal::whole(3)), None);
        assert_eq!((without.tier, without.next_below), (None, None));
    }

    #[test]
    fn each_count_has_its_fault() {
        let good = Tally {
            gets: 400,
            gets_answered: 360,
            gets_not_made: 10,
            puts: 90,
            puts_answered: 81,
            stored: 1,
            total_msgs: 250,
            ..Tally::default()
        };
        assert_eq!(good.faults(&file()), []);
        assert_eq!(good.failures(), 49);
        let spoils: [(Spoil, &str); 6] = [
            (|it| it.wrong = 1, "1 gets were answered a wrong value"),
            (|it| it.stored = 0, "nothing was stored"),
            (
                |it| it.gets_answered = 359,
                "41 of 400 gets were not answered",
            ),
            (
                |it| it.puts_answered = 80,
                "10 of 90 puts were not answered",
            ),
            (
                |it| it.gets_not_made = 601,
                "601 of 1001 gets could not be made, since puts were not answered",
            ),
            (|it| it.total_msgs = 249, "249 messages are too few"),
        ];
        for (spoil, said) in spoils {
            let mut tally = good.clone();
            spoil(&mut tally);
            let faults = tally.faults(&file());
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].to_string().starts_with(said), "{}", faults[0]);
            assert_eq!(tally.unlucky(&file()), None);
        }
    }

    #[test]
    fn what_luck_draws_is_no_fault() {
        let unlucky = Tally {
            gets: 40,
            gets_answered: 40,
            gets_not_made: 70,
            gets_before_any_put: 66,
            puts: 10,
            puts_answered: 10,
            stored: 1,
            total_msgs: 250,
            ..Tally::default()
        };
        assert_eq!(unlucky.faults(&file()), []);
        assert_eq!(unlucky.unlucky(&file()), Some(66));
        // Nor that puts were still waiting, if they were answered.
        let waiting = Tally {
            gets_before_any_put: 6,
            gets_while_puts_waited: 60,
            ..unlucky
        };
        assert_eq!(waiting.faults(&file()), []);
        assert_eq!(waiting.unlucky(&file()), Some(66));
        // Without a put nothing can be stored, and no get be made.
        let no_put = Tally {
            gets_not_made: 100,
            gets_before_any_put: 100,
            total_msgs: 250,
            ..Tally::default()
        };
        assert_eq!(no_put.faults(&file()), []);
        assert_eq!(no_put.unlucky(&file()), Some(100));
    }
}
