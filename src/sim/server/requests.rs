//! What a server does for clients: takes their requests, lets them wait for a leader,
//! serves their reads, and sends them away.

use std::sync::Arc;

use super::output::{Reply, ReplyKind, Step};
use super::{Owed, Read, Waiting};
use crate::kv::{Answer, ClientId, Command, Logged, Operation};
use crate::raft::{
    Entry, Input, LogIndex, Payload, ProposalDecision, ReadDecision, ReadReady, ReplicaId, Role,
    Term,
};
use crate::sim::network::packet::Body;
use crate::sim::property::violation::Violation;
use crate::sim::scenario::ReadMode;
use crate::sim::view::Endpoint;
use crate::sim::view::trace::TraceEvent;
use crate::sim::world::lease::Voided;
use crate::sim::world::{World, place_of};

/// A request as it reaches a server.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Request {
    pub(in crate::sim) command: Arc<Command>,
    pub(in crate::sim) reads: Option<ReadMode>,
    pub(in crate::sim) must_see: LogIndex,
}

impl World {
    /// A client's request reaches a running replica.
    pub(in crate::sim) fn serve(&mut self, id: ReplicaId, request: Request) {
        let node = self.node(id);
        let Some(memory) = node.running() else {
            return;
        };
        if let Some(answer) = memory.store.too_large(&request.command.operation) {
            let reply = reply_to(&request.command, ReplyKind::Answer(answer));
            self.reply(id, vec![reply]);
            return;
        }
        let by_log = !matches!(request.command.operation, Operation::Get { .. })
            || matches!(
                request.reads.unwrap_or(node.protocol.reads),
                ReadMode::Log {}
            );
        let by_followers = matches!(
            request.reads.unwrap_or(node.protocol.reads),
            ReadMode::ReadIndex { followers: true }
        );
        let sends_on = node.protocol.leader_silence_ticks_max > 0
            && (by_log || !by_followers)
            && !matches!(memory.replica.role(), Role::Leader(_));
        if sends_on {
            let reply = match self.leader_heard_of(id) {
                Some(leader) => {
                    let leader = Some(leader);
                    Some(reply_to(&request.command, ReplyKind::Redirect { leader }))
                }
                None => self.let_wait(id, request),
            };
            self.reply(id, reply.into_iter().collect());
        } else if by_log {
            self.serve_command(id, request);
        } else {
            self.serve_read(id, request);
        }
    }

    /// The leader that a replica knows of, unless that has been silent for too long.
    fn leader_heard_of(&self, id: ReplicaId) -> Option<ReplicaId> {
        let node = self.node(id);
        let replica = &node.running()?.replica;
        let silence_ticks_max = node.protocol.leader_silence_ticks_max;
        let (silence_ticks, _) = replica.timer();
        let trusted = silence_ticks_max == 0 || silence_ticks <= silence_ticks_max;
        replica.leader().filter(|&leader| leader == id || trusted)
    }

    /// A request that becomes an entry of the log.
    fn serve_command(&mut self, id: ReplicaId, request: Request) {
        let (client, sequence) = (request.command.client, request.command.sequence);
        let Some(memory) = self.node(id).running() else {
            return;
        };
        // Sent twice, or late: this very leader has it in its log already, or has had a
        // later one since. The answer to that one is all that the client waits for.
        if let Some(owed) = memory.owed.get(&client)
            && owed.position.term == memory.replica.term()
            && owed.sequence >= sequence
        {
            return;
        }
        let entry = Logged::encode_parts(self.now_us, &request.command);
        let Some((mut step, outcome)) = self.think(id, Input::Propose(entry), None) else {
            return;
        };
        match outcome.proposal {
            Some(ProposalDecision::Appended(position)) => {
                if let Some(memory) = self.node_mut(id).running_mut() {
                    memory.owed.insert(client, Owed { sequence, position });
                }
            }
            Some(ProposalDecision::TooMuchUncommitted { .. } | ProposalDecision::LogFull) => {
                step.replies
                    .push(reply_to(&request.command, ReplyKind::Busy));
            }
            Some(ProposalDecision::NotLeader {
                leader: Some(leader),
            }) => {
                let leader = Some(leader);
                let what = ReplyKind::Redirect { leader };
                step.replies.push(reply_to(&request.command, what));
            }
            // A leader that is handing over will soon know a better one.
            Some(
                ProposalDecision::NotLeader { leader: None } | ProposalDecision::HandingOver { .. },
            )
            | None => {
                step.replies.extend(self.let_wait(id, request));
            }
        }
        self.submit(id, step);
    }

    /// A read that does not go through the log.
    fn serve_read(&mut self, id: ReplicaId, request: Request) {
        let client = request.command.client;
        let node = self.node_mut(id);
        let life = node.restarts;
        let Some(memory) = node.running_mut() else {
            return;
        };
        // A client has one request under way: an older read of it is of no use any more.
        memory.reads.retain(|_, read| read.command.client != client);
        memory.ready.retain(|_, read| read.command.client != client);
        let name = memory.name_read(life);
        memory.reads.insert(
            name,
            Read {
                command: Arc::clone(&request.command),
                must_see: request.must_see,
                voided: None,
            },
        );
        let Some((mut step, outcome)) = self.think(id, Input::Read(name), None) else {
            return;
        };
        if outcome.read == Some(ReadDecision::NoLeader) {
            if let Some(memory) = self.node_mut(id).running_mut() {
                memory.reads.remove(&name);
            }
            step.replies.extend(self.let_wait(id, request));
        }
        self.submit(id, step);
    }

    // --- waiting for a leader ---

    /// A request waits here until a leader is known, if it may wait at all; else its
    /// client is sent away.
    fn let_wait(&mut self, id: ReplicaId, request: Request) -> Option<Reply> {
        let now_us = self.now_us;
        let node = self.node_mut(id);
        let wait_us = node.protocol.request_wait_us;
        let memory = node.running_mut()?;
        if wait_us == 0 {
            let leader = memory.replica.leader().filter(|&leader| leader != id);
            return Some(reply_to(&request.command, ReplyKind::Redirect { leader }));
        }
        // Sent again: it waits anew, with its latest number.
        let client = request.command.client;
        memory
            .waiting
            .retain(|waiting| waiting.command.client != client);
        memory.waiting.push_back(Waiting {
            command: request.command,
            reads: request.reads,
            must_see: request.must_see,
            until_us: now_us + wait_us,
        });
        None
    }

    /// Looks after the requests that wait: a leader serves them, a follower that knows the
    /// leader sends them there, and those that have waited long enough go elsewhere.
    pub(in crate::sim) fn attend(&mut self, id: ReplicaId) {
        let now_us = self.now_us;
        let leader = self.leader_heard_of(id);
        let Some(memory) = self.node_mut(id).running_mut() else {
            return;
        };
        if memory.waiting.is_empty() {
            return;
        }
        if leader == Some(id) && memory.replica.proposal_decision(0).is_appended() {
            for Waiting {
                command,
                reads,
                must_see,
                ..
            } in std::mem::take(&mut memory.waiting)
            {
                let request = Request {
                    command,
                    reads,
                    must_see,
                };
                self.serve(id, request);
            }
            return;
        }
        let elsewhere = leader.filter(|&leader| leader != id);
        let mut replies = Vec::new();
        memory.waiting.retain(|waiting| {
            let goes = elsewhere.is_some() || waiting.until_us <= now_us;
            if goes {
                let what = ReplyKind::Redirect { leader: elsewhere };
                replies.push(reply_to(&waiting.command, what));
            }
            !goes
        });
        self.reply(id, replies);
    }

    // --- reads ---

    /// The core says how far the store must be for a read.
    pub(in crate::sim) fn read_is_ready(&mut self, id: ReplicaId, ready: ReadReady) {
        let Some(memory) = &mut self.nodes[place_of(id)].memory else {
            return;
        };
        let elsewhere = self.doubtful_reads.remove(&(id, ready.read));
        if let Some(mut read) = memory.reads.remove(&ready.read) {
            read.voided = read.voided.or(elsewhere);
            memory.ready.insert((ready.index, ready.read), read);
            self.answer_reads(id);
        }
    }

    /// Answers the reads for which the store is far enough.
    pub(in crate::sim) fn answer_reads(&mut self, id: ReplicaId) {
        loop {
            let Some(memory) = &mut self.node_mut(id).memory else {
                return;
            };
            let last_applied = memory.last_applied;
            let Some(first) = memory.ready.first_entry() else {
                return;
            };
            if first.key().0 > last_applied {
                return;
            }
            let read = first.remove();
            let answer = memory.store.read(read.command.operation.key());
            self.judge_read(id, &read, last_applied);
            let Command {
                client, sequence, ..
            } = *read.command;
            self.digest.tell(sequence);
            self.digest.tell_data(&answer);
            self.answer(id, client, sequence, answer, last_applied);
        }
    }

    /// A read is stale if it misses a change of its key that some client had been told of
    /// before the reader was asked. That breaks a property, unless the read went by a lease
    /// whose ground the world itself took away, or a rule is broken on purpose.
    fn judge_read(&mut self, replica: ReplicaId, read: &Read, read_index: LogIndex) {
        if read_index >= read.must_see {
            return;
        }
        let key = read.command.operation.key();
        let changes = |entry: &Entry| match &entry.payload {
            Payload::Command(bytes) => Logged::decode(bytes).is_ok_and(|logged| {
                let operation = &logged.command.operation;
                operation.key() == key && !matches!(operation, Operation::Get { .. })
            }),
            _ => false,
        };
        if self
            .checkers
            .any_applied(read_index, read.must_see, changes)
        {
            self.counters.stale_reads += 1;
            let (client, committed_index) = (read.command.client, read.must_see);
            let flaw = self.scenario.flaw.map(|_| Voided::Flaw {});
            if let Some(voided_by) = read.voided.or(flaw) {
                self.emit(TraceEvent::StaleRead {
                    replica,
                    client,
                    committed_index,
                    read_index,
                    voided_by,
                });
            } else {
                self.judge(Err(Violation::NoStaleRead {
                    replica,
                    client,
                    committed_index,
                    read_index,
                }));
            }
        }
    }

    /// Reads that this replica will not serve: their clients ask another.
    pub(in crate::sim) fn lose_reads(&mut self, id: ReplicaId, lost: &[u64]) -> Vec<Reply> {
        let Some(memory) = &mut self.node_mut(id).memory else {
            return Vec::new();
        };
        let leader = memory.replica.leader().filter(|&leader| leader != id);
        let reads = &mut memory.reads;
        lost.iter()
            .filter_map(|name| reads.remove(name))
            .map(|read| reply_to(&read.command, ReplyKind::Redirect { leader }))
            .collect()
    }

    // --- answers ---

    /// Tells clients something, after what is before it on the disk.
    pub(in crate::sim) fn reply(&mut self, id: ReplicaId, replies: Vec<Reply>) {
        let step = Step {
            replies,
            ..Step::default()
        };
        self.submit(id, step);
    }

    pub(in crate::sim) fn answer(
        &mut self,
        id: ReplicaId,
        client: ClientId,
        sequence: u64,
        answer: Answer,
        index: LogIndex,
    ) {
        let body = Body::Answer {
            sequence,
            answer,
            index,
        };
        self.post(Endpoint::Replica(id), Endpoint::Client(client), body);
    }

    pub(in crate::sim) fn post_reply(&mut self, id: ReplicaId, reply: Reply) {
        let Reply {
            client,
            sequence,
            what,
        } = reply;
        let body = match what {
            ReplyKind::Redirect { leader } => Body::Redirect { sequence, leader },
            ReplyKind::Busy => Body::Busy { sequence },
            ReplyKind::Answer(answer) => {
                return self.answer(id, client, sequence, answer, LogIndex(0));
            }
        };
        self.post(Endpoint::Replica(id), Endpoint::Client(client), body);
    }

    /// A leader that was deposed does not know what becomes of its entries. Their
    /// clients ask again: the session makes sure that it does no harm.
    pub(in crate::sim) fn disown(&mut self, id: ReplicaId, term: Term) {
        let Some(memory) = &mut self.node_mut(id).memory else {
            return;
        };
        let leads = memory.replica.leader() == Some(id);
        let leader = memory.replica.leader().filter(|&leader| leader != id);
        let mut replies = Vec::new();
        memory.owed.retain(|&client, owed| {
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
            self.post_reply(id, reply);
        }
    }
}

fn reply_to(command: &Command, what: ReplyKind) -> Reply {
    Reply {
        client: command.client,
        sequence: command.sequence,
        what,
    }
}
