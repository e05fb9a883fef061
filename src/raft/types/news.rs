//! What becomes of what a driver asked a leader for, after it was told that it begins: of
//! commands that were appended, and of changes of the membership.

use std::collections::BTreeSet;

use super::ids::{LogIndex, Position, ReplicaId, Term};
use super::message::Payload;
use crate::raft::effects::Effects;
use crate::raft::replica::Replica;
use crate::raft::role::{Leader, Role};

/// What became of a command that this replica appended as a leader, other than that it was
/// committed: that is in [`Effects::committed`], at the very position of the proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalNews {
    /// The replica leads no more, and does not know what will become of the command. Unless it
    /// crashes, it will learn it: the command is committed after all, or one of the others
    /// comes.
    Undecided(Position),
    /// Another entry is committed in its place. It has never been applied, and won't be.
    Lost {
        /// Where the command was.
        position: Position,
        /// What is committed there.
        by: Position,
    },
    /// A snapshot has taken the place of the log there: whether the command was applied, only
    /// the state machine knows.
    Unknown(Position),
}

/// How a change of the membership ended that this replica began as a leader (§6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeEnd {
    /// The configuration that was asked for is committed.
    Done {
        /// By this entry.
        index: LogIndex,
    },
    /// It was taken back, and the configuration before is committed again.
    TakenBack {
        /// By this entry.
        index: LogIndex,
    },
    /// Another change took its place before its newcomers had caught up.
    Replaced,
    /// The replica leads no more. A configuration that is in the log is completed by the next
    /// leader, or lost with its entry; newcomers may be left as learners.
    LeadershipLost,
}

/// What a change of the membership waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeStage {
    /// A configuration is not committed yet: by way of learners, joint, or the last one.
    Committing {
        /// The entry that holds it.
        index: LogIndex,
    },
    /// The joint configuration is committed, and its leader leaves it once it has committed an
    /// entry of its own term.
    Leaving {
        /// The entry that holds the joint configuration.
        index: LogIndex,
    },
    /// These shall vote, and don't hold all that is committed yet. If they never will, the
    /// change can be [taken back](crate::raft::Input::TakeBackChange).
    CatchingUp {
        /// Who.
        newcomers: BTreeSet<ReplicaId>,
    },
}

/// A change that a leader was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::raft) struct Asked {
    /// The voters and learners before it.
    pub(in crate::raft) before: crate::raft::Membership,
    pub(in crate::raft) taken_back: bool,
}

impl Replica {
    /// What the change of the membership that is under way waits for, as far as this replica
    /// knows; none: there is none. Only its leader knows who must catch up.
    pub fn change_stage(&self) -> Option<ChangeStage> {
        let &(index, ref current) = self.current_membership();
        if index > self.commit_index {
            return Some(ChangeStage::Committing { index });
        }
        if current.is_joint() {
            return Some(ChangeStage::Leaving { index });
        }
        let Role::Leader(leader) = &self.role else {
            return None;
        };
        let wish = leader.change.as_ref()?;
        Some(ChangeStage::CatchingUp {
            newcomers: self.lacking(leader, wish).collect(),
        })
    }

    /// A leader leads no more: whoever asked it for something is told so.
    pub(in crate::raft) fn leave_undecided(&mut self, leader: &Leader, effects: &mut Effects) {
        if leader.asked.is_some() {
            effects.changes_ended.push(ChangeEnd::LeadershipLost);
        }
        for entry in self.durable.log.entries_from(self.commit_index.next()) {
            let own = entry.term == leader.term && matches!(entry.payload, Payload::Command(_));
            if own {
                self.undecided.insert((entry.index, entry.term));
                let position = entry.position();
                let news = ProposalNews::Undecided(position);
                effects.proposal_news.push(news);
            }
        }
    }

    /// All up to the commit index is committed: what stood there before it led no more is
    /// decided. `of_snapshot` is the last entry of a snapshot that has brought the index here.
    pub(in crate::raft) fn decide_proposals(&mut self, of_snapshot: bool, effects: &mut Effects) {
        while let Some(&(index, term)) = self.undecided.first()
            && index <= self.commit_index
        {
            self.undecided.pop_first();
            let position = Position { term, index };
            match self.durable.log.term_at(index) {
                Some(there) if there != term => {
                    let by = Position { term: there, index };
                    let news = ProposalNews::Lost { position, by };
                    effects.proposal_news.push(news);
                }
                Some(_) if !of_snapshot => {}
                _ => effects.proposal_news.push(ProposalNews::Unknown(position)),
            }
        }
    }
}

/// Commands of this replica's that it has lost sight of, by place and term.
pub(in crate::raft) type Undecided = BTreeSet<(LogIndex, Term)>;
