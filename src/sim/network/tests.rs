use super::*;
use crate::raft::{self, Term};
use crate::sim::scenario::ratio::Ratio;
use crate::sim::scenario::{Latency, LinkQuality};

struct Bench {
    network: Network,
    schedule: Schedule,
    digest: Digest,
    now_us: u64,
}

impl Bench {
    fn new(quality: LinkQuality) -> Self {
        Self {
            network: Network::new(Links::new(1, 2, quality, quality)),
            schedule: Schedule::default(),
            digest: Digest::new(1),
            now_us: 0,
        }
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Network, &mut Moment) -> T) -> T {
        let mut moment = Moment {
            now_us: self.now_us,
            schedule: &mut self.schedule,
            digest: &mut self.digest,
        };
        act(&mut self.network, &mut moment)
    }

    /// Sends one message a microsecond.
    fn send(&mut self, count: u64) {
        let (from, to) = (ReplicaId(1), ReplicaId(2));
        for _ in 0..count {
            let message = raft::Message {
                from,
                to,
                term: Term(1),
                body: raft::Body::AppendStale,
            };
            self.with(|network, moment| {
                let (from, to) = (Endpoint::Replica(from), Endpoint::Replica(to));
                network.send(from, to, Body::Raft(message), moment);
            });
            self.now_us += 1;
        }
    }

    fn packets(&self) -> Vec<&Packet> {
        self.network.packets().collect()
    }
}

fn jittery() -> LinkQuality {
    LinkQuality {
        latency: Latency::Uniform {
            min_us: 10,
            max_us: 1_000,
        },
        ..LinkQuality::default()
    }
}

#[test]
fn messages_arrive_in_order_unless_they_may_overtake() {
    let mut bench = Bench::new(jittery());
    bench.send(100);
    let in_order = |packets: &[&Packet]| packets.is_sorted_by_key(|p| p.arrive_us);
    assert!(in_order(&bench.packets()));

    let mut bench = Bench::new(LinkQuality {
        reordering: Ratio::new(1, 10),
        ..jittery()
    });
    bench.send(100);
    assert!(!in_order(&bench.packets()));
}

#[test]
fn losses_and_copies_are_as_frequent_as_their_ratios() {
    let mut bench = Bench::new(LinkQuality {
        loss: Ratio::new(1, 5),
        duplication: Ratio::new(1, 10),
        ..jittery()
    });
    bench.send(10_000);
    let packets = bench.packets();
    let copies = packets.iter().filter(|p| p.duplicate).count();
    assert!((900..1_100).contains(&copies), "{copies}");
    let lost = packets.iter().filter(|p| p.fate != Fate::Arrives).count();
    assert!((2_000..2_400).contains(&lost), "{lost}");
    // A lost message vanishes on its way.
    assert!(packets.iter().all(|p| p.due_us() <= p.arrive_us));
}

#[test]
fn a_cut_loses_what_is_sent_in_its_direction_only() {
    let mut bench = Bench::new(jittery());
    bench
        .network
        .links
        .set_cut(ReplicaId(2), ReplicaId(1), true);
    bench.send(1);
    assert_eq!(bench.packets()[0].fate, Fate::Arrives);
    bench
        .network
        .links
        .set_cut(ReplicaId(1), ReplicaId(2), true);
    bench.send(1);
    let Fate::Lost { cause, .. } = bench.packets()[1].fate else {
        panic!("a cut link loses everything");
    };
    assert_eq!(cause, LossCause::Cut);
    assert_eq!(bench.network.links.cuts().count(), 2);
}

#[test]
fn a_held_message_arrives_later_by_as_long_as_it_was_held() {
    let mut bench = Bench::new(jittery());
    bench.send(1);
    let arrive_us = bench.packets()[0].arrive_us;
    bench.now_us = 5;
    bench.with(|network, moment| network.hold(MessageId(1), moment));
    assert_eq!(bench.schedule.first(), None);
    bench.now_us = 1_005;
    bench.with(|network, moment| network.release(MessageId(1), moment));
    let due = bench.schedule.first();
    assert_eq!(due, Some((arrive_us + 1_000, Event::Deliver(MessageId(1)))));
    assert_eq!(bench.packets()[0].sent_us, 1_000);
}

#[test]
fn what_waits_in_a_clogged_link_arrives_in_order_when_it_is_unclogged() {
    let (from, to) = (ReplicaId(1), ReplicaId(2));
    let mut bench = Bench::new(LinkQuality {
        latency: Latency::Fixed { us: 100 },
        ..LinkQuality::default()
    });
    bench.network.links.clog(from, to);
    bench.send(3);
    assert_eq!(
        bench.network.links.clogs().collect::<Vec<_>>(),
        [(from, to)]
    );
    for _ in 0..2 {
        let (at_us, event) = bench.schedule.take_first().unwrap();
        bench.now_us = at_us;
        let Event::Deliver(id) = event else {
            panic!("nothing else is due");
        };
        assert!(bench.with(|network, moment| network.stop_at_clog(id, from, to, moment)));
    }
    let stopped = bench
        .packets()
        .iter()
        .filter(|p| p.held_us().is_some())
        .count();
    assert_eq!(stopped, 2);
    // One of them is dropped by hand; the third is still on its way.
    let mut schedule = std::mem::take(&mut bench.schedule);
    bench.network.take(MessageId(1), &mut schedule);
    bench.schedule = schedule;
    let third_us = bench.packets()[1].arrive_us;
    bench.with(|network, moment| network.unclog(from, to, moment));
    let mut due = std::iter::from_fn(|| bench.schedule.take_first());
    assert_eq!(
        due.next(),
        Some((bench.now_us, Event::Deliver(MessageId(2))))
    );
    assert_eq!(due.next(), Some((third_us, Event::Deliver(MessageId(3)))));
    assert_eq!(due.next(), None);
    assert_eq!(bench.network.links.clogs().count(), 0);
}

#[test]
fn a_full_network_loses_what_is_sent() {
    let mut bench = Bench::new(jittery());
    bench.send(u64::try_from(MESSAGES_MAX).unwrap() + 1);
    let crowded = lost(bench.now_us - 1, LossCause::Crowded);
    assert_eq!(bench.packets()[MESSAGES_MAX].fate, crowded);
}

/// A draw on one link moves no draw on another.
#[test]
fn each_link_has_dice_of_its_own() {
    let arrivals = |with_others: bool| {
        let mut bench = Bench::new(jittery());
        if with_others {
            bench.network.links.add_client(ClientId(1));
            let (client, replica) = (
                Endpoint::Client(ClientId(1)),
                Endpoint::Replica(ReplicaId(1)),
            );
            let body = Body::Redirect {
                sequence: 1,
                leader: None,
            };
            bench.with(|network, moment| network.send(replica, client, body, moment));
        }
        bench.send(10);
        let packets = bench.packets();
        let packets = packets.iter().filter(|p| number_of(p.to) == 2);
        packets.map(|p| p.arrive_us).collect::<Vec<_>>()
    };
    assert_eq!(arrivals(false), arrivals(true));
}
