//! Simplifications of a scenario or an action, each in one respect.

use super::plan::{Deed, Ending, Plan};
use crate::kv::ClientId;
use crate::raft::ReplicaId;
use crate::sim::action::{Action, Named, Target, UnfinishedWrite};
use crate::sim::ratio::Ratio;
use crate::sim::scenario::{
    Batch, ClientSettings, Clock, DiskSettings, Link, LinkQuality, Protocol, Scenario,
    SnapshotSettings, StoreSettings, Timing, Workload,
};
use crate::sim::view::Endpoint;

/// Each makes one thing simpler; what is so already stays as it is.
pub(super) const SETTINGS: &[fn(&mut Scenario)] = &[
    |it| it.network = LinkQuality::default(),
    |it| it.network.loss = Ratio::ZERO,
    |it| it.network.duplication = Ratio::ZERO,
    |it| it.network.reordering = Ratio::ZERO,
    |it| it.network.latency = LinkQuality::default().latency,
    |it| it.client_network = LinkQuality::default(),
    |it| it.disk = DiskSettings::default(),
    |it| it.clocks.clear(),
    |it| it.links.clear(),
    |it| it.timing = Timing::default(),
    |it| it.batch = Batch::default(),
    |it| it.protocol = Protocol::default(),
    |it| it.protocol.pre_vote = false,
    |it| it.protocol.check_quorum = false,
    |it| it.protocol.replication = Protocol::default().replication,
    |it| it.protocol.reads = Protocol::default().reads,
    |it| it.protocol.request_wait_us = Protocol::default().request_wait_us,
    |it| it.protocol.uncommitted_bytes_max = Protocol::default().uncommitted_bytes_max,
    |it| {
        let Protocol {
            window_messages,
            window_bytes,
            ..
        } = Protocol::default();
        it.protocol.window_messages = window_messages;
        it.protocol.window_bytes = window_bytes;
    },
    |it| it.snapshots = SnapshotSettings::default(),
    |it| it.snapshots.chunk_bytes = SnapshotSettings::default().chunk_bytes,
    |it| it.snapshots.retain_entries = 0,
    |it| it.store = StoreSettings::default(),
    |it| it.clients = ClientSettings::default(),
    |it| it.workload.operations_per_second = 0,
    |it| it.workload.operations_per_second /= 2,
    |it| it.workload.reads = Ratio::ZERO,
    |it| it.workload.reads = Ratio::ONE,
    |it| it.workload.keys = 1,
    |it| it.workload.clients = 0,
    |it| it.workload.clients = 1,
    |it| it.workload.clients = it.workload.clients.saturating_sub(1),
    |it| {
        if it.workload.operations_per_second == 0 {
            let Workload { reads, keys, .. } = Workload::default();
            it.workload.reads = reads;
            it.workload.keys = keys;
        }
    },
];

/// Actions that do less, or say it more simply.
pub(super) fn instead_of(action: &Action) -> Vec<Action> {
    match action {
        Action::Crash { replica, write } if *write != UnfinishedWrite::Lost => {
            vec![Action::crash(*replica)]
        }
        Action::Partition { groups } => {
            let alone = groups.iter().filter(|group| group.len() == 1);
            alone
                .map(|group| Action::Isolate { replica: group[0] })
                .collect()
        }
        Action::Request {
            client: Some(ClientId(2..)),
            operation,
            reads,
        } => vec![Action::Request {
            client: None,
            operation: operation.clone(),
            reads: *reads,
        }],
        _ => Vec::new(),
    }
}

/// The run without a replica: those after it move up. `None`: there is none, or no other, or
/// it stands in the middle of a star.
pub(super) fn without(plan: &Plan, gone: ReplicaId) -> Option<Plan> {
    let new = |ReplicaId(id)| match id {
        id if id == gone.0 => None,
        id if id > gone.0 => Some(ReplicaId(id - 1)),
        id => Some(ReplicaId(id)),
    };
    let deeds = plan.deeds.iter().filter_map(|deed| {
        let action = renumbered(deed.action.clone(), new)?;
        let mut message = deed.message.clone();
        for end in message.iter_mut().flat_map(|it| [&mut it.from, &mut it.to]) {
            if let Endpoint::Replica(id) = end {
                *id = new(*id)?;
            }
        }
        Some(Deed {
            action,
            message,
            ..*deed
        })
    });
    Some(Plan {
        scenario: world_without(&plan.scenario, gone, new)?,
        deeds: deeds.collect(),
        ending: match plan.ending {
            Ending::Star(center) => Ending::Star(new(center)?),
            ending => ending,
        },
    })
}

fn world_without(
    scenario: &Scenario,
    gone: ReplicaId,
    new: impl Fn(ReplicaId) -> Option<ReplicaId>,
) -> Option<Scenario> {
    let mut fewer = scenario.clone();
    if gone.0 > scenario.total() {
        return None;
    } else if gone.0 > fewer.replicas {
        fewer.spares -= 1;
    } else if fewer.replicas > 1 {
        fewer.replicas -= 1;
    } else {
        return None;
    }
    let clocks = scenario.clocks.iter().filter_map(|clock| {
        let replica = new(clock.replica)?;
        Some(Clock { replica, ..*clock })
    });
    fewer.clocks = clocks.collect();
    let links = scenario.links.iter().filter_map(|link| {
        let (from, to) = (new(link.from)?, new(link.to)?);
        Some(Link { from, to, ..*link })
    });
    fewer.links = links.collect();
    Some(fewer)
}

/// The same action among replicas with other numbers; `None` if it was about one that is gone.
fn renumbered(mut action: Action, new: impl Fn(ReplicaId) -> Option<ReplicaId>) -> Option<Action> {
    let id = |id: &mut ReplicaId| new(*id).map(|new| *id = new);
    let one = |target: &mut Target| match target {
        Target::Replica(it) => id(it),
        _ => Some(()),
    };
    let all = |ids: &mut Vec<ReplicaId>| *ids = ids.iter().filter_map(|&it| new(it)).collect();
    match &mut action {
        // What is left of a list must not be empty.
        Action::ChangeMembership { voters, learners } => {
            all(voters);
            all(learners);
            if voters.is_empty() {
                return None;
            }
        }
        Action::Partition { groups } => {
            for group in &mut *groups {
                group.retain_mut(|target| one(target).is_some());
            }
            groups.retain(|group| !group.is_empty());
            if groups.is_empty() {
                return None;
            }
        }
        other => {
            for named in other.named_replicas() {
                match named {
                    Named::Target(target) => one(target)?,
                    Named::Replica(replica) => id(replica)?,
                }
            }
        }
    }
    Some(action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Recording;

    #[test]
    fn without_a_replica_those_after_it_move_up() {
        let plan = |text| {
            let scenario = Scenario::from_json(text).unwrap();
            let recording = Recording::new(scenario, 1, Vec::new());
            Plan::of(&recording, Ending::Star(ReplicaId(3))).unwrap()
        };
        let five = plan(
            r#"{ "replicas": 4, "spares": 1,
                 "clocks": [{ "replica": 2 }, { "replica": 5 }],
                 "links": [{ "from": 1, "to": 3, "cut": true }, { "from": 2, "to": 1 }],
                 "actions": [
                    { "at_us": 1, "do": { "crash": { "replica": 2 } } },
                    { "at_us": 2, "do": { "crash": { "replica": "leader" } } },
                    { "at_us": 3, "do": { "partition": { "groups": [[2], [1, 3]] } } },
                    { "at_us": 4, "do": { "change_membership": { "voters": [1, 2, 5] } } },
                    { "at_us": 5, "do": { "cut": { "from": 5, "to": "leader" } } },
                    { "at_us": 6, "do": { "set_clock": { "replica": 2, "rate_ppm": 1000 } } }] }"#,
        );
        let four = plan(
            r#"{ "replicas": 3, "spares": 1,
                 "clocks": [{ "replica": 4 }],
                 "links": [{ "from": 1, "to": 2, "cut": true }],
                 "actions": [
                    { "at_us": 2, "do": { "crash": { "replica": "leader" } } },
                    { "at_us": 3, "do": { "partition": { "groups": [[1, 2]] } } },
                    { "at_us": 4, "do": { "change_membership": { "voters": [1, 4] } } },
                    { "at_us": 5, "do": { "cut": { "from": 4, "to": "leader" } } }] }"#,
        );
        let star = |center| Ending::Star(ReplicaId(center));
        let four = Plan {
            ending: star(2),
            ..four
        };
        assert_eq!(without(&five, ReplicaId(2)), Some(four));
        assert_eq!(without(&five, ReplicaId(3)), None, "it is the center");
        assert_eq!(without(&five, ReplicaId(6)), None);
        let alone = Plan {
            ending: Ending::None,
            ..plan(r#"{ "replicas": 1 }"#)
        };
        assert_eq!(without(&alone, ReplicaId(1)), None);
    }
}
