//! Under each flaw it is told that the rule is broken, where it makes a difference; without the
//! flaw it never is.

use raftarium::flaw::Flaw;
use raftarium::raft::{CommitDecision, Decision, LogIndex, ReplicaId, Rightly, Term};
use raftarium::sim::causality::What;
use raftarium::sim::scenario::{Scenario, demonstrations};
use raftarium::sim::why::Question;
use raftarium::sim::{Timeline, World};

use super::traced;

/// These act in the store, where no rule of Raft decides: the property that breaks tells of them.
const OF_THE_STORE: [Flaw; 2] = [Flaw::AppliesRetries, Flaw::SnapshotWithoutSessions];

const UNTIL_US: u64 = 8_000_000;

fn broken_in(scenario: Scenario) -> Vec<(Flaw, Rightly)> {
    let seed = scenario.seed.unwrap_or(1);
    let mut timeline = Timeline::new(scenario, seed);
    while timeline.due_at().is_some_and(|at_us| at_us <= UNTIL_US)
        && timeline.step().is_ok_and(|it| it.is_some())
    {}
    let tracing = traced(&timeline, 0, UNTIL_US);
    let all = tracing.graph().iter();
    let broken = all.filter_map(|(_, it)| match it.what {
        What::Decided(Decision::Broken { flaw, rightly }) => Some((flaw, rightly)),
        _ => None,
    });
    broken.collect()
}

#[test]
fn each_flaw_is_told_of_where_it_makes_a_difference_and_never_without_it() {
    for shipped in demonstrations() {
        let scenario = shipped.scenario();
        let flaw = scenario.flaw.expect("it is a demonstration");
        let on = broken_in(scenario.clone());
        if OF_THE_STORE.contains(&flaw) {
            assert_eq!(on, [], "{}", shipped.name);
        } else {
            assert!(!on.is_empty(), "{} tells of nothing", shipped.name);
            assert!(
                on.iter().all(|(it, _)| *it == flaw),
                "{}: {on:?}",
                shipped.name
            );
        }
        let off = broken_in(Scenario {
            flaw: None,
            ..scenario
        });
        assert_eq!(off, [], "{} without its flaw", shipped.name);
    }
}

/// The first moment at which an entry is committed at a replica.
fn until_committed(world: &mut World, replica: ReplicaId, index: LogIndex) {
    let committed = |world: &World| {
        let view = &world.view().replicas[usize::from(replica.0) - 1];
        view.commit_index >= index
    };
    while !committed(world) {
        world.step().expect("nothing broke before").expect("due");
    }
}

/// Figure 8 with the rule broken: no clean bill for the commit (§5.4.2).
#[test]
fn an_entry_of_an_older_term_that_is_committed_by_a_broken_rule_is_told_so() {
    let shipped = demonstrations().iter();
    let shipped = shipped.clone().find(|it| it.name == "commits-older-term");
    let scenario = shipped.expect("it ships").scenario();
    let seed = scenario.seed.unwrap_or(1);
    let mut world = World::new(scenario, seed);
    let (replica, index) = (ReplicaId(1), LogIndex(2));
    until_committed(&mut world, replica, index);
    let why = world.why(Question::Entry { replica, index });
    let why = why.expect("it is there");
    let broken = why.broken.expect("the rule is broken");
    assert!(broken.contains("§5.4.2"), "{broken}");
    assert!(
        broken.contains("of term 1, and a leader of term 3 counts only entries of its own term"),
        "{broken}"
    );
    let detail = world.replica_detail(replica, 0).expect("known");
    let told = detail.decisions.iter().any(|it| {
        it.decision
            == Decision::Broken {
                flaw: Flaw::CommitsOlderTerm,
                rightly: Rightly::Commit(CommitDecision::OlderTerm {
                    index,
                    term: Term(1),
                    current: Term(3),
                }),
            }
    });
    assert!(told, "{:?}", detail.decisions);
}
