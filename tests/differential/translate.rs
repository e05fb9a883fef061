//! The two dialects, word by word. What a word alone does not tell stands in `bridge`.
//!
//! | ours | the crate's |
//! |---|---|
//! | a no-op | a normal entry without data |
//! | a membership: who belongs | a `ConfChangeV2`: what changes |
//! | a pre-vote in the term that the asker is in | in the term that it would stand for |
//! | a candidate's purpose | a context of the request |
//! | the commit index, never beyond what the message vouches for | beyond; the receiver cuts it |
//! | a rejection names the conflicting term and where it begins | the place to try next, and its term |

use std::collections::BTreeSet;
use std::sync::Arc;

use protobuf::Message as _;
use raft_rs::eraftpb::{
    ConfChangeSingle, ConfChangeType, ConfChangeV2, ConfState, Entry as TheirEntry, EntryType,
    Message as TheirMessage, MessageType,
};
use raftarium::raft::{
    Body, Entries, Entry, LogIndex, Membership, Message, Payload, Position, ReplicaId, Term,
    VotePurpose,
};

/// What a request for a vote says if the leader before has asked for it.
const CAMPAIGN_TRANSFER: &[u8] = b"CampaignTransfer";

/// The round of messages that stand for the crate's `MsgHeartbeat`. Our followers repeat
/// it, and so it's known which of its two answers the crate's leader waits for.
pub(crate) const HEARTBEAT: u64 = 1;
/// The round of all its other messages.
pub(crate) const APPEND: u64 = 0;
/// The crate's replicas promise a leader of ours nothing: their checks of the quorum are
/// theirs, and a restart forgets them. So nobody has a lease by their answers.
pub(crate) const PROMISES: u32 = 0;

pub(crate) fn our_id(id: u64) -> ReplicaId {
    ReplicaId(u16::try_from(id).expect("an id of ours"))
}

pub(crate) fn their_id(id: ReplicaId) -> u64 {
    u64::from(id.0)
}

/// A message of the crate's with everything in it that all kinds have.
pub(crate) fn their_message(kind: MessageType, message: &Message) -> TheirMessage {
    let mut theirs = TheirMessage::default();
    theirs.set_msg_type(kind);
    theirs.from = their_id(message.from);
    theirs.to = their_id(message.to);
    theirs.term = message.term.0;
    theirs
}

pub(crate) fn position(index: u64, term: u64) -> Position {
    Position {
        term: Term(term),
        index: LogIndex(index),
    }
}

// Entries and memberships.

pub(crate) fn their_entry(entry: &Entry, peers: &[ReplicaId]) -> TheirEntry {
    let mut theirs = TheirEntry {
        index: entry.index.0,
        term: entry.term.0,
        ..TheirEntry::default()
    };
    match &entry.payload {
        Payload::Noop => {}
        Payload::Command(bytes) => theirs.data = bytes.to_vec().into(),
        Payload::Membership(membership) => {
            let change = their_change(membership, peers);
            theirs.set_entry_type(EntryType::EntryConfChangeV2);
            theirs.data = change.write_to_bytes().expect("it fits").into();
        }
    }
    theirs
}

pub(crate) fn our_entry(entry: &TheirEntry) -> Entry {
    let payload = match entry.get_entry_type() {
        EntryType::EntryNormal if entry.data.is_empty() => Payload::Noop,
        EntryType::EntryNormal => Payload::Command(entry.data.to_vec().into()),
        EntryType::EntryConfChangeV2 => {
            let change = ConfChangeV2::parse_from_bytes(&entry.data).expect("a change");
            Payload::Membership(Arc::new(our_membership_of_change(&change)))
        }
        EntryType::EntryConfChange => panic!("nobody here proposes such a change"),
    };
    Entry {
        index: LogIndex(entry.index),
        term: Term(entry.term),
        payload,
    }
}

/// A change that leads to this membership from wherever: it names the place of each
/// replica there is. So neither direction needs to know the membership before.
pub(crate) fn their_change(membership: &Membership, peers: &[ReplicaId]) -> ConfChangeV2 {
    assert!(!membership.is_joint(), "only simple steps");
    let mut change = ConfChangeV2::default();
    for &peer in peers {
        let mut single = ConfChangeSingle {
            node_id: their_id(peer),
            ..ConfChangeSingle::default()
        };
        single.set_change_type(their_place(membership, peer));
        change.changes.push(single);
    }
    change
}

/// What the crate does with a replica to bring it to its place in a membership.
pub(crate) fn their_place(membership: &Membership, id: ReplicaId) -> ConfChangeType {
    if membership.voters.contains(&id) {
        ConfChangeType::AddNode
    } else if membership.learners.contains(&id) {
        ConfChangeType::AddLearnerNode
    } else {
        ConfChangeType::RemoveNode
    }
}

fn our_membership_of_change(change: &ConfChangeV2) -> Membership {
    let of = |place| {
        let named = change.changes.iter();
        let there = named.filter(|single| single.get_change_type() == place);
        there.map(|single| our_id(single.node_id)).collect()
    };
    Membership {
        voters: of(ConfChangeType::AddNode),
        outgoing: BTreeSet::new(),
        learners: of(ConfChangeType::AddLearnerNode),
    }
}

pub(crate) fn their_conf_state(membership: &Membership) -> ConfState {
    let ids = |ids: &BTreeSet<ReplicaId>| ids.iter().copied().map(their_id).collect();
    ConfState {
        voters: ids(&membership.voters),
        learners: ids(&membership.learners),
        ..ConfState::default()
    }
}

pub(crate) fn our_membership(state: &ConfState) -> Membership {
    assert!(state.voters_outgoing.is_empty(), "only simple steps");
    Membership {
        voters: state.voters.iter().copied().map(our_id).collect(),
        outgoing: BTreeSet::new(),
        learners: state.learners.iter().copied().map(our_id).collect(),
    }
}

// Ours to theirs.

pub(crate) fn their_vote_request(
    message: &Message,
    last_log: Position,
    purpose: VotePurpose,
) -> TheirMessage {
    let kind = match purpose {
        VotePurpose::PreVote => MessageType::MsgRequestPreVote,
        VotePurpose::Election | VotePurpose::Transfer => MessageType::MsgRequestVote,
    };
    let mut theirs = their_message(kind, message);
    theirs.index = last_log.index.0;
    theirs.log_term = last_log.term.0;
    match purpose {
        // The crate asks in the term that it would stand for.
        VotePurpose::PreVote => theirs.term += 1,
        VotePurpose::Transfer => theirs.context = CAMPAIGN_TRANSFER.into(),
        VotePurpose::Election => {}
    }
    theirs
}

pub(crate) fn their_vote(message: &Message, granted: bool, pre_vote: bool) -> TheirMessage {
    let kind = if pre_vote {
        MessageType::MsgRequestPreVoteResponse
    } else {
        MessageType::MsgRequestVoteResponse
    };
    let mut theirs = their_message(kind, message);
    theirs.reject = !granted;
    if pre_vote && granted {
        // The crate answers in the term that was asked about.
        theirs.term += 1;
    }
    theirs
}

pub(crate) fn their_append(
    message: &Message,
    prev_log: Position,
    entries: &Entries,
    leader_commit: LogIndex,
    peers: &[ReplicaId],
) -> TheirMessage {
    let mut theirs = their_message(MessageType::MsgAppend, message);
    theirs.index = prev_log.index.0;
    theirs.log_term = prev_log.term.0;
    theirs.commit = leader_commit.0;
    for entry in entries {
        theirs.entries.push(their_entry(entry, peers));
    }
    theirs
}

pub(crate) fn their_rejection(
    message: &Message,
    prev_log_index: LogIndex,
    conflict_term: Option<Term>,
    conflict_index: LogIndex,
) -> TheirMessage {
    let mut theirs = their_message(MessageType::MsgAppendResponse, message);
    theirs.reject = true;
    theirs.index = prev_log_index.0;
    if let Some(term) = conflict_term {
        // The term of our entry at the very place: the crate goes back, in its own
        // log, to where its term is no higher. It has no use for where ours begins.
        theirs.reject_hint = prev_log_index.0;
        theirs.log_term = term.0;
    } else {
        // The end of our log; the crate doesn't need the term there.
        theirs.reject_hint = conflict_index.previous().0;
    }
    theirs
}

// Theirs to ours.

pub(crate) fn our_vote_request(theirs: &TheirMessage) -> (Term, Body) {
    let pre_vote = theirs.get_msg_type() == MessageType::MsgRequestPreVote;
    let purpose = if pre_vote {
        VotePurpose::PreVote
    } else if theirs.context == CAMPAIGN_TRANSFER {
        VotePurpose::Transfer
    } else {
        VotePurpose::Election
    };
    // The crate's candidates also tell what they know as committed, which ours don't hear.
    let last_log = position(theirs.index, theirs.log_term);
    let term = Term(theirs.term - u64::from(pre_vote));
    (term, Body::RequestVote { last_log, purpose })
}

pub(crate) fn our_vote(theirs: &TheirMessage) -> (Term, Body) {
    let pre_vote = theirs.get_msg_type() == MessageType::MsgRequestPreVoteResponse;
    let granted = !theirs.reject;
    // It grants in the term that was asked about, and denies in its own.
    let term = Term(theirs.term - u64::from(pre_vote && granted));
    let body = Body::Vote {
        granted,
        pre_vote,
        // It doesn't say.
        behind: false,
    };
    (term, body)
}

pub(crate) fn our_append(theirs: &TheirMessage) -> Body {
    let entries: Entries = theirs.entries.iter().map(our_entry).collect();
    let vouched = theirs.index + theirs.entries.len() as u64;
    Body::AppendEntries {
        prev_log: position(theirs.index, theirs.log_term),
        // The crate sends its commit index as it is, and its followers cut it. Ours
        // would refuse a message that speaks of entries which it does not vouch for.
        leader_commit: LogIndex(theirs.commit.min(vouched)),
        entries,
        round: APPEND,
    }
}

/// The answer to an `AppendEntries` of this round.
pub(crate) fn our_append_answer(theirs: &TheirMessage, round: u64) -> Body {
    if !theirs.reject {
        return Body::AppendAccepted {
            match_index: LogIndex(theirs.index),
            round,
            promised_ticks: PROMISES,
        };
    }
    // The hint is the last place where its log may match: the leader is to go on right
    // after it. To name its term too would mean that it is the one at the refused place.
    let next = (theirs.reject_hint + 1).min(theirs.index);
    Body::AppendRejected {
        prev_log_index: LogIndex(theirs.index),
        conflict_term: None,
        conflict_index: LogIndex(next),
        round,
        promised_ticks: PROMISES,
    }
}

/// A snapshot of the crate's goes out in one piece.
pub(crate) fn our_snapshot(theirs: &TheirMessage) -> Body {
    let snapshot = theirs.get_snapshot();
    let meta = snapshot.get_metadata();
    Body::InstallSnapshot {
        last: position(meta.index, meta.term),
        membership: Arc::new(our_membership(meta.get_conf_state())),
        offset: 0,
        chunk: snapshot.data.to_vec().into(),
        total: snapshot.data.len() as u64,
        round: APPEND,
    }
}
