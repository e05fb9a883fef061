//! Log replication (§5.3) and the commit rule (§5.4.2).

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use super::progress::{InFlight, ProgressState};
use crate::flaw::Flaw;
use crate::raft::decisions::{CommitDecision, Decision, MatchDecision, ProposalDecision};
use crate::raft::effects::Effects;
use crate::raft::replica::Replica;
use crate::raft::role::Role;
use crate::raft::rules;
use crate::raft::types::config::Replication;
use crate::raft::types::ids::{LogIndex, Position, ReplicaId, Term};
use crate::raft::types::message::{Body, Entry, Payload};

impl Replica {
    /// A client's command arrives.
    pub(in crate::raft) fn propose(&mut self, command: Arc<[u8]>, effects: &mut Effects) {
        let decision = self.proposal_decision(command.len());
        effects.proposal = Some(decision);
        if !matches!(decision, ProposalDecision::Appended(_)) {
            return;
        }
        if let Role::Leader(leader) = &mut self.role {
            leader.uncommitted_bytes += command.len();
        }
        self.append_own(Payload::Command(command), effects);
        self.send_new_entries(effects);
        // A cluster of one commits by itself.
        if self.is_quorum(|id| id == self.config.id) {
            self.advance_commit(effects);
        }
    }

    /// Whether a command of this many bytes would enter the log now.
    pub fn proposal_decision(&self, bytes: usize) -> ProposalDecision {
        let Role::Leader(leader) = &self.role else {
            return ProposalDecision::NotLeader {
                leader: self.leader(),
            };
        };
        if let Some(transfer) = leader.transfer {
            return ProposalDecision::HandingOver { to: transfer.to };
        }
        if self.durable.log.is_full() {
            return ProposalDecision::LogFull;
        }
        let uncommitted = leader.uncommitted_bytes.saturating_add(bytes);
        let uncommitted_max = self.config.settings.uncommitted_bytes_max;
        // A command that is too large for the bound goes alone, or it never would.
        if uncommitted > uncommitted_max && leader.uncommitted_bytes > 0 {
            return ProposalDecision::TooMuchUncommitted {
                bytes: uncommitted as u64,
                bytes_max: uncommitted_max as u64,
            };
        }
        ProposalDecision::Appended(Position {
            term: self.durable.term,
            index: self.durable.log.last_index().next(),
        })
    }

    /// Why the leader's commit index stands where it stands; none if this is no leader.
    pub fn commit_decision(&self) -> Option<CommitDecision> {
        let Role::Leader(leader) = &self.role else {
            return None;
        };
        let own = self.durable.log.last_index();
        let held = |id| match leader.followers.get(&id) {
            Some(progress) => progress.match_index,
            None => own,
        };
        Some(rules::decide_commit(
            self.agreed(held),
            &self.durable.log,
            self.durable.term,
            self.commit_index,
            self.config.settings.flaw,
        ))
    }

    /// Sends every follower what comes next for it, or at least a sign of life.
    pub(in crate::raft) fn send_to_all(&mut self, effects: &mut Effects) {
        for follower in self.followers() {
            self.replicate(follower, true, effects);
        }
    }

    /// Sends new entries to those that get them at once.
    pub(in crate::raft) fn send_new_entries(&mut self, effects: &mut Effects) {
        if self.config.settings.replication == Replication::QuorumFirst {
            for follower in self.recipients() {
                self.replicate(follower, false, effects);
            }
            return;
        }
        // Everybody, one after the other, without a list of them.
        let mut after = Bound::Unbounded;
        while let Role::Leader(leader) = &self.role
            && let Some((&follower, _)) = leader.followers.range((after, Bound::Unbounded)).next()
        {
            self.replicate(follower, false, effects);
            after = Bound::Excluded(follower);
        }
    }

    pub(in crate::raft) fn followers(&self) -> Vec<ReplicaId> {
        match &self.role {
            Role::Leader(leader) => leader.followers.keys().copied().collect(),
            _ => Vec::new(),
        }
    }

    /// Those that get new entries at once: all, or just enough voters for a quorum. Of
    /// these, the ones that have answered of late come first, in rising order, so that
    /// they stay the same while they work.
    pub(in crate::raft) fn recipients(&self) -> Vec<ReplicaId> {
        let Role::Leader(leader) = &self.role else {
            return Vec::new();
        };
        if self.config.settings.replication == Replication::Eager {
            return self.followers();
        }
        let mut voters: Vec<ReplicaId> = self.followers();
        voters.retain(|&id| self.membership().votes(id));
        voters.sort_by_key(|id| leader.followers[id].silent);
        let mut chosen = BTreeSet::from([self.config.id]);
        for id in voters {
            if self.is_quorum(|id| chosen.contains(&id)) {
                break;
            }
            chosen.insert(id);
        }
        chosen.remove(&self.config.id);
        chosen.into_iter().collect()
    }

    /// Sends one follower what comes next for it, as far as it may be sent now. With
    /// `heartbeat` something is sent in any case, and an unanswered probe or chunk once more.
    pub(in crate::raft) fn replicate(
        &mut self,
        to: ReplicaId,
        mut heartbeat: bool,
        effects: &mut Effects,
    ) {
        loop {
            let Role::Leader(leader) = &mut self.role else {
                return;
            };
            let Some(progress) = leader.followers.get_mut(&to) else {
                return;
            };
            let settings = &self.config.settings;
            let log = &self.durable.log;
            if matches!(progress.state, ProgressState::Snapshot { .. }) {
                return self.send_chunk(to, heartbeat, effects);
            }
            let before = progress.next_index.previous();
            let Some(term) = log.term_at(before) else {
                // What it lacks has been compacted.
                self.start_snapshot(to);
                continue;
            };
            let room = progress.has_room(settings.window_messages, settings.window_bytes);
            let probing = matches!(progress.state, ProgressState::Probe { .. });
            let more = progress.next_index <= log.last_index();
            let carry = if probing {
                room || heartbeat
            } else {
                room && more
            };
            if !carry && !heartbeat {
                return;
            }
            let entries = if carry {
                batch_sent_after(before, effects).unwrap_or_else(|| {
                    log.batch_from(
                        progress.next_index,
                        settings.entries_max,
                        settings.bytes_max,
                    )
                })
            } else {
                Arc::default()
            };
            let last_sent = entries.last().map_or(before, |entry| entry.index);
            match &mut progress.state {
                ProgressState::Probe { awaiting } => *awaiting = true,
                ProgressState::Replicate { window } if !entries.is_empty() => {
                    window.push_back(InFlight {
                        last: last_sent,
                        bytes: entries.iter().map(Entry::size).sum(),
                    });
                    progress.next_index = last_sent.next();
                }
                ProgressState::Replicate { .. } | ProgressState::Snapshot { .. } => {}
            }
            progress.idle_ticks = 0;
            heartbeat = false;
            let body = Body::AppendEntries {
                prev_log: Position {
                    term,
                    index: before,
                },
                leader_commit: self.commit_index.min(last_sent),
                entries,
                round: leader.round,
            };
            self.send(to, body, effects);
        }
    }

    /// The leader of this term sends entries, or just a sign of life.
    pub(in crate::raft) fn on_append_entries(
        &mut self,
        leader: ReplicaId,
        prev_log: Position,
        entries: &[Entry],
        leader_commit: LogIndex,
        round: u64,
        effects: &mut Effects,
    ) {
        let flaw = self.config.settings.flaw;
        let promised_ticks = self.promise(effects);
        let decision = rules::decide_match(&self.durable.log, prev_log, flaw);
        let (conflict_term, conflict_index) = match decision {
            MatchDecision::Matched => {
                let match_index = entries.last().map_or(prev_log.index, |last| last.index);
                self.append_matching(entries, effects);
                self.commit_to(leader_commit, effects);
                let answer = Body::AppendAccepted {
                    match_index,
                    round,
                    promised_ticks,
                };
                self.send(leader, answer, effects);
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
            round,
            promised_ticks,
        };
        self.send(leader, body, effects);
    }

    /// Takes over the entries of a matching `AppendEntries`.
    pub(in crate::raft) fn append_matching(&mut self, entries: &[Entry], effects: &mut Effects) {
        let merge = rules::merge(&self.durable.log, entries, self.config.settings.flaw);
        if let Some(index) = merge.truncate_after {
            self.write_truncation(index, effects);
        }
        for entry in merge.append {
            self.write_entry(entry.clone(), effects);
        }
    }

    /// A follower's log matches.
    pub(in crate::raft) fn on_append_accepted(
        &mut self,
        from: ReplicaId,
        match_index: LogIndex,
        effects: &mut Effects,
    ) {
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let Some(progress) = leader.followers.get_mut(&from) else {
            return;
        };
        // An answer may be late: what matched once matches for the rest of the term.
        let news = progress.matched(match_index);
        if self.config.settings.breaks(Flaw::MatchGoesBack) {
            progress.match_index = match_index;
        }
        self.end_catch_up_round(from, effects);
        // The commit index first, so that the next message carries the news.
        if news && match_index > self.commit_index {
            self.advance_commit(effects);
        }
        self.after_answer(effects);
        self.send_what_is_behind(from, effects);
    }

    /// A follower's log doesn't match: go back, and try there.
    pub(in crate::raft) fn on_append_rejected(
        &mut self,
        from: ReplicaId,
        prev_log_index: LogIndex,
        conflict_term: Option<Term>,
        conflict_index: LogIndex,
        effects: &mut Effects,
    ) {
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let Some(progress) = leader.followers.get_mut(&from) else {
            return;
        };
        let current = match &progress.state {
            ProgressState::Probe { .. } => prev_log_index == progress.next_index.previous(),
            // Any message of the window may be the one that finds a gap before it.
            ProgressState::Replicate { .. } => prev_log_index < progress.next_index,
            ProgressState::Snapshot { .. } => false,
        };
        if !current || prev_log_index <= progress.match_index {
            return;
        }
        let next = rules::next_after_rejection(
            &self.durable.log,
            conflict_term,
            conflict_index,
            prev_log_index,
        );
        if self.config.settings.breaks(Flaw::MatchFromHint) {
            progress.match_index = progress.match_index.max(conflict_index.previous());
        }
        progress.probe(next);
        self.replicate(from, false, effects);
    }

    /// After an answer, what the follower still lacks. In quorum-first mode only those
    /// that are counted on get it at once, and those that lack more than one message
    /// holds: they would never catch up from heartbeat to heartbeat.
    fn send_what_is_behind(&mut self, to: ReplicaId, effects: &mut Effects) {
        let Role::Leader(leader) = &self.role else {
            return;
        };
        let Some(progress) = leader.followers.get(&to) else {
            return;
        };
        let last_index = self.durable.log.last_index();
        if progress.next_index > last_index {
            return;
        }
        let settings = &self.config.settings;
        let lacking = last_index.0 - progress.match_index.0;
        let at_once = settings.replication == Replication::Eager
            || lacking > settings.entries_max as u64
            || self.recipients().contains(&to);
        if at_once {
            self.replicate(to, false, effects);
        }
    }

    /// Moves the leader's commit index as far as the rule allows.
    pub(in crate::raft) fn advance_commit(&mut self, effects: &mut Effects) {
        let Some(decision) = self.commit_decision() else {
            return;
        };
        match decision {
            CommitDecision::Advanced { to } => {
                let known = effects.committed.len();
                self.commit_to(to, effects);
                let bytes: usize = effects.committed[known..].iter().map(Entry::size).sum();
                if let Role::Leader(leader) = &mut self.role {
                    leader.uncommitted_bytes = leader.uncommitted_bytes.saturating_sub(bytes);
                }
                effects.decisions.push(Decision::Commit { decision });
                self.after_commit(effects);
            }
            CommitDecision::OlderTerm { .. } => {
                effects.decisions.push(Decision::Commit { decision });
            }
            CommitDecision::NoQuorum { .. } => {}
        }
    }
}

/// The entries that the follower before was just sent, if they are for the same place:
/// most often all need the same.
fn batch_sent_after(before: LogIndex, effects: &Effects) -> Option<Arc<[Entry]>> {
    match &effects.messages.last()?.body {
        Body::AppendEntries {
            prev_log, entries, ..
        } if prev_log.index == before && !entries.is_empty() => Some(Arc::clone(entries)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{Config, Durable, Input, Membership, Message, Settings, Term};
    use crate::rng::Pcg32;

    /// What goes to several followers is in memory once.
    #[test]
    fn followers_that_need_the_same_share_it() {
        let all: Vec<ReplicaId> = [1, 2, 3].map(ReplicaId).into();
        let config = Config {
            id: all[0],
            membership: Membership::of_voters(all.clone()),
            peers: all,
            settings: Settings::default(),
        };
        let mut leader = Replica::new(config, Durable::default(), Pcg32::new(1, 1)).expect("good");
        let _ = leader.step(Input::Campaign);
        let vote = Body::Vote {
            granted: true,
            pre_vote: false,
            behind: false,
        };
        let effects = leader.step(Input::Receive(Message {
            from: ReplicaId(2),
            to: ReplicaId(1),
            term: Term(1),
            body: vote,
        }));
        let [Some(one), Some(other)] = [0, 1].map(|place| match &effects.messages[place].body {
            Body::AppendEntries { entries, .. } => Some(entries),
            _ => None,
        }) else {
            panic!("a new leader sends its first entry");
        };
        assert_eq!(one.len(), 1);
        assert!(Arc::ptr_eq(one, other));
    }
}
