//! The copies of the world from which a moment of the past is made again.
//!
//! They lie dense around the moment that is shown and before the end of its branch, and sparse far
//! from both: within about a minute they are four times as close as an hour away, so that a step
//! back is quick, and a jump to anywhere takes a few of these steps. They have a budget, in copies
//! and in bytes; who goes first is who leaves the smallest gap for how far away it is. Whatever
//! moments they lie at, the past is the same.
//!
//! Nothing is freed while one seeks: a world that has a long log takes as long to drop as some
//! hundred events to happen. What is not needed any more waits in the [attic](Attic).

use super::tree::{BranchId, Line, ROOT, Tree};
use crate::sim::footprint::Footprint;
use crate::sim::replay::moment::Moment;
use crate::sim::world::World;

/// At most this many copies of the world are kept.
pub(super) const COPIES_MAX: usize = 640;
/// And together they take at most about this many bytes; the beginning is always kept.
pub(super) const COPIES_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// The fewest events between two copies.
pub(super) const SPACING_MIN: u64 = 1_024;
/// In the long run a copy is made each time the past has grown by this share, one in 2,048.
pub(super) const SPACING_SHARE: u64 = 2_048;
/// Up to here a copy is near, in events: about a minute of a busy world.
const NEAR: u128 = 1 << 17;
/// Copies far away lie this much farther apart than those nearby.
const FAR_FACTOR: u128 = 4;
/// What a copy takes beside that of which there may be much, in bytes: by measurement.
const COPY_BYTES: u64 = 24 * 1024;
/// And for each replica.
const COPY_BYTES_EACH: u64 = 8 * 1024;

/// The world at an earlier moment, or a later one.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) world: World,
    /// The branch that owns the moment.
    pub(super) branch: BranchId,
    footprint: Footprint,
}

/// All copies, by branch and moment.
#[derive(Clone, Debug)]
pub(super) struct Copies {
    kept: Vec<Kept>,
}

/// Worlds that are to be dropped when there is time for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Attic {
    worlds: Vec<World>,
}

/// The attic holds at most this many worlds.
const ATTIC_MAX: usize = 16;

impl Attic {
    pub(super) fn put(&mut self, world: World) {
        self.worlds.push(world);
        if self.worlds.len() > ATTIC_MAX {
            self.worlds.swap_remove(0);
        }
    }

    /// Drops one of them. Returns whether there was one.
    pub(super) fn drop_one(&mut self) -> bool {
        self.worlds.pop().is_some()
    }
}

impl Kept {
    fn of(world: &World, branch: BranchId) -> Self {
        let mut footprint = world.footprint();
        footprint.add(COPY_BYTES + COPY_BYTES_EACH * world.servers.len() as u64);
        Self {
            footprint,
            branch,
            world: world.clone(),
        }
    }

    pub(super) fn events(&self) -> u64 {
        self.world.events()
    }

    pub(super) fn moment(&self) -> Moment {
        Moment::of(&self.world)
    }

    fn place(&self) -> (BranchId, u64) {
        (self.branch, self.events())
    }
}

impl Copies {
    /// A world at its beginning, which is always kept.
    pub(super) fn new(beginning: &World) -> Self {
        Self {
            kept: vec![Kept::of(beginning, ROOT)],
        }
    }

    /// The copies of a branch up to so many events.
    fn of(&self, branch: BranchId, until: u64) -> &[Kept] {
        let first = self.kept.partition_point(|it| it.branch < branch);
        let end = self
            .kept
            .partition_point(|it| it.place() <= (branch, until));
        &self.kept[first..end.max(first)]
    }

    /// The last copy on a line for which `before` holds, in a line in which it holds for all up
    /// to some moment.
    pub(super) fn last<'a>(
        &'a self,
        line: &'a Line,
        before: impl Fn(Moment) -> bool,
    ) -> Option<&'a Kept> {
        for part in line.parts().iter().rev() {
            let until = part.until.map_or(u64::MAX, |until| until.events);
            let copies = self.of(part.branch, until);
            let count = copies.partition_point(|it| before(it.moment()));
            if let Some(last) = count.checked_sub(1) {
                return copies.get(last);
            }
        }
        None
    }

    /// The first copy on a line after so many events.
    pub(super) fn next<'a>(&'a self, line: &'a Line, after: u64) -> Option<&'a Kept> {
        line.parts().iter().find_map(|part| {
            let until = part.until.map_or(u64::MAX, |until| until.events);
            let copies = self.of(part.branch, until);
            copies.get(copies.partition_point(|it| it.events() <= after))
        })
    }

    /// Keeps a copy of the world, unless one lies near by on the line, and gives up others for
    /// it if there are too many.
    pub(super) fn remember(&mut self, world: &World, line: &Line, tree: &Tree, attic: &mut Attic) {
        let branch = line.part_at(world.events()).branch;
        let copy = Kept::of(world, branch);
        let place = self.kept.partition_point(|it| it.place() < copy.place());
        if self
            .kept
            .get(place)
            .is_some_and(|it| it.place() == copy.place())
        {
            return;
        }
        self.kept.insert(place, copy);
        self.thin_out(world, line, tree, attic);
    }

    /// Forgets copies until those that are left keep the bounds.
    fn thin_out(&mut self, world: &World, line: &Line, tree: &Tree, attic: &mut Attic) {
        let partings = self.partings(world, line, tree);
        while self.kept.len() > 1
            && (self.kept.len() > COPIES_MAX || self.bytes_by(world, &partings) > COPIES_BYTES_MAX)
        {
            let costs = (1..self.kept.len()).map(|place| {
                let copy = &self.kept[place];
                let branch = tree.get(copy.branch);
                let before = &self.kept[place - 1];
                let begin = if before.branch == copy.branch {
                    before.events()
                } else {
                    branch.left_at.events
                };
                let next = self
                    .kept
                    .get(place + 1)
                    .filter(|it| it.branch == copy.branch);
                let end = next.map_or(branch.seen.events.max(copy.events()), Kept::events);
                let parted = partings.of(copy.branch);
                let age = if copy.events() <= parted {
                    world.events().abs_diff(copy.events())
                } else {
                    (world.events() - parted) + (copy.events() - parted)
                };
                // From the past one comes back to where the branch ends.
                let to_end = branch.seen.events.abs_diff(copy.events());
                let age = if copy.branch == line.branch() {
                    age.min(to_end)
                } else {
                    age
                };
                (cost(end - begin, age), place)
            });
            let Some((_, place)) = costs.min() else {
                return;
            };
            attic.put(self.kept.remove(place).world);
        }
    }

    /// Where each branch that has copies parts from what is shown, at the latest now.
    fn partings(&self, world: &World, line: &Line, tree: &Tree) -> Partings {
        let mut parted: Vec<(BranchId, u64)> = Vec::new();
        for copy in &self.kept {
            if parted.last().is_some_and(|(it, _)| *it == copy.branch) {
                continue;
            }
            let shown = line.parts().iter().any(|part| part.branch == copy.branch);
            let shared = tree.line(copy.branch).shared_with(line).unwrap_or(u64::MAX);
            // On the line that is shown what is to come lies beyond nothing.
            let events = if shown {
                u64::MAX
            } else {
                shared.min(world.events())
            };
            parted.push((copy.branch, events));
        }
        Partings(parted)
    }

    /// Forgets the copies of a branch.
    pub(super) fn forget(&mut self, branch: BranchId, attic: &mut Attic) {
        let mut place = 0;
        while place < self.kept.len() {
            if self.kept[place].branch == branch {
                attic.put(self.kept.remove(place).world);
            } else {
                place += 1;
            }
        }
    }

    /// About how many bytes the copies take, beyond what the world takes anyway.
    pub(super) fn bytes(&self, world: &World, line: &Line, tree: &Tree) -> u64 {
        self.bytes_by(world, &self.partings(world, line, tree))
    }

    /// Each copy shares with the next of its branch what both hold of the same lists, and the
    /// last of a branch that parts from what is shown holds what came after that alone.
    fn bytes_by(&self, world: &World, partings: &Partings) -> u64 {
        let alone: u64 = self.kept.iter().map(|it| it.footprint.alone).sum();
        let now = world.footprint();
        let held = self.kept.iter().enumerate().map(|(place, copy)| {
            if let Some(next) = self.kept.get(place + 1)
                && next.branch == copy.branch
            {
                return copy.footprint.beyond(&next.footprint);
            }
            let parted = partings.of(copy.branch);
            if copy.events() <= parted {
                return copy.footprint.beyond(&now) + copy.footprint.since(&now);
            }
            let own = self.of(copy.branch, copy.events());
            let common = own.partition_point(|it| it.events() <= parted);
            let earlier = &own[common.saturating_sub(1)];
            copy.footprint.since(&earlier.footprint)
        });
        alone + held.sum::<u64>()
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &Kept> {
        self.kept.iter()
    }
}

/// Where branches part from what is shown.
struct Partings(Vec<(BranchId, u64)>);

impl Partings {
    fn of(&self, branch: BranchId) -> u64 {
        let found = self.0.iter().find(|(it, _)| *it == branch);
        found.map_or(u64::MAX, |(_, events)| *events)
    }
}

/// How dear a gap is: its length, for how far away it is.
fn cost(gap: u64, age: u64) -> u128 {
    let far = u128::from(age).min(NEAR * (FAR_FACTOR - 1));
    (u128::from(gap) << 64) / (NEAR + far)
}
