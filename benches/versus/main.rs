//! How many commands a cluster commits in a second, ours against the `raft` crate's, in
//! one run: replicas in memory, worked by one thread, messages handed over as they are.
//! It's what the code costs, and not what a network or a disk would allow.
//!
//! Both are driven alike: all messages go into one queue; those that follow each other for the
//! same replica are given to it together, and then it's asked what it wants done. All
//! replicas get all entries, and followers hear of a commit with the next entries. Each
//! has the settings that make it fastest, for the crate by a sweep over its own:
//! see `theirs`.
//!
//! ```text
//! cargo bench --bench versus
//! ```

mod ours;
mod theirs;

use std::collections::VecDeque;
use std::time::Duration;

use criterion::measurement::{Measurement, WallTime};
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};

use ours::Ours;
use theirs::Theirs;

/// Commands in one measured run; few enough for the logs to stay small.
const COMMANDS: u32 = 10_000;
/// Bytes of one command.
const COMMAND_BYTES: usize = 16;

/// Replicas of one kind, of which the first leads as soon as it has campaigned.
trait Replicas {
    type Command: From<Vec<u8>>;
    type Message;

    /// So many replicas.
    fn new(size: u16) -> Self;
    fn campaign(&mut self, sent: &mut VecDeque<Self::Message>);
    fn propose(&mut self, command: Self::Command, sent: &mut VecDeque<Self::Message>);
    fn addressee(message: &Self::Message) -> usize;
    fn receive(
        &mut self,
        replica: usize,
        message: Self::Message,
        sent: &mut VecDeque<Self::Message>,
    );
    /// Does what a replica wants done, unless that is done at every step.
    fn settle(&mut self, replica: usize, sent: &mut VecDeque<Self::Message>);
    /// How many commands the leader has committed.
    fn committed(&self) -> u32;
}

struct Cluster<R: Replicas> {
    replicas: R,
    on_their_way: VecDeque<R::Message>,
}

impl<R: Replicas> Cluster<R> {
    /// A cluster that has elected its first replica.
    fn new(size: u16) -> Self {
        let mut cluster = Self {
            replicas: R::new(size),
            on_their_way: VecDeque::new(),
        };
        cluster.replicas.campaign(&mut cluster.on_their_way);
        while cluster.deliver() {}
        cluster
    }

    /// Commits all commands, of which so many are under way at any time.
    fn commit(&mut self, commands: Vec<R::Command>, outstanding: usize) {
        let mut commands = commands.into_iter();
        let mut proposed = 0;
        while self.replicas.committed() < COMMANDS {
            while proposed - self.replicas.committed() as usize != outstanding
                && let Some(command) = commands.next()
            {
                self.replicas.propose(command, &mut self.on_their_way);
                proposed += 1;
            }
            self.replicas.settle(0, &mut self.on_their_way);
            assert!(self.deliver(), "nothing is on its way");
        }
    }

    /// Delivers the next message, with those that follow for the same replica; false if
    /// there is none.
    fn deliver(&mut self) -> bool {
        let Some(first) = self.on_their_way.pop_front() else {
            return false;
        };
        let replica = R::addressee(&first);
        let mut next = Some(first);
        while let Some(message) = next {
            self.replicas
                .receive(replica, message, &mut self.on_their_way);
            next = self
                .on_their_way
                .pop_front_if(|message| R::addressee(message) == replica);
        }
        self.replicas.settle(replica, &mut self.on_their_way);
        true
    }
}

/// Measures, and returns the commits per second of the fastest run.
fn measure<R: Replicas>(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    size: u16,
    outstanding: usize,
) -> f64 {
    let mut fastest = Duration::MAX;
    let id = BenchmarkId::new(format!("{name}, {size} replicas"), outstanding);
    group.bench_function(id, |bencher| {
        bencher.iter_custom(|runs| {
            let mut total = Duration::ZERO;
            for _ in 0..runs {
                let mut cluster = Cluster::<R>::new(size);
                let command = |_| vec![7; COMMAND_BYTES].into();
                let commands: Vec<R::Command> = (0..COMMANDS).map(command).collect();
                let start = WallTime.start();
                cluster.commit(commands, outstanding);
                let elapsed = WallTime.end(start);
                fastest = fastest.min(elapsed);
                total += elapsed;
            }
            total
        });
    });
    f64::from(COMMANDS) / fastest.as_secs_f64()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("versus");
    group.throughput(Throughput::Elements(u64::from(COMMANDS)));
    let mut rows = Vec::new();
    for size in [3, 5] {
        for outstanding in [1, 64, 1024] {
            let ours = measure::<Ours>(&mut group, "ours", size, outstanding);
            let theirs = measure::<Theirs>(&mut group, "theirs", size, outstanding);
            rows.push((size, outstanding, ours, theirs));
        }
    }
    group.finish();
    println!("\ncommits per second, fastest runs");
    println!("replicas  outstanding       ours     theirs  ratio");
    // A filter on the command line leaves some out.
    rows.retain(|&(_, _, ours, theirs)| ours > 0.0 && theirs > 0.0);
    for (size, outstanding, ours, theirs) in rows {
        let ratio = ours / theirs;
        println!("{size:8}  {outstanding:11}  {ours:9.0}  {theirs:9.0}  {ratio:5.2}");
    }
    criterion.final_summary();
}
