//! Misfortunes with a plot: what the literature and the field know to go wrong takes several
//! steps in the right order, and dice that are thrown step by step seldom find them.

use super::families::Family;
use super::misfortunes::request;
use super::storm::{Move, Storm};
use crate::kv::{ClientId, Operation};
use crate::raft::ReplicaId;
use crate::sim::World;
use crate::sim::action::{Action, Target};
use crate::sim::scenario::ReadMode;

impl Storm {
    /// Leaders that have hardly appended something when they are cut off or die, and that come
    /// back when others have done the same: the paper's Figure 8; and with changes of one voter
    /// each, the bug of 2015.
    pub(super) fn draw_short_reigns(&mut self, world: &World) -> Vec<Move> {
        let replicas = world.scenario().total();
        let changes = self.has(Family::Members) && self.flip();
        let mut moves = Vec::new();
        for _ in 0..self.dice.between(3, 8) {
            moves.push(Move::AwaitElection { us_max: 1_000_000 });
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
        let workload = world.scenario().workload;
        let key = format!("k{}", self.dice.below(workload.keys) + 1);
        let value = format!("w{}", self.dice.below(3));
        let (writer, reader) = (
            ClientId(1),
            ClientId(self.draw_small(2..=workload.clients + 1)),
        );
        let believe = |client, replica| Move::Do(Action::Mislead { client, replica });
        let read = |reads| request(reader, Operation::Get { key: key.clone() }, reads);
        let write = request(
            writer,
            Operation::Put {
                key: key.clone(),
                value,
            },
            None,
        );
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
            moves.push(Move::AwaitElection { us_max: 1_000_000 });
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
        moves.push(Move::AwaitElection { us_max: 1_000_000 });
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
