//! A replica of the `raft` crate, as the world runs it. What it says and hears is
//! translated in `bridge`.
//!
//! # Where the two differ by design, and how that is bridged here
//!
//! - **When a membership takes effect.** Ours does when it is appended (§6, thesis §4.1),
//!   the crate's when it is applied. Each is safe by itself. In one cluster they are not:
//!   let C0 be {1, 2, 3}, C1 have 4 and C2 have 5 as well. Once C1 is committed, a
//!   leader of ours appends C2 and may commit with {3, 4, 5}, while a replica of the crate
//!   that has C1 in its log, but has not heard that it is committed, may be elected by
//!   {1, 2}. So the host tells the crate of a membership as soon as it is appended, and
//!   takes it back when its entry gives way (`follow_log`). The crate lets it: applying a
//!   change is the host's business.
//! - **Before a leader may change the membership**, ours must have committed an entry of
//!   its own term. The crate does without, which is right if memberships take effect
//!   when they are applied. The host asks only a leader that has (the bug of 2015).
//! - **A leader that removes itself** steps down in our code. The crate leaves that to its
//!   host, and can't go on once the change is applied. The host doesn't ask for it.
//! - **Heartbeats.** Ours is an `AppendEntries`, checked against the log. The crate's
//!   `MsgHeartbeat` is not; instead its commit index doesn't go beyond what the follower
//!   is known to match. To ours it becomes an `AppendEntries` at that very place. Ours
//!   become a `MsgHeartbeat` if the log matches, by the host's look at it, and else an
//!   empty `MsgAppend`, which the crate rejects by itself.
//! - **Rounds.** The crate answers no `AppendEntries` with the round that it asks for. It
//!   answers at once, so the host knows which question an answer is for.
//! - **Whoever is in an older term** is told so by ours. The crate is silent where it can
//!   afford it: to candidates, to snapshots, and to leaders too unless it checks quorums
//!   or asks for pre-votes. Then a learner that has taken on the term of somebody
//!   removed since hears of no leader again; and of two candidates of which only one asks
//!   the other, the one that could win may stay a term behind. The host says it.
//! - **Snapshots** go to the crate in one message, so the host puts the chunks together.
//!   Meanwhile each is a heartbeat to it. The crate refuses a snapshot whose membership
//!   doesn't include the receiver, but a snapshot may be from before the newcomer joined;
//!   and it may be the one that is missing for that to be committed. The host adds it as a
//!   learner, and takes it out again once the crate has the snapshot.
//! - **A snapshot that got lost** is sent again by ours with the next heartbeat. The crate
//!   waits until its host reports the failure.
//! - **A voter whose log is newer** says so, in our code, and gives a candidate that heard of
//!   no leader what it lacks. The crate's never says so, and so is never asked.
//! - **Loyalty to a leader that is alive**: ours denies a candidate of its own term and
//!   keeps it with `pre_vote` alone too; the crate says nothing, and does so only with
//!   `check_quorum`. Nothing to bridge: silence is allowed.

use std::collections::BTreeMap;

use raft_rs::eraftpb::{ConfChange, ConfChangeType, Snapshot};
use raft_rs::{Config, ProgressState, RawNode, SnapshotStatus, StateRole};
use raftarium::raft::{Membership, Message, Payload, ReplicaId, Replication, Term};
use raftarium::rng::Pcg32;

use crate::bridge::Chunks;
use crate::disk::Disk;
use crate::host::{Applied, Host, Restored, Setup, StepResult, Wire};
use crate::machine::Machine;
use crate::translate as t;

/// After so many ticks without an answer a snapshot is reported as lost.
const SNAPSHOT_TICKS: u32 = 12;

pub(crate) struct Theirs {
    pub(crate) setup: Setup,
    disk: Disk,
    pub(crate) node: Option<RawNode<Disk>>,
    /// Draws election timeouts in the crate's place, which has no seed.
    rng: Pcg32,
    lives: u64,
    /// Chunks of a snapshot of ours, until it is complete.
    pub(crate) chunks: Option<Chunks>,
    /// The message of ours that is being answered.
    pub(crate) question: Option<Message>,
    /// The membership of the snapshot that is being received, as its sender has it.
    pub(crate) arriving: Option<Membership>,
    /// For how long a snapshot has been under way to a follower.
    snapshot_ticks: BTreeMap<u64, u32>,
}

impl Theirs {
    pub(crate) fn new(setup: Setup) -> Self {
        let mut theirs = Self {
            disk: Disk::new(setup.initial.clone()),
            node: None,
            rng: Pcg32::fork(setup.seed, "theirs", u64::from(setup.id.0)),
            lives: 0,
            chunks: None,
            question: None,
            arriving: None,
            snapshot_ticks: BTreeMap::new(),
            setup,
        };
        theirs.restart();
        theirs
    }

    fn config(&self) -> Config {
        let settings = &self.setup.settings;
        let ticks = |ticks: u32| ticks as usize;
        Config {
            id: t::their_id(self.setup.id),
            election_tick: ticks(settings.election_timeout_ticks_min),
            heartbeat_tick: ticks(settings.heartbeat_ticks),
            min_election_tick: ticks(settings.election_timeout_ticks_min),
            max_election_tick: ticks(settings.election_timeout_ticks_max) + 1,
            applied: self.disk.0.borrow().machine.applied,
            // Small enough for several messages; zero would be one entry in each.
            max_size_per_msg: settings.bytes_max as u64,
            max_inflight_msgs: settings.window_messages,
            check_quorum: settings.check_quorum,
            pre_vote: settings.pre_vote,
            // What one of ours does differently in this mode, one of theirs does so too.
            skip_bcast_commit: settings.replication == Replication::QuorumFirst,
            batch_append: settings.entries_max > 4,
            ..Config::default()
        }
    }

    /// Does something to the replica, and then what it asks for.
    fn step(&mut self, act: impl FnOnce(&mut RawNode<Disk>)) -> StepResult {
        let mut outcome = StepResult::default();
        let Some(node) = &mut self.node else {
            return outcome;
        };
        act(node);
        self.draw_timeout();
        while self.node.as_ref().is_some_and(RawNode::has_ready) {
            self.settle(&mut outcome);
        }
        outcome
    }

    /// Wherever the crate has set its timer anew, it has drawn a timeout; so does its host.
    fn draw_timeout(&mut self) {
        let node = self.node.as_mut().expect("it has just stepped");
        if node.raft.election_elapsed == 0 {
            let settings = &self.setup.settings;
            let (min, max) = (
                settings.election_timeout_ticks_min,
                settings.election_timeout_ticks_max,
            );
            let timeout = min + self.rng.below(max - min + 1);
            node.raft.set_randomized_election_timeout(timeout as usize);
        }
    }

    /// One round of what the crate's documentation asks of a host.
    fn settle(&mut self, outcome: &mut StepResult) {
        let node = self.node.as_mut().expect("it has just stepped");
        let mut ready = node.ready();
        let mut messages = ready.take_messages();
        if !ready.snapshot().is_empty() {
            let snapshot = ready.snapshot().clone();
            self.install(&snapshot, outcome);
        }
        self.apply(&ready.take_committed_entries(), outcome);
        let mut store = self.disk.0.borrow_mut();
        let memberships = store.membership().0;
        if store.append(ready.entries()) {
            outcome.truncated = true;
            outcome.rolled_back |= ready.entries()[0].index <= memberships;
        }
        if let Some(hard_state) = ready.hs() {
            store.hard_state = hard_state.clone();
        }
        drop(store);
        messages.extend(ready.take_persisted_messages());
        self.follow_log();
        let node = self.node.as_mut().expect("it has just stepped");
        let mut light = node.advance(ready);
        if let Some(commit) = light.commit_index() {
            self.disk.0.borrow_mut().hard_state.commit = commit;
        }
        messages.extend(light.take_messages());
        self.apply(&light.take_committed_entries(), outcome);
        let node = self.node.as_mut().expect("it has just stepped");
        node.advance_apply();
        for message in messages {
            let to = t::our_id(message.to);
            let wire = self.send(message);
            outcome.messages.push((to, wire));
        }
    }

    fn install(&mut self, snapshot: &Snapshot, outcome: &mut StepResult) {
        let membership = self.arriving.take().expect("there was a message with it");
        let mut store = self.disk.0.borrow_mut();
        store.install(snapshot, membership.clone());
        let meta = snapshot.get_metadata();
        outcome.restored = Some(Restored {
            last: t::position(meta.index, meta.term),
            membership,
            machine: store.machine,
        });
    }

    fn apply(&mut self, entries: &[raft_rs::eraftpb::Entry], outcome: &mut StepResult) {
        let mut store = self.disk.0.borrow_mut();
        for entry in entries.iter().map(t::our_entry) {
            store.machine.apply(&entry);
            outcome.applied.push(Applied {
                position: entry.position(),
                machine: store.machine,
                membership: match entry.payload {
                    Payload::Membership(membership) => Some((*membership).clone()),
                    _ => None,
                },
            });
        }
    }

    /// Brings the crate to the latest membership in the log, one simple step at a time;
    /// voters are added first, so that there always is one.
    fn follow_log(&mut self) {
        let wanted = self.disk.0.borrow().membership().1.clone();
        let node = self.node.as_mut().expect("it has just stepped");
        for adding in [true, false] {
            let current = t::our_membership(&node.raft.prs().conf().to_conf_state());
            for &peer in &self.setup.peers {
                let place = t::their_place(&wanted, peer);
                if place == t::their_place(&current, peer)
                    || adding != (place == ConfChangeType::AddNode)
                {
                    continue;
                }
                let mut change = ConfChange {
                    node_id: t::their_id(peer),
                    ..ConfChange::default()
                };
                change.set_change_type(place);
                node.apply_conf_change(&change).expect("a simple step");
            }
        }
    }
}

impl Host for Theirs {
    fn restart(&mut self) {
        self.lives += 1;
        let mut store = self.disk.0.borrow_mut();
        store.machine = store.snapshot;
        drop(store);
        let logger = slog::Logger::root(slog::Discard, slog::o!());
        let node = RawNode::new(&self.config(), self.disk.clone(), &logger);
        self.node = Some(node.expect("the settings are valid"));
        self.draw_timeout();
    }

    fn crash(&mut self) {
        self.node = None;
        self.chunks = None;
        self.snapshot_ticks.clear();
    }

    fn runs(&self) -> bool {
        self.node.is_some()
    }

    fn tick(&mut self) -> StepResult {
        if let Some(node) = &mut self.node {
            let waiting: Vec<u64> = node
                .raft
                .prs()
                .iter()
                .filter(|(_, progress)| progress.state == ProgressState::Snapshot)
                .map(|(&id, _)| id)
                .collect();
            self.snapshot_ticks.retain(|id, _| waiting.contains(id));
            for id in waiting {
                let ticks = self.snapshot_ticks.entry(id).or_default();
                *ticks += 1;
                if *ticks >= SNAPSHOT_TICKS {
                    self.snapshot_ticks.remove(&id);
                    node.report_snapshot(id, SnapshotStatus::Failure);
                }
            }
        }
        self.step(|node| {
            node.tick();
        })
    }

    fn receive(&mut self, wire: Wire) -> StepResult {
        if self.node.is_none() {
            return StepResult::default();
        }
        let mut message = match wire {
            Wire::Theirs(message) => message,
            Wire::Ours(message) => {
                let theirs = self.hear(&message);
                self.question = Some(message);
                theirs
            }
        };
        if message.has_snapshot() {
            self.join_snapshot(&mut message);
        }
        let rejoinder = self.rejoinder(&message);
        let mut outcome = self.step(|node| match node.step(message) {
            // An answer from somebody who has been removed meanwhile.
            Ok(()) | Err(raft_rs::Error::StepPeerNotFound) => {}
            Err(error) => panic!("{error}"),
        });
        if outcome.messages.is_empty()
            && let Some(message) = rejoinder
        {
            let to = t::our_id(message.to);
            outcome.messages.push((to, self.send(message)));
        }
        self.question = None;
        self.arriving = None;
        outcome
    }

    fn campaign(&mut self) -> StepResult {
        self.step(|node| {
            // One that is no member isn't asked: the crate leaves that to its host.
            if node.raft.promotable() {
                node.campaign().expect("it takes no input");
            }
        })
    }

    fn propose(&mut self, command: Vec<u8>) -> StepResult {
        let handing_over = |node: &RawNode<Disk>| node.raft.lead_transferee.is_some();
        self.step(|node| {
            if node.raft.state == StateRole::Leader && !handing_over(node) {
                node.propose(Vec::new(), command)
                    .expect("a leader takes it");
            }
        })
    }

    fn change(&mut self, wish: &Membership) -> StepResult {
        let id = self.setup.id;
        let change = t::their_change(wish, &self.setup.peers);
        self.step(|node| {
            let raft = &node.raft;
            let may = raft.state == StateRole::Leader
                && raft.lead_transferee.is_none()
                && raft.commit_to_current_term()
                && !raft.has_pending_conf();
            if may && wish.voters.contains(&id) {
                node.propose_conf_change(Vec::new(), change)
                    .expect("a leader takes it");
            }
        })
    }

    fn transfer(&mut self, to: ReplicaId) -> StepResult {
        self.step(|node| {
            if node.raft.state == StateRole::Leader {
                node.transfer_leader(t::their_id(to));
            }
        })
    }

    fn compact(&mut self, retain: u64) -> StepResult {
        if self.runs() {
            self.disk.0.borrow_mut().compact(retain);
        }
        StepResult::default()
    }

    fn leads(&self) -> Option<Term> {
        let raft = &self.node.as_ref()?.raft;
        (raft.state == StateRole::Leader).then_some(Term(raft.term))
    }

    fn machine(&self) -> Machine {
        self.disk.0.borrow().machine
    }

    fn last_index(&self) -> u64 {
        self.disk.0.borrow().last_index()
    }

    fn membership(&self) -> (Membership, bool) {
        let store = self.disk.0.borrow();
        let (index, membership) = store.membership();
        let raft = &self.node.as_ref().expect("it runs").raft;
        let current = t::our_membership(&raft.prs().conf().to_conf_state());
        assert_eq!(&current, membership, "the crate follows its log");
        (current, *index <= raft.raft_log.committed)
    }

    fn describe(&self) -> String {
        let Some(node) = &self.node else {
            return "theirs, crashed".into();
        };
        let raft = &node.raft;
        let progress: BTreeMap<_, _> = raft.prs().iter().collect();
        format!(
            "theirs, {:?} term {} vote {} leader {} last {} commit {} {:?} {progress:?}",
            raft.state,
            raft.term,
            raft.vote,
            raft.leader_id,
            raft.raft_log.last_index(),
            raft.raft_log.committed,
            self.disk.0.borrow().membership(),
        )
    }
}
