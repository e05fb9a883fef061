//! Taking a look: from the world to the plain data of [`view`](crate::sim::view).

use super::World;
use super::refused::Refused;
use crate::kv::{ClientId, Store};
use crate::raft::{
    Entries, Leader, Log, LogIndex, Membership, ProgressState, Replica, ReplicaId, Role,
};
use crate::sim::client::Client;
use crate::sim::network::packet::{self, Fate, Packet};
use crate::sim::scenario::action::MessageId;
use crate::sim::server::{Server, role_kind};
use crate::sim::view::{
    BodyView, ClientBodyView, ClientView, CommandView, Counters, EntryView, FollowerState,
    FollowerView, LinkView, LogView, MemberKind, MembershipView, MessageDetail, MessageView,
    PairView, ReceivingView, ReplicaDetail, ReplicaView, RequestView, RoleKind, TimerTicks,
    TimerView, View,
};

/// How much of the end of a log a frame shows at most.
const LOG_VIEW_MAX: u64 = 48;

/// The world at this moment, without the messages.
pub(super) fn view(world: &World) -> View {
    let link = |(from, to)| LinkView { from, to };
    View {
        now_us: world.now_us,
        events: world.events,
        leader: world.leader(),
        replicas: (world.servers.iter())
            .map(|server| replica_view(server, world.now_us))
            .collect(),
        clients: client_views(world),
        cuts: world.network.links.cuts().map(link).collect(),
        clogs: world.network.links.clogs().map(link).collect(),
        workload: world.clients.workload(),
        protocol: world.protocol,
        timing: world.timers,
        snapshots: world.snapshots,
        counters: counters(world),
        violation: world.violation().cloned(),
    }
}

pub(super) fn messages(world: &World) -> impl Iterator<Item = MessageView> {
    world.network.packets().map(message_view)
}

pub(super) fn message_detail(world: &World, id: MessageId) -> Option<MessageDetail> {
    let packet = world.network.get(id)?;
    Some(MessageDetail {
        view: message_view(packet),
        body: body_view(&packet.body),
        entries: (packet.body.entries().into_iter().flatten())
            .map(EntryView::of)
            .collect(),
        chunk_bytes: packet.body.chunk().len() as u64,
    })
}

pub(super) fn replica_detail(
    world: &World,
    id: ReplicaId,
    entries: usize,
) -> Result<ReplicaDetail, Refused> {
    let server = known(world, id)?;
    let log = log_of(server);
    let tail = log.entries_from(first_of_last(log, entries as u64));
    let volatile = server.volatile();
    let replica = volatile.map(|volatile| &volatile.replica);
    Ok(ReplicaDetail {
        view: replica_view(server, world.now_us),
        entries: tail.map(EntryView::of).collect(),
        followers: replica.map_or_else(Vec::new, follower_views),
        timer_ticks: replica.map(|replica| {
            let (elapsed, timeout) = replica.timer();
            TimerTicks { elapsed, timeout }
        }),
        decisions: volatile.map_or_else(Vec::new, |volatile| {
            volatile.decisions.iter().cloned().collect()
        }),
        pending_requests: count(volatile.map_or(0, |volatile| volatile.owed.len())),
    })
}

pub(super) fn store(world: &World, id: ReplicaId, limit: usize) -> Result<Vec<PairView>, Refused> {
    let volatile = known(world, id)?.volatile();
    let stores = volatile.iter().map(|volatile| &volatile.store);
    let pairs = stores.flat_map(Store::pairs).take(limit);
    Ok(pairs
        .map(|(key, value)| PairView {
            key: key.to_owned(),
            value: value.to_owned(),
        })
        .collect())
}

pub(super) fn counters(world: &World) -> Counters {
    let (replica_messages, client_messages) = world.network.sent();
    let observers = &world.observers;
    Counters {
        replica_messages,
        client_messages,
        committed_entries: observers.checkers.last_applied().0,
        ..observers.counters
    }
}

pub(super) fn known(world: &World, id: ReplicaId) -> Result<&Server, Refused> {
    let place = usize::from(id.0).checked_sub(1);
    place
        .and_then(|place| world.servers.get(place))
        .ok_or(Refused::NoSuchReplica(id))
}

/// Clients that no longer have anything to do are not shown.
fn client_views(world: &World) -> Vec<ClientView> {
    let working = world.clients.workload().clients;
    (world.clients.iter())
        .filter(|client| client.id() <= ClientId(1 + working) || !client.is_free())
        .map(client_view)
        .collect()
}

fn replica_view(server: &Server, now_us: u64) -> ReplicaView {
    let volatile = server.volatile();
    let replica = volatile.map(|volatile| &volatile.replica);
    let durable = replica.map_or(&server.disk().durable, Replica::durable);
    let leader = match replica.map(Replica::role) {
        Some(Role::Leader(leader)) => Some(leader),
        _ => None,
    };
    let membership = replica.map(|it| (it.membership_index(), &**it.membership()));
    ReplicaView {
        id: server.id(),
        status: server.status(),
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
        standing: membership.map_or(MemberKind::Outsider, |(_, it)| standing(server.id(), it)),
        membership: match membership {
            Some((index, membership)) => MembershipView {
                wish: leader
                    .and_then(|leader| leader.change.as_ref())
                    .map(|wish| wish.voters.iter().copied().collect()),
                ..MembershipView::of(index, membership)
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
        lease_until_us: replica.and_then(|replica| lease_until_us(server, replica)),
        handing_over_to: leader.and_then(|leader| Some(leader.transfer?.to)),
        waiting_reads: count(volatile.map_or(0, |it| it.reads.len() + it.ready.len())),
        waiting_requests: count(volatile.map_or(0, |it| it.waiting.len())),
        timer: timer_view(server),
        clock_rate_ppm: server.clock().rate_ppm(),
        next_tick_us: server.clock().next_us,
        stalled_until_us: Some(server.clock().stalled_until_us)
            .filter(|until_us| *until_us > now_us),
        log: log_view(&durable.log),
        durable_index: server.disk().durable_index(),
        commit_index: replica.map_or(LogIndex(0), Replica::commit_index),
        last_applied: volatile.map_or(LogIndex(0), |volatile| volatile.last_applied),
        writing: server.disk().is_writing(),
        corrupt: server.disk().corrupt,
        keys: count(volatile.map_or(0, |volatile| volatile.store.len())),
    }
}

/// The timer in microseconds. It counts ticks, so where it began is told to within a tick.
fn timer_view(server: &Server) -> Option<TimerView> {
    let next_us = server.clock().next_us?;
    let (elapsed, timeout) = server.running()?.replica.timer();
    let period_us = server.clock().period_us();
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

pub(super) fn log_of(server: &Server) -> &Log {
    match server.volatile() {
        Some(volatile) => volatile.replica.log(),
        None => &server.disk().durable.log,
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
fn lease_until_us(server: &Server, replica: &Replica) -> Option<u64> {
    let next_us = server.clock().next_us?;
    let left = u64::from(replica.lease_ticks_left()?);
    Some(next_us + (left - 1) * server.clock().period_us())
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
        entries: count(packet.body.entries().map_or(0, Entries::len)),
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

fn body_view(body: &packet::Body) -> BodyView {
    BodyView::Client(match body {
        packet::Body::Raft(message) => {
            // Told apart: entries with their commands read, of a snapshot only how much it is.
            return BodyView::Raft(message.body.without_load());
        }
        packet::Body::Request { command, .. } => ClientBodyView::Request {
            command: CommandView::of(command),
        },
        packet::Body::Busy { sequence } => ClientBodyView::Busy {
            sequence: *sequence,
        },
        packet::Body::Answer {
            sequence, answer, ..
        } => ClientBodyView::Answer {
            sequence: *sequence,
            answer: answer.clone(),
        },
        packet::Body::Redirect { sequence, leader } => ClientBodyView::Redirect {
            sequence: *sequence,
            leader: *leader,
        },
    })
}

/// A number of things of which there are never 2^32.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
