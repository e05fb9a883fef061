//! How long the watchdog waits: by the timeouts, the latencies and the losses as they are now.

use super::reach::{LOSS_MAX, Reach};
use super::sight::Sight;

/// How many timeouts may pass.
const TIMEOUTS: u64 = 10;

/// How long something may take, in microseconds.
#[expect(clippy::struct_field_names, reason = "units come last in a name")]
pub(super) struct Patience {
    /// The longest election timeout.
    pub(super) election_us: u64,
    /// For an election.
    pub(super) elect_us: u64,
    /// For what a leader does.
    pub(super) commit_us: u64,
    /// For an answer to a client; none: too much is lost on the way to it.
    pub(super) answer_us: Option<u64>,
}

impl Patience {
    pub(super) fn of(world: &Sight<'_>, reach: &Reach) -> Self {
        let members = || {
            world
                .servers
                .iter()
                .filter(|server| reach.is_member(server.id()))
        };
        let election_us = members().filter_map(|server| {
            let settings = &server.running()?.replica.config().settings;
            Some(u64::from(settings.election_timeout_ticks_max) * server.clock().period_us())
        });
        let election_us = election_us.max().unwrap_or(0).max(1);
        let running = members().filter(|server| server.running().is_some());
        let disks = running.map(|server| server.disk().latency_us_max());
        let round_us = 2 * (reach.latency_us_max() + disks.max().unwrap_or(0));
        let client = world.network.links.client_quality();
        let client_us = 2 * client.latency.us_max();
        let request_us = world.scenario.clients.request_timeout_us.max(client_us);
        let step_us = election_us.max(request_us).max(round_us);
        let tries = reach.tries();
        let is_usable = client.loss.at_most(LOSS_MAX);
        let client_tries = is_usable.then(|| client.loss.tries_there_and_back());
        Self {
            election_us,
            elect_us: TIMEOUTS * election_us * tries,
            commit_us: TIMEOUTS * step_us * tries,
            answer_us: client_tries.map(|more| TIMEOUTS * step_us * tries * more),
        }
    }
}
