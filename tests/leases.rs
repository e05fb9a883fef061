//! Reads by lease among bare replicas whose settings differ and change at any moment: a
//! lease here, none there, timeouts ten times as long, loyalty off. All clocks are true,
//! nobody runs out a timer by hand, and so no read may ever be stale. Leaders are cut off,
//! crash, hand over and change the membership meanwhile.

#![cfg(not(target_family = "wasm"))]

use std::collections::{BTreeMap, BTreeSet};

use raftarium::raft::{
    Body, Config, Durable, Effects, Input, Lease, Membership, Message, Replica, ReplicaId, Role,
    Settings,
};
use raftarium::rng::Pcg32;

/// A tick is this long; a message takes up to two of them.
const TICK: u64 = 8;

struct Node {
    replica: Option<Replica>,
    disk: Durable,
    settings: Settings,
    lives: u64,
    /// When its clock ticks next.
    next_tick: u64,
}

struct World {
    seed: u64,
    rng: Pcg32,
    now: u64,
    nodes: BTreeMap<ReplicaId, Node>,
    peers: Vec<ReplicaId>,
    initial: Membership,
    /// Messages under way, by the time of their arrival and a number.
    network: BTreeMap<(u64, u64), Message>,
    sent: u64,
    cuts: BTreeSet<(ReplicaId, ReplicaId)>,
    /// The last entry that anybody knows to be committed: clients may have been told of it.
    known: u64,
    /// By name, what a read must see.
    reads: BTreeMap<u64, u64>,
    asked: u64,
    seen: Seen,
}

/// How often it came to what is worth testing.
#[derive(Default)]
struct Seen {
    leases: u64,
    rounds: u64,
    leaders: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Pcg32::fork(seed, "leases", 0);
        let size = u16::try_from(rng.between(2, 5)).unwrap();
        let spare = u16::try_from(rng.between(0, 1)).unwrap();
        let peers: Vec<ReplicaId> = (1..=size + spare).map(ReplicaId).collect();
        let mut world = Self {
            seed,
            now: 0,
            nodes: BTreeMap::new(),
            initial: Membership::of_voters(peers[..usize::from(size)].iter().copied()),
            peers: peers.clone(),
            network: BTreeMap::new(),
            sent: 0,
            cuts: BTreeSet::new(),
            known: 0,
            reads: BTreeMap::new(),
            asked: 0,
            seen: Seen::default(),
            rng,
        };
        let shared = world.settings();
        for id in peers {
            let settings = match world.rng.below(3) {
                0 => world.settings(),
                _ => shared.clone(),
            };
            let node = Node {
                replica: None,
                disk: Durable::default(),
                settings,
                lives: 0,
                next_tick: 0,
            };
            world.nodes.insert(id, node);
            world.restart(id);
        }
        world
    }

    /// Whatever a replica can run with, and mostly with a lease.
    fn settings(&mut self) -> Settings {
        let rng = &mut self.rng;
        let times = [1, 1, 2, 10][rng.below(4) as usize];
        let check_quorum = rng.below(4) > 0;
        let lease = check_quorum && rng.below(3) > 0;
        Settings {
            heartbeat_ticks: 1 + rng.below(3),
            election_timeout_ticks_min: times * (5 + rng.below(5)),
            election_timeout_ticks_max: times * (10 + rng.below(10)),
            pre_vote: rng.below(3) == 0,
            check_quorum,
            lease: lease.then_some(Lease { drift_ppm: 0 }),
            ..Settings::default()
        }
    }

    fn restart(&mut self, id: ReplicaId) {
        let (seed, now) = (self.seed, self.now);
        let phase = self.rng.between(1, TICK);
        let (peers, membership) = (self.peers.clone(), self.initial.clone());
        let node = self.nodes.get_mut(&id).unwrap();
        node.lives += 1;
        // A clock that starts anew begins a tick.
        node.next_tick = now + if node.lives > 1 { TICK } else { phase };
        let rng = Pcg32::fork(seed, "replica", (u64::from(id.0) << 32) | node.lives);
        let config = Config {
            id,
            peers,
            membership,
            settings: node.settings.clone(),
        };
        node.replica = Some(Replica::new(config, node.disk.clone(), rng).unwrap());
    }

    fn step(&mut self, id: ReplicaId, input: Input) {
        let Some(replica) = &mut self.nodes.get_mut(&id).unwrap().replica else {
            return;
        };
        let led = matches!(replica.role(), Role::Leader(_));
        let effects = replica.step(input);
        let leads = matches!(replica.role(), Role::Leader(_));
        self.seen.leaders += u64::from(leads && !led);
        self.carry_out(id, effects);
    }

    fn carry_out(&mut self, id: ReplicaId, effects: Effects) {
        assert_eq!(effects.refused, None, "seed {}", self.seed);
        let node = self.nodes.get_mut(&id).unwrap();
        let log = node.replica.as_ref().unwrap().log();
        node.disk
            .apply(&effects.write, &log.entries(&effects.write.append));
        if !effects.committed.is_empty() {
            self.known = self.known.max(effects.committed.end.0 - 1);
        }
        for ready in effects.reads {
            if let Some(must_see) = self.reads.remove(&ready.read) {
                assert!(
                    ready.index.0 >= must_see,
                    "seed {}: at {} {id} reads up to {}, though {must_see} was known",
                    self.seed,
                    self.now,
                    ready.index
                );
                self.seen.rounds += 1;
            }
        }
        for message in effects.messages {
            self.sent += 1;
            let arrival = self.now + self.rng.between(1, 2 * TICK);
            self.network.insert((arrival, self.sent), message);
        }
    }

    /// One unit of time.
    fn pass(&mut self) {
        self.now += 1;
        while let Some(first) = self.network.first_entry()
            && first.key().0 <= self.now
        {
            let message = first.remove();
            if !self.cuts.contains(&(message.from, message.to)) && self.rng.below(30) > 0 {
                self.step(message.to, Input::Receive(message));
            }
        }
        for id in self.peers.clone() {
            let node = self.nodes.get_mut(&id).unwrap();
            if node.replica.is_some() && node.next_tick <= self.now {
                node.next_tick += TICK;
                self.step(id, Input::Tick);
            }
        }
    }

    fn any(&mut self) -> ReplicaId {
        let count = u32::try_from(self.peers.len()).unwrap();
        self.peers[self.rng.below(count) as usize]
    }

    fn leaders(&self) -> Vec<ReplicaId> {
        let leads = |node: &Node| {
            let replica = node.replica.as_ref();
            replica.is_some_and(|it| matches!(it.role(), Role::Leader(_)))
        };
        let leading = self.nodes.iter().filter(|(_, node)| leads(node));
        leading.map(|(&id, _)| id).collect()
    }

    /// Every leader is asked, the deposed ones above all; and somebody else.
    fn read_everywhere(&mut self) {
        let mut asked = self.leaders();
        asked.push(self.any());
        for id in asked {
            self.asked += 1;
            self.reads.insert(self.asked, self.known);
            let before = self.seen.rounds;
            self.step(id, Input::Read(self.asked));
            self.seen.leases += self.seen.rounds - before;
        }
    }

    fn mischief(&mut self) {
        let id = self.any();
        match self.rng.below(16) {
            0 => self.nodes.get_mut(&id).unwrap().replica = None,
            1..=3 => {
                let dead = |it: &&ReplicaId| self.nodes[it].replica.is_none();
                let dead: Vec<ReplicaId> = self.peers.iter().filter(dead).copied().collect();
                // Settings may have changed while it was down.
                for id in dead {
                    if self.rng.below(3) == 0 {
                        let settings = self.settings();
                        self.nodes.get_mut(&id).unwrap().settings = settings;
                    }
                    self.restart(id);
                }
            }
            4..=6 => self.configure(id),
            7 => {
                let settings = self.settings();
                for id in self.peers.clone() {
                    self.nodes.get_mut(&id).unwrap().settings = settings.clone();
                    self.step(id, Input::Configure(settings.clone()));
                }
            }
            8..=10 => {
                // A leader is cut off, and still believes that it leads.
                let alone = self.leaders().first().copied().unwrap_or(id);
                for other in self.peers.clone() {
                    self.cuts.extend([(alone, other), (other, alone)]);
                }
            }
            11..=13 => self.cuts.clear(),
            14 => {
                for leader in self.leaders() {
                    self.step(leader, Input::TransferLeadership(None));
                }
            }
            _ => {
                let mut wish = self.initial.clone();
                for id in self.peers.clone() {
                    match self.rng.below(4) {
                        0 => wish.voters.remove(&id),
                        _ => wish.voters.insert(id),
                    };
                }
                for leader in self.leaders() {
                    self.step(leader, Input::ChangeMembership(wish.clone()));
                }
            }
        }
    }

    fn configure(&mut self, id: ReplicaId) {
        let settings = self.settings();
        self.nodes.get_mut(&id).unwrap().settings = settings.clone();
        self.step(id, Input::Configure(settings));
    }

    fn run(mut self) -> Seen {
        for _ in 0..400 {
            for _ in 0..self.rng.between(1, 12 * TICK) {
                self.pass();
                if self.rng.below(6) == 0 {
                    self.read_everywhere();
                }
                if self.rng.below(12) == 0 {
                    for leader in self.leaders() {
                        self.step(leader, Input::Propose([7].into()));
                    }
                }
            }
            self.mischief();
        }
        self.seen
    }
}

/// `SEEDS=0..10000` runs that many.
fn seeds() -> std::ops::Range<u64> {
    let wanted = std::env::var("SEEDS").ok();
    let range = wanted.map(|text| {
        let (first, last) = text.split_once("..").expect("SEEDS=0..100");
        first.parse().unwrap()..last.parse().unwrap()
    });
    range.unwrap_or(0..60)
}

#[test]
fn no_read_is_stale_whatever_settings_are_mixed_and_changed() {
    let mut all = Seen::default();
    for seed in seeds() {
        let seen = World::new(seed).run();
        all.leases += seen.leases;
        all.rounds += seen.rounds;
        all.leaders += seen.leaders;
    }
    let Seen {
        leases,
        rounds,
        leaders,
    } = all;
    println!("{rounds} reads, {leases} of them at once, under {leaders} leaders");
    assert!(
        leases * 20 > rounds && rounds > leases,
        "{leases} of {rounds}"
    );
    assert!(leaders > 2 * (seeds().end - seeds().start), "{leaders}");
}

/// Three replicas that take turns at speaking, without a clock but their own.
fn trio(settings: [Settings; 3]) -> Vec<Replica> {
    let peers: Vec<ReplicaId> = (1..=3).map(ReplicaId).collect();
    let replicas = (1..).zip(settings).map(|(id, settings)| {
        let config = Config {
            id: ReplicaId(id),
            peers: peers.clone(),
            membership: Membership::of_voters(peers.clone()),
            settings,
        };
        Replica::new(config, Durable::default(), Pcg32::new(1, u64::from(id))).unwrap()
    });
    let mut trio: Vec<Replica> = replicas.collect();
    let campaign = trio[0].step(Input::Campaign);
    talk(&mut trio, campaign.messages);
    trio
}

/// All messages arrive, and their answers.
fn talk(trio: &mut [Replica], mut messages: Vec<Message>) {
    while let Some(message) = messages.pop() {
        let to = usize::from(message.to.0) - 1;
        messages.extend(trio[to].step(Input::Receive(message)).messages);
    }
}

fn settings(lease: bool, timeout: u32) -> Settings {
    Settings {
        check_quorum: true,
        lease: lease.then_some(Lease { drift_ppm: 0 }),
        election_timeout_ticks_min: timeout,
        election_timeout_ticks_max: 2 * timeout,
        ..Settings::default()
    }
}

/// What the answers promise to a question of the leader.
fn promises(trio: &mut [Replica]) -> Vec<u32> {
    let mut asked = trio[0].step(Input::Read(1)).messages;
    for _ in 0..Settings::default().heartbeat_ticks {
        asked.extend(trio[0].step(Input::Tick).messages);
    }
    let mut promised = Vec::new();
    for message in asked {
        let to = usize::from(message.to.0) - 1;
        for answer in trio[to].step(Input::Receive(message)).messages {
            if let Body::AppendAccepted { promised_ticks, .. } = answer.body {
                promised.push(promised_ticks);
            }
            let _ = trio[0].step(Input::Receive(answer));
        }
    }
    promised
}

#[test]
fn a_lease_is_as_long_as_those_promised_who_are_needed() {
    // One other is enough, and that one promises more than the leader would.
    let mut long = trio([settings(true, 20), settings(true, 200), settings(false, 20)]);
    assert!(promises(&mut long).contains(&200));
    assert_eq!(
        long[0].lease_ticks_left(),
        Some(19),
        "its own is the shortest"
    );
    let mut long = trio([settings(true, 300), settings(true, 200), settings(true, 20)]);
    promises(&mut long);
    let left = long[0].lease_ticks_left().expect("it is promised");
    assert!((150..200).contains(&left), "{left}");
    // Nobody else promises anything.
    let mut alone = trio([settings(true, 20), settings(false, 20), settings(false, 20)]);
    assert!(promises(&mut alone).iter().all(|&ticks| ticks == 0));
    assert_eq!(alone[0].lease_ticks_left(), None);
}

#[test]
fn a_promise_is_kept_whatever_settings_follow() {
    let mut trio = trio([
        settings(true, 200),
        settings(true, 200),
        settings(true, 200),
    ]);
    promises(&mut trio);
    assert!(trio[0].lease_ticks_left().is_some());
    let shorter = Settings {
        check_quorum: false,
        ..settings(false, 10)
    };
    let follower = &mut trio[1];
    assert_eq!(
        follower.step(Input::Configure(shorter.clone())),
        Effects::default()
    );
    let mut ticks = 0;
    while matches!(follower.role(), Role::Follower(_)) {
        let _ = follower.step(Input::Tick);
        ticks += 1;
    }
    assert_eq!(ticks, 200, "it stands once it may");

    // And across a crash, after which it can't know when it last promised.
    let mut config = trio[2].config().clone();
    config.settings = shorter;
    let disk = trio[2].durable().clone();
    assert_eq!(disk.promised_ticks, 200);
    let mut back = Replica::new(config, disk, Pcg32::new(1, 9)).unwrap();
    let mut ticks = 0;
    while matches!(back.role(), Role::Follower(_)) {
        let _ = back.step(Input::Tick);
        ticks += 1;
    }
    assert_eq!(ticks, 200);
}

#[test]
fn a_leader_whose_settings_change_counts_anew() {
    let mut trio = trio([settings(true, 20), settings(true, 20), settings(true, 20)]);
    promises(&mut trio);
    assert!(trio[0].lease_ticks_left().is_some());
    for settings in [settings(false, 20), settings(true, 20)] {
        let _ = trio[0].step(Input::Configure(settings));
        assert_eq!(trio[0].lease_ticks_left(), None);
    }
    promises(&mut trio);
    assert!(trio[0].lease_ticks_left().is_some());
    // So does one that has slept, however short.
    let _ = trio[0].step(Input::Missed(0));
    assert_eq!(trio[0].lease_ticks_left(), None);
}

/// A promise that no longer binds does not make a replica that starts wait.
#[test]
fn the_disk_forgets_a_promise_that_was_kept() {
    let mut trio = trio([
        settings(true, 100),
        settings(true, 100),
        settings(true, 100),
    ]);
    promises(&mut trio);
    assert_eq!(trio[1].durable().promised_ticks, 100);
    let _ = trio[1].step(Input::Configure(settings(true, 50)));
    promises(&mut trio);
    assert_eq!(
        trio[1].durable().promised_ticks,
        100,
        "the longer one still binds"
    );
    for _ in 0..60 {
        let _ = trio[1].step(Input::Tick);
        promises(&mut trio);
    }
    assert_eq!(trio[1].durable().promised_ticks, 50);
}
