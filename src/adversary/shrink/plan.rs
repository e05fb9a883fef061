//! A run, told so that parts of it can be left out.
//!
//! A recording pins what was done to the events before it: take one thing away, and the next
//! comes after another event than it was meant for. Here each thing is done at its moment of
//! virtual time and, where it matters, after a number of the events of that microsecond. A
//! message is known by what it is, not by its number.

use super::super::broken::Broken;
use super::super::guarded;
use super::super::run::Run;
use crate::sim::action::{Action, MessageId};
use crate::sim::notice::TraceEvent;
use crate::sim::scenario::{Scenario, TimedAction};
use crate::sim::view::{Endpoint, MessageKind, MessageView};
use crate::sim::{Recording, ReplayError, World};

use crate::raft::ReplicaId;

/// A run that can be carried out with parts of it left out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// The world. Its list of actions is empty: what is done are the deeds.
    pub(super) scenario: Scenario,
    /// In order.
    pub(super) deeds: Vec<Deed>,
    pub(super) ending: Ending,
}

/// The phase after the last deed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ending {
    /// Time passes.
    None,
    /// A liveness phase: everything works again but the dead replicas, and must come to rest.
    Rest,
    /// The same, but only this one reaches all others.
    Star(ReplicaId),
}

/// An action and its moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deed {
    pub(super) at_us: u64,
    /// How many events of that very microsecond come before it.
    pub(super) after: u32,
    /// If it is done to a message, the number is that which the message once had.
    pub(super) action: Action,
    pub(super) message: Option<Likeness>,
}

/// The features by which a message is recognised.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Likeness {
    pub(super) from: Endpoint,
    pub(super) to: Endpoint,
    pub(super) kind: MessageKind,
    pub(super) sent_us: u64,
}

impl Plan {
    /// All that was done to a world, by whom it was done, and when.
    ///
    /// # Errors
    /// The first fault of the recording.
    pub(super) fn of(recording: &Recording, ending: Ending) -> Result<Self, ReplayError> {
        let mut world = recording.beginning()?;
        let timed = recording.scenario.actions.iter();
        let mut deeds: Vec<Deed> = timed.map(Deed::from).collect();
        // It may fall over what was done last.
        guarded(|| {
            watch(&mut world, recording, &mut deeds);
            Ok(())
        })
        .ok();
        deeds.sort_by_key(|deed| (deed.at_us, deed.after));
        let mut scenario = recording.scenario.clone();
        scenario.seed = Some(recording.seed);
        scenario.actions.clear();
        Ok(Self {
            scenario,
            deeds,
            ending,
        })
    }

    /// Without what a scenario can't say.
    pub(super) fn plain(mut self) -> Self {
        for deed in &mut self.deeds {
            deed.after = 0;
        }
        let replicas = self.scenario.total();
        self.deeds.retain(|deed| deed.is_plain(replicas));
        self
    }

    /// The same, but what came after an event of its microsecond comes in the next one.
    pub(super) fn put_off(mut self) -> Self {
        for deed in &mut self.deeds {
            deed.at_us += u64::from(deed.after > 0);
        }
        self
    }

    /// Whether a scenario can say all that is done.
    pub(super) fn is_plain(&self) -> bool {
        let replicas = self.scenario.total();
        self.deeds.iter().all(|deed| deed.is_plain(replicas))
    }

    /// The world, and in it all that is done if a scenario can say it.
    pub(super) fn told(&self) -> Scenario {
        let mut scenario = self.scenario.clone();
        if self.is_plain() {
            scenario.actions = self.deeds.iter().map(Deed::timed).collect();
        }
        scenario
    }

    /// What the world does not do by itself is done to it.
    pub(super) fn carry_out(&self, run: &mut Run) -> Result<(), Broken> {
        if self.is_plain() {
            return Ok(());
        }
        let mut happened = (0, 0);
        for deed in &self.deeds {
            let before = if happened.0 == deed.at_us {
                happened.1
            } else {
                0
            };
            run.pass_until(deed.at_us, deed.after.saturating_sub(before))?;
            happened = (deed.at_us, deed.after.max(before));
            if let Some(action) = deed.action_in(&run.world) {
                run.apply(&action)?;
            }
        }
        Ok(())
    }

    pub(super) fn last_us(&self) -> u64 {
        self.deeds.last().map_or(0, |deed| deed.at_us)
    }
}

/// Sees a recording again and notes what is done in it, roles resolved.
fn watch(world: &mut World, recording: &Recording, deeds: &mut Vec<Deed>) {
    let mut happened = (0, 0);
    for intervention in &recording.interventions {
        while world.events() < intervention.after_events {
            let Ok(Some(due)) = world.step() else { return };
            let before = if happened.0 == due.at_us {
                happened.1
            } else {
                0
            };
            happened = (due.at_us, before + 1);
        }
        let at_us = intervention.at_us;
        let mut deed = Deed {
            at_us,
            after: if happened.0 == at_us { happened.1 } else { 0 },
            message: likeness(world, &intervention.action),
            action: intervention.action.clone(),
        };
        world.take_notices();
        let done = intervention.repeat(world);
        if let Some(resolved) = world.take_notices().into_iter().find_map(done_by) {
            deed.action = resolved;
        }
        deeds.push(deed);
        if done.is_err() {
            return;
        }
    }
}

fn done_by(notice: crate::sim::notice::Notice) -> Option<Action> {
    match notice.what {
        TraceEvent::Done { action } => Some(action),
        _ => None,
    }
}

/// The features of the message that an action is about.
fn likeness(world: &World, action: &Action) -> Option<Likeness> {
    let id = message_of(&mut action.clone()).copied()?;
    let message = world.messages().find(|message| message.id == id)?;
    Some(Likeness {
        from: message.from,
        to: message.to,
        kind: message.kind,
        sent_us: message.sent_us,
    })
}

fn message_of(action: &mut Action) -> Option<&mut MessageId> {
    match action {
        Action::Drop { message }
        | Action::Duplicate { message }
        | Action::Hold { message }
        | Action::Release { message }
        | Action::Deliver { message } => Some(message),
        _ => None,
    }
}

impl From<&TimedAction> for Deed {
    fn from(timed: &TimedAction) -> Self {
        Self::new(timed.at_us, timed.action.clone())
    }
}

impl Deed {
    pub(super) fn new(at_us: u64, action: Action) -> Self {
        Self {
            at_us,
            after: 0,
            action,
            message: None,
        }
    }

    fn timed(&self) -> TimedAction {
        TimedAction {
            at_us: self.at_us,
            action: self.action.clone(),
        }
    }

    /// Whether a scenario can say it.
    fn is_plain(&self, replicas: u16) -> bool {
        self.after == 0 && self.timed().validate(replicas).is_ok()
    }

    /// It comes so much earlier, and so does its message.
    pub(super) fn hurry(&mut self, less_us: u64) {
        self.at_us -= less_us;
        if let Some(message) = &mut self.message {
            message.sent_us = message.sent_us.saturating_sub(less_us);
        }
    }

    /// The action, and in it the message that is most like the one that was meant; `None` if
    /// nothing like it is on its way.
    fn action_in(&self, world: &World) -> Option<Action> {
        let mut action = self.action.clone();
        let Some(likeness) = &self.message else {
            return Some(action);
        };
        let meant = message_of(&mut action)?;
        let alike = |it: &MessageView| {
            (it.from, it.to, it.kind) == (likeness.from, likeness.to, likeness.kind)
        };
        let distance = |it: &MessageView| {
            (
                it.sent_us.abs_diff(likeness.sent_us),
                it.id.0.abs_diff(meant.0),
            )
        };
        let found = world.messages().filter(alike).min_by_key(distance)?;
        *meant = found.id;
        Some(action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adversary::simulate;
    use crate::sim::Timeline;

    fn carried_out(plan: &Plan) -> Run {
        let mut run = Run::new(plan.told(), plan.scenario.seed.unwrap());
        plan.carry_out(&mut run).unwrap();
        run
    }

    #[test]
    fn told_whole_it_is_the_same_life() {
        for seed in 1..30 {
            let recording = simulate(seed).case.recording;
            let plan = Plan::of(&recording, Ending::None).unwrap();
            assert_eq!(plan.deeds.len(), recording.interventions.len());
            let lived = carried_out(&plan).world;
            let seen_again = recording.replay(lived.events()).unwrap();
            assert_eq!(lived.digest(), seen_again.digest(), "seed {seed}");
        }
    }

    /// A pause comes first, which moves the numbers of all messages. Then two heartbeats are
    /// held as they leave.
    #[test]
    fn a_message_is_known_again_by_what_it_is() {
        let text = r#"{ "replicas": 3, "workload": { "clients": 0 } }"#;
        let mut timeline = Timeline::new(Scenario::from_json(text).unwrap(), 7);
        let pause = Action::Pause {
            replica: ReplicaId(3).into(),
        };
        timeline.apply(pause).unwrap();
        let heartbeats = |world: &World| -> Vec<MessageView> {
            let sent_now = |it: &MessageView| {
                it.kind == MessageKind::Heartbeat && it.sent_us == world.now_us()
            };
            world.messages().filter(sent_now).collect()
        };
        while heartbeats(timeline.world()).is_empty() {
            timeline.step().unwrap();
        }
        let meant = heartbeats(timeline.world());
        for message in meant.iter().map(|it| it.id) {
            timeline.apply(Action::Hold { message }).unwrap();
        }
        let mut plan = Plan::of(&timeline.recording(), Ending::None).unwrap();
        assert!(!plan.is_plain(), "a scenario can't hold a message");
        assert_eq!(plan.clone().plain().deeds.len(), 1);

        plan.deeds.remove(0);
        let run = carried_out(&plan);
        let held = run.world.messages().filter(|it| it.held_us.is_some());
        let held: Vec<MessageView> = held.collect();
        let likeness = |it: &MessageView| (it.from, it.to, it.kind);
        let (held_like, meant_like): (Vec<_>, Vec<_>) = (
            held.iter().map(likeness).collect(),
            meant.iter().map(likeness).collect(),
        );
        assert_eq!(held_like, meant_like);
        assert_ne!(held[0].id, meant[0].id, "the pause had lost messages");

        // Without any like it nothing is done.
        plan.deeds.retain(|deed| deed.message.is_some());
        for deed in &mut plan.deeds {
            deed.hurry(deed.at_us);
        }
        assert_eq!(carried_out(&plan).interventions(), 0);
    }

    #[test]
    fn what_came_after_an_event_of_its_microsecond_is_put_off() {
        let deed = |at_us, after| Deed {
            after,
            ..Deed::new(at_us, Action::HealAll {})
        };
        let plan = Plan {
            scenario: Scenario::default(),
            deeds: vec![deed(5, 0), deed(5, 2)],
            ending: Ending::None,
        };
        assert!(!plan.is_plain());
        let scenario = plan.put_off().plain().told();
        let times: Vec<u64> = scenario.actions.iter().map(|it| it.at_us).collect();
        assert_eq!(times, [5, 6]);
    }
}
