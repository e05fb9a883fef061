//! How somebody looks at a world. It changes nothing in it.

use serde::{Deserialize, Serialize};

use crate::kv::ClientId;
use crate::raft::{LogIndex, NUMBER_MAX, ReplicaId};
use crate::sim::action::MessageId;
use crate::sim::scenario::ScenarioError;

/// How somebody looks at a world: what a link keeps of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct SharedView {
    /// Whether time stands still.
    pub paused: bool,
    /// How fast virtual time runs, in millionths of the time by the wall: 1,000,000 is as fast.
    /// 1 to 1,000,000,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_ppm: Option<u32>,
    /// Which of its tabs the page shows, by the page's own name; 32 bytes at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tab: Option<String>,
    /// What is selected on the stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection: Option<SharedSubject>,
    /// Which part of the run is shown at a glance; none: all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// The place of the branch that is shown beside; the first has the place 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<u32>,
    /// Which part of the logs is shown; none: as the page sees fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<SharedLogs>,
    /// How the page shows the world, by the page's own name, such as `spacetime`; 32 bytes at most.
    /// None: the usual way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sight: Option<String>,
    /// Of what happened everything is told; none: what matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub happened: Option<SharedHappened>,
}

/// Which part of everything that happened is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct SharedHappened {
    /// Only what happened at this replica or client; none: at any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<SharedSubject>,
    /// Only what has this in its sentence; 64 bytes at most.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub with: String,
    /// Only what is of this sort, by the page's own name, such as `messages`; 32 bytes at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}

/// Which part of the logs is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct SharedLogs {
    /// The index that they begin with; none: they follow what happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// How wide an entry is, in percent of the usual; 10 to 1,000.
    pub zoom_percent: u32,
}

/// Something on the stage that can be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum SharedSubject {
    /// A replica.
    Replica {
        /// Its number.
        id: ReplicaId,
    },
    /// A message in flight.
    Message {
        /// Its number.
        id: MessageId,
    },
    /// A client.
    Client {
        /// Its number.
        id: ClientId,
    },
    /// The links between two replicas, both directions.
    Link {
        /// The one with the lower number.
        from: ReplicaId,
        /// The other one.
        to: ReplicaId,
    },
    /// An entry of a log.
    Entry {
        /// Whose log.
        replica: ReplicaId,
        /// The index of the entry.
        index: LogIndex,
    },
}

/// A span of virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Span {
    /// Where it begins, in microseconds.
    pub from_us: u64,
    /// Where it ends, in microseconds; not before it begins, and 2^53 − 1 at most.
    pub to_us: u64,
}

/// The fastest that a link may ask for, a thousand times as fast as the wall's clock.
const SPEED_PPM_MAX: u32 = 1_000_000_000;
const NAME_BYTES_MAX: usize = 32;
const WITH_BYTES_MAX: usize = 64;

impl SharedView {
    /// Checks the bounds of each field, beside so many branches.
    pub(super) fn validate(&self, branches: usize) -> Result<(), ScenarioError> {
        let bad = |path: &str, fault: String| Err(ScenarioError::new(path, fault));
        if let Some(speed) = self
            .speed_ppm
            .filter(|it| !(1..=SPEED_PPM_MAX).contains(it))
        {
            let fault = format!("must be 1 to {SPEED_PPM_MAX}, not {speed}");
            return bad("view.speed_ppm", fault);
        }
        let with = self.happened.as_ref().map(|it| &it.with);
        let sort = self.happened.as_ref().and_then(|it| it.sort.as_ref());
        let texts = [
            ("view.tab", self.tab.as_ref(), NAME_BYTES_MAX),
            ("view.sight", self.sight.as_ref(), NAME_BYTES_MAX),
            ("view.happened.with", with, WITH_BYTES_MAX),
            ("view.happened.sort", sort, NAME_BYTES_MAX),
        ];
        for (path, text, most) in texts {
            if let Some(text) = text.filter(|it| it.len() > most) {
                let fault = format!("must have at most {most} bytes, not {}", text.len());
                return bad(path, fault);
            }
        }
        if let Some(SharedSubject::Message { id }) = self.selection
            && id.0 > NUMBER_MAX
        {
            let fault = format!("must be at most {NUMBER_MAX}, not {}", id.0);
            return bad("view.selection.message.id", fault);
        }
        if let Some(SharedSubject::Entry { index, .. }) = self.selection
            && index.0 > NUMBER_MAX
        {
            let fault = format!("must be at most {NUMBER_MAX}, not {}", index.0);
            return bad("view.selection.entry.index", fault);
        }
        if let Some(logs) = self.logs {
            if !(10..=1_000).contains(&logs.zoom_percent) {
                let fault = format!("must be 10 to 1000, not {}", logs.zoom_percent);
                return bad("view.logs.zoom_percent", fault);
            }
            if logs.first.is_some_and(|first| first > NUMBER_MAX) {
                return bad("view.logs.first", format!("must be at most {NUMBER_MAX}"));
            }
        }
        if let Some(Span { from_us, to_us }) = self.span
            && (from_us > to_us || to_us > NUMBER_MAX)
        {
            let fault = format!("must end after it begins, and at {NUMBER_MAX} at most");
            return bad("view.span", fault);
        }
        let there = |place: &u32| usize::try_from(*place).is_ok_and(|place| place < branches);
        if let Some(place) = self.compared.filter(|it| !there(it)) {
            return bad("view.compared", format!("there is no branch {place}"));
        }
        Ok(())
    }
}
