//! A small simulator of the course's kind, for its test files: it starts the replicas, passes on
//! their messages or loses them, kills and parts them, and asks them for things.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{ErrorKind, Read as _};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;
#[expect(clippy::disallowed_types, reason = "processes live by a real clock")]
use std::time::Instant;

use raftarium::course::{Decimal, EventKind, Tally, TestFile};
use raftarium::history::{Answer, Completion, History, Operation, Verdict};
use raftarium::rng::Pcg32;
use serde_json::{Value as Json, json};

const CLIENTS: usize = 8;
const NOBODY: &str = "FFFF";

/// What is run, and beyond that: after so many seconds of requests, all replicas are sent what
/// they can't understand.
pub(crate) struct Plan {
    pub(crate) file: TestFile,
    pub(crate) seed: u64,
    pub(crate) malformed_after: Option<Duration>,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) tally: Tally,
    /// Whether the answers fit together. None: what is not known yet.
    pub(crate) verdict: Option<Verdict>,
    /// Sendings that were never answered, though whom they went to was not killed.
    pub(crate) unanswered: u32,
    /// What the replicas that were still alive at the end had written to stderr.
    pub(crate) said: String,
    /// Replicas that died of themselves.
    pub(crate) died: Vec<String>,
}

/// The example's program, built with the profile of whoever asks.
pub(crate) fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let this = env::current_exe().expect("a program has a file");
        let profile = this.parent().and_then(|deps| deps.parent());
        let profile = profile.expect("it lies in the target directory");
        let mut cargo = Command::new(env!("CARGO"));
        // With the features that the packages have together, as where all is tested: else what it
        // depends on would be compiled once more.
        cargo.args(["build", "--quiet", "--workspace"]);
        cargo.args(["--example", "course_replica"]);
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        let status = cargo.status().expect("cargo can be started");
        assert!(status.success(), "the example is built");
        profile.join("examples").join("course_replica")
    })
}

/// A client: whom it takes for the leader, and the keys of which it has seen a put succeed.
#[derive(Clone, Default)]
struct Client {
    leader: Option<String>,
    known: Vec<String>,
}

#[expect(clippy::disallowed_types, reason = "processes live by a real clock")]
struct Sent {
    process: u64,
    request: Json,
    client: usize,
    to: String,
    at: Instant,
}

pub(crate) struct Simulator {
    socket: UdpSocket,
    replicas: BTreeMap<String, Child>,
    addresses: BTreeMap<String, SocketAddr>,
    clients: Vec<Client>,
    keys: u32,
    /// The replica that last said of itself that it leads.
    leader: Option<String>,
    /// Who is cut off from the others.
    inside: BTreeSet<String>,
    open: BTreeMap<String, Sent>,
    closed: BTreeSet<String>,
    sent: u64,
    dice: Pcg32,
    file: TestFile,
    history: History,
    latencies_us: Vec<u64>,
    report: Report,
}

/// What is started must end, however a test ends.
impl Drop for Simulator {
    fn drop(&mut self) {
        for child in self.replicas.values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Simulator {
    /// A run of a test file, as long as it says.
    pub(crate) fn run(plan: &Plan) -> Report {
        Self::start(plan).go_on(plan)
    }

    fn start(plan: &Plan) -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = socket.local_addr().expect("it is bound").port();
        let ids: Vec<String> = (1..=plan.file.replicas)
            .map(|number| format!("{:04X}", number * 0x11))
            .collect();
        let start = |id: &String| {
            let others = ids.iter().filter(|other| *other != id);
            let child = Command::new(program())
                .arg(port.to_string())
                .arg(id)
                .args(others)
                .stderr(Stdio::piped())
                .spawn()
                .expect("the replica can be started");
            (id.clone(), child)
        };
        Self {
            socket,
            replicas: ids.iter().map(start).collect(),
            addresses: BTreeMap::new(),
            clients: vec![Client::default(); CLIENTS],
            keys: 0,
            leader: None,
            inside: BTreeSet::new(),
            open: BTreeMap::new(),
            closed: BTreeSet::new(),
            sent: 0,
            dice: Pcg32::new(plan.seed, 1),
            file: plan.file.clone(),
            // A key that was never put is answered with nothing.
            history: History::new("".into()),
            latencies_us: Vec::new(),
            report: Report::default(),
        }
    }

    #[expect(clippy::disallowed_types, reason = "processes live by a real clock")]
    fn go_on(mut self, plan: &Plan) -> Report {
        let start = Instant::now();
        let hello_until = start + Duration::from_secs(10);
        while self.addresses.len() < self.replicas.len() && Instant::now() < hello_until {
            self.pass_on();
        }
        let [start_wait, lifetime, end_wait] =
            [self.file.start_wait, self.file.lifetime, self.file.end_wait].map(seconds);
        let start = Instant::now() + start_wait;
        let events = self.file.events.clone();
        let mut events = events.iter().peekable();
        let mut malformed_after = plan.malformed_after;
        let mut asked = 0;
        loop {
            let passed = Instant::now().saturating_duration_since(start);
            let begun = Instant::now() >= start;
            while let Some(event) = events.next_if(|it| begun && passed >= seconds(it.time)) {
                self.befall(event.kind);
            }
            if malformed_after.take_if(|after| passed >= *after).is_some() {
                self.send_malformed();
            }
            let requests = self.file.requests;
            while begun && asked < requests && passed >= lifetime * asked / requests {
                self.ask();
                asked += 1;
            }
            if passed >= lifetime + end_wait {
                break;
            }
            self.pass_on();
        }
        self.finish()
    }

    fn finish(mut self) -> Report {
        let alive = |to: &String| self.replicas.contains_key(to);
        let unanswered = self.open.values().filter(|sent| alive(&sent.to)).count();
        self.report.unanswered = u32::try_from(unanswered).expect("they are few");
        for (id, mut child) in std::mem::take(&mut self.replicas) {
            if child.try_wait().is_ok_and(|status| status.is_some()) {
                self.report.died.push(id);
            }
            let _ = child.kill();
            let _ = child.wait();
            if let Some(mut stderr) = child.stderr.take() {
                let _ = stderr.read_to_string(&mut self.report.said);
            }
        }
        self.latencies_us.sort_unstable();
        let latencies = &self.latencies_us;
        let known: BTreeSet<&String> = self.clients.iter().flat_map(|it| &it.known).collect();
        let tally = &mut self.report.tally;
        tally.stored = u32::try_from(known.len()).expect("they are few");
        tally.median_latency_us = latencies.get(latencies.len() / 2).copied();
        tally.latency_us_max = latencies.last().copied().unwrap_or(0);
        self.report.verdict = Some(self.history.check(History::STEPS_MAX));
        std::mem::take(&mut self.report)
    }

    // --- clients ---

    /// With probability one half a put makes a key, and always if the client knows none. A get
    /// asks for a key of which its client has seen a put succeed.
    fn ask(&mut self) {
        let client = self.draw(CLIENTS);
        let is_get = u64::from(self.dice.below(1_000_000)) < self.file.mix.millionths;
        let count = self.clients[client].known.len();
        // A key that it knows, if it knows one.
        let place = self.draw(count.max(1));
        let tally = &mut self.report.tally;
        if is_get && count == 0 {
            tally.gets_not_made += 1;
            return;
        }
        if is_get {
            tally.gets += 1;
        } else {
            tally.puts += 1;
        }
        let request = if is_get {
            let key = self.clients[client].known[place].clone();
            json!({ "type": "get", "key": key })
        } else {
            let key = if count == 0 || self.dice.below(2) == 0 {
                self.keys += 1;
                format!("k{}", self.keys)
            } else {
                self.clients[client].known[place].clone()
            };
            json!({ "type": "put", "key": key, "value": format!("v{}", self.sent) })
        };
        self.send(client, request);
    }

    fn draw(&mut self, count: usize) -> usize {
        let count = u32::try_from(count).expect("it is small");
        usize::try_from(self.dice.below(count)).expect("it is small")
    }

    #[expect(clippy::disallowed_types, reason = "processes live by a real clock")]
    fn send(&mut self, client: usize, mut request: Json) {
        let alive = |it: &String| self.replicas.contains_key(it);
        let to = self.clients[client].leader.clone().filter(alive);
        let to = to.unwrap_or_else(|| {
            let place = self.draw(self.replicas.len());
            let id = self.replicas.keys().nth(place);
            id.expect("somebody lives").clone()
        });
        let mid = format!("{:016X}", self.sent);
        request["src"] = format!("F{client:03X}").into();
        request["dst"] = to.as_str().into();
        request["leader"] = NOBODY.into();
        request["MID"] = mid.as_str().into();
        let operation = match request["value"].as_str() {
            Some(value) => Operation::Write(value.into()),
            None => Operation::Read,
        };
        let key = request["key"].as_str().expect("it has one");
        self.history
            .invoke(self.sent, key.into(), operation)
            .expect("it is a new process");
        // The answer may be there before this goes on.
        let at = Instant::now();
        self.forward(&to, request.to_string().as_bytes());
        let sent = Sent {
            process: self.sent,
            request,
            client,
            to,
            at,
        };
        self.open.insert(mid, sent);
        self.sent += 1;
    }

    fn hear(&mut self, answer: &Json) {
        let text = |name: &str| answer[name].as_str().unwrap_or_default();
        let mid = text("MID").to_owned();
        let Some(sent) = self.open.remove(&mid) else {
            assert!(self.closed.contains(&mid), "nobody asked {answer}");
            self.report.tally.duplicates += 1;
            return;
        };
        self.closed.insert(mid);
        let latency_us = sent.at.elapsed().as_micros();
        let latency_us = u64::try_from(latency_us).expect("a run is short");
        self.latencies_us.push(latency_us);
        let client = &mut self.clients[sent.client];
        client.leader = Some(text("leader").to_owned()).filter(|it| it != NOBODY);
        let is_get = sent.request["type"] == "get";
        let outcome = match text("type") {
            "ok" if is_get => Completion::Ok(Answer::Value(text("value").into())),
            "ok" => Completion::Ok(Answer::Done),
            "fail" => Completion::Fail,
            // A put may have been carried out all the same.
            _ => Completion::Info,
        };
        let tally = &mut self.report.tally;
        match &outcome {
            Completion::Ok(_) if is_get => tally.gets_answered += 1,
            Completion::Ok(_) => {
                tally.puts_answered += 1;
                let key = sent.request["key"].as_str().expect("it has one");
                if !client.known.iter().any(|it| it == key) {
                    client.known.push(key.to_owned());
                }
            }
            Completion::Fail => tally.failed += 1,
            Completion::Info => tally.redirects += 1,
        }
        let again = !matches!(outcome, Completion::Ok(_));
        self.history
            .end(sent.process, outcome)
            .expect("it is under way");
        if again {
            self.send(sent.client, sent.request);
        }
    }

    // --- the network ---

    /// Waits a little for a message, and passes it on.
    fn pass_on(&mut self) {
        let mut room = vec![0; 65_536];
        let timeout = Some(Duration::from_millis(1));
        self.socket
            .set_read_timeout(timeout)
            .expect("it is not zero");
        let (bytes, from) = match self.socket.recv_from(&mut room) {
            Ok(received) => received,
            // A replica that was killed no longer listens.
            Err(error) => {
                let kind = error.kind();
                let expected = [
                    ErrorKind::WouldBlock,
                    ErrorKind::TimedOut,
                    ErrorKind::ConnectionRefused,
                ];
                assert!(expected.contains(&kind), "{error}");
                return;
            }
        };
        let message: Json = serde_json::from_slice(&room[..bytes]).expect("replicas send JSON");
        let text = |name: &str| message[name].as_str().expect("it is always there");
        let (src, dst) = (text("src"), text("dst"));
        self.addresses.insert(src.to_owned(), from);
        if text("leader") == src {
            self.leader = Some(src.to_owned());
        }
        if !self.replicas.contains_key(src) || text("type") == "hello" {
            return;
        }
        if message["MID"].is_string() {
            self.hear(&message);
            return;
        }
        self.report.tally.total_msgs += 1;
        let parted = self.inside.contains(src) != self.inside.contains(dst);
        let lost = u64::from(self.dice.below(1_000_000)) < self.file.drops.millionths;
        if !parted && !lost {
            self.forward(dst, &room[..bytes]);
        }
    }

    fn forward(&self, to: &str, bytes: &[u8]) {
        if let (true, Some(address)) = (self.replicas.contains_key(to), self.addresses.get(to)) {
            let _ = self.socket.send_to(bytes, address);
        }
    }

    // --- faults ---

    fn befall(&mut self, kind: EventKind) {
        let leader = self
            .leader
            .clone()
            .filter(|it| self.replicas.contains_key(it));
        match kind {
            EventKind::KillLeader => self.kill(leader),
            EventKind::KillNonLeader => {
                let others = self
                    .replicas
                    .keys()
                    .filter(|it| Some(*it) != leader.as_ref());
                let others: Vec<String> = others.cloned().collect();
                let victim = (!others.is_empty()).then(|| others[self.draw(others.len())].clone());
                self.kill(victim);
            }
            EventKind::PartEasy => self.part(leader),
            EventKind::PartHard => {
                self.part(None);
                for client in &mut self.clients {
                    client.leader = None;
                }
            }
            EventKind::PartEnd => self.inside.clear(),
        }
    }

    /// A majority of all, the dead included, is cut off from the rest.
    fn part(&mut self, with: Option<String>) {
        let mut rest: Vec<String> = self.addresses.keys().cloned().collect();
        rest.retain(|id| Some(id) != with.as_ref());
        self.inside = with.into_iter().collect();
        while self.inside.len() < usize::from(self.file.replicas) / 2 + 1 {
            let place = self.draw(rest.len());
            self.inside.insert(rest.swap_remove(place));
        }
    }

    fn send_malformed(&self) {
        let texts = [
            "",
            "{",
            "[]",
            "{\"src\": 3}",
            r#"{"src": "F000", "dst": "0011", "leader": "FFFF", "type": "dance"}"#,
            r#"{"src": "F000", "dst": "0011", "leader": "FFFF", "type": "get", "MID": "m"}"#,
            r#"{"src": "0011", "dst": "0011", "leader": "FFFF", "type": "raft", "raft": "zz"}"#,
            r#"{"src": "0011", "dst": "0011", "leader": "FFFF", "type": "raft", "raft": "00"}"#,
        ];
        for id in self.replicas.keys() {
            for text in texts {
                self.forward(id, text.as_bytes());
            }
            self.forward(id, &[0xff; 100]);
        }
    }

    fn kill(&mut self, victim: Option<String>) {
        let Some((id, mut child)) = victim.and_then(|id| self.replicas.remove_entry(&id)) else {
            self.report.tally.events_skipped += 1;
            return;
        };
        child.kill().expect("it was running");
        child.wait().expect("it has ended");
        // It may have been the one that clients were waiting for: they never hear of it.
        if self.leader.as_ref() == Some(&id) {
            self.leader = None;
        }
    }
}

fn seconds(time: Decimal) -> Duration {
    Duration::from_micros(time.millionths)
}
