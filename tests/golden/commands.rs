//! The commands of the scripts.

use std::error::Error;
use std::fmt::Write as _;
use std::str::FromStr;

use goldenscript::{Context, Runner};
use raftarium::raft::{
    Body, Config, Durable, Entry, Input, LogIndex, Message, Payload, Position, ReplicaId, Term,
};

use crate::cluster::{Cluster, Outcome};
use crate::words;

/// What a script can say. Replicas are called by their numbers, a link `1-2` leads
/// from R1 to R2, an entry `3@2/a` has index 3, term 2 and the command `a`, and
/// `3@2` is a no-op.
#[derive(goldenscript::Command)]
pub(crate) enum Command {
    /// Starts this many replicas. A heartbeat goes out every 2 ticks, an election
    /// timeout is 10 to 20 ticks.
    Cluster {
        replicas: u16,
        #[arg(key)]
        entries_max: Option<usize>,
        #[arg(key)]
        bytes_max: Option<usize>,
    },
    /// A replica starts anew, with this on its disk.
    Disk {
        replica: Id,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        vote: Option<Id>,
        #[arg(optional)]
        log: Vec<AnEntry>,
    },
    /// The election timer of a replica runs out.
    Campaign(Id),
    /// The clock of a replica ticks, once or more often.
    Tick { replica: Id, times: Option<u32> },
    /// Clients hand commands to a replica, one after the other.
    Propose { replica: Id, commands: Vec<String> },
    /// What is on its way now arrives: all of it, or some messages (`m7`) or links.
    /// What is sent meanwhile stays on its way.
    Deliver(#[arg(optional)] Vec<Which>),
    /// Messages arrive until none is on its way.
    Settle,
    /// What is on its way is lost: all of it, or some.
    Lose(#[arg(optional)] Vec<Which>),
    /// A second copy of a message sets out.
    Duplicate(Vec<Which>),
    /// From now on what is sent on these links is lost.
    Cut(Vec<Link>),
    /// All links work again.
    Heal,
    /// A replica dies; its disk stays.
    Crash(Id),
    /// It comes back with what its disk holds.
    Restart(Id),
    /// Tells the state of all replicas.
    Status,
    /// Tells the logs of all replicas.
    Log,
    /// Tells what is on its way.
    Flight,

    // --- messages that nobody sent ---
    /// `RequestVote`, arriving at the link's end, or at another replica.
    RequestVote {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        log: Place,
        #[arg(key)]
        at: Option<Id>,
    },
    /// The answer to it.
    Vote {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        granted: bool,
    },
    /// `AppendEntries`.
    Append {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        after: Place,
        #[arg(key, optional)]
        commit: u64,
        #[arg(optional)]
        entries: Vec<AnEntry>,
    },
    /// The answer "match".
    Accepted {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key = "match")]
        match_index: u64,
    },
    /// The answer "no match"; `there` is the term of the entry that conflicts.
    Rejected {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        at: u64,
        #[arg(key)]
        there: Option<u64>,
        #[arg(key)]
        from: u64,
    },
    /// The answer "your term is over".
    Stale {
        link: Link,
        #[arg(key)]
        term: u64,
    },
}

#[derive(Clone, Copy)]
pub(crate) struct Id(ReplicaId);

#[derive(Clone, Copy)]
pub(crate) struct Link(ReplicaId, ReplicaId);

#[derive(Clone, Copy)]
pub(crate) struct Place(Position);

pub(crate) struct AnEntry(Entry);

#[derive(Clone, Copy)]
pub(crate) enum Which {
    Message(u64),
    Link(Link),
}

/// The script that is being run.
#[derive(Default)]
pub(crate) struct Script {
    cluster: Cluster,
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Outcome {
        let cluster = &mut self.cluster;
        match command {
            Command::Cluster {
                replicas,
                entries_max,
                bytes_max,
            } => {
                let settings = Config {
                    id: ReplicaId(0),
                    members: Vec::new(),
                    heartbeat_ticks: 2,
                    election_timeout_ticks_min: 10,
                    election_timeout_ticks_max: 20,
                    entries_max: entries_max.unwrap_or(8),
                    bytes_max: bytes_max.unwrap_or(1024),
                };
                *cluster = Cluster::new(*replicas, &settings);
            }
            Command::Disk {
                replica,
                term,
                vote,
                log,
            } => {
                let mut disk = Durable {
                    term: Term(*term),
                    voted_for: vote.map(|id| id.0),
                    ..Durable::default()
                };
                for AnEntry(entry) in log {
                    disk.log.push(entry.clone());
                }
                cluster.set_disk(replica.0, disk)?;
            }
            Command::Campaign(Id(id)) => {
                return cluster.step(*id, &format!("{id} campaign"), Input::Campaign);
            }
            Command::Tick { replica, times } => {
                return cluster.tick(replica.0, times.unwrap_or(1));
            }
            Command::Propose { replica, commands } => {
                let id = replica.0;
                let mut out = String::new();
                for command in commands {
                    let input = Input::Propose(command.as_bytes().into());
                    out += &cluster.step(id, &format!("{id} propose {command}"), input)?;
                }
                return Ok(out);
            }
            Command::Deliver(which) => return self.each(which, Cluster::deliver),
            Command::Settle => return self.settle(),
            Command::Lose(which) => return self.each(which, Cluster::lose),
            Command::Duplicate(which) => return self.each(which, Cluster::duplicate),
            Command::Cut(links) => links.iter().for_each(|link| cluster.cut(link.0, link.1)),
            Command::Heal => cluster.heal(),
            Command::Crash(Id(id)) => cluster.crash(*id)?,
            Command::Restart(Id(id)) => cluster.restart(*id)?,
            Command::Status => return self.lines(words::status),
            Command::Log => return self.lines(words::log),
            Command::Flight => {
                let mut out = String::new();
                for (number, message) in cluster.flight() {
                    writeln!(out, "m{number} {}", words::message(message))?;
                }
                return Ok(out);
            }
            forged => return self.forge(forged),
        }
        Ok(String::new())
    }
}

impl Script {
    /// Does something to each of the messages that are on their way now.
    fn each(&mut self, which: &[Which], act: fn(&mut Cluster, u64) -> Outcome) -> Outcome {
        let flight: Vec<(u64, Link)> = self
            .cluster
            .flight()
            .map(|(number, message)| (number, Link(message.from, message.to)))
            .collect();
        let mut chosen = Vec::new();
        for which in which {
            match *which {
                Which::Message(number) => chosen.push(number),
                Which::Link(Link(from, to)) => chosen.extend(
                    flight
                        .iter()
                        .filter(|(_, link)| (link.0, link.1) == (from, to))
                        .map(|(number, _)| *number),
                ),
            }
        }
        if which.is_empty() {
            chosen.extend(flight.iter().map(|(number, _)| *number));
        }
        let mut out = String::new();
        for number in chosen {
            out += &act(&mut self.cluster, number)?;
        }
        Ok(out)
    }

    fn settle(&mut self) -> Outcome {
        let mut out = String::new();
        for _ in 0..1000 {
            let Some((number, _)) = self.cluster.flight().next() else {
                return Ok(out);
            };
            out += &self.cluster.deliver(number)?;
        }
        Err("the network does not come to rest".into())
    }

    fn lines(
        &self,
        line: fn(ReplicaId, &Durable, Option<&raftarium::raft::Replica>) -> String,
    ) -> Outcome {
        let mut out = String::new();
        for (id, node) in self.cluster.nodes() {
            writeln!(out, "{}", line(id, &node.disk, node.replica.as_ref()))?;
        }
        Ok(out)
    }

    /// A message arrives that nobody sent.
    fn forge(&mut self, command: &Command) -> Outcome {
        let (Link(from, to), term, at, body) = match command {
            Command::RequestVote {
                link,
                term,
                log,
                at,
            } => (*link, term, *at, Body::RequestVote { last_log: log.0 }),
            Command::Vote {
                link,
                term,
                granted,
            } => (*link, term, None, Body::Vote { granted: *granted }),
            Command::Append {
                link,
                term,
                after,
                commit,
                entries,
            } => {
                let body = Body::AppendEntries {
                    prev_log: after.0,
                    entries: entries.iter().map(|entry| entry.0.clone()).collect(),
                    leader_commit: LogIndex(*commit),
                };
                (*link, term, None, body)
            }
            Command::Accepted {
                link,
                term,
                match_index,
            } => {
                let match_index = LogIndex(*match_index);
                (*link, term, None, Body::AppendAccepted { match_index })
            }
            Command::Rejected {
                link,
                term,
                at,
                there,
                from,
            } => {
                let body = Body::AppendRejected {
                    prev_log_index: LogIndex(*at),
                    conflict_term: there.map(Term),
                    conflict_index: LogIndex(*from),
                };
                (*link, term, None, body)
            }
            Command::Stale { link, term } => (*link, term, None, Body::AppendStale),
            _ => return Err("this is no message".into()),
        };
        let message = Message {
            from,
            to,
            term: Term(*term),
            body,
        };
        let header = format!("forged {}", words::message(&message));
        let at = at.map_or(to, |at| at.0);
        self.cluster.step(at, &header, Input::Receive(message))
    }
}

impl FromStr for Id {
    type Err = Box<dyn Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(ReplicaId(text.parse()?)))
    }
}

impl FromStr for Link {
    type Err = Box<dyn Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, to) = text.split_once('-').ok_or("a link is written 1-2")?;
        let (Id(from), Id(to)) = (from.parse()?, to.parse()?);
        Ok(Self(from, to))
    }
}

impl FromStr for Place {
    type Err = Box<dyn Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (index, term) = text.split_once('@').ok_or("a place is written 3@2")?;
        Ok(Self(Position {
            index: LogIndex(index.parse()?),
            term: Term(term.parse()?),
        }))
    }
}

impl FromStr for AnEntry {
    type Err = Box<dyn Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (place, payload) = match text.split_once('/') {
            None => (text, Payload::Noop),
            Some((place, command)) => (place, Payload::Command(command.as_bytes().into())),
        };
        let Place(Position { index, term }) = place.parse()?;
        Ok(Self(Entry {
            index,
            term,
            payload,
        }))
    }
}

impl FromStr for Which {
    type Err = Box<dyn Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix('m') {
            Some(number) => Ok(Self::Message(number.parse()?)),
            None => Ok(Self::Link(text.parse()?)),
        }
    }
}
