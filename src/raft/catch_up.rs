//! How a candidate whose log is behind catches up without a leader.
//!
//! Links may fail in such a way that a single replica still reaches a quorum, all others
//! reaching only that one. Then nobody else can be elected; but if its log is behind, nobody
//! votes for it either (§5.4.1), and the cluster has no leader for as long as the links are so. The
//! paper leaves it there. Here a voter says whether its log is the newer one, and a candidate
//! that heard of no leader up to its next candidacy asks those who said so for what it lacks.
//!
//! # Why that is safe
//!
//! A log is only ever made more up to date by this, in the sense of §5.4.1. Whatever the
//! candidate gives up contradicts a log whose last entry is of a later term than its own last one. The
//! leader of that later term had all that was committed before, so what is given up is
//! either not committed, or was committed by a leader after that one, through an entry which the
//! candidate does not hold and so was not counted for. No copy is lost that anybody counts on, but
//! for one case: the leader of the *present* term may have been told of what is given up, and would
//! remember it. So unless the replica has entered this term as a candidate, it enters the next one
//! before it gives up anything; no leader remembers then. What was fetched is not committed by
//! that, and a candidate still has to win its election.
//!
//! # How it finds where the logs part
//!
//! It asks for what follows the end of its own log, whatever it knows to be committed: after a
//! restart that is nothing, and a walk through all that both have would take a round trip for
//! each batch. The other answers from the last place where both logs may be the same; if they
//! are not, the candidate asks again from the last place before where its own may be, and so on.
//! That takes a round trip or two for each term in which they differ, as with a leader's probes
//! (§5.3, end).
//!
//! # Why it comes to an end
//!
//! Two logs that are newer may contradict one another. If either could undo what came of the
//! other, batch by batch, neither would ever be here whole; so only that one may whose end is the
//! newest among those that are still heard of.

use std::sync::Arc;

use super::decisions::MatchDecision;
use super::effects::Effects;
use super::leader::snapshots::Receiving;
use super::replica::Replica;
use super::role::{Follower, Role};
use super::rules;
use super::types::ids::{Position, ReplicaId};
use super::types::membership::Membership;
use super::types::message::{Body, Entry};

/// A log that is newer than the one here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Newer {
    /// Up to where the logs were found to match, if they were.
    known: Option<Position>,
    /// From where to ask next while that is not known; `None`: from the end of the log here.
    probe: Option<Position>,
    /// Where it ends, as far as it was said.
    end: Position,
    /// Whether its replica was heard of since it was last asked.
    heard: bool,
}

impl Replica {
    /// A voter says that this candidate's log is behind its own.
    pub(super) fn remember_newer(&mut self, from: ReplicaId) {
        if !matches!(self.role, Role::Leader(_)) {
            self.newer.entry(from).or_default().heard = true;
        }
    }

    /// Asks those that said so of an earlier candidacy for what is missing here.
    pub(super) fn fetch_what_is_newer(&mut self, effects: &mut Effects) {
        self.newer.retain(|_, newer| newer.heard);
        for newer in self.newer.values_mut() {
            newer.heard = false;
        }
        if !self.newer.is_empty() {
            // Who has sent the beginning of a snapshot may be gone.
            self.receiving.take_if(Receiving::has_stalled);
        }
        for &newer in self.newer.keys() {
            self.fetch(newer, effects);
        }
    }

    fn fetch(&self, from: ReplicaId, effects: &mut Effects) {
        let log = &self.durable.log;
        let committed = Position {
            term: log.term_at(self.commit_index).unwrap_or_default(),
            index: self.commit_index,
        };
        let body = Body::FetchLog {
            after: self.asked_of(from).max(committed),
            last_log: log.last(),
            received: self.received_from(from),
        };
        self.send(from, body, effects);
    }

    /// A candidate asks for what its log lacks. It's told only what a newer log holds.
    pub(super) fn on_fetch_log(
        &self,
        candidate: ReplicaId,
        after: Position,
        theirs: Position,
        received: u64,
        effects: &mut Effects,
    ) {
        let log = &self.durable.log;
        let last_log = log.last();
        // A leader brings its followers up to date by itself.
        if theirs >= last_log || matches!(self.role, Role::Leader(_)) {
            return;
        }
        let settings = &self.config.settings;
        let prev_log = log.last_at_most(after);
        if let Some(snapshot) = &self.durable.snapshot
            && prev_log.is_none()
        {
            let (offset, chunk) = snapshot.chunk_at(received, settings.chunk_bytes);
            let body = Body::FetchedSnapshot {
                last: snapshot.last,
                membership: Arc::clone(&snapshot.membership),
                offset,
                chunk,
                total: snapshot.data.len() as u64,
            };
            return self.send(candidate, body, effects);
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
        self.send(candidate, body, effects);
    }

    /// Entries of a newer log arrive, which ends at `theirs`.
    pub(super) fn on_fetched_entries(
        &mut self,
        from: ReplicaId,
        prev_log: Position,
        entries: &[Entry],
        theirs: Position,
        effects: &mut Effects,
    ) {
        if !self.fetches() {
            return;
        }
        let Some(newer) = self.newer.get_mut(&from) else {
            return;
        };
        newer.end = theirs;
        newer.heard = true;
        let log = &self.durable.log;
        if theirs <= log.last() {
            self.newer.remove(&from);
            return;
        }
        let Some(last) = entries.last().map(Entry::position) else {
            // A log that is newer goes on after any place where this one may end.
            self.newer.remove(&from);
            return;
        };
        if self.known_of(from).is_some_and(|known| last <= known) {
            return;
        }
        if rules::decide_match(log, prev_log, None) != MatchDecision::Matched {
            return self.probe_before(from, prev_log, effects);
        }
        if self.has_been_led(last) {
            return;
        }
        let gives_up = rules::merge(log, entries, None).truncate_after;
        if gives_up.is_some_and(|after| after < self.commit_index) {
            // Committed after that log's last term: it's of no use.
            self.newer.remove(&from);
            return;
        }
        if gives_up.is_some() && self.newer.values().any(|other| other.end > theirs) {
            return;
        }
        if gives_up.is_some() && !matches!(self.role, Role::Candidate(_)) {
            let Some(next) = self.durable.term.next() else {
                return;
            };
            self.enter_term(next, effects);
        }
        self.append_matching(entries, effects);
        self.go_on_fetching(from, last, theirs, effects);
    }

    /// The logs don't match at `refused`, up to which the other's goes: asks again from before.
    fn probe_before(&mut self, from: ReplicaId, refused: Position, effects: &mut Effects) {
        if refused.index <= self.commit_index {
            // At what is committed here they should match: it's of no use.
            self.newer.remove(&from);
            return;
        }
        let asked = self.asked_of(from);
        let found = self.known_of(from).is_some();
        let probe = self.durable.log.last_at_most(refused);
        // What answers an earlier question has had its say.
        if let Some(newer) = self.newer.get_mut(&from)
            && !found
            && probe.is_some_and(|probe| probe < asked)
        {
            newer.probe = probe;
            self.fetch(from, effects);
        }
    }

    /// A chunk of a snapshot arrives from a replica whose log is newer.
    pub(super) fn on_fetched_snapshot(
        &mut self,
        from: ReplicaId,
        last: Position,
        membership: Arc<Membership>,
        (offset, total): (u64, u64),
        chunk: &[u8],
        effects: &mut Effects,
    ) {
        if !self.fetches() {
            return;
        }
        let Some(newer) = self.newer.get_mut(&from) else {
            return;
        };
        newer.heard = true;
        if last.index <= self.commit_index || self.has_been_led(last) {
            return;
        }
        if self.receiving.as_ref().is_some_and(|it| !it.is_from(from)) {
            // One at a time: the same state in other words would not fit.
            return;
        }
        let before = self.received_from(from);
        let received = self.receive_chunk(from, last, membership, (offset, total), chunk, effects);
        match received {
            Some(received) if received == before => {}
            Some(_) => self.fetch(from, effects),
            None => self.go_on_fetching(from, last, Position::default(), effects),
        }
    }

    /// The logs match up to `known` now, and the other's ends at `theirs`, as far as it said.
    fn go_on_fetching(
        &mut self,
        from: ReplicaId,
        known: Position,
        theirs: Position,
        effects: &mut Effects,
    ) {
        if let Some(newer) = self.newer.get_mut(&from) {
            newer.known = Some(known);
        }
        if theirs != self.durable.log.last() {
            return self.fetch(from, effects);
        }
        self.newer.remove(&from);
        if let Role::PreCandidate(candidate) | Role::Candidate(candidate) = &mut self.role {
            // They may think better of it.
            candidate.denials.clear();
            self.request_votes(effects);
        }
    }

    /// Whether it stands in a term that has a leader, by an entry of that leader's. It will
    /// hear of it; and it could not say any more that its own log is older than its term.
    fn has_been_led(&self, entry: Position) -> bool {
        entry.term == self.durable.term && matches!(self.role, Role::Candidate(_))
    }

    /// Whether it takes entries from others than a leader: it has none.
    fn fetches(&self) -> bool {
        !matches!(
            self.role,
            Role::Leader(_) | Role::Follower(Follower { leader: Some(_) })
        )
    }

    /// After which place here that newer log is asked for what follows.
    fn asked_of(&self, from: ReplicaId) -> Position {
        let log = &self.durable.log;
        let probe = self.newer.get(&from).and_then(|newer| newer.probe);
        let probe = probe.filter(|probe| log.term_at(probe.index) == Some(probe.term));
        (self.known_of(from).or(probe)).unwrap_or_else(|| log.last())
    }

    /// Up to where that newer log was found to match this one, if this one has not given that
    /// up since.
    fn known_of(&self, from: ReplicaId) -> Option<Position> {
        let known = self.newer.get(&from)?.known?;
        (self.durable.log.term_at(known.index) == Some(known.term)).then_some(known)
    }
}
