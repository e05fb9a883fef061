//! Log replication (§5.3) and the commit rule (§5.4.2).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::answer::{Answer, Rejection};
use super::keep::end_catch_up_round;
use super::progress::{InFlight, Progress, ProgressState};
use super::snapshots::{send_chunk, start_snapshot};
use super::{Leader, Leads};
use crate::flaw::Flaw;
use crate::raft::core::Core;
use crate::raft::decisions::{CommitDecision, Decision, ProposalDecision, Rightly};
use crate::raft::effects::Effects;
use crate::raft::rules;
use crate::raft::types::config::Replication;
use crate::raft::types::entries::Entries;
use crate::raft::types::ids::{LogIndex, NUMBER_MAX, Position, ReplicaId};
use crate::raft::types::message::{Body, Payload};

impl Leader {
    /// Whether so many commands, of this many bytes together, would enter the log now.
    pub(in crate::raft) fn proposal_decision(
        &self,
        core: &Core,
        count: u64,
        bytes: usize,
    ) -> ProposalDecision {
        if let Some(transfer) = self.transfer {
            return ProposalDecision::HandingOver { to: transfer.to };
        }
        let room = NUMBER_MAX.saturating_sub(core.durable.log.last_index().0);
        if count > room {
            return ProposalDecision::LogFull;
        }
        let uncommitted = self.uncommitted_bytes.saturating_add(bytes);
        let uncommitted_max = core.settings().uncommitted_bytes_max;
        // What is too large for the bound goes alone, or it never would.
        if uncommitted > uncommitted_max && self.uncommitted_bytes > 0 {
            return ProposalDecision::TooMuchUncommitted {
                bytes: uncommitted as u64,
                bytes_max: uncommitted_max as u64,
            };
        }
        ProposalDecision::Appended(Position {
            term: core.durable.term,
            index: core.durable.log.last_index().next(),
        })
    }

    /// Appends commands of clients, of this many bytes together, and sends them out.
    pub(in crate::raft) fn append_commands(
        &mut self,
        core: &mut Core,
        commands: impl IntoIterator<Item = Arc<[u8]>>,
        bytes: usize,
        effects: &mut Effects,
    ) -> Leads {
        self.uncommitted_bytes += bytes;
        for command in commands {
            core.append_own(Payload::Command(command), effects);
        }
        self.send_new_entries(core, effects);
        // A cluster of one commits by itself.
        if core.may_be_a_quorum_of_one() && core.is_quorum(|id| id == core.id()) {
            self.advance_commit(core, effects)?;
        }
        Leads::Continue(())
    }

    /// Why the commit index is where it is.
    pub(in crate::raft) fn commit_decision(&self, core: &Core) -> CommitDecision {
        self.commit_decision_by(core.settings().flaw, core)
    }

    /// The same with a flaw in the rules.
    fn commit_decision_by(&self, flaw: Option<Flaw>, core: &Core) -> CommitDecision {
        let own = core.durable.log.last_index();
        let held = |id| match self.followers.get(&id) {
            Some(progress) => progress.match_index,
            None => own,
        };
        rules::decide_commit(
            core.membership().agreed_by(flaw, held),
            &core.durable.log,
            core.durable.term,
            core.commit_index,
            flaw,
        )
    }

    /// Whether a quorum is a majority of the leader and all its followers.
    fn is_simple_majority(&self, core: &Core) -> bool {
        let membership = core.membership();
        core.settings().flaw.is_none()
            && !membership.is_joint()
            && membership.learners.is_empty()
            && membership.voters.len() == self.followers.len() + 1
    }

    /// How many replicas hold more than what is committed, the leader included.
    fn holding_more(&self, core: &Core) -> usize {
        let committed = core.commit_index;
        let followers = self.followers.values();
        let more = followers.filter(|progress| progress.match_index > committed);
        more.count() + usize::from(core.durable.log.last_index() > committed)
    }

    /// Advances the commit index as far as the rule allows.
    pub(super) fn advance_commit(&mut self, core: &mut Core, effects: &mut Effects) -> Leads {
        // Most answers advance nothing, which is found by counting.
        if self.is_simple_majority(core)
            && self.holding_more(core) <= core.membership().voters.len() / 2
        {
            return Leads::Continue(());
        }
        let decision = self.commit_decision(core);
        let right = core.settings().flaw.map(|flaw| {
            let right = self.commit_decision_by(None, core);
            (flaw, right)
        });
        match decision {
            CommitDecision::Advanced { to } => {
                let new = core.commit_to(to, effects);
                let log = &core.durable.log;
                let bytes = log.size_between(new.start.previous(), new.end.previous());
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                self.uncommitted_bytes = self.uncommitted_bytes.saturating_sub(bytes);
                effects.decisions.push(Decision::Commit { decision });
                if let Some((flaw, right)) = right.filter(|(_, right)| *right != decision) {
                    effects.note_broken(flaw, Rightly::Commit(right));
                }
                self.after_commit(core, effects)
            }
            CommitDecision::OlderTerm { .. } => {
                effects.decisions.push(Decision::Commit { decision });
                Leads::Continue(())
            }
            CommitDecision::NoQuorum { .. } => Leads::Continue(()),
        }
    }

    /// Sends every follower what comes next for it, or at least a sign of life.
    pub(super) fn send_to_all(&mut self, core: &Core, effects: &mut Effects) {
        for (&follower, progress) in &mut self.followers {
            send_next(core, self.round, follower, progress, true, effects);
        }
    }

    /// Sends new entries to the followers that get them at once.
    fn send_new_entries(&mut self, core: &Core, effects: &mut Effects) {
        if core.settings().replication == Replication::QuorumFirst {
            for follower in self.recipients(core) {
                self.replicate(core, follower, false, effects);
            }
            return;
        }
        for (&follower, progress) in &mut self.followers {
            send_next(core, self.round, follower, progress, false, effects);
        }
    }

    /// The followers that get new entries at once: all, or just enough voters for a quorum. Of
    /// these, the ones that have answered of late come first, in rising order, so that
    /// they stay the same while they work.
    pub(super) fn recipients(&self, core: &Core) -> Vec<ReplicaId> {
        let mut voters: Vec<ReplicaId> = self.followers.keys().copied().collect();
        if core.settings().replication == Replication::Eager {
            return voters;
        }
        voters.retain(|&id| core.membership().votes(id));
        voters.sort_by_key(|id| self.followers[id].silent);
        let mut chosen = BTreeSet::from([core.id()]);
        for id in voters {
            if core.is_quorum(|id| chosen.contains(&id)) {
                break;
            }
            chosen.insert(id);
        }
        chosen.remove(&core.id());
        chosen.into_iter().collect()
    }

    /// Sends one follower what comes next for it.
    pub(super) fn replicate(
        &mut self,
        core: &Core,
        to: ReplicaId,
        heartbeat: bool,
        effects: &mut Effects,
    ) {
        if let Some(progress) = self.followers.get_mut(&to) {
            send_next(core, self.round, to, progress, heartbeat, effects);
        }
    }

    /// A follower's log matches.
    pub(in crate::raft) fn on_append_accepted(
        &mut self,
        core: &mut Core,
        answer: Answer,
        match_index: LogIndex,
        effects: &mut Effects,
    ) -> Leads {
        let from = answer.from;
        let Some(progress) = self.note_answer(core, answer) else {
            return Leads::Continue(());
        };
        // An answer may be late: what matched once matches for the rest of the term.
        let news = progress.matched(match_index);
        if core.breaks(Flaw::MatchGoesBack) {
            if match_index < progress.match_index {
                effects.note_broken(Flaw::MatchGoesBack, Rightly::Otherwise {}); // flaw
            }
            progress.match_index = match_index; // flaw
        }
        end_catch_up_round(core, from, progress, effects);
        let (next_index, last_index) = (progress.next_index, core.durable.log.last_index());
        // The commit index first, so that the next message carries the news.
        if news && match_index > core.commit_index {
            self.advance_commit(core, effects)?;
        }
        self.after_answer(core, effects)?;
        if next_index <= last_index || last_index != core.durable.log.last_index() {
            self.send_what_is_behind(core, from, effects);
        }
        Leads::Continue(())
    }

    /// A follower's log doesn't match.
    pub(in crate::raft) fn on_append_rejected(
        &mut self,
        core: &mut Core,
        answer: Answer,
        rejection: Rejection,
        effects: &mut Effects,
    ) -> Leads {
        self.note_answer(core, answer);
        self.go_back(core, answer.from, rejection, effects);
        self.after_answer(core, effects)
    }

    /// Probes at an earlier place, unless the rejection is out of date.
    fn go_back(
        &mut self,
        core: &Core,
        from: ReplicaId,
        rejection: Rejection,
        effects: &mut Effects,
    ) {
        let Rejection {
            prev_log_index,
            conflict_term,
            conflict_index,
        } = rejection;
        let Some(progress) = self.followers.get_mut(&from) else {
            return;
        };
        let current = match &progress.state {
            ProgressState::Probe { .. } => prev_log_index == progress.next_index.previous(),
            // Any message of the window may be the one that finds a gap before it.
            ProgressState::Replicate { .. } => prev_log_index < progress.next_index,
            ProgressState::Snapshot { .. } => false,
        };
        if !current || prev_log_index <= progress.match_index {
            return;
        }
        let next = rules::next_after_rejection(
            &core.durable.log,
            conflict_term,
            conflict_index,
            prev_log_index,
        );
        if core.breaks(Flaw::MatchFromHint) {
            if conflict_index.previous() > progress.match_index {
                effects.note_broken(Flaw::MatchFromHint, Rightly::Otherwise {}); // flaw
            }
            progress.match_index = progress.match_index.max(conflict_index.previous()); // flaw
        }
        progress.probe(next);
        send_next(core, self.round, from, progress, false, effects);
    }

    /// After an answer, sends what the follower still lacks. In quorum-first mode only those
    /// that are counted on get it at once, and those that lack more than one message
    /// holds: they would never catch up from heartbeat to heartbeat.
    fn send_what_is_behind(&mut self, core: &Core, to: ReplicaId, effects: &mut Effects) {
        let Some(progress) = self.followers.get(&to) else {
            return;
        };
        let last_index = core.durable.log.last_index();
        if progress.next_index > last_index {
            return;
        }
        let settings = core.settings();
        let lacking = last_index.0 - progress.match_index.0;
        let at_once = settings.replication == Replication::Eager
            || lacking > settings.entries_max as u64
            || self.recipients(core).contains(&to);
        if at_once {
            self.replicate(core, to, false, effects);
        }
    }
}

/// Sends one follower what comes next for it, as far as it may be sent now. With
/// `heartbeat` something is sent in any case, and an unanswered probe or chunk once more.
pub(super) fn send_next(
    core: &Core,
    round: u64,
    to: ReplicaId,
    progress: &mut Progress,
    mut heartbeat: bool,
    effects: &mut Effects,
) {
    let settings = core.settings();
    let log = &core.durable.log;
    loop {
        // What comes next: a snapshot, entries, or nothing?
        if matches!(progress.state, ProgressState::Snapshot { .. }) {
            return send_chunk(core, round, to, progress, heartbeat, effects);
        }
        let before = progress.next_index.previous();
        let room = progress.has_room(settings.window_messages, settings.window_bytes);
        let probing = matches!(progress.state, ProgressState::Probe { .. });
        let more = progress.next_index <= log.last_index();
        let carry = if probing {
            room || heartbeat
        } else {
            room && more
        };
        let here = log.base().index <= before && before <= log.last_index();
        if here && !carry && !heartbeat {
            return;
        }
        let Some(term) = log.term_at(before) else {
            // The entries that it lacks have been compacted.
            start_snapshot(core, progress);
            continue;
        };
        let entries = if carry {
            batch_sent_after(before, effects).unwrap_or_else(|| {
                log.batch_from(
                    progress.next_index,
                    settings.entries_max,
                    settings.bytes_max,
                )
            })
        } else {
            Entries::default()
        };

        // Entries that are on their way count as sent; a probe is tried again until it is answered.
        let last_sent = entries.last().map_or(before, |entry| entry.index);
        match &mut progress.state {
            ProgressState::Probe { awaiting } => *awaiting = true,
            ProgressState::Replicate { window } if !entries.is_empty() => {
                window.push_back(InFlight {
                    last: last_sent,
                    bytes: entries.size(),
                });
                progress.next_index = last_sent.next();
            }
            ProgressState::Replicate { .. } | ProgressState::Snapshot { .. } => {}
        }
        progress.idle_ticks = 0;
        heartbeat = false;
        let body = Body::AppendEntries {
            prev_log: Position {
                term,
                index: before,
            },
            // Not beyond what this message vouches for, so that it means the same however late
            // it comes.
            leader_commit: core.commit_index.min(last_sent),
            entries,
            round,
        };
        core.send(to, body, effects);
    }
}

/// The entries that the follower before was just sent, if they are for the same place:
/// most often all need the same.
fn batch_sent_after(before: LogIndex, effects: &Effects) -> Option<Entries> {
    match &effects.messages.last()?.body {
        Body::AppendEntries {
            prev_log, entries, ..
        } if prev_log.index == before && !entries.is_empty() => Some(entries.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::{Config, Durable, Input, Membership, Message, Replica, Settings, Term};
    use crate::rng::Pcg32;

    /// Entries for several followers are in memory once.
    #[test]
    fn followers_that_need_the_same_share_it() {
        let all: Vec<ReplicaId> = [1, 2, 3].map(ReplicaId).into();
        let config = Config {
            id: all[0],
            membership: Membership::of_voters(all.clone()),
            peers: all,
            settings: Settings::default(),
        };
        let mut leader = Replica::new(config, Durable::default(), Pcg32::new(1, 1)).expect("good");
        let _ = leader.step(Input::Campaign);
        let vote = Body::Vote {
            granted: true,
            pre_vote: false,
            behind: false,
        };
        let effects = leader.step(Input::Receive(Message {
            from: ReplicaId(2),
            to: ReplicaId(1),
            term: Term(1),
            body: vote,
        }));
        let [Some(one), Some(other)] = [0, 1].map(|place| match &effects.messages[place].body {
            Body::AppendEntries { entries, .. } => Some(entries),
            _ => None,
        }) else {
            panic!("a new leader sends its first entry");
        };
        assert_eq!(one.len(), 1);
        assert!(one.shares_with(other));
        assert!(one.shares_with(&leader.log().entries(&effects.write.append)));
    }
}
