//! Changes the membership (§6): newcomers first catch up as learners, then the
//! cluster goes through a joint configuration, and leaves it as soon as it can.
//!
//! A newcomer that never answers keeps a change waiting for ever, but does no other harm:
//! it has no vote. The core can't know whether it is only slow, so it gives up nothing by
//! itself (the thesis, §4.2.1, counts rounds): it says which replicas it waits for, and the change
//! can be taken back.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::progress::{Progress, ProgressState};
use super::{Asked, Leader, Leads, Transfer};
use crate::flaw::Flaw;
use crate::raft::core::Core;
use crate::raft::decisions::{ChangeDecision, Rightly};
use crate::raft::effects::Effects;
use crate::raft::types::ids::ReplicaId;
use crate::raft::types::membership::Membership;
use crate::raft::types::message::Payload;
use crate::raft::types::news::ChangeEnd;

impl Leader {
    /// Whether the membership can change to this now.
    pub(in crate::raft) fn change_decision(
        &self,
        core: &Core,
        wish: &Membership,
    ) -> ChangeDecision {
        if let Some(transfer) = self.transfer {
            return ChangeDecision::HandingOver { to: transfer.to };
        }
        // Is the change before over?
        let (index, current) = core.current_membership();
        if *index > core.commit_index || current.is_joint() {
            return ChangeDecision::UnderWay { index: *index };
        }
        // The rule whose lack was the bug of 2015: until then the configuration that
        // is being replaced may itself be taken back.
        let too_early = core.breaks(Flaw::ChangesTooEarly); // flaw
        if !core.has_own_commit() && !too_early {
            return ChangeDecision::NoOwnCommit {
                term: core.durable.term,
            };
        }
        if core.durable.log.is_full() {
            return ChangeDecision::LogFull;
        }
        // Can the cluster work with the new one?
        if wish.is_joint() || !wish.voters.is_disjoint(&wish.learners) {
            return ChangeDecision::Ambiguous;
        }
        if wish.voters.is_empty() {
            return ChangeDecision::NoVoter;
        }
        let mut members = wish.members().into_iter();
        if let Some(replica) = members.find(|&id| !core.config.knows(id)) {
            return ChangeDecision::UnknownReplica { replica };
        }
        if *wish == **current && self.change.is_none() {
            return ChangeDecision::Unchanged;
        }
        ChangeDecision::Started
    }

    /// Begins a change to this membership.
    pub(in crate::raft) fn begin_change(
        &mut self,
        core: &mut Core,
        wish: Membership,
        effects: &mut Effects,
    ) -> Leads {
        let current = Arc::clone(core.membership());
        self.note_change(&current, effects);
        let goal = core.durable.log.last_index();
        let mut newcomers: BTreeSet<ReplicaId> = BTreeSet::new();
        for &id in wish.voters.iter().filter(|&&id| !current.votes(id)) {
            // A learner that is to vote must catch up, too.
            if let Some(progress) = self.followers.get_mut(&id) {
                progress.begin_catch_up(goal);
            }
            if !current.contains(id) {
                newcomers.insert(id);
            }
        }
        self.change = Some(wish);
        if newcomers.is_empty() {
            return self.drive_change(core, effects);
        }
        let with_newcomers = Membership {
            learners: current.learners.union(&newcomers).copied().collect(),
            ..(*current).clone()
        };
        self.append_membership(core, with_newcomers, effects)
    }

    /// Remembers a change that begins, in place of one that waits for its newcomers.
    fn note_change(&mut self, current: &Membership, effects: &mut Effects) {
        let before = match self.asked.take() {
            Some(asked) => {
                effects.changes_ended.push(ChangeEnd::Replaced);
                asked.before
            }
            None => current.clone(),
        };
        self.asked = Some(Box::new(Asked {
            before,
            taken_back: false,
        }));
    }

    /// Whether the change that is under way can be taken back now.
    pub(in crate::raft) fn take_back_decision(&self, core: &Core) -> ChangeDecision {
        let (index, current) = core.current_membership();
        let waiting = self.asked.as_ref().filter(|_| self.change.is_some());
        match (waiting, self.transfer) {
            (Some(_), Some(transfer)) => ChangeDecision::HandingOver { to: transfer.to },
            (Some(_), None) if core.durable.log.is_full() => ChangeDecision::LogFull,
            (Some(asked), None) if !asked.taken_back => ChangeDecision::TakenBack,
            // Its configuration is in the log.
            _ if *index > core.commit_index || current.is_joint() => {
                ChangeDecision::UnderWay { index: *index }
            }
            _ => ChangeDecision::NothingToTakeBack,
        }
    }

    /// Takes back the change that waits for its newcomers. They go as they came: by a change,
    /// for which nobody must catch up.
    pub(in crate::raft) fn take_back_change(
        &mut self,
        core: &mut Core,
        effects: &mut Effects,
    ) -> Leads {
        if let Some(asked) = &mut self.asked {
            self.change = Some(asked.before.clone());
            asked.taken_back = true;
        }
        self.drive_change(core, effects)
    }

    /// Takes the next step of a change, once the step before is committed.
    pub(super) fn drive_change(&mut self, core: &mut Core, effects: &mut Effects) -> Leads {
        let goes_on = Leads::Continue(());
        // May a step be taken now?
        let (index, current) = core.current_membership();
        let settled = self.asked.is_none() && !current.is_joint() && current.votes(core.id());
        if settled {
            return goes_on;
        }
        let too_early = core.breaks(Flaw::ChangesTooEarly); // flaw
        let early = !core.has_own_commit() && !too_early;
        if *index > core.commit_index || early {
            return goes_on;
        }
        // Which one?
        let next = match &self.change {
            _ if current.is_joint() => current.left(),
            Some(wish) if self.lacking(core, wish).next().is_some() => return goes_on,
            Some(wish) => current.towards(wish),
            None => (**current).clone(),
        };
        if next == **current {
            return self.end_change(core, effects);
        }
        // A successor that was told to stand has the whole log, and would lose to a replica that
        // got one entry more. If it does not take over, the change goes on.
        let succeeds = |transfer: Transfer| transfer.told && next.votes(transfer.to);
        if self.transfer.is_some_and(succeeds) || core.durable.log.is_full() {
            return goes_on;
        }
        if !core.has_own_commit() {
            let term = core.durable.term;
            let rightly = Rightly::Change(ChangeDecision::NoOwnCommit { term });
            effects.note_broken(Flaw::ChangesTooEarly, rightly); // flaw
        }
        self.change = None;
        self.append_membership(core, next, effects)
    }

    /// There is nothing more to do for a change: the configuration in force is committed.
    fn end_change(&mut self, core: &Core, effects: &mut Effects) -> Leads {
        let &(index, ref current) = core.current_membership();
        self.change = None;
        if let Some(asked) = self.asked.take() {
            effects.changes_ended.push(if asked.taken_back {
                ChangeEnd::TakenBack { index }
            } else {
                ChangeEnd::Done { index }
            });
        }
        if !current.votes(core.id()) {
            // It has led the change that removed it, and now goes (§6).
            return self.retire(core, effects);
        }
        Leads::Continue(())
    }

    /// The newcomers that the change under way waits for; none: it waits for nobody.
    pub(in crate::raft) fn newcomers(&self, core: &Core) -> Option<BTreeSet<ReplicaId>> {
        let wish = self.change.as_ref()?;
        Some(self.lacking(core, wish).collect())
    }

    /// The replicas that shall vote, don't yet, and lack more of what is committed than came
    /// within an election timeout (thesis §4.2.1): while the cluster is busy, one whose link is
    /// slow never holds all.
    fn lacking(&self, core: &Core, wish: &Membership) -> impl Iterator<Item = ReplicaId> {
        let newcomers = wish.voters.iter().copied();
        newcomers.filter(|id| {
            let caught_up = self.followers.get(id).is_some_and(|progress| {
                matches!(progress.state, ProgressState::Replicate { .. })
                    && (progress.match_index >= core.commit_index || progress.catch_up.is_none())
            });
            !core.membership().votes(*id) && !caught_up
        })
    }

    /// Appends a configuration, which is in force at once.
    fn append_membership(
        &mut self,
        core: &mut Core,
        membership: Membership,
        effects: &mut Effects,
    ) -> Leads {
        core.append_own(Payload::Membership(Arc::new(membership)), effects);
        let membership = Arc::clone(core.membership());
        let members = membership.members();
        let last_index = core.durable.log.last_index();
        self.followers.retain(|id, _| members.contains(id));
        for &member in members.iter().filter(|&&member| member != core.id()) {
            self.followers.entry(member).or_insert_with(|| {
                let mut progress = Progress::new(last_index.previous());
                progress.begin_catch_up(last_index);
                progress
            });
        }
        // One that is to lose its vote can't take over, and need not be waited for.
        let to = self.transfer.map(|transfer| transfer.to);
        if let Some(to) = to.filter(|to| !membership.voters.contains(to)) {
            self.give_up_transfer(to, effects);
        }
        self.send_to_all(core, effects);
        self.advance_commit(core, effects)
    }
}
