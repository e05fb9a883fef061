//! Rules that can be broken on purpose, one at a time.
//!
//! A checker that has never found anything proves nothing, and the best lesson about a rule is
//! to take it away and watch. So each flaw is one line at its rule, off unless a scenario asks
//! for it. A scenario that does is called flawed wherever it is shown.
//!
//! # How soon they are found, and how short they can be shown
//!
//! The first world, from seed 1 on, in which the adversary finds each flaw, and the property that
//! breaks there; at most a thousand worlds are tried. Then what its
//! [demonstration](crate::sim::scenario::demonstrations) breaks, which holds for every seed: with
//! how many replicas and actions, and in which event and millisecond. Where something never
//! comes, the watchdog says so. A flaw that takes several steps in the right order is found soon
//! because the adversary has a script for it (`src/adversary/nemesis/scripted.rs`).
//!
#![doc = include_str!("../tests/flaws/pins.md")]

use serde::{Deserialize, Serialize};

/// What there is to say of a flaw.
struct Known {
    flaw: Flaw,
    name: &'static str,
    story: &'static str,
    source: &'static str,
    caught_by: &'static [&'static str],
}

/// Makes [`Flaw`] and what is [`Known`] of each.
macro_rules! flaws {
    ($(
        $flaw:ident = $name:literal {
            rule: $rule:literal,
            story: $story:literal,
            source: $source:literal,
            caught_by: [$($property:literal),* $(,)?],
        }
    )*) => {
        /// A rule that is broken.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "kebab-case")]
        #[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
        pub enum Flaw {
            $(
                #[doc = $rule]
                $flaw,
            )*
        }

        const KNOWN: &[Known] = &[$(
            Known {
                flaw: Flaw::$flaw,
                name: $name,
                story: $story,
                source: $source,
                caught_by: &[$($property),*],
            },
        )*];
    };
}

// In the order of the rules in the paper. Files have their names: those must not change.
flaws! {
    CommitsOlderTerm = "commits-older-term" {
        rule: "A leader counts replicas for an entry of an older term.",
        story: "A leader counts replicas for an entry of an older term and calls it committed. A later leader that lacks it may still be elected, and overwrites it.",
        source: "Raft §5.4.2, Figure 8",
        caught_by: [
            "leader-completeness",
            "committed-stays",
            "state-machine-safety",
            "committed-on-quorum",
        ],
    }
    VoteNotPersisted = "vote-not-persisted" {
        rule: "A vote is given, but not written to the disk.",
        story: "A replica votes without writing its vote to the disk. After a crash it votes again in the same term, and the term gets two leaders.",
        source: "Raft §5.2, Figure 2",
        caught_by: ["write-before-send", "election-safety", "one-vote-a-term"],
    }
    VoteForgotten = "vote-forgotten" {
        rule: "A replica that steps down forgets whom it voted for.",
        story: "A replica that steps down without a new term forgets whom it voted for, and votes again.",
        source: "Raft §5.2",
        caught_by: ["one-vote-a-term", "election-safety", "write-before-send"],
    }
    VotesTwice = "votes-twice" {
        rule: "A replica votes for whoever asks.",
        story: "A replica gives its vote to everyone who asks, though it has one in a term. Two candidates may count it.",
        source: "Raft §5.2",
        caught_by: ["one-vote-a-term", "election-safety", "write-before-send"],
    }
    IgnoresOlderLog = "ignores-older-log" {
        rule: "A replica votes for candidates whose logs are behind its own.",
        story: "A replica votes for a candidate whose log is behind its own. That one may be elected without what is committed.",
        source: "Raft §5.4.1",
        caught_by: ["leader-completeness"],
    }
    StaleAppendTruncates = "stale-append-truncates" {
        rule: "A message takes away what follows its entries, though it matches.",
        story: "A follower drops all that follows the entries of a message, though they match. A message that comes late then takes away what was acknowledged since.",
        source: "Raft §5.3, Figure 2",
        caught_by: [
            "committed-on-quorum",
            "leader-completeness",
            "match-index",
            "never-back",
            "index-order",
            "no-panic",
        ],
    }
    NoMatchCheck = "no-match-check" {
        rule: "A follower takes entries without a look at the one before them.",
        story: "A follower takes entries without comparing the term of the entry before them, so its log goes on differently from the leader's.",
        source: "Raft §5.3",
        caught_by: [
            "no-panic",
            "log-matching",
            "match-index",
            "committed-on-quorum",
            "leader-completeness",
            "messages-well-formed",
        ],
    }
    KeepsConflicts = "keeps-conflicts" {
        rule: "A follower keeps an entry where the leader's is another one.",
        story: "A follower keeps an entry of its own where the leader has another one, and says that they match.",
        source: "Raft §5.3, Figure 2",
        caught_by: ["log-matching", "match-index", "committed-on-quorum", "state-machine-safety"],
    }
    MatchFromHint = "match-from-hint" {
        rule: "A leader takes the hint of a rejection for a match.",
        story: "A leader takes the hint of a rejection for a match, and counts entries that the follower does not have.",
        source: "Raft §5.3",
        caught_by: ["match-index", "committed-on-quorum"],
    }
    MatchGoesBack = "match-goes-back" {
        rule: "A leader believes a late answer that matches less than is known.",
        story: "A leader believes a late answer that tells of less than it knows already.",
        source: "Raft §5.3, Figure 2",
        caught_by: ["never-back", "match-index"],
    }
    CommitGoesBack = "commit-goes-back" {
        rule: "A follower's commit index follows whatever a leader says.",
        story: "A follower's commit index follows what a message says even if that is less, and entries are applied once more.",
        source: "Raft §5.3, Figure 2",
        caught_by: ["never-back"],
    }
    UnionQuorum = "union-quorum" {
        rule: "In a joint configuration a majority of all decides.",
        story: "While the membership changes, a majority of all old and new voters together decides. It may lack a majority of the old ones, who decide otherwise.",
        source: "Raft §6",
        caught_by: ["committed-on-quorum", "election-safety", "leader-completeness"],
    }
    HalfIsMajority = "half-is-majority" {
        rule: "Half of an even number passes for a majority.",
        story: "Half of an even number of voters passes for a majority. So both halves elect a leader.",
        source: "Raft §5.2",
        caught_by: ["committed-on-quorum", "election-safety", "leader-completeness"],
    }
    CountsLearners = "counts-learners" {
        rule: "Learners are counted like voters.",
        story: "Learners are counted as if they had a vote.",
        source: "thesis §4.2.1",
        caught_by: [
            "leader-emerges",
            "committed-on-quorum",
            "election-safety",
            "leader-completeness",
        ],
    }
    ChangesTooEarly = "changes-too-early" {
        rule: "A change of the membership before an entry of the own term is committed.",
        story: "A leader changes the membership before it has committed an entry of its term. Two leaders may then change it from the same starting point, to configurations that do not overlap.",
        source: "Ongaro on raft-dev, 2015: bug in single-server membership changes",
        caught_by: [
            "election-safety",
            "committed-on-quorum",
            "leader-completeness",
            "committed-stays",
            "state-machine-safety",
        ],
    }
    ChangeNotRolledBack = "change-not-rolled-back" {
        rule: "A configuration stays in force though its entry was taken away.",
        story: "A replica goes on with a configuration whose entry was taken away from its log.",
        source: "Raft §6",
        caught_by: ["membership-of-log"],
    }
    ReadsTooEarly = "reads-too-early" {
        rule: "A read index is given before an entry of the own term is committed.",
        story: "A new leader serves a read by its commit index before it has committed an entry of its own term. It may not know yet of the latest writes.",
        source: "Raft §8; thesis §6.4",
        caught_by: ["no-stale-read", "answers-fit-the-log"],
    }
    ReadsWithoutRound = "reads-without-round" {
        rule: "A leader serves reads without asking whether it still leads.",
        story: "A leader serves a read without asking whether it still leads. It may have been deposed long ago.",
        source: "Raft §8; thesis §6.4",
        caught_by: ["no-stale-read", "answers-fit-the-log"],
    }
    LeaseIgnoresDrift = "lease-ignores-drift" {
        rule: "A lease that forgets that clocks differ.",
        story: "A leader trusts its lease for a whole election timeout of its own clock, though others' clocks may be faster by as much as was agreed.",
        source: "thesis §6.4.1",
        caught_by: ["no-stale-read", "answers-fit-the-log"],
    }
    LeaseAfterTransfer = "lease-after-transfer" {
        rule: "A leader goes on trusting its lease after it has handed over.",
        story: "A leader goes on serving reads by its lease after it has told a successor to stand, who is elected in spite of it.",
        source: "thesis §6.4.1, §3.10",
        caught_by: ["no-stale-read", "answers-fit-the-log"],
    }
    SnapshotWithoutSessions = "snapshot-without-sessions" {
        rule: "A snapshot without the table of sessions.",
        story: "A snapshot leaves out the table of sessions. Whoever starts from it applies again what was applied before.",
        source: "thesis §6.3",
        caught_by: ["equal-state", "exactly-once"],
    }
    AppliesRetries = "applies-retries" {
        rule: "A command that was tried again is applied again.",
        story: "A command that a client has sent again is applied again.",
        source: "Raft §8; thesis §6.3",
        caught_by: ["exactly-once"],
    }
    SendsBeforeWrite = "sends-before-write" {
        rule: "Messages leave before the write that they speak of.",
        story: "A replica sends its messages at once, and lets its disk take its time.",
        source: "Raft Figure 2: updated on stable storage before responding to RPCs",
        caught_by: ["write-before-send"],
    }
    SnapshotDropsTail = "snapshot-drops-tail" {
        rule: "A snapshot takes the rest of the log with it.",
        story: "A snapshot takes the place of the whole log, also of the entries that follow it.",
        source: "Raft §7",
        caught_by: [
            "committed-on-quorum",
            "leader-append-only",
            "leader-completeness",
            "match-index",
            "index-order",
            "no-panic",
        ],
    }
    PreVoteResetsTimer = "pre-vote-resets-timer" {
        rule: "A pre-vote asked for sets the timer back.",
        story: "A replica that is asked for a pre-vote sets its election timer back. Those that cannot win keep those that could from standing.",
        source: "thesis §9.6",
        caught_by: ["leader-emerges"],
    }
    TransfersTooEarly = "transfers-too-early" {
        rule: "A successor is told to stand before its log is complete.",
        story: "A leader tells its successor to stand before that one has the whole log. It can't win, and the cluster is without a leader for nothing.",
        source: "thesis §3.10",
        caught_by: ["prepared-successor"],
    }
    NoEntryAtStart = "no-entry-at-start" {
        rule: "A leader begins its term without an entry of its own.",
        story: "A leader begins its term without an entry of its own. Until a command comes it does not know what is committed, and reads wait for ever.",
        source: "Raft §8; thesis §6.4",
        caught_by: ["requests-answered", "leader-emerges", "logs-equal"],
    }
}

impl Flaw {
    /// All of them.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        KNOWN.iter().map(|known| known.flaw)
    }

    /// The flaw of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        let known = KNOWN.iter().find(|known| known.name == name)?;
        Some(known.flaw)
    }

    /// Its name, as in a scenario's file.
    pub fn name(self) -> &'static str {
        self.known().name
    }

    /// What is broken, and what comes of it.
    pub fn story(self) -> &'static str {
        self.known().story
    }

    /// The section that gives the rule, or the story of who broke it.
    pub fn source(self) -> &'static str {
        self.known().source
    }

    /// The names of the properties that it breaks, one of which catches it.
    pub fn caught_by(self) -> &'static [&'static str] {
        self.known().caught_by
    }

    fn known(self) -> &'static Known {
        let known = KNOWN.iter().find(|known| known.flaw == self);
        known.expect("all are known")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flaw_is_known_by_the_name_that_files_use() {
        for flaw in Flaw::all() {
            assert_eq!(serde_json::to_value(flaw).unwrap(), flaw.name());
            assert_eq!(Flaw::by_name(flaw.name()), Some(flaw));
            assert!(flaw.story().ends_with('.'), "{}", flaw.name());
            assert!(!flaw.caught_by().is_empty(), "{}", flaw.name());
        }
        assert_eq!(Flaw::by_name("none"), None);
    }
}
