//! A few bare replicas, their disks, and a network in which a message arrives
//! when the script says so. Whatever is written is durable at once.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;

use raftarium::raft::{
    Config, Durable, Effects, Entry, Input, LogIndex, Membership, Message, NUMBER_MAX, Replica,
    ReplicaId, Settings,
};
use raftarium::rng::Pcg32;

use crate::render;

/// What a command prints.
pub(crate) type Printed = Result<String, Box<dyn Error>>;

#[derive(Default)]
pub(crate) struct Cluster {
    nodes: BTreeMap<ReplicaId, Node>,
    /// The messages on their way, by their numbers.
    flight: BTreeMap<u64, Message>,
    sent: u64,
    cuts: BTreeSet<(ReplicaId, ReplicaId)>,
    /// What was committed at each index first: nobody may commit anything else there.
    history: BTreeMap<LogIndex, Entry>,
    /// Whether messages are told with their rounds of heartbeats.
    rounds: bool,
}

pub(crate) struct Node {
    config: Config,
    pub(crate) disk: Durable,
    /// None after a crash.
    pub(crate) replica: Option<Replica>,
    committed: LogIndex,
    starts: u64,
}

impl Node {
    /// Starts the replica with what the disk holds.
    fn start(&mut self) {
        let rng = Pcg32::new(u64::from(self.config.id.0), self.starts);
        let replica = Replica::new(self.config.clone(), self.disk.clone(), rng);
        self.replica = Some(replica.expect("the script's settings are valid"));
        // The state machine starts from the snapshot.
        let snapshot = self.disk.snapshot.as_ref();
        self.committed = snapshot.map_or(LogIndex(0), |snapshot| snapshot.last.index);
        self.starts += 1;
    }
}

impl Cluster {
    /// Replicas 1 to `replicas`, and `spares` more outside the cluster, all with these
    /// `settings`.
    pub(crate) fn new(replicas: u16, spares: u16, settings: &Settings, rounds: bool) -> Self {
        let peers: Vec<ReplicaId> = (1..=replicas + spares).map(ReplicaId).collect();
        let membership = Membership::of_voters((1..=replicas).map(ReplicaId));
        let nodes = peers.iter().map(|&id| {
            let mut node = Node {
                config: Config {
                    id,
                    peers: peers.clone(),
                    membership: membership.clone(),
                    settings: settings.clone(),
                },
                disk: Durable::default(),
                replica: None,
                committed: LogIndex(0),
                starts: 0,
            };
            node.start();
            (id, node)
        });
        Self {
            nodes: nodes.collect(),
            rounds,
            ..Self::default()
        }
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = (ReplicaId, &Node)> {
        self.nodes.iter().map(|(&id, node)| (id, node))
    }

    pub(crate) fn flight(&self) -> impl Iterator<Item = (u64, &Message)> {
        self.flight
            .iter()
            .map(|(&number, message)| (number, message))
    }

    /// Puts something on a disk and starts its replica anew.
    pub(crate) fn set_disk(&mut self, id: ReplicaId, disk: Durable) -> Result<(), String> {
        let node = self.node(id)?;
        node.disk = disk;
        node.start();
        Ok(())
    }

    /// The settings of a replica, at this moment.
    pub(crate) fn settings(&mut self, id: ReplicaId) -> Result<Settings, String> {
        Ok(self.node(id)?.config.settings.clone())
    }

    /// Changes them, for this life of the replica and the next ones.
    pub(crate) fn configure(&mut self, id: ReplicaId, settings: Settings) -> Result<(), String> {
        self.node(id)?.config.settings = settings.clone();
        let effects = self.running(id)?.step(Input::Configure(settings));
        assert_eq!(effects, Effects::default(), "settings alone do nothing");
        Ok(())
    }

    /// A message in words.
    pub(crate) fn said(&self, message: &Message) -> String {
        render::message(message, self.rounds)
    }

    pub(crate) fn crash(&mut self, id: ReplicaId) -> Result<(), String> {
        self.running(id)?;
        self.node(id)?.replica = None;
        Ok(())
    }

    pub(crate) fn restart(&mut self, id: ReplicaId) -> Result<(), String> {
        self.node(id)?.start();
        Ok(())
    }

    pub(crate) fn cut(&mut self, from: ReplicaId, to: ReplicaId) {
        self.cuts.insert((from, to));
    }

    pub(crate) fn heal(&mut self) {
        self.cuts.clear();
    }

    /// A message is lost.
    pub(crate) fn lose(&mut self, number: u64) -> Printed {
        let message = self.take(number)?;
        Ok(format!("lost m{number} {}\n", self.said(&message)))
    }

    /// A second copy of a message sets out.
    pub(crate) fn duplicate(&mut self, number: u64) -> Printed {
        let message = self.take(number)?;
        let said = self.said(&message);
        self.flight.insert(number, message.clone());
        self.sent += 1;
        self.flight.insert(self.sent, message);
        Ok(format!("m{} is a copy of m{number} {said}\n", self.sent))
    }

    /// A message arrives.
    pub(crate) fn deliver(&mut self, number: u64) -> Printed {
        let message = self.take(number)?;
        let header = format!("m{number} {}", self.said(&message));
        let to = message.to;
        if self.node(to)?.replica.is_none() {
            return Ok(format!("{header}\n  lost     {to} is down\n"));
        }
        self.step(to, &header, Input::Receive(message))
    }

    /// So many ticks; those of which nothing comes are not told.
    pub(crate) fn tick(&mut self, id: ReplicaId, ticks: u32) -> Printed {
        let mut out = String::new();
        for tick in 1..=ticks {
            let told = self.step(id, &format!("{id} tick {tick}"), Input::Tick)?;
            if told.lines().count() > 1 {
                out += &told;
            }
        }
        Ok(out)
    }

    /// Something happens to a replica; what comes of it is told below `header`.
    pub(crate) fn step(&mut self, id: ReplicaId, header: &str, input: Input) -> Printed {
        let replica = self.running(id)?;
        let before = replica.clone();
        let effects = replica.step(input);
        let after = replica.clone();

        let node = self.node(id)?;
        let log = after.log();
        node.disk
            .apply(&effects.write, &log.entries(&effects.write.append));
        assert_eq!(&node.disk, after.durable(), "a write leaves something out");
        if effects.refused.is_some() {
            assert_eq!(before, after, "a refused message changed something");
        }
        if let Some(snapshot) = &effects.restore {
            let node = self.node(id)?;
            assert!(snapshot.last.index > node.committed, "back in time");
            node.committed = snapshot.last.index;
        }
        for entry in &after.log().entries(&effects.committed) {
            let node = self.node(id)?;
            assert_eq!(entry.index, node.committed.next(), "a gap in the commits");
            node.committed = entry.index;
            let first = self.history.entry(entry.index).or_insert(entry.clone());
            assert_eq!(first, entry, "two entries are committed at one index");
        }

        let mut out = format!("{header}\n");
        render::changes(&mut out, &before, &after, &effects)?;
        for message in effects.messages {
            assert!(message.term.0 <= NUMBER_MAX, "a term beyond the last one");
            self.send(message, &mut out)?;
        }
        Ok(out)
    }

    fn send(&mut self, message: Message, out: &mut String) -> Result<(), Box<dyn Error>> {
        self.sent += 1;
        let number = self.sent;
        let said = self.said(&message);
        if self.cuts.contains(&(message.from, message.to)) {
            writeln!(out, "  send     m{number} {said}: lost, the link is cut")?;
        } else {
            writeln!(out, "  send     m{number} {said}")?;
            self.flight.insert(number, message);
        }
        Ok(())
    }

    fn take(&mut self, number: u64) -> Result<Message, String> {
        self.flight
            .remove(&number)
            .ok_or_else(|| format!("m{number} is not on its way"))
    }

    fn node(&mut self, id: ReplicaId) -> Result<&mut Node, String> {
        self.nodes
            .get_mut(&id)
            .ok_or_else(|| format!("there is no {id}"))
    }

    fn running(&mut self, id: ReplicaId) -> Result<&mut Replica, String> {
        self.node(id)?
            .replica
            .as_mut()
            .ok_or_else(|| format!("{id} is down"))
    }
}
