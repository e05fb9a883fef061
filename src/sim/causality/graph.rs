//! The event graph of a stretch of a run.

use serde::Serialize;

use super::happening::{Happening, HappeningId};
use crate::raft::{ReplicaId, Term};
use crate::sim::view::{LinkView, RoleKind, Status};

/// A graph holds at most this many happenings; what comes after them is not in it.
pub const HAPPENINGS_MAX: usize = 500_000;

/// What happened in a stretch of a run, in order, with its causes.
#[derive(Clone, Debug, Default)]
pub struct CausalGraph {
    beginning: Beginning,
    happenings: Vec<Happening>,
    /// The causes of all, one after the other.
    causes: Vec<u32>,
    /// How the links stood: since when, and which are cut.
    cuts: Vec<(u64, Vec<LinkView>)>,
    is_full: bool,
}

/// How a world was when the stretch began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Beginning {
    /// When that was, in microseconds of virtual time.
    pub at_us: u64,
    /// The replicas, in the order of their numbers.
    pub replicas: Vec<BeginningReplica>,
}

/// How a replica was when the stretch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct BeginningReplica {
    /// Its number.
    pub id: ReplicaId,
    /// Whether it ran.
    pub status: Status,
    /// What it was.
    pub role: RoleKind,
    /// Its term.
    pub term: Term,
}

/// How another happening stands to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Relation {
    /// Neither can have caused the other.
    Concurrent = 0,
    /// It happened before, and may have caused it.
    Past = 1,
    /// It happened after, and may have been caused by it.
    Future = 2,
    /// It is the same.
    Same = 3,
}

/// The direct causes of a happening that are no mere order: the one that matters most first.
pub type Causes<'a> = std::iter::Map<std::slice::Iter<'a, u32>, fn(&u32) -> HappeningId>;

impl CausalGraph {
    pub(super) fn new(beginning: Beginning, cuts: Vec<LinkView>) -> Self {
        Self {
            cuts: vec![(beginning.at_us, cuts)],
            beginning,
            ..Self::default()
        }
    }

    // --- writing ---

    /// Adds what has just happened; none: there is no more room.
    pub(super) fn push(
        &mut self,
        mut happening: Happening,
        causes: impl IntoIterator<Item = u32>,
    ) -> Option<u32> {
        if self.happenings.len() >= HAPPENINGS_MAX {
            self.is_full = true;
            return None;
        }
        let id = self.happenings.len();
        let begin = self.causes.len();
        for cause in causes {
            if !self.causes[begin..].contains(&cause) {
                self.causes.push(cause);
            }
        }
        happening.causes = (short(begin), short(self.causes.len()));
        self.happenings.push(happening);
        Some(short(id))
    }

    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut Happening> {
        self.happenings.get_mut(id as usize)
    }

    /// From now on other links are cut.
    pub(super) fn note_cuts(&mut self, at_us: u64, cuts: Vec<LinkView>) {
        if self.cuts.last().is_none_or(|(_, before)| *before != cuts) {
            self.cuts.push((at_us, cuts));
        }
    }

    // --- reading ---

    /// How the world was when the stretch began.
    pub fn beginning(&self) -> &Beginning {
        &self.beginning
    }

    /// Since when which links were cut, in order.
    pub fn cuts(&self) -> &[(u64, Vec<LinkView>)] {
        &self.cuts
    }

    /// Whether something has happened for which there was no more room.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// How many happenings there are.
    pub fn len(&self) -> usize {
        self.happenings.len()
    }

    /// Whether nothing has happened.
    pub fn is_empty(&self) -> bool {
        self.happenings.is_empty()
    }

    /// One of them.
    pub fn get(&self, id: HappeningId) -> Option<&Happening> {
        self.happenings.get(id.0 as usize)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (HappeningId, &Happening)> {
        self.happenings
            .iter()
            .enumerate()
            .map(|(id, happening)| (HappeningId(short(id)), happening))
    }

    /// Why it happened: its direct causes but for mere order, the one that matters most first.
    pub fn causes(&self, id: HappeningId) -> Causes<'_> {
        let happening = self.get(id);
        let (begin, end) = happening.map_or((0, 0), |it| it.causes);
        let cause: fn(&u32) -> HappeningId = |&id| HappeningId(id);
        self.causes[begin as usize..end as usize].iter().map(cause)
    }

    /// All direct causes: [why](Self::causes), and what happened before at the same place.
    pub fn direct_causes(&self, id: HappeningId) -> impl Iterator<Item = HappeningId> {
        let previous = self.get(id).and_then(|it| it.previous);
        self.causes(id).chain(previous)
    }

    /// How each happening stands to one, by its number: one walk back and one on. Empty if
    /// there is no such happening.
    pub fn relations(&self, id: HappeningId) -> Vec<Relation> {
        let Some(place) = self.get(id).map(|_| id.0 as usize) else {
            return Vec::new();
        };
        let mut relations = vec![Relation::Concurrent; self.len()];
        relations[place] = Relation::Past;
        for at in (0..=place).rev() {
            if relations[at] == Relation::Past {
                for cause in self.direct_causes(HappeningId(short(at))) {
                    relations[cause.0 as usize] = Relation::Past;
                }
            }
        }
        relations[place] = Relation::Same;
        for at in place + 1..self.len() {
            let follows = |cause: HappeningId| {
                matches!(
                    relations[cause.0 as usize],
                    Relation::Same | Relation::Future
                )
            };
            if self.direct_causes(HappeningId(short(at))).any(follows) {
                relations[at] = Relation::Future;
            }
        }
        relations
    }

    /// What led to it: it, its main cause, the main cause of that, and so on, at most `limit`.
    pub fn led_here(&self, id: HappeningId, limit: usize) -> Vec<HappeningId> {
        let first = self.get(id).map(|_| id);
        let chain = std::iter::successors(first, |&id| self.causes(id).next());
        chain.take(limit).collect()
    }

    /// What came of it: those of which it is a direct cause beyond mere order, at most `limit`.
    pub fn came_of(&self, id: HappeningId, limit: usize) -> Vec<HappeningId> {
        let later = self.iter().skip(id.0 as usize + 1);
        let caused = later.filter(|&(other, _)| self.causes(other).any(|cause| cause == id));
        caused.map(|(other, _)| other).take(limit).collect()
    }

    /// The last happening up to an event for which this is so.
    pub fn last(&self, upto_event: u64, is: impl Fn(&Happening) -> bool) -> Option<HappeningId> {
        let known = self
            .happenings
            .partition_point(|happening| happening.event <= upto_event);
        let found = self.happenings[..known].iter().rposition(is)?;
        Some(HappeningId(short(found)))
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
