//! Our replica, as the world runs it.

use raftarium::raft::{
    Compact, Config, Durable, Effects, Input, LogIndex, Membership, Payload, Replica, ReplicaId,
    Role, Term,
};
use raftarium::rng::Pcg32;

use crate::host::{Applied, Host, Restored, Setup, StepResult, Wire};
use crate::machine::Machine;

pub(crate) struct Ours {
    setup: Setup,
    replica: Option<Replica>,
    disk: Durable,
    machine: Machine,
    lives: u64,
}

impl Ours {
    pub(crate) fn new(setup: Setup) -> Self {
        let mut ours = Self {
            setup,
            replica: None,
            disk: Durable::default(),
            machine: Machine::default(),
            lives: 0,
        };
        ours.restart();
        ours
    }

    fn step(&mut self, input: Input) -> StepResult {
        let Some(replica) = &mut self.replica else {
            return StepResult::default();
        };
        let memberships = replica.membership_index();
        let received = match &input {
            Input::Receive(message) => Some(message.clone()),
            _ => None,
        };
        let effects = replica.step(input);
        // Whatever the crate's replicas say, once it's translated, is what ours might say.
        assert_eq!(effects.refused, None, "refused {received:?}");
        let rolled_back = effects
            .write
            .truncate_after
            .is_some_and(|it| it < memberships);
        self.carry_out(effects, rolled_back)
    }

    fn carry_out(&mut self, effects: Effects, rolled_back: bool) -> StepResult {
        let replica = self.replica.as_ref().expect("it has just stepped");
        let log = replica.log();
        self.disk
            .apply(&effects.write, &log.entries(&effects.write.append));
        assert_eq!(&self.disk, replica.durable());
        let mut outcome = StepResult {
            truncated: effects.write.truncate_after.is_some(),
            rolled_back,
            ..StepResult::default()
        };
        for message in effects.messages {
            outcome.messages.push((message.to, Wire::Ours(message)));
        }
        if let Some(snapshot) = effects.restore {
            self.machine = Machine::restore(&snapshot.data);
            outcome.restored = Some(Restored {
                last: snapshot.last,
                membership: (*snapshot.membership).clone(),
                machine: self.machine,
            });
        }
        for entry in &log.entries(&effects.committed) {
            self.machine.apply(entry);
            let membership = match &entry.payload {
                Payload::Membership(membership) => Some((**membership).clone()),
                _ => None,
            };
            outcome.applied.push(Applied {
                position: entry.position(),
                membership,
                machine: self.machine,
            });
        }
        outcome
    }
}

impl Host for Ours {
    fn restart(&mut self) {
        self.lives += 1;
        let Setup {
            seed,
            id,
            peers,
            initial,
            settings,
            ..
        } = self.setup.clone();
        let config = Config {
            id,
            peers,
            membership: initial,
            settings,
        };
        let rng = Pcg32::fork(seed, "ours", (u64::from(id.0) << 32) | self.lives);
        let snapshot = self.disk.snapshot.as_ref();
        self.machine = snapshot.map_or(Machine::default(), |it| Machine::restore(&it.data));
        let replica = Replica::new(config, self.disk.clone(), rng);
        self.replica = Some(replica.expect("the settings are valid"));
    }

    fn crash(&mut self) {
        self.replica = None;
    }

    fn runs(&self) -> bool {
        self.replica.is_some()
    }

    fn tick(&mut self) -> StepResult {
        self.step(Input::Tick)
    }

    fn receive(&mut self, wire: Wire) -> StepResult {
        let Wire::Ours(message) = wire else {
            panic!("it does not speak the other dialect");
        };
        self.step(Input::Receive(message))
    }

    fn campaign(&mut self) -> StepResult {
        self.step(Input::Campaign)
    }

    fn propose(&mut self, command: Vec<u8>) -> StepResult {
        self.step(Input::Propose(command.into()))
    }

    fn change(&mut self, wish: &Membership) -> StepResult {
        self.step(Input::ChangeMembership(wish.clone()))
    }

    fn transfer(&mut self, to: ReplicaId) -> StepResult {
        self.step(Input::TransferLeadership(Some(to)))
    }

    fn compact(&mut self, retain: u64) -> StepResult {
        self.step(Input::Compact(Compact {
            through: LogIndex(self.machine.applied),
            data: self.machine.snapshot(),
            retain,
        }))
    }

    fn leads(&self) -> Option<Term> {
        let replica = self.replica.as_ref()?;
        matches!(replica.role(), Role::Leader(_)).then(|| replica.term())
    }

    fn machine(&self) -> Machine {
        self.machine
    }

    fn last_index(&self) -> u64 {
        self.disk.log.last_index().0
    }

    fn membership(&self) -> (Membership, bool) {
        let replica = self.replica.as_ref().expect("it runs");
        let committed = replica.membership_index() <= replica.commit_index();
        ((**replica.membership()).clone(), committed)
    }

    fn describe(&self) -> String {
        let Some(it) = &self.replica else {
            return "ours, crashed".into();
        };
        format!(
            "ours, term {} vote {:?} last {} commit {} {:?} {:?}",
            it.term(),
            it.voted_for(),
            it.log().last(),
            it.commit_index(),
            it.membership(),
            it.role(),
        )
    }
}
