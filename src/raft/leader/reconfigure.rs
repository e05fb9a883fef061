//! Changes of the membership (§6): newcomers first catch up as learners, then the
//! cluster goes through a joint configuration, and leaves it as soon as it can.
//!
//! A newcomer that never answers keeps a change waiting for ever, and no other harm comes of
//! it: it has no vote. Whether it is only slow, the core can't know, so it gives up nothing by
//! itself (the thesis, §4.2.1, counts rounds): it says whom it waits for, and the change can be
//! taken back.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::progress::{Progress, ProgressState};
use crate::flaw::Flaw;
use crate::raft::decisions::{ChangeDecision, Decision};
use crate::raft::effects::Effects;
use crate::raft::replica::Replica;
use crate::raft::role::{Leader, Role, Transfer};
use crate::raft::types::ids::ReplicaId;
use crate::raft::types::membership::Membership;
use crate::raft::types::message::Payload;
use crate::raft::types::news::{Asked, ChangeEnd};

impl Replica {
    /// Somebody wants these voters and learners, and nobody else.
    pub(in crate::raft) fn change_membership(&mut self, wish: Membership, effects: &mut Effects) {
        let decision = self.change_decision(&wish);
        effects.change = Some(decision);
        effects.decisions.push(Decision::Change { decision });
        if decision != ChangeDecision::Started {
            return;
        }
        let current = Arc::clone(self.membership());
        self.note_change(&current, effects);
        let newcomers: BTreeSet<ReplicaId> = wish
            .voters
            .iter()
            .copied()
            .filter(|&id| !current.contains(id))
            .collect();
        let goal = self.durable.log.last_index();
        if let Role::Leader(leader) = &mut self.role {
            let promoted = wish.voters.iter().filter(|&&id| !current.votes(id));
            for id in promoted {
                if let Some(progress) = leader.followers.get_mut(id) {
                    progress.begin_catch_up(goal);
                }
            }
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

    /// Remembers a change that begins, in place of one that waits for its newcomers.
    fn note_change(&mut self, current: &Membership, effects: &mut Effects) {
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let before = match leader.asked.take() {
            Some(asked) => {
                effects.changes_ended.push(ChangeEnd::Replaced);
                asked.before
            }
            None => current.clone(),
        };
        leader.asked = Some(Box::new(Asked {
            before,
            taken_back: false,
        }));
    }

    /// Somebody thinks better of a change that waits for its newcomers.
    pub(in crate::raft) fn take_back_change(&mut self, effects: &mut Effects) {
        let decision = self.take_back_decision();
        effects.change = Some(decision);
        effects.decisions.push(Decision::Change { decision });
        if decision != ChangeDecision::TakenBack {
            return;
        }
        if let Role::Leader(leader) = &mut self.role
            && let Some(asked) = &mut leader.asked
        {
            // The newcomers go as they came: by a change, for which nobody must catch up.
            leader.change = Some(asked.before.clone());
            asked.taken_back = true;
        }
        self.drive_change(effects);
    }

    /// Whether the change that is under way can be taken back now.
    pub fn take_back_decision(&self) -> ChangeDecision {
        let Role::Leader(leader) = &self.role else {
            return ChangeDecision::NotLeader {
                leader: self.leader(),
            };
        };
        let (index, current) = self.current_membership();
        let waiting = leader.asked.as_ref().filter(|_| leader.change.is_some());
        match (waiting, leader.transfer) {
            (Some(_), Some(transfer)) => ChangeDecision::HandingOver { to: transfer.to },
            (Some(_), None) if self.durable.log.is_full() => ChangeDecision::LogFull,
            (Some(asked), None) if !asked.taken_back => ChangeDecision::TakenBack,
            // Its configuration is in the log.
            _ if *index > self.commit_index || current.is_joint() => {
                ChangeDecision::UnderWay { index: *index }
            }
            _ => ChangeDecision::NothingToTakeBack,
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
        if self.durable.log.is_full() {
            return ChangeDecision::LogFull;
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
    pub(in crate::raft) fn drive_change(&mut self, effects: &mut Effects) {
        let Role::Leader(leader) = &self.role else {
            return;
        };
        let (index, current) = self.current_membership();
        let settled =
            leader.asked.is_none() && !current.is_joint() && current.votes(self.config.id);
        let early = !self.has_own_commit() && !self.config.settings.breaks(Flaw::ChangesTooEarly);
        if settled || *index > self.commit_index || early {
            return;
        }
        let next = match &leader.change {
            _ if current.is_joint() => current.left(),
            Some(wish) if self.lacking(leader, wish).next().is_some() => return,
            Some(wish) => current.towards(wish),
            None => (**current).clone(),
        };
        if next == **current {
            return self.end_change(effects);
        }
        // A successor that was told to stand has the whole log, and would lose to whoever got one
        // entry more. If it does not take over, the change goes on.
        let succeeds = |transfer: Transfer| transfer.told && next.votes(transfer.to);
        if leader.transfer.is_some_and(succeeds) || self.durable.log.is_full() {
            return;
        }
        if let Role::Leader(leader) = &mut self.role {
            leader.change = None;
        }
        self.append_membership(next, effects);
    }

    /// There is nothing more to do for a change: the configuration in force is committed.
    fn end_change(&mut self, effects: &mut Effects) {
        let index = self.membership_index();
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        leader.change = None;
        if let Some(asked) = leader.asked.take() {
            effects.changes_ended.push(if asked.taken_back {
                ChangeEnd::TakenBack { index }
            } else {
                ChangeEnd::Done { index }
            });
        }
        if !self.membership().votes(self.config.id) {
            // It has led the change that removed it, and now goes (§6).
            self.go(effects);
        }
    }

    /// Those that shall vote, don't yet, and lack more of what is committed than came within an
    /// election timeout (thesis §4.2.1): while the cluster is busy, one whose link is slow never
    /// holds all.
    pub(in crate::raft) fn lacking(
        &self,
        leader: &Leader,
        wish: &Membership,
    ) -> impl Iterator<Item = ReplicaId> {
        let newcomers = wish.voters.iter().copied();
        newcomers.filter(|id| {
            let caught_up = leader.followers.get(id).is_some_and(|progress| {
                matches!(progress.state, ProgressState::Replicate { .. })
                    && (progress.match_index >= self.commit_index || progress.catch_up.is_none())
            });
            !self.membership().votes(*id) && !caught_up
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
                leader.followers.entry(member).or_insert_with(|| {
                    let mut progress = Progress::new(last_index.previous());
                    progress.begin_catch_up(last_index);
                    progress
                });
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
