//! The kinds of faults, and how each is drawn.

use super::super::draw::{self, Trust};
use super::{Awaited, Move, Nemesis};
use crate::raft::ReplicaId;
use crate::sim::World;
use crate::sim::action::{Action, Target};
use crate::sim::scenario::{LinkQuality, Scenario};

/// A kind of faults, and of what undoes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// One dies, several die, one dies again and again, the power fails.
    Crashes,
    /// One dies just before or just after its disk has finished a write, which is then lost,
    /// torn or whole.
    CrashesAtWrites,
    /// A replica is paused, and resumes.
    Pauses,
    /// Groups that can't reach one another, bridges between them, a star, and one partition
    /// right after another.
    Partitions,
    /// Links that are cut or clogged, one way or both; replicas that are deaf or dumb.
    Cuts,
    /// Election timers that run out at once, clocks that tick once more.
    Timeouts,
    /// Clocks that jump ahead, or stand still for a while.
    Leaps,
    /// Disks that rot, and removed replicas that come back on empty ones.
    Disks,
    /// Clocks that run at another rate.
    Clocks,
    /// The network and the disks get better or worse.
    Settings,
    /// Single messages are lost, doubled, held or hurried.
    Messages,
    /// Messages are held, and come when their terms and their senders' lives are long over.
    OldMessages,
    /// The membership changes.
    Members,
    /// The leader hands over.
    Handovers,
    /// Snapshots are taken, or the settings of snapshots change.
    Snapshots,
    /// The protocol's settings or the timeouts change, for all or for one.
    Protocol,
    /// Clients go away and come back, and go to the wrong replica.
    Clients,
    /// Clients ask for what the workload never does.
    Requests,
    /// Something happens just after an election, or while something else is under way.
    BadMoments,
    /// Leaders follow one another in quick succession.
    ShortReigns,
    /// Somebody asks a leader that has been deposed, or that has only just been elected.
    OldReaders,
}

impl FaultKind {
    pub(super) const ALL: [Self; 21] = [
        Self::Crashes,
        Self::CrashesAtWrites,
        Self::Pauses,
        Self::Partitions,
        Self::Cuts,
        Self::Timeouts,
        Self::Leaps,
        Self::Disks,
        Self::Clocks,
        Self::Settings,
        Self::Messages,
        Self::OldMessages,
        Self::Members,
        Self::Handovers,
        Self::Snapshots,
        Self::Protocol,
        Self::Clients,
        Self::Requests,
        Self::BadMoments,
        Self::ShortReigns,
        Self::OldReaders,
    ];

    /// Whether it takes away the ground that leases rest on. Clocks don't: they stay as close
    /// as leases allow for where somebody trusts them. Nor do changes of the settings: what
    /// was promised is kept.
    pub(super) fn is_tampering(self) -> bool {
        matches!(self, Self::Timeouts | Self::Leaps)
    }

    pub(super) fn draw(self, nemesis: &mut Nemesis, world: &World) -> Vec<Move> {
        let replicas = world.scenario().total();
        let one = |action| vec![Move::Do(action)];
        match self {
            Self::Crashes => nemesis.draw_crashes(replicas),
            Self::CrashesAtWrites => vec![nemesis.draw_crash_at_write()],
            Self::Pauses => one(if nemesis.flip() {
                Action::Pause {
                    replica: nemesis.draw_target(replicas),
                }
            } else {
                Action::Resume {
                    replica: Target::Paused,
                }
            }),
            Self::Partitions => nemesis.draw_partition(replicas),
            Self::Cuts => nemesis.draw_cut(replicas),
            Self::Timeouts => one(if nemesis.flip() {
                Action::TimeOut {
                    replica: nemesis.draw_target(replicas),
                }
            } else {
                Action::Tick {
                    replica: nemesis.draw_replica(replicas),
                }
            }),
            Self::Leaps => one(nemesis.draw_leap(replicas)),
            Self::Disks => nemesis.draw_disk_fault(world),
            Self::Clocks if nemesis.trust == Trust::Broken && nemesis.flip() => {
                nemesis.draw_outrun(world)
            }
            Self::Clocks => one(Action::SetClock {
                replica: nemesis.draw_replica(replicas),
                rate_ppm: draw::rate(&mut nemesis.dice, nemesis.trust),
            }),
            Self::Settings => one(nemesis.draw_settings(replicas)),
            Self::Messages => one(nemesis.draw_message_action(world)),
            Self::OldMessages => nemesis.draw_old_message(world),
            Self::Members => one(nemesis.draw_members(replicas)),
            Self::Handovers => one(nemesis.draw_handover(replicas)),
            Self::Snapshots => one(if nemesis.flip() {
                Action::TakeSnapshot {
                    replica: nemesis.draw_target(replicas),
                }
            } else {
                Action::SetSnapshots {
                    snapshots: draw::snapshots(&mut nemesis.dice),
                }
            }),
            Self::Protocol => one(nemesis.draw_protocol(world.scenario())),
            Self::Clients => one(nemesis.draw_client_action(world)),
            Self::Requests => one(nemesis.draw_request(world)),
            Self::BadMoments => nemesis.draw_bad_moment(replicas),
            Self::ShortReigns => nemesis.draw_short_reigns(world),
            Self::OldReaders => nemesis.draw_old_reader(world),
        }
    }
}

impl Nemesis {
    fn draw_leap(&mut self, replicas: u16) -> Action {
        let replica = self.draw_target(replicas);
        if self.flip() {
            let ticks = 1 + self.dice.below(400);
            Action::JumpClock { replica, ticks }
        } else {
            let for_us = self.dice.between(1, 1_000_000);
            Action::StallClock { replica, for_us }
        }
    }

    fn draw_crashes(&mut self, replicas: u16) -> Vec<Move> {
        let write = self.draw_write();
        let crash = |replica| Move::Do(Action::Crash { replica, write });
        let restart = |replica| Move::Do(Action::Restart { replica });
        match self.dice.below(8) {
            0..=2 => vec![crash(self.draw_target(replicas))],
            3..=5 => vec![restart(Target::Crashed)],
            // Several at once, sometimes all of them; sometimes they come back at once.
            6 => {
                let all = self.dice.below(3) == 0;
                let ids = (1..=replicas).map(ReplicaId);
                let victims: Vec<Target> = ids
                    .filter(|_| all || self.flip())
                    .map(Target::from)
                    .collect();
                let mut moves: Vec<Move> = victims.iter().copied().map(crash).collect();
                if self.flip() {
                    let us = self.dice.between(1, 100_000);
                    moves.push(Move::Wait { us });
                    moves.extend(victims.into_iter().map(restart));
                }
                moves
            }
            // One that dies again and again, as soon as it is back.
            _ => {
                let victim = self.draw_replica(replicas).into();
                let mut moves = Vec::new();
                for _ in 0..self.dice.between(2, 6) {
                    let (up_us, down_us) = (self.dice.below(60_000), self.dice.below(60_000));
                    moves.push(crash(victim));
                    moves.push(Move::Wait { us: down_us.into() });
                    moves.push(restart(victim));
                    moves.push(Move::Wait { us: up_us.into() });
                }
                moves
            }
        }
    }

    fn draw_crash_at_write(&mut self) -> Move {
        if self.dice.below(3) == 0 {
            let replica = Target::Crashed;
            return Move::Do(Action::Restart { replica });
        }
        Move::CrashAtWrite {
            us_max: self.dice.between(1_000, 300_000),
            after: self.flip(),
            write: self.draw_write(),
        }
    }

    fn draw_partition(&mut self, replicas: u16) -> Vec<Move> {
        let partition = |groups| Move::Do(Action::Partition { groups });
        let someone = self.draw_replica(replicas);
        match self.dice.below(8) {
            0..=1 => vec![partition(self.draw_groups(replicas))],
            2..=4 => vec![Move::Do(Action::HealAll {})],
            // Two groups, and one replica that reaches both.
            5 => {
                let replica = someone.into();
                vec![
                    partition(self.draw_groups(replicas)),
                    Move::Do(Action::Rejoin { replica }),
                ]
            }
            6 => star(someone, replicas).map(Move::Do).collect(),
            // The partition swaps: who was together is apart.
            _ => {
                let mut moves = Vec::new();
                for _ in 0..self.dice.between(2, 4) {
                    moves.push(partition(self.draw_groups(replicas)));
                    let us = self.dice.between(10_000, 500_000);
                    moves.push(Move::Wait { us });
                }
                moves
            }
        }
    }

    fn draw_cut(&mut self, replicas: u16) -> Vec<Move> {
        let (from, to) = (self.draw_target(replicas), self.draw_target(replicas));
        let both = self.flip();
        let one = |action| vec![Move::Do(action)];
        match self.dice.below(10) {
            8 => one(Action::Clog { from, to, both }),
            9 => one(Action::Unclog { from, to, both }),
            0 => one(Action::Isolate { replica: from }),
            1 | 2 => one(Action::Cut { from, to, both }),
            3 => one(Action::Heal { from, to, both }),
            4 => one(Action::Rejoin { replica: from }),
            5 | 6 => one(Action::HealAll {}),
            // It hears no other replica, or no other hears it.
            _ => {
                let alone = self.draw_replica(replicas);
                let deaf = self.flip();
                let others = (1..=replicas).map(ReplicaId).filter(|&id| id != alone);
                let cuts = others.map(|other| {
                    let (from, to) = if deaf { (other, alone) } else { (alone, other) };
                    Move::Do(Action::Cut {
                        from: from.into(),
                        to: to.into(),
                        both: false,
                    })
                });
                cuts.collect()
            }
        }
    }

    fn draw_settings(&mut self, replicas: u16) -> Action {
        match self.dice.below(5) {
            0 => Action::SetNetwork {
                quality: draw::quality(&mut self.dice),
            },
            1 => Action::SetClientNetwork {
                quality: draw::quality(&mut self.dice),
            },
            2 => Action::SetDisk {
                replica: None,
                disk: draw::disk(&mut self.dice),
            },
            3 => Action::SetDisk {
                replica: Some(self.draw_replica(replicas)),
                disk: draw::disk(&mut self.dice),
            },
            _ => {
                let from = self.draw_replica(replicas);
                let to = ReplicaId(from.0 % replicas + 1);
                let quality = self.flip().then(|| LinkQuality {
                    ..draw::quality(&mut self.dice)
                });
                Action::SetLink { from, to, quality }
            }
        }
    }

    /// Everyone or someone; voters, learners and strangers.
    fn draw_members(&mut self, replicas: u16) -> Action {
        let (mut voters, mut learners) = (Vec::new(), Vec::new());
        for id in (1..=replicas).map(ReplicaId) {
            match self.dice.below(5) {
                0 => {}
                1 => learners.push(id),
                _ => voters.push(id),
            }
        }
        Action::ChangeMembership { voters, learners }
    }

    fn draw_handover(&mut self, replicas: u16) -> Action {
        let to = self.flip().then(|| self.draw_target(replicas));
        Action::TransferLeadership { to }
    }

    /// For everyone, or for one alone: replicas may differ in their settings.
    fn draw_protocol(&mut self, scenario: &Scenario) -> Action {
        let protocol = draw::protocol(&mut self.dice);
        let replica = self.flip().then(|| self.draw_replica(scenario.total()));
        if self.dice.below(4) > 0 {
            return Action::SetProtocol { replica, protocol };
        }
        let timing = draw::timers(&mut self.dice, scenario.timing);
        Action::SetTiming { replica, timing }
    }

    /// One thing, and before it has come to its end another.
    fn draw_bad_moment(&mut self, replicas: u16) -> Vec<Move> {
        let leader = Target::Leader;
        let us = self.dice.between(1, 40_000);
        let first = match self.dice.below(4) {
            0 => Move::Await {
                what: Awaited::Election,
                us_max: 1_500_000,
            },
            1 => Move::Do(self.draw_members(replicas)),
            2 => Move::Do(self.draw_handover(replicas)),
            _ => Move::Do(Action::TakeSnapshot { replica: leader }),
        };
        let second = match self.dice.below(7) {
            0 => Action::Crash {
                replica: leader,
                write: self.draw_write(),
            },
            1 => Action::Partition {
                groups: self.draw_groups(replicas),
            },
            2 => self.draw_members(replicas),
            3 => self.draw_handover(replicas),
            4 => Action::TakeSnapshot { replica: leader },
            5 => Action::Isolate { replica: leader },
            _ => Action::Pause { replica: leader },
        };
        vec![first, Move::Wait { us }, Move::Do(second)]
    }
}

/// All links are cut but those of one replica, which alone reaches the others.
pub(in crate::adversary) fn star(center: ReplicaId, replicas: u16) -> impl Iterator<Item = Action> {
    let ids = move || {
        (1..=replicas)
            .map(ReplicaId)
            .filter(move |&id| id != center)
    };
    let heal = std::iter::once(Action::HealAll {});
    heal.chain(ids().flat_map(move |from| {
        ids()
            .filter(move |&to| to > from)
            .map(move |to| Action::Cut {
                from: from.into(),
                to: to.into(),
                both: true,
            })
    }))
}
