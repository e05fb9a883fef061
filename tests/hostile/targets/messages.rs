//! Whatever is delivered, a replica does not panic: messages of odd numbers, mostly such
//! as nearly make sense, between ticks, proposals, changes of the membership and of the
//! settings, snapshots, and restarts from what is on the disk.

use std::collections::BTreeSet;
use std::sync::Arc;

use raftarium::raft::{
    Body, Compact, Config, Durable, Entries, Entry, Input, Lease, LogIndex, Membership, Message,
    NUMBER_MAX, Payload, Position, Replica, ReplicaId, Replication, Settings, Term, VotePurpose,
};
use raftarium::rng::Pcg32;

use super::chance::Chance;

const ME: ReplicaId = ReplicaId(1);
const PEERS: u16 = 5;

/// What was reached, so that a test can tell whether the messages were too wild.
#[derive(Debug, Default)]
pub(crate) struct Reached {
    pub refused: u64,
    pub truncated: u64,
    pub committed: u64,
    pub led: u64,
    pub joint: u64,
    pub restored: u64,
    pub compacted: u64,
    pub restarted: u64,
}

/// Steps a replica as long as there are bytes. A refused message changes nothing, what is
/// written is all that changes on disk, and from the disk it can always start again.
pub(crate) fn messages(bytes: &[u8], reached: &mut Reached) {
    let mut draw = Draw {
        chance: Chance::new(bytes),
        durable: Durable::default(),
    };
    let config = Config {
        id: ME,
        peers: (1..=PEERS).map(ReplicaId).collect(),
        membership: draw.first_membership(),
        settings: Settings {
            lease: None,
            ..draw.good_settings()
        },
    };
    let mut disk = Durable::default();
    let mut replica = Replica::new(config.clone(), disk.clone(), Pcg32::new(1, 2))
        .expect("the settings are valid");
    while !draw.chance.is_over() {
        draw.durable = disk.clone();
        if draw.chance.once_in(100) {
            replica = Replica::new(config.clone(), disk.clone(), Pcg32::new(1, 2))
                .expect("what is on its disk is its own");
            reached.restarted += 1;
        }
        let before = replica.clone();
        let input = draw.input();
        let effects = replica.step(input.clone());
        let log = replica.log();
        disk.apply(&effects.write, &log.entries(&effects.write.append));
        let committed = log.entries(&effects.committed);
        assert_eq!(&disk, replica.durable(), "{input:?}");
        if effects.refused.is_some() {
            assert_eq!(replica, before, "{input:?}");
            reached.refused += 1;
        }
        if let Some(restored) = &effects.restore {
            assert_eq!(
                replica.commit_index().max(restored.last.index),
                replica.commit_index()
            );
            reached.restored += 1;
        }
        for (entry, index) in committed.iter().zip(effects.committed.start.0..) {
            assert_eq!(entry.index, LogIndex(index), "{input:?}");
        }
        if let Some(last) = committed.last() {
            assert_eq!(last.index, replica.commit_index(), "{input:?}");
        }
        assert!(replica.commit_index() >= before.commit_index(), "{input:?}");
        assert!(replica.term() >= before.term(), "{input:?}");
        reached.truncated += u64::from(effects.write.truncate_after.is_some());
        reached.compacted += u64::from(effects.write.compact_through.is_some());
        reached.committed += committed.len() as u64;
        reached.led += u64::from(replica.leader() == Some(ME));
        reached.joint += u64::from(replica.membership().is_joint());
    }
}

/// Draws inputs that nearly make sense to a replica in this state.
struct Draw<'a> {
    chance: Chance<'a>,
    durable: Durable,
}

impl Draw<'_> {
    fn below(&mut self, bound: u32) -> u64 {
        self.chance.below(bound)
    }

    fn small(&mut self, bound: u32) -> u32 {
        u32::try_from(self.below(bound)).expect("it is below a u32")
    }

    fn size(&mut self, bound: usize) -> usize {
        self.chance.index(bound)
    }

    fn flip(&mut self) -> bool {
        self.below(2) == 0
    }

    fn term(&mut self) -> Term {
        Term(self.chance.near(self.durable.term.0.min(NUMBER_MAX - 9)))
    }

    fn index(&mut self) -> LogIndex {
        LogIndex(self.chance.near(self.durable.log.last_index().0))
    }

    /// One of the peers, or one number beyond them on either side.
    fn replica(&mut self) -> ReplicaId {
        ReplicaId(u16::try_from(self.below(u32::from(PEERS) + 2)).expect("they are few"))
    }

    fn some(&mut self) -> BTreeSet<ReplicaId> {
        let bits = self.below(1 << PEERS);
        let strange = self.chance.once_in(64).then_some(ReplicaId(PEERS + 1));
        (1..=PEERS)
            .filter(|id| bits >> (id - 1) & 1 == 1)
            .map(ReplicaId)
            .chain(strange)
            .collect()
    }

    fn first_membership(&mut self) -> Membership {
        let of = |ids: &[u16]| ids.iter().copied().map(ReplicaId).collect();
        let mut membership = Membership::of_voters((1..=3).map(ReplicaId));
        match self.below(6) {
            0 => membership.outgoing = of(&[1, 4, 5]),
            1 => membership.outgoing = of(&[3, 4]),
            2 => membership.learners = of(&[4, 5]),
            3 => {
                membership.voters = of(&[2, 3]);
                membership.learners = of(&[1]);
            }
            4 => membership.voters = of(&[1]),
            _ => {}
        }
        membership
    }

    fn membership(&mut self) -> Membership {
        Membership {
            voters: self.some(),
            outgoing: if self.flip() {
                self.some()
            } else {
                BTreeSet::new()
            },
            learners: if self.flip() {
                self.some()
            } else {
                BTreeSet::new()
            },
        }
    }

    fn good_settings(&mut self) -> Settings {
        Settings {
            heartbeat_ticks: 1,
            retry_ticks: u32::from(self.flip()),
            election_timeout_ticks_min: 3,
            election_timeout_ticks_max: 6,
            entries_max: 1 + self.size(3),
            bytes_max: self.size(6),
            window_messages: 1 + self.size(3),
            window_bytes: self.size(9),
            replication: if self.flip() {
                Replication::Eager
            } else {
                Replication::QuorumFirst
            },
            pre_vote: self.flip(),
            check_quorum: self.flip(),
            lease: None,
            chunk_bytes: 1 + self.size(4),
            catch_up_bytes: 400,
            uncommitted_bytes_max: 64,
            flaw: None,
        }
    }

    /// Settings such as the world may hand out, and such as it never does.
    fn settings(&mut self) -> Settings {
        let drift_ppm = u32::try_from(self.chance.number() >> 32).expect("half of the bits");
        Settings {
            heartbeat_ticks: self.small(4),
            election_timeout_ticks_min: self.small(8),
            election_timeout_ticks_max: if self.chance.once_in(20) {
                u32::MAX
            } else {
                self.small(12)
            },
            lease: self.flip().then_some(Lease { drift_ppm }),
            chunk_bytes: self.size(4),
            ..self.good_settings()
        }
    }

    /// Mostly a place in the log.
    fn position(&mut self) -> Position {
        let index = self.index();
        let there = self.durable.log.term_at(index);
        let term = match there {
            Some(term) if self.below(4) > 0 => term,
            _ => self.term(),
        };
        Position { term, index }
    }

    fn payload(&mut self) -> Payload {
        match self.below(6) {
            0 => Payload::Membership(self.membership().into()),
            1 | 2 => Payload::Command(self.bytes(6)),
            _ => Payload::Noop,
        }
    }

    fn bytes(&mut self, bound: usize) -> Arc<[u8]> {
        vec![1; self.size(bound)].into()
    }

    /// Entries that mostly follow one another.
    fn entries(&mut self, prev_log: Position) -> Entries {
        let mut last = prev_log;
        (0..self.below(4))
            .map(|_| {
                last = Position {
                    index: LogIndex(last.index.0.saturating_add(1)),
                    term: Term(last.term.0.saturating_add(self.below(2))),
                };
                if self.chance.once_in(20) {
                    last = self.position();
                }
                Entry {
                    index: last.index,
                    term: last.term,
                    payload: self.payload(),
                }
            })
            .collect()
    }

    /// What an answer promises: mostly nothing, or about as long as an election timeout.
    fn promised_ticks(&mut self) -> u32 {
        match self.below(8) {
            0 => u32::MAX,
            1..4 => u32::try_from(self.below(40)).expect("it is small"),
            _ => 0,
        }
    }

    /// The sizes and places of a chunk, mostly such as fit together.
    fn total(&mut self) -> u64 {
        match self.below(40) {
            38 => u64::MAX,
            39 => 256 * 1024 * 1024,
            other => other % 7,
        }
    }

    fn body(&mut self) -> Body {
        match self.below(18) {
            0 => Body::RequestVote {
                last_log: self.position(),
                purpose: match self.below(3) {
                    0 => VotePurpose::PreVote,
                    1 => VotePurpose::Transfer,
                    _ => VotePurpose::Election,
                },
            },
            1 | 17 => Body::Vote {
                granted: self.below(4) > 0,
                pre_vote: self.flip(),
                behind: self.flip(),
            },
            2..=4 => {
                let prev_log = match self.below(3) {
                    0 => Position::default(),
                    _ => self.position(),
                };
                Body::AppendEntries {
                    prev_log,
                    entries: self.entries(prev_log),
                    leader_commit: self.index(),
                    round: self.chance.near(2),
                }
            }
            5 => Body::AppendAccepted {
                match_index: self.index(),
                round: self.chance.near(2),
                promised_ticks: self.promised_ticks(),
            },
            6 => Body::AppendRejected {
                prev_log_index: self.index(),
                conflict_term: self.flip().then(|| self.term()),
                conflict_index: self.index(),
                round: self.chance.near(2),
                promised_ticks: self.promised_ticks(),
            },
            7 | 8 => Body::InstallSnapshot {
                last: self.position(),
                membership: self.membership().into(),
                offset: self.chance.near(2),
                chunk: self.bytes(7),
                total: self.total(),
                round: self.chance.near(2),
            },
            9 => Body::SnapshotReceived {
                last: self.position(),
                received: self.chance.near(3),
                round: self.chance.near(2),
                promised_ticks: self.promised_ticks(),
            },
            10 => Body::ReadIndex {
                read: self.chance.near(4),
            },
            11 => Body::ReadIndexAnswer {
                read: self.chance.near(4),
                index: self.index(),
            },
            12 => Body::TimeoutNow,
            13 => Body::FetchLog {
                after: self.position(),
                last_log: self.position(),
                received: self.chance.near(3),
            },
            14 => {
                let prev_log = self.position();
                Body::FetchedEntries {
                    prev_log,
                    entries: self.entries(prev_log),
                    last_log: self.position(),
                }
            }
            15 => Body::FetchedSnapshot {
                last: self.position(),
                membership: self.membership().into(),
                offset: self.chance.near(2),
                chunk: self.bytes(7),
                total: self.total(),
            },
            _ => Body::AppendStale,
        }
    }

    fn input(&mut self) -> Input {
        match self.below(28) {
            0 => Input::Campaign,
            1 => Input::Propose(self.bytes(6)),
            2..=4 => Input::Tick,
            5 => Input::Read(self.chance.near(4)),
            6 => Input::Missed(match self.below(8) {
                0 => u32::MAX,
                few => u32::try_from(few).expect("below eight"),
            }),
            7 => Input::ChangeMembership(self.membership()),
            8 => Input::TransferLeadership(self.flip().then(|| self.replica())),
            9 => Input::Compact(Compact {
                through: self.index(),
                data: self.bytes(9),
                retain: self.chance.near(3),
            }),
            10 => Input::Configure(self.settings()),
            _ => Input::Receive(Message {
                from: self.replica(),
                to: if self.chance.once_in(20) {
                    self.replica()
                } else {
                    ME
                },
                term: self.term(),
                body: self.body(),
            }),
        }
    }
}
