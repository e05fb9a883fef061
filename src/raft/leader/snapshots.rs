//! Sends a snapshot, chunk by chunk, to a follower that lacks what has been compacted (§7).

use std::sync::Arc;

use super::answer::Answer;
use super::progress::{Progress, ProgressState};
use super::{Leader, Leads};
use crate::raft::core::Core;
use crate::raft::effects::Effects;
use crate::raft::types::ids::{Position, ReplicaId};
use crate::raft::types::message::Body;

impl Leader {
    /// The follower has this many bytes of the snapshot, and wants the rest.
    pub(in crate::raft) fn on_snapshot_received(
        &mut self,
        core: &mut Core,
        answer: Answer,
        last: Position,
        received: u64,
        effects: &mut Effects,
    ) -> Leads {
        self.note_answer(core, answer);
        if let Some(progress) = self.followers.get_mut(&answer.from)
            && note_received(core, progress, last, received)
        {
            self.replicate(core, answer.from, false, effects);
        }
        self.after_answer(core, effects)
    }
}

/// Notes how much of the snapshot that ends with `last` the follower has. Returns whether that is
/// the one that it is being sent.
fn note_received(core: &Core, progress: &mut Progress, last: Position, received: u64) -> bool {
    let log_start = core.durable.log.base().index;
    let keeps = core.settings().catch_up_bytes > 0;
    let ProgressState::Snapshot {
        snapshot,
        offset,
        awaiting,
    } = &mut progress.state
    else {
        return false;
    };
    if snapshot.last != last {
        return false;
    }
    // While the answer was on its way, the log behind this snapshot has gone. The newest will do:
    // from now on the log is kept. If not, the second try goes on, or there would be no end.
    if *offset == 0
        && snapshot.last.index < log_start
        && let Some(catch_up) = progress.catch_up.as_mut().filter(|it| !it.restarted)
        && keeps
    {
        catch_up.restarted = true;
        start_snapshot(core, progress);
        return true;
    }
    // An answer to a chunk that was sent twice tells nothing new.
    let news = received != *offset;
    *offset = received;
    *awaiting &= !news;
    true
}

/// Begins to send the newest snapshot, for the follower lacks what it covers.
pub(super) fn start_snapshot(core: &Core, progress: &mut Progress) {
    let snapshot = core.durable.snapshot.clone();
    let snapshot = snapshot.expect("what is compacted is in the snapshot");
    progress.begin_catch_up(core.durable.log.last_index());
    progress.next_index = snapshot.last.index.next();
    progress.state = ProgressState::Snapshot {
        snapshot,
        offset: 0,
        awaiting: false,
    };
}

/// Sends the next chunk, or with `again` one that has not been answered.
pub(super) fn send_chunk(
    core: &Core,
    round: u64,
    to: ReplicaId,
    progress: &mut Progress,
    again: bool,
    effects: &mut Effects,
) {
    let log_start = core.durable.log.base().index;
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
    // A follower that has nothing yet had better get the newest snapshot. But on a slow link it may
    // only look as if it had nothing, and if there was always something newer by the time
    // that it answers, it would never get anything: so a snapshot that was sent stays as
    // long as the log goes on behind it.
    let unseen = *offset == 0 && (!*awaiting || snapshot.last.index < log_start);
    *awaiting = true;
    progress.idle_ticks = 0;
    let newest = core.durable.snapshot.as_ref();
    if let Some(newest) = newest.filter(|newest| unseen && newest.last != snapshot.last) {
        *snapshot = newest.clone();
        progress.next_index = newest.last.index.next();
    }
    let (offset, chunk) = snapshot.chunk_at(*offset, core.settings().chunk_bytes);
    let body = Body::InstallSnapshot {
        last: snapshot.last,
        membership: Arc::clone(&snapshot.membership),
        offset,
        chunk,
        total: snapshot.data.len() as u64,
        round,
    };
    core.send(to, body, effects);
}
