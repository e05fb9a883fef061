use raftarium::adversary::simulate;
use raftarium::raft::ReplicaId;
use raftarium::sim::action::Action;
use raftarium::sim::notice::{Notice, TraceEvent};
use raftarium::sim::view::Endpoint;
use raftarium::sim::{MarkKind, SeekRequest, SeekTo, Timeline, World};

use super::{busy, dice, in_slices, run, seeds, straight};

fn is_election(notice: &Notice) -> bool {
    matches!(
        notice.what,
        TraceEvent::ElectionStarted { .. } | TraceEvent::LeaderElected { .. }
    )
}

fn is_commit(notice: &Notice) -> bool {
    matches!(notice.what, TraceEvent::Committed { .. })
}

fn is_crash(notice: &Notice) -> bool {
    let TraceEvent::Done { action } = &notice.what else {
        return false;
    };
    matches!(
        action,
        Action::Crash { .. } | Action::Restart { .. } | Action::Partition { .. }
    )
}

#[test]
fn the_next_and_the_previous_of_a_kind_are_found() {
    for seed in seeds(12) {
        let case = simulate(seed).case;
        let straight = straight(&case.recording, case.end.events);
        let end = straight.dues.len() as u64;
        let mut timeline = Timeline::follow(case.recording).expect("it is one");
        run(&mut timeline, end);
        let mut dice = dice(seed);
        for _ in 0..40 {
            let (kind, is_it): (_, fn(&Notice) -> bool) = match dice.below(2) {
                0 => (MarkKind::Election, is_election),
                _ => (MarkKind::Commit, is_commit),
            };
            let marks = straight
                .notices
                .iter()
                .filter(|it| is_it(it))
                .map(|it| it.event);
            let mut marks: Vec<u64> = marks.collect();
            marks.dedup();
            let here = dice.between(0, end);
            timeline
                .seek(SeekRequest::to(SeekTo::Events(here)))
                .unwrap()
                .finish();
            let forward = dice.below(2) == 0;
            let (to, expected) = if forward {
                (SeekTo::Next(kind), marks.iter().find(|it| **it > here))
            } else {
                (SeekTo::Previous(kind), marks.iter().rfind(|it| **it < here))
            };
            if forward && expected.is_none() {
                // It would run on beyond the end.
                continue;
            }
            let progress = in_slices(timeline.seek(SeekRequest::to(to)).unwrap(), &mut dice);
            assert_eq!(
                progress.found,
                expected.is_some(),
                "seed {seed}, {to:?} from {here}"
            );
            let there = *expected.unwrap_or(&here);
            assert_eq!(
                timeline.world().events(),
                there,
                "seed {seed}, {to:?} from {here}"
            );
            let (digest, at_us) = straight.moments[usize::try_from(there).unwrap()];
            assert_eq!(
                (timeline.world().digest(), timeline.world().now_us()),
                (digest, at_us)
            );
        }
        // Faults are marks too, and there are some.
        timeline
            .seek(SeekRequest::to(SeekTo::Events(0)))
            .unwrap()
            .finish();
        let first = straight.notices.iter().find(|it| is_crash(it));
        if let Some(first) = first {
            let mut found = 0;
            while found < first.event {
                let to = SeekRequest::to(SeekTo::Next(MarkKind::Fault));
                assert!(timeline.seek(to).unwrap().finish().found);
                found = timeline.world().events();
            }
            assert_eq!(found, first.event, "seed {seed}");
        }
    }
}

/// Whether a message leaves a replica, or comes to it, or is lost on the way, in the next event.
fn touches(world: &World, next: &World, action: &Action, id: ReplicaId) -> bool {
    let end = Endpoint::Replica(id);
    let about = match *action {
        Action::Deliver { message } | Action::Drop { message } => world.message_detail(message),
        _ => None,
    };
    let arrives = about.is_some_and(|it| it.view.from == end || it.view.to == end);
    let newest = world.counters();
    let sent = newest.replica_messages + newest.client_messages;
    let leaves = next
        .messages()
        .any(|it| it.id.0 > sent && (it.from == end || it.to == end));
    arrives || leaves
}

#[test]
fn the_messages_of_a_replica_are_found_both_ways() {
    let r4 = ReplicaId(4);
    let mut world = World::new(busy(10), 5);
    let mut marks = Vec::new();
    while world.events() < 3_000 {
        let before = world.clone();
        let due = world.step().unwrap().unwrap();
        if touches(&before, &world, &due.action, r4) {
            marks.push(world.events());
        }
    }
    assert!(marks.len() > 100);
    let mut timeline = Timeline::new(busy(10), 5);
    run(&mut timeline, 3_000);
    for from in [0, 700, 1_500, 2_999] {
        let mut there = from;
        timeline
            .seek(SeekRequest::to(SeekTo::Events(from)))
            .unwrap()
            .finish();
        for _ in 0..20 {
            let Some(&next) = marks.iter().find(|it| **it > there) else {
                break;
            };
            let to = SeekRequest::to(SeekTo::Next(MarkKind::Message)).about(r4);
            assert!(timeline.seek(to).unwrap().finish().found);
            assert_eq!(timeline.world().events(), next);
            there = next;
        }
        for _ in 0..20 {
            let previous = marks.iter().rfind(|it| **it < there);
            let to = SeekRequest::to(SeekTo::Previous(MarkKind::Message)).about(r4);
            let progress = timeline.seek(to).unwrap().finish();
            assert_eq!(progress.found, previous.is_some());
            there = *previous.unwrap_or(&there);
            assert_eq!(timeline.world().events(), there);
        }
    }
}

#[test]
fn what_does_not_come_is_not_found_and_one_is_where_one_was() {
    let mut timeline = Timeline::new(busy(10), 5);
    run(&mut timeline, 5_000);
    let before = (timeline.world().digest(), timeline.world().now_us());
    for to in [
        SeekTo::Previous(MarkKind::Violation),
        SeekTo::Next(MarkKind::Violation),
    ] {
        let progress = timeline.seek(SeekRequest::to(to)).unwrap().finish();
        assert!(progress.done && !progress.found);
        assert_eq!(
            (timeline.world().digest(), timeline.world().now_us()),
            before
        );
    }
}

#[test]
fn an_overview_counts_everything_once() {
    for seed in seeds(12) {
        let case = simulate(seed).case;
        let straight = straight(&case.recording, case.end.events);
        let mut timeline = Timeline::follow(case.recording).expect("it is one");
        run(&mut timeline, straight.dues.len() as u64);
        let end_us = timeline.world().now_us();
        let count = |is_it: fn(&TraceEvent) -> bool| {
            let all = straight.notices.iter().filter(|it| is_it(&it.what));
            u32::try_from(all.count()).unwrap()
        };
        for buckets in [1, 7, 100, 2_048] {
            let overview = timeline
                .overview(timeline.shown(), 0, end_us + 1, buckets)
                .unwrap();
            assert_eq!(overview.buckets.len(), buckets);
            let sum = |of: fn(&raftarium::sim::Bucket) -> u32| -> u32 {
                overview.buckets.iter().map(of).sum()
            };
            assert_eq!(
                sum(|it| it.elected),
                count(|it| matches!(it, TraceEvent::LeaderElected { .. }))
            );
            assert_eq!(
                sum(|it| it.commits),
                count(|it| matches!(it, TraceEvent::Committed { .. }))
            );
            let crash = |it: &TraceEvent| {
                matches!(
                    it,
                    TraceEvent::Done {
                        action: Action::Crash { .. }
                    }
                )
            };
            assert_eq!(sum(|it| it.crashes), count(crash));
            let last = overview.buckets[buckets - 1];
            let view = timeline.world().view();
            assert_eq!(last.leader, view.leader.map_or(0, |leader| leader.0));
            let terms = overview.buckets.iter().map(|it| it.term);
            assert!(terms.is_sorted(), "seed {seed}: terms never fall");
            assert!(overview.buckets.iter().map(|it| it.events).is_sorted());
        }
        // And the journal tells what matters, wherever one comes from.
        let journal = timeline.journal(usize::MAX);
        for notice in straight
            .notices
            .iter()
            .filter(|it| is_crash(it) || is_election(it))
            .rev()
            .take(300)
        {
            assert!(journal.contains(notice), "seed {seed}: {notice:?}");
        }
        let half = straight.dues.len() as u64 / 2;
        timeline
            .seek(SeekRequest::to(SeekTo::Events(half)))
            .unwrap()
            .finish();
        assert!(
            timeline
                .journal(usize::MAX)
                .iter()
                .all(|it| it.event <= half)
        );
        timeline
            .seek(SeekRequest::to(SeekTo::End {}))
            .unwrap()
            .finish();
        let again = timeline.journal(usize::MAX);
        let important = |it: &&Notice| is_crash(it) || is_election(it);
        assert!(
            journal
                .iter()
                .filter(important)
                .eq(again.iter().filter(important))
        );
    }
}
