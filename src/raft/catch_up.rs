//! How a candidate whose log is behind catches up without a leader.
//!
//! Links may fail so that only one replica reaches a quorum, and all others reach only that one.
//! Then nobody else can be elected; but if its log is behind, nobody votes for it (§5.4.1), and
//! the cluster has no leader until the links are mended. The paper leaves it there. Here a voter
//! that denies its vote says whether its own log is newer, and a candidate that hears of no
//! leader until its next candidacy asks those voters for what it lacks.
//!
//! # Why this is safe
//!
//! Catching up makes the candidate's log more up to date in the sense of §5.4.1, and commits
//! nothing: the candidate must still win its election. What needs an argument is that it may
//! discard entries of its own that conflict with the newer log. Let E be one of them.
//!
//! 1. *The newer log ends in a later term T than ours.* Two logs that end in the same term are one
//!    a prefix of the other (Log Matching, §5.3), and nothing in them conflicts.
//! 2. *E was not committed before T.* The leader of T held all that was (§5.4). The newer log ends
//!    with an entry of that leader, so it equals that leader's log up to there; and it does not
//!    hold E.
//! 3. *If E is committed later, our copy is not counted.* A leader after T commits E only through
//!    an entry of its own term behind E (§5.4.2), and counts the replicas that hold that entry.
//!    Our log ends in a term before T, so it does not.
//! 4. *No leader remembers our copy.* A leader of the present term might: we may have told it that
//!    our log matches up to E, and its `matchIndex` would be wrong. If we entered this term as
//!    a candidate, we have told its leader nothing. Otherwise we enter the next term before we
//!    discard anything.
//!
//! # How it finds where the logs part
//!
//! It asks for what follows the end of its own log, not its commit index: after a restart that is
//! zero, and a walk through all that both logs hold would take a round trip for each batch. The
//! other replica answers from the last place at which both logs may still be equal. If they are
//! not, the candidate asks again from the last place before where its own log may be, and so on.
//! That takes a round trip or two for each term in which the logs differ, as with a leader's
//! probes (§5.3, end).
//!
//! # Why it ends
//!
//! Two newer logs may conflict with each other, and could overwrite each other's batches for
//! ever. So only the one with the newest last entry, among those still heard of, may truncate
//! ours.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::core::Core;
use super::decisions::MatchDecision;
use super::effects::Effects;
use super::follower;
use super::incoming::{Chunk, IncomingSnapshot};
use super::role::Role;
use super::rules;
use super::types::entries::Entries;
use super::types::ids::{Position, ReplicaId};
use super::types::message::{Body, Entry};

/// The replicas that said, since a leader was last heard of, that their logs are newer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AheadPeers(BTreeMap<ReplicaId, AheadPeer>);

/// A replica whose log is newer than the one here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct AheadPeer {
    /// The last place at which the logs were found to match, if there is one.
    matches: Option<Position>,
    /// The place to ask about next while that is not known; `None`: the end of the log here.
    probe: Option<Position>,
    /// The end of its log, as far as it was said.
    end: Position,
    /// Whether it was heard of since it was last asked.
    heard: bool,
}

/// Entries of a newer log.
pub(super) struct Fetched<'a> {
    pub(super) prev_log: Position,
    pub(super) entries: &'a Entries,
    /// The end of that log.
    pub(super) last_log: Position,
}

/// A candidate asks for what its log lacks. It gets what a newer log holds.
pub(super) fn on_fetch_log(
    core: &Core,
    candidate: ReplicaId,
    after: Position,
    theirs: Position,
    received: u64,
    effects: &mut Effects,
) {
    let log = &core.durable.log;
    let last_log = log.last();
    if theirs >= last_log {
        return;
    }
    // The last place where both logs may still be equal.
    let settings = core.settings();
    let prev_log = log.last_at_most(after);
    if let Some(snapshot) = &core.durable.snapshot
        && prev_log.is_none()
    {
        // The entries that follow have been compacted.
        let (offset, chunk) = snapshot.chunk_at(received, settings.chunk_bytes);
        let body = Body::FetchedSnapshot {
            last: snapshot.last,
            membership: Arc::clone(&snapshot.membership),
            offset,
            chunk,
            total: snapshot.data.len() as u64,
        };
        return core.send(candidate, body, effects);
    }
    let prev_log = prev_log.unwrap_or_default();
    let body = Body::FetchedEntries {
        prev_log,
        entries: log.batch_from(
            prev_log.index.next(),
            settings.entries_max,
            settings.bytes_max,
        ),
        last_log,
    };
    core.send(candidate, body, effects);
}

impl AheadPeers {
    /// A voter says that the candidate's log is behind its own.
    pub(super) fn remember(&mut self, from: ReplicaId) {
        self.0.entry(from).or_default().heard = true;
    }

    /// Forgets them all: a leader will bring the log here up to date.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Asks those that were heard of since the candidacy before for what is missing here.
    pub(super) fn ask_all(&mut self, core: &mut Core, effects: &mut Effects) {
        self.0.retain(|_, peer| peer.heard);
        for peer in self.0.values_mut() {
            peer.heard = false;
        }
        if !self.0.is_empty() {
            // The sender of a snapshot may be gone: after a while another may begin.
            core.incoming.take_if(IncomingSnapshot::has_stalled);
        }
        for &peer in self.0.keys() {
            self.ask(peer, core, effects);
        }
    }

    fn ask(&self, peer: ReplicaId, core: &Core, effects: &mut Effects) {
        let log = &core.durable.log;
        let committed = Position {
            term: log.term_at(core.commit_index).unwrap_or_default(),
            index: core.commit_index,
        };
        let incoming = core.incoming.as_ref().filter(|it| it.is_from(peer));
        let body = Body::FetchLog {
            after: self.asked_after(peer, core).max(committed),
            last_log: log.last(),
            received: incoming.map_or(0, |it| it.progress().0),
        };
        core.send(peer, body, effects);
    }

    /// Entries of a newer log arrive.
    pub(super) fn on_fetched_entries(
        &mut self,
        core: &mut Core,
        role: &mut Role,
        from: ReplicaId,
        fetched: &Fetched,
        effects: &mut Effects,
    ) {
        let &Fetched {
            prev_log,
            entries,
            last_log: theirs,
        } = fetched;
        if role.leader(core.id()).is_some() {
            return;
        }
        let Some(peer) = self.0.get_mut(&from) else {
            return;
        };
        peer.end = theirs;
        peer.heard = true;

        // Is there anything to learn?
        let log = &core.durable.log;
        let last = entries.last().map(Entry::position);
        let Some(last) = last.filter(|_| theirs > log.last()) else {
            // The log here is as new by now. (One that is newer goes on after any place where
            // this one may end, so it has entries to send.)
            self.0.remove(&from);
            return;
        };
        if self.matches(from, core).is_some_and(|known| last <= known) {
            return;
        }
        if rules::decide_match(log, prev_log, None) != MatchDecision::Matched {
            return self.probe_before(from, prev_log, core, effects);
        }
        if has_been_led(role, core, last) {
            return;
        }

        // What would be discarded for it? See "Why this is safe" and "Why it ends".
        let discards_after = rules::merge(log, entries, None).truncate_after;
        if discards_after.is_some_and(|after| after < core.commit_index) {
            // A leader after that log's last term committed what is here, so that log is of no use.
            self.0.remove(&from);
            return;
        }
        if discards_after.is_some() {
            if self.0.values().any(|other| other.end > theirs) {
                return;
            }
            if !matches!(role, Role::Candidate(_)) {
                let Some(next) = core.durable.term.next() else {
                    return;
                };
                role.enter_term(core, next, effects);
            }
        }
        core.append_matching(entries, effects);
        self.go_on(core, role, from, (last, theirs), effects);
    }

    /// A chunk of a snapshot arrives from a replica whose log is newer.
    pub(super) fn on_fetched_snapshot(
        &mut self,
        core: &mut Core,
        role: &mut Role,
        from: ReplicaId,
        chunk: Chunk,
        effects: &mut Effects,
    ) {
        if role.leader(core.id()).is_some() {
            return;
        }
        let Some(peer) = self.0.get_mut(&from) else {
            return;
        };
        peer.heard = true;
        let last = chunk.last;
        if last.index <= core.commit_index || has_been_led(role, core, last) {
            return;
        }
        let before = match &core.incoming {
            // One at a time: another's bytes would not fit.
            Some(incoming) if !incoming.is_from(from) => return,
            Some(incoming) => incoming.progress().0,
            None => 0,
        };
        match follower::receive_chunk(core, from, chunk, effects) {
            // A copy of a chunk that was here already.
            Some(received) if received == before => {}
            Some(_) => self.ask(from, core, effects),
            None => self.go_on(core, role, from, (last, Position::default()), effects),
        }
    }

    /// The logs don't match at `refused`, up to which the other's goes: asks again from before.
    fn probe_before(
        &mut self,
        from: ReplicaId,
        refused: Position,
        core: &Core,
        effects: &mut Effects,
    ) {
        if refused.index <= core.commit_index {
            // They should match at what is committed here: that log is of no use.
            self.0.remove(&from);
            return;
        }
        let asked = self.asked_after(from, core);
        let found = self.matches(from, core).is_some();
        let probe = core.durable.log.last_at_most(refused);
        // An answer to an earlier question tells nothing new.
        if let Some(peer) = self.0.get_mut(&from)
            && !found
            && probe.is_some_and(|probe| probe < asked)
        {
            peer.probe = probe;
            self.ask(from, core, effects);
        }
    }

    /// The logs match up to `matches` now. The other's ends at `theirs`, as far as it said.
    fn go_on(
        &mut self,
        core: &Core,
        role: &mut Role,
        from: ReplicaId,
        (matches, theirs): (Position, Position),
        effects: &mut Effects,
    ) {
        if let Some(peer) = self.0.get_mut(&from) {
            peer.matches = Some(matches);
        }
        if theirs != core.durable.log.last() {
            return self.ask(from, core, effects);
        }
        self.0.remove(&from);
        if let Role::PreCandidate(candidate) | Role::Candidate(candidate) = role {
            // The log here is newer now, so they may change their minds.
            candidate.denials.clear();
        }
        role.request_votes(core, effects);
    }

    /// The place here after which that replica is asked for entries.
    fn asked_after(&self, peer: ReplicaId, core: &Core) -> Position {
        let log = &core.durable.log;
        let probe = self.0.get(&peer).and_then(|peer| peer.probe);
        let probe = probe.filter(|probe| log.term_at(probe.index) == Some(probe.term));
        (self.matches(peer, core).or(probe)).unwrap_or_else(|| log.last())
    }

    /// The last place at which that replica's log was found to match this one, if this one has
    /// not discarded it since.
    fn matches(&self, peer: ReplicaId, core: &Core) -> Option<Position> {
        let matches = self.0.get(&peer)?.matches?;
        (core.durable.log.term_at(matches.index) == Some(matches.term)).then_some(matches)
    }
}

/// Whether this candidate's term has a leader, who wrote this entry. It will
/// hear of that leader; and with an entry of its own term it could not stand in it any more.
fn has_been_led(role: &Role, core: &Core, entry: Position) -> bool {
    entry.term == core.durable.term && matches!(role, Role::Candidate(_))
}
