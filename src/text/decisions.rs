//! What replicas decide, and why.

use crate::flaw::Flaw;
use crate::raft::{
    ChangeDecision, CommitDecision, Decision, ElectionDecision, KeepDecision, MatchDecision,
    NoLease, QuorumDecision, ReadDecision, ReplicaId, Rightly, Term, TransferDecision,
    VoteDecision, VotePurpose,
};

/// What the replica `id` has decided, and why.
pub fn decision(id: ReplicaId, decision: &Decision) -> String {
    match *decision {
        Decision::Vote {
            candidate,
            term,
            purpose,
            decision,
        } => vote(id, candidate, term, purpose, decision),
        Decision::Match { leader, decision } => log_match(leader, decision),
        Decision::Commit { decision } => commit(decision),
        Decision::Election { decision } => election(decision),
        Decision::Quorum { decision } => match decision {
            QuorumDecision::Kept => "a quorum is in touch".into(),
            QuorumDecision::Lost => "step down: no quorum is in touch".into(),
        },
        Decision::Read { decision } => read(decision),
        Decision::Change { decision } => change(decision),
        Decision::Transfer { decision } => transfer(decision),
        Decision::Keep { follower, decision } => keep(follower, decision),
        Decision::Broken { flaw, rightly } => broken(id, flaw, rightly),
    }
}

/// That a rule is broken, and what it says.
fn broken(id: ReplicaId, flaw: Flaw, rightly: Rightly) -> String {
    let rule = format!(
        "RULE BROKEN on purpose: {} ({})",
        flaw.name(),
        flaw.source()
    );
    let right = match rightly {
        // Whose vote it is about was said before.
        Rightly::Vote(VoteDecision::AlreadyVoted { candidate }) => {
            format!("the vote of this term went to {candidate}")
        }
        Rightly::Vote(VoteDecision::LogOutOfDate { ours, theirs }) => {
            format!("the candidate's log to {theirs} is behind {id}'s to {ours}")
        }
        Rightly::Match(MatchDecision::Matched) => "the logs match".into(),
        Rightly::Match(MatchDecision::Missing { last_index, .. }) => {
            format!("no match: the log ends at {last_index}")
        }
        Rightly::Match(MatchDecision::Conflict { prev_log, term, .. }) => {
            format!("no match: not {prev_log} but term {term}")
        }
        Rightly::Commit(decision) => commit(decision),
        Rightly::Read(decision) => read(decision),
        Rightly::Change(decision) => change(decision),
        Rightly::Vote(_) | Rightly::Otherwise {} => return rule,
    };
    format!("{rule}; by the rule: {right}")
}

pub(super) fn keep(follower: ReplicaId, decision: KeepDecision) -> String {
    match decision {
        KeepDecision::Kept { after } => {
            format!("the log after {after} stays for {follower}, which catches up")
        }
        KeepDecision::CaughtUp { to } => {
            format!("the log need not stay for {follower}: it has caught up to {to}")
        }
        KeepDecision::Silent { ticks } => {
            format!("the log does not stay for {follower}: it has been silent for {ticks} ticks")
        }
        KeepDecision::TooLarge { bytes, bytes_max } => {
            format!("the log does not stay for {follower}: {bytes} bytes of {bytes_max}")
        }
    }
}

fn vote(
    id: ReplicaId,
    candidate: ReplicaId,
    term: Term,
    purpose: VotePurpose,
    decision: VoteDecision,
) -> String {
    match decision {
        VoteDecision::Granted if purpose == VotePurpose::PreVote => {
            format!("{candidate} would get the vote of the term after {term}")
        }
        VoteDecision::Granted => format!("{candidate} gets the vote of term {term}"),
        VoteDecision::OlderTerm { current } => {
            format!("no vote for {candidate}: term {term} is over, it is {current}")
        }
        VoteDecision::AlreadyVoted { candidate: other } => {
            format!("no vote for {candidate}: that of term {term} went to {other}")
        }
        VoteDecision::LogOutOfDate { ours, theirs } => {
            format!("no vote for {candidate}: its log to {theirs} is behind {id}'s to {ours}")
        }
        VoteDecision::LeaderAlive {
            leader: Some(leader),
            elapsed,
            keeps_for,
            unchecked,
        } => {
            let heard = format!(
                "no vote for {candidate}: {leader} was heard {elapsed} ticks ago, and holds for {keeps_for}"
            );
            if unchecked {
                heard + ", and nothing makes it check its quorum"
            } else {
                heard
            }
        }
        VoteDecision::LeaderAlive {
            leader: None,
            elapsed,
            ..
        } => format!("no vote for {candidate}: a leader was heard {elapsed} ticks ago"),
        VoteDecision::Promised { ticks_left } => {
            format!("no vote for {candidate}: {id} has promised a leader so for {ticks_left} ticks")
        }
    }
}

fn log_match(leader: ReplicaId, decision: MatchDecision) -> String {
    match decision {
        MatchDecision::Matched => format!("the log matches {leader}'s"),
        MatchDecision::Missing {
            prev_log,
            last_index,
        } => format!("no match with {leader}: no {prev_log}, the log ends at {last_index}"),
        MatchDecision::Conflict {
            prev_log,
            term,
            first_index,
        } => format!(
            "no match with {leader}: not {prev_log} but term {term}, which begins at {first_index}"
        ),
    }
}

fn commit(decision: CommitDecision) -> String {
    match decision {
        CommitDecision::Advanced { to } => format!("commit to {to}: a quorum holds it"),
        CommitDecision::NoQuorum { index } => format!("no commit: no quorum holds {index}"),
        CommitDecision::OlderTerm {
            index,
            term,
            current,
        } => format!("no commit: {index} is held by enough, but of term {term}, not {current}"),
    }
}

fn election(decision: ElectionDecision) -> String {
    match decision {
        ElectionDecision::Start { term } => format!("stand in term {term}"),
        ElectionDecision::StartPreVote { term } => format!("ask whether it could win term {term}"),
        ElectionDecision::Waiting { elapsed, timeout } => {
            format!("wait: {elapsed} of {timeout} ticks")
        }
        ElectionDecision::Promised { ticks_left } => {
            format!("no election: promised a leader so for {ticks_left} ticks")
        }
        ElectionDecision::Leading => "no election: leading already".into(),
        ElectionDecision::NotAVoter => "no election: it has no vote".into(),
        ElectionDecision::TermExhausted => "no election: there is no further term".into(),
        ElectionDecision::LogFull => "no election: there is no further index".into(),
    }
}

fn read(decision: ReadDecision) -> String {
    match decision {
        ReadDecision::Lease { index, ticks_left } => {
            format!("read up to {index} at once: the lease holds for {ticks_left} ticks")
        }
        ReadDecision::Round {
            round,
            index,
            no_lease,
        } => {
            let why = match no_lease {
                None => "",
                Some(NoLease::HandedOver) => ": no lease after a handover",
                Some(NoLease::NotPromised) => ": no lease, for too few have promised one",
                Some(NoLease::RanOut) => ": the lease has run out",
            };
            format!("read up to {index} once a quorum has answered round {round}{why}")
        }
        ReadDecision::NoOwnCommit { term } => {
            format!("the read waits: nothing of term {term} is committed")
        }
        ReadDecision::Forwarded { leader } => format!("ask {leader} how far to read"),
        ReadDecision::NoLeader => "no read: no leader is known".into(),
    }
}

fn change(decision: ChangeDecision) -> String {
    match decision {
        ChangeDecision::Started => "the change begins".into(),
        ChangeDecision::NotLeader {
            leader: Some(leader),
        } => format!("no change: ask {leader}"),
        ChangeDecision::NotLeader { leader: None } => "no change: no leader is known".into(),
        ChangeDecision::UnderWay { index } => {
            format!("no change: that of entry {index} is under way")
        }
        ChangeDecision::NoOwnCommit { term } => {
            format!("no change: nothing of term {term} is committed")
        }
        ChangeDecision::HandingOver { to } => format!("no change: handing over to {to}"),
        ChangeDecision::NoVoter => "no change: nobody would vote".into(),
        ChangeDecision::Ambiguous => {
            "no change: it is to be one configuration, and a voter is no learner".into()
        }
        ChangeDecision::UnknownReplica { replica } => {
            format!("no change: {replica} is not in the address book")
        }
        ChangeDecision::Unchanged => "no change: it is so already".into(),
        ChangeDecision::TakenBack => "the change is taken back".into(),
        ChangeDecision::NothingToTakeBack => "there is no change to take back".into(),
        ChangeDecision::LogFull => "no change: there is no further index".into(),
    }
}

fn transfer(decision: TransferDecision) -> String {
    match decision {
        TransferDecision::Started { to } => format!("hand over to {to}"),
        TransferDecision::Aborted { to } => {
            format!("go on leading: {to} did not take over in time")
        }
        TransferDecision::NotLeader {
            leader: Some(leader),
        } => format!("nothing to hand over: ask {leader}"),
        TransferDecision::NotLeader { leader: None } => {
            "nothing to hand over: no leader is known".into()
        }
        TransferDecision::AlreadyLeading => "nothing to hand over: it leads itself".into(),
        TransferDecision::UnderWay { to } => {
            format!("no other handover: that to {to} is under way")
        }
        TransferDecision::NotAVoter { replica } => {
            format!("no handover: {replica} has no vote")
        }
        TransferDecision::Nobody => "no handover: there is nobody".into(),
    }
}
