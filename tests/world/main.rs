//! The promises of a world's one door: what is refused leaves no trace, what is due
//! happens at its time, and crashes, pauses and cuts do what they say, no more.

mod catching_up;
mod clients;
mod disks;
mod door;
mod leases;
mod network;
mod notices;
mod stuck;

use raftarium::kv::{Answer, Operation};
use raftarium::raft::ReplicaId;
use raftarium::sim::World;
use raftarium::sim::action::{Action, MessageId};
use raftarium::sim::notice::{LossCause, TraceEvent};
use raftarium::sim::scenario::{Latency, LinkQuality, Scenario};
use raftarium::sim::view::{MessageKind, MessageView, ReplicaView};

pub(crate) const R1: ReplicaId = ReplicaId(1);
pub(crate) const R2: ReplicaId = ReplicaId(2);
pub(crate) const R3: ReplicaId = ReplicaId(3);

/// Three replicas whose messages and writes take exactly a millisecond.
pub(crate) fn scenario() -> Scenario {
    let quality = LinkQuality {
        latency: Latency::Fixed { us: 1_000 },
        ..LinkQuality::default()
    };
    Scenario {
        replicas: 3,
        network: quality,
        client_network: quality,
        ..Scenario::default()
    }
}

/// A world in which R1 leads term 1 and everybody knows.
pub(crate) fn led_by_r1() -> World {
    let mut world = World::new(scenario(), 1);
    time_out(&mut world, R1);
    world.run_until(60_000);
    assert_eq!(world.view().leader, Some(R1));
    world
}

pub(crate) fn time_out(world: &mut World, replica: ReplicaId) {
    let replica = replica.into();
    world.apply(Action::TimeOut { replica }).expect("it runs");
}

pub(crate) fn seen(world: &World, id: ReplicaId) -> ReplicaView {
    world.view().replicas[usize::from(id.0) - 1].clone()
}

pub(crate) fn put(key: &str, value: &str) -> Action {
    Action::Request {
        client: None,
        operation: Operation::Put {
            key: key.into(),
            value: value.into(),
        },
        reads: None,
    }
}

/// The messages of a kind, in the order of sending.
pub(crate) fn in_flight(world: &World, kind: MessageKind) -> Vec<MessageView> {
    let messages = world.messages();
    messages.filter(|message| message.kind == kind).collect()
}

/// Goes on until a message of this kind is on its way.
pub(crate) fn run_to(world: &mut World, kind: MessageKind) -> MessageView {
    loop {
        if let Some(&message) = in_flight(world, kind).first() {
            return message;
        }
        world.step().expect("nothing breaks").expect("it goes on");
    }
}

pub(crate) fn answers(world: &mut World) -> Vec<Answer> {
    let notices = world.take_notices().into_iter();
    notices
        .filter_map(|notice| match notice.what {
            TraceEvent::Answered { answer, .. } => Some(answer),
            _ => None,
        })
        .collect()
}

pub(crate) fn losses(world: &mut World) -> Vec<(MessageId, LossCause)> {
    let notices = world.take_notices().into_iter();
    notices
        .filter_map(|notice| match notice.what {
            TraceEvent::MessageLost { message, cause, .. } => Some((message, cause)),
            _ => None,
        })
        .collect()
}

pub(crate) fn get(key: &str) -> Operation {
    Operation::Get { key: key.into() }
}
