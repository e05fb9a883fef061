//! Rules that can be broken on purpose, one at a time.
//!
//! A judge that has never convicted anyone proves nothing, and the best lesson about a rule
//! is to take it away and watch. So each flaw here is one line where its rule stands, off
//! unless a scenario asks for it, and a scenario that does is called flawed wherever it
//! is shown.
//!
//! # How soon they are found, and how short they can be shown
//!
//! In how many worlds, from seed 1 on, the adversary finds each, and by which property
//! (`tests/flaws/seeds.txt`; a thousand worlds are the budget); then what the
//! [demonstration](crate::sim::scenario::demonstrations) breaks, with how many replicas, actions and events (`tests/flaws/sizes.txt`). Where
//! something never comes, the watchdog says so. Each demonstration holds for every seed. A flaw that takes several steps in the
//! right order is found soon because the adversary has a plot for it (`src/adversary/plots.rs`).
//!
//! | flaw | worlds | demonstration | replicas | actions | events |
//! |---|---|---|---|---|---|
//! | `commits-older-term` | 74: `leader-completeness` | `leader-completeness` | 3 | 8 | 454 |
//! | `vote-not-persisted` | 1: `write-before-send` | `write-before-send` | 3 | 1 | 36 |
//! | `vote-forgotten` | 1: `one-vote-a-term` | `one-vote-a-term` | 3 | 2 | 55 |
//! | `votes-twice` | 1: `write-before-send` | `write-before-send` | 3 | 2 | 44 |
//! | `ignores-older-log` | 1: `leader-completeness` | `leader-completeness` | 3 | 6 | 321 |
//! | `stale-append-truncates` | 5: `committed-on-quorum` | `index-order` | 3 | 6 | 251 |
//! | `no-match-check` | 1: `log-matching` | `log-matching` | 3 | 6 | 516 |
//! | `keeps-conflicts` | 1: `log-matching` | `log-matching` | 3 | 5 | 376 |
//! | `match-from-hint` | 26: `match-index` | `match-index` | 3 | 6 | 508 |
//! | `match-goes-back` | 5: `never-back` | `never-back` | 3 | 5 | 217 |
//! | `commit-goes-back` | 1: `never-back` | `never-back` | 3 | 5 | 210 |
//! | `union-quorum` | 23: `leader-completeness` | `committed-on-quorum` | 5 | 4 | 474 |
//! | `half-is-majority` | 1: `committed-on-quorum` | `election-safety` | 4 | 3 | 106 |
//! | `counts-learners` | 7: `leader-emerges` | `committed-on-quorum` | 3 | 4 | 280 |
//! | `changes-too-early` | 159: `leader-completeness` | `leader-completeness` | 4 | 7 | 431 |
//! | `change-not-rolled-back` | 45: `membership-of-log` | `membership-of-log` | 3 | 5 | 322 |
//! | `reads-too-early` | 202: `no-stale-read` | `no-stale-read` | 3 | 8 | 170 |
//! | `reads-without-round` | 8: `no-stale-read` | `no-stale-read` | 3 | 8 | 415 |
//! | `lease-ignores-drift` | 78: `no-stale-read` | `no-stale-read` | 3 | 12 | 375 |
//! | `lease-after-transfer` | 249: `no-stale-read` | `no-stale-read` | 3 | 8 | 920 |
//! | `snapshot-without-sessions` | 5: `equal-state` | `equal-state` | 3 | 6 | 209 |
//! | `applies-retries` | 8: `exactly-once` | `exactly-once` | 3 | 7 | 358 |
//! | `sends-before-write` | 1: `write-before-send` | `write-before-send` | 3 | 1 | 31 |
//! | `snapshot-drops-tail` | 5: `leader-append-only` | `leader-append-only` | 3 | 5 | 237 |
//! | `pre-vote-resets-timer` | 2: `leader-emerges` | `leader-emerges` | 3 | 1 | 1,218 |
//! | `transfers-too-early` | 8: `prepared-successor` | `prepared-successor` | 3 | 5 | 269 |
//! | `no-entry-at-start` | 2: `logs-equal` | `requests-answered` | 3 | 5 | 1,697 |

use serde::{Deserialize, Serialize};

/// A rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Flaw {
    /// A leader counts replicas for an entry of an older term.
    CommitsOlderTerm,
    /// A vote is given, but not written to the disk.
    VoteNotPersisted,
    /// A replica that steps down forgets whom it voted for.
    VoteForgotten,
    /// A replica votes for whoever asks.
    VotesTwice,
    /// A replica votes for candidates whose logs are behind its own.
    IgnoresOlderLog,
    /// A message takes away what follows its entries, though it matches.
    StaleAppendTruncates,
    /// A follower takes entries without a look at the one before them.
    NoMatchCheck,
    /// A follower keeps an entry where the leader's is another one.
    KeepsConflicts,
    /// A leader takes the hint of a rejection for a match.
    MatchFromHint,
    /// A leader believes a late answer that matches less than is known.
    MatchGoesBack,
    /// A follower's commit index follows whatever a leader says.
    CommitGoesBack,
    /// In a joint configuration a majority of all decides.
    UnionQuorum,
    /// Half of an even number passes for a majority.
    HalfIsMajority,
    /// Learners are counted like voters.
    CountsLearners,
    /// A change of the membership before an entry of the own term is committed.
    ChangesTooEarly,
    /// A configuration stays in force though its entry was taken away.
    ChangeNotRolledBack,
    /// A read index is given before an entry of the own term is committed.
    ReadsTooEarly,
    /// A leader serves reads without asking whether it still leads.
    ReadsWithoutRound,
    /// A lease that forgets that clocks differ.
    LeaseIgnoresDrift,
    /// A leader goes on trusting its lease after it has handed over.
    LeaseAfterTransfer,
    /// A snapshot without the table of sessions.
    SnapshotWithoutSessions,
    /// A command that was tried again is applied again.
    AppliesRetries,
    /// Messages leave before the write that they speak of.
    SendsBeforeWrite,
    /// A snapshot takes the rest of the log with it.
    SnapshotDropsTail,
    /// A pre-vote asked for sets the timer back.
    PreVoteResetsTimer,
    /// A successor is told to stand before its log is complete.
    TransfersTooEarly,
    /// A leader begins its term without an entry of its own.
    NoEntryAtStart,
}

/// What there is to say of a flaw.
struct Known {
    flaw: Flaw,
    name: &'static str,
    story: &'static str,
    source: &'static str,
    caught_by: &'static [&'static str],
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

    /// The names of the properties that it breaks: one of them convicts it.
    pub fn caught_by(self) -> &'static [&'static str] {
        self.known().caught_by
    }

    fn known(self) -> &'static Known {
        let known = KNOWN.iter().find(|known| known.flaw == self);
        known.expect("all are known")
    }
}

/// In the order of the rules in the paper.
const KNOWN: &[Known] = &[
    Known {
        flaw: Flaw::CommitsOlderTerm,
        name: "commits-older-term",
        story: "A leader counts replicas for an entry of an older term and calls it committed. A later leader that lacks it may still be elected, and overwrites it.",
        source: "Raft §5.4.2, Figure 8",
        caught_by: &[
            "leader-completeness",
            "committed-stays",
            "state-machine-safety",
            "committed-on-quorum",
        ],
    },
    Known {
        flaw: Flaw::VoteNotPersisted,
        name: "vote-not-persisted",
        story: "A replica votes without writing its vote to the disk. After a crash it votes again in the same term, and the term gets two leaders.",
        source: "Raft §5.2, Figure 2",
        caught_by: &["write-before-send", "election-safety", "one-vote-a-term"],
    },
    Known {
        flaw: Flaw::VoteForgotten,
        name: "vote-forgotten",
        story: "A replica that steps down without a new term forgets whom it voted for, and votes again.",
        source: "Raft §5.2",
        caught_by: &["one-vote-a-term", "election-safety", "write-before-send"],
    },
    Known {
        flaw: Flaw::VotesTwice,
        name: "votes-twice",
        story: "A replica gives its vote to everyone who asks, though it has one in a term. Two candidates may count it.",
        source: "Raft §5.2",
        caught_by: &["one-vote-a-term", "election-safety", "write-before-send"],
    },
    Known {
        flaw: Flaw::IgnoresOlderLog,
        name: "ignores-older-log",
        story: "A replica votes for a candidate whose log is behind its own. That one may be elected without what is committed.",
        source: "Raft §5.4.1",
        caught_by: &["leader-completeness"],
    },
    Known {
        flaw: Flaw::StaleAppendTruncates,
        name: "stale-append-truncates",
        story: "A follower drops all that follows the entries of a message, though they match. A message that comes late then takes away what was acknowledged since.",
        source: "Raft §5.3, Figure 2",
        caught_by: &[
            "committed-on-quorum",
            "leader-completeness",
            "match-index",
            "never-back",
            "index-order",
            "no-panic",
        ],
    },
    Known {
        flaw: Flaw::NoMatchCheck,
        name: "no-match-check",
        story: "A follower takes entries without comparing the term of the entry before them, so its log goes on differently from the leader's.",
        source: "Raft §5.3",
        caught_by: &[
            "no-panic",
            "log-matching",
            "match-index",
            "committed-on-quorum",
            "leader-completeness",
            "messages-well-formed",
        ],
    },
    Known {
        flaw: Flaw::KeepsConflicts,
        name: "keeps-conflicts",
        story: "A follower keeps an entry of its own where the leader has another one, and says that they match.",
        source: "Raft §5.3, Figure 2",
        caught_by: &[
            "log-matching",
            "match-index",
            "committed-on-quorum",
            "state-machine-safety",
        ],
    },
    Known {
        flaw: Flaw::MatchFromHint,
        name: "match-from-hint",
        story: "A leader takes the hint of a rejection for a match, and counts entries that the follower does not have.",
        source: "Raft §5.3",
        caught_by: &["match-index", "committed-on-quorum"],
    },
    Known {
        flaw: Flaw::MatchGoesBack,
        name: "match-goes-back",
        story: "A leader believes a late answer that tells of less than it knows already.",
        source: "Raft §5.3, Figure 2",
        caught_by: &["never-back", "match-index"],
    },
    Known {
        flaw: Flaw::CommitGoesBack,
        name: "commit-goes-back",
        story: "A follower's commit index follows what a message says even if that is less, and entries are applied once more.",
        source: "Raft §5.3, Figure 2",
        caught_by: &["never-back"],
    },
    Known {
        flaw: Flaw::UnionQuorum,
        name: "union-quorum",
        story: "While the membership changes, a majority of all old and new voters together decides. It may lack a majority of the old ones, who decide otherwise.",
        source: "Raft §6",
        caught_by: &[
            "committed-on-quorum",
            "election-safety",
            "leader-completeness",
        ],
    },
    Known {
        flaw: Flaw::HalfIsMajority,
        name: "half-is-majority",
        story: "Half of an even number of voters passes for a majority. So both halves elect a leader.",
        source: "Raft §5.2",
        caught_by: &[
            "committed-on-quorum",
            "election-safety",
            "leader-completeness",
        ],
    },
    Known {
        flaw: Flaw::CountsLearners,
        name: "counts-learners",
        story: "Learners are counted as if they had a vote.",
        source: "thesis §4.2.1",
        caught_by: &[
            "leader-emerges",
            "committed-on-quorum",
            "election-safety",
            "leader-completeness",
        ],
    },
    Known {
        flaw: Flaw::ChangesTooEarly,
        name: "changes-too-early",
        story: "A leader changes the membership before it has committed an entry of its term. Two leaders may then change it from the same starting point, to configurations that do not overlap.",
        source: "Ongaro on raft-dev, 2015: bug in single-server membership changes",
        caught_by: &[
            "election-safety",
            "committed-on-quorum",
            "leader-completeness",
            "committed-stays",
            "state-machine-safety",
        ],
    },
    Known {
        flaw: Flaw::ChangeNotRolledBack,
        name: "change-not-rolled-back",
        story: "A replica goes on with a configuration whose entry was taken away from its log.",
        source: "Raft §6",
        caught_by: &["membership-of-log"],
    },
    Known {
        flaw: Flaw::ReadsTooEarly,
        name: "reads-too-early",
        story: "A new leader serves a read by its commit index before it has committed an entry of its own term. It may not know yet of the latest writes.",
        source: "Raft §8; thesis §6.4",
        caught_by: &["no-stale-read", "answers-fit-the-log"],
    },
    Known {
        flaw: Flaw::ReadsWithoutRound,
        name: "reads-without-round",
        story: "A leader serves a read without asking whether it still leads. It may have been deposed long ago.",
        source: "Raft §8; thesis §6.4",
        caught_by: &["no-stale-read", "answers-fit-the-log"],
    },
    Known {
        flaw: Flaw::LeaseIgnoresDrift,
        name: "lease-ignores-drift",
        story: "A leader trusts its lease for a whole election timeout of its own clock, though others' clocks may be faster by as much as was agreed.",
        source: "thesis §6.4.1",
        caught_by: &["no-stale-read", "answers-fit-the-log"],
    },
    Known {
        flaw: Flaw::LeaseAfterTransfer,
        name: "lease-after-transfer",
        story: "A leader goes on serving reads by its lease after it has told a successor to stand, who is elected in spite of it.",
        source: "thesis §6.4.1, §3.10",
        caught_by: &["no-stale-read", "answers-fit-the-log"],
    },
    Known {
        flaw: Flaw::SnapshotWithoutSessions,
        name: "snapshot-without-sessions",
        story: "A snapshot leaves out the table of sessions. Whoever starts from it applies again what was applied before.",
        source: "thesis §6.3",
        caught_by: &["equal-state", "exactly-once"],
    },
    Known {
        flaw: Flaw::AppliesRetries,
        name: "applies-retries",
        story: "A command that a client has sent again is applied again.",
        source: "Raft §8; thesis §6.3",
        caught_by: &["exactly-once"],
    },
    Known {
        flaw: Flaw::SendsBeforeWrite,
        name: "sends-before-write",
        story: "A replica sends its messages at once, and lets its disk take its time.",
        source: "Raft Figure 2: updated on stable storage before responding to RPCs",
        caught_by: &["write-before-send"],
    },
    Known {
        flaw: Flaw::SnapshotDropsTail,
        name: "snapshot-drops-tail",
        story: "A snapshot takes the place of the whole log, also of the entries that follow it.",
        source: "Raft §7",
        caught_by: &[
            "committed-on-quorum",
            "leader-append-only",
            "leader-completeness",
            "match-index",
            "index-order",
            "no-panic",
        ],
    },
    Known {
        flaw: Flaw::PreVoteResetsTimer,
        name: "pre-vote-resets-timer",
        story: "A replica that is asked for a pre-vote sets its election timer back. Those that cannot win keep those that could from standing.",
        source: "thesis §9.6",
        caught_by: &["leader-emerges"],
    },
    Known {
        flaw: Flaw::TransfersTooEarly,
        name: "transfers-too-early",
        story: "A leader tells its successor to stand before that one has the whole log. It can't win, and the cluster is without a leader for nothing.",
        source: "thesis §3.10",
        caught_by: &["prepared-successor"],
    },
    Known {
        flaw: Flaw::NoEntryAtStart,
        name: "no-entry-at-start",
        story: "A leader begins its term without an entry of its own. Until a command comes it does not know what is committed, and reads wait for ever.",
        source: "Raft §8; thesis §6.4",
        caught_by: &["requests-answered", "leader-emerges", "logs-equal"],
    },
];

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
        let last = Flaw::NoEntryAtStart as usize;
        assert_eq!(Flaw::all().len(), last + 1, "one is missing");
    }
}
