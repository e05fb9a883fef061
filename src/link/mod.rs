//! A run as a link: all that somebody did to a world, and how they look at it, in the fragment of
//! an address.
//!
//! ```
//! use raftarium::link::{self, Shared, SharedView};
//! use raftarium::sim::Recording;
//! use raftarium::sim::scenario::Shipped;
//!
//! let scenario = Shipped::by_name("bridge").expect("it ships").scenario();
//! let shared = Shared {
//!     recording: Recording::untouched(scenario),
//!     view: SharedView::default(),
//!     shipped: None,
//! };
//! let address = shared.link()?;
//! let fragment = address.fragment.expect("it is short");
//! assert!(fragment.starts_with("run.1.") && fragment.len() < 60);
//! let opened = link::open(&format!("https://example.org/#{fragment}"))?;
//! assert_eq!(opened.recording, shared.recording);
//! assert_eq!(opened.shipped.as_deref(), Some("bridge"));
//! # Ok::<(), raftarium::link::LinkError>(())
//! ```
//!
//! # What is promised
//!
//! A link that one version has made, every later version opens, or says that it is about a
//! scenario that does not ship any more. So the bytes (`wire`) have numbers of their own for
//! everything, and `tests/links` keeps links of every version. Whether it then goes as it did
//! where it was made, the digests in it tell: see [`Recording`].
//!
//! What a link does not say is its version's business alone: what the page looks like, how text
//! is worded, what a shipped scenario's story is.
//!
//! # How it is kept short
//!
//! - Only what differs is said: from the scenario that ships under that title, or from what is
//!   usual.
//! - Moments are told by how many events and microseconds went by since the one before.
//! - What was done stands in columns, moments, actions and digests each by themselves, so that
//!   `deflate` finds what is alike.
//! - Of the digest at each intervention there are 8 bits, at the shown moment 32. A world that has
//!   gone another way once has other digests ever after, so one that is the same by chance, every
//!   256th, only delays the news until the next.
//!
//! # What comes from outside
//!
//! A link may be damaged, newer, or made by somebody who means harm. Its length is looked at before
//! anything is read; then its checksum; no more than a megabyte is inflated; lists have no more
//! than 65,536 items in all; and what comes out has to keep the bounds that any file has. Each fault is a
//! [`LinkError`] in a person's words.

mod address;
mod error;
mod lines;
mod origin;
mod view;
mod wire;

use std::cell::Cell;

use serde::{Deserialize, Serialize};

pub use self::address::{is_link, pack, unpack};
pub use self::error::LinkError;
pub use self::view::{SharedHappened, SharedLogs, SharedSubject, SharedView, Span};

use self::address::WHOLE_MAX;
use self::origin::{Origin, Shipped};
use self::wire::{ITEMS_MAX, Reader, Said};
use crate::raft::NUMBER_MAX;
use crate::sim::scenario::{ScenarioError, echo, from_json_of_size, validate_action};
use crate::sim::{Intervention, Recording, ReplayError};

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Shared {
    /// What was done to a world.
    pub recording: Recording,
    /// How somebody looks at it.
    #[serde(default)]
    pub view: SharedView,
    /// The name of the shipped scenario that it is of. A link is opened with it; one is made
    /// whatever it is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipped: Option<String>,
}

/// A link, as far as it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Address {
    /// The fragment of the address, without the `#`; none: not even the scenario fits into one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fragment: Option<String>,
    /// Whether nothing is left out.
    pub whole: bool,
    /// What is left out, because a link has no more than 8,000 characters.
    pub left_out: LeftOut,
}

/// What a link leaves out that would be too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum LeftOut {
    /// It is whole.
    Nothing,
    /// All branches but the one that is shown.
    OtherBranches,
    /// Whatever was done: the scenario begins anew.
    Interventions,
    /// There is no link.
    Everything,
}

impl Shared {
    /// The longest text that is read, in bytes.
    pub const JSON_BYTES_MAX: usize = Recording::JSON_BYTES_MAX;

    /// Reads it from JSON, as the page hands it over or saves it.
    ///
    /// # Errors
    /// The first fault found, with its place.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        from_json_of_size(text, Self::JSON_BYTES_MAX)
    }

    /// [Opens](open) a link as a file would be read.
    ///
    /// # Errors
    /// As [`open`], about the field `link`.
    pub fn open(text: &str) -> Result<Self, ScenarioError> {
        open(text).map_err(|error| ScenarioError::new("link", error.to_string()))
    }

    /// The link that says all of this, or as much of it as a link holds.
    ///
    /// # Errors
    /// What can't be, whether in a link or not.
    pub fn link(&self) -> Result<Address, LinkError> {
        self.validate()?;
        let mut shared = self.clone();
        for left_out in [
            LeftOut::Nothing,
            LeftOut::OtherBranches,
            LeftOut::Interventions,
        ] {
            shared.leave_out(left_out);
            if let Some(fragment) = shared.fragment() {
                return Ok(Address {
                    fragment: Some(fragment),
                    whole: left_out == LeftOut::Nothing,
                    left_out,
                });
            }
        }
        Ok(Address {
            fragment: None,
            whole: false,
            left_out: LeftOut::Everything,
        })
    }

    /// Leaves out what a link has no room for.
    fn leave_out(&mut self, what: LeftOut) {
        let recording = &mut self.recording;
        match what {
            LeftOut::Nothing => return,
            LeftOut::OtherBranches => {
                *recording = recording.clone().shown_line();
            }
            LeftOut::Interventions | LeftOut::Everything => {
                *recording = Recording {
                    behaviour: recording.behaviour,
                    ..Recording::new(recording.scenario.clone(), recording.seed, Vec::new())
                };
            }
        }
        self.view.compared = None;
    }

    /// The fragment, if it is not too long.
    fn fragment(&self) -> Option<String> {
        let bytes = self.said().write();
        let fragment = (bytes.len() <= address::BYTES_MAX).then(|| pack(&bytes))?;
        (fragment.len() <= WHOLE_MAX).then_some(fragment)
    }

    /// Checks what every file has to keep to.
    fn validate(&self) -> Result<(), LinkError> {
        let Self {
            recording,
            view,
            shipped: _,
        } = self;
        let recorded = |error: ScenarioError| error.within("recording");
        let scenario = recording.scenario.validate();
        scenario.map_err(|error| recorded(error.within("scenario")))?;
        recording.check()?;
        if recording.seed > NUMBER_MAX {
            return Err(ReplayError::Seed(recording.seed).into());
        }
        let total = recording.scenario.total();
        let done = |interventions: &[Intervention], begins_us| {
            let checked = check_interventions(interventions, begins_us, total);
            checked.map_err(|(number, error)| error.within(format!("interventions[{number}]")))
        };
        done(&recording.interventions, 0).map_err(recorded)?;
        for (number, branch) in recording.branches.iter().enumerate() {
            done(&branch.interventions, branch.left_at.at_us)
                .map_err(|error| recorded(error.within(format!("branches[{number}]"))))?;
        }
        Ok(view.validate(recording.branches.len() + 1)?)
    }

    fn said(&self) -> Said {
        let recording = &self.recording;
        Said {
            behaviour: recording.behaviour,
            origin: Origin::of(&recording.scenario),
            scenario: recording.scenario.clone(),
            seed: recording.seed,
            lines: lines::lines(recording),
            shown: recording.shown,
            view: self.view.clone(),
        }
    }
}

/// Checks what a [recording](Recording::check) is not asked for before it is followed: that time
/// does not go back, and each action keeps its bounds.
fn check_interventions(
    interventions: &[Intervention],
    begins_us: u64,
    replicas: u16,
) -> Result<(), (usize, ScenarioError)> {
    let mut least_us = begins_us;
    for (number, intervention) in interventions.iter().enumerate() {
        let Intervention {
            after_events,
            at_us,
            action,
        } = intervention;
        let fault = |path: &str, fault: String| Err((number, ScenarioError::new(path, fault)));
        if *after_events > NUMBER_MAX {
            return fault("after_events", format!("must be 0 to {NUMBER_MAX}"));
        }
        if !(least_us..=NUMBER_MAX).contains(at_us) {
            return fault("at_us", format!("must be {least_us} to {NUMBER_MAX}"));
        }
        least_us = *at_us;
        validate_action(action, replicas).map_err(|error| (number, error.within("action")))?;
    }
    Ok(())
}

/// What no version has: the scenario is not the one that the link is about, since another ships
/// under its name now.
const NO_BEHAVIOUR: u32 = 0;

/// Opens a link: a whole address, or its fragment with or without the `#`.
///
/// # Errors
/// What is wrong with it.
pub fn open(text: &str) -> Result<Shared, LinkError> {
    let bytes = unpack(text)?;
    let items = Cell::new(ITEMS_MAX);
    let mut is_another = false;
    let said = Said::read(&mut Reader::new(&bytes, &items), |name, digest| {
        let origin = Origin::shipped(name);
        let origin = origin.ok_or_else(|| LinkError::NoSuchScenario(echo(name)))?;
        is_another = origin
            .shipped
            .as_ref()
            .is_some_and(|it| it.digest != digest);
        Ok::<_, LinkError>(origin)
    })?;
    let mut shared = shared(said)?;
    if is_another {
        shared.recording.behaviour = NO_BEHAVIOUR;
    }
    shared.validate()?;
    Ok(shared)
}

fn shared(said: Said) -> Result<Shared, LinkError> {
    let Said {
        behaviour,
        origin,
        scenario,
        seed,
        lines,
        shown,
        view,
    } = said;
    let mut recording = Recording {
        behaviour,
        ..Recording::new(scenario, seed, Vec::new())
    };
    lines::record(&mut recording, lines, shown)?;
    Ok(Shared {
        recording,
        view,
        shipped: origin.shipped.map(|Shipped { name, .. }| name),
    })
}

#[cfg(test)]
mod tests;
