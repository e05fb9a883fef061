//! The eight clients of a test file: what they ask, whom they ask, and what they know.

use std::collections::BTreeMap;

use crate::kv::Operation;
use crate::raft::ReplicaId;
use crate::rng::Pcg32;
use crate::sim::ratio::Ratio;

use super::settings::CLIENTS;

/// All clients, with the dice that choose for them.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    each: Vec<Client>,
    /// How many keys, and how many values, have been made.
    keys: u32,
    values: u32,
    /// Chooses who asks for what.
    requests: Pcg32,
    /// Chooses whom a client asks that knows of no leader.
    targets: Pcg32,
}

#[derive(Clone, Debug, Default)]
struct Client {
    /// The leader that it has last heard of.
    leader: Option<ReplicaId>,
    /// The keys of which it has seen a put succeed, in the order of the first one.
    known: Vec<String>,
    /// All its keys, the unknown ones too.
    registers: BTreeMap<String, Register>,
    /// The value of each of its puts, and whether that was answered, in the order of asking.
    asked: Vec<(String, bool)>,
    /// For each get that it had no key for: how many puts it had asked for by then.
    without_key: Vec<usize>,
}

/// Gets that had no key to ask for, which is not the cluster's fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Early {
    /// Those whose client had asked for no put.
    pub(super) before_any_put: u32,
    /// Those whose client had asked for puts that were waiting then, and were all answered since.
    pub(super) while_puts_waited: u32,
}

/// The puts of a client under one of its own keys. No two clients put under the same key.
#[derive(Clone, Debug, Default)]
struct Register {
    /// Each value, and whether its put is known to have succeeded, in the order of asking.
    puts: Vec<(String, bool)>,
    /// The put of which that has become known last.
    confirmed: Option<usize>,
}

/// The values that may answer a get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    /// Values that were possible when it was asked.
    values: Vec<String>,
    /// How many values had been put under the key by then; those after are possible too.
    puts: usize,
}

/// The client whose turn it is, and its operation; none, if it knows no key to ask for.
pub(super) struct Turn {
    pub(super) client: usize,
    pub(super) is_get: bool,
    pub(super) operation: Option<Operation>,
}

impl Clients {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            each: vec![Client::default(); usize::from(CLIENTS)],
            keys: 0,
            values: 0,
            requests: Pcg32::fork(seed, "course requests", 0),
            targets: Pcg32::fork(seed, "course targets", 0),
        }
    }

    /// The next request. With probability one half a put makes a key, and always if the
    /// client knows none.
    pub(super) fn turn(&mut self, gets: Ratio) -> Turn {
        let dice = &mut self.requests;
        let place = choose(dice, usize::from(CLIENTS));
        let client = &mut self.each[place];
        let is_get = gets.draw(dice);
        let operation = if is_get {
            let key = (!client.known.is_empty())
                .then(|| client.known[choose(dice, client.known.len())].clone());
            if key.is_none() {
                client.without_key.push(client.asked.len());
            }
            key.map(|key| Operation::Get { key })
        } else {
            let makes_key = Ratio::new(1, 2).draw(dice) || client.known.is_empty();
            let key = if makes_key {
                self.keys += 1;
                format!("k{}", self.keys)
            } else {
                client.known[choose(dice, client.known.len())].clone()
            };
            self.values += 1;
            let value = format!("v{}", self.values);
            let register = client.registers.entry(key.clone()).or_default();
            register.puts.push((value.clone(), false));
            client.asked.push((value.clone(), false));
            Some(Operation::Put { key, value })
        };
        Turn {
            client: place,
            is_get,
            operation,
        }
    }

    /// The gets without a key that are nobody's fault, as far as is known by now. A put that is
    /// still not answered is to blame for each get without a key after it.
    pub(super) fn early(&self) -> Early {
        let mut early = Early::default();
        for client in &self.each {
            let answered = client.asked.iter().take_while(|(_, answered)| *answered);
            let answered = answered.count();
            for &puts in &client.without_key {
                early.before_any_put += u32::from(puts == 0);
                early.while_puts_waited += u32::from(puts > 0 && puts <= answered);
            }
        }
        early
    }

    /// The replica that a client asks: the leader that it last heard of if that lives, or else
    /// any living replica, if there is one.
    pub(super) fn target(&mut self, client: usize, living: &[ReplicaId]) -> Option<ReplicaId> {
        let leader = self.each[client].leader.filter(|it| living.contains(it));
        leader.or_else(|| {
            (!living.is_empty()).then(|| living[choose(&mut self.targets, living.len())])
        })
    }

    /// A client hears who leads.
    pub(super) fn hear(&mut self, client: usize, leader: Option<ReplicaId>) {
        self.each[client].leader = leader;
    }

    /// All clients forget who leads.
    pub(super) fn forget(&mut self) {
        for client in &mut self.each {
            client.leader = None;
        }
    }

    /// What a get that is asked now may be answered: what was put last, as far as the client
    /// knows, or what it has put and does not know about, or what will be put meanwhile.
    pub(super) fn expected(&self, client: usize, key: &str) -> Expected {
        let register = self.each[client].registers.get(key);
        let puts = register.map_or(&[][..], |it| &it.puts);
        let confirmed = register.and_then(|it| it.confirmed);
        let possible =
            |&(place, (_, known)): &(usize, &(String, bool))| !known || Some(place) == confirmed;
        Expected {
            values: puts
                .iter()
                .enumerate()
                .filter(possible)
                .map(|(_, (value, _))| value.clone())
                .collect(),
            puts: puts.len(),
        }
    }

    /// Whether a get was answered what it may be.
    pub(super) fn is_right(
        &self,
        client: usize,
        key: &str,
        expected: &Expected,
        value: Option<&str>,
    ) -> bool {
        let Some(value) = value else { return false };
        let since = self.each[client].registers.get(key);
        let mut since = since.into_iter().flat_map(|it| &it.puts[expected.puts..]);
        expected.values.iter().any(|it| it == value) || since.any(|(it, _)| it == value)
    }

    /// A put has succeeded.
    pub(super) fn confirm(&mut self, client: usize, key: &str, value: &str) {
        let client = &mut self.each[client];
        let Some(register) = client.registers.get_mut(key) else {
            return;
        };
        let Some(place) = register.puts.iter().position(|(it, _)| it == value) else {
            return;
        };
        register.puts[place].1 = true;
        if let Some(put) = client.asked.iter_mut().find(|(it, _)| it == value) {
            put.1 = true;
        }
        if register.confirmed.replace(place).is_none() {
            client.known.push(key.to_owned());
        }
    }

    /// How many keys hold something that was put with success.
    pub(super) fn stored(&self) -> usize {
        self.each.iter().map(|client| client.known.len()).sum()
    }
}

/// A random place in a list of that length.
pub(super) fn choose(dice: &mut Pcg32, count: usize) -> usize {
    let bound = u32::try_from(count).expect("the lists of a run are short");
    usize::try_from(dice.below(bound)).expect("it is below a usize")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(clients: &mut Clients) -> (usize, String, String) {
        let turn = clients.turn(Ratio::ZERO);
        match turn.operation {
            Some(Operation::Put { key, value }) => (turn.client, key, value),
            other => panic!("a put, not {other:?}"),
        }
    }

    #[test]
    fn nobody_gets_before_a_put_of_its_own_has_succeeded() {
        let mut clients = Clients::new(1);
        let (owner, key, value) = put(&mut clients);
        assert!((0..100).all(|_| clients.turn(Ratio::ONE).operation.is_none()));
        clients.confirm(owner, &key, &value);
        let gets: Vec<Turn> = (0..100).map(|_| clients.turn(Ratio::ONE)).collect();
        for turn in &gets {
            let expected = (turn.client == owner).then(|| Operation::Get { key: key.clone() });
            assert_eq!(turn.operation, expected);
        }
        assert!(gets.iter().any(|turn| turn.operation.is_some()));
    }

    #[test]
    fn a_get_without_a_key_is_nobodys_fault_unless_a_put_before_it_stays_unanswered() {
        let mut clients = Clients::new(5);
        let gets = |clients: &mut Clients, owner: usize| {
            let turns = (0..40).map(|_| clients.turn(Ratio::ONE));
            let own = turns.filter(|it| it.client == owner && it.operation.is_none());
            u32::try_from(own.count()).expect("they are few")
        };
        let early = |clients: &Clients| {
            let early = clients.early();
            (early.before_any_put, early.while_puts_waited)
        };
        let (owner, first_key, first) = put(&mut clients);
        let after_one = gets(&mut clients, owner);
        let (second_key, second) = loop {
            let (client, key, value) = put(&mut clients);
            if client == owner {
                break (key, value);
            }
        };
        let after_two = gets(&mut clients, owner);
        assert!(after_one > 0 && after_two > 0);
        // The others had asked for nothing, at least at first.
        let (before, waiting) = early(&clients);
        assert_eq!((before >= 40 - after_one, waiting), (true, 0));
        // A later answer does not excuse the put before it.
        let mut other_way = clients.clone();
        other_way.confirm(owner, &second_key, &second);
        assert_eq!(early(&other_way), (before, 0));
        clients.confirm(owner, &first_key, &first);
        assert_eq!(early(&clients), (before, after_one));
        clients.confirm(owner, &second_key, &second);
        assert_eq!(early(&clients), (before, after_one + after_two));
    }

    #[test]
    fn about_half_of_the_puts_make_a_key() {
        let mut clients = Clients::new(2);
        for _ in 0..1_000 {
            let (client, key, value) = put(&mut clients);
            clients.confirm(client, &key, &value);
        }
        assert!(
            (450..550).contains(&clients.stored()),
            "{}",
            clients.stored()
        );
    }

    #[test]
    fn a_get_may_see_what_is_not_known_and_what_comes_later_but_nothing_older() {
        let mut clients = Clients::new(3);
        let (owner, key, first) = put(&mut clients);
        clients.confirm(owner, &key, &first);
        let again = |clients: &mut Clients| loop {
            let (client, other, value) = put(clients);
            if client == owner && other == key {
                return value;
            }
        };
        let second = again(&mut clients);
        let expected = clients.expected(owner, &key);
        let right = |clients: &Clients, expected: &Expected, value: &str| {
            clients.is_right(owner, &key, expected, Some(value))
        };
        assert!(right(&clients, &expected, &first) && right(&clients, &expected, &second));
        clients.confirm(owner, &key, &second);
        let after = clients.expected(owner, &key);
        assert!(!right(&clients, &after, &first) && right(&clients, &after, &second));
        let third = again(&mut clients);
        assert!(right(&clients, &after, &third));
        assert!(!right(&clients, &after, "else"));
        assert!(!clients.is_right(owner, &key, &after, None));
    }

    #[test]
    fn a_client_asks_its_leader_while_that_lives() {
        let mut clients = Clients::new(4);
        let living = [ReplicaId(1), ReplicaId(2), ReplicaId(4)];
        clients.hear(3, Some(ReplicaId(4)));
        assert!((0..50).all(|_| clients.target(3, &living) == Some(ReplicaId(4))));
        let mut asked = std::collections::BTreeSet::new();
        for _ in 0..50 {
            asked.extend(clients.target(3, &living[..2]));
        }
        assert_eq!(asked, living[..2].iter().copied().collect());
        clients.forget();
        assert!((0..50).any(|_| clients.target(3, &living) != Some(ReplicaId(4))));
        assert_eq!(clients.target(3, &[]), None);
    }
}
