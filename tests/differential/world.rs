//! A cluster of both kinds of replicas under a hostile network.

use std::collections::{BTreeMap, BTreeSet};

use raftarium::raft::{Body, ReplicaId, VotePurpose};
use raftarium::rng::Pcg32;

use crate::host::{Host, Kind, Setup, StepResult, Wire};
use crate::judge::Judge;
use crate::ours::Ours;
use crate::theirs::Theirs;

/// At most so long a cluster may take to heal.
const TICKS_MAX: u32 = 2000;

pub(crate) struct World {
    rng: Pcg32,
    setup: Setup,
    hosts: BTreeMap<ReplicaId, Box<dyn Host>>,
    network: Vec<Letter>,
    cuts: BTreeSet<(ReplicaId, ReplicaId)>,
    judge: Judge,
    next_value: u64,
    /// What has happened, and how often.
    pub(crate) seen: BTreeMap<String, u64>,
}

#[derive(Clone)]
struct Letter {
    from: ReplicaId,
    to: ReplicaId,
    wire: Wire,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Pcg32::fork(seed, "differential", 0);
        let setup = Setup::random(seed, &mut rng);
        let mut hosts: BTreeMap<ReplicaId, Box<dyn Host>> = BTreeMap::new();
        for &id in &setup.peers {
            let mut setup = setup.clone();
            setup.id = id;
            // Replicas that ask first and others that don't must get on.
            if seed.is_multiple_of(7) {
                setup.settings.pre_vote = id.0.is_multiple_of(2);
            }
            let host: Box<dyn Host> = match setup.kind_of(id) {
                Kind::Ours => Box::new(Ours::new(setup)),
                Kind::Theirs => Box::new(Theirs::new(setup)),
            };
            hosts.insert(id, host);
        }
        Self {
            rng,
            judge: Judge::new(setup.initial.clone()),
            setup,
            hosts,
            network: Vec::new(),
            cuts: BTreeSet::new(),
            next_value: 0,
            seen: BTreeMap::new(),
        }
    }

    /// Everything that can go wrong does.
    pub(crate) fn hostile(&mut self, steps: u32) {
        for _ in 0..steps {
            match self.rng.below(60) {
                0..20 => self.tick_all(),
                20..32 => {
                    let id = self.somebody();
                    self.propose(id);
                    let some = self.rng.below(6);
                    self.deliver(some);
                }
                32 => {
                    let id = self.any();
                    self.host(id).crash();
                    self.see("crash");
                }
                33..36 => {
                    let id = self.any();
                    if !self.hosts[&id].runs() {
                        self.host(id).restart();
                    }
                }
                36 => {
                    let (from, to) = (self.any(), self.any());
                    self.cuts.insert((from, to));
                    if self.rng.below(2) == 0 {
                        self.cuts.insert((to, from));
                    }
                }
                37 => self.cuts.clear(),
                38..40 => {
                    let id = self.any();
                    let retain = u64::from(self.rng.below(4));
                    self.act(id, |host| host.compact(retain));
                }
                40..42 => self.change(),
                42 => self.transfer(),
                43 => {
                    let id = self.any();
                    self.act(id, |host| host.campaign());
                }
                _ => {
                    let some = self.rng.below(10);
                    self.deliver(some);
                }
            }
        }
    }

    /// All faults end: the cluster must find a leader, commit, and catch up.
    pub(crate) fn heal(&mut self) {
        self.cuts.clear();
        for host in self.hosts.values_mut().filter(|host| !host.runs()) {
            host.restart();
        }
        let before = self.calm_down();
        let leader = self.leader().expect("a calm cluster has one");
        self.propose(leader);
        assert!(self.calm_down() > before, "nothing more is committed");
    }

    /// Lets time pass until all have caught up, and returns up to which index. How long
    /// that takes is up to chance: of two candidates, the one that can't win since its
    /// log is too short may be a term ahead for a while, if the other isn't asked by it.
    fn calm_down(&mut self) -> u64 {
        for ticks in 0..TICKS_MAX {
            self.tick_all();
            self.deliver_all();
            // Unless replicas keep to a leader that is alive, the removed ones depose it
            // for ever (§6), and somebody has to switch them off. The crate's don't keep
            // to it for a pre-vote alone.
            if ticks == TICKS_MAX / 2 && !self.setup.settings.check_quorum {
                let members = self.judge.latest_membership().members();
                for (id, host) in &mut self.hosts {
                    if !members.contains(id) {
                        host.crash();
                    }
                }
            }
            // A handover under way has come to its end by then.
            if ticks >= 30
                && ticks.is_multiple_of(10)
                && let Some(index) = self.calm_at()
            {
                return index;
            }
        }
        panic!("it does not calm down");
    }

    /// The index up to which all members have applied all that is in the logs; none if
    /// there is something left to do.
    fn calm_at(&self) -> Option<u64> {
        let leader = &self.hosts[&self.leader()?];
        let (membership, committed) = leader.membership();
        let last_index = leader.last_index();
        let mut members = membership.members().into_iter().map(|id| &self.hosts[&id]);
        let equal = members.all(|host| {
            host.last_index() == last_index
                && host.machine() == leader.machine()
                && host.membership() == leader.membership()
        });
        (equal && committed && leader.machine().applied == last_index).then_some(last_index)
    }

    pub(crate) fn describe(&self) -> String {
        let line = |(id, host): (&ReplicaId, &dyn Host)| format!("{id}: {}", host.describe());
        let hosts = self.hosts.iter().map(|(id, host)| (id, host.as_ref()));
        hosts.map(line).collect::<Vec<_>>().join("\n")
    }

    // What happens.

    fn act(&mut self, id: ReplicaId, act: impl FnOnce(&mut dyn Host) -> StepResult) {
        let outcome = act(self.host(id).as_mut());
        self.carry_out(id, outcome);
    }

    fn tick_all(&mut self) {
        for id in self.setup.peers.clone() {
            self.act(id, |host| host.tick());
        }
    }

    /// Delivers some of the messages in about their order; loses and doubles a few.
    fn deliver(&mut self, count: u32) {
        for _ in 0..count {
            if self.network.is_empty() {
                return;
            }
            let near = self.network.len().min(6);
            let at = self.rng.below(u32::try_from(near).expect("six")) as usize;
            let letter = self.network.remove(at);
            let lost = self.rng.below(20) == 0;
            if lost || self.cuts.contains(&(letter.from, letter.to)) {
                continue;
            }
            if self.rng.below(20) == 0 {
                self.network.push(letter.clone());
            }
            self.receive(letter);
        }
    }

    fn deliver_all(&mut self) {
        for _ in 0..20 {
            for letter in std::mem::take(&mut self.network) {
                self.receive(letter);
            }
        }
    }

    fn receive(&mut self, letter: Letter) {
        let Letter { from, to, wire } = letter;
        let outcome = self.host(to).receive(wire);
        if self.kind(from) != self.kind(to) {
            if outcome.truncated {
                self.see_at(to, "truncated for the other kind");
            }
            if outcome.restored.is_some() {
                self.see_at(to, "restored from the other kind");
            }
        }
        self.carry_out(to, outcome);
    }

    fn carry_out(&mut self, id: ReplicaId, outcome: StepResult) {
        let kind = self.kind(id);
        if let Some(term) = self.hosts[&id].leads()
            && self.judge.leads(id, kind, term)
        {
            self.see_at(id, "leads");
        }
        if outcome.rolled_back {
            self.see_at(id, "rolled a membership back");
        }
        if let Some(restored) = &outcome.restored {
            self.judge.restored(id, restored);
        }
        for applied in &outcome.applied {
            let first = self.judge.applied(id, applied);
            let leader = self.judge.kind_of(applied.position.term);
            if leader != kind {
                self.see_at(id, "applied under the other kind");
            }
            if first && applied.membership.is_some() {
                self.see(&format!("membership step led by {leader:?}"));
            }
        }
        for (to, wire) in outcome.messages {
            self.note(id, to, &wire);
            let letter = Letter { from: id, to, wire };
            self.network.push(letter);
        }
    }

    /// Counts the translated messages that a run must not lack.
    fn note(&mut self, from: ReplicaId, to: ReplicaId, wire: &Wire) {
        let Wire::Ours(message) = wire else {
            return self.see("spoken natively");
        };
        if self.kind(from) == self.kind(to) {
            return;
        }
        let what = match &message.body {
            Body::RequestVote {
                purpose: VotePurpose::PreVote,
                ..
            } => "asked for a pre-vote",
            Body::RequestVote {
                purpose: VotePurpose::Transfer,
                ..
            } => "asked for a vote by transfer",
            Body::RequestVote { .. } => "asked for a vote",
            Body::Vote { granted: true, .. } => "granted a vote",
            Body::Vote { granted: false, .. } => "denied a vote",
            Body::AppendEntries { entries, .. } if entries.is_empty() => "sent a heartbeat",
            Body::AppendEntries { .. } => "sent entries",
            Body::AppendAccepted { .. } => "accepted",
            Body::AppendRejected { .. } => "rejected",
            Body::AppendStale => "told a leader that its term is over",
            Body::InstallSnapshot { .. } => "sent a snapshot",
            Body::SnapshotReceived { .. } => "received a chunk",
            Body::TimeoutNow => "handed over",
            Body::FetchLog { .. } => "asked those that denied it for their logs",
            Body::FetchedEntries { .. } | Body::FetchedSnapshot { .. } => {
                "gave a candidate its log"
            }
            Body::ReadIndex { .. } | Body::ReadIndexAnswer { .. } => "spoke of reads",
        };
        self.see_at(from, what);
    }

    fn propose(&mut self, id: ReplicaId) {
        self.next_value += 1;
        let value = format!("value {}", self.next_value).into_bytes();
        self.act(id, |host| host.propose(value));
    }

    /// One replica is to have another place.
    fn change(&mut self) {
        let Some(leader) = self.leader() else {
            return;
        };
        let (mut wish, _) = self.hosts[&leader].membership();
        let id = self.any();
        wish.voters.remove(&id);
        wish.learners.remove(&id);
        match self.rng.below(4) {
            0 => {}
            1 => drop(wish.learners.insert(id)),
            _ => drop(wish.voters.insert(id)),
        }
        if !wish.voters.is_empty() {
            self.act(leader, |host| host.change(&wish));
        }
    }

    fn transfer(&mut self) {
        let (leader, to) = (self.leader(), self.any());
        if let Some(leader) = leader.filter(|&leader| leader != to) {
            self.act(leader, |host| host.transfer(to));
        }
    }

    // Who is who.

    fn host(&mut self, id: ReplicaId) -> &mut Box<dyn Host> {
        self.hosts.get_mut(&id).expect("a replica")
    }

    fn kind(&self, id: ReplicaId) -> Kind {
        self.setup.kind_of(id)
    }

    fn any(&mut self) -> ReplicaId {
        let count = u32::try_from(self.setup.peers.len()).expect("few");
        self.setup.peers[self.rng.below(count) as usize]
    }

    /// The leader of the highest term.
    fn leader(&self) -> Option<ReplicaId> {
        let leading = self
            .hosts
            .iter()
            .filter_map(|(&id, host)| Some((host.leads()?, id)));
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

    fn see(&mut self, what: &str) {
        *self.seen.entry(what.into()).or_default() += 1;
    }

    fn see_at(&mut self, id: ReplicaId, what: &str) {
        let kind = self.kind(id);
        self.see(&format!("{kind:?} {what}"));
    }
}
