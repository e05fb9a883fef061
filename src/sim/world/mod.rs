//! The world: its state, its one door, and the passing of time.

mod capture;
mod lease;
mod logs;
mod observers;
mod perform;
mod refused;
mod resolve;
mod route;
mod servers;
mod story;
mod wipe;

use std::sync::Arc;

use self::observers::Observers;
pub use self::refused::Refused;
use self::servers::place_of;
use super::causality::{CausalGraph, Letter, Tracer};
use super::client::{ClientInput, Clients};
use super::footprint::{Footprint, Span};
use super::network::Network;
use super::network::links::Links;
use super::property::violation::Violation;
use super::scenario::action::{Action, MessageId};
use super::scenario::{Protocol, Scenario, SnapshotSettings, Timers, validate_action};
use super::schedule::{Event, Schedule};
use super::server::{Server, ServerInput};
use super::view::trace::Notice;
use super::view::{
    Counters, EntryView, LogsView, MessageDetail, MessageView, PairView, ReplicaDetail,
    StoryMoment, View,
};
use super::watchdog::Sight;
use crate::kv::ClientId;
use crate::raft::{ENTRY_BYTES, Log, LogIndex, NUMBER_MAX, ReplicaId};
use crate::rng::Pcg32;

/// A cluster with the world around it, at one moment of virtual time. See the
/// [module](super)'s essay.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) scenario: Arc<Scenario>,
    pub(super) seed: u64,
    pub(super) now_us: u64,
    /// How many actions have been applied.
    pub(super) events: u64,
    pub(super) schedule: Schedule,
    pub(super) servers: Vec<Server>,
    pub(super) network: Network,
    pub(super) clients: Clients,
    pub(super) observers: Observers,
    /// Chooses who "the leader" or "any" is, where several fit.
    faults: Pcg32,
    /// The settings that all replicas without their own have.
    protocol: Protocol,
    timers: Timers,
    snapshots: SnapshotSettings,
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
        let scenario = Arc::new(scenario);
        let mut world = Self {
            seed,
            now_us: 0,
            events: 0,
            schedule: Schedule::default(),
            servers: (1..=replicas)
                .map(|id| Server::new(ReplicaId(id), &scenario, seed))
                .collect(),
            network: Network::new(links),
            clients: Clients::new(&scenario, seed),
            observers: Observers::new(seed, &scenario),
            faults: Pcg32::fork(seed, "faults", 0),
            protocol: scenario.protocol,
            timers: scenario.timing.timers(),
            snapshots: scenario.snapshots,
            scenario,
        };
        world.begin_all();
        world
    }

    /// The scenario's timed actions and links, then everybody's first alarm.
    fn begin_all(&mut self) {
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
        for id in scenario.all_replicas() {
            self.step_server(id, ServerInput::Begin);
        }
        self.step_clients(ClientInput::Begin);
    }

    /// What falls due next. Nothing does in a world that has stopped.
    pub fn next_due(&self) -> Option<Due> {
        if self.observers.violation.is_some() {
            return None;
        }
        let (at_us, event) = self.schedule.first()?;
        let action = event
            .action()
            .unwrap_or_else(|| self.timed_action(event).clone());
        Some(Due { at_us, action })
    }

    /// When [that](Self::next_due) is, in microseconds.
    pub fn due_at(&self) -> Option<u64> {
        let (at_us, _) = self.schedule.first()?;
        self.observers.violation.is_none().then_some(at_us)
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
        let resolved = resolve::resolve(self, action, &mut dice)?;
        self.faults = dice;
        self.perform(self.now_us, resolved);
        self.observers.digest.seal();
        self.watch();
        Ok(())
    }

    /// What falls due next happens, and is returned; `None` if nothing ever will.
    ///
    /// # Errors
    /// [`Refused::Stopped`] if a property is broken.
    pub fn step(&mut self) -> Result<Option<Due>, Refused> {
        self.check_running()?;
        Ok(self.take_step())
    }

    /// What falls due next happens, in a world that has not stopped.
    fn take_step(&mut self) -> Option<Due> {
        let (at_us, event) = self.schedule.take_first()?;
        let action = if let Some(action) = event.action() {
            self.begin(at_us, &action);
            self.happen(event);
            action
        } else {
            let action = self.timed_action(event).clone();
            self.happen_timed(at_us, &action);
            action
        };
        self.observers.digest.seal();
        self.watch();
        Some(Due { at_us, action })
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
        self.observers.digest.value()
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
        self.observers.violation.as_ref()
    }

    /// The number of the newest request that a client was asked for; `None` if there is
    /// no such client.
    pub fn last_sequence(&self, client: ClientId) -> Option<u64> {
        Some(self.clients.get(client)?.sequence())
    }

    /// The notices since the last call. They are not part of the world's state;
    /// taking them changes nothing. Those of the newest 1,000 events are all there, however
    /// many one event brings about: a caller that takes them after each event misses nothing.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.observers.take_notices()
    }

    /// How many notices were dropped since the beginning, because nobody took them for more
    /// than 1,000 events. A caller that finds any here has not heard everything.
    pub fn notices_missed(&self) -> u64 {
        self.observers.notices_missed()
    }

    /// Forgets the notices since the last call: nobody wants to know.
    pub(super) fn drop_notices(&mut self) {
        self.observers.drop_notices();
    }

    /// From now on the event graph of this world is written.
    pub(super) fn begin_trace(&mut self) {
        let packets = self.network.packets();
        let letters = packets.map(|packet| (packet.sent_us, Letter::of(packet)));
        self.observers.tracer = Some(Box::new(Tracer::new(
            (self.events, self.now_us),
            &self.servers,
            self.network.links.cuts(),
            letters.collect(),
        )));
    }

    /// What was written of it so far; none: nobody has [begun](Self::begin_trace).
    pub(super) fn traced(&self) -> Option<&CausalGraph> {
        let tracer = self.observers.tracer.as_ref();
        tracer.map(|tracer| tracer.graph())
    }

    // --- what an observer is given ---

    /// The world at this moment, without the messages.
    pub fn view(&self) -> View {
        capture::view(self)
    }

    /// The messages in flight, in the order of their numbers.
    pub fn messages(&self) -> impl Iterator<Item = MessageView> {
        capture::messages(self)
    }

    /// All of one message; `None` if it is not in flight.
    pub fn message_detail(&self, id: MessageId) -> Option<MessageDetail> {
        capture::message_detail(self, id)
    }

    /// All of one replica, with at most `entries` entries from the end of its log.
    ///
    /// # Errors
    /// [`Refused::NoSuchReplica`].
    pub fn replica_detail(&self, id: ReplicaId, entries: usize) -> Result<ReplicaDetail, Refused> {
        capture::replica_detail(self, id, entries)
    }

    /// The first `limit` pairs of a replica's store, in the order of their keys. A dead
    /// replica has none.
    ///
    /// # Errors
    /// [`Refused::NoSuchReplica`].
    pub fn store(&self, id: ReplicaId, limit: usize) -> Result<Vec<PairView>, Refused> {
        capture::store(self, id, limit)
    }

    /// All logs side by side.
    pub fn logs(&self) -> LogsView {
        logs::logs(self)
    }

    /// For each replica, in the order of their numbers, what is at `count` indices from `first`
    /// on: twice the term of the entry, and one more if it holds a configuration; 0 beyond the end
    /// of the log; −1 where only the snapshot has it.
    pub fn log_window(&self, first: LogIndex, count: usize) -> Vec<i64> {
        logs::window(self, first, count)
    }

    /// An entry of a replica's log, if it is there.
    ///
    /// # Errors
    /// [`Refused::NoSuchReplica`].
    pub fn entry(&self, id: ReplicaId, index: LogIndex) -> Result<Option<EntryView>, Refused> {
        capture::known(self, id)?;
        Ok(logs::entry(self, id, index))
    }

    /// When the steps of the scenario's story came, as far as they did.
    pub fn story(&self) -> Vec<StoryMoment> {
        self.observers.story.moments(self.events, self.now_us)
    }

    /// The one true history: the entries that any replica has applied, in order, the
    /// compacted ones too, as far back as the checkers remember them, and before that the
    /// configurations.
    pub fn applied(&self) -> impl Iterator<Item = EntryView> {
        self.observers.checkers.applied().map(EntryView::of)
    }

    /// What has been counted since the start.
    pub fn counters(&self) -> Counters {
        capture::counters(self)
    }

    // --- for the other rooms of the simulation ---

    /// About how much memory it takes: all of which there may be much.
    pub(super) fn footprint(&self) -> Footprint {
        let mut footprint = Footprint::default();
        footprint.add(self.network.weight() as u64);
        self.observers.checkers.count(&mut footprint);
        // An entry is in memory once for all replicas, their disks and the checkers.
        let mut entries = Span {
            after: self.observers.checkers.forgotten().0,
            last: 0,
            bytes: ENTRY_BYTES,
        };
        for server in &self.servers {
            server.count(&mut footprint);
            let log = capture::log_of(server);
            entries.after = entries.after.min(log.base().index.0);
            entries.last = entries.last.max(log.last_index().0);
            let each = log.bytes() / (log.len() as u64).max(1);
            entries.bytes = entries.bytes.max(each);
        }
        footprint.entries = entries;
        footprint
    }

    /// The log of a replica; that on its disk, if it is dead.
    pub(super) fn log_of(&self, id: ReplicaId) -> &Log {
        capture::log_of(self.server(id))
    }

    pub(super) fn server(&self, id: ReplicaId) -> &Server {
        &self.servers[place_of(id)]
    }

    #[cfg(test)]
    pub(super) fn server_mut(&mut self, id: ReplicaId) -> &mut Server {
        &mut self.servers[place_of(id)]
    }

    /// The running leader of the highest term.
    pub(super) fn leader(&self) -> Option<ReplicaId> {
        resolve::leader(self)
    }

    // --- what happens ---

    /// An action begins.
    fn begin(&mut self, at_us: u64, action: &Action) {
        self.events += 1;
        self.now_us = self.now_us.max(at_us);
        self.observers.begin(self.events, self.now_us, action);
    }

    /// A timed action of the scenario happens, or is skipped.
    fn happen_timed(&mut self, at_us: u64, action: &Action) {
        let mut dice = self.faults.clone();
        if let Ok(resolved) = resolve::resolve(self, action.clone(), &mut dice) {
            self.faults = dice;
            self.perform(at_us, resolved);
        } else {
            self.begin(at_us, action);
            self.observers.on_skipped(action.clone());
        }
    }

    /// An action from outside happens, which was resolved.
    fn perform(&mut self, at_us: u64, action: Action) {
        self.begin(at_us, &action);
        if let Some(tracer) = &mut self.observers.tracer {
            tracer.on_action(&action);
        }
        self.carry_out(&action);
        if let Some(tracer) = &mut self.observers.tracer {
            tracer.after_action(self.network.links.cuts());
        }
        self.observers.on_done(action);
    }

    fn timed_action(&self, event: Event) -> &Action {
        let Event::Timed(number) = event else {
            unreachable!("every other event is an action by itself")
        };
        let number = usize::try_from(number).expect("the scenario fits into memory");
        &self.scenario.actions[number].action
    }

    fn check_running(&self) -> Result<(), Refused> {
        match &self.observers.violation {
            Some(violation) => Err(Refused::Stopped(violation.clone())),
            None => Ok(()),
        }
    }

    /// The watchdog looks, if it is time, and says what is stuck.
    fn watch(&mut self) {
        if !self.observers.watchdog.is_due(self.now_us) || self.violation().is_some() {
            return;
        }
        let observers = &mut self.observers;
        let stuck = observers.watchdog.look(&Sight {
            now_us: self.now_us,
            scenario: &self.scenario,
            servers: &self.servers,
            clients: &self.clients,
            network: &self.network,
            last_applied: observers.checkers.last_applied(),
            elections_won: observers.counters.elections_won,
        });
        for what in stuck {
            self.observers.emit(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::Operation;
    use crate::raft::{LogIndex, Term};
    use crate::sim::scenario::Workload;
    use crate::sim::scenario::action::Target;
    use crate::sim::view::trace::TraceEvent;

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
            world.server_mut(*id).durable_mut().log = Log::default();
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

    /// Whatever replicas and disks hold the same entries have them in memory once, whoever has led.
    #[test]
    fn replicas_and_disks_share_their_logs() {
        let mut world = World::new(
            Scenario {
                workload: Workload {
                    clients: 8,
                    operations_per_second: 400,
                    ..Workload::default()
                },
                ..Scenario::default()
            },
            3,
        );
        for (until_us, leader) in [(1_000_000, 1), (2_500_000, 4), (4_000_000, 2)] {
            let replica = ReplicaId(leader).into();
            world.apply(Action::TimeOut { replica }).unwrap();
            world.run_until(until_us);
        }
        world.run_until(8_000_000);
        let first = &world.server(R1).disk().durable.log;
        assert!(first.len() > 1_000, "{}", first.len());
        for server in &world.servers {
            let replica = &server.volatile().unwrap().replica;
            assert!(replica.log().is_shared_with(first), "{}", server.id());
            assert!(server.disk().durable.log.is_shared_with(first));
        }
    }
}
