//! Whatever is delivered, a replica does not panic: messages of random numbers, mostly
//! such as nearly make sense, some at the ends of their types, between ticks,
//! elections and proposals. A refused message changes nothing, and what is
//! written is all that changes on disk.

#![cfg(not(target_family = "wasm"))]

use raftarium::raft::{
    Body, Config, Durable, Entry, Input, LogIndex, Membership, Message, NUMBER_MAX, Payload,
    Position, Replica, ReplicaId, Settings, Term, VotePurpose,
};
use raftarium::rng::Pcg32;

const SEEDS: u64 = 400;
const STEPS: u32 = 400;

/// Draws inputs that nearly make sense to a replica in this state.
struct Chance {
    rng: Pcg32,
    durable: Durable,
}

impl Chance {
    fn below(&mut self, bound: u32) -> u64 {
        u64::from(self.rng.below(bound))
    }

    /// Mostly a number near `base`.
    fn near(&mut self, base: u64) -> u64 {
        match self.below(1000) {
            0 => NUMBER_MAX,
            1..=4 => NUMBER_MAX + 1,
            5..=8 => u64::MAX,
            _ => (base + self.below(5)).saturating_sub(3),
        }
    }

    fn term(&mut self) -> Term {
        Term(self.near(self.durable.term.0.min(NUMBER_MAX - 9)))
    }

    fn index(&mut self) -> LogIndex {
        LogIndex(self.near(self.durable.log.last_index().0))
    }

    fn replica(&mut self) -> ReplicaId {
        ReplicaId(u16::try_from(self.below(5)).expect("below five"))
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

    /// Entries that mostly follow one another.
    fn entries(&mut self, prev_log: Position) -> Vec<Entry> {
        let mut last = prev_log;
        (0..self.below(4))
            .map(|_| {
                last = Position {
                    index: LogIndex(last.index.0.saturating_add(1)),
                    term: Term(last.term.0.saturating_add(self.below(2))),
                };
                if self.below(20) == 0 {
                    last = self.position();
                }
                Entry {
                    index: last.index,
                    term: last.term,
                    payload: Payload::Noop,
                }
            })
            .collect()
    }

    fn body(&mut self) -> Body {
        match self.below(17) {
            0 => Body::RequestVote {
                last_log: self.position(),
                purpose: match self.below(3) {
                    0 => VotePurpose::PreVote,
                    1 => VotePurpose::Transfer,
                    _ => VotePurpose::Election,
                },
            },
            1 => Body::Vote {
                granted: self.below(2) == 0,
                pre_vote: self.below(2) == 0,
                behind: self.below(2) == 0,
            },
            2..=4 => {
                let prev_log = match self.below(3) {
                    0 => Position::default(),
                    _ => self.position(),
                };
                Body::AppendEntries {
                    prev_log,
                    entries: self.entries(prev_log).into(),
                    leader_commit: self.index(),
                    round: self.below(4),
                }
            }
            5 => Body::AppendAccepted {
                match_index: self.index(),
                round: self.below(4),
            },
            6 => Body::AppendRejected {
                prev_log_index: self.index(),
                conflict_term: (self.below(2) == 0).then(|| self.term()),
                conflict_index: self.index(),
                round: self.below(4),
            },
            7 | 8 => {
                let chunk = vec![1; usize::try_from(self.below(4)).unwrap()];
                Body::InstallSnapshot {
                    last: self.position(),
                    membership: Membership::of_voters((1..=3).map(ReplicaId)).into(),
                    offset: self.below(4),
                    chunk: chunk.into(),
                    total: self.below(6),
                    round: self.below(4),
                }
            }
            9 => Body::SnapshotReceived {
                last: self.position(),
                received: self.below(6),
                round: self.below(4),
            },
            10 => Body::ReadIndex {
                read: self.below(9),
            },
            11 => Body::ReadIndexAnswer {
                read: self.below(9),
                index: self.index(),
            },
            12 => Body::TimeoutNow,
            13 => Body::FetchLog {
                after: self.position(),
                last_log: self.position(),
                received: self.below(4),
            },
            14 => {
                let prev_log = self.position();
                Body::FetchedEntries {
                    prev_log,
                    entries: self.entries(prev_log).into(),
                    last_log: self.position(),
                }
            }
            15 => Body::FetchedSnapshot {
                last: self.position(),
                membership: Membership::of_voters((1..=3).map(ReplicaId)).into(),
                offset: self.below(4),
                chunk: vec![1; usize::try_from(self.below(4)).unwrap()].into(),
                total: self.below(6),
            },
            _ => Body::AppendStale,
        }
    }

    fn input(&mut self) -> Input {
        match self.below(20) {
            0 => Input::Campaign,
            1 => Input::Propose([7; 3].into()),
            2..=4 => Input::Tick,
            5 => Input::Read(self.below(9)),
            _ => Input::Receive(Message {
                from: self.replica(),
                to: match self.below(20) {
                    0 => self.replica(),
                    _ => ReplicaId(1),
                },
                term: self.term(),
                body: self.body(),
            }),
        }
    }
}

#[test]
fn no_message_makes_a_replica_panic() {
    let config = Config {
        id: ReplicaId(1),
        peers: (1..=3).map(ReplicaId).collect(),
        membership: Membership::of_voters((1..=3).map(ReplicaId)),
        settings: Settings {
            heartbeat_ticks: 1,
            election_timeout_ticks_min: 3,
            election_timeout_ticks_max: 6,
            entries_max: 2,
            bytes_max: 4,
            ..Settings::default()
        },
    };
    let (mut refused, mut truncated, mut committed, mut led) = (0, 0, 0, 0);
    for seed in 0..SEEDS {
        let mut chance = Chance {
            rng: Pcg32::new(seed, 1),
            durable: Durable::default(),
        };
        let mut disk = Durable::default();
        let mut replica = Replica::new(config.clone(), disk.clone(), Pcg32::new(seed, 2))
            .expect("the settings are valid");
        for step in 0..STEPS {
            chance.durable = disk.clone();
            let before = replica.clone();
            let input = chance.input();
            let effects = replica.step(input.clone());
            disk.apply(&effects.write);
            assert_eq!(
                &disk,
                replica.durable(),
                "seed {seed} step {step}: {input:?}"
            );
            if effects.refused.is_some() {
                assert_eq!(replica, before, "seed {seed} step {step}: {input:?}");
                refused += 1;
            }
            truncated += u32::from(effects.write.truncate_after.is_some());
            committed += effects.committed.len();
            led += u32::from(replica.leader() == Some(ReplicaId(1)));
        }
    }
    // Otherwise the messages were too wild to reach anything.
    assert!(refused > 1000, "{refused}");
    assert!(truncated > 100, "{truncated}");
    assert!(committed > 100, "{committed}");
    assert!(led > 100, "{led}");
}
