//! Numbers that are as large as they can be, at every public function that takes one.

use std::sync::Arc;

use raftarium::raft::rules::{Candidacy, Voter, decide_commit, decide_election, decide_match};
use raftarium::raft::rules::{decide_vote, merge, next_after_rejection};
use raftarium::raft::{
    ChangeDecision, Compact, Config, Durable, ElectionDecision, Entry, Input, Log, LogIndex,
    Membership, NUMBER_MAX, Payload, Position, ProposalDecision, Replica, ReplicaId, Settings,
    Snapshot, Term, VotePurpose,
};
use raftarium::rng::Pcg32;

use crate::cluster::{Cluster, id, voters};

const NUMBERS: [u64; 9] = [
    0,
    1,
    2,
    u32::MAX as u64,
    NUMBER_MAX - 1,
    NUMBER_MAX,
    NUMBER_MAX + 1,
    u64::MAX - 1,
    u64::MAX,
];

fn at(index: u64, term: u64) -> Position {
    Position {
        index: LogIndex(index),
        term: Term(term),
    }
}

/// A replica of one or two whose log has its last entry at `last_index`, in term 1.
fn near_the_end(members: u16, last_index: u64) -> Replica {
    let last = at(last_index, 1);
    let all: Vec<ReplicaId> = (1..=members).map(ReplicaId).collect();
    let membership = Membership::of_voters(all.clone());
    let config = Config {
        id: id(1),
        peers: all,
        membership: membership.clone(),
        settings: Settings::default(),
    };
    let durable = Durable {
        term: Term(1),
        voted_for: None,
        promised_ticks: 0,
        snapshot: Some(Snapshot {
            last,
            membership: Arc::new(membership),
            data: Arc::default(),
        }),
        log: Log::starting_after(last),
    };
    Replica::new(config, durable, Pcg32::new(1, 1)).expect("a replica can have written this")
}

#[test]
fn no_command_is_too_large_to_ask_about() {
    let mut cluster = Cluster::new(3, 3, &Settings::default());
    cluster.elect(1);
    let decision = |cluster: &Cluster, bytes| cluster.replica(1).proposal_decision(bytes);
    // A command that is too large for the bound goes alone.
    assert!(decision(&cluster, usize::MAX).is_appended());
    cluster.propose(1, b"x");
    assert_eq!(
        decision(&cluster, usize::MAX),
        ProposalDecision::TooMuchUncommitted {
            bytes: usize::MAX as u64,
            bytes_max: Settings::default().uncommitted_bytes_max as u64,
        }
    );
}

#[test]
fn the_last_index_is_used_and_no_other_after_it() {
    let mut replica = near_the_end(1, NUMBER_MAX - 3);
    let effects = replica.step(Input::Campaign);
    let first = LogIndex(NUMBER_MAX - 2);
    assert_eq!(effects.committed, first..first.next());
    let wish = Membership {
        learners: [id(1)].into(),
        ..Membership::default()
    };
    assert_eq!(replica.change_decision(&wish), ChangeDecision::NoVoter);
    for index in [NUMBER_MAX - 1, NUMBER_MAX] {
        let effects = replica.step(Input::Propose([1].into()));
        let position = at(index, 2);
        assert_eq!(effects.proposal, Some(ProposalDecision::Appended(position)));
        assert_eq!(effects.committed, position.index..position.index.next());
        assert_eq!(replica.log().entries(&effects.committed).len(), 1);
    }
    let before = replica.clone();
    let effects = replica.step(Input::Propose([1].into()));
    assert_eq!(effects.proposal, Some(ProposalDecision::LogFull));
    assert!(effects.write.is_empty());
    let effects = replica.step(Input::ChangeMembership(wish));
    assert_eq!(effects.change, Some(ChangeDecision::LogFull));
    assert_eq!(replica, before);
    // It leads on, and serves reads; a snapshot changes nothing about it.
    assert_eq!(replica.step(Input::Read(1)).reads.len(), 1);
    let _ = replica.step(Input::Compact(Compact {
        through: LogIndex(NUMBER_MAX),
        data: Arc::default(),
        retain: u64::MAX,
    }));
    assert!(replica.log().is_full());
    assert_eq!(replica.proposal_decision(0), ProposalDecision::LogFull);
}

/// A leader needs an entry of its own term, so nobody stands for election without room for it.
#[test]
fn with_a_full_log_nobody_stands_for_election() {
    let mut replica = near_the_end(2, NUMBER_MAX);
    let effects = replica.step(Input::Campaign);
    assert!(effects.messages.is_empty() && effects.write.is_empty());
    assert_eq!(replica.term(), Term(1));
    for _ in 0..100 {
        assert!(replica.step(Input::Tick).messages.is_empty());
    }
    let mut replica = near_the_end(2, NUMBER_MAX - 1);
    assert!(!replica.step(Input::Campaign).messages.is_empty());
}

/// Whatever index a snapshot is said to go to, or settings and timers are told.
#[test]
fn no_number_that_a_driver_gives_is_too_large() {
    for number in NUMBERS {
        let mut cluster = Cluster::new(3, 3, &Settings::default());
        cluster.elect(1);
        let ticks = u32::try_from(number).unwrap_or(u32::MAX);
        for input in [
            Input::Missed(ticks),
            Input::Missed(ticks),
            Input::SetElectionTimeout(ticks),
            Input::Read(number),
            Input::Compact(Compact {
                through: LogIndex(number),
                data: Arc::default(),
                retain: number,
            }),
            Input::Configure(Settings {
                heartbeat_ticks: ticks.saturating_sub(1),
                retry_ticks: ticks,
                election_timeout_ticks_min: ticks,
                election_timeout_ticks_max: ticks,
                entries_max: usize::MAX,
                bytes_max: usize::MAX,
                window_messages: usize::MAX,
                window_bytes: usize::MAX,
                check_quorum: true,
                lease: Some(raftarium::raft::Lease { drift_ppm: ticks }),
                chunk_bytes: usize::MAX,
                uncommitted_bytes_max: usize::MAX,
                ..Settings::default()
            }),
            Input::Propose([1].into()),
            Input::Missed(ticks),
            Input::Tick,
            Input::Tick,
            Input::TransferLeadership(Some(ReplicaId(u16::MAX))),
            Input::ChangeMembership(voters(&[0, u16::MAX])),
        ] {
            cluster.step(1, input);
            cluster.settle();
        }
        assert!(cluster.replica(1).proposal_decision(usize::MAX) != ProposalDecision::LogFull);
        cluster
            .replica(1)
            .compact_decision(LogIndex(number), number);
    }
}

#[test]
fn no_number_is_too_large_for_a_rule() {
    let logs = |base: Position| {
        let mut log = Log::starting_after(base);
        let empty = log.clone();
        if base.index.0 < u64::MAX {
            log.push(Entry {
                index: base.index.next(),
                term: base.term,
                payload: Payload::Noop,
            });
        }
        [empty, log]
    };
    for (base, number) in NUMBERS.iter().flat_map(|&b| NUMBERS.map(|n| (b, n))) {
        for log in logs(at(base, base)) {
            let index = LogIndex(number);
            for term in [1, base, number].map(Term) {
                let prev_log = Position { term, index };
                let _ = decide_match(&log, prev_log, None);
                let _ = decide_commit(index, &log, term, LogIndex(base), None);
                let hints = [None, Some(term)];
                for hint in hints {
                    let next = next_after_rejection(&log, hint, index, LogIndex(base));
                    assert!(next.0 <= base);
                }
                let entries = [Entry {
                    index,
                    term,
                    payload: Payload::Noop,
                }];
                assert!(merge(&log, &entries.into(), None).known <= 1);
                let voter = Voter {
                    term,
                    voted_for: None,
                    last_log: log.last(),
                    flaw: None,
                };
                let _ = decide_vote(&voter, id(2), Term(base), prev_log, VotePurpose::PreVote);
                let decision = decide_election(&Candidacy {
                    leading: false,
                    votes: true,
                    pre_vote: false,
                    log_full: log.is_full(),
                    elapsed: u32::MAX,
                    timeout: u32::MAX,
                    promised: 0,
                    term,
                });
                match decision {
                    ElectionDecision::Start { term } => assert!(term.0 <= NUMBER_MAX),
                    ElectionDecision::LogFull => assert!(log.last_index().0 >= NUMBER_MAX),
                    decision => assert_eq!(decision, ElectionDecision::TermExhausted),
                }
            }
        }
    }
}
