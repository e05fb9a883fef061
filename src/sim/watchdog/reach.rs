//! Who can talk with whom, as far as links, crashes and clocks allow.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::sight::Sight;
use crate::raft::{LogIndex, Membership, Replica, ReplicaId, Role};
use crate::sim::scenario::ratio::Ratio;
use crate::sim::view::Endpoint;

/// A link that loses more than this does not count.
pub(super) const LOSS_MAX: Ratio = Ratio::new(1, 2);

/// Who can talk with whom at one moment.
pub(super) struct Reach<'a> {
    /// The replicas that run, and whose clocks do not stand still.
    able: Vec<&'a Replica>,
    /// The replicas that are in a configuration of a running one, or are to be. How slow the
    /// others are does not matter.
    members: BTreeSet<ReplicaId>,
    /// Each two of them that can talk, both ways round.
    pairs: BTreeSet<(ReplicaId, ReplicaId)>,
    /// The greatest loss on a link between two that can talk.
    loss: Ratio,
    /// The longest latency on such a link, in microseconds.
    latency_us_max: u64,
}

impl<'a> Reach<'a> {
    pub(super) fn of(world: &Sight<'a>) -> Self {
        let nodes = world.servers.iter();
        let able = nodes.filter(|server| server.clock().stalled_until_us <= world.now_us);
        let able = able.filter_map(|server| Some(&server.running()?.replica));
        let able: Vec<&Replica> = able.collect();
        let mut reach = Self {
            members: members(&able),
            able,
            pairs: BTreeSet::new(),
            loss: Ratio::ZERO,
            latency_us_max: 0,
        };
        let links = &world.network.links;
        let quality = |from, to| {
            let quality = links.quality_of(Endpoint::Replica(from), Endpoint::Replica(to));
            let is_open = !links.is_cut(from, to) && !links.is_clogged(from, to);
            (is_open && quality.loss.at_most(LOSS_MAX)).then_some(quality)
        };
        for (place, one) in reach.able.iter().enumerate() {
            for other in &reach.able[place + 1..] {
                let (one, other) = (one.id(), other.id());
                let (Some(there), Some(back)) = (quality(one, other), quality(other, one)) else {
                    continue;
                };
                reach.pairs.extend([(one, other), (other, one)]);
                if !reach.is_member(one) || !reach.is_member(other) {
                    continue;
                }
                for way in [there, back] {
                    if !way.loss.at_most(reach.loss) {
                        reach.loss = way.loss;
                    }
                    reach.latency_us_max = reach.latency_us_max.max(way.latency.us_max());
                }
            }
        }
        reach
    }

    /// Whether it takes part in the cluster, or is to.
    pub(super) fn is_member(&self, id: ReplicaId) -> bool {
        self.members.contains(&id)
    }

    pub(super) fn can_talk(&self, one: ReplicaId, other: ReplicaId) -> bool {
        self.pairs.contains(&(one, other))
    }

    /// About how many tries it takes to get a message there and an answer back.
    pub(super) fn tries(&self) -> u64 {
        self.loss.tries_there_and_back()
    }

    pub(super) fn latency_us_max(&self) -> u64 {
        self.latency_us_max
    }

    pub(super) fn able(&self) -> impl Iterator<Item = &'a Replica> {
        self.able.iter().copied()
    }

    /// Those who can talk with `center`, itself included.
    pub(super) fn around(&self, center: ReplicaId) -> BTreeSet<ReplicaId> {
        let others = self.pairs.range((center, ReplicaId(0))..);
        let others = others.take_while(|&&(from, _)| from == center);
        others.map(|&(_, to)| to).chain([center]).collect()
    }

    /// The leader of the highest term among those who can talk with a quorum of their own
    /// configuration.
    pub(super) fn leader(&self) -> Option<&'a Replica> {
        let leads = |it: &&Replica| {
            let has_quorum = || {
                let around = self.around(it.id());
                it.membership().is_quorum(|id| around.contains(&id))
            };
            matches!(it.role(), Role::Leader(_)) && has_quorum()
        };
        self.able().filter(leads).max_by_key(|it| it.term())
    }

    /// A voter and those voters who can talk with it, if they are a quorum of each configuration
    /// that may be in force: of the newest one that is committed, and of what is newer in the
    /// log of any replica that runs. The largest such group, the one that all can talk with
    /// first.
    pub(super) fn quorum(
        &self,
        committed: Option<&(LogIndex, Arc<Membership>)>,
    ) -> Option<Vec<ReplicaId>> {
        let since = committed.map_or(LogIndex(0), |(index, _)| *index);
        let newer = self.able().filter(|it| it.membership_index() >= since);
        // Mostly they have one configuration, which need not be asked for each of them.
        let committed = committed.map(|(_, membership)| membership);
        let mut in_force: Vec<&Arc<Membership>> = Vec::new();
        for membership in newer.map(Replica::membership).chain(committed) {
            let is_known = |it: &&Arc<Membership>| Arc::ptr_eq(it, membership) || *it == membership;
            if !in_force.iter().any(is_known) {
                in_force.push(membership);
            }
        }
        let groups = self.able().filter_map(|center| {
            let own = center.membership();
            if !own.votes(center.id()) {
                return None;
            }
            let around = self.around(center.id());
            let is_quorum = |it: &Arc<Membership>| it.is_quorum(|id| around.contains(&id));
            if !in_force.iter().copied().all(is_quorum) || !is_quorum(own) {
                return None;
            }
            let id = center.id();
            let others = around.into_iter().filter(|&it| it != id && own.votes(it));
            Some([id].into_iter().chain(others).collect::<Vec<_>>())
        });
        // The first of the largest.
        groups.reduce(|best, next| if next.len() > best.len() { next } else { best })
    }
}

fn members(able: &[&Replica]) -> BTreeSet<ReplicaId> {
    let mut seen: Vec<&Arc<Membership>> = Vec::new();
    let mut members = BTreeSet::new();
    for replica in able {
        let membership = replica.membership();
        if !seen.iter().any(|it| Arc::ptr_eq(it, membership)) {
            seen.push(membership);
            members.extend(membership.members());
        }
        if let Role::Leader(leader) = replica.role()
            && let Some(wish) = &leader.change
        {
            members.extend(wish.members());
        }
    }
    members
}
