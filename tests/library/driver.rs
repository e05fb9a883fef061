//! What a driver asks for, and what it hears of it.

use std::collections::BTreeSet;

use raftarium::raft::{
    Body, ChangeDecision, ChangeEnd, ChangeStage, CompactDecision, ConfigError, Input, LogIndex,
    Membership, Message, Position, ProposalDecision, ProposalNews, ReadReady, Role,
    SNAPSHOT_BYTES_MAX, Settings, Term,
};

use crate::cluster::{Cluster, id, voters};

fn at(index: u64, term: u64) -> Position {
    Position {
        index: LogIndex(index),
        term: Term(term),
    }
}

fn changes_ended(cluster: &mut Cluster, number: u16) -> Vec<ChangeEnd> {
    let told = cluster.told(number);
    told.into_iter()
        .flat_map(|effects| effects.changes_ended)
        .collect()
}

fn proposal_news(cluster: &mut Cluster, number: u16) -> Vec<ProposalNews> {
    let told = cluster.told(number);
    told.into_iter()
        .flat_map(|effects| effects.proposal_news)
        .collect()
}

// --- changes of the membership ---

#[test]
fn a_change_is_watched_from_its_beginning_to_its_end() {
    let mut cluster = Cluster::new(3, 5, &Settings::default());
    cluster.elect(1);
    assert_eq!(cluster.replica(1).change_stage(), None);
    let wish = voters(&[1, 4, 5]);
    let effects = cluster.step(1, Input::ChangeMembership(wish.clone()));
    assert_eq!(effects.change, Some(ChangeDecision::Started));

    // Every stage that it goes through, seen between any two messages.
    let mut stages: Vec<ChangeStage> = cluster.replica(1).change_stage().into_iter().collect();
    while let Some(message) = cluster.flight.pop_front() {
        cluster.step(message.to.0, Input::Receive(message));
        let stage = cluster.replica(1).change_stage();
        if stages.last() != stage.as_ref() {
            stages.extend(stage);
        }
    }
    let joint = stages
        .iter()
        .position(|stage| *stage == ChangeStage::Committing { index: LogIndex(3) });
    assert_eq!(
        stages[0],
        ChangeStage::Committing { index: LogIndex(2) },
        "newcomers as learners"
    );
    assert_eq!(
        stages[1],
        ChangeStage::CatchingUp {
            newcomers: BTreeSet::from([4, 5].map(id))
        }
    );
    assert!(joint.is_some_and(|joint| joint > 1), "{stages:?}");
    assert_eq!(
        stages.last(),
        Some(&ChangeStage::Committing { index: LogIndex(4) })
    );
    assert_eq!(cluster.replica(1).change_stage(), None);
    assert_eq!(
        changes_ended(&mut cluster, 1),
        [ChangeEnd::Done { index: LogIndex(4) }]
    );

    // Which configurations were on the way can still be asked for, and which one is committed.
    let replica = cluster.replica(1);
    let all: Vec<(LogIndex, Membership)> = replica
        .memberships()
        .map(|(index, membership)| (index, (**membership).clone()))
        .collect();
    let indices: Vec<u64> = all.iter().map(|(index, _)| index.0).collect();
    assert_eq!(indices, [0, 2, 3, 4]);
    assert_eq!(all[0].1, voters(&[1, 2, 3]));
    assert_eq!(all[1].1.learners, BTreeSet::from([4, 5].map(id)));
    assert_eq!(all[2].1, all[1].1.towards(&wish));
    assert_eq!(all[2].1.halves().count(), 2);
    assert_eq!(replica.committed_membership(), (LogIndex(4), &wish.into()));
}

#[test]
fn the_configuration_in_force_may_not_be_the_committed_one() {
    let mut cluster = Cluster::new(3, 3, &Settings::default());
    cluster.elect(1);
    cluster.step(1, Input::ChangeMembership(voters(&[1, 2])));
    let replica = cluster.replica(1);
    assert_eq!(**replica.membership(), voters(&[1, 2]));
    assert_eq!(
        replica.committed_membership(),
        (LogIndex(0), &voters(&[1, 2, 3]).into())
    );
    cluster.settle();
    assert_eq!(
        cluster.replica(1).committed_membership(),
        (LogIndex(2), &voters(&[1, 2]).into())
    );
}

#[test]
fn a_change_whose_newcomer_never_answers_is_taken_back() {
    let mut cluster = Cluster::new(3, 4, &Settings::default());
    cluster.down.insert(id(4));
    cluster.elect(1);
    // Before there is any, there is none to take back.
    let effects = cluster.step(1, Input::TakeBackChange);
    assert_eq!(effects.change, Some(ChangeDecision::NothingToTakeBack));
    let effects = cluster.step(2, Input::TakeBackChange);
    let leader = Some(id(1));
    assert_eq!(effects.change, Some(ChangeDecision::NotLeader { leader }));

    cluster.step(1, Input::ChangeMembership(voters(&[1, 2, 3, 4])));
    cluster.settle();
    for _ in 0..1000 {
        cluster.step(1, Input::Tick);
        cluster.settle();
    }
    let newcomers = BTreeSet::from([id(4)]);
    assert_eq!(
        cluster.replica(1).change_stage(),
        Some(ChangeStage::CatchingUp { newcomers })
    );
    assert_eq!(changes_ended(&mut cluster, 1), []);

    let effects = cluster.step(1, Input::TakeBackChange);
    assert_eq!(effects.change, Some(ChangeDecision::TakenBack));
    // Its own change, which takes the learner away again, is in the log now.
    let effects = cluster.step(1, Input::TakeBackChange);
    let index = LogIndex(3);
    assert_eq!(effects.change, Some(ChangeDecision::UnderWay { index }));
    cluster.settle();
    assert_eq!(
        changes_ended(&mut cluster, 1),
        [ChangeEnd::TakenBack { index }]
    );
    assert_eq!(**cluster.replica(1).membership(), voters(&[1, 2, 3]));
    assert_eq!(cluster.replica(1).change_stage(), None);
    // And the next change is free to begin.
    let decision = cluster.replica(1).change_decision(&voters(&[1, 2]));
    assert_eq!(decision, ChangeDecision::Started);
}

/// The entry that makes the newcomers learners may itself not be committed yet.
#[test]
fn a_change_is_taken_back_before_its_first_step_is_committed() {
    let mut cluster = Cluster::new(3, 4, &Settings::default());
    cluster.elect(1);
    cluster.step(1, Input::ChangeMembership(voters(&[1, 2, 3, 4])));
    let effects = cluster.step(1, Input::TakeBackChange);
    assert_eq!(effects.change, Some(ChangeDecision::TakenBack));
    cluster.settle();
    assert_eq!(
        changes_ended(&mut cluster, 1),
        [ChangeEnd::TakenBack { index: LogIndex(3) }]
    );
    assert_eq!(**cluster.replica(1).membership(), voters(&[1, 2, 3]));
}

#[test]
fn a_change_that_waits_gives_way_to_another_and_falls_with_its_leader() {
    let mut cluster = Cluster::new(3, 5, &Settings::default());
    cluster.down.insert(id(4));
    cluster.elect(1);
    cluster.step(1, Input::ChangeMembership(voters(&[1, 2, 3, 4])));
    cluster.settle();
    cluster.step(1, Input::ChangeMembership(voters(&[1, 2, 3, 4, 5])));
    assert_eq!(changes_ended(&mut cluster, 1), [ChangeEnd::Replaced]);
    cluster.settle();
    cluster.elect(2);
    assert_eq!(changes_ended(&mut cluster, 1), [ChangeEnd::LeadershipLost]);
}

/// A cluster of one does all of a change in one step.
#[test]
fn a_change_may_begin_and_end_in_one_step() {
    let mut cluster = Cluster::new(1, 2, &Settings::default());
    cluster.elect(1);
    let wish = Membership {
        learners: [id(2)].into(),
        ..voters(&[1])
    };
    let effects = cluster.step(1, Input::ChangeMembership(wish));
    assert_eq!(effects.change, Some(ChangeDecision::Started));
    let index = LogIndex(2);
    assert_eq!(effects.changes_ended, [ChangeEnd::Done { index }]);
}

// --- a leader that removes itself ---

/// Commands that come after the change don't wait for an election timeout: nobody's clock
/// ticks here.
#[test]
fn a_leader_that_removes_itself_hands_over_with_all_that_it_holds() {
    let mut cluster = Cluster::new(3, 3, &Settings::default());
    cluster.elect(1);
    cluster.step(1, Input::ChangeMembership(voters(&[2, 3])));
    cluster.propose(1, b"late");
    cluster.settle();
    assert_eq!(
        changes_ended(&mut cluster, 1),
        [ChangeEnd::Done { index: LogIndex(2) }]
    );
    assert!(matches!(cluster.replica(1).role(), Role::Follower(_)));
    let leader = [2, 3].map(|number| cluster.replica(number).leader());
    assert!(
        leader[0].is_some_and(|leader| leader != id(1)),
        "{leader:?}"
    );
    assert_eq!(leader[0], leader[1]);
    let number = leader[0].map_or(0, |leader| leader.0);
    let committed = cluster.committed(number);
    assert_eq!(committed.last().map(|entry| entry.term), Some(Term(2)));
    assert!(committed.iter().any(|entry| entry.position() == at(3, 1)));
}

/// Where the successor is gone as well, the others wait for an election timeout, as they would
/// have without a handover; so does the leader, and then it goes.
#[test]
fn a_leader_that_removes_itself_does_not_wait_for_ever() {
    let settings = Settings::default();
    let mut cluster = Cluster::new(4, 4, &settings);
    cluster.elect(1);
    cluster.step(1, Input::ChangeMembership(voters(&[2, 3, 4])));
    let change = std::mem::take(&mut cluster.flight);
    cluster.propose(1, b"late");
    // The configuration arrives everywhere, and the answers to that; the command does not.
    cluster.flight = change;
    for _ in 0..6 {
        let message = cluster.flight.pop_front().expect("three and their answers");
        cluster.step(message.to.0, Input::Receive(message));
    }
    cluster.flight.clear();
    let to = id(2);
    let decision = ProposalDecision::HandingOver { to };
    assert_eq!(cluster.replica(1).proposal_decision(0), decision);
    cluster.down = BTreeSet::from([2, 3, 4].map(id));
    for _ in 1..settings.election_timeout_ticks_max {
        cluster.step(1, Input::Tick);
        cluster.settle();
    }
    assert!(matches!(cluster.replica(1).role(), Role::Leader(_)));
    cluster.step(1, Input::Tick);
    assert!(matches!(cluster.replica(1).role(), Role::Follower(_)));
}

// --- proposals ---

#[test]
fn a_proposal_that_is_overwritten_is_reported() {
    let mut cluster = Cluster::new(3, 3, &Settings::default());
    cluster.elect(1);
    // Nobody hears of these two.
    for (command, index) in [(b"a", 2), (b"b", 3)] {
        let effects = cluster.propose(1, command);
        let decision = ProposalDecision::Appended(at(index, 1));
        assert_eq!(effects.proposal, Some(decision));
    }
    cluster.flight.clear();
    cluster.down.insert(id(1));
    cluster.elect(2);
    cluster.propose(2, b"c");
    cluster.settle();
    assert_eq!(proposal_news(&mut cluster, 1), []);
    cluster.down.clear();
    for _ in 0..20 {
        cluster.step(2, Input::Tick);
        cluster.settle();
    }
    let lost = |index| ProposalNews::Lost {
        position: at(index, 1),
        by: at(index, 2),
    };
    assert_eq!(
        proposal_news(&mut cluster, 1),
        [
            ProposalNews::Undecided(at(2, 1)),
            ProposalNews::Undecided(at(3, 1)),
            lost(2),
            lost(3),
        ]
    );
}

#[test]
fn a_proposal_that_is_committed_by_the_next_leader_is_no_loss() {
    let mut cluster = Cluster::new(3, 3, &Settings::default());
    cluster.elect(1);
    cluster.propose(1, b"a");
    // R2 gets it, but its answer is lost.
    let message = cluster.flight.pop_front().expect("an AppendEntries");
    assert_eq!(message.to, id(2));
    cluster.step(2, Input::Receive(message));
    cluster.flight.clear();
    cluster.elect(2);
    cluster.step(2, Input::Propose([1].into()));
    cluster.settle();
    assert_eq!(
        proposal_news(&mut cluster, 1),
        [ProposalNews::Undecided(at(2, 1))]
    );
    let mut committed = cluster.committed(1).iter();
    assert!(committed.any(|entry| entry.position() == at(2, 1)));
}

#[test]
fn what_became_of_a_proposal_behind_a_snapshot_is_unknown() {
    let mut cluster = Cluster::new(3, 3, &Settings::default());
    cluster.elect(1);
    cluster.propose(1, b"a");
    cluster.flight.clear();
    cluster.down.insert(id(1));
    cluster.elect(2);
    cluster.propose(2, b"b");
    cluster.settle();
    let through = cluster.replica(2).commit_index();
    cluster.step(
        2,
        Input::Compact(raftarium::raft::Compact {
            through,
            data: [7].into(),
            retain: 0,
        }),
    );
    cluster.down.clear();
    for _ in 0..20 {
        cluster.step(2, Input::Tick);
        cluster.settle();
    }
    assert_eq!(cluster.replica(1).commit_index(), through);
    assert_eq!(
        proposal_news(&mut cluster, 1),
        [
            ProposalNews::Undecided(at(2, 1)),
            ProposalNews::Unknown(at(2, 1)),
        ]
    );
}

// --- settings ---

#[test]
fn settings_that_no_replica_can_run_with_are_refused_aloud() {
    let mut cluster = Cluster::new(3, 3, &Settings::default());
    let before = cluster.replica(1).clone();
    let effects = cluster.step(
        1,
        Input::Configure(Settings {
            heartbeat_ticks: 0,
            ..Settings::default()
        }),
    );
    assert_eq!(effects.settings_refused, Some(ConfigError::NoHeartbeat));
    assert_eq!(cluster.replica(1), &before);
    let settings = Settings {
        heartbeat_ticks: 3,
        ..Settings::default()
    };
    let effects = cluster.step(1, Input::Configure(settings.clone()));
    assert_eq!(effects.settings_refused, None);
    assert_eq!(cluster.replica(1).config().settings, settings);
}

#[test]
fn an_election_timeout_can_be_set_by_hand() {
    let settings = Settings::default();
    let mut cluster = Cluster::new(3, 3, &settings);
    let (min, max) = (
        settings.election_timeout_ticks_min,
        settings.election_timeout_ticks_max,
    );
    for ticks in min..=max {
        let mut cluster = Cluster::new(3, 3, &settings);
        let effects = cluster.step(1, Input::SetElectionTimeout(ticks));
        assert_eq!(effects.settings_refused, None);
        assert_eq!(cluster.replica(1).timer(), (0, ticks));
        for tick in 1..=ticks {
            let stands = !cluster.step(1, Input::Tick).messages.is_empty();
            assert_eq!(stands, tick == ticks);
        }
    }
    let before = cluster.replica(1).timer();
    for ticks in [0, min - 1, max + 1, u32::MAX] {
        let effects = cluster.step(1, Input::SetElectionTimeout(ticks));
        let error = ConfigError::TimeoutOutOfRange { ticks, min, max };
        assert_eq!(effects.settings_refused, Some(error));
        assert_eq!(cluster.replica(1).timer(), before);
    }
    cluster.elect(1);
    let effects = cluster.step(1, Input::SetElectionTimeout(min));
    assert_eq!(effects.settings_refused, Some(ConfigError::NoElectionTimer));
}

// --- reads ---

fn reads(cluster: &mut Cluster, number: u16) -> Vec<ReadReady> {
    let told = cluster.told(number);
    told.into_iter().flat_map(|effects| effects.reads).collect()
}

#[test]
fn a_read_is_ready_once_however_often_its_question_or_answer_arrives() {
    for doubled in ["the question", "the answer"] {
        let mut cluster = Cluster::new(3, 3, &Settings::default());
        cluster.elect(1);
        cluster.step(2, Input::Read(7));
        if doubled == "the question" {
            let question = cluster.flight[0].clone();
            assert_eq!(question.body, Body::ReadIndex { read: 7 });
            cluster.flight.push_back(question);
        }
        let mut answers = 0;
        while let Some(message) = cluster.flight.pop_front() {
            if matches!(message.body, Body::ReadIndexAnswer { .. }) {
                answers += 1;
                if doubled == "the answer" {
                    cluster.step(2, Input::Receive(message.clone()));
                }
            }
            cluster.step(message.to.0, Input::Receive(message));
        }
        assert_eq!(answers, if doubled == "the question" { 2 } else { 1 });
        let index = LogIndex(1);
        assert_eq!(
            reads(&mut cluster, 2),
            [ReadReady { read: 7, index }],
            "{doubled}"
        );
    }
}

// --- messages and snapshots that can't be ---

#[test]
fn an_entry_that_holds_something_else_is_refused() {
    let mut cluster = Cluster::new(3, 3, &Settings::default());
    cluster.elect(1);
    cluster.propose(1, b"true");
    let honest = cluster.flight[0].clone();
    cluster.settle();
    let mut lie = honest.clone();
    let Body::AppendEntries { entries, .. } = &mut lie.body else {
        panic!("entries are sent");
    };
    let mut forged = entries.to_vec();
    forged[0].payload = raftarium::raft::Payload::Command(b"false"[..].into());
    *entries = forged.into();
    let before = cluster.replica(2).clone();
    let effects = cluster.step(2, Input::Receive(lie));
    let refusal = effects.refused.expect("it is no truth");
    assert_eq!(
        refusal.to_string(),
        "entry 2@1 holds something else than the one that is here"
    );
    assert!(effects.messages.is_empty(), "not acknowledged");
    assert_eq!(cluster.replica(2), &before);
    // The same again in other memory is as good as ever.
    let mut copy: Message = honest;
    if let Body::AppendEntries { entries, .. } = &mut copy.body {
        let mut copied = entries.to_vec();
        copied[0].payload = raftarium::raft::Payload::Command(b"true"[..].into());
        *entries = copied.into();
    }
    let effects = cluster.step(2, Input::Receive(copy));
    assert_eq!(effects.refused, None);
    assert_eq!(effects.messages.len(), 1);
}

#[test]
fn a_snapshot_that_could_never_be_sent_is_not_taken() {
    let mut cluster = Cluster::new(1, 1, &Settings::default());
    cluster.elect(1);
    let decision = |bytes| cluster.replica(1).compact_decision(LogIndex(1), bytes);
    assert_eq!(
        decision(SNAPSHOT_BYTES_MAX),
        CompactDecision::Compacted { last: at(1, 1) }
    );
    for bytes in [SNAPSHOT_BYTES_MAX + 1, u64::MAX] {
        let bytes_max = SNAPSHOT_BYTES_MAX;
        assert_eq!(
            decision(bytes),
            CompactDecision::TooLarge { bytes, bytes_max }
        );
    }
}

// --- many commands at once ---

#[test]
fn commands_that_come_together_enter_the_log_together_or_not_at_all() {
    let settings = Settings {
        uncommitted_bytes_max: 10,
        ..Settings::default()
    };
    let mut cluster = Cluster::new(3, 3, &settings);
    let commands =
        |lens: &[usize]| Input::ProposeAll(lens.iter().map(|&len| vec![7; len].into()).collect());
    let effects = cluster.step(1, commands(&[1]));
    let leader = None;
    let not_leader = ProposalDecision::NotLeader { leader };
    assert_eq!(effects.proposal, Some(not_leader));
    cluster.elect(1);

    let effects = cluster.step(1, commands(&[2, 3, 4]));
    let first = ProposalDecision::Appended(at(2, 1));
    assert_eq!(effects.proposal, Some(first));
    assert_eq!(effects.write.append, LogIndex(2)..LogIndex(5));
    // One message to each, with all of them.
    assert_eq!(effects.messages.len(), 2);
    let before = cluster.replica(1).clone();
    let effects = cluster.step(1, commands(&[1, 1]));
    let refused = ProposalDecision::TooMuchUncommitted {
        bytes: 11,
        bytes_max: 10,
    };
    assert_eq!(effects.proposal, Some(refused));
    assert_eq!(cluster.replica(1), &before);
    cluster.settle();
    let sizes: Vec<usize> = cluster
        .committed(1)
        .iter()
        .map(raftarium::raft::Entry::size)
        .collect();
    assert_eq!(sizes, [0, 2, 3, 4]);

    // Nothing is as good as nothing.
    let effects = cluster.step(1, commands(&[]));
    assert!(effects.write.is_empty() && effects.messages.is_empty());
}

/// What a step commits or writes may be carried out later, though a snapshot has replaced the log.
#[test]
fn entries_are_kept_for_a_step_that_waits() {
    let mut cluster = Cluster::new(1, 1, &Settings::default());
    cluster.elect(1);
    let effects = cluster.propose(1, b"early");
    let kept = cluster.replica(1).log().entries(&effects.committed);
    let compact = raftarium::raft::Compact {
        through: LogIndex(2),
        data: [].into(),
        retain: 0,
    };
    cluster.step(1, Input::Compact(compact));
    assert!(
        cluster
            .replica(1)
            .log()
            .entries(&effects.committed)
            .is_empty()
    );
    assert_eq!((kept.len(), kept[0].position()), (1, at(2, 1)));
}
