//! What the commands do.

use std::fmt::Write as _;

use goldenscript::{Context, Runner};
use raftarium::raft::{
    Compact, Durable, Input, Lease, LogIndex, Replica, ReplicaId, Replication, Settings, Term,
};

use crate::cluster::{Cluster, Outcome};
use crate::commands::Command;
use crate::forged;
use crate::notation::{AnEntry, Id, Link, Which};
use crate::words;

/// The script that is being run.
#[derive(Default)]
pub(crate) struct Script {
    cluster: Cluster,
}

impl Runner for Script {
    type Command = Command;

    #[expect(clippy::too_many_lines, reason = "one arm for each command")]
    fn run(&mut self, command: &Command, _: &Context) -> Outcome {
        let cluster = &mut self.cluster;
        match command {
            Command::Cluster {
                replicas,
                spares,
                rounds,
                entries_max,
                bytes_max,
                window,
                window_bytes,
                quorum_first,
                pre_vote,
                check_quorum,
                lease,
                chunk,
                uncommitted_max,
            } => {
                let settings = Settings {
                    heartbeat_ticks: 2,
                    election_timeout_ticks_min: 10,
                    election_timeout_ticks_max: 20,
                    entries_max: entries_max.unwrap_or(8),
                    bytes_max: bytes_max.unwrap_or(1024),
                    window_messages: window.unwrap_or(8),
                    window_bytes: window_bytes.unwrap_or(1024),
                    replication: replication(quorum_first.unwrap_or_default()),
                    pre_vote: pre_vote.unwrap_or_default(),
                    check_quorum: check_quorum.unwrap_or_default(),
                    lease: lease.map(|drift_ppm| Lease { drift_ppm }),
                    chunk_bytes: chunk.unwrap_or(1024),
                    uncommitted_bytes_max: uncommitted_max.unwrap_or(1024),
                };
                *cluster = Cluster::new(*replicas, *spares, &settings, *rounds);
            }
            Command::Configure {
                replica: Id(id),
                pre_vote,
                check_quorum,
                quorum_first,
            } => {
                let mut settings = cluster.settings(*id)?;
                if let Some(pre_vote) = *pre_vote {
                    settings.pre_vote = pre_vote;
                }
                if let Some(check_quorum) = *check_quorum {
                    settings.check_quorum = check_quorum;
                }
                if let Some(quorum_first) = *quorum_first {
                    settings.replication = replication(quorum_first);
                }
                cluster.configure(*id, settings)?;
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
            Command::Sleep { replica, ticks } => {
                let id = replica.0;
                let header = format!("{id} sleeps through {ticks} ticks");
                return cluster.step(id, &header, Input::Missed(*ticks));
            }
            Command::Read { replica, read } => {
                let id = replica.0;
                return cluster.step(id, &format!("{id} read {read}"), Input::Read(*read));
            }
            Command::Change { replica, members } => {
                let id = replica.0;
                let header = format!("{id} change to {}", words::membership(&members.0));
                return cluster.step(id, &header, Input::ChangeMembership(members.0.clone()));
            }
            Command::Transfer { replica, to } => {
                let id = replica.0;
                let to = to.map(|Id(to)| to);
                let whom = to.map_or_else(|| "anybody".into(), |to| to.to_string());
                let header = format!("{id} transfer to {whom}");
                return cluster.step(id, &header, Input::TransferLeadership(to));
            }
            Command::Snapshot {
                replica,
                through,
                state,
                retain,
            } => {
                let id = replica.0;
                let header = format!("{id} snapshot of all up to {through}: {state}");
                let compact = Compact {
                    through: LogIndex(*through),
                    data: state.as_bytes().into(),
                    retain: *retain,
                };
                return cluster.step(id, &header, Input::Compact(compact));
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
            Command::Members => return self.lines(words::members),
            Command::Flight => {
                let mut out = String::new();
                for (number, message) in cluster.flight() {
                    writeln!(out, "m{number} {}", cluster.said(message))?;
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

    fn lines(&self, line: fn(ReplicaId, &Durable, Option<&Replica>) -> String) -> Outcome {
        let mut out = String::new();
        for (id, node) in self.cluster.nodes() {
            writeln!(out, "{}", line(id, &node.disk, node.replica.as_ref()))?;
        }
        Ok(out)
    }

    /// A message arrives that nobody sent.
    fn forge(&mut self, command: &Command) -> Outcome {
        let (message, at) = forged::message(command).ok_or("this is no message")?;
        let header = format!("forged {}", self.cluster.said(&message));
        self.cluster.step(at, &header, Input::Receive(message))
    }
}

fn replication(quorum_first: bool) -> Replication {
    if quorum_first {
        Replication::QuorumFirst
    } else {
        Replication::Eager
    }
}
