//! A test file as a scenario: for watching, on the page or anywhere.

use super::clients::Clients;
use super::file::{EventKind, TestFile};
use super::settings::Settings;
use crate::kv::{ClientId, Operation};
use crate::sim::action::{Action, Target};
use crate::sim::scenario::{ClientSettings, Scenario, ScenarioError, TimedAction};

/// Client 1 of a world is the person at the page; the test file's come after.
const FIRST: u16 = 2;

impl TestFile {
    /// The scenario in which the requests and events of a test file are timed actions.
    ///
    /// A request is drawn as in a run in which each put is answered before the next request.
    ///
    /// # Errors
    /// If it has more actions than a scenario may have, or a setting is beyond its limits.
    ///
    /// # Panics
    /// Never: there are eight clients.
    pub fn scenario(&self, settings: &Settings) -> Result<Scenario, ScenarioError> {
        let mut clients = Clients::new(self.seed.unwrap_or(1));
        let mut actions: Vec<TimedAction> = Vec::new();
        for event in self.events.iter().filter(|event| self.happens(event)) {
            actions.push(TimedAction {
                at_us: self.event_us(event),
                action: befalls(event.kind, self.replicas),
            });
        }
        for number in 0..self.requests {
            let turn = clients.turn(self.mix.ratio());
            let Some(operation) = turn.operation else {
                continue;
            };
            if let Operation::Put { key, value } = &operation {
                clients.confirm(turn.client, key, value);
            }
            let client = u16::try_from(turn.client).expect("there are eight");
            actions.push(TimedAction {
                at_us: self.request_us(number),
                action: Action::Request {
                    client: Some(ClientId(FIRST + client)),
                    operation,
                    reads: None,
                },
            });
        }
        actions.sort_by_key(|action| action.at_us);
        let scenario = Scenario {
            story: self.remarks.join("\n\n").into(),
            clients: ClientSettings::default(),
            actions,
            ..settings.scenario(self, "A test file of the course")?
        };
        scenario.validate()?;
        Ok(scenario)
    }
}

fn befalls(kind: EventKind, replicas: u16) -> Action {
    let others = |leads: Option<Target>| {
        let mut majority: Vec<Target> = leads.into_iter().collect();
        majority.resize(usize::from(replicas) / 2 + 1, Target::Any);
        Action::Partition {
            groups: vec![majority],
        }
    };
    match kind {
        EventKind::KillLeader => Action::crash(Target::Leader),
        EventKind::KillNonLeader => Action::crash(Target::Follower),
        EventKind::PartEasy => others(Some(Target::Leader)),
        EventKind::PartHard => others(None),
        EventKind::PartEnd => Action::HealAll {},
    }
}
