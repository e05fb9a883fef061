//! The monitor hears and sees all that happens in a run, checks what the world
//! itself does not, and counts what was worth testing.

use super::broken::{self, Broken};
use super::coverage::{Coverage, Goal};
use super::log_oracle::{self, Told, ToldBy};
use crate::history::{Completion, History, Verdict, answered, asked};
use crate::kv::{Answer, ClientId};
use crate::raft::{KeepDecision, Refusal, ReplicaId, Term, TransferDecision};
use crate::sim::World;
use crate::sim::action::{Action, MessageId, UnfinishedWrite};
use crate::sim::lease::Voided;
use crate::sim::notice::{LossCause, Notice, TraceEvent};
use crate::sim::property;
use crate::sim::scenario::Scenario;
use crate::sim::view::{EntryView, ReplicaView, RoleKind, Status, View};

/// How many steps the complete checker may take for each key of one run.
const STEPS_MAX: u64 = 200_000;

#[derive(Clone, Debug)]
pub(super) struct Monitor {
    pub(super) seen: Coverage,
    answers: ToldBy,
    /// The messages that were held by hand, with the term of each.
    held: Vec<(MessageId, Term)>,
}

impl Monitor {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let mut seen = Coverage::default();
        seen.see_if(Goal::LoneReplica, scenario.total() == 1);
        Self {
            seen,
            answers: ToldBy::new(),
            held: Vec::new(),
        }
    }

    /// Hears the notices since the last time, of which `missed` were dropped.
    ///
    /// # Panics
    /// If it has missed any: it would convict the innocent, or acquit the guilty.
    pub(super) fn hear(&mut self, notices: &[Notice], missed: u64) -> Result<(), Broken> {
        assert_eq!(missed, 0, "some notices never came to the monitor");
        notices.iter().try_for_each(|notice| self.hear_one(notice))
    }

    fn hear_one(&mut self, notice: &Notice) -> Result<(), Broken> {
        let goal = match &notice.what {
            TraceEvent::ElectionStarted { term, .. } if term.0 > 1 => Goal::ElectionRepeated,
            TraceEvent::LeaderElected { .. } => Goal::LeaderElected,
            TraceEvent::SteppedDown { .. } => Goal::LeaderSteppedDown,
            TraceEvent::LogTruncated { .. } => Goal::LogTruncated,
            TraceEvent::PreVoteStarted { .. } => Goal::PreVoteHeld,
            TraceEvent::QuorumLost { .. } => Goal::QuorumLost,
            TraceEvent::MembershipCommitted {
                replica,
                membership,
            } => {
                let simple = membership.outgoing.is_empty();
                let left = simple && !membership.voters.contains(replica);
                self.seen.see_if(Goal::LeaderLeft, left);
                if simple {
                    Goal::SimpleCommitted
                } else {
                    Goal::JointCommitted
                }
            }
            TraceEvent::Transfer { decision, .. } => match decision {
                TransferDecision::Aborted { .. } => Goal::TransferAborted,
                _ => Goal::TransferBegun,
            },
            TraceEvent::SnapshotTaken { .. } => Goal::SnapshotTaken,
            TraceEvent::SnapshotInstalled { .. } => Goal::SnapshotInstalled,
            TraceEvent::LogKept {
                decision: KeepDecision::Kept { .. },
                ..
            } => Goal::LogKept,
            TraceEvent::SessionRenewed { .. } => Goal::SessionExpired,
            TraceEvent::StaleRead {
                replica,
                client,
                committed_index,
                read_index,
                voided_by: Voided::Flaw {},
            } => {
                let what = format!(
                    "{replica} answered C{} as of entry {read_index}, though {committed_index} was known",
                    client.0
                );
                return Err(Broken::new(property::NO_STALE_READ, what));
            }
            TraceEvent::MessageLost { cause, .. } => match cause {
                LossCause::Chance => Goal::LostByChance,
                LossCause::Cut => Goal::LostOnCut,
                LossCause::Dead => Goal::LostAtDead,
                LossCause::Hand => Goal::LostByHand,
                LossCause::Away | LossCause::Replaced | LossCause::Crowded => return Ok(()),
            },
            TraceEvent::MessageRefused {
                replica, refusal, ..
            } => return Err(malformed(notice, *replica, refusal)),
            TraceEvent::Answered {
                client,
                sequence,
                operation,
                answer,
                took_us,
            } => {
                match answer {
                    Answer::Swapped => self.seen.see(Goal::Swap),
                    Answer::NotSwapped { .. } => self.seen.see(Goal::NoSwap),
                    _ => {}
                }
                let told = Told {
                    operation: operation.clone(),
                    answer: Some(answer.clone()),
                    asked_us: notice.at_us - took_us,
                    answered_us: notice.at_us,
                };
                self.end(*client, *sequence, told)?;
                Goal::OperationAnswered
            }
            TraceEvent::GaveUp {
                client,
                sequence,
                operation,
                took_us,
                ..
            } => {
                let told = Told {
                    operation: operation.clone(),
                    answer: None,
                    asked_us: notice.at_us - took_us,
                    answered_us: u64::MAX,
                };
                self.end(*client, *sequence, told)?;
                Goal::ClientGaveUp
            }
            _ => return Ok(()),
        };
        self.seen.see(goal);
        Ok(())
    }

    /// An operation has come to its end.
    fn end(&mut self, client: ClientId, sequence: u64, told: Told) -> Result<(), Broken> {
        if self.answers.insert((client, sequence), told).is_some() {
            let what = format!("the operation {sequence} of client {} ends twice", client.0);
            return Err(Broken::new(broken::ANSWERS_FIT_THE_LOG, what));
        }
        Ok(())
    }

    /// Looks at the world as it is now.
    pub(super) fn look(&mut self, world: &World, view: &View) {
        let replicas = &view.replicas;
        let is_leading = |it: &&ReplicaView| it.status == Status::Running && leads(it);
        let leaders = replicas.iter().filter(is_leading).count();
        let seen = &mut self.seen;
        seen.see_if(Goal::TwoLeaders, leaders > 1);
        let mut ends: Vec<u64> = Vec::new();
        for replica in replicas {
            let early = replica.writing && replica.durable_index < replica.commit_index;
            seen.see_if(Goal::CommittedBeforeWritten, early);
            seen.see_if(Goal::SnapshotInPieces, replica.receiving.is_some());
            seen.see_if(Goal::LeaseHeld, replica.lease_until_us.is_some());
            seen.see_if(Goal::RequestWaited, replica.waiting_requests > 0);
            ends.push(replica.log.last_index.0);
        }
        let gap = ends.iter().max().unwrap_or(&0) - ends.iter().min().unwrap_or(&0);
        let batch = u64::from(world.scenario().batch.entries_max);
        seen.see_if(Goal::LogBehind, gap > batch);
        let dead = |it: &ReplicaView| it.status == Status::Crashed;
        seen.see_if(
            Goal::AllCrashed,
            replicas.len() > 1 && replicas.iter().all(dead),
        );
        // A held message has come through after its receiver has left its term.
        let newest = replicas.iter().map(|it| it.term).max().unwrap_or_default();
        self.held.retain(|&(id, term)| {
            let there = world.message_detail(id).is_some();
            let long_gone = Term(term.0 + 2) <= newest && term > Term(0);
            seen.see_if(Goal::MessageFromLongAgo, !there && long_gone);
            there
        });
    }

    /// Notes an action and the world before and after it.
    pub(super) fn note(&mut self, action: &Action, world: &World, before: &View, after: &View) {
        let seen = &mut self.seen;
        let who_became = |status| {
            let mut pairs = before.replicas.iter().zip(&after.replicas);
            let became = pairs.find(|(old, new)| old.status != status && new.status == status);
            became.map(|(old, _)| old)
        };
        if let Some(goal) = Goal::of(action) {
            seen.see(goal);
        }
        match action {
            Action::Crash { write, .. } => {
                if let Some(victim) = who_became(Status::Crashed) {
                    let goal = match write {
                        UnfinishedWrite::Lost => Goal::WriteLost,
                        UnfinishedWrite::Torn => Goal::WriteTorn,
                        UnfinishedWrite::Kept => Goal::WriteKept,
                    };
                    seen.see_if(goal, victim.writing);
                    seen.see_if(Goal::LeaderCrashed, leads(victim));
                    seen.see_if(Goal::SnapshotInterrupted, victim.receiving.is_some());
                }
            }
            Action::Pause { .. } => {
                let paused = who_became(Status::Paused);
                seen.see_if(Goal::LeaderPaused, paused.is_some_and(leads));
            }
            Action::Resume { .. } => {
                let waited = world
                    .messages()
                    .any(|it| it.arrive_us < before.now_us && it.held_us.is_none());
                seen.see_if(Goal::MessageWaited, waited);
            }
            Action::Hold { message } => {
                if let Some(detail) = world.message_detail(*message) {
                    self.held.push((*message, detail.view.term));
                }
            }
            Action::Rejoin { .. } => seen.see_if(Goal::Bridged, !after.cuts.is_empty()),
            _ => {}
        }
        if is_blow(action) {
            let joint = |it: &ReplicaView| {
                it.role == RoleKind::Leader && !it.membership.outgoing.is_empty()
            };
            seen.see_if(Goal::StruckWhileJoint, before.replicas.iter().any(joint));
        }
    }

    /// Checks, at rest, that every request was answered and that the answers fit the log.
    pub(super) fn check_answers(&mut self, world: &World, view: &View) -> Result<(), Broken> {
        let wrong = |what| Broken::new(broken::ANSWERS_FIT_THE_LOG, what);
        let clients = (1..).map(ClientId);
        for (client, asked) in clients.map_while(|id| Some((id, world.last_sequence(id)?))) {
            let numbers = (client, 1)..=(client, u64::MAX);
            let answered = self.answers.range(numbers).count() as u64;
            if answered != asked {
                let client = client.0;
                return Err(wrong(format!(
                    "client {client} asked {asked} times, and was answered {answered} times"
                )));
            }
        }
        let retried = view.counters.retried_operations;
        self.seen.see_if(Goal::OperationRetried, retried > 0);
        // The world has reported each stale read.
        let reads_are_sound = view.counters.stale_reads == 0;
        if reads_are_sound {
            self.check_history()?;
        }
        // If sessions expire, the end of some commands is unknown.
        if world.scenario().store.session_expiry_us > 0 {
            return Ok(());
        }
        let Some(store) = view.leader.and_then(|id| world.store(id, usize::MAX).ok()) else {
            return Ok(());
        };
        let log: Vec<EntryView> = world.applied().collect();
        let found = log_oracle::check(&log, &self.answers, &store, reads_are_sound);
        let found = found.map_err(wrong)?;
        self.seen.see_if(Goal::CommandTwice, found.retries > 0);
        self.seen.see_if(Goal::ReadOutsideLog, found.reads > 0);
        Ok(())
    }
}

impl Monitor {
    /// Checks linearizability without the log. This also works where the end of some commands is
    /// unknown.
    fn check_history(&mut self) -> Result<(), Broken> {
        match history_of(&self.answers).check(STEPS_MAX) {
            Verdict::Linearizable => {}
            // Too many commands have an unknown end.
            Verdict::Undecided { .. } => return Ok(()),
            Verdict::NotLinearizable(part) => {
                let (key, count) = (&part.key, part.operations.len());
                let what = format!("no order explains these {count} operations of key {key}:");
                let what = part.operations.iter().fold(what, |what, record| {
                    let ended = match &record.ended {
                        Some((_, Completion::Ok(answer))) => answer.to_string(),
                        _ => "unknown".into(),
                    };
                    format!("{what} {}: {ended};", record.operation)
                });
                return Err(Broken::new(broken::LINEARIZABLE, what));
            }
        }
        self.seen.see(Goal::HistoryJudged);
        Ok(())
    }
}

/// What the clients asked and were told. An operation may wait in the queue of its client
/// while another is under way, so each is a process of its own. Of what happens in the same
/// microsecond nobody can say what was first: calls come before ends, so that they overlap.
fn history_of(answers: &ToldBy) -> History {
    let told: Vec<&Told> = answers.values().collect();
    let calls = told.iter().map(|told| told.asked_us);
    let calls = calls
        .enumerate()
        .map(|(process, at_us)| (at_us, false, process));
    let ends = told.iter().enumerate();
    let ends = ends.filter(|(_, told)| told.answer.is_some());
    let ends = ends.map(|(process, told)| (told.answered_us, true, process));
    let mut events: Vec<(u64, bool, usize)> = calls.chain(ends).collect();
    events.sort_unstable();
    let mut history = History::default();
    for (_, is_end, place) in events {
        let (process, told) = (place as u64, told[place]);
        let taken = match &told.answer {
            Some(answer) if is_end => history.end(process, answered(answer)),
            _ => {
                let (key, operation) = asked(&told.operation);
                history.invoke(process, key, operation)
            }
        };
        taken.expect("each operation is asked once, and answered once, after that");
    }
    history
}

fn malformed(notice: &Notice, replica: ReplicaId, refusal: &Refusal) -> Broken {
    let what = format!(
        "event {}: {replica} refuses a message: {refusal}",
        notice.event
    );
    Broken::new(broken::MESSAGES_WELL_FORMED, what)
}

/// Whether a replica believes that it leads.
pub(super) fn leads(replica: &ReplicaView) -> bool {
    replica.leader == Some(replica.id)
}

/// Whether an action takes something away from the cluster.
pub(super) fn is_blow(action: &Action) -> bool {
    matches!(
        action,
        Action::Crash { .. }
            | Action::Pause { .. }
            | Action::Partition { .. }
            | Action::Isolate { .. }
            | Action::Cut { .. }
    )
}
