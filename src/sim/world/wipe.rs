//! A replica's number used again, on an empty disk.
//!
//! Raft rests on what replicas have promised: a vote in a term, an entry held. A replica
//! that has forgotten its promises and still counts for a majority breaks the cluster,
//! so a corrupt disk must not simply be replaced by an empty one. The replica has to be removed from
//! the membership (§6), and may then come back as somebody new. Best under a new number;
//! here, after some checks, under the old one.
//!
//! # What must hold
//!
//! Say that replica Z gets an empty disk, and that the cluster has left the last
//! configuration with Z by the committed entry `j`.
//!
//! - **Z is in no configuration that counts**: neither in the latest that is
//!   committed, nor in any that is not, in any log. So nobody asks the new Z for a vote
//!   that the old Z has given away already, and no leader counts what the old Z held.
//! - **All who were ever in a configuration with Z have `j` on their disks.** One who
//!   has not would believe in a configuration with Z, and the empty Z would help it to a
//!   majority that knows nothing of what was committed. It also works the other way
//!   round: taken in again, Z gets the log from its beginning, and for a while the latest
//!   configuration that it knows is an old one, with itself in it. If it stands then, all
//!   whom that configuration names hold `j`, which Z lacks, and deny their votes (§5.4.1).
//! - **Z was never a majority by itself.** It would need nobody's vote then.
//!
//! The new Z begins in a term above every term in the world, as an operator would read
//! it off the monitoring, without a vote in it. So its term never falls, as nobody's
//! does, and what others have asked of the old Z is from an older term, and void. What
//! the old Z has said and is still on its way is lost: it came from a machine that is no
//! more, and its connections went with it. Else a leader of an older term that takes Z in
//! again could take it for an acknowledgement of the new one.
//!
//! A leader that takes Z in again learns of Z's term and steps down: one more election is
//! the price.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::refused::Refused;
use crate::raft::{Log, LogIndex, Membership, Payload, ReplicaId, Term};
use crate::sim::network::packet::Body;
use crate::sim::scenario::action::MessageId;
use crate::sim::view::Endpoint;

/// What the committed history says of a replica's membership.
struct Removal {
    /// The first configuration without it, since it was in one; none: it is a member.
    out_since: Option<LogIndex>,
    /// The entries that hold configurations, with their terms.
    known: BTreeMap<LogIndex, Term>,
    /// All who were ever in a configuration with it.
    companions: BTreeSet<ReplicaId>,
    /// Whether it ever was a majority by itself.
    once_alone: bool,
}

/// Whether a dead replica may get an empty disk.
pub(super) fn may_wipe(world: &World, id: ReplicaId) -> Result<(), Refused> {
    let removal = removal_of(world, id);
    let Some(out_since) = removal.out_since else {
        return Err(Refused::StillMember { replica: id });
    };
    if removal.once_alone {
        return Err(Refused::OnceAlone { replica: id });
    }
    // Replicas with a corrupt disk cannot restart, so ignore them.
    let others = world.servers.iter().filter(|server| server.id() != id);
    for server in others.filter(|server| !server.disk().corrupt) {
        let on_disk = &server.disk().durable.log;
        let in_memory = server.volatile().map(|volatile| volatile.replica.log());
        for log in in_memory.into_iter().chain([on_disk]) {
            if names(log, id, &removal.known) {
                return Err(Refused::StillMember { replica: id });
            }
        }
        let term = removal.known.get(&out_since).copied().unwrap_or_default();
        let knows = on_disk.base().index > out_since || on_disk.term_at(out_since) == Some(term);
        if removal.companions.contains(&server.id()) && !knows {
            return Err(Refused::RemovalUnknown {
                replica: id,
                to: server.id(),
            });
        }
    }
    Ok(())
}

/// The term in which an empty disk begins: above every term in the world.
pub(super) fn first_term(world: &World) -> Term {
    let terms = world.servers.iter().map(|server| {
        let in_memory = server.volatile().map(|volatile| volatile.replica.term());
        in_memory
            .unwrap_or_default()
            .max(server.disk().durable.term)
    });
    Term(terms.max().unwrap_or_default().0 + 1)
}

/// The messages on their way that a replica has said to others.
pub(super) fn said_by(world: &World, id: ReplicaId) -> Vec<MessageId> {
    let said = world.network.packets().filter(|packet| {
        packet.from == Endpoint::Replica(id) && matches!(packet.body, Body::Raft(_))
    });
    said.map(|packet| packet.id).collect()
}

fn removal_of(world: &World, id: ReplicaId) -> Removal {
    let first = Membership::of_voters((1..=world.scenario.replicas).map(ReplicaId));
    let mut removal = Removal {
        out_since: Some(LogIndex(0)),
        known: BTreeMap::new(),
        companions: BTreeSet::new(),
        once_alone: false,
    };
    removal.look_at(id, LogIndex(0), &first);
    for entry in world.observers.checkers.applied() {
        if let Payload::Membership(membership) = &entry.payload {
            removal.known.insert(entry.index, entry.term);
            removal.look_at(id, entry.index, membership);
        }
    }
    removal
}

impl Removal {
    fn look_at(&mut self, id: ReplicaId, index: LogIndex, membership: &Membership) {
        if membership.contains(id) {
            self.out_since = None;
            self.companions.extend(membership.members());
            self.once_alone |= membership.is_quorum(|it| it == id);
        } else {
            self.out_since.get_or_insert(index);
        }
    }
}

/// Whether a log holds a configuration with `id` that is not known to be committed.
fn names(log: &Log, id: ReplicaId, known: &BTreeMap<LogIndex, Term>) -> bool {
    log.entries_from(log.first_index())
        .any(|entry| match &entry.payload {
            Payload::Membership(membership) => {
                membership.contains(id) && known.get(&entry.index) != Some(&entry.term)
            }
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::property::violation::Violation;
    use crate::sim::scenario::Scenario;
    use crate::sim::scenario::action::{Action, Target};

    const R2: ReplicaId = ReplicaId(2);
    const R3: ReplicaId = ReplicaId(3);

    fn apply(world: &mut World, action: Action) {
        world.apply(action).expect("it can be done");
    }

    /// R1 leads R2 and R3, of which R2 is cut off. Then R1 and the spare R4 are the
    /// cluster, by the word of R1 and R3; and R3 dies. R2 knows nothing of that.
    fn removed() -> World {
        let scenario = Scenario {
            replicas: 3,
            spares: 1,
            ..Scenario::default()
        };
        let mut world = World::new(scenario, 1);
        let r1 = Target::Replica(ReplicaId(1));
        apply(&mut world, Action::TimeOut { replica: r1 });
        world.run_until(100_000);
        apply(&mut world, Action::Isolate { replica: R2.into() });
        let change = Action::ChangeMembership {
            voters: vec![ReplicaId(1), ReplicaId(4)],
            learners: Vec::new(),
        };
        apply(&mut world, change);
        world.run_until(1_000_000);
        apply(&mut world, Action::crash(R3));
        world
    }

    #[test]
    fn it_waits_until_nobody_takes_the_replica_for_what_it_was() {
        let mut world = removed();
        let format = Action::Format { replica: R3.into() };
        let before = world.digest();
        assert_eq!(
            world.apply(format.clone()),
            Err(Refused::RemovalUnknown {
                replica: R3,
                to: R2
            })
        );
        assert_eq!(world.digest(), before);
        // A disk that can't be read takes nobody for anything.
        apply(&mut world, Action::crash(R2));
        apply(&mut world, Action::Corrupt { replica: R2.into() });
        apply(&mut world, format);
        let highest = |world: &World| world.servers.iter().map(|it| it.disk().durable.term).max();
        assert_eq!(Some(world.server(R3).disk().durable.term), highest(&world));
        // Now R3 knows nothing of R2's removal.
        let format = Action::Format { replica: R2.into() };
        assert_eq!(
            world.apply(format),
            Err(Refused::RemovalUnknown {
                replica: R2,
                to: R3
            })
        );
    }

    /// The reason for the rule: what happens if it is broken.
    #[test]
    fn an_empty_disk_too_early_elects_a_leader_that_lacks_what_is_committed() {
        let mut world = removed();
        world.wipe(R3);
        apply(&mut world, Action::Restart { replica: R3.into() });
        let heal = Action::Heal {
            from: R2.into(),
            to: R3.into(),
            both: true,
        };
        apply(&mut world, heal);
        world.run_until(5_000_000);
        assert!(matches!(
            world.violation(),
            Some(Violation::LeaderCompleteness { leader: R2, .. })
        ));
    }

    #[test]
    fn what_the_old_replica_said_is_gone_with_it() {
        let mut world = removed();
        apply(&mut world, Action::Restart { replica: R3.into() });
        apply(&mut world, Action::TimeOut { replica: R3.into() });
        let said_by_r3 = |world: &World| {
            world
                .network
                .packets()
                .filter(|packet| packet.from == Endpoint::Replica(R3))
                .count()
        };
        while said_by_r3(&world) == 0 {
            assert!(world.now_us() < 2_000_000, "it asks for votes");
            world.step().expect("nothing is broken");
        }
        apply(&mut world, Action::crash(R3));
        let term = world.server(R3).disk().durable.term;
        world.wipe(R3);
        assert_eq!(said_by_r3(&world), 0);
        assert_eq!(world.server(R3).disk().durable.term, Term(term.0 + 1));
    }
}
