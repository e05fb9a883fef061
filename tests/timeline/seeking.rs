use raftarium::adversary::simulate;
use raftarium::sim::scenario::Scenario;
use raftarium::sim::{Moment, SeekRequest, SeekTo, Timeline};

use super::{assert_recent, busy, dice, in_slices, moment, run, seeds, straight};

/// The adversary's worlds, with all that it did to them.
#[test]
fn any_moment_of_any_world_is_as_a_straight_replay_gives_it() {
    for seed in seeds(30) {
        let case = simulate(seed).case;
        let straight = straight(&case.recording, case.end.events);
        let end = straight.dues.len() as u64;
        let mut dice = dice(seed);
        let mut timeline = Timeline::follow(case.recording).expect("it is one");
        // Some of it is not run yet when the first jumps come.
        for jump in 0..60 {
            let most = if jump < 20 { end / 2 } else { end };
            let events = dice.between(0, most);
            let (digest, at_us) = straight.moments[usize::try_from(events).unwrap()];
            let to = match dice.below(3) {
                0 => SeekTo::TimeUs(at_us),
                _ => SeekTo::Events(events),
            };
            let seek = timeline
                .seek(SeekRequest::to(to))
                .expect("there is such a moment");
            let now = seek.progress().now;
            assert!(
                now.at_us <= at_us,
                "seed {seed}: it shows what comes before"
            );
            assert!(in_slices(seek, &mut dice).found);
            if to == SeekTo::Events(events) {
                assert_eq!(
                    moment(timeline.world()),
                    (digest, at_us),
                    "seed {seed}, {events}"
                );
            } else {
                // All that happened at that time has happened.
                let last = straight.moments.partition_point(|it| it.1 <= at_us) - 1;
                assert_eq!(timeline.world().events(), last as u64, "seed {seed}");
                assert_eq!(timeline.world().digest(), straight.moments[last].0);
                assert_eq!(timeline.world().now_us(), at_us);
            }
            // On from there by steps.
            for _ in 0..dice.below(20) {
                if timeline.world().events() < end {
                    timeline.step().expect("nothing breaks");
                }
            }
            let events = timeline.world().events();
            let there = straight.moments[usize::try_from(events).unwrap()].0;
            assert_eq!(timeline.world().digest(), there, "seed {seed}");
        }
        // One may leave a seek at any time, and goes on from there.
        for _ in 0..20 {
            let to = SeekTo::Events(dice.between(0, end));
            let mut seek = timeline.seek(SeekRequest::to(to)).unwrap();
            seek.advance(dice.between(0, 2_000));
            seek.cancel();
            assert!(timeline.seeking().is_none());
            let events = timeline.world().events();
            let there = straight.moments[usize::try_from(events).unwrap()].0;
            assert_eq!(timeline.world().digest(), there, "seed {seed}");
        }
        assert_eq!(timeline.branches().branches.len(), 1);
    }
}

#[test]
fn a_seek_beyond_the_end_runs_the_world_on() {
    let mut timeline = Timeline::new(busy(50), 3);
    let to = SeekRequest::to(SeekTo::TimeUs(4_000_000));
    let progress = timeline.seek(to).unwrap().advance(1_000);
    assert!(!progress.done && progress.left > 0 && progress.replayed == 1_000);
    // It goes on where it was left.
    let progress = timeline.seeking().expect("it is under way").finish();
    assert!(progress.done && progress.found);
    assert_eq!(timeline.world().now_us(), 4_000_000);
    let end = timeline.branches().branches[0].end;
    assert_eq!(end, Moment::of(timeline.world()));
    let again = timeline.recording().replay(end.events).unwrap();
    assert_eq!(again.digest(), timeline.world().digest());
    timeline.rewind(100).unwrap();
    timeline
        .seek(SeekRequest::to(SeekTo::End {}))
        .unwrap()
        .finish();
    assert_eq!(Moment::of(timeline.world()), end);
}

/// What the stage shows depends on virtual time alone.
#[test]
fn what_happened_right_before_is_the_same_however_one_comes_there() {
    // Events are rare in one world, and crowded in the other.
    for (scenario, seed) in [(busy(80), 7), (Scenario::default(), 8), (busy(600), 9)] {
        let mut timeline = Timeline::new(scenario, seed);
        run(&mut timeline, 30_000);
        let straight = straight(&timeline.recording(), 30_000);
        let mut dice = dice(seed);
        for _ in 0..60 {
            let to = match dice.below(4) {
                0 => SeekTo::Events(timeline.world().events().saturating_sub(1)),
                1 => SeekTo::TimeUs(dice.between(0, straight.moments.last().unwrap().1)),
                _ => SeekTo::Events(dice.between(0, 30_000)),
            };
            let mut seek = timeline.seek(SeekRequest::to(to)).unwrap();
            match dice.below(3) {
                // It may be left on the way, even where it only looks back any more.
                0 => {
                    seek.advance(dice.between(0, 9_000));
                    if seek.progress().left > 0 {
                        seek.cancel();
                        timeline.step().unwrap();
                    }
                }
                _ => drop(in_slices(seek, &mut dice)),
            }
            assert_recent(&timeline, &straight, seed);
        }
    }
}

/// More may fall due at the time at which a branch was left than had happened by then.
#[test]
fn the_end_is_what_was_last_seen_and_nothing_more() {
    let mut timeline = Timeline::new(busy(200), 5);
    run(&mut timeline, 500);
    while timeline.due_at() != Some(timeline.world().now_us()) {
        timeline.step().unwrap();
    }
    let end = Moment::of(timeline.world());
    timeline.rewind(100).unwrap();
    let to_end = SeekRequest::to(SeekTo::End {});
    timeline.seek(to_end).unwrap().finish();
    assert_eq!(Moment::of(timeline.world()), end);
    // Also where time went on without an event.
    while timeline.due_at() < Some(timeline.world().now_us() + 2) {
        timeline.step().unwrap();
    }
    timeline.advance(timeline.world().now_us() + 1);
    let end = Moment::of(timeline.world());
    timeline.rewind(100).unwrap();
    timeline.seek(to_end).unwrap().finish();
    assert_eq!(Moment::of(timeline.world()), end);
}
