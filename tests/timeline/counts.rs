//! How much a seek has to do, counted in events: never in time.

use raftarium::sim::{SeekRequest, SeekTo, Timeline};

use super::{busy, dice, run};

/// How many events a seek plays.
fn replayed(timeline: &mut Timeline, to: SeekTo) -> u64 {
    let before = timeline.replayed();
    timeline.seek(SeekRequest::to(to)).unwrap().finish();
    timeline.replayed() - before
}

#[test]
fn a_step_back_is_short_and_a_jump_anywhere_is_no_long_way() {
    const EVENTS: u64 = 400_000;
    let mut timeline = Timeline::new(busy(100), 1);
    run(&mut timeline, EVENTS);
    let mut dice = dice(1);

    // Single steps, from the end and from anywhere.
    for _ in 0..40 {
        let events = timeline.world().events() - 1;
        let steps = replayed(&mut timeline, SeekTo::Events(events));
        assert!(steps <= 2_048, "{steps} events for one step back");
    }
    let mut most = 0;
    for _ in 0..100 {
        let events = dice.between(0, EVENTS);
        most = most.max(replayed(&mut timeline, SeekTo::Events(events)));
        let step = replayed(&mut timeline, SeekTo::Events(events.saturating_sub(1)));
        assert!(step <= 8_192, "{step} events for one step back");
    }
    assert!(most <= 12_288, "{most} events for a jump");
    // The way into what nobody has seen is its own length.
    let on = replayed(&mut timeline, SeekTo::Events(EVENTS + 1_000));
    assert!(on <= 12_288 + 1_000);
    assert!(timeline.copies() <= 640);
    let weight = timeline.weight();
    assert!(weight.checkpoints <= 64 * 1024 * 1024, "{weight:?}");
}
