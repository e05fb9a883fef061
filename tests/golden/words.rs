//! What replicas are, say, decide and do, in words that stay the same.

use std::fmt::{self, Write as _};

use raftarium::raft::{
    Body, CommitDecision, Decision, Durable, Effects, ElectionDecision, Entry, LogIndex,
    MatchDecision, Message, Payload, ProposalDecision, Replica, ReplicaId, Role, VoteDecision,
    Write,
};

/// What a step did to a replica, a line for each thing, but for what it sends.
pub(crate) fn changes(
    out: &mut String,
    before: &Replica,
    after: &Replica,
    effects: &Effects,
) -> fmt::Result {
    if let Some(refusal) = effects.refused {
        writeln!(out, "  refuse   {refusal}")?;
    }
    for decision in &effects.decisions {
        writeln!(out, "  decide   {}", decided(after.id(), decision))?;
    }
    if role(before) != role(after) || before.term() != after.term() {
        writeln!(out, "  become   {} in term {}", role(after), after.term())?;
    }
    match effects.proposal {
        Some(ProposalDecision::NotLeader {
            leader: Some(leader),
        }) => {
            writeln!(out, "  redirect to {leader}")?;
        }
        Some(ProposalDecision::NotLeader { leader: None }) => {
            writeln!(out, "  redirect to nobody: no leader is known")?;
        }
        Some(ProposalDecision::Appended(_)) | None => {}
    }
    if !effects.write.is_empty() {
        writeln!(out, "  write    {}", written(&effects.write))?;
    }
    if !effects.committed.is_empty() {
        writeln!(out, "  commit   {}", entries(&effects.committed))?;
    }
    Ok(())
}

/// A replica on one line: its state, then its view of the others.
pub(crate) fn status(id: ReplicaId, disk: &Durable, replica: Option<&Replica>) -> String {
    let Some(replica) = replica else {
        let (term, end) = (disk.term, disk.log.last());
        return format!(
            "{id} down       term {term}, voted {}, log to {end}",
            vote(disk)
        );
    };
    let mut parts = vec![format!(
        "{id} {:9}  term {}, voted {}, log to {}, committed {}",
        role(replica),
        replica.term(),
        vote(replica.durable()),
        replica.log().last(),
        replica.commit_index(),
    )];
    match replica.role() {
        Role::Follower(follower) => {
            parts.extend(follower.leader.map(|leader| format!("follows {leader}")));
        }
        Role::Candidate(candidate) => {
            let votes: Vec<String> = candidate.votes.iter().map(ToString::to_string).collect();
            parts.push(format!("votes of {}", votes.join(" ")));
        }
        Role::Leader(leader) => {
            for (follower, progress) in &leader.followers {
                let sent = progress
                    .in_flight
                    .map_or_else(String::new, |sent| format!(" sent {sent}"));
                parts.push(format!(
                    "{follower} next {} match {}{sent}",
                    progress.next_index, progress.match_index
                ));
            }
        }
    }
    parts.join("; ")
}

/// A log on one line; what is before the bar is known to be committed.
pub(crate) fn log(id: ReplicaId, disk: &Durable, replica: Option<&Replica>) -> String {
    let committed = replica.map_or(LogIndex(0), Replica::commit_index);
    let all = disk.log.entries_from(LogIndex(1));
    let (before, behind): (Vec<Entry>, Vec<Entry>) =
        all.cloned().partition(|entry| entry.index <= committed);
    let line = format!("{id} {} | {}", entries(&before), entries(&behind));
    line.replace("  |", " |").trim_end().to_owned()
}

/// A message: between whom, of which term, and what it says.
pub(crate) fn message(message: &Message) -> String {
    let Message {
        from,
        to,
        term,
        body,
    } = message;
    let said = match body {
        Body::RequestVote { last_log } => format!("RequestVote, log to {last_log}"),
        Body::Vote { granted: true } => "Vote granted".into(),
        Body::Vote { granted: false } => "Vote denied".into(),
        Body::AppendEntries {
            prev_log,
            entries: sent,
            leader_commit,
        } => {
            let sent = if sent.is_empty() {
                "nothing".into()
            } else {
                entries(sent)
            };
            format!("AppendEntries, after {prev_log}: {sent}; commit {leader_commit}")
        }
        Body::AppendAccepted { match_index } => format!("AppendAccepted, match to {match_index}"),
        Body::AppendRejected {
            prev_log_index,
            conflict_term: Some(term),
            conflict_index,
        } => format!("AppendRejected at {prev_log_index}, term {term} there from {conflict_index}"),
        Body::AppendRejected {
            prev_log_index,
            conflict_term: None,
            conflict_index,
        } => format!("AppendRejected at {prev_log_index}, nothing there from {conflict_index}"),
        Body::AppendStale => "AppendStale".into(),
    };
    format!("{from}→{to} term {term} {said}")
}

fn role(replica: &Replica) -> &'static str {
    match replica.role() {
        Role::Follower(_) => "follower",
        Role::Candidate(_) => "candidate",
        Role::Leader(_) => "leader",
    }
}

fn vote(disk: &Durable) -> String {
    disk.voted_for
        .map_or_else(|| "nobody".into(), |id| id.to_string())
}

/// Entries as `index@term` with what they hold.
fn entries(entries: &[Entry]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|entry| match &entry.payload {
            Payload::Noop => format!("{} noop", entry.position()),
            Payload::Command(bytes) => {
                format!("{} {}", entry.position(), String::from_utf8_lossy(bytes))
            }
        })
        .collect();
    entries.join(", ")
}

fn written(write: &Write) -> String {
    let mut parts = Vec::new();
    if let Some(vote) = write.vote {
        let voted = vote
            .voted_for
            .map_or_else(|| "no vote".into(), |id| format!("vote for {id}"));
        parts.push(format!("term {}, {voted}", vote.term));
    }
    if let Some(index) = write.truncate_after {
        parts.push(format!("drop all after {index}"));
    }
    if !write.append.is_empty() {
        parts.push(format!("append {}", entries(&write.append)));
    }
    parts.join("; ")
}

fn decided(id: ReplicaId, decision: &Decision) -> String {
    match *decision {
        Decision::Vote {
            candidate,
            term,
            decision,
        } => match decision {
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
        },
        Decision::Match { leader, decision } => match decision {
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
        },
        Decision::Commit { decision } => match decision {
            CommitDecision::Advanced { to, quorum } => {
                format!("commit to {to}: {quorum} or more hold it")
            }
            CommitDecision::NoQuorum {
                index,
                held_by,
                quorum,
            } => format!("no commit: {held_by} hold {index}, {quorum} must"),
            CommitDecision::OlderTerm {
                index,
                term,
                current,
            } => format!("no commit: {index} is held by enough, but of term {term}, not {current}"),
        },
        Decision::Election { decision } => match decision {
            ElectionDecision::Start { term } => format!("stand in term {term}"),
            ElectionDecision::Waiting { elapsed, timeout } => {
                format!("wait: {elapsed} of {timeout} ticks")
            }
            ElectionDecision::Leading => "no election: leading already".into(),
            ElectionDecision::TermExhausted => "no election: there is no further term".into(),
        },
    }
}
