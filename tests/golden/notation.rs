//! How the scripts write replicas, links, places in a log, entries and configurations.

use std::collections::BTreeSet;
use std::error::Error;
use std::str::FromStr;

use raftarium::raft::{
    Entry, LogIndex, Membership, Payload, Position, ReplicaId, Term, VotePurpose,
};

/// `2`: R2.
#[derive(Clone, Copy)]
pub(crate) struct Id(pub(crate) ReplicaId);

/// `1-2`: from R1 to R2.
#[derive(Clone, Copy)]
pub(crate) struct Link(pub(crate) ReplicaId, pub(crate) ReplicaId);

/// `3@2`: index 3, term 2.
#[derive(Clone, Copy)]
pub(crate) struct Place(pub(crate) Position);

/// `3@2`: a no-op; `3@2/a`: the command `a`; `3@2:1,2`: a configuration.
pub(crate) struct AnEntry(pub(crate) Entry);

/// `1,2,3+4`: voters R1 to R3 and the learner R4; `1,2>2,3`: the joint configuration
/// on the way from R1 and R2 to R2 and R3.
pub(crate) struct Members(pub(crate) Membership);

/// `election`, `pre_vote` or `transfer`.
#[derive(Clone, Copy)]
pub(crate) struct Purpose(pub(crate) VotePurpose);

/// `m7`, or all on a link.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    Message(u64),
    Link(Link),
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
        let (place, payload) = if let Some((place, command)) = text.split_once('/') {
            (place, Payload::Command(command.as_bytes().into()))
        } else if let Some((place, members)) = text.split_once(':') {
            let Members(membership) = members.parse()?;
            (place, Payload::Membership(membership.into()))
        } else {
            (text, Payload::Noop)
        };
        let Place(Position { index, term }) = place.parse()?;
        Ok(Self(Entry {
            index,
            term,
            payload,
        }))
    }
}

impl FromStr for Members {
    type Err = Box<dyn Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ids = |text: &str| -> Result<BTreeSet<ReplicaId>, Self::Err> {
            let ids = text.split(',').filter(|id| !id.is_empty());
            ids.map(|id| Ok(id.parse::<Id>()?.0)).collect()
        };
        let (voters, learners) = text.split_once('+').unwrap_or((text, ""));
        let (outgoing, voters) = voters.split_once('>').unwrap_or(("", voters));
        Ok(Self(Membership {
            voters: ids(voters)?,
            outgoing: ids(outgoing)?,
            learners: ids(learners)?,
        }))
    }
}

impl FromStr for Purpose {
    type Err = Box<dyn Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text {
            "election" => VotePurpose::Election,
            "pre_vote" => VotePurpose::PreVote,
            "transfer" => VotePurpose::Transfer,
            _ => return Err("a vote is for an election, a pre_vote or a transfer".into()),
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
