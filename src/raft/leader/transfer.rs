//! Hands over the leadership (thesis §3.10): the leader takes no more commands,
//! brings its successor's log up to date, and asks it to stand at once.

use super::{Leader, Leads, Resigns, Transfer};
use crate::flaw::Flaw;
use crate::raft::core::Core;
use crate::raft::decisions::{Decision, Rightly, TransferDecision};
use crate::raft::effects::Effects;
use crate::raft::types::ids::ReplicaId;
use crate::raft::types::message::Body;

impl Leader {
    /// Whether the leadership can be handed over to `to`; none: to the best prepared voter.
    pub(in crate::raft) fn transfer_decision(
        &self,
        core: &Core,
        to: Option<ReplicaId>,
    ) -> TransferDecision {
        if let Some(transfer) = self.transfer {
            return TransferDecision::UnderWay { to: transfer.to };
        }
        match to {
            Some(to) if to == core.id() => TransferDecision::AlreadyLeading,
            Some(to) if !core.membership().voters.contains(&to) => {
                TransferDecision::NotAVoter { replica: to }
            }
            Some(to) => TransferDecision::Started { to },
            None => match self.best_prepared(core) {
                Some(to) => TransferDecision::Started { to },
                None => TransferDecision::Nobody,
            },
        }
    }

    /// Begins to hand over to `to`.
    pub(in crate::raft) fn begin_transfer(
        &mut self,
        core: &Core,
        to: ReplicaId,
        effects: &mut Effects,
    ) {
        self.transfer = Some(Transfer {
            to,
            elapsed: 0,
            told: false,
        });
        self.replicate(core, to, true, effects);
    }

    /// The voter with the longest matching log among those that answer. One that a change
    /// under way leaves without a vote does not count.
    fn best_prepared(&self, core: &Core) -> Option<ReplicaId> {
        let change = self.change.as_ref();
        self.followers
            .iter()
            .filter(|(id, _)| core.membership().voters.contains(id))
            .filter(|(id, _)| change.is_none_or(|wish| wish.voters.contains(id)))
            .max_by_key(|(id, progress)| {
                (
                    !progress.silent,
                    progress.match_index,
                    std::cmp::Reverse(**id),
                )
            })
            .map(|(&id, _)| id)
    }

    /// Tells the successor to stand once its log is complete.
    pub(in crate::raft) fn drive_transfer(&mut self, core: &Core, effects: &mut Effects) {
        let Some(transfer) = self.transfer.as_mut().filter(|transfer| !transfer.told) else {
            return;
        };
        let to = transfer.to;
        let last_index = core.durable.log.last_index();
        let successor = self.followers.get(&to);
        let complete = successor.is_some_and(|progress| progress.match_index == last_index);
        let too_early = core.breaks(Flaw::TransfersTooEarly); // flaw
        if complete || too_early {
            if !complete {
                effects.note_broken(Flaw::TransfersTooEarly, Rightly::Otherwise {}); // flaw
            }
            transfer.told = true;
            self.handed_over = true;
            core.send(to, Body::TimeoutNow, effects);
        }
    }

    /// A leader that has no vote any more resigns (§6), and before that hands over (thesis
    /// §4.2.2 leaves it to a timeout) to the best prepared voter, once that has all
    /// of the log. Commands that came after the change need not wait for an election timeout
    /// then. Until it has gone it takes no more of them, and like any handover this may not
    /// take longer than an election timeout.
    pub(super) fn retire(&mut self, core: &Core, effects: &mut Effects) -> Leads {
        let told = self.transfer.is_some_and(|transfer| transfer.told);
        let successor = self.best_prepared(core).filter(|_| !told);
        if let Some(to) = successor {
            let last_index = core.durable.log.last_index();
            let complete = self.followers[&to].match_index == last_index;
            if !complete && self.transfer.is_none() {
                self.begin_transfer(core, to, effects);
            }
            if !complete {
                return Leads::Continue(());
            }
            // From here on it is a follower, and its lease is over.
            core.send(to, Body::TimeoutNow, effects);
        }
        Leads::Break(Resigns)
    }

    /// Gives up a handover that takes longer than an election timeout, so that the
    /// cluster takes commands again.
    pub(super) fn tick_transfer(&mut self, core: &Core, effects: &mut Effects) -> Leads {
        let Some(transfer) = &mut self.transfer else {
            return Leads::Continue(());
        };
        transfer.elapsed = transfer.elapsed.saturating_add(1);
        if transfer.elapsed >= core.settings().election_timeout_ticks_max {
            let to = transfer.to;
            self.give_up_transfer(to, effects);
            if !may_lead_on(core) {
                return Leads::Break(Resigns);
            }
        }
        Leads::Continue(())
    }

    /// The successor does not take over: the leader goes on. It trusts no lease in this term
    /// if it has told that one to stand.
    pub(super) fn give_up_transfer(&mut self, to: ReplicaId, effects: &mut Effects) {
        let decision = TransferDecision::Aborted { to };
        self.transfer = None;
        effects.transfer = Some(decision);
        effects.decisions.push(Decision::Transfer { decision });
    }
}

/// Whether it still has a vote, or could get it back: by the latest configuration that is
/// committed, or one after that.
fn may_lead_on(core: &Core) -> bool {
    let (committed, _) = core.committed_membership();
    let mut since = core.memberships().filter(|(index, _)| index >= committed);
    since.any(|(_, membership)| membership.votes(core.id()))
}
