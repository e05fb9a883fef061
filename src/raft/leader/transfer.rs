//! Handing over the leadership (thesis §3.10): the leader takes no more commands,
//! brings its successor's log up to date, and asks it to stand at once.

use crate::flaw::Flaw;
use crate::raft::decisions::{Decision, TransferDecision};
use crate::raft::effects::Effects;
use crate::raft::replica::Replica;
use crate::raft::role::{Leader, Role, Transfer};
use crate::raft::types::ids::ReplicaId;
use crate::raft::types::message::Body;

impl Replica {
    /// Somebody wants another leader.
    pub(in crate::raft) fn transfer_leadership(
        &mut self,
        to: Option<ReplicaId>,
        effects: &mut Effects,
    ) {
        let decision = self.transfer_decision(to);
        effects.transfer = Some(decision);
        effects.decisions.push(Decision::Transfer { decision });
        let TransferDecision::Started { to } = decision else {
            return;
        };
        self.begin_transfer(to, effects);
        self.drive_transfer(effects);
    }

    fn begin_transfer(&mut self, to: ReplicaId, effects: &mut Effects) {
        if let Role::Leader(leader) = &mut self.role {
            leader.transfer = Some(Transfer {
                to,
                elapsed: 0,
                told: false,
            });
        }
        self.replicate(to, true, effects);
    }

    /// Whether the leadership can be handed over to `to`, or to whoever is best prepared.
    pub fn transfer_decision(&self, to: Option<ReplicaId>) -> TransferDecision {
        let Role::Leader(leader) = &self.role else {
            return TransferDecision::NotLeader {
                leader: self.leader(),
            };
        };
        if let Some(transfer) = leader.transfer {
            return TransferDecision::UnderWay { to: transfer.to };
        }
        match to {
            Some(to) if to == self.config.id => TransferDecision::AlreadyLeading,
            Some(to) if !self.membership().voters.contains(&to) => {
                TransferDecision::NotAVoter { replica: to }
            }
            Some(to) => TransferDecision::Started { to },
            None => self
                .best_prepared(leader)
                .map_or(TransferDecision::Nobody, |to| TransferDecision::Started {
                    to,
                }),
        }
    }

    /// The voter with the longest matching log among those that answer. One that a change
    /// under way leaves without a vote is none.
    fn best_prepared(&self, leader: &Leader) -> Option<ReplicaId> {
        leader
            .followers
            .iter()
            .filter(|(id, _)| self.membership().voters.contains(id))
            .filter(|(id, _)| (leader.change.as_ref()).is_none_or(|wish| wish.voters.contains(id)))
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
    pub(in crate::raft) fn drive_transfer(&mut self, effects: &mut Effects) {
        let last_index = self.durable.log.last_index();
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let Some(transfer) = leader.transfer.as_mut().filter(|transfer| !transfer.told) else {
            return;
        };
        let to = transfer.to;
        let complete = leader
            .followers
            .get(&to)
            .is_some_and(|progress| progress.match_index == last_index);
        if complete || self.config.settings.breaks(Flaw::TransfersTooEarly) {
            transfer.told = true;
            leader.handed_over = true;
            self.send(to, Body::TimeoutNow, effects);
        }
    }

    /// A leader that has no vote any more steps down (§6), and before that hands over (thesis
    /// §4.2.2 leaves it to a timeout): to the voter that is best prepared, once that has all
    /// of the log. Commands that came after the change need not wait for an election timeout
    /// then. Until it has gone it takes no more of them, and like any handover this may not
    /// take longer than an election timeout.
    pub(in crate::raft) fn go(&mut self, effects: &mut Effects) {
        let last_index = self.durable.log.last_index();
        let Role::Leader(leader) = &self.role else {
            return;
        };
        let told = leader.transfer.is_some_and(|transfer| transfer.told);
        let successor = self.best_prepared(leader).filter(|_| !told);
        if let Some(to) = successor {
            let complete = leader.followers[&to].match_index == last_index;
            if !complete && leader.transfer.is_none() {
                self.begin_transfer(to, effects);
                return;
            }
            if !complete {
                return;
            }
            // From here on it is a follower, and its lease is over.
            self.send(to, Body::TimeoutNow, effects);
        }
        self.become_follower(None, effects);
    }

    /// A handover that takes longer than an election timeout is given up, so that the
    /// cluster takes commands again.
    pub(in crate::raft) fn tick_transfer(&mut self, effects: &mut Effects) {
        let election_timeout = self.config.settings.election_timeout_ticks_max;
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let Some(transfer) = &mut leader.transfer else {
            return;
        };
        transfer.elapsed = transfer.elapsed.saturating_add(1);
        if transfer.elapsed >= election_timeout {
            let to = transfer.to;
            leader.give_up_transfer(to, effects);
            if !self.may_lead_on() {
                self.become_follower(None, effects);
            }
        }
    }

    /// Whether it still has a vote, or could get it back: by the latest configuration that is
    /// committed, or one after that.
    fn may_lead_on(&self) -> bool {
        let (committed, _) = self.committed_membership();
        let mut since = self.memberships().filter(|(index, _)| *index >= committed);
        since.any(|(_, membership)| membership.votes(self.config.id))
    }

    /// The leader wants this replica to stand at once.
    pub(in crate::raft) fn on_timeout_now(&mut self, from: ReplicaId, effects: &mut Effects) {
        let follows = matches!(&self.role, Role::Follower(follower) if follower.leader.is_none_or(|leader| leader == from));
        let can_lead = self.membership().votes(self.config.id) && !self.durable.log.is_full();
        if !follows || !can_lead {
            return;
        }
        if let Some(term) = self.durable.term.next() {
            // No pre-vote: the leader itself has asked (thesis §9.6).
            self.stand(term, true, effects);
        }
    }
}

impl Leader {
    /// The successor does not take over: the leader goes on. It trusts no lease in this term
    /// if it has told that one to stand.
    pub(in crate::raft) fn give_up_transfer(&mut self, to: ReplicaId, effects: &mut Effects) {
        let decision = TransferDecision::Aborted { to };
        self.transfer = None;
        effects.transfer = Some(decision);
        effects.decisions.push(Decision::Transfer { decision });
    }
}
