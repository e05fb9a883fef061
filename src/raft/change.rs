//! Changes of the membership (§6): newcomers first catch up as learners, then the
//! cluster goes through a joint configuration, and leaves it as soon as it can.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::decisions::{ChangeDecision, Decision};
use super::effects::Effects;
use super::ids::ReplicaId;
use super::membership::Membership;
use super::message::Payload;
use super::progress::{Progress, ProgressState};
use super::replica::Replica;
use super::role::{Leader, Role};
use crate::flaw::Flaw;

impl Replica {
    /// Somebody wants these voters and learners, and nobody else.
    pub(super) fn change_membership(&mut self, wish: Membership, effects: &mut Effects) {
        let decision = self.change_decision(&wish);
        effects.change = Some(decision);
        effects.decisions.push(Decision::Change { decision });
        if decision != ChangeDecision::Started {
            return;
        }
        let current = Arc::clone(self.membership());
        let newcomers: BTreeSet<ReplicaId> = wish
            .voters
            .iter()
            .copied()
            .filter(|&id| !current.contains(id))
            .collect();
        if let Role::Leader(leader) = &mut self.role {
            leader.change = Some(wish);
        }
        if newcomers.is_empty() {
            self.drive_change(effects);
        } else {
            let learners = current.learners.union(&newcomers).copied().collect();
            self.append_membership(
                Membership {
                    learners,
                    ..(*current).clone()
                },
                effects,
            );
        }
    }

    /// Whether the membership can change to this now.
    pub fn change_decision(&self, wish: &Membership) -> ChangeDecision {
        let Role::Leader(leader) = &self.role else {
            return ChangeDecision::NotLeader {
                leader: self.leader(),
            };
        };
        if let Some(transfer) = leader.transfer {
            return ChangeDecision::HandingOver { to: transfer.to };
        }
        let (index, current) = self.current_membership();
        if *index > self.commit_index || current.is_joint() {
            return ChangeDecision::UnderWay { index: *index };
        }
        // The rule whose lack was the bug of 2015: until then the configuration that
        // is being replaced may itself be taken back.
        if !self.has_own_commit() && !self.config.settings.breaks(Flaw::ChangesTooEarly) {
            return ChangeDecision::NoOwnCommit {
                term: self.durable.term,
            };
        }
        if wish.is_joint() || !wish.voters.is_disjoint(&wish.learners) {
            return ChangeDecision::Ambiguous;
        }
        if wish.voters.is_empty() {
            return ChangeDecision::NoVoter;
        }
        if let Some(replica) = wish
            .members()
            .into_iter()
            .find(|&id| !self.config.knows(id))
        {
            return ChangeDecision::UnknownReplica { replica };
        }
        if *wish == **current && leader.change.is_none() {
            return ChangeDecision::Unchanged;
        }
        ChangeDecision::Started
    }

    /// Takes the next step of a change, once the step before is committed.
    pub(super) fn drive_change(&mut self, effects: &mut Effects) {
        let Role::Leader(leader) = &self.role else {
            return;
        };
        let (index, current) = self.current_membership();
        let settled =
            leader.change.is_none() && !current.is_joint() && current.votes(self.config.id);
        let early = !self.has_own_commit() && !self.config.settings.breaks(Flaw::ChangesTooEarly);
        if settled || *index > self.commit_index || early {
            return;
        }
        if current.is_joint() {
            let left = current.left();
            return self.append_membership(left, effects);
        }
        if let Some(wish) = &leader.change {
            if self.has_caught_up(leader, wish) {
                let next = towards(current, wish);
                if let Role::Leader(leader) = &mut self.role {
                    leader.change = None;
                }
                if next != **self.membership() {
                    self.append_membership(next, effects);
                }
            }
        } else if !current.votes(self.config.id) {
            // It has led the change that removed it, and now goes (§6).
            self.become_follower(None, effects);
        }
    }

    /// Whether all that shall vote, and don't yet, hold what is committed.
    fn has_caught_up(&self, leader: &Leader, wish: &Membership) -> bool {
        wish.voters
            .iter()
            .filter(|&&id| !self.membership().votes(id))
            .all(|id| {
                leader.followers.get(id).is_some_and(|progress| {
                    matches!(progress.state, ProgressState::Replicate { .. })
                        && progress.match_index >= self.commit_index
                })
            })
    }

    /// Appends a configuration, which is in force at once.
    fn append_membership(&mut self, membership: Membership, effects: &mut Effects) {
        self.append_own(Payload::Membership(Arc::new(membership)), effects);
        let membership = Arc::clone(self.membership());
        let members = membership.members();
        let last_index = self.durable.log.last_index();
        let id = self.config.id;
        if let Role::Leader(leader) = &mut self.role {
            leader.followers.retain(|id, _| members.contains(id));
            for &member in members.iter().filter(|&&member| member != id) {
                leader
                    .followers
                    .entry(member)
                    .or_insert_with(|| Progress::new(last_index.previous()));
            }
            // One that is to lose its vote can't take over, and need not be waited for.
            let to = leader.transfer.map(|transfer| transfer.to);
            if let Some(to) = to.filter(|to| !membership.voters.contains(to)) {
                leader.give_up_transfer(to, effects);
            }
        }
        self.send_to_all(effects);
        self.advance_commit(effects);
    }
}

/// The next configuration on the way from `current` to `wish`. Where a majority of
/// either is sure to meet one of the other, since at most one voter differs, the way
/// is a single step (thesis §4.1); otherwise it leads through the joint one.
fn towards(current: &Membership, wish: &Membership) -> Membership {
    if current.voters.symmetric_difference(&wish.voters).count() <= 1 {
        return wish.clone();
    }
    Membership {
        outgoing: current.voters.clone(),
        ..wish.clone()
    }
}
