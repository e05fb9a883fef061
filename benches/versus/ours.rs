//! Our replicas.

use std::collections::VecDeque;
use std::sync::Arc;

use raftarium::raft::{
    Config, Durable, Effects, Entry, Input, Membership, Message, Payload, Replica, ReplicaId,
    Settings,
};
use raftarium::rng::Pcg32;

use crate::Replicas;

pub(crate) struct Ours {
    replicas: Vec<Replica>,
    /// Used again for every step.
    effects: Effects,
    committed: u32,
}

impl Replicas for Ours {
    type Command = Arc<[u8]>;
    type Message = Message;

    fn new(size: u16) -> Self {
        let peers: Vec<ReplicaId> = (1..=size).map(ReplicaId).collect();
        let replica = |&id: &ReplicaId| {
            let config = Config {
                id,
                peers: peers.clone(),
                membership: Membership::of_voters(peers.clone()),
                settings: Settings {
                    entries_max: 1024,
                    bytes_max: 1024 * 1024,
                    // What comes while one message is under way goes out together.
                    window_messages: 1,
                    pre_vote: true,
                    check_quorum: true,
                    ..Settings::default()
                },
            };
            let rng = Pcg32::new(1, u64::from(id.0));
            Replica::new(config, Durable::default(), rng).expect("the settings are valid")
        };
        Self {
            replicas: peers.iter().map(replica).collect(),
            effects: Effects::default(),
            committed: 0,
        }
    }

    fn campaign(&mut self, sent: &mut VecDeque<Message>) {
        self.step(0, Input::Campaign, sent);
    }

    fn propose(&mut self, command: Arc<[u8]>, sent: &mut VecDeque<Message>) {
        self.step(0, Input::Propose(command), sent);
    }

    fn addressee(message: &Message) -> usize {
        usize::from(message.to.0) - 1
    }

    fn receive(&mut self, replica: usize, message: Message, sent: &mut VecDeque<Message>) {
        self.step(replica, Input::Receive(message), sent);
    }

    fn settle(&mut self, _replica: usize, _sent: &mut VecDeque<Message>) {}

    fn committed(&self) -> u32 {
        self.committed
    }
}

impl Ours {
    fn step(&mut self, replica: usize, input: Input, sent: &mut VecDeque<Message>) {
        let effects = &mut self.effects;
        self.replicas[replica].step_into(input, effects);
        sent.extend(effects.messages.drain(..));
        if replica == 0 {
            for Entry { payload, .. } in &self.replicas[0].log().entries(&effects.committed) {
                self.committed += u32::from(matches!(payload, Payload::Command(_)));
            }
        }
        effects.clear();
    }
}
