//! The watchdog: reports when something that should have happened long ago has not.
//!
//! The checkers of this room watch *safety*: that nothing wrong happens. This one watches
//! *liveness*: that something right does. No moment can prove a cluster stuck (it may always
//! go on in the next one), so this is a notice and no verdict: it stops no world.
//!
//! It waits for ten of the longest timeouts during which a quorum could talk:
//!
//! - that somebody is **elected**: nobody leads who can talk with a quorum of its
//!   configuration, though somebody else could;
//! - that a leader **commits** what is in its log;
//! - that a **change** of the membership ends whose newcomers can talk with the leader;
//! - that a client is **answered** which waits for a replica that can talk with the leader, or
//!   for a leader.
//!
//! A candidate that still gets a newer log from others (`src/raft/catch_up.rs`), and a newcomer that
//! still catches up, are on their way.
//!
//! The first is measured in election timeouts, the others in request timeouts if those are
//! longer, or in the round trips and writes that they take. Where messages are lost by chance,
//! it waits longer: by the number of tries that it takes to get one there and back.
//!
//! Two replicas can talk if both run, their clocks do not stand still, and neither link between
//! them is cut, clogged, or loses more than half. A quorum is one of each half of every
//! configuration that may be in force among those who can talk.
//!
//! The reasons in what it says are those that the [rules](crate::raft::rules) answered with.
//! It looks at the world every quarter of an election timeout, by virtual time, and touches
//! nothing: a world in which it barks has the same digest as one without it.

mod patience;
mod reach;
mod sight;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scenario::action::Action;
use super::view::trace::{Stuck, TraceEvent};
use crate::kv::ClientId;
use crate::raft::{Leader, LogIndex, Membership, ProgressState, Replica, ReplicaId, Role, Term};
use patience::Patience;
use reach::Reach;
pub(super) use sight::Sight;

/// What is still stuck is reported again after this many times as long.
const AGAIN: u64 = 10;
/// How often it looks in an election timeout.
const LOOKS: u64 = 4;
/// And not more often than this, in microseconds.
const LOOK_US_MIN: u64 = 1_000;

/// What the watchdog has seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Watchdog {
    /// When it looks next.
    next_us: u64,
    /// When it looked last.
    last_us: u64,
    /// The newest configuration that is known to be committed, with its entry.
    committed: Option<(LogIndex, Arc<Membership>)>,
    /// Nobody leads who could commit; as long as nothing new is committed, and no candidate
    /// that was behind has got any further.
    election: Wait<(LogIndex, u64)>,
    /// What had been done by the beginning of that.
    before: Past,
    /// Who leads, and can talk with a quorum; since when it has been seen to.
    led: Option<(ReplicaId, Term, u64)>,
    /// The commit index of that leader does not move, though it has more in its log.
    commit: Wait<(ReplicaId, Term, LogIndex)>,
    /// The newcomers of a change get no further.
    change: Wait<(ReplicaId, Term, Vec<Newcomer>)>,
    /// To each newcomer: the first snapshot that it was sent since its log last grew.
    snapshots: BTreeMap<ReplicaId, (LogIndex, LogIndex)>,
    /// The requests that clients wait for.
    requests: BTreeMap<ClientId, Asked>,
    /// When requests that wait may be told of again.
    requests_again_us: u64,
    requests_told: u32,
}

/// How far a newcomer is: what it holds, and how much of the first snapshot since then. A
/// snapshot that is begun anew before it has arrived does not count as progress.
type Newcomer = (ReplicaId, LogIndex, u64);

/// A request that waits.
#[derive(Clone, Copy, Debug)]
struct Asked {
    sequence: u64,
    /// Since when, as far as was seen.
    since_us: u64,
    /// For how long of that it waited for a replica that could talk with the leader, or for a
    /// leader while a quorum could talk.
    well_us: u64,
}

/// What had been done by some moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// How often each replica had stood.
    stood: BTreeMap<ReplicaId, u64>,
    elections_won: u64,
}

/// A state of affairs that should not last.
#[derive(Clone, Debug)]
struct Wait<K> {
    /// What it is like, and since when it has been so.
    now: Option<(K, u64)>,
    told: u32,
}

impl<K> Default for Wait<K> {
    fn default() -> Self {
        Self { now: None, told: 0 }
    }
}

impl<K: PartialEq> Wait<K> {
    /// It is like this now; none: all is well. If that has lasted for as long as may be, since
    /// when.
    fn watch(&mut self, now_us: u64, like: Option<K>, patience_us: u64) -> Option<u64> {
        let Some(like) = like else {
            *self = Self::default();
            return None;
        };
        let since_us = match &self.now {
            Some((before, since_us)) if *before == like => *since_us,
            _ => {
                *self = Self {
                    now: Some((like, now_us)),
                    told: 0,
                };
                now_us
            }
        };
        let is_due = now_us - since_us >= longer(patience_us, self.told);
        self.told += u32::from(is_due);
        is_due.then_some(since_us)
    }

    /// Whether it has just begun.
    fn begins(&self, now_us: u64) -> bool {
        self.now.as_ref().is_none_or(|(_, since)| *since == now_us)
    }
}

/// How long to wait after it was reported this often.
fn longer(patience_us: u64, told: u32) -> u64 {
    patience_us.saturating_mul(AGAIN.saturating_pow(told))
}

impl Watchdog {
    /// Something is done from outside. What changes who can talk is looked at right after it.
    /// With other settings, or after a hand on a timer or a clock, the waiting begins anew.
    pub(super) fn on_action(&mut self, action: &Action) {
        match action {
            Action::Crash { .. }
            | Action::Restart { .. }
            | Action::Pause { .. }
            | Action::Resume { .. }
            | Action::Cut { .. }
            | Action::Heal { .. }
            | Action::Isolate { .. }
            | Action::Rejoin { .. }
            | Action::Partition { .. }
            | Action::HealAll {}
            | Action::Clog { .. }
            | Action::Unclog { .. }
            | Action::SetNetwork { .. }
            | Action::SetLink { .. } => self.next_us = 0,
            Action::TimeOut { .. } | Action::Tick { .. } | Action::TransferLeadership { .. } => {
                self.election = Wait::default();
            }
            Action::SetClientNetwork { .. } => self.requests.clear(),
            Action::Deliver { .. }
            | Action::Drop { .. }
            | Action::Duplicate { .. }
            | Action::Hold { .. }
            | Action::Release { .. }
            | Action::Request { .. }
            | Action::Leave { .. }
            | Action::Return { .. }
            | Action::Mislead { .. }
            | Action::SetWorkload { .. }
            | Action::ChangeMembership { .. }
            | Action::TakeSnapshot { .. }
            | Action::SetSnapshots { .. }
            // How long it waits is asked anew at each look.
            | Action::SetDisk { .. } => {}
            _ => self.begin_anew(),
        }
    }

    fn begin_anew(&mut self) {
        *self = Self {
            committed: self.committed.take(),
            last_us: self.last_us,
            ..Self::default()
        };
    }

    /// A leader has committed a configuration.
    pub(super) fn on_committed(&mut self, index: LogIndex, membership: &Arc<Membership>) {
        let known = self.committed.as_ref().map_or(LogIndex(0), |(at, _)| *at);
        if index > known {
            self.committed = Some((index, Arc::clone(membership)));
        }
    }
}

impl Watchdog {
    /// Whether it is time to look.
    pub(super) fn is_due(&self, now_us: u64) -> bool {
        now_us >= self.next_us
    }

    /// Looks at the world, and returns what is stuck.
    pub(super) fn look(&mut self, world: &Sight<'_>) -> Vec<TraceEvent> {
        let now_us = world.now_us;
        let reach = Reach::of(world);
        let patience = Patience::of(world, &reach);
        let passed_us = now_us - self.last_us;
        self.last_us = now_us;
        self.next_us = now_us + (patience.election_us / LOOKS).max(LOOK_US_MIN);
        let leader = reach.leader();
        let led = leader.map(|replica| (replica.id(), replica.term()));
        self.led = led.map(|(id, term)| match self.led {
            Some(before) if (before.0, before.1) == (id, term) => before,
            _ => (id, term, now_us),
        });
        let mut stuck = Vec::new();
        self.look_for_leader(world, &reach, &patience, &mut stuck);
        let Some((replica, progress)) = leader.and_then(leading) else {
            self.commit = Wait::default();
            self.change = Wait::default();
            // While leaders come and go, those who wait go on waiting.
            if reach.quorum(self.committed.as_ref()).is_some() {
                for asked in self.requests.values_mut() {
                    asked.well_us += passed_us;
                }
            }
            return stuck;
        };
        let before = stuck.len();
        self.look_at_commit(world, replica, &patience, &mut stuck);
        self.look_at_change(world, &reach, (replica, progress), &patience, &mut stuck);
        let told = stuck.len() > before || self.commit.told > 0;
        self.look_at_requests(
            world,
            &reach,
            replica,
            (&patience, passed_us, told),
            &mut stuck,
        );
        stuck
    }

    /// Whether somebody leads who can commit, or has not led for too long. A leader that does
    /// not hold out for an election timeout, and commits nothing, does not count.
    fn look_for_leader(
        &mut self,
        world: &Sight<'_>,
        reach: &Reach,
        patience: &Patience,
        stuck: &mut Vec<TraceEvent>,
    ) {
        let now_us = world.now_us;
        let quorum = reach.quorum(self.committed.as_ref());
        let holds_out = self
            .led
            .is_some_and(|(_, _, since_us)| now_us - since_us >= patience.election_us);
        let like = quorum.as_ref().filter(|_| !holds_out);
        let fetched = world
            .servers
            .iter()
            .filter_map(|server| Some(server.volatile()?.fetched));
        let fetched = fetched.sum();
        let like = like.map(|_| (world.last_applied, fetched));
        let since_us = self.election.watch(now_us, like, patience.elect_us);
        if self.election.begins(now_us) {
            self.before = Past::of(world);
        }
        if let (Some(since_us), Some(quorum)) = (since_us, quorum) {
            let why = words::nobody(world, reach, &quorum, &self.before, since_us);
            stuck.push(TraceEvent::Stuck {
                what: Stuck::Election { quorum },
                since_us,
                why,
            });
        }
    }

    fn look_at_commit(
        &mut self,
        world: &Sight<'_>,
        leader: &Replica,
        patience: &Patience,
        stuck: &mut Vec<TraceEvent>,
    ) {
        let (id, term, index) = (leader.id(), leader.term(), leader.commit_index());
        let waits = leader.log().last_index() > index;
        let like = waits.then_some((id, term, index));
        let since_us = self.commit.watch(world.now_us, like, patience.commit_us);
        if let Some(since_us) = since_us {
            let index = index.next();
            let why = words::commit(world, leader, since_us);
            stuck.push(TraceEvent::Stuck {
                what: Stuck::Commit {
                    leader: id,
                    term,
                    index,
                },
                since_us,
                why,
            });
        }
    }

    fn look_at_change(
        &mut self,
        world: &Sight<'_>,
        reach: &Reach,
        (replica, leader): (&Replica, &Leader),
        patience: &Patience,
        stuck: &mut Vec<TraceEvent>,
    ) {
        let like = self.newcomers(reach, replica, leader);
        let newcomers = like
            .iter()
            .flatten()
            .map(|&(id, ..)| id)
            .collect::<Vec<_>>();
        let like = like.map(|newcomers| (replica.id(), replica.term(), newcomers));
        let since_us = self.change.watch(world.now_us, like, patience.commit_us);
        if let Some(since_us) = since_us {
            let why = words::change(world, replica, leader, &newcomers, since_us);
            stuck.push(TraceEvent::Stuck {
                what: Stuck::Change {
                    leader: replica.id(),
                    newcomers,
                },
                since_us,
                why,
            });
        }
    }

    /// How far those are who shall vote and don't yet, if a change waits for them and all of
    /// them can talk with the leader.
    fn newcomers(
        &mut self,
        reach: &Reach,
        replica: &Replica,
        leader: &Leader,
    ) -> Option<Vec<Newcomer>> {
        let wish = leader.change.as_ref()?;
        let mut newcomers = Vec::new();
        for &id in wish
            .voters
            .iter()
            .filter(|&&id| !replica.membership().votes(id))
        {
            let progress = leader.followers.get(&id)?;
            if !reach.can_talk(replica.id(), id) {
                return None;
            }
            let held = progress.match_index;
            let sent = match &progress.state {
                ProgressState::Snapshot {
                    snapshot, offset, ..
                } => {
                    let first = self
                        .snapshots
                        .entry(id)
                        .or_insert((held, snapshot.last.index));
                    if first.0 != held {
                        *first = (held, snapshot.last.index);
                    }
                    (first.1 == snapshot.last.index).then_some(*offset)
                }
                _ => None,
            };
            newcomers.push((id, held, sent.unwrap_or(u64::MAX)));
        }
        Some(newcomers)
    }

    /// Which client waits, though a leader could answer it. Where the leader commits nothing,
    /// or a change has just been told of, that is the reason and was told.
    fn look_at_requests(
        &mut self,
        world: &Sight<'_>,
        reach: &Reach,
        leader: &Replica,
        (patience, passed_us, told): (&Patience, u64, bool),
        stuck: &mut Vec<TraceEvent>,
    ) {
        let Some(patience_us) = patience.answer_us else {
            self.requests.clear();
            return;
        };
        // Count for how long each request has waited while it could have been answered.
        let now_us = world.now_us;
        let mut waiting = BTreeMap::new();
        for client in world.clients.iter().filter(|client| !client.is_away()) {
            let Some(request) = client.current() else {
                continue;
            };
            let sequence = request.sequence;
            let asked = self.requests.get(&client.id());
            let mut asked = match asked.filter(|asked| asked.sequence == sequence) {
                Some(asked) => *asked,
                None => Asked {
                    sequence,
                    since_us: now_us,
                    well_us: 0,
                },
            };
            let hears = |id| id == leader.id() || reach.can_talk(leader.id(), id);
            if asked.since_us < now_us && request.asked().is_some_and(hears) {
                asked.well_us += passed_us;
            }
            waiting.insert(client.id(), asked);
        }
        self.requests = waiting;
        // Report the first of those that have waited for too long, and how many others.
        let mut late = self.requests.iter().filter(|(_, asked)| {
            now_us - asked.since_us >= patience_us && asked.well_us >= patience_us / 2
        });
        let Some((&client, &asked)) = late.next() else {
            if self.requests.is_empty() {
                (self.requests_again_us, self.requests_told) = (0, 0);
            }
            return;
        };
        if told || now_us < self.requests_again_us {
            return;
        }
        let others = late.count();
        self.requests_told += 1;
        self.requests_again_us = now_us + longer(patience_us, self.requests_told);
        let why = words::request(world, leader, client, others, asked.since_us);
        stuck.push(TraceEvent::Stuck {
            what: Stuck::Request {
                client,
                sequence: asked.sequence,
                leader: leader.id(),
            },
            since_us: asked.since_us,
            why,
        });
    }
}

impl Past {
    fn stood_of(&self, replica: ReplicaId) -> u64 {
        self.stood.get(&replica).copied().unwrap_or(0)
    }

    fn of(world: &Sight<'_>) -> Self {
        let stood = world.servers.iter().filter_map(|server| {
            let memory = server.volatile()?;
            Some((server.id(), memory.stood))
        });
        Self {
            stood: stood.collect(),
            elections_won: world.elections_won,
        }
    }
}

/// A replica that leads, with what it knows as the leader.
fn leading(replica: &Replica) -> Option<(&Replica, &Leader)> {
    match replica.role() {
        Role::Leader(leader) => Some((replica, leader)),
        _ => None,
    }
}
