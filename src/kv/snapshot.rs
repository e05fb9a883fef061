//! The store as bytes, to take the place of the log that made it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bounds::StoreBounds;
use super::command::ClientId;
use super::fingerprint;
use super::session::{Client, Sessions};
use super::store::{Store, size};
use crate::flaw::Flaw;
use crate::map::SharedMap;

/// The first byte of a snapshot: in which form the rest is written.
const SNAPSHOT_VERSION: u8 = 1;

/// What a snapshot holds behind its version: log time, pairs, clients.
type State = (
    u64,
    BTreeMap<Arc<str>, Arc<str>>,
    BTreeMap<ClientId, Client>,
);

/// The bytes are not a snapshot of such a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASnapshot {
    /// It is written in a form that this version does not know.
    #[error("the snapshot is of version {0}, and only {SNAPSHOT_VERSION} is known")]
    Version(u8),
    /// No store would write these bytes.
    #[error("the bytes are not a snapshot of the key-value store")]
    Malformed,
    /// It holds what a store with these bounds does not.
    #[error("the snapshot does not keep to the bounds of the key-value store")]
    OutOfBounds,
}

impl Store {
    /// All that the store is, but for its bounds, as bytes. Two stores with the same
    /// bounds are equal if and only if these are.
    ///
    /// # Panics
    /// Never: a store has no part that the format can't hold.
    pub fn snapshot(&self) -> Arc<[u8]> {
        let none = SharedMap::default();
        let clients = match self.bounds.flaw {
            Some(Flaw::SnapshotWithoutSessions) => &none,
            _ => self.sessions.clients(),
        };
        let state = (self.log_time_us, &self.pairs, clients);
        postcard::to_extend(&state, vec![SNAPSHOT_VERSION])
            .expect("a store is plain data")
            .into()
    }

    /// The store that a snapshot was taken of.
    ///
    /// # Errors
    /// If the bytes are nothing that a store with these bounds would have written.
    pub fn restore(snapshot: &[u8], bounds: StoreBounds) -> Result<Self, NotASnapshot> {
        let (&version, state) = snapshot.split_first().ok_or(NotASnapshot::Malformed)?;
        if version != SNAPSHOT_VERSION {
            return Err(NotASnapshot::Version(version));
        }
        let (log_time_us, pairs, clients): State =
            postcard::from_bytes(state).map_err(|_| NotASnapshot::Malformed)?;
        let bytes = pairs.iter().map(|(key, value)| size(key, value)).sum();
        let within = |(key, value): (&Arc<str>, &Arc<str>)| {
            key.len() <= as_usize(bounds.key_bytes_max)
                && value.len() <= as_usize(bounds.value_bytes_max)
        };
        if bytes > u64::from(bounds.bytes_max) || !pairs.iter().all(within) {
            return Err(NotASnapshot::OutOfBounds);
        }
        let fingerprint = pairs.iter().fold(0, |all, (key, value)| {
            all ^ fingerprint::of_pair(key, value)
        });
        let sessions = Sessions::new(
            clients,
            log_time_us,
            bounds.session_expiry_us,
            bounds.sessions_max,
        )
        .ok_or(NotASnapshot::OutOfBounds)?;
        let store = Self {
            bounds,
            log_time_us,
            pairs: pairs.into_iter().collect(),
            bytes,
            sessions,
            fingerprint,
        };
        // Whatever is out of order, stands there twice, is written in a longer form than
        // it needs or goes on behind the end: the store would not have written it so.
        if *store.snapshot() != *snapshot {
            return Err(NotASnapshot::Malformed);
        }
        Ok(store)
    }
}

fn as_usize(number: u32) -> usize {
    usize::try_from(number).expect("it is no larger than a usize")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, delete, get, logged, put, value};
    use super::super::{Answer, Logged};
    use super::*;

    const BOUNDS: StoreBounds = StoreBounds {
        session_expiry_us: 1_000,
        sessions_max: 3,
        key_bytes_max: 4,
        value_bytes_max: 4,
        bytes_max: 12,
        flaw: None,
    };

    /// Something of everything: pairs, open sessions, an expired one, a refused one.
    fn log() -> Vec<Logged> {
        vec![
            at(5, 9, 1, 1, put("old", "1")),
            at(2_000, 1, 1, 1, put("b", "1")),
            at(2_001, 2, 4, 7, get("old")),
            at(2_002, 3, 1, 1, delete("old")),
            at(2_003, 4, 1, 1, put("c", "1")),
            at(2_004, 1, 1, 2, put("a", "four")),
            at(2_005, 1, 1, 3, put("b", "seven")),
            at(2_006, 1, 2, 4, put("much", "more")),
        ]
    }

    fn store(log: &[Logged]) -> Store {
        let mut store = Store::new(BOUNDS);
        for logged in log {
            store.apply(logged);
        }
        store
    }

    fn restore(bytes: &[u8]) -> Result<Store, NotASnapshot> {
        Store::restore(bytes, BOUNDS)
    }

    #[test]
    fn a_store_comes_back_from_its_snapshot_at_every_point_of_the_log() {
        let log = log();
        for cut in 0..=log.len() {
            let before = store(&log[..cut]);
            let mut after = restore(&before.snapshot()).expect("it is a snapshot");
            assert_eq!(after, before);
            // What follows finds everything where it was.
            let mut went_on = before;
            for logged in &log[cut..] {
                assert_eq!(after.apply(logged), went_on.apply(logged));
            }
            assert_eq!(after, went_on);
            assert_eq!(after.snapshot(), went_on.snapshot());
        }
    }

    #[test]
    fn a_retry_after_a_restore_gets_its_first_answer() {
        let mut before = Store::new(BOUNDS);
        let read = logged(1, 1, get("x"));
        assert_eq!(before.apply(&read), value(None));
        before.apply(&logged(2, 1, put("x", "1")));
        let mut after = restore(&before.snapshot()).expect("it is a snapshot");
        assert_eq!(after.apply(&read), value(None));
        assert_eq!(after.apply(&logged(2, 1, put("x", "1"))), Answer::Written);
        assert_eq!(after, before);
    }

    /// One replica applies entry by entry, the other begins with a snapshot of another
    /// and applies the rest: both let the same sessions expire at the same entry.
    #[test]
    fn sessions_expire_in_step_wherever_a_replica_began() {
        let log: Vec<Logged> = (0..200)
            .map(|n| {
                let client = u16::try_from(n * n % 7).expect("it is small") + 1;
                let session = u32::try_from(n / 20).expect("it is small") + 1;
                at(n * 170 % 1_900 + n * 60, client, session, n, get("x"))
            })
            .collect();
        let mut whole = Store::new(BOUNDS);
        let mut expired = 0;
        for (cut, logged) in log.iter().enumerate() {
            let mut restored = restore(&whole.snapshot()).expect("it is a snapshot");
            let answer = whole.apply(logged);
            expired += u32::from(answer == Answer::Expired);
            assert_eq!(restored.apply(logged), answer, "entry {cut}");
            assert_eq!(restored.snapshot(), whole.snapshot(), "entry {cut}");
        }
        assert!((10..190).contains(&expired), "{expired} answers");
    }

    /// Whatever differs between two stores differs in their bytes and in their fingerprints.
    #[test]
    fn stores_are_equal_if_and_only_if_their_bytes_are() {
        let log = log();
        let mut stores: Vec<Store> = (0..=log.len()).map(|cut| store(&log[..cut])).collect();
        // The same pairs in the same order of time, but by another client, in another
        // session, with another number, or at another time.
        stores.extend([
            store(&[at(1, 1, 1, 1, put("x", "1"))]),
            store(&[at(1, 2, 1, 1, put("x", "1"))]),
            store(&[at(1, 1, 2, 1, put("x", "1"))]),
            store(&[at(1, 1, 1, 2, put("x", "1"))]),
            store(&[at(2, 1, 1, 1, put("x", "1"))]),
        ]);
        for (a, one) in stores.iter().enumerate() {
            for (b, other) in stores.iter().enumerate() {
                assert_eq!(one == other, a == b, "{a} and {b}");
                assert_eq!(one.snapshot() == other.snapshot(), a == b, "{a} and {b}");
                let same = one.fingerprint() == other.fingerprint();
                assert_eq!(same, a == b, "{a} and {b}");
            }
        }
    }

    /// Snapshots travel, and lie on disks: their form is pinned.
    #[test]
    fn the_bytes_of_a_snapshot_are_pinned() {
        let store = store(&[at(300, 1, 3, 2, put("x", "yz"))]);
        assert_eq!(
            store.snapshot()[..],
            [
                1, // version
                0xac, 2, // log time
                1, 1, b'x', 2, b'y', b'z', // pairs
                1, 1, 3, 1, 2, 0, 0xac, 2, // clients: session, sequence, answer, time
            ]
        );
    }

    #[test]
    fn what_is_cut_short_or_goes_on_is_no_snapshot() {
        let bytes = store(&log()).snapshot();
        for cut in 0..bytes.len() {
            assert_eq!(
                restore(&bytes[..cut]).err(),
                Some(NotASnapshot::Malformed),
                "{cut} bytes"
            );
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(restore(&longer).err(), Some(NotASnapshot::Malformed));
        let other = [&[2], &bytes[1..]].concat();
        assert_eq!(restore(&other).err(), Some(NotASnapshot::Version(2)));
    }

    /// Any byte may be any other: what is restored is then what those bytes say, or nothing.
    #[test]
    fn no_bytes_restore_to_a_store_that_would_write_others() {
        let bytes = store(&log()).snapshot();
        let mut restored = 0;
        for place in 0..bytes.len() {
            for byte in 0..=u8::MAX {
                let mut bent = bytes.to_vec();
                bent[place] = byte;
                if let Ok(store) = restore(&bent) {
                    assert_eq!(*store.snapshot(), *bent);
                    restored += 1;
                }
            }
        }
        assert!(restored > bytes.len(), "each true byte is one");
    }

    #[test]
    fn keys_out_of_order_are_no_snapshot() {
        let twice = [1, 0, 2, 1, b'x', 0, 1, b'x', 0, 0];
        assert_eq!(restore(&twice).err(), Some(NotASnapshot::Malformed));
        let backwards = [1, 0, 2, 1, b'y', 0, 1, b'x', 0, 0];
        assert_eq!(restore(&backwards).err(), Some(NotASnapshot::Malformed));
        let forwards = [1, 0, 2, 1, b'x', 0, 1, b'y', 0, 0];
        assert_eq!(restore(&forwards).map(|store| store.len()), Ok(2));
    }

    #[test]
    fn a_snapshot_beyond_the_bounds_is_refused() {
        let bytes = store(&log()).snapshot();
        let refused = |bounds| Store::restore(&bytes, bounds).err();
        assert_eq!(refused(BOUNDS), None);
        // Full to the last byte.
        let full = StoreBounds {
            bytes_max: 7,
            ..BOUNDS
        };
        assert_eq!(refused(full), None);
        for bounds in [
            StoreBounds {
                session_expiry_us: 4,
                ..BOUNDS
            },
            StoreBounds {
                sessions_max: 2,
                ..BOUNDS
            },
            StoreBounds {
                key_bytes_max: 0,
                ..BOUNDS
            },
            StoreBounds {
                value_bytes_max: 3,
                ..BOUNDS
            },
            StoreBounds {
                bytes_max: 6,
                ..BOUNDS
            },
        ] {
            assert_eq!(
                refused(bounds),
                Some(NotASnapshot::OutOfBounds),
                "{bounds:?}"
            );
        }
        // A session that was used later than the log goes.
        let late = [1, 0, 0, 1, 1, 1, 1, 1, 0, 9];
        assert_eq!(restore(&late).err(), Some(NotASnapshot::OutOfBounds));
    }
}
