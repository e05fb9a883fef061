//! What a real cluster has beyond the basic protocol.

use std::collections::BTreeSet;

use raftarium::kv::{Answer, Operation};
use raftarium::raft::{LogIndex, ReplicaId, Term, TransferDecision};
use raftarium::sim::notice::{Notice, TraceEvent};
use raftarium::sim::view::{Endpoint, MemberKind, MessageKind, MessageView, RoleKind, View};

use crate::show::{SECOND, Show, leaders, median, replica};

const R1: ReplicaId = ReplicaId(1);
const R2: ReplicaId = ReplicaId(2);
const R3: ReplicaId = ReplicaId(3);
const R5: ReplicaId = ReplicaId(5);

impl Show {
    /// Runs on, and looks at each message when it is new.
    fn watch(&mut self, until_us: u64, mut look: impl FnMut(&MessageView)) -> View {
        let mut seen = self.world.messages().map(|message| message.id).max();
        while let Some(due) = self.world.next_due().filter(|due| due.at_us <= until_us) {
            self.at(due.at_us);
            let newest = self.world.messages().map(|message| message.id).max();
            let new = |message: &MessageView| Some(message.id) > seen;
            self.world
                .messages()
                .filter(new)
                .for_each(|message| look(&message));
            seen = seen.max(newest);
        }
        self.at(until_us)
    }

    /// The replicas come to hold the same store, whatever is left of their logs.
    fn assert_same_stores(&self, ids: impl IntoIterator<Item = ReplicaId>) {
        for id in ids {
            assert_eq!(self.store(id), self.store(R1), "{id}");
        }
    }

    /// How long the operations took that were answered in a span of time: reads and others.
    fn took(&self, from_us: u64, to_us: u64) -> (Vec<u64>, Vec<u64>) {
        let (mut reads, mut others) = (Vec::new(), Vec::new());
        for what in self.said(from_us, to_us) {
            match what {
                TraceEvent::Answered {
                    operation: Operation::Get { .. },
                    took_us,
                    ..
                } => reads.push(*took_us),
                TraceEvent::Answered { took_us, .. } => others.push(*took_us),
                _ => {}
            }
        }
        reads.sort_unstable();
        others.sort_unstable();
        (reads, others)
    }
}

/// Which configurations a leader appended, and which were committed, in order.
fn configurations(show: &Show) -> (Vec<Vec<Vec<u16>>>, usize) {
    let ids = |ids: &[ReplicaId]| ids.iter().map(|id| id.0).collect::<Vec<u16>>();
    let mut appended = Vec::new();
    let mut committed = BTreeSet::new();
    for Notice { what, .. } in &show.notices {
        match what {
            TraceEvent::MembershipAppended { membership, .. } => appended.push(vec![
                ids(&membership.outgoing),
                ids(&membership.voters),
                ids(&membership.learners),
            ]),
            TraceEvent::MembershipCommitted { membership, .. } => {
                committed.insert(membership.index);
            }
            _ => {}
        }
    }
    (appended, committed.len())
}

#[test]
fn without_pre_vote() {
    let mut show = Show::of("without-pre-vote");
    assert_eq!(show.at(SECOND).leader, Some(R1));
    let view = show.at(3 * SECOND - 1);
    assert!(replica(&view, R5).term >= Term(6), "again and again");
    assert_eq!(
        replica(&view, R1).role,
        RoleKind::Leader,
        "it leads its own term"
    );

    show.rest(5 * SECOND);
    let after = show.at(6 * SECOND);
    assert!(
        show.said(3 * SECOND, 3 * SECOND + 100_000)
            .any(|what| matches!(what, TraceEvent::SteppedDown { replica: R1, .. }))
    );
    let [(leader, term)] = show.leaders(3 * SECOND, 6 * SECOND)[..] else {
        panic!("not one new leader");
    };
    assert!(term > replica(&view, R5).term);
    assert_ne!(leader, R5, "it has missed too much");
    show.assert_agreement(&after);
}

#[test]
fn pre_vote() {
    let mut show = Show::of("pre-vote");
    show.at(SECOND);
    let view = show.at(3 * SECOND - 1);
    assert_eq!(replica(&view, R5).role, RoleKind::PreCandidate);
    show.rest(5 * SECOND);
    let view = show.at(6 * SECOND);
    assert_eq!(show.elections(0, 6 * SECOND), [(R1, Term(1))]);
    assert_eq!(leaders(&view), [R1]);
    assert!(view.replicas.iter().all(|replica| replica.term == Term(1)));
    assert!(show.answers(3 * SECOND, 4 * SECOND).len() >= 18);
    show.assert_agreement(&view);
}

#[test]
fn check_quorum() {
    let mut show = Show::of("check-quorum");
    assert_eq!(show.at(SECOND).leader, Some(R1));
    show.at(3 * SECOND - 1);
    let lost = |notice: &&Notice| matches!(notice.what, TraceEvent::QuorumLost { .. });
    let lost: Vec<&Notice> = show.notices.iter().filter(lost).collect();
    assert!(
        matches!(lost[..], [Notice { at_us, what: TraceEvent::QuorumLost { replica: R1, .. }, .. }]
            if *at_us < SECOND + 600_001),
        "within two election timeouts"
    );
    let [(other, Term(2))] = show.leaders(SECOND, 3 * SECOND)[..] else {
        panic!("not one new leader");
    };
    assert_ne!(other, R1);
    assert!(show.answers(2 * SECOND, 3 * SECOND).len() >= 18);

    show.rest(5 * SECOND);
    let view = show.at(6 * SECOND);
    assert_eq!(
        show.elections(3 * SECOND, 6 * SECOND),
        [],
        "it disturbs nobody"
    );
    assert_eq!(leaders(&view), [other]);
    show.assert_agreement(&view);
}

#[test]
fn bridge() {
    let mut show = Show::of("bridge");
    show.at(SECOND);
    let mut denied = 0;
    let view = show.watch(4 * SECOND - 1, |message| {
        denied += u32::from(message.kind == MessageKind::PreVoteDenied);
    });
    assert!(denied >= 10, "R3 says no {denied} times");
    assert_eq!(replica(&view, R2).role, RoleKind::PreCandidate);
    assert!(
        show.answers(SECOND, 4 * SECOND).len() >= 58,
        "clients don't notice"
    );
    assert!(replica(&view, R2).log.last_index < replica(&view, R1).commit_index);

    show.rest(5 * SECOND);
    let view = show.at(6 * SECOND);
    assert_eq!(show.elections(0, 6 * SECOND), [(R1, Term(1))]);
    assert_eq!(leaders(&view), [R1]);
    show.assert_agreement(&view);
}

#[test]
fn membership_change() {
    let mut show = Show::of("membership-change");
    let before = show.at(2 * SECOND - 1);
    assert_eq!(replica(&before, R5).standing, MemberKind::Outsider);
    assert_eq!(replica(&before, R5).log.last_index, LogIndex(0));
    let learning = show.at(2 * SECOND + 200_000);
    assert_eq!(replica(&learning, R1).membership.learners.len(), 2);
    let has = replica(&learning, R5).log.last_index;
    assert!(LogIndex(0) < has && has < replica(&learning, R1).commit_index);
    let joint = show.at(2 * SECOND + 340_000);
    assert_eq!(replica(&joint, R1).membership.outgoing.len(), 3);

    show.rest(4 * SECOND);
    let view = show.at(5 * SECOND);
    let (appended, committed) = configurations(&show);
    let (old, all) = (vec![1, 2, 3], vec![1, 2, 3, 4, 5]);
    assert_eq!(
        appended,
        [
            vec![vec![], old.clone(), vec![4, 5]],
            vec![old, all.clone(), vec![]],
            vec![vec![], all, vec![]],
        ]
    );
    assert_eq!(committed, 3);
    assert_eq!(show.elections(0, 5 * SECOND), [(R1, Term(1))]);
    let slowest = show.answers(2 * SECOND, 3 * SECOND);
    assert!(slowest.iter().all(|(_, took_us)| *took_us < 100_000));
    assert!(
        view.replicas
            .iter()
            .all(|replica| replica.standing == MemberKind::Voter)
    );
    show.assert_agreement(&view);
}

#[test]
fn remove_the_leader() {
    let mut show = Show::of("remove-the-leader");
    assert_eq!(show.at(2 * SECOND - 1).leader, Some(R1));
    show.rest(5 * SECOND);
    let view = show.at(6 * SECOND);
    let (appended, _) = configurations(&show);
    assert_eq!(appended, [[vec![], vec![2, 3, 4, 5], vec![]]], "one step");
    let committed =
        |what: &TraceEvent| matches!(what, TraceEvent::MembershipCommitted { replica: R1, .. });
    assert!(show.said(2 * SECOND, 6 * SECOND).any(committed));
    let [(leader, Term(2))] = show.leaders(2 * SECOND, 6 * SECOND)[..] else {
        panic!("not one new leader");
    };
    assert_eq!(show.elections(2 * SECOND, 6 * SECOND), [(leader, Term(2))]);
    assert_eq!(leaders(&view), [leader]);
    assert_eq!(replica(&view, R1).standing, MemberKind::Outsider);
    assert_eq!(
        replica(&view, R1).role,
        RoleKind::Follower,
        "and it stays so"
    );
    assert!(replica(&view, R1).log.last_index < replica(&view, leader).commit_index);
    // Those that asked meanwhile were answered by the new leader.
    let gap = show.answers(2 * SECOND, 3 * SECOND);
    assert!(gap.len() >= 18, "{} answers", gap.len());
    // Nobody waited for an election timeout, which is at least 150 ms: R1 has handed over.
    let at_us = |is: fn(&TraceEvent) -> bool| {
        let mut notices = show.notices.iter().rev();
        notices.find(|it| is(&it.what)).map(|notice| notice.at_us)
    };
    let gone = at_us(|what| matches!(what, TraceEvent::SteppedDown { replica: R1, .. }));
    let elected = at_us(|what| matches!(what, TraceEvent::LeaderElected { .. }));
    let took_us = elected.zip(gone).map(|(elected, gone)| elected - gone);
    assert!(took_us.is_some_and(|us| us < 100_000), "{took_us:?} µs");
}

#[test]
fn snapshot_catch_up() {
    let mut show = Show::of("snapshot-catch-up");
    let view = show.at(4 * SECOND - 1);
    let missing = replica(&view, R3).log.last_index.next();
    assert!(missing < replica(&view, R1).log.first_index, "it is gone");
    let (mut chunks, mut received) = (0, BTreeSet::new());
    let mut view = show.watch(5 * SECOND, |message| {
        chunks += u32::from(message.kind == MessageKind::InstallSnapshot);
    });
    for Notice { what, .. } in &show.notices {
        if let TraceEvent::SnapshotInstalled { replica, index } = what {
            received.insert((*replica, *index));
        }
    }
    assert!(received.iter().any(|(id, _)| *id == R3), "{received:?}");
    assert!(chunks >= 4, "{chunks} chunks, with those sent again");
    assert!(view.counters.lost_messages > 50);

    show.rest(6 * SECOND);
    // A lost message may cost some heartbeats.
    for second in 7..12 {
        view = show.at(second * SECOND);
    }
    assert_eq!(
        replica(&view, R3).last_applied,
        replica(&view, R1).last_applied
    );
    show.assert_same_stores([R2, R3]);
}

#[test]
fn read_index() {
    let mut show = Show::of("read-index");
    let mut answered_by = BTreeSet::new();
    let view = show.watch(7 * SECOND, |message| {
        if message.kind == MessageKind::ClientAnswer {
            answered_by.insert(message.from);
        }
    });
    let (reads, others) = show.took(0, 7 * SECOND);
    assert!(reads.len() >= 5 * others.len(), "{} reads", reads.len());
    // The log holds the empty entry and the puts, and no read.
    let entries = replica(&view, R1).commit_index.0;
    assert!(entries <= others.len() as u64 + 2, "{entries} entries");
    assert!(answered_by.len() >= 5, "all serve reads: {answered_by:?}");
    assert!(answered_by.contains(&Endpoint::Replica(R5)));
    assert_eq!(view.counters.stale_reads, 0);
}

#[test]
fn lease_read() {
    let mut show = Show::of("lease-read");
    let view = show.at(7 * SECOND);
    let (reads, others) = show.took(SECOND, 7 * SECOND);
    assert!(reads.len() >= 60 && others.len() >= 20);
    let (read, put) = (reads[reads.len() / 2], others[others.len() / 2]);
    // There and back, and nothing between.
    assert!(read < 32_000, "{read}");
    assert!(put > read + 16_000, "{put} against {read}");
    let entries = replica(&view, R1).commit_index.0;
    assert!(entries <= show.took(0, 7 * SECOND).1.len() as u64 + 2);
    assert!(replica(&view, R1).lease_until_us.is_some());
    assert_eq!(view.counters.stale_reads, 0);
}

#[test]
fn stale_lease() {
    let mut show = Show::of("stale-lease");
    let view = show.at(2 * SECOND);
    assert_eq!(leaders(&view).len(), 2, "R1 believes in itself");
    assert!(replica(&view, R1).lease_until_us > Some(2 * SECOND + 500_000));
    assert_eq!(view.counters.stale_reads, 0);
    let view = show.at(3 * SECOND);
    let value = |value: &str| Answer::Value {
        value: Some(value.into()),
    };
    let read: Vec<Answer> = answers_of_reads(&show);
    assert_eq!(read, [value("1")], "after x was set to 2, and said so");
    assert_eq!(view.counters.stale_reads, 1);
    assert!(
        show.said(2 * SECOND, 3 * SECOND)
            .any(|what| matches!(what, TraceEvent::StaleRead { replica: R1, .. }))
    );
    let view = show.at(6 * SECOND);
    assert_eq!(answers_of_reads(&show)[1..], [value("2")]);
    assert_eq!(view.counters.stale_reads, 1);
    show.assert_agreement(&view);
}

fn answers_of_reads(show: &Show) -> Vec<Answer> {
    let answers = show.said(0, u64::MAX).filter_map(|what| match what {
        TraceEvent::Answered {
            operation: Operation::Get { .. },
            answer,
            ..
        } => Some(answer.clone()),
        _ => None,
    });
    answers.collect()
}

#[test]
fn leadership_transfer() {
    let mut show = Show::of("leadership-transfer");
    assert_eq!(show.at(2 * SECOND - 1).leader, Some(R1));
    show.at(4 * SECOND);
    assert_eq!(show.leaders(2 * SECOND, 4 * SECOND), [(R3, Term(2))]);
    let elected =
        |notice: &&Notice| matches!(notice.what, TraceEvent::LeaderElected { replica: R3, .. });
    let elected = show.notices.iter().find(elected).expect("it was");
    assert!(elected.at_us < 2 * SECOND + 60_000, "without a timeout");
    let slowest = show.answers(2 * SECOND, 3 * SECOND);
    assert!(slowest.iter().all(|(_, took_us)| *took_us < 150_000));

    let decisions: Vec<TransferDecision> = show
        .said(3 * SECOND, 4 * SECOND)
        .filter_map(|what| match what {
            TraceEvent::Transfer { decision, .. } => Some(*decision),
            _ => None,
        })
        .collect();
    let to = ReplicaId(4);
    assert_eq!(
        decisions,
        [
            TransferDecision::Started { to },
            TransferDecision::Aborted { to }
        ]
    );
    show.at(5 * SECOND);
    assert!(
        show.answers(4 * SECOND, 5 * SECOND).len() >= 18,
        "it goes on"
    );
    assert_eq!(show.elections(3 * SECOND, 5 * SECOND), []);
}

#[test]
fn quorum_first() {
    let mut show = Show::of("quorum-first");
    let sent = |view: &View| view.counters.replica_messages;
    let start = sent(&show.at(SECOND));
    let eager = sent(&show.at(4 * SECOND));
    let changed = sent(&show.at(5 * SECOND));
    let frugal = sent(&show.at(8 * SECOND));
    let (before, after) = (eager - start, frugal - changed);
    assert!(after * 4 < before * 3, "{before} messages, then {after}");
    let slower = median(&show.answers(5 * SECOND, 8 * SECOND));
    assert!(slower < median(&show.answers(SECOND, 4 * SECOND)) + 10_000);

    show.at(12 * SECOND);
    let longest = |from_us, to_us| {
        let answers = show.answers(from_us, to_us);
        answers.into_iter().map(|(_, took_us)| took_us).max()
    };
    assert!(longest(8 * SECOND, 9 * SECOND) > longest(5 * SECOND, 8 * SECOND));
    assert!(show.answers(9 * SECOND, 12 * SECOND).len() >= 170);
    assert_eq!(show.elections(SECOND, 12 * SECOND), []);
}

#[test]
fn pipelining() {
    let mut show = Show::of("pipelining");
    let waiting = show.at(4 * SECOND);
    let before = show.answers(2 * SECOND, 4 * SECOND).len();
    assert!((20..30).contains(&before), "{before} in two seconds");
    let queue = waiting
        .clients
        .iter()
        .filter(|client| client.current.is_some())
        .count();
    assert!(queue > 40, "{queue} clients wait");
    show.at(8 * SECOND);
    let after = show.answers(4 * SECOND, 6 * SECOND).len();
    assert!(after > 140, "{after} in two seconds");
    let calm = median(&show.answers(7 * SECOND, 8 * SECOND));
    assert!(calm < 150_000, "{calm}");
}

#[test]
fn session_expiry() {
    let mut show = Show::of("session-expiry");
    show.rest(6 * SECOND);
    let view = show.at(7 * SECOND);
    let answers: Vec<Answer> = show
        .said(0, 7 * SECOND)
        .filter_map(|what| match what {
            TraceEvent::Answered { client, answer, .. } if client.0 == 1 => Some(answer.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(answers, [Answer::Written, Answer::Expired, Answer::Written]);
    let renewed = |what: &TraceEvent| matches!(what, TraceEvent::SessionRenewed { client, session: 2 } if client.0 == 1);
    assert_eq!(
        show.said(0, 7 * SECOND)
            .filter(|what| renewed(what))
            .count(),
        1
    );
    assert_eq!(view.counters.sessions_renewed, 1, "the others keep theirs");
    for id in [R1, R2, R3] {
        let x = show.store(id).into_iter().find(|pair| pair.key == "x");
        assert_eq!(x.map(|pair| pair.value), Some("third".into()));
    }
    show.assert_agreement(&view);
}

#[test]
fn request_without_leader() {
    let mut show = Show::of("request-without-leader");
    let mut sent_away = 0;
    let waiting = show.watch(160_000, |message| {
        sent_away += u32::from(message.kind == MessageKind::ClientRedirect);
    });
    assert_eq!(sent_away, 0);
    let waits = |view: &View| -> u32 {
        let waits = view.replicas.iter().map(|replica| replica.waiting_requests);
        waits.sum()
    };
    assert!(waits(&waiting) >= 2, "{} wait", waits(&waiting));
    assert_eq!(show.leaders(0, 160_000), []);
    show.at(2 * SECOND);
    let early = show.answers(0, 350_000).len();
    assert!(early >= 5, "{early} answers");
    let slowest = show.answers(0, SECOND);
    assert!(slowest.iter().all(|(_, took_us)| *took_us < 300_000));

    let mut sent_away = 0;
    show.watch(4 * SECOND, |message| {
        sent_away += u32::from(message.kind == MessageKind::ClientRedirect);
    });
    assert!(sent_away >= 5, "{sent_away} times");
    assert!(show.answers(2 * SECOND + 100_000, 4 * SECOND).is_empty());
    let view = show.at(6 * SECOND);
    assert!(view.clients.iter().all(|client| client.queued == 0));
    assert!(show.answers(4 * SECOND, 6 * SECOND).len() >= 75);
}
