//! Our replicas.

use std::collections::VecDeque;
use std::sync::Arc;

use raftarium::raft::{
    Body, Config, Durable, Effects, Input, Membership, Message, Payload, Replica, ReplicaId,
    Settings,
};
use raftarium::rng::Pcg32;

use crate::{COMMAND_BYTES, Replicas};

pub(crate) struct Ours {
    replicas: Vec<Replica>,
    /// Commands that the leader is given together.
    proposed: Vec<Arc<[u8]>>,
    /// Used again for every step.
    effects: Effects,
    committed: Vec<usize>,
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
            proposed: Vec::new(),
            effects: Effects::default(),
            committed: vec![0; usize::from(size)],
        }
    }

    fn command(bytes: [u8; COMMAND_BYTES]) -> Arc<[u8]> {
        bytes.into()
    }

    fn campaign(&mut self, sent: &mut VecDeque<Message>) {
        self.step(0, Input::Campaign, sent);
    }

    fn propose(&mut self, command: Arc<[u8]>) {
        self.proposed.push(command);
    }

    fn addressee(message: &Message) -> usize {
        usize::from(message.to.0) - 1
    }

    fn entries(message: &Message) -> usize {
        match &message.body {
            Body::AppendEntries { entries, .. } => entries.len(),
            _ => 0,
        }
    }

    fn receive(&mut self, replica: usize, message: Message, sent: &mut VecDeque<Message>) {
        self.step(replica, Input::Receive(message), sent);
    }

    fn settle(&mut self, replica: usize, sent: &mut VecDeque<Message>) {
        if replica > 0 || self.proposed.is_empty() {
            return;
        }
        let input = if self.proposed.len() == 1 {
            self.proposed.pop().map(Input::Propose)
        } else {
            Some(Input::ProposeAll(std::mem::take(&mut self.proposed)))
        };
        if let Some(input) = input {
            self.step(0, input, sent);
        }
    }

    fn committed(&self, replica: usize) -> usize {
        self.committed[replica]
    }
}

impl Ours {
    fn step(&mut self, replica: usize, input: Input, sent: &mut VecDeque<Message>) {
        let effects = &mut self.effects;
        let at = &mut self.replicas[replica];
        at.step_into(input, effects);
        sent.extend(effects.messages.drain(..));
        if !effects.committed.is_empty() {
            for entry in at.log().range(&effects.committed) {
                let is_command = matches!(entry.payload, Payload::Command(_));
                self.committed[replica] += usize::from(is_command);
            }
        }
        effects.clear();
    }
}
