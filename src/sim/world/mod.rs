//! The world: its state, its one door, and the passing of time.

mod capture;
mod due;
pub mod lease;
mod perform;
mod refused;
mod resolve;
mod wipe;

pub(super) use capture::membership_view;
pub use refused::Refused;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::checkers::Checkers;
use super::client::Client;
use super::client::workload::Load;
use super::digest::Digest;
use super::footprint::Footprint;
use super::network::links::Links;
use super::network::{Moment, Network};
use super::property::violation::Violation;
use super::scenario::action::Action;
use super::scenario::{Protocol, Scenario, SnapshotSettings, Timers, validate_action};
use super::schedule::{Appointment, Event, Schedule};
use super::server::Server;
use super::view::Counters;
use super::view::trace::{Notice, TraceEvent};
use super::watchdog::Watchdog;
use super::world::lease::Voided;
use crate::kv::ClientId;
use crate::raft::{LogIndex, NUMBER_MAX, ReplicaId};
use crate::rng::Pcg32;

/// Until somebody takes them, the notices of this many of the newest events are kept.
const NOTICES_EVENTS: u64 = 1_000;

/// A cluster with the world around it, at one moment of virtual time. See the
/// [module](super)'s essay.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) scenario: Arc<Scenario>,
    pub(super) seed: u64,
    pub(super) now_us: u64,
    /// How many actions have been applied.
    pub(super) events: u64,
    pub(super) digest: Digest,
    pub(super) schedule: Schedule,
    pub(super) nodes: Vec<Server>,
    pub(super) network: Network,
    pub(super) clients: Vec<Client>,
    pub(super) load: Load,
    /// The workload's next operation in the calendar.
    pub(super) offer: Option<Appointment>,
    pub(super) checkers: Checkers,
    /// No part of the world's state: it only looks.
    pub(super) watchdog: Watchdog,
    pub(super) counters: Counters,
    /// Chooses who "the leader" or "any" is, where several fit.
    pub(super) faults: Pcg32,
    /// The settings that all replicas without their own have.
    pub(super) protocol: Protocol,
    pub(super) timers: Timers,
    pub(super) snapshots: SnapshotSettings,
    /// Reads at followers whose index a leader gave by a lease that rested on something
    /// that was not so.
    pub(super) doubtful_reads: BTreeMap<(ReplicaId, u64), Voided>,
    /// The last entry that any client has been told of.
    pub(super) told_index: LogIndex,
    notices: VecDeque<Notice>,
    /// How many notices were dropped before anybody took them.
    notices_missed: u64,
    violation: Option<Violation>,
}

/// What falls due next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// When, in microseconds of virtual time.
    pub at_us: u64,
    /// What.
    pub action: Action,
}

impl World {
    /// The world of a scenario at its beginning. The same scenario and seed make the
    /// same world.
    ///
    /// # Panics
    /// If the scenario is not [valid](Scenario::validate).
    pub fn new(scenario: Scenario, seed: u64) -> Self {
        let replicas = scenario.total();
        let links = Links::new(seed, replicas, scenario.network, scenario.client_network);
        let mut world = Self {
            seed,
            now_us: 0,
            events: 0,
            digest: Digest::new(seed),
            schedule: Schedule::default(),
            nodes: (1..=replicas)
                .map(|id| Server::new(ReplicaId(id), &scenario, seed))
                .collect(),
            network: Network::new(links),
            clients: Vec::new(),
            load: Load::new(scenario.workload, 0, seed),
            offer: None,
            checkers: Checkers::default(),
            watchdog: Watchdog::default(),
            counters: Counters::default(),
            faults: Pcg32::fork(seed, "faults", 0),
            protocol: scenario.protocol,
            timers: scenario.timing.timers(),
            snapshots: scenario.snapshots,
            doubtful_reads: BTreeMap::new(),
            told_index: LogIndex(0),
            notices: VecDeque::new(),
            notices_missed: 0,
            violation: None,
            scenario: Arc::new(scenario),
        };
        for id in (1..=replicas).map(ReplicaId) {
            world.judge_start(id);
        }
        world.fill_calendar();
        world
    }

    /// What happens when, as far as that is known from the beginning.
    fn fill_calendar(&mut self) {
        let scenario = Arc::clone(&self.scenario);
        for (number, timed) in (0..).zip(&scenario.actions) {
            self.schedule.add(timed.at_us, Event::Timed(number));
        }
        for link in &scenario.links {
            let links = &mut self.network.links;
            links.set_cut(link.from, link.to, link.cut);
            if link.quality.is_some() {
                links.set_own_quality(link.from, link.to, link.quality);
            }
        }
        for node in &mut self.nodes {
            let phase_us = node.clock.phase_us(&scenario, node.id, self.seed);
            node.clock.next = Some(self.schedule.add(phase_us, Event::Tick(node.id)));
        }
        self.add_clients();
        self.plan_offer();
    }

    /// What falls due next. Nothing does in a world that has stopped.
    pub fn next_due(&self) -> Option<Due> {
        if self.violation.is_some() {
            return None;
        }
        let (at_us, event) = self.schedule.first()?;
        let action = event
            .action()
            .unwrap_or_else(|| self.timed_action(event).clone());
        Some(Due { at_us, action })
    }

    /// Whether an action is the one that falls due next, so that applying it moves time
    /// to its moment. A scenario's timed action never is: the same action from outside
    /// is another one.
    pub fn is_due(&self, action: &Action) -> bool {
        let first = self.schedule.first();
        first.and_then(|(_, event)| event.action()).as_ref() == Some(action)
    }

    /// Something happens. If it [falls due next](Self::is_due), it happens at its time;
    /// anything else happens now.
    ///
    /// # Errors
    /// If it can't happen. The world is then as it was, its digest too.
    pub fn apply(&mut self, action: Action) -> Result<(), Refused> {
        if self.is_due(&action) {
            return self.step().map(drop);
        }
        self.check_running()?;
        validate_action(&action, self.scenario.total())?;
        let mut dice = self.faults.clone();
        let resolved = self.resolve(action, &mut dice)?;
        self.faults = dice;
        self.begin(self.now_us, &resolved);
        self.carry_out(&resolved);
        self.watchdog.on_action(&resolved);
        self.emit(TraceEvent::Done { action: resolved });
        self.digest.seal();
        self.watch();
        Ok(())
    }

    /// What falls due next happens, and is returned; `None` if nothing ever will.
    ///
    /// # Errors
    /// [`Refused::Stopped`] if a property is broken.
    pub fn step(&mut self) -> Result<Option<Due>, Refused> {
        self.check_running()?;
        let Some((at_us, event)) = self.schedule.take_first() else {
            return Ok(None);
        };
        let action = if let Some(action) = event.action() {
            self.begin(at_us, &action);
            self.happen(event);
            action
        } else {
            let action = self.timed_action(event).clone();
            self.happen_timed(at_us, &action);
            action
        };
        self.digest.seal();
        self.watch();
        Ok(Some(Due { at_us, action }))
    }

    /// Time passes up to `to_us`, but not beyond what falls due next, nor beyond 2^53 − 1.
    pub fn advance(&mut self, to_us: u64) {
        let to_us = to_us.min(NUMBER_MAX);
        let due_us = self.schedule.first().map_or(to_us, |(at_us, _)| at_us);
        self.now_us = self.now_us.max(to_us.min(due_us));
    }

    /// What falls due next happens, if it is due at `until_us` or before. Returns whether
    /// something did: nothing does in a world that has stopped.
    pub fn step_until(&mut self, until_us: u64) -> bool {
        let first = self.schedule.first();
        first.is_some_and(|(at_us, _)| at_us <= until_us) && self.step().is_ok()
    }

    /// All that falls due up to `until_us`, that moment included, happens, unless a
    /// property breaks.
    pub fn run_until(&mut self, until_us: u64) {
        while self
            .schedule
            .first()
            .is_some_and(|(at_us, _)| at_us <= until_us)
        {
            if self.step().is_err() {
                return;
            }
        }
        self.advance(until_us);
    }

    /// Virtual time in microseconds.
    pub fn now_us(&self) -> u64 {
        self.now_us
    }

    /// How many actions have been applied.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// One number for all that has happened so far.
    pub fn digest(&self) -> u64 {
        self.digest.value()
    }

    /// The seed of all chance in this world.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The scenario that it began with.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The broken property at which the world stopped.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// The number of the newest request that a client was asked for; `None` if there is
    /// no such client.
    pub fn last_sequence(&self, client: ClientId) -> Option<u64> {
        let client = self.clients.get(place_of_client(client)?)?;
        Some(client.sequence())
    }

    /// What is worth mentioning since the last call. They are no part of the world's state;
    /// taking them changes nothing. Those of the newest 1,000 events are all there, however
    /// many one event brings about: a judge who takes them after each event misses nothing.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.notices.drain(..).collect()
    }

    /// How many notices were dropped since the beginning, because nobody took them for more
    /// than 1,000 events. A judge who finds any here has not heard everything.
    pub fn notices_missed(&self) -> u64 {
        self.notices_missed
    }

    // --- for the other files of this room ---

    /// About how much memory it takes: all of which there may be much.
    pub(super) fn takes(&self) -> Footprint {
        let mut takes = Footprint::default();
        takes.add(self.network.weight() as u64);
        self.checkers.count(&mut takes);
        for node in &self.nodes {
            node.count(&mut takes);
        }
        takes
    }

    /// An action begins.
    fn begin(&mut self, at_us: u64, action: &Action) {
        self.events += 1;
        self.now_us = self.now_us.max(at_us);
        self.digest.tell(self.events);
        self.digest.tell(self.now_us);
        self.digest.tell_data(action);
    }

    /// A timed action of the scenario happens, or is skipped.
    fn happen_timed(&mut self, at_us: u64, action: &Action) {
        let mut dice = self.faults.clone();
        if let Ok(resolved) = self.resolve(action.clone(), &mut dice) {
            self.faults = dice;
            self.begin(at_us, &resolved);
            self.carry_out(&resolved);
            self.watchdog.on_action(&resolved);
            self.emit(TraceEvent::Done { action: resolved });
        } else {
            self.begin(at_us, action);
            let action = action.clone();
            self.emit(TraceEvent::Skipped { action });
        }
    }

    fn timed_action(&self, event: Event) -> &Action {
        let Event::Timed(number) = event else {
            unreachable!("every other event is an action by itself")
        };
        let number = usize::try_from(number).expect("the scenario fits into memory");
        &self.scenario.actions[number].action
    }

    fn check_running(&self) -> Result<(), Refused> {
        match &self.violation {
            Some(violation) => Err(Refused::Stopped(violation.clone())),
            None => Ok(()),
        }
    }

    /// Keeps a notice for whoever asks.
    pub(super) fn emit(&mut self, what: TraceEvent) {
        let newest = self.events;
        let is_old = |notice: &Notice| notice.event + NOTICES_EVENTS <= newest;
        while self.notices.front().is_some_and(is_old) {
            self.notices.pop_front();
            self.notices_missed += 1;
        }
        self.notices.push_back(Notice {
            at_us: self.now_us,
            event: self.events,
            what,
        });
    }

    /// The judges have spoken.
    pub(super) fn judge(&mut self, verdict: Result<(), Violation>) {
        let Err(violation) = verdict else { return };
        if self.violation.is_none() {
            self.violation = Some(violation.clone());
            self.emit(TraceEvent::Violated { violation });
        }
    }

    /// The judges look at a replica that has just started.
    pub(super) fn judge_start(&mut self, id: ReplicaId) {
        let Some(memory) = &self.nodes[place_of(id)].memory else {
            return;
        };
        let fingerprint = memory.store.fingerprint();
        let verdict = self
            .checkers
            .on_start(&memory.replica, memory.last_applied, fingerprint);
        self.judge(verdict);
    }

    pub(super) fn node(&self, id: ReplicaId) -> &Server {
        &self.nodes[place_of(id)]
    }

    pub(super) fn node_mut(&mut self, id: ReplicaId) -> &mut Server {
        &mut self.nodes[place_of(id)]
    }

    /// The network, together with what it needs of the world.
    pub(super) fn network(&mut self) -> (&mut Network, Moment<'_>) {
        let moment = Moment {
            now_us: self.now_us,
            schedule: &mut self.schedule,
            digest: &mut self.digest,
        };
        (&mut self.network, moment)
    }
}

/// Where a replica of this world stands among the nodes. Those from outside are checked
/// before they come here.
pub(super) fn place_of(ReplicaId(id): ReplicaId) -> usize {
    usize::from(id) - 1
}

/// Where a client stands among the clients, if there is one.
pub(super) fn place_of_client(ClientId(id): ClientId) -> Option<usize> {
    usize::from(id).checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::Operation;
    use crate::raft::{Log, LogIndex, Term};
    use crate::sim::scenario::action::Target;

    const R1: ReplicaId = ReplicaId(1);

    /// Three replicas, two of which will forget their logs while they are dead. R1, who
    /// remembers, stays dead when they come back.
    fn forgetful() -> World {
        let scenario = Scenario {
            replicas: 3,
            ..Scenario::default()
        };
        let mut world = World::new(scenario, 1);
        world.apply(Action::TimeOut { replica: R1.into() }).unwrap();
        let operation = Operation::Get { key: "x".into() };
        world
            .apply(Action::Request {
                client: None,
                operation,
                reads: None,
            })
            .unwrap();
        world.run_until(1_000_000);
        assert_eq!(world.counters().answered_operations, 1);
        let ids = [R1, ReplicaId(2), ReplicaId(3)];
        for replica in ids.map(Target::Replica) {
            world.apply(Action::crash(replica)).unwrap();
        }
        for id in &ids[1..] {
            world.node_mut(*id).disk.durable.log = Log::default();
            let replica = (*id).into();
            world.apply(Action::Restart { replica }).unwrap();
        }
        world
    }

    #[test]
    fn a_world_with_a_broken_property_stops_at_the_event_and_can_be_looked_at() {
        let mut world = forgetful();
        world.run_until(5_000_000);
        let violation = world.violation().expect("it is broken").clone();
        let Violation::LeaderCompleteness {
            leader,
            term,
            index,
            committed_in,
        } = violation
        else {
            panic!("a leader without the committed entries: {violation:?}");
        };
        assert_ne!(leader, R1);
        assert!(term > committed_in && committed_in == Term(1));
        assert_eq!(index, LogIndex(2));

        let before = (world.now_us(), world.events(), world.digest());
        assert!(before.0 < 5_000_000);
        let stopped = Err(Refused::Stopped(violation.clone()));
        assert_eq!(world.apply(Action::HealAll {}), stopped);
        assert_eq!(world.step().map(drop), stopped);
        assert_eq!(world.next_due(), None);
        world.run_until(5_000_000);
        let after = (world.now_us(), world.events(), world.digest());
        assert_eq!(after, before);
        assert_eq!(world.view().violation.as_ref(), Some(&violation));
        let last = world.take_notices().pop().map(|notice| notice.what);
        assert_eq!(last, Some(TraceEvent::Violated { violation }));
    }
}
