//! A replica of the course as a process of its own: the same [`Replica`] as in a world,
//! behind a UDP socket, with a real clock in place of the virtual one.
//!
//! ```text
//! course_replica PORT ID OTHER-ID…
//! ```
//!
//! The simulator listens on UDP `localhost:PORT`; ids are four upper-case hexadecimal digits.
//! One JSON object is a datagram, with `src`, `dst`, `leader` and `type`. Clients send `get`
//! and `put`, and are answered `ok`, `fail` or `redirect`, each request once. Replicas send
//! each other `raft`, whose field of that name holds a message in postcard's form, as
//! hexadecimal digits. A datagram that is none of these is ignored, with a line on stderr.
//!
//! No put is answered before it is committed, and no get before the leader is known to
//! lead, by its lease: a tick that is overdue always comes before a message. A request that
//! arrives without a leader waits for one. A process that is killed never comes back, so
//! nothing is written to a disk; a replica that comes back with an empty one would be unsafe.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::io;
use std::net::UdpSocket;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
#[expect(clippy::disallowed_types, reason = "a process lives by a real clock")]
use std::time::Instant;

use raftarium::course;
use raftarium::raft::{
    Config, Durable, Effects, Entry, Input, Lease, LogIndex, Membership, Message, Payload,
    Position, ProposalDecision, ReadDecision, Replica, ReplicaId, Replication, Role, Settings,
};
use raftarium::rng::Pcg32;
use raftarium::sim::scenario::{ReadMode, ReplicationMode};
use serde::Deserialize;
use serde_json::json;

/// To all, or: it is not known who leads.
const NOBODY: &str = "FFFF";
const DATAGRAM_BYTES_MAX: usize = 65_507;
/// One `AppendEntries` of so many bytes of commands fits into a datagram, in hexadecimal.
const COMMAND_BYTES_MAX: usize = 24 * 1024;

#[derive(Deserialize)]
struct Datagram {
    src: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "MID")]
    mid: Option<String>,
    key: Option<String>,
    value: Option<String>,
    raft: Option<String>,
}

/// Whom an answer goes to.
#[derive(Clone)]
struct Asker {
    client: String,
    mid: String,
}

#[derive(Clone)]
enum Wish {
    Get { key: String },
    Put { key: String, value: String },
}

struct Process {
    socket: UdpSocket,
    /// The id of replica n stands at place n − 1.
    ids: Vec<String>,
    own: ReplicaId,
    replica: Replica,
    silence_ticks_max: u32,
    /// A request waits for a leader at most so many ticks before it is sent away.
    wait_ticks: u64,
    clock: u64,
    store: BTreeMap<String, String>,
    applied: LogIndex,
    /// Puts in the log of this leader, which are answered when they are committed.
    owed: BTreeMap<LogIndex, (Position, Asker)>,
    reads: BTreeMap<u64, (Asker, String)>,
    /// Gets that are answered once the store is as far.
    ready: BTreeMap<(LogIndex, u64), (Asker, String)>,
    next_read: u64,
    /// Requests without a leader, and since when they wait.
    waiting: Vec<(Asker, Wish, u64)>,
    seen: BTreeSet<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let started = match &arguments[..] {
        [port, ids @ ..] if !ids.is_empty() => match port.parse() {
            Ok(port) => Process::start(port, ids),
            Err(_) => Err(io::Error::other(format!("\"{port}\" is no port"))),
        },
        _ => Err(io::Error::other("usage: course_replica PORT ID OTHER-ID…")),
    };
    match started.and_then(Process::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("course_replica: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Process {
    /// A replica that has said hello.
    fn start(port: u16, ids: &[String]) -> io::Result<Self> {
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let place = sorted
            .binary_search(&ids[0])
            .map_err(|_| io::ErrorKind::NotFound)?;
        let count = u16::try_from(sorted.len()).map_err(io::Error::other)?;
        let peers: Vec<ReplicaId> = (1..=count).map(ReplicaId).collect();
        let own = peers[place];
        let course::Settings {
            timing, protocol, ..
        } = course::Settings::default();
        let config = Config {
            id: own,
            membership: Membership::of_voters(peers.clone()),
            peers,
            settings: Settings {
                heartbeat_ticks: timing.heartbeat_ticks,
                retry_ticks: timing.retry_ticks,
                election_timeout_ticks_min: timing.election_timeout_ticks_min,
                election_timeout_ticks_max: timing.election_timeout_ticks_max,
                bytes_max: COMMAND_BYTES_MAX,
                replication: match protocol.replication {
                    ReplicationMode::Eager => Replication::Eager,
                    ReplicationMode::QuorumFirst => Replication::QuorumFirst,
                },
                pre_vote: protocol.pre_vote,
                check_quorum: protocol.check_quorum,
                lease: match protocol.reads {
                    ReadMode::Lease { drift_ppm } => Some(Lease { drift_ppm }),
                    ReadMode::Log {} | ReadMode::ReadIndex { .. } => None,
                },
                ..Settings::default()
            },
        };
        // Replicas that draw the same timeouts would split their votes: each has a stream
        // of its own, and each run another, by the port.
        let chance = Pcg32::fork(u64::from(port), "process", u64::from(own.0));
        let replica = Replica::new(config, Durable::default(), chance).map_err(io::Error::other)?;
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        socket.connect(("127.0.0.1", port))?;
        let process = Self {
            socket,
            ids: sorted,
            own,
            replica,
            silence_ticks_max: protocol.leader_silence_ticks_max,
            wait_ticks: protocol.request_wait_us / timing.tick_us,
            clock: 0,
            store: BTreeMap::new(),
            applied: LogIndex(0),
            owed: BTreeMap::new(),
            reads: BTreeMap::new(),
            ready: BTreeMap::new(),
            next_read: 0,
            waiting: Vec::new(),
            seen: BTreeSet::new(),
        };
        process.send(NOBODY, "hello", json!({}));
        Ok(process)
    }

    #[expect(clippy::disallowed_types, reason = "a process lives by a real clock")]
    fn run(mut self) -> io::Result<()> {
        let tick = Duration::from_micros(course::Settings::default().timing.tick_us);
        let mut next_tick = Instant::now() + tick;
        let mut room = vec![0; DATAGRAM_BYTES_MAX];
        loop {
            let rest = next_tick.saturating_duration_since(Instant::now());
            self.socket
                .set_read_timeout(Some(rest.max(Duration::from_micros(100))))?;
            let received = self.socket.recv(&mut room);
            // Whatever has come, the time that has passed comes first: a lease is as good as
            // its clock.
            let now = Instant::now();
            if now >= next_tick {
                let missed = (now - next_tick).as_micros() / tick.as_micros();
                let missed = u32::try_from(missed).unwrap_or(u32::MAX);
                next_tick += tick * (missed + 1);
                self.tick(missed);
            }
            match received {
                Ok(bytes) => self.receive(&room[..bytes]),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock
                    | io::ErrorKind::TimedOut
                    | io::ErrorKind::Interrupted => {}
                    // The simulator is gone.
                    io::ErrorKind::ConnectionRefused => return Ok(()),
                    _ => return Err(error),
                },
            }
        }
    }

    fn tick(&mut self, missed: u32) {
        self.clock += u64::from(missed) + 1;
        if missed > 0 {
            self.step(Input::Missed(missed));
        }
        self.step(Input::Tick);
    }

    // --- what comes in ---

    fn receive(&mut self, bytes: &[u8]) {
        let read = serde_json::from_slice(bytes).map_err(|error| error.to_string());
        if let Err(fault) = read.and_then(|datagram| self.take(datagram)) {
            eprintln!("course_replica: ignored a datagram: {fault}");
        }
    }

    fn take(&mut self, datagram: Datagram) -> Result<(), String> {
        let field = |field: Option<String>, name| field.ok_or(format!("{name} is missing"));
        let asker = |mid| -> Result<Asker, String> {
            Ok(Asker {
                client: datagram.src.clone(),
                mid: field(mid, "MID")?,
            })
        };
        let (asker, wish) = match datagram.kind.as_str() {
            "raft" => {
                let message = unpack(&field(datagram.raft, "raft")?)?;
                let from = usize::from(message.from.0).checked_sub(1);
                let from = from.and_then(|place| self.ids.get(place));
                if from != Some(&datagram.src) {
                    return Err(format!("{} speaks for another", datagram.src));
                }
                self.step(Input::Receive(message));
                return Ok(());
            }
            "get" => {
                let key = field(datagram.key, "key")?;
                (asker(datagram.mid)?, Wish::Get { key })
            }
            "put" => {
                let key = field(datagram.key, "key")?;
                let value = field(datagram.value, "value")?;
                (asker(datagram.mid)?, Wish::Put { key, value })
            }
            "hello" => return Ok(()),
            other => return Err(format!("there is no type \"{other}\"")),
        };
        if self.seen.insert(asker.mid.clone()) {
            self.serve(asker, wish);
        }
        Ok(())
    }

    fn serve(&mut self, asker: Asker, wish: Wish) {
        if !matches!(self.replica.role(), Role::Leader(_)) {
            match self.leader() {
                Some(_) => self.redirect(&asker),
                None => self.waiting.push((asker, wish, self.clock)),
            }
            return;
        }
        match wish {
            Wish::Get { key } => {
                let read = self.next_read;
                self.next_read += 1;
                self.reads.insert(read, (asker.clone(), key.clone()));
                let effects = self.replica.step(Input::Read(read));
                if effects.read == Some(ReadDecision::NoLeader) {
                    self.reads.remove(&read);
                    self.waiting.push((asker, Wish::Get { key }, self.clock));
                }
                self.carry_out(effects);
            }
            Wish::Put { key, value } => {
                let command: Arc<[u8]> = postcard::to_allocvec(&(&key, &value))
                    .expect("two texts are plain data")
                    .into();
                if command.len() > COMMAND_BYTES_MAX {
                    self.answer(&asker, "fail", None);
                    return;
                }
                let effects = self.replica.step(Input::Propose(command));
                match effects.proposal {
                    Some(ProposalDecision::Appended(position)) => {
                        self.owed.insert(position.index, (position, asker));
                    }
                    _ => self
                        .waiting
                        .push((asker, Wish::Put { key, value }, self.clock)),
                }
                self.carry_out(effects);
            }
        }
    }

    // --- what is done about it ---

    fn step(&mut self, input: Input) {
        let effects = self.replica.step(input);
        self.carry_out(effects);
        self.attend();
    }

    fn carry_out(&mut self, effects: Effects) {
        let committed = self.replica.log().entries(&effects.committed);
        for message in effects.messages {
            let to = self.ids[usize::from(message.to.0) - 1].clone();
            self.send(&to, "raft", json!({ "raft": pack(&message) }));
        }
        for entry in &committed {
            self.apply(entry);
        }
        for ready in effects.reads {
            if let Some(read) = self.reads.remove(&ready.read) {
                self.ready.insert((ready.index, ready.read), read);
            }
        }
        while let Some(first) = self.ready.first_entry()
            && first.key().0 <= self.applied
        {
            let (asker, key) = first.remove();
            let value = self.store.get(&key).cloned().unwrap_or_default();
            self.answer(&asker, "ok", Some(value));
        }
        for read in effects.reads_lost {
            if let Some((asker, _)) = self.reads.remove(&read) {
                self.redirect(&asker);
            }
        }
        if !matches!(self.replica.role(), Role::Leader(_)) {
            // What becomes of its entries, a leader that was deposed can't know.
            for (_, (_, asker)) in std::mem::take(&mut self.owed) {
                self.redirect(&asker);
            }
        }
    }

    fn apply(&mut self, entry: &Entry) {
        self.applied = entry.index;
        if let Payload::Command(command) = &entry.payload
            && let Ok((key, value)) = postcard::from_bytes::<(String, String)>(command)
        {
            self.store.insert(key, value);
        }
        if let Some((position, asker)) = self.owed.remove(&entry.index) {
            if position == entry.position() {
                self.answer(&asker, "ok", None);
            } else {
                self.redirect(&asker);
            }
        }
    }

    /// Looks after the requests that wait for a leader.
    fn attend(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        if matches!(self.replica.role(), Role::Leader(_)) {
            for (asker, wish, _) in std::mem::take(&mut self.waiting) {
                self.serve(asker, wish);
            }
            return;
        }
        let elsewhere = self.leader().is_some();
        let (goes, stays): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(_, _, since)| elsewhere || self.clock - since >= self.wait_ticks);
        self.waiting = stays;
        for (asker, _, _) in goes {
            self.redirect(&asker);
        }
    }

    // --- what goes out ---

    /// The leader, unless it has been silent for so long that it may be dead.
    fn leader(&self) -> Option<ReplicaId> {
        let (silence_ticks, _) = self.replica.timer();
        let trusted = silence_ticks <= self.silence_ticks_max;
        let leader = self.replica.leader();
        leader.filter(|&leader| leader == self.own || trusted)
    }

    fn redirect(&self, asker: &Asker) {
        self.answer(asker, "redirect", None);
    }

    fn answer(&self, asker: &Asker, kind: &str, value: Option<String>) {
        let mut fields = json!({ "MID": asker.mid });
        if let Some(value) = value {
            fields["value"] = value.into();
        }
        self.send(&asker.client, kind, fields);
    }

    fn send(&self, to: &str, kind: &str, mut fields: serde_json::Value) {
        let leader = self.leader().map(|it| usize::from(it.0) - 1);
        let leader = leader.map_or(NOBODY, |place| &self.ids[place]);
        fields["src"] = self.ids[usize::from(self.own.0) - 1].as_str().into();
        fields["dst"] = to.into();
        fields["leader"] = leader.into();
        fields["type"] = kind.into();
        if let Err(error) = self.socket.send(fields.to_string().as_bytes()) {
            eprintln!("course_replica: could not send to {to}: {error}");
        }
    }
}

fn pack(message: &Message) -> String {
    let bytes = postcard::to_allocvec(message).expect("a message is plain data");
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unpack(text: &str) -> Result<Message, String> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    let bytes: Option<Vec<u8>> = digits.map(byte).collect();
    let bytes = bytes.ok_or("raft is not hexadecimal")?;
    postcard::from_bytes(&bytes).map_err(|error| format!("raft is no message: {error}"))
}
