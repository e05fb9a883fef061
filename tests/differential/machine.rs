//! The state machine of both kinds of replicas, which only remembers what it applied.

use std::sync::Arc;

use raftarium::raft::Entry;

/// How many entries were applied, and a hash over all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) applied: u64,
    pub(crate) hash: u64,
}

impl Machine {
    pub(crate) fn apply(&mut self, entry: &Entry) {
        assert_eq!(entry.index.0, self.applied + 1, "applied out of order");
        self.applied += 1;
        for byte in format!("{entry:?}").bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub(crate) fn snapshot(&self) -> Arc<[u8]> {
        [self.applied.to_le_bytes(), self.hash.to_le_bytes()]
            .concat()
            .into()
    }

    pub(crate) fn restore(data: &[u8]) -> Self {
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        Self {
            applied: number(&data[..8]),
            hash: number(&data[8..]),
        }
    }
}
