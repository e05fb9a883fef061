//! The follower: it takes over its leader's log (§5.3) or snapshot (§7), and answers.
//!
//! `receive` has made the replica a follower of that leader by then.

use super::core::Core;
use super::decisions::{Decision, MatchDecision, Rightly};
use super::effects::Effects;
use super::incoming::{Chunk, IncomingSnapshot, Received};
use super::rules;
use super::types::entries::Entries;
use super::types::ids::{LogIndex, Position, ReplicaId};
use super::types::message::Body;

/// The state that only a follower has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Follower {
    /// The leader of this term, once it was heard of.
    pub leader: Option<ReplicaId>,
}

/// An `AppendEntries` of the leader of this term.
pub(super) struct Append<'a> {
    pub(super) prev_log: Position,
    pub(super) entries: &'a Entries,
    pub(super) leader_commit: LogIndex,
    pub(super) round: u64,
}

/// The leader of this term sends entries, or just a sign of life.
pub(super) fn on_append_entries(
    core: &mut Core,
    leader: ReplicaId,
    append: &Append,
    effects: &mut Effects,
) {
    let &Append {
        prev_log,
        entries,
        leader_commit,
        round,
    } = append;
    // Any answer promises, also one that rejects: it is the leader that is heard.
    let promised_ticks = core.promise(effects);
    let decision = rules::decide_match(&core.durable.log, prev_log, core.settings().flaw);
    if let Some(flaw) = core.settings().flaw {
        let right = rules::decide_match(&core.durable.log, prev_log, None);
        if right != decision {
            effects.note_broken(flaw, Rightly::Match(right));
        }
    }
    let (conflict_term, conflict_index) = match decision {
        MatchDecision::Matched => {
            let match_index = entries.last().map_or(prev_log.index, |last| last.index);
            core.append_matching(entries, effects);
            core.commit_to(leader_commit, effects);
            let answer = Body::AppendAccepted {
                match_index,
                round,
                promised_ticks,
            };
            core.send(leader, answer, effects);
            return;
        }
        MatchDecision::Missing { last_index, .. } => (None, last_index.next()),
        MatchDecision::Conflict {
            term, first_index, ..
        } => (Some(term), first_index),
    };
    // The hint lets the leader skip a whole term at once (§5.3, end).
    effects.decisions.push(Decision::Match { leader, decision });
    let answer = Body::AppendRejected {
        prev_log_index: prev_log.index,
        conflict_term,
        conflict_index,
        round,
        promised_ticks,
    };
    core.send(leader, answer, effects);
}

/// The leader of this term sends a chunk of its snapshot.
pub(super) fn on_install_snapshot(
    core: &mut Core,
    leader: ReplicaId,
    chunk: Chunk,
    round: u64,
    effects: &mut Effects,
) {
    let last = chunk.last;
    let received = receive_chunk(core, leader, chunk, effects);
    let promised_ticks = core.promise(effects);
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
    core.send(leader, answer, effects);
}

/// A chunk arrives. Returns how many bytes of its snapshot are here now; none: it is complete
/// and in force, or brings nothing new.
pub(super) fn receive_chunk(
    core: &mut Core,
    from: ReplicaId,
    chunk: Chunk,
    effects: &mut Effects,
) -> Option<u64> {
    if chunk.last.index <= core.commit_index {
        core.incoming = None;
        return None;
    }
    match IncomingSnapshot::receive(&mut core.incoming, from, chunk) {
        Received::Part(received) => Some(received),
        Received::Whole(snapshot) => {
            core.restore(snapshot, effects);
            None
        }
    }
}
