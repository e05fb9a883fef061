//! Reads that do not go through the log.

use std::sync::Arc;

use super::Server;
use super::output::{Fact, Output};
use super::requests::Request;
use crate::kv::{ClientId, Command};
use crate::raft::{Input, ReadDecision, ReadReady};

/// A read that waits to be served.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Read {
    pub(super) command: Arc<Command>,
}

impl Read {
    /// Whose read it is.
    pub(in crate::sim) fn client(&self) -> ClientId {
        self.command.client
    }
}

impl Server {
    /// A read that does not go through the log.
    pub(super) fn serve_read(&mut self, request: Request, now_us: u64, out: &mut impl Output) {
        let client = request.command.client;
        let life = self.restarts;
        let Some(volatile) = self.running_mut() else {
            return;
        };
        // A client has one request under way: an older read of it is of no use any more.
        volatile
            .reads
            .retain(|_, read| read.command.client != client);
        volatile
            .ready
            .retain(|_, read| read.command.client != client);
        let name = volatile.name_read(life);
        let command = Arc::clone(&request.command);
        volatile.reads.insert(name, Read { command });
        let Some(mut pending) = self.think(Input::Read(name), None, now_us, out) else {
            return;
        };
        if pending.effects.read == Some(ReadDecision::NoLeader) {
            if let Some(volatile) = self.running_mut() {
                volatile.reads.remove(&name);
            }
            pending.replies.extend(self.let_wait(request, now_us));
        }
        self.submit(pending, now_us, out);
    }

    /// The core says how far the store must be for a read.
    pub(super) fn read_is_ready(&mut self, ready: ReadReady, out: &mut impl Output) {
        let Some(volatile) = &mut self.volatile else {
            return;
        };
        if let Some(read) = volatile.reads.remove(&ready.read) {
            volatile.ready.insert((ready.index, ready.read), read);
            self.answer_reads(out);
        }
    }

    /// Answers the reads for which the store is far enough.
    pub(super) fn answer_reads(&mut self, out: &mut impl Output) {
        loop {
            let Some(volatile) = &mut self.volatile else {
                return;
            };
            let index = volatile.last_applied;
            let Some(first) = volatile.ready.first_entry() else {
                return;
            };
            let &(needed, name) = first.key();
            if needed > index {
                return;
            }
            let Read { command } = first.remove();
            let answer = volatile.store.read(command.operation.key());
            let served = Fact::ReadServed {
                name,
                command: &command,
                answer,
                index,
            };
            out.fact(self, served);
        }
    }
}
