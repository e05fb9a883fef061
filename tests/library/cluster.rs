//! The smallest driver there can be: replicas, their disks, and a network that loses nothing
//! but what is for a replica that is down.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use raftarium::raft::{
    Config, Durable, Effects, Entry, Input, Membership, Message, Replica, ReplicaId, Settings,
};
use raftarium::rng::Pcg32;

/// The replica of this number.
pub(crate) fn id(number: u16) -> ReplicaId {
    ReplicaId(number)
}

/// A configuration in which these vote.
pub(crate) fn voters(numbers: &[u16]) -> Membership {
    Membership::of_voters(numbers.iter().copied().map(ReplicaId))
}

pub(crate) struct Cluster {
    nodes: BTreeMap<ReplicaId, Node>,
    /// The messages on their way, in order.
    pub(crate) flight: VecDeque<Message>,
    pub(crate) down: BTreeSet<ReplicaId>,
}

struct Node {
    replica: Replica,
    disk: Durable,
    committed: Vec<Entry>,
    /// What each step said, for the tests to ask.
    told: Vec<Effects>,
}

impl Cluster {
    /// `members` replicas of `peers`, with these settings.
    pub(crate) fn new(members: u16, peers: u16, settings: &Settings) -> Self {
        let nodes = (1..=peers).map(|number| {
            let config = Config {
                id: id(number),
                peers: (1..=peers).map(ReplicaId).collect(),
                membership: Membership::of_voters((1..=members).map(ReplicaId)),
                settings: settings.clone(),
            };
            let replica = Replica::new(config, Durable::default(), Pcg32::new(7, number.into()));
            let node = Node {
                replica: replica.expect("good settings and an empty disk"),
                disk: Durable::default(),
                committed: Vec::new(),
                told: Vec::new(),
            };
            (id(number), node)
        });
        Self {
            nodes: nodes.collect(),
            flight: VecDeque::new(),
            down: BTreeSet::new(),
        }
    }

    pub(crate) fn replica(&self, number: u16) -> &Replica {
        &self.nodes[&id(number)].replica
    }

    pub(crate) fn committed(&self, number: u16) -> &[Entry] {
        &self.nodes[&id(number)].committed
    }

    /// What its steps have said since this was last asked.
    pub(crate) fn told(&mut self, number: u16) -> Vec<Effects> {
        let node = self.nodes.get_mut(&id(number)).expect("a peer");
        std::mem::take(&mut node.told)
    }

    /// One step, whose effects are carried out in the order that they promise.
    pub(crate) fn step(&mut self, number: u16, input: Input) -> Effects {
        let node = self.nodes.get_mut(&id(number)).expect("a peer");
        let effects = node.replica.step(input);
        let log = node.replica.log();
        node.disk
            .apply(&effects.write, &log.entries(&effects.write.append));
        assert_eq!(&node.disk, node.replica.durable());
        assert_eq!(node.disk.validate(), Ok(()));
        self.flight.extend(effects.messages.iter().cloned());
        let committed = node.replica.log().entries(&effects.committed);
        node.committed.extend(committed.iter().cloned());
        node.told.push(effects.clone());
        effects
    }

    /// Delivers all that is on its way, and what comes of it.
    pub(crate) fn settle(&mut self) {
        while let Some(message) = self.flight.pop_front() {
            let to = message.to;
            if !self.down.contains(&to) && !self.down.contains(&message.from) {
                self.step(to.0, Input::Receive(message));
            }
        }
    }

    /// Has a replica elected that nobody contradicts.
    pub(crate) fn elect(&mut self, number: u16) {
        self.step(number, Input::Campaign);
        self.settle();
        assert_eq!(self.replica(number).leader(), Some(id(number)));
    }

    /// A command for a leader, but not the messages that come of it.
    pub(crate) fn propose(&mut self, number: u16, command: &[u8]) -> Effects {
        self.step(number, Input::Propose(command.into()))
    }
}
