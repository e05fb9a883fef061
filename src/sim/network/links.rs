//! The links of the network: one direction between two ends each, with dice of its own.

use std::collections::BTreeMap;

use super::STANDING_MAX;
use crate::kv::ClientId;
use crate::raft::ReplicaId;
use crate::rng::Pcg32;
use crate::sim::scenario::LinkQuality;
use crate::sim::scenario::action::MessageId;
use crate::sim::view::Endpoint;

#[derive(Clone, Debug)]
pub(in crate::sim) struct Links {
    seed: u64,
    replicas: u16,
    quality: LinkQuality,
    client_quality: LinkQuality,
    /// Links between replicas with a quality of their own.
    own_qualities: BTreeMap<(ReplicaId, ReplicaId), LinkQuality>,
    /// From replica to replica, row by row.
    between_replicas: Vec<Link>,
    /// For each client: its links to all replicas, then those from all replicas.
    of_clients: Vec<Vec<Link>>,
}

#[derive(Clone, Debug)]
pub(in crate::sim) struct Link {
    /// Decides about the messages on this link, and about nothing else.
    pub(in crate::sim) dice: Pcg32,
    pub(in crate::sim) cut: bool,
    /// While it is clogged: what has come so far and no further, in order.
    clog: Option<Vec<MessageId>>,
    /// When the last message so far arrives that others may not overtake.
    pub(in crate::sim) last_arrival_us: u64,
}

impl Link {
    fn new(seed: u64, label: &str, from: u16, to: u16) -> Self {
        Self {
            dice: Pcg32::fork(seed, label, u64::from(from) << 16 | u64::from(to)),
            cut: false,
            clog: None,
            last_arrival_us: 0,
        }
    }

    /// What is sent from now on need not wait for what was sent before: a link that
    /// has become fast would else be as slow as its slowest message under way.
    fn reconnect(&mut self) {
        self.last_arrival_us = 0;
    }
}

impl Links {
    pub(in crate::sim) fn new(
        seed: u64,
        replicas: u16,
        quality: LinkQuality,
        client_quality: LinkQuality,
    ) -> Self {
        let between_replicas = (1..=replicas)
            .flat_map(|from| (1..=replicas).map(move |to| Link::new(seed, "link", from, to)))
            .collect();
        Self {
            seed,
            replicas,
            quality,
            client_quality,
            own_qualities: BTreeMap::new(),
            between_replicas,
            of_clients: Vec::new(),
        }
    }

    /// Connects the next client with all replicas.
    pub(in crate::sim) fn add_client(&mut self, ClientId(client): ClientId) {
        let (seed, replicas) = (self.seed, 1..=self.replicas);
        let to = replicas.clone();
        let links = to
            .map(|replica| Link::new(seed, "request", client, replica))
            .chain(replicas.map(|replica| Link::new(seed, "answer", replica, client)));
        self.of_clients.push(links.collect());
    }

    pub(in crate::sim) fn is_cut(&self, from: ReplicaId, to: ReplicaId) -> bool {
        self.between_replicas[self.place(from, to)].cut
    }

    /// Cuts or heals a link. What is under way on it is judged when it arrives.
    pub(in crate::sim) fn set_cut(&mut self, from: ReplicaId, to: ReplicaId, cut: bool) {
        let place = self.place(from, to);
        let link = &mut self.between_replicas[place];
        if link.cut != cut {
            link.cut = cut;
            link.reconnect();
        }
    }

    pub(in crate::sim) fn is_clogged(&self, from: ReplicaId, to: ReplicaId) -> bool {
        self.between_replicas[self.place(from, to)].clog.is_some()
    }

    /// The quality of the links between clients and replicas.
    pub(in crate::sim) fn client_quality(&self) -> LinkQuality {
        self.client_quality
    }

    /// All links that are cut.
    pub(in crate::sim) fn cuts(&self) -> impl Iterator<Item = (ReplicaId, ReplicaId)> {
        self.links_that(|link| link.cut)
    }

    /// All links that are clogged.
    pub(in crate::sim) fn clogs(&self) -> impl Iterator<Item = (ReplicaId, ReplicaId)> {
        self.links_that(|link| link.clog.is_some())
    }

    fn links_that(
        &self,
        are: impl Fn(&Link) -> bool,
    ) -> impl Iterator<Item = (ReplicaId, ReplicaId)> {
        let ids = move || (1..=self.replicas).map(ReplicaId);
        ids()
            .flat_map(move |from| ids().map(move |to| (from, to)))
            .zip(&self.between_replicas)
            .filter_map(move |(ends, link)| are(link).then_some(ends))
    }

    /// From now on messages that come to the end of a link stay there.
    pub(in crate::sim) fn clog(&mut self, from: ReplicaId, to: ReplicaId) {
        let place = self.place(from, to);
        self.between_replicas[place].clog.get_or_insert_default();
    }

    /// Unclogs the link, and hands out the messages that wait there.
    pub(in crate::sim) fn unclog(&mut self, from: ReplicaId, to: ReplicaId) -> Vec<MessageId> {
        let place = self.place(from, to);
        self.between_replicas[place].clog.take().unwrap_or_default()
    }

    /// Whether a link is clogged, and no more messages can wait at its end.
    pub(in crate::sim) fn is_clogged_full(&self, from: ReplicaId, to: ReplicaId) -> bool {
        let clog = &self.between_replicas[self.place(from, to)].clog;
        clog.as_ref()
            .is_some_and(|waiting| waiting.len() >= STANDING_MAX)
    }

    /// The messages that wait at the end of a link, if it is clogged.
    pub(in crate::sim) fn clog_mut(
        &mut self,
        from: ReplicaId,
        to: ReplicaId,
    ) -> Option<&mut Vec<MessageId>> {
        let place = self.place(from, to);
        self.between_replicas[place].clog.as_mut()
    }

    pub(in crate::sim) fn set_quality(&mut self, quality: LinkQuality) {
        self.quality = quality;
        self.between_replicas.iter_mut().for_each(Link::reconnect);
    }

    pub(in crate::sim) fn set_client_quality(&mut self, quality: LinkQuality) {
        self.client_quality = quality;
        let links = self.of_clients.iter_mut().flatten();
        links.for_each(Link::reconnect);
    }

    /// Gives one link a quality of its own, or that of the network.
    pub(in crate::sim) fn set_own_quality(
        &mut self,
        from: ReplicaId,
        to: ReplicaId,
        quality: Option<LinkQuality>,
    ) {
        match quality {
            Some(quality) => self.own_qualities.insert((from, to), quality),
            None => self.own_qualities.remove(&(from, to)),
        };
        let place = self.place(from, to);
        self.between_replicas[place].reconnect();
    }

    pub(in crate::sim) fn quality_of(&self, from: Endpoint, to: Endpoint) -> LinkQuality {
        match (from, to) {
            (Endpoint::Replica(from), Endpoint::Replica(to)) => self
                .own_qualities
                .get(&(from, to))
                .copied()
                .unwrap_or(self.quality),
            _ => self.client_quality,
        }
    }

    pub(in crate::sim) fn get_mut(&mut self, from: Endpoint, to: Endpoint) -> &mut Link {
        let of_client = |ClientId(client): ClientId| usize::from(client) - 1;
        let of_replica = |ReplicaId(replica): ReplicaId| usize::from(replica) - 1;
        match (from, to) {
            (Endpoint::Replica(from), Endpoint::Replica(to)) => {
                let place = self.place(from, to);
                &mut self.between_replicas[place]
            }
            (Endpoint::Client(client), Endpoint::Replica(replica)) => {
                &mut self.of_clients[of_client(client)][of_replica(replica)]
            }
            (Endpoint::Replica(replica), Endpoint::Client(client)) => {
                let answers = usize::from(self.replicas);
                &mut self.of_clients[of_client(client)][answers + of_replica(replica)]
            }
            (Endpoint::Client(_), Endpoint::Client(_)) => {
                unreachable!("clients do not talk to one another")
            }
        }
    }

    fn place(&self, ReplicaId(from): ReplicaId, ReplicaId(to): ReplicaId) -> usize {
        (usize::from(from) - 1) * usize::from(self.replicas) + usize::from(to) - 1
    }
}
