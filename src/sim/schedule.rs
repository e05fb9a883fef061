//! The calendar of a world: what falls due, and when.
//!
//! Servers, clients and the workload set [alarms](Alarm), at most one of each kind at a time; the
//! rest is added by its maker: messages by the network, timed actions by the world.

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

/// What a server, a client or the workload waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// The next tick of a clock.
    Tick(ReplicaId),
    /// The end of the write under way.
    Persist(ReplicaId),
    /// The end of a client's patience, or of its pause.
    Wake(ClientId),
    /// The workload's next operation.
    Offer,
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
    /// The alarms that are set; by replica and by client, from zero.
    ticks: Vec<Option<Appointment>>,
    writes: Vec<Option<Appointment>>,
    wakes: Vec<Option<Appointment>>,
    offer: Option<Appointment>,
    /// The one that was taken last, and so is no longer there.
    taken: Option<Appointment>,
}

impl Schedule {
    pub(super) fn add(&mut self, at_us: u64, event: Event) -> Appointment {
        let order = self.made;
        self.made += 1;
        let appointment = Appointment { at_us, order };
        self.events.insert(appointment, event);
        appointment
    }

    /// Takes an event out. One that has happened already is no longer there.
    pub(super) fn cancel(&mut self, appointment: Appointment) {
        if self.taken != Some(appointment) {
            self.events.remove(&appointment);
        }
    }

    /// Sets an alarm, in place of the one before; none: switches it off.
    pub(super) fn set(&mut self, alarm: Alarm, at_us: Option<u64>) {
        let before = self.slot(alarm).take();
        if let Some(before) = before {
            self.cancel(before);
        }
        if let Some(at_us) = at_us {
            let appointment = self.add(at_us, alarm.into());
            *self.slot(alarm) = Some(appointment);
        }
    }

    fn slot(&mut self, alarm: Alarm) -> &mut Option<Appointment> {
        let (slots, place) = match alarm {
            Alarm::Tick(replica) => (&mut self.ticks, replica.0),
            Alarm::Persist(replica) => (&mut self.writes, replica.0),
            Alarm::Wake(client) => (&mut self.wakes, client.0),
            Alarm::Offer => return &mut self.offer,
        };
        let place = usize::from(place);
        if slots.len() <= place {
            slots.resize(place + 1, None);
        }
        &mut slots[place]
    }

    pub(super) fn first(&self) -> Option<(u64, Event)> {
        let (appointment, &event) = self.events.first_key_value()?;
        Some((appointment.at_us, event))
    }

    pub(super) fn take_first(&mut self) -> Option<(u64, Event)> {
        let (appointment, event) = self.events.pop_first()?;
        self.taken = Some(appointment);
        if let Some(alarm) = event.alarm() {
            *self.slot(alarm) = None;
        }
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

    fn alarm(self) -> Option<Alarm> {
        Some(match self {
            Self::Tick(replica) => Alarm::Tick(replica),
            Self::Persist(replica) => Alarm::Persist(replica),
            Self::Wake(client) => Alarm::Wake(client),
            Self::Offer => Alarm::Offer,
            Self::Deliver(_) | Self::Drop(_) | Self::Timed(_) => return None,
        })
    }
}

impl From<Alarm> for Event {
    fn from(alarm: Alarm) -> Self {
        match alarm {
            Alarm::Tick(replica) => Self::Tick(replica),
            Alarm::Persist(replica) => Self::Persist(replica),
            Alarm::Wake(client) => Self::Wake(client),
            Alarm::Offer => Self::Offer,
        }
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
