//! How many messages a committed put costs, by mode of replication: what a user picks
//! who pays per message. It's a count and not a time, and the same in every run.
//!
//! All messages that are sent in one moment arrive in the next, and twenty moments are a
//! tick. So with the default settings a heartbeat is due every hundred moments; the
//! messages that it takes are counted too.
//!
//! ```text
//! cargo bench --bench messages
//! ```

use raftarium::raft::{
    Config, Durable, Input, Membership, Message, Payload, Replica, ReplicaId, Replication, Settings,
};
use raftarium::rng::Pcg32;

const PUTS: u64 = 10_000;
const PUT_BYTES: usize = 16;
const MOMENTS_PER_TICK: u64 = 20;

struct Cluster {
    /// The first is the leader.
    replicas: Vec<Replica>,
    on_their_way: Vec<Message>,
    sent: u64,
    committed: u64,
}

impl Cluster {
    fn new(size: u16, replication: Replication) -> Self {
        let peers: Vec<ReplicaId> = (1..=size).map(ReplicaId).collect();
        let replica = |&id: &ReplicaId| {
            let config = Config {
                id,
                peers: peers.clone(),
                membership: Membership::of_voters(peers.clone()),
                settings: Settings {
                    replication,
                    ..Settings::default()
                },
            };
            let rng = Pcg32::new(1, u64::from(id.0));
            Replica::new(config, Durable::default(), rng).expect("the settings are valid")
        };
        let mut cluster = Self {
            replicas: peers.iter().map(replica).collect(),
            on_their_way: Vec::new(),
            sent: 0,
            committed: 0,
        };
        cluster.step(0, Input::Campaign);
        while !cluster.on_their_way.is_empty() {
            cluster.deliver();
        }
        assert_eq!(cluster.replicas[0].leader(), Some(ReplicaId(1)));
        cluster.sent = 0;
        cluster
    }

    /// Messages for each put, of which so many are under way at any time.
    fn cost_of_puts(mut self, outstanding: u64) -> f64 {
        let mut proposed = 0;
        let mut moment = 0;
        while self.committed < PUTS {
            while proposed < PUTS && proposed - self.committed < outstanding {
                self.step(0, Input::Propose(vec![7; PUT_BYTES].into()));
                proposed += 1;
            }
            self.deliver();
            moment += 1;
            if moment % MOMENTS_PER_TICK == 0 {
                for replica in 0..self.replicas.len() {
                    self.step(replica, Input::Tick);
                }
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let cost = self.sent as f64 / PUTS as f64;
        cost
    }

    fn deliver(&mut self) {
        for message in std::mem::take(&mut self.on_their_way) {
            self.step(usize::from(message.to.0) - 1, Input::Receive(message));
        }
    }

    fn step(&mut self, replica: usize, input: Input) {
        let effects = self.replicas[replica].step(input);
        self.sent += effects.messages.len() as u64;
        self.on_their_way.extend(effects.messages);
        if replica == 0 {
            for entry in &self.replicas[0].log().entries(&effects.committed) {
                self.committed += u64::from(matches!(entry.payload, Payload::Command(_)));
            }
        }
    }
}

fn main() {
    println!("messages per committed put");
    println!("replicas  outstanding  eager  quorum first");
    for size in [3, 5] {
        for outstanding in [1, 64] {
            let cost = |replication| Cluster::new(size, replication).cost_of_puts(outstanding);
            let (eager, quorum_first) = (cost(Replication::Eager), cost(Replication::QuorumFirst));
            println!("{size:8}  {outstanding:11}  {eager:5.2}  {quorum_first:12.2}");
        }
    }
}
