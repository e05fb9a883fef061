//! The network: every link with its own dice, and the messages that are on them.
//!
//! A link is one direction between two ends. It draws a latency for each message,
//! and whether it is lost, doubled, or may overtake others; unless it may, a message
//! arrives after those sent before it, as over a TCP connection. Each link draws
//! from a stream of its own, so that what happens on one moves nothing on another.
//!
//! A message that will be lost sets out like any other and vanishes on the way: an
//! observer sees it go. On a cut link that is half-way, where the cut is. On a clogged
//! link nothing is lost: what has come to its end waits there, and arrives all at once,
//! in order, when it is unclogged.

pub(super) mod latency;
pub(super) mod links;
pub(super) mod packet;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use self::links::Links;
use self::packet::{Body, Fate, Packet, Whereabouts};
use super::digest::Digest;
use super::scenario::action::MessageId;
use super::schedule::{Event, Schedule};
use super::view::Endpoint;
use super::view::trace::LossCause;
use crate::kv::ClientId;
use crate::raft::ReplicaId;

/// The network holds this many messages; what is sent beyond that is lost at once.
/// Only a cluster that is asked for far more than it can do ever comes near it.
const MESSAGES_MAX: usize = 100_000;

/// And about this many bytes, which only many large, undelivered snapshots can fill.
const MESSAGES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// This many messages wait before a paused replica, or at the end of a clogged link; what
/// comes after them is lost, as when the buffers of a connection are full. Else a single
/// replica that is paused for long would fill the network for all.
pub(super) const STANDING_MAX: usize = 4_096;

/// What a network needs of the world around it to send a message.
pub(super) struct Moment<'a> {
    pub(super) now_us: u64,
    pub(super) schedule: &'a mut Schedule,
    pub(super) digest: &'a mut Digest,
}

/// What was decided about a message before it sets out.
struct Journey {
    /// Whether it may arrive before what was sent earlier on its link.
    overtakes: bool,
    /// Whether the dice say that it is lost.
    lost: bool,
    duplicate: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) links: Links,
    /// Each by itself: what is taken out of the map moves its neighbours.
    packets: BTreeMap<MessageId, Arc<Packet>>,
    /// About how many bytes they take.
    bytes: usize,
    /// How many messages have ever been sent from replica to replica, and between
    /// clients and replicas. Together: the number of the newest.
    sent: (u64, u64),
}

impl Network {
    pub(super) fn new(links: Links) -> Self {
        Self {
            links,
            packets: BTreeMap::new(),
            bytes: 0,
            sent: (0, 0),
        }
    }

    /// Sends a message, and a second copy of it if the dice say so. Returns their numbers.
    pub(super) fn send(
        &mut self,
        from: Endpoint,
        to: Endpoint,
        body: Body,
        moment: &mut Moment,
    ) -> RangeInclusive<u64> {
        let quality = self.links.quality_of(from, to);
        let dice = &mut self.links.get_mut(from, to).dice;
        let overtakes = quality.reordering.draw(dice);
        let lost = quality.loss.draw(dice);
        let copy = quality.duplication.draw(dice).then(|| Journey {
            overtakes: true,
            lost: quality.loss.draw(dice),
            duplicate: true,
        });
        let copy = copy.map(|journey| (body.clone(), journey));
        let journey = Journey {
            overtakes,
            lost,
            duplicate: false,
        };
        let first = self.dispatch(from, to, body, &journey, moment);
        let newest = match copy {
            Some((body, journey)) => self.dispatch(from, to, body, &journey, moment),
            None => first,
        };
        first.0..=newest.0
    }

    /// Sends a second copy of a message by hand: the dice have no say in whether it arrives.
    /// Returns its number.
    pub(super) fn duplicate(&mut self, id: MessageId, moment: &mut Moment) -> Option<MessageId> {
        let packet = self.packets.get(&id)?;
        let (from, to, body) = (packet.from, packet.to, packet.body.clone());
        let journey = Journey {
            overtakes: true,
            lost: false,
            duplicate: true,
        };
        Some(self.dispatch(from, to, body, &journey, moment))
    }

    fn dispatch(
        &mut self,
        from: Endpoint,
        to: Endpoint,
        body: Body,
        journey: &Journey,
        moment: &mut Moment,
    ) -> MessageId {
        let latency = self.links.quality_of(from, to).latency;
        let crowded = self.in_flight() >= MESSAGES_MAX || self.bytes >= MESSAGES_BYTES_MAX;
        let link = self.links.get_mut(from, to);
        // A message takes a microsecond at least, so that no two ends can talk for
        // ever in one moment.
        let delay_us = latency.draw_us(&mut link.dice).max(1);
        let mut arrive_us = moment.now_us + delay_us;
        if !journey.overtakes {
            arrive_us = arrive_us.max(link.last_arrival_us);
        }
        let way_us = arrive_us - moment.now_us;
        let fate = if crowded {
            lost(moment.now_us, LossCause::Crowded)
        } else if link.cut {
            lost(moment.now_us + way_us / 2, LossCause::Cut)
        } else if journey.lost {
            let percent = link.dice.between(25, 75);
            lost(moment.now_us + way_us * percent / 100, LossCause::Chance)
        } else {
            if !journey.duplicate {
                link.last_arrival_us = link.last_arrival_us.max(arrive_us);
            }
            Fate::Arrives
        };
        let id = self.next_id(from, to);
        let (due_us, event) = match fate {
            Fate::Arrives => (arrive_us, Event::Deliver(id)),
            Fate::Lost { at_us, .. } => (at_us, Event::Drop(id)),
        };
        let packet = Packet {
            id,
            from,
            to,
            body,
            sent_us: moment.now_us,
            arrive_us,
            fate,
            whereabouts: Whereabouts::Travelling(moment.schedule.add(due_us, event)),
            duplicate: journey.duplicate,
        };
        for number in [id.0, number_of(from), number_of(to), arrive_us, due_us] {
            moment.digest.tell(number);
        }
        self.bytes += packet.body.weight();
        self.packets.insert(id, Arc::new(packet));
        id
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Packet> {
        self.packets.get(&id).map(Arc::as_ref)
    }

    /// How many messages it holds.
    pub(super) fn in_flight(&self) -> usize {
        self.packets.len()
    }

    /// About how many bytes of memory they take.
    pub(super) fn weight(&self) -> usize {
        self.bytes
    }

    /// All messages, in the order of their numbers.
    pub(super) fn packets(&self) -> impl Iterator<Item = &Packet> {
        self.packets.values().map(Arc::as_ref)
    }

    /// Takes a message out of the network.
    pub(super) fn take(&mut self, id: MessageId, schedule: &mut Schedule) -> Option<Packet> {
        let packet = Arc::unwrap_or_clone(self.packets.remove(&id)?);
        self.bytes -= packet.body.weight();
        if let Whereabouts::Travelling(appointment) = packet.whereabouts {
            schedule.cancel(appointment);
        }
        Some(packet)
    }

    /// Stops a message where it is.
    pub(super) fn hold(&mut self, id: MessageId, moment: &mut Moment) {
        let since_us = moment.now_us;
        self.stop(id, Whereabouts::Held { since_us }, moment);
    }

    /// Lets a message wait at the door of its receiver.
    pub(super) fn leave_at_door(&mut self, id: MessageId, moment: &mut Moment) {
        let since_us = moment.now_us;
        self.stop(id, Whereabouts::AtTheDoor { since_us }, moment);
    }

    /// Lets a message that has come to the end of a clogged link wait there. Returns
    /// whether the link is clogged.
    pub(super) fn stop_at_clog(
        &mut self,
        id: MessageId,
        from: ReplicaId,
        to: ReplicaId,
        moment: &mut Moment,
    ) -> bool {
        let Some(waiting) = self.links.clog_mut(from, to) else {
            return false;
        };
        waiting.push(id);
        let since_us = moment.now_us;
        self.stop(id, Whereabouts::Clogged { since_us }, moment);
        true
    }

    /// Unclogs a link: what waits there arrives now, each message as an event of its own.
    pub(super) fn unclog(&mut self, from: ReplicaId, to: ReplicaId, moment: &mut Moment) {
        for id in self.links.unclog(from, to) {
            // By hand, some may have been delivered or dropped meanwhile.
            let packet = self.packets.get(&id);
            if packet.is_some_and(|it| matches!(it.whereabouts, Whereabouts::Clogged { .. })) {
                self.let_in(id, moment);
            }
        }
    }

    fn stop(&mut self, id: MessageId, whereabouts: Whereabouts, moment: &mut Moment) {
        let Some(packet) = self.packets.get_mut(&id).map(Arc::make_mut) else {
            return;
        };
        if let Whereabouts::Travelling(appointment) = packet.whereabouts {
            moment.schedule.cancel(appointment);
        }
        packet.whereabouts = whereabouts;
    }

    /// Lets a held message go on: all that lies before it is put off by as long as
    /// it was held.
    pub(super) fn release(&mut self, id: MessageId, moment: &mut Moment) {
        let Some(packet) = self.packets.get_mut(&id).map(Arc::make_mut) else {
            return;
        };
        let Whereabouts::Held { since_us } = packet.whereabouts else {
            return;
        };
        let held_us = moment.now_us - since_us;
        packet.sent_us += held_us;
        packet.arrive_us += held_us;
        let event = match &mut packet.fate {
            Fate::Arrives => Event::Deliver(id),
            Fate::Lost { at_us, .. } => {
                *at_us += held_us;
                Event::Drop(id)
            }
        };
        let appointment = moment.schedule.add(packet.due_us(), event);
        packet.whereabouts = Whereabouts::Travelling(appointment);
        moment.digest.tell(packet.due_us());
    }

    /// Lets a message that waits at a door, or in a clogged link, in now.
    pub(super) fn let_in(&mut self, id: MessageId, moment: &mut Moment) {
        let Some(packet) = self.packets.get_mut(&id).map(Arc::make_mut) else {
            return;
        };
        let appointment = moment.schedule.add(moment.now_us, Event::Deliver(id));
        packet.whereabouts = Whereabouts::Travelling(appointment);
    }

    /// How many messages have been sent from replica to replica, and between clients
    /// and replicas.
    pub(super) fn sent(&self) -> (u64, u64) {
        self.sent
    }

    fn next_id(&mut self, from: Endpoint, to: Endpoint) -> MessageId {
        if let (Endpoint::Replica(_), Endpoint::Replica(_)) = (from, to) {
            self.sent.0 += 1;
        } else {
            self.sent.1 += 1;
        }
        MessageId(self.sent.0 + self.sent.1)
    }
}

fn lost(at_us: u64, cause: LossCause) -> Fate {
    Fate::Lost { at_us, cause }
}

/// An end of a link as the digest names it.
fn number_of(end: Endpoint) -> u64 {
    match end {
        Endpoint::Replica(ReplicaId(id)) => u64::from(id),
        Endpoint::Client(ClientId(id)) => 1 << 16 | u64::from(id),
    }
}

#[cfg(test)]
mod tests;
