//! Log replication (§5.3) and the commit rule (§5.4.2).

use std::sync::Arc;

use super::effects::Effects;
use super::ids::{LogIndex, Position, ReplicaId, Term};
use super::message::{Body, Entry, Payload};
use super::replica::Replica;
use super::role::{Leader, Role};
use super::rules::{self, CommitDecision, Decision, MatchDecision, ProposalDecision};

impl Replica {
    /// A client's command arrives.
    pub(super) fn propose(&mut self, command: Arc<[u8]>, effects: &mut Effects) {
        if !matches!(self.role, Role::Leader(_)) {
            effects.proposal = Some(ProposalDecision::NotLeader {
                leader: self.leader(),
            });
            return;
        }
        self.append_own(Payload::Command(command), effects);
        effects.proposal = Some(ProposalDecision::Appended(self.durable.log.last()));
        self.send_new_entries(effects);
        // A cluster of one commits by itself.
        self.advance_commit(effects);
    }

    /// Why the leader's commit index stands where it stands; none if this is no leader.
    pub fn commit_decision(&self) -> Option<CommitDecision> {
        let Role::Leader(leader) = &self.role else {
            return None;
        };
        let own = self.durable.log.last_index();
        let mut matched: Vec<LogIndex> = leader
            .followers
            .values()
            .map(|progress| progress.match_index)
            .chain([own])
            .collect();
        Some(rules::decide_commit(
            &mut matched,
            self.config.quorum(),
            &self.durable.log,
            self.durable.term,
            self.commit_index,
        ))
    }

    /// Sends an `AppendEntries` to every follower: a heartbeat, and once more
    /// whatever has not been answered.
    pub(super) fn send_heartbeats(&mut self, effects: &mut Effects) {
        self.send_appends(effects, |_| true);
    }

    /// Sends new entries to the followers that have answered what was sent before.
    /// For the others they wait, and then go out together.
    fn send_new_entries(&mut self, effects: &mut Effects) {
        self.send_appends(effects, |in_flight| in_flight.is_none());
    }

    fn send_appends(&mut self, effects: &mut Effects, to: impl Fn(Option<LogIndex>) -> bool) {
        let Role::Leader(leader) = &self.role else {
            return;
        };
        let followers: Vec<ReplicaId> = leader
            .followers
            .iter()
            .filter(|(_, progress)| to(progress.in_flight))
            .map(|(&id, _)| id)
            .collect();
        for follower in followers {
            self.send_append(follower, effects);
        }
    }

    /// Sends one follower what comes next for it, as much as fits into a message.
    fn send_append(&mut self, to: ReplicaId, effects: &mut Effects) {
        let Role::Leader(Leader { followers }) = &mut self.role else {
            return;
        };
        let Some(progress) = followers.get_mut(&to) else {
            return;
        };
        let log = &self.durable.log;
        let before = progress.next_index.previous();
        let prev_log = Position {
            term: log.term_at(before).expect("nextIndex is within the log"),
            index: before,
        };
        let entries = log.batch_from(
            progress.next_index,
            self.config.entries_max,
            self.config.bytes_max,
        );
        let last_sent = entries.last().map(|entry| entry.index);
        progress.in_flight = last_sent;
        let body = Body::AppendEntries {
            prev_log,
            entries,
            leader_commit: self.commit_index.min(last_sent.unwrap_or(before)),
        };
        self.send(to, body, effects);
    }

    /// The leader of this term sends entries, or just a sign of life.
    pub(super) fn on_append_entries(
        &mut self,
        leader: ReplicaId,
        prev_log: Position,
        entries: &[Entry],
        leader_commit: LogIndex,
        effects: &mut Effects,
    ) {
        self.become_follower(Some(leader));
        self.reset_election_timer();
        let decision = rules::decide_match(&self.durable.log, prev_log);
        let (conflict_term, conflict_index) = match decision {
            MatchDecision::Matched => {
                self.append_matching(entries, effects);
                let match_index = entries.last().map_or(prev_log.index, |last| last.index);
                self.commit_to(leader_commit, effects);
                self.send(leader, Body::AppendAccepted { match_index }, effects);
                return;
            }
            MatchDecision::Missing { last_index, .. } => (None, last_index.next()),
            MatchDecision::Conflict {
                term, first_index, ..
            } => (Some(term), first_index),
        };
        effects.decisions.push(Decision::Match { leader, decision });
        let body = Body::AppendRejected {
            prev_log_index: prev_log.index,
            conflict_term,
            conflict_index,
        };
        self.send(leader, body, effects);
    }

    /// Takes over the entries of a matching `AppendEntries`.
    fn append_matching(&mut self, entries: &[Entry], effects: &mut Effects) {
        let merge = rules::merge(&self.durable.log, entries);
        if let Some(index) = merge.truncate_after {
            assert!(
                index >= self.commit_index,
                "a committed entry is never taken away"
            );
            self.durable.log.truncate_after(index);
            effects.write.truncate_after = Some(index);
        }
        for entry in merge.append {
            self.write_entry(entry.clone(), effects);
        }
    }

    /// A follower's log matches.
    pub(super) fn on_append_accepted(
        &mut self,
        from: ReplicaId,
        match_index: LogIndex,
        effects: &mut Effects,
    ) {
        let Role::Leader(Leader { followers }) = &mut self.role else {
            return;
        };
        let Some(progress) = followers.get_mut(&from) else {
            return;
        };
        if progress.in_flight.is_some_and(|sent| sent <= match_index) {
            progress.in_flight = None;
        }
        // An answer may be late: what matched once matches for the rest of the term.
        progress.match_index = progress.match_index.max(match_index);
        progress.next_index = progress.next_index.max(progress.match_index.next());
        let idle = progress.in_flight.is_none();
        let behind = progress.next_index <= self.durable.log.last_index();
        // The commit index first, so that the next message carries the news.
        if match_index > self.commit_index {
            self.advance_commit(effects);
        }
        if idle && behind {
            self.send_append(from, effects);
        }
    }

    /// A follower's log doesn't match: go back, and try there.
    pub(super) fn on_append_rejected(
        &mut self,
        from: ReplicaId,
        prev_log_index: LogIndex,
        conflict_term: Option<Term>,
        conflict_index: LogIndex,
        effects: &mut Effects,
    ) {
        let Role::Leader(Leader { followers }) = &mut self.role else {
            return;
        };
        let Some(progress) = followers.get_mut(&from) else {
            return;
        };
        let answers_last_probe = prev_log_index == progress.next_index.previous();
        if !answers_last_probe || prev_log_index <= progress.match_index {
            return;
        }
        progress.next_index = rules::next_after_rejection(
            &self.durable.log,
            conflict_term,
            conflict_index,
            prev_log_index,
        )
        .max(progress.match_index.next());
        self.send_append(from, effects);
    }

    /// Moves the leader's commit index as far as the rule allows.
    pub(super) fn advance_commit(&mut self, effects: &mut Effects) {
        let Some(decision) = self.commit_decision() else {
            return;
        };
        match decision {
            CommitDecision::Advanced { to, .. } => self.commit_to(to, effects),
            CommitDecision::OlderTerm { .. } => {}
            CommitDecision::NoQuorum { .. } => return,
        }
        effects.decisions.push(Decision::Commit { decision });
    }
}
