//! The demonstration of each flaw shows it, and shows nothing when the rule is kept.

use std::collections::BTreeMap;

use raftarium::flaw::Flaw;
use raftarium::sim::World;
use raftarium::sim::notice::{Notice, Stuck, TraceEvent};
use raftarium::sim::scenario::{Scenario, Shipped, demonstrations};

use crate::pins::{self, Shown};

/// By then everything has happened that a demonstration has to show.
const END_US: u64 = 20_000_000;

struct Played {
    world: World,
    notices: Vec<Notice>,
}

fn play(scenario: &Scenario) -> Played {
    play_with(scenario, scenario.seed.expect("it has a seed"))
}

fn play_with(scenario: &Scenario, seed: u64) -> Played {
    let mut world = World::new(scenario.clone(), seed);
    let mut notices = Vec::new();
    while world.step_until(END_US) {
        notices.extend(world.take_notices());
    }
    Played { world, notices }
}

impl Played {
    /// The property that is broken first, with the event and the time.
    fn broken(&self) -> Option<(&'static str, u64, u64)> {
        if let Some(violation) = self.world.violation() {
            let world = &self.world;
            return Some((violation.property().name, world.events(), world.now_us()));
        }
        self.notices.iter().find_map(|notice| {
            let property = match &notice.what {
                TraceEvent::StaleRead { .. } => "no-stale-read",
                TraceEvent::Stuck { what, .. } => match what {
                    Stuck::Election { .. } => "leader-emerges",
                    Stuck::Commit { .. } | Stuck::Request { .. } => "requests-answered",
                    Stuck::Change { .. } => "joint-left",
                },
                _ => return None,
            };
            Some((property, notice.event, notice.at_us))
        })
    }
}

/// When the digest is taken: after all timed actions.
const DIGEST_US: u64 = 5_000_000;

/// What the demonstration of a flaw shows.
fn shown(flaw: Flaw, file: &Shipped) -> Shown {
    let flawed = file.scenario();
    let played = play(&flawed);
    let name = flaw.name();
    let Some((property, event, at_us)) = played.broken() else {
        panic!("{name} shows nothing");
    };
    assert!(flaw.caught_by().contains(&property), "{name}: {property}");
    let skipped = |it: &Notice| matches!(it.what, TraceEvent::Skipped { .. });
    assert!(!played.notices.iter().any(skipped), "{name}");
    let seed = flawed.seed.expect("it has a seed");
    let mut world = World::new(flawed.clone(), seed);
    world.run_until(DIGEST_US);
    Shown {
        property: property.into(),
        replicas: flawed.total().into(),
        actions: flawed.actions.len() as u64,
        event,
        ms: at_us / 1_000,
        digest: format!("{:016x}", world.digest()),
    }
}

#[test]
fn every_demonstration_shows_its_flaw() {
    let now = Flaw::all().zip(demonstrations());
    let now: BTreeMap<Flaw, Shown> = now.map(|(flaw, it)| (flaw, shown(flaw, it))).collect();
    if pins::is_update() {
        return pins::update(|flaw, pin| pin.shown = now[&flaw].clone());
    }
    for (flaw, pin) in pins::read() {
        assert_eq!(now[&flaw], pin.shown, "{}", flaw.name());
    }
}

/// The seeds of a demonstration: many, as it holds for every seed.
fn seeds(scenario: &Scenario) -> impl Iterator<Item = u64> {
    let own = scenario.seed.expect("it has a seed");
    (0..20).chain([own])
}

#[test]
fn every_demonstration_holds_for_every_seed() {
    let mut failing = Vec::new();
    for (flaw, file) in Flaw::all().zip(demonstrations()) {
        let flawed = file.scenario();
        let name = flaw.name();
        for seed in seeds(&flawed) {
            let broken = play_with(&flawed, seed).broken();
            let fits = broken.is_some_and(|(property, ..)| flaw.caught_by().contains(&property));
            if !fits {
                failing.push(format!("{name} with seed {seed}: {broken:?}"));
            }
        }
    }
    assert!(failing.is_empty(), "{failing:#?}");
}

#[test]
fn no_demonstration_shows_anything_where_the_rule_is_kept() {
    for (flaw, file) in Flaw::all().zip(demonstrations()) {
        let kept = Scenario {
            flaw: None,
            ..file.scenario()
        };
        for seed in seeds(&kept) {
            let broken = play_with(&kept, seed).broken();
            assert_eq!(broken, None, "{} with seed {seed}", flaw.name());
        }
    }
}
