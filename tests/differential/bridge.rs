//! What a replica of the crate's says and hears, in our words.

use raft_rs::eraftpb::{Message as TheirMessage, MessageType};
use raftarium::raft::{Body, Entries, LogIndex, Message, Position, Term};

use crate::host::{Kind, Wire};
use crate::theirs::Theirs;
use crate::translate as t;

/// A snapshot of ours, until it is complete.
pub(crate) struct Chunks {
    term: Term,
    last: Position,
    total: u64,
    bytes: Vec<u8>,
}

impl Theirs {
    // What it says.

    pub(crate) fn send(&self, message: TheirMessage) -> Wire {
        let to = t::our_id(message.to);
        if self.setup.kind_of(to) == Kind::Theirs {
            return Wire::Theirs(message);
        }
        let (term, body) = self.translate(&message);
        Wire::Ours(Message {
            from: self.setup.id,
            to,
            term,
            body,
        })
    }

    fn translate(&self, message: &TheirMessage) -> (Term, Body) {
        let body = match message.get_msg_type() {
            MessageType::MsgRequestVote | MessageType::MsgRequestPreVote => {
                return t::our_vote_request(message);
            }
            MessageType::MsgRequestVoteResponse | MessageType::MsgRequestPreVoteResponse => {
                return t::our_vote(message);
            }
            MessageType::MsgAppend => t::our_append(message),
            MessageType::MsgHeartbeat => self.our_heartbeat(message.commit),
            MessageType::MsgSnapshot => t::our_snapshot(message),
            MessageType::MsgTimeoutNow => Body::TimeoutNow,
            MessageType::MsgAppendResponse | MessageType::MsgHeartbeatResponse => {
                self.our_answer(message)
            }
            other => panic!("{other:?} is not for another replica"),
        };
        (Term(message.term), body)
    }

    /// A sign of life, with the commit index as far as the follower is known to match.
    fn our_heartbeat(&self, commit: u64) -> Body {
        let node = self.node.as_ref().expect("it has just stepped");
        // Term zero: that is compacted. It will get a snapshot; until then there is no news.
        let term = node.raft.raft_log.term(commit).expect("in memory");
        let place = if term == 0 {
            Position::default()
        } else {
            t::position(commit, term)
        };
        Body::AppendEntries {
            prev_log: place,
            entries: Entries::default(),
            leader_commit: place.index,
            round: t::HEARTBEAT,
        }
    }

    fn our_answer(&self, message: &TheirMessage) -> Body {
        let question = self.question.as_ref().expect("nobody asked");
        if message.term > question.term.0 {
            return Body::AppendStale;
        }
        let heartbeat = message.get_msg_type() == MessageType::MsgHeartbeatResponse;
        match question.body {
            // It was made a heartbeat because the log matches there.
            Body::AppendEntries {
                prev_log, round, ..
            } if heartbeat => Body::AppendAccepted {
                match_index: prev_log.index,
                round,
                promised_ticks: t::PROMISES,
            },
            Body::InstallSnapshot { last, round, .. } if heartbeat => Body::SnapshotReceived {
                last,
                received: self.chunks.as_ref().map_or(0, |it| it.bytes.len() as u64),
                round,
                promised_ticks: t::PROMISES,
            },
            Body::AppendEntries { round, .. } | Body::InstallSnapshot { round, .. } => {
                t::our_append_answer(message, round)
            }
            _ => panic!("{message:?} is no answer to {question:?}"),
        }
    }

    // What it hears.

    pub(crate) fn hear(&mut self, message: &Message) -> TheirMessage {
        let peers = &self.setup.peers;
        match &message.body {
            &Body::RequestVote { last_log, purpose } => {
                t::their_vote_request(message, last_log, purpose)
            }
            &Body::Vote {
                granted, pre_vote, ..
            } => t::their_vote(message, granted, pre_vote),
            Body::AppendEntries {
                prev_log,
                entries,
                leader_commit,
                ..
            } => {
                if entries.is_empty() && self.matches(*prev_log) {
                    let mut theirs = t::their_message(MessageType::MsgHeartbeat, message);
                    theirs.commit = leader_commit.0;
                    return theirs;
                }
                t::their_append(message, *prev_log, entries, *leader_commit, peers)
            }
            &Body::AppendAccepted {
                match_index, round, ..
            } => {
                if round == t::HEARTBEAT {
                    return t::their_message(MessageType::MsgHeartbeatResponse, message);
                }
                let mut theirs = t::their_message(MessageType::MsgAppendResponse, message);
                theirs.index = match_index.0;
                theirs
            }
            &Body::AppendRejected {
                prev_log_index,
                conflict_term,
                conflict_index,
                round,
                ..
            } => {
                assert_eq!(round, t::APPEND, "a heartbeat is never rejected");
                t::their_rejection(message, prev_log_index, conflict_term, conflict_index)
            }
            Body::AppendStale => t::their_message(MessageType::MsgAppendResponse, message),
            Body::InstallSnapshot { .. } => self.hear_chunk(message),
            Body::TimeoutNow => t::their_message(MessageType::MsgTimeoutNow, message),
            body @ (Body::SnapshotReceived { .. }
            | Body::ReadIndex { .. }
            | Body::ReadIndexAnswer { .. }
            | Body::FetchLog { .. }
            | Body::FetchedEntries { .. }
            | Body::FetchedSnapshot { .. }) => panic!("the crate never asked for {body:?}"),
        }
    }

    /// Notes the membership of a snapshot, and makes sure that this replica is in it.
    pub(crate) fn join_snapshot(&mut self, message: &mut TheirMessage) {
        let meta = message.mut_snapshot().mut_metadata();
        let mut membership = t::our_membership(meta.get_conf_state());
        self.arriving = Some(membership.clone());
        if !membership.contains(self.setup.id) {
            membership.learners.insert(self.setup.id);
        }
        meta.set_conf_state(t::their_conf_state(&membership));
    }

    /// What the sender of a message of an older term should be told.
    pub(crate) fn rejoinder(&self, message: &TheirMessage) -> Option<TheirMessage> {
        let term = self.node.as_ref().expect("it runs").raft.term;
        if message.term >= term {
            return None;
        }
        let kind = match message.get_msg_type() {
            MessageType::MsgAppend | MessageType::MsgHeartbeat | MessageType::MsgSnapshot => {
                MessageType::MsgAppendResponse
            }
            MessageType::MsgRequestVote => MessageType::MsgRequestVoteResponse,
            _ => return None,
        };
        let mut rejoinder = TheirMessage::default();
        rejoinder.set_msg_type(kind);
        rejoinder.reject = kind == MessageType::MsgRequestVoteResponse;
        rejoinder.from = message.to;
        rejoinder.to = message.from;
        rejoinder.term = term;
        Some(rejoinder)
    }

    fn matches(&self, place: Position) -> bool {
        let node = self.node.as_ref().expect("it runs");
        node.raft.raft_log.match_term(place.index.0, place.term.0)
    }

    /// The crate's message for a chunk: a sign of life until the last one, and then the
    /// whole snapshot.
    fn hear_chunk(&mut self, message: &Message) -> TheirMessage {
        let Body::InstallSnapshot {
            last,
            ref membership,
            offset,
            ref chunk,
            total,
            ..
        } = message.body
        else {
            panic!("no chunk: {message:?}");
        };
        let node = self.node.as_ref().expect("it runs");
        if last.index.0 <= node.raft.raft_log.committed {
            // Nothing new: it may say so at once.
            self.chunks = None;
            return t::their_append(message, last, &Entries::default(), LogIndex(0), &[]);
        }
        let same =
            |it: &mut Chunks| it.term == message.term && it.last == last && it.total == total;
        let chunks = self.chunks.take_if(same);
        let mut chunks = chunks.unwrap_or(Chunks {
            term: message.term,
            last,
            total,
            bytes: Vec::new(),
        });
        if chunks.bytes.len() as u64 == offset {
            chunks.bytes.extend_from_slice(chunk);
        }
        if (chunks.bytes.len() as u64) < total {
            self.chunks = Some(chunks);
            return t::their_message(MessageType::MsgHeartbeat, message);
        }
        let mut theirs = t::their_message(MessageType::MsgSnapshot, message);
        let snapshot = theirs.mut_snapshot();
        snapshot.data = chunks.bytes.into();
        let meta = snapshot.mut_metadata();
        meta.index = last.index.0;
        meta.term = last.term.0;
        meta.set_conf_state(t::their_conf_state(membership));
        theirs
    }
}
