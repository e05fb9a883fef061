//! The numbers of a scenario's fields. None is ever given twice.

use super::{Form, Reader, Wire, WireFault, Writer, choice, names, record};
use crate::flaw::Flaw;
use crate::sim::scenario::{
    Batch, ClientSettings, Clock, DiskSettings, Latency, Link, LinkQuality, Protocol, ReadMode,
    ReplicationMode, Scenario, SnapshotSettings, StoreSettings, Story, StoryEvent, StoryStep,
    TimedAction, Timers, Timing, Workload,
};

record!(Scenario, "a field of the scenario" {
    1: title,
    2: story,
    3: seed,
    4: flaw,
    5: replicas,
    6: spares,
    7: timing,
    8: clocks,
    9: network,
    10: links,
    11: client_network,
    12: disk,
    13: batch,
    14: protocol,
    15: snapshots,
    16: store,
    17: clients,
    18: workload,
    19: actions,
});

/// What no text begins with: steps follow.
const STEPS: u8 = 0xff;

/// A text as it is, as it was when there was nothing else; or a list of steps.
impl Wire for Story {
    const FORM: Form = Form::Bytes;

    fn write(&self, _: &Self, out: &mut Writer) {
        match self {
            Self::Text(text) => text.write(&String::new(), out),
            Self::Steps(steps) => {
                out.byte(STEPS);
                steps.write(&Vec::new(), out);
            }
        }
    }

    fn read(_: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
        if from.takes(STEPS) {
            Wire::read(&Vec::new(), from).map(Self::Steps)
        } else {
            Wire::read(&String::new(), from).map(Self::Text)
        }
    }
}

record!(StoryStep, "a part of a step of the story" { 1: say, 2: at_us, 3: on, 4: replica });

names!(StoryEvent, "an event of the story" {
    0: ElectionStarted,
    1: LeaderElected,
    2: SteppedDown,
    3: Committed,
    4: LogTruncated,
    5: PreVoteStarted,
    6: QuorumLost,
    7: MembershipAppended,
    8: MembershipCommitted,
    9: Transfer,
    10: SnapshotTaken,
    11: SnapshotInstalled,
    12: WriteInterrupted,
    13: StaleRead,
    14: SessionRenewed,
    15: MessageLost,
    16: Answered,
    17: GaveUp,
    18: Done,
    19: Stuck,
    20: Violated,
});

record!(Timing, "a timing" {
    1: tick_us,
    2: heartbeat_ticks,
    3: retry_ticks,
    4: election_timeout_ticks_min,
    5: election_timeout_ticks_max,
});

record!(Timers, "a timing" {
    1: heartbeat_ticks,
    2: retry_ticks,
    3: election_timeout_ticks_min,
    4: election_timeout_ticks_max,
});

record!(Clock, "a setting of a clock" { 1: replica, 2: rate_ppm, 3: phase_us });

record!(LinkQuality, "a quality of the network" {
    1: latency,
    2: loss,
    3: duplication,
    4: reordering,
});

choice!(Latency, "a kind of latency" {
    0: Fixed { 1: us },
    1: Uniform { 1: min_us, 2: max_us },
    2: LongTail { 1: min_us, 2: typical_us, 3: max_us },
});

record!(Link, "a setting of a link" { 1: from, 2: to, 3: cut, 4: quality });

record!(DiskSettings, "a setting of the disks" { 1: write_latency });

record!(Batch, "a setting of the batches" { 1: entries_max, 2: bytes_max });

record!(Protocol, "a setting of the protocol" {
    1: pre_vote,
    2: check_quorum,
    3: replication,
    4: window_messages,
    5: window_bytes,
    6: reads,
    7: uncommitted_bytes_max,
    8: request_wait_us,
    9: leader_silence_ticks_max,
});

names!(ReplicationMode, "a mode of replication" { 0: Eager, 1: QuorumFirst });

choice!(ReadMode, "a way to serve reads" {
    0: Log {},
    1: ReadIndex { 1: followers },
    2: Lease { 1: drift_ppm },
});

record!(SnapshotSettings, "a setting of the snapshots" {
    1: every_entries,
    2: every_bytes,
    3: retain_entries,
    4: catch_up_bytes,
    5: chunk_bytes,
});

record!(StoreSettings, "a setting of the store" {
    1: session_expiry_us,
    2: sessions_max,
    3: key_bytes_max,
    4: value_bytes_max,
    5: bytes_max,
});

record!(ClientSettings, "a setting of the clients" {
    1: request_timeout_us,
    2: retry_delay_us,
    3: attempts_max,
});

record!(Workload, "a setting of the workload" {
    1: clients,
    2: operations_per_second,
    3: reads,
    4: keys,
});

record!(TimedAction, "a field of a timed action" { 1: at_us, 2: action });

names!(Flaw, "a flaw" {
    0: CommitsOlderTerm,
    1: VoteNotPersisted,
    2: VoteForgotten,
    3: VotesTwice,
    4: IgnoresOlderLog,
    5: StaleAppendTruncates,
    6: NoMatchCheck,
    7: KeepsConflicts,
    8: MatchFromHint,
    9: MatchGoesBack,
    10: CommitGoesBack,
    11: UnionQuorum,
    12: HalfIsMajority,
    13: CountsLearners,
    14: ChangesTooEarly,
    15: ChangeNotRolledBack,
    16: ReadsTooEarly,
    17: ReadsWithoutRound,
    18: LeaseIgnoresDrift,
    19: LeaseAfterTransfer,
    20: SnapshotWithoutSessions,
    21: AppliesRetries,
    22: SendsBeforeWrite,
    23: SnapshotDropsTail,
    24: PreVoteResetsTimer,
    25: TransfersTooEarly,
    26: NoEntryAtStart,
});
