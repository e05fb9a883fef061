//! Bare replicas under a hostile network: everything that Raft can do, switched on and
//! off at random, with messages dropped, doubled and overtaken, crashes and restarts,
//! changes of the membership, snapshots, handovers and reads. No disk, no clients, no
//! time but ticks: what goes wrong here goes wrong in `src/raft`.

#![cfg(not(target_family = "wasm"))]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use raftarium::raft::{
    Body, Compact, Config, Durable, Effects, Entry, Input, Lease, LogIndex, Membership, Message,
    Payload, Position, Replica, ReplicaId, Replication, Role, Settings, Term,
};
use raftarium::rng::Pcg32;

/// A state machine that only remembers what it applied.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct Machine {
    applied: u64,
    hash: u64,
}

impl Machine {
    fn apply(&mut self, entry: &Entry) {
        assert_eq!(entry.index.0, self.applied + 1, "applied in order");
        self.applied += 1;
        for byte in format!("{entry:?}").bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn snapshot(&self) -> Arc<[u8]> {
        [self.applied.to_le_bytes(), self.hash.to_le_bytes()]
            .concat()
            .into()
    }

    fn restore(data: &[u8]) -> Self {
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
        Self {
            applied: number(&data[..8]),
            hash: number(&data[8..]),
        }
    }
}

struct Node {
    replica: Option<Replica>,
    disk: Durable,
    machine: Machine,
    lives: u64,
}

struct World {
    seed: u64,
    rng: Pcg32,
    nodes: BTreeMap<ReplicaId, Node>,
    peers: Vec<ReplicaId>,
    settings: Settings,
    initial: Membership,
    network: Vec<Message>,
    cuts: BTreeSet<(ReplicaId, ReplicaId)>,
    leaders: BTreeMap<Term, ReplicaId>,
    /// By index, the entry that was first applied there and the state after it.
    committed: BTreeMap<u64, (Position, u64)>,
    /// By name, what a read that waits must see.
    reads: BTreeMap<u64, u64>,
    next_read: u64,
    next_value: u64,
    seen: BTreeMap<&'static str, u64>,
    last: Option<Message>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Pcg32::fork(seed, "bare", 0);
        let size = u16::try_from(rng.between(1, 5)).unwrap();
        let spare = u16::try_from(rng.between(0, 3)).unwrap();
        let peers: Vec<ReplicaId> = (1..=size + spare).map(ReplicaId).collect();
        let check_quorum = rng.below(2) == 0;
        let settings = Settings {
            heartbeat_ticks: 3,
            retry_ticks: rng.below(3),
            election_timeout_ticks_min: 10,
            election_timeout_ticks_max: 20,
            entries_max: 1 + rng.below(8) as usize,
            bytes_max: 64,
            window_messages: 1 + rng.below(4) as usize,
            window_bytes: 128,
            replication: if rng.below(2) == 0 {
                Replication::Eager
            } else {
                Replication::QuorumFirst
            },
            pre_vote: rng.below(2) == 0,
            check_quorum,
            lease: (check_quorum && rng.below(2) == 0).then_some(Lease { drift_ppm: 0 }),
            chunk_bytes: 1 + rng.below(16) as usize,
            catch_up_bytes: 400,
            uncommitted_bytes_max: 200,
            flaw: None,
        };
        let mut world = Self {
            seed,
            rng,
            nodes: BTreeMap::new(),
            initial: Membership::of_voters(peers[..usize::from(size)].iter().copied()),
            peers: peers.clone(),
            settings,
            network: Vec::new(),
            cuts: BTreeSet::new(),
            leaders: BTreeMap::new(),
            committed: BTreeMap::new(),
            reads: BTreeMap::new(),
            next_read: 0,
            next_value: 0,
            seen: BTreeMap::new(),
            last: None,
        };
        for id in peers {
            let node = Node {
                replica: None,
                disk: Durable::default(),
                machine: Machine::default(),
                lives: 0,
            };
            world.nodes.insert(id, node);
            world.restart(id);
        }
        world
    }

    fn has_mixed_settings(&self) -> bool {
        self.seed.is_multiple_of(7)
    }

    fn see(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    fn node(&mut self, id: ReplicaId) -> &mut Node {
        self.nodes.get_mut(&id).unwrap()
    }

    fn restart(&mut self, id: ReplicaId) {
        let mut settings = self.settings.clone();
        // Mixed settings must not livelock.
        if self.has_mixed_settings() {
            settings.pre_vote = id.0.is_multiple_of(2);
        }
        let config = Config {
            id,
            peers: self.peers.clone(),
            membership: self.initial.clone(),
            settings,
        };
        let seed = self.seed;
        let node = self.node(id);
        node.lives += 1;
        let rng = Pcg32::fork(seed, "replica", (u64::from(id.0) << 32) | node.lives);
        let snapshot = node.disk.snapshot.as_ref();
        node.machine = snapshot.map_or(Machine::default(), |it| Machine::restore(&it.data));
        node.replica = Some(Replica::new(config, node.disk.clone(), rng).unwrap());
    }

    fn step(&mut self, id: ReplicaId, input: Input) {
        if let Input::Receive(message) = &input {
            self.last = Some(message.clone());
        }
        // In some worlds messages go over a wire: no memory is shared then.
        let input = match input {
            Input::Receive(message) if self.seed.is_multiple_of(3) => {
                let bytes = postcard::to_allocvec(&message).unwrap();
                Input::Receive(postcard::from_bytes(&bytes).unwrap())
            }
            input => input,
        };
        let Some(replica) = self.node(id).replica.as_mut() else {
            return;
        };
        let led = matches!(replica.role(), Role::Leader(_));
        let effects = replica.step(input);
        let leads = matches!(replica.role(), Role::Leader(_)).then(|| replica.term());
        if let Some(term) = leads {
            let first = *self.leaders.entry(term).or_insert(id);
            assert_eq!(first, id, "two leaders in term {term}");
            if !led {
                self.see("leader");
            }
        }
        self.carry_out(id, effects);
    }

    fn carry_out(&mut self, id: ReplicaId, effects: Effects) {
        assert_eq!(effects.refused, None, "{id} refused {:?}", self.last);
        if effects.write.truncate_after.is_some() {
            self.see("truncation");
        }
        let told = |message: &Message| message.body == Body::TimeoutNow;
        if effects.messages.iter().any(told) {
            self.see("handover");
        }
        let fetched = |message: &Message| matches!(message.body, Body::FetchedEntries { .. });
        if effects.messages.iter().any(fetched) {
            self.see("fetched entries");
        }
        let fetched = |message: &Message| matches!(message.body, Body::FetchedSnapshot { .. });
        if effects.messages.iter().any(fetched) {
            self.see("fetched snapshot");
        }
        let node = self.node(id);
        let replica = node.replica.as_ref().unwrap();
        let appended = replica.log().entries(&effects.write.append);
        let committed = replica.log().entries(&effects.committed);
        node.disk.apply(&effects.write, &appended);
        assert_eq!(&node.disk, replica.durable());
        if let Some(snapshot) = effects.restore {
            node.machine = Machine::restore(&snapshot.data);
            let (applied, hash) = (node.machine.applied, node.machine.hash);
            assert_eq!(applied, snapshot.last.index.0);
            assert_eq!(self.committed[&applied], (snapshot.last, hash));
            self.see("restore");
        }
        for entry in &committed {
            let machine = &mut self.node(id).machine;
            machine.apply(entry);
            let now = (entry.position(), machine.hash);
            let first = *self.committed.entry(entry.index.0).or_insert(now);
            assert_eq!(first, now, "{id} applied another entry at {}", entry.index);
            if let Payload::Membership(membership) = &entry.payload {
                self.see(if membership.is_joint() {
                    "joint"
                } else {
                    "membership"
                });
            }
        }
        for ready in effects.reads {
            if let Some(must_see) = self.reads.remove(&ready.read) {
                assert!(ready.index.0 >= must_see, "stale read at {id}");
                self.see("read");
            }
        }
        self.network.extend(effects.messages);
    }

    fn tick_all(&mut self) {
        for id in self.peers.clone() {
            self.step(id, Input::Tick);
        }
    }

    fn deliver(&mut self, count: u32) {
        for _ in 0..count {
            if self.network.is_empty() {
                return;
            }
            let near = self.network.len().min(6);
            let at = self.rng.below(u32::try_from(near).unwrap()) as usize;
            let message = self.network.remove(at);
            let lost = self.rng.below(20) == 0;
            if lost || self.cuts.contains(&(message.from, message.to)) {
                continue;
            }
            if self.rng.below(20) == 0 {
                self.network.push(message.clone());
            }
            self.step(message.to, Input::Receive(message));
        }
    }

    fn deliver_all(&mut self) {
        for _ in 0..20 {
            for message in std::mem::take(&mut self.network) {
                self.step(message.to, Input::Receive(message));
            }
        }
    }

    fn any(&mut self) -> ReplicaId {
        let count = u32::try_from(self.peers.len()).unwrap();
        self.peers[self.rng.below(count) as usize]
    }

    /// The leader of the highest term.
    fn leader(&self) -> Option<ReplicaId> {
        let leading = self.nodes.iter().filter_map(|(&id, node)| {
            let replica = node.replica.as_ref()?;
            matches!(replica.role(), Role::Leader(_)).then(|| (replica.term(), id))
        });
        leading.max().map(|(_, id)| id)
    }

    fn somebody(&mut self) -> ReplicaId {
        let any = self.any();
        if self.rng.below(3) == 0 {
            any
        } else {
            self.leader().unwrap_or(any)
        }
    }

    fn propose(&mut self, id: ReplicaId) {
        self.next_value += 1;
        let value = format!("value {}", self.next_value);
        self.step(id, Input::Propose(value.into_bytes().into()));
    }

    fn read(&mut self) {
        let id = self.somebody();
        self.next_read += 1;
        // What any client may have been told by now.
        let must_see = self.committed.keys().next_back().copied().unwrap_or(0);
        self.reads.insert(self.next_read, must_see);
        self.step(id, Input::Read(self.next_read));
    }

    fn compact(&mut self) {
        let id = self.any();
        let retain = u64::from(self.rng.below(4));
        let node = self.node(id);
        let compact = Compact {
            through: LogIndex(node.machine.applied),
            data: node.machine.snapshot(),
            retain,
        };
        self.step(id, Input::Compact(compact));
        self.see("compact");
    }

    fn change(&mut self) {
        let Some(leader) = self.leader() else {
            return;
        };
        let mut wish = Membership::default();
        for id in self.peers.clone() {
            match self.rng.below(4) {
                0 => false,
                1 => wish.learners.insert(id),
                _ => wish.voters.insert(id),
            };
        }
        self.step(leader, Input::ChangeMembership(wish));
    }

    fn transfer(&mut self) {
        let Some(leader) = self.leader() else {
            return;
        };
        let any = self.any();
        let to = (self.rng.below(2) == 0).then_some(any);
        self.step(leader, Input::TransferLeadership(to));
    }

    fn hostile(&mut self, steps: u32) {
        for _ in 0..steps {
            match self.rng.below(60) {
                0..20 => self.tick_all(),
                20..30 => {
                    let id = self.somebody();
                    self.propose(id);
                    let some = self.rng.below(6);
                    self.deliver(some);
                }
                30..34 => self.read(),
                34 => {
                    let id = self.any();
                    self.node(id).replica = None;
                    self.see("crash");
                }
                35..37 => {
                    let id = self.any();
                    if self.nodes[&id].replica.is_none() {
                        self.restart(id);
                    }
                }
                37 => {
                    let (from, to) = (self.any(), self.any());
                    self.cuts.insert((from, to));
                    if self.rng.below(2) == 0 {
                        self.cuts.insert((to, from));
                    }
                }
                38 => self.cuts.clear(),
                39 => self.compact(),
                40 => self.change(),
                41 => self.transfer(),
                // A hand on the timer breaks the promise that a lease rests on.
                42 if self.settings.lease.is_none() => {
                    let id = self.any();
                    self.step(id, Input::Campaign);
                }
                _ => {
                    let some = self.rng.below(10);
                    self.deliver(some);
                }
            }
        }
    }

    /// One that has a vote whatever becomes of the entries that are not committed.
    fn sure_voter(&mut self) -> Option<ReplicaId> {
        let disks = self.nodes.values().map(|node| &node.disk);
        let in_logs = disks.flat_map(|disk| {
            let entries = disk.log.entries_from(disk.log.first_index());
            let in_log = entries.filter_map(|entry| match &entry.payload {
                Payload::Membership(membership) => Some(Arc::clone(membership)),
                _ => None,
            });
            let snapshot = disk.snapshot.as_ref();
            in_log.chain(snapshot.map(|snapshot| Arc::clone(&snapshot.membership)))
        });
        let configurations: Vec<Arc<Membership>> =
            in_logs.chain([Arc::new(self.initial.clone())]).collect();
        let votes_always = |id| configurations.iter().all(|it| it.votes(id));
        let sure: Vec<ReplicaId> = self
            .peers
            .iter()
            .copied()
            .filter(|&id| votes_always(id))
            .collect();
        let count = u32::try_from(sure.len()).unwrap();
        (count > 0).then(|| sure[self.rng.below(count) as usize])
    }

    /// All faults end: the cluster must find a leader, commit, and catch up.
    fn heal(&mut self) {
        self.cuts.clear();
        for id in self.peers.clone() {
            if self.nodes[&id].replica.is_none() {
                self.restart(id);
            }
        }
        // In every other world one replica alone reaches all others, which reach only that
        // one: it must be elected, though its log may be behind.
        if self.rng.below(2) == 0
            && let Some(hub) = self.sure_voter()
        {
            self.see("star");
            for &from in &self.peers {
                let others = self.peers.iter().filter(|&&to| to != from);
                let cut = others.filter(|&&to| from != hub && to != hub);
                self.cuts.extend(cut.map(|&to| (from, to)));
            }
        }
        for round in 0..600 {
            self.tick_all();
            self.deliver_all();
            if round == 400 {
                let leader = self.leader().expect("a leader");
                self.propose(leader);
            }
        }
        self.cuts.clear();
        let leader = self.leader().expect("a leader");
        let leader = self.nodes[&leader].replica.clone().unwrap();
        assert!(!leader.membership().is_joint(), "still joint");
        assert_eq!(leader.log().last_index(), leader.commit_index());
        for member in leader.membership().members() {
            let (node, best) = (&self.nodes[&member], &self.nodes[&leader.id()]);
            assert_eq!(node.machine, best.machine, "{member} has not caught up");
        }
    }

    fn describe(&self) -> String {
        let line = |(id, node): (&ReplicaId, &Node)| match &node.replica {
            None => format!("{id}: dead\n"),
            Some(it) => format!(
                "{id}: term {} vote {:?} last {} commit {} {:?} {:?}\n",
                it.term(),
                it.voted_for(),
                it.log().last(),
                it.commit_index(),
                it.membership(),
                it.role(),
            ),
        };
        self.nodes.iter().map(line).collect()
    }
}

/// The seeds to try: `SEEDS=0..100000 cargo test --release --test bare`.
fn seeds() -> std::ops::Range<u64> {
    let range = std::env::var("SEEDS").unwrap_or_else(|_| "0..1000".into());
    let (from, to) = range.split_once("..").expect("SEEDS=FROM..TO");
    from.parse().unwrap()..to.parse().unwrap()
}

#[test]
fn hostile_worlds_stay_safe_and_heal() {
    let mut seen: BTreeMap<&'static str, u64> = BTreeMap::new();
    for seed in seeds() {
        let mut world = World::new(seed);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..3 {
                world.hostile(400);
                world.heal();
            }
        }));
        assert!(outcome.is_ok(), "seed {seed}:\n{}", world.describe());
        for (what, count) in world.seen {
            *seen.entry(what).or_default() += count;
        }
    }
    println!("{seen:?}");
    for what in [
        "leader",
        "truncation",
        "restore",
        "joint",
        "membership",
        "read",
        "crash",
        "compact",
        "handover",
        "star",
        "fetched entries",
        "fetched snapshot",
    ] {
        assert!(seen.contains_key(what), "never seen: {what}");
    }
}
