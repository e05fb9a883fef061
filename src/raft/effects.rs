//! The one way in and the one way out of a replica.

use std::ops::Range;
use std::sync::Arc;

use super::decisions::{
    ChangeDecision, CompactDecision, Decision, ProposalDecision, ReadDecision, Rightly,
    TransferDecision,
};
use super::refusal::Refusal;
use super::types::config::{ConfigError, Settings};
use super::types::durable::{Snapshot, Write};
use super::types::ids::{LogIndex, ReplicaId};
use super::types::membership::Membership;
use super::types::message::Message;
use super::types::news::{ChangeEnd, ProposalNews};
use crate::flaw::Flaw;

/// An event that happens to a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Its clock ticks.
    Tick,
    /// It has slept through this many ticks (its process was stopped): its timers have run
    /// on, and what is overdue comes with the next tick.
    Missed(u32),
    /// A message arrives.
    Receive(Message),
    /// A client's command arrives, for the log if this replica leads.
    Propose(Arc<[u8]>),
    /// Commands arrive together, for the log if this replica leads: all of them enter it or none,
    /// in this order. They are sent out together, which costs much less than one by one. The
    /// answer in [`Effects::proposal`] is about the first; each further one has the next index.
    ProposeAll(Vec<Arc<[u8]>>),
    /// A client's read arrives. The asker names it; the name is not used again, not after a
    /// restart either, since an answer to the one before might still come.
    Read(u64),
    /// Its election timer is made to run out.
    Campaign,
    /// The current election timer runs out after this many ticks in all; the next timeout is
    /// drawn again. For tests, and for drivers that draw by rules of their own. It must lie in
    /// the range of the settings, since other replicas rely on its bounds.
    SetElectionTimeout(u32),
    /// The membership is to change to these voters and learners (§6). A change that still waits
    /// for its newcomers gives way to the new one.
    ChangeMembership(Membership),
    /// A change is to be taken back: while it waits for newcomers that may never answer,
    /// the membership can return to what it was before they were learners. Once the configuration
    /// that was asked for, or the joint one on the way to it, is in the log, the only way back is
    /// another change.
    TakeBackChange,
    /// The leadership is to be handed over; none: to the best prepared voter.
    TransferLeadership(Option<ReplicaId>),
    /// The state machine has made a snapshot.
    Compact(Compact),
    /// The settings change.
    Configure(Settings),
}

/// A snapshot that the state machine has made (§7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compact {
    /// The last entry that it had applied.
    pub through: LogIndex,
    /// Its state, in an encoding of its own.
    pub data: Arc<[u8]>,
    /// This many entries before that are kept, for followers that are a little behind.
    pub retain: u64,
}

/// The effects of a step, for the driver to carry out.
///
/// The order matters: first `write` reaches the disk, whole; only then
/// may `messages` leave, the state machine be changed, and any client be answered. A
/// crash before that loses all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The change to the durable state.
    pub write: Write,
    /// Messages to send, in this order.
    pub messages: Vec<Message>,
    /// The state machine starts anew from this snapshot.
    pub restore: Option<Snapshot>,
    /// The indices of the entries now known to be committed. After a restart they begin after the
    /// snapshot again, since the commit index is volatile. The entries are in the replica's
    /// log: `replica.log().entries(&effects.committed)`. Who applies them later asks right
    /// after the step and keeps them, since a snapshot may replace the log meanwhile.
    pub committed: Range<LogIndex>,
    /// Reads that may be served once the state machine has applied the log up to the index.
    pub reads: Vec<ReadReady>,
    /// Reads that won't be served, since this replica doesn't lead any more. One that was
    /// [forwarded](ReadDecision::Forwarded) is lost silently if its messages are: ask again.
    pub reads_lost: Vec<u64>,
    /// Whether a proposal was accepted.
    pub proposal: Option<ProposalDecision>,
    /// The fate of earlier proposals that this replica had appended as a leader, unless they were
    /// simply committed.
    pub proposal_news: Vec<ProposalNews>,
    /// How a read will be served.
    pub read: Option<ReadDecision>,
    /// Whether a change of the membership, or taking one back, was accepted.
    pub change: Option<ChangeDecision>,
    /// How changes of the membership ended that this replica had begun as a leader. For what holds
    /// one up meanwhile, see [`Replica::change_stage`](super::Replica::change_stage).
    pub changes_ended: Vec<ChangeEnd>,
    /// Whether a handover was accepted, or was given up.
    pub transfer: Option<TransferDecision>,
    /// Whether a snapshot was accepted.
    pub compact: Option<CompactDecision>,
    /// Why a message was refused. It then changed nothing.
    pub refused: Option<Refusal>,
    /// Why settings, or an election timeout, were refused. They then changed nothing.
    pub settings_refused: Option<ConfigError>,
    /// The decisions that were made, and why.
    pub decisions: Vec<Decision>,
}

impl Effects {
    /// A rule that is broken on purpose makes a difference here: what it says is kept for
    /// whoever asks.
    pub(super) fn note_broken(&mut self, flaw: Flaw, rightly: Rightly) {
        self.decisions.push(Decision::Broken { flaw, rightly });
    }

    /// Empties it, but keeps the memory that it took.
    pub fn clear(&mut self) {
        let Self {
            write,
            messages,
            restore,
            committed,
            reads,
            reads_lost,
            proposal,
            proposal_news,
            read,
            change,
            changes_ended,
            transfer,
            compact,
            refused,
            settings_refused,
            decisions,
        } = self;
        write.clear();
        messages.clear();
        *restore = None;
        *committed = Range::default();
        reads.clear();
        reads_lost.clear();
        *proposal = None;
        proposal_news.clear();
        *read = None;
        *change = None;
        changes_ended.clear();
        *transfer = None;
        *compact = None;
        *refused = None;
        *settings_refused = None;
        decisions.clear();
    }
}

/// A read that may be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadReady {
    /// The asker's name for it.
    pub read: u64,
    /// The state machine must have applied the log up to here.
    pub index: LogIndex,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{Body, Config, Durable, Position, Replica, Term};
    use crate::rng::Pcg32;

    /// The first of two replicas.
    fn replica() -> Replica {
        let both: Vec<ReplicaId> = [1, 2].map(ReplicaId).into();
        let config = Config {
            id: both[0],
            membership: Membership::of_voters(both.clone()),
            peers: both,
            settings: Settings::default(),
        };
        Replica::new(config, Durable::default(), Pcg32::new(1, 1)).expect("a good configuration")
    }

    const VOTE: Body = Body::Vote {
        granted: true,
        pre_vote: false,
        behind: false,
    };

    fn from_other(body: Body) -> Input {
        Input::Receive(Message {
            from: ReplicaId(2),
            to: ReplicaId(1),
            term: Term(1),
            body,
        })
    }

    /// Effects that are used again, once cleared, are as good as fresh ones.
    #[test]
    fn nothing_is_left_of_what_is_cleared() {
        let (mut one, mut other) = (replica(), replica());
        let mut used = Effects::default();
        let mut kinds = [false; 13];
        let last = Position {
            term: Term(1),
            index: LogIndex(1),
        };
        for input in [
            Input::Campaign,
            from_other(VOTE),
            Input::Read(1),
            Input::Propose([7].into()),
            from_other(Body::AppendAccepted {
                match_index: LogIndex(2),
                round: 1,
                promised_ticks: 0,
            }),
            Input::Read(2),
            Input::ChangeMembership(Membership::default()),
            Input::TransferLeadership(Some(ReplicaId(9))),
            Input::ChangeMembership(Membership::of_voters([2].map(ReplicaId))),
            Input::Propose([8].into()),
            Input::SetElectionTimeout(0),
            Input::Compact(Compact {
                through: LogIndex(1),
                data: [0].into(),
                retain: 0,
            }),
            from_other(VOTE),
            Input::Receive(Message {
                from: ReplicaId(2),
                to: ReplicaId(1),
                term: Term(2),
                body: Body::InstallSnapshot {
                    last,
                    membership: Arc::default(),
                    offset: 0,
                    chunk: Arc::default(),
                    total: 0,
                    round: 1,
                },
            }),
            Input::Receive(Message {
                from: ReplicaId(2),
                to: ReplicaId(1),
                term: Term(2),
                body: Body::AppendStale,
            }),
        ] {
            let fresh = one.step(input.clone());
            other.step_into(input, &mut used);
            assert_eq!(used, fresh);
            let there = [
                !fresh.write.is_empty(),
                !fresh.messages.is_empty(),
                !fresh.committed.is_empty(),
                fresh.proposal.is_some(),
                fresh.read.is_some(),
                fresh.change.is_some(),
                fresh.transfer.is_some(),
                fresh.compact.is_some(),
                fresh.refused.is_some(),
                !fresh.decisions.is_empty(),
                !fresh.proposal_news.is_empty(),
                !fresh.changes_ended.is_empty(),
                fresh.settings_refused.is_some(),
            ];
            for (kind, there) in kinds.iter_mut().zip(there) {
                *kind |= there;
            }
            used.clear();
            assert_eq!(used, Effects::default());
        }
        assert_eq!(kinds, [true; 13], "what never was there was never cleared");
    }
}
