//! What a server does for clients: takes their requests, lets them wait for a leader, and
//! sends them away.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Server;
use super::output::{Fact, Output, Reply, ReplyKind};
use crate::kv::{ClientId, Command, Logged, Operation};
use crate::raft::{Input, Position, ProposalDecision, ReplicaId, Role, Term};
use crate::sim::network::packet::Body;
use crate::sim::scenario::ReadMode;
use crate::sim::view::Endpoint;

/// A request as it reaches a server.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Request {
    pub(in crate::sim) command: Arc<Command>,
    /// For a read: how it is to be served, if the client has a wish.
    pub(in crate::sim) reads: Option<ReadMode>,
}

/// A request that waits for a leader.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Waiting {
    request: Request,
    /// Until when it waits.
    until_us: u64,
}

impl Waiting {
    /// Whose request it is.
    pub(in crate::sim) fn client(&self) -> ClientId {
        self.request.command.client
    }
}

/// An answer that is owed once the entry at a position is applied.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Owed {
    pub(super) sequence: u64,
    pub(in crate::sim) position: Position,
}

impl Server {
    /// A client's request reaches the server. One that does not run hears nothing.
    pub(super) fn serve(&mut self, request: Request, now_us: u64, out: &mut impl Output) {
        let Some(volatile) = self.running() else {
            return;
        };
        if let Some(answer) = volatile.store.too_large(&request.command.operation) {
            let reply = Reply::to(&request.command, ReplyKind::Answer(answer));
            self.reply(vec![reply], now_us, out);
            return;
        }
        let reads = request.reads.unwrap_or(self.protocol.reads);
        let by_log = !matches!(request.command.operation, Operation::Get { .. })
            || matches!(reads, ReadMode::Log {});
        let by_followers = matches!(reads, ReadMode::ReadIndex { followers: true });
        let sends_on = self.protocol.leader_silence_ticks_max > 0
            && (by_log || !by_followers)
            && !matches!(volatile.replica.role(), Role::Leader(_));
        if sends_on {
            let reply = match self.leader_heard_of() {
                Some(leader) => {
                    let leader = Some(leader);
                    Some(Reply::to(&request.command, ReplyKind::Redirect { leader }))
                }
                None => self.let_wait(request, now_us),
            };
            self.reply(reply.into_iter().collect(), now_us, out);
        } else if by_log {
            self.serve_command(request, now_us, out);
        } else {
            self.serve_read(request, now_us, out);
        }
    }

    /// The leader that the replica knows of, unless that has been silent for too long.
    fn leader_heard_of(&self) -> Option<ReplicaId> {
        let replica = &self.running()?.replica;
        let silence_ticks_max = self.protocol.leader_silence_ticks_max;
        let (silence_ticks, _) = replica.timer();
        let trusted = silence_ticks_max == 0 || silence_ticks <= silence_ticks_max;
        replica
            .leader()
            .filter(|&leader| leader == self.id || trusted)
    }

    /// A request that becomes an entry of the log.
    fn serve_command(&mut self, request: Request, now_us: u64, out: &mut impl Output) {
        let (client, sequence) = (request.command.client, request.command.sequence);
        let Some(volatile) = self.running() else {
            return;
        };
        // Sent twice, or late: this very leader has it in its log already, or has had a
        // later one since. The answer to that one is all that the client waits for.
        if let Some(owed) = volatile.owed.get(&client)
            && owed.position.term == volatile.replica.term()
            && owed.sequence >= sequence
        {
            return;
        }
        let entry = Logged::encode_parts(now_us, &request.command);
        let Some(mut pending) = self.think(Input::Propose(entry), None, now_us, out) else {
            return;
        };
        let reply = match pending.effects.proposal {
            Some(ProposalDecision::Appended(position)) => {
                if let Some(volatile) = self.running_mut() {
                    volatile.owed.insert(client, Owed { sequence, position });
                }
                None
            }
            Some(ProposalDecision::TooMuchUncommitted { .. } | ProposalDecision::LogFull) => {
                Some(Reply::to(&request.command, ReplyKind::Busy))
            }
            Some(ProposalDecision::NotLeader {
                leader: Some(leader),
            }) => {
                let leader = Some(leader);
                Some(Reply::to(&request.command, ReplyKind::Redirect { leader }))
            }
            // A leader that is handing over will soon know a better one.
            Some(
                ProposalDecision::NotLeader { leader: None } | ProposalDecision::HandingOver { .. },
            )
            | None => self.let_wait(request, now_us),
        };
        pending.replies.extend(reply);
        self.submit(pending, now_us, out);
    }

    // --- waiting for a leader ---

    /// A request waits here until a leader is known, if it may wait at all; else its
    /// client is sent away.
    pub(super) fn let_wait(&mut self, request: Request, now_us: u64) -> Option<Reply> {
        let (id, wait_us) = (self.id, self.protocol.request_wait_us);
        let volatile = self.running_mut()?;
        if wait_us == 0 {
            let leader = volatile.replica.leader().filter(|&leader| leader != id);
            return Some(Reply::to(&request.command, ReplyKind::Redirect { leader }));
        }
        // Sent again: it waits anew, with its latest number.
        let client = request.command.client;
        let others = |waiting: &Waiting| waiting.request.command.client != client;
        volatile.waiting.retain(others);
        volatile.waiting.push_back(Waiting {
            request,
            until_us: now_us + wait_us,
        });
        None
    }

    /// Looks after the requests that wait: a leader serves them, a follower that knows the
    /// leader sends them there, and those that have waited long enough go elsewhere.
    pub(super) fn attend(&mut self, now_us: u64, out: &mut impl Output) {
        let id = self.id;
        if self
            .running()
            .is_none_or(|volatile| volatile.waiting.is_empty())
        {
            return;
        }
        let leader = self.leader_heard_of();
        let Some(volatile) = self.running_mut() else {
            return;
        };
        if leader == Some(id) && volatile.replica.proposal_decision(0).is_appended() {
            let waiting: VecDeque<Waiting> = std::mem::take(&mut volatile.waiting);
            for Waiting { request, .. } in waiting {
                self.serve(request, now_us, out);
            }
            return;
        }
        let elsewhere = leader.filter(|&leader| leader != id);
        let mut replies = Vec::new();
        volatile.waiting.retain(|waiting| {
            let goes = elsewhere.is_some() || waiting.until_us <= now_us;
            if goes {
                let what = ReplyKind::Redirect { leader: elsewhere };
                replies.push(Reply::to(&waiting.request.command, what));
            }
            !goes
        });
        self.reply(replies, now_us, out);
    }

    // --- answers ---

    /// Tells clients something, after what is before it on the disk.
    fn reply(&mut self, replies: Vec<Reply>, now_us: u64, out: &mut impl Output) {
        if replies.is_empty() {
            return;
        }
        let mut pending = self.spare.take();
        pending.replies = replies;
        self.submit(pending, now_us, out);
    }

    pub(super) fn post_reply(&self, reply: Reply, out: &mut impl Output) {
        let Reply {
            client,
            sequence,
            what,
        } = reply;
        let body = match what {
            ReplyKind::Redirect { leader } => Body::Redirect { sequence, leader },
            ReplyKind::Busy => Body::Busy { sequence },
            ReplyKind::Answer(answer) => {
                let index = crate::raft::LogIndex(0);
                let answered = Fact::Answered {
                    client,
                    sequence,
                    answer,
                    index,
                };
                return out.fact(self, answered);
            }
        };
        out.packet(self, Endpoint::Client(client), body);
    }

    /// A leader that was deposed does not know what becomes of its entries. Their
    /// clients ask again: the session makes sure that it does no harm.
    pub(super) fn disown(&mut self, term: Term, out: &mut impl Output) {
        let id = self.id;
        let Some(volatile) = &mut self.volatile else {
            return;
        };
        let leads = volatile.replica.leader() == Some(id);
        let leader = volatile.replica.leader().filter(|&leader| leader != id);
        let mut replies = Vec::new();
        volatile.owed.retain(|&client, owed| {
            let disowned = owed.position.term < term || !leads;
            if disowned {
                replies.push(Reply {
                    client,
                    sequence: owed.sequence,
                    what: ReplyKind::Redirect { leader },
                });
            }
            !disowned
        });
        for reply in replies {
            self.post_reply(reply, out);
        }
    }
}
