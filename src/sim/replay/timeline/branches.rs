//! The branches of a timeline: what they are, and what can be done with them.

use serde::Serialize;

use super::seek::{SeekRequest, SeekTo};
use super::tree::{Branch, BranchId};
use super::{Timeline, TimelineError};
use crate::sim::property::violation::Violation;
use crate::sim::replay::moment::Moment;
use crate::sim::scenario::action::Action;

/// All branches, and the moment that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Branches {
    /// The branch that is shown.
    pub shown: BranchId,
    /// The moment that is shown.
    pub now: Moment,
    /// Parents before children.
    pub branches: Vec<BranchView>,
    /// What can be brought back, the newest deletion first.
    pub deleted: Vec<DeletedBranch>,
    /// How many more branches there may be.
    pub room: u32,
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct BranchView {
    /// Its number.
    pub id: BranchId,
    /// The branch that it leaves; the first one leaves none.
    pub parent: Option<BranchId>,
    /// Where it leaves that.
    pub left_at: Moment,
    /// Its name; empty if nobody has given it one.
    pub name: String,
    /// The furthest that it was ever run, or is known to have been done.
    pub end: Moment,
    /// How many interventions are its own.
    pub interventions: u32,
    /// The first of them: what began it.
    pub first_action: Option<Action>,
    /// The broken property at which it stopped.
    pub violation: Option<Violation>,
    /// From this time on, in microseconds, it goes otherwise than when it was recorded, by
    /// another version.
    pub differs_from_us: Option<u64>,
}

/// A deletion that can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct DeletedBranch {
    /// The branch that was deleted.
    pub id: BranchId,
    /// Its name.
    pub name: String,
    /// How many branches went with it, itself included.
    pub branches: u32,
}

impl Timeline {
    /// All branches, and the moment that is shown.
    pub fn branches(&self) -> Branches {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let view = |(id, branch): (BranchId, &Branch)| BranchView {
            id,
            parent: branch.parent,
            left_at: branch.left_at,
            name: branch.name.clone(),
            end: branch.end,
            interventions: count(branch.interventions.len()),
            first_action: branch.interventions.first().map(|it| it.action.clone()),
            violation: branch.violation.clone(),
            differs_from_us: branch.differs_from_us,
        };
        let deleted = self
            .tree
            .deleted()
            .map(|(id, name, branches)| DeletedBranch {
                id,
                name: name.to_owned(),
                branches: count(branches),
            });
        Branches {
            shown: self.shown(),
            now: Moment::of(self.world()),
            branches: self.tree.iter().map(view).collect(),
            deleted: deleted.collect(),
            room: count(self.tree.room()),
        }
    }

    /// Gives a branch a name; the empty one takes it away.
    ///
    /// # Errors
    /// [`TimelineError::NoSuchBranch`], [`TimelineError::Name`].
    pub fn rename(&mut self, branch: BranchId, name: &str) -> Result<(), TimelineError> {
        self.tree.rename(branch, name)
    }

    /// Deletes a branch and all that leave it. If one of them is shown, the moment is shown where
    /// the branch left its parent.
    ///
    /// # Errors
    /// [`TimelineError::NoSuchBranch`], [`TimelineError::FirstBranch`].
    pub fn delete(&mut self, branch: BranchId) -> Result<(), TimelineError> {
        let known = self.tree.known(branch)?;
        let (parent, left_at) = (
            known.parent.ok_or(TimelineError::FirstBranch)?,
            known.left_at,
        );
        let gone = self.tree.with_descendants(branch);
        if gone.contains(&self.shown()) {
            let events = left_at.events.min(self.world().events());
            let to = SeekTo::Events(events);
            self.seek(SeekRequest::on(parent, to))?.finish();
        }
        self.leave_seek();
        for &branch in &gone {
            self.copies.forget(branch, &mut self.attic);
        }
        self.tree.delete(&gone);
        self.arrive();
        Ok(())
    }

    /// Brings back what was deleted with a branch.
    ///
    /// # Errors
    /// [`TimelineError::NotDeleted`], [`TimelineError::ParentDeleted`],
    /// [`TimelineError::TooManyBranches`].
    pub fn restore(&mut self, branch: BranchId) -> Result<(), TimelineError> {
        self.tree.restore(branch)
    }
}
