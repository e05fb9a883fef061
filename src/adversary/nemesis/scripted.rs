//! Misfortunes with a plot: what the literature and the field know to go wrong takes several
//! steps in the right order, and dice that are thrown step by step seldom find them.

use super::super::draw::{FASTEST_PPM, SLOWEST_PPM, Trust};
use super::kinds::FaultKind;
use super::targeted::{request, workload};
use super::{Awaited, Move, Nemesis};
use crate::kv::{ClientId, Operation};
use crate::raft::ReplicaId;
use crate::sim::World;
use crate::sim::action::{Action, Target};
use crate::sim::scenario::{DiskSettings, Latency, LinkQuality, ReadMode, Timers};

/// Time passes until a leader is elected.
fn await_election() -> Move {
    Move::Await {
        what: Awaited::Election,
        us_max: 1_000_000,
    }
}

/// Time passes until something more is committed.
fn await_commit() -> Move {
    Move::Await {
        what: Awaited::Commit,
        us_max: 300_000,
    }
}

/// A client takes this one for the leader.
fn believe(client: ClientId, replica: Target) -> Move {
    Move::Do(Action::Mislead { client, replica })
}

impl Nemesis {
    /// Leaders that follow one another in quick succession.
    pub(super) fn draw_short_reigns(&mut self, world: &World) -> Vec<Move> {
        let plot = match self.dice.below(3) {
            0 => self.draw_comeback(world),
            1 => self.draw_hasty_changes(world),
            _ => None,
        };
        plot.unwrap_or_else(|| self.draw_successions(world))
    }

    /// The paper's Figure 8. A leader appends what nobody else gets. Another leads, and
    /// appends what nobody else gets either. The first comes back, and now others get what it
    /// had; but before they get anything of its new term it is gone. The other comes back.
    fn draw_comeback(&mut self, world: &World) -> Option<Vec<Move>> {
        let (first, mut others) = self.draw_leader_and_others(world)?;
        let majority = others.len().div_ceil(2) + 1;
        if majority > others.len() {
            return None;
        }
        let isolate = |replica: Target| Move::Do(Action::Isolate { replica });
        // One of them is meant to be the other leader, and is left out: so many that the
        // first can lead, and none but the first.
        others.truncate(majority - 1);
        let with_first = others.iter().copied().chain([first]);
        let put = self.draw_put(world);
        Some(vec![
            isolate(first.into()),
            believe(ClientId(1), first.into()),
            request(ClientId(1), put, None),
            Move::Wait { us: 50_000 },
            await_election(),
            isolate(Target::Leader),
            Move::Do(Action::Partition {
                groups: vec![with_first.map(Target::from).collect()],
            }),
            await_election(),
            await_commit(),
            Move::Do(Action::HealAll {}),
            isolate(first.into()),
            await_election(),
        ])
    }

    /// The bug of 2015. A leader takes a voter out, and nobody else hears of it. Another leads,
    /// and takes the first one out before it has committed anything. Now each has half of the
    /// voters that there were, which is a majority of those that are left.
    fn draw_hasty_changes(&mut self, world: &World) -> Option<Vec<Move>> {
        let (first, mut others) = self.draw_leader_and_others(world)?;
        let mut moves = Vec::new();
        let without = |voters: &[ReplicaId], gone| {
            let voters = voters.iter().copied().filter(|&id| id != gone).collect();
            Move::Do(Action::ChangeMembership {
                voters,
                learners: Vec::new(),
            })
        };
        let mut voters = others.clone();
        voters.push(first);
        voters.sort_unstable();
        if voters.len() % 2 == 1 {
            let gone = others.pop()?;
            moves.push(without(&voters, gone));
            moves.push(Move::Wait { us: 300_000 });
            voters.retain(|&id| id != gone);
        }
        if voters.len() < 4 {
            return None;
        }
        let (theirs, mut its) = {
            let (theirs, its) = others.split_at(voters.len() / 2);
            (theirs.to_vec(), its.to_vec())
        };
        its.push(first);
        let gone = theirs[self.draw_place(theirs.len())];
        let group = |ids: Vec<ReplicaId>| ids.into_iter().map(Target::from).collect();
        moves.extend([
            Move::Do(Action::Isolate {
                replica: first.into(),
            }),
            without(&voters, gone),
            await_election(),
            without(&voters, first),
            Move::Do(Action::Partition {
                groups: vec![group(theirs), group(its)],
            }),
            await_commit(),
            await_election(),
        ]);
        Some(moves)
    }

    /// Leaders that have hardly appended something when they are cut off or die, and that come
    /// back when others have done the same; with changes of one voter each, perhaps.
    fn draw_successions(&mut self, world: &World) -> Vec<Move> {
        let replicas = world.scenario().total();
        let changes = self.has(FaultKind::Members) && self.flip();
        let mut moves = Vec::new();
        for _ in 0..self.dice.between(3, 8) {
            moves.push(await_election());
            moves.push(self.draw_moment());
            if changes {
                moves.push(Move::Do(self.draw_small_change(world)));
                moves.push(self.draw_moment());
            }
            let replica = Target::Leader;
            moves.push(Move::Do(match self.dice.below(3) {
                0 => Action::Isolate { replica },
                1 => Action::Partition {
                    groups: self.draw_groups(replicas),
                },
                _ => Action::Crash {
                    replica,
                    write: self.draw_write(),
                },
            }));
            let replica = self.draw_replica(replicas).into();
            moves.push(Move::Do(match self.dice.below(4) {
                0 => Action::HealAll {},
                1 => Action::Rejoin { replica },
                _ => Action::Restart {
                    replica: Target::Crashed,
                },
            }));
        }
        moves
    }

    /// A leader that is cut off, perhaps as it hands over, and is asked for what its
    /// successor has written; or a successor that is asked as soon as it leads.
    pub(super) fn draw_old_reader(&mut self, world: &World) -> Vec<Move> {
        let Some(old) = world.view().leader else {
            return Vec::new();
        };
        if self.trust == Trust::Kept && self.flip() {
            return self.draw_old_lease(world, old);
        }
        let clients = world.scenario().workload.clients;
        let put = self.draw_put(world);
        let key = put.key().to_owned();
        let (writer, reader) = (ClientId(1), ClientId(self.draw_small(2..=clients + 1)));
        let read = |reads| request(reader, Operation::Get { key: key.clone() }, reads);
        let write = request(writer, put, None);
        let reads = match self.dice.below(3) {
            0 => None,
            _ => Some(ReadMode::ReadIndex { followers: false }),
        };
        let mut moves = Vec::new();
        if self.dice.below(3) == 0 {
            // What was just written, from somebody who may not know of it yet.
            moves.push(write);
            moves.push(self.draw_moment());
            moves.push(Move::Do(self.draw_end_of(old)));
            moves.push(await_election());
            moves.push(believe(reader, Target::Leader));
            moves.push(read(reads));
            return moves;
        }
        if self.flip() {
            moves.push(Move::Do(Action::TransferLeadership { to: None }));
            moves.push(self.draw_moment());
        }
        moves.push(Move::Do(Action::Isolate {
            replica: old.into(),
        }));
        moves.push(await_election());
        moves.push(believe(writer, Target::Leader));
        moves.push(write);
        moves.push(self.draw_moment());
        for _ in 0..4 {
            moves.push(believe(reader, old.into()));
            moves.push(read(reads));
            moves.push(self.draw_moment());
        }
        moves
    }

    /// Reads by lease from a leader that does not hear of its successor, who is elected as
    /// early as can be: because its clock is slow, or because it has told it to stand. All
    /// else is quick and quiet meanwhile, or its lease would be over before.
    fn draw_old_lease(&mut self, world: &World, old: ReplicaId) -> Vec<Move> {
        let scenario = world.scenario();
        let workload = |operations_per_second| workload(scenario, operations_per_second);
        let latency = Latency::Fixed {
            us: self.dice.between(0, 2_000),
        };
        let quick = LinkQuality {
            latency,
            ..LinkQuality::default()
        };
        let network = |quality| Move::Do(Action::SetNetwork { quality });
        let client_network = |quality| Move::Do(Action::SetClientNetwork { quality });
        let disks = |disk| {
            Move::Do(Action::SetDisk {
                replica: None,
                disk,
            })
        };
        let put = self.draw_put(world);
        let key = put.key().to_owned();
        let (writer, reader) = (
            ClientId(1),
            ClientId(self.draw_small(2..=scenario.workload.clients + 1)),
        );
        let mut moves = vec![
            workload(0),
            network(quick),
            client_network(quick),
            disks(DiskSettings {
                write_latency: Latency::Fixed { us: 0 },
            }),
        ];
        let timers = scenario.timing.timers();
        let timing = |timing| {
            Move::Do(Action::SetTiming {
                replica: None,
                timing,
            })
        };
        let hands_over = self.flip();
        if !hands_over {
            // All stand as early as they may.
            moves.push(timing(Timers {
                election_timeout_ticks_max: timers.election_timeout_ticks_min,
                ..timers
            }));
            // As far apart as was promised, and no farther.
            for replica in scenario.all_replicas() {
                let rate_ppm = if replica == old {
                    SLOWEST_PPM
                } else {
                    FASTEST_PPM
                };
                moves.push(Move::Do(Action::SetClock { replica, rate_ppm }));
            }
        }
        let us = self.dice.between(300_000, 600_000);
        moves.push(Move::Wait { us });
        // It still sends, so that it can hand over; but it hears nothing more.
        for from in scenario.all_replicas().filter(|&from| from != old) {
            moves.push(Move::Do(Action::Cut {
                from: from.into(),
                to: old.into(),
                both: !hands_over,
            }));
        }
        if hands_over {
            moves.push(Move::Do(Action::TransferLeadership { to: None }));
        }
        moves.extend([
            believe(reader, old.into()),
            await_election(),
            believe(writer, Target::Leader),
            request(writer, put, None),
            Move::Await {
                what: Awaited::Answer,
                us_max: 50_000,
            },
            request(reader, Operation::Get { key }, None),
            Move::Wait { us: 100_000 },
            network(scenario.network),
            client_network(scenario.client_network),
            disks(scenario.disk),
            workload(scenario.workload.operations_per_second),
        ]);
        if !hands_over {
            moves.push(timing(timers));
        }
        moves
    }

    /// The leader, and the other voters in random order.
    fn draw_leader_and_others(&mut self, world: &World) -> Option<(ReplicaId, Vec<ReplicaId>)> {
        let view = world.view();
        let leading = view.replicas.iter().find(|it| Some(it.id) == view.leader)?;
        let mut others = leading.membership.voters.clone();
        others.retain(|&id| id != leading.id);
        for place in (1..others.len()).rev() {
            others.swap(place, self.draw_place(place + 1));
        }
        Some((leading.id, others))
    }

    fn draw_put(&mut self, world: &World) -> Operation {
        Operation::Put {
            key: format!("k{}", self.dice.below(world.scenario().workload.keys) + 1),
            value: format!("w{}", self.dice.below(3)),
        }
    }

    fn draw_end_of(&mut self, leader: ReplicaId) -> Action {
        let replica = leader.into();
        if self.flip() {
            Action::Isolate { replica }
        } else {
            let write = self.draw_write();
            Action::Crash { replica, write }
        }
    }

    /// About as long as a message takes.
    fn draw_moment(&mut self) -> Move {
        let us_max = [2_000, 20_000, 100_000][self.draw_place(3)];
        Move::Wait {
            us: self.dice.between(1, us_max),
        }
    }

    /// One voter more or less than the leader has.
    fn draw_small_change(&mut self, world: &World) -> Action {
        let view = world.view();
        let leading = view.replicas.iter().find(|it| Some(it.id) == view.leader);
        let mut voters = leading.map_or_else(
            || (1..=world.scenario().replicas).map(ReplicaId).collect(),
            |it| it.membership.voters.clone(),
        );
        let someone = self.draw_replica(world.scenario().total());
        match voters.iter().position(|&id| id == someone) {
            Some(place) if voters.len() > 1 => drop(voters.remove(place)),
            Some(_) => {}
            None => voters.push(someone),
        }
        voters.sort_unstable();
        Action::ChangeMembership {
            voters,
            learners: Vec::new(),
        }
    }
}
