//! Coverage goals: each must be reached somewhere in a campaign. Worlds in which no leader ever
//! crashes would prove little about crashes of leaders.

use std::collections::BTreeMap;

use crate::sim::action::Action;
use crate::sim::property::Property;

/// Makes the [`Goal`]s: each with its name in files and what it says.
macro_rules! goals {
    ($($goal:ident = $name:literal: $statement:literal,)*) => {
        /// Something that is worth testing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Goal {
            $(
                #[doc = $statement]
                $goal,
            )*
        }

        /// Every [`Goal`] by its name and in words, in their order.
        pub const GOALS: &[Property] = &[
            $(Property::sometimes($name, $statement, "the adversary"),)*
        ];

        impl Goal {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$goal,)*];
        }
    };
}

goals! {
    LeaderElected = "leader-elected": "a leader was elected",
    LeaderSteppedDown = "leader-stepped-down": "a leader stepped down",
    ElectionRepeated = "election-repeated": "an election was repeated",
    PreVoteHeld = "pre-vote-held": "somebody asked before standing",
    QuorumLost = "quorum-lost": "a leader lost its quorum",
    TwoLeaders = "two-leaders": "two leaders believed in themselves",
    LogTruncated = "log-truncated": "a log was truncated",
    LogBehind = "log-behind": "a log was more than a batch behind",
    CommittedBeforeWritten = "committed-before-written":
        "something was committed before its leader's disk had it",
    JointCommitted = "joint-committed": "a joint configuration was committed",
    SimpleCommitted = "simple-committed": "a simple configuration was committed",
    LeaderLeft = "leader-left": "a leader left the cluster",
    TransferBegun = "transfer-begun": "a handover was begun",
    TransferAborted = "transfer-aborted": "a handover was given up",
    SnapshotTaken = "snapshot-taken": "a snapshot was taken",
    SnapshotInstalled = "snapshot-installed": "a snapshot was installed",
    SnapshotInPieces = "snapshot-in-pieces": "a snapshot came in pieces",
    SnapshotInterrupted = "snapshot-interrupted":
        "a replica crashed while it was receiving a snapshot",
    LogKept = "log-kept": "a leader kept its log for a follower that was catching up",
    OperationAnswered = "operation-answered": "an operation was answered",
    OperationRetried = "operation-retried": "an operation was retried",
    CommandTwice = "command-twice": "a command stood in the log twice",
    ReadOutsideLog = "read-outside-log": "a read was served outside the log",
    LeaseHeld = "lease-held": "a lease was held",
    HistoryJudged = "history-judged": "the complete checker of linearizability reached a verdict",
    RequestWaited = "request-waited": "a request waited for a leader",
    SessionExpired = "session-expired": "a session expired",
    ClientGaveUp = "client-gave-up": "a client gave up",
    ClientLeft = "client-left": "a client went away",
    ClientMisled = "client-misled": "a client went to the wrong replica",
    Swap = "swap": "a compare-and-set swapped",
    NoSwap = "no-swap": "a compare-and-set found something else",
    LostByChance = "lost-by-chance": "a message was lost by chance",
    LostOnCut = "lost-on-cut": "a message was lost on a cut link",
    LostAtDead = "lost-at-dead": "a message was lost at a dead replica",
    LostByHand = "lost-by-hand": "a message was lost by hand",
    MessageDoubled = "message-doubled": "a message was doubled by hand",
    MessageHeld = "message-held": "a message was held",
    MessageFromLongAgo = "message-from-long-ago": "a message of a term long gone arrived",
    MessageWaited = "message-waited": "a message waited at a door",
    LeaderCrashed = "leader-crashed": "a leader crashed",
    LeaderPaused = "leader-paused": "a leader was paused",
    WriteLost = "write-lost": "a crash lost a write",
    WriteTorn = "write-torn": "a crash tore a write",
    WriteKept = "write-kept": "a crash came between a write and its acknowledgement",
    ClockJumped = "clock-jumped": "a clock jumped ahead",
    ClockStalled = "clock-stalled": "a clock stood still",
    DiskRotted = "disk-rotted": "a disk was found to be corrupt",
    IdUsedAgain = "id-used-again": "a removed replica came back with an empty disk",
    LinkClogged = "link-clogged": "a link was clogged",
    CrashedBeforeWriteDone = "crashed-before-write-done":
        "a replica crashed just before a write was done",
    CrashedAfterWriteDone = "crashed-after-write-done":
        "a replica crashed just after a write was done",
    AllCrashed = "all-crashed": "all replicas were dead at once",
    Partitioned = "partitioned": "the cluster was partitioned",
    Bridged = "bridged": "one replica alone bridged two groups",
    CutOneWay = "cut-one-way": "a link was cut one way",
    StruckAfterElection = "struck-after-election": "something went wrong just after an election",
    StruckWhileJoint = "struck-while-joint": "something went wrong while a configuration was joint",
    ActionRefused = "action-refused": "an action was refused",
    LoneReplica = "lone-replica": "a single replica lived alone",
    RestOfAll = "rest-of-all": "everybody was healed, and came to rest",
    RestOfAQuorum = "rest-of-a-quorum": "no more than a quorum and some lived on, and came to rest",
    RestWithIsolated = "rest-with-isolated": "some stayed cut off, and the others came to rest",
    RestOfAStar = "rest-of-a-star": "only one replica reached the others, and they came to rest",
    FaultsOfManyKinds = "faults-of-many-kinds": "faults of six families and more met in one world",
}

impl Goal {
    /// The goal that is reached whenever this action is done, whatever comes of it.
    pub(super) fn of(action: &Action) -> Option<Self> {
        Some(match action {
            Action::Duplicate { .. } => Self::MessageDoubled,
            Action::Hold { .. } => Self::MessageHeld,
            Action::Partition { .. } => Self::Partitioned,
            Action::JumpClock { .. } => Self::ClockJumped,
            Action::StallClock { .. } => Self::ClockStalled,
            Action::Corrupt { .. } => Self::DiskRotted,
            Action::Format { .. } => Self::IdUsedAgain,
            Action::Leave { .. } => Self::ClientLeft,
            Action::Mislead { .. } => Self::ClientMisled,
            Action::Clog { .. } => Self::LinkClogged,
            Action::Cut { both: false, .. } => Self::CutOneWay,
            _ => return None,
        })
    }

    /// Its name and what it says.
    pub fn property(self) -> &'static Property {
        &GOALS[self as usize]
    }
}

/// How often each [`Goal`] was reached in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<Goal, u64>);

impl Coverage {
    /// It happened.
    pub(super) fn see(&mut self, goal: Goal) {
        *self.0.entry(goal).or_insert(0) += 1;
    }

    pub(super) fn see_if(&mut self, goal: Goal, seen: bool) {
        if seen {
            self.see(goal);
        }
    }

    /// How often it happened.
    pub fn count(&self, goal: Goal) -> u64 {
        self.0.get(&goal).copied().unwrap_or(0)
    }
}
