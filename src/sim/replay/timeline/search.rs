//! The search for the next and for the previous event of a kind.
//!
//! A chronicle says in which stretches of time there is one at all; what lies between is passed
//! over. Within a stretch events are played again until it is found. Messages are in no
//! chronicle: they are everywhere.

use super::follower::Follower;
use super::seek::{LOOK_BACK_EVENTS, Target};
use super::tree::Tree;
use super::{Timeline, TimelineError};
use crate::raft::ReplicaId;
use crate::sim::replay::moment::{MarkKind, is_about};
use crate::sim::scenario::action::Action;
use crate::sim::view::Endpoint;
use crate::sim::view::trace::Notice;
use crate::sim::world::World;

#[derive(Clone, Copy, Debug)]
pub(super) struct Sought {
    pub(super) kind: MarkKind,
    pub(super) replica: Option<ReplicaId>,
}

/// A search forwards: what is shown runs on until there is such an event.
#[derive(Clone, Debug)]
pub(super) struct Forward {
    pub(super) sought: Sought,
    /// Such an event must come after so many.
    pub(super) after: u64,
    /// Up to here there may be one; then the chronicle is asked again.
    pub(super) until: u64,
    /// At the latest until then, in microseconds.
    pub(super) until_us: u64,
}

/// A search backwards: stretch by stretch, each from its beginning.
#[derive(Clone, Debug)]
pub(super) struct Backward {
    pub(super) sought: Sought,
    /// It looks at a world of its own; none before it has begun with a stretch.
    pub(super) world: Option<Follower>,
    /// The stretch begins after so many events.
    pub(super) from: u64,
    /// And ends before that event.
    pub(super) until: u64,
    /// The last such event in it so far.
    pub(super) last: Option<u64>,
}

/// What a search has come to.
pub(super) enum Found {
    At(u64),
    Nothing,
    NotYet,
}

impl Timeline {
    pub(super) fn search_forward(&mut self, search: &mut Forward, budget: &mut u64) -> Found {
        loop {
            let events = self.world().events();
            let after = search.after.max(events);
            if events >= search.until {
                let seen = self.tree.get(self.now.line.branch()).seen.events;
                match self.next_mark(search.sought.kind, after) {
                    _ if events >= seen || search.sought.kind == MarkKind::Message => {
                        search.until = u64::MAX;
                    }
                    // Only there may be what is looked for.
                    Some((first, last)) => {
                        search.until = last;
                        self.skip_to(first.saturating_sub(1));
                    }
                    None => {
                        search.until = seen;
                        self.skip_to(seen);
                    }
                }
                continue;
            }
            let due_us = self.now.next_due_us(&self.tree);
            if due_us.is_none_or(|due_us| due_us > search.until_us) {
                return Found::Nothing;
            }
            if *budget == 0 {
                return Found::NotYet;
            }
            *budget -= 1;
            let probe = Probe::before(&self.now, &self.tree, search.sought);
            if let Err(TimelineError::Refused(_)) = self.go_on() {
                return Found::Nothing;
            }
            let is_it = self.world().events() > search.after
                && probe.is_met(search.sought, self.world(), &self.heard);
            if is_it {
                return Found::At(self.world().events());
            }
        }
    }

    /// Runs on until a step of the story has come.
    pub(super) fn search_story(&mut self, step: usize, until_us: u64, budget: &mut u64) -> Found {
        loop {
            if let Some(came) = self.world().story().get(step) {
                return Found::At(came.events);
            }
            let due_us = self.now.next_due_us(&self.tree);
            if due_us.is_none_or(|due_us| due_us > until_us) {
                return Found::Nothing;
            }
            if *budget == 0 {
                return Found::NotYet;
            }
            *budget -= 1;
            if let Err(TimelineError::Refused(_)) = self.go_on() {
                return Found::Nothing;
            }
        }
    }

    /// Shows a kept moment before that many events, if that saves something.
    fn skip_to(&mut self, events: u64) {
        if events > self.world().events() + LOOK_BACK_EVENTS {
            self.approach(self.now.line.branch(), Target::Events(events));
        }
    }

    pub(super) fn search_backward(&mut self, search: &mut Backward, budget: &mut u64) -> Found {
        loop {
            let Some(follower) = &mut search.world else {
                // The next stretch, before the one that was looked at.
                let line = self.now.line.clone();
                let kind = search.sought.kind;
                let from = if kind == MarkKind::Message {
                    search.until.checked_sub(2)
                } else {
                    match self.previous_mark(kind, search.until) {
                        Some((_, last))
                            if search.sought.replica.is_none() && last < search.until =>
                        {
                            return Found::At(last);
                        }
                        Some((first, _)) => Some(first.saturating_sub(1)),
                        None => None,
                    }
                };
                let Some(from) = from else {
                    return Found::Nothing;
                };
                let copy = self.copies.last(&line, |it| it.events <= from);
                let world = copy.expect("the beginning is kept").world.clone();
                search.from = world.events();
                search.last = None;
                search.world = Some(Follower::new(world, line, &self.tree));
                continue;
            };
            let ends = follower.world.events() + 1 >= search.until;
            let probe = Probe::before(follower, &self.tree, search.sought);
            if !ends && *budget == 0 {
                return Found::NotYet;
            }
            if ends || !matches!(follower.step(&self.tree), Ok(Some(_))) {
                let (last, from) = (search.last, search.from);
                if let Some(world) = search.world.take() {
                    self.attic.put(world.world);
                }
                if let Some(last) = last {
                    return Found::At(last);
                }
                search.until = from + 1;
                continue;
            }
            *budget -= 1;
            let heard = follower.world.take_notices();
            if probe.is_met(search.sought, &follower.world, &heard) {
                search.last = Some(follower.world.events());
            }
        }
    }

    /// The first and the last event of a kind in the first stretch in which one comes after so
    /// many events, on the line that is shown.
    fn next_mark(&self, kind: MarkKind, after: u64) -> Option<(u64, u64)> {
        self.now.line.parts().iter().find_map(|part| {
            let until = part.until.map_or(u64::MAX, |until| until.events);
            let chronicle = self.tree.get(part.branch).chronicle.as_ref()?;
            let (first, last) = chronicle.next(kind, after)?;
            (first <= until && last.min(until) > after).then_some((first, last.min(until)))
        })
    }

    /// The same of the last stretch in which one comes before that event.
    fn previous_mark(&self, kind: MarkKind, before: u64) -> Option<(u64, u64)> {
        self.now.line.parts().iter().rev().find_map(|part| {
            let until = part.until.map_or(u64::MAX, |until| until.events);
            let chronicle = self.tree.get(part.branch).chronicle.as_ref()?;
            let (first, last) = chronicle.previous(kind, before.min(until.saturating_add(1)))?;
            // Beyond where the next branch leaves it there may be others.
            let last = if last > until { before } else { last };
            Some((first, last))
        })
    }
}

/// What is known of an event before it happens.
struct Probe {
    /// The ends of the message that it is about.
    message: Option<(Endpoint, Endpoint)>,
    /// How many messages had been sent.
    sent: u64,
}

impl Probe {
    fn before(follower: &Follower, tree: &Tree, sought: Sought) -> Self {
        if sought.kind != MarkKind::Message {
            return Self {
                message: None,
                sent: 0,
            };
        }
        let network = &follower.world.network;
        let due = follower.next_due(tree).map(|due| due.action);
        let message = match due {
            Some(Action::Deliver { message } | Action::Drop { message }) => network.get(message),
            _ => None,
        };
        let (between_replicas, of_clients) = network.sent();
        Self {
            message: message.map(|packet| (packet.from, packet.to)),
            sent: between_replicas + of_clients,
        }
    }

    /// Whether the event that has happened since is what is looked for.
    fn is_met(&self, sought: Sought, world: &World, heard: &[Notice]) -> bool {
        let Sought { kind, replica } = sought;
        if kind != MarkKind::Message {
            let of_kind = heard.iter().filter(|it| MarkKind::of(it) == Some(kind));
            return of_kind
                .into_iter()
                .any(|it| replica.is_none_or(|replica| is_about(it, replica)));
        }
        let fits = |from, to| {
            replica.is_none_or(|id| {
                let id = Endpoint::Replica(id);
                from == id || to == id
            })
        };
        let sent = world.network.packets().filter(|it| it.id.0 > self.sent);
        self.message.is_some_and(|(from, to)| fits(from, to))
            || sent.into_iter().any(|it| fits(it.from, it.to))
    }
}
