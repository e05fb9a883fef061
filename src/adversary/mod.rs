//! The adversary tries to break the cluster in as many ways as it can think of.
//!
//! # A run
//!
//! From a seed it draws a whole world: how many replicas, which of Raft's extensions, what
//! network, disks and clocks, what the clients ask. It also draws what befalls that world. A
//! run has two phases, as in the simulator of `TigerBeetle`:
//!
//! - the **fault phase**: the [nemesis](https://jepsen.io) injects faults of some kinds, one
//!   after another, while the cluster works. Nothing committed may be lost and no client may be
//!   told anything false: *safety*;
//! - the **liveness phase**: the faults stop for a quorum that can talk, while the other
//!   replicas stay dead or cut off. Within a stated time there is a leader, all requests are
//!   answered, and the living replicas are equal: *liveness*.
//!
//! ```
//! let result = raftarium::adversary::simulate(17);
//! assert_eq!(result.failure, None);
//! ```
//!
//! # A failure is data
//!
//! Everything done to the world goes through [`World::apply`](crate::sim::World::apply) and is
//! written down. So a run is a [`Case`]: a recording with its end and what was found, which can
//! be kept as a file and replayed, event by event. A panic in the core is caught (except in
//! wasm, which can't) and is a failure like any other.
//!
//! # Always and sometimes
//!
//! The properties of [`property`](crate::sim::property) and of [`CHECKED`] always hold. Each of
//! the [`GOALS`] must be reached somewhere in a [`Campaign`] of many seeds: a campaign in which
//! no leader ever crashed would prove little about crashes of leaders.
//!
//! # Where to find what
//!
//! | file | what is in it |
//! |---|---|
//! | `draw` | draws the world |
//! | `nemesis` | draws the faults: their kinds, those that depend on the world's state, and scripted attacks |
//! | `run` | carries them out in the world |
//! | [`liveness`] | which replicas live on, and what they must achieve |
//! | `monitor`, `log_oracle` | what is checked besides what the world checks itself: by the log, and by the [complete checker](crate::history) |
//! | `coverage` | what is counted |
//! | `case` | a run as a file |
//! | [`shrink()`] | from a run that failed to the shortest scenario that does |
//! | `campaign` | many runs, and the sum of several campaigns |
//!
//! # What is simplified
//!
//! The draws are blind: nothing steers them to code that was never reached. Where sessions
//! expire, clients can't know what became of some commands. The log oracle, which needs to know,
//! then defers to the complete checker of [`history`](crate::history), which may run out of
//! steps without a verdict. The fault phase can bring a cluster into a state that no quorum can
//! leave, for example by asking for a membership that can't work. Such a run has no liveness
//! phase.

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
pub use case::{Case, End, ReplayedEvent};
pub use coverage::{Coverage, GOALS, Goal};
pub use shrink::{Effort, ShrinkError, Shrunk, shrink};

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use broken::Broken;
use liveness::LivenessCore;
use nemesis::Nemesis;
use run::Run;

use crate::flaw::Flaw;

/// The result of a run.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// How often each goal was reached.
    pub coverage: Coverage,
    /// The digest of all that happened.
    pub digest: u64,
    /// The failure that was found, if any.
    pub failure: Option<Failure>,
    /// The run itself, to be seen again.
    pub case: Case,
}

/// The run of one seed, 2^53 − 1 at most.
///
/// # Panics
/// In wasm, where the core does: elsewhere that is a failure.
pub fn simulate(seed: u64) -> RunResult {
    simulate_with(seed, None)
}

/// The run of one seed among replicas that break a rule on purpose.
///
/// # Panics
/// See [`simulate`].
pub fn simulate_with(seed: u64, flaw: Option<Flaw>) -> RunResult {
    let (mut scenario, trust) = draw::scenario(seed);
    scenario.flaw = flaw;
    let mut nemesis = Nemesis::new(seed, trust);
    let mut run = Run::new(scenario, seed);
    let mut rest = None;
    let outcome = guarded(|| {
        run.run_fault_phase(&mut nemesis)?;
        run.run_liveness_phase(seed, &mut rest)
    });
    let failure = outcome.err().map(|broken| broken.at(&run.world));
    RunResult {
        digest: run.world.digest(),
        case: Case {
            end: End {
                events: run.world.events(),
                at_us: run.world.now_us(),
                rest: run.rest_to_check(rest, failure.as_ref()),
            },
            recording: run.recording(),
            failure: failure.clone(),
        },
        coverage: run.monitor.seen,
        failure,
    }
}

impl Run {
    /// What a replay must check at the end of this run. If the run never came to that check, the
    /// replay doesn't either; unless the checkers themselves panicked over it.
    fn rest_to_check(
        &self,
        rest: Option<LivenessCore>,
        failure: Option<&Failure>,
    ) -> Option<LivenessCore> {
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
