//! Taking a look: from the world to the plain data of [`view`](crate::sim::view).

use super::World;
use super::refused::Refused;
use crate::kv::{ClientId, Command, Logged, Store};
use crate::raft::{
    self, Entry, Leader, Log, LogIndex, Membership, Payload, ProgressState, Replica, ReplicaId,
    Role,
};
use crate::sim::client::Client;
use crate::sim::network::packet::{self, Fate, Packet};
use crate::sim::scenario::action::MessageId;
use crate::sim::server::{Server, role_kind};
use crate::sim::view::{
    BodyView, ClientView, CommandView, Counters, EntryView, FollowerState, FollowerView, LinkView,
    LogView, MemberKind, MembershipView, MessageDetail, MessageView, PairView, ReceivingView,
    ReplicaDetail, ReplicaView, RequestView, RoleKind, TimerTicks, TimerView, View,
};

/// How much of the end of a log a frame shows at most.
const LOG_VIEW_MAX: u64 = 48;

impl World {
    /// The world at this moment, without the messages.
    pub fn view(&self) -> View {
        let link = |(from, to)| LinkView { from, to };
        View {
            now_us: self.now_us,
            events: self.events,
            leader: self.leader(),
            replicas: (self.nodes.iter())
                .map(|node| replica_view(node, self.now_us))
                .collect(),
            clients: self.client_views(),
            cuts: self.network.links.cuts().map(link).collect(),
            clogs: self.network.links.clogs().map(link).collect(),
            workload: self.load.settings(),
            protocol: self.protocol,
            timing: self.timers,
            snapshots: self.snapshots,
            counters: self.counters(),
            violation: self.violation().cloned(),
        }
    }

    /// The messages in flight, in the order of their numbers.
    pub fn messages(&self) -> impl Iterator<Item = MessageView> {
        self.network.packets().map(message_view)
    }

    /// All of one replica, with at most `entries` entries from the end of its log.
    ///
    /// # Errors
    /// [`Refused::NoSuchReplica`].
    pub fn replica_detail(&self, id: ReplicaId, entries: usize) -> Result<ReplicaDetail, Refused> {
        let node = self.known(id)?;
        let log = log_of(node);
        let tail = log.entries_from(first_of_last(log, entries as u64));
        let memory = node.memory.as_ref();
        let replica = memory.map(|memory| &memory.replica);
        Ok(ReplicaDetail {
            view: replica_view(node, self.now_us),
            entries: tail.map(entry_view).collect(),
            followers: replica.map_or_else(Vec::new, follower_views),
            timer_ticks: replica.map(|replica| {
                let (elapsed, timeout) = replica.timer();
                TimerTicks { elapsed, timeout }
            }),
            decisions: memory.map_or_else(Vec::new, |memory| {
                memory.decisions.iter().cloned().collect()
            }),
            pending_requests: count(memory.map_or(0, |memory| memory.owed.len())),
        })
    }

    /// The one true history: the entries that any replica has applied, in order, the
    /// compacted ones too, as far back as the judges remember them, and before that the
    /// configurations.
    pub fn applied(&self) -> impl Iterator<Item = EntryView> {
        self.checkers.applied().map(entry_view)
    }

    /// All of one message; `None` if it is not in flight.
    pub fn message_detail(&self, id: MessageId) -> Option<MessageDetail> {
        let packet = self.network.get(id)?;
        Some(MessageDetail {
            view: message_view(packet),
            body: body_view(packet),
        })
    }

    /// The first `limit` pairs of a replica's store, in the order of their keys. A dead
    /// replica has none.
    ///
    /// # Errors
    /// [`Refused::NoSuchReplica`].
    pub fn store(&self, id: ReplicaId, limit: usize) -> Result<Vec<PairView>, Refused> {
        let node = self.known(id)?;
        let stores = node.memory.iter().map(|memory| &memory.store);
        let pairs = stores.flat_map(Store::pairs).take(limit);
        Ok(pairs
            .map(|(key, value)| PairView {
                key: key.to_owned(),
                value: value.to_owned(),
            })
            .collect())
    }

    /// What has been counted since the start.
    pub fn counters(&self) -> Counters {
        let (replica_messages, client_messages) = self.network.sent();
        Counters {
            replica_messages,
            client_messages,
            committed_entries: self.checkers.last_applied().0,
            ..self.counters
        }
    }

    fn known(&self, id: ReplicaId) -> Result<&Server, Refused> {
        let place = usize::from(id.0).checked_sub(1);
        place
            .and_then(|place| self.nodes.get(place))
            .ok_or(Refused::NoSuchReplica(id))
    }

    /// Clients that no longer have anything to do are not shown.
    fn client_views(&self) -> Vec<ClientView> {
        let working = self.load.settings().clients;
        self.clients
            .iter()
            .filter(|client| client.id() <= ClientId(1 + working) || !client.is_free())
            .map(client_view)
            .collect()
    }
}

fn replica_view(node: &Server, now_us: u64) -> ReplicaView {
    let memory = node.memory.as_ref();
    let replica = memory.map(|memory| &memory.replica);
    let durable = replica.map_or(&node.disk.durable, Replica::durable);
    let leader = match replica.map(Replica::role) {
        Some(Role::Leader(leader)) => Some(leader),
        _ => None,
    };
    let membership = replica.map(|it| (it.membership_index(), &**it.membership()));
    ReplicaView {
        id: node.id,
        status: node.status(),
        role: replica.map_or(RoleKind::Follower, role_kind),
        term: durable.term,
        voted_for: durable.voted_for,
        leader: replica.and_then(Replica::leader),
        votes: match replica.map(Replica::role) {
            Some(Role::PreCandidate(it) | Role::Candidate(it)) => {
                it.votes.iter().copied().collect()
            }
            _ => Vec::new(),
        },
        standing: membership.map_or(MemberKind::Outsider, |(_, it)| standing(node.id, it)),
        membership: match membership {
            Some((index, membership)) => MembershipView {
                wish: leader
                    .and_then(|leader| leader.change.as_ref())
                    .map(|wish| wish.voters.iter().copied().collect()),
                ..membership_view(index, membership)
            },
            None => MembershipView::default(),
        },
        snapshot_index: durable
            .snapshot
            .as_ref()
            .map_or(LogIndex(0), |snapshot| snapshot.last.index),
        receiving: replica
            .and_then(Replica::snapshot_received)
            .map(|(received, total)| ReceivingView { received, total }),
        lease_until_us: replica.and_then(|replica| lease_until_us(node, replica)),
        handing_over_to: leader.and_then(|leader| Some(leader.transfer?.to)),
        waiting_reads: count(memory.map_or(0, |it| it.reads.len() + it.ready.len())),
        waiting_requests: count(memory.map_or(0, |it| it.waiting.len())),
        timer: timer_view(node),
        stalled_until_us: Some(node.clock.stalled_until_us).filter(|until_us| *until_us > now_us),
        log: log_view(&durable.log),
        durable_index: node.disk.durable_index(),
        commit_index: replica.map_or(LogIndex(0), Replica::commit_index),
        last_applied: memory.map_or(LogIndex(0), |memory| memory.last_applied),
        writing: node.disk.is_writing(),
        corrupt: node.disk.corrupt,
        keys: count(memory.map_or(0, |memory| memory.store.len())),
    }
}

/// The timer in microseconds. It counts ticks, so where it began is told to within a tick.
fn timer_view(node: &Server) -> Option<TimerView> {
    let next_us = node.clock.next?.at_us;
    let (elapsed, timeout) = node.running()?.replica.timer();
    let period_us = node.clock.period_us();
    let rest = u64::from(timeout.saturating_sub(elapsed).max(1) - 1);
    Some(TimerView {
        set_us: next_us.saturating_sub((u64::from(elapsed) + 1) * period_us),
        due_us: next_us + rest * period_us,
    })
}

fn log_view(log: &Log) -> LogView {
    let last_index = log.last_index();
    let first_index = first_of_last(log, LOG_VIEW_MAX);
    LogView {
        first_index,
        terms: log
            .entries_from(first_index)
            .map(|entry| entry.term)
            .collect(),
        last_index,
    }
}

/// Where the last `count` entries of a log begin, as far as it still has them.
fn first_of_last(log: &Log, count: u64) -> LogIndex {
    let wanted = LogIndex(log.last_index().0.saturating_sub(count)).next();
    wanted.max(log.first_index())
}

fn log_of(node: &Server) -> &Log {
    match &node.memory {
        Some(memory) => memory.replica.log(),
        None => &node.disk.durable.log,
    }
}

fn follower_views(replica: &Replica) -> Vec<FollowerView> {
    let Role::Leader(leader) = replica.role() else {
        return Vec::new();
    };
    let Leader { followers, .. } = leader;
    followers
        .iter()
        .map(|(&id, progress)| FollowerView {
            id,
            next_index: progress.next_index,
            match_index: progress.match_index,
            silent: progress.silent,
            log_kept_after: (progress.catch_up.filter(|it| it.kept))
                .map(|_| progress.needs_after()),
            state: match &progress.state {
                ProgressState::Probe { awaiting } => FollowerState::Probe {
                    awaiting: *awaiting,
                },
                ProgressState::Replicate { window } => FollowerState::Replicate {
                    messages: count(window.len()),
                    bytes: progress.bytes_in_flight() as u64,
                },
                ProgressState::Snapshot {
                    snapshot, offset, ..
                } => FollowerState::Snapshot {
                    sent: *offset,
                    total: snapshot.data.len() as u64,
                },
            },
        })
        .collect()
}

fn entry_view(entry: &Entry) -> EntryView {
    EntryView {
        index: entry.index,
        term: entry.term,
        command: match &entry.payload {
            Payload::Command(bytes) => Logged::decode(bytes)
                .ok()
                .map(|logged| command_view(&logged.command)),
            Payload::Noop | Payload::Membership(_) => None,
        },
        membership: match &entry.payload {
            Payload::Membership(membership) => Some(membership_view(entry.index, membership)),
            Payload::Noop | Payload::Command(_) => None,
        },
    }
}

fn command_view(command: &Command) -> CommandView {
    CommandView {
        client: command.client,
        sequence: command.sequence,
        operation: command.operation.clone(),
    }
}

pub(in crate::sim) fn membership_view(index: LogIndex, membership: &Membership) -> MembershipView {
    MembershipView {
        index,
        voters: membership.voters.iter().copied().collect(),
        outgoing: membership.outgoing.iter().copied().collect(),
        learners: membership.learners.iter().copied().collect(),
        wish: None,
    }
}

/// The place of a replica in a configuration.
fn standing(id: ReplicaId, membership: &Membership) -> MemberKind {
    if membership.voters.contains(&id) {
        MemberKind::Voter
    } else if membership.outgoing.contains(&id) {
        MemberKind::Outgoing
    } else if membership.learners.contains(&id) {
        MemberKind::Learner
    } else {
        MemberKind::Outsider
    }
}

/// When a leader's lease ends if nothing renews it. It counts ticks.
fn lease_until_us(node: &Server, replica: &Replica) -> Option<u64> {
    let next_us = node.clock.next?.at_us;
    let left = u64::from(replica.lease_ticks_left()?);
    Some(next_us + (left - 1) * node.clock.period_us())
}

fn client_view(client: &Client) -> ClientView {
    ClientView {
        id: client.id(),
        believed_leader: client.believed_leader(),
        current: client.current().map(|request| RequestView {
            sequence: request.sequence,
            operation: request.operation.clone(),
            since_us: request.since_us,
            attempts: request.attempts,
            asked: request.asked(),
        }),
        queued: count(client.queued()),
        away: client.is_away(),
    }
}

fn message_view(packet: &Packet) -> MessageView {
    MessageView {
        id: packet.id,
        from: packet.from,
        to: packet.to,
        kind: packet.body.kind(),
        term: packet.body.term(),
        entries: count(packet.body.entries()),
        sent_us: packet.sent_us,
        arrive_us: packet.arrive_us,
        lost_us: match packet.fate {
            Fate::Arrives => None,
            Fate::Lost { at_us, .. } => Some(at_us),
        },
        held_us: packet.held_us(),
        duplicate: packet.duplicate,
    }
}

fn body_view(packet: &Packet) -> BodyView {
    match &packet.body {
        packet::Body::Raft(message) => raft_body_view(&message.body),
        packet::Body::Request { command, .. } => BodyView::Request {
            command: command_view(command),
        },
        packet::Body::Busy { sequence } => BodyView::Busy {
            sequence: *sequence,
        },
        packet::Body::Answer {
            sequence, answer, ..
        } => BodyView::Answer {
            sequence: *sequence,
            answer: answer.clone(),
        },
        packet::Body::Redirect { sequence, leader } => BodyView::Redirect {
            sequence: *sequence,
            leader: *leader,
        },
    }
}

#[expect(clippy::too_many_lines, reason = "an arm for each kind of message")]
fn raft_body_view(body: &raft::Body) -> BodyView {
    match body {
        raft::Body::RequestVote { last_log, purpose } => BodyView::RequestVote {
            last_log: *last_log,
            purpose: *purpose,
        },
        raft::Body::Vote {
            granted,
            pre_vote,
            behind,
        } => BodyView::Vote {
            behind: *behind,
            granted: *granted,
            pre_vote: *pre_vote,
        },
        raft::Body::AppendEntries {
            prev_log,
            entries,
            leader_commit,
            round,
        } => BodyView::AppendEntries {
            prev_log: *prev_log,
            entries: entries.iter().map(entry_view).collect(),
            leader_commit: *leader_commit,
            round: *round,
        },
        &raft::Body::AppendAccepted {
            match_index,
            round,
            promised_ticks,
        } => BodyView::AppendAccepted {
            match_index,
            round,
            promised_ticks,
        },
        &raft::Body::AppendRejected {
            prev_log_index,
            conflict_term,
            conflict_index,
            round,
            promised_ticks,
        } => BodyView::AppendRejected {
            prev_log_index,
            conflict_term,
            conflict_index,
            round,
            promised_ticks,
        },
        raft::Body::AppendStale => BodyView::AppendStale {},
        raft::Body::InstallSnapshot {
            last,
            offset,
            chunk,
            total,
            ..
        } => BodyView::InstallSnapshot {
            last: *last,
            offset: *offset,
            bytes: chunk.len() as u64,
            total: *total,
        },
        raft::Body::SnapshotReceived {
            last,
            received,
            promised_ticks,
            ..
        } => BodyView::SnapshotReceived {
            last: *last,
            received: *received,
            promised_ticks: *promised_ticks,
        },
        raft::Body::ReadIndex { read } => BodyView::ReadIndex { read: *read },
        raft::Body::ReadIndexAnswer { read, index } => BodyView::ReadIndexAnswer {
            read: *read,
            index: *index,
        },
        raft::Body::TimeoutNow => BodyView::TimeoutNow {},
        raft::Body::FetchLog {
            after,
            last_log,
            received,
        } => BodyView::FetchLog {
            after: *after,
            last_log: *last_log,
            received: *received,
        },
        raft::Body::FetchedEntries {
            prev_log,
            entries,
            last_log,
        } => BodyView::FetchedEntries {
            prev_log: *prev_log,
            entries: entries.iter().map(entry_view).collect(),
            last_log: *last_log,
        },
        raft::Body::FetchedSnapshot {
            last,
            offset,
            chunk,
            total,
            ..
        } => BodyView::FetchedSnapshot {
            last: *last,
            offset: *offset,
            bytes: chunk.len() as u64,
            total: *total,
        },
    }
}

/// A number of things of which there are never 2^32.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
