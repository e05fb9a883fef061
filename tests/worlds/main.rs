//! Hundreds of random worlds. Each is drawn from a seed: its size, its network, its
//! disks and clocks, its workload, and what befalls it when. While everything goes
//! wrong the five properties must hold (safety). Then everything is healed, and within
//! a stated time the cluster must have done all that it was asked (liveness), and the
//! clients must have been told what one machine would have told them.
//!
//! A failure names its seed. To run that one alone, or more of them:
//!
//! ```text
//! WORLD=17 cargo test --release --test worlds
//! WORLDS=100000 cargo test --release --test worlds
//! ```

mod draw;
mod oracle;
mod sometimes;
mod storm;

use oracle::{History, Told};
use raftarium::kv::ClientId;
use raftarium::raft::TransferDecision;
use raftarium::rng::Pcg32;
use raftarium::sim::action::{Action, MessageId, Target};
use raftarium::sim::notice::{Happening, LossCause};
use raftarium::sim::scenario::{DiskSettings, LinkQuality, Protocol, Workload};
use raftarium::sim::view::{EntryView, ReplicaView, Status, View};
use raftarium::sim::{Refused, World};
use sometimes::Sometimes;
use storm::Storm;

const SECOND_US: u64 = 1_000_000;
/// How long everything goes wrong.
const STORM_US: u64 = 20 * SECOND_US;
/// A healed cluster has done everything after this long, and the time to catch up. An
/// election takes half a second at most, but votes may split; a client may wait for
/// its timeout.
const CALM_US: u64 = 10 * SECOND_US;
/// A message, its answer, and the disks at both ends: in this time the log of a replica
/// that fell behind grows by a batch, which in some worlds is a single entry.
const ROUND_TRIP_US: u64 = 40_000;

#[test]
fn random_worlds_keep_the_properties_and_come_to_rest() {
    let seeds = match number("WORLD") {
        Some(seed) => seed..=seed,
        None => 1..=number("WORLDS").unwrap_or(400),
    };
    let mut sometimes = Sometimes::default();
    for seed in seeds.clone() {
        match std::panic::catch_unwind(|| live(seed)) {
            Ok(seen) => sometimes.add(&seen),
            Err(panic) => {
                eprintln!("the world of seed {seed} failed: WORLD={seed} runs it alone");
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{} worlds: {sometimes:#?}", seeds.clone().count());
    if seeds.count() >= 100 {
        sometimes.all_seen();
    }
}

/// The life of one world, from the beginning through the storm to the calm after it.
fn live(seed: u64) -> Sometimes {
    let scenario = draw::scenario(&mut Pcg32::fork(seed, "test scenario", 0));
    scenario.validate().expect("the scenario is valid");
    let trusting = draw::trusts_clocks(&scenario.protocol);
    let mut storm = Storm::new(Pcg32::fork(seed, "test storm", 0), trusting);
    let mut life = Life {
        seen: Sometimes::default(),
        history: History::new(),
        world: World::new(scenario, seed),
    };
    let alone = life.world.scenario().total() == 1;
    life.seen.see_if("a single replica lived alone", alone);
    while life.world.now_us() < STORM_US {
        life.pass(storm.draw_pause_us());
        let action = storm.draw_action(&life.world);
        life.interfere(&action);
    }
    life.heal();
    life.pass(CALM_US + life.longest_log() * ROUND_TRIP_US);
    life.check_rest();
    life.seen
}

struct Life {
    world: World,
    history: History,
    seen: Sometimes,
}

impl Life {
    /// Time passes, and nothing may break.
    fn pass(&mut self, us: u64) {
        let until_us = self.world.now_us() + us;
        while self.world.now_us() < until_us {
            let look_us = self.world.now_us() + 20_000;
            self.world.run_until(until_us.min(look_us));
            if let Some(violation) = self.world.violation() {
                panic!("at event {}: {violation:?}", self.world.events());
            }
            self.hear();
            self.look();
        }
    }

    fn hear(&mut self) {
        let notices = self.world.take_notices();
        assert!(notices.len() < 1_000, "some may have been missed");
        for notice in notices {
            let what = match notice.what {
                Happening::ElectionStarted { term, .. } if term.0 > 1 => "an election was repeated",
                Happening::LeaderElected { .. } => "a leader was elected",
                Happening::SteppedDown { .. } => "a leader stepped down",
                Happening::LogTruncated { .. } => "a log was truncated",
                Happening::PreVoteStarted { .. } => "somebody asked before standing",
                Happening::QuorumLost { .. } => "a leader lost its quorum",
                Happening::MembershipCommitted {
                    replica,
                    membership,
                } => {
                    let leaves =
                        membership.outgoing.is_empty() && !membership.voters.contains(&replica);
                    self.seen.see_if("a leader left the cluster", leaves);
                    if membership.outgoing.is_empty() {
                        "a simple configuration was committed"
                    } else {
                        "a joint configuration was committed"
                    }
                }
                Happening::Transfer { decision, .. } => match decision {
                    TransferDecision::Aborted { .. } => "a handover was given up",
                    _ => "a handover was begun",
                },
                Happening::SnapshotTaken { .. } => "a snapshot was taken",
                Happening::SnapshotInstalled { .. } => "a snapshot was installed",
                Happening::SessionRenewed { .. } => "a session expired",
                Happening::StaleRead { .. } => panic!("a read was stale: {notice:?}"),
                Happening::MessageLost { cause, .. } => match cause {
                    LossCause::Chance => "a message was lost by chance",
                    LossCause::Cut => "a message was lost on a cut link",
                    LossCause::Dead => "a message was lost at a dead replica",
                    LossCause::Hand => "a message was lost by hand",
                    LossCause::Replaced => panic!("no disk is replaced"),
                    LossCause::Crowded => panic!("so much is never under way"),
                },
                Happening::MessageRefused { refusal, .. } => {
                    panic!("a replica sent what no correct one does: {refusal:?}")
                }
                Happening::Answered {
                    client,
                    sequence,
                    operation,
                    answer,
                    took_us,
                } => {
                    let told = Told {
                        operation,
                        answer,
                        asked_us: notice.at_us - took_us,
                        answered_us: notice.at_us,
                    };
                    let before = self.history.insert((client, sequence), told);
                    assert!(before.is_none(), "nobody is answered twice");
                    "an operation was answered"
                }
                _ => continue,
            };
            self.seen.see(what);
        }
    }

    fn look(&mut self) {
        let view = self.world.view();
        let running = |replica: &&ReplicaView| replica.status == Status::Running;
        let leaders = view.replicas.iter().filter(running).filter(|r| leads(r));
        self.seen
            .see_if("two leaders believed in themselves", leaders.count() > 1);
        let is_overwriting = |r: &ReplicaView| r.writing && r.durable_index < r.commit_index;
        let overwriting = view.replicas.iter().any(is_overwriting);
        self.seen.see_if(
            "something was committed before its disk had it",
            overwriting,
        );
        let ends = || view.replicas.iter().map(|replica| replica.log.last_index.0);
        for replica in &view.replicas {
            let in_pieces = replica.receiving.is_some();
            self.seen.see_if("a snapshot came in pieces", in_pieces);
            let lease = replica.lease_until_us.is_some();
            self.seen.see_if("a lease was held", lease);
            let waits = replica.waiting_requests > 0;
            self.seen.see_if("a request waited for a leader", waits);
        }
        let gap = ends().max().unwrap_or(0) - ends().min().unwrap_or(0);
        let batch = u64::from(self.world.scenario().batch.entries_max);
        self.seen
            .see_if("a log was more than a batch behind", gap > batch);
    }

    /// Something goes wrong, or right again.
    fn interfere(&mut self, action: &Action) {
        let digest = self.world.digest();
        let before = self.world.view();
        match self.world.apply(action.clone()) {
            Ok(()) => self.note(action, &before),
            Err(Refused::Stopped(violation)) => panic!("{violation:?}"),
            Err(_) => {
                self.seen.see("an action was refused");
                assert_eq!(self.world.digest(), digest, "{action:?} was refused");
                assert_eq!(self.world.view(), before, "{action:?} was refused");
            }
        }
    }

    /// What was done, seen against the moment before.
    fn note(&mut self, action: &Action, before: &View) {
        let after = self.world.view();
        let who_became = |status| {
            let mut pairs = before.replicas.iter().zip(&after.replicas);
            let (before, _) = pairs
                .find(|(before, after)| before.status != status && after.status == status)
                .expect("the action was carried out");
            before
        };
        match action {
            Action::Crash { .. } => {
                let replica = who_became(Status::Crashed);
                let writing = replica.writing;
                self.seen
                    .see_if("a replica crashed while its disk was writing", writing);
                self.seen.see_if("a leader crashed", leads(replica));
            }
            Action::Pause { .. } => {
                let replica = who_became(Status::Paused);
                self.seen.see_if("a leader was paused", leads(replica));
            }
            Action::Resume { .. } => {
                let waited = self
                    .world
                    .messages()
                    .any(|message| message.arrive_us < before.now_us && message.held_us.is_none());
                self.seen.see_if("a message waited at a door", waited);
            }
            Action::Duplicate { .. } => self.seen.see("a message was doubled"),
            Action::Hold { .. } => self.seen.see("a message was held"),
            Action::Partition { .. } => self.seen.see("the cluster was partitioned"),
            _ => {}
        }
    }

    /// Everything works again, and nobody asks for anything new.
    fn heal(&mut self) {
        let quality = LinkQuality::default();
        let disk = DiskSettings::default();
        let workload = Workload::default();
        self.must(Action::HealAll {});
        self.must(Action::SetNetwork { quality });
        self.must(Action::SetClientNetwork { quality });
        self.must(Action::SetDisk {
            replica: None,
            disk,
        });
        self.must(Action::SetWorkload { workload });
        // Replicas that were removed are kept from deposing the leader (§6).
        let protocol = Protocol {
            check_quorum: true,
            pre_vote: true,
            ..self.world.view().protocol
        };
        self.must(Action::SetProtocol {
            replica: None,
            protocol,
        });
        for replica in self.world.view().replicas {
            let target = Target::Replica(replica.id);
            self.must(Action::SetClock {
                replica: replica.id,
                rate_ppm: 1_000_000,
            });
            match replica.status {
                Status::Crashed => self.must(Action::Restart { replica: target }),
                Status::Paused => self.must(Action::Resume { replica: target }),
                Status::Running => {}
            }
        }
        let messages = self.world.messages();
        let held: Vec<MessageId> = messages
            .filter_map(|message| message.held_us.map(|_| message.id))
            .collect();
        for message in held {
            self.must(Action::Release { message });
        }
    }

    fn longest_log(&self) -> u64 {
        let replicas = self.world.view().replicas.into_iter();
        let ends = replicas.map(|replica| replica.log.last_index.0);
        ends.max().unwrap_or(0)
    }

    fn must(&mut self, action: Action) {
        let what = format!("{action:?}");
        let refused = self.world.apply(action).err();
        assert_eq!(refused, None, "{what}");
    }

    /// There is one leader, everybody is answered, and all replicas are equal.
    fn check_rest(&mut self) {
        let view = self.world.view();
        let leader = view.leader.expect("a healed cluster elects a leader");
        let tail = self.world.replica_detail(leader, usize::MAX);
        let tail = tail.expect("it is there").entries;
        let log: Vec<EntryView> = self.world.applied().collect();
        let store = self.world.store(leader, usize::MAX);
        let term = view.replicas[usize::from(leader.0) - 1].term;
        let members = &view.replicas[usize::from(leader.0) - 1].membership;
        assert!(
            members.outgoing.is_empty(),
            "the joint configuration is left"
        );
        for replica in &view.replicas {
            let id = replica.id;
            assert_eq!(replica.status, Status::Running, "{id}");
            if !members.voters.contains(&id) && !members.learners.contains(&id) {
                continue;
            }
            assert_eq!((replica.term, replica.leader), (term, Some(leader)), "{id}");
            let end = replica.log.last_index;
            assert_eq!(end.0, log.len() as u64, "{id} has the whole log");
            assert_eq!(replica.durable_index, end, "{id} has it on its disk");
            assert_eq!(replica.commit_index, end, "{id} knows that it is committed");
            assert_eq!(replica.last_applied, end, "{id} has applied it");
            let detail = self.world.replica_detail(id, usize::MAX);
            // As far back as both still have it.
            let entries = detail.expect("it is there").entries;
            let both = entries.iter().rev().zip(tail.iter().rev());
            let same = both.into_iter().all(|(one, other)| one == other);
            assert!(
                same,
                "the logs of {id} and {leader} differ: {:?} {:?}",
                entries.last(),
                tail.last()
            );
            let same = self.world.store(id, usize::MAX) == store;
            assert!(same, "the stores of {id} and {leader} differ");
        }
        let clients = (1..).map(ClientId);
        for (client, asked) in clients.map_while(|id| Some((id, self.world.last_sequence(id)?))) {
            let numbers = (client, 1)..=(client, u64::MAX);
            let answered = self.history.range(numbers).count() as u64;
            assert_eq!(answered, asked, "client {} is answered", client.0);
        }
        // Where sessions expire, nobody knows what became of some commands.
        if self.world.scenario().store.session_expiry_us == 0 {
            let found = oracle::check(&log, &self.history, &store.expect("it is there"));
            self.seen
                .see_if("a command stood in the log twice", found.retries > 0);
            self.seen
                .see_if("a read was served outside the log", found.reads > 0);
        }
        let retried = view.counters.retried_operations;
        self.seen.see_if("an operation was retried", retried > 0);
    }
}

fn leads(replica: &ReplicaView) -> bool {
    replica.leader == Some(replica.id)
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("a number of worlds, or of one"))
}
