//! The chronicle of a branch: what happened on it, as much of it as there is room for.
//!
//! It is written while the branch is run for the first time, and stays though one goes back.
//!
//! - **Slots** of equal width in virtual time count what happened in them, and know the first and
//!   the last event of each kind that one looks for. If there are too many of them, two become
//!   one, twice as wide: so a run of any length has some thousands. To find an event between
//!   the first and the last of a slot, the slot is played again.
//! - The **journal** keeps the notices that matter one by one. If there are too many of them, the
//!   older half of the most frequent kind goes: a long run forgets when its thousandth
//!   snapshot was taken before it forgets a crash.

use std::mem::{Discriminant, discriminant};

use crate::sim::replay::moment::{MarkKind, is_fault};
use crate::sim::scenario::action::Action;
use crate::sim::view::Status;
use crate::sim::view::trace::{Notice, TraceEvent};
use crate::sim::world::World;

/// A slot is at first 2^14 microseconds wide, about as long as a frame.
const SHIFT_FIRST: u32 = 14;
/// A branch has at most this many slots.
const SLOTS_MAX: usize = 4_096;
/// And at most this many notices in its journal.
const JOURNAL_MAX: usize = 1_024;
/// And these take at most about this many bytes.
const JOURNAL_BYTES_MAX: usize = 1024 * 1024;
/// A notice takes about this many bytes beside its texts.
const NOTICE_BYTES: usize = 224;

/// What happened on a branch, from where it left its parent to the furthest that it was run.
#[derive(Clone, Debug)]
pub(super) struct Chronicle {
    /// A slot is 2^shift microseconds wide.
    shift: u32,
    /// The number of the first slot: its beginning, by its width.
    first: u64,
    slots: Vec<Slot>,
    journal: Vec<Notice>,
    journal_bytes: usize,
}

/// What happened in a stretch of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    /// How many events had happened when it began.
    pub(super) events: u64,
    pub(super) counts: Counts,
    /// By its end.
    pub(super) state: State,
    /// The first and the last event of each kind, if there was one.
    pub(super) marks: [Option<(u64, u64)>; MarkKind::NOTICED.len()],
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) elections: u32,
    pub(super) elected: u32,
    pub(super) commits: u32,
    pub(super) crashes: u32,
    pub(super) restarts: u32,
    pub(super) partitions: u32,
    pub(super) faults: u32,
    pub(super) requests: u32,
    pub(super) violations: u32,
    pub(super) stuck: u32,
    pub(super) stale_reads: u32,
    pub(super) snapshots: u32,
}

/// What an overview shows of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The highest term.
    pub(super) term: u64,
    /// Who leads in it; zero: nobody.
    pub(super) leader: u16,
    /// How many replicas are dead.
    pub(super) dead: u16,
    /// Whether a link is cut or clogged.
    pub(super) cut: bool,
}

impl Chronicle {
    /// Of a branch whose first event has just happened.
    pub(super) fn beginning(world: &World) -> Self {
        let slot = Slot {
            events: world.events().saturating_sub(1),
            state: State::of(world),
            ..Slot::default()
        };
        Self {
            shift: SHIFT_FIRST,
            first: world.now_us() >> SHIFT_FIRST,
            slots: vec![slot],
            journal: Vec::new(),
            journal_bytes: 0,
        }
    }

    // --- writing ---

    /// An event happened for the first time, after which the world is this, and brought about
    /// these notices.
    pub(super) fn note(&mut self, world: &World, notices: &[Notice]) {
        let events_before = world.events() - 1;
        let place = self.slot_at(world.now_us(), events_before);
        if notices.is_empty() {
            return;
        }
        let slot = &mut self.slots[place];
        let mut changes = false;
        for notice in notices {
            slot.counts.count(&notice.what);
            if let Some(kind) = MarkKind::of(notice) {
                let mark = &mut slot.marks[kind as usize];
                let first = mark.map_or(notice.event, |(first, _)| first);
                *mark = Some((first, notice.event));
            }
            changes |= changes_state(&notice.what);
        }
        if changes {
            let term = slot.state.term;
            slot.state = State::of(world);
            // A disk may have been replaced.
            slot.state.term = slot.state.term.max(term);
        }
        for notice in notices {
            if matters(notice) {
                self.keep(notice.clone());
            }
        }
    }

    /// The place of the slot of a moment, after all so far.
    fn slot_at(&mut self, at_us: u64, events: u64) -> usize {
        loop {
            let place = (at_us >> self.shift).saturating_sub(self.first);
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            if place < self.slots.len() {
                // Never before the last: time does not go back.
                return self.slots.len() - 1;
            }
            if place < SLOTS_MAX {
                let state = self.slots.last().map_or(State::default(), |it| it.state);
                let empty = Slot {
                    events,
                    state,
                    ..Slot::default()
                };
                self.slots.resize(place + 1, empty);
                return place;
            }
            self.coarsen();
        }
    }

    /// Leaves at most this many slots, and half of the journal if there are more.
    pub(super) fn coarsen_to(&mut self, slots_max: usize) {
        if self.slots.len() <= slots_max.max(1) {
            return;
        }
        while self.slots.len() > slots_max.max(1) {
            self.coarsen();
        }
        self.thin_out();
    }

    /// Makes one slot of each two.
    fn coarsen(&mut self) {
        let first = self.first >> 1;
        let mut slots: Vec<Slot> = Vec::with_capacity(self.slots.len() / 2 + 1);
        for (number, slot) in (self.first..).zip(self.slots.drain(..)) {
            if number % 2 == 1
                && let Some(before) = slots.last_mut()
            {
                before.take_in(&slot);
            } else {
                slots.push(slot);
            }
        }
        (self.slots, self.first, self.shift) = (slots, first, self.shift + 1);
    }

    fn keep(&mut self, notice: Notice) {
        self.journal_bytes += weight(&notice);
        self.journal.push(notice);
        while self.journal.len() > JOURNAL_MAX || self.journal_bytes > JOURNAL_BYTES_MAX {
            self.thin_out();
        }
    }

    /// Forgets the older half of the notices of the most frequent kind.
    fn thin_out(&mut self) {
        let kinds: Vec<_> = self.journal.iter().map(kind).collect();
        let mut tally: Vec<(Kind, usize)> = Vec::new();
        for kind in &kinds {
            match tally.iter_mut().find(|(it, _)| it == kind) {
                Some((_, count)) => *count += 1,
                None => tally.push((*kind, 1)),
            }
        }
        let Some(&(most, count)) = tally.iter().max_by_key(|(_, count)| *count) else {
            return;
        };
        let mut gone = count.div_ceil(2);
        let mut kinds = kinds.into_iter();
        self.journal.retain(|_| {
            let goes = kinds.next() == Some(most) && gone > 0;
            gone -= usize::from(goes);
            !goes
        });
        self.journal_bytes = self.journal.iter().map(weight).sum();
    }

    // --- reading ---

    /// How wide a slot is, in microseconds.
    pub(super) fn width_us(&self) -> u64 {
        1 << self.shift
    }

    /// The slots with the moments at which they begin.
    pub(super) fn slots(&self) -> impl DoubleEndedIterator<Item = (u64, &Slot)> {
        let at_us = move |place: usize| (self.first + place as u64) << self.shift;
        let slots = self.slots.iter().enumerate();
        slots.map(move |(place, slot)| (at_us(place), slot))
    }

    /// The notices that matter, in order, as far as they are kept.
    pub(super) fn journal(&self) -> &[Notice] {
        &self.journal
    }

    /// The first and the last event of a kind, if slots know of it, in the first slot in which one comes after so many
    /// events.
    pub(super) fn next(&self, kind: MarkKind, after: u64) -> Option<(u64, u64)> {
        let mut marks = self
            .slots
            .iter()
            .filter_map(|it| *it.marks.get(kind as usize)?);
        marks.find(|&(_, last)| last > after)
    }

    /// The same of the last slot in which one comes before that event.
    pub(super) fn previous(&self, kind: MarkKind, before: u64) -> Option<(u64, u64)> {
        let mut marks = self
            .slots
            .iter()
            .filter_map(|it| *it.marks.get(kind as usize)?);
        marks.rfind(|&(first, _)| first < before)
    }

    /// How many slots it has.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> u64 {
        (self.slots.len() * size_of::<Slot>() + self.journal_bytes) as u64
    }
}

impl Slot {
    /// What follows becomes part of it.
    fn take_in(&mut self, next: &Self) {
        self.counts.add(&next.counts);
        self.state = next.state;
        for (mark, next) in self.marks.iter_mut().zip(next.marks) {
            *mark = match (*mark, next) {
                (Some((first, _)), Some((_, last))) => Some((first, last)),
                (one, other) => one.or(other),
            };
        }
    }
}

impl Counts {
    fn count(&mut self, what: &TraceEvent) {
        let counted = match what {
            TraceEvent::ElectionStarted { .. } => &mut self.elections,
            TraceEvent::LeaderElected { .. } => &mut self.elected,
            TraceEvent::Committed { .. } => &mut self.commits,
            TraceEvent::Violated { .. } => &mut self.violations,
            TraceEvent::Stuck { .. } => &mut self.stuck,
            TraceEvent::StaleRead { .. } => &mut self.stale_reads,
            TraceEvent::SnapshotTaken { .. } | TraceEvent::SnapshotInstalled { .. } => {
                &mut self.snapshots
            }
            TraceEvent::Done { action } => {
                self.faults += u32::from(is_fault(action));
                match action {
                    Action::Crash { .. } => &mut self.crashes,
                    Action::Restart { .. } => &mut self.restarts,
                    Action::Cut { .. }
                    | Action::Clog { .. }
                    | Action::Isolate { .. }
                    | Action::Partition { .. } => &mut self.partitions,
                    Action::Request { .. } => &mut self.requests,
                    _ => return,
                }
            }
            _ => return,
        };
        *counted = counted.saturating_add(1);
    }

    pub(super) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.elections, other.elections),
            (&mut self.elected, other.elected),
            (&mut self.commits, other.commits),
            (&mut self.crashes, other.crashes),
            (&mut self.restarts, other.restarts),
            (&mut self.partitions, other.partitions),
            (&mut self.faults, other.faults),
            (&mut self.requests, other.requests),
            (&mut self.violations, other.violations),
            (&mut self.stuck, other.stuck),
            (&mut self.stale_reads, other.stale_reads),
            (&mut self.snapshots, other.snapshots),
        ];
        for (sum, more) in pairs {
            *sum = sum.saturating_add(more);
        }
    }
}

impl State {
    fn of(world: &World) -> Self {
        let terms = world.servers.iter().map(|server| {
            let volatile = server.volatile().map(|it| it.replica.term());
            volatile.unwrap_or(server.disk().durable.term).0
        });
        let dead = world.servers.iter();
        let dead = dead
            .filter(|server| server.status() == Status::Crashed)
            .count();
        let links = &world.network.links;
        Self {
            term: terms.max().unwrap_or(0),
            leader: world.leader().map_or(0, |leader| leader.0),
            dead: u16::try_from(dead).unwrap_or(u16::MAX),
            cut: links.cuts().next().is_some() || links.clogs().next().is_some(),
        }
    }
}

type Kind = (Discriminant<TraceEvent>, Option<Discriminant<Action>>);

fn kind(notice: &Notice) -> Kind {
    let action = match &notice.what {
        TraceEvent::Done { action } | TraceEvent::Skipped { action } => Some(discriminant(action)),
        _ => None,
    };
    (discriminant(&notice.what), action)
}

/// Whether what an overview shows may be otherwise after that.
fn changes_state(what: &TraceEvent) -> bool {
    matches!(
        what,
        TraceEvent::ElectionStarted { .. }
            | TraceEvent::LeaderElected { .. }
            | TraceEvent::SteppedDown { .. }
            | TraceEvent::QuorumLost { .. }
            | TraceEvent::Done { .. }
    )
}

/// Whether the journal keeps it. What happens all the time is seen around the moment alone.
fn matters(notice: &Notice) -> bool {
    !matches!(
        &notice.what,
        TraceEvent::Committed { .. }
            | TraceEvent::Answered { .. }
            | TraceEvent::MessageLost { .. }
            | TraceEvent::MessageRefused { .. }
            | TraceEvent::PreVoteStarted { .. }
            | TraceEvent::Done {
                action: Action::Tick { .. }
                    | Action::Deliver { .. }
                    | Action::Persist { .. }
                    | Action::Wake { .. }
                    | Action::Offer {}
            }
    )
}

/// About how many bytes a notice takes.
fn weight(notice: &Notice) -> usize {
    let said = match &notice.what {
        TraceEvent::Done { action } | TraceEvent::Skipped { action } => super::said(action),
        TraceEvent::GaveUp { operation, .. } => operation.weight(),
        TraceEvent::Stuck { why, .. } => why.len(),
        _ => 0,
    };
    NOTICE_BYTES + said
}
