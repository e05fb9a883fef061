//! How many commands a cluster commits in a second, ours beside the `raft` crate's and
//! `OmniPaxos`, in one run: replicas in memory, worked by one thread, messages handed over as
//! they are. It's what the code costs, and not what a network or a disk would allow.
//!
//! All are driven alike. The leader is given a burst of commands, one after the other or together,
//! as its library takes them fastest; then messages go through one queue until there is none.
//! Those that follow each other for the same replica are given to it together, and then it's asked
//! what it wants done. All replicas get all entries, and read all that is committed. The cores
//! take turns in each round; what counts is the processor's time of the thread (elsewhere than on
//! Unix: the clock's), and the median of the rounds.
//!
//! | column | |
//! |---|---|
//! | ours | news of a commit go with the next entries |
//! | raft | the `raft` crate; news of a commit go out at once |
//! | raft, quiet | the same without messages for news of commits alone, as ours: its fastest |
//! | omni | `OmniPaxos`, of which nobody reads what is decided |
//! | omni, read | the same, and every replica reads what is decided, as with the others |
//!
//! ```text
//! cargo bench --bench versus              # bursts
//! cargo bench --bench versus -- --stream  # the next command follows as soon as one is committed
//! cargo bench --bench versus -- --json
//! ```

mod omni;
mod ours;
mod theirs;

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use omni::Omni;
use ours::Ours;
use theirs::Theirs;

/// Commands in one measured run; few enough for the logs to stay small.
const COMMANDS: usize = 16 * 1024;
/// Bytes of one command.
const COMMAND_BYTES: usize = 16;
const ROUNDS: usize = 15;

/// Replicas of one kind, of which the first leads as soon as it has campaigned.
trait Replicas {
    type Command;
    type Message;

    /// This many replicas.
    fn new(size: u16) -> Self;
    fn command(bytes: [u8; COMMAND_BYTES]) -> Self::Command;
    fn campaign(&mut self, sent: &mut VecDeque<Self::Message>);
    fn propose(&mut self, command: Self::Command);
    fn addressee(message: &Self::Message) -> usize;
    /// How many entries a message carries.
    fn entries(message: &Self::Message) -> usize;
    fn receive(
        &mut self,
        replica: usize,
        message: Self::Message,
        sent: &mut VecDeque<Self::Message>,
    );
    /// Does what a replica wants done, and reads what it has committed.
    fn settle(&mut self, replica: usize, sent: &mut VecDeque<Self::Message>);
    /// How many commands a replica knows to be committed.
    fn committed(&self, replica: usize) -> usize;
}

struct Cluster<R: Replicas> {
    replicas: R,
    on_their_way: VecDeque<R::Message>,
    /// What was delivered since the leader was elected.
    messages: usize,
    entries: usize,
}

/// What one run took, and what it sent.
#[derive(Clone, Copy, Default)]
struct Run {
    time: Duration,
    messages: usize,
    entries: usize,
}

impl<R: Replicas> Cluster<R> {
    /// A cluster that has elected its first replica.
    fn new(size: u16) -> Self {
        let mut cluster = Self {
            replicas: R::new(size),
            on_their_way: VecDeque::new(),
            messages: 0,
            entries: 0,
        };
        cluster.replicas.campaign(&mut cluster.on_their_way);
        while cluster.deliver() {}
        (cluster.messages, cluster.entries) = (0, 0);
        cluster
    }

    /// Commits all commands, so many at a time.
    fn commit_bursts(&mut self, commands: Vec<R::Command>, burst: usize) {
        let mut commands = commands.into_iter();
        while commands.len() > 0 {
            for command in commands.by_ref().take(burst) {
                self.replicas.propose(command);
            }
            self.replicas.settle(0, &mut self.on_their_way);
            while self.deliver() {}
        }
    }

    /// Commits all commands, of which so many are under way at any time.
    fn commit_stream(&mut self, commands: Vec<R::Command>, outstanding: usize) {
        let before = self.replicas.committed(0);
        let all = commands.len();
        let mut commands = commands.into_iter();
        loop {
            let committed = self.replicas.committed(0) - before;
            if committed == all {
                break;
            }
            let proposed = all - commands.len();
            for command in commands.by_ref().take(outstanding + committed - proposed) {
                self.replicas.propose(command);
            }
            self.replicas.settle(0, &mut self.on_their_way);
            assert!(self.deliver(), "nothing is on its way");
        }
        while self.deliver() {}
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
            self.messages += 1;
            self.entries += R::entries(&message);
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

/// One run of one kind of replicas.
fn run<R: Replicas>(size: u16, outstanding: usize, stream: bool) -> Run {
    let mut cluster = Cluster::<R>::new(size);
    let commands = |count| -> Vec<R::Command> {
        let command = |_| R::command([7; COMMAND_BYTES]);
        (0..count).map(command).collect()
    };
    let all = commands(COMMANDS);
    let start = thread_time();
    if stream {
        cluster.commit_stream(all, outstanding);
    } else {
        cluster.commit_bursts(all, outstanding);
    }
    let time = thread_time().saturating_sub(start);
    let (messages, entries) = (cluster.messages, cluster.entries);

    // Outside of what is measured: everybody knows all, at the latest with what comes next.
    assert_eq!(cluster.replicas.committed(0), COMMANDS);
    cluster.commit_bursts(commands(1), 1);
    for replica in 0..usize::from(size) {
        assert!(cluster.replicas.committed(replica) >= COMMANDS);
    }
    Run {
        time,
        messages,
        entries,
    }
}

/// How long this thread has kept a processor busy.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("no time before zero")
}

#[cfg(not(unix))]
fn thread_time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// A kind of replicas: its name, and one run of it.
type Kind = (&'static str, fn(u16, usize, bool) -> Run);

const KINDS: [Kind; 5] = [
    ("ours", run::<Ours>),
    ("raft", run::<Theirs<false>>),
    ("raft, quiet", run::<Theirs<true>>),
    ("omni", run::<Omni<false>>),
    ("omni, read", run::<Omni<true>>),
];

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn ratio(of: usize, to: usize) -> f64 {
    of as f64 / to as f64
}

fn main() {
    let asked = |what| std::env::args().any(|argument| argument == what);
    let (json, stream) = (asked("--json"), asked("--stream"));
    // Anything but a bench only wants to know whether it runs.
    let rounds = if asked("--bench") { ROUNDS } else { 1 };
    let mut rows: Vec<Value> = Vec::new();
    for size in [3, 5] {
        for outstanding in [1, 64, 1024] {
            let mut runs = vec![Vec::new(); KINDS.len()];
            for round in 0..rounds {
                for turn in 0..KINDS.len() {
                    let kind = (turn + round) % KINDS.len();
                    runs[kind].push(KINDS[kind].1(size, outstanding, stream));
                }
            }
            let medians: Vec<Run> = runs.into_iter().map(median).collect();
            let cores = KINDS.iter().zip(&medians).map(|((name, _), run)| {
                json!({
                    "name": name,
                    "commits_per_second": ratio(COMMANDS, 1) / run.time.as_secs_f64(),
                    "ours_is_times_faster": run.time.as_secs_f64() / medians[0].time.as_secs_f64(),
                    "messages_per_commit": ratio(run.messages, COMMANDS),
                    "entries_per_commit": ratio(run.entries, COMMANDS),
                })
            });
            rows.push(json!({
                "replicas": size,
                "outstanding": outstanding,
                "cores": cores.collect::<Vec<Value>>(),
            }));
        }
    }
    if json {
        println!(
            "{}",
            json!({ "rounds": rounds, "stream": stream, "rows": rows })
        );
    } else {
        print(&rows);
    }
}

fn median(mut runs: Vec<Run>) -> Run {
    runs.sort_by_key(|run| run.time);
    runs[runs.len() / 2]
}

fn print(rows: &[Value]) {
    let table = |title: &str, digits: usize, field: &str, scale: f64| {
        println!("\n{title}\n");
        let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        println!("| replicas, outstanding | {} |", names.join(" | "));
        println!("|---|{}", "---|".repeat(KINDS.len()));
        for row in rows {
            let cores = row["cores"].as_array().expect("they are a list");
            let cell = |core: &Value| {
                let value = core[field].as_f64().expect("a number") * scale;
                format!("{value:.digits$}")
            };
            let cells: Vec<String> = cores.iter().map(cell).collect();
            let (size, outstanding) = (&row["replicas"], &row["outstanding"]);
            println!("| {size}, {outstanding} | {} |", cells.join(" | "));
        }
    };
    table(
        "Commits in a second, in millions",
        2,
        "commits_per_second",
        1e-6,
    );
    table(
        "How many times as many are ours",
        2,
        "ours_is_times_faster",
        1.0,
    );
    table("Messages for a commit", 3, "messages_per_commit", 1.0);
    table("Entries sent for a commit", 2, "entries_per_commit", 1.0);
}
