//! How many commands a cluster commits in a second: bare replicas in memory, no disk,
//! messages delivered at once and in order, the leader's store applying what is committed.
//!
//! A commit takes two messages for each follower, and every replica is worked by the
//! same thread, so this is what the code costs and not what a network would allow.
//!
//! ```text
//! cargo bench --bench commit
//! ```

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use raftarium::kv::{ClientId, Command, Logged, Operation, Store};
use raftarium::raft::{
    Config, Durable, Effects, Input, Membership, Message, Payload, Replica, ReplicaId, Settings,
};
use raftarium::rng::Pcg32;

/// Commands in one measured run; few enough for the logs to stay small.
const COMMANDS: usize = 10_000;
/// Bytes of one command, as it stands in the log.
const COMMAND_BYTES: usize = 16;

#[derive(Clone)]
struct Cluster {
    /// Replica 1, the leader, is the first.
    replicas: Vec<Replica>,
    on_their_way: VecDeque<Message>,
    store: Store,
    applied: usize,
}

impl Cluster {
    /// A cluster that has elected replica 1.
    fn new(size: u16) -> Self {
        let peers: Vec<ReplicaId> = (1..=size).map(ReplicaId).collect();
        let replicas = peers.iter().map(|&id| {
            let config = Config {
                id,
                peers: peers.clone(),
                membership: Membership::of_voters(peers.clone()),
                settings: Settings {
                    entries_max: 64,
                    bytes_max: 64 * 1024,
                    ..Settings::default()
                },
            };
            Replica::new(config, Durable::default(), Pcg32::new(1, u64::from(id.0)))
                .expect("the settings are valid")
        });
        let mut cluster = Self {
            replicas: replicas.collect(),
            on_their_way: VecDeque::new(),
            store: Store::default(),
            applied: 0,
        };
        cluster.step(0, Input::Campaign);
        while cluster.deliver() {}
        assert_eq!(cluster.replicas[0].leader(), Some(ReplicaId(1)));
        cluster
    }

    /// Commits all commands, of which so many are under way at any time.
    fn commit(&mut self, commands: &[Arc<[u8]>], outstanding: usize) {
        self.applied = 0;
        let mut proposed = 0;
        while self.applied < commands.len() {
            while proposed < commands.len() && proposed - self.applied < outstanding {
                self.step(0, Input::Propose(commands[proposed].clone()));
                proposed += 1;
            }
            assert!(self.deliver(), "nothing is on its way");
        }
    }

    /// Delivers one message; false if there is none.
    fn deliver(&mut self) -> bool {
        let Some(message) = self.on_their_way.pop_front() else {
            return false;
        };
        self.step(usize::from(message.to.0) - 1, Input::Receive(message));
        true
    }

    fn step(&mut self, replica: usize, input: Input) {
        let Effects {
            messages,
            committed,
            ..
        } = self.replicas[replica].step(input);
        self.on_their_way.extend(messages);
        if replica == 0 {
            let committed = self.replicas[0].log().entries(&committed);
            for command in committed.iter().filter_map(command_of) {
                black_box(self.store.apply(&command));
                self.applied += 1;
            }
        }
    }
}

fn command_of(entry: &raftarium::raft::Entry) -> Option<Logged> {
    match &entry.payload {
        Payload::Command(bytes) => Some(Logged::decode(bytes).expect("it was encoded here")),
        Payload::Noop | Payload::Membership(_) => None,
    }
}

/// Puts to a hundred keys, with values as long as it takes to make 16 bytes.
fn commands() -> Vec<Arc<[u8]>> {
    let command = |sequence: usize| {
        let with = |value: String| {
            let command = Command {
                client: ClientId(1),
                session: 1,
                sequence: sequence as u64,
                operation: Operation::Put {
                    key: format!("k{:02}", sequence % 100),
                    value,
                },
            };
            Logged::encode_parts(0, &command)
        };
        let missing = COMMAND_BYTES - with(String::new()).len();
        let bytes = with("v".repeat(missing));
        assert_eq!(bytes.len(), COMMAND_BYTES);
        bytes
    };
    (1..=COMMANDS).map(command).collect()
}

fn commit(criterion: &mut Criterion) {
    let commands = commands();
    let mut group = criterion.benchmark_group("commit");
    group.throughput(Throughput::Elements(COMMANDS as u64));
    for replicas in [3, 5] {
        let cluster = Cluster::new(replicas);
        for outstanding in [1, 64, 1024] {
            let id = BenchmarkId::new(format!("{replicas} replicas"), outstanding);
            group.bench_function(id, |bencher| {
                bencher.iter_batched(
                    || cluster.clone(),
                    |mut cluster| {
                        cluster.commit(&commands, outstanding);
                        cluster
                    },
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, commit);
criterion_main!(benches);
