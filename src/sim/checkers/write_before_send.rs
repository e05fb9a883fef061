//! Nothing leaves before its write (§5, Figure 2: "updated on stable storage before
//! responding").
//!
//! Each message vouches for something that must outlive a crash of its sender. It is
//! held against the sender's disk at the moment when it leaves. A replica that was
//! paused may have written more since it said it, so only that is asked which, once
//! true, stays true.

use std::cmp::Ordering;

use crate::raft::{Body, Durable, Message, VotePurpose};
use crate::sim::property::violation::{Lacking, Violation};

/// A message leaves its sender, whose disk is `disk`.
pub(super) fn on_send(message: &Message, disk: &Durable) -> Result<(), Violation> {
    let Some(lacks) = lacking(message, disk) else {
        return Ok(());
    };
    Err(Violation::WriteBeforeSend {
        replica: message.from,
        to: message.to,
        term: message.term,
        lacks,
    })
}

fn lacking(message: &Message, disk: &Durable) -> Option<Lacking> {
    let Message { from, to, term, .. } = *message;
    match disk.term.cmp(&term) {
        Ordering::Less => return Some(Lacking::Term),
        Ordering::Equal => {}
        // In a later term it votes anew, and another leader may replace its entries.
        Ordering::Greater => return None,
    }
    let last = disk.log.last_index();
    let (holds, what) = match &message.body {
        Body::RequestVote {
            purpose: VotePurpose::Election | VotePurpose::Transfer,
            ..
        } => (disk.voted_for == Some(from), Lacking::Vote),
        Body::Vote {
            granted: true,
            pre_vote: false,
            ..
        } => (disk.voted_for == Some(to), Lacking::Vote),
        Body::AppendEntries { entries, .. } => {
            let carried = entries.last().map(|entry| entry.index);
            (carried <= Some(last), Lacking::Entries)
        }
        Body::AppendAccepted { match_index, .. } => (*match_index <= last, Lacking::Entries),
        Body::InstallSnapshot { last, .. } => {
            let snapshot = disk.snapshot.as_ref().map(|snapshot| snapshot.last.index);
            (snapshot >= Some(last.index), Lacking::Snapshot)
        }
        _ => return None,
    };
    (!holds).then_some(what)
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2, R3, entry, log, snapshot};
    use super::*;
    use crate::raft::{LogIndex, Position, Term};

    /// In term 2, with a vote for R3, a snapshot up to 1 and a log up to 2.
    fn disk() -> Durable {
        Durable {
            term: Term(2),
            voted_for: Some(R3),
            promised_ticks: 0,
            snapshot: Some(snapshot(1, 1)),
            log: log(&[1, 2]),
        }
    }

    /// R1 says this to R2 in term 2.
    fn say(body: Body) -> Message {
        Message {
            from: R1,
            to: R2,
            term: Term(2),
            body,
        }
    }

    fn convicted(lacks: Lacking) -> Result<(), Violation> {
        Err(Violation::WriteBeforeSend {
            replica: R1,
            to: R2,
            term: Term(2),
            lacks,
        })
    }

    fn granted() -> Body {
        Body::Vote {
            granted: true,
            pre_vote: false,
            behind: false,
        }
    }

    fn request(purpose: VotePurpose) -> Body {
        Body::RequestVote {
            last_log: Position::default(),
            purpose,
        }
    }

    fn append(index: u64) -> Body {
        Body::AppendEntries {
            prev_log: Position::default(),
            entries: [entry(index, 2, "x")].into(),
            leader_commit: LogIndex(0),
            round: 0,
        }
    }

    fn accepted(match_index: u64) -> Body {
        Body::AppendAccepted {
            match_index: LogIndex(match_index),
            round: 0,
            promised_ticks: 0,
        }
    }

    fn install(index: u64) -> Body {
        Body::InstallSnapshot {
            last: snapshot(index, 1).last,
            membership: snapshot(index, 1).membership,
            offset: 0,
            chunk: [].into(),
            total: 0,
            round: 0,
        }
    }

    #[test]
    fn what_is_on_the_disk_may_be_said() {
        let denied = Body::Vote {
            granted: false,
            pre_vote: false,
            behind: false,
        };
        let pre_vote = Body::Vote {
            granted: true,
            pre_vote: true,
            behind: false,
        };
        let heartbeat = Body::AppendEntries {
            prev_log: Position::default(),
            entries: [].into(),
            leader_commit: LogIndex(0),
            round: 0,
        };
        let innocent = [
            denied,
            pre_vote,
            heartbeat,
            request(VotePurpose::PreVote),
            append(2),
            accepted(2),
            install(1),
            Body::TimeoutNow,
        ];
        for body in innocent {
            assert_eq!(on_send(&say(body.clone()), &disk()), Ok(()), "{body:?}");
        }
        for (body, vote) in [
            (granted(), R2),
            (request(VotePurpose::Election), R1),
            (request(VotePurpose::Transfer), R1),
        ] {
            let disk = Durable {
                voted_for: Some(vote),
                ..disk()
            };
            assert_eq!(on_send(&say(body.clone()), &disk), Ok(()), "{body:?}");
        }
    }

    #[test]
    fn what_is_not_on_the_disk_may_not() {
        for (body, lacks) in [
            (granted(), Lacking::Vote),
            (request(VotePurpose::Election), Lacking::Vote),
            (request(VotePurpose::Transfer), Lacking::Vote),
            (append(3), Lacking::Entries),
            (accepted(3), Lacking::Entries),
            (install(2), Lacking::Snapshot),
        ] {
            assert_eq!(on_send(&say(body), &disk()), convicted(lacks));
        }
        let bare = Durable {
            snapshot: None,
            ..disk()
        };
        assert_eq!(
            on_send(&say(install(1)), &bare),
            convicted(Lacking::Snapshot)
        );
    }

    #[test]
    fn a_term_binds_until_the_next() {
        let of = |term| Durable {
            term: Term(term),
            ..disk()
        };
        for body in [Body::AppendStale, accepted(2)] {
            assert_eq!(on_send(&say(body), &of(1)), convicted(Lacking::Term));
        }
        // It was paused when this should have left, and has voted for R3 since.
        for body in [granted(), accepted(3)] {
            assert_eq!(on_send(&say(body), &of(3)), Ok(()));
        }
    }
}
