//! What goes wrong in a random world, and right again.

use std::ops::RangeInclusive;

use raftarium::raft::ReplicaId;
use raftarium::rng::Pcg32;
use raftarium::sim::World;
use raftarium::sim::action::{Action, MessageId, Target};
use raftarium::sim::scenario::ReadMode;

use crate::draw;

/// The weather of one world. Not everything goes wrong everywhere: where replicas
/// never crash, the network has more time to show what it can do, and the other way
/// round.
#[derive(Debug)]
pub(crate) struct Storm {
    /// What may go wrong in this world.
    families: Vec<Family>,
    /// Whether reads rest on the clocks, so that nobody may tamper with them.
    trusting: bool,
    /// The longest pause between two misfortunes.
    pause_us_max: u64,
    dice: Pcg32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Crashes,
    Pauses,
    Partitions,
    Cuts,
    Timeouts,
    Settings,
    Messages,
    Members,
    Handovers,
    Snapshots,
    Protocol,
}

impl Storm {
    pub(crate) fn new(mut dice: Pcg32, trusting: bool) -> Self {
        let mut families = vec![
            Family::Crashes,
            Family::Pauses,
            Family::Partitions,
            Family::Cuts,
            Family::Timeouts,
            Family::Settings,
            Family::Messages,
            Family::Members,
            Family::Handovers,
            Family::Snapshots,
            Family::Protocol,
        ];
        families.retain(|_| dice.below(2) == 0);
        if trusting {
            // A hand on a timer breaks the promise that a lease rests on, and so does a
            // change of the rules.
            families.retain(|family| !matches!(family, Family::Timeouts | Family::Protocol));
        }
        if families.is_empty() {
            families.push(Family::Crashes);
        }
        let pause_us_max = dice.between(50_000, 1_000_000);
        Self {
            families,
            trusting,
            pause_us_max,
            dice,
        }
    }

    /// How long the world is left in peace.
    pub(crate) fn draw_pause_us(&mut self) -> u64 {
        self.dice.between(1, self.pause_us_max)
    }

    /// What happens then. It may well be something that can't be done.
    pub(crate) fn draw_action(&mut self, world: &World) -> Action {
        let replicas = world.scenario().total();
        let replica = self.draw_target(replicas);
        let families = u32::try_from(self.families.len()).expect("they are few");
        let place = self.draw_place(families);
        let family = self.families[place];
        let bad = self.dice.below(2) == 0;
        match family {
            Family::Crashes if bad => Action::crash(replica),
            Family::Crashes => Action::Restart {
                replica: Target::Crashed,
            },
            Family::Pauses if bad => Action::Pause { replica },
            Family::Pauses => Action::Resume {
                replica: Target::Paused,
            },
            Family::Partitions if bad => Action::Partition {
                groups: self.draw_groups(replicas),
            },
            Family::Partitions => Action::HealAll {},
            Family::Cuts => self.draw_cut(bad, replica, replicas),
            Family::Timeouts if bad => Action::TimeOut { replica },
            Family::Timeouts => Action::Tick {
                replica: ReplicaId(self.draw_small(1..=replicas)),
            },
            Family::Settings => self.draw_settings(replicas),
            Family::Messages => self.draw_message_action(world),
            Family::Members => self.draw_members(replicas),
            Family::Handovers => Action::TransferLeadership {
                to: bad.then_some(replica),
            },
            Family::Snapshots if bad => Action::TakeSnapshot { replica },
            Family::Snapshots => Action::SetSnapshots {
                snapshots: draw::snapshots(&mut self.dice),
            },
            Family::Protocol => self.draw_protocol(bad, replicas),
        }
    }

    fn draw_cut(&mut self, bad: bool, replica: Target, replicas: u16) -> Action {
        let (from, to) = (replica, self.draw_target(replicas));
        let both = self.dice.below(2) == 0;
        match (bad, self.dice.below(3)) {
            (true, 0) => Action::Isolate { replica },
            (true, _) => Action::Cut { from, to, both },
            (false, 0) => Action::Heal { from, to, both },
            (false, 1) => Action::Rejoin { replica },
            (false, _) => Action::HealAll {},
        }
    }

    fn draw_settings(&mut self, replicas: u16) -> Action {
        match self.dice.below(4) {
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
            _ => Action::SetClock {
                replica: ReplicaId(self.draw_small(1..=replicas)),
                rate_ppm: draw::rate(&mut self.dice, self.trusting),
            },
        }
    }

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

    /// For everyone, or for one alone: replicas may differ in their settings.
    fn draw_protocol(&mut self, everyone: bool, replicas: u16) -> Action {
        let mut protocol = draw::protocol(&mut self.dice);
        if draw::trusts_clocks(&protocol) {
            protocol.reads = ReadMode::Log {};
        }
        let replica = (!everyone).then(|| ReplicaId(self.draw_small(1..=replicas)));
        Action::SetProtocol { replica, protocol }
    }

    fn draw_message_action(&mut self, world: &World) -> Action {
        let ids: Vec<MessageId> = world.messages().map(|message| message.id).collect();
        let count = u32::try_from(ids.len()).expect("messages are few");
        // Sometimes a message that is not there.
        let place = self.draw_place(count + 1);
        let message = ids.get(place).copied().unwrap_or(MessageId(0));
        match self.dice.below(5) {
            0 => Action::Drop { message },
            1 => Action::Duplicate { message },
            2 => Action::Hold { message },
            3 => Action::Release { message },
            _ => Action::Deliver { message },
        }
    }

    fn draw_target(&mut self, replicas: u16) -> Target {
        match self.dice.below(6) {
            0..=1 => Target::Leader,
            2 => Target::Follower,
            3 => Target::Any,
            _ => ReplicaId(self.draw_small(1..=replicas)).into(),
        }
    }

    fn draw_groups(&mut self, replicas: u16) -> Vec<Vec<Target>> {
        let mut groups = vec![Vec::new(), Vec::new()];
        for id in (1..=replicas).map(ReplicaId) {
            // The third group is that of those who are not named.
            let group = usize::from(self.draw_small(0..=2));
            if let Some(group) = groups.get_mut(group) {
                group.push(id.into());
            }
        }
        groups.retain(|group| !group.is_empty());
        groups
    }

    fn draw_place(&mut self, count: u32) -> usize {
        usize::try_from(self.dice.below(count)).expect("it is small")
    }

    fn draw_small(&mut self, range: RangeInclusive<u16>) -> u16 {
        let (min, max) = range.into_inner();
        let drawn = self.dice.between(u64::from(min), u64::from(max));
        u16::try_from(drawn).expect("it is small")
    }
}
