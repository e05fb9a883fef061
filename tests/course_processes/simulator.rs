//! A small simulator of the course's kind: it starts the replicas, passes on their
//! messages or loses them, kills and parts them, and asks them for things.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read as _};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
#[expect(clippy::disallowed_types, reason = "processes live by a real clock")]
use std::time::Instant;

use raftarium::history::{Answer, History, Operation, Outcome, Value};
use raftarium::rng::Pcg32;
use serde_json::{Value as Json, json};

const KEYS: u32 = 4;
const CLIENTS: u32 = 8;
const NOBODY: &str = "FFFF";

/// Something that befalls the replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    KillLeader,
    KillNonLeader,
    /// The leader is in the minority.
    PartLeader,
    PartEnd,
    /// All replicas are sent what they can't understand.
    Malformed,
}

pub(crate) struct Plan {
    pub(crate) replicas: u16,
    pub(crate) requests: u32,
    /// Of a hundred messages between replicas, so many are lost.
    pub(crate) drops_percent: u32,
    /// When each fault comes: after so many milliseconds.
    pub(crate) faults: Vec<(u64, Fault)>,
    pub(crate) seed: u64,
}

/// What came of it.
pub(crate) struct Report {
    pub(crate) history: History,
    pub(crate) answered: u32,
    pub(crate) failed: u32,
    /// Requests that were never answered, though whom they were sent to was not killed.
    pub(crate) unanswered: u32,
    pub(crate) duplicates: u32,
    pub(crate) messages: u64,
    pub(crate) latencies: Vec<Duration>,
    /// What the replicas that were still alive at the end had written to stderr.
    pub(crate) said: String,
    /// Replicas that died of themselves.
    pub(crate) died: Vec<String>,
}

#[expect(clippy::disallowed_types, reason = "processes live by a real clock")]
struct Sent {
    process: u64,
    request: Json,
    client: u32,
    to: String,
    at: Instant,
}

pub(crate) struct Simulator {
    socket: UdpSocket,
    replicas: BTreeMap<String, Child>,
    addresses: BTreeMap<String, SocketAddr>,
    /// Whom each client takes for the leader.
    believed: BTreeMap<u32, String>,
    /// The replica that last said of itself that it leads.
    leader: Option<String>,
    minority: BTreeSet<String>,
    open: BTreeMap<String, Sent>,
    closed: BTreeSet<String>,
    sent: u64,
    dice: Pcg32,
    drops_percent: u32,
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
    pub(crate) fn start(program: &Path, plan: &Plan) -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = socket.local_addr().expect("it is bound").port();
        let ids: Vec<String> = (1..=plan.replicas)
            .map(|number| format!("{:04X}", number * 0x11))
            .collect();
        let start = |id: &String| {
            let others = ids.iter().filter(|other| *other != id);
            let child = Command::new(program)
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
            believed: BTreeMap::new(),
            leader: None,
            minority: BTreeSet::new(),
            open: BTreeMap::new(),
            closed: BTreeSet::new(),
            sent: 0,
            dice: Pcg32::new(plan.seed, 1),
            drops_percent: plan.drops_percent,
            report: Report {
                // A key that was never put is answered with nothing.
                history: History::new("".into()),
                answered: 0,
                failed: 0,
                unanswered: 0,
                duplicates: 0,
                messages: 0,
                latencies: Vec::new(),
                said: String::new(),
                died: Vec::new(),
            },
        }
    }

    /// Requests come evenly for so long; then there is some time for the last answers.
    #[expect(clippy::disallowed_types, reason = "processes live by a real clock")]
    pub(crate) fn run(mut self, plan: &Plan, lifetime: Duration, end_wait: Duration) -> Report {
        let start = Instant::now();
        let hello_until = start + Duration::from_secs(10);
        while self.addresses.len() < self.replicas.len() && Instant::now() < hello_until {
            self.pass_on();
        }
        let start = Instant::now();
        let mut faults = plan.faults.iter().peekable();
        let mut asked = 0;
        loop {
            let passed = start.elapsed();
            while let Some((_, fault)) =
                faults.next_if(|(at_ms, _)| passed >= Duration::from_millis(*at_ms))
            {
                self.befall(*fault);
            }
            while asked < plan.requests && passed >= lifetime * asked / plan.requests {
                self.ask();
                asked += 1;
            }
            let idle = self.open.is_empty() && faults.peek().is_none();
            if passed >= lifetime + end_wait || (passed >= lifetime && idle) {
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
        let empty = Report {
            history: History::new(Value::Null),
            answered: 0,
            failed: 0,
            unanswered: 0,
            duplicates: 0,
            messages: 0,
            latencies: Vec::new(),
            said: String::new(),
            died: Vec::new(),
        };
        std::mem::replace(&mut self.report, empty)
    }

    // --- clients ---

    fn ask(&mut self) {
        let key = format!("k{}", self.dice.below(KEYS));
        let request = if self.dice.below(2) == 0 {
            json!({ "type": "get", "key": key })
        } else {
            json!({ "type": "put", "key": key, "value": format!("v{}", self.sent) })
        };
        let client = self.dice.below(CLIENTS);
        self.send(client, request);
    }

    #[expect(clippy::disallowed_types, reason = "processes live by a real clock")]
    fn send(&mut self, client: u32, mut request: Json) {
        let living: Vec<&String> = self.replicas.keys().collect();
        let believed = self.believed.get(&client);
        let to = believed
            .filter(|it| self.replicas.contains_key(*it))
            .cloned();
        let to = to.unwrap_or_else(|| {
            let count = u32::try_from(living.len()).expect("they are few");
            living[usize::try_from(self.dice.below(count)).expect("it is small")].clone()
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
        self.report
            .history
            .invoke(self.sent, key.into(), operation)
            .expect("it is a new process");
        self.forward(&to, request.to_string().as_bytes());
        let sent = Sent {
            process: self.sent,
            request,
            client,
            to,
            at: Instant::now(),
        };
        self.open.insert(mid, sent);
        self.sent += 1;
    }

    fn hear(&mut self, answer: &Json) {
        let text = |name: &str| answer[name].as_str().unwrap_or_default();
        let mid = text("MID").to_owned();
        let Some(sent) = self.open.remove(&mid) else {
            assert!(self.closed.contains(&mid), "nobody asked {answer}");
            self.report.duplicates += 1;
            return;
        };
        self.closed.insert(mid);
        self.report.latencies.push(sent.at.elapsed());
        if text("leader") == NOBODY {
            self.believed.remove(&sent.client);
        } else {
            self.believed.insert(sent.client, text("leader").to_owned());
        }
        let is_get = sent.request["type"] == "get";
        let outcome = match text("type") {
            "ok" if is_get => Outcome::Ok(Answer::Value(text("value").into())),
            "ok" => Outcome::Ok(Answer::Done),
            "fail" => Outcome::Fail,
            // A put may have been carried out all the same.
            _ => Outcome::Info,
        };
        self.report.answered += u32::from(matches!(outcome, Outcome::Ok(_)));
        self.report.failed += u32::from(outcome == Outcome::Fail);
        let again = outcome == Outcome::Info;
        self.report
            .history
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
        self.report.messages += 1;
        let parted = self.minority.contains(src) != self.minority.contains(dst);
        if !parted && self.dice.below(100) >= self.drops_percent {
            self.forward(dst, &room[..bytes]);
        }
    }

    fn forward(&self, to: &str, bytes: &[u8]) {
        if let (true, Some(address)) = (self.replicas.contains_key(to), self.addresses.get(to)) {
            let _ = self.socket.send_to(bytes, address);
        }
    }

    // --- faults ---

    fn befall(&mut self, fault: Fault) {
        let leader = self.leader.clone().expect("there is a leader by now");
        let other = self.replicas.keys().find(|id| **id != leader).cloned();
        let other = other.expect("somebody follows");
        match fault {
            Fault::KillLeader => self.kill(&leader),
            Fault::KillNonLeader => self.kill(&other),
            Fault::PartLeader => {
                let alone = self.replicas.len() < 4;
                self.minority.insert(leader);
                self.minority.extend((!alone).then_some(other));
            }
            Fault::PartEnd => self.minority.clear(),
            Fault::Malformed => {
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
        }
    }

    fn kill(&mut self, id: &str) {
        if let Some(mut child) = self.replicas.remove(id) {
            child.kill().expect("it was running");
            child.wait().expect("it has ended");
        }
    }
}
