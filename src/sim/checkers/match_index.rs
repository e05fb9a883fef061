//! A leader's `matchIndex` for a follower is below its `nextIndex`, and no higher than
//! what the follower's disk holds of the leader's log (§5.3, Figure 2).
//!
//! It is looked at whenever the leader hears from the follower, since nothing else
//! raises it. A follower that is in a later term by then may have dropped what it once
//! had: the leader is deposed and only does not know, and what it believes does no harm.

use crate::raft::{Durable, LogIndex, Progress, Replica, ReplicaId, Role};
use crate::sim::property::violation::Violation;

/// A replica has heard from another, whose disk is `disk`.
pub(super) fn on_heard(
    replica: &Replica,
    from: ReplicaId,
    disk: &Durable,
) -> Result<(), Violation> {
    let Role::Leader(leader) = replica.role() else {
        return Ok(());
    };
    match leader.followers.get(&from) {
        Some(progress) => check(replica, from, progress, disk),
        None => Ok(()),
    }
}

fn check(
    leader: &Replica,
    follower: ReplicaId,
    progress: &Progress,
    disk: &Durable,
) -> Result<(), Violation> {
    let &Progress {
        match_index,
        next_index,
        ..
    } = progress;
    let in_its_term = disk.term == leader.term();
    if match_index < next_index && (!in_its_term || holds(leader, disk, match_index)) {
        return Ok(());
    }
    Err(Violation::MatchIndex {
        leader: leader.id(),
        follower,
        match_index,
        next_index,
        durable_index: disk.log.last_index(),
    })
}

/// Whether a disk holds the leader's log up to `index`. What either has compacted is
/// committed, and the same for both.
fn holds(leader: &Replica, disk: &Durable, index: LogIndex) -> bool {
    let (own, others) = (leader.log(), &disk.log);
    let compacted = index < own.base().index.max(others.base().index);
    index <= others.last_index() && (compacted || own.term_at(index) == others.term_at(index))
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{R1, R2, R3, log, replica};
    use super::*;
    use crate::raft::{Body, Effects, Input, Log, Message, Position, Term};

    fn receive(replica: &mut Replica, from: ReplicaId, body: Body) -> Effects {
        let term = replica.term();
        replica.step(Input::Receive(Message {
            from,
            to: R1,
            term,
            body,
        }))
    }

    /// R1 leads term 3 with a log of these terms and one entry of its own, and has been
    /// told that R2's matches up to this index.
    fn leader(terms: &[u64], match_index: u64) -> Replica {
        let mut replica = replica(
            R1,
            Durable {
                term: Term(2),
                log: log(terms),
                ..Durable::default()
            },
        );
        let _ = replica.step(Input::Campaign);
        let vote = Body::Vote {
            granted: true,
            pre_vote: false,
            behind: false,
        };
        let _ = receive(&mut replica, R3, vote);
        let accepted = Body::AppendAccepted {
            match_index: LogIndex(match_index),
            round: 0,
            promised_ticks: 0,
        };
        let _ = receive(&mut replica, R2, accepted);
        assert!(matches!(replica.role(), Role::Leader(_)));
        replica
    }

    fn disk(term: u64, log: Log) -> Durable {
        Durable {
            term: Term(term),
            log,
            ..Durable::default()
        }
    }

    /// R1 believes that R2 has its log up to 2.
    fn convicted(next_index: u64, durable_index: u64) -> Result<(), Violation> {
        Err(Violation::MatchIndex {
            leader: R1,
            follower: R2,
            match_index: LogIndex(2),
            next_index: LogIndex(next_index),
            durable_index: LogIndex(durable_index),
        })
    }

    #[test]
    fn what_the_follower_has_is_innocent() {
        let leader = leader(&[1, 2], 2);
        for terms in [&[1, 2][..], &[1, 2, 2], &[1, 2, 3]] {
            assert_eq!(on_heard(&leader, R2, &disk(3, log(terms))), Ok(()));
        }
        // Of R3 nothing is believed, and R1 itself is no follower.
        assert_eq!(on_heard(&leader, R3, &disk(3, log(&[]))), Ok(()));
        assert_eq!(on_heard(&leader, R1, &disk(3, log(&[]))), Ok(()));
    }

    #[test]
    fn more_than_the_follower_has_is_convicted() {
        let leader = leader(&[1, 2], 2);
        let verdict = on_heard(&leader, R2, &disk(3, log(&[1])));
        assert_eq!(verdict, convicted(4, 1));
        let verdict = on_heard(&leader, R2, &disk(3, log(&[1, 1])));
        assert_eq!(verdict, convicted(4, 2));
    }

    #[test]
    fn what_matches_is_not_sent_again() {
        let replica = leader(&[1, 2], 2);
        let Role::Leader(leader) = replica.role() else {
            unreachable!("it leads")
        };
        let mut progress = leader.followers[&R2].clone();
        let disk = disk(3, log(&[1, 2]));
        progress.next_index = LogIndex(3);
        assert_eq!(check(&replica, R2, &progress, &disk), Ok(()));
        progress.next_index = LogIndex(2);
        assert_eq!(check(&replica, R2, &progress, &disk), convicted(2, 2));
    }

    #[test]
    fn a_follower_that_has_gone_on_may_have_less() {
        let leader = leader(&[1, 2], 2);
        assert_eq!(on_heard(&leader, R2, &disk(4, log(&[1]))), Ok(()));
    }

    #[test]
    fn a_snapshot_stands_for_what_it_covers() {
        let leader = leader(&[1, 2, 2], 2);
        let after = |index, term| {
            Log::starting_after(Position {
                index: LogIndex(index),
                term: Term(term),
            })
        };
        assert_eq!(on_heard(&leader, R2, &disk(3, after(3, 2))), Ok(()));
        assert_eq!(on_heard(&leader, R2, &disk(3, after(2, 2))), Ok(()));
        let verdict = on_heard(&leader, R2, &disk(3, after(2, 1)));
        assert_eq!(verdict, convicted(5, 2));
    }
}
