//! What the lease of a leader rested on, when it served a read.
//!
//! A lease is as good as the promises that it rests on, and those are counted in ticks
//! (thesis §6.4.1). So a read by lease may be stale, and nobody has done wrong, where the
//! world took away the ground: clocks ran further apart than the lease allows for, one
//! jumped or stood still, or a timer was run out by hand. That must have been done to the
//! leader, or to one of those who had promised, since the question set out that they had
//! answered; and without them the promises must be too few. Everything else, a change of
//! settings above all, is the protocol's own business, and then a stale read is a
//! [violation](crate::sim::property::violation::Violation::NoStaleRead).

use std::collections::VecDeque;

use super::servers::{Servers, place_of};
use crate::raft::{Replica, ReplicaId, Role};
use crate::sim::view::lease::Voided;

/// At most this many rounds are remembered; as many as the core counts on.
const ROUNDS_MAX: usize = 256;

/// What is known of the leases of all leaders.
#[derive(Clone, Debug, Default)]
pub(super) struct Leases {
    /// By replica, from zero: when the rounds of a leader with a lease began, oldest first.
    began: Vec<VecDeque<(u64, u64)>>,
}

impl Leases {
    /// A replica starts, or has taken a step.
    pub(super) fn note(&mut self, replica: &Replica, now_us: u64) {
        let place = place_of(replica.id());
        let round = match replica.role() {
            Role::Leader(leader) if replica.config().settings.lease.is_some() => leader.round,
            _ => {
                if let Some(began) = self.began.get_mut(place) {
                    began.clear();
                }
                return;
            }
        };
        if self.began.len() <= place {
            self.began.resize_with(place + 1, VecDeque::new);
        }
        let began = &mut self.began[place];
        let latest = began.back().map_or(0, |&(round, _)| round);
        if latest == round {
            return;
        }
        if latest > round {
            // It leads another term.
            began.clear();
        }
        began.push_back((round, now_us));
        if began.len() > ROUNDS_MAX {
            began.pop_front();
        }
    }

    /// When a round began, or some time before that.
    fn began_us(&self, leader: ReplicaId, round: u64) -> u64 {
        let began = self.began.get(place_of(leader));
        let mut known = began.into_iter().flatten().rev();
        known
            .find(|&&(began, _)| began <= round)
            .map_or(0, |&(_, at_us)| at_us)
    }

    /// What the lease of a leader rests on and is not so; none: it holds without that.
    pub(super) fn voided(&self, servers: Servers<'_>, leader: ReplicaId) -> Option<Voided> {
        let replica = &servers.get(leader).volatile()?.replica;
        let drift_ppm = u64::from(replica.config().settings.lease?.drift_ppm);
        let (mut first, mut sound) = (None, vec![leader]);
        for (follower, round) in replica.promises() {
            let since_us = self.began_us(leader, round);
            match voided_promise(servers, leader, follower, since_us, drift_ppm) {
                None => sound.push(follower),
                voided => first = first.or(voided),
            }
        }
        first.filter(|_| !replica.membership().is_quorum(|id| sound.contains(&id)))
    }
}

/// What the promise of a follower rests on, given since then, and is not so.
fn voided_promise(
    servers: Servers<'_>,
    leader: ReplicaId,
    follower: ReplicaId,
    since_us: u64,
    drift_ppm: u64,
) -> Option<Voided> {
    let (leads, follows) = (servers.get(leader).clock(), servers.get(follower).clock());
    let lately = |at_us: Option<u64>| at_us.is_some_and(|at_us| at_us >= since_us);
    if leads.stalled_until_us > since_us {
        return Some(Voided::ClockStalled { replica: leader });
    }
    if lately(follows.timed_out_us) {
        return Some(Voided::TimedOutByHand { replica: follower });
    }
    if lately(follows.jumped_us) {
        return Some(Voided::ClockJumped { replica: follower });
    }
    let (_, longest_us) = leads.periods_since_us(since_us);
    let (shortest_us, _) = follows.periods_since_us(since_us);
    // By as many parts per million the leader's ticks may be longer.
    let apart = u128::from(longest_us) * 1_000_000
        > u128::from(shortest_us) * u128::from(1_000_000 + drift_ppm);
    apart.then_some(Voided::RatesApart { leader, follower })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::{ClientId, Operation};
    use crate::sim::World;
    use crate::sim::property::violation::Violation;
    use crate::sim::scenario::action::Action;
    use crate::sim::scenario::{Protocol, ReadMode, Scenario, Timers};

    const R1: ReplicaId = ReplicaId(1);

    fn voided_lease(world: &World) -> Option<Voided> {
        let servers = Servers::all(&world.servers);
        world.observers.leases.voided(servers, R1)
    }

    fn request(client: u16, operation: Operation) -> Action {
        Action::Request {
            client: Some(ClientId(client)),
            operation,
            reads: None,
        }
    }

    fn put(value: &str) -> Action {
        let (key, value) = ("x".into(), value.into());
        request(1, Operation::Put { key, value })
    }

    /// R1 leads with a lease of a second, and is cut off. The others die, get shorter timeouts
    /// and come back; if they are to forget, their disks don't know any more what they have
    /// promised. As soon as one of them leads, x is written there, and read at R1.
    fn outdated(forget: bool) -> World {
        let timing = |ticks| Timers {
            election_timeout_ticks_min: ticks,
            election_timeout_ticks_max: 2 * ticks,
            ..Timers::default()
        };
        let mut scenario = Scenario {
            replicas: 3,
            ..Scenario::default()
        };
        scenario.workload.clients = 1;
        scenario.protocol = Protocol {
            check_quorum: true,
            reads: ReadMode::Lease { drift_ppm: 0 },
            ..Protocol::default()
        };
        let mut world = World::new(scenario, 1);
        let apply = |world: &mut World, action| world.apply(action).expect("it can be done");
        let replica = R1.into();
        let long = timing(100);
        apply(
            &mut world,
            Action::SetTiming {
                replica: None,
                timing: long,
            },
        );
        apply(&mut world, Action::TimeOut { replica });
        apply(&mut world, put("1"));
        world.run_until(1_000_000);
        apply(&mut world, Action::Isolate { replica });
        for id in [2, 3].map(ReplicaId) {
            apply(&mut world, Action::crash(id));
            if forget {
                world.server_mut(id).durable_mut().promised_ticks = 0;
            }
            let short = timing(10);
            apply(
                &mut world,
                Action::SetTiming {
                    replica: Some(id),
                    timing: short,
                },
            );
            apply(&mut world, Action::Restart { replica: id.into() });
        }
        let leads = |world: &World, place: usize| {
            let replica = &world.view().replicas[place];
            replica.leader == Some(replica.id)
        };
        while !leads(&world, 1) && !leads(&world, 2) {
            world.run_until(world.now_us() + 1_000);
        }
        let new = if leads(&world, 1) { 2 } else { 3 };
        for (client, id) in [(1, new), (2, 1)] {
            let (client, replica) = (ClientId(client), ReplicaId(id).into());
            apply(&mut world, Action::Mislead { client, replica });
        }
        apply(&mut world, put("2"));
        world.run_until(world.now_us() + 200_000);
        apply(&mut world, request(2, Operation::Get { key: "x".into() }));
        world.run_until(world.now_us() + 100_000);
        world
    }

    #[test]
    fn a_broken_promise_is_a_violation() {
        let convicted = outdated(true);
        let violation = convicted.violation().expect("the read was stale");
        let Violation::NoStaleRead {
            replica, client, ..
        } = violation
        else {
            panic!("a stale read: {violation:?}");
        };
        assert_eq!((*replica, *client), (R1, ClientId(2)));
        assert_eq!(outdated(false).violation(), None);
    }

    #[test]
    fn what_a_quorum_does_without_voids_nothing() {
        let scenario = Scenario {
            protocol: Protocol {
                check_quorum: true,
                reads: ReadMode::Lease { drift_ppm: 0 },
                ..Protocol::default()
            },
            ..Scenario::default()
        };
        let mut world = World::new(scenario, 1);
        let replica = R1.into();
        world.apply(Action::TimeOut { replica }).expect("it runs");
        world.run_until(600_000);
        assert_eq!(voided_lease(&world), None);
        let jump = |world: &mut World, id| {
            let (replica, ticks) = (ReplicaId(id).into(), 5);
            let jump = Action::JumpClock { replica, ticks };
            world.apply(jump).expect("it runs");
        };
        // Two of four others are enough, and it does not matter that the leader jumped.
        for id in [1, 2, 3] {
            jump(&mut world, id);
            if id == 1 {
                world.run_until(world.now_us() + 200_000);
            }
        }
        assert_eq!(voided_lease(&world), None);
        jump(&mut world, 4);
        let replica = ReplicaId(2);
        assert_eq!(voided_lease(&world), Some(Voided::ClockJumped { replica }));
        world.run_until(world.now_us() + 500_000);
        assert_eq!(voided_lease(&world), None, "they have promised anew");
    }
}
