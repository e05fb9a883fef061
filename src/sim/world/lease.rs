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

use serde::Serialize;

use super::World;
use crate::raft::{Body, Input, Message, Replica, ReplicaId, Role};

/// Of at most so many rounds it is known when they began; as many as the core counts on.
const ROUNDS_MAX: usize = 256;

/// What a lease rested on, and was not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Voided {
    /// A rule of the protocol is broken on purpose.
    Flaw {},
    /// The clocks of the leader and of one that had promised ran further apart than the
    /// lease allows for.
    RatesApart {
        /// The leader.
        leader: ReplicaId,
        /// Who had promised.
        follower: ReplicaId,
    },
    /// The clock of one that had promised jumped ahead, or was made to tick by hand.
    ClockJumped {
        /// Who had promised.
        replica: ReplicaId,
    },
    /// The leader's clock stood still.
    ClockStalled {
        /// The leader.
        replica: ReplicaId,
    },
    /// The election timer of one that had promised was run out by hand.
    TimedOutByHand {
        /// Who had promised.
        replica: ReplicaId,
    },
}

/// When the rounds of a leader began.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Rounds {
    began: VecDeque<(u64, u64)>,
}

impl Rounds {
    /// A replica has taken a step.
    pub(in crate::sim) fn note(&mut self, replica: &Replica, now_us: u64) {
        let round = match replica.role() {
            Role::Leader(leader) if replica.config().settings.lease.is_some() => leader.round,
            _ => return self.began.clear(),
        };
        let latest = self.began.back().map_or(0, |&(round, _)| round);
        if latest == round {
            return;
        }
        if latest > round {
            // It leads another term.
            self.began.clear();
        }
        self.began.push_back((round, now_us));
        if self.began.len() > ROUNDS_MAX {
            self.began.pop_front();
        }
    }

    /// When a round began, or some time before that.
    fn began_us(&self, round: u64) -> u64 {
        let mut known = self.began.iter().rev();
        known
            .find(|&&(began, _)| began <= round)
            .map_or(0, |&(_, at_us)| at_us)
    }
}

impl World {
    /// A leader has served a read by its lease.
    pub(in crate::sim) fn doubt_read(&mut self, leader: ReplicaId, read: Served) {
        let Some(voided) = self.voided_lease(leader) else {
            return;
        };
        match read {
            Served::Own(read) => {
                let memory = self.node_mut(leader).memory.as_mut();
                if let Some(read) = memory.and_then(|memory| memory.reads.get_mut(&read)) {
                    read.voided = Some(voided);
                }
            }
            Served::Of(follower, read) => {
                let mut doubtful = std::mem::take(&mut self.doubtful_reads);
                // Those that nobody waits for any more are of no concern.
                doubtful.retain(|&(id, read), _| {
                    let memory = self.node(id).memory.as_ref();
                    memory.is_some_and(|memory| memory.reads.contains_key(&read))
                });
                doubtful.insert((follower, read), voided);
                self.doubtful_reads = doubtful;
            }
        }
    }

    /// What the lease of a leader rests on and is not so; none: it holds without that.
    fn voided_lease(&self, leader: ReplicaId) -> Option<Voided> {
        let memory = self.node(leader).memory.as_ref()?;
        let replica = &memory.replica;
        let drift_ppm = u64::from(replica.config().settings.lease?.drift_ppm);
        let (mut first, mut sound) = (None, vec![leader]);
        for (follower, round) in replica.promises() {
            let since_us = memory.rounds.began_us(round);
            match self.voided_promise(leader, follower, since_us, drift_ppm) {
                None => sound.push(follower),
                voided => first = first.or(voided),
            }
        }
        first.filter(|_| !replica.membership().is_quorum(|id| sound.contains(&id)))
    }

    /// What the promise of a follower rests on, given since then, and is not so.
    fn voided_promise(
        &self,
        leader: ReplicaId,
        follower: ReplicaId,
        since_us: u64,
        drift_ppm: u64,
    ) -> Option<Voided> {
        let (leads, follows) = (&self.node(leader).clock, &self.node(follower).clock);
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
}

/// A read that a leader serves.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) enum Served {
    /// A client's of its own, by the name that it knows it by.
    Own(u64),
    /// That of a follower, by the follower's name for it.
    Of(ReplicaId, u64),
}

impl Served {
    /// The read that a step may serve at once.
    pub(in crate::sim) fn of(input: &Input) -> Option<Self> {
        match input {
            Input::Read(read) => Some(Self::Own(*read)),
            Input::Receive(Message {
                from,
                body: Body::ReadIndex { read },
                ..
            }) => Some(Self::Of(*from, *read)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::{ClientId, Operation};
    use crate::sim::property::violation::Violation;
    use crate::sim::scenario::action::Action;
    use crate::sim::scenario::{Protocol, ReadMode, Scenario, Timers};

    const R1: ReplicaId = ReplicaId(1);

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
                world.node_mut(id).disk.durable.promised_ticks = 0;
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
        assert_eq!(world.voided_lease(R1), None);
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
        assert_eq!(world.voided_lease(R1), None);
        jump(&mut world, 4);
        let replica = ReplicaId(2);
        assert_eq!(
            world.voided_lease(R1),
            Some(Voided::ClockJumped { replica })
        );
        world.run_until(world.now_us() + 500_000);
        assert_eq!(world.voided_lease(R1), None, "they have promised anew");
    }
}
