//! What replicas are, say and do, in words that stay the same.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use raftarium::raft::{
    Body, CompactDecision, Durable, Effects, Entry, LogIndex, Membership, Message, Payload,
    Progress, ProgressState, ProposalDecision, Replica, ReplicaId, Role, Snapshot, VotePurpose,
    Write,
};
use raftarium::text;

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
        writeln!(out, "  decide   {}", text::decision(after.id(), decision))?;
    }
    match effects.compact {
        Some(CompactDecision::NotCommitted { commit_index }) => {
            writeln!(
                out,
                "  refuse   only what is committed, up to {commit_index}"
            )?;
        }
        Some(CompactDecision::Older { last }) => {
            writeln!(out, "  refuse   there is a snapshot up to {last} already")?;
        }
        Some(CompactDecision::TooLarge { bytes, bytes_max }) => {
            writeln!(out, "  refuse   {bytes} bytes are more than {bytes_max}")?;
        }
        Some(CompactDecision::Compacted { .. }) | None => {}
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
        Some(ProposalDecision::HandingOver { to }) => {
            writeln!(out, "  refuse   it is handing over to {to}")?;
        }
        Some(ProposalDecision::TooMuchUncommitted { bytes, bytes_max }) => {
            writeln!(
                out,
                "  refuse   {bytes} bytes would not be committed, {bytes_max} may be"
            )?;
        }
        Some(ProposalDecision::LogFull) => writeln!(out, "  refuse   no further index")?,
        Some(ProposalDecision::Appended(_)) | None => {}
    }
    if !effects.write.is_empty() {
        writeln!(out, "  write    {}", written(&effects.write, after))?;
    }
    if before.membership() != after.membership() {
        writeln!(out, "  in force {}", membership(after.membership()))?;
    }
    if let Some(snapshot) = &effects.restore {
        writeln!(out, "  restore  {}", snapshot_of(snapshot))?;
    }
    if !effects.committed.is_empty() {
        writeln!(
            out,
            "  commit   {}",
            entries(&after.log().entries(&effects.committed))
        )?;
    }
    for ready in &effects.reads {
        writeln!(
            out,
            "  serve    read {}, with all up to {}",
            ready.read, ready.index
        )?;
    }
    for read in &effects.reads_lost {
        writeln!(out, "  drop     read {read}")?;
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
    if let Some((received, total)) = replica.snapshot_received() {
        parts.push(format!("{received} of {total} bytes of a snapshot"));
    }
    match replica.role() {
        Role::Follower(follower) => {
            parts.extend(follower.leader.map(|leader| format!("follows {leader}")));
        }
        Role::PreCandidate(candidate) | Role::Candidate(candidate) => {
            parts.push(format!("votes of {}", ids(&candidate.votes)));
        }
        Role::Leader(leader) => {
            let known = leader.followers.iter();
            parts.extend(known.map(|(follower, known)| format!("{follower} {}", progress(known))));
            if let Some(transfer) = leader.transfer {
                parts.push(format!("handing over to {}", transfer.to));
            }
            if !leader.reads.is_empty() {
                let reads = leader.reads.iter().map(|waiting| waiting.read.to_string());
                let reads: Vec<String> = reads.collect();
                parts.push(format!("reads {} wait", reads.join(" ")));
            }
            parts.extend(
                replica
                    .lease_ticks_left()
                    .map(|left| format!("lease for {left} ticks")),
            );
        }
    }
    parts.join("; ")
}

/// What an answer promises, if it does.
fn promise(ticks: u32) -> String {
    match ticks {
        0 => String::new(),
        ticks => format!(", promises {ticks} ticks"),
    }
}

fn progress(progress: &Progress) -> String {
    let Progress {
        next_index,
        match_index,
        ..
    } = progress;
    let mut said = match &progress.state {
        ProgressState::Probe { awaiting } => {
            let sent = if *awaiting { ", unanswered" } else { "" };
            format!("probe {next_index} match {match_index}{sent}")
        }
        ProgressState::Replicate { window } => {
            let ends: Vec<String> = window.iter().map(|sent| sent.last.to_string()).collect();
            let sent = match ends.join(" ") {
                none if none.is_empty() => none,
                ends => format!(" sent {ends}"),
            };
            format!("next {next_index} match {match_index}{sent}")
        }
        ProgressState::Snapshot {
            snapshot,
            offset,
            awaiting,
        } => {
            let sent = if *awaiting { ", unanswered" } else { "" };
            let (last, total) = (snapshot.last, snapshot.data.len());
            format!("snapshot to {last}, {offset} of {total} bytes{sent}")
        }
    };
    if progress.silent {
        said += ", silent";
    }
    said
}

/// A log on one line; what is before the bar is known to be committed. In brackets, what
/// a snapshot says in place of the beginning.
pub(crate) fn log(id: ReplicaId, disk: &Durable, replica: Option<&Replica>) -> String {
    let committed = replica.map_or(LogIndex(0), Replica::commit_index);
    let all = disk.log.entries_from(disk.log.first_index());
    let (before, behind): (Vec<Entry>, Vec<Entry>) =
        all.cloned().partition(|entry| entry.index <= committed);
    let snapshot = disk.snapshot.as_ref().map_or_else(String::new, |snapshot| {
        format!("[{}] ", snapshot_of(snapshot))
    });
    let line = format!("{id} {snapshot}{} | {}", entries(&before), entries(&behind));
    line.replace("  |", " |").trim_end().to_owned()
}

/// Who belongs to the cluster, as far as a replica knows.
pub(crate) fn members(id: ReplicaId, _: &Durable, replica: Option<&Replica>) -> String {
    let Some(replica) = replica else {
        return format!("{id} is down");
    };
    let known = membership(replica.membership());
    match replica.membership_index() {
        LogIndex(0) => format!("{id} {known}, from the start"),
        index => format!("{id} {known}, by entry {index}"),
    }
}

/// A message: between whom, of which term, and what it says.
pub(crate) fn message(message: &Message, rounds: bool) -> String {
    let Message {
        from,
        to,
        term,
        body,
    } = message;
    let (said, round) = body_said(body);
    let round = round
        .filter(|_| rounds)
        .map_or_else(String::new, |round| format!("; round {round}"));
    format!("{from}→{to} term {term} {said}{round}")
}

/// What a message says, and in which round of heartbeats.
fn body_said(body: &Body) -> (String, Option<u64>) {
    match body {
        Body::RequestVote { last_log, purpose } => {
            let what = match purpose {
                VotePurpose::Election => "RequestVote",
                VotePurpose::PreVote => "RequestVote beforehand",
                VotePurpose::Transfer => "RequestVote as the leader's choice",
            };
            (format!("{what}, log to {last_log}"), None)
        }
        Body::Vote {
            granted,
            pre_vote,
            behind,
        } => {
            let what = if *pre_vote { "Vote beforehand" } else { "Vote" };
            let how = if *granted { "granted" } else { "denied" };
            let why = if *behind { ": behind" } else { "" };
            (format!("{what} {how}{why}"), None)
        }
        Body::AppendEntries {
            prev_log,
            entries: sent,
            leader_commit,
            round,
        } => {
            let sent = if sent.is_empty() {
                "nothing".into()
            } else {
                entries(sent)
            };
            let said = format!("AppendEntries, after {prev_log}: {sent}; commit {leader_commit}");
            (said, Some(*round))
        }
        Body::AppendAccepted {
            match_index,
            round,
            promised_ticks,
        } => {
            let said = format!("AppendAccepted, match to {match_index}");
            (said + &promise(*promised_ticks), Some(*round))
        }
        Body::AppendRejected {
            prev_log_index,
            conflict_term,
            conflict_index,
            round,
            promised_ticks,
        } => {
            let there = conflict_term.map_or_else(|| "nothing".into(), |t| format!("term {t}"));
            let said =
                format!("AppendRejected at {prev_log_index}, {there} there from {conflict_index}");
            (said + &promise(*promised_ticks), Some(*round))
        }
        Body::AppendStale => ("AppendStale".into(), None),
        Body::InstallSnapshot {
            last,
            membership: members,
            offset,
            chunk,
            total,
            round,
        } => {
            let chunk = String::from_utf8_lossy(chunk);
            let members = membership(members);
            let said = format!(
                "InstallSnapshot to {last}, {members}: {chunk:?} at byte {offset} of {total}"
            );
            (said, Some(*round))
        }
        Body::SnapshotReceived {
            last,
            received,
            round,
            promised_ticks,
        } => {
            let said = format!("SnapshotReceived to {last}: {received} bytes");
            (said + &promise(*promised_ticks), Some(*round))
        }
        Body::ReadIndex { read } => (format!("ReadIndex for read {read}"), None),
        Body::ReadIndexAnswer { read, index } => {
            (format!("ReadIndexAnswer for read {read}: {index}"), None)
        }
        Body::TimeoutNow => ("TimeoutNow".into(), None),
        fetch => (fetch_said(fetch), None),
    }
}

/// What passes between a candidate that is behind and whoever knows more.
fn fetch_said(body: &Body) -> String {
    match body {
        Body::FetchLog {
            after,
            last_log,
            received,
        } => {
            let said =
                format!("FetchLog, after {after}, mine ends at {last_log}; {received} bytes");
            said
        }
        Body::FetchedEntries {
            prev_log,
            entries: sent,
            last_log,
        } => {
            let sent = if sent.is_empty() {
                "another entry there".into()
            } else {
                entries(sent)
            };
            let said = format!("FetchedEntries, after {prev_log}: {sent}; mine ends at {last_log}");
            said
        }
        Body::FetchedSnapshot {
            last,
            membership: members,
            offset,
            chunk,
            total,
        } => {
            let chunk = String::from_utf8_lossy(chunk);
            let members = membership(members);
            let said = format!(
                "FetchedSnapshot to {last}, {members}: {chunk:?} at byte {offset} of {total}"
            );
            said
        }
        other => unreachable!("{other:?} is said above"),
    }
}

/// A configuration: `{R1 R2 R3}`, on the way from one to another `{R1 R2}>{R2 R3}`.
pub(crate) fn membership(membership: &Membership) -> String {
    let mut said = format!("{{{}}}", ids(&membership.voters));
    if membership.is_joint() {
        said = format!("{{{}}}>{said}", ids(&membership.outgoing));
    }
    if !membership.learners.is_empty() {
        said = format!("{said} learners {}", ids(&membership.learners));
    }
    said
}

fn ids(ids: &BTreeSet<ReplicaId>) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.join(" ")
}

fn role(replica: &Replica) -> &'static str {
    match replica.role() {
        Role::Follower(_) => "follower",
        Role::PreCandidate(_) => "pre-candidate",
        Role::Candidate(_) => "candidate",
        Role::Leader(_) => "leader",
    }
}

fn vote(disk: &Durable) -> String {
    disk.voted_for
        .map_or_else(|| "nobody".into(), |id| id.to_string())
}

/// Entries as `index@term` with what they hold.
fn entries<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let entries: Vec<String> = entries
        .into_iter()
        .map(|entry| match &entry.payload {
            Payload::Noop => format!("{} noop", entry.position()),
            Payload::Command(bytes) => {
                format!("{} {}", entry.position(), String::from_utf8_lossy(bytes))
            }
            Payload::Membership(members) => {
                format!("{} members {}", entry.position(), membership(members))
            }
        })
        .collect();
    entries.join(", ")
}

fn snapshot_of(snapshot: &Snapshot) -> String {
    format!(
        "{} at {}, {}",
        String::from_utf8_lossy(&snapshot.data),
        snapshot.last,
        membership(&snapshot.membership)
    )
}

fn written(write: &Write, after: &Replica) -> String {
    let mut parts = Vec::new();
    if let Some(vote) = write.vote {
        let voted = vote
            .voted_for
            .map_or_else(|| "no vote".into(), |id| format!("vote for {id}"));
        parts.push(format!("term {}, {voted}", vote.term));
    }
    if let Some(snapshot) = &write.snapshot {
        parts.push(format!("snapshot {}", snapshot_of(snapshot)));
    }
    if let Some(index) = write.compact_through {
        parts.push(format!("drop all up to {index}"));
    }
    if let Some(index) = write.truncate_after {
        parts.push(format!("drop all after {index}"));
    }
    if !write.append.is_empty() {
        parts.push(format!(
            "append {}",
            entries(&after.log().entries(&write.append))
        ));
    }
    parts.join("; ")
}
