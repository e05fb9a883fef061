//! What is said of entries, against the rule and against what then happens.

use raftarium::adversary::simulate;
use raftarium::raft::{CommitDecision, Decision, LogIndex};
use raftarium::sim::Timeline;
use raftarium::sim::view::RoleKind;
use raftarium::sim::view::Status;
use raftarium::sim::why::Question;

use super::seeds;

/// At a leader the answer is that of the commit rule, with what the leader knows.
#[test]
fn an_entry_waits_for_what_the_commit_rule_waits_for() {
    let mut seen = [0; 2];
    for seed in seeds(60) {
        let recording = simulate(seed).case.recording;
        let mut timeline = Timeline::follow(recording).expect("it is one");
        while timeline.world().events() < 20_000 && timeline.step().is_ok_and(|it| it.is_some()) {
            if !timeline.world().events().is_multiple_of(13) {
                continue;
            }
            let world = timeline.world();
            for view in world.view().replicas {
                let index = view.commit_index.next();
                let leads = view.role == RoleKind::Leader && view.status == Status::Running;
                if !leads || index > view.log.last_index {
                    continue;
                }
                let why = world.why(Question::Entry {
                    replica: view.id,
                    index,
                });
                let why = why.expect("it is there");
                let detail = world.replica_detail(view.id, 0).expect("known");
                let holds = |id| {
                    id == view.id
                        || detail
                            .followers
                            .iter()
                            .any(|it| it.id == id && it.match_index >= index)
                };
                let halves = [&view.membership.voters, &view.membership.outgoing];
                let quorum = halves
                    .iter()
                    .filter(|half| !half.is_empty())
                    .all(|half| half.iter().filter(|&&id| holds(id)).count() > half.len() / 2);
                match why.decision {
                    Some(Decision::Commit {
                        decision: CommitDecision::OlderTerm { current, .. },
                    }) => {
                        assert!(quorum, "seed {seed}: {why:?}");
                        assert_eq!(current, view.term);
                        assert_eq!(why.rule, "§5.4.2, Figure 8");
                        seen[0] += 1;
                    }
                    Some(Decision::Commit {
                        decision: CommitDecision::NoQuorum { index: first },
                    }) => {
                        assert!(!quorum, "seed {seed}: {why:?}");
                        assert_eq!(first, index);
                        assert!(
                            why.needs[0].starts_with("It would be committed if "),
                            "{why:?}"
                        );
                        seen[1] += 1;
                    }
                    other => panic!("seed {seed}: {other:?}"),
                }
            }
        }
    }
    assert!(seen.iter().all(|&times| times > 0), "{seen:?}");
}

/// What is said to be committed is in the one true history.
#[test]
fn what_is_said_to_be_committed_is() {
    for seed in seeds(20) {
        let recording = simulate(seed).case.recording;
        let mut timeline = Timeline::follow(recording).expect("it is one");
        while timeline.world().events() < 5_000 && timeline.step().is_ok_and(|it| it.is_some()) {
            if !timeline.world().events().is_multiple_of(211) {
                continue;
            }
            let world = timeline.world();
            for view in world.view().replicas {
                for index in 1..=view.log.last_index.0 {
                    let index = LogIndex(index);
                    let why = world.why(Question::Entry {
                        replica: view.id,
                        index,
                    });
                    let answer = why.expect("it is there").answer;
                    let says = answer.contains(" is committed, ")
                        || answer.contains("it is committed, and applied");
                    if view.status != Status::Crashed {
                        assert_eq!(says, index <= view.commit_index, "seed {seed}: {answer}");
                    }
                }
            }
        }
    }
}
