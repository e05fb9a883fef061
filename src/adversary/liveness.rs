//! The liveness phase: the faults stop for a quorum that can talk, the other replicas stay dead
//! or cut off, and within a stated time the living have done all that was asked.
//!
//! # Who lives on
//!
//! Drawn for each run: everybody; or a quorum of each configuration that may be in force,
//! and some more, while the others stay crashed, paused or isolated; or everybody, but in a
//! star: one replica reaches all others, and they reach only it.
//!
//! A configuration may be in force if any replica, dead or alive, has it as the last one in
//! its log, or if a leader is on its way to it. If the faults left a cluster of which no
//! quorum can be found (a membership may be wished for that can't work), nothing is asked
//! of it but safety.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::broken::{self, Broken, in_json};
use super::coverage::Goal;
use super::monitor::{Monitor, leads};
use super::nemesis::star;
use super::run::Run;
use crate::raft::ReplicaId;
use crate::rng::Pcg32;
use crate::sim::World;
use crate::sim::action::{Action, MessageId};
use crate::sim::property::Property;
use crate::sim::scenario::{DiskSettings, LinkQuality, Protocol, Scenario, Workload, true_rate};
use crate::sim::view::{EntryView, ReplicaView, Status, View};

/// A quorum that can talk agrees on a leader within this many of the longest election
/// timeouts. Votes may split, again and again where the timeouts are nearly the same.
pub const LEADER_TIMEOUTS_MAX: u64 = 50;
/// A client finds the leader within this many of its own timeouts, each of which it may
/// waste on a replica that is dead.
const REQUEST_TIMEOUTS_MAX: u64 = 40;
/// A message, its answer, and the disks at both ends: in this time the log of a replica
/// that fell behind grows by a batch, which in some worlds is a single entry.
const ROUND_TRIP_US: u64 = 40_000;
/// How often it is checked whether all is done.
const LOOK_US: u64 = 50_000;

/// The properties that are checked when all is, or should be, at rest.
pub(super) const CHECKED_AT_REST: [&Property; 6] = [
    broken::LEADER_EMERGES,
    broken::REQUESTS_ANSWERED,
    broken::JOINT_LEFT,
    broken::LOGS_EQUAL,
    broken::ANSWERS_FIT_THE_LOG,
    broken::LINEARIZABLE,
];

/// The replicas that must come to rest: what `TigerBeetle` calls the core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LivenessCore {
    /// The replicas that live on and can talk.
    pub living: BTreeSet<ReplicaId>,
    /// The one that alone reaches the others, if they are in a star.
    #[serde(default)]
    pub center: Option<ReplicaId>,
    /// How many interventions the fault phase made, if that is known. Those after them set up
    /// the liveness phase.
    #[serde(default, rename = "storm")]
    pub faults: Option<usize>,
}

/// The replicas that were drawn to live on, and what became of the others.
struct Survivors {
    rest: LivenessCore,
    goal: Goal,
    isolated: bool,
}

impl Run {
    /// The liveness phase, until all is at rest. `rest` is set to the replicas that came to
    /// rest, or should have; `None`: nothing can be asked of this cluster.
    pub(super) fn run_liveness_phase(
        &mut self,
        seed: u64,
        rest: &mut Option<LivenessCore>,
    ) -> Result<(), Broken> {
        let mut dice = Pcg32::fork(seed, "adversary's calm", 0);
        let faults = self.interventions();
        self.heal(true)?;
        let Some(mut survivors) = self.choose_living(&mut dice)? else {
            return Ok(());
        };
        survivors.rest.faults = Some(faults);
        *rest = Some(survivors.rest.clone());
        self.await_rest(&survivors.rest)?;
        self.monitor.seen.see(survivors.goal);
        self.monitor
            .seen
            .see_if(Goal::RestWithIsolated, survivors.isolated);
        Ok(())
    }

    /// A liveness phase in which all replicas live on that are not dead, in a star if there is
    /// to be a center.
    pub(super) fn rest_of_all(
        &mut self,
        center: Option<ReplicaId>,
        rest: &mut Option<LivenessCore>,
    ) -> Result<(), Broken> {
        let faults = Some(self.interventions());
        self.heal(false)?;
        let view = self.world.view();
        let living = running(&view);
        if !is_enough(&living, &quorums(&view)) {
            return Ok(());
        }
        if let Some(center) = center {
            let may_be = living.contains(&center) && votes_everywhere(center, &quorums(&view));
            if !may_be {
                return Ok(());
            }
            for action in star(center, self.world.scenario().total()) {
                self.apply(&action)?;
            }
        }
        self.await_rest(rest.insert(LivenessCore {
            living,
            center,
            faults,
        }))
    }

    /// Makes everything work again, dead replicas only if `restarts`, and stops the workload.
    fn heal(&mut self, restarts: bool) -> Result<(), Broken> {
        let quality = LinkQuality::default();
        let disk = DiskSettings::default();
        let view = self.world.view();
        let replicas = || view.replicas.iter().map(|replica| replica.id);
        // Replicas that were removed are kept from deposing the leader (§6).
        let protocol = Protocol {
            check_quorum: true,
            pre_vote: true,
            ..view.protocol
        };
        let mut actions = vec![
            Action::HealAll {},
            Action::SetNetwork { quality },
            Action::SetClientNetwork { quality },
            Action::SetDisk {
                replica: None,
                disk,
            },
            Action::SetWorkload {
                workload: Workload::default(),
            },
            Action::SetProtocol {
                replica: None,
                protocol,
            },
        ];
        // Replicas may differ in their timeouts, and have kept them since.
        if self.timing_changed {
            actions.push(Action::SetTiming {
                replica: None,
                timing: self.world.scenario().timing.timers(),
            });
        }
        for from in replicas() {
            let links = replicas().filter(|&to| to != from);
            let quality = None;
            actions.extend(links.map(|to| Action::SetLink { from, to, quality }));
        }
        actions.extend(replicas().map(|replica| Action::SetClock {
            replica,
            rate_ppm: true_rate(),
        }));
        for replica in &view.replicas {
            let target = replica.id.into();
            match replica.status {
                Status::Crashed if restarts => actions.push(Action::Restart { replica: target }),
                Status::Paused => actions.push(Action::Resume { replica: target }),
                Status::Crashed | Status::Running => {}
            }
        }
        let clients = view.clients.iter().filter(|client| client.away);
        actions.extend(clients.map(|it| Action::Return { client: it.id }));
        for action in actions {
            self.apply(&action)?;
        }
        let held = self.world.messages().filter(|it| it.held_us.is_some());
        let held: Vec<MessageId> = held.map(|message| message.id).collect();
        for message in held {
            self.apply(&Action::Release { message })?;
        }
        Ok(())
    }

    fn choose_living(&mut self, dice: &mut Pcg32) -> Result<Option<Survivors>, Broken> {
        let view = self.world.view();
        let quorums = quorums(&view);
        let mut living = running(&view);
        if !is_enough(&living, &quorums) {
            return Ok(None);
        }
        let mut center = None;
        let goal = match dice.below(4) {
            0 => Goal::RestOfAll,
            1 => {
                center = self.make_star(&view, &living, dice)?;
                center.map_or(Goal::RestOfAQuorum, |_| Goal::RestOfAStar)
            }
            _ => Goal::RestOfAQuorum,
        };
        let mut isolated = false;
        if goal == Goal::RestOfAQuorum {
            for id in draw_order(&living, dice) {
                let mut fewer = living.clone();
                fewer.remove(&id);
                let enough = quorums.iter().all(|group| has_majority(group, &fewer));
                if !enough || dice.below(4) == 0 {
                    continue;
                }
                living = fewer;
                let replica = id.into();
                let fate = dice.below(3);
                isolated |= fate == 2;
                self.apply(&match fate {
                    0 => Action::crash(id),
                    1 => Action::Pause { replica },
                    _ => Action::Isolate { replica },
                })?;
            }
        }
        let rest = LivenessCore {
            living,
            center,
            faults: None,
        };
        Ok(Some(Survivors {
            rest,
            goal,
            isolated,
        }))
    }

    /// One replica, which votes in every configuration, alone reaches the others: which one,
    /// if there is such a one, with two others at least.
    fn make_star(
        &mut self,
        view: &View,
        living: &BTreeSet<ReplicaId>,
        dice: &mut Pcg32,
    ) -> Result<Option<ReplicaId>, Broken> {
        let quorums = quorums(view);
        let order = draw_order(living, dice);
        let center = order.into_iter().find(|&id| votes_everywhere(id, &quorums));
        let Some(center) = center.filter(|_| living.len() > 2) else {
            return Ok(None);
        };
        for action in star(center, self.world.scenario().total()) {
            self.apply(&action)?;
        }
        Ok(Some(center))
    }

    fn await_rest(&mut self, rest: &LivenessCore) -> Result<(), Broken> {
        let start_us = self.world.now_us();
        let limits = Limits::of(&self.world, rest);
        let mut led = false;
        loop {
            let view = self.world.view();
            led |= rest.leader(&view).is_some();
            let passed_us = self.world.now_us() - start_us;
            match rest.is_reached(&view) {
                Ok(()) => break,
                Err(_) if !led && passed_us > limits.leader_us => {
                    let what = format!("nobody leads {} after {passed_us} us", rest.names());
                    return Err(Broken::new(broken::LEADER_EMERGES, what));
                }
                Err(mut unrest) if passed_us > limits.rest_us => {
                    unrest.what = format!("{} after {passed_us} us", unrest.what);
                    return Err(unrest);
                }
                Err(_) => self.pass(LOOK_US)?,
            }
        }
        self.is_at_rest = true;
        rest.check(&self.world, &mut self.monitor)
    }
}

/// How long the liveness phase may take.
struct Limits {
    leader_us: u64,
    rest_us: u64,
}

impl Limits {
    fn of(world: &World, rest: &LivenessCore) -> Self {
        let Scenario {
            timing, clients, ..
        } = world.scenario();
        let view = world.view();
        let timeout_us = u64::from(timing.election_timeout_ticks_max) * timing.tick_us;
        let ends = view.replicas.iter().map(|it| it.log.last_index.0);
        let queues = view.clients.iter().map(|it| u64::from(it.queued));
        let catching_up_us = ends.max().unwrap_or(0) * ROUND_TRIP_US;
        let patience_us = clients.request_timeout_us.max(timeout_us);
        let asking_us = (REQUEST_TIMEOUTS_MAX + queues.max().unwrap_or(0)) * patience_us;
        let fetching_us = rest.lacking(world) * ROUND_TRIP_US;
        // Nothing ends a stalled clock before its time, and stalls add up.
        let stalls = view.replicas.iter().filter_map(|it| it.stalled_until_us);
        let stalled_us = stalls.max().map_or(0, |it| it.saturating_sub(view.now_us));
        let leader_us = LEADER_TIMEOUTS_MAX * timeout_us + fetching_us + stalled_us;
        Self {
            leader_us,
            rest_us: leader_us + catching_up_us + asking_us,
        }
    }
}

impl LivenessCore {
    /// Whether all is done, and done right.
    pub(super) fn check(&self, world: &World, monitor: &mut Monitor) -> Result<(), Broken> {
        let view = world.view();
        self.is_reached(&view)?;
        self.is_equal(world, &view)?;
        monitor.check_answers(world, &view)
    }

    /// The living, as a person lists them.
    fn names(&self) -> String {
        let names: Vec<String> = self.living.iter().map(ToString::to_string).collect();
        names.join(" ")
    }

    /// How many entries the center of a star may have to fetch before it can be elected:
    /// nobody else can be, and nobody votes for it while its log is behind.
    fn lacking(&self, world: &World) -> u64 {
        let Some(center) = self.center else { return 0 };
        let entries_of = |id| log_of(world, id).into_iter().map(|it| (it.term, it.index));
        // Of logs that contradict one another it may fetch one after the other.
        let living = self.living.iter();
        let mut lacking: BTreeSet<_> = living.flat_map(|&id| entries_of(id)).collect();
        for entry in entries_of(center) {
            lacking.remove(&entry);
        }
        u64::try_from(lacking.len()).unwrap_or(u64::MAX)
    }

    /// The leader that the living agree on, as far as they can reach it.
    fn leader<'a>(&self, view: &'a View) -> Option<&'a ReplicaView> {
        let leader = view.replicas.iter().find(|it| Some(it.id) == view.leader)?;
        let agreed = self
            .followers(view, leader)
            .all(|it| (it.term, it.leader) == (leader.term, Some(leader.id)));
        (agreed && self.living.contains(&leader.id) && leads(leader)).then_some(leader)
    }

    /// The living whom a leader's configuration holds and who can talk with it: the leader
    /// too, if it is not about to leave.
    fn followers<'a>(
        &'a self,
        view: &'a View,
        leader: &'a ReplicaView,
    ) -> impl Iterator<Item = &'a ReplicaView> {
        let members = &leader.membership;
        let is_member = |id| members.voters.contains(&id) || members.learners.contains(&id);
        let is_cut = |id| {
            let ends = [(id, leader.id), (leader.id, id)];
            view.cuts
                .iter()
                .any(|cut| ends.contains(&(cut.from, cut.to)))
        };
        view.replicas
            .iter()
            .filter(move |it| self.living.contains(&it.id) && is_member(it.id) && !is_cut(it.id))
    }

    /// Whether all is done, as far as a glance tells; if not, what is missing.
    fn is_reached(&self, view: &View) -> Result<(), Broken> {
        let Some(leader) = self.leader(view) else {
            let what = format!("{} agree on no leader", self.names());
            return Err(Broken::new(broken::LEADER_EMERGES, what));
        };
        if let Some(client) = view
            .clients
            .iter()
            .find(|it| it.current.is_some() || it.queued > 0)
        {
            let what = format!("client {} has no answer", client.id.0);
            return Err(Broken::new(broken::REQUESTS_ANSWERED, what));
        }
        if !leader.membership.outgoing.is_empty() {
            let what = format!("{} leads a joint configuration", leader.id);
            return Err(Broken::new(broken::JOINT_LEFT, what));
        }
        let end = leader.log.last_index;
        for replica in self.followers(view, leader) {
            let ends = [
                replica.log.last_index,
                replica.durable_index,
                replica.commit_index,
                replica.last_applied,
            ];
            if ends != [end; 4] {
                let [last, durable, committed, applied] = ends;
                let what = format!(
                    "the log of {} ends at {last}, durable up to {durable}, committed up to {committed}, applied up to {applied}; that of {} ends at {end}",
                    replica.id, leader.id
                );
                return Err(Broken::new(broken::LOGS_EQUAL, what));
            }
            if replica.receiving.is_some() {
                let what = format!("{} is still receiving a snapshot", replica.id);
                return Err(Broken::new(broken::LOGS_EQUAL, what));
            }
        }
        Ok(())
    }

    /// At rest, logs and stores are the same, entry by entry and key by key.
    fn is_equal(&self, world: &World, view: &View) -> Result<(), Broken> {
        let Some(leader) = self.leader(view) else {
            return Ok(());
        };
        let (tail, store) = (log_of(world, leader.id), world.store(leader.id, usize::MAX));
        for replica in self.followers(view, leader) {
            let entries = log_of(world, replica.id);
            // As far back as both still have it.
            let both = entries.iter().rev().zip(tail.iter().rev());
            let different = both.into_iter().find(|(one, other)| one != other);
            if let Some((one, other)) = different {
                let (id, leader) = (replica.id, leader.id);
                let what = format!("{id} has {}, {leader} has {}", in_json(one), in_json(other));
                return Err(Broken::new(broken::LOGS_EQUAL, what));
            }
            if world.store(replica.id, usize::MAX) != store {
                let what = format!("the stores of {} and {} differ", replica.id, leader.id);
                return Err(Broken::new(broken::LOGS_EQUAL, what));
            }
        }
        Ok(())
    }
}

/// The log of a replica, as far back as it still has it.
fn log_of(world: &World, id: ReplicaId) -> Vec<EntryView> {
    let detail = world.replica_detail(id, usize::MAX);
    detail.map_or_else(|_| Vec::new(), |detail| detail.entries)
}

/// The groups of each of which a majority must live, so that no configuration is stuck that
/// may be in force.
pub(super) fn quorums(view: &View) -> Vec<Vec<ReplicaId>> {
    let mut groups = Vec::new();
    for replica in &view.replicas {
        let members = &replica.membership;
        let wish = members.wish.clone().unwrap_or_default();
        groups.extend([members.voters.clone(), members.outgoing.clone(), wish]);
    }
    groups.retain(|group| !group.is_empty());
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn running(view: &View) -> BTreeSet<ReplicaId> {
    let replicas = view.replicas.iter();
    let running = replicas.filter(|it| it.status == Status::Running);
    running.map(|it| it.id).collect()
}

/// Whether something can be asked of those who live.
fn is_enough(living: &BTreeSet<ReplicaId>, quorums: &[Vec<ReplicaId>]) -> bool {
    !living.is_empty() && quorums.iter().all(|group| has_majority(group, living))
}

fn votes_everywhere(id: ReplicaId, quorums: &[Vec<ReplicaId>]) -> bool {
    quorums.iter().all(|group| group.contains(&id))
}

pub(super) fn has_majority(group: &[ReplicaId], living: &BTreeSet<ReplicaId>) -> bool {
    2 * group.iter().filter(|id| living.contains(id)).count() > group.len()
}

/// The living in an order that is drawn.
fn draw_order(living: &BTreeSet<ReplicaId>, dice: &mut Pcg32) -> Vec<ReplicaId> {
    let mut left: Vec<ReplicaId> = living.iter().copied().collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let count = u32::try_from(left.len()).expect("replicas are few");
        order.push(left.swap_remove(dice.below(count) as usize));
    }
    order
}
