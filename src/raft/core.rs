//! The state that every replica has, whatever its role (what survives a crash, the timers, the
//! commit index), and the few ways in which it changes.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::decisions::{CompactDecision, Rightly};
use super::effects::Effects;
use super::forwarded::Forwarded;
use super::incoming::IncomingSnapshot;
use super::rules;
use super::types::config::{Config, Settings};
use super::types::durable::{Durable, SNAPSHOT_BYTES_MAX, Snapshot, VoteWrite};
use super::types::entries::Entries;
use super::types::ids::{LogIndex, Position, ReplicaId, Term};
use super::types::membership::Membership;
use super::types::message::{Body, Entry, Message, Payload};
use super::types::news::ProposalNews;
use crate::flaw::Flaw;
use crate::rng::Pcg32;

/// The part of a replica that no role owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Core {
    pub(super) config: Config,
    /// The contents of the disk, once the writes asked for are done.
    pub(super) durable: Durable,
    /// The configurations in the log, oldest first, with their indices: those that are
    /// not compacted, and the one in force before them. Never empty.
    memberships: Vec<(LogIndex, Arc<Membership>)>,
    /// `commitIndex`: volatile, as in Figure 2.
    pub(super) commit_index: LogIndex,
    /// Ticks since the timer was set: the election timer, or a leader's heartbeat timer.
    pub(super) elapsed: u32,
    /// The number of ticks at which the timer runs out.
    pub(super) timeout: u32,
    /// For this many more ticks it neither votes nor stands: it has promised that to a leader,
    /// or may have done so before it was restarted.
    pub(super) promised: u32,
    /// A snapshot of which some chunks are here.
    pub(super) incoming: Option<IncomingSnapshot>,
    /// Where the log is to be cut off once no follower needs what comes before. Only a leader
    /// keeps entries for others.
    pub(super) compact_later: Option<LogIndex>,
    /// Reads that the leader of this term was asked about.
    pub(super) forwarded: Forwarded,
    /// Commands that it appended as a leader, and whose fate it does not know.
    pub(super) undecided: BTreeSet<(LogIndex, Term)>,
    /// Draws election timeouts, and nothing else.
    rng: Pcg32,
}

impl Core {
    pub(super) fn new(config: Config, durable: Durable, rng: Pcg32) -> Self {
        let base = match &durable.snapshot {
            Some(snapshot) => (snapshot.last.index, Arc::clone(&snapshot.membership)),
            None => (LogIndex(0), Arc::new(config.membership.clone())),
        };
        let mut core = Self {
            commit_index: base.0,
            memberships: vec![base],
            promised: durable.promised_ticks,
            config,
            durable,
            elapsed: 0,
            timeout: 0,
            incoming: None,
            compact_later: None,
            forwarded: Forwarded::default(),
            undecided: BTreeSet::new(),
            rng,
        };
        core.find_memberships();
        core.reset_election_timer();
        core
    }

    pub(super) fn id(&self) -> ReplicaId {
        self.config.id
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.config.settings
    }

    /// Whether this rule is broken on purpose.
    pub(super) fn breaks(&self, flaw: Flaw) -> bool {
        self.config.settings.breaks(flaw)
    }

    /// Checks what holds at every change of role, unless a rule is broken on purpose: then the
    /// checkers shall find out.
    pub(super) fn assert_sound(&self) {
        if self.config.settings.flaw.is_some() {
            return;
        }
        let (term, log) = (self.durable.term, &self.durable.log);
        assert!(
            self.commit_index <= log.last_index(),
            "the log ends at {}, before the commit index {}",
            log.last_index(),
            self.commit_index
        );
        assert!(
            self.commit_index >= log.base().index,
            "the log was compacted up to {}, beyond the commit index {}",
            log.base().index,
            self.commit_index
        );
        assert!(
            log.last().term <= term,
            "the log's end {} is of a later term than {term}",
            log.last()
        );
    }

    // The election timer, and the promise that holds it back.

    /// Starts the election timer again, with a timeout drawn from the range, so that split
    /// votes are rare and do not repeat (§5.2).
    pub(super) fn reset_election_timer(&mut self) {
        self.elapsed = 0;
        self.timeout = self.draw_timeout();
    }

    pub(super) fn draw_timeout(&mut self) -> u32 {
        let settings = &self.config.settings;
        u32::try_from(self.rng.between(
            u64::from(settings.election_timeout_ticks_min),
            u64::from(settings.election_timeout_ticks_max),
        ))
        .expect("a timeout between two u32")
    }

    /// For how many ticks this replica will keep to its leader, to be said in an answer that is
    /// about to leave. The promise binds from now on: the longest one goes to the disk with the
    /// step, so that it outlives a crash.
    pub(super) fn promise(&mut self, effects: &mut Effects) -> u32 {
        let ticks = self.config.settings.promises();
        self.promised = self.promised.max(ticks);
        let on_disk = self.durable.promised_ticks;
        // Once no longer promise binds, the disk may hold the shorter one.
        let shorter = self.promised == ticks && ticks < on_disk;
        if self.promised > on_disk || shorter {
            self.durable.promised_ticks = self.promised;
            effects.write.promised_ticks = Some(self.promised);
        }
        ticks
    }

    // Messages and writes.

    /// Sends `body` in the current term.
    pub(super) fn send(&self, to: ReplicaId, body: Body, effects: &mut Effects) {
        effects.messages.push(Message {
            from: self.config.id,
            to,
            term: self.durable.term,
            body,
        });
    }

    /// Changes the durable term and vote.
    pub(super) fn write_vote(
        &mut self,
        term: Term,
        voted_for: Option<ReplicaId>,
        effects: &mut Effects,
    ) {
        let before = &self.durable;
        assert!(
            term >= before.term,
            "the term {term} is older than {}",
            before.term
        );
        assert!(
            term > before.term
                || before.voted_for.is_none()
                || before.voted_for == voted_for
                || self.config.settings.flaw.is_some(), // flaw
            "the vote of term {term} was given already"
        );
        if term != before.term {
            // Answers to questions of an older term are void (§5.1).
            self.forwarded.clear();
        }
        self.durable.term = term;
        self.durable.voted_for = voted_for;
        effects.write.vote = Some(VoteWrite { term, voted_for });
    }

    /// Appends an entry of the current term to the durable log. A configuration takes effect at
    /// once (§6).
    pub(super) fn append_own(&mut self, payload: Payload, effects: &mut Effects) {
        let index = self.durable.log.last_index().next();
        if let Payload::Membership(membership) = &payload {
            self.memberships.push((index, Arc::clone(membership)));
        }
        self.durable.log.push(Entry {
            index,
            term: self.durable.term,
            payload,
        });
        join(&mut effects.write.append, index..index.next());
    }

    /// Takes over entries that follow a place where the logs match.
    pub(super) fn append_matching(&mut self, entries: &Entries, effects: &mut Effects) {
        let flaw = self.config.settings.flaw;
        let merge = rules::merge(&self.durable.log, entries, flaw);
        if let Some(flaw) = flaw
            && merge != rules::merge(&self.durable.log, entries, None)
        {
            effects.note_broken(flaw, Rightly::Otherwise {});
        }
        if let Some(index) = merge.truncate_after {
            self.write_truncation(index, effects);
        }
        let new = match merge.known {
            0 => entries,
            known => &entries.slice(known..entries.len()),
        };
        let Some(first) = new.first() else {
            return;
        };
        self.durable.log.extend(new);
        // A configuration takes effect at once (§6).
        for entry in new.memberships() {
            if let Payload::Membership(membership) = &entry.payload {
                self.memberships.push((entry.index, Arc::clone(membership)));
            }
        }
        let end = self.durable.log.last_index().next();
        join(&mut effects.write.append, first.index..end);
    }

    /// Cuts off the end of the durable log, and the configurations in it (§6).
    fn write_truncation(&mut self, after: LogIndex, effects: &mut Effects) {
        assert!(
            after >= self.commit_index || self.config.settings.flaw.is_some(), // flaw
            "a committed entry is never taken away"
        );
        self.durable.log.truncate_after(after);
        let rolled_back = !self.breaks(Flaw::ChangeNotRolledBack); // flaw
        if !rolled_back && self.memberships.iter().any(|(index, _)| *index > after) {
            effects.note_broken(Flaw::ChangeNotRolledBack, Rightly::Otherwise {}); // flaw
        }
        if rolled_back {
            self.memberships.retain(|(index, _)| *index <= after);
        }
        effects.write.truncate_after = Some(after);
    }

    /// Makes the snapshot durable, and drops the log up to `through`.
    pub(super) fn write_snapshot(
        &mut self,
        snapshot: Snapshot,
        through: LogIndex,
        effects: &mut Effects,
    ) {
        let base = (snapshot.last.index, Arc::clone(&snapshot.membership));
        self.durable.replace_snapshot(snapshot.clone());
        effects.write.snapshot = Some(snapshot);
        self.compact_log(through, effects);
        if self.breaks(Flaw::SnapshotDropsTail) {
            if self.durable.log.last_index() > base.0 {
                effects.note_broken(Flaw::SnapshotDropsTail, Rightly::Otherwise {}); // flaw
            }
            self.durable.log.truncate_after(base.0); // flaw
            effects.write.truncate_after = Some(base.0); // flaw
        }
        self.memberships = vec![base];
        self.find_memberships();
    }

    /// Drops the log up to `through`, which the snapshot covers.
    pub(super) fn compact_log(&mut self, through: LogIndex, effects: &mut Effects) {
        if through > self.durable.log.base().index {
            self.durable.log.compact_through(through);
            effects.write.compact_through = Some(through);
        }
    }

    /// Whether a snapshot of this many bytes up to `through` replaces the beginning of the log.
    pub(super) fn compact_decision(&self, through: LogIndex, bytes: u64) -> CompactDecision {
        if bytes > SNAPSHOT_BYTES_MAX {
            // A follower that lacks what is dropped could never be brought up to date.
            return CompactDecision::TooLarge {
                bytes,
                bytes_max: SNAPSHOT_BYTES_MAX,
            };
        }
        if through > self.commit_index {
            return CompactDecision::NotCommitted {
                commit_index: self.commit_index,
            };
        }
        let before = self
            .durable
            .snapshot
            .as_ref()
            .map_or(Position::default(), |snapshot| snapshot.last);
        match self.durable.log.term_at(through) {
            Some(term) if through > before.index => CompactDecision::Compacted {
                last: Position {
                    term,
                    index: through,
                },
            },
            _ => CompactDecision::Older { last: before },
        }
    }

    // The commit index.

    /// Advances the commit index, and names what became committed, which is returned too.
    pub(super) fn commit_to(&mut self, to: LogIndex, effects: &mut Effects) -> Range<LogIndex> {
        if to <= self.commit_index {
            if self.breaks(Flaw::CommitGoesBack) {
                if to < self.commit_index {
                    effects.note_broken(Flaw::CommitGoesBack, Rightly::Otherwise {}); // flaw
                }
                self.commit_index = to; // flaw
            }
            return Range::default();
        }
        // Where a rule is broken on purpose, the log may lack some of them.
        let log = &self.durable.log;
        let first = self.commit_index.next().max(log.first_index());
        let end = LogIndex(first.0 + (to.0 - self.commit_index.0)).min(log.last_index().next());
        if first < end {
            join(&mut effects.committed, first..end);
        }
        self.commit_index = to;
        if !self.undecided.is_empty() {
            self.decide_proposals(false, effects);
        }
        self.incoming.take_if(|it| it.covers_no_more_than(to));
        first..end
    }

    /// Puts a snapshot that has come from another replica in force: all it covers is committed.
    pub(super) fn restore(&mut self, snapshot: Snapshot, effects: &mut Effects) {
        let last = snapshot.last.index;
        self.write_snapshot(snapshot.clone(), last, effects);
        self.commit_index = last;
        self.decide_proposals(true, effects);
        effects.restore = Some(snapshot);
    }

    /// Tells what became of commands that this replica appended in an earlier leadership, now
    /// that their places are committed. `by_snapshot`: the commit index came with a snapshot.
    fn decide_proposals(&mut self, by_snapshot: bool, effects: &mut Effects) {
        while let Some(&(index, term)) = self.undecided.first()
            && index <= self.commit_index
        {
            self.undecided.pop_first();
            let position = Position { term, index };
            match self.durable.log.term_at(index) {
                Some(there) if there != term => {
                    let by = Position { term: there, index };
                    let news = ProposalNews::Lost { position, by };
                    effects.proposal_news.push(news);
                }
                // Committed after all: `Effects::committed` says so.
                Some(_) if !by_snapshot => {}
                _ => effects.proposal_news.push(ProposalNews::Unknown(position)),
            }
        }
    }

    /// Whether an entry of the current term is committed. A leader knows only then what else is
    /// (§8).
    pub(super) fn has_own_commit(&self) -> bool {
        self.durable.log.term_at(self.commit_index) == Some(self.durable.term)
    }

    // The configurations.

    /// The configuration in force: the latest in the log, committed or not (§6).
    pub(super) fn membership(&self) -> &Arc<Membership> {
        &self.current_membership().1
    }

    /// The same, with the index of the entry that holds it.
    pub(super) fn current_membership(&self) -> &(LogIndex, Arc<Membership>) {
        self.memberships.last().expect("there is always one")
    }

    /// All configurations in the log, oldest first, after the one in force before them.
    pub(super) fn memberships(
        &self,
    ) -> impl DoubleEndedIterator<Item = &(LogIndex, Arc<Membership>)> {
        self.memberships.iter()
    }

    /// The configuration that was in force at `index`, which is not before the log.
    pub(super) fn membership_at(&self, index: LogIndex) -> &(LogIndex, Arc<Membership>) {
        let mut latest_first = self.memberships.iter().rev();
        latest_first
            .find(|(since, _)| *since <= index)
            .expect("the first is in force before the log")
    }

    /// The latest configuration that is known to be committed.
    pub(super) fn committed_membership(&self) -> &(LogIndex, Arc<Membership>) {
        let mut latest_first = self.memberships.iter().rev();
        latest_first
            .find(|(since, _)| *since <= self.commit_index)
            .unwrap_or_else(|| self.current_membership())
    }

    /// Whether these replicas agree in a quorum of the configuration in force.
    pub(super) fn is_quorum(&self, agrees: impl FnMut(ReplicaId) -> bool) -> bool {
        self.membership()
            .is_quorum_by(self.config.settings.flaw, agrees)
    }

    /// Whether one replica alone might be a quorum, by whatever rule: not among three voters.
    pub(super) fn may_be_a_quorum_of_one(&self) -> bool {
        self.membership().voters.len() < 3
    }

    /// The highest value that a quorum of the configuration in force has reached.
    pub(super) fn agreed<T: Copy + Ord + Default>(&self, reached: impl FnMut(ReplicaId) -> T) -> T {
        self.membership()
            .agreed_by(self.config.settings.flaw, reached)
    }

    /// Whether it has a vote in the configuration in force, or in the one that holds
    /// until that is committed. A replica that is to lose its vote may be the only one
    /// with a log complete enough to commit just that (thesis §4.2.2).
    pub(super) fn may_stand(&self) -> bool {
        for (index, membership) in self.memberships.iter().rev() {
            if membership.votes(self.config.id) {
                return true;
            }
            if *index <= self.commit_index {
                break;
            }
        }
        false
    }

    /// Reads the configurations from the log again, after the first.
    fn find_memberships(&mut self) {
        let base = self.memberships[0].0;
        self.memberships.truncate(1);
        for entry in self.durable.log.entries_from(base.next()) {
            if let Payload::Membership(membership) = &entry.payload {
                self.memberships.push((entry.index, Arc::clone(membership)));
            }
        }
    }
}

/// A step names more indices: they go on where those before end.
fn join(named: &mut Range<LogIndex>, more: Range<LogIndex>) {
    if named.is_empty() {
        *named = more;
        return;
    }
    assert_eq!(named.end, more.start, "what a step names has no gap");
    named.end = more.end;
}
