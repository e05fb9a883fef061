//! What a person who watches is told: one text, or steps that come as the world runs.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize as Read, Serialize};

use super::limits::{NUMBER_MAX, STORY_BYTES_MAX, Valid, replica, size, within};
use crate::raft::ReplicaId;

/// What there is to see, for the person who watches. In a file it is a text, or a list of
/// [steps](StoryStep).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum Story {
    /// All of it at once; 16,384 bytes at most.
    Text(String),
    /// Steps, each after the one before it; 64 at most, with 16,384 bytes of text in all.
    Steps(Vec<StoryStep>),
}

/// A step of a story. It comes right after the step before it, or later: not before `at_us`, if that is
/// given, and with an event, if `on` is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Read)]
#[serde(deny_unknown_fields)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct StoryStep {
    /// What there is to see then.
    pub say: String,
    /// When it comes at the soonest, in microseconds of virtual time; 2^53 − 1 at most, and not
    /// before that of an earlier step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_us: Option<u64>,
    /// It comes with the first such event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<StoryEvent>,
    /// Only an event of this replica counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica: Option<ReplicaId>,
}

/// Something that a step of a story can come with; each is a kind of
/// [trace event](crate::sim::view::trace::TraceEvent).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Read)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub enum StoryEvent {
    /// A replica stands as a candidate.
    ElectionStarted,
    /// A replica won an election.
    LeaderElected,
    /// A leader or candidate became a follower.
    SteppedDown,
    /// A leader moved its commit index.
    Committed,
    /// A follower dropped entries that conflict with the leader's.
    LogTruncated,
    /// A replica asks whether it could win an election.
    PreVoteStarted,
    /// A leader has lost touch with its quorum.
    QuorumLost,
    /// A leader has appended a configuration.
    MembershipAppended,
    /// A configuration is committed.
    MembershipCommitted,
    /// A leader was asked to hand over, or has given that up.
    Transfer,
    /// A replica has taken a snapshot.
    SnapshotTaken,
    /// A replica starts anew from its leader's snapshot.
    SnapshotInstalled,
    /// A crash has ended a write of which not all was lost.
    WriteInterrupted,
    /// A read was served that is older than what some client had been told.
    StaleRead,
    /// A client has opened another session.
    SessionRenewed,
    /// A message of this replica was lost, or one for it.
    MessageLost,
    /// A client was answered.
    Answered,
    /// A client gave up.
    GaveUp,
    /// Something was done from outside, or by a timed action.
    Done,
    /// Something should have happened long ago, and has not.
    Stuck,
    /// A property is broken.
    Violated,
}

const STEPS_MAX: usize = 64;

impl Story {
    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Steps(steps) => steps.is_empty(),
        }
    }

    /// The steps; none in a text.
    pub fn steps(&self) -> &[StoryStep] {
        match self {
            Self::Text(_) => &[],
            Self::Steps(steps) => steps,
        }
    }

    pub(super) fn validate(&self, replicas: u16) -> Valid {
        match self {
            Self::Text(text) => size("story", text.len(), 0..=STORY_BYTES_MAX, "bytes"),
            Self::Steps(steps) => validate_steps(steps, replicas).map_err(|e| e.within("story")),
        }
    }
}

fn validate_steps(steps: &[StoryStep], replicas: u16) -> Valid {
    size("", steps.len(), 1..=STEPS_MAX, "steps")?;
    let bytes = steps.iter().map(|step| step.say.len()).sum();
    size("", bytes, 1..=STORY_BYTES_MAX, "bytes")?;
    let mut least_us = 0;
    for (number, step) in steps.iter().enumerate() {
        let faulty = |e: super::ScenarioError| e.within(format_args!("[{number}]"));
        if let Some(at_us) = step.at_us {
            within("at_us", at_us, least_us..=NUMBER_MAX).map_err(faulty)?;
            least_us = at_us;
        }
        if let Some(id) = step.replica {
            replica("replica", id, replicas).map_err(faulty)?;
        }
    }
    Ok(())
}

impl Default for Story {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl From<String> for Story {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// All of it as one text, a paragraph for each step.
impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Steps(steps) => {
                for (number, step) in steps.iter().enumerate() {
                    let gap = if number == 0 { "" } else { "\n\n" };
                    write!(f, "{gap}{}", step.say)?;
                }
                Ok(())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Story {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct TextOrSteps;

        impl<'de> Visitor<'de> for TextOrSteps {
            type Value = Story;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes, or a list of steps")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Story, E> {
                Ok(Story::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Story, A::Error> {
                let mut steps = Vec::new();
                while let Some(step) = list.next_element()? {
                    // The limit comes before the memory.
                    if steps.len() == STEPS_MAX {
                        let fault = format!("must have at most {STEPS_MAX} steps");
                        return Err(de::Error::custom(fault));
                    }
                    steps.push(step);
                }
                Ok(Story::Steps(steps))
            }
        }

        reader.deserialize_any(TextOrSteps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::scenario::Scenario;

    fn story(json: &str) -> Result<Story, String> {
        let scenario = Scenario::from_json(&format!(r#"{{"story": {json}}}"#));
        scenario.map(|it| it.story).map_err(|it| it.to_string())
    }

    #[test]
    fn a_story_is_a_text_or_a_list_of_steps() {
        assert_eq!(story(r#""All of it.""#), Ok("All of it.".to_owned().into()));
        let steps = r#"[{"say":"Nobody leads."},{"say":"R2 does.","on":"leader_elected","replica":2},{"say":"It crashes.","at_us":1000000}]"#;
        let read = story(steps).expect("it is valid");
        assert_eq!(read.steps().len(), 3);
        assert_eq!(read.steps()[1].on, Some(StoryEvent::LeaderElected));
        assert_eq!(serde_json::to_string(&read).expect("it is data"), steps);
        assert_eq!(read.to_string(), "Nobody leads.\n\nR2 does.\n\nIt crashes.");
    }

    #[test]
    fn a_fault_of_a_step_is_told_with_its_place() {
        for (json, fault) in [
            (
                "5",
                "story: must be a text in quotes, or a list of steps, not 5",
            ),
            ("[]", "story: must be 1 to 64 steps, not 0"),
            (
                r#"[{"say": 5}]"#,
                "story[0].say: must be a text in quotes, not 5",
            ),
            (r#"[{"at_us": 5}]"#, "story[0]: missing field `say`"),
            (
                r#"[{"say": "a", "replica": 6}]"#,
                "story[0].replica: there is no replica 6, only 1 to 5",
            ),
            (
                r#"[{"say": "a", "at_us": 9}, {"say": "b", "at_us": 8}]"#,
                "story[1].at_us: must be 9 to 9007199254740991, not 8",
            ),
            (
                r#"[{"say": "a", "on": "rain"}]"#,
                "story[0].on: unknown name `rain`",
            ),
        ] {
            let told = story(json).expect_err("it is faulty");
            assert!(told.starts_with(fault), "{told}");
        }
        let many = format!("[{}]", [r#"{"say": "a"}"#; STEPS_MAX + 1].join(","));
        assert!(
            story(&many)
                .expect_err("they are too many")
                .contains("at most 64 steps")
        );
    }
}
