//! What the commands do.

use std::fmt::Write as _;

use goldenscript::{Context, Runner};
use raftarium::raft::{
    Compact, Durable, Input, Lease, LogIndex, Replica, ReplicaId, Replication, Settings, Term,
};

use crate::cluster::{Cluster, Printed};
use crate::commands::Command;
use crate::forged;
use crate::notation::{AnEntry, Id, Link, Which};
use crate::render;

/// The script that is being run.
#[derive(Default)]
pub(crate) struct Script {
    cluster: Cluster,
}

impl Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Printed {
        let cluster = &mut self.cluster;
        match command {
            Command::Cluster {
                replicas,
                spares,
                rounds,
                ..
            } => *cluster = Cluster::new(*replicas, *spares, &settings(command), *rounds),
            Command::Configure {
                replica: Id(id),
                pre_vote,
                check_quorum,
                quorum_first,
                lease,
                timeout,
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
                if let Some(drift_ppm) = *lease {
                    settings.lease = Some(Lease { drift_ppm });
                }
                if let Some(timeout) = *timeout {
                    settings.election_timeout_ticks_min = timeout;
                    settings.election_timeout_ticks_max = 2 * timeout;
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
            Command::Status => return self.lines(render::status),
            Command::Log => return self.lines(render::log),
            Command::Members => return self.lines(render::members),
            Command::Flight => {
                let mut out = String::new();
                for (number, message) in cluster.flight() {
                    writeln!(out, "m{number} {}", cluster.said(message))?;
                }
                return Ok(out);
            }
            _ => {
                if let Some((id, what, input)) = input(command) {
                    return cluster.step(id, &format!("{id} {what}"), input);
                }
                return self.forge(command);
            }
        }
        Ok(String::new())
    }
}

impl Script {
    /// Does something to each of the messages that are on their way now.
    fn each(&mut self, which: &[Which], act: fn(&mut Cluster, u64) -> Printed) -> Printed {
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

    fn settle(&mut self) -> Printed {
        let mut out = String::new();
        for _ in 0..1000 {
            let Some((number, _)) = self.cluster.flight().next() else {
                return Ok(out);
            };
            out += &self.cluster.deliver(number)?;
        }
        Err("the network does not come to rest".into())
    }

    fn lines(&self, line: fn(ReplicaId, &Durable, Option<&Replica>) -> String) -> Printed {
        let mut out = String::new();
        for (id, node) in self.cluster.nodes() {
            writeln!(out, "{}", line(id, &node.disk, node.replica.as_ref()))?;
        }
        Ok(out)
    }

    /// A message arrives that nobody sent.
    fn forge(&mut self, command: &Command) -> Printed {
        let (message, at) = forged::message(command).ok_or("this is no message")?;
        let header = format!("forged {}", self.cluster.said(&message));
        self.cluster.step(at, &header, Input::Receive(message))
    }
}

/// What happens to which replica, and in words.
fn input(command: &Command) -> Option<(ReplicaId, String, Input)> {
    Some(match command {
        Command::Campaign(Id(id)) => (*id, "campaign".into(), Input::Campaign),
        Command::Sleep { replica, ticks } => {
            let what = format!("sleeps through {ticks} ticks");
            (replica.0, what, Input::Missed(*ticks))
        }
        Command::Read { replica, read } => (replica.0, format!("read {read}"), Input::Read(*read)),
        Command::Change { replica, members } => {
            let what = format!("change to {}", render::membership(&members.0));
            (replica.0, what, Input::ChangeMembership(members.0.clone()))
        }
        Command::Transfer { replica, to } => {
            let to = to.map(|Id(to)| to);
            let whom = to.map_or_else(|| "anybody".into(), |to| to.to_string());
            let what = format!("transfer to {whom}");
            (replica.0, what, Input::TransferLeadership(to))
        }
        Command::Snapshot {
            replica,
            through,
            state,
            retain,
        } => {
            let what = format!("snapshot of all up to {through}: {state}");
            let compact = Compact {
                through: LogIndex(*through),
                data: state.as_bytes().into(),
                retain: *retain,
            };
            (replica.0, what, Input::Compact(compact))
        }
        _ => return None,
    })
}

/// The settings that a cluster begins with.
fn settings(command: &Command) -> Settings {
    let mut settings = Settings {
        heartbeat_ticks: 2,
        election_timeout_ticks_min: 10,
        election_timeout_ticks_max: 20,
        entries_max: 8,
        bytes_max: 1024,
        window_messages: 8,
        window_bytes: 1024,
        chunk_bytes: 1024,
        catch_up_bytes: 0,
        uncommitted_bytes_max: 1024,
        ..Settings::default()
    };
    if let Command::Cluster {
        retry,
        entries_max,
        bytes_max,
        window,
        window_bytes,
        quorum_first,
        pre_vote,
        check_quorum,
        lease,
        chunk,
        catch_up,
        uncommitted_max,
        ..
    } = command
    {
        let set = |size: &mut usize, asked: &Option<usize>| *size = asked.unwrap_or(*size);
        set(&mut settings.entries_max, entries_max);
        set(&mut settings.bytes_max, bytes_max);
        set(&mut settings.window_messages, window);
        set(&mut settings.window_bytes, window_bytes);
        set(&mut settings.chunk_bytes, chunk);
        set(&mut settings.uncommitted_bytes_max, uncommitted_max);
        settings.catch_up_bytes = *catch_up;
        settings.retry_ticks = *retry;
        settings.replication = replication(quorum_first.unwrap_or_default());
        settings.pre_vote = pre_vote.unwrap_or_default();
        settings.check_quorum = check_quorum.unwrap_or_default();
        settings.lease = lease.map(|drift_ppm| Lease { drift_ppm });
    }
    settings
}

fn replication(quorum_first: bool) -> Replication {
    if quorum_first {
        Replication::QuorumFirst
    } else {
        Replication::Eager
    }
}
