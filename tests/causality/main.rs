//! The event graph, held against another computation of the same: vector clocks that know
//! nothing but the order at each place and which message was received. Over random worlds in which
//! everything happens that can. To try more of them:
//!
//! ```text
//! SEEDS=1..1001 cargo test --release --test causality
//! ```

#![cfg(not(target_family = "wasm"))]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use raftarium::adversary::simulate;
use raftarium::raft::{CommitDecision, Decision, ElectionDecision, ReplicaId, VoteDecision};
use raftarium::sim::causality::{
    CausalGraph, HappeningId, Outcome, Place, Relation, VectorClocks, What,
};
use raftarium::sim::notice::TraceEvent;
use raftarium::sim::view::{MessageKind, RoleKind};
use raftarium::sim::{BranchId, Recording, Timeline, Tracing};

fn seeds(count: u64) -> Range<u64> {
    let asked = std::env::var("SEEDS").ok();
    asked.map_or(1..count + 1, |asked| {
        let (from, to) = asked.split_once("..").expect("two numbers: 1..100");
        let number = |text: &str| text.parse().expect("a number");
        number(from)..number(to)
    })
}

/// A random life, run again to its end.
fn lived(seed: u64) -> (Recording, Timeline) {
    let recording = simulate(seed).case.recording;
    let mut timeline = Timeline::follow(recording.clone()).expect("it is one");
    let last = recording.interventions.last().map_or(0, |it| it.at_us);
    while timeline
        .due_at()
        .is_some_and(|at_us| at_us <= last + 2_000_000)
        && timeline.world().events() < 60_000
    {
        timeline.step().expect("it was lived");
    }
    (recording, timeline)
}

fn traced(timeline: &Timeline, from_us: u64, to_us: u64) -> Tracing {
    let branch = timeline.shown();
    let mut tracing = timeline.trace(branch, from_us, to_us).expect("it is shown");
    while !tracing.advance(timeline, 997).done {}
    tracing
}

/// Vector clocks by the order at each place, and by which message was received: nothing else of
/// the graph is looked at.
fn other_clocks(graph: &CausalGraph) -> Vec<Option<BTreeMap<Place, u32>>> {
    let mut places: BTreeMap<Place, BTreeMap<Place, u32>> = BTreeMap::new();
    let mut letters = BTreeMap::new();
    let mut clocks = Vec::new();
    for (id, happening) in graph.iter() {
        if !matches!(happening.place, Place::Replica(_) | Place::Client(_)) {
            clocks.push(None);
            continue;
        }
        let mut clock = places.remove(&happening.place).unwrap_or_default();
        if let What::Received { letter, .. } = &happening.what {
            // Copies that a person or the network makes have numbers of their own.
            let sent = letters.get(&letter.message).or_else(|| {
                let sent = graph.causes(id).next().and_then(|it| graph.get(it));
                let original = sent.and_then(|it| it.letter()).expect("it was sent");
                assert!(letter.duplicate, "{letter:?} of nowhere");
                assert_eq!(
                    (letter.from, letter.to, letter.kind, letter.number),
                    (original.from, original.to, original.kind, original.number)
                );
                letters.get(&original.message)
            });
            let sent: &BTreeMap<Place, u32> = sent.expect("it was sent before");
            for (&place, &known) in sent {
                let mine = clock.entry(place).or_insert(0);
                *mine = known.max(*mine);
            }
        }
        *clock.entry(happening.place).or_insert(0) += 1;
        if let What::Sent(letter) = &happening.what {
            letters.insert(letter.message, clock.clone());
        }
        places.insert(happening.place, clock.clone());
        clocks.push(Some(clock));
    }
    clocks
}

#[test]
fn happened_before_is_what_vector_clocks_say() {
    for seed in seeds(12) {
        let (_, timeline) = lived(seed);
        let now_us = timeline.world().now_us();
        let tracing = traced(&timeline, 0, now_us.min(1_500_000));
        let graph = tracing.graph();
        assert!(graph.len() > 100, "seed {seed}: {}", graph.len());
        let others = other_clocks(graph);
        let ours = VectorClocks::of(graph);
        for ((id, happening), other) in graph.iter().zip(&others) {
            for cause in graph.direct_causes(id) {
                assert!(cause < id, "seed {seed}: {happening:?} before its cause");
            }
            let Some(other) = other else { continue };
            let clock = ours.get(id).expect("each has one");
            for (place, &known) in ours.places().iter().zip(clock) {
                let theirs = other.get(place).copied().unwrap_or(0);
                assert_eq!(known, theirs, "seed {seed}: {happening:?} of {place:?}");
            }
        }
        // Of some of them, how all others stand to it.
        for step in 1..12 {
            let place = graph.len() * step / 12;
            let (Ok(number), Some(own)) = (u32::try_from(place), &others[place]) else {
                continue;
            };
            let id = HappeningId(number);
            let at = graph.get(id).expect("it is there").place;
            let relations = graph.relations(id);
            for ((other, happening), clock) in graph.iter().zip(&others) {
                let Some(clock) = clock else { continue };
                let known = |clock: &BTreeMap<Place, u32>, place| *clock.get(&place).unwrap_or(&0);
                let there = happening.place;
                let expected = if other == id {
                    Relation::Same
                } else if known(own, there) >= known(clock, there) {
                    Relation::Past
                } else if known(clock, at) >= known(own, at) {
                    Relation::Future
                } else {
                    Relation::Concurrent
                };
                let relation = relations[other.0 as usize];
                assert_eq!(relation, expected, "seed {seed}: {happening:?} to {number}");
            }
        }
    }
}

#[test]
fn everything_is_in_it_that_the_world_counts_and_tells() {
    for seed in seeds(30) {
        let (recording, mut timeline) = lived(seed);
        let now_us = timeline.world().now_us();
        let tracing = traced(&timeline, 0, now_us);
        let graph = tracing.graph();
        let (mut gone, mut became, mut committed) = (0, BTreeSet::new(), BTreeSet::new());
        for (_, it) in graph.iter() {
            gone += u64::from(matches!(it.what, What::Received { .. } | What::Lost { .. }));
            match it.what {
                What::Became { role, term, .. } => {
                    became.insert((it.event, it.replica(), role == RoleKind::Leader, term));
                }
                What::Committed { last, .. } => {
                    committed.insert((it.event, it.replica(), last));
                }
                _ => {}
            }
        }
        let world = timeline.world();
        let counters = world.counters();
        let sent = counters.replica_messages + counters.client_messages;
        let under_way = world.messages().count() as u64;
        assert_eq!(gone + under_way, sent, "seed {seed}");

        // What the world told when it was lived.
        let events = world.events();
        timeline.rewind(0).expect("it began");
        let mut told = 0;
        while timeline.world().events() < events {
            timeline.step().expect("it was lived");
            for notice in timeline.take_notices() {
                match notice.what {
                    TraceEvent::LeaderElected { replica, term } => {
                        let one = (notice.event, Some(replica), true, term);
                        assert!(became.contains(&one), "seed {seed}: {notice:?}");
                    }
                    TraceEvent::Committed {
                        replica,
                        commit_index,
                    } => {
                        let one = (notice.event, Some(replica), commit_index);
                        assert!(committed.contains(&one), "seed {seed}: {notice:?}");
                    }
                    _ => continue,
                }
                told += 1;
            }
        }
        assert!(told > 0, "seed {seed} of {recording:?}");
    }
}

/// Of each election, commit and vote the chain of causes leads to what the rule looked at.
#[test]
fn reasons_lead_to_what_the_rules_looked_at() {
    let mut seen = [0; 4];
    for seed in seeds(12) {
        let (_, timeline) = lived(seed);
        let tracing = traced(&timeline, 0, timeline.world().now_us());
        let graph = tracing.graph();
        let kinds = |id| -> Vec<_> {
            let causes = graph.causes(id).filter_map(|it| graph.get(it));
            causes.map(|it| &it.what).collect()
        };
        for (id, happening) in graph.iter() {
            match &happening.what {
                What::Became {
                    role: RoleKind::Leader,
                    ..
                } => {
                    let votes = kinds(id).into_iter().filter(
                        |it| matches!(it, What::Received { letter, .. } if letter.kind == MessageKind::VoteGranted),
                    );
                    let alone = graph.beginning().replicas.len() == 1;
                    seen[0] += usize::from(votes.count() > 0 || alone);
                }
                What::Decided(Decision::Commit {
                    decision: CommitDecision::Advanced { to },
                }) => {
                    let answers = kinds(id).into_iter().filter(|it| {
                        matches!(it, What::Received { letter, outcome: Outcome::Taken }
                            if letter.kind == MessageKind::AppendAccepted && letter.number >= to.0)
                    });
                    seen[1] += usize::from(answers.count() > 0);
                }
                What::Decided(Decision::Vote {
                    candidate,
                    decision: VoteDecision::Granted,
                    ..
                }) => {
                    let [What::Received { letter, .. }] = kinds(id)[..] else {
                        panic!("seed {seed}: {happening:?} by {:?}", kinds(id));
                    };
                    let from: Place = letter.from.into();
                    assert_eq!(from, Place::Replica(*candidate));
                    seen[2] += 1;
                }
                What::Decided(Decision::Election {
                    decision: ElectionDecision::Start { .. },
                }) => {
                    let by = kinds(id);
                    assert!(
                        by.iter()
                            .all(|it| matches!(it, What::TimedOut { .. } | What::Done(_))),
                        "seed {seed}: {by:?}"
                    );
                    seen[3] += 1;
                }
                _ => {}
            }
        }
    }
    assert!(seen.iter().all(|&times| times > 5), "{seen:?}");
}

/// A stretch of a run has the same happenings as the whole, and the same order among them.
#[test]
fn a_stretch_is_a_part_of_the_whole() {
    for seed in seeds(8) {
        let (_, timeline) = lived(seed);
        let now_us = timeline.world().now_us();
        let (from_us, to_us) = (now_us / 3, now_us / 2);
        let (whole, part) = (
            traced(&timeline, 0, to_us),
            traced(&timeline, from_us, to_us),
        );
        let told = |tracing: &Tracing| -> Vec<_> {
            let all = tracing.graph().iter().map(|(_, it)| it.clone());
            let later = all.filter(|it| it.at_us > from_us && it.replica().is_some());
            // What it was before may be unknown to a stretch, and so whether a step was begun by a timer.
            let plain = later.filter(|it| !matches!(it.what, What::TimedOut { .. }));
            plain
                .map(|it| (it.at_us, it.event, it.place, it.what))
                .collect()
        };
        assert_eq!(told(&whole), told(&part), "seed {seed}");
        assert_eq!(part.branch(), BranchId(0));
        let first = part.graph().beginning().replicas.first();
        assert_eq!(first.map(|it| it.id), Some(ReplicaId(1)));
    }
}
