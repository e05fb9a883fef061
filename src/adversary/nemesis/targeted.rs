//! Faults that depend on the state of the world: who leads, what is under way, whose disk
//! is sound. The others are in [`families`](super::kinds).

use super::super::liveness::{has_majority, quorums};
use super::{Move, Nemesis};
use crate::kv::{ClientId, Operation};
use crate::raft::ReplicaId;
use crate::sim::World;
use crate::sim::action::{Action, MessageId, Target};
use crate::sim::scenario::{ReadMode, Scenario, Workload};
use crate::sim::view::Endpoint;

impl Nemesis {
    pub(super) fn draw_message_action(&mut self, world: &World) -> Action {
        let ids: Vec<MessageId> = world.messages().map(|message| message.id).collect();
        // Sometimes a message that is not there.
        let place = self.draw_place(ids.len() + 1);
        let message = ids.get(place).copied().unwrap_or(MessageId(0));
        match self.dice.below(5) {
            0 => Action::Drop { message },
            1 => Action::Duplicate { message },
            2 => Action::Hold { message },
            3 => Action::Release { message },
            _ => Action::Deliver { message },
        }
    }

    /// A message is held while a copy of it goes on in its place; or the one that has been
    /// held longest comes, whatever has become of its sender and of its receiver.
    pub(super) fn draw_old_message(&mut self, world: &World) -> Vec<Move> {
        let between_replicas =
            |from, to| matches!((from, to), (Endpoint::Replica(_), Endpoint::Replica(_)));
        let messages = || {
            world
                .messages()
                .filter(|it| between_replicas(it.from, it.to))
        };
        if self.dice.below(4) == 0 {
            let oldest = messages()
                .filter(|it| {
                    it.held_us
                        .is_some_and(|since_us| since_us + 1_000_000 < world.now_us())
                })
                .min_by_key(|it| it.held_us);
            let release = oldest.map(|it| Move::Do(Action::Release { message: it.id }));
            return release.into_iter().collect();
        }
        let moving: Vec<MessageId> = messages()
            .filter(|it| it.held_us.is_none() && it.lost_us.is_none())
            .map(|it| it.id)
            .collect();
        if moving.is_empty() {
            return Vec::new();
        }
        let message = moving[self.draw_place(moving.len())];
        vec![
            Move::Do(Action::Duplicate { message }),
            Move::Do(Action::Hold { message }),
        ]
    }

    /// A disk rots, as long as the others can go on without it; or a replica is removed, and
    /// comes back as somebody new.
    pub(super) fn draw_disk_fault(&mut self, world: &World) -> Vec<Move> {
        let view = world.view();
        let id = self.draw_replica(world.scenario().total());
        let replica = Target::Replica(id);
        if self.dice.below(3) == 0 {
            let mut rotten = view.replicas.iter().filter(|it| it.corrupt);
            let sound = view.replicas.iter().filter(|it| !it.corrupt && it.id != id);
            let sound = sound.map(|it| it.id).collect();
            // Nobody knows what a cluster needs that is all dead.
            let groups = quorums(&view);
            let spared = groups.iter().all(|it| has_majority(it, &sound));
            if groups.is_empty() || !spared || rotten.next().is_some() {
                return Vec::new();
            }
            return vec![
                Move::Do(Action::crash(id)),
                Move::Do(Action::Corrupt { replica }),
            ];
        }
        let leading = view.replicas.iter().find(|it| Some(it.id) == view.leader);
        let Some(members) = leading.map(|it| it.membership.clone()) else {
            return Vec::new();
        };
        let without = |ids: &[ReplicaId]| ids.iter().copied().filter(|&it| it != id).collect();
        let remove = Action::ChangeMembership {
            voters: without(&members.voters),
            learners: without(&members.learners),
        };
        let back = Action::ChangeMembership {
            voters: members.voters.iter().copied().chain([id]).collect(),
            learners: without(&members.learners),
        };
        let wait = Move::Wait {
            us: self.dice.between(100_000, 600_000),
        };
        vec![
            Move::Do(remove),
            wait.clone(),
            Move::Do(Action::crash(id)),
            Move::Do(Action::Format { replica }),
            Move::Do(Action::Restart { replica }),
            Move::Do(back),
            wait,
        ]
    }

    /// The leader's clock is slow, and the others' are fast. Cut off, it trusts its lease while
    /// they have elected another.
    pub(super) fn draw_outrun(&mut self, world: &World) -> Vec<Move> {
        let scenario = world.scenario();
        let Some(leader) = world.view().leader else {
            return Vec::new();
        };
        let key = format!("k{}", self.dice.below(scenario.workload.keys) + 1);
        let request = |client, operation| request(ClientId(client), operation, None);
        let workload = |operations_per_second| workload(scenario, operations_per_second);
        let replica = leader.into();
        let us = self.dice.between(50_000, 400_000);
        let value = format!("w{}", self.dice.below(3));
        // The clients still believe in the old leader if they have nothing to ask.
        let mut moves = vec![workload(0), Move::Wait { us }];
        for replica in scenario.all_replicas() {
            let rate_ppm = if replica == leader { 20_000 } else { 4_000_000 };
            moves.push(Move::Do(Action::SetClock { replica, rate_ppm }));
        }
        moves.extend([
            Move::Do(Action::Isolate { replica }),
            request(
                1,
                Operation::Put {
                    key: key.clone(),
                    value,
                },
            ),
            Move::Wait {
                us: scenario.clients.request_timeout_us + us,
            },
        ]);
        for client in 2..=scenario.workload.clients + 1 {
            moves.push(request(client, Operation::Get { key: key.clone() }));
        }
        moves.push(Move::Wait { us });
        moves.push(workload(scenario.workload.operations_per_second));
        moves
    }

    pub(super) fn draw_client_action(&mut self, world: &World) -> Action {
        let clients = world.scenario().workload.clients + 1;
        let client = ClientId(self.draw_small(1..=clients));
        match self.dice.below(4) {
            0 => Action::Leave { client },
            1 | 2 => Action::Return { client },
            _ => Action::Mislead {
                client,
                replica: self.draw_target(world.scenario().total()),
            },
        }
    }

    pub(super) fn draw_request(&mut self, world: &World) -> Action {
        let clients = world.scenario().workload.clients + 1;
        let keys = world.scenario().workload.keys;
        let key = format!("k{}", self.dice.below(keys) + 1);
        let value = format!("w{}", self.dice.below(3));
        let expected = self.flip().then(|| format!("w{}", self.dice.below(3)));
        let operation = match self.dice.below(6) {
            0 => Operation::Get { key },
            1 => Operation::Delete { key },
            2 => Operation::Put { key, value },
            _ => Operation::CompareAndSet {
                key,
                expected,
                value,
            },
        };
        let reads = match self.dice.below(4) {
            0 => Some(ReadMode::ReadIndex {
                followers: self.flip(),
            }),
            1 => Some(ReadMode::Log {}),
            _ => None,
        };
        Action::Request {
            client: Some(ClientId(self.draw_small(1..=clients))),
            reads: reads.filter(|_| matches!(operation, Operation::Get { .. })),
            operation,
        }
    }
}

/// Sets how much the clients ask for from now on.
pub(super) fn workload(scenario: &Scenario, operations_per_second: u32) -> Move {
    let workload = Workload {
        operations_per_second,
        ..scenario.workload
    };
    Move::Do(Action::SetWorkload { workload })
}

/// A client is asked for something.
pub(super) fn request(client: ClientId, operation: Operation, reads: Option<ReadMode>) -> Move {
    Move::Do(Action::Request {
        client: Some(client),
        operation,
        reads,
    })
}
