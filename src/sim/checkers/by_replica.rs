//! Something about each replica, for checkers that look at every event.

use crate::raft::ReplicaId;

/// Something about each replica, by its number; the default where nothing is known.
#[derive(Clone, Debug, Default)]
pub(super) struct ByReplica<T>(Vec<T>);

impl<T: Clone + Default> ByReplica<T> {
    pub(super) fn get_mut(&mut self, ReplicaId(id): ReplicaId) -> &mut T {
        let place = usize::from(id);
        if place >= self.0.len() {
            self.0.resize(place + 1, T::default());
        }
        &mut self.0[place]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }
}
