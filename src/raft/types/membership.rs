//! The configuration of the cluster: its members, and the quorums among them (§6).

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ids::ReplicaId;
use crate::flaw::Flaw;

/// A configuration of the cluster: the paper's `C_old` or `C_new`, or on the way
/// from one to the other the joint `C_old,new`, in which nothing is decided without
/// a majority of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Membership {
    /// The voters: `C_new`, or simply the configuration.
    pub voters: BTreeSet<ReplicaId>,
    /// While the configuration is joint, the voters of its other half: `C_old`.
    /// Empty otherwise.
    pub outgoing: BTreeSet<ReplicaId>,
    /// The replicas that receive the log without a vote (thesis §4.2.1). In a joint
    /// configuration one of them may still have a vote in the outgoing half.
    pub learners: BTreeSet<ReplicaId>,
}

impl Membership {
    /// A configuration in which all of these vote.
    pub fn of_voters(voters: impl IntoIterator<Item = ReplicaId>) -> Self {
        Self {
            voters: voters.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Whether decisions need a majority of two halves.
    pub fn is_joint(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Whether `id` votes, in either half.
    pub fn votes(&self, id: ReplicaId) -> bool {
        self.voters.contains(&id) || self.outgoing.contains(&id)
    }

    /// Whether `id` receives the log.
    pub fn contains(&self, id: ReplicaId) -> bool {
        self.votes(id) || self.learners.contains(&id)
    }

    /// All that receive the log.
    pub fn members(&self) -> BTreeSet<ReplicaId> {
        self.halves()
            .chain([&self.learners])
            .flatten()
            .copied()
            .collect()
    }

    /// Whether the replicas for which `agrees` holds are a majority of each half; never if there
    /// are no voters.
    pub fn is_quorum(&self, agrees: impl FnMut(ReplicaId) -> bool) -> bool {
        self.is_quorum_by(None, agrees)
    }

    /// The same with a flaw in how votes are counted.
    pub(in crate::raft) fn is_quorum_by(
        &self,
        flaw: Option<Flaw>,
        mut agrees: impl FnMut(ReplicaId) -> bool,
    ) -> bool {
        let counted = self.counted(flaw);
        !counted.voters.is_empty()
            && counted.halves().all(|half| {
                let agreeing = half.iter().filter(|&&id| agrees(id)).count();
                agreeing >= majority(half.len(), flaw)
            })
    }

    /// The highest value that a majority of each half has reached (an index for the commit rule,
    /// a round for a read), if each replica has reached what `reached` says. Zero, the default, if
    /// there are no voters.
    pub fn agreed<T: Copy + Ord + Default>(&self, reached: impl FnMut(ReplicaId) -> T) -> T {
        self.agreed_by(None, reached)
    }

    /// The same with a flaw in how votes are counted.
    pub(in crate::raft) fn agreed_by<T: Copy + Ord + Default>(
        &self,
        flaw: Option<Flaw>,
        mut reached: impl FnMut(ReplicaId) -> T,
    ) -> T {
        let mut of_half = |half: &BTreeSet<ReplicaId>| {
            let few = &mut [T::default(); 16];
            let mut many = Vec::new();
            let values = if let Some(values) = few.get_mut(..half.len()) {
                values
            } else {
                many.resize(half.len(), T::default());
                &mut many
            };
            for (value, &id) in values.iter_mut().zip(half) {
                *value = reached(id);
            }
            // The majority-th highest.
            let place = values.len() - majority(values.len(), flaw);
            *values.select_nth_unstable(place).1
        };
        let counted = self.counted(flaw);
        if counted.voters.is_empty() {
            return T::default();
        }
        counted.halves().map(&mut of_half).min().unwrap_or_default()
    }

    /// The configuration by which votes are counted: itself, unless a flaw changes that.
    fn counted(&self, flaw: Option<Flaw>) -> Cow<'_, Self> {
        match flaw {
            Some(Flaw::UnionQuorum) => {
                Cow::Owned(Self::of_voters(self.halves().flatten().copied()))
            }
            Some(Flaw::CountsLearners) => {
                let with_learners = |half: &BTreeSet<ReplicaId>| {
                    if half.is_empty() {
                        return BTreeSet::new();
                    }
                    half | &self.learners
                };
                Cow::Owned(Self {
                    voters: with_learners(&self.voters),
                    outgoing: with_learners(&self.outgoing),
                    learners: BTreeSet::new(),
                })
            }
            _ => Cow::Borrowed(self),
        }
    }

    /// The configuration that a joint one leads to: without its outgoing half.
    #[must_use]
    pub fn left(&self) -> Self {
        Self {
            outgoing: BTreeSet::new(),
            ..self.clone()
        }
    }

    /// The next configuration on the way from this one, which is not joint, to `wish`,
    /// which is not joint either. If at most one voter differs, any majority of one shares a
    /// replica with any majority of the other, and a single step will do (thesis §4.1). Otherwise
    /// the way leads through the joint configuration, and [`left`](Self::left) is the step after.
    #[must_use]
    pub fn towards(&self, wish: &Self) -> Self {
        if self.voters.symmetric_difference(&wish.voters).count() <= 1 {
            return wish.clone();
        }
        Self {
            outgoing: self.voters.clone(),
            ..wish.clone()
        }
    }

    /// The sets that each need a majority: the voters, and in a joint
    /// configuration the outgoing ones. None of them is empty.
    pub fn halves(&self) -> impl Iterator<Item = &BTreeSet<ReplicaId>> {
        [&self.voters, &self.outgoing]
            .into_iter()
            .filter(|half| !half.is_empty())
    }
}

/// How many of `members` are a majority.
fn majority(members: usize, flaw: Option<Flaw>) -> usize {
    if flaw == Some(Flaw::HalfIsMajority) {
        return members.div_ceil(2); // flaw
    }
    members / 2 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::LogIndex;

    fn ids(ids: &[u16]) -> BTreeSet<ReplicaId> {
        ids.iter().copied().map(ReplicaId).collect()
    }

    #[test]
    fn a_joint_quorum_is_one_of_each_half_and_not_of_the_union() {
        let joint = Membership {
            voters: ids(&[3, 4, 5]),
            outgoing: ids(&[1, 2, 3]),
            learners: ids(&[6]),
        };
        let quorum = |agreeing: &[u16]| {
            let agreeing = ids(agreeing);
            joint.is_quorum(|id| agreeing.contains(&id))
        };
        assert!(quorum(&[1, 3, 4]));
        // Three of the five in the union, but one of the old half only.
        assert!(!quorum(&[3, 4, 5]));
        assert!(!quorum(&[1, 2, 6]));
    }

    #[test]
    fn without_a_voter_nothing_is_agreed_upon() {
        let nobody = Membership::default();
        let only_outgoing = Membership {
            outgoing: ids(&[1]),
            ..Membership::default()
        };
        for membership in [nobody, only_outgoing] {
            assert!(!membership.is_quorum(|_| true));
            assert_eq!(membership.agreed(|_| LogIndex(7)), LogIndex(0));
        }
    }

    #[test]
    fn a_step_that_changes_one_voter_needs_no_joint_configuration() {
        let from = Membership::of_voters(ids(&[1, 2, 3]));
        for wish in [&[1, 2][..], &[1, 2, 3, 4], &[1, 2, 3]] {
            let wish = Membership::of_voters(ids(wish));
            assert_eq!(from.towards(&wish), wish);
        }
        let wish = Membership::of_voters(ids(&[1, 2, 4]));
        let joint = from.towards(&wish);
        let halves: Vec<_> = joint.halves().cloned().collect();
        assert_eq!(halves, [ids(&[1, 2, 4]), ids(&[1, 2, 3])]);
        assert_eq!(joint.left(), wish);
    }

    #[test]
    fn the_agreed_index_is_the_lower_of_the_halves() {
        let joint = Membership {
            voters: ids(&[3, 4, 5]),
            outgoing: ids(&[1, 2, 3]),
            learners: ids(&[6]),
        };
        let held = |id: ReplicaId| LogIndex([0, 9, 4, 7, 8, 2, 99][usize::from(id.0)]);
        // Old half holds 9, 4, 7: two of them 7. New half holds 7, 8, 2: two of them 7.
        assert_eq!(joint.agreed(held), LogIndex(7));
        assert_eq!(joint.left().agreed(held), LogIndex(7));
        assert_eq!(
            Membership::of_voters(ids(&[2, 5])).agreed(held),
            LogIndex(2)
        );
    }
}
