//! Two branches side by side: where they first differ, and what became of each.
//!
//! Two lines are the same as long as the same was done on both. So they are held against each
//! other from the last event before the first intervention that differs, event by event, by
//! their digests; that is mostly one event. Then both run on to the moment that is to be
//! compared, and what clients are told on the way is kept. All that in slices, on worlds of
//! their own: what is shown stays.

use std::collections::BTreeMap;

use serde::Serialize;

use super::comparison::{Comparison, Side, Told, ToldApart, compared};
use super::follower::Follower;
use super::tree::BranchId;
use super::{Timeline, TimelineError};
use crate::kv::{ClientId, Operation};
use crate::sim::replay::moment::Moment;
use crate::sim::scenario::action::Action;
use crate::sim::view::trace::{Notice, TraceEvent};

/// At most this many answers that differ are told.
const TOLD_MAX: usize = 256;
/// At most this many answers wait for their like on the other side.
const WAITING_MAX: usize = 65_536;

/// How far a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct CompareProgress {
    /// Whether it is over.
    pub done: bool,
    /// How many events were played for it.
    pub replayed: u64,
    /// About how many are left.
    pub left: u64,
}

/// A comparison under way; see [`Timeline::compare`].
#[derive(Clone, Debug)]
pub struct Compare {
    branches: [BranchId; 2],
    sides: [Follower; 2],
    /// As far as each was ever run.
    ends: [Moment; 2],
    at_us: u64,
    phase: Phase,
    replayed: u64,
    differ_after: Option<Moment>,
    first: [Option<Action>; 2],
    told: TellTale,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// To where they may differ, for the first time.
    Reach(u64),
    /// Until they do.
    Together,
    /// To the moment that is to be compared.
    Apart,
    Done,
}

/// Who was told what on which side.
#[derive(Clone, Debug, Default)]
struct TellTale {
    /// Told on one side only, so far.
    waiting: BTreeMap<(ClientId, u64), (usize, Operation, Told)>,
    apart: Vec<ToldApart>,
    more: u64,
    same: u64,
}

impl Timeline {
    /// Begins to compare two branches: at a time in microseconds, by default at the end of the
    /// shorter one.
    ///
    /// # Errors
    /// [`TimelineError::NoSuchBranch`].
    ///
    /// # Panics
    /// Never: the beginning of a world is always kept.
    pub fn compare(
        &self,
        a: BranchId,
        b: BranchId,
        at_us: Option<u64>,
    ) -> Result<Compare, TimelineError> {
        let ends = [self.tree.known(a)?.end, self.tree.known(b)?.end];
        let at_us = at_us.unwrap_or(ends[0].at_us.min(ends[1].at_us));
        let from = self.may_differ_after(a, b);
        // They are the same up to there, and both are at hand somewhere before.
        let begins = |branch| {
            let line = self.tree.line(branch);
            let copy = self.copies.last(&line, |it| it.events <= from);
            let world = copy.expect("the beginning is kept").world.clone();
            Follower::new(world, line, &self.tree)
        };
        Ok(Compare {
            branches: [a, b],
            sides: [begins(a), begins(b)],
            ends,
            at_us,
            phase: Phase::Reach(from),
            replayed: 0,
            differ_after: None,
            first: [None, None],
            told: TellTale::default(),
        })
    }

    /// How many events two branches have in common for certain, since the same was done on both.
    fn may_differ_after(&self, a: BranchId, b: BranchId) -> u64 {
        let (a, b) = (self.tree.line(a), self.tree.line(b));
        let mut number = 0;
        loop {
            let one = self.tree.intervention(&a, number);
            let other = self.tree.intervention(&b, number);
            if one.is_none() && other.is_none() {
                // Only how far they were run may differ.
                return u64::MAX;
            }
            if one != other {
                let after = [one, other].into_iter().flatten().map(|it| it.after_events);
                return after.min().unwrap_or(u64::MAX);
            }
            number += 1;
        }
    }
}

impl Compare {
    /// Goes on by at most this many events, those of both sides counted. The timeline must be
    /// the one that it began with.
    pub fn advance(&mut self, timeline: &Timeline, events: u64) -> CompareProgress {
        let mut budget = events;
        while self.phase != Phase::Done {
            let over = match self.phase {
                Phase::Reach(from) => self.reach(timeline, from, &mut budget),
                Phase::Together => self.go_together(timeline, &mut budget),
                Phase::Apart => self.go_apart(timeline, &mut budget),
                Phase::Done => false,
            };
            if !over {
                break;
            }
        }
        self.replayed += events - budget;
        self.progress()
    }

    /// How far it is.
    pub fn progress(&self) -> CompareProgress {
        let left =
            |(side, end): (&Follower, &Moment)| end.events.saturating_sub(side.world.events());
        let done = self.phase == Phase::Done;
        CompareProgress {
            done,
            replayed: self.replayed,
            left: if done {
                0
            } else {
                self.sides.iter().zip(&self.ends).map(left).sum()
            },
        }
    }

    /// To the last event that they have in common for certain.
    fn reach(&mut self, timeline: &Timeline, from: u64, budget: &mut u64) -> bool {
        for (side, end) in self.sides.iter_mut().zip(self.ends) {
            if !side.run_to(from.min(end.events), &timeline.tree, budget) {
                return false;
            }
        }
        self.phase = Phase::Together;
        true
    }

    /// Until an event differs.
    fn go_together(&mut self, timeline: &Timeline, budget: &mut u64) -> bool {
        loop {
            let pairs = self.sides.iter().zip(&self.ends);
            let ended = pairs.map(|(side, end)| side.world.events() >= end.events);
            if ended.into_iter().any(|ended| ended) {
                break;
            }
            if *budget < 2 {
                *budget = 0;
                return false;
            }
            *budget -= 2;
            let before = Moment::of(&self.sides[0].world);
            let mut actions = [None, None];
            for (number, side) in self.sides.iter_mut().enumerate() {
                let due = side.step(&timeline.tree).ok().flatten();
                actions[number] = due.map(|due| due.action);
                self.told.hear(number, &side.world.take_notices());
            }
            let [a, b] = &self.sides;
            if a.world.digest() != b.world.digest() {
                self.differ_after = Some(before);
                self.first = actions;
                break;
            }
            if actions == [None, None] {
                break;
            }
        }
        self.begin_apart(timeline);
        true
    }

    /// Both go on to the moment from here, or come to it anew if it lies before.
    fn begin_apart(&mut self, timeline: &Timeline) {
        self.phase = Phase::Apart;
        if self
            .sides
            .iter()
            .all(|side| side.world.now_us() <= self.at_us)
        {
            return;
        }
        self.told = TellTale::default();
        for side in &mut self.sides {
            let line = side.line.clone();
            let copy = timeline.copies.last(&line, |it| it.at_us <= self.at_us);
            let world = copy.expect("the beginning is kept").world.clone();
            *side = Follower::new(world, line, &timeline.tree);
        }
    }

    /// Each to the moment.
    fn go_apart(&mut self, timeline: &Timeline, budget: &mut u64) -> bool {
        let differ = self.differ_after.map_or(u64::MAX, |it| it.events);
        for (number, side) in self.sides.iter_mut().enumerate() {
            while side.world.events() < self.ends[number].events
                && side
                    .next_due_us(&timeline.tree)
                    .is_some_and(|due_us| due_us <= self.at_us)
            {
                if *budget == 0 {
                    return false;
                }
                *budget -= 1;
                if !matches!(side.step(&timeline.tree), Ok(Some(_))) {
                    break;
                }
                let heard = side.world.take_notices();
                if side.world.events() > differ {
                    self.told.hear(number, &heard);
                }
            }
            side.world.advance(self.at_us.min(self.ends[number].at_us));
        }
        self.phase = Phase::Done;
        true
    }

    /// What it has come to; none before it is done.
    pub fn comparison(&self) -> Option<Comparison> {
        if self.phase != Phase::Done {
            return None;
        }
        let [a, b] = self.sides.each_ref().map(|side| &side.world);
        let (one, other) = (a.view(), b.view());
        let pairs = one.replicas.into_iter().zip(other.replicas);
        let replicas = pairs.map(|(of_a, of_b)| compared(a, b, of_a, of_b));
        let side = |number: usize| {
            let world = &self.sides[number].world;
            Side {
                branch: self.branches[number],
                now: Moment::of(world),
                digest: format!("{:016x}", world.digest()),
                leader: world.leader(),
                violation: world.violation().cloned(),
                counters: world.counters(),
            }
        };
        let (told, more_told) = self.told.all();
        Some(Comparison {
            differ_after: self.differ_after,
            first: self.first.clone(),
            sides: [side(0), side(1)],
            replicas: replicas.collect(),
            told,
            more_told,
            same: self.told.same,
        })
    }
}

impl TellTale {
    fn hear(&mut self, side: usize, notices: &[Notice]) {
        for notice in notices {
            let (client, sequence, operation, answer) = match &notice.what {
                TraceEvent::Answered {
                    client,
                    sequence,
                    operation,
                    answer,
                    ..
                } => (*client, *sequence, operation, Some(answer.clone())),
                TraceEvent::GaveUp {
                    client,
                    sequence,
                    operation,
                    ..
                } => (*client, *sequence, operation, None),
                _ => continue,
            };
            let told = Told {
                answer,
                at_us: notice.at_us,
            };
            self.tell(side, (client, sequence), operation, told);
        }
    }

    fn tell(&mut self, side: usize, request: (ClientId, u64), operation: &Operation, told: Told) {
        match self.waiting.remove(&request) {
            Some((other, asked, before)) if other != side => {
                if before.answer == told.answer && asked == *operation {
                    self.same += 1;
                } else {
                    self.push(request, asked, (other, before), Some(told));
                }
            }
            _ if self.waiting.len() < WAITING_MAX => {
                let waits = (side, operation.clone(), told);
                self.waiting.insert(request, waits);
            }
            _ => self.more += 1,
        }
    }

    fn push(
        &mut self,
        (client, sequence): (ClientId, u64),
        operation: Operation,
        (side, first): (usize, Told),
        second: Option<Told>,
    ) {
        if self.apart.len() >= TOLD_MAX {
            self.more += 1;
            return;
        }
        let (a, b) = match side {
            0 => (Some(first), second),
            _ => (second, Some(first)),
        };
        self.apart.push(ToldApart {
            client,
            sequence,
            operation,
            a,
            b,
        });
    }

    /// All that differs, in the order of time, and how much more there is.
    fn all(&self) -> (Vec<ToldApart>, u64) {
        let mut all = self.clone();
        for (request, (side, operation, told)) in self.waiting.clone() {
            all.push(request, operation, (side, told), None);
        }
        let when = |told: &Option<Told>| told.as_ref().map_or(u64::MAX, |told| told.at_us);
        all.apart
            .sort_by_key(|it| (when(&it.a).min(when(&it.b)), it.client, it.sequence));
        (all.apart, all.more)
    }
}
