//! One server: a replica with its clock, its disk, and what it has in memory.

pub(super) mod disk;
pub(super) mod output;
mod pipeline;
pub(super) mod requests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use self::disk::Disk;
use self::output::Step;
use super::footprint::{Footprint, Span};
use super::scenario::action::MessageId;
use super::scenario::{
    Clock as ClockSettings, Protocol, ReadMode, ReplicationMode, Scenario, SnapshotSettings, Timers,
};
use super::schedule::Appointment;
use super::view::{DecisionView, RoleKind, Status};
use super::world::lease::{Rounds, Voided};
use crate::kv::{ClientId, Command, Store};
use crate::raft::{
    ChangeDecision, CompactDecision, Config, Decision, Durable, ENTRY_BYTES, Effects,
    ElectionDecision, Input, KeepDecision, Lease, LogIndex, Membership, Position, ProposalDecision,
    QuorumDecision, ReadDecision, Refusal, Replica, ReplicaId, Replication, Role, Settings, Term,
    TransferDecision, VoteDecision,
};
use crate::rng::Pcg32;

/// How many decisions are kept for whoever asks why.
const DECISIONS_MAX: usize = 32;
/// A clock that runs at this rate is true.
const TRUE_PPM: u64 = 1_000_000;
/// Of at most so many changes of a clock's rate it is known when they were.
const PAST_MAX: usize = 64;

#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) id: ReplicaId,
    pub(super) clock: Clock,
    pub(super) disk: Disk,
    pub(super) protocol: Protocol,
    pub(super) timers: Timers,
    pub(super) snapshots: SnapshotSettings,
    /// Everything that a crash takes; `None` while it is dead.
    pub(super) memory: Option<Volatile>,
    /// How often it has been restarted.
    pub(super) restarts: u64,
    /// Whether its disk was replaced: it is somebody new, and knows itself as no member.
    pub(super) formatted: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Volatile {
    pub(super) replica: Replica,
    pub(super) store: Store,
    pub(super) last_applied: LogIndex,
    /// What the entries [weigh](crate::raft::Entry::weight) that it has applied since its last
    /// snapshot.
    pub(super) applied_bytes: u64,
    /// The answers that it owes as a leader, at most one to each client.
    pub(super) owed: BTreeMap<ClientId, Owed>,
    /// Reads that wait for the core's word, by the name that it knows them by.
    pub(super) reads: BTreeMap<u64, Read>,
    /// Reads that wait for the store to be far enough: by the index, and by name.
    pub(super) ready: BTreeMap<(LogIndex, u64), Read>,
    /// How many reads it has named in this life.
    reads_named: u64,
    /// Requests that wait for a leader, oldest first.
    pub(super) waiting: VecDeque<Waiting>,
    pub(super) paused: bool,
    /// Since when it has been paused, if it is.
    pub(super) paused_since_us: u64,
    /// While it is paused: the messages that have come, in order.
    pub(super) door: Vec<MessageId>,
    /// While it is paused: the steps whose write was done, but which could not leave.
    pub(super) finished: Vec<Step>,
    pub(super) decisions: VecDeque<DecisionView>,
    /// When the rounds of a leader with a lease began, for the judge.
    pub(super) rounds: Rounds,
    /// The latest decisions of some kinds, which `decisions` may have lost already.
    pub(super) latest: Latest,
    /// How often it has stood for election, or asked whether it could.
    pub(super) stood: u64,
    /// How often it has got something of a newer log as a candidate.
    pub(super) fetched: u64,
}

/// The latest decisions of some kinds.
#[derive(Clone, Debug, Default)]
pub(super) struct Latest {
    /// About anybody's vote.
    pub(super) vote: Option<DecisionView>,
    /// About a vote that was denied.
    pub(super) denial: Option<DecisionView>,
    /// About the commit index.
    pub(super) commit: Option<DecisionView>,
    /// About a read.
    pub(super) read: Option<DecisionView>,
}

/// An answer that is owed once the entry at a position is applied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owed {
    pub(super) sequence: u64,
    pub(super) position: Position,
}

/// A read that does not go through the log.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) command: Arc<Command>,
    /// What it must see, for the judges.
    pub(super) must_see: LogIndex,
    /// What the lease rested on that it was served by, and was not so.
    pub(super) voided: Option<Voided>,
}

/// A request that waits for a leader.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) command: Arc<Command>,
    pub(super) reads: Option<ReadMode>,
    pub(super) must_see: LogIndex,
    /// Until when it waits.
    pub(super) until_us: u64,
}

/// The clock of a node.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// The length of a tick by a true clock.
    tick_us: u64,
    rate_ppm: u32,
    /// The lengths of ticks that it had before, each with the moment when its last tick
    /// was over. The oldest are taken together: the shortest and the longest.
    past: VecDeque<Past>,
    /// When it last jumped ahead, or was made to tick by hand.
    pub(super) jumped_us: Option<u64>,
    /// When the replica's election timer was last run out by hand.
    pub(super) timed_out_us: Option<u64>,
    /// Until when it stands still, or has stood.
    pub(super) stalled_until_us: u64,
    /// The next tick; none while the replica does not run.
    pub(super) next: Option<Appointment>,
}

/// How long ticks were up to some moment.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "units come last in a name")]
struct Past {
    until_us: u64,
    shortest_us: u64,
    longest_us: u64,
}

/// What of a replica's state is told to everybody when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RoleSummary {
    pub(super) role: RoleKind,
    pub(super) term: Term,
    pub(super) commit_index: LogIndex,
}

/// What came of a step, beside what it asks of the world.
#[derive(Debug)]
pub(super) struct StepReport {
    pub(super) before: RoleSummary,
    pub(super) after: RoleSummary,
    pub(super) proposal: Option<ProposalDecision>,
    pub(super) read: Option<ReadDecision>,
    pub(super) change: Option<ChangeDecision>,
    pub(super) transfer: Option<TransferDecision>,
    pub(super) compact: Option<CompactDecision>,
    /// Reads that were waiting, and won't be served here.
    pub(super) reads_lost: Vec<u64>,
    pub(super) quorum_lost: bool,
    /// For whom entries stay in the log that a snapshot covers, or do no more.
    pub(super) kept: Vec<(ReplicaId, KeepDecision)>,
    /// Whether a read was served by lease.
    pub(super) leased: bool,
    pub(super) refused: Option<Refusal>,
}

impl Server {
    /// A node that runs for the first time.
    pub(super) fn new(id: ReplicaId, scenario: &Scenario, seed: u64) -> Self {
        let disk = Disk::new(scenario.disk, id, seed);
        let mut node = Self {
            id,
            clock: Clock::new(scenario, id),
            disk,
            protocol: scenario.protocol,
            timers: scenario.timing.timers(),
            snapshots: scenario.snapshots,
            memory: None,
            restarts: 0,
            formatted: false,
        };
        node.start(scenario, seed);
        node
    }

    /// Starts a dead node again with what its disk holds.
    pub(super) fn restart(&mut self, scenario: &Scenario, seed: u64) {
        self.restarts += 1;
        self.start(scenario, seed);
    }

    fn start(&mut self, scenario: &Scenario, seed: u64) {
        // Each life draws from a stream of its own: what it draws does not depend on
        // how much the one before has drawn.
        let rng = Pcg32::fork(seed, "replica", u64::from(self.id.0) | self.restarts << 16);
        let founders = (1..=scenario.replicas).map(ReplicaId);
        let config = Config {
            id: self.id,
            peers: scenario.all_replicas().collect(),
            membership: Membership::of_voters(
                founders.filter(|&id| id != self.id || !self.formatted),
            ),
            settings: self.settings(scenario),
        };
        self.memory = Some(Volatile::new(config, &self.disk, scenario, rng));
    }

    /// What the core is told of the settings as they are now.
    pub(super) fn settings(&self, scenario: &Scenario) -> Settings {
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
            entries_max: count(scenario.batch.entries_max),
            bytes_max: count(scenario.batch.bytes_max),
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
            flaw: scenario.flaw,
        }
    }

    /// The settings have changed.
    pub(super) fn configure(&mut self, scenario: &Scenario) {
        let settings = self.settings(scenario);
        if let Some(memory) = &mut self.memory {
            // It changes no state that would have to be written, and says nothing.
            let effects = memory.replica.step(Input::Configure(settings));
            assert_eq!(effects.settings_refused, None, "checked at the door");
            assert!(effects.write.is_empty() && effects.messages.is_empty());
        }
    }

    /// Adds what it takes of memory.
    pub(super) fn count(&self, takes: &mut Footprint) {
        let Durable { snapshot, log, .. } = &self.disk.durable;
        let snapshot = snapshot.as_ref().map_or(0, |it| it.data.len() as u64);
        let store = (self.memory.as_ref()).map_or(0, |memory| memory.store.weight());
        let reads = match self.memory.as_ref().map(|memory| memory.replica.role()) {
            Some(Role::Leader(leader)) => leader.reads.len() as u64 * 64,
            _ => 0,
        };
        takes.add(snapshot + store + reads);
        // The commands of a log are in memory once, its list of entries twice.
        let commands = log.bytes() / (log.len() as u64).max(1);
        takes.add_list(Span {
            after: log.base().index.0,
            last: log.last_index().0,
            bytes: commands + ENTRY_BYTES,
        });
    }

    pub(super) fn status(&self) -> Status {
        match &self.memory {
            None => Status::Crashed,
            Some(memory) if memory.paused => Status::Paused,
            Some(_) => Status::Running,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.running().is_some()
    }

    /// The memory of a node that runs.
    pub(super) fn running(&self) -> Option<&Volatile> {
        self.memory.as_ref().filter(|memory| !memory.paused)
    }

    /// The memory of a node that runs.
    pub(super) fn running_mut(&mut self) -> Option<&mut Volatile> {
        self.memory.as_mut().filter(|memory| !memory.paused)
    }

    /// What it is; a dead node will be a follower when it comes back.
    pub(super) fn role(&self) -> RoleKind {
        self.memory
            .as_ref()
            .map_or(RoleKind::Follower, |memory| role_kind(&memory.replica))
    }
}

impl Volatile {
    fn new(config: Config, disk: &Disk, scenario: &Scenario, rng: Pcg32) -> Self {
        let durable = disk.durable.clone();
        let bounds = scenario.store_bounds();
        let store = match &durable.snapshot {
            Some(snapshot) => {
                Store::restore(&snapshot.data, bounds).expect("the disk holds what was written")
            }
            None => Store::new(bounds),
        };
        let replica = Replica::new(config, durable, rng).unwrap_or_else(|fault| {
            unreachable!(
                "a scenario is checked, and a disk was written by a replica, or is corrupt and \
                 starts none: {fault}"
            )
        });
        Self {
            store,
            last_applied: replica.commit_index(),
            applied_bytes: 0,
            replica,
            owed: BTreeMap::new(),
            reads: BTreeMap::new(),
            ready: BTreeMap::new(),
            reads_named: 0,
            waiting: VecDeque::new(),
            paused: false,
            paused_since_us: 0,
            door: Vec::new(),
            finished: Vec::new(),
            decisions: VecDeque::new(),
            latest: Latest::default(),
            stood: 0,
            rounds: Rounds::default(),
            fetched: 0,
        }
    }

    /// The replica takes a step.
    pub(super) fn step(&mut self, input: Input, now_us: u64) -> (Step, StepReport) {
        let before = self.standing();
        let received = self.replica.snapshot_received();
        let effects = self.replica.step(input);
        let after = self.standing();
        let stands =
            |it: RoleSummary| matches!(it.role, RoleKind::PreCandidate | RoleKind::Candidate);
        if stands(before) && stands(after) {
            let grows = !effects.write.append.is_empty() || effects.restore.is_some();
            let fetches = grows || self.replica.snapshot_received() > received;
            self.fetched += u64::from(fetches);
        }
        let Effects {
            write,
            messages,
            restore,
            committed,
            reads,
            reads_lost,
            proposal,
            // The sessions of the clients tell what became of a command, and who waits for the
            // end of a change watches the log.
            proposal_news: _,
            read,
            change,
            changes_ended: _,
            transfer,
            compact,
            refused,
            // Settings are checked at the door.
            settings_refused: _,
            decisions,
        } = effects;
        let quorum_lost = decisions.contains(&Decision::Quorum {
            decision: QuorumDecision::Lost,
        });
        let kept = decisions.iter().filter_map(|decision| match *decision {
            Decision::Keep { follower, decision } => Some((follower, decision)),
            _ => None,
        });
        let kept = kept.collect();
        let by_lease = |it: &Decision| matches!(it, Decision::Read { decision } if matches!(decision, ReadDecision::Lease { .. }));
        let leased = decisions.iter().any(by_lease);
        self.rounds.note(&self.replica, now_us);
        self.keep_decisions(decisions, now_us);
        let leads = after.role == RoleKind::Leader;
        let step = Step {
            write,
            messages,
            restore,
            committed,
            reads,
            replies: Vec::new(),
            term: after.term,
            leads,
            led_before: (before.role == RoleKind::Leader).then_some(before.term),
        };
        let outcome = StepReport {
            before,
            after,
            proposal,
            read,
            change,
            transfer,
            compact,
            reads_lost,
            quorum_lost,
            kept,
            leased,
            refused,
        };
        (step, outcome)
    }

    /// A name for a read that nobody has had: not in an earlier life either, since an
    /// answer to that might still come.
    pub(super) fn name_read(&mut self, life: u64) -> u64 {
        self.reads_named += 1;
        life << 32 | self.reads_named
    }

    fn keep_decisions(&mut self, decisions: Vec<Decision>, at_us: u64) {
        for decision in decisions {
            if self.decisions.len() == DECISIONS_MAX {
                self.decisions.pop_front();
            }
            let view = DecisionView { at_us, decision };
            self.latest.keep(&view);
            let stands = matches!(
                decision,
                Decision::Election {
                    decision: ElectionDecision::Start { .. }
                        | ElectionDecision::StartPreVote { .. }
                }
            );
            self.stood += u64::from(stands);
            self.decisions.push_back(view);
        }
    }

    fn standing(&self) -> RoleSummary {
        RoleSummary {
            role: role_kind(&self.replica),
            term: self.replica.term(),
            commit_index: self.replica.commit_index(),
        }
    }
}

impl Latest {
    fn keep(&mut self, view: &DecisionView) {
        match view.decision {
            Decision::Vote { decision, .. } => {
                self.vote = Some(view.clone());
                if decision != VoteDecision::Granted {
                    self.denial = Some(view.clone());
                }
            }
            Decision::Commit { .. } => self.commit = Some(view.clone()),
            Decision::Read { .. } => self.read = Some(view.clone()),
            _ => {}
        }
    }
}

impl Clock {
    fn new(scenario: &Scenario, id: ReplicaId) -> Self {
        Self {
            tick_us: scenario.timing.tick_us,
            rate_ppm: settings_of(scenario, id).map_or(1_000_000, |clock| clock.rate_ppm),
            past: VecDeque::new(),
            jumped_us: None,
            timed_out_us: None,
            stalled_until_us: 0,
            next: None,
        }
    }

    /// When the first tick of a world falls: as the scenario says, or at a moment drawn
    /// from the seed.
    pub(super) fn phase_us(&self, scenario: &Scenario, id: ReplicaId, seed: u64) -> u64 {
        settings_of(scenario, id)
            .and_then(|clock| clock.phase_us)
            .unwrap_or_else(|| {
                let mut dice = Pcg32::fork(seed, "clock", u64::from(id.0));
                // A slow clock's period can be longer than a draw reaches.
                dice.between(0, (self.period_us() - 1).min(u64::from(u32::MAX) - 1))
            })
    }

    /// From one tick to the next in true time, rounded to whole microseconds.
    pub(super) fn period_us(&self) -> u64 {
        let rate = u64::from(self.rate_ppm);
        ((self.tick_us * TRUE_PPM + rate / 2) / rate).max(1)
    }

    /// The rate changes, from the next tick on.
    pub(super) fn set_rate(&mut self, rate_ppm: u32, now_us: u64) {
        let before_us = self.period_us();
        self.past.push_back(Past {
            until_us: self.next.map_or(now_us, |next| next.at_us),
            shortest_us: before_us,
            longest_us: before_us,
        });
        if self.past.len() > PAST_MAX
            && let Some(oldest) = self.past.pop_front()
            && let Some(next) = self.past.front_mut()
        {
            next.shortest_us = next.shortest_us.min(oldest.shortest_us);
            next.longest_us = next.longest_us.max(oldest.longest_us);
        }
        self.rate_ppm = rate_ppm;
    }

    /// The shortest and the longest tick since some moment.
    pub(super) fn periods_since_us(&self, since_us: u64) -> (u64, u64) {
        let now_us = self.period_us();
        let past = self.past.iter().filter(|past| past.until_us > since_us);
        past.fold((now_us, now_us), |(shortest_us, longest_us), past| {
            (
                shortest_us.min(past.shortest_us),
                longest_us.max(past.longest_us),
            )
        })
    }
}

pub(super) fn role_kind(replica: &Replica) -> RoleKind {
    match replica.role() {
        Role::Follower(_) => RoleKind::Follower,
        Role::PreCandidate(_) => RoleKind::PreCandidate,
        Role::Candidate(_) => RoleKind::Candidate,
        Role::Leader(_) => RoleKind::Leader,
    }
}

fn settings_of(scenario: &Scenario, id: ReplicaId) -> Option<&ClockSettings> {
    scenario.clocks.iter().find(|clock| clock.replica == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period_us(rate_ppm: u32) -> u64 {
        let mut clock = Clock::new(&Scenario::default(), ReplicaId(1));
        clock.set_rate(rate_ppm, 0);
        clock.period_us()
    }

    #[test]
    fn a_fast_clock_ticks_more_often() {
        assert_eq!(period_us(1_000_000), 10_000);
        assert_eq!(period_us(1_010_000), 9_901);
        assert_eq!(period_us(500_000), 20_000);
        assert_eq!(period_us(1_000), 10_000_000);
        assert_eq!(period_us(1_000_000_000), 10);
    }

    #[test]
    fn phases_differ_from_replica_to_replica_and_lie_within_a_tick() {
        let scenario = Scenario::default();
        let phase_us = |id| {
            let id = ReplicaId(id);
            Clock::new(&scenario, id).phase_us(&scenario, id, 1)
        };
        assert_ne!(phase_us(1), phase_us(2));
        assert!((1..=5).all(|id| phase_us(id) < 10_000));
    }
}
