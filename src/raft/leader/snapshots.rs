//! Log compaction (§7): a snapshot of the state machine takes the place of the
//! log's beginning, and is sent in chunks to a follower that lacks what is gone.

use std::sync::Arc;

use super::progress::ProgressState;
use crate::flaw::Flaw;
use crate::raft::decisions::CompactDecision;
use crate::raft::effects::{Compact, Effects};
use crate::raft::refusal::SNAPSHOT_BYTES_MAX;
use crate::raft::replica::Replica;
use crate::raft::role::Role;
use crate::raft::types::durable::Snapshot;
use crate::raft::types::ids::{LogIndex, Position, ReplicaId};
use crate::raft::types::membership::Membership;
use crate::raft::types::message::Body;

/// A snapshot of which some chunks are here. It is not durable: after a restart whoever
/// sends it begins again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::raft) struct Receiving {
    /// Who sends it: another might have written the same state in other words.
    from: ReplicaId,
    last: Position,
    total: u64,
    bytes: Vec<u8>,
    /// How many bytes were here when it was last asked whether it goes on.
    checked: usize,
}

impl Receiving {
    pub(in crate::raft) fn is_from(&self, from: ReplicaId) -> bool {
        self.from == from
    }

    /// Whether nothing has come since this was last asked.
    pub(in crate::raft) fn has_stalled(&mut self) -> bool {
        let before = std::mem::replace(&mut self.checked, self.bytes.len());
        before == self.bytes.len()
    }

    /// Whether it is of no use once all up to `index` is here.
    pub(in crate::raft) fn covers_no_more_than(&self, index: LogIndex) -> bool {
        self.last.index <= index
    }

    /// How many bytes are here, and of how many.
    pub(in crate::raft) fn progress(&self) -> (u64, u64) {
        (self.bytes.len() as u64, self.total)
    }
}

impl Replica {
    /// The state machine has made a snapshot.
    pub(in crate::raft) fn compact(&mut self, compact: Compact, effects: &mut Effects) {
        let decision = self.compact_decision(compact.through, compact.data.len() as u64);
        effects.compact = Some(decision);
        let CompactDecision::Compacted { last } = decision else {
            return;
        };
        let (_, membership) = self
            .memberships
            .iter()
            .rfind(|(index, _)| *index <= last.index)
            .expect("the first is in force before the log");
        let snapshot = Snapshot {
            last,
            membership: Arc::clone(membership),
            data: compact.data,
        };
        let wanted = LogIndex(last.index.0.saturating_sub(compact.retain));
        let through = self.keep_log(wanted, effects);
        self.write_snapshot(snapshot, through, effects);
    }

    /// Whether a snapshot of this many bytes up to `through` replaces the beginning of the log.
    pub fn compact_decision(&self, through: LogIndex, bytes: u64) -> CompactDecision {
        if bytes > SNAPSHOT_BYTES_MAX {
            // No follower that lacks what is dropped could ever be brought up to date.
            return CompactDecision::TooLarge {
                bytes,
                bytes_max: SNAPSHOT_BYTES_MAX,
            };
        }
        if through > self.commit_index {
            return CompactDecision::NotCommitted {
                commit_index: self.commit_index,
            };
        }
        let before = self
            .durable
            .snapshot
            .as_ref()
            .map_or(Position::default(), |snapshot| snapshot.last);
        match self.durable.log.term_at(through) {
            Some(term) if through > before.index => CompactDecision::Compacted {
                last: Position {
                    term,
                    index: through,
                },
            },
            _ => CompactDecision::Older { last: before },
        }
    }

    /// Makes the snapshot durable, and drops the log up to `through`.
    fn write_snapshot(&mut self, snapshot: Snapshot, through: LogIndex, effects: &mut Effects) {
        let base = (snapshot.last.index, Arc::clone(&snapshot.membership));
        self.durable.replace_snapshot(snapshot.clone());
        effects.write.snapshot = Some(snapshot);
        if through > self.durable.log.base().index {
            self.durable.log.compact_through(through);
            effects.write.compact_through = Some(through);
        }
        if self.config.settings.breaks(Flaw::SnapshotDropsTail) {
            self.durable.log.truncate_after(base.0);
            effects.write.truncate_after = Some(base.0);
        }
        self.memberships = vec![base];
        self.read_memberships();
    }

    /// The follower lacks what has been compacted: it gets the snapshot instead.
    pub(in crate::raft) fn start_snapshot(&mut self, to: ReplicaId) {
        let snapshot = self
            .durable
            .snapshot
            .clone()
            .expect("what is compacted is in the snapshot");
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let goal = self.durable.log.last_index();
        if let Some(progress) = leader.followers.get_mut(&to) {
            progress.begin_catch_up(goal);
            progress.next_index = snapshot.last.index.next();
            progress.state = ProgressState::Snapshot {
                snapshot,
                offset: 0,
                awaiting: false,
            };
        }
    }

    /// Sends the next chunk, or with `again` one that has not been answered.
    pub(in crate::raft) fn send_chunk(
        &mut self,
        to: ReplicaId,
        again: bool,
        effects: &mut Effects,
    ) {
        let chunk_bytes = self.config.settings.chunk_bytes;
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let round = leader.round;
        let Some(progress) = leader.followers.get_mut(&to) else {
            return;
        };
        let newest = self.durable.snapshot.as_ref();
        let log_start = self.durable.log.base().index;
        let ProgressState::Snapshot {
            snapshot,
            offset,
            awaiting,
        } = &mut progress.state
        else {
            return;
        };
        if *awaiting && !again {
            return;
        }
        // One that has nothing yet had better get what is newest. But on a slow link it may
        // only look as if it had nothing, and if there was always something newer by the time
        // that it answers, it would never get anything: so a snapshot that was sent stays as
        // long as the log goes on behind it.
        let unseen = *offset == 0 && (!*awaiting || snapshot.last.index < log_start);
        *awaiting = true;
        progress.idle_ticks = 0;
        if let Some(newest) = newest.filter(|newest| unseen && newest.last != snapshot.last) {
            *snapshot = newest.clone();
            progress.next_index = newest.last.index.next();
        }
        let (offset, chunk) = snapshot.chunk_at(*offset, chunk_bytes);
        let body = Body::InstallSnapshot {
            last: snapshot.last,
            membership: Arc::clone(&snapshot.membership),
            offset,
            chunk,
            total: snapshot.data.len() as u64,
            round,
        };
        self.send(to, body, effects);
    }

    /// How many bytes are here of a snapshot that `from` sends.
    pub(in crate::raft) fn received_from(&self, from: ReplicaId) -> u64 {
        let receiving = self.receiving.as_ref().filter(|it| it.from == from);
        receiving.map_or(0, |it| it.progress().0)
    }

    /// A chunk arrives, which begins at `offset` of `total` bytes. Returns how many bytes are here now; none: the snapshot is
    /// complete and in force, or brings nothing new.
    pub(in crate::raft) fn receive_chunk(
        &mut self,
        from: ReplicaId,
        last: Position,
        membership: Arc<Membership>,
        (offset, total): (u64, u64),
        chunk: &[u8],
        effects: &mut Effects,
    ) -> Option<u64> {
        if last.index <= self.commit_index {
            self.receiving = None;
            return None;
        }
        let receiving = self
            .receiving
            .take_if(|it| it.from == from && it.last == last && it.total == total);
        let mut receiving = receiving.unwrap_or(Receiving {
            from,
            last,
            total,
            bytes: Vec::new(),
            checked: 0,
        });
        if offset == receiving.bytes.len() as u64 {
            receiving.bytes.extend_from_slice(chunk);
        }
        let (received, _) = receiving.progress();
        if received < total {
            self.receiving = Some(receiving);
            return Some(received);
        }
        self.receiving = None;
        let snapshot = Snapshot {
            last,
            membership,
            data: receiving.bytes.into(),
        };
        self.write_snapshot(snapshot.clone(), last.index, effects);
        self.commit_index = last.index;
        self.decide_proposals(true, effects);
        effects.restore = Some(snapshot);
        None
    }

    pub(in crate::raft) fn answer_chunk(
        &mut self,
        leader: ReplicaId,
        last: Position,
        received: Option<u64>,
        round: u64,
        effects: &mut Effects,
    ) {
        let promised_ticks = self.promise(effects);
        let answer = match received {
            Some(received) => Body::SnapshotReceived {
                last,
                received,
                round,
                promised_ticks,
            },
            None => Body::AppendAccepted {
                match_index: last.index,
                round,
                promised_ticks,
            },
        };
        self.send(leader, answer, effects);
    }

    /// The follower has so much of the snapshot, and wants the rest.
    pub(in crate::raft) fn on_snapshot_received(
        &mut self,
        from: ReplicaId,
        last: Position,
        received: u64,
        effects: &mut Effects,
    ) {
        let log_start = self.durable.log.base().index;
        let keeps = self.config.settings.catch_up_bytes > 0;
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let Some(progress) = leader.followers.get_mut(&from) else {
            return;
        };
        if let ProgressState::Snapshot {
            snapshot,
            offset,
            awaiting,
        } = &mut progress.state
            && snapshot.last == last
        {
            // While it was away the log behind this snapshot has gone. The newest will do: from
            // now on the log is kept. If not, the second try goes on, or none would end.
            if *offset == 0
                && snapshot.last.index < log_start
                && let Some(catch_up) = progress.catch_up.as_mut().filter(|it| !it.restarted)
                && keeps
            {
                catch_up.restarted = true;
                self.start_snapshot(from);
                return self.replicate(from, false, effects);
            }
            // An answer to a chunk that was sent twice tells nothing new.
            let news = received != *offset;
            *offset = received;
            *awaiting &= !news;
            self.replicate(from, false, effects);
        }
    }
}
