//! Replicas of the `raft` crate, driven as its documentation asks, with what makes them
//! fastest here: entries batched into the messages that are under way anyway, and all that has
//! come handled before it's asked what to do.

use std::collections::VecDeque;

use raft_rs::eraftpb::Message;
use raft_rs::storage::MemStorage;
use raft_rs::{Config, RawNode, StateRole};

use crate::{COMMAND_BYTES, Replicas};

/// `QUIET`: without messages for news of commits alone.
pub(crate) struct Theirs<const QUIET: bool> {
    /// The first is the leader.
    nodes: Vec<RawNode<MemStorage>>,
    committed: Vec<usize>,
}

impl<const QUIET: bool> Replicas for Theirs<QUIET> {
    type Command = Vec<u8>;
    type Message = Message;

    fn new(size: u16) -> Self {
        let logger = slog::Logger::root(slog::Discard, slog::o!());
        let ids: Vec<u64> = (1..=u64::from(size)).collect();
        let node = |&id: &u64| {
            let config = Config {
                id,
                election_tick: 15,
                heartbeat_tick: 5,
                max_size_per_msg: 1 << 20,
                max_inflight_msgs: 256,
                check_quorum: true,
                pre_vote: true,
                batch_append: true,
                skip_bcast_commit: QUIET,
                ..Config::default()
            };
            let storage = MemStorage::new_with_conf_state((ids.clone(), vec![]));
            RawNode::new(&config, storage, &logger).expect("the settings are valid")
        };
        Self {
            nodes: ids.iter().map(node).collect(),
            committed: vec![0; ids.len()],
        }
    }

    fn command(bytes: [u8; COMMAND_BYTES]) -> Vec<u8> {
        bytes.into()
    }

    fn campaign(&mut self, sent: &mut VecDeque<Message>) {
        self.nodes[0].campaign().expect("it may");
        self.settle(0, sent);
    }

    fn propose(&mut self, command: Vec<u8>) {
        let leader = &mut self.nodes[0];
        debug_assert_eq!(leader.raft.state, StateRole::Leader);
        leader
            .propose(Vec::new(), command)
            .expect("the leader takes it");
    }

    fn addressee(message: &Message) -> usize {
        usize::try_from(message.to).expect("it is small") - 1
    }

    fn entries(message: &Message) -> usize {
        message.entries.len()
    }

    fn receive(&mut self, replica: usize, message: Message, _sent: &mut VecDeque<Message>) {
        self.nodes[replica].step(message).expect("it's a peer's");
    }

    fn settle(&mut self, replica: usize, sent: &mut VecDeque<Message>) {
        let node = &mut self.nodes[replica];
        if !node.has_ready() {
            return;
        }
        let mut ready = node.ready();
        sent.extend(ready.take_messages());
        let mut committed = ready.take_committed_entries();
        let mut store = node.store().wl();
        store.append(ready.entries()).expect("in memory");
        if let Some(hard_state) = ready.hs() {
            store.set_hardstate(hard_state.clone());
        }
        drop(store);
        sent.extend(ready.take_persisted_messages());
        let mut light = node.advance(ready);
        if let Some(commit) = light.commit_index() {
            node.store().wl().mut_hard_state().commit = commit;
        }
        sent.extend(light.take_messages());
        committed.extend(light.take_committed_entries());
        node.advance_apply();
        let commands = committed.iter().filter(|entry| !entry.data.is_empty());
        self.committed[replica] += commands.count();
    }

    fn committed(&self, replica: usize) -> usize {
        self.committed[replica]
    }
}
