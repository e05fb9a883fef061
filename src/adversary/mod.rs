//! The adversary: it tries to break the cluster, in as many ways as it can think of.
//!
//! # A life
//!
//! From a seed it draws a whole world: how many replicas, which of Raft's extensions, what
//! network, disks and clocks, what the clients ask. And it draws what befalls that world. A
//! life has two parts, as in the simulator of `TigerBeetle`:
//!
//! - the **storm**: faults of some families, one after another, while the cluster works.
//!   Nothing that was committed may be lost, nobody may be told what is not so: *safety*;
//! - the **calm**: the faults stop for a quorum that can talk, others stay dead or cut off.
//!   Within a stated time there is a leader, all requests are answered, and the living are
//!   equal: *liveness*.
//!
//! ```
//! let lived = raftarium::adversary::live(17);
//! assert_eq!(lived.failure, None);
//! ```
//!
//! # A failure is data
//!
//! All that is done to the world goes through [`World::apply`](crate::sim::World::apply) and
//! is written down. So a life is a [`Case`]: a recording with its end and what was found,
//! which can be kept as a file and replayed, event by event. A panic in the core is caught
//! where panics can be (in wasm they can't), and is a failure like any other.
//!
//! # Always and sometimes
//!
//! The properties of [`property`](crate::sim::property) and of [`CHECKED`] hold always. What is
//! in [`GOALS`] must happen somewhere in a [`Campaign`] of many seeds: a campaign in which
//! no leader ever crashed would prove little about crashes of leaders.
//!
//! # Where things stand
//!
//! | file | what is in it |
//! |---|---|
//! | `draw` | the world |
//! | `nemesis` | the storm: the kinds of faults, those that depend on the world's state, and whole scripts |
//! | `run` | how they come over the world |
//! | [`liveness`] | who lives on, and what is asked of them |
//! | `monitor`, `log_oracle` | what is judged besides what the world judges itself: by the log, and by the [complete judge](crate::history) |
//! | `coverage` | what is counted |
//! | `case` | a life as a file |
//! | [`shrink()`] | from a life that failed to the shortest scenario that does |
//! | `campaign` | many lives, and the sum of several campaigns |
//!
//! # What is simplified
//!
//! The draws are blind: nothing steers them to where the code has not been. Where sessions
//! expire, clients can't know what became of some commands, and the oracle, which wants to
//! know, leaves the word to the complete judge of [`history`](crate::history), who may take too
//! many steps, and then says nothing. A storm can bring a cluster into a state that no quorum
//! can leave (a membership may be wished for that can't work); such a life has no calm.

mod broken;
mod campaign;
mod case;
mod coverage;
mod draw;
pub mod liveness;
mod log_oracle;
mod monitor;
mod nemesis;
mod run;
mod shrink;

pub use broken::{CHECKED, Failure};
pub use campaign::{Campaign, MergeError};
pub use case::{Case, End, Moment};
pub use coverage::{Coverage, GOALS, Goal};
pub use shrink::{Effort, ShrinkError, Shrunk, shrink};

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use broken::Broken;
use liveness::Rest;
use nemesis::Storm;
use run::Life;

use crate::flaw::Flaw;

/// A life that was lived.
#[derive(Clone, Debug)]
pub struct Lived {
    /// How often what is worth testing happened.
    pub seen: Coverage,
    /// The digest of all that happened.
    pub digest: u64,
    /// What was found to be wrong.
    pub failure: Option<Failure>,
    /// The life itself, to be seen again.
    pub case: Case,
}

/// The life of one seed, 2^53 − 1 at most.
///
/// # Panics
/// In wasm, where the core does: elsewhere that is a failure.
pub fn live(seed: u64) -> Lived {
    live_with(seed, None)
}

/// The life of one seed among replicas that break a rule on purpose.
///
/// # Panics
/// See [`live`].
pub fn live_with(seed: u64, flaw: Option<Flaw>) -> Lived {
    let (mut scenario, trust) = draw::scenario(seed);
    scenario.flaw = flaw;
    let mut storm = Storm::new(seed, trust);
    let mut life = Life::new(scenario, seed);
    let mut rest = None;
    let lived = guarded(|| {
        life.weather(&mut storm)?;
        life.calm_down(seed, &mut rest)
    });
    let failure = lived.err().map(|broken| broken.at(&life.world));
    Lived {
        digest: life.world.digest(),
        case: Case {
            end: End {
                events: life.world.events(),
                at_us: life.world.now_us(),
                rest: life.rest_to_judge(rest, failure.as_ref()),
            },
            recording: life.recording(),
            failure: failure.clone(),
        },
        seen: life.witness.seen,
        failure,
    }
}

impl Life {
    /// What is to be judged in a replay at the end of this life. A rest that was never judged
    /// is not to be judged there either; but one over which the judges themselves fell is.
    fn rest_to_judge(&self, rest: Option<Rest>, failure: Option<&Failure>) -> Option<Rest> {
        rest.filter(|_| self.is_at_rest || failure.is_none_or(is_about_rest))
    }
}

/// Whether it takes a look at the end to find a failure.
fn is_about_rest(failure: &Failure) -> bool {
    liveness::CHECKED_AT_REST
        .iter()
        .any(|it| it.name == failure.property)
}

/// A panic inside is a broken property too.
fn guarded<T>(inside: impl FnOnce() -> Result<T, Broken>) -> Result<T, Broken> {
    catch_unwind(AssertUnwindSafe(inside)).unwrap_or_else(|panic| {
        let message = message_of(&*panic);
        Err(Broken::new(broken::NO_PANIC, message))
    })
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let message = text.or_else(|| panic.downcast_ref::<String>().cloned());
    message.unwrap_or_else(|| "a panic without words".into())
}
