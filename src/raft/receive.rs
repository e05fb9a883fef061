//! What a replica does with a message: checks it, compares the terms, and hands it to whom it
//! concerns.

use super::effects::Effects;
use super::refusal::Receiver;
use super::replica::Replica;
use super::types::ids::ReplicaId;
use super::types::message::{Body, Message};

impl Replica {
    pub(super) fn receive(&mut self, message: Message, effects: &mut Effects) {
        let receiver = Receiver {
            config: &self.config,
            durable: &self.durable,
            role: &self.role,
            commit_index: self.commit_index,
        };
        if let Err(refusal) = receiver.check(&message) {
            effects.refused = Some(refusal);
            return;
        }
        let Message {
            from, term, body, ..
        } = message;
        if let Body::RequestVote { last_log, purpose } = body
            && self.keeps_to_leader(from, term, last_log, purpose, effects)
        {
            return;
        }
        if term > self.durable.term && matches!(body, Body::FetchLog { .. }) {
            // The term of a candidacy comes with the request for the vote, or not at all.
            return;
        }
        if term > self.durable.term {
            self.enter_term(term, effects);
        }
        if term < self.durable.term {
            match body {
                Body::RequestVote { last_log, purpose } => {
                    self.on_request_vote(from, term, last_log, purpose, effects);
                }
                Body::AppendEntries { .. } | Body::InstallSnapshot { .. } | Body::TimeoutNow => {
                    self.send(from, Body::AppendStale, effects);
                }
                // Answers to questions of an older term are void (§5.1).
                _ => {}
            }
            return;
        }
        self.receive_in_term(from, body, effects);
    }

    /// A message of this very term.
    fn receive_in_term(&mut self, from: ReplicaId, body: Body, effects: &mut Effects) {
        match body {
            Body::RequestVote { last_log, purpose } => {
                self.on_request_vote(from, self.durable.term, last_log, purpose, effects);
            }
            Body::Vote {
                granted,
                pre_vote,
                behind,
            } => {
                if behind {
                    self.remember_newer(from);
                }
                self.on_vote(from, granted, pre_vote, effects);
            }
            Body::AppendEntries {
                prev_log,
                entries,
                leader_commit,
                round,
            } => {
                self.hear_from_leader(from, effects);
                self.on_append_entries(from, prev_log, &entries, leader_commit, round, effects);
            }
            Body::AppendAccepted {
                match_index,
                round,
                promised_ticks,
            } => {
                self.hear_from_follower(from, round, promised_ticks);
                self.on_append_accepted(from, match_index, effects);
            }
            Body::AppendRejected {
                prev_log_index,
                conflict_term,
                conflict_index,
                round,
                promised_ticks,
            } => {
                self.hear_from_follower(from, round, promised_ticks);
                self.on_append_rejected(
                    from,
                    prev_log_index,
                    conflict_term,
                    conflict_index,
                    effects,
                );
                self.after_answer(effects);
            }
            Body::InstallSnapshot {
                last,
                membership,
                offset,
                chunk,
                total,
                round,
            } => {
                self.hear_from_leader(from, effects);
                let place = (offset, total);
                let received = self.receive_chunk(from, last, membership, place, &chunk, effects);
                self.answer_chunk(from, last, received, round, effects);
            }
            Body::SnapshotReceived {
                last,
                received,
                round,
                promised_ticks,
            } => {
                self.hear_from_follower(from, round, promised_ticks);
                self.on_snapshot_received(from, last, received, effects);
                self.after_answer(effects);
            }
            Body::ReadIndex { read } => self.on_read_index(from, read, effects),
            Body::ReadIndexAnswer { read, index } => {
                self.on_read_index_answer(read, index, effects);
            }
            Body::TimeoutNow => self.on_timeout_now(from, effects),
            Body::FetchLog {
                after,
                last_log,
                received,
            } => self.on_fetch_log(from, after, last_log, received, effects),
            Body::FetchedEntries {
                prev_log,
                entries,
                last_log,
            } => self.on_fetched_entries(from, prev_log, &entries, last_log, effects),
            Body::FetchedSnapshot {
                last,
                membership,
                offset,
                chunk,
                total,
            } => {
                let place = (offset, total);
                self.on_fetched_snapshot(from, last, membership, place, &chunk, effects);
            }
            // Its term, had it been higher, has already been taken on.
            Body::AppendStale => {}
        }
    }

    /// The leader of this term is alive.
    fn hear_from_leader(&mut self, leader: ReplicaId, effects: &mut Effects) {
        if self.leader() != Some(leader) {
            self.become_follower(Some(leader), effects);
        }
        self.reset_election_timer();
        self.newer.clear();
    }
}
