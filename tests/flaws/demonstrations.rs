//! The demonstration of each flaw shows it, and shows nothing when the rule is kept.
//!
//! `sizes.txt` pins how short each one is. To write it anew:
//!
//! ```text
//! UPDATE_SIZES=1 cargo test --test flaws demonstrations
//! ```

use std::fmt::Write as _;

use raftarium::flaw::Flaw;
use raftarium::sim::World;
use raftarium::sim::notice::{Happening, Notice};
use raftarium::sim::scenario::{Scenario, demonstrations};

/// Lines of a flaw's name, what its demonstration breaks, the number of replicas and of
/// actions, and of the event and the millisecond in which it breaks.
pub(crate) const SIZES: &str = include_str!("sizes.txt");

/// By then everything has happened that a demonstration has to show.
const END_US: u64 = 20_000_000;

struct Played {
    world: World,
    notices: Vec<Notice>,
}

fn play(scenario: &Scenario) -> Played {
    let mut world = World::new(scenario.clone(), scenario.seed.expect("it has a seed"));
    let mut notices = Vec::new();
    while world.next_due().is_some_and(|due| due.at_us <= END_US) {
        world.step().expect("it has not stopped");
        notices.extend(world.take_notices());
    }
    Played { world, notices }
}

impl Played {
    /// The property that is broken first, with the event and the time.
    fn broken(&self, flaw: Flaw) -> Option<(&'static str, u64, u64)> {
        if let Some(violation) = self.world.violation() {
            let world = &self.world;
            return Some((violation.property().name, world.events(), world.now_us()));
        }
        let stale = |it: &&Notice| matches!(it.what, Happening::StaleRead { .. });
        if let Some(read) = self.notices.iter().find(stale) {
            return Some(("no-stale-read", read.event, read.at_us));
        }
        let (events, now_us) = (self.world.events(), self.world.now_us());
        let clients = self.world.view().clients;
        let is_missing = match flaw {
            Flaw::PreVoteResetsTimer => self.world.counters().elections_won == 0,
            Flaw::NoEntryAtStart => clients.iter().any(|it| it.current.is_some()),
            _ => false,
        };
        let what = match flaw {
            Flaw::PreVoteResetsTimer => "leader-emerges",
            _ => "requests-answered",
        };
        is_missing.then_some((what, events, now_us))
    }
}

#[test]
fn every_demonstration_shows_its_flaw() {
    let mut sizes = String::new();
    for (flaw, file) in Flaw::all().zip(demonstrations()) {
        let flawed = file.scenario();
        let played = play(&flawed);
        let name = flaw.name();
        let Some((property, event, at_us)) = played.broken(flaw) else {
            panic!("{name} shows nothing");
        };
        assert!(flaw.caught_by().contains(&property), "{name}: {property}");
        let skipped = |it: &Notice| matches!(it.what, Happening::Skipped { .. });
        assert!(!played.notices.iter().any(skipped), "{name}");
        let (replicas, actions) = (flawed.total(), flawed.actions.len());
        let ms = at_us / 1_000;
        writeln!(sizes, "{name} {property} {replicas} {actions} {event} {ms}")
            .expect("it is a string");
    }
    if std::env::var_os("UPDATE_SIZES").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flaws/sizes.txt");
        std::fs::write(path, sizes).expect("the table can be written");
        return;
    }
    for (now, pinned) in sizes.lines().zip(SIZES.lines()) {
        assert_eq!(now, pinned);
    }
    assert_eq!(sizes.lines().count(), SIZES.lines().count());
}

#[test]
fn no_demonstration_shows_anything_where_the_rule_is_kept() {
    for (flaw, file) in Flaw::all().zip(demonstrations()) {
        let kept = Scenario {
            flaw: None,
            ..file.scenario()
        };
        let broken = play(&kept).broken(flaw);
        assert_eq!(broken, None, "{}", flaw.name());
    }
}
