//! Answers to “why?”, held against what the rules then do: over random worlds, and over each
//! flaw's demonstration with the flaw on and off. To try more worlds:
//!
//! ```text
//! SEEDS=1..1001 cargo test --release --test why
//! ```

#![cfg(not(target_family = "wasm"))]

mod entries;
mod flaws;
mod stories;

use std::ops::Range;

use raftarium::adversary::simulate;
use raftarium::kv::ClientId;
use raftarium::raft::{Decision, ElectionDecision, LogIndex, ReplicaId};
use raftarium::sim::action::{Action, MessageId};
use raftarium::sim::causality::{HappeningId, What};
use raftarium::sim::view::{Endpoint, Status};
use raftarium::sim::why::Question;
use raftarium::sim::{Timeline, Tracing, World};

fn seeds(count: u64) -> Range<u64> {
    let asked = std::env::var("SEEDS").ok();
    asked.map_or(1..count + 1, |asked| {
        let (from, to) = asked.split_once("..").expect("two numbers: 1..100");
        let number = |text: &str| text.parse().expect("a number");
        number(from)..number(to)
    })
}

/// What was decided in an event, as the event graph has it.
fn decided_in(timeline: &Timeline, event: u64, at_us: u64) -> Vec<Decision> {
    let tracing = traced(timeline, at_us, at_us);
    let all = tracing.graph().iter().filter(|(_, it)| it.event == event);
    let decided = all.filter_map(|(_, it)| match it.what {
        What::Decided(decision) => Some(decision),
        _ => None,
    });
    decided.collect()
}

fn traced(timeline: &Timeline, from_us: u64, to_us: u64) -> Tracing {
    let tracing = timeline.trace(timeline.shown(), from_us, to_us);
    let mut tracing = tracing.expect("it is shown");
    while !tracing.advance(timeline, 10_000).done {}
    tracing
}

/// All that one can ask of a world.
fn questions(world: &World) -> Vec<Question> {
    let mut all = vec![Question::Change {}, Question::Cluster {}];
    let view = world.view();
    for replica in &view.replicas {
        let id = replica.id;
        all.extend([
            Question::Replica { replica: id },
            Question::Vote { replica: id },
        ]);
        let last = replica.log.last_index.0;
        for index in [
            0,
            1,
            replica.commit_index.0,
            replica.commit_index.0 + 1,
            last,
            last + 1,
        ] {
            all.push(Question::Entry {
                replica: id,
                index: LogIndex(index),
            });
        }
    }
    let clients = view.clients.iter();
    all.extend(clients.map(|it| Question::Client { client: it.id }));
    let messages = world.messages().take(40);
    all.extend(messages.map(|it| Question::Message { message: it.id }));
    all
}

#[test]
fn every_question_has_an_answer_at_any_moment_of_random_worlds() {
    let mut asked = 0;
    for seed in seeds(40) {
        let recording = simulate(seed).case.recording;
        let mut timeline = Timeline::follow(recording).expect("it is one");
        while timeline.world().events() < 30_000 && timeline.step().is_ok_and(|it| it.is_some()) {
            if timeline.world().events() % 97 != seed % 97 {
                continue;
            }
            let world = timeline.world();
            for question in questions(world) {
                let why = world.why(question).expect("it is there");
                assert!(why.answer.ends_with('.'), "{question:?}: {why:?}");
                assert!(
                    why.needs.iter().all(|it| it.ends_with('.')),
                    "{question:?}: {why:?}"
                );
                assert_eq!(why.broken, None, "no rule is broken: {why:?}");
                asked += 1;
            }
        }
    }
    assert!(asked > 10_000, "{asked}");
    let world = World::new(raftarium::sim::scenario::Scenario::default(), 1);
    let nobody = Question::Replica {
        replica: ReplicaId(99),
    };
    assert_eq!(world.why(nobody), None);
    let nobody = Question::Client {
        client: ClientId(99),
    };
    assert_eq!(world.why(nobody), None);
}

/// What is said of a message that comes next is what its receiver then decides.
#[test]
fn what_is_foretold_of_a_message_is_what_its_receiver_decides() {
    let (mut foretold, mut silent) = (0, 0);
    for seed in seeds(16) {
        let recording = simulate(seed).case.recording;
        let mut timeline = Timeline::follow(recording).expect("it is one");
        let mut told: Vec<(u64, u64, MessageId, Option<Decision>)> = Vec::new();
        while timeline.world().events() < 6_000 {
            let due = timeline.next_due();
            let message = due.as_ref().and_then(|due| match due.action {
                Action::Deliver { message } => Some((due.at_us, message)),
                _ => None,
            });
            let why = message
                .and_then(|(_, message)| timeline.world().why(Question::Message { message }));
            let events = timeline.world().events();
            if !timeline.step().is_ok_and(|it| it.is_some()) {
                break;
            }
            if let (Some((at_us, message)), Some(why)) = (message, why) {
                told.push((events + 1, at_us, message, why.decision));
            }
        }
        let end_us = timeline.world().now_us();
        let tracing = traced(&timeline, 0, end_us);
        let graph = tracing.graph();
        let mut by_event = std::collections::BTreeMap::<u64, Vec<HappeningId>>::new();
        for (id, it) in graph.iter() {
            by_event.entry(it.event).or_default().push(id);
        }
        for (event, _, message, decision) in told {
            let happened = by_event.get(&event).map_or(&[][..], Vec::as_slice);
            let all = happened.iter().filter_map(|&id| graph.get(id));
            let received = all.clone().any(|it| {
                matches!(&it.what, What::Received { letter, .. }
                    if letter.message == message && matches!(letter.from, Endpoint::Replica(_)))
            });
            if !received {
                continue;
            }
            let decided: Vec<Decision> = all
                .filter_map(|it| match it.what {
                    What::Decided(
                        decision @ (Decision::Vote { .. }
                        | Decision::Match { .. }
                        | Decision::Commit { .. }
                        | Decision::Read { .. }),
                    ) => Some(decision),
                    _ => None,
                })
                .collect();
            assert_eq!(
                decision,
                decided.first().copied(),
                "seed {seed}, event {event}, {message:?}"
            );
            foretold += usize::from(decision.is_some());
            silent += usize::from(decision.is_none());
        }
    }
    assert!(foretold > 500 && silent > 500, "{foretold} {silent}");
}

/// A follower that waits stands once its timer has run as far as was said, and not before.
#[test]
fn a_timer_runs_out_when_it_is_said_to() {
    let mut seen = 0;
    for seed in seeds(30) {
        let recording = simulate(seed).case.recording;
        let mut timeline = Timeline::follow(recording).expect("it is one");
        while timeline.world().events() < 8_000 {
            let due = timeline.next_due();
            let (Some(due), events) = (due, timeline.world().events()) else {
                break;
            };
            let mut last = None;
            if let Action::Tick { replica } = due.action {
                let why = timeline.world().why(Question::Replica { replica });
                last = why.and_then(|it| match it.decision {
                    Some(Decision::Election { decision }) => Some((replica, decision)),
                    _ => None,
                });
            }
            if !timeline.step().is_ok_and(|it| it.is_some()) {
                break;
            }
            let Some((replica, ElectionDecision::Waiting { elapsed, timeout })) = last else {
                continue;
            };
            let detail = timeline.world().replica_detail(replica, 0).expect("known");
            if detail.view.status != Status::Running || elapsed + 1 < timeout {
                continue;
            }
            let decided = decided_in(&timeline, events + 1, due.at_us);
            let stood = decided.iter().any(|it| {
                matches!(it, Decision::Election { decision } if !matches!(decision, ElectionDecision::Waiting { .. }))
            });
            assert!(stood, "seed {seed}: {replica} at {} us", due.at_us);
            seen += 1;
            if seen > 300 {
                return;
            }
        }
    }
    assert!(seen > 20, "{seen}");
}
