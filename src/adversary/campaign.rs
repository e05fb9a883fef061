//! Many runs, one seed each: what was seen, and what failed. Campaigns over seeds that
//! are apart can be added up, so that many machines may share the work.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::RunResult;
use super::broken::Failure;
use super::coverage::{GOALS, Goal};
use crate::flaw::Flaw;
use crate::sim::property::Property;

/// The results of the runs of some seeds. The same seeds give the same campaign, in
/// whatever order they are run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// The rule that the replicas break on purpose, if this is a hunt for a flaw.
    #[serde(default)]
    pub flaw: Option<Flaw>,
    /// The seeds, as ranges that do not touch: from the first up to, but not including, the
    /// last.
    pub seeds: Vec<Range<u64>>,
    /// How many events happened in all the worlds together.
    pub events: u64,
    /// How much virtual time passed in them, in microseconds.
    pub virtual_us: u64,
    /// In how many worlds each of the [`GOALS`] was reached, by its name.
    pub sometimes: BTreeMap<String, u64>,
    /// The runs in which something was wrong, in the order of their seeds.
    pub failures: Vec<Failure>,
}

/// Campaigns that can't be added up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// The same seed was run in two of them.
    #[error("seed {0} is in two of the campaigns")]
    Overlap(u64),
    /// One is of replicas that break another rule on purpose.
    #[error("the replicas have other flaws")]
    OtherFlaw,
    /// A range of seeds is empty.
    #[error("{}..{} are no seeds", .0.start, .0.end)]
    NoRange(Range<u64>),
    /// Something was counted that this version does not know of.
    #[error("there is no \"{0}\" to count")]
    Unknown(String),
}

impl Campaign {
    /// Nothing has been seen yet.
    pub fn new() -> Self {
        let names = GOALS.iter().map(|it| (it.name.to_owned(), 0));
        Self {
            sometimes: names.collect(),
            ..Self::default()
        }
    }

    /// One more run.
    ///
    /// # Panics
    /// If that seed was run before.
    pub fn add(&mut self, seed: u64, result: &RunResult) {
        self.events += result.case.end.events;
        self.virtual_us += result.case.end.at_us;
        for goal in Goal::ALL {
            let worlds = self.sometimes.entry(goal.property().name.into());
            *worlds.or_default() += u64::from(result.coverage.count(*goal) > 0);
        }
        self.failures.extend(result.failure.clone());
        self.failures.sort_by_key(|failure| failure.seed);
        self.add_seeds(std::slice::from_ref(&(seed..seed + 1)))
            .expect("no seed is run twice");
    }

    /// Adds another campaign to this one. A campaign without seeds may become a hunt for any
    /// flaw.
    ///
    /// # Errors
    /// If a seed is in both, or the other makes no sense. This one is then as it was.
    pub fn merge(&mut self, other: &Self) -> Result<(), MergeError> {
        if self.flaw != other.flaw && !self.seeds.is_empty() {
            return Err(MergeError::OtherFlaw);
        }
        let unknown = |name: &&String| !self.sometimes.contains_key(*name);
        if let Some(name) = other.sometimes.keys().find(unknown) {
            return Err(MergeError::Unknown(name.clone()));
        }
        self.add_seeds(&other.seeds)?;
        self.flaw = other.flaw;
        self.events += other.events;
        self.virtual_us += other.virtual_us;
        for (name, count) in &other.sometimes {
            *self.sometimes.entry(name.clone()).or_default() += count;
        }
        self.failures.extend(other.failures.iter().cloned());
        self.failures.sort_by_key(|failure| failure.seed);
        Ok(())
    }

    fn add_seeds(&mut self, added: &[Range<u64>]) -> Result<(), MergeError> {
        if let Some(range) = added.iter().find(|range| range.is_empty()) {
            return Err(MergeError::NoRange(range.clone()));
        }
        let mut all: Vec<Range<u64>> = self.seeds.iter().chain(added).cloned().collect();
        all.sort_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::new();
        for range in all {
            match joined.last_mut() {
                Some(last) if range.start < last.end => {
                    return Err(MergeError::Overlap(range.start));
                }
                Some(last) if range.start == last.end => last.end = range.end,
                _ => joined.push(range),
            }
        }
        self.seeds = joined;
        Ok(())
    }

    /// How many worlds were run.
    pub fn worlds(&self) -> u64 {
        self.seeds.iter().map(|range| range.end - range.start).sum()
    }

    /// The goals that were reached in none of the worlds.
    pub fn never(&self) -> impl Iterator<Item = &'static Property> {
        let count = |it: &Property| self.sometimes.get(it.name).copied().unwrap_or(0);
        GOALS.iter().filter(move |it| count(it) == 0)
    }

    /// Whether nothing failed, and all that is worth testing happened. A hunt ends where it
    /// finds something, so it may have seen little.
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty() && (self.flaw.is_some() || self.never().next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adversary::simulate;

    fn campaign(seeds: Range<u64>) -> Campaign {
        let mut campaign = Campaign::new();
        seeds.for_each(|seed| campaign.add(seed, &simulate(seed)));
        campaign
    }

    #[test]
    fn shards_add_up_to_the_whole_in_any_order() {
        let whole = campaign(10..16);
        assert_eq!(whole.worlds(), 6);
        let shards = [campaign(12..15), campaign(10..12), campaign(15..16)];
        let mut sum = Campaign::new();
        for shard in &shards {
            let text = serde_json::to_string(shard).unwrap();
            sum.merge(&serde_json::from_str(&text).unwrap()).unwrap();
        }
        assert_eq!(sum, whole);
    }

    #[test]
    fn what_overlaps_or_makes_no_sense_is_refused_and_changes_nothing() {
        let one = |seeds| Campaign {
            seeds: vec![seeds],
            ..Campaign::new()
        };
        let mut sum = one(5..10);
        assert_eq!(sum.merge(&one(9..12)), Err(MergeError::Overlap(9)));
        assert_eq!(sum.merge(&one(2..6)), Err(MergeError::Overlap(5)));
        assert_eq!(sum.merge(&one(3..3)), Err(MergeError::NoRange(3..3)));
        let mut strange = one(20..21);
        strange.sometimes.insert("flood".into(), 1);
        assert_eq!(
            sum.merge(&strange),
            Err(MergeError::Unknown("flood".into()))
        );
        let hunt = Campaign {
            flaw: Some(Flaw::VotesTwice),
            ..one(30..31)
        };
        assert_eq!(sum.merge(&hunt), Err(MergeError::OtherFlaw));
        let mut hunts = Campaign::new();
        assert_eq!(hunts.merge(&hunt), Ok(()));
        assert_eq!(hunts, hunt);
        assert_eq!(hunts.merge(&one(40..41)), Err(MergeError::OtherFlaw));
        assert_eq!(hunts, hunt);
        assert_eq!(sum, one(5..10));
        assert_eq!(sum.merge(&one(10..12)), Ok(()));
        assert_eq!(sum, one(5..12));
    }

    #[test]
    fn what_never_happened_spoils_a_campaign() {
        let mut campaign = Campaign::new();
        assert_eq!(campaign.never().count(), GOALS.len());
        campaign.sometimes.values_mut().for_each(|count| *count = 1);
        assert!(campaign.is_clean());
        campaign.sometimes.insert("leader-crashed".into(), 0);
        let never: Vec<&str> = campaign.never().map(|it| it.name).collect();
        assert_eq!(never, ["leader-crashed"]);
        assert!(!campaign.is_clean());
    }
}
