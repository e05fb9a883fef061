//! The nemesis injects faults into a run, and undoes them: which kinds of faults there are in
//! this one, and when the next misfortune comes. The misfortunes themselves are in
//! [`kinds`].

mod kinds;
mod scripted;
mod targeted;

use std::ops::RangeInclusive;

use super::draw::Trust;
use crate::raft::ReplicaId;
use crate::rng::Pcg32;
use crate::sim::World;
use crate::sim::action::{Action, Target, UnfinishedWrite};
use crate::sim::view::Counters;
use kinds::FaultKind;
pub(super) use kinds::star;

/// One step of a fault.
#[derive(Clone, Debug)]
pub(super) enum Move {
    /// Does something. The world may well refuse it.
    Do(Action),
    /// Time passes.
    Wait { us: u64 },
    /// Time passes until this has happened, and not an event more; but no longer than this.
    Await { what: Awaited, us_max: u64 },
    /// Time passes until a disk is about to finish a write, but no longer than this. Then
    /// its replica crashes: just before it does, or just after.
    CrashAtWrite {
        us_max: u64,
        after: bool,
        write: UnfinishedWrite,
    },
}

/// What a scripted attack may wait for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Awaited {
    /// A leader is elected.
    Election,
    /// Something more is committed.
    Commit,
    /// A client is answered.
    Answer,
}

impl Awaited {
    /// How often it has happened.
    pub(super) fn count(self, counters: &Counters) -> u64 {
        match self {
            Self::Election => counters.elections_won,
            Self::Commit => counters.committed_entries,
            Self::Answer => counters.answered_operations,
        }
    }
}

/// The fault schedule of one run. Not everything goes wrong everywhere (swarm testing: Groce et
/// al., 2012): where replicas never crash, the network has more time to show what it can
/// do, and the other way round.
#[derive(Debug)]
pub(super) struct Nemesis {
    kinds: Vec<FaultKind>,
    pub(super) trust: Trust,
    /// How long the fault phase lasts.
    pub(super) length_us: u64,
    /// The longest pause between two faults.
    pause_us_max: u64,
    pub(super) dice: Pcg32,
}

impl Nemesis {
    pub(super) fn new(seed: u64, trust: Trust) -> Self {
        let mut dice = Pcg32::fork(seed, "adversary's storm", 0);
        let mut kinds = FaultKind::ALL.to_vec();
        kinds.retain(|kind| {
            let chosen = dice.below(2) == 0;
            match trust {
                Trust::Needless => chosen,
                Trust::Kept => chosen && !kind.is_tampering(),
                Trust::Broken => chosen || *kind == FaultKind::Clocks,
            }
        });
        // Most runs are short, so that there are more of them; some have time to grow old.
        let seconds = match dice.below(4) {
            0 => dice.between(6, 15),
            _ => dice.between(2, 5),
        };
        let pause_us_max = dice.between(20_000, 600_000);
        if kinds.is_empty() {
            kinds.push(FaultKind::Crashes);
        }
        Self {
            kinds,
            trust,
            length_us: seconds * 1_000_000,
            pause_us_max,
            dice,
        }
    }

    /// Whether faults of this kind come too.
    fn has(&self, kind: FaultKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// How many kinds of faults there are in this run.
    pub(super) fn kinds(&self) -> usize {
        self.kinds.len()
    }

    /// How long the world is left in peace.
    pub(super) fn draw_pause_us(&mut self) -> u64 {
        self.dice.between(1, self.pause_us_max)
    }

    /// The next fault.
    pub(super) fn draw_moves(&mut self, world: &World) -> Vec<Move> {
        let place = self.draw_place(self.kinds.len());
        let kind = self.kinds[place];
        kind.draw(self, world)
    }

    pub(super) fn flip(&mut self) -> bool {
        self.dice.below(2) == 0
    }

    /// How much of the write under way survives a crash.
    pub(super) fn draw_write(&mut self) -> UnfinishedWrite {
        match self.dice.below(3) {
            0 => UnfinishedWrite::Lost,
            1 => UnfinishedWrite::Torn,
            _ => UnfinishedWrite::Kept,
        }
    }

    pub(super) fn draw_target(&mut self, replicas: u16) -> Target {
        match self.dice.below(6) {
            0..=1 => Target::Leader,
            2 => Target::Follower,
            3 => Target::Any,
            _ => self.draw_replica(replicas).into(),
        }
    }

    pub(super) fn draw_replica(&mut self, replicas: u16) -> ReplicaId {
        ReplicaId(self.draw_small(1..=replicas))
    }

    /// Two groups; some replicas may be in neither.
    pub(super) fn draw_groups(&mut self, replicas: u16) -> Vec<Vec<Target>> {
        let mut groups = vec![Vec::new(), Vec::new()];
        for id in (1..=replicas).map(ReplicaId) {
            let group = usize::from(self.draw_small(0..=2));
            if let Some(group) = groups.get_mut(group) {
                group.push(id.into());
            }
        }
        groups.retain(|group| !group.is_empty());
        groups
    }

    pub(super) fn draw_place(&mut self, count: usize) -> usize {
        let count = u32::try_from(count).expect("such things are few");
        usize::try_from(self.dice.below(count)).expect("it is small")
    }

    pub(super) fn draw_small(&mut self, range: RangeInclusive<u16>) -> u16 {
        let (min, max) = range.into_inner();
        let drawn = self.dice.between(u64::from(min), u64::from(max));
        u16::try_from(drawn).expect("it is small")
    }
}
