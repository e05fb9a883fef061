//! Whether a recording can be one, before any of it is done.

use super::fault::{BranchFault, ReplayError, ReplayFault};
use super::intervention::Intervention;
use super::moment::Moment;
use super::recording::{BRANCHES_MAX, FORMAT, NAME_CHARS_MAX, Recording};
use crate::raft::NUMBER_MAX;

impl Recording {
    /// Checks its form, the order of everything, and that each branch leaves one that is there.
    /// Whether what was done can be done shows when it is.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn check(&self) -> Result<(), ReplayError> {
        if !(1..=FORMAT).contains(&self.format) {
            return Err(ReplayError::Format(self.format));
        }
        if !(1..=u32::BITS).contains(&self.digest_bits) {
            return Err(ReplayError::DigestBits(self.digest_bits));
        }
        if self.branches.len() >= BRANCHES_MAX {
            return Err(ReplayError::Branches(self.branches.len()));
        }
        if let Some(number) = out_of_order(0, &self.interventions) {
            let fault = ReplayFault::OutOfOrder;
            return Err(ReplayError::Intervention { number, fault });
        }
        check_branch("", &self.name, self.interventions.len(), &self.digests)?;
        check_moment("end", self.end)?;
        for (number, branch) in self.branches.iter().enumerate() {
            let within = |field: &str| format!("branches[{number}].{field}");
            let fault = |field: &str, fault| {
                let path = within(field);
                Err(ReplayError::Branch { path, fault })
            };
            let parent = usize::try_from(branch.parent).unwrap_or(usize::MAX);
            if parent > number {
                return fault("parent", BranchFault::NoSuchBranch);
            }
            let left_at = branch.left_at;
            let of_parent = parent
                .checked_sub(1)
                .map(|place| self.branches[place].left_at);
            if of_parent.is_some_and(|of_parent| left_at < of_parent) {
                return fault("left_at", BranchFault::BeforeItsParent);
            }
            if let Some(number) = out_of_order(left_at.events, &branch.interventions) {
                let field = format!("interventions[{number}]");
                return fault(&field, BranchFault::OutOfOrder);
            }
            let prefix = within("");
            check_branch(
                &prefix,
                &branch.name,
                branch.interventions.len(),
                &branch.digests,
            )?;
            check_moment(&within("left_at"), Some(left_at))?;
            check_moment(&within("end"), branch.end)?;
        }
        if let Some(shown) = self.shown {
            if usize::try_from(shown.branch).unwrap_or(usize::MAX) > self.branches.len() {
                return Err(ReplayError::Branch {
                    path: "shown.branch".to_owned(),
                    fault: BranchFault::NoSuchBranch,
                });
            }
            check_moment("shown", Some(shown.moment()))?;
        }
        Ok(())
    }
}

/// The number of the first intervention that comes before so many events, or before the one
/// before it.
fn out_of_order(after: u64, interventions: &[Intervention]) -> Option<usize> {
    if interventions
        .first()
        .is_some_and(|it| it.after_events < after)
    {
        return Some(0);
    }
    let mut pairs = interventions.array_windows();
    let place = pairs.position(|[one, next]| one.after_events >= next.after_events);
    place.map(|place| place + 1)
}

fn check_branch(
    prefix: &str,
    name: &str,
    interventions: usize,
    digests: &[u32],
) -> Result<(), ReplayError> {
    let fault = |field: &str, fault| {
        let path = format!("{prefix}{field}");
        Err(ReplayError::Branch { path, fault })
    };
    if !is_name(name) {
        return fault("name", BranchFault::Name);
    }
    if digests.len() > interventions {
        return fault("digests", BranchFault::TooManyDigests);
    }
    Ok(())
}

/// Whether a branch can have this name.
pub(super) fn is_name(name: &str) -> bool {
    name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(char::is_control)
}

fn check_moment(path: &str, moment: Option<Moment>) -> Result<(), ReplayError> {
    let numbers = moment.map_or([0, 0], |it| [it.events, it.at_us]);
    if numbers.iter().all(|number| *number <= NUMBER_MAX) {
        return Ok(());
    }
    Err(ReplayError::Branch {
        path: path.to_owned(),
        fault: BranchFault::Beyond,
    })
}
