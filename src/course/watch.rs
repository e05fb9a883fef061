//! A test file as a scenario: for watching, on the page or anywhere.

use super::clients::Clients;
use super::file::{EventKind, TestFile};
use super::settings::Settings;
use crate::kv::{ClientId, Operation};
use crate::sim::action::{Action, Target};
use crate::sim::scenario::{ClientSettings, Scenario, ScenarioError, TimedAction};

/// Client 1 of a world is the person at the page; the test file's come after.
const FIRST: u16 = 2;

/// The scenario in which the requests and events of a test file are timed actions.
///
/// A request is drawn as in a run in which each put is answered before the next request.
pub(super) fn scenario(file: &TestFile, settings: &Settings) -> Result<Scenario, ScenarioError> {
    let mut clients = Clients::new(file.seed.unwrap_or(1));
    let mut actions: Vec<TimedAction> = Vec::new();
    for event in file.events.iter().filter(|event| file.happens(event)) {
        actions.push(TimedAction {
            at_us: file.event_us(event),
            action: befalls(event.kind, file.replicas),
        });
    }
    for number in 0..file.requests {
        let turn = clients.turn(file.mix.ratio());
        let Some(operation) = turn.operation else {
            continue;
        };
        if let Operation::Put { key, value } = &operation {
            clients.confirm(turn.client, key, value);
        }
        let client = u16::try_from(turn.client).expect("there are eight");
        actions.push(TimedAction {
            at_us: file.request_us(number),
            action: Action::Request {
                client: Some(ClientId(FIRST + client)),
                operation,
                reads: None,
            },
        });
    }
    actions.sort_by_key(|action| action.at_us);
    let scenario = Scenario {
        story: file.remarks.join("\n\n"),
        clients: ClientSettings::default(),
        actions,
        ..settings.scenario(file, "A test file of the course")?
    };
    scenario.validate()?;
    Ok(scenario)
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
