//! The numbers of what a link says besides the scenario and the actions. None is ever given twice.

use super::{
    Column, Form, Key, Reader, Usual, Wire, WireFault, Writer, choice, record, usual::usual,
};
use crate::link::origin::{Origin, Shipped};
use crate::link::view::{SharedHappened, SharedLogs, SharedSubject, SharedView, Span};
use crate::sim::action::Action;
use crate::sim::scenario::Scenario;
use crate::sim::{Moment, Shown};

/// All that a link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::link) struct Said {
    pub(in crate::link) behaviour: u32,
    pub(in crate::link) origin: Origin,
    pub(in crate::link) scenario: Scenario,
    pub(in crate::link) seed: u64,
    pub(in crate::link) lines: Vec<Line>,
    pub(in crate::link) shown: Option<Shown>,
    pub(in crate::link) view: SharedView,
}

/// The fields of [`Said`]: 1 behaviour, 2 the shipped scenario's name, 3 its digest, 4 how the
/// scenario differs from it (or from the usual one), 5 seed, 6 lines, 7 shown, 8 view.
impl Said {
    pub(in crate::link) fn write(&self) -> Vec<u8> {
        let mut out = Writer::default();
        let Self {
            behaviour,
            origin,
            scenario,
            seed,
            lines,
            shown,
            view,
        } = self;
        out.field(1, behaviour, &0);
        if let Some(Shipped { name, digest, .. }) = &origin.shipped {
            out.field(2, name, &String::new());
            out.field(3, digest, &0);
        }
        out.field(4, scenario, origin.scenario());
        out.field(5, seed, &0);
        out.field(6, lines, &Vec::new());
        out.field(7, shown, &Usual::usual());
        out.field(8, view, &Usual::usual());
        out.into_bytes()
    }

    /// Reads it. `origin` finds the shipped scenario of a name.
    pub(in crate::link) fn read<E: From<WireFault>>(
        from: &mut Reader<'_>,
        mut find: impl FnMut(&str, u32) -> Result<Origin, E>,
    ) -> Result<Self, E> {
        let (mut name, mut digest) = (String::new(), 0);
        let mut origin = None;
        let mut said = Self {
            behaviour: 0,
            origin: Origin::usual(),
            scenario: Scenario::usual(),
            seed: 0,
            lines: Vec::new(),
            shown: None,
            view: Usual::usual(),
        };
        loop {
            let key = from.key()?;
            // What the scenario differs from is known before the scenario.
            if origin.is_none() && key.is_none_or(|it| it.number > 3) {
                let found = match name.as_str() {
                    "" => Origin::usual(),
                    name => find(name, digest)?,
                };
                said.scenario = found.scenario().clone();
                origin = Some(found);
            }
            let Some(key) = key else {
                break;
            };
            match key.number {
                1 => said.behaviour = from.field(key, &0)?,
                2 => name = from.field(key, &String::new())?,
                3 => digest = from.field(key, &0)?,
                4 => said.scenario = from.field(key, &said.scenario)?,
                5 => said.seed = from.field(key, &0)?,
                6 => said.lines = from.field(key, &Vec::new())?,
                7 => said.shown = from.field(key, &Usual::usual())?,
                8 => said.view = from.field(key, &Usual::usual())?,
                number => {
                    let what = "a part";
                    return Err(WireFault::Unknown { what, number }.into());
                }
            }
        }
        said.origin = origin.unwrap_or_else(Origin::usual);
        Ok(said)
    }
}

/// A branch. What was done in it is written in columns: numbers that look alike stand together,
/// and are deflated to less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::link) struct Line {
    /// The place of the branch that it leaves; 0 for the first branch too.
    pub(in crate::link) parent: u32,
    pub(in crate::link) left_at: Moment,
    pub(in crate::link) name: String,
    pub(in crate::link) end: Option<Moment>,
    /// How many events happened between one intervention and the next, counted from where the
    /// branch begins.
    pub(in crate::link) events: Column,
    /// How much time went by between them, in microseconds.
    pub(in crate::link) times_us: Column,
    pub(in crate::link) actions: Vec<Action>,
    /// Those after the first so many actions.
    pub(in crate::link) digests: Digests,
}

record!(Line, "a part of a branch" {
    1: parent,
    2: left_at,
    3: name,
    4: end,
    5: events,
    6: times_us,
    7: actions,
    8: digests,
});

record!(Moment, "a part of a moment" { 1: events, 2: at_us });

record!(Shown, "a part of the shown moment" { 1: branch, 2: events, 3: at_us, 4: digest });

/// The last eight bits of digests, a byte each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::link) struct Digests(pub(in crate::link) Vec<u8>);

impl Wire for Digests {
    const FORM: Form = Form::Bytes;

    fn write(&self, _: &Self, out: &mut Writer) {
        out.0.extend_from_slice(&self.0);
    }

    fn read(_: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
        Ok(Self(std::mem::take(&mut from.bytes).to_owned()))
    }
}

/// Nothing depends on the view. So what a newer version says of it is passed over.
impl Wire for SharedView {
    const FORM: Form = Form::Bytes;

    fn write(&self, usual: &Self, out: &mut Writer) {
        let Self {
            paused,
            speed_ppm,
            tab,
            selection,
            span,
            compared,
            logs,
            sight,
            happened,
        } = self;
        out.field(1, paused, &usual.paused);
        out.field(2, speed_ppm, &usual.speed_ppm);
        out.field(3, tab, &usual.tab);
        out.field(4, selection, &usual.selection);
        out.field(5, span, &usual.span);
        out.field(6, compared, &usual.compared);
        out.field(7, logs, &usual.logs);
        out.field(8, sight, &usual.sight);
        out.field(9, happened, &usual.happened);
    }

    fn read(usual: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
        let mut view = usual.clone();
        while let Some(key) = from.key()? {
            match key.number {
                1 => known(&mut view.paused, key, from)?,
                2 => known(&mut view.speed_ppm, key, from)?,
                3 => known(&mut view.tab, key, from)?,
                4 => known(&mut view.selection, key, from)?,
                5 => known(&mut view.span, key, from)?,
                6 => known(&mut view.compared, key, from)?,
                7 => known(&mut view.logs, key, from)?,
                8 => known(&mut view.sight, key, from)?,
                9 => known(&mut view.happened, key, from)?,
                _ => from.skip(key)?,
            }
        }
        Ok(view)
    }
}

/// Takes a field, unless it says something that this version does not know.
fn known<T: Wire>(place: &mut T, key: Key, from: &mut Reader<'_>) -> Result<(), WireFault> {
    match from.field(key, &T::usual()) {
        Ok(value) => *place = value,
        Err(WireFault::Unknown { .. }) => {}
        Err(fault) => return Err(fault),
    }
    Ok(())
}

choice!(SharedSubject, "what is selected" {
    0: Replica { 1: id },
    1: Message { 1: id },
    2: Client { 1: id },
    3: Link { 1: from, 2: to },
    4: Entry { 1: replica, 2: index },
});

record!(SharedLogs, "a part of how the logs are shown" { 1: first, 2: zoom_percent });

record!(SharedHappened, "a part of what is told" { 1: at, 2: with, 3: sort });

record!(Span, "a part of the time shown" { 1: from_us, 2: to_us });

usual! {
    Line = Self::default();
    Moment = Self::default();
    Shown = Self {
        branch: 0,
        events: 0,
        at_us: 0,
        digest: None,
    };
    Column = Self::default();
    Digests = Self::default();
    SharedView = Self {
        paused: false,
        speed_ppm: None,
        tab: None,
        selection: None,
        span: None,
        compared: None,
        logs: None,
        sight: None,
        happened: None,
    };
    SharedHappened = Self::default();
    SharedLogs = Self {
        first: None,
        zoom_percent: 100,
    };
    SharedSubject = Self::Replica { id: Usual::usual() };
    Span = Self {
        from_us: 0,
        to_us: 0,
    };
}
