//! The numbers of the actions, and of what they say. None is ever given twice.

use super::{choice, names};
use crate::kv::Operation;
use crate::sim::action::{Action, UnfinishedWrite};

// The same numbers as `Action::tag`, by which the digest knows them.
choice!(Action, "an action" {
    0: Tick { 1: replica },
    1: Deliver { 1: message },
    2: Drop { 1: message },
    3: Persist { 1: replica },
    4: Wake { 1: client },
    5: Offer {},
    6: Crash { 1: replica, 2: write },
    7: Restart { 1: replica },
    8: Pause { 1: replica },
    9: Resume { 1: replica },
    10: TimeOut { 1: replica },
    11: ChangeMembership { 1: voters, 2: learners },
    12: TransferLeadership { 1: to },
    13: TakeSnapshot { 1: replica },
    14: Duplicate { 1: message },
    15: Hold { 1: message },
    16: Release { 1: message },
    17: Cut { 1: from, 2: to, 3: both },
    18: Heal { 1: from, 2: to, 3: both },
    19: Isolate { 1: replica },
    20: Rejoin { 1: replica },
    21: Partition { 1: groups },
    22: HealAll {},
    23: SetNetwork { 1: quality },
    24: SetLink { 1: from, 2: to, 3: quality },
    25: SetClientNetwork { 1: quality },
    26: SetDisk { 1: replica, 2: disk },
    27: SetClock { 1: replica, 2: rate_ppm },
    28: SetProtocol { 1: replica, 2: protocol },
    29: SetSnapshots { 1: snapshots },
    30: SetWorkload { 1: workload },
    31: Request { 1: client, 2: operation, 3: reads },
    32: Clog { 1: from, 2: to, 3: both },
    33: Unclog { 1: from, 2: to, 3: both },
    34: Corrupt { 1: replica },
    35: Format { 1: replica },
    36: JumpClock { 1: replica, 2: ticks },
    37: StallClock { 1: replica, 2: for_us },
    38: Leave { 1: client },
    39: Return { 1: client },
    40: Mislead { 1: client, 2: replica },
    41: SetTiming { 1: replica, 2: timing },
});

names!(UnfinishedWrite, "what a crash leaves of a write" { 0: Lost, 1: Torn, 2: Kept });

choice!(Operation, "an operation on the store" {
    0: Put { 1: key, 2: value },
    1: Get { 1: key },
    2: Delete { 1: key },
    3: CompareAndSet { 1: key, 2: expected, 3: value },
});
