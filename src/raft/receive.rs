//! Checks a message, compares the terms, and hands it to the part of the replica that it
//! concerns.

use std::sync::Arc;

use super::catch_up::{self, Fetched};
use super::effects::{Effects, ReadReady};
use super::follower::{self, Append};
use super::incoming::Chunk;
use super::leader::answer::{Answer, Rejection};
use super::refusal::Receiver;
use super::replica::Replica;
use super::role::Role;
use super::types::ids::ReplicaId;
use super::types::message::{Body, Message};

impl Replica {
    pub(super) fn receive(&mut self, message: &Message, effects: &mut Effects) {
        let receiver = Receiver {
            config: &self.core.config,
            durable: &self.core.durable,
            leader: self.leader(),
            commit_index: self.core.commit_index,
        };
        if let Err(refusal) = receiver.check(message) {
            effects.refused = Some(refusal);
            return;
        }
        let &Message {
            from,
            term,
            ref body,
            ..
        } = message;
        // A request for a vote may be ignored, and its term with it.
        if let &Body::RequestVote { last_log, purpose } = body
            && self.keeps_to_leader(from, term, last_log, purpose, effects)
        {
            return;
        }
        let current = self.core.durable.term;
        if term > current && matches!(body, Body::FetchLog { .. }) {
            // The term of a candidacy comes with its request for a vote, or not at all.
            return;
        }
        // Then the terms are compared (§5.1).
        if term > current {
            self.role.enter_term(&mut self.core, term, effects);
        }
        if term < current {
            match *body {
                Body::RequestVote { last_log, purpose } => {
                    self.on_request_vote(from, term, last_log, purpose, effects);
                }
                Body::AppendEntries { .. } | Body::InstallSnapshot { .. } | Body::TimeoutNow => {
                    self.core.send(from, Body::AppendStale, effects);
                }
                // Answers to questions of an older term are void (§5.1).
                _ => {}
            }
            return;
        }
        self.receive_in_term(from, body, effects);
    }

    /// Hands on a message of this very term.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each kind of message, and each only hands it on"
    )]
    fn receive_in_term(&mut self, from: ReplicaId, body: &Body, effects: &mut Effects) {
        match *body {
            // Elections.
            Body::RequestVote { last_log, purpose } => {
                self.on_request_vote(from, self.core.durable.term, last_log, purpose, effects);
            }
            Body::Vote {
                granted,
                pre_vote,
                behind,
            } => {
                if behind && !matches!(self.role, Role::Leader(_)) {
                    self.ahead.remember(from);
                }
                self.on_vote(from, granted, pre_vote, effects);
            }
            Body::TimeoutNow => self.on_timeout_now(from, effects),

            // From the leader.
            Body::AppendEntries {
                prev_log,
                ref entries,
                leader_commit,
                round,
            } => {
                self.hear_from_leader(from, effects);
                let append = Append {
                    prev_log,
                    entries,
                    leader_commit,
                    round,
                };
                follower::on_append_entries(&mut self.core, from, &append, effects);
            }
            Body::InstallSnapshot {
                last,
                ref membership,
                offset,
                ref chunk,
                total,
                round,
            } => {
                self.hear_from_leader(from, effects);
                let chunk = Chunk {
                    last,
                    membership: Arc::clone(membership),
                    offset,
                    bytes: chunk,
                    total,
                };
                follower::on_install_snapshot(&mut self.core, from, chunk, round, effects);
            }
            Body::ReadIndexAnswer { read, index } => {
                if self.core.forwarded.answer(read) {
                    effects.reads.push(ReadReady { read, index });
                }
            }

            // To the leader.
            Body::AppendAccepted {
                match_index,
                round,
                promised_ticks,
            } => {
                let answer = Answer {
                    from,
                    round,
                    promised_ticks,
                };
                self.as_leader(effects, |leader, core, effects| {
                    leader.on_append_accepted(core, answer, match_index, effects)
                });
            }
            Body::AppendRejected {
                prev_log_index,
                conflict_term,
                conflict_index,
                round,
                promised_ticks,
            } => {
                let answer = Answer {
                    from,
                    round,
                    promised_ticks,
                };
                let rejection = Rejection {
                    prev_log_index,
                    conflict_term,
                    conflict_index,
                };
                self.as_leader(effects, |leader, core, effects| {
                    leader.on_append_rejected(core, answer, rejection, effects)
                });
            }
            Body::SnapshotReceived {
                last,
                received,
                round,
                promised_ticks,
            } => {
                let answer = Answer {
                    from,
                    round,
                    promised_ticks,
                };
                self.as_leader(effects, |leader, core, effects| {
                    leader.on_snapshot_received(core, answer, last, received, effects)
                });
            }
            // A replica that does not lead says nothing: the follower will ask again.
            Body::ReadIndex { read } => {
                self.as_leader(effects, |leader, core, effects| {
                    leader.on_read(core, read, Some(from), effects)
                });
            }

            // Catching up without a leader. One that leads brings its followers up to date
            // itself.
            Body::FetchLog {
                after,
                last_log,
                received,
            } => {
                if !matches!(self.role, Role::Leader(_)) {
                    catch_up::on_fetch_log(&self.core, from, after, last_log, received, effects);
                }
            }
            Body::FetchedEntries {
                prev_log,
                ref entries,
                last_log,
            } => {
                let fetched = Fetched {
                    prev_log,
                    entries,
                    last_log,
                };
                let (core, role) = (&mut self.core, &mut self.role);
                (self.ahead).on_fetched_entries(core, role, from, &fetched, effects);
            }
            Body::FetchedSnapshot {
                last,
                ref membership,
                offset,
                ref chunk,
                total,
            } => {
                let chunk = Chunk {
                    last,
                    membership: Arc::clone(membership),
                    offset,
                    bytes: chunk,
                    total,
                };
                let (core, role) = (&mut self.core, &mut self.role);
                (self.ahead).on_fetched_snapshot(core, role, from, chunk, effects);
            }

            // Its term, had it been higher, has already been taken on.
            Body::AppendStale => {}
        }
    }

    /// The leader of this term is alive. A timeout is drawn for each leader and not for each of
    /// its messages: what keeps votes from being split is that replicas have other timeouts than
    /// one another (§5.2), and that one that stood in vain draws anew.
    fn hear_from_leader(&mut self, leader: ReplicaId, effects: &mut Effects) {
        if self.leader() == Some(leader) {
            self.core.elapsed = 0;
        } else {
            self.follow(Some(leader), effects);
            self.core.reset_election_timer();
        }
        self.ahead.clear();
    }
}
