//! What a comparison of two branches has come to.

use serde::Serialize;

use super::tree::BranchId;
use crate::kv::{Answer, ClientId, Operation};
use crate::raft::{LogIndex, ReplicaId};
use crate::sim::property::violation::Violation;
use crate::sim::replay::moment::Moment;
use crate::sim::scenario::action::Action;
use crate::sim::view::{Counters, EntryView, ReplicaView};
use crate::sim::world::World;

/// At most this many entries of a log are told.
const ENTRIES_MAX: usize = 48;
/// So many of them come before the first that differs.
const ENTRIES_BEFORE: u64 = 8;
/// At most this many pairs that differ are told of a replica.
const PAIRS_MAX: usize = 64;
/// Two branches at a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Comparison {
    /// The moment before the first event that differs; none: as far as both were run they are
    /// the same.
    pub differ_after: Option<Moment>,
    /// What that event was on each.
    pub first: [Option<Action>; 2],
    /// Each of them.
    pub sides: [Side; 2],
    /// Each replica on both.
    pub replicas: Vec<ComparedReplica>,
    /// What clients were told otherwise since they parted, in order; at most 256.
    pub told: Vec<ToldApart>,
    /// How many more there are.
    pub more_told: u64,
    /// How many answers were the same.
    pub same: u64,
}

/// A branch in a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Side {
    /// Which branch.
    pub branch: BranchId,
    /// The moment that was compared; its end, if that comes before.
    pub now: Moment,
    /// The digest of all that happened on it up to then, in 16 hexadecimal digits.
    pub digest: String,
    /// Who leads.
    pub leader: Option<ReplicaId>,
    /// The broken property at which it stopped.
    pub violation: Option<Violation>,
    /// What was counted.
    pub counters: Counters,
}

/// A replica on both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct ComparedReplica {
    /// Which replica.
    pub id: ReplicaId,
    /// It on the one side.
    pub a: ReplicaView,
    /// And on the other.
    pub b: ReplicaView,
    /// The first index at which the logs differ, or one ends.
    pub log_differs_at: Option<LogIndex>,
    /// Entries of the log on the one side, from a little before there; at most 48.
    pub log_a: Vec<EntryView>,
    /// And on the other.
    pub log_b: Vec<EntryView>,
    /// The pairs of the store that differ, by key; at most 64.
    pub store: Vec<ComparedPair>,
    /// How many more there are.
    pub store_more: u64,
}

/// What a key holds on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct ComparedPair {
    /// The key.
    pub key: String,
    /// Its value on the one side; none: it is absent there.
    pub a: Option<String>,
    /// And on the other.
    pub b: Option<String>,
}

/// A request of which a client was not told the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct ToldApart {
    /// The client.
    pub client: ClientId,
    /// The number of the request in its session.
    pub sequence: u64,
    /// What was asked, on the side where it was told first.
    pub operation: Operation,
    /// What it was told on the one side; none: nothing yet.
    pub a: Option<Told>,
    /// And on the other.
    pub b: Option<Told>,
}

/// What a client was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Told {
    /// The answer; none: it gave up.
    pub answer: Option<Answer>,
    /// When, in microseconds.
    pub at_us: u64,
}

/// A replica on both sides.
pub(super) fn compared(
    a: &World,
    b: &World,
    of_a: ReplicaView,
    of_b: ReplicaView,
) -> ComparedReplica {
    let id = of_a.id;
    let logs = [a, b].map(|world| world.log_of(id));
    let last = |view: &ReplicaView| view.log.last_index;
    let shorter = last(&of_a).min(last(&of_b));
    let from = logs.iter().map(|log| log.first_index()).max();
    let from = from.unwrap_or_default();
    let pairs = logs[0].entries_from(from).zip(logs[1].entries_from(from));
    let mut unlike = pairs.filter(|(one, other)| one != other);
    let differs = unlike.next().map(|(one, _)| one.index);
    let differs = differs.or_else(|| (last(&of_a) != last(&of_b)).then(|| shorter.next()));
    let begin = differs.map_or(shorter.0.saturating_sub(ENTRIES_MAX as u64), |it| {
        it.0.saturating_sub(ENTRIES_BEFORE)
    });
    let [log_a, log_b] = logs.map(|log| {
        let entries = log.entries_from(LogIndex(begin.max(1)));
        entries.take(ENTRIES_MAX).map(EntryView::of).collect()
    });

    let (mut store, mut store_more) = (Vec::new(), 0);
    for (key, one, other) in unlike_pairs(a, b, id) {
        if store.len() < PAIRS_MAX {
            store.push(ComparedPair {
                key: key.to_owned(),
                a: one.map(str::to_owned),
                b: other.map(str::to_owned),
            });
        } else {
            store_more += 1;
        }
    }
    ComparedReplica {
        id,
        a: of_a,
        b: of_b,
        log_differs_at: differs,
        log_a,
        log_b,
        store,
        store_more,
    }
}

/// The pairs of a replica's store that are not the same in both worlds, by key.
fn unlike_pairs<'a>(
    a: &'a World,
    b: &'a World,
    id: ReplicaId,
) -> Vec<(&'a str, Option<&'a str>, Option<&'a str>)> {
    let pairs = |world: &'a World| {
        let volatile = world.server(id).volatile();
        let store = volatile.map(|volatile| volatile.store.pairs());
        store.into_iter().flatten().peekable()
    };
    let (mut one, mut other) = (pairs(a), pairs(b));
    let mut unlike = Vec::new();
    loop {
        let keys = (one.peek().map(|it| it.0), other.peek().map(|it| it.0));
        let (Some(key), first) = (match keys {
            (Some(a), Some(b)) => (Some(a.min(b)), keys),
            (a, b) => (a.or(b), keys),
        }) else {
            return unlike;
        };
        let value_a = (first.0 == Some(key)).then(|| one.next()).flatten();
        let value_b = (first.1 == Some(key)).then(|| other.next()).flatten();
        let (value_a, value_b) = (value_a.map(|it| it.1), value_b.map(|it| it.1));
        if value_a != value_b {
            unlike.push((key, value_a, value_b));
        }
    }
}
