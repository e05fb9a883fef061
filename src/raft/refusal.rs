//! Refuses messages that no correct replica would have sent, with a reason, and before
//! anything is changed. No message makes a replica panic.

use serde::Serialize;

use super::decisions::MatchDecision;
use super::rules;
use super::types::config::Config;
use super::types::durable::{Durable, SNAPSHOT_BYTES_MAX};
use super::types::entries::Entries;
use super::types::ids::{LogIndex, NUMBER_MAX, Position, ReplicaId, Term};
use super::types::membership::Membership;
use super::types::message::{Body, Message, Payload, VotePurpose};

/// Why a message was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Refusal {
    /// It is for another replica.
    #[error("it is addressed to {to}")]
    WrongAddressee {
        /// The receiver that it names.
        to: ReplicaId,
    },
    /// Its sender is not in the address book, or is the receiver itself.
    #[error("its sender {from} is no peer")]
    UnknownSender {
        /// The sender.
        from: ReplicaId,
    },
    /// A term is zero where there must be one, or beyond 2^53 − 1.
    #[error("the term {term} is out of range")]
    TermOutOfRange {
        /// The term.
        term: Term,
    },
    /// An index is zero where there must be one, or beyond 2^53 − 1.
    #[error("the index {index} is out of range")]
    IndexOutOfRange {
        /// The index.
        index: LogIndex,
    },
    /// A place in a log has an index without a term, or a term without an index.
    #[error("there is no position {position}")]
    ImpossiblePosition {
        /// The place.
        position: Position,
    },
    /// An entry or a position is of a later term than the sender's, or a
    /// candidate's log is of the very term that it only asks for.
    #[error("the term {term} is ahead of the sender's, {sender}")]
    TermAhead {
        /// The term of the entry or position.
        term: Term,
        /// The sender's term.
        sender: Term,
    },
    /// The indices of the entries leave a gap, or repeat.
    #[error("entry {found} stands where {expected} should")]
    Gap {
        /// The index that should be there.
        expected: LogIndex,
        /// The index that is there.
        found: LogIndex,
    },
    /// The terms of the entries fall.
    #[error("after term {before}, entry {index} falls back to term {term}")]
    FallingTerm {
        /// The entry.
        index: LogIndex,
        /// Its term.
        term: Term,
        /// The term before it.
        before: Term,
    },
    /// The commit index is beyond the entries that the message vouches for.
    #[error("the commit index {commit} is beyond the message's last index, {last_index}")]
    CommitBeyondPrefix {
        /// `leaderCommit`.
        commit: LogIndex,
        /// The index of the last entry, or `prevLogIndex`.
        last_index: LogIndex,
    },
    /// A follower claims to match more than the leader has.
    #[error("the match index {match_index} is beyond the log's end, {last_index}")]
    MatchBeyondLog {
        /// The match index that it claims.
        match_index: LogIndex,
        /// The end of the leader's log.
        last_index: LogIndex,
    },
    /// The hint of a rejection lies beyond the place that was refused.
    #[error("the hint {conflict_index} is beyond the refused index {prev_log_index}")]
    HintBeyondProbe {
        /// The hint.
        conflict_index: LogIndex,
        /// The refused place.
        prev_log_index: LogIndex,
    },
    /// Another replica leads this term.
    #[error("{known} leads this term")]
    SecondLeader {
        /// The leader that is known.
        known: ReplicaId,
    },
    /// A snapshot is larger than any may be.
    #[error("a snapshot of {total} bytes is too large")]
    SnapshotTooLarge {
        /// Its size in bytes.
        total: u64,
    },
    /// A chunk reaches beyond the end of its snapshot.
    #[error("a chunk that ends at byte {end} is beyond the snapshot's {total}")]
    ChunkBeyondSnapshot {
        /// Where the chunk ends.
        end: u64,
        /// The size of the snapshot in bytes.
        total: u64,
    },
    /// A configuration without a voter could never decide anything.
    #[error("its configuration has no voter")]
    NoVoter,
    /// An entry has the index and the term of one that is here, and holds something else
    /// (Log Matching, §5.3). One of the two was damaged, or forged.
    #[error("entry {position} holds something else than the one that is here")]
    OtherContent {
        /// The entry.
        position: Position,
    },
    /// The entries would take away a committed one.
    #[error("it conflicts with entry {index}, which is committed")]
    ConflictsWithCommitted {
        /// The committed entry.
        index: LogIndex,
    },
}

/// The part of a replica's state that messages are checked against.
pub(super) struct Receiver<'a> {
    pub(super) config: &'a Config,
    pub(super) durable: &'a Durable,
    /// The leader of this term, as far as it is known.
    pub(super) leader: Option<ReplicaId>,
    pub(super) commit_index: LogIndex,
}

impl Receiver<'_> {
    /// Whether a correct replica could have sent this message to us.
    pub(super) fn check(&self, message: &Message) -> Result<(), Refusal> {
        // The envelope.
        let &Message { from, to, term, .. } = message;
        if to != self.config.id {
            return Err(Refusal::WrongAddressee { to });
        }
        if from == to || !self.config.knows(from) {
            return Err(Refusal::UnknownSender { from });
        }
        if term == Term(0) && is_pre_vote(&message.body) {
            // Before the first election that is the term all are in.
        } else {
            check_term(term)?;
        }
        // The content.
        match &message.body {
            Body::RequestVote { last_log, purpose } => check_candidate(*last_log, term, *purpose),
            Body::Vote { .. } | Body::AppendStale | Body::ReadIndex { .. } => Ok(()),
            Body::ReadIndexAnswer { index, .. } => check_index(*index),
            Body::TimeoutNow => self.check_leader(from, term),
            Body::AppendEntries {
                prev_log,
                entries,
                leader_commit,
                ..
            } => {
                check_append(*prev_log, entries, *leader_commit, term)?;
                if term < self.durable.term {
                    // It will be told that its term is over; its log does not concern us.
                    return Ok(());
                }
                self.check_leader(from, term)?;
                self.check_against_committed(*prev_log, entries)?;
                self.check_content(entries)
            }
            Body::AppendAccepted { match_index, .. } => self.check_match(*match_index, term),
            Body::AppendRejected {
                prev_log_index,
                conflict_term,
                conflict_index,
                ..
            } => check_hint(*prev_log_index, *conflict_term, *conflict_index, term),
            Body::InstallSnapshot {
                last,
                membership,
                offset,
                chunk,
                total,
                ..
            } => {
                check_snapshot(*last, membership, (*offset, *total), chunk, term)?;
                if term < self.durable.term {
                    return Ok(());
                }
                self.check_leader(from, term)?;
                self.check_against_committed(*last, &Entries::default())
            }
            Body::FetchLog {
                after,
                last_log,
                received,
            } => {
                check_position(*after, term)?;
                check_position(*last_log, term)?;
                check_size(*received)
            }
            Body::FetchedEntries {
                prev_log,
                entries,
                last_log,
            } => {
                check_append(*prev_log, entries, LogIndex(0), term)?;
                check_place(*last_log, term)?;
                self.check_content(entries)
            }
            Body::FetchedSnapshot {
                last,
                membership,
                offset,
                chunk,
                total,
            } => check_snapshot(*last, membership, (*offset, *total), chunk, term),
            Body::SnapshotReceived { last, received, .. } => {
                check_place(*last, term)?;
                check_size(*received)
            }
        }
    }

    /// Election Safety (§5.2): a term has at most one leader.
    fn check_leader(&self, from: ReplicaId, term: Term) -> Result<(), Refusal> {
        if term != self.durable.term {
            return Ok(());
        }
        match self.leader {
            Some(known) if known != from => Err(Refusal::SecondLeader { known }),
            _ => Ok(()),
        }
    }

    /// Leader Completeness (§5.4): a leader has all that is committed.
    fn check_against_committed(
        &self,
        prev_log: Position,
        entries: &Entries,
    ) -> Result<(), Refusal> {
        if prev_log.index > self.commit_index {
            // All of it comes after that.
            return Ok(());
        }
        let log = &self.durable.log;
        let prefix_conflicts = matches!(
            rules::decide_match(log, prev_log, None),
            MatchDecision::Conflict { .. }
        );
        // The last entry that was compacted is still known by its term.
        let base = log.base();
        let at_base = entries.within(&(base.index..base.index.next()));
        let base_conflicts = at_base.first().is_some_and(|entry| entry.term != base.term);
        let conflict = if prefix_conflicts {
            Some(prev_log.index)
        } else if base_conflicts {
            Some(base.index)
        } else {
            rules::merge(log, entries, None)
                .truncate_after
                .map(LogIndex::next)
        };
        match conflict {
            Some(index) if index <= self.commit_index => {
                Err(Refusal::ConflictsWithCommitted { index })
            }
            _ => Ok(()),
        }
    }

    /// Log Matching (§5.3): a leader makes one entry for each index of its term. Only entries
    /// that are here already are compared, so what a leader sends for the first time costs
    /// nothing, and compacted ones are not known any more. Where a rule is
    /// broken on purpose, logs may really differ, which is for the checkers to find.
    fn check_content(&self, entries: &Entries) -> Result<(), Refusal> {
        if self.config.settings.flaw.is_some() {
            return Ok(()); // flaw
        }
        let log = &self.durable.log;
        let last_index = log.last_index();
        if entries.first().is_none_or(|first| first.index > last_index) {
            return Ok(());
        }
        let overlap = entries.iter().take_while(|entry| entry.index <= last_index);
        for entry in overlap {
            let here = log.get(entry.index).filter(|here| here.term == entry.term);
            // Most often both are the same bytes in memory, which is seen at once.
            if here.is_some_and(|here| here.payload != entry.payload) {
                let position = entry.position();
                return Err(Refusal::OtherContent { position });
            }
        }
        Ok(())
    }

    /// A follower can't match more than its leader has.
    fn check_match(&self, match_index: LogIndex, term: Term) -> Result<(), Refusal> {
        check_index(match_index)?;
        let last_index = self.durable.log.last_index();
        let leading = self.leader == Some(self.config.id) && term == self.durable.term;
        if leading && match_index > last_index {
            return Err(Refusal::MatchBeyondLog {
                match_index,
                last_index,
            });
        }
        Ok(())
    }
}

/// Whether the message is about a pre-vote, which begins no term.
fn is_pre_vote(body: &Body) -> bool {
    matches!(
        body,
        Body::RequestVote {
            purpose: VotePurpose::PreVote,
            ..
        } | Body::Vote { pre_vote: true, .. }
    )
}

fn check_term(term: Term) -> Result<(), Refusal> {
    if (1..=NUMBER_MAX).contains(&term.0) {
        Ok(())
    } else {
        Err(Refusal::TermOutOfRange { term })
    }
}

fn check_index(index: LogIndex) -> Result<(), Refusal> {
    if index.0 <= NUMBER_MAX {
        Ok(())
    } else {
        Err(Refusal::IndexOutOfRange { index })
    }
}

/// A place in the log of a sender whose term is `sender`.
fn check_position(position: Position, sender: Term) -> Result<(), Refusal> {
    check_index(position.index)?;
    if (position.index == LogIndex(0)) != (position.term == Term(0)) {
        return Err(Refusal::ImpossiblePosition { position });
    }
    if position.term > sender {
        return Err(Refusal::TermAhead {
            term: position.term,
            sender,
        });
    }
    Ok(())
}

/// A candidate has just entered its term, so its log can't hold entries of it. With
/// a pre-vote it is still in the term before.
fn check_candidate(last_log: Position, term: Term, purpose: VotePurpose) -> Result<(), Refusal> {
    check_position(last_log, term)?;
    if last_log.term == term && purpose != VotePurpose::PreVote {
        return Err(Refusal::TermAhead { term, sender: term });
    }
    Ok(())
}

/// The last entry of a snapshot or a log, which is not empty.
fn check_place(last: Position, sender: Term) -> Result<(), Refusal> {
    if last.index == LogIndex(0) {
        return Err(Refusal::IndexOutOfRange { index: last.index });
    }
    check_position(last, sender)
}

fn check_size(bytes: u64) -> Result<(), Refusal> {
    if bytes > SNAPSHOT_BYTES_MAX {
        return Err(Refusal::SnapshotTooLarge { total: bytes });
    }
    Ok(())
}

/// A chunk of a snapshot, which begins at `offset` of `total` bytes.
fn check_snapshot(
    last: Position,
    membership: &Membership,
    (offset, total): (u64, u64),
    chunk: &[u8],
    sender: Term,
) -> Result<(), Refusal> {
    check_place(last, sender)?;
    check_size(total)?;
    let end = offset.saturating_add(chunk.len() as u64);
    if end > total {
        return Err(Refusal::ChunkBeyondSnapshot { end, total });
    }
    if membership.voters.is_empty() {
        return Err(Refusal::NoVoter);
    }
    Ok(())
}

fn check_append(
    prev_log: Position,
    entries: &Entries,
    leader_commit: LogIndex,
    term: Term,
) -> Result<(), Refusal> {
    check_position(prev_log, term)?;
    // Each entry follows the one before. A run that is known to be one was looked at already, so
    // its ends speak for all of it.
    let mut before = prev_log;
    let mut unchecked = entries;
    let none = Entries::default();
    if let (true, Some(first), Some(last)) = (entries.is_sound(), entries.first(), entries.last())
        && first.index == prev_log.index.next()
        && first.term >= prev_log.term
    {
        before = last.position();
        unchecked = &none;
    }
    for entry in unchecked {
        check_index(entry.index)?;
        check_term(entry.term)?;
        if entry.index != before.index.next() {
            return Err(Refusal::Gap {
                expected: before.index.next(),
                found: entry.index,
            });
        }
        if let Payload::Membership(membership) = &entry.payload
            && membership.voters.is_empty()
        {
            return Err(Refusal::NoVoter);
        }
        if entry.term < before.term {
            return Err(Refusal::FallingTerm {
                index: entry.index,
                term: entry.term,
                before: before.term,
            });
        }
        before = entry.position();
    }
    // Terms never fall, so the last entry speaks for all.
    if before.term > term {
        return Err(Refusal::TermAhead {
            term: before.term,
            sender: term,
        });
    }
    if leader_commit > before.index {
        return Err(Refusal::CommitBeyondPrefix {
            commit: leader_commit,
            last_index: before.index,
        });
    }
    Ok(())
}

fn check_hint(
    prev_log_index: LogIndex,
    conflict_term: Option<Term>,
    conflict_index: LogIndex,
    sender: Term,
) -> Result<(), Refusal> {
    check_index(prev_log_index)?;
    if let Some(term) = conflict_term {
        check_term(term)?;
        if term > sender {
            return Err(Refusal::TermAhead { term, sender });
        }
    }
    if conflict_index == LogIndex(0) {
        return Err(Refusal::IndexOutOfRange {
            index: conflict_index,
        });
    }
    if conflict_index > prev_log_index {
        return Err(Refusal::HintBeyondProbe {
            conflict_index,
            prev_log_index,
        });
    }
    Ok(())
}
