//! What the store remembers of its clients, so that a retry is not applied twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::command::{Answer, ClientId, Command};
use super::fingerprint;
use crate::map::SharedMap;

/// Every client that has ever opened a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sessions {
    clients: SharedMap<ClientId, Client>,
    /// The open sessions, the one that has been idle for longest first.
    by_use: SharedMap<(u64, ClientId), ()>,
    fingerprint: u64,
}

impl Sessions {
    /// How many clients it knows.
    pub(super) fn len(&self) -> usize {
        self.clients.len()
    }
}

/// A client, as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Client {
    /// The number of its newest session. It outlives the session: a late copy of a
    /// command is known by it.
    number: u32,
    /// The newest session, unless it has expired or could not be opened.
    open: Option<Session>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Session {
    /// The number of the session's last command.
    sequence: u64,
    /// The first answer to it.
    answer: Answer,
    /// The log time at which it was applied.
    used_us: u64,
}

impl Sessions {
    /// The sessions of these clients; `None` if there are more than `sessions_max`, or
    /// one that would have expired, or been used later than `log_time_us`.
    pub(super) fn new(
        clients: BTreeMap<ClientId, Client>,
        log_time_us: u64,
        expiry_us: u64,
        sessions_max: u32,
    ) -> Option<Self> {
        let by_use = clients
            .iter()
            .filter_map(|(&client, known)| Some(((known.open.as_ref()?.used_us, client), ())))
            .collect();
        let fingerprint = clients
            .iter()
            .fold(0, |all, (&client, known)| all ^ known.fingerprint(client));
        let mut sessions = Self {
            clients: clients.into_iter().collect(),
            by_use,
            fingerprint,
        };
        if sessions.number_open() > sessions_max
            || sessions
                .by_use
                .last()
                .is_some_and(|(&(used_us, _), ())| used_us > log_time_us)
            || sessions.expire(log_time_us, expiry_us) > 0
        {
            return None;
        }
        Some(sessions)
    }

    pub(super) fn clients(&self) -> &SharedMap<ClientId, Client> {
        &self.clients
    }

    /// A number that stands for all clients.
    pub(super) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    pub(super) fn number_open(&self) -> u32 {
        u32::try_from(self.by_use.len()).expect("a client has one session at most")
    }

    /// Ends the sessions that have been idle for more than `expiry_us` (zero: none), and
    /// returns how many. Their numbers stay.
    pub(super) fn expire(&mut self, log_time_us: u64, expiry_us: u64) -> usize {
        if expiry_us == 0 {
            return 0;
        }
        let mut expired = 0;
        while let Some((&(used_us, client), ())) = self.by_use.first()
            && log_time_us.saturating_sub(used_us) > expiry_us
        {
            self.by_use.pop_first();
            if let Some(known) = self.clients.get_mut(&client) {
                self.fingerprint ^= known.fingerprint(client);
                known.open = None;
                self.fingerprint ^= known.fingerprint(client);
            }
            expired += 1;
        }
        expired
    }

    /// Whether a command is to be applied now.
    ///
    /// # Errors
    /// If it is not: what to answer instead.
    pub(super) fn admit(&mut self, command: &Command, sessions_max: u32) -> Result<(), Answer> {
        let &Command {
            client,
            session,
            sequence,
            ..
        } = command;
        let room = self.number_open() < sessions_max;
        let known = self.clients.get(&client);
        if let Some(known) = known
            && session <= known.number
        {
            return match &known.open {
                Some(open) if session == known.number => open.admit(sequence),
                _ => Err(Answer::Expired),
            };
        }
        // A client that goes on to another session gives the old one up.
        let replaces = known.is_some_and(|known| known.open.is_some());
        if replaces || room {
            return Ok(());
        }
        // The client is told that nothing was done. A copy of the command that comes when
        // there is room again must not make that a lie.
        let refused = Client {
            number: session,
            open: None,
        };
        self.insert(client, refused);
        Err(Answer::TooManySessions)
    }

    /// Keeps the answer to a command that has been applied. It takes the place of
    /// the one before: the client would not have gone on without that.
    pub(super) fn keep(&mut self, command: &Command, answer: Answer, log_time_us: u64) {
        let &Command {
            client,
            session,
            sequence,
            ..
        } = command;
        let open = Session {
            sequence,
            answer,
            used_us: log_time_us,
        };
        let now = Client {
            number: session,
            open: Some(open),
        };
        let before = self.insert(client, now);
        if let Some(before) = before.and_then(|before| before.open) {
            self.by_use.remove(&(before.used_us, client));
        }
        self.by_use.insert((log_time_us, client), ());
    }

    fn insert(&mut self, client: ClientId, now: Client) -> Option<Client> {
        self.fingerprint ^= now.fingerprint(client);
        let before = self.clients.insert(client, now);
        if let Some(before) = &before {
            self.fingerprint ^= before.fingerprint(client);
        }
        before
    }
}

impl Client {
    fn fingerprint(&self, client: ClientId) -> u64 {
        let open = self.open.as_ref();
        let open = open.map(|open| (open.sequence, &open.answer, open.used_us));
        fingerprint::of_client(client, self.number, open)
    }
}

impl Session {
    fn admit(&self, sequence: u64) -> Result<(), Answer> {
        if sequence > self.sequence {
            return Ok(());
        }
        if sequence < self.sequence {
            return Err(Answer::Forgotten);
        }
        Err(self.answer.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, get, put, value};
    use super::super::{Answer, Store, StoreBounds};

    /// A store whose sessions expire after 100 µs, and which has room for two.
    fn store() -> Store {
        Store::new(StoreBounds {
            session_expiry_us: 100,
            sessions_max: 2,
            ..StoreBounds::default()
        })
    }

    #[test]
    fn a_session_expires_when_it_has_been_idle_for_longer_than_it_may() {
        let mut store = store();
        let first = at(1_000, 1, 1, 1, put("x", "1"));
        store.apply(&first);
        // To the microsecond: after exactly 100 it is still there.
        store.apply(&at(1_100, 2, 1, 1, get("x")));
        assert_eq!(store.sessions(), 2);
        assert_eq!(store.apply(&first), Answer::Written);
        store.apply(&at(1_101, 2, 1, 2, get("x")));
        assert_eq!(store.sessions(), 1);
        assert_eq!(store.apply(&first), Answer::Expired);
        let next = at(1_101, 1, 1, 2, put("x", "2"));
        assert_eq!(store.apply(&next), Answer::Expired);
        assert_eq!(store.get("x"), Some("1"));
    }

    /// An answer that is given again is no use of the session: only what is applied is.
    #[test]
    fn a_retry_does_not_keep_a_session_open() {
        let mut store = store();
        let first = at(0, 1, 1, 1, put("x", "1"));
        store.apply(&first);
        let mut retry = first;
        retry.at_us = 90;
        assert_eq!(store.apply(&retry), Answer::Written);
        retry.at_us = 101;
        assert_eq!(store.apply(&retry), Answer::Expired);
    }

    #[test]
    fn a_client_goes_on_in_another_session() {
        let mut store = store();
        store.apply(&at(0, 1, 1, 1, put("x", "1")));
        store.apply(&at(200, 2, 1, 1, get("x")));
        let renewed = at(200, 1, 2, 2, put("x", "2"));
        assert_eq!(store.apply(&renewed), Answer::Written);
        assert_eq!(store.apply(&renewed), Answer::Written);
        // What comes late of the session before is known by its number.
        let late = at(200, 1, 1, 1, put("x", "1"));
        assert_eq!(store.apply(&late), Answer::Expired);
        assert_eq!(store.get("x"), Some("2"));
    }

    #[test]
    fn a_higher_session_closes_the_one_before() {
        let mut store = store();
        store.apply(&at(0, 1, 1, 7, put("x", "1")));
        store.apply(&at(0, 1, 3, 1, put("x", "2")));
        assert_eq!(store.sessions(), 1);
        assert_eq!(store.apply(&at(0, 1, 1, 8, put("x", "3"))), Answer::Expired);
        assert_eq!(store.apply(&at(0, 1, 2, 9, put("x", "3"))), Answer::Expired);
        assert_eq!(store.get("x"), Some("2"));
    }

    #[test]
    fn there_are_as_many_sessions_as_there_may_be_and_no_more() {
        let mut store = store();
        store.apply(&at(0, 1, 1, 1, get("x")));
        store.apply(&at(0, 2, 1, 1, get("x")));
        let third = at(0, 3, 1, 1, put("x", "3"));
        assert_eq!(store.apply(&third), Answer::TooManySessions);
        // One that takes the place of another of the same client needs no room.
        assert_eq!(store.apply(&at(0, 2, 2, 2, get("x"))), value(None));
        assert_eq!(store.sessions(), 2);
        store.apply(&at(101, 2, 2, 3, get("x")));
        assert_eq!(store.sessions(), 0, "this session too had expired");
    }

    /// The client may have taken the first answer for the last word.
    #[test]
    fn what_was_refused_for_want_of_room_is_not_done_later() {
        let mut store = store();
        store.apply(&at(0, 1, 1, 1, get("x")));
        store.apply(&at(0, 2, 1, 1, get("x")));
        let refused = at(0, 3, 1, 1, put("x", "3"));
        assert_eq!(store.apply(&refused), Answer::TooManySessions);
        let late = at(500, 3, 1, 1, put("x", "3"));
        assert_eq!(store.apply(&late), Answer::Expired);
        assert_eq!(store.get("x"), None);
        let again = at(500, 3, 2, 2, put("x", "4"));
        assert_eq!(store.apply(&again), Answer::Written);
    }

    /// A new leader whose clock is behind does not turn log time back.
    #[test]
    fn log_time_never_goes_back() {
        let mut store = store();
        store.apply(&at(1_000, 1, 1, 1, get("x")));
        store.apply(&at(10, 2, 1, 1, get("x")));
        assert_eq!(store.log_time_us(), 1_000);
        store.apply(&at(1_100, 1, 1, 2, get("x")));
        // Client 2's command counts as one of log time 1,000, not of 10.
        assert_eq!(store.sessions(), 2);
    }

    #[test]
    fn without_a_bound_no_session_ever_expires() {
        let mut store = Store::new(StoreBounds::default());
        store.apply(&at(0, 1, 1, 1, get("x")));
        store.apply(&at(u64::MAX, 2, 1, 1, get("x")));
        assert_eq!(store.sessions(), 2);
    }
}
