//! The calendar of a world: what falls due, and when.

use std::collections::BTreeMap;

use super::scenario::action::{Action, MessageId};
use crate::kv::ClientId;
use crate::raft::ReplicaId;

/// What falls due by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Tick(ReplicaId),
    Deliver(MessageId),
    Drop(MessageId),
    Persist(ReplicaId),
    Wake(ClientId),
    Offer,
    /// The scenario's timed action of this number.
    Timed(u32),
}

/// The place of an event in the calendar: its time, then the order of scheduling.
/// No two are the same, so what happens first never depends on anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Appointment {
    pub(super) at_us: u64,
    order: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    events: BTreeMap<Appointment, Event>,
    /// How many appointments have ever been made.
    made: u64,
}

impl Schedule {
    pub(super) fn add(&mut self, at_us: u64, event: Event) -> Appointment {
        let order = self.made;
        self.made += 1;
        let appointment = Appointment { at_us, order };
        self.events.insert(appointment, event);
        appointment
    }

    /// Footprint an event out. One that has happened already is no longer there.
    pub(super) fn cancel(&mut self, appointment: Appointment) {
        self.events.remove(&appointment);
    }

    pub(super) fn first(&self) -> Option<(u64, Event)> {
        let (appointment, &event) = self.events.first_key_value()?;
        Some((appointment.at_us, event))
    }

    pub(super) fn take_first(&mut self) -> Option<(u64, Event)> {
        let (appointment, event) = self.events.pop_first()?;
        Some((appointment.at_us, event))
    }
}

impl Event {
    /// The action that an event is, unless it is the scenario's: what that does is
    /// known when it happens.
    pub(super) fn action(self) -> Option<Action> {
        Some(match self {
            Self::Tick(replica) => Action::Tick { replica },
            Self::Deliver(message) => Action::Deliver { message },
            Self::Drop(message) => Action::Drop { message },
            Self::Persist(replica) => Action::Persist { replica },
            Self::Wake(client) => Action::Wake { client },
            Self::Offer => Action::Offer {},
            Self::Timed(_) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_and_then_by_the_order_of_scheduling() {
        let mut schedule = Schedule::default();
        let tick = |id| Event::Tick(ReplicaId(id));
        schedule.add(20, tick(1));
        schedule.add(10, tick(2));
        let gone = schedule.add(10, tick(3));
        schedule.add(10, tick(4));
        schedule.cancel(gone);
        let order: Vec<_> = std::iter::from_fn(|| schedule.take_first()).collect();
        assert_eq!(order, [(10, tick(2)), (10, tick(4)), (20, tick(1))]);
    }
}
