//! Watching a scenario as it runs.

use raftarium::kv::Answer;
use raftarium::raft::{ReplicaId, Term};
use raftarium::sim::World;
use raftarium::sim::action::Action;
use raftarium::sim::notice::{Notice, TraceEvent};
use raftarium::sim::scenario::{Shipped, Workload};
use raftarium::sim::view::{EntryView, PairView, ReplicaView, RoleKind, Status, View};

pub(crate) const SECOND: u64 = 1_000_000;

/// A shipped scenario as it runs, with all that was said of it so far.
pub(crate) struct Show {
    pub(crate) world: World,
    pub(crate) notices: Vec<Notice>,
}

impl Show {
    pub(crate) fn of(name: &str) -> Self {
        let scenario = Shipped::by_name(name).expect("it ships").scenario();
        let seed = scenario.seed.expect("it has a seed");
        Self {
            world: World::new(scenario, seed),
            notices: Vec::new(),
        }
    }

    /// Runs on, and looks.
    pub(crate) fn at(&mut self, until_us: u64) -> View {
        while self
            .world
            .next_due()
            .is_some_and(|due| due.at_us <= until_us)
        {
            self.world.step().expect("nothing is broken");
            self.notices.extend(self.world.take_notices());
        }
        self.world.advance(until_us);
        assert_eq!(self.world.violation(), None);
        self.world.view()
    }

    /// What was said between two moments.
    pub(crate) fn said(&self, from_us: u64, to_us: u64) -> impl Iterator<Item = &TraceEvent> {
        self.notices
            .iter()
            .filter(move |notice| (from_us..to_us).contains(&notice.at_us))
            .map(|notice| &notice.what)
    }

    pub(crate) fn elections(&self, from_us: u64, to_us: u64) -> Vec<(ReplicaId, Term)> {
        self.said(from_us, to_us)
            .filter_map(|what| match *what {
                TraceEvent::ElectionStarted { replica, term } => Some((replica, term)),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn leaders(&self, from_us: u64, to_us: u64) -> Vec<(ReplicaId, Term)> {
        self.said(from_us, to_us)
            .filter_map(|what| match *what {
                TraceEvent::LeaderElected { replica, term } => Some((replica, term)),
                _ => None,
            })
            .collect()
    }

    /// The answers in a span of time, with how long they took.
    pub(crate) fn answers(&self, from_us: u64, to_us: u64) -> Vec<(Answer, u64)> {
        self.said(from_us, to_us)
            .filter_map(|what| match what {
                TraceEvent::Answered {
                    answer, took_us, ..
                } => Some((answer.clone(), *took_us)),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn said_truncated(&self, id: ReplicaId) -> bool {
        self.notices.iter().any(
            |notice| matches!(notice.what, TraceEvent::LogTruncated { replica, .. } if replica == id),
        )
    }

    pub(crate) fn log(&self, id: ReplicaId) -> Vec<EntryView> {
        self.world
            .replica_detail(id, usize::MAX)
            .expect("it is there")
            .entries
    }

    pub(crate) fn store(&self, id: ReplicaId) -> Vec<PairView> {
        self.world.store(id, usize::MAX).expect("it is there")
    }

    /// The replicas come to hold the same log and the same store.
    pub(crate) fn assert_agreement(&self, view: &View) {
        let first = &view.replicas[0];
        for replica in &view.replicas {
            assert_eq!(self.log(replica.id), self.log(first.id), "{}", replica.id);
            assert_eq!(replica.last_applied, first.last_applied, "{}", replica.id);
            assert_eq!(
                self.store(replica.id),
                self.store(first.id),
                "{}",
                replica.id
            );
        }
    }

    /// No more is asked of the cluster, so that it comes to rest.
    pub(crate) fn rest(&mut self, at_us: u64) {
        self.at(at_us);
        let workload = Workload::default();
        self.world
            .apply(Action::SetWorkload { workload })
            .expect("the workload can be changed");
    }
}

pub(crate) fn replica(view: &View, id: ReplicaId) -> &ReplicaView {
    view.replicas
        .iter()
        .find(|replica| replica.id == id)
        .expect("it is there")
}

pub(crate) fn leaders(view: &View) -> Vec<ReplicaId> {
    view.replicas
        .iter()
        .filter(|replica| replica.role == RoleKind::Leader && replica.status == Status::Running)
        .map(|replica| replica.id)
        .collect()
}

pub(crate) fn crashed(view: &View) -> usize {
    let crashed = |replica: &&ReplicaView| replica.status == Status::Crashed;
    view.replicas.iter().filter(crashed).count()
}

/// Of an odd number of durations, the one in the middle.
pub(crate) fn median(answers: &[(Answer, u64)]) -> u64 {
    let mut took: Vec<u64> = answers.iter().map(|(_, took_us)| *took_us).collect();
    took.sort_unstable();
    took[took.len() / 2]
}
