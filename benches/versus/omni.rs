//! Servers of `OmniPaxos`, with the storage in memory that comes with it. Entries are batched into
//! the messages that nobody has fetched yet.

use std::collections::VecDeque;

use omnipaxos::messages::Message;
use omnipaxos::messages::sequence_paxos::PaxosMsg;
use omnipaxos::storage::{Entry, NoSnapshot};
use omnipaxos::util::LogEntry;
use omnipaxos::{ClusterConfig, OmniPaxos, ServerConfig};
use omnipaxos_storage::memory_storage::MemoryStorage;

use crate::{COMMAND_BYTES, Replicas};

#[derive(Clone, Debug)]
pub(crate) struct Command(#[expect(dead_code, reason = "only carried")] [u8; COMMAND_BYTES]);

impl Entry for Command {
    type Snapshot = NoSnapshot;
}

/// `READS`: whether every server reads what is decided, or only learns up to where it is.
pub(crate) struct Omni<const READS: bool> {
    servers: Vec<OmniPaxos<Command, MemoryStorage<Command>>>,
    outgoing: Vec<Message<Command>>,
    decided: Vec<usize>,
}

impl<const READS: bool> Replicas for Omni<READS> {
    type Command = Command;
    type Message = Message<Command>;

    fn new(size: u16) -> Self {
        let nodes: Vec<u64> = (1..=u64::from(size)).collect();
        let server = |&pid: &u64| {
            let cluster = ClusterConfig {
                configuration_id: 1,
                nodes: nodes.clone(),
                flexible_quorum: None,
            };
            let server = ServerConfig {
                pid,
                ..ServerConfig::default()
            };
            let built = cluster.build_for_server(server, MemoryStorage::default());
            built.expect("the settings are valid")
        };
        Self {
            servers: nodes.iter().map(server).collect(),
            outgoing: Vec::new(),
            decided: vec![0; nodes.len()],
        }
    }

    fn command(bytes: [u8; COMMAND_BYTES]) -> Command {
        Command(bytes)
    }

    fn campaign(&mut self, sent: &mut VecDeque<Message<Command>>) {
        self.servers[0].try_become_leader();
        self.settle(0, sent);
    }

    fn propose(&mut self, command: Command) {
        let appended = self.servers[0].append(command);
        assert!(appended.is_ok(), "the leader takes it");
    }

    fn addressee(message: &Message<Command>) -> usize {
        usize::try_from(message.get_receiver()).expect("it is small") - 1
    }

    fn entries(message: &Message<Command>) -> usize {
        match message {
            Message::SequencePaxos(message) => match &message.msg {
                PaxosMsg::AcceptDecide(accept) => accept.entries.len(),
                _ => 0,
            },
            Message::BLE(_) => 0,
        }
    }

    fn receive(
        &mut self,
        replica: usize,
        message: Message<Command>,
        _sent: &mut VecDeque<Message<Command>>,
    ) {
        self.servers[replica].handle_incoming(message);
    }

    fn settle(&mut self, replica: usize, sent: &mut VecDeque<Message<Command>>) {
        let server = &mut self.servers[replica];
        server.take_outgoing_messages(&mut self.outgoing);
        sent.extend(self.outgoing.drain(..));
        let (known, decided) = (self.decided[replica], server.get_decided_idx());
        if decided == known {
            return;
        }
        self.decided[replica] = if READS {
            let new = server.read_decided_suffix(known).expect("it is decided");
            let commands = new.iter().filter(|it| matches!(it, LogEntry::Decided(_)));
            known + commands.count()
        } else {
            decided
        };
    }

    fn committed(&self, replica: usize) -> usize {
        self.decided[replica]
    }
}
