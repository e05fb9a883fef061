//! What a change of the membership waits for (§6).

use super::words::{hindrance, names};
use super::{Why, entry};
use crate::raft::{ChangeStage, Decision, ReplicaId};
use crate::sim::causality::Trail;
use crate::sim::world::World;

pub(super) fn why(world: &World) -> Why {
    let Some(leader) = world.leader() else {
        return Why::new("Nobody leads, and only a leader changes the membership.")
            .by("§6")
            .needs(["A leader must be elected.".into()]);
    };
    let server = world.server(leader);
    let Some(volatile) = server.volatile() else {
        return Why::default();
    };
    let replica = &volatile.replica;
    let refused = volatile
        .decisions
        .iter()
        .rev()
        .find_map(|it| match it.decision {
            Decision::Change { .. } => Some(it.decision),
            _ => None,
        });
    let why = match replica.change_stage() {
        None => Why {
            decision: refused,
            ..Why::new("No change of the membership is under way.").by("§6")
        },
        Some(ChangeStage::Committing { index }) => {
            let entry = entry::why(world, server, index);
            Why {
                answer: format!(
                    "The change waits for its configuration in entry {index}, which is in force already, to be committed. {}",
                    entry.answer
                ),
                ..entry
            }
        }
        Some(ChangeStage::Leaving { index }) => Why::new(format!(
            "The joint configuration of entry {index} is committed. {leader} leaves it as soon as it has committed an entry of its own term {}.",
            replica.term()
        ))
        .by("§6, §5.4.2")
        .needs([entry::why(world, server, replica.commit_index().next()).answer]),
        Some(ChangeStage::CatchingUp { newcomers }) => {
            let newcomers: Vec<ReplicaId> = newcomers.into_iter().collect();
            let needs = newcomers.iter().map(|&it| match hindrance(world, leader, it) {
                Some(hindrance) => format!("{}.", entry::capital(&hindrance)),
                None => format!("{}.", entry::capital(&entry::on_the_way(world, leader, it))),
            });
            Why::new(format!(
                "The change waits for {} to catch up: until then they are learners, who get the log and have no vote. Entry {} is committed.",
                names(&newcomers),
                replica.commit_index()
            ))
            .by("thesis §4.2.1")
            .needs(needs)
        }
    };
    let broken = super::latest_broken(volatile, |it| matches!(it, crate::raft::Rightly::Change(_)));
    Why {
        broken: why.broken.clone().or(broken),
        ..why
    }
    .from(Trail::Role(leader))
}
