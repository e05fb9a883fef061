//! The branches of a timeline: what was done on each, and where it leaves its parent.
//!
//! A branch is the interventions after the moment where it leaves its parent; what comes before
//! is the parent's. The way from the beginning to the end of a branch, its **line**, leads
//! through all its ancestors.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::chronicle::Chronicle;
use super::{TimelineError, weight};
use crate::sim::property::violation::Violation;
use crate::sim::replay::check::is_name;
use crate::sim::replay::intervention::Intervention;
use crate::sim::replay::moment::Moment;
use crate::sim::replay::recording::BRANCHES_MAX;
use crate::sim::world::World;

/// This many of the newest deletions can be undone.
const DELETIONS_MAX: usize = 16;
/// All chronicles together have at most this many slots.
const SLOTS_MAX: usize = 16_384;
/// One that was deleted keeps at most this many.
const SLOTS_DELETED_MAX: usize = 512;
/// And they take at most about this many bytes.
const CHRONICLES_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// A branch of a timeline. A number is never used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct BranchId(pub u32);

/// The first branch, which leaves no other.
pub(super) const ROOT: BranchId = BranchId(0);

#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) parent: Option<BranchId>,
    pub(super) left_at: Moment,
    pub(super) name: String,
    /// Its own, in order.
    pub(super) interventions: Vec<Intervention>,
    /// The low half of the digest after each of them, or none.
    pub(super) digests: Vec<Option<u32>>,
    /// The furthest that it was run in this timeline; before `left_at` it was not run at all.
    pub(super) seen: Moment,
    /// The furthest that it was ever run, before it was written to a file too.
    pub(super) end: Moment,
    pub(super) violation: Option<Violation>,
    /// From here on it goes otherwise than when it was recorded.
    pub(super) differs_from_us: Option<u64>,
    /// The behaviour of the version that it comes from.
    pub(super) behaviour: u32,
    /// None before it was run.
    pub(super) chronicle: Option<Chronicle>,
}

#[derive(Clone, Debug)]
pub(super) struct Tree {
    all: BTreeMap<BranchId, Branch>,
    /// How many branches there have ever been.
    made: u32,
    /// What was deleted, the newest last; of each the branches, parents first.
    deleted: VecDeque<Vec<(BranchId, Branch)>>,
    /// About how many bytes all interventions take.
    bytes: usize,
}

/// The way from the beginning to the end of a branch.
#[derive(Clone, Debug)]
pub(super) struct Line {
    parts: Vec<Part>,
}

/// A part of a line: what it has of one branch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) branch: BranchId,
    /// How many interventions the line has before it.
    pub(super) before: usize,
    /// Where the next part leaves it; none for the last.
    pub(super) until: Option<Moment>,
    /// Where it leaves the part before.
    pub(super) from: Moment,
}

impl Branch {
    pub(super) fn beginning(parent: Option<BranchId>, left_at: Moment, behaviour: u32) -> Self {
        Self {
            parent,
            left_at,
            name: String::new(),
            interventions: Vec::new(),
            digests: Vec::new(),
            seen: left_at,
            end: left_at,
            violation: None,
            differs_from_us: None,
            behaviour,
            chronicle: None,
        }
    }

    /// It was run up to here, for the first time.
    pub(super) fn reach(&mut self, now: Moment) {
        self.seen = self.seen.max(now);
        self.end = self.end.max(now);
    }

    /// About how many bytes its interventions take.
    fn weight(&self) -> usize {
        self.interventions.iter().map(weight).sum()
    }
}

impl Tree {
    pub(super) fn new(root: Branch) -> Self {
        Self {
            bytes: root.weight(),
            all: BTreeMap::from([(ROOT, root)]),
            made: 1,
            deleted: VecDeque::new(),
        }
    }

    // --- looking ---

    pub(super) fn get(&self, id: BranchId) -> &Branch {
        &self.all[&id]
    }

    pub(super) fn get_mut(&mut self, id: BranchId) -> &mut Branch {
        self.all.get_mut(&id).expect("it is there")
    }

    pub(super) fn known(&self, id: BranchId) -> Result<&Branch, TimelineError> {
        self.all.get(&id).ok_or(TimelineError::NoSuchBranch(id.0))
    }

    /// All branches, parents before children: a child has a higher number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (BranchId, &Branch)> {
        self.all.iter().map(|(&id, branch)| (id, branch))
    }

    pub(super) fn room(&self) -> usize {
        BRANCHES_MAX.saturating_sub(self.all.len())
    }

    /// As if the interventions took so many bytes.
    #[cfg(test)]
    pub(super) fn pretend(&mut self, bytes: usize) {
        self.bytes = bytes;
    }

    /// About how many bytes all interventions take, and those of deleted branches.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn chronicles_weight(&self) -> u64 {
        let chronicles = self.all.values().filter_map(|it| it.chronicle.as_ref());
        chronicles.map(Chronicle::weight).sum()
    }

    /// The way from the beginning to the end of a branch.
    pub(super) fn line(&self, id: BranchId) -> Line {
        let mut way = vec![id];
        while let Some(parent) = self.get(way[way.len() - 1]).parent {
            way.push(parent);
        }
        way.reverse();
        let mut before = 0;
        let parts = way.iter().enumerate().map(|(place, &branch)| {
            let next = way.get(place + 1).map(|&next| self.get(next).left_at);
            let part = Part {
                branch,
                before,
                until: next,
                from: self.get(branch).left_at,
            };
            let until = next.map_or(u64::MAX, |next| next.events);
            let own = &self.get(branch).interventions;
            before += own.partition_point(|it| it.after_events < until);
            part
        });
        Line {
            parts: parts.collect(),
        }
    }

    /// The intervention of this number on a line.
    pub(super) fn intervention(&self, line: &Line, number: usize) -> Option<&Intervention> {
        let part = line.parts.iter().rfind(|part| part.before <= number)?;
        let own = &self.all.get(&part.branch)?.interventions;
        own.get(number - part.before)
    }

    /// How many interventions a line has before that many events had happened.
    pub(super) fn done(&self, line: &Line, events: u64) -> usize {
        let part = line.part_at(events);
        let own = &self.get(part.branch).interventions;
        part.before + own.partition_point(|it| it.after_events < events)
    }

    // --- changing ---

    /// Begins a branch.
    pub(super) fn fork(&mut self, parent: BranchId, left_at: Moment, behaviour: u32) -> BranchId {
        let id = BranchId(self.made);
        self.made += 1;
        let branch = Branch::beginning(Some(parent), left_at, behaviour);
        self.all.insert(id, branch);
        id
    }

    /// A branch of a file takes its place.
    pub(super) fn add(&mut self, branch: Branch) -> BranchId {
        let id = BranchId(self.made);
        self.made += 1;
        self.bytes += branch.weight();
        self.all.insert(id, branch);
        id
    }

    /// Something is done at the end of a branch.
    pub(super) fn push(&mut self, id: BranchId, intervention: Intervention, digest: u32) {
        self.bytes += weight(&intervention);
        let branch = self.get_mut(id);
        branch.interventions.push(intervention);
        branch.digests.push(Some(digest));
    }

    /// What a line has from that intervention on can't be done, and is not followed any more.
    pub(super) fn give_up(&mut self, line: &Line, number: usize, at_us: u64) {
        let Some(part) = line
            .parts
            .iter()
            .rfind(|part| part.before <= number)
            .copied()
        else {
            return;
        };
        let branch = self.get_mut(part.branch);
        let weight_before = branch.weight();
        branch.interventions.truncate(number - part.before);
        branch.digests.truncate(number - part.before);
        branch.differs_from_us.get_or_insert(at_us);
        branch.end = branch.seen;
        let freed = weight_before - branch.weight();
        self.bytes -= freed;
    }

    pub(super) fn rename(&mut self, id: BranchId, name: &str) -> Result<(), TimelineError> {
        self.known(id)?;
        if !is_name(name) {
            return Err(TimelineError::Name);
        }
        name.clone_into(&mut self.get_mut(id).name);
        Ok(())
    }

    /// A branch and all that leave it, parents first.
    pub(super) fn with_descendants(&self, id: BranchId) -> Vec<BranchId> {
        let mut found = vec![id];
        for (&other, branch) in self.all.range(id..) {
            if branch.parent.is_some_and(|parent| found.contains(&parent)) {
                found.push(other);
            }
        }
        found
    }

    /// Deletes these branches, which are one with all its descendants.
    pub(super) fn delete(&mut self, ids: &[BranchId]) {
        let gone = ids
            .iter()
            .filter_map(|&id| Some((id, self.all.remove(&id)?)));
        let mut gone: Vec<_> = gone.collect();
        for chronicle in gone.iter_mut().filter_map(|(_, it)| it.chronicle.as_mut()) {
            chronicle.coarsen_to(SLOTS_DELETED_MAX);
        }
        self.deleted.push_back(gone);
        while self.deleted.len() > DELETIONS_MAX
            || self.deleted.len() > 1 && self.deleted_weight() > CHRONICLES_BYTES_MAX
        {
            self.forget_deletion();
        }
    }

    fn deleted_weight(&self) -> u64 {
        let branches = self.deleted.iter().flatten();
        let chronicles = branches.filter_map(|(_, it)| it.chronicle.as_ref());
        chronicles.map(Chronicle::weight).sum()
    }

    fn forget_deletion(&mut self) -> bool {
        let forgotten = self.deleted.pop_front();
        let weights = forgotten.iter().flatten().map(|(_, it)| it.weight());
        self.bytes -= weights.sum::<usize>();
        forgotten.is_some()
    }

    /// Makes room for interventions of so many bytes, at the cost of what was deleted.
    pub(super) fn has_room(&mut self, bytes: usize, bytes_max: usize) -> bool {
        while self.bytes + bytes > bytes_max {
            if !self.forget_deletion() {
                return false;
            }
        }
        true
    }

    /// What can be restored, the newest first: the branch that was deleted, and how many went
    /// with it, itself included.
    pub(super) fn deleted(&self) -> impl Iterator<Item = (BranchId, &str, usize)> {
        self.deleted.iter().rev().filter_map(|branches| {
            let (id, branch) = branches.first()?;
            Some((*id, branch.name.as_str(), branches.len()))
        })
    }

    /// Brings back what was deleted with that branch.
    pub(super) fn restore(&mut self, id: BranchId) -> Result<(), TimelineError> {
        let is_it = |it: &Vec<(BranchId, Branch)>| it.first().is_some_and(|(it, _)| *it == id);
        let place = self.deleted.iter().rposition(is_it);
        let place = place.ok_or(TimelineError::NotDeleted(id.0))?;
        let (first, count) = (&self.deleted[place][0].1, self.deleted[place].len());
        // Its parent may have been deleted since.
        if first
            .parent
            .is_some_and(|parent| !self.all.contains_key(&parent))
        {
            return Err(TimelineError::ParentDeleted(id.0));
        }
        if count > self.room() {
            return Err(TimelineError::TooManyBranches);
        }
        let branches = self.deleted.remove(place).unwrap_or_default();
        self.all.extend(branches);
        Ok(())
    }

    /// Makes the chronicles coarser until they keep their bounds all together.
    pub(super) fn trim_chronicles(&mut self) {
        loop {
            let chronicles = self.all.values_mut().filter_map(|it| it.chronicle.as_mut());
            let mut chronicles: Vec<_> = chronicles.collect();
            let slots: usize = chronicles.iter().map(|it| it.len()).sum();
            let bytes: u64 = chronicles.iter().map(|it| it.weight()).sum();
            if slots <= SLOTS_MAX && bytes <= CHRONICLES_BYTES_MAX {
                return;
            }
            let longest = chronicles.iter_mut().max_by_key(|it| it.weight());
            let Some(longest) = longest.filter(|it| it.len() > 1) else {
                return;
            };
            longest.coarsen_to(longest.len() / 2);
        }
    }

    /// Each branch that a world runs on for the first time begins a chronicle.
    pub(super) fn chronicle(&mut self, id: BranchId, world: &World) -> &mut Chronicle {
        let chronicle = &mut self.get_mut(id).chronicle;
        chronicle.get_or_insert_with(|| Chronicle::beginning(world))
    }
}

impl Line {
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The part whose branch owns the moment after that many events: where two meet, the first.
    pub(super) fn part_at(&self, events: u64) -> &Part {
        let later = self.parts.iter().skip(1);
        let part = later.rev().find(|part| part.from.events < events);
        part.unwrap_or(&self.parts[0])
    }

    /// The branch that it is the line of.
    pub(super) fn branch(&self) -> BranchId {
        self.parts[self.parts.len() - 1].branch
    }

    /// How many events it has in common with another.
    pub(super) fn shared_with(&self, other: &Self) -> Option<u64> {
        let pairs = self.parts.iter().zip(&other.parts);
        let same = pairs.take_while(|(one, other)| one.branch == other.branch);
        let (one, other) = same.last()?;
        match (one.until, other.until) {
            (Some(one), Some(other)) => Some(one.events.min(other.events)),
            (one, other) => one.or(other).map(|until| until.events),
        }
    }
}
