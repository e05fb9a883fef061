//! One server: a replica with its clock, its disk, and what it has in memory.
//!
//! It has one way in and one way out, as the replica in it has: [`Server::step`] is told of one
//! thing that happens to it, and hands what comes of that to its [`Output`]. The world sees that
//! everything reaches its place (the network, the calendar, the checkers) and writes nothing in
//! here.

mod clock;
mod disk;
pub(super) mod output;
mod pipeline;
mod reads;
mod requests;
mod snapshots;
mod volatile;

use std::sync::Arc;

use self::clock::Clock;
use self::disk::Disk;
use self::output::{Fact, Output, Spare};
pub(super) use self::requests::Request;
pub(super) use self::volatile::{Volatile, role_kind};
use super::footprint::Footprint;
use super::scenario::action::{MessageId, UnfinishedWrite};
use super::scenario::{
    DiskSettings, Protocol, ReadMode, ReplicationMode, Scenario, SnapshotSettings, Timers,
};
use super::schedule::Alarm;
use super::view::{RoleKind, Status};
use crate::raft::{
    Config, Durable, Input, Lease, Membership, Message, ReplicaId, Replication, Role, Settings,
    Term,
};
use crate::rng::Pcg32;

#[derive(Clone, Debug)]
pub(super) struct Server {
    id: ReplicaId,
    /// Where it began, and the seed of its chance.
    scenario: Arc<Scenario>,
    seed: u64,
    clock: Clock,
    disk: Disk,
    protocol: Protocol,
    timers: Timers,
    snapshots: SnapshotSettings,
    /// Everything that a crash takes; `None` while it is dead.
    volatile: Option<Volatile>,
    /// How often it has been restarted.
    restarts: u64,
    /// Whether its disk was replaced: it is somebody new, and knows itself as no member.
    wiped: bool,
    /// Empty steps, for their room.
    spare: Spare,
}

/// What happens to a server.
#[derive(Debug)]
pub(super) enum ServerInput {
    // --- by itself ---
    /// It runs for the first time.
    Begin,
    /// Its clock ticks.
    Tick,
    /// A message from another replica arrives.
    Receive(MessageId, Message),
    /// A client's request arrives.
    Request(Request),
    /// Its disk has finished the write under way.
    Written,
    /// A message comes to its door while it is paused.
    Waits(MessageId),
    /// A message that waited at its door is gone.
    Gone(MessageId),

    // --- from outside, to the machine ---
    Crash(UnfinishedWrite),
    Restart,
    Pause,
    Resume,
    /// Its disk rots, while it is dead.
    Corrupt,
    /// It gets an empty disk, while it is dead, and begins in this term.
    Wipe(Term),

    // --- from outside, to its clock ---
    /// It ticks once more than it should.
    ExtraTick,
    /// It finds this many ticks passed at once.
    JumpClock(u32),
    /// It stands still for so long, in microseconds.
    StallClock(u64),
    /// The election timer runs out.
    TimeOut,

    // --- from outside, to the replica ---
    ChangeMembership(Membership),
    TransferLeadership(Option<ReplicaId>),
    TakeSnapshot,

    // --- to its settings ---
    SetDisk(DiskSettings),
    SetRate(u32),
    SetProtocol(Protocol),
    SetTimers(Timers),
    SetSnapshots(SnapshotSettings),
}

impl Server {
    /// A server before anything has happened to it.
    pub(super) fn new(id: ReplicaId, scenario: &Arc<Scenario>, seed: u64) -> Self {
        Self {
            id,
            clock: Clock::new(scenario, id),
            disk: Disk::new(scenario.disk, id, seed),
            protocol: scenario.protocol,
            timers: scenario.timing.timers(),
            snapshots: scenario.snapshots,
            volatile: None,
            restarts: 0,
            wiped: false,
            spare: Spare::default(),
            scenario: Arc::clone(scenario),
            seed,
        }
    }

    /// Something happens to it, at a moment of virtual time in microseconds.
    pub(super) fn step(&mut self, input: ServerInput, now_us: u64, out: &mut impl Output) {
        match input {
            // By itself.
            ServerInput::Begin => {
                self.start(out);
                let phase_us = self.clock.phase_us(&self.scenario, self.id, self.seed);
                self.set_tick(Some(phase_us), out);
            }
            ServerInput::Tick => {
                self.set_tick(Some(now_us + self.clock.period_us()), out);
                self.step_replica(Input::Tick, None, now_us, out);
            }
            ServerInput::Receive(id, message) => {
                self.step_replica(Input::Receive(message), Some(id), now_us, out);
            }
            ServerInput::Request(request) => self.serve(request, now_us, out),
            ServerInput::Written => {
                self.finish_write(now_us, out);
                self.pump(now_us, out);
            }
            ServerInput::Waits(message) => {
                if let Some(volatile) = &mut self.volatile {
                    volatile.door.push(message);
                }
            }
            ServerInput::Gone(message) => {
                if let Some(volatile) = &mut self.volatile {
                    volatile.door.retain(|&waiting| waiting != message);
                }
            }

            // From outside: to the machine, to its clock, to the replica.
            ServerInput::Crash(write) => self.crash(write, out),
            ServerInput::Restart => self.restart(now_us, out),
            ServerInput::Pause => self.pause(now_us, out),
            ServerInput::Resume => self.resume(now_us, out),
            ServerInput::Corrupt => self.disk.corrupt = true,
            ServerInput::Wipe(term) => self.wipe(term, out),
            ServerInput::ExtraTick => {
                self.clock.jumped_us = Some(now_us);
                self.step_replica(Input::Tick, None, now_us, out);
            }
            ServerInput::JumpClock(ticks) => {
                self.clock.jumped_us = Some(now_us);
                self.step_replica(Input::Missed(ticks), None, now_us, out);
            }
            ServerInput::StallClock(for_us) => self.stall_clock(for_us, now_us, out),
            ServerInput::TimeOut => {
                self.clock.timed_out_us = Some(now_us);
                self.step_replica(Input::Campaign, None, now_us, out);
            }
            ServerInput::ChangeMembership(wish) => {
                self.step_replica(Input::ChangeMembership(wish), None, now_us, out);
            }
            ServerInput::TransferLeadership(to) => {
                self.step_replica(Input::TransferLeadership(to), None, now_us, out);
            }
            ServerInput::TakeSnapshot => self.take_snapshot(now_us, out),

            // To its settings, of which the core must be told some.
            ServerInput::SetDisk(settings) => self.disk.set(settings),
            ServerInput::SetRate(rate_ppm) => self.clock.set_rate(rate_ppm, now_us),
            ServerInput::SetProtocol(protocol) => {
                self.protocol = protocol;
                self.configure();
            }
            ServerInput::SetTimers(timers) => {
                self.timers = timers;
                self.configure();
            }
            ServerInput::SetSnapshots(snapshots) => {
                self.snapshots = snapshots;
                self.configure();
            }
        }
    }

    // --- its life ---

    fn start(&mut self, out: &mut impl Output) {
        // Each life draws from a stream of its own: what it draws does not depend on
        // how much the one before has drawn.
        let life = u64::from(self.id.0) | self.restarts << 16;
        let rng = Pcg32::fork(self.seed, "replica", life);
        let founders = (1..=self.scenario.replicas).map(ReplicaId);
        let config = Config {
            id: self.id,
            peers: self.scenario.all_replicas().collect(),
            membership: Membership::of_voters(founders.filter(|&id| id != self.id || !self.wiped)),
            settings: self.settings(),
        };
        self.volatile = Some(Volatile::new(config, &self.disk, &self.scenario, rng));
        out.fact(self, Fact::Started);
    }

    /// All that was not durable is gone.
    fn crash(&mut self, write: UnfinishedWrite, out: &mut impl Output) {
        self.set_tick(None, out);
        let volatile = self.volatile.take();
        if let Some(records) = self.disk.crash() {
            out.alarm(Alarm::Persist(self.id), None);
            self.end_write(write, &records, out);
        }
        let door = volatile.map_or_else(Vec::new, |volatile| volatile.door);
        out.fact(self, Fact::Crashed { door });
    }

    /// It comes back with what its disk holds.
    fn restart(&mut self, now_us: u64, out: &mut impl Output) {
        self.restarts += 1;
        self.start(out);
        self.start_clock(now_us, out);
    }

    fn pause(&mut self, now_us: u64, out: &mut impl Output) {
        self.set_tick(None, out);
        if let Some(volatile) = &mut self.volatile {
            volatile.paused = true;
            volatile.paused_since_us = now_us;
        }
    }

    /// Resumes: credits missed ticks, releases finished writes, then lets the messages at the
    /// door in, one by one and in order.
    fn resume(&mut self, now_us: u64, out: &mut impl Output) {
        let (stalled_until_us, period_us) = (self.clock.stalled_until_us, self.clock.period_us());
        let Some(volatile) = &mut self.volatile else {
            return;
        };
        volatile.paused = false;
        let slept_us = now_us.saturating_sub(volatile.paused_since_us.max(stalled_until_us));
        let missed = u32::try_from(slept_us / period_us).unwrap_or(u32::MAX);
        // It says nothing to that before its next tick.
        let effects = volatile.replica.step(Input::Missed(missed));
        assert!(effects.write.is_empty() && effects.messages.is_empty());
        let door = std::mem::take(&mut volatile.door);
        let finished = std::mem::take(&mut volatile.finished);

        for pending in finished {
            self.release(pending, out);
        }
        self.take_snapshot_if_due(now_us, out);
        self.pump(now_us, out);

        for message in door {
            out.fact(self, Fact::Admitted(message));
        }
        self.start_clock(now_us, out);
    }

    /// Its id is used again on an empty disk.
    fn wipe(&mut self, term: Term, out: &mut impl Output) {
        self.wiped = true;
        self.disk.corrupt = false;
        self.disk.durable = Durable {
            term,
            ..Durable::default()
        };
        out.fact(self, Fact::Wiped { term });
    }

    // --- its clock ---

    fn set_tick(&mut self, at_us: Option<u64>, out: &mut impl Output) {
        self.clock.next_us = at_us;
        out.alarm(Alarm::Tick(self.id), at_us);
    }

    /// The next tick comes after a whole period, in which the clock does not stand still.
    fn start_clock(&mut self, now_us: u64, out: &mut impl Output) {
        let from_us = now_us.max(self.clock.stalled_until_us);
        self.set_tick(Some(from_us + self.clock.period_us()), out);
    }

    /// The clock of a running replica stands still; the rest of its tick comes after that.
    fn stall_clock(&mut self, for_us: u64, now_us: u64, out: &mut impl Output) {
        self.clock.stalled_until_us = self.clock.stalled_until_us.max(now_us) + for_us;
        if let Some(next_us) = self.clock.next_us {
            self.set_tick(Some(next_us + for_us), out);
        }
    }

    // --- its settings ---

    /// What the core is told of the settings as they are now.
    pub(in crate::sim) fn settings(&self) -> Settings {
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let Protocol {
            pre_vote,
            check_quorum,
            replication,
            window_messages,
            window_bytes,
            reads,
            uncommitted_bytes_max,
            ..
        } = self.protocol;
        let Timers {
            heartbeat_ticks,
            retry_ticks,
            election_timeout_ticks_min,
            election_timeout_ticks_max,
        } = self.timers;
        Settings {
            heartbeat_ticks,
            retry_ticks,
            election_timeout_ticks_min,
            election_timeout_ticks_max,
            entries_max: count(self.scenario.batch.entries_max),
            bytes_max: count(self.scenario.batch.bytes_max),
            window_messages: count(window_messages),
            window_bytes: count(window_bytes),
            replication: match replication {
                ReplicationMode::Eager => Replication::Eager,
                ReplicationMode::QuorumFirst => Replication::QuorumFirst,
            },
            pre_vote,
            check_quorum,
            lease: match reads {
                ReadMode::Lease { drift_ppm } if check_quorum => Some(Lease { drift_ppm }),
                _ => None,
            },
            chunk_bytes: count(self.snapshots.chunk_bytes),
            catch_up_bytes: u64::from(self.snapshots.catch_up_bytes),
            uncommitted_bytes_max: count(uncommitted_bytes_max),
            flaw: self.scenario.flaw,
        }
    }

    /// The settings have changed.
    fn configure(&mut self) {
        let settings = self.settings();
        if let Some(volatile) = &mut self.volatile {
            // It changes no state that would have to be written, and says nothing.
            let effects = volatile.replica.step(Input::Configure(settings));
            assert_eq!(effects.settings_refused, None, "checked at the door");
            assert!(effects.write.is_empty() && effects.messages.is_empty());
        }
    }

    // --- what others see of it ---

    pub(super) fn id(&self) -> ReplicaId {
        self.id
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// What it has in memory, unless it is dead.
    pub(super) fn volatile(&self) -> Option<&Volatile> {
        self.volatile.as_ref()
    }

    /// What it has in memory, if it runs.
    pub(super) fn running(&self) -> Option<&Volatile> {
        self.volatile.as_ref().filter(|volatile| !volatile.paused)
    }

    fn running_mut(&mut self) -> Option<&mut Volatile> {
        self.volatile.as_mut().filter(|volatile| !volatile.paused)
    }

    pub(super) fn is_running(&self) -> bool {
        self.running().is_some()
    }

    pub(super) fn status(&self) -> Status {
        match &self.volatile {
            None => Status::Crashed,
            Some(volatile) if volatile.paused => Status::Paused,
            Some(_) => Status::Running,
        }
    }

    /// What it is; a dead server will be a follower when it comes back.
    pub(super) fn role(&self) -> RoleKind {
        self.volatile
            .as_ref()
            .map_or(RoleKind::Follower, |volatile| role_kind(&volatile.replica))
    }

    /// Adds what it takes of memory, beside the entries of its log.
    pub(super) fn count(&self, footprint: &mut Footprint) {
        let snapshot = self.disk.durable.snapshot.as_ref();
        let snapshot = snapshot.map_or(0, |it| it.data.len() as u64);
        let volatile = self.volatile.as_ref();
        let store = volatile.map_or(0, |volatile| volatile.store.weight());
        let reads = match volatile.map(|volatile| volatile.replica.role()) {
            Some(Role::Leader(leader)) => leader.reads.len() as u64 * 64,
            _ => 0,
        };
        footprint.add(snapshot + store + reads);
    }
}

/// For tests that do what no server would.
#[cfg(test)]
impl Server {
    pub(super) fn durable_mut(&mut self) -> &mut Durable {
        &mut self.disk.durable
    }

    pub(super) fn volatile_mut(&mut self) -> Option<&mut Volatile> {
        self.volatile.as_mut()
    }

    pub(super) fn think_of(&mut self, input: Input, now_us: u64, out: &mut impl Output) {
        self.step_replica(input, None, now_us, out);
    }
}
